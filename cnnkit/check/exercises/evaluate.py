"""The fraction of photos that a network gets right."""

from cnnkit.check.engine import Exercise
from cnnkit.check.probes import evaluation, training
from cnnkit.check.solutions.training import evaluate

EXERCISE = Exercise(
    "evaluate",
    "evaluate",
    (evaluation.one_batch, evaluation.many_batches, evaluation.any_iterable),
    evaluate,
    same=("cnnkit.training.evaluation.evaluate",),
    praise="The accuracy is right for batches of all sizes, from a list, a DataLoader and a generator.",
    title="evaluate",
    minutes=10,
    difficulty=2,
    place="05/3",
    mistakes={**training.MISTAKES, **evaluation.MISTAKES},
    text="""\
How many of the photos does the network get right? Use it as it will be used: in evaluation mode, and without gradients. The
batches may have different sizes, and the last one is often short.
""",
)

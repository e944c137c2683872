"""The size of the gradient in each child of a network."""

from cnnkit.check.engine import Exercise
from cnnkit.check.probes import gradients, training
from cnnkit.check.solutions.gradients import gradient_norms

EXERCISE = Exercise(
    "gradient_norms",
    "gradient_norms",
    (gradients.fresh_gradients, gradients.with_old_gradients, gradients.with_batch_norm, gradients.with_frozen_layers),
    gradient_norms,
    praise="Names and norms are right on three networks, also with old gradients in the model and with a batch norm.",
    title="gradient norm per stage",
    minutes=12,
    difficulty=3,
    place="07/1",
    mistakes={**training.MISTAKES, **gradients.MISTAKES},
    text="""\
How strong is the gradient that reaches each stage of a network? Take the cross entropy on one batch and its gradient. For
each direct child of the model that has parameters (`model.named_children()`), give the Euclidean norm of the gradient of
all its parameters together: the root of the sum of all squares.
""",
)

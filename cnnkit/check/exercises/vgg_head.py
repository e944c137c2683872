"""The classifier of the 32x32 VGG."""

from cnnkit.check.engine import Exercise
from cnnkit.check.probes import vgg
from cnnkit.check.probes import vgg_dropout as dropout
from cnnkit.check.probes import vgg_head as head
from cnnkit.check.solutions.vgg import vgg_head

EXERCISE = Exercise(
    "vgg_head",
    "vgg_head",
    (head.gives_logits, head.computes, head.takes_one_photo, dropout.drops),
    vgg_head,
    same=("cnnkit.models",),
    praise="The logits are right in evaluation mode, and in training both dropouts drop one half.",
    title="the head",
    minutes=8,
    difficulty=2,
    place="02/5",
    mistakes=vgg.MISTAKES,
    text="""\
The classifier of our 32x32 VGG. It gets the flattened map, 512 numbers a photo, and gives one logit a class. In order:
dropout (one half), a linear layer to 512 features, batch norm, ReLU, dropout (one half), a linear layer to the classes.
""",
)

"""The convolutional part of a VGG from a list."""

from cnnkit.check.engine import Exercise
from cnnkit.check.probes import vgg, vgg_layers
from cnnkit.check.solutions.vgg import make_layers

EXERCISE = Exercise(
    "make_layers",
    "make_layers",
    (vgg_layers.builds, vgg_layers.computes),
    make_layers,
    same=("cnnkit.models",),
    praise="With equal weights your network gives the same maps as a plain loop, for every list tried.",
    title="make_layers",
    minutes=10,
    difficulty=2,
    place="02/4",
    mistakes=vgg.MISTAKES,
    text="""\
Build the convolutional part of a VGG from a list. A number is a 3x3 convolution with so many output channels, padding 1,
followed by a ReLU; `"M"` is a 2x2 max pool with stride 2. The photo has 3 channels.
""",
)

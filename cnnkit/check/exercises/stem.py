"""The first layers of a ResNet."""

from torch import nn

from cnnkit.check.modules import module_exercise


def stem() -> nn.Module:
    """[N, 3, H, W] -> [N, 64, H / 4, W / 4]."""
    return nn.Sequential(
        nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1),
    )


BUGS = r"""
padding-missing: The convolution has no padding.
    Half the size should come out: what does a 7x7 kernel need?
    kernel_size=7, stride=2, padding=3 -> kernel_size=7, stride=2
kernel-3x3: The convolution is 3x3.
    The stem for large photos has 7x7.
    kernel_size=7, stride=2, padding=3 -> kernel_size=3, stride=2, padding=1
stride-ignored: The convolution has no stride.
    It halves height and width.
    kernel_size=7, stride=2 -> kernel_size=7
bias-missing: The convolution has no bias.
    torchvision leaves it out; the course's network has it.
    padding=3) -> padding=3, bias=False)
no-norm: There is no batch norm.
    It stands between the convolution and the ReLU.
    nn.BatchNorm2d(64), ->
no-relu: There is no ReLU.
    It follows the batch norm.
    nn.ReLU(), ->
no-pool: The pool is missing.
    The map should end at a quarter of the photo's size.
    nn.MaxPool2d(3, stride=2, padding=1), ->
pool-padding-missing: The pool has no padding.
    Of 16 pixels 7 are left then, where 8 should be.
    3, stride=2, padding=1) -> 3, stride=2)
pool-stride-missing: The pool has no stride of its own.
    By default it is as large as the window.
    3, stride=2, padding=1) -> 3, padding=1)
pool-2x2: The pool is VGG's.
    This one is 3x3, so that neighbouring windows overlap.
    nn.MaxPool2d(3, stride=2, padding=1) -> nn.MaxPool2d(2)
average-pool: The pool takes the mean.
    It should be a max pool.
    nn.MaxPool2d( -> nn.AvgPool2d(
wrong-value: With equal weights the result is wrong.
    Four layers: convolution, batch norm, ReLU, max pool.
"""

EXERCISE = module_exercise(
    stem,
    BUGS,
    [((), (2, 3, 32, 32))],
    most=1,
    praise="Right: a quarter of the size, 64 channels.",
    title="the stem",
    minutes=4,
    difficulty=1,
    place="04/1",
    text="""\
The first row of the card: a 7x7 convolution to 64 channels, stride 2, padding 3, with its bias; batch norm; ReLU; max
pool 3x3, stride 2, padding 1. Return one module.
""",
)

"""Convolution, batch norm and ReLU: the unit that blocks are made of."""

from torch import nn

from cnnkit.check.modules import module_exercise


def conv_unit(in_channels: int, out_channels: int, kernel: int, stride: int = 1) -> nn.Module:
    """[N, in_channels, H, W] -> [N, out_channels, H / stride, W / stride], never negative."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


BUGS = r"""
padding-missing: The convolution has no padding.
    With stride 1 the map should keep its size.
    padding=kernel // 2 -> padding=0
padding-always-one: The padding is 1 for every kernel.
    What does a 1x1 kernel need?
    padding=kernel // 2 -> padding=1
stride-ignored: The stride is not used.
    Hand it to the convolution.
    kernel, stride, padding -> kernel, padding
bias-missing: The convolution has no bias.
    torchvision leaves it out; the course's blocks have it.
    kernel // 2) -> kernel // 2, bias=False)
no-norm: There is no batch norm.
    It stands between the convolution and the ReLU.
    nn.BatchNorm2d(out_channels), ->
no-relu: There is no ReLU.
    It comes last.
    nn.ReLU(), ->
relu-before-norm: The ReLU comes before the batch norm.
    Exchange the two.
    nn.BatchNorm2d(out_channels),\n        nn.ReLU(), -> nn.ReLU(), nn.BatchNorm2d(out_channels)
norm-first: The batch norm comes before the convolution.
    It should normalise what the convolution makes.
    nn.Conv2d( -> nn.BatchNorm2d(in_channels), nn.Conv2d( ;; nn.BatchNorm2d(out_channels), ->
wrong-value: With equal weights the result is wrong.
    Three layers: convolution, batch norm, ReLU, in this order.
"""

EXERCISE = module_exercise(
    conv_unit,
    BUGS,
    [((3, 5, 3), (2, 3, 6, 7)), ((4, 2, 1), (2, 4, 5, 5)), ((3, 4, 5, 2), (2, 3, 8, 9))],
    praise="Right for three kernels, with and without a stride.",
    title="the unit",
    minutes=5,
    difficulty=2,
    place="03/3",
    text="""\
"Convolution, batch norm, ReLU" comes again and again, so write it once: a convolution with its bias and with the
padding that keeps the size (the kernel is odd), batch norm, ReLU. Return one module. A stride greater than 1 makes
the map smaller.
""",
)

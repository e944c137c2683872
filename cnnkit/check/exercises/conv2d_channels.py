"""A convolution of several channels into several maps."""

import torch
from torch import Tensor

from cnnkit.check.by_hand import NOT_BY_HAND, by_hand
from cnnkit.check.exercises.conv2d_by_hand import conv2d_by_hand
from cnnkit.check.functions import function_exercise


def conv2d_channels(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """[C, H, W] with weights [K, C, k, k] and biases [K] -> maps [K, H - k + 1, W - k + 1]."""
    maps = []
    for kernel, offset in zip(weight, bias, strict=True):
        slices = [conv2d_by_hand(channel, part) for channel, part in zip(x, kernel, strict=True)]
        maps.append(torch.stack(slices).sum(0) + offset)
    return torch.stack(maps)


BUGS = r"""
bias-missing: The biases are not added.
    Each map gets one number more, the same at all its places.
    .sum(0) + offset -> .sum(0)
bias-per-input: The bias is added once for each input channel.
    It belongs to the map, so it comes after the sum over the channels.
    .sum(0) + offset -> .sum(0) + len(x) * offset
single-bias: All maps get the same bias.
    There is one for each output channel.
    + offset -> + bias[0]
last-input-only: Only the last input channel is left in the sum.
    Is the sum overwritten where it should grow?
    .sum(0) -> [-1]
first-input-only: Only the first input channel is used.
    All of them go into one sum.
    .sum(0) -> [0]
mean-over-inputs: The input channels are averaged.
    They should be added.
    .sum(0) -> .mean(0)
one-slice-for-all: All input channels meet the same slice of the kernel.
    A kernel has a slice of its own for each input channel.
    conv2d_by_hand(channel, part) -> conv2d_by_hand(channel, kernel[0])
one-kernel-for-all: All maps are made by the first kernel.
    Each output channel has a kernel of its own.
    zip(x, kernel -> zip(x, weight[0]
inputs-not-added: There is a map for each pair of input and output channel.
    All input channels go into one sum.
    torch.stack(slices).sum(0) -> torch.stack(slices)
one-map: All kernels end in one map.
    Each of them makes a map of its own.
    return torch.stack(maps) -> return torch.stack(maps).sum(0, keepdim=True)
relu-added: There is a ReLU at the end.
    A convolution gives negative values, too.
    return torch.stack(maps) -> return torch.stack(maps).relu()
wrong-value: A value of the maps is wrong.
    Try one input channel first, then two with one kernel.
"""

SOURCE = torch.Generator().manual_seed(2)
CASES = [
    tuple(torch.randn(size, generator=SOURCE) for size in sizes)
    for sizes in [((3, 3, 4), (2, 3, 2, 2), (2,)), ((2, 4, 3), (4, 2, 3, 3), (4,)), ((4, 3, 3), (3, 4, 1, 1), (3,))]
]
EXERCISE = function_exercise(
    conv2d_channels,
    BUGS,
    CASES,
    also=(by_hand(CASES[0], "conv2d", "conv1d", "conv3d", "conv_transpose2d"),),
    mistakes=NOT_BY_HAND,
    praise="Right for two, three and four channels, in and out.",
    title="several channels",
    minutes=10,
    difficulty=2,
    place="01/2",
    text="""\
A photo has three channels, and a layer makes many maps. For each map there is one kernel, with a slice for each input
channel: each slice slides over its own channel, all results are added to one map, and then the map gets its bias.
Your function for one channel may do a part of the work.
""",
)

"""A max pool, by loops."""

import torch
from torch import Tensor

from cnnkit.check.by_hand import NOT_BY_HAND, by_hand
from cnnkit.check.functions import function_exercise


def max_pool_by_hand(x: Tensor, window: int, stride: int) -> Tensor:
    """[C, H, W] -> the largest value under each window, a map for each channel: [C, (H - window) // stride + 1, ...]."""
    height = (x.shape[1] - window) // stride + 1
    width = (x.shape[2] - window) // stride + 1
    out = torch.zeros(len(x), height, width)
    for row in range(height):
        for column in range(width):
            top, left = row * stride, column * stride
            part = x[:, top : top + window, left : left + window]
            out[:, row, column] = part.amax(dim=(1, 2))
    return out


BUGS = r"""
stride-is-window: The stride is taken as the window's size.
    They are the same in VGG's pools, and not in the pool of ResNet's stem.
    height = -> stride = window\n    height =
stride-ignored: The windows move by one pixel.
    How far apart do two neighbouring windows begin?
    row * stride, column * stride -> row, column
first-missing: The first window is not counted in the size of the map.
    Before its first step the window is at a place too.
    // stride + 1 -> // stride
rest-counted: Windows that hang over the edge are counted.
    A pool leaves out what remains at the edge.
    (x.shape[1] - window) // stride + 1 -> -(-x.shape[1] // stride) ;; (x.shape[2] - window) // stride + 1 -> -(-x.shape[2] // stride)
    (x.shape[1] - window) // stride + 1 -> x.shape[1] // stride ;; (x.shape[2] - window) // stride + 1 -> x.shape[2] // stride
    (x.shape[1] - window) // stride -> -(-(x.shape[1] - window) // stride) ;; (x.shape[2] - window) // stride -> -(-(x.shape[2] - window) // stride)
square-map: The map is as wide as it is high.
    Its width comes from the width of what is pooled.
    x.shape[2] - window -> x.shape[1] - window
window-too-large: The window is one pixel too large.
    In Python the end of a slice is left out.
    top + window, left : left + window -> top + window + 1, left : left + window + 1
columns-only: Only the first row of the window is looked at.
    The largest value may stand in any row.
    top + window, -> top + 1,
channels-mixed: All channels get one maximum.
    A pool works on each channel by itself.
    part.amax(dim=(1, 2)) -> part.max()
starts-at-zero: Where all values are negative, the result is 0.
    With what does your maximum start?
    part.amax(dim=(1, 2)) -> part.amax(dim=(1, 2)).clamp(min=0)
mean-for-maximum: The mean of each window is taken.
    That is an average pool.
    part.amax( -> part.mean(
wrong-value: A value is wrong.
    Take one window, and look for its largest value.
"""  # noqa: E501

SOURCE = torch.Generator().manual_seed(4)
CASES = [
    (torch.tensor([[[-1.0, -2.0, 3.0, 5.0], [-4.0, -3.0, 2.0, 6.0]]]), 2, 2),
    (torch.randn(2, 5, 7, generator=SOURCE) - 0.5, 3, 2),
    (torch.randn(3, 6, 8, generator=SOURCE) - 0.5, 2, 3),
    (torch.randn(2, 4, 5, generator=SOURCE) - 0.5, 2, 1),
]
EXERCISE = function_exercise(
    max_pool_by_hand,
    BUGS,
    CASES,
    also=(by_hand(CASES[0], "max_pool2d", "max_pool1d", "adaptive_max_pool2d", "max_pool2d_with_indices"),),
    mistakes=NOT_BY_HAND,
    praise="Right for windows that touch, overlap and leave a rest, and for negative values.",
    title="a max pool by hand",
    minutes=6,
    difficulty=2,
    place="02/1",
    text="""\
A max pool has no weights. A window slides over each channel, `stride` pixels in a step, and of the values under it
the largest is kept. What remains at the edge, because no whole window fits there, is left out. Use loops, not torch's
own pool.
""",
)

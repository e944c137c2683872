"""A convolution whose shapes are right and whose values are not."""

import torch
from torch import Tensor

from cnnkit.check.by_hand import NOT_BY_HAND, by_hand
from cnnkit.check.functions import function_exercise


def repair_convolution(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A convolution with 3x3 kernels and padding 1: [C, H, W] with weights [K, C, 3, 3] and biases [K] -> [K, H, W]."""
    channels, height, width = x.shape
    padded = torch.zeros(channels, height + 2, width + 2)
    padded[:, 1:-1, 1:-1] = x
    out = torch.zeros(len(weight), height, width)
    for k in range(len(weight)):
        for row in range(height):
            for column in range(width):
                window = padded[:, row : row + 3, column : column + 3]
                out[k, row, column] = (window * weight[k]).sum() + bias[k]
    return out


BUGS = r"""
as-given: The values are as wrong as at the start.
    Try an image of zeros, then one with a single white pixel.
    1:-1, 1:-1] = x -> 2:, 2:] = x ;; window * weight[k] -> window * weight[k].transpose(1, 2) ;; bias[k] -> bias[0]
padding-missing: The map is smaller than the image.
    It was the right size before; the padding is needed.
    height + 2, width + 2 -> height, width ;; padded[:, 1:-1, 1:-1] = x -> padded[:] = x ;; len(weight), height, width -> len(weight), height - 2, width - 2 ;; range(height) -> range(height - 2) ;; range(width) -> range(width - 2)
zeros-on-two-sides: The map is shifted against the image.
    Show it a single white pixel: is its trace centred on it?
    1:-1, 1:-1] = x -> 2:, 2:] = x
    1:-1, 1:-1] = x -> :-2, :-2] = x
kernel-transposed: Horizontal edges are found where vertical ones should be.
    Show it a single white pixel, and compare its trace with the kernel.
    window * weight[k] -> window * weight[k].transpose(1, 2)
kernel-flipped: The kernel is turned round.
    The first weight should meet the first pixel of the window.
    window * weight[k] -> window * weight[k].flip(1, 2)
single-bias: On an image of zeros all maps have the same value.
    Each should show its own bias there.
    bias[k] -> bias[0]
bias-missing: On an image of zeros all maps are zero.
    Each should show its own bias there.
    .sum() + bias[k] -> .sum()
wrong-value: The shapes are right, and a value is not.
    Try an image of zeros, then one with a single white pixel.
"""  # noqa: E501

SOURCE = torch.Generator().manual_seed(3)
CASES = [
    tuple(torch.randn(size, generator=SOURCE) for size in sizes)
    for sizes in [((2, 3, 4), (2, 2, 3, 3), (2,)), ((1, 4, 3), (3, 1, 3, 3), (3,))]
]
EXERCISE = function_exercise(
    repair_convolution,
    BUGS,
    CASES,
    also=(by_hand(CASES[0], "conv2d", "conv1d", "conv3d", "conv_transpose2d"),),
    mistakes=NOT_BY_HAND,
    praise="All three faults are gone: the values are those of torch's own convolution.",
    title="repair a convolution",
    minutes=8,
    difficulty=3,
    place="01/7",
    text="""\
This should be a convolution with 3x3 kernels and padding 1. It runs, and all its shapes are right, but three of its
lines are wrong. Don't read the code first: show it an image of zeros, and one with a single white pixel, and let the
values lead you.

```python
def repair_convolution(x, weight, bias):
    channels, height, width = x.shape
    padded = torch.zeros(channels, height + 2, width + 2)
    padded[:, 2:, 2:] = x
    out = torch.zeros(len(weight), height, width)
    for k in range(len(weight)):
        for row in range(height):
            for column in range(width):
                window = padded[:, row : row + 3, column : column + 3]
                out[k, row, column] = (window * weight[k].transpose(1, 2)).sum() + bias[0]
    return out
```
""",
)

"""A convolution of one channel, by loops."""

import torch
from torch import Tensor

from cnnkit.check.by_hand import NOT_BY_HAND, by_hand
from cnnkit.check.functions import function_exercise


def conv2d_by_hand(image: Tensor, kernel: Tensor) -> Tensor:
    """Map [H - k + 1, W - k + 1] of an image [H, W] under a kernel [k, k], without padding."""
    k = len(kernel)
    height, width = image.shape[0] - k + 1, image.shape[1] - k + 1
    feature_map = torch.zeros(height, width)
    for row in range(height):
        for column in range(width):
            window = image[row : row + k, column : column + k]
            feature_map[row, column] = (window * kernel).sum()
    return feature_map


BUGS = r"""
last-position-missing: The last row and the last column of the map are missing.
    In a row of 5 pixels a window of 3 has three places, not two.
    - k + 1 -> - k
square-map: The map is as wide as it is high.
    The width of the map comes from the width of the image.
    image.shape[1] -> image.shape[0]
padded: Zeros were put around the image.
    No padding is asked for, so the map is smaller than the image.
    k = len(kernel)\n -> k = len(kernel)\n    image = torch.nn.functional.pad(image, 4 * (k // 2,))\n
map-not-filled: The map is as large as the image, and its rest is zero.
    How many places has the window?
    torch.zeros(height, width) -> torch.zeros_like(image)
kernel-flipped: The kernel is turned round.
    Mathematics does so; a network multiplies each weight with the pixel under it.
    window * kernel -> window * kernel.flip(0, 1)
kernel-transposed: Rows and columns of the kernel are exchanged.
    Compare the two indices of the kernel with those of the image.
    window * kernel -> window * kernel.T
matrix-product: Window and kernel are multiplied as matrices.
    `@` is the product of matrices; here each weight meets the one pixel under it.
    window * kernel -> window @ kernel
mean-for-sum: The products are averaged.
    They should be added.
    .sum() -> .mean()
not-added-up: Of the products only the last one is left.
    Is the sum overwritten where it should grow?
    (window * kernel).sum() -> (window * kernel)[-1, -1]
transposed: Rows and columns of the map are exchanged.
    Which of the two loops is the outer one?
    return feature_map -> return feature_map.T
wrong-value: A value of the map is wrong.
    Take one place, and write down the products that go into its sum.
"""

SOURCE = torch.Generator().manual_seed(1)
CASES = [
    (torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), torch.tensor([[1.0, 0.0], [0.5, -1.0]])),
    *((torch.randn(4, 6, generator=SOURCE), torch.randn(k, k, generator=SOURCE)) for k in (2, 3)),
]
EXERCISE = function_exercise(
    conv2d_by_hand,
    BUGS,
    CASES,
    also=(by_hand(CASES[1], "conv2d", "conv1d", "conv3d", "conv_transpose2d"),),
    mistakes=NOT_BY_HAND,
    praise="Every value is right, for kernels of even and odd size, and torch's own convolution was not asked.",
    title="a convolution by hand",
    minutes=8,
    difficulty=2,
    place="01/1",
    text="""\
Slide a kernel over an image of one channel: at each place, multiply each weight with the pixel under it, and add the
products. There is no padding, so the window never leaves the image. Use loops and sums, not torch's own convolution.
""",
)

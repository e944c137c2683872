"""Positions of a kernel over a row of pixels."""

from torch import Generator

from cnnkit.check.functions import called, drawn, function_exercise


def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Height (or width) of a feature map after a convolution over n pixels."""
    pixels = n + 2 * padding
    reach = dilation * (kernel - 1) + 1  # from the first to the last weight of the kernel
    return (pixels - reach) // stride + 1


BUGS = r"""
plus-one-missing: The first position is not counted.
    Before its first step the kernel is at a position too.
    return -> return -1 +
padding-missing: The padding is not counted.
    The zeros make the row longer.
    2 * padding -> 0
padding-once: The padding is counted on one side only.
    There are zeros on the left and on the right.
    2 * padding -> padding
stride-ignored: The stride is ignored.
    A larger step leaves fewer positions.
    // stride -> // 1
floor-missing: A fraction of a position is counted.
    A position at which the kernel does not fit fully does not count.
    // stride -> / stride
rounded-up: Positions are rounded up, not down.
    A position at which the kernel does not fit fully does not count.
    (pixels - reach) // stride -> -(-(pixels - reach) // stride)
rounded: Positions are rounded to the nearest whole number, not down.
    A position at which the kernel does not fit fully does not count.
    (pixels - reach) // stride -> round((pixels - reach) / stride)
    (pixels - reach) // stride + 1 -> round((pixels - reach) / stride + 1)
last-position-missing: The last position is lost where it just fits.
    Does the comparison include the case that both are equal?
    (pixels - reach) // stride + 1 -> -(-(pixels - reach) // stride)
parentheses: The stride divides only a part of the formula.
    Look at what Python divides first.
    (pixels - reach) // stride + 1 -> pixels - reach + 2 - 1 // stride
    (pixels - reach) // stride + 1 -> pixels - reach + 2 - 1 / stride
    (pixels - reach) // stride -> n - reach + (pixels - n) // stride
    // stride + 1 -> // (stride + 1)
    (pixels - reach) // stride -> pixels - reach // stride
dilation-ignored: The dilation is ignored.
    Spread out, the kernel covers more pixels.
    dilation * (kernel - 1) + 1 -> kernel
dilation-times-kernel: The dilated kernel is taken as kernel * dilation pixels wide.
    Draw 3 weights 2 pixels apart and count from the first to the last.
    dilation * (kernel - 1) + 1 -> kernel * dilation
dilation-gaps: The dilation is taken as the pixels left out between two weights.
    With dilation 1 the weights are neighbours.
    dilation * (kernel - 1) + 1 -> kernel + (kernel - 1) * dilation
minus-one-missing: The kernel is taken one pixel too small.
    Count the pixels from the first weight to the last, both included.
    dilation * (kernel - 1) + 1 -> dilation * (kernel - 1)
wrong-value: A result is wrong.
    Draw the row of pixels and slide the kernel over it.
"""


def draw(source: Generator) -> tuple[int, ...]:
    """A kernel that fits, in a row of 20 to 60 pixels."""
    return drawn(source, (20, 60), (1, 7), (1, 4), (0, 3), (1, 3))


EXERCISE = function_exercise(
    conv_output_size,
    BUGS,
    [
        (32, 3), (28, 5), (9, 1),  # the kernel alone
        (32, 3, 1, 1), (14, 5, 1, 3),  # padding
        (32, 2, 2), (12, 3, 2), (17, 4, 3), (18, 3, 4), (13, 3, 2),  # stride, with and without a rest
        (32, 3, 1, 0, 2), (20, 4, 1, 0, 3),  # dilation
        (224, 7, 2, 3), (32, 3, 2, 1, 2), (33, 5, 3, 2, 2), (31, 3, 4, 1, 3),  # all together
    ],
    draw=draw,
    call=called(conv_output_size),
    same=("cnnkit.anatomy", "cnnkit.trace"),
    praise="Every size is right, with and without padding, stride and dilation.",
    title="the size of the output",
    minutes=5,
    difficulty=1,
    place="01/3",
    text="""\
A convolution slides its kernel over `n` pixels, with `padding` zeros added on both sides. A step is `stride` pixels wide, and
neighbouring weights of the kernel lie `dilation` pixels apart. How many positions fit?
""",
)  # fmt: skip

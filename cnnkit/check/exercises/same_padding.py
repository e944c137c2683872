"""The padding that keeps the size of a map."""

from torch import Generator

from cnnkit.check.functions import called, drawn, function_exercise


def same_padding(kernel: int, dilation: int = 1) -> int:
    """The padding with which a convolution of stride 1 keeps height and width; the kernel is odd."""
    neighbours = (kernel - 1) // 2  # of the middle weight, on one side
    return dilation * neighbours


BUGS = r"""
both-sides-together: That is what both sides need together.
    Padding is counted on each side.
    return dilation * neighbours -> return 2 * dilation * neighbours
dilation-ignored: The dilation is ignored.
    Spread out, the kernel reaches further to both sides.
    return dilation * neighbours -> return neighbours
dilation-times-kernel: The dilated kernel is taken as kernel * dilation pixels wide.
    Draw 3 weights 2 pixels apart, and look how far the outer ones are from the middle.
    dilation * neighbours -> dilation * kernel // 2
    dilation * neighbours -> (dilation * kernel - 1) // 2
dilation-gaps: The dilation is taken as the pixels left out between two weights.
    With dilation 1 the weights are neighbours.
    dilation * neighbours -> (dilation + 1) * neighbours
dilation-added: The dilation is added, not multiplied.
    Each neighbour is so many pixels further out than the last one.
    dilation * neighbours -> dilation + neighbours - 1
    dilation * neighbours -> dilation + neighbours
always-one: That is the padding of a 3x3 kernel.
    A larger kernel reaches further.
    dilation * neighbours -> dilation
    dilation * neighbours -> 1
kernel-minus-one-missing: A whole kernel is put on each side.
    How far is the outermost weight from the middle one?
    dilation * neighbours -> kernel
    dilation * neighbours -> dilation * kernel
one-too-many: There is one zero too many on each side.
    The middle weight needs none.
    dilation * neighbours -> dilation * neighbours + 1
wrong-value: A padding is wrong.
    Draw the row, with the kernel's middle weight on the first pixel. How many of its weights hang over?
"""


def draw(source: Generator) -> tuple[int, int]:
    """An odd kernel, and a dilation."""
    half, dilation = drawn(source, (0, 5), (1, 4))
    return 2 * half + 1, dilation


EXERCISE = function_exercise(
    same_padding,
    BUGS,
    [(3,), (7,), (1,), (5, 2), (3, 3), (9, 4)],
    draw=draw,
    call=called(same_padding),
    same=("cnnkit.anatomy", "cnnkit.trace"),
    praise="Each of these paddings keeps the size, with and without dilation.",
    title="the padding that keeps the size",
    minutes=4,
    difficulty=1,
    place="01/4",
    text="""\
The inverse question. A convolution has stride 1 and an odd kernel, and its map should be as large as what comes in.
How many zeros does each side need? Solve the formula of the size for the padding, or ask how far the outermost weight
is from the middle one.
""",
)

"""The settings of a sliding window and what follows from them: the numbers under it, its output, its size."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache

from cnnkit.errors import InputError

KERNELS = ("edge", "blur", "sharpen", "identity", "random")
LIMITS = {"kernel": (1, 5), "stride": (1, 3), "padding": (0, 3), "dilation": (1, 3)}
LARGEST = 10  # pixels a side of an image whose numbers can be read
Matrix = tuple[tuple[Fraction, ...], ...]
Plane = tuple[tuple[int, ...], ...]  # one channel of an image, row by row


@cache
def weights(name: str, size: int, channel: int = 0, channels: int = 1) -> Matrix:
    """The numbers ``[size, size]`` of a kernel for one channel of the image: its name says what it does to a picture.

    Over several channels blur, sharpen and identity work on their mean; random numbers differ from channel to channel.

    Raises:
        InputError: no kernel has this name.
    """
    if name not in KERNELS:
        raise InputError(f'no kernel is called "{name}"; choose one of {", ".join(KERNELS)}')
    draw, middle = random.Random(size + 100 * channel), (size - 1) // 2

    def weight(i: int, j: int) -> Fraction:
        if name == "edge":
            return Fraction((2 * j > size - 1) - (2 * j < size - 1))
        if name == "blur":
            return Fraction(1, channels * size * size)
        if name == "random":
            return Fraction(draw.choice((-1, 1, 2)))
        if (i, j) == (middle, middle):
            return Fraction(1 if name == "identity" else 2 * size - 1, channels)
        return Fraction(-1 if name == "sharpen" and middle in (i, j) else 0, channels)

    return tuple(tuple(weight(i, j) for j in range(size)) for i in range(size))


@dataclass(frozen=True)
class Sliding:
    """The settings of one drawing.

    Attributes:
        image: grey values 0..255, row by row, at most 10x10.
        name: of the kernel, from `KERNELS`.
        kernel: its height and width.
        stride: how far the window moves.
        padding: rows and columns of zeros on each side.
        dilation: distance between the pixels that meet neighbouring kernel numbers.
        position: of the window, counted from 0 along the rows of the output; one too large is taken as the last.
        colours: the same image in three channels, where it has colours.
        colour: the kernel has a slice for each of these, and all products go into one sum.
        formula: the size of the output is spelled out.
    """

    image: Plane
    name: str = "edge"
    kernel: int = 3
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    position: int = 0
    colours: tuple[Plane, ...] = ()
    colour: bool = False
    formula: bool = False

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise InputError(f"{name} is {getattr(self, name)}; it must be a whole number from {low} to {high}")
        if self.position < 0:
            raise InputError(f"position is {self.position}; it counts from 0")

    @property
    def planes(self) -> tuple[Plane, ...]:
        """The channels that the window slides over."""
        return self.colours if self.colour and self.colours else (self.image,)

    @property
    def kernels(self) -> tuple[Matrix, ...]:
        """The kernel's numbers for each channel."""
        count = len(self.planes)
        return tuple(weights(self.name, self.kernel, channel, count) for channel in range(count))

    @property
    def span(self) -> int:
        """Pixels from the window's first to its last, both counted."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the output; 0 where the window does not fit."""
        return self.length(len(self.image)), self.length(len(self.image[0]))

    def length(self, n: int) -> int:
        """Output along a side of n pixels: (n + 2 padding - dilation (kernel - 1) - 1) // stride + 1.

        Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, relationship 15.
        """
        return max(0, (n + 2 * self.padding - self.span) // self.stride + 1)

    @property
    def count(self) -> int:
        """Positions of the window: 0 where it does not fit."""
        return self.size[0] * self.size[1]

    def terms(self, position: int) -> list[list[tuple[Fraction, int]]]:
        """Kernel number and pixel, pair by pair, of the window at ``position``, a list a channel; padding is 0."""
        squares = self.squares(position)
        return [
            [(weight, _pixel(plane, *at)) for weight, at in zip((w for line in kernel for w in line), squares, strict=True)]
            for plane, kernel in zip(self.planes, self.kernels, strict=True)
        ]

    def squares(self, position: int) -> list[tuple[int, int]]:
        """Row and column, in the image, of what the window covers; below 0 or beyond the image is padding."""
        i, j = divmod(position, max(1, self.size[1]))
        start = i * self.stride - self.padding, j * self.stride - self.padding
        steps = range(0, self.span, self.dilation)
        return [(start[0] + di, start[1] + dj) for di in steps for dj in steps]

    def output(self) -> tuple[Fraction, ...]:
        """Every value of the output, row by row: exact."""
        return _output(replace(self, position=0, formula=False))


def formula(state: Sliding) -> list[str]:
    """The size of the output with the present numbers: a line, or one each for height and width."""
    lines = []
    for n in dict.fromkeys((len(state.image), len(state.image[0]))):
        top = n + 2 * state.padding - state.span
        exact = f" ({top / state.stride:.2f} rounded down)" if top % state.stride else ""
        size = top // state.stride + 1
        lines.append(
            f"({n} + 2·{state.padding} − {state.dilation}·({state.kernel} − 1) − 1) / {state.stride} + 1 = "
            f"{top} / {state.stride} + 1 = {top // state.stride}{exact} + 1 = {size}".replace(" -", " −").replace("(-", "(−")
            + ("" if size > 0 else ": no output")
        )
    return lines


def misfit(state: Sliding) -> str:
    """Why the window does not fit, and what to change; "" where it does."""
    side = min(len(state.image), len(state.image[0]))
    room = side + 2 * state.padding
    if state.span <= room:
        return ""
    ways = [f"a kernel of {(room - 1) // state.dilation + 1} or less"]
    if state.kernel > 1 and (room - 1) // (state.kernel - 1) >= 1:
        ways.append(f"a dilation of {(room - 1) // (state.kernel - 1)} or less")
    padding = (state.span - side + 1) // 2
    if padding <= LIMITS["padding"][1]:
        ways.append(f"a padding of {padding} or more")
    said = ways[0] if len(ways) == 1 else ", ".join(ways[:-1]) + " or " + ways[-1]
    spread = f" with dilation {state.dilation}" if state.dilation > 1 else ""
    padded = "padded " if state.padding else ""
    return (
        f"✗ The window does not fit: a {state.kernel}x{state.kernel} kernel{spread} spans {state.span} pixels, "
        f"and the {padded}image has {room}. Choose {said}."
    )


@lru_cache(64)
def _output(state: Sliding) -> tuple[Fraction, ...]:
    return tuple(
        sum((w * pixel for pairs in state.terms(position) for w, pixel in pairs), Fraction(0))
        for position in range(state.count)
    )


def _pixel(plane: Plane, i: int, j: int) -> int:
    return plane[i][j] if 0 <= i < len(plane) and 0 <= j < len(plane[0]) else 0

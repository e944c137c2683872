"""The settings of a sliding window and what follows from them: the numbers under it, its output, its size."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from cnnkit.errors import InputError

KERNELS = ("edge", "blur", "sharpen", "identity", "random")
LIMITS = {"kernel": (1, 5), "stride": (1, 3), "padding": (0, 3), "dilation": (1, 3)}
LARGEST = 10  # pixels a side of an image whose numbers can be read
Matrix = tuple[tuple[Fraction, ...], ...]


@cache
def weights(name: str, size: int) -> Matrix:
    """The numbers of a kernel ``[size, size]``: what it is called says what it does to a picture.

    Raises:
        InputError: no kernel has this name.
    """
    if name not in KERNELS:
        raise InputError(f'no kernel is called "{name}"; choose one of {", ".join(KERNELS)}')
    draw, middle = random.Random(size), (size - 1) // 2

    def weight(i: int, j: int) -> Fraction:
        if name == "edge":
            return Fraction((2 * j > size - 1) - (2 * j < size - 1))
        if name == "blur":
            return Fraction(1, size * size)
        if name == "random":
            return Fraction(draw.choice((-1, 1, 2)))
        if (i, j) == (middle, middle):
            return Fraction(1 if name == "identity" else 2 * size - 1)
        return Fraction(-1 if name == "sharpen" and middle in (i, j) else 0)

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
    """

    image: tuple[tuple[int, ...], ...]
    name: str = "edge"
    kernel: int = 3
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    position: int = 0

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise InputError(f"{name} is {getattr(self, name)}; it must be a whole number from {low} to {high}")
        if self.position < 0:
            raise InputError(f"position is {self.position}; it counts from 0")

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

    def terms(self, position: int) -> list[tuple[Fraction, int]]:
        """Kernel number and pixel, pair by pair, of the window at ``position``; padding is 0."""
        return [(weight, self._pixel(*at)) for weight, at in zip(self._flat(), self.squares(position), strict=True)]

    def squares(self, position: int) -> list[tuple[int, int]]:
        """Row and column, in the image, of what the window covers; below 0 or beyond the image is padding."""
        i, j = divmod(position, self.size[1])
        start = i * self.stride - self.padding, j * self.stride - self.padding
        steps = range(0, self.span, self.dilation)
        return [(start[0] + di, start[1] + dj) for di in steps for dj in steps]

    def output(self) -> list[Fraction]:
        """Every value of the output, row by row: exact."""
        return [sum((w * pixel for w, pixel in self.terms(position)), Fraction(0)) for position in range(self.count)]

    def _flat(self) -> list[Fraction]:
        return [value for line in weights(self.name, self.kernel) for value in line]

    def _pixel(self, i: int, j: int) -> int:
        return self.image[i][j] if 0 <= i < len(self.image) and 0 <= j < len(self.image[0]) else 0

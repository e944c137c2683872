"""A convolution at work: the window on the image, the kernel, the dot product, and the output as far as it got."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from cnnkit.draw.look import BLUE, GREY, INK, LETTER, ORANGE, PALE, WIDTH, canvas, check_finite, plain, write
from cnnkit.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cnnkit.draw.picture import Picture

MARGIN, BETWEEN, TOP, LINE = 12, 56, 62, 19  # CSS pixels: around all, between the three grids, above them, of a line of text
LARGEST = 32  # of the padded image, the kernel or the output: squares would become too small
LONGEST_KERNEL = 7  # a side; the dot product would fill the page


def convolution(
    image: Tensor, kernel: Tensor, position: tuple[int, int] = (0, 0), stride: int = 1, padding: int = 0, dilation: int = 1
) -> Picture:
    """One step of a convolution (as torch computes it: the kernel is not turned): where, with what, and what comes out.

    Args:
        image: ``[H, W]``, whole numbers or not.
        kernel: ``[k, k']``.
        position: row and column of the output value at work; those before it, row by row, are there already.
        stride: squares from one position to the next.
        padding: squares of zeros around the image.
        dilation: squares from one number under the kernel to the next.

    Raises:
        InputError: a kernel larger than the padded image, a setting that is not allowed, or a position outside the output.
    """
    from cnnkit.draw.picture import Picture

    _check(image, kernel, stride, padding, dilation)
    image, kernel = image.detach().cpu().double(), kernel.detach().cpu().double()
    padded = F.pad(image, [padding] * 4)
    output = F.conv2d(padded[None, None], kernel[None, None], stride=stride, dilation=dilation)[0, 0]
    row, column = position
    if not (0 <= row < output.shape[0] and 0 <= column < output.shape[1]):
        raise InputError(
            f"the position is {position}; the output is {_sides(output)}, so rows and columns count from 0 below that"
        )
    lines = _dot_product(padded, kernel, (row * stride, column * stride), dilation, float(output[row, column]))
    squares = padded.shape[1] + kernel.shape[1] + output.shape[1]
    side = min(34.0, (WIDTH - 2 * MARGIN - 2 * BETWEEN) / squares)
    high = side * max(len(padded), len(kernel), len(output))
    settings = f"stride {stride}, padding {padding}, dilation {dilation}"
    words = (
        f"Convolution of an image of {_sides(image)} with a kernel of {_sides(kernel)}, {settings}: output {_sides(output)}. "
        f"At row {row}, column {column} of the output: {' '.join(lines)}"
    )
    picture = Picture(WIDTH, TOP + high + 16 + LINE * len(lines) + 10, words)
    ax = canvas(picture)
    write(ax, MARGIN, 18, f"Convolution: {settings}", 13)
    grids = _Grids(ax, side, high)
    grids.image(padded, padding, (row * stride, column * stride), kernel, dilation)
    grids.kernel(kernel)
    grids.output(output, row, column)
    for i, line in enumerate(lines):
        last = i == len(lines) - 1
        write(ax, MARGIN, TOP + high + 24 + LINE * i, line, 12, weight="bold" if last else "normal")
    return plain(picture)


class _Grids:
    """The three grids from left to right, middles on one line."""

    def __init__(self, ax: Axes, side: float, high: float) -> None:
        self.ax, self.side, self.high, self.x = ax, side, high, float(MARGIN)

    def image(self, padded: Tensor, padding: int, corner: tuple[int, int], kernel: Tensor, dilation: int) -> None:
        rows, columns = padded.shape
        size = f"{rows - 2 * padding}x{columns - 2 * padding}"
        y = self._head(f"image {size}" + (f" + {padding} of padding" if padding else ""), rows)
        inner = torch.zeros_like(padded, dtype=torch.bool)
        inner[padding : rows - padding, padding : columns - padding] = True
        letters = self._letters(padded)
        greys = _greys(padded)
        for r in range(rows):
            for c in range(columns):
                x = self.x + c * self.side
                if inner[r, c]:
                    self._square(x, y + r * self.side, greys[r][c], float(padded[r, c]), letters)
                else:
                    self._square(x, y + r * self.side, 1.0, 0.0, letters, hatch="////")
        for i in range(kernel.shape[0]):
            for j in range(kernel.shape[1]):
                self._frame(self.x + (corner[1] + j * dilation) * self.side, y + (corner[0] + i * dilation) * self.side)
        self._next(columns, "∗")

    def kernel(self, kernel: Tensor) -> None:
        y = self._head(f"kernel {_sides(kernel)}", len(kernel))
        letters = self._letters(kernel)
        for r, row in enumerate(kernel.tolist()):
            for c, value in enumerate(row):
                self._square(self.x + c * self.side, y + r * self.side, 1.0, value, letters)
                self._frame(self.x + c * self.side, y + r * self.side)
        self._next(kernel.shape[1], "=")

    def output(self, output: Tensor, row: int, column: int) -> None:
        y = self._head(f"output {_sides(output)}", len(output))
        letters, greys = self._letters(output), _greys(output)
        for r in range(output.shape[0]):
            for c in range(output.shape[1]):
                x, down = self.x + c * self.side, y + r * self.side
                if (r, c) <= (row, column):
                    self._square(x, down, greys[r][c], float(output[r, c]), letters)
                else:
                    self._square(x, down, 1.0, 0.0, 0.0)
        self._frame(self.x + column * self.side, y + row * self.side, BLUE)

    def _head(self, text: str, rows: int) -> float:
        """Writes above a grid of so many rows; returns where it begins."""
        y = TOP + (self.high - rows * self.side) / 2
        write(self.ax, self.x, y - 12, text, 11)
        return y

    def _next(self, columns: int, sign: str) -> None:
        self.x += columns * self.side
        write(self.ax, self.x + BETWEEN / 2, TOP + self.high / 2, sign, 22, ha="center")
        self.x += BETWEEN

    def _letters(self, values: Tensor) -> float:
        """The size in which all the numbers fit their squares; 0 if that is too small to read."""
        numbers = [_number(v) for v in values.flatten().tolist()]
        widest = max(sum(0.84 if sign == "−" else 0.32 if sign == "." else 0.64 for sign in number) for number in numbers)
        size = min(12.0, (self.side - 2) / widest)
        return size if size >= 10 else 0.0

    def _square(self, x: float, y: float, grey: float, number: float, letters: float, hatch: str | None = None) -> None:
        from matplotlib.patches import Rectangle

        style = {"facecolor": str(grey), "edgecolor": PALE, "linewidth": 0.8, "hatch": hatch}
        self.ax.add_patch(Rectangle((x, y), self.side, self.side, **style))  # type: ignore[arg-type]
        if letters:
            colour = GREY if hatch else "white" if grey < 0.55 else INK
            behind = {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1}} if hatch else {}
            middle = self.side / 2
            write(self.ax, x + middle, y + middle, _number(number), letters, ha="center", color=colour, **behind)

    def _frame(self, x: float, y: float, colour: str = ORANGE) -> None:
        from matplotlib.patches import Rectangle

        line = min(2.5, self.side / 9)
        inside = self.side - line
        corner = (x + line / 2, y + line / 2)
        self.ax.add_patch(Rectangle(corner, inside, inside, fill=False, edgecolor=colour, linewidth=line, zorder=4))


def _dot_product(padded: Tensor, kernel: Tensor, corner: tuple[int, int], dilation: int, result: float) -> list[str]:
    """The sum of products in lines, a row of the kernel at a time, and what comes out."""
    lines: list[str] = []
    used = [result]
    for i, weights in enumerate(kernel.tolist()):
        row = padded[corner[0] + i * dilation, corner[1] :: dilation].tolist()[: len(weights)]
        used += [*row, *weights]
        terms = [f"{_bracketed(value)}·{_bracketed(weight)}" for value, weight in zip(row, weights, strict=True)]
        text = ("+ " if i else "") + " + ".join(terms)
        lines += textwrap.wrap(text, int((WIDTH - 2 * MARGIN) / (LETTER * 12)), break_long_words=False, break_on_hyphens=False)
    exact = all(abs(round(value, 2) - value) < 1e-6 for value in used)
    return [*lines, f"{'=' if exact else '≈'} {_number(result)}"]


def _number(value: float) -> str:
    """At most two decimals, and a real minus."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def _bracketed(value: float) -> str:
    text = _number(value)
    return f"({text})" if text.startswith("−") else text


def _greys(values: Tensor) -> list[list[float]]:
    """From dark, the smallest, to white, the largest; black would swallow the frames."""
    low, high = float(values.min()), float(values.max())
    found: list[list[float]] = (0.25 + 0.75 * (values - low) / ((high - low) or 1.0)).tolist()
    return found


def _sides(values: Tensor) -> str:
    return "x".join(map(str, values.shape))


def _check(image: Tensor, kernel: Tensor, stride: int, padding: int, dilation: int) -> None:
    for what, values in (("image", image), ("kernel", kernel)):
        if values.ndim != 2 or not values.numel():
            raise InputError(f"the {what} has shape {list(values.shape)}; it must be [height, width], of one channel")
        check_finite(f"the {what}'s numbers", values)
    for what, value, least in (("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1)):
        if value < least:
            raise InputError(f"the {what} is {value}; it must be at least {least}")
    needed = [dilation * (k - 1) + 1 for k in kernel.shape]
    given = [n + 2 * padding for n in image.shape]
    if needed[0] > given[0] or needed[1] > given[1]:
        raise InputError(
            f"the kernel covers {needed[0]}x{needed[1]} squares and the padded image has {given[0]}x{given[1]}; take a smaller "
            "kernel or dilation, or more padding"
        )
    if max(given) > LARGEST or max(kernel.shape) > LONGEST_KERNEL:
        raise InputError(
            f"the padded image has {given[0]}x{given[1]} squares and the kernel {_sides(kernel)}; at most {LARGEST}x{LARGEST} "
            f"and {LONGEST_KERNEL}x{LONGEST_KERNEL} can be drawn so that one can read them"
        )

"""Time a slider's move takes the kernel: the drawing of `explore.convolution` against matplotlib's of the same two grids.

Run: python benchmarks/redraw.py
"""

import io
import statistics
import time
from typing import Any

import numpy as np
from machine import machine
from matplotlib import pyplot as plt

from cnnkit import explore
from cnnkit.explore.settings import Sliding
from cnnkit.explore.sliding import Convolution

POSITIONS = range(1, 21)


def position(widget: Convolution) -> Any:
    """The widget's slider of that name."""
    return next(child for child in widget.widget.children if getattr(child, "description", "") == "position")


def textbook(state: Sliding) -> None:
    """A figure of the photo and the output with a number in each cell, the window framed, as PNG."""
    output = np.array(state.output(), float).reshape(state.size)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.5))
    for axes, grid in ((left, np.array(state.image)), (right, output)):
        axes.imshow(grid, cmap="gray")
        for y, line in enumerate(grid):
            for x, number in enumerate(line):
                axes.text(x, y, f"{number:g}", ha="center", va="center", color="tab:orange", fontsize=7)
    y, x = state.squares(state.position)[0]
    left.add_patch(plt.Rectangle((x - 0.5, y - 0.5), state.span, state.span, fill=False, edgecolor="tab:red"))
    figure.savefig(io.BytesIO())
    plt.close(figure)


def main() -> None:
    """Prints both times and the ratio, a move of each in turn."""
    plt.switch_backend("agg")
    widget = explore.convolution()
    slider = position(widget)
    textbook(widget.state)

    def move(place: int) -> float:
        start = time.perf_counter()
        slider.value = place
        return time.perf_counter() - start

    def redraw() -> float:
        start = time.perf_counter()
        textbook(widget.state)
        return time.perf_counter() - start

    pairs = [(move(place), redraw()) for place in POSITIONS]
    ratios = [a / b for a, b in pairs]
    a, b = (1000 * statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"convolution   slider {a:.1f} ms   matplotlib {b:.0f} ms   "
        f"ratio {statistics.median(ratios):.3f} [{min(ratios):.3f} .. {max(ratios):.3f}]   {len(pairs)} pairs"
    )
    print(machine())


if __name__ == "__main__":
    main()

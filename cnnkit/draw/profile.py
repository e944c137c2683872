"""What a network does on its way from the first layer to the last, as lines over the layers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnnkit.draw.look import WIDTH, plain
from cnnkit.draw.meaning import looks
from cnnkit.errors import InputError

if TYPE_CHECKING:
    from cnnkit.draw.picture import Picture


def profile(values: Mapping[str, Sequence[float]], title: str = "", unit: str = "", layer: str = "layer") -> Picture:
    """Draws a number a layer for each net, from the first layer to the last; the axis counts in powers of ten.

    Args:
        values: a number above 0 for each layer, by the net's name.
        title: what was measured, and on which data.
        unit: of the numbers, at the axis.
        layer: what is counted along the axis, such as "block".

    Raises:
        InputError: nothing to draw, or a number that has no place on such an axis: 0, below 0, or not finite.
    """
    from cnnkit.draw.picture import Picture, axes

    if not values or not all(len(row) for row in values.values()):
        raise InputError("there is no number to draw; give at least one for each net, by name")
    for name, row in values.items():
        for number, value in enumerate(row, start=1):
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"{name} is {value:g} at {layer} {number}; an axis of powers of ten needs numbers above 0")
    words = "; ".join(
        f"{name} from {row[0]:.1e} at the first {layer} to {row[-1]:.1e} at the last" for name, row in values.items()
    )
    picture = Picture(WIDTH, 360, f"{title or 'Profile'}: {words} ({unit or 'no unit'}).", colours=64)
    ax = axes(picture, title, x=f"{layer}, from the image to the logits", y=unit)
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.yaxis.set_minor_formatter(lambda value, _: "")
    styles = looks([*values])
    for name, row in values.items():
        look = styles[name]
        ax.plot(range(1, len(row) + 1), row, look.dash, color=look.colour, linewidth=look.width, label=name)
    ax.legend(fontsize=11, frameon=False, loc="best", handlelength=4)
    return plain(picture)

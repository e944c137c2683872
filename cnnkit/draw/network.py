"""A whole network as a strip of blocks, from the photo on the left to the answer on the right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnkit.anatomy.parts import Part, parts
from cnnkit.draw.look import BLACK, BLUE, GREY, INK, LETTER, ORANGE, PURPLE, WIDTH, canvas, plain, write
from cnnkit.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cnnkit.anatomy import Table
    from cnnkit.draw.picture import Picture

MARGIN, TOP, TALLEST, NARROWEST, SMALL = 12, 62, 150, 7, 10.5  # CSS pixels; the last: the size of the labels' letters
LINE = 14  # CSS pixels of a line of a label
LOOKS = {  # kind -> colour, hatch: told apart without colour too; a plain way is warm, one with shortcuts cool
    "input": ("white", ""),
    "convolution": (ORANGE, ""),
    "pool": (GREY, "////"),
    "residual block": (BLUE, "\\\\\\\\"),
    "joined branches": (PURPLE, "xx"),
    "linear": (BLACK, "...."),
}


def strip(table: Table, title: str = "") -> Picture:
    """A network as blocks in the order they run: height by the size of the maps, width by channels, both by the root.

    Layers with weights and pools are drawn; what one add or concatenation joins is one block. Sizes stand under the blocks
    where they change.

    Args:
        table: `anatomy.table` of the network.
        title: the network's name.

    Raises:
        InputError: nothing in the table can be drawn.
    """
    from cnnkit.draw.picture import Picture

    found = parts(table)
    if len(found) < 2:
        raise InputError(
            f"the table of {table.network} has no convolution, pool or linear layer that ran; there is nothing to draw"
        )
    title = title or f"{table.network}, {len(found) - 1} blocks"
    widths = _widths(found)
    lefts = [MARGIN + sum(widths[:i]) for i in range(len(found))]
    labels = [
        (x, _label(p))
        for x, p, before in zip(lefts, found, [None, *found], strict=False)
        if not before or before.shape != p.shape
    ]
    lanes = _lanes(labels)
    bottom = TOP + TALLEST + 16 + (max(lanes) + 1) * (2 * LINE + 4)
    picture = Picture(WIDTH, bottom + 8, _in_words(title, found))
    ax = canvas(picture)
    write(ax, MARGIN, 18, title, 13)
    _draw_key(ax, found)
    tallest = max(math.prod(part.shape[1:]) for part in found) ** 0.25
    for x, width, part in zip(lefts, widths, found, strict=True):
        _draw_part(ax, x, width, TALLEST * math.prod(part.shape[1:]) ** 0.25 / tallest if len(part.shape) > 1 else 6, part)
    for (x, lines), lane in zip(labels, lanes, strict=True):
        y = TOP + TALLEST + 16 + lane * (2 * LINE + 4)
        ax.plot((x + 0.5, x + 0.5), (TOP + TALLEST / 2, y + 2 * LINE), color="#aaaaaa", linewidth=0.8, zorder=0)
        for i, line in enumerate(lines):
            write(ax, x + 3, y + LINE * (i + 0.5), line, SMALL, weight="normal" if i else "bold")
    return plain(picture)


def _widths(found: Sequence[Part]) -> list[float]:
    """By the root of the channels, none too narrow to see, together as wide as a notebook."""
    roots = [math.sqrt(part.shape[0]) for part in found]
    least = min(NARROWEST, (WIDTH - 2 * MARGIN) / len(found))
    room = WIDTH - 2 * MARGIN - 40  # the last label hangs over
    wide = [root * min(3.0, room / sum(roots)) for root in roots]
    wide = [max(least, width) for width in wide]
    return [width * min(1.0, room / sum(wide)) for width in wide]


def _label(part: Part) -> tuple[str, ...]:
    sizes = "x".join(map(str, part.shape[1:]))
    return (str(part.shape[0]), sizes) if sizes else (str(part.shape[0]),)


def _lanes(labels: Sequence[tuple[float, Sequence[str]]]) -> list[int]:
    """How deep each label hangs, so that none covers another or another's line: it goes below all that begin above it."""
    lanes = [0] * len(labels)
    for i in reversed(range(len(labels))):
        x, lines = labels[i]
        end = x + 8 + LETTER * SMALL * max(map(len, lines))
        lanes[i] = 1 + max((lanes[j] for j in range(i + 1, len(labels)) if labels[j][0] < end), default=-1)
    return lanes


def _draw_part(ax: Axes, x: float, width: float, height: float, part: Part) -> None:
    from matplotlib.patches import Rectangle

    colour, hatch = LOOKS[part.kind]
    box = (x + 0.5, TOP + (TALLEST - height) / 2), max(width - 1, 1), height
    ax.add_patch(Rectangle(*box, facecolor=colour, alpha=0.45, linewidth=0))
    ax.add_patch(Rectangle(*box, fill=False, edgecolor=INK if colour == "white" else colour, hatch=hatch, linewidth=1.2))


def _draw_key(ax: Axes, found: Sequence[Part]) -> None:
    from matplotlib.patches import Rectangle

    x = float(MARGIN)
    for kind in (kind for kind in LOOKS if any(part.kind == kind for part in found)):
        colour, hatch = LOOKS[kind]
        ax.add_patch(Rectangle((x, 34), 22, 13, facecolor=colour, alpha=0.45, linewidth=0))
        ax.add_patch(Rectangle((x, 34), 22, 13, fill=False, edgecolor=INK if colour == "white" else colour, hatch=hatch))
        write(ax, x + 27, 40.5, kind, 11)
        x += 27 + LETTER * 11 * len(kind) + 16
    write(ax, x, 40.5, "height: map size, width: √channels", 11, color=GREY)


def _in_words(title: str, found: Sequence[Part]) -> str:
    runs: list[tuple[Part, int]] = []
    for part in found:
        if runs and (runs[-1][0].kind, runs[-1][0].shape) == (part.kind, part.shape):
            runs[-1] = (part, runs[-1][1] + 1)
        else:
            runs.append((part, 1))
    words = [f"{part.kind} {'x'.join(map(str, part.shape))}" + (f" ({n} times)" if n > 1 else "") for part, n in runs]
    return f"{title}: {', '.join(words)}."

"""A network as a strip of blocks, each to be chosen, with what it costs as bars below it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from cnnkit.anatomy.grid import count, memory, percent, sides
from cnnkit.anatomy.parts import Part
from cnnkit.explore.look import BLUE, INK, LINE, ORANGE
from cnnkit.explore.shapes import GREY, box, choice, cut, radios, text

LEFT, RIGHT, TALL, BAR = 104, 714, 48, 18  # where the columns are, how high the largest block and a bar
# Plain layers are warm and blocks with a shortcut cool; each kind also has a shape of its own.
COLOURS = {"convolution": ORANGE, "pool": "#9a9a9a", "residual block": BLUE, "joined branches": "#8a4f7d", "linear": INK}
COSTS = ("parameters", "MACs", "memory")


def strip(parts: Sequence[Part], chosen: int, y: float, bars: bool = True) -> Iterator[str]:
    """The blocks from left to right: height by the size of their maps, width by their channels, both by the root.

    Args:
        parts: of a network, without its input.
        chosen: index of the one that is framed.
        y: where the drawing begins.
        bars: each part's share of the costs stands below it.
    """
    step = (RIGHT - LEFT) / len(parts)
    names = short([part.name for part in parts])
    named = _with_room(names, chosen, step)
    largest = [max(costs) or 1 for costs in zip(*(part.costs for part in parts), strict=True)]
    area = max(math.prod(part.shape[1:]) for part in parts) ** 0.25
    root = math.sqrt(max(part.shape[0] for part in parts))
    below = y + TALL + 20
    high = below - y + 3 * (BAR + 4) if bars else below - y
    columns = []
    for i, part in enumerate(parts):
        x, now = LEFT + i * step, i == chosen
        tall = max(5.0, TALL * math.prod(part.shape[1:]) ** 0.25 / area) if len(part.shape) > 1 else 5.0
        wide = max(4.0, min(step - 3, 34) * math.sqrt(part.shape[0]) / root)
        shapes = [_block(part.kind, x + (step - wide) / 2, y + (TALL - tall) / 2, wide, tall)]
        if bars:
            shapes += [_bar(x, step, below + k * (BAR + 4), cost / largest[k], now) for k, cost in enumerate(part.costs)]
        if i in named:
            shapes.append(text(min(x + step / 2, 700), y + TALL + 15, names[i], 11.5, bold=now, anchor="middle"))
        if now:
            shapes.append(box(x, y - 4, step, high + 4, "none", INK, 2))
        columns.append(
            choice(f"block:{i}", f"{said(part)}; {costs(parts, i)}", "".join(shapes), "block", now, (x, y, step, high))
        )
    yield from _legend(parts, y)
    if bars:
        yield from (text(LEFT - 8, below + k * (BAR + 4) + 15, words, 12, anchor="end") for k, words in enumerate(COSTS))
    yield radios("the blocks", columns)


def said(part: Part) -> str:
    """A part in words."""
    return f"{part.name}, {part.kind}: {sides(part.shape)}"


def costs(parts: Sequence[Part], index: int) -> str:
    """What a part costs, and its shares of the whole."""
    totals = [sum(costs) or 1 for costs in zip(*(part.costs for part in parts), strict=True)]
    shown = zip(parts[index].costs, totals, (count, count, memory), ("parameters", "MACs", "of results"), strict=True)
    return ", ".join(
        f"{write(cost)} {what} ({percent(cost / total)} %)" if cost else f"no {what}" for cost, total, write, what in shown
    )


def short(names: Sequence[str]) -> list[str]:
    """Names without the word that most of them begin with: "1.0" for "layer1.0"; "c5" for "classifier.5" beside them."""
    heads = [re.match(r"[A-Za-z_]+\.?(?=\d)", name) for name in names]
    most = Counter(head[0] for head in heads if head).most_common(1)
    found = []
    for name, head in zip(names, heads, strict=True):
        if head and head[0] == most[0][0]:
            name = name[head.end() :]
        elif head and head[0].endswith("."):
            name = name[0] + name[head.end() :]
        found.append(cut(name.strip("()"), 9))
    return found


def _with_room(names: Sequence[str], chosen: int, step: float) -> set[int]:
    """Which columns can carry their names: the chosen one, and from the left those that cover no other."""
    found, end = {chosen}, -1.0
    for i, name in enumerate(names):
        start, stop = (i + 0.5) * step - 3.7 * len(name), (i + 0.5) * step + 3.7 * len(name)
        clear = abs(i - chosen) * step > 3.7 * (len(name) + len(names[chosen])) + 3
        if i != chosen and start > end + 3 and clear:
            found.add(i)
            end = stop
    return found


def _block(kind: str, x: float, y: float, wide: float, tall: float) -> str:
    """A kind is told by its shape, too: a pool has stripes, a residual block an arc, for its shortcut."""
    drawn = box(x, y, wide, tall, COLOURS[kind])
    if kind == "pool":
        lines = "".join(f"M{x:.1f} {y + d:.1f}h{wide:.1f}" for d in range(3, int(tall), 6))
        drawn += f'<path d="{lines}" stroke="white" stroke-width="2"/>'
    elif kind == "residual block":
        arc = f"M{x + 2:.1f} {y + tall - 2:.1f}V{y + 2:.1f}H{x + wide - 2:.1f}V{y + tall - 2:.1f}"
        drawn += f'<path d="{arc}" fill="none" stroke="white" stroke-width="1.6"/>' if wide > 6 else ""
    elif kind == "joined branches":
        drawn += f'<path d="M{x + wide / 2:.1f} {y:.1f}v{tall:.1f}" stroke="white" stroke-width="2"/>'
    return drawn


def _bar(x: float, step: float, y: float, share: float, now: bool) -> str:
    high = BAR * share
    wide = min(step - 4, 26)
    line = f'<path d="M{x:.1f} {y + BAR:.1f}h{step:.1f}" stroke="{LINE}" stroke-width="0.8"/>'
    return box(x + (step - wide) / 2, y + BAR - high, wide, high, INK if now else GREY) + line if share else line


def _legend(parts: Sequence[Part], y: float) -> Iterator[str]:
    for i, kind in enumerate(kind for kind in COLOURS if any(part.kind == kind for part in parts)):
        yield _block(kind, 8, y + 14 * i, 9, 10) + text(21, y + 14 * i + 9.5, kind, 11.5)

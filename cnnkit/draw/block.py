"""A residual block, or a chain of layers, as boxes and arrows: an SVG string, so that it can be redrawn at once."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cnnkit._support.words import em

INK, LINE, FILL = "#222222", "#767676", "#eef3f8"
MARK, MARK_TEXT, MARK_FILL = "#d55e00", "#a84300", "#fdeee3"
WIDTH, GAP, ROW, MARGIN = 120, 24, 16, 12  # pixels: of a box, between boxes, of a line of text, around everything
LETTERS = 16  # of a line that fits into a box
FOOT = 20  # pixels: where a box says the shape of what it makes
PER_ROW, NBSP = 4, "\u00a0"
SHOWN = 760  # pixels of a notebook's width; a wider picture is not squeezed until its letters are too small, but scrolls


@dataclass(frozen=True)
class Box:
    """A few layers that are drawn together.

    Attributes:
        lines: what they are; a long one takes two lines.
        size: channels x height x width of what they make, at the foot of the box.
        marked: index of the line to mark as the first wrong place.
    """

    lines: tuple[str, ...]
    size: str = ""
    marked: int | None = None

    @cached_property
    def rows(self) -> list[tuple[str, bool]]:
        """What is written, line by line, and whether it is marked."""
        found = []
        for i, line in enumerate(self.lines):
            whole = ("▸ " if i == self.marked else "") + line
            at_commas = whole.replace(" ", NBSP).replace(f",{NBSP}", ", ")
            found += [
                (part.replace(NBSP, " ").rstrip(","), i == self.marked) for part in textwrap.wrap(at_commas, LETTERS) or [""]
            ]
        return found

    @property
    def width(self) -> int:
        """In pixels."""
        return min(WIDTH, max(72, 20 + 7 * max(len(text) for text in (self.size, *(text for text, _ in self.rows)))))

    @property
    def height(self) -> int:
        """In pixels."""
        return ROW * len(self.rows) + 12 + (FOOT if self.size else 0)


def block(
    title: str,
    given: str,
    before: Sequence[Box],
    branch: Sequence[Box],
    shortcut: Sequence[Box],
    meet: str | None,
    after: Sequence[Box],
    meet_marked: bool = False,
    said: str = "",
) -> str:
    """The two ways of a block, one above the other, from the input on the left to where they meet.

    Args:
        title: e.g. the call that made the block; also the picture's text for those who can't see it.
        given: size of the input.
        before: what both ways share.
        branch: the upper way.
        shortcut: the lower way; none is the input itself.
        meet: the sign where they meet, "+"; None if they don't.
        after: what follows that.
        meet_marked: the place where they meet is the first wrong one.
        said: a sentence below the picture.
    """
    top, deep = 48, max([box.height for box in shortcut] or [0])
    height = max([box.height for box in [*before, *branch, *after]] or [40])
    middle, low = top + height // 2, top + height + 26 + deep // 2
    parts = [_text(MARGIN, middle, "input", bold=True), _text(MARGIN, middle + ROW, given)]
    x = _arrow(parts, MARGIN + max(38, 7 * len(given)), middle)
    x = _row(parts, x, middle, before)
    fork, end = x - GAP // 2, _row(parts, x, middle, branch)
    bottom = top + height
    if meet is not None:
        bottom = low + max(deep // 2, 6)
        end = _lower_way(parts, fork, x, end, middle, low, shortcut, f"{_bare(before)}, {before[-1].size if before else given}")
        parts += _meeting(end, middle, meet, meet_marked)
        end = _arrow(parts, end + 15, middle)
    end = _row(parts, end, middle, after)
    parts.append(_text(end + 4, middle + 4, "output", bold=True))
    for line in textwrap.wrap(said, 95):
        bottom += 22
        parts.append(_text(MARGIN, bottom, line))
    return _svg(parts, end + 56, bottom + 14, title, _words(title, before, branch, shortcut, meet))


def chain(title: str, given: str, boxes: Sequence[Box]) -> str:
    """Boxes one after another, in rows."""
    parts: list[str] = []
    y, first = 46, MARGIN + 8 * len(given) + 6
    for start in range(0, len(boxes), PER_ROW):
        row = boxes[start : start + PER_ROW]
        height = max(box.height for box in row)
        if start == 0:
            parts.append(_text(MARGIN, y + height // 2 + 4, given, bold=True))
        _row(parts, first, y + height // 2, row)
        y += height + 26
    width = first + PER_ROW * (WIDTH + GAP)
    return _svg(parts, width, y, title, title + ": " + "; ".join(map(_box_words, boxes)))


def _lower_way(parts: list[str], fork: int, x: int, end: int, middle: int, low: int, shortcut: Sequence[Box], bare: str) -> int:
    """From the fork below everything to the sum; returns where the sum is."""
    last = _row(parts, x, low, shortcut, tips=False) if shortcut else x
    end = max(end, last) + 15
    parts.append(_way(f"M{fork} {middle}V{low}H{x}", tip=bool(shortcut)))
    parts.append(_way(f"M{last} {low}H{end}V{middle + 20}", tip=True))
    if not shortcut:
        parts.append(_text(x if end - x > 200 else max(MARGIN, fork - 200), low - 7, f"shortcut: {bare}"))
    return end


def _row(parts: list[str], x: int, middle: int, boxes: Sequence[Box], tips: bool = True) -> int:
    """Boxes from ``x`` on, each with the arrow that leaves it; returns where the last arrow ends."""
    for i, box in enumerate(boxes):
        _box(parts, x, middle - box.height // 2, box)
        x = _arrow(parts, x + box.width, middle, tip=tips or i + 1 < len(boxes))
    return x


def _box(parts: list[str], x: int, y: int, box: Box) -> None:
    marked = box.marked is not None
    edge, fill, dash, thick = (MARK, MARK_FILL, ' stroke-dasharray="6 3"', 2.6) if marked else (LINE, FILL, "", 1.2)
    parts.append(
        f'<rect x="{x}" y="{y}" width="{box.width}" height="{box.height}" rx="5" fill="{fill}" stroke="{edge}" '
        f'stroke-width="{thick}"{dash}/>'
    )
    for i, (line, wrong) in enumerate(box.rows):
        parts.append(_text(x + 8, y + 18 + ROW * i, line, MARK_TEXT if wrong else INK, wrong))
    if box.size:
        foot = y + box.height - FOOT
        parts.append(f'<path d="M{x} {foot}h{box.width}" stroke="{edge}" stroke-width="0.8"/>')
        parts.append(_text(x + box.width - 8, foot + 15, box.size, bold=True, anchor="end"))
    if marked:
        parts.append(_text(x + 8, y - 5, "look here", MARK_TEXT, True))


def _arrow(parts: list[str], x: int, y: int, tip: bool = True) -> int:
    parts.append(_way(f"M{x} {y}H{x + GAP - (5 if tip else 0)}", tip))
    return x + GAP


def _way(path: str, tip: bool) -> str:
    """A line, with an arrow's tip if it ends at something."""
    end = ' marker-end="url(#tip)"' if tip else ""
    return f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.6"{end}/>'


def _meeting(x: int, y: int, sign: str, marked: bool) -> list[str]:
    edge, width = (MARK, 3) if marked else (LINE, 1.6)
    found = [
        f'<circle cx="{x}" cy="{y}" r="15" fill="{MARK_FILL if marked else "white"}" stroke="{edge}" stroke-width="{width}"/>',
        f'<text x="{x}" y="{y + 6}" font-size="17" text-anchor="middle" fill="{INK}">{html.escape(sign)}</text>',
    ]
    return [*found, _text(x - 26, y - 22, "look here", MARK_TEXT, True)] if marked else found


def _text(x: int, y: int, text: str, colour: str = INK, bold: bool = False, size: int = 12, anchor: str = "") -> str:
    look = (' font-weight="bold"' if bold else "") + (f' text-anchor="{anchor}"' if anchor else "")
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}"{look}>{html.escape(text)}</text>' if text else ""


def _svg(parts: Sequence[str], width: int, height: int, title: str, words: str) -> str:
    least = f"min-width:{width}px" if width > SHOWN else f"width:{em(width)};max-width:100%"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'style="{least};height:auto" '
        f'font-family="sans-serif" role="img" aria-label="{html.escape(words)}">'
        f'<defs><marker id="tip" markerWidth="7" markerHeight="7" refX="4" refY="3" orient="auto">'
        f'<path d="M0 0L6 3L0 6z" fill="{LINE}"/></marker></defs>'
        f'<rect width="{width}" height="{height}" rx="6" fill="white"/>'
    )
    return head + _text(MARGIN, 22, title, bold=True, size=13) + "".join(parts) + "</svg>"


def _bare(before: Sequence[Box]) -> str:
    """A shortcut without layers; behind shared layers it is no longer the input."""
    return "no layers" if before else "the input itself"


def _words(title: str, before: Sequence[Box], branch: Sequence[Box], shortcut: Sequence[Box], meet: str | None) -> str:
    ways = f"both ways: {'; '.join(map(_box_words, before))}. " if before else ""
    ways += f"branch: {'; '.join(map(_box_words, branch)) or 'no layers'}"
    if meet is not None:
        ways += f". Shortcut: {'; '.join(map(_box_words, shortcut)) or _bare(before)}. They meet in {meet}"
    return f"{title}. {ways}"


def _box_words(box: Box) -> str:
    lines = [line + (" (first wrong place)" if i == box.marked else "") for i, line in enumerate(box.lines)]
    return ", ".join(lines) + (f" gives {box.size}" if box.size else "")

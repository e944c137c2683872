"""A residual block, or a chain of layers, as boxes and arrows: an SVG string, so that it can be redrawn at once."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

INK, LINE, FILL = "#222222", "#767676", "#eef3f8"
MARK, MARK_FILL = "#d55e00", "#fdeee3"
WIDTH, GAP, ROW, MARGIN = 156, 62, 17, 12  # pixels: of a box, between boxes, of a line of text, around everything
PER_ROW = 4


@dataclass(frozen=True)
class Box:
    """A few layers that are drawn together.

    Attributes:
        lines: what they are, one a line.
        size: channels x height x width of what they make, written at the arrow that leaves the box.
        marked: index of the line to mark as the first wrong place.
    """

    lines: tuple[str, ...]
    size: str = ""
    marked: int | None = None

    @property
    def height(self) -> int:
        """In pixels."""
        return ROW * len(self.lines) + 12


def block(
    title: str,
    given: str,
    before: Sequence[Box],
    branch: Sequence[Box],
    shortcut: Sequence[Box],
    meet: str | None,
    after: Sequence[Box],
    meet_marked: bool = False,
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
    """
    top = 46
    height = max([box.height for box in [*before, *branch, *after]] or [30])
    middle = top + height // 2
    low = top + height + 34 + max([box.height for box in shortcut] or [0]) // 2
    parts: list[str] = [_text(MARGIN, middle + 4, "input", bold=True)]
    x = _arrow(parts, MARGIN + 38, middle, given)
    x = _row(parts, x, middle, before)
    fork = x - 10
    end = _row(parts, x, middle, branch)
    if meet is not None:
        last = _row(parts, x, low, shortcut) if shortcut else x
        end = max(end, last)
        parts.append(f'<path d="M{fork} {middle}V{low}H{x}" fill="none" stroke="{LINE}" stroke-width="1.6"/>')
        parts.append(
            f'<path d="M{last} {low}H{end + 14}V{middle + 17}" fill="none" stroke="{LINE}" '
            'stroke-width="1.6" marker-end="url(#tip)"/>'
        )
        if not shortcut and branch:
            parts.append(_text(x + 6, low - 7, f"shortcut: {_bare(before)}"))
        elif not shortcut:  # nothing between fork and sum: the words stand left of the way
            parts.append(_text(fork - 122, low + 4, f"shortcut: {_bare(before)}"))
        parts += _meeting(end + 14, middle, meet, meet_marked)
        end = _arrow(parts, end + 30, middle, "")
    end = _row(parts, end, middle, after)
    parts.append(_text(end + 4, middle + 4, "output", bold=True))
    bottom = (low + max([box.height for box in shortcut] or [0]) // 2 if meet is not None else top + height) + 22
    return _svg(parts, end + 60, bottom, title, _words(title, before, branch, shortcut, meet))


def chain(title: str, given: str, boxes: Sequence[Box]) -> str:
    """Boxes one after another, in rows."""
    parts: list[str] = []
    y, height = 46, 0
    for start in range(0, len(boxes), PER_ROW):
        row = boxes[start : start + PER_ROW]
        height = max(box.height for box in row)
        middle = y + height // 2
        x = MARGIN
        if start == 0:
            parts.append(_text(MARGIN, middle + 4, given, bold=True))
            x = MARGIN + 7 * len(given) + 6
        _row(parts, x, middle, row)
        y += height + 26
    return _svg(parts, MARGIN + 90 + PER_ROW * (WIDTH + GAP), y, title, title + ": " + "; ".join(map(_box_words, boxes)))


def _row(parts: list[str], x: int, middle: int, boxes: Sequence[Box]) -> int:
    """Boxes from ``x`` on, each with the arrow that leaves it; returns where the last arrow ends."""
    for box in boxes:
        y = middle - box.height // 2
        edge, fill, dash = (MARK, MARK_FILL, ' stroke-dasharray="6 3"') if box.marked is not None else (LINE, FILL, "")
        width = 2.6 if box.marked is not None else 1.2
        parts.append(
            f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{box.height}" rx="5" fill="{fill}" stroke="{edge}" '
            f'stroke-width="{width}"{dash}/>'
        )
        for i, line in enumerate(box.lines):
            marked = i == box.marked
            size = 11 if marked and len(line) > 22 else 12  # bold and with a sign before it, it would leave the box
            parts.append(_text(x + 8, y + 18 + ROW * i, ("▸ " if marked else "") + line, MARK if marked else INK, marked, size))
        if box.marked is not None:
            parts.append(_text(x + 8, y - 5, "look here", MARK, True))
        x = _arrow(parts, x + WIDTH, middle, box.size)
    return x


def _arrow(parts: list[str], x: int, y: int, size: str) -> int:
    length = GAP if size else 26
    parts.append(f'<path d="M{x} {y}H{x + length - 5}" stroke="{LINE}" stroke-width="1.6" marker-end="url(#tip)"/>')
    parts.append(_text(x + 3, y - 6, size, size=10))
    return x + length


def _meeting(x: int, y: int, sign: str, marked: bool) -> list[str]:
    edge, width = (MARK, 3) if marked else (LINE, 1.6)
    found = [
        f'<circle cx="{x}" cy="{y}" r="15" fill="{MARK_FILL if marked else "white"}" stroke="{edge}" stroke-width="{width}"/>',
        f'<text x="{x}" y="{y + 6}" font-size="17" text-anchor="middle" fill="{INK}">{html.escape(sign)}</text>',
    ]
    return [*found, _text(x - 26, y - 22, "look here", MARK, True)] if marked else found


def _text(x: int, y: int, text: str, colour: str = INK, bold: bool = False, size: int = 12) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}"{weight}>{html.escape(text)}</text>' if text else ""


def _svg(parts: Sequence[str], width: int, height: int, title: str, words: str) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        'style="max-width:100%;height:auto" '
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

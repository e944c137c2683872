"""Curves out of the story of a live run: the branches that were left, and the way to the present weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from cnnkit.explore.axis import short
from cnnkit.explore.live.story import Branch, Mark, Story
from cnnkit.explore.look import BLUE
from cnnkit.explore.shapes import GREY

SHOWN = 6  # branches: the newest ones
GHOST, DASHES = "#8c8c8c", ("7 4", "2 4", "9 4 2 4")
Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A curve in both panels, with a label at its end.

    Attributes:
        points: (step, mean loss).
        right: (step, mean accuracy).
        number: at its end, larger, before the ``label``.
        colour, ink: of the line and of its words.
        dash: of a line that no longer grows.
        faint: (step, loss) of single steps.
        checks: (step, accuracy) on the validation part.
    """

    points: Sequence[Point]
    right: Sequence[Point]
    label: str
    colour: str = BLUE
    ink: str = BLUE
    number: str = ""
    dash: str = ""
    faint: Sequence[Point] = ()
    checks: Sequence[Point] = ()
    diverged: bool = False


def lines(story: Story, name: str = "", colour: str = BLUE, ink: str = BLUE) -> list[Line]:
    """The branches that were left, as ghosts, and last the way to the present weights as one curve."""
    way = story.line()[::-1]
    ends = [*(branch.start for branch in way[1:]), story.now.steps]

    def along(kind: str) -> Sequence[Point]:
        if len(way) == 1:
            return series(story.now, kind)
        return tuple(p for branch, end in zip(way, ends, strict=True) for p in series(branch, kind) if p[0] <= end)

    ghosts = [
        Line(series(b, "means"), series(b, "right"), f"{name} {changed(story, b)}".strip(), GHOST, GREY,
             dash=DASHES[i % len(DASHES)], diverged=b.diverged is not None)
        for i, b in list(enumerate(story.branches[:-1]))[-SHOWN:] if b.losses.count
    ]  # fmt: skip
    checks = [check for branch, end in zip(way, ends, strict=True) for check in branch.checks if check[0] <= end]
    letter = story.now.name if len(story.branches) > 1 else ""
    grows = Line(along("means"), along("right"), f"{name} {letter}".strip(), colour, ink, faint=along("losses"),
                 checks=checks, diverged=story.now.diverged is not None)  # fmt: skip
    return [*ghosts[1 - SHOWN :], grows]


def changed(story: Story, branch: Branch) -> str:
    """A branch's letter, its last learning rate where a rate was changed by hand, and what else was changed in it."""
    kinds = {mark.kind: mark.new for mark in branch.marks if mark.kind not in ("branch", "rate")}
    turned = any(mark.kind == "rate" for each in story.branches for mark in each.marks)
    rate = [f"{branch.lrs.last:.2g}"] if turned else []
    return " · ".join([branch.name, *rate, *(f"{kind} {new}" for kind, new in list(kinds.items())[-2:])])


def tip(line: Line, marks: Sequence[Mark] = (), span: float = 1.0) -> Line:
    """``line`` with its last value in its label, and how far that is from the value at the last of ``marks``.

    ``span``: differences within which are to be seen.
    """
    if not line.points:
        return line
    last, moved = line.points[-1][1], ""
    before = [value for step, value in line.points if marks and step <= marks[-1].step]
    if before and marks[-1].step < line.points[-1][0] and not line.diverged:
        by = last - before[-1]
        moved = f", {'−' if by < 0 else '+'}{short(abs(by), abs(by) or 1)} since mark {len(marks)}"
    return replace(line, number=f"{line.label} {short(last, span)}".strip(), label=moved)


def series(branch: Branch, kind: str) -> Sequence[Point]:
    """(step, value) of a branch's "means", "right", "losses" or "lrs"."""
    return _series(branch, kind, branch.losses.count)


@lru_cache(64)  # of branches that no longer grow
def _series(branch: Branch, kind: str, count: int) -> Sequence[Point]:
    """Of single losses the smallest and the largest, where several share a point."""
    found, after = getattr(branch, kind), branch.start + 1
    if kind == "losses" and found.width > 1:
        return tuple([(after + at, value) for at, low, high, _ in found.points() for value in (low, high)])
    return tuple([(after + at, mean) for at, _, _, mean in found.points()])

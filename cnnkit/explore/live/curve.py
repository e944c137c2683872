"""The curves of live runs: the loss with its branches, and the photos right. Pure functions of what was trained."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from cnnkit.explore.axis import Axis, fitted, round_ticks
from cnnkit.explore.live.story import Mark
from cnnkit.explore.live.ways import Line, Point
from cnnkit.explore.look import FAINT
from cnnkit.explore.shapes import GREY, text

LEFT, END, EDGE = 46, 372, 528  # x of both ends of the loss, and up to where its labels reach
TOP, BOTTOM = 36, 168  # y of both ends of the loss and of the photos right
RIGHT = (572, 712)  # the photos right, from x to x
LETTER = 0.56  # of a font's size is about the width of a letter
Level = tuple[float, str, str]  # a loss, its name and its dash


@dataclass(frozen=True)
class Label:
    """Words in the loss panel; others may push them up or down."""

    x: float
    y: float
    words: str
    ink: str
    number: str = ""  # comes first, larger

    @property
    def wide(self) -> float:
        """Pixels, about."""
        return LETTER * (15 * len(self.number) + 12 * len(self.words)) + 4


def loss_axis(shown: Sequence[Line], classes: int, log: bool = False, goal: float | None = None) -> Axis:
    """The y axis: fitted to the curves, of which what lies far above guessing is left out; or close around ``goal``."""
    guess = math.log(classes)
    if goal is not None:
        return Axis(goal - 4 * (guess - goal), guess + 3 * (guess - goal), BOTTOM, TOP)
    means = [v for line in shown for _, v in line.points if v <= (1.2 if line.diverged else 2.6) * guess]
    if not means or max(means) > 0.7 * guess:
        means.append(guess)
    axis = fitted(means, BOTTOM, TOP, log)
    if log:
        return axis
    ticks = round_ticks(axis.low, axis.high)
    grid = (ticks[1] - ticks[0]) / 4 if len(ticks) > 1 else 0.1  # its ends move in small jumps, not at every step
    return replace(axis, low=math.floor(axis.low / grid) * grid, high=math.ceil(axis.high / grid) * grid)


def loss_panel(shown: Sequence[Line], x: Axis, y: Axis, levels: Sequence[Level]) -> str:
    """A frame with ticks, the ``levels`` as lines across it, the curves, and the labels of all, none on another."""
    seen = [level for level in levels if y.holds(level[0])]
    across = [rule(LEFT, END, y.at(value), GREY, dash) for value, _, dash in seen]
    labels = [Label(END + 6, y.at(value), words, GREY) for value, words, _ in seen]
    labels += [_end(line, x, y) for line in shown[::-1] if line.points]
    curves = [_curve(line, x, y) for line in shown]
    said = [_written(label) for label in _apart(labels)]
    return f"{frame(x, y, tuple(y.ticks()))}{grouped(across)}{grouped(curves)}{grouped(said)}"


def right_panel(shown: Sequence[Line], x: Axis, y: Axis) -> str:
    """The same for the photos right, with rings for the evaluations on the validation part."""
    curves = [path(line.right, x, y, f'stroke="{line.colour}" stroke-width="{1.3 if line.dash else 2.4}" '
                   f'stroke-dasharray="{line.dash}"') for line in shown]  # fmt: skip
    rings = [
        f'<circle cx="{x.at(step):.1f}" cy="{y.at(value):.1f}" r="3.5" fill="white" stroke="{line.colour}" stroke-width="2"/>'
        for line in shown
        for step, value in line.checks[:: -math.ceil(len(line.checks) / 60) or 1]  # sixty at most, with the newest
    ]
    return f"{frame(x, y, (0, 0.5, 1), '{:.0%}')}{grouped(curves)}{grouped(rings)}"


@lru_cache(64)
def frame(x: Axis, y: Axis, ticks: tuple[float, ...], form: str = "{:g}") -> str:
    """Lines across a panel with the values beside them."""
    parts = []
    for tick in ticks:
        parts.append(rule(x.start, x.end, y.at(tick), FAINT))
        words = form.format(round(tick, 9)).replace("e-0", "e-")
        parts.append(text(x.start - 5, y.at(tick) + 4, words, 12, GREY, anchor="end"))
    return grouped(parts)


def grouped(parts: Iterable[str]) -> str:
    """One element whatever ``parts`` there are, so that those behind it keep their place in the page."""
    return f"<g>{''.join(parts)}</g>"


def rule(left: float, right: float, y: float, colour: str, dash: str = "") -> str:
    """A line across."""
    return f'<path d="M{left} {y:.1f}H{right}" stroke="{colour}" stroke-dasharray="{dash}"/>'


@lru_cache(64)  # of lines that no longer grow, as long as the axes stay
def path(points: Sequence[Point], x: Axis, y: Axis, style: str) -> str:
    """A line through (step, value) points; what is off the scale lies on the edge."""
    steps, values = [step for step, _ in points], [value for _, value in points]
    low, high = y.low, y.high
    if values and not low <= min(values) <= max(values) <= high:
        values = [low if value < low else min(value, high) for value in values]
    if y.log:
        values, low, high = [math.log10(value) for value in values], math.log10(low), math.log10(high)
    dx, dy = (x.end - x.start) / (x.high - x.low), (y.end - y.start) / (high - low)
    x0, y0 = x.start - dx * x.low, y.start - dy * low
    pixels = [number for step, value in zip(steps, values, strict=True) for number in (x0 + dx * step, y0 + dy * value)]
    drawn = "%.1f,%.1f " * len(steps) % tuple(pixels)
    return f'<polyline points="{drawn.strip()}" fill="none" stroke-linejoin="round" {style}/>'


def _curve(line: Line, x: Axis, y: Axis) -> str:
    thick = 1.4 if line.dash else 2.6
    faint = path(line.faint, x, y, f'stroke="{line.colour}" stroke-opacity="0.3"')
    return faint + path(line.points, x, y, f'stroke="{line.colour}" stroke-width="{thick}" stroke-dasharray="{line.dash}"')


def _end(line: Line, x: Axis, y: Axis) -> Label:
    """The label at a curve's end; says where that is when it cannot be seen."""
    step, value = line.points[-1]
    words = line.label + (" ✗ diverged" if line.diverged else "" if line.number else f": {value:#.3g}")
    if line.diverged or not y.holds(value):
        words += ", off the scale " + ("▼" if value < y.low else "▲")
    return Label(x.at(step) + 6, y.at(value), words, line.ink, line.number)


def _apart(labels: Sequence[Label]) -> list[Label]:
    """``labels`` moved up or down until none lies on one before it, as long as there is room."""
    placed: list[Label] = []
    for label in labels:
        x = max(LEFT + 4, min(label.x, EDGE - label.wide))
        heights = [y for k in range(20) for y in (label.y + 5 * k, label.y - 5 * k) if TOP + 4 <= y <= BOTTOM - 4] or [label.y]
        free = (
            y for y in heights
            if not any(abs(y - p.y) < 15 and x < p.x + p.wide and p.x < x + label.wide for p in placed)
        )  # fmt: skip
        placed.append(replace(label, x=x, y=next(free, heights[0])))
    return placed


def _written(label: Label) -> str:
    number = f'<tspan font-size="14" font-weight="bold">{html.escape(label.number)}</tspan>' if label.number else ""
    return (
        f'<text x="{label.x:.1f}" y="{label.y + 4:.1f}" font-size="12" fill="{label.ink}" stroke="white" stroke-width="4" '
        f'paint-order="stroke" stroke-linejoin="round">{number}{html.escape(label.words)}</text>'
    )


def mark_lines(marks: Sequence[Mark], x: Axis) -> str:
    """A line at each of the last nine changes, and its number above; numbers of neighbours stand side by side."""
    parts, edge = [], 0.0
    for number, mark in list(enumerate(marks, 1))[-9:]:
        at = x.at(mark.step)
        parts.append(f'<path d="M{at:.1f} {TOP - 4}V{BOTTOM}" stroke="{GREY}" stroke-dasharray="4 3"/>')
        left = max(at - 7, edge)
        parts.append(text(left, TOP - 7, circled(number), 14))
        edge = left + (14 if number <= 20 else 30)
    return grouped(parts)


def circled(number: int) -> str:
    """``number`` in a ring, as long as there are such letters."""
    return chr(0x245F + number) if number <= 20 else f"({number})"

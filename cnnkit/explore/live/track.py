"""The learning rate under the loss, on the same steps, and the playhead: both are dragged, and moved by arrow keys."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from cnnkit.explore.axis import Axis
from cnnkit.explore.live.curve import EDGE, END, LEFT, TOP, frame, grouped
from cnnkit.explore.live.story import Story
from cnnkit.explore.live.ways import Point, series
from cnnkit.explore.look import BLUE, INK, LINE
from cnnkit.explore.shapes import GREY, RUST, box, button, text

TALL = 56  # pixels of the track
KEYS = {
    "ArrowUp": 1, "ArrowRight": 1, "ArrowDown": -1, "ArrowLeft": -1, "PageUp": 10, "PageDown": -10, "Home": -999, "End": 999,
}  # fmt: skip


def decades(lr: float) -> tuple[int, int]:
    """The powers of ten between which the rate of a run that begins with ``lr`` can be set."""
    low = math.floor(math.log10(lr)) if lr > 0 else 0
    return min(-5, low), max(1, math.ceil(math.log10(lr or 1)))


def rate_axis(powers: tuple[int, int], top: float) -> Axis:
    """The y axis of the track."""
    return Axis(10.0 ** powers[0], 10.0 ** powers[1], top + TALL, top, log=True)


def rate_at(pixel: float, powers: tuple[int, int], top: float) -> float:
    """The rate at this height of the picture, to a tenth of a power of ten."""
    power = math.log10(rate_axis(powers, top).value(pixel))
    return float(f"{10 ** (round(10 * power) / 10):.3g}")


def steps_of(story: Story) -> list[Point]:
    """(step, rate) on the way to the present weights."""
    way = story.line()[::-1]
    ends = [*(branch.start for branch in way[1:]), story.now.steps]
    return [p for branch, end in zip(way, ends, strict=True) for p in series(branch, "lrs") if p[0] <= end]


def track(rates: Sequence[Point], lr: float, wanted: float | None, x: Axis, y: Axis, held: bool) -> str:
    """The rates as a filled step line, with a knob at the present one; ``wanted``: where the hand holds it.

    ``held``: it can be dragged.
    """
    edge, last, corners = x.at(rates[0][0] - 1) if rates else LEFT, math.nan, list[str]()
    now = x.at(rates[-1][0]) if rates else LEFT
    for step, rate in rates:
        if rate != last:
            at = x.at(step - 1)
            corners += [f"H{at:.1f}", f"V{y.at(rate):.1f}"]
            last = rate
    line = f"{' '.join(corners)} H{now:.1f}"
    at = y.at(lr if wanted is None else wanted)
    parts = [
        box(LEFT, y.end, END - LEFT, TALL, "#f5f5f5", LINE, 0.6),
        f'<path d="M{edge:.1f} {y.start:.1f} {line} V{y.start:.1f}Z" fill="#cfe3f1"/>',
        f'<path d="M{edge:.1f} {y.start:.1f} {line}" fill="none" stroke="{BLUE}" stroke-width="1.6"/>',
        f'<path d="M{now:.1f} {at:.1f}H{END}" stroke="{BLUE}" stroke-width="1.6" stroke-dasharray="3 3"/>',
    ]
    if held:
        parts.append(f'<circle cx="{now:.1f}" cy="{at:.1f}" r="7" fill="{BLUE}" stroke="white" stroke-width="2"/>')
    sent = f"learning rate {lr:.2g}" if wanted is None else f"{lr:.2g} → {wanted:.2g}: let go"
    powers = tuple(10.0**k for k in range(round(math.log10(y.low)), round(math.log10(y.high)) + 1, 2))
    drawn = grouped(parts)
    if held:
        powers_now = [math.log10(value) for value in (y.low, max(lr, y.low), y.high)]
        drawn = slider("rate", "learning rate", powers_now, f"{lr:.2g}", drawn)
    label = text(END + 13, min(max(at + 4, y.end + 10), y.start), sent, 12, BLUE, bold=True)
    return f"<g>{frame(Axis(0, 1, LEFT, LEFT), y, powers)}{drawn}{label}</g>"


def playhead(steps: int, chosen: int | None, kept: int, x: Axis, y: float, held: bool) -> str:
    """What is dragged back in time, and beside it the button that goes there.

    Args:
        steps: of the run so far.
        chosen: steps of the state at which it stands; None: at the end.
        kept: how many states there are.
        x: the axis of the steps.
        y: of its row.
        held: whether it can be dragged.
    """
    at = x.at(steps if chosen is None else chosen)
    bar = f'<path d="M{LEFT} {y}H{END}" stroke="{LINE}" stroke-width="3" stroke-linecap="round"/>'
    line = f'<path d="M{at:.1f} {TOP}V{y - 20}" stroke="{RUST}" stroke-width="1.6"/>'
    knob = f'<path d="M{at:.1f} {y - 8}l8 15h-16z" fill="{RUST}" stroke="white"/>'
    said = "" if chosen is None else f"back to step {chosen:,}"
    if not held or not kept:
        return grouped([line, knob, text(at + 12, y + 5, said, 12, RUST, bold=True)] if said and kept else []) + "<g/>"
    drawn = box(LEFT - 8, y - 11, END - LEFT + 16, 22, "transparent") + bar + knob
    go = button("back", END + 14, y - 11, EDGE - END - 14, f"go {said}", False, 22) if said else ""
    hint = "" if said else text(END + 14, y + 5, "◀ drag to go back", 12, GREY)
    place = f"step {chosen:,}" if chosen is not None else "now"
    head = slider("head", "go back to", [0, steps if chosen is None else chosen, steps], place, drawn)
    return head + grouped([line if said else "", go, hint])


def slider(key: str, name: str, values: Sequence[float], said: str, drawn: str) -> str:
    """What is dragged along one direction, and told when it is let go; ``values``: the least, the present, the largest."""
    low, now, high = values
    return (
        f'<g data-key="{key}" data-drag="" data-drop="" role="slider" data-name="{html.escape(name)}" '
        f'aria-valuemin="{low:g}" aria-valuenow="{now:g}" aria-valuemax="{high:g}" aria-valuetext="{html.escape(said)}" '
        f'style="cursor:grab;touch-action:none">{drawn}</g>'
    )


def step_labels(x: Axis, y: float) -> str:
    """The first and the last step of an axis, and one between, under a panel."""
    middle = x.high // 2
    return grouped(
        [
            text(x.start, y, "step 0", 12, GREY),
            text(x.at(middle), y, f"{middle:,.0f}", 12, INK, anchor="middle") if x.end - x.start > 150 else "",
            text(x.end, y, f"{x.high:,.0f}", 12, GREY, anchor="end"),
        ]
    )

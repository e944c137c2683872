"""The whole picture of a live run, and what it says in words: pure functions of a `View`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cnnkit.explore.axis import Axis, short
from cnnkit.explore.live import curve, strip, track, ways
from cnnkit.explore.live.curve import BOTTOM, EDGE, END, LEFT, RIGHT, TOP
from cnnkit.explore.live.layers import Layer
from cnnkit.explore.live.story import Mark, Story
from cnnkit.explore.look import INK, svg
from cnnkit.explore.shapes import GREY, button, cut, text

WIDE, NARROW = 720, 690  # drawn for this width; below the other, letters would be smaller than 11 pixels
TRACK = BOTTOM + 11  # y of the learning rate
Racer = tuple[str, str, str, Sequence[Layer]]  # name, colour, ink, layers


@dataclass(frozen=True)
class View:
    """What is shown of a run beside its story.

    Attributes:
        planned: steps up to its end.
        classes: how many; a dotted line is the loss of guessing among them.
        lr: the learning rate of the next step; None: it is not shown.
        powers: the powers of ten between which that can be set.
        wanted: the rate at which the hand holds it.
        log: whether the loss is on a logarithmic axis.
        goal: a loss below which a run has learned; the axis is then close around it.
        chosen: steps of the state to which the playhead was dragged.
        kept: how many states one can go back to.
        held: whether the picture is one that answers the hand.
        layers: what one step did to each layer.
    """

    planned: int
    classes: int
    lr: float | None
    powers: tuple[int, int] = (-5, 1)
    wanted: float | None = None
    log: bool = False
    goal: float | None = None
    chosen: int | None = None
    kept: int = 0
    held: bool = False
    layers: tuple[Layer, ...] = ()


def draw(story: Story, view: View, photos: str = "", said: str = "") -> str:
    """The run: loss, photos right, learning rate, playhead, layers, and last ``photos``, of which ``said`` tells."""
    marks = story.now.line_of_marks()
    shown = ways.lines(story)
    shown[-1] = ways.tip(shown[-1], marks, 1.0 if view.goal is None else 0.05)
    parts, y = upper(shown, story, view, marks)
    parts.append(text(2, y + 11, cut(strip.diagnosis(view.layers), 124), 12, INK))
    parts.append(strip.tiles(view.layers, 2, y + 16, WIDE - 4))
    y += 40
    if photos:
        parts.append(f'<g transform="translate(0 {y})">{photos}</g>')
        y += 92
    return framed(parts, y, f"{words(story, view.planned, view.classes, shown[-1])} {strip.diagnosis(view.layers)}.{said}")


def race(racers: Sequence[tuple[Story, Racer]], view: View) -> str:
    """Several runs in one picture: their losses, their one learning rate, and the gradient of each by layer."""
    shown = []
    for story, (name, colour, ink, _) in racers:
        *ghosts, grows = ways.lines(story, name, colour, ink)
        shown += [*ghosts[-1:], ways.tip(grows)]
    leader = racers[0][0]
    parts, y = upper(shown, leader, view, leader.now.line_of_marks())
    wide = (WIDE - LEFT - 8 - 52 * (len(racers) - 1)) / len(racers)
    axis = strip.gradient_axis([layers for _, (*_, layers) in racers], y + 22, 70)
    for i, (_, (name, colour, _, layers)) in enumerate(racers):
        parts.append(strip.gradients(layers, axis, colour, cut(name, round(wide / 9 - 16)), LEFT + i * (wide + 52), wide))
    said = [f"{name}: {words(story, view.planned, view.classes)} {strip.slopes(seen)}." for story, (name, _, _, seen) in racers]
    return framed(parts, y + 100, " ".join(said))


def step_at(pixel: float, steps: int, planned: int) -> float:
    """The step at this place of the picture."""
    return Axis(0, reach(steps, planned), LEFT, END).value(pixel)


def upper(shown: Sequence[ways.Line], story: Story, view: View, marks: Sequence[Mark]) -> tuple[list[str], int]:
    """The panels with what belongs to their steps, and the y below."""
    steps = reach(max(story.steps, *(int(line.points[-1][0]) for line in shown if line.points), 0), view.planned)
    x, across = Axis(0, steps, LEFT, END), Axis(0, steps, *RIGHT)
    loss = curve.loss_axis(shown, view.classes, view.log, view.goal)
    guess = math.log(view.classes)
    levels: list[curve.Level] = [(guess, f"guessing: {short(guess)}", "2 3")]
    if view.goal is not None:
        levels.append((view.goal, f"learned: below {short(view.goal)}", "6 3"))
    y = TRACK
    parts = [
        text(LEFT, 13, "loss: faint each step, bold the mean of 20", 12, INK),
        text(RIGHT[0], 13, "photos right", 12, INK) + text(RIGHT[0], 28, "— batches  ○ validation", 12, GREY),
        button("log", END + 46, 2, EDGE - END - 46, "log scale", view.log, 22) if view.held and view.goal is None else "<g/>",
        curve.mark_lines(marks, x),
        curve.loss_panel(shown, x, loss, levels),
        curve.right_panel(shown, across, Axis(0, 1, BOTTOM, TOP)),
        track.step_labels(across, BOTTOM + 15),
        changes(marks, BOTTOM + 36),
    ]
    if view.lr is not None:
        axis = track.rate_axis(view.powers, y)
        parts.append(track.track(track.steps_of(story), view.lr, view.wanted, x, axis, view.held))
        y += track.TALL
    else:
        parts.append("<g/>")
    row = 30 if view.held else 21
    parts.append(track.step_labels(x, y + row - 9 - 5 * view.held))
    parts.append(track.playhead(story.now.steps, view.chosen, view.kept, x, y + row, view.held))
    return parts, y + row + 11


def changes(marks: Sequence[Mark], y: float) -> str:
    """The last changes in words, below the photos right."""
    said = [f"{curve.circled(i)} {mark.step:,}: {mark.text}" for i, mark in list(enumerate(marks, 1))[-5:]]
    return curve.grouped(text(EDGE + 6, y + 15 * i, cut(words, 29), 12, INK) for i, words in enumerate(said))


def framed(parts: Sequence[str], height: float, said: str) -> str:
    """The picture, with letters that are never too small."""
    return svg(parts, round(height), said, WIDE).replace('style="', f'style="min-width:{NARROW}px;', 1)


def reach(steps: int, planned: int) -> int:
    """The right end of the axis: a little beyond the last step, so that it need not move with each of them."""
    size = 50
    while size < 1.08 * steps:
        size = math.ceil(size * 1.3 / 50) * 50
    return max(min(size, max(planned, 1)), steps, 1)


def words(story: Story, planned: int, classes: int, grows: ways.Line | None = None) -> str:
    """The run in words; ``grows``: its curve, if that is at hand."""
    now = story.now
    if not story.steps:
        return f"Nothing is trained yet; {planned:,} steps are planned."
    text = [f"Branch {now.name} at step {now.steps:,} of {planned:,}"]
    if now.losses.count:
        moved = (grows or ways.tip(ways.lines(story)[-1], now.line_of_marks())).label
        right = f"{now.right.last:.0%} of the batches' photos right, as means of 20 steps"
        text.append(f"loss {short(now.means.last)}{moved} ({math.log(classes):.2f} is guessing) and {right}")
    if now.checks:
        text.append(f"{now.checks[-1][1]:.0%} of the validation photos right")
    if now.diverged is not None:
        text.append(f"diverged at step {now.diverged:,}")
    for branch in story.branches[-ways.SHOWN : -1]:
        text.append(f"branch {ways.changed(story, branch)} ended at step {branch.steps:,} with loss {branch.means.last:.2f}")
    text += [f"mark {i}, step {mark.step:,}: {mark.text}" for i, mark in list(enumerate(now.line_of_marks(), 1))[-5:]]
    return "; ".join(text) + "."

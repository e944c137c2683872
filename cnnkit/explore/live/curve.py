"""The live picture: losses and accuracies of all branches as one SVG string, a pure function of the story."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable

from cnnkit.explore.live.story import Branch, Mark, Story
from cnnkit.explore.look import FAINT, INK, LINE, svg

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000")  # Okabe and Ito; a dash and a letter tell the same
DASHES = ("", "7 3", "2 3", "9 3 2 3")
SHOWN = 6  # branches: the newest ones
HEIGHT, TOP, BOTTOM = 300, 44, 262  # pixels: of the picture, of both panels
LOSS, RIGHT = (46, 420), (482, 735)  # from x to x
Point = tuple[float, float]


class Panel:
    """Where a value lies in one of the two panels."""

    def __init__(self, left: int, right: int, steps: int, top: float) -> None:
        self.left, self.right, self.steps, self.top = left, right, steps, top

    def x(self, step: float) -> float:
        """Pixels from the left."""
        return self.left + (self.right - self.left) * step / self.steps

    def y(self, value: float) -> float:
        """Pixels from above; what is too high lies on the upper edge."""
        return BOTTOM - (BOTTOM - TOP) * min(1.0, value / self.top)

    def path(self, points: Iterable[Point], style: str, fill: str = "none") -> str:
        """A line through (step, value) points."""
        x0, dx, dy = self.left, (self.right - self.left) / self.steps, (BOTTOM - TOP) / self.top
        line = " ".join([f"{x0 + dx * step:.1f},{max(TOP, BOTTOM - dy * value):.1f}" for step, value in points])
        return f'<polyline points="{line}" fill="{fill}" {style}/>'


def draw(story: Story, planned: int, classes: int, cursor: int | None = None) -> str:
    """The picture.

    Args:
        story: what was trained.
        planned: steps up to the end of the run.
        classes: how many; a dotted line is the loss of guessing among them.
        cursor: steps at which to show where going back leads.
    """
    steps = reach(story.steps, planned)
    loss, right = Panel(*LOSS, steps, _top(story, classes)), Panel(*RIGHT, steps, 1.0)
    shown = story.branches[-SHOWN:]
    places: dict[int, str] = {}  # several changes at one step share a line
    for number, mark in enumerate(marks(story), 1):
        places[mark.step] = places.get(mark.step, "") + _circled(number)
    parts = [
        *_frame(loss, [loss.top * i / 4 for i in range(5)], "{:.2g}", "loss: each step faint, mean of 20 steps bold"),
        *_frame(right, [0, 0.25, 0.5, 0.75, 1], "{:.0%}", "photos right: batches —, validation ○"),
        _guessing(loss, classes),
        *(_mark(panel, step, numbers) for panel in (loss, right) for step, numbers in places.items()),
        *(part for branch in shown for part in _branch(loss, right, branch, story)),
    ]
    if cursor is not None:
        parts.append(_cursor(loss, cursor))
    return svg(parts, HEIGHT, words(story, planned))


def reach(steps: int, planned: int) -> int:
    """The right end of the axis: a little beyond the last step, so that it need not move with each of them."""
    size = 50
    while size < 1.08 * steps:
        size = math.ceil(size * 1.3 / 50) * 50
    return max(min(size, max(planned, 1)), steps, 1)


def marks(story: Story) -> list[Mark]:
    """What was changed on the way to the present weights, in order: the last nine."""
    return story.now.line_of_marks()[-9:]


def legend(story: Story) -> str:
    """The marks in words, as HTML."""
    items = [f"<b>{_circled(i)}</b> step {m.step:,}: {html.escape(m.text)}" for i, m in enumerate(marks(story), 1)]
    style = f"font-size:13px;line-height:1.5;color:{INK};background:white"
    return f'<div style="{style}">{" &nbsp; ".join(items)}</div>' if items else ""


def words(story: Story, planned: int) -> str:
    """The picture in words."""
    now = story.now
    if not story.steps:
        return f"Nothing is trained yet; {planned:,} steps are planned."
    text = [f"Branch {now.name} at step {now.steps:,} of {planned:,}"]
    if now.losses.count:
        text.append(f"loss {now.means.last:.2f} and {now.right.last:.0%} of the batches' photos right, as means of 20 steps")
    if now.checks:
        text.append(f"{now.checks[-1][1]:.0%} of the validation photos right")
    if now.diverged is not None:
        text.append(f"diverged at step {now.diverged:,}")
    for branch in story.branches[-SHOWN:-1]:
        text.append(f"branch {branch.name} ended at step {branch.steps:,} with loss {branch.means.last:.2f}")
    return "; ".join(text) + "."


def _top(story: Story, classes: int) -> float:
    """The loss at the upper edge: all means fit, unless they are far above guessing."""
    highest = max((high for b in story.branches[-SHOWN:] for _, _, high, _ in b.means.points()), default=0.0)
    return min(max(1.1 * highest, 1.15 * math.log(classes)), 2.6 * math.log(classes))


def _frame(panel: Panel, ticks: list[float], form: str, title: str) -> list[str]:
    parts = [_label(panel.left, 16, title, size=13)]
    for tick in ticks:
        y = panel.y(tick)
        parts += [_line(panel.left, panel.right, y, y, FAINT), _label(panel.left - 5, y + 4, form.format(tick), LINE, "end")]
    parts.append(_label(panel.left, BOTTOM + 16, "step 0", LINE))
    parts.append(_label(panel.x(panel.steps // 2), BOTTOM + 16, f"{panel.steps // 2:,}", LINE, "middle"))
    parts.append(_label(panel.right, BOTTOM + 16, f"{panel.steps:,}", LINE, "end"))
    return parts


def _guessing(panel: Panel, classes: int) -> str:
    y = panel.y(math.log(classes))
    text = f"guessing: ln {classes} = {math.log(classes):.2f}"
    return _line(panel.left, panel.right, y, y, LINE, "2 3") + _label(panel.right, y - 4, text, LINE, "end")


def _mark(panel: Panel, step: int, numbers: str) -> str:
    x = panel.x(step)
    return _line(x, x, TOP - 8, BOTTOM, LINE, "4 3") + _label(x, TOP - 11, numbers, INK, "middle", 14)


def _branch(loss: Panel, right: Panel, branch: Branch, story: Story) -> list[str]:
    """One branch in both panels: thick where it grows, with its letter at its end."""
    number, grows = story.branches.index(branch), branch is story.now
    colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
    style = f'stroke="{colour}" stroke-width="{2.6 if grows else 1.6}" stroke-dasharray="{dash}" stroke-linejoin="round"'
    after = branch.start + 1
    means = [(after + at, mean) for at, _, _, mean in branch.means.points()]
    parts = [_steps(loss, branch, colour)] if grows else []
    parts.append(loss.path(means, style))
    parts.append(right.path([(after + at, mean) for at, _, _, mean in branch.right.points()], style))
    parts += _checks(right, branch, colour)
    if means and len(story.branches) > 1:
        x, y = loss.x(means[-1][0]), loss.y(means[-1][1])
        parts.append(_label(x + 4 + 12 * (number % 3), y + 4, branch.name, colour, size=13, bold=True))
    if branch.diverged is not None:
        x = min(loss.x(branch.diverged), loss.right - 70)
        parts.append(_label(x, TOP + 14, "✗ diverged", colour, size=13, bold=True))
    return parts


def _checks(panel: Panel, branch: Branch, colour: str) -> list[str]:
    """The evaluations on the validation part: rings."""
    if not branch.checks:
        return []
    checks = branch.checks[:: -math.ceil(len(branch.checks) / 100)][::-1]  # a hundred at most, with the newest
    rings = [
        f'<circle cx="{panel.x(step):.1f}" cy="{panel.y(value):.1f}" r="4" fill="white" stroke="{colour}" stroke-width="2"/>'
        for step, value in checks
    ]
    return [panel.path(checks, f'stroke="{colour}" stroke-width="1" stroke-dasharray="1 3"'), *rings]


def _steps(panel: Panel, branch: Branch, colour: str) -> str:
    """Every step, faint: as a line, or where several share a pixel, as the band between the smallest and the largest."""
    points, after = list(branch.losses.points()), branch.start + 1
    if branch.losses.width == 1:
        return panel.path(((after + at, mean) for at, _, _, mean in points), f'stroke="{colour}" stroke-opacity="0.35"')
    band = [(after + at, high) for at, _, high, _ in points] + [(after + at, low) for at, low, _, _ in reversed(points)]
    return panel.path(band, 'fill-opacity="0.18"', fill=colour)


def _cursor(panel: Panel, step: int) -> str:
    return _label(panel.x(step), BOTTOM + 32, "▲ back to here", INK, "middle", 14)


def _line(x1: float, x2: float, y1: float, y2: float, colour: str, dash: str = "") -> str:
    ends = f'x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-dasharray="{dash}"/>'


def _label(x: float, y: float, text: str, colour: str = INK, anchor: str = "start", size: int = 11, bold: bool = False) -> str:
    style = f'font-size="{size}" fill="{colour}" text-anchor="{anchor}" font-weight="{"bold" if bold else "normal"}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{html.escape(text)}</text>'


def _circled(number: int) -> str:
    return "①②③④⑤⑥⑦⑧⑨"[(number - 1) % 9]

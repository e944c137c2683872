"""Curves of training: losses over the steps, and accuracies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from cnnkit.draw.look import DASHES, INK, MARKERS, plain
from cnnkit.draw.meaning import Look, looks
from cnnkit.errors import InputError
from cnnkit.training.history import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cnnkit.draw.picture import Picture

Run = History | Sequence[float]
Evaluations = History | Sequence[Mapping[str, Any]]


def losses(
    runs: Run | Mapping[str, Run], title: str = "", classes: int | None = None, unit: Literal["step", "epoch"] = "step"
) -> Picture:
    """Training losses over the steps: each step faint, the running mean of its epoch bold, evaluations as markers.

    Args:
        runs: `Training.history`, a plain list of losses, or several of either by name.
        title: what was trained, and on which data set.
        classes: also draws the loss of guessing, ln(classes), to compare with.
        unit: what a number of a plain list stands for.

    Raises:
        InputError: no run, or one without steps.
    """
    from cnnkit.draw.picture import Picture, axes

    named: Mapping[str, Run] = runs if isinstance(runs, Mapping) else {"": runs}
    if not named or not all(len(run) for run in named.values()):
        raise InputError("there is no loss to draw; train for at least one step first")
    picture = Picture(760, 360, _losses_in_words(named, title, unit), colours=64)
    ax = axes(picture, title, x=unit, y="loss (cross entropy)")
    heights = [] if classes is None else [math.log(classes)]
    if classes is not None:
        said = f"guessing: ln {classes} = {heights[0]:.2f}"
        ax.axhline(heights[0], color="#777777", linewidth=1, linestyle=(0, (1, 2)), label=said)
    styles = looks([*named])
    for name, run in named.items():
        heights += _draw_run(ax, name, run, styles[name], faint=0.4 if len(named) == 1 else 0.2)
    _fit(ax, heights)
    ends = {name: (_means(run) if isinstance(run, History) else run)[-1] for name, run in named.items()}
    _name_ends(ax, ends, styles)
    if ax.get_legend_handles_labels()[1]:
        ax.legend(fontsize=11, frameon=False, loc="best" if len(named) == 1 else "lower left")
    return plain(picture)


def _fit(ax: Axes, heights: Sequence[float]) -> None:
    """Starts the axis where the data are, and at 0 only where they come near it."""
    low, high = min(heights), max(heights)
    room = 0.08 * (high - low or high or 1.0)
    ax.set_ylim(0 if low < 0.25 * (high - low) else low - room, high + room)
    ax.set_xlim(left=0)


def _name_ends(ax: Axes, ends: Mapping[str, float], styles: Mapping[str, Look]) -> None:
    """Writes each net's name where its lines end, once for all its seeds, and pushes names apart that would overlap."""
    nets = dict[str, list[float]]()
    for name, end in ends.items():
        if name and math.isfinite(end):
            nets.setdefault(styles[name].net, []).append(end)
    colours = {look.net: look.colour for look in styles.values()}
    low, high = ax.get_ylim()
    least, below = 0.06 * (high - low), -math.inf  # a line of text
    for net, at in sorted(nets.items(), key=lambda item: sum(item[1]) / len(item[1])):
        height = max(min(max(sum(at) / len(at), low), high), below + least)
        below = height
        for x, words, colour in ((1.01, "■", colours[net]), (1.035, net, INK)):
            ax.annotate(words, (x, height), xycoords=("axes fraction", "data"), fontsize=11, color=colour,
                        va="center_baseline", annotation_clip=False)  # fmt: skip


def accuracies(runs: Evaluations | Mapping[str, Evaluations], title: str = "", classes: int | None = None) -> Picture:
    """Accuracies over the steps: a marker an evaluation, a line a split and run.

    One run has a colour, marker and dash for each split; several have a colour and marker each, and the dash says the split.

    Args:
        runs: `Training.history`, or a list of its evaluations (dicts with step, split and accuracy, a fraction); or several
            of either by name.
        title: what was trained, and on which data set.
        classes: also draws the accuracy of guessing, 1 / classes, to compare with.

    Raises:
        InputError: no run, or one without evaluations.
    """
    from cnnkit.draw.picture import Picture, axes

    named: Mapping[str, Evaluations] = runs if isinstance(runs, Mapping) else {"": runs}
    lines = {name: _by_split(run) for name, run in named.items()}
    if not lines or not all(lines.values()):
        raise InputError("there is no accuracy to draw; train to the end of an epoch first, or call evaluate")
    splits = list(dict.fromkeys(split for run in lines.values() for split in run))
    picture = Picture(760, 360, _accuracies_in_words(lines, title), colours=64)
    ax = axes(picture, title, x="step", y="accuracy, % right")
    styles = looks([*lines] if len(lines) > 1 else splits)
    for name, run in lines.items():
        for split, points in run.items():
            look = styles[name if len(lines) > 1 else split]
            _draw_accuracies(ax, points, look, splits.index(split), f"{name}: {split}" if name else split)
    if classes is not None:
        ax.axhline(100 / classes, color="#777777", linewidth=1, linestyle=(0, (1, 2)), label=f"guessing: {100 / classes:g} %")
    low, high = ax.get_ylim()
    ax.set_ylim(max(0, low), min(100.5, high))
    ax.set_xlim(left=0)
    ax.legend(fontsize=11, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), handlelength=4)
    return plain(picture)


def _draw_run(ax: Axes, name: str, run: Run, look: Look, faint: float) -> list[float]:
    """Draws one run; returns heights among which the axis shows all of it but rare spikes."""
    history = run if isinstance(run, History) else None
    steps = _losses(run)
    means = _means(history) if history else steps
    x = range(1, len(steps) + 1)
    label = None if name else "each step"
    if means is not steps:
        ax.plot(x, steps, color=look.colour, linewidth=0.7, alpha=faint, label=label)
        label = None if name else "mean of the epoch so far"
        for boundary in _boundaries(history) if history else []:
            ax.axvline(boundary, color="#dddddd", linewidth=0.8, zorder=0)
    hidden = f"_{name}" if name else None  # the name stands at the line's end, and not in the legend
    ax.plot(x, means, look.dash, color=look.colour, linewidth=look.width, label=hidden or label, zorder=3)
    evaluations = history.evaluations if history else []
    for j, split in enumerate(dict.fromkeys(e["split"] for e in evaluations)):
        at, loss = zip(*((e["step"], e["loss"]) for e in evaluations if e["split"] == split), strict=True)
        marker = MARKERS[(MARKERS.index(look.marker) + j) % len(MARKERS)]
        ax.plot(at, loss, ":", color=look.colour, linewidth=1, marker=marker, markersize=6,
                markerfacecolor="white", label=f"{name}: {split}" if name else split, zorder=4)  # fmt: skip
    finite = sorted(filter(math.isfinite, steps)) or [1.0]
    usual = [finite[int(share * (len(finite) - 1))] for share in (0.02, 0.98)]
    return usual + [value for value in (*means, *(float(e["loss"]) for e in evaluations)) if math.isfinite(value)]


def _losses(run: Run) -> list[float]:
    return run.losses() if isinstance(run, History) else list(run)


def _means(history: History) -> list[float]:
    """The running means with a gap at the start of each epoch; the losses themselves where an epoch is one step."""
    losses = history.losses()
    if max(history.indices) == 1:
        return losses
    return [math.nan if index == 1 else mean for index, mean in zip(history.indices, history.mean_losses, strict=True)]


def _boundaries(history: History) -> list[float]:
    """Where one epoch ends and the next begins, in steps; none where they would be a hatching."""
    starts = [i + 0.5 for i, index in enumerate(history.indices) if index == 1][1:]
    return starts if len(starts) < 40 else []


def _losses_in_words(named: Mapping[str, Run], title: str, unit: str) -> str:
    sentences = [title or "Training loss"]
    for name, run in named.items():
        steps = _losses(run)
        words = f"{name or 'loss'} from {steps[0]:.1f} to {steps[-1]:.1f} in {len(steps):,} {unit}s"
        if isinstance(run, History) and run.evaluations:
            last = run.evaluations[-1]
            words += f", at the end {100 * last['accuracy']:.0f} % right on {last['split']}"
        sentences.append(words)
    return ". ".join(sentences) + "."


def _by_split(run: Evaluations) -> dict[str, list[tuple[int, float]]]:
    """For each split the steps and the accuracies there in per cent."""
    found: dict[str, list[tuple[int, float]]] = {}
    for e in run.evaluations if isinstance(run, History) else run:
        found.setdefault(e["split"], []).append((e["step"], 100 * e["accuracy"]))
    return found


def _draw_accuracies(ax: Axes, points: Sequence[tuple[int, float]], look: Look, dash: int, label: str) -> None:
    steps, values = zip(*points, strict=True)
    ax.plot(steps, values, DASHES[dash % len(DASHES)], color=look.colour, linewidth=look.width, label=label,
            marker=look.marker, markersize=6, markerfacecolor="white")  # fmt: skip


def _accuracies_in_words(lines: Mapping[str, Mapping[str, Sequence[tuple[int, float]]]], title: str) -> str:
    sentences = [title or "Accuracy"]
    for name, run in lines.items():
        words = [f"{split} from {points[0][1]:.0f} to {points[-1][1]:.0f} % right" for split, points in run.items()]
        sentences.append((f"{name}: " if name else "") + ", ".join(words))
    return ". ".join(sentences) + "."

"""The curves of all recorded runs, in one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnnkit._support.words import counted
from cnnkit.errors import InputError
from cnnkit.report.measured import last, said
from cnnkit.report.parts import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cnnkit.draw.meaning import Look
    from cnnkit.draw.picture import Picture
    from cnnkit.report.gathering import Results

MOST = 20  # runs in one picture: colours and dashes together tell so many apart
Curve = Sequence[Sequence[float]]


def curves(results: Results) -> Picture:
    """The training losses of all recorded runs over their steps; of more than 20 runs, the last 20.

    Below them the accuracies, if there is a run that was evaluated more than once.

    Raises:
        InputError: no run with a loss is recorded; `show(results, "runs")` says so without an error.
    """
    found = {name: run for name, run in named(results.runs).items() if run.get("losses")}
    if not found:
        raise InputError('no run is recorded; keep one with report.record(training, "baseline"), or use python -m cnnkit train')
    from cnnkit.draw.look import plain
    from cnnkit.draw.meaning import looks
    from cnnkit.draw.picture import Picture, axes

    shown = dict(list(found.items())[-MOST:])
    title = "Training loss" if len(shown) == len(found) else f"Training loss of {len(shown)} of {len(found)} runs"
    two = any(len(points) > 1 for run in shown.values() for points in measured(run).values())
    height = (560 if two else 320) + 18 * ((len(shown) + 1) // 2)
    picture = Picture(760, height, _in_words(shown, title), colours=64)
    top = axes(picture, title, x="step", y="loss (cross entropy)", place=(1 + two, 1, 1))
    styles = looks([*shown])
    _draw_losses(top, {name: run["losses"] for name, run in shown.items()}, styles)
    if two:
        below = axes(picture, "Accuracy on images that were not trained on", "step", "accuracy, % right", place=(2, 1, 2))
        _draw_accuracies(below, {name: measured(run) for name, run in shown.items()}, styles)
        below.set_xlim(top.get_xlim())
    picture.legend(handles=top.get_lines(), fontsize=10, frameon=False, loc="outside lower left", ncols=2, handlelength=4)
    return plain(picture)


def measured(run: Mapping[str, Any]) -> dict[str, list[tuple[float, float]]]:
    """For each split the steps and the accuracies there in per cent."""
    found: dict[str, list[tuple[float, float]]] = {}
    for e in run.get("evaluations", ()):
        if e.get("accuracy") is not None and e.get("step") is not None:
            found.setdefault(e["split"], []).append((e["step"], 100 * e["accuracy"]))
    return found


def _draw_losses(ax: Axes, curves: Mapping[str, Curve], styles: Mapping[str, Look]) -> None:
    for name, points in curves.items():
        steps, losses = zip(*points, strict=True)
        look = styles[name]
        dot = "" if len(points) > 1 else look.marker
        ax.plot(steps, losses, look.dash, color=look.colour, marker=dot, linewidth=0.8 * look.width, label=_drawable(name))
    ax.set_ylim(*_span([*curves.values()]))
    ax.set_xlim(left=0)


def _draw_accuracies(
    ax: Axes, runs: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]], styles: Mapping[str, Look]
) -> None:
    """A line for each split; a test accuracy is filled."""
    for name, splits in runs.items():
        look = styles[name]
        for split, points in splits.items():
            inside = look.colour if split.endswith("test") else "white"
            ax.plot(*zip(*points, strict=True), look.dash, color=look.colour, marker=look.marker, markerfacecolor=inside,
                    markersize=6, linewidth=0.8 * look.width)  # fmt: skip
    ax.plot([], [], "o", color="#444444", markerfacecolor="white", label="validation")
    ax.plot([], [], "o", color="#444444", label="test")
    ax.legend(fontsize=10, frameon=False, loc="lower right", ncols=2)


def _drawable(name: str) -> str:
    """``name`` with "?" for what the figures' font does not have; a legend leaves out names that begin with "_"."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties()))
    return "".join(letter if font.get_char_index(ord(letter)) else "?" for letter in name.lstrip("_"))


def named(runs: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Runs by a name that says the data set too; two of the same name are numbered."""
    found: dict[str, Mapping[str, Any]] = {}
    for run in runs:
        name = first = f"{_short(run['name'])} ({_short(run['data'])})"
        number = 1
        while name in found:
            number += 1
            name = f"{first} {number}"
        found[name] = run
    return found


def _short(text: str) -> str:
    text = " ".join(clean(text).split())
    return text if len(text) <= 40 else text[:37] + "..."


def _span(curves: Sequence[Curve]) -> tuple[float, float]:
    """The heights that show all but rare spikes."""
    losses = sorted(point[1] for points in curves for point in points)
    low, high = losses[0], losses[int(0.98 * (len(losses) - 1))]
    room = max(0.08 * (high - low), 0.02)
    return low - room, high + room


def _in_words(shown: Mapping[str, Mapping[str, Any]], title: str) -> str:
    sentences = [title]
    for name, run in shown.items():
        points = run["losses"]
        steps = counted(points[-1][0], "step", "steps")
        words = f"{name} from {points[0][1]:.1f} to {points[-1][1]:.1f} in {steps}"
        ends = [f"at the end {said(run, split, e['accuracy'])} right on {split}" for split, e in last(run).items()]
        sentences.append(", ".join([words, *ends]))
    return ". ".join(sentences) + "."

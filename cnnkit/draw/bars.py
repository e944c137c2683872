"""Numbers that are compared, as bars: one a name, or one a name in each of several groups."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import mean
from typing import TYPE_CHECKING

from cnnkit._support.words import whole
from cnnkit.draw.look import GREY, INK, WIDTH, plain
from cnnkit.draw.meaning import Look, alone, looks
from cnnkit.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cnnkit.draw.picture import Picture

Value = float | Sequence[float]
TALL, BETWEEN, AROUND = 22, 12, 92  # CSS pixels: of a bar, between groups, for title and axis


def bars(
    values: Mapping[str, Value] | Mapping[str, Mapping[str, Value]], title: str = "", unit: str = "", log: bool = False
) -> Picture:
    """Horizontal bars with their numbers; of several numbers a bar to their mean and a dot for each, such as one a seed.

    Args:
        values: a number or several by name; or such numbers by name for each of several runs, which then stand side by side.
        title: what was measured, and on which data set.
        unit: of the numbers, at the axis.
        log: whether the axis counts in powers of ten: for what spans more than a hundredfold. No zeros then.

    Raises:
        InputError: nothing to draw, a number that is not finite, or with ``log`` one that is not above 0.
    """
    from cnnkit.draw.picture import Picture, axes

    runs = {run: {name: _numbers(name, value, log) for name, value in row.items()} for run, row in _rows(values).items()}
    names = list(dict.fromkeys(name for row in runs.values() for name in row))
    if not names:
        raise InputError("there is no number to draw; give at least one, by name")
    height = AROUND + len(names) * (len(runs) * TALL + BETWEEN)
    picture = Picture(WIDTH, height, _in_words(runs, title, unit), colours=64)
    ax = axes(picture, title, x=unit)
    if log:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        ax.xaxis.set_minor_formatter(lambda value, _: "")
    styles = looks([*runs]) if len(runs) > 1 else alone(names)
    for i, (run, row) in enumerate(runs.items()):
        for j, name in enumerate(names):
            if name in row:
                place = -(j * (len(runs) + BETWEEN / TALL) + i)
                look = styles[run if len(runs) > 1 else name]
                _bar(ax, place, row[name], look, f"{run}, " if len(runs) > 1 else "", log)
    step = len(runs) + BETWEEN / TALL
    ax.set_yticks([-(j * step + (len(runs) - 1) / 2) for j in range(len(names))], [*map(whole, names)], fontsize=12, color=INK)
    ax.tick_params(axis="y", length=0)
    _fit(ax, [number for row in runs.values() for numbers in row.values() for number in numbers], log)
    return plain(picture)


def _rows(values: Mapping[str, Value] | Mapping[str, Mapping[str, Value]]) -> dict[str, Mapping[str, Value]]:
    if not isinstance(values, Mapping):
        raise InputError(f"bars takes numbers by name, a dict; this is a {type(values).__name__}")
    grouped = {name: row for name, row in values.items() if isinstance(row, Mapping)}
    if grouped and len(grouped) < len(values):
        raise InputError("bars takes either numbers by name or dicts of numbers by name; these are both")
    return grouped or {"": {name: value for name, value in values.items() if not isinstance(value, Mapping)}}


def _numbers(name: str, value: Value, log: bool) -> list[float]:
    numbers = [float(number) for number in (value if isinstance(value, Sequence) else [value])]
    if not numbers or not all(map(math.isfinite, numbers)):
        raise InputError(f"{name} is {value}; a bar needs a finite number, or several")
    if log and min(numbers) <= 0:
        raise InputError(f"{name} is {min(numbers):g}; a logarithmic axis has no place for it: take log=False")
    return numbers


def _bar(ax: Axes, place: float, numbers: Sequence[float], look: Look, run: str, log: bool) -> None:
    middle = mean(numbers)
    ax.barh(place, middle, height=0.8, color=look.colour, hatch="" if look.dash == "-" else "//" if look.dash == "--" else "..",
            edgecolor="white", linewidth=0, label=run)  # fmt: skip
    if len(numbers) > 1:
        ax.plot(numbers, [place] * len(numbers), "o", color="white", markeredgecolor=INK, markersize=6, zorder=4)
    end = max(numbers) if middle >= 0 else min(numbers)
    side = 1 if middle >= 0 or log else -1
    ax.annotate(f"{run}{_written(middle)}", (end, place), (8 * side, 0), textcoords="offset points", fontsize=11, color=INK,
                va="center_baseline", ha="left" if side > 0 else "right")  # fmt: skip


def _fit(ax: Axes, numbers: Sequence[float], log: bool) -> None:
    """Room for the numbers behind the bars; a bar begins at zero, or on a logarithmic axis at a power of ten below all."""
    low, high = min(numbers), max(numbers)
    if log:
        first = 10.0 ** math.floor(math.log10(low) - 1e-9)
        ax.set_xlim(first, high * (high / first) ** 0.3)
        return
    span = max(high, 0) - min(low, 0) or 1.0
    ax.set_xlim(min(low, 0) - (0.3 * span if low < 0 else 0), max(high, 0) + 0.3 * span)
    ax.axvline(0, color=GREY, linewidth=1)


def _written(value: float) -> str:
    if value and abs(value) < 0.01:
        return f"{value:.1e}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _in_words(runs: Mapping[str, Mapping[str, Sequence[float]]], title: str, unit: str) -> str:
    sentences = [title or "Bars"]
    for run, row in runs.items():
        words = "; ".join(f"{name} {', '.join(map(_written, numbers))}" for name, numbers in row.items())
        sentences.append(f"{run}: {words}" if run else words)
    return ". ".join(sentences) + (f" ({unit})." if unit else ".")

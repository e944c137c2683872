"""From results to matplotlib Figures, which notebooks show as images with alt text. Nothing here uses pyplot or a display."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from cnnkit.errors import InputError
from cnnkit.training.history import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cnnkit._picture import Picture
    from cnnkit.training.evaluation import Evaluation

Run = History | Sequence[float]

# Okabe and Ito's colours, told apart with any kind of colour vision, and never alone: 5 colours and 4 dashes meet again at 20.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000")
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v")
INK = "#222222"


def losses(runs: Run | Mapping[str, Run], title: str = "", classes: int | None = None) -> Picture:
    """Training losses over the steps: each step faint, the running mean of its epoch bold, evaluations as markers.

    Args:
        runs: `Training.history`, a plain list of losses, or several of either by name.
        title: what was trained, and on which data set.
        classes: also draws the loss of guessing, ln(classes), to compare with.

    Raises:
        InputError: no run, or one without steps.
    """
    from cnnkit._picture import Picture, axes

    named: Mapping[str, Run] = runs if isinstance(runs, Mapping) else {"": runs}
    if not named or not all(len(run) for run in named.values()):
        raise InputError("there is no loss to draw; train for at least one step first")
    picture = Picture(760, 360, _losses_in_words(named, title), colours=64)
    ax = axes(picture, title, x="step", y="loss (cross entropy)")
    top = 0.0
    if classes is not None:
        top = math.log(classes)
        ax.axhline(top, color="#777777", linewidth=1, linestyle=(0, (1, 2)), label=f"guessing: ln {classes} = {top:.2f}")
    for i, (name, run) in enumerate(named.items()):
        top = max(top, _draw_run(ax, name, run, i, faint=0.4 if len(named) == 1 else 0.2))
    ax.set_ylim(0, 1.08 * top)
    ax.set_xlim(left=0)
    if ax.get_legend_handles_labels()[1]:
        ax.legend(fontsize=11, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return picture


def photos(
    images: Tensor, titles: Sequence[str] = (), columns: int = 10, title: str = "", right: Sequence[bool] = ()
) -> Picture:
    """Photos side by side, every pixel a sharp square.

    Args:
        images: uint8 ``[N, 3, H, W]``.
        titles: a line or two above each photo.
        columns: photos in a row.
        title: above them all.
        right: for answers: True gives a photo's title a tick and a blue frame, False a cross and an orange one.

    Raises:
        InputError: not such images, or another number of titles.
    """
    from cnnkit._picture import Picture

    _check_photos(images, titles, right)
    count, _, height, width = images.shape
    columns = min(columns, count)
    scale = max(1, min(4, 1440 // (columns * (width + 4))))  # PNG pixels a photo's pixel: whole, so that all are equal
    gap, lines = 4 * scale, max((text.count("\n") + 1 for text in titles), default=0)
    head, top = lines * 26 + 6 * (lines > 0), 36 if title else 0  # PNG pixels above each photo, and above them all
    wide, high = columns * (width * scale + gap), top + math.ceil(count / columns) * (height * scale + head + gap)
    picture = Picture(wide / 2, high / 2, _photos_in_words(images, titles, title, right))
    picture.text(gap / 2 / wide, 1 - 8 / high, title, fontsize=13, color=INK, va="top")
    for i in range(count):
        x, y = i % columns * (width * scale + gap) + gap // 2, top + i // columns * (height * scale + head + gap) + head
        box = (x / wide, 1 - (y + height * scale) / high, width * scale / wide, height * scale / high)
        _draw_photo(picture, box, images[i], titles[i] if titles else "", right[i] if right else None)
    return picture


def confusion(result: Evaluation, title: str = "") -> Picture:
    """The confusion matrix: a row a true class, a column an answer; each cell is a percentage of its row."""
    from cnnkit._picture import Picture, axes

    count = len(result.classes)
    share = 100 * result.confusion.double() / result.confusion.sum(1, keepdim=True).clamp(min=1)
    picture = Picture(600, 540, _confusion_in_words(result), colours=64)
    ax = axes(picture, title or f"{result.split}: % of each class that got each answer", x="answer", y="true class")
    ax.imshow(share.numpy(), cmap="Blues", vmin=0, vmax=100)
    ax.set_xticks(range(count), result.classes, rotation=45, ha="right")
    ax.set_yticks(range(count), result.classes)
    for row, column in itertools.product(range(count), repeat=2):
        value = round(float(share[row, column]))
        if value:
            weight = "bold" if row == column else "normal"
            colour = "white" if value > 70 else INK
            ax.text(column, row, str(value), ha="center", va="center", fontsize=11, color=colour, weight=weight)
    return picture


def _draw_run(ax: Axes, name: str, run: Run, i: int, faint: float) -> float:
    """Draws one run; returns the height that shows all of it but rare spikes."""
    history = run if isinstance(run, History) else None
    steps = _losses(run)
    means = _means(history) if history else steps
    x = range(1, len(steps) + 1)
    colour, label = COLOURS[i % len(COLOURS)], None if name else "each step"
    if means is not steps:
        ax.plot(x, steps, color=colour, linewidth=0.7, alpha=faint, label=label)
        label = None if name else "mean of the epoch so far"
        for boundary in _boundaries(history) if history and i == 0 else []:
            ax.axvline(boundary, color="#dddddd", linewidth=0.8, zorder=0)
    ax.plot(x, means, DASHES[i % len(DASHES)], color=colour, linewidth=2, label=name or label, zorder=3)
    evaluations = history.evaluations if history else []
    for j, split in enumerate(dict.fromkeys(e["split"] for e in evaluations)):
        at, loss = zip(*((e["step"], e["loss"]) for e in evaluations if e["split"] == split), strict=True)
        ax.plot(at, loss, ":", color=colour, linewidth=1, marker=MARKERS[(i + j) % len(MARKERS)], markersize=6,
                markerfacecolor="white", label=f"{name}: {split}" if name else split, zorder=4)  # fmt: skip
    finite = sorted(filter(math.isfinite, steps)) or [1.0]
    usual = finite[int(0.98 * (len(finite) - 1))]
    others = (*means, *(float(e["loss"]) for e in evaluations))
    return max([usual, *filter(math.isfinite, others)])


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


def _draw_photo(
    picture: Picture, box: tuple[float, float, float, float], image: Tensor, title: str, right: bool | None
) -> None:
    ax = picture.add_axes(box, xticks=[], yticks=[])
    ax.imshow(image.cpu().permute(1, 2, 0).numpy(), interpolation="nearest", aspect="auto")
    colour = INK if right is None else COLOURS[0] if right else COLOURS[1]
    ax.spines[:].set(visible=right is not None, edgecolor=colour, linewidth=2)
    mark = "" if right is None else "\N{CHECK MARK} " if right else "\N{BALLOT X} "
    ax.set_title(mark + title, fontsize=9.5, color=colour, pad=3, linespacing=1.1)


def _check_photos(images: Tensor, titles: Sequence[str], right: Sequence[bool]) -> None:
    if images.ndim != 4 or images.shape[1] != 3 or images.dtype != torch.uint8 or not len(images):
        raise InputError(f"the photos are {images.dtype} of shape {list(images.shape)}; they must be torch.uint8 [N, 3, H, W]")
    for name, given in (("titles", titles), ("right", right)):
        if len(given) not in (0, len(images)):
            raise InputError(f"{name} has {len(given)} entries for {len(images)} photos; give one a photo, or none")


def _losses_in_words(named: Mapping[str, Run], title: str) -> str:
    sentences = [title or "Training loss"]
    for name, run in named.items():
        steps = _losses(run)
        words = f"{name or 'loss'} from {steps[0]:.1f} to {steps[-1]:.1f} in {len(steps):,} steps"
        if isinstance(run, History) and run.evaluations:
            last = run.evaluations[-1]
            words += f", at the end {100 * last['accuracy']:.0f} % right on {last['split']}"
        sentences.append(words)
    return ". ".join(sentences) + "."


def _photos_in_words(images: Tensor, titles: Sequence[str], title: str, right: Sequence[bool]) -> str:
    count, _, height, width = images.shape
    names = [text.replace("\n", " ") for text in titles]
    if right:
        names = [f"{name} ({'right' if good else 'wrong'})" for name, good in zip(names, right, strict=True)]
    words = f"{title or 'Photos'}. {count} photos of {height}x{width} pixels"
    return f"{words}: {', '.join(names)}." if names else f"{words}."


def _confusion_in_words(result: Evaluation) -> str:
    wrong = result.confusion.clone().fill_diagonal_(0)
    row, column = divmod(int(wrong.argmax()), len(result.classes))
    words = f"Confusion matrix. {result}."
    if wrong[row, column]:
        words += (
            f" Most frequent mistake: {result.classes[row]} taken for {result.classes[column]}, {wrong[row, column]} times."
        )
    return words

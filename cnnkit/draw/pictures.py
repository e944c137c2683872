"""Photos side by side: as they are, the worst mistakes on them, and what augmentation makes of one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from cnnkit.draw.look import BLUE, INK, ORANGE, check_finite, check_lengths, check_photo, check_photos, plain
from cnnkit.errors import InputError

if TYPE_CHECKING:
    from cnnkit.draw.picture import Picture


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
    check_photos(images)
    check_lengths(len(images), "photos", titles=titles, right=right)
    return _side_by_side(images, titles, columns, title, right, largest=4)


def worst(images: Tensor, logits: Tensor, labels: Tensor, classes: Sequence[str], count: int = 10, title: str = "") -> Picture:
    """The mistakes a network was surest of, each with its answer, the confidence in it and the true class.

    The confidence is the largest softmax probability. Without a mistake the picture says so.

    Args:
        images: uint8 ``[N, 3, H, W]``.
        logits: ``[N, C]``, the network's answers.
        labels: int64 ``[N]``, the true classes.
        classes: the names of the C classes.
        count: at most so many mistakes.
        title: above them all; name the network and the data set.

    Raises:
        InputError: the sizes don't fit one another, a label names no class, or a logit is not finite.
    """
    check_photos(images)
    _check_answers(images, logits, labels, classes, count)
    logits, labels = logits.detach().cpu(), labels.cpu()
    confidence, answers = logits.double().softmax(1).max(1)
    wrong = (answers != labels).nonzero()[:, 0]
    title = title or "The mistakes it was surest of"
    if not len(wrong):
        return _sentence(f"{title}: none, all {len(labels):,} photos are right")
    chosen = wrong[confidence[wrong].argsort(descending=True, stable=True)[:count]]
    titles = [f"{classes[int(answers[i])]}, {_percent(float(confidence[i]))}\nis {classes[int(labels[i])]}" for i in chosen]
    shown = f"{title}: {len(chosen)} of {len(wrong):,} in {len(labels):,} photos"
    return _side_by_side(images[chosen.to(images.device)], titles, 5, shown, [False] * len(chosen), largest=8)


def augmented(image: Tensor, count: int = 11, seed: int = 0, title: str = "") -> Picture:
    """One photo, and ``count`` random crops and flips of it as training sees them.

    Args:
        image: uint8 ``[3, H, W]``.
        count: how many, from 1.
        seed: of the draws.
        title: above them all.

    Raises:
        InputError: no such photo, or no positive count.
    """
    from cnnkit.data import augment

    check_photo(image)
    if count < 1:
        raise InputError(f"count is {count}; ask for at least 1 sample")
    draws = augment.draw(count, torch.Generator().manual_seed(seed))
    crops = augment.crop_and_flip(image.cpu().expand(count, -1, -1, -1), draws)
    moves = zip(draws.top.tolist(), draws.left.tolist(), draws.flip.tolist(), strict=True)
    titles = ["the photo\nitself", *(_move(augment.PADDING - top, augment.PADDING - left, flip) for top, left, flip in moves)]
    title = title or f"Random crops and flips of one photo (seed {seed})"
    return _side_by_side(torch.cat([image.cpu()[None], crops]), titles, 6, title, largest=6)


def _side_by_side(
    images: Tensor, titles: Sequence[str], columns: int, title: str, right: Sequence[bool] = (), largest: int = 4
) -> Picture:
    """Photos in rows; a photo's pixel is at most ``largest`` PNG pixels wide."""
    from cnnkit.draw.picture import Picture

    count, _, height, width = images.shape
    columns = min(columns, count)
    scale = max(1, min(largest, 1440 // (columns * (width + 4))))  # PNG pixels a photo's pixel: whole, so all are equal
    gap, lines = 4 * scale, max((text.count("\n") + 1 for text in titles), default=0)
    head, top = lines * 26 + 6 * (lines > 0), 36 if title else 0  # PNG pixels above each photo, and above them all
    wide, high = columns * (width * scale + gap), top + math.ceil(count / columns) * (height * scale + head + gap)
    wide = max(wide, min(1440, 15 * len(title)))  # a letter of the title takes up to 15 PNG pixels
    picture = Picture(wide / 2, high / 2, _photos_in_words(images, titles, title, right))
    picture.text(gap / 2 / wide, 1 - 8 / high, title, fontsize=13, color=INK, va="top")
    for i in range(count):
        x, y = i % columns * (width * scale + gap) + gap // 2, top + i // columns * (height * scale + head + gap) + head
        box = (x / wide, 1 - (y + height * scale) / high, width * scale / wide, height * scale / high)
        _draw_photo(picture, box, images[i], titles[i] if titles else "", right[i] if right else None)
    return plain(picture)


def _sentence(text: str) -> Picture:
    """A picture of one line, for where there is nothing to show."""
    from cnnkit.draw.picture import Picture

    picture = Picture(760, 40, text + ".")
    picture.text(0.01, 0.5, text, fontsize=13, color=INK, va="center")
    return plain(picture)


def _percent(share: float) -> str:
    """A share that never reads 100 % unless it is all but exactly that."""
    return f"{100 * share:.0f} %" if share < 0.995 else f"{math.floor(1000 * share) / 10:g} %"


def _move(down: int, right: int, flip: bool) -> str:
    """How a crop shifted its photo, and then whether it was mirrored."""
    vertical = f"down {down}" if down > 0 else f"up {-down}" if down else ""
    sideways = f"right {right}" if right > 0 else f"left {-right}" if right else ""
    return (", ".join(filter(None, (vertical, sideways))) or "not moved") + ("\nthen mirrored" if flip else "\n")


def _check_answers(images: Tensor, logits: Tensor, labels: Tensor, classes: Sequence[str], count: int) -> None:
    n, c = len(images), len(classes)
    if tuple(logits.shape) != (n, c) or tuple(labels.shape) != (n,):
        raise InputError(
            f"the logits have shape {list(logits.shape)} and the labels {list(labels.shape)}; for {n} photos and {c} classes "
            f"they must have [{n}, {c}] and [{n}]"
        )
    if not bool(((labels >= 0) & (labels < c)).all()):
        raise InputError(f"the labels go from {int(labels.min())} to {int(labels.max())}; {c} classes allow 0 to {c - 1}")
    if count < 1:
        raise InputError(f"count is {count}; ask for at least 1 mistake")
    check_finite("the logits", logits)


def _draw_photo(
    picture: Picture, box: tuple[float, float, float, float], image: Tensor, title: str, right: bool | None
) -> None:
    ax = picture.add_axes(box, xticks=[], yticks=[])
    ax.imshow(image.cpu().permute(1, 2, 0).numpy(), interpolation="nearest", aspect="auto")
    colour = INK if right is None else BLUE if right else ORANGE
    ax.spines[:].set(visible=right is not None, edgecolor=colour, linewidth=2)
    mark = "" if right is None else "\N{CHECK MARK} " if right else "\N{BALLOT X} "
    ax.set_title(mark + title, fontsize=10, color=colour, pad=3, linespacing=1.1)


def _photos_in_words(images: Tensor, titles: Sequence[str], title: str, right: Sequence[bool]) -> str:
    count, _, height, width = images.shape
    names = [text.replace("\n", " ").strip() for text in titles]
    if right:
        names = [f"{name} ({'right' if good else 'wrong'})" for name, good in zip(names, right, strict=True)]
    words = f"{title or 'Photos'}. {count} {'photos' if count > 1 else 'photo'} of {height}x{width} pixels"
    return f"{words}: {', '.join(names)}." if names else f"{words}."

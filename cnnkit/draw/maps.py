"""What a trained network holds: filters and feature maps, as tiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from cnnkit.draw.look import (
    HEAD,
    LETTER,
    MARGIN,
    WIDTH,
    canvas,
    check_finite,
    check_lengths,
    coloured,
    paste,
    plain,
    signed,
    write,
)  # fmt: skip
from cnnkit.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cnnkit.draw.picture import Picture

GAP = 6  # CSS pixels between tiles
SEQUENTIAL = "viridis"  # even steps for any kind of colour vision, and in grey


def filters(weight: Tensor, title: str = "", most: int = 128) -> Picture:
    """The filters of a first layer as small colour pictures, each stretched from its own smallest to its own largest weight.

    Args:
        weight: ``[K, 3, h, w]``, or ``[K, 1, h, w]`` of a layer that sees grey photos.
        title: which layer, of which network.
        most: filters to show; a note says how many were left out.

    Raises:
        InputError: not the weight of a first layer, or not finite.
    """
    if weight.ndim != 4 or weight.shape[1] not in (1, 3) or not weight.numel():
        raise InputError(
            f"the weight has shape {list(weight.shape)}; only a first layer's filters, [K, 3, h, w], have colours to show: "
            "draw a deeper layer's feature maps instead"
        )
    check_finite("the weights", weight)
    shown = weight.detach().cpu().double()[:most]
    flat = shown.flatten(1)
    low, high = flat.min(1).values[:, None, None, None], flat.max(1).values[:, None, None, None]
    scaled = torch.where(high > low, (shown - low) / (high - low).clamp(min=1e-300), torch.full_like(shown, 0.5))
    tiles = (255 * scaled).round().to(torch.uint8).expand(-1, 3, -1, -1).permute(0, 2, 3, 1)
    count, _, height, width = weight.shape
    title = title or "Filters of the first layer"
    note = "Each filter is stretched by itself: its smallest weight is dark, its largest bright."
    note = _of(len(tiles), count, "filters") + note
    words = f"{title}. {count} filters of {height}x{width} weights a colour. {note}"
    return _sheet(tiles, [], 16, title, note, words)[0]


def feature_maps(maps: Tensor, names: Sequence[str] = (), title: str = "", most: int = 32) -> Picture:
    """The feature maps of one photo, all on one scale of colours, so that maps can be compared; 0 is white if some lie below.

    Args:
        maps: ``[K, h, w]``.
        names: one a map; the default is the number of its channel.
        title: which layer, of which network.
        most: maps to show; a note says how many were left out.

    Raises:
        InputError: not such maps, not finite, or another number of names.
    """
    if maps.ndim != 3 or not maps.numel():
        raise InputError(f"the feature maps have shape {list(maps.shape)}; give those of one photo, [K, h, w]")
    maps = maps.detach().cpu()
    check_finite("the feature maps", maps)
    count, height, width = maps.shape
    check_lengths(count, "maps", names=names)
    low, high = float(maps.min()), float(maps.max())  # of all, also of those that are left out
    shown = maps.double()[:most]
    side = 176 / max(height, width)  # PNG pixels that a value can have
    if side < 1:
        shown = F.interpolate(shown[None], scale_factor=side, mode="area")[0]
    words = f"{count} maps of {height}x{width} values from {low:.3g} to {high:.3g}."
    if low < 0 < high:  # both sides of 0: it has a colour of its own
        low, high = min(low, -high), max(high, -low)
    tiles, scale = (_colours(values, low, high) for values in (shown, torch.linspace(low, high, 256)))
    names = list(names or map(str, range(count)))[:most]
    title = title or "Feature maps"
    left_out = _of(len(shown), count, "maps")
    picture, ax, y = _sheet(tiles, names, 8, title, "", f"{title}. {left_out}{words}")
    x = MARGIN + LETTER * 11 * len(f"{low:.3g}") + 6
    write(ax, MARGIN, y, f"{low:.3g}")
    paste(ax, scale[None], x, y - 7, 150, 14)
    zero = " 0 is white." if low == -high else ""
    write(ax, x + 156, y, f"{high:.3g}, one scale for all.{zero} {left_out}")
    return plain(picture)


def _colours(values: Tensor, low: float, high: float) -> Tensor:
    """Even steps from dark to bright; where low and high lie equally far from 0, blue and orange around white."""
    return (
        signed(values, high, white=True)
        if low == -high != high
        else coloured((values - low) / ((high - low) or 1.0), SEQUENTIAL)
    )


def _sheet(tiles: Tensor, names: Sequence[str], columns: int, title: str, note: str, words: str) -> tuple[Picture, Axes, float]:
    """Tiles (uint8 ``[K, h, w, 3]``) in rows under a title, a note below; also returns where the note is."""
    from cnnkit.draw.picture import Picture

    count, height, width, _ = tiles.shape
    head = 16 if names else 0
    letters = LETTER * 10 * max(map(len, names), default=0)
    columns = max(1, min(columns, count, int((WIDTH - 2 * MARGIN) / (letters + GAP))))
    room = min((WIDTH - 2 * MARGIN) / columns - GAP, 160)
    scale = room / width if width > 0.6 * room else min(math.floor(2 * room / width), 48) / 2  # sharp on half pixels
    step, rows = max(width * scale, letters) + GAP, math.ceil(count / columns)
    picture = Picture(WIDTH, HEAD + rows * (height * scale + GAP + head) + 30, words)
    ax = canvas(picture)
    write(ax, MARGIN, 20, title, 13)
    for i in range(count):
        x, y = MARGIN + i % columns * step, HEAD + i // columns * (height * scale + GAP + head)
        if names:
            write(ax, x, y + 8, names[i], 10)
        paste(ax, tiles[i], x, y + head, width * scale, height * scale)
    y = HEAD + rows * (height * scale + GAP + head) + 12
    write(ax, MARGIN, y, note)
    return plain(picture), ax, y


def _of(shown: int, count: int, what: str) -> str:
    return f"The first {shown} of {count:,} {what}. " if shown < count else ""

"""What one layer of a network makes of a photo: its maps, and where on the photo one of their values looks."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import torch
from torch import Tensor, nn

from cnnkit import trace
from cnnkit.anatomy import Row
from cnnkit.data.augment import normalise
from cnnkit.explore.look import BLUE, LINE, ORANGE, image, row, svg
from cnnkit.trace.recorder import leaves

SIDE = 224  # pixels of the photo as it is drawn
COLUMNS, ROWS, TILE, GAP = 8, 4, 57, 4


@dataclass(frozen=True)
class Inside:
    """One layer at work on one photo.

    Attributes:
        layer: its row in the table.
        photo: uint8 ``[3, H, W]``.
        maps: what the layer makes of it, ``[K, h, w]``, or ``[K]`` where there are no maps any more.
    """

    layer: Row
    photo: Tensor
    maps: Tensor

    @property
    def words(self) -> str:
        """The drawing in words."""
        shape = "x".join(map(str, self.maps.shape))
        height, width = self.photo.shape[1:]
        seen = f"One value sees {self.field} pixels of the {height}x{width} photo. " if self.field else ""
        return f"{self.layer.name}, {self.layer.kind}: {shape}. {seen}{self.shown}"

    @property
    def field(self) -> str:
        """Height and width of the receptive field, such as "7x7"; "" where there is none."""
        return "x".join(str(ceil(axis.high - axis.low) + 1) for axis in self.layer.sees)

    @property
    def shown(self) -> str:
        """How many of the maps are drawn."""
        count, what = len(self.maps), "maps" if self.maps.ndim == 3 else "values"
        return f"The first {COLUMNS * ROWS} of {count} {what}." if count > COLUMNS * ROWS else f"All {count} {what}."


def choices(rows: tuple[Row, ...]) -> dict[str, Row]:
    """The rows that a module makes, by the words of a list: those whose maps can be looked at."""
    return {f"{r.name}   {'x'.join(map(str, r.output or ()))}": r for r in rows if r.ran and r.output and not _is_operation(r)}


def look(model: nn.Module, layer: Row, photo: Tensor) -> Inside:
    """Runs ``model`` on ``photo`` (uint8 ``[3, H, W]``) in evaluation mode and keeps what ``layer`` made.

    The model stays as it was.
    """
    path, _, call = layer.name.partition(" (call ")
    module = dict(model.named_modules()).get(path, model)  # the network's own row has its class for a name
    number, kept = int(call.rstrip(")") or 1) if call else 1, []
    like = next(model.parameters(), torch.zeros(()))
    with trace.untouched(model), torch.no_grad():  # the hook inside: a training in another thread must not meet it
        handle = module.register_forward_hook(lambda m, args, out: kept.append(leaves(out)[0].detach()[0].clone()))
        try:
            model.eval()(normalise(photo[None]).to(like.device, like.dtype))
        finally:
            handle.remove()
    return Inside(layer, photo, kept[number - 1].float().cpu())


def draw(found: Inside) -> str:
    """The photo with the receptive field of a value in the middle, and beside it the maps, each scaled by itself."""
    height, width = found.photo.shape[1:]
    scale = SIDE / max(height, width)
    parts = [image(found.photo.permute(1, 2, 0), 8, 30, scale), row("the photo", x=8, y=20, bold=True)]
    parts += _field(found, scale, 8, 30)
    x = SIDE + 36
    parts.append(row(f"{found.layer.name}: {found.layer.kind}", x=x, y=20, bold=True))
    parts += _tiles(found.maps, x, 30) if found.maps.ndim == 3 else _bars(found.maps.flatten(), x, 30)
    bottom = 30 + max(SIDE, ROWS * (TILE + GAP)) + 40
    how = "White: large; black: small; each map scaled by itself." if found.maps.ndim == 3 else "To the right: above 0."
    parts.append(row(f"{found.shown} {how}", x=x, y=bottom - 22, size=12))
    return svg(parts, bottom, found.words)


def _tiles(maps: Tensor, x: int, y: int) -> list[str]:
    places = ((x + i % COLUMNS * (TILE + GAP), y + i // COLUMNS * (TILE + GAP)) for i in range(COLUMNS * ROWS))
    return [image(_grey(tile), *place, TILE / max(tile.shape)) for tile, place in zip(maps, places, strict=False)]


def _bars(values: Tensor, x: int, y: int) -> list[str]:
    """Values as bars to both sides of 0."""
    shown = values[: COLUMNS * ROWS].tolist()
    height = min(20, ROWS * (TILE + GAP) // max(len(shown), 1))
    largest, middle, half = max(map(abs, shown), default=0.0) or 1.0, x + 220, 180
    parts = [f'<path d="M{middle} {y}V{y + height * len(shown)}" stroke="{LINE}"/>']
    for i, value in enumerate(shown):
        length = abs(value) / largest * half
        left = middle if value >= 0 else middle - length
        parts.append(f'<rect x="{left:.1f}" y="{y + i * height}" width="{length:.1f}" height="{height - 2}" fill="{BLUE}"/>')
        parts.append(row(f"{value:.2f}", x=x, y=y + i * height + height - 4, size=min(12, height)))
    return parts


def _field(found: Inside, scale: float, x: int, y: int) -> list[str]:
    """A frame around what the value in the middle of the map sees, cut off at the photo's edge."""
    axes, sides = found.layer.sees, found.photo.shape[1:]
    if len(axes) != len(sides):
        return []
    if found.maps.ndim == 3:
        shifts = [float(n // 2 * axis.jump) for n, axis in zip(found.maps.shape[1:], axes, strict=True)]
    else:  # a value whose place is unknown is drawn in the middle
        places = [float(side - 1 - axis.low - axis.high) / 2 for side, axis in zip(sides, axes, strict=True)]
        shifts = [place if axis.jump else 0.0 for place, axis in zip(places, axes, strict=True)]
    top, left = (float(max(0, axis.low + shift)) for axis, shift in zip(axes, shifts, strict=True))
    ends = [axis.high + shift + 1 for axis, shift in zip(axes, shifts, strict=True)]
    bottom, right = (float(min(side, end)) for side, end in zip(sides, ends, strict=True))
    frame = (
        f'<rect x="{x + left * scale:.1f}" y="{y + top * scale:.1f}" width="{(right - left) * scale:.1f}" '
        f'height="{(bottom - top) * scale:.1f}" fill="none" stroke="{ORANGE}" stroke-width="4" stroke-dasharray="8 4"/>'
    )
    size = found.layer.receptive_field or 0
    more = "more than the photo has" if size > max(sides) else "around the middle"
    return [frame, row(f"frame: the {found.field} pixels that", f"one value sees, {more}", x=x, y=y + SIDE + 18, size=12)]


def _grey(tile: Tensor) -> Tensor:
    low, high = tile.min(), tile.max()
    return ((tile - low) / (high - low).clamp(min=1e-12) * 255).to(torch.uint8)


def _is_operation(layer: Row) -> bool:
    return "(" in layer.name and "(call " not in layer.name

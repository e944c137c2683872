"""The drawing of a network that is looked into: the strip, and one part of it at work on a photo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import torch
from torch import Tensor

from cnnkit.anatomy.grid import sides
from cnnkit.draw.look import signed
from cnnkit.explore.bench import Aim
from cnnkit.explore.eye import Eye, half
from cnnkit.explore.look import BLUE, FAINT, INK, LINE, ORANGE, svg
from cnnkit.explore.shapes import GREY, RUST, aim, box, chips, choice, cut, framed, image, radios, small, text
from cnnkit.explore.strip import costs, said, strip

WIDE, NARROW = 720, 690  # pixels: of the drawing, and below which its letters would be smaller than 11
STRONGEST = 8  # maps of a part
TOP = 214  # of the lower half


@dataclass(frozen=True)
class Place:
    """Where in a network the eye is.

    Attributes:
        net: index of the network.
        block: of the part of it.
        photo: of the photo.
        map: the map that is shown large, and stays so on another photo.
        cell: of that map, row by row.
    """

    net: int = 0
    block: int = 0
    photo: int = 0
    map: int = 0
    cell: int = 0


def draw(eye: Eye, place: Place, nets: int = 1, touchable: bool = True) -> str:
    """The strip above; below it photo, chosen map, strongest maps and answer side by side; then all photos."""
    part, side = eye.parts[place.block], size(touchable)
    parts = [text(8, 18, cut(said(part), 62), 14, bold=True), text(8, 36, costs(eye.parts, place.block), 12, GREY)]
    if nets > 1 and touchable:
        parts.append(chips("net", "network", ["A", "B"], place.net, 580, 4)[0])
    parts += [*strip(eye.parts, place.block, 50), *_photo(eye, place, side), *_maps(eye, place, side)]
    parts += answers(eye, place.photo, eye.glance(place.photo).shares, 500, TOP + 4, side)
    parts += [text(8, TOP + side + 22 + 16 * i, line, 12) for i, line in enumerate(_found(eye, place))]
    bottom = TOP + side + 46
    if touchable:
        strengths = eye.strengths(place.block, place.map)
        parts += thumbs(eye, place.photo, bottom, strengths)
        if strengths is not None:
            parts.append(text(712, TOP + side + 38, f"bars: map #{place.map}", 12, GREY, anchor="end"))
        bottom += 44
    return svg(parts, bottom, words(eye, place), WIDE).replace('style="', f'style="min-width:{NARROW}px;', 1)


def words(eye: Eye, place: Place) -> str:
    """The drawing in words."""
    shares = eye.glance(place.photo).shares
    answer = f" The network answers {eye.name(int(shares.argmax()))}, {float(shares.max()):.0%}." if shares is not None else ""
    return f"{said(eye.parts[place.block])}, on {named(eye, place.photo)}. {' '.join(_found(eye, place))}{answer}"


def named(eye: Eye, photo: int) -> str:
    """A photo in words."""
    return f"photo {photo + 1}" + (f": {eye.classes[eye.labels[photo]]}" if eye.labels else "")


def size(touchable: bool) -> int:
    """Pixels of a photo; sliders and buttons need room, too."""
    return 176 if touchable else 134


def target(eye: Eye, place: Place, touchable: bool = True) -> Aim:
    """Where the large map lies, to move over it."""
    rows, columns = eye.glance(place.photo).maps[place.block].shape[1:]
    cell = size(touchable) / max(rows, columns)
    return Aim("cell", rows, columns, (208.0, float(TOP), columns * cell, rows * cell), "cell", hover=True)


def strongest(maps: Tensor, kept: int | None = None) -> list[int]:
    """The channels whose values are largest, by their norm; one that is ``kept`` stands last where it is not among them."""
    found: list[int] = maps.nan_to_num().flatten(1).norm(dim=1).argsort(descending=True, stable=True)[:STRONGEST].tolist()
    return found if kept is None or kept in found else [*found[: STRONGEST - 1], kept]


def _photo(eye: Eye, place: Place, side: int) -> Iterator[str]:
    """The photo, lit where its pixels move the chosen cell, and the frame of what the cell can see at all."""
    pixels = eye.photos[place.photo].permute(1, 2, 0)
    scale = side / max(pixels.shape[:2])
    pull = eye.pull(place.photo, place.block, place.cell)
    light = (pull / (float(pull.max()) or 1.0)).sqrt()[..., None]
    yield text(8, TOP - 7, named(eye, place.photo), 12, bold=True)
    yield image((pixels * (0.22 + 0.78 * light)).to(torch.uint8), 8, TOP, pixels.shape[1] * scale, pixels.shape[0] * scale)
    if frame := field(eye, place):
        top, left, bottom, right = frame
        yield framed(8 + left * scale, TOP + top * scale, (right - left) * scale, (bottom - top) * scale, ORANGE, "7 4")


def field(eye: Eye, place: Place) -> tuple[float, float, float, float] | None:
    """Upper and left edge, lower and right end of the pixels that the chosen cell can see; None where that is not known."""
    axes, shape, pixels = eye.parts[place.block].last.sees, eye.parts[place.block].shape, eye.photos.shape[2:]
    if len(axes) != 2:
        return None
    cells = divmod(place.cell, shape[2]) if len(shape) == 3 else (0, 0)
    edges, ends = [], []
    for axis, cell, side in zip(axes, cells, pixels, strict=True):
        known = len(shape) == 3 or not axis.jump  # a value whose place is unknown is drawn in the middle
        shift = float(cell * axis.jump) if known else float(side - 1 - axis.low - axis.high) / 2
        edges.append(float(max(0.0, axis.low + shift)))
        ends.append(float(min(side, axis.high + shift + 1)))
    return edges[0], edges[1], ends[0], ends[1]


def _maps(eye: Eye, place: Place, side: int) -> Iterator[str]:
    """The chosen map, to move over, and all of the strongest on its scale of colours."""
    maps, aimed = eye.glance(place.photo).maps[place.block], target(eye, place)
    channels, (x, y, _, _) = strongest(maps, place.map), aimed.place
    most = float(maps[channels].nan_to_num().abs().max())
    rows, columns = aimed.rows, aimed.columns
    cell = side / max(rows, columns)
    vector = len(eye.parts[place.block].shape) == 1
    heading = "its values, row by row" if vector else f"map #{place.map}, {rows}x{columns}"
    row, column = divmod(place.cell, columns)
    grid = image(_coloured(maps[place.map], most), x, y, columns * cell, rows * cell)
    grid += box(x, y, columns * cell, rows * cell, "none", LINE, 1)
    grid += framed(x + column * cell, y + row * cell, cell, cell, ORANGE)
    yield text(x, y - 7, heading, 12, bold=True)
    yield aim("cell", _value(eye, place), (place.cell, rows * columns), aimed.place[:2] + (columns * cell, rows * cell), grid)
    tile, tiles = (side - 12) / 4, []
    if not vector:
        yield text(398, y - 7, f"{len(channels)} strongest here", 12, bold=True)
        for i, channel in enumerate(channels):
            left, top = 398 + i // 4 * (tile + 4), y + i % 4 * (tile + 4)
            shapes = image(_coloured(maps[channel], most), left, top, tile) + box(left, top, tile, tile, "none", LINE, 1)
            shapes += framed(left, top, tile, tile, INK) if channel == place.map else ""
            tiles.append(choice(f"map:{i}", f"map {channel}", shapes, "map", channel == place.map, (left, top, tile, tile)))
        yield radios("the strongest maps", tiles)


def _coloured(values: Tensor, most: float) -> Tensor:
    """On a scale that others share: greys, or where the map holds values below 0 too, blue and orange around white."""
    return signed(values.nan_to_num(), most)


def _value(eye: Eye, place: Place) -> str:
    maps = eye.glance(place.photo).maps[place.block]
    if len(eye.parts[place.block].shape) == 1:
        index = min(place.cell, eye.parts[place.block].shape[0] - 1)
        return f"value {index + 1} of {eye.parts[place.block].shape[0]}: {float(maps.flatten()[index]):.3g}"
    row, column = divmod(place.cell, maps.shape[2])
    return f"row {row + 1}, column {column + 1}, in map #{place.map}: {float(maps[place.map, row, column]):.3g}"


def _found(eye: Eye, place: Place) -> list[str]:
    """What there is to say about the chosen cell, in two lines."""
    axes, pixels = eye.parts[place.block].last.sees, eye.photos.shape[2:]
    field = [ceil(axis.high - axis.low) + 1 for axis in axes]
    more = ", more than the photo has" if max(field, default=0) > max(pixels) else ""
    seen = f" It can see {sides(field)} pixels{more} (frame)." if len(axes) == 2 else ""
    count = half(eye.pull(place.photo, place.block, place.cell))
    maps = eye.parts[place.block].shape[0]
    which = "this value" if len(eye.parts[place.block].shape) == 1 else f"the values of all {maps} maps at this place"
    pull = (
        f"{count} of the photo's {sides(pixels)} pixels (lit) make up half of what moves {which}."
        if count
        else f"No pixel moves {which} a little."
    )
    value = _value(eye, place)
    return [f"{value[0].upper()}{value[1:]}.{seen}", pull]


def answers(
    eye: Eye,
    photo: int,
    shares: Tensor | None,
    x: float,
    y: float,
    side: float,
    chosen: int | None = None,
    before: Tensor | None = None,
) -> Iterator[str]:
    """The classes with their probabilities as bars, ten at most, all in so high a place.

    One is ``chosen``: then each can be. A mark shows where a bar ended ``before``.
    """
    yield text(x, y - 11, "the network's answer", 12, bold=True)
    if shares is None:
        yield text(x, y + 12, "not a row of classes", 12, GREY)
        return
    right = eye.right(photo)
    best, high = int(shares.argmax()), side / min(10, len(shares))
    rows = []
    for i, index in enumerate(shown(shares)):
        share, down = float(shares[index]), y + i * high
        mark = ("✓ " if index == right else "✗ ") if index == best and right is not None else ""
        colour = GREY if index != best else INK if right is None else BLUE if index == right else RUST
        shapes = text(
            x + 86, down + high / 2 + 2, mark + cut(eye.name(index), 12), 12, colour, bold=index == best, anchor="end"
        )
        shapes += box(x + 92, down - 2 + high * 0.1, max(1.0, 78 * share), high * 0.7, colour)
        was = share if before is None else float(before[index])
        shapes += text(x + 98 + 78 * max(share, was), down + high / 2 + 2, f"{share:.0%}", 12, colour, bold=index == best)
        if before is not None:
            shapes += f'<path d="M{x + 92 + 78 * was:.1f} {down - 3:.1f}v{high:.1f}" stroke="{INK}" stroke-width="2"/>'
        around = (x, down - 2, 212, high - 1)
        if chosen is not None:
            shapes += box(*around, "none", INK, 2) if index == chosen else ""
            shapes = choice(f"target:{i}", f"{eye.name(index)} {share:.0%}", shapes, "target", index == chosen, around)
        rows.append(shapes)
    yield radios("the classes", rows) if chosen is not None else "".join(rows)


def shown(shares: Tensor) -> list[int]:
    """The classes that have a bar: all of ten, else the ten likeliest."""
    found: list[int] = (
        shares.argsort(descending=True, stable=True)[:10].tolist() if len(shares) > 10 else list(range(len(shares)))
    )
    return found


def thumbs(eye: Eye, chosen: int, y: float, strengths: Tensor | None = None) -> Iterator[str]:
    """All photos, to choose one; under each a bar as long as the chosen map is strong there."""
    members = []
    most = float(strengths.max()) or 1.0 if strengths is not None else 1.0
    for i, photo in enumerate(eye.photos):
        x, scale = 8 + 35.4 * i, 30 / max(photo.shape[1:])
        shapes = image(small(photo, 60), x, y, photo.shape[2] * scale, photo.shape[1] * scale)
        shapes += framed(x, y, 30, 30, INK) if i == chosen else ""
        name = named(eye, i)
        if strengths is not None:
            share = float(strengths[i]) / most
            shapes += box(x, y + 33, 30, 5, FAINT) + box(x, y + 33, 30 * share, 5, BLUE)
            name += f", {share:.0%} of the map's largest strength"
        members.append(choice(f"photo:{i}", name, shapes, "photo", i == chosen, (x, y, 30, 30)))
    yield radios("the photos", members)

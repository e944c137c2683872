"""What a network sees of a photo: the receptive field of one value, and Grad-CAM."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from cnnkit.draw.look import (
    BLUE,
    HEAD,
    INK,
    MARGIN,
    ORANGE,
    WIDTH,
    canvas,
    check_finite,
    check_photo,
    coloured,
    paste,
    plain,
    write,
)
from cnnkit.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cnnkit.draw.picture import Picture

GAP = 6  # CSS pixels between pictures
HEAT = "inferno"
APART = 14  # CSS pixels between dots, at least


def receptive_field(
    photo: Tensor, size: int, jump: float | None = None, centre: tuple[float, float] | None = None, title: str = ""
) -> Picture:
    """The pixels that one value of a layer sees, as a frame on the photo; what lies outside the photo is said in words.

    Args:
        photo: uint8 ``[3, H, W]``.
        size: of the field along a side, in pixels; `anatomy.Row.receptive_field` has it.
        jump: pixels to the next value's field; dots mark their centres. None: the layer has no neighbours.
        centre: row and column of the field's middle, in pixels from the upper left one; the photo's middle by default.
        title: which layer, of which network.

    Raises:
        InputError: no such photo, or a size or jump that is not positive.
    """
    from cnnkit.draw.picture import Picture

    check_photo(photo)
    if size < 1 or (jump is not None and jump <= 0):
        raise InputError(f"the size is {size} and the jump {jump}; both must be positive")
    _, height, width = photo.shape
    row, column = centre or ((height - 1) / 2, (width - 1) / 2)
    inside = _overlap(row, size, height) * _overlap(column, size, width) / size**2
    title = title or "Receptive field"
    notes = [f"One value sees {size}x{size} pixels; the photo has {height}x{width}."]
    notes += [f"{_share(1 - inside)} of them lie outside the photo and are padding."] if inside < 1 else []
    scale = min(384 / height, 500 / width)
    dots = jump is not None and jump * scale >= APART
    further = " (dots: middles)" if dots else ""
    notes += [f"The next value's field lies {jump:g} pixel{'s' * (jump != 1)} further on{further}."] if jump else []
    y = HEAD + 6
    picture = Picture(WIDTH, y + height * scale + 14, f"{title}. {' '.join(notes)}")
    ax = canvas(picture)
    write(ax, MARGIN, 20, title, 13)
    paste(ax, photo.cpu().permute(1, 2, 0), MARGIN, y, width * scale, height * scale)
    frame = [MARGIN + scale * (column + 0.5 - size / 2), y + scale * (row + 0.5 - size / 2), scale * size]
    _draw_field(ax, frame, (MARGIN, y, width * scale, height * scale))
    _draw_middles(ax, (MARGIN, y, scale), (row, column), jump if dots else None, (height, width))
    for i, line in enumerate(_wrapped(notes, (WIDTH - 3 * MARGIN - width * scale) / (0.57 * 12))):
        write(ax, 2 * MARGIN + width * scale, y + 10 + 18 * i, line, 12)
    return plain(picture)


def grad_cam(photo: Tensor, heat: Tensor, title: str = "") -> Picture:
    """A photo, the heat map of where a class was seen, and one over the other.

    The heat is divided by its largest value and upsampled to the photo without edges between its values (bilinear), as in
    Selvaraju et al. 2017, "Grad-CAM", figure 1.

    Args:
        photo: uint8 ``[3, H, W]``.
        heat: ``[h, w]``, not negative.
        title: which class, of which network.

    Raises:
        InputError: no such photo or heat map.
    """
    from cnnkit.draw.picture import Picture

    check_photo(photo)
    heat = heat.detach().cpu().double()
    _check_heat(heat)
    small, large = tuple(heat.shape), (photo.shape[1], photo.shape[2])
    heat = heat / (float(heat.max()) or 1.0)
    warm = F.interpolate(heat[None, None], size=large, mode="bilinear", align_corners=False)[0, 0].clamp(0, 1)
    plane = photo.cpu().permute(1, 2, 0)
    colours, cover = coloured(warm, HEAT), 0.75 * warm[..., None]
    over = (plane * (1 - cover) + colours * cover).round().to(torch.uint8)
    row, column = divmod(int(warm.argmax()), large[1])
    title = title or "Grad-CAM"
    cold = "" if float(warm.max()) else " It is 0 everywhere: the weighted sum is nowhere above 0."
    where = cold or f" Hottest at row {row}, column {column}."
    words = f"{title}. A photo of {large[0]}x{large[1]} pixels, a heat map of {small[0]}x{small[1]} values, and both.{where}"
    side = (WIDTH - 2 * MARGIN - 2 * GAP) / 3
    high = side * large[0] / large[1]
    picture = Picture(WIDTH, HEAD + 22 + high + 34, words)
    ax = canvas(picture)
    write(ax, MARGIN, 20, title, 13)
    heads = ("photo", f"heat map, {small[0]}x{small[1]} upsampled", "one over the other")
    for i, (head, image) in enumerate(zip(heads, (plane, colours, over), strict=True)):
        write(ax, MARGIN + i * (side + GAP), HEAD + 10, head, 12)
        paste(ax, image, MARGIN + i * (side + GAP), HEAD + 22, side, high)
    y = HEAD + 22 + high + 17
    write(ax, MARGIN + side + GAP, y, "0")
    paste(ax, coloured(torch.linspace(0, 1, 256), HEAT)[None], MARGIN + side + GAP + 14, y - 7, 100, 14)
    write(ax, MARGIN + side + GAP + 120, y, f"largest.{cold}" if cold else "largest")
    return plain(picture)


def _check_heat(heat: Tensor) -> None:
    if heat.ndim != 2 or not heat.numel():
        raise InputError(f"the heat map has shape {list(heat.shape)}; it must be [h, w]")
    check_finite("the heat map's values", heat)
    if float(heat.min()) < 0:
        raise InputError(f"the heat map goes down to {float(heat.min()):.3g}; Grad-CAM ends with a ReLU, so none is below 0")


def _draw_field(ax: Axes, frame: Sequence[float], photo: tuple[float, float, float, float]) -> None:
    """The frame's part on the photo: solid where it ends, dashed where it goes on outside; what it leaves out is dimmed."""
    from matplotlib.patches import Rectangle

    left, top, side = frame
    x, y, width, height = photo
    x0, x1 = (min(max(edge, x), x + width) for edge in (left, left + side))
    y0, y1 = (min(max(edge, y), y + height) for edge in (top, top + side))
    for a, b, w, h in ((x, y, width, y0 - y), (x, y1, width, y + height - y1), (x, y0, x0 - x, y1 - y0),
                       (x1, y0, x + width - x1, y1 - y0)):  # fmt: skip
        ax.add_patch(Rectangle((a, b), w, h, facecolor="white", alpha=0.55, linewidth=0))
    edges = (((x0, x0), (y0, y1), left < x), ((x1, x1), (y0, y1), left + side > x + width),
             ((x0, x1), (y0, y0), top < y), ((x0, x1), (y1, y1), top + side > y + height))  # fmt: skip
    for across, down, outside in edges:
        ax.plot(across, down, color="white", linewidth=5, solid_capstyle="projecting")
        ax.plot(across, down, "--" if outside else "-", color=ORANGE, linewidth=2.5, gapcolor="white" if outside else None)


def _draw_middles(
    ax: Axes, place: tuple[float, float, float], centre: tuple[float, float], jump: float | None, size: tuple[int, int]
) -> None:
    """A cross in the middle of the frame's field, and ``jump`` pixels apart a dot in those of the others."""
    x, y, scale = place
    if jump:
        rows, columns = (torch.arange(c % jump, n - 0.5, jump).tolist() for c, n in zip(centre, size, strict=True))
        points = [(x + scale * (column + 0.5), y + scale * (row + 0.5)) for row in rows for column in columns]
        across, down = zip(*points, strict=True)
        ax.plot(across, down, "o", color=BLUE, markersize=4, markeredgecolor="white", markeredgewidth=0.8)
    at = ([x + scale * (centre[1] + 0.5)], [y + scale * (centre[0] + 0.5)])
    ax.plot(*at, "P", color=ORANGE, markersize=9, markeredgecolor=INK)


def _overlap(middle: float, size: int, pixels: int) -> float:
    """How many of the pixels around ``middle`` are among the photo's."""
    return max(0.0, min(middle + size / 2, pixels - 0.5) - max(middle - size / 2, -0.5))


def _share(part: float) -> str:
    return f"{100 * part:.0f} %" if 0.005 <= part < 0.995 else "Less than 1 %" if part < 0.5 else "More than 99 %"


def _wrapped(sentences: Sequence[str], letters: float) -> list[str]:
    return [line for sentence in sentences for line in [*textwrap.wrap(sentence, int(letters)), ""]]

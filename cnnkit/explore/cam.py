"""The drawing of a bench on which a heat map is taken apart: what it is made of, and whether it can be believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from cnnkit.draw.look import signed
from cnnkit.explore.bench import Aim
from cnnkit.explore.eye import GREY as PATCH
from cnnkit.explore.eye import PLACES, Eye
from cnnkit.explore.glance import NARROW, WIDE, answers, named, thumbs
from cnnkit.explore.look import INK, LINE, svg
from cnnkit.explore.shapes import aim, box, button, chips, framed, image, text
from cnnkit.explore.strip import strip

STRENGTHS = (0, 20, 40, 60, 80, 100)  # percent
SIDE, TILE, TOP = 118, 52, 154  # of a photo, of a map, of the photos
LEFTS = (8, 132, 256, 380)
WARM = torch.tensor([213.0, 94, 0])  # look.ORANGE
TERMS = 4  # maps of the equation


@dataclass(frozen=True)
class Setting:
    """Where the controls stand.

    Attributes:
        photo: its index.
        block: index of the layer, among those with maps.
        target: the class that is asked for.
        strength: of the heat over the photo, in percent.
        smooth: the heat is drawn without edges between its values.
        cover: a grey patch lies on the photo.
        patch: on which of 7x7 places.
    """

    photo: int = 0
    block: int = 0
    target: int = 0
    strength: int = 60
    smooth: bool = False
    cover: bool = False
    patch: int = PLACES**2 // 2


@dataclass(frozen=True)
class Heat:
    """A heat map and what it is the sum of.

    Attributes:
        weights: of each map ``[K]``; parts: map times weight ``[K, h, w]``; heat: their sum, and 0 where it is below.
    """

    weights: Tensor
    parts: Tensor

    @property
    def heat(self) -> Tensor:
        """Grad-CAM's heat map ``[h, w]``."""
        return self.parts.sum(0).relu()

    @property
    def hottest(self) -> tuple[int, int] | None:
        """Row and column of the largest value, from 1; None where all are 0."""
        heat = self.heat
        row, column = divmod(int(heat.argmax()), heat.shape[1])
        return (row + 1, column + 1) if float(heat.max()) > 0 else None


def layers(eye: Eye) -> list[int]:
    """The parts that make maps of more than one value."""
    return [i for i, part in enumerate(eye.parts) if len(part.shape) == 3 and part.shape[1] * part.shape[2] > 1]


def heats(eye: Eye, setting: Setting) -> tuple[Heat, Heat]:
    """The heat for the chosen class, of the photo and of its mirror image (Selvaraju et al. 2017, "Grad-CAM", eq. 1 and 2)."""
    part, glance = layers(eye)[setting.block], eye.glance(setting.photo, pair=True)
    both = zip(eye.weights(setting.photo, setting.target), (glance.maps, glance.mirrored), strict=True)
    one, other = (Heat(weights[part], weights[part][:, None, None] * maps[part]) for weights, maps in both)
    return one, other


def draw(eye: Eye, setting: Setting, touchable: bool = True) -> str:
    """Layer strip; photo, heat, both, and the mirror image; the answer; the heat as an equation of images."""
    one, other = heats(eye, setting)
    parts = [text(8, 18, _headline(eye, setting), 14, bold=True), text(8, 36, _doubt(one, other), 12)]
    parts += strip([eye.parts[i] for i in layers(eye)], setting.block, 50, bars=False)
    parts += _photos(eye, setting, one, other)
    y = TOP + SIDE + 8
    if touchable:
        at = STRENGTHS.index(setting.strength)
        parts.append(chips("strength", "overlay, %", [str(n) for n in STRENGTHS], at, 0, y)[0])
        parts.append(button("smooth", 330, y - 2, 168, "smooth: hide the squares", setting.smooth))
        y += 30
    parts += equation(one, y + 16)
    parts += _answers(eye, setting, touchable)
    bottom = y + 116
    if touchable:
        parts += thumbs(eye, setting.photo, bottom)
        bottom += 36
    return svg(parts, bottom, words(eye, setting), WIDE).replace('style="', f'style="min-width:{NARROW}px;', 1)


def words(eye: Eye, setting: Setting) -> str:
    """The drawing in words."""
    one, other = heats(eye, setting)
    return f"{_headline(eye, setting)} On {named(eye, setting.photo)}. {_doubt(one, other)} {_covered(eye, setting)}".strip()


def target(eye: Eye) -> Aim:
    """Where the photo lies, to cover parts of it."""
    height, width = eye.photos.shape[2:]
    scale = SIDE / max(height, width)
    return Aim("patch", PLACES, PLACES, (LEFTS[0], TOP, width * scale, height * scale), "patch", hover=True)


def equation(heat: Heat, y: float) -> Iterator[str]:
    """The four strongest maps times their weights, and all the others, add up to the heat before the ReLU."""
    order = heat.parts.flatten(1).norm(dim=1).argsort(descending=True, stable=True)[:TERMS].tolist()
    total = heat.parts.sum(0)
    rest = total - heat.parts[order].sum(0)
    images = [*heat.parts[order], *([rest] if len(heat.parts) > len(order) else []), total, total.relu()]
    captions = [f"#{k}" for k in order]
    captions += [f"{len(heat.parts) - len(order):,} others"] * (len(images) - 2 - len(order)) + ["sum", "heat"]
    factors = [f"{float(heat.weights[k]):.2g} ·".replace("-", "−") for k in order]
    signs = ["+"] * (len(images) - 3) + ["=", "ReLU"]
    most = max(float(values.abs().max()) for values in images) or 1.0
    yield text(8, y, "Build it: weight · map, added up. 0 is white, below blue, above orange, by the root", 12, bold=True)
    for i, (values, caption) in enumerate(zip(images, captions, strict=True)):
        x = 8 + i * (TILE + 16) + (20 if i == len(images) - 1 else 0)
        colours = signed(values.sign() * (values.abs() / most).sqrt(), 1, white=True)
        yield image(colours, x, y + 22, TILE) + box(x, y + 22, TILE, TILE, "none", LINE, 1)
        yield text(x + TILE / 2, y + TILE + 36, caption, 11.5, anchor="middle")
        yield text(x + TILE / 2, y + 17, factors[i], 11.5, anchor="middle") if i < len(factors) else ""
        if i < len(signs):
            yield text(x + TILE + (18 if signs[i] == "ReLU" else 8), y + 53, signs[i], 12, bold=True, anchor="middle")


def _photos(eye: Eye, setting: Setting, one: Heat, other: Heat) -> Iterator[str]:
    pixels, aimed = eye.photos[setting.photo].permute(1, 2, 0), target(eye)
    _, _, wide, high = aimed.place
    covered = pixels.clone()
    top, left, tall, broad = eye.place(setting.patch)
    if setting.cover:
        covered[top : top + tall, left : left + broad] = PATCH
    hot = signed(upsampled(one.heat, tuple(pixels.shape[:2]), setting.smooth), white=True)
    rows, columns = one.heat.shape
    pictures = (
        (named(eye, setting.photo), covered),
        (f"heat, {rows}x{columns}", hot),
        ("both", over(pixels, one.heat, setting)),
        ("mirrored", over(pixels.flip(1), other.heat, setting)),
    )
    for (heading, shown), x in zip(pictures, LEFTS, strict=True):
        drawn = image(shown, x, TOP, wide, high) + box(x, TOP, wide, high, "none", LINE, 1)
        yield text(x, TOP - 7, heading, 12, bold=True)
        if x != LEFTS[0]:
            yield drawn
            continue
        if setting.cover:
            scale = wide / pixels.shape[1]
            drawn += framed(x + left * scale, TOP + top * scale, broad * scale, tall * scale, INK)
        said = _covered(eye, setting) or "cover a part of the photo"
        yield aim("patch", said, (setting.patch, PLACES**2), aimed.place, drawn)


def upsampled(heat: Tensor, size: tuple[int, ...], smooth: bool) -> Tensor:
    """The heat, its largest value 1, as large as the photo: as the squares it is, or without edges between them."""
    scaled = (heat / (float(heat.max()) or 1.0))[None, None]
    found = interpolate(scaled, size, mode="bilinear", align_corners=False) if smooth else interpolate(scaled, size)
    return found[0, 0].clamp(0, 1)


def over(pixels: Tensor, heat: Tensor, setting: Setting) -> Tensor:
    """The heat over a photo ``[H, W, 3]``."""
    cover = setting.strength / 100 * upsampled(heat, tuple(pixels.shape[:2]), setting.smooth)[..., None]
    return (pixels * (1 - cover) + WARM * cover).round().to(torch.uint8)


def _answers(eye: Eye, setting: Setting, touchable: bool) -> Iterator[str]:
    """The classes to ask for; with a patch their new probabilities, and marks at the old ones."""
    shares = _shares(eye, setting)
    now, before = (eye.covered(setting.photo, setting.patch), shares) if setting.cover else (shares, None)
    yield from answers(eye, setting.photo, now, 504, TOP + 4, 178, setting.target, before)
    hint = "Move over the photo, or use arrows: a grey patch covers it."
    for i, line in enumerate((_covered(eye, setting) or hint).rsplit(": ", 1)):
        yield text(508, TOP + 198 + 16 * i, line, 12)
    if touchable:
        yield button("cover", 508, TOP + 222, 150, "grey patch", setting.cover)


def _shares(eye: Eye, setting: Setting) -> Tensor:
    shares = eye.glance(setting.photo, pair=True).shares
    assert shares is not None  # `inside` has seen to it
    return shares


def _headline(eye: Eye, setting: Setting) -> str:
    shares, part = _shares(eye, setting), eye.parts[layers(eye)[setting.block]]
    answer = f"{eye.name(int(shares.argmax()))}, {float(shares.max()):.0%}"
    return f"The network answers {answer}. Where does {part.name} see {eye.name(setting.target)}?"


def _doubt(one: Heat, other: Heat) -> str:
    """Where it is hottest, and whether the mirror image says the same."""
    if one.hottest is None:
        return "The heat is 0 everywhere: the weighted sum is nowhere above 0."
    (row, column), (rows, columns) = one.hottest, one.heat.shape
    said = f"Hottest in row {row}, column {column} of {rows}x{columns}."
    if other.hottest is None:
        return f"{said} Mirrored: 0 everywhere."
    there = f"Mirrored: row {other.hottest[0]}, column {other.hottest[1]}"
    return f"{said} {there}; if it followed the photo: row {row}, column {columns + 1 - column}."


def _covered(eye: Eye, setting: Setting) -> str:
    if not setting.cover:
        return ""
    shares = _shares(eye, setting)
    now, row, column = eye.covered(setting.photo, setting.patch), setting.patch // PLACES + 1, setting.patch % PLACES + 1
    change = f"{float(shares[setting.target]):.0%} → {float(now[setting.target]):.0%}"
    return f"Covered in row {row}, column {column} of {PLACES}: {eye.name(setting.target)} {change}"

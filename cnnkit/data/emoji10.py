"""The built-in data set: CIFAR-10's ten classes, composed out of emoji art when it is loaded. Needs no network.

Every image is one drawing, turned, scaled, recoloured and partly covered, on a random background. Training and test images
come from the same process but from different drawings: see assets/emoji10/README.md for what that makes of it.
"""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnkit._support import assets
from cnnkit.data.dataset import Dataset, Split

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
TRAIN_IMAGES, TEST_IMAGES = 5000, 1000
SIZE = 32
OVERSAMPLING = 2  # drawings are sampled on a grid this much finer, then averaged: their outlines stay smooth
CHUNK = 500  # images composed at a time, so that what is in flight stays in the cache

SCALE = 0.70, 1.05  # side of a drawing, as a part of the image's
STRETCH = 0.85, 1.15  # width over height
TURN = -20.0, 20.0  # degrees
SHIFT = 0.12  # of the centre, as a part of the image's side: a corner of the drawing may leave the image
HUE = -127.0, 127.0  # degrees
SATURATION = 0.5, 1.2
CONTRAST = 0.4, 1.4
NEGATIVE = 0.4  # part of the images where the drawing's light and dark change places
BRIGHTNESS = -0.3, 0.3
COVERED = 0.5  # part of the images where a disc covers some of the drawing
COVER = 0.15, 0.35  # the disc's radius, where the image reaches from -1 to 1
TEXTURE = 0.0, 0.4  # how much of it a background has
NOISE = 0.04


def load(seed: int = 0) -> Dataset:
    """Composes 5,000 training and 1,000 test images, each class equally often, in about a second.

    The order of the labels repeats 0, 1, ... 9, and within a class every drawing of the split is used equally often (give
    or take one). The same seed gives the same images on one machine, whatever its number of threads; between machines a
    value may differ by a grey level or so. Torch's global random state is neither used nor changed.
    """
    sheet = _Sheet.read()
    return Dataset(
        "emoji10",
        train=_split(sheet, "train", TRAIN_IMAGES, Generator().manual_seed(2 * seed)),
        test=_split(sheet, "test", TEST_IMAGES, Generator().manual_seed(2 * seed + 1)),
    )


@dataclass(frozen=True)
class _Sheet:
    """The drawings.

    Attributes:
        sprites: float ``[S, 4, side, side]``, red-green-blue times alpha, and alpha, 0 to 1. (Colours times alpha
            can be averaged; plain colours would bleed black from the transparent parts into every outline.)
        designs: for (split, class), the indices of its drawings in ``sprites``.
    """

    sprites: Tensor
    designs: dict[tuple[str, str], list[int]]

    @classmethod
    def read(cls) -> _Sheet:
        from PIL import Image

        index = json.loads(assets.path("emoji10", "index.json").read_text(encoding="utf-8"))
        with Image.open(assets.path("emoji10", "sprites.webp")) as file:
            picture = file.convert("RGBA")
        side, columns = index["side"], index["columns"]
        pixels = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
        tiles = pixels.reshape(-1, side, columns, side, 4).permute(0, 2, 4, 1, 3).reshape(-1, 4, side, side) / 255
        tiles[:, :3] *= tiles[:, 3:]
        designs: dict[tuple[str, str], list[int]] = {}
        for position, row in enumerate(index["sprites"]):
            designs.setdefault((row["split"], row["class"]), []).append(position)
        return cls(tiles, designs)


def _split(sheet: _Sheet, name: str, count: int, rng: Generator) -> Split:
    sprites = (sheet.sprites[part] for part in _designs(sheet, name, count).split(CHUNK))
    images = torch.cat([_compose(chunk, rng) for chunk in sprites])
    return Split(images, torch.arange(count) % len(CLASSES), CLASSES, f"emoji10 {name}")


def _designs(sheet: _Sheet, split: str, count: int) -> Tensor:
    """Which drawing each image shows: int64 ``[count]``. The classes take turns, and so do a class's drawings."""
    turns = [itertools.cycle(sheet.designs[split, label]) for label in CLASSES]
    return torch.tensor([next(turns[i % len(CLASSES)]) for i in range(count)])


def _compose(sprites: Tensor, rng: Generator) -> Tensor:
    """One image of every sprite: float ``[N, 4, side, side]`` to uint8 ``[N, 3, 32, 32]``."""
    drawing = _recolour(_place(sprites, rng), rng)
    image = _background(len(sprites), rng) * (1 - drawing[:, 3:]) + drawing[:, :3]
    cover = _disc(len(sprites), rng)
    image = image * (1 - cover) + _background(len(sprites), rng) * cover
    image = image + _uniform((-NOISE, NOISE), image.shape, rng)
    return (image.clamp(0, 1) * 255).round().to(torch.uint8)


def _place(sprites: Tensor, rng: Generator) -> Tensor:
    """Scales, stretches, turns and shifts every sprite into an image: ``[N, 4, 32, 32]``."""
    count = len(sprites)
    angle = _uniform(TURN, (count,), rng) * math.pi / 180
    height = _uniform(SCALE, (count,), rng)
    width = height * _uniform(STRETCH, (count,), rng)
    shift = _uniform((-2 * SHIFT, 2 * SHIFT), (count, 2), rng)  # of the range -1 .. 1 that grid_sample spans the image with
    cos, sin = angle.cos(), angle.sin()
    # From a point of the image to the point of the sprite: shift back, turn back, then undo the scale.
    linear = torch.stack([cos / width, sin / width, -sin / height, cos / height], 1).reshape(count, 2, 2)
    offset = -(linear * shift[:, None]).sum(2, keepdim=True)
    fine = [count, 4, OVERSAMPLING * SIZE, OVERSAMPLING * SIZE]
    grid = F.affine_grid(torch.cat([linear, offset], 2), fine, align_corners=False)
    return F.avg_pool2d(F.grid_sample(sprites, grid, align_corners=False), OVERSAMPLING)


def _recolour(drawing: Tensor, rng: Generator) -> Tensor:
    """Turns the hue about the grey axis, then changes saturation, contrast and brightness; alpha stays.

    What is left to hold on to is shape.
    """
    colour, alpha = drawing[:, :3], drawing[:, 3:]
    each = (len(drawing), 1, 1, 1)
    angle = _uniform(HUE, each, rng) * math.pi / 180
    grey = colour.mean(1, keepdim=True)
    # Rodrigues' rotation about (1, 1, 1) / sqrt(3): the cross product with that axis is a difference of two channels.
    across = (colour.roll(1, 1) - colour.roll(-1, 1)) / math.sqrt(3)
    turned = (colour - grey) * angle.cos() + across * angle.sin()
    colour = grey + turned * _uniform(SATURATION, each, rng)
    middle = 0.5 * alpha  # colours carry a factor alpha, so middle grey does too
    contrast = _uniform(CONTRAST, each, rng)
    contrast = torch.where(torch.rand(each, generator=rng) < NEGATIVE, -contrast, contrast)
    colour = (colour - middle) * contrast + middle + alpha * _uniform(BRIGHTNESS, each, rng)
    return torch.cat([colour.clamp(min=0).minimum(alpha), alpha], 1)


def _background(count: int, rng: Generator) -> Tensor:
    """Soft random colours with a straight edge somewhere, and more or less texture: ``[N, 3, 32, 32]``."""
    near, far = (_blobs(count, 2, rng) for _ in range(2))
    texture = (_blobs(count, 8, rng) - 0.5) * _uniform(TEXTURE, (count, 1, 1, 1), rng)
    x, y = _coordinates()
    angle = _uniform((0, 2 * math.pi), (count, 1, 1), rng)
    distance = x * angle.cos() + y * angle.sin() - _uniform((-0.7, 0.7), (count, 1, 1), rng)
    side = torch.sigmoid(16 * distance)[:, None]
    return (near * side + far * (1 - side) + texture).clamp(0, 1)


def _blobs(count: int, cells: int, rng: Generator) -> Tensor:
    """A grid of random colours, blurred up to the image: ``[N, 3, 32, 32]``, 0 to 1."""
    colours = torch.rand(count, 3, cells, cells, generator=rng)
    return F.interpolate(colours, size=(SIZE, SIZE), mode="bilinear", align_corners=False)


def _disc(count: int, rng: Generator) -> Tensor:
    """A mask, 1 inside a random disc and 0 outside; empty in ``1 - COVERED`` of the images: ``[N, 1, 32, 32]``."""
    x, y = _coordinates()
    centre = _uniform((-0.8, 0.8), (count, 2, 1, 1), rng)
    radius = _uniform(COVER, (count, 1, 1), rng)
    radius = radius - 9.0 * (torch.rand(count, 1, 1, generator=rng) >= COVERED)
    return torch.sigmoid(16 * (radius - torch.hypot(x - centre[:, 0], y - centre[:, 1])))[:, None]


def _coordinates() -> tuple[Tensor, Tensor]:
    """The x and y of every pixel's centre, -1 to 1: ``[1, 32]`` and ``[32, 1]``."""
    line = (torch.arange(SIZE) + 0.5) * (2 / SIZE) - 1
    return line[None, :], line[:, None]


def _uniform(span: tuple[float, float], shape: tuple[int, ...], rng: Generator) -> Tensor:
    low, high = span
    return low + (high - low) * torch.rand(shape, generator=rng)

"""Photos in which every pixel is another, so that the crop and the mirror behind a result can be read off it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cnnkit.check.faults import Mistake

NEAR = 0.05  # of the distance between two codes: a crop by interpolation is as good


@dataclass(frozen=True)
class Photos:
    """Photos in which each pixel tells its place: three channels hold row + 1, column + 1, photo + 1; one channel a number."""

    images: Tensor
    scale: int  # values times scale are the integers

    @property
    def codes(self) -> Tensor:
        """The integers, 0 being black."""
        return (self.images.double() * self.scale).round().long()


@dataclass(frozen=True)
class Draws:
    """What was drawn for each photo: shift of the window along rows and columns (-4 to 4 if right) and mirrored or not."""

    rows: Tensor
    columns: Tensor
    flips: Tensor


def coded(count: int, channels: int, height: int, width: int, dtype: torch.dtype) -> Photos:
    """``count`` such photos: uint8, or floats from 0 to 1."""
    rows = torch.arange(1, height + 1)[:, None].expand(height, width)
    columns = torch.arange(1, width + 1).expand(height, width)
    if channels == 1:
        codes = ((rows - 1) * width + columns).expand(count, 1, height, width)
    else:
        number = torch.arange(1, count + 1)[:, None, None].expand(count, height, width)
        codes = torch.stack([rows.expand_as(number), columns.expand_as(number), number], dim=1)
    scale = 1 if dtype == torch.uint8 else 2048 if channels == 1 else 256
    return Photos((codes / scale).to(dtype).contiguous(), scale)


def read_off(photos: Photos, result: Tensor) -> Draws:
    """The draws behind ``result``, from the pixel in the middle of each photo and its neighbours.

    Raises:
        Mistake: some photo of the result is no crop of its own photo.
    """
    codes = (result.double() * photos.scale).round().long()
    height, width = codes.shape[2:]
    y, x = height // 2, width // 2
    here, below, beside = (_place(codes[:, :, i, j], width) for i, j in ((y, x), (y + 1, x), (y, x + 1)))
    down, flips = below[0] - here[0] == -1, beside[1] - here[1] == -1
    rows = torch.where(down, here[0] - (height - 1 - y), here[0] - y)
    columns = torch.where(flips, here[1] - (width - 1 - x), here[1] - x)
    places = _mirrored(height, down) + rows[:, None], _mirrored(width, flips) + columns[:, None]
    _not_shuffled(photos, result, places, codes[:, -1, y, x] - 1)
    _compare(photos, result, places)
    if down.any():
        raise Mistake(
            "flips-upside-down",
            f"{int(down.sum())} of {len(codes)} photos are upside down. Mirror left to right: the width is the last dimension.",
        )
    return Draws(rows, columns, flips)


def _place(pixels: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Row and column in the old photo of [N, C] coded pixels."""
    if pixels.shape[1] == 1:
        return (pixels[:, 0] - 1) // width, (pixels[:, 0] - 1) % width
    return pixels[:, 0] - 1, pixels[:, 1] - 1


def _mirrored(length: int, mirrored: Tensor) -> Tensor:
    """[N, length]: 0, 1, 2, ... for each photo, backwards where mirrored."""
    forward = torch.arange(length)
    return torch.where(mirrored[:, None], length - 1 - forward, forward)


Places = tuple[Tensor, Tensor]  # [N, H] and [N, W]: from which row and column of the old photo each pixel comes


def _same(photos: Photos, result: Tensor, places: Places) -> Tensor:
    """[N, H, W]: whether a pixel is the old one of its place; places outside count from the other side."""
    height, width = result.shape[2:]
    index = (
        torch.arange(len(result))[:, None, None],
        slice(None),
        (places[0] % height)[:, :, None],
        (places[1] % width)[:, None],
    )
    wrapped = photos.images[index].movedim(-1, 1)
    return ((result.double() - wrapped.double()).abs() * photos.scale < NEAR).all(1)


def _inside(places: Places) -> Tensor:
    """[N, H, W]: whether a pixel comes from inside the old photo."""
    rows, columns = ((at >= 0) & (at < at.shape[1]) for at in places)
    return rows[:, :, None] & columns[:, None]


def _not_shuffled(photos: Photos, result: Tensor, places: Places, numbers: Tensor) -> None:
    """With three channels the last one tells the photo's number."""
    moved = (numbers != torch.arange(len(numbers))).nonzero().flatten().tolist()
    if result.shape[1] != 3 or not moved or not bool(((numbers >= 0) & (numbers < len(numbers))).all()):
        return
    if _same(Photos(photos.images[numbers], photos.scale), result, places)[_inside(places)].all():
        i = moved[0]
        raise Mistake(
            "photos-shuffled",
            f"The photos change places. At number {i} of the result is photo {int(numbers[i])}, so it gets a wrong label.",
        )


def _compare(photos: Photos, result: Tensor, places: Places) -> None:
    """Whether each photo of the result is, pixel for pixel, the crop that its places say."""
    inside, same = _inside(places), _same(photos, result, places)
    if not same[inside].all() or inside.double().mean() < 0.25:
        crops = (same | ~inside).flatten(1).all(1) & (inside.flatten(1).double().mean(1) >= 0.25)  # [N]
        if crops[0] and not crops[1:].any():
            raise Mistake(
                "values-changed",
                "Only the first photo of the result is a crop of its photo. "
                "Look at where your return stands, and at where you write.",
            )
        percent = 100 * (1 - (same & inside).sum().item() / same.numel())
        raise Mistake(
            "values-changed",
            f"The result is no crop of the photos: {max(1, round(percent))} of 100 pixels have another value or another place. "
            "A photo may only move and be mirrored as a whole.",
        )
    black = (result.double().abs() * photos.scale < NEAR).all(1)
    if not black[~inside].all():
        if same.all():
            raise Mistake(
                "wraps-around", "What leaves the photo on one side comes back on the other. The border must stay black."
            )
        value = result.movedim(1, -1)[~inside & ~black][0].max().item()
        raise Mistake(
            "padding-not-black",
            f"The border is not black: a pixel that should be 0 is {value:.3g}. Look at what your code pads with.",
        )

"""Random crop, flip and normalisation of a whole batch at once, on whatever device it lies.

The same distribution as torchvision's ``RandomCrop(32, padding=4)``, ``RandomHorizontalFlip()``, ``ToTensor()`` and
``Normalize(MEAN, STD)``, each image with draws of its own.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

MEAN = (0.4914, 0.4822, 0.4465)  # of CIFAR-10's training photos, red, green, blue, from 0 to 1
STD = (0.2023, 0.1994, 0.2010)  # the course's figures; one fixed pair serves every data set
PADDING = 4


class Draws(NamedTuple):
    """Where each image of a batch is cut out of its padded self, and whether it is mirrored."""

    top: Tensor  # int64 [N], 0 to 2 * PADDING
    left: Tensor  # int64 [N], 0 to 2 * PADDING
    flip: Tensor  # bool [N]

    def at(self, batch: slice) -> Draws:
        """The draws of the images in ``batch``."""
        return Draws(*(values[batch] for values in self))

    def to(self, device: torch.device) -> Draws:
        """The same draws on ``device``."""
        return Draws(*(values.to(device) for values in self))


def draw(count: int, generator: Generator) -> Draws:
    """Offsets and flips for ``count`` images from a CPU generator."""
    return Draws(
        torch.randint(0, 2 * PADDING + 1, (count,), generator=generator),
        torch.randint(0, 2 * PADDING + 1, (count,), generator=generator),
        torch.rand(count, generator=generator) < 0.5,
    )


def crop_and_flip(images: Tensor, draws: Draws) -> Tensor:
    """Pads each image with black, cuts its own window out and mirrors it where drawn: ``[N, C, H, W]`` -> the same shape."""
    n, channels, height, width = images.shape
    padded = F.pad(images, [PADDING] * 4)
    rows = draws.top[:, None] + torch.arange(height, device=images.device)  # [N, H]
    columns = torch.arange(width, device=images.device)
    columns = torch.where(draws.flip[:, None], width - 1 - columns, columns) + draws.left[:, None]  # [N, W]
    # Each output pixel's place in its padded image, then one gather: twice as fast as indexing with four index tensors.
    place = (rows[:, :, None] * padded.shape[3] + columns[:, None, :]).reshape(n, 1, height * width)
    return padded.flatten(2).gather(2, place.expand(n, channels, -1)).view_as(images)


def normalise(images: Tensor) -> Tensor:
    """uint8 ``[N, 3, H, W]`` -> float32 with about mean 0 and standard deviation 1 in each channel."""
    mean, std = _mean_and_std(images.device)
    return (images - mean) / std


@functools.cache  # made once a device: copying them to a GPU in each step would wait for it
def _mean_and_std(device: torch.device) -> tuple[Tensor, Tensor]:
    mean, std = (torch.tensor(values, device=device)[:, None, None] * 255 for values in (MEAN, STD))
    return mean, std

"""The batches of an epoch: order, crops and flips as pure functions of (seed, epoch, position)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cnnkit.data.augment import Draws, crop_and_flip, draw, normalise
from cnnkit.data.dataset import Split
from cnnkit.errors import InputError
from cnnkit.training.randomness import generator


def steps_per_epoch(count: int, batch_size: int) -> int:
    """Steps that cover ``count`` images; a last batch of a single image, which batch norm can't take, is left out."""
    full, rest = divmod(count, batch_size)
    return full + (rest > 1)


def hold_out(split: Split, fraction: float, seed: int) -> tuple[Split, Split]:
    """``split`` without a random ``fraction`` of its images, and that fraction: the validation part.

    Raises:
        InputError: the fraction is less than half an image.
    """
    order = torch.randperm(len(split), generator=generator(seed, "validation"))
    count = round(fraction * len(split))
    if count == 0:
        raise InputError(
            f"validation={fraction:g} of the {len(split)} images of {split.name} is not one image; "
            f"hold out {1 / len(split):.2g} or more, or 0"
        )
    kept, held = order[count:].sort().values, order[:count].sort().values
    return split.part(kept, split.name), split.part(held, f"{split.name}, validation part")


@dataclass(frozen=True)
class Epoch:
    """The order and the augmentation of one epoch; batch i is a slice of both.

    Both are drawn on the CPU, so that every device sees the same, and then lie where the images do: ``images`` (uint8
    ``[N, 3, H, W]``) and ``labels`` (``[N]``) are on the training device already.
    """

    number: int  # from 0
    images: Tensor
    labels: Tensor
    order: Tensor
    draws: Draws | None
    batch_size: int

    @classmethod
    def of(
        cls, images: Tensor, labels: Tensor, batch_size: int, augment: bool, seed: int, epoch: int, shuffle: bool = True
    ) -> Epoch:
        """The epoch that (seed, epoch) determines."""
        count = len(labels)
        order = torch.randperm(count, generator=generator(seed, epoch, "order")) if shuffle else torch.arange(count)
        draws = draw(len(labels), generator(seed, epoch, "augment")).to(images.device) if augment else None
        return cls(epoch, images, labels, order.to(images.device), draws, batch_size)

    def __len__(self) -> int:
        return steps_per_epoch(len(self.order), self.batch_size)

    def size(self, i: int) -> int:
        """How many photos batch ``i`` has: the last one may have fewer."""
        return min(self.batch_size, len(self.order) - i * self.batch_size)

    def batch(self, i: int, part: slice | None = None) -> tuple[Tensor, Tensor]:
        """Batch ``i`` (from 0), or the ``part`` of it: normalised float32 images ``[B, 3, H, W]`` and labels ``[B]``."""
        first = i * self.batch_size
        part = part or slice(0, self.batch_size)
        batch = slice(first + part.start, first + part.stop)
        index = self.order[batch]
        images = self.images[index]
        if self.draws is not None:
            images = crop_and_flip(images, self.draws.at(batch))
        return normalise(images), self.labels[index]

"""What every data set becomes: two splits of uint8 images and their labels."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from torch import Tensor

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class Split:
    """Images with their labels, and the name that stands beside every number computed from them.

    Attributes:
        images: uint8 ``[N, 3, 32, 32]``, red-green-blue, 0 to 255.
        labels: int64 ``[N]``, an index into ``classes``.
        classes: the classes' names.
        name: for people, as in "CIFAR-10 test".
    """

    images: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    name: str

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, index: Tensor, name: str) -> Split:
        """The images at ``index`` (int64 ``[M]``) as a split of its own, called ``name``."""
        return dataclasses.replace(self, images=self.images[index], labels=self.labels[index], name=name)


@dataclass(frozen=True)
class Dataset:
    """A training and a test split of the same classes."""

    name: str
    train: Split
    test: Split

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes' names, in the order of the labels."""
        return self.train.classes

    def __repr__(self) -> str:
        return f"{self.name}: {len(self.train):,} train and {len(self.test):,} test images of {len(self.classes)} classes"

"""Small things the tests train: a data set that a tiny network learns in seconds, and that network."""

import torch
from torch import nn

from cnnkit.data import Dataset, Split

CLASSES = tuple("abcdefghij")


def toy_split(count: int, seed: int, name: str, classes: tuple[str, ...] = CLASSES) -> Split:
    """Noise on a grey level and a stripe that tell the class."""
    g = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % len(classes)
    images = torch.randint(0, 90, (count, 3, 32, 32), generator=g) + (labels * 15)[:, None, None, None]
    return Split(images.to(torch.uint8), labels, classes, name)


def toy_dataset(train: int = 330, test: int = 110) -> Dataset:
    return Dataset("toy", toy_split(train, 0, "toy train"), toy_split(test, 1, "toy test"))


def tiny_net(seed: int = 0, classes: int = len(CLASSES), dropout: float = 0.3) -> nn.Module:
    """A small network; its weights depend on ``seed`` alone. A bias before batch norm would drift with Adam: there is none."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(3, 6, 5, stride=4, bias=False), nn.BatchNorm2d(6), nn.ReLU(),
            nn.Flatten(), nn.Dropout(dropout), nn.Linear(6 * 49, classes),
        )  # fmt: skip


class Function(nn.Module):
    """A network whose forward is a plain function of itself and x; parameters come by keyword."""

    def __init__(self, forward, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self._forward = forward

    def forward(self, *args, **kwargs):
        return self._forward(self, *args, **kwargs)

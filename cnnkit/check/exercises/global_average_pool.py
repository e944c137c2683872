"""The mean of each map."""

import torch
from torch import Tensor

from cnnkit.check.functions import function_exercise


def global_average_pool(x: Tensor) -> Tensor:
    """[N, C, H, W] -> [N, C]: one number a map."""
    return x.mean(dim=(2, 3))


BUGS = r"""
axes-kept: Height and width are still there, each with one number.
    Flatten them, so that a linear layer can take the result.
    x.mean(dim=(2, 3)) -> x.mean(dim=(2, 3), keepdim=True)
one-axis-only: The mean runs over one axis only.
    A map has two.
    (2, 3) -> 3
    (2, 3) -> 2
mean-over-channels: The mean runs over the channels.
    Each map keeps its own number.
    (2, 3) -> 1
    (2, 3) -> (1, 2, 3)
over-the-batch: The mean runs over the images of the batch, too.
    Each image keeps its own numbers.
    (2, 3) -> (0, 2, 3)
everything-averaged: The mean runs over everything.
    Each map of each image has one of its own.
    x.mean(dim=(2, 3)) -> x.mean()
batch-lost: A batch of one image loses its first axis.
    `squeeze` takes away every axis of length one.
    x.mean(dim=(2, 3)) -> x.mean(dim=(2, 3)).squeeze()
maximum: The largest value of each map is taken.
    The mean is asked for.
    x.mean( -> x.amax(
sum-for-mean: The values are added, not averaged.
    By how many should the sum be divided?
    x.mean( -> x.sum(
width-forgotten: The sum is divided by one side of the map.
    It has height times width values.
    x.mean(dim=(2, 3)) -> x.sum(dim=(2, 3)) / x.shape[2]
    x.mean(dim=(2, 3)) -> x.sum(dim=(2, 3)) / x.shape[3]
wrong-value: A mean is wrong.
    Take one map of one image, and average it by hand.
"""

SOURCE = torch.Generator().manual_seed(6)
EXERCISE = function_exercise(
    global_average_pool,
    BUGS,
    [(torch.randn(2, 3, 2, 4, generator=SOURCE),), (torch.randn(1, 4, 3, 3, generator=SOURCE),)],
    praise="Right for maps that are not square, and for a batch of one.",
    title="the mean of each map",
    minutes=2,
    difficulty=1,
    place="04/3",
    text="""\
The head of a ResNet begins with an average over the whole map, whatever its size: one number is left of each. What
comes out has two axes, because a linear layer follows. Torch's layers are allowed.
""",
)

"""Augmentation speed: the kit's whole-batch crop, flip and normalise against the per-image PIL pipeline, one process each.

Run: python benchmarks/augment.py
"""

import statistics
import time

import torch
from machine import machine
from train import Photos

from cnnkit import data
from cnnkit.training.batches import Epoch

BATCH, COUNT, PAIRS = 100, 5000, 5


def kit(split: data.Split) -> float:
    """Images a second of the kit's batches, the epoch's draws included."""
    start = time.perf_counter()
    epoch = Epoch.of(split.images, split.labels, BATCH, True, 0, 0)
    for i in range(len(epoch)):
        epoch.batch(i)
    return len(split) / (time.perf_counter() - start)


def textbook(split: data.Split) -> float:
    """Images a second of a DataLoader over PIL images."""
    loader = torch.utils.data.DataLoader(Photos(split), batch_size=BATCH, shuffle=True)
    start = time.perf_counter()
    for _ in loader:
        pass
    return len(split) / (time.perf_counter() - start)


def main() -> None:
    """Prints both speeds and the ratio, A and B in turn."""
    ds = data.load("auto")
    split = ds.train.part(torch.arange(COUNT), ds.train.name)
    kit(split), textbook(split)
    pairs = [(kit(split), textbook(split)) for _ in range(PAIRS)]
    ratios = [a / b for a, b in pairs]
    a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"augmentation   kit {a:,.0f} img/s   PIL pipeline {b:,.0f} img/s   "
        f"ratio {statistics.median(ratios):.1f} [{min(ratios):.1f} .. {max(ratios):.1f}]   {PAIRS} pairs of {COUNT:,} images"
    )
    print(f"{machine()}; {ds.name}, batch {BATCH}")


if __name__ == "__main__":
    main()

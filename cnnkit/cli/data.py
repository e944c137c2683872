"""``python -m cnnkit data``: which data set is found."""

import argparse

from cnnkit import data
from cnnkit.data import cache
from cnnkit.data.dataset import Split


def run(args: argparse.Namespace) -> int:
    """Loads the data set, and says what is in it and where decoded photos are kept."""
    given = vars(args)
    dataset = data.load(given.get("data", "auto"), given.get("root"), download=args.download)
    print(dataset)
    print("images:  uint8, " + "x".join(map(str, dataset.train.images.shape[1:])))
    print(f"train:   {_counts(dataset.train)}")
    print(f"test:    {_counts(dataset.test)}")
    print(f"classes: {', '.join(dataset.classes)}")
    print(f"cache:   {cache.folder()} ({_megabytes():.0f} MB)")
    return 0


def _counts(split: Split) -> str:
    counts = split.labels.bincount(minlength=len(split.classes)).tolist()
    low, high = min(counts), max(counts)
    spread = f"{low:,} of each class" if low == high else f"{low:,} to {high:,} of a class"
    return f"{len(split):,} images, {spread}"


def _megabytes() -> float:
    return sum(file.stat().st_size for file in cache.folder().glob("*.safetensors")) / 1e6

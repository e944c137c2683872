"""Loading speed: an image folder's first load against a bare Pillow loop over the same files, and the load from the cache.

python benchmarks/load.py                   3,500 of emoji10's images, written as JPEG
python benchmarks/load.py FOLDER            a tree train/<class>/*, test/<class>/* of PNG or JPEG files
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from machine import machine
from PIL import Image

from cnnkit import data

MOST, PAIRS = 2500, 5  # images of a split, and turns


def written(root: Path) -> Path:
    """Images of emoji10 as a tree of JPEG files."""
    emoji = data.load("emoji10")
    for split, images in (("train", emoji.train), ("test", emoji.test)):
        for name in emoji.classes:
            (root / split / name).mkdir(parents=True)
        for i in range(min(MOST, len(images))):
            file = root / split / images.classes[int(images.labels[i])] / f"{i}.jpg"
            Image.fromarray(images.images[i].permute(1, 2, 0).numpy()).save(file)
    return root


def bare(tree: Path) -> np.ndarray:
    """All of the tree's pixels, ``[N, 32, 32, 3]``, in the plainest way."""
    return np.stack([np.asarray(Image.open(file).convert("RGB")) for file in sorted(tree.glob("*/*/*"))])


def seconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measured(tree: Path) -> tuple[float, float, float]:
    """Seconds of the kit's first load, of its second, and of the bare loop."""
    with tempfile.TemporaryDirectory() as cache:
        os.environ["CNNKIT_CACHE"] = cache
        first, again = (seconds(lambda: data.load(tree)) for _ in range(2))
    return first, again, seconds(lambda: bare(tree))


def main() -> None:
    """Prints the times and the ratios, first load and bare loop in turn."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        tree = options.folder or written(Path(place))
        bare(tree)  # so that the system has read the files
        times = [measured(tree) for _ in range(PAIRS)]
    ratios = [first / plain for first, _, plain in times]
    first, again, plain = (statistics.median(column) for column in zip(*times, strict=True))
    print(
        f"loading   first {first:.2f} s   from the cache {again:.3f} s   bare Pillow loop {plain:.2f} s   "
        f"first/bare {statistics.median(ratios):.2f} [{min(ratios):.2f} .. {max(ratios):.2f}]   {PAIRS} pairs"
    )
    print(machine())


if __name__ == "__main__":
    main()

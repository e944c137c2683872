"""CIFAR-10, image folders and the built-in set, each as uint8 tensors ``[N, 3, 32, 32]`` with labels and a name.

``load("cifar10")``, ``load("emoji10")``, ``load("auto")`` or ``load(path)`` gives a ``Dataset`` of two ``Split``s.
"""

from cnnkit.data.dataset import CIFAR10_CLASSES, Dataset, Split
from cnnkit.data.sources import load, sample_photos

__all__ = ["CIFAR10_CLASSES", "Dataset", "Split", "load", "sample_photos"]

"""Which photos a run trains on: what a checkpoint remembers of them, so that it goes on with no others."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from cnnkit.data.dataset import Dataset, Split

SAMPLE = 64  # photos of a split, spread over it, that are looked at: all of them would take longer than a step
INSIST = "or insist with anyway=True (--anyway on the command line)"

# What may differ, in the order in which it is told, with the words for it.
_WORDS = {
    "labels": "other labels",
    "photos": "other photos",
    "test_labels": "other test labels",
    "test_photos": "other test photos",
}


def of(dataset: Dataset, images: int) -> dict[str, Any]:
    """Name, classes and digests of ``dataset``, ``images`` of whose training photos are trained on."""
    return {
        "name": dataset.name,
        "images": images,
        "classes": list(dataset.classes),
        "labels": _digest(dataset.train.labels),
        "photos": _digest(_sample(dataset.train)),
        "test_labels": _digest(dataset.test.labels),
        "test_photos": _digest(_sample(dataset.test)),
    }


def difference(own: Mapping[str, Any], saved: Mapping[str, Any]) -> str:
    """How ``own`` data differ from those that were ``saved``, in words that follow "the run"; "" where they do not.

    An old checkpoint knows less of its data, and what it does not know does not differ.
    """
    if (own["name"], own["images"]) != (saved["name"], saved["images"]):
        return f"trained on {saved['images']:,} images of {saved['name']}, not on {own['images']:,} of {own['name']}"
    if "classes" in saved and own["classes"] != saved["classes"]:
        if sorted(own["classes"]) == sorted(saved["classes"]):
            return f"knew the classes in another order, {_listed(saved['classes'])} and not {_listed(own['classes'])}"
        return f"told {_listed(saved['classes'])} apart, and this data set holds {_listed(own['classes'])}"
    other = [words for key, words in _WORDS.items() if own[key] != saved.get(key, own[key])]
    return f"trained on {own['name']} with {' and '.join(other)} than this one of the same name and size" if other else ""


def _listed(classes: list[str]) -> str:
    return ", ".join(classes[:12]) + (", ..." if len(classes) > 12 else "")


def _sample(split: Split) -> Tensor:
    index = torch.linspace(0, len(split) - 1, min(SAMPLE, len(split)), dtype=torch.float64).round().long()
    return split.images[index.to(split.images.device)]


def _digest(values: Tensor) -> str:
    return hashlib.sha256(values.cpu().contiguous().numpy().tobytes()).hexdigest()[:32]

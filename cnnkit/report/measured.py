"""What was measured of a run, said as notebook 09 asks: with its images and its standard error, and no digits beyond it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cnnkit._support.words import counted


def last(run: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The last evaluation of each split that has an accuracy."""
    return {e["split"]: e for e in run.get("evaluations", ()) if e.get("accuracy") is not None}


def images(run: Mapping[str, Any], split: str) -> int | None:
    """How many images a split has; None where that was not recorded."""
    count = (run.get("images") or {}).get(split)
    return count if isinstance(count, int) else None


def said(run: Mapping[str, Any], split: str, accuracy: float) -> str:
    """An accuracy with its standard error and its images: "75 % ± 1.4 (1,000 images)"."""
    count = images(run, split)
    if count is None:
        return f"{100 * accuracy:.0f} % (how many images: not recorded)"
    error = standard_error(accuracy, count)
    finest = max(0, -math.floor(math.log10(error)))  # the place of its first digit
    told = f"{error:.{finest + (round(error, 1) < 2 and not finest)}f}"
    return f"{100 * accuracy:.{finest}f} % ± {told} ({counted(count, 'image', 'images')})"


def standard_error(accuracy: float, count: int) -> float:
    """In percentage points, for ``count`` independent images.

    With one right and one wrong answer more than there were: else 20 of 20 would seem to be known without any error.
    """
    p = (accuracy * count + 1) / (count + 2)
    return 100 * math.sqrt(p * (1 - p) / count)

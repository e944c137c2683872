"""Missions: predict, try on a live training, compare. Each is a task around `cnnkit.explore.LiveTraining`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cnnkit.errors import InputError
from cnnkit.explore.missions.quest import Mission

__all__ = ["Mission", "mission"]


def mission(n: int, number: int = 0, folder: str | Path = "runs", background: bool | None = None) -> Mission:
    """One of the three missions of notebook 06: predict first, then try, then compare.

    Args:
        n: 1: the largest stable rate. 2: cut the rate now or later. 3: a sick run to diagnose.
        number: deals the run: other first weights, and in mission 3 another fault. A student's own number will do.
        folder: where predictions and results are recorded, in ``guesses.jsonl``.
        background: as in `LiveTraining`.

    Raises:
        InputError: no such mission, or a number that is not whole.
    """
    from cnnkit.explore.missions.cut import CutWhen
    from cnnkit.explore.missions.rate import LargestRate
    from cnnkit.explore.missions.sick import SickRun

    known: dict[int, Callable[[int, str | Path, bool | None], Mission]] = {1: LargestRate, 2: CutWhen, 3: SickRun}
    if isinstance(n, bool) or n not in known:
        raise InputError(f"there is no mission {n!r}; 1 is the largest rate, 2 the time of a cut, 3 a sick run")
    if isinstance(number, bool) or not isinstance(number, int):
        raise InputError(f"the number of the run is {number!r}; give a whole number, such as 7")
    return known[n](number, folder, background)

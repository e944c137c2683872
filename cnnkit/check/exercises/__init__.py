"""The exercises, one file each: task, reference, what is observed, and the words for each mistake.

A file with an ``EXERCISE`` in it is an exercise: nothing else lists them.
"""

import pkgutil
from importlib import import_module

from cnnkit.check.engine import Exercise


def _exercises() -> dict[str, Exercise]:
    """By name, in the order of the course; those that no notebook has come last."""
    found: list[Exercise] = [import_module(f"{__name__}.{each.name}").EXERCISE for each in pkgutil.iter_modules(__path__)]
    return {exercise.name: exercise for exercise in sorted(found, key=lambda exercise: exercise.place or "~")}


EXERCISES = _exercises()

"""Exercises that a teacher has written: a folder of files, each with an ``EXERCISE`` in it (docs/authoring.md)."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

from cnnkit.check.engine import Exercise
from cnnkit.check.exercises import EXERCISES
from cnnkit.check.mistakes import MISTAKES, mistakes_of
from cnnkit.errors import InputError

_PACKAGE = "own_exercises"  # the first part of the name that such a file gets as a module
_LOADED: set[str] = set()


def load(folder: str | Path) -> list[Exercise]:
    """Runs each ``NAME.py`` of ``folder`` and adds its exercise, so that ``check.NAME(answer)`` and `check.MISTAKES` have it.

    A file whose name begins with ``_`` is none. A folder may be loaded again after a change.

    Raises:
        InputError: there is no exercise, a file stops with an error, or the course or another file has one of that name.
    """
    here = Path(folder)
    files = [here] if here.is_file() else sorted(path for path in here.glob("*.py") if not path.name.startswith("_"))
    if not files:
        raise InputError(f'there are no exercises in "{folder}"; give the folder with their .py files')
    found = [_exercise(path.resolve()) for path in files]
    for number, (path, exercise) in enumerate(zip(files, found, strict=True)):
        twice = exercise.name in [earlier.name for earlier in found[:number]]
        if twice or (exercise.name in EXERCISES and exercise.name not in _LOADED):
            raise InputError(f'"{path}" is called {exercise.name}, as another exercise; give its reference another name')
    for exercise in found:
        _LOADED.add(exercise.name)
        EXERCISES[exercise.name] = exercise
        MISTAKES[exercise.name] = mistakes_of(exercise)
    return found


def _exercise(path: Path) -> Exercise:
    name = f"{_PACKAGE}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)  # where inspect looks for the reference's source
    try:
        spec.loader.exec_module(module)
    except InputError as error:
        raise InputError(f'"{path}": {error}') from None
    except Exception as error:
        raise InputError(f'"{path}" stops with {type(error).__name__}: {error}') from None
    exercise = getattr(module, "EXERCISE", None)
    if not isinstance(exercise, Exercise):
        raise InputError(f'"{path}" has no EXERCISE; write EXERCISE = function_exercise(...) at its end')
    return replace(exercise, same=(*exercise.same, _PACKAGE))

"""Runs a file with an answer, and has the answer checked."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cnnkit._support.words import not_ended
from cnnkit.check import limits, origin
from cnnkit.check.engine import Exercise, check
from cnnkit.check.exercises import EXERCISES
from cnnkit.check.faults import text_of
from cnnkit.check.loading import load
from cnnkit.cli.found import Found
from cnnkit.errors import InputError, unknown


def exercise_called(name: str, folder: Path | None = None) -> Exercise:
    """The exercise, one of the course's or of a teacher's ``folder``, or InputError with the nearest name that there is."""
    if folder is not None:
        load(folder)
    if name not in EXERCISES:
        raise unknown("exercise", name, EXERCISES, "python -m cnnkit check --help lists them")
    return EXERCISES[name]


def judge(
    path: Path, exercise: Exercise, seed: int, seconds: float, neighbours: bool = True, ran: Callable[[], object] = lambda: None
) -> Found:
    """Runs the file, and checks what it defines for the exercise.

    Args:
        path: of the file with the answer.
        exercise: what the answer is to.
        seed: of the check's random inputs.
        seconds: limit for the file, and again for the check.
        neighbours: whether the file may import modules that lie beside it.
        ran: called when the file has run, before the check.

    Raises:
        InputError: there is nothing to check, and why.
    """
    before = origin.pieces_of_the_kit()
    with _answer_in(path, exercise.answer, seconds, neighbours) as answer:
        ran()
        verdict = check(exercise, answer, seed=seed, seconds=seconds)
    mistake, message = verdict.mistake, verdict.message
    if changed := origin.changed_kit(before):
        mistake = "kit-changed"
        message = f"Your code has replaced `{changed}`, a part of the check. An answer leaves the kit as it is."
    return Found(exercise.name, mistake, message, verdict.remarks, verdict.printed, seed, verdict.seconds)


@contextmanager
def _answer_in(path: Path, name: str, seconds: float, neighbours: bool) -> Iterator[Any]:
    """The object called ``name`` that running the file defines, or an error that says why there is none."""
    code = _compiled(path, name)
    module = types.ModuleType("answer")
    module.__file__ = str(path)
    names = vars(module)
    with _importable(module, neighbours):
        try:
            error, _ = limits.run(lambda: _error_of(code, names), seconds)
        except limits.TooSlow:
            raise InputError(not_ended(path, name, seconds)) from None
        if error is not None:
            said = f"{type(error).__name__}: {text_of(error)}".removesuffix(": ")
            raise InputError(f"running {path} stops with {said}") from error
        if name not in names:
            defined = [n for n, value in names.items() if callable(value) and getattr(value, "__module__", "") == "answer"]
            raise InputError(
                f"{path} defines no {name}; " + (f"it defines {', '.join(defined)}" if defined else "it defines nothing")
            )
        yield names[name]


def _error_of(code: types.CodeType, names: dict[str, Any]) -> BaseException | None:
    """What running the code stops with: kept apart from the user's Ctrl-C, which is raised elsewhere."""
    try:
        exec(code, names)
    except limits.Stop:
        raise
    except BaseException as error:
        return error
    return None


def _compiled(path: Path, name: str) -> types.CodeType:
    """The file's code; from its bytes, as Python itself reads them: they may begin with an encoding."""
    try:
        return compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        said = error.msg if isinstance(error, SyntaxError) else error
    except (RecursionError, MemoryError):  # so says the parser where its stack is full
        line, said = "", "an expression in it is nested too deeply"
    raise InputError(f"{path} is no Python that can be run{line}: {said}")


@contextmanager
def _importable(module: types.ModuleType, neighbours: bool) -> Iterator[None]:
    """While the answer runs, its module is where dataclasses and pickle look, and it may import its neighbours."""
    before, path = sys.modules.get(module.__name__), list(sys.path)
    sys.modules[module.__name__] = module
    if neighbours:
        sys.path.insert(0, str(Path(str(module.__file__)).resolve().parent))
    try:
        yield
    finally:
        sys.path[:] = path
        sys.modules.pop(module.__name__, None)
        if before is not None:
            sys.modules[module.__name__] = before

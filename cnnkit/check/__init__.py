"""Checks that tell a student what is wrong: ``check.residual_block(ResidualBlock)`` and one such function for each exercise.

Each takes the student's own object and returns a `Verdict`: passed or not, the mistake by its slug in `MISTAKES[exercise]`, and
a message that says what was seen, what was expected and where to look. Answers run under a time limit, and whatever they do,
they leave prints, random state and modes as they were.

`EXERCISES` has them all; each is a file in ``check/exercises/``. `load` adds a teacher's own (docs/authoring.md).
"""

from typing import Any, Protocol

from cnnkit.check.bugs import bugs
from cnnkit.check.engine import SECONDS, Exercise
from cnnkit.check.exercises import EXERCISES
from cnnkit.check.functions import function_exercise
from cnnkit.check.loading import load
from cnnkit.check.mistakes import MISTAKES
from cnnkit.check.modules import module_exercise
from cnnkit.check.recording import check as _check
from cnnkit.check.verdict import Verdict

__all__ = ["EXERCISES", "MISTAKES", "Exercise", "Verdict", "bugs", "function_exercise", "load", "module_exercise"]


class _Door(Protocol):
    def __call__(self, answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict: ...


def _door(exercise: Exercise) -> _Door:
    def door(answer: Any, *, seed: int = 0, seconds: float = SECONDS) -> Verdict:
        return _check(exercise, answer, seed, seconds)

    door.__name__ = door.__qualname__ = exercise.name
    door.__doc__ = f"Checks the {exercise.what} ``{exercise.answer}``.\n\n{exercise.text.strip()}\n\n{exercise.stub}"
    return door


def __getattr__(name: str) -> _Door:
    if name not in EXERCISES:
        raise AttributeError(f"cnnkit.check has no exercise {name}; there are {', '.join(EXERCISES)}")
    return _door(EXERCISES[name])


def __dir__() -> list[str]:
    return sorted([*__all__, *EXERCISES])

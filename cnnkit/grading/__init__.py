"""Grading of a class: notebooks in, each graded apart in a process of its own, points out (docs/teaching.md).

A submission is a `Task`, and grading it a pure function (`watching.graded`) from it to what is `Graded`: the notebook with its
outputs, points by exercise, the mistakes that the checks named, or why there are no points. Any engine with the interface of
`concurrent.futures` can run it. Only `grader.grade`, in the process that was asked, writes into the course.

Nothing here imports torch: the processes that grade do.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # so that editors and mypy see what __getattr__ hands out
    from cnnkit.grading.grader import grade
    from cnnkit.grading.tasks import Graded, Limits, Task

__all__ = ["Graded", "Limits", "Task", "grade"]
_HOME = {"Graded": "tasks", "Limits": "tasks", "Task": "tasks", "grade": "grader"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'cnnkit.grading' has no attribute {name!r}")
    return getattr(import_module(f"cnnkit.grading.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

"""Grades an assignment: hands out the tasks, and alone writes what comes back, one student at a time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import nbformat

from cnnkit import __version__
from cnnkit._support.signals import Wish
from cnnkit._support.words import whole
from cnnkit.grading import course as courses
from cnnkit.grading import table, watching
from cnnkit.grading.gradebook import forget, gradebook, half_graded, released, store
from cnnkit.grading.mending import by_name
from cnnkit.grading.submissions import Seen, digest, handed_in_again, notebook_of, recall, remember, students, unfit
from cnnkit.grading.tasks import ENDED, Graded, Limits, Task

_LOOK = 0.2  # seconds between two looks for a wish to end
Tell = Callable[[int, int, str], object]  # students done, of how many, and the last one's result


@dataclass
class _Run:
    """What a run of the grader has in its hands."""

    course: Path
    name: str
    limits: Limits
    book: Any
    released: nbformat.NotebookNode
    seen: dict[str, Seen]


def grade(
    course: Path,
    name: str,
    limits: Limits,
    student: str = "*",
    force: bool = False,
    wish: Wish | None = None,
    jobs: int = 0,
    engine: Executor | None = None,
    tell: Tell = lambda done, of, last: None,
) -> list[table.Row]:
    """Grades what is new, was handed in again or was left half graded; gives the table of all students.

    Args:
        course: folder with ``submitted/STUDENT/NAME/NAME.ipynb``.
        name: of the assignment.
        limits: of each notebook.
        student: only this one, or those that fit the pattern.
        force: also what is graded already.
        wish: where it becomes true, the notebooks that run are left as they were, and so are those that wait.
        jobs: notebooks at a time; 0: as many as there are cores.
        engine: runs the tasks, such as Dask's ``Client.get_executor()``; by default this machine does, with ``jobs`` at a time.
        tell: called after each student.
    """
    with gradebook(course) as book:
        run = _Run(course, name, limits, book, released(course, name, book), recall(course, name))
        wanted = by_name(run.released)
        forget(course, name, half_graded(course, name, book, wanted), book)
        waiting = _waiting(run, student, force)
        _log(run, f"\n{datetime.now():%Y-%m-%d %H:%M} cnnkit {__version__} grade {course} {name} --student {student}")
        with _local(jobs, wish) if engine is None else _foreign(engine) as hands:
            for done, (one, graded) in enumerate(_graded(run, waiting, hands, wish), start=1):
                _keep(run, one, graded)
                tell(done, len(waiting), f"{one}  {_in_words(graded)}")
        remember(course, name, run.seen)
        return table.rows_of(course, name, run.seen, book, wanted)


def _waiting(run: _Run, student: str, force: bool) -> list[str]:
    """Whose notebooks are to be graded."""
    course, name, seen = run.course, run.name, run.seen
    there = [one for one in students(course, "submitted", name, student) if notebook_of(course, name, one).is_file()]
    graded = set(students(course, "autograded", name))
    again = {one for one in there if one in graded and (force or handed_in_again(course, name, one, seen))}
    for one in there:
        if one in graded - again and one not in seen:
            seen[one] = Seen(digest(notebook_of(course, name, one)))
    return [one for one in there if (one not in graded or one in again) and not unfit(one)]


@dataclass
class _Hands:
    """Who does the work.

    Attributes:
        pool: takes the tasks.
        work: what it does with each.
        at_once: tasks that it is given at a time.
        leaves: whether a task that runs is left alone when an end is wished for; one of this machine ends by itself.
    """

    pool: Executor
    work: Callable[[Task], Graded]
    at_once: int
    leaves: bool


@contextmanager
def _local(jobs: int, wish: Wish | None) -> Iterator[_Hands]:
    """Threads of this process, each of which watches one that grades."""
    jobs, left = jobs or os.cpu_count() or 1, Wish()
    with ThreadPoolExecutor(jobs, "grading") as pool:
        try:
            yield _Hands(pool, partial(watching.graded, ended=lambda: bool(wish or left)), jobs, leaves=False)
        finally:  # also after an exception
            left.signal = "left"


@contextmanager
def _foreign(engine: Executor) -> Iterator[_Hands]:
    """An engine of somebody else's: it may be on other machines, and gets a few tasks more than it can run."""
    yield _Hands(engine, watching.graded, 4 * (getattr(engine, "_max_workers", None) or os.cpu_count() or 1), leaves=True)


def _graded(run: _Run, waiting: Sequence[str], hands: _Hands, wish: Wish | None) -> Iterator[tuple[str, Graded]]:
    """Each student with what came out, as it comes; notes which file it was of: what is read now may change meanwhile."""
    rest, running = iter(waiting), dict[Future[Graded], tuple[str, Seen]]()
    text, settings = nbformat.writes(run.released), courses.steps_settings(run.course)
    while not (wish and hands.leaves):
        while len(running) < hands.at_once and not wish and (one := next(rest, None)) is not None:
            path = notebook_of(run.course, run.name, one)
            content = path.read_bytes()
            files = courses.files_beside(run.course, run.name, one)
            task = Task(run.name, content, text, run.limits, files, None, settings)
            running[hands.pool.submit(hands.work, task)] = one, Seen(hashlib.sha256(content).hexdigest(), seed=task.seed)
        if not running:
            return
        for future in wait(running, timeout=_LOOK, return_when=FIRST_COMPLETED).done:
            one, noted = running.pop(future)
            graded = future.result()
            if graded.why != ENDED:
                run.seen[one] = noted
                yield one, graded
    for future in running:
        future.cancel()


def _keep(run: _Run, one: str, graded: Graded) -> None:
    """Writes what came out for one student, and notes it."""
    seen = run.seen[one]
    seen.seconds, seen.mistakes = f"{graded.seconds:.0f}", graded.mistakes
    seen.why = f"failed: see autograde-{run.name}.log" if graded.why == "failed" else graded.why
    _log(run, f"{datetime.now():%H:%M:%S} {whole(one)}: {_in_words(graded)}\n{whole(graded.log)}".rstrip())
    if graded.why:
        forget(run.course, run.name, [one], run.book)
    else:
        store(run.course, run.name, one, graded, run.book)
    remember(run.course, run.name, run.seen)


def _in_words(graded: Graded) -> str:
    points = f"{sum(point or 0 for point in graded.points.values()):g} points"
    return f"{graded.why or points}  {graded.seconds:.0f} s"


def _log(run: _Run, line: str) -> None:
    """Adds to the log, whole lines at once."""
    with (run.course / f"autograde-{run.name}.log").open("a", encoding="utf-8", errors="replace") as log:
        log.write(f"{line}\n")

"""``python -m cnnkit grade``: the submissions of a class to points."""

import argparse
import signal
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from tqdm import tqdm

from cnnkit._support.locks import only_writer
from cnnkit._support.notices import notice
from cnnkit._support.signals import end_is_a_wish
from cnnkit.errors import InputError, unknown
from cnnkit.grading.course import SCRIPTS, cleans_feedback
from cnnkit.grading.exporting import PLATFORMS, export
from cnnkit.grading.grader import grade
from cnnkit.grading.roster import keep, of_course
from cnnkit.grading.submissions import students
from cnnkit.grading.table import ABSENT, show, write
from cnnkit.grading.tasks import Limits


def run(args: argparse.Namespace) -> int:
    """Grades, prints and writes the table; 1 if a row says more than "graded"."""
    given = vars(args)
    course, name, limits = given["course"], given["name"], _limits(given)
    if given.get("export", "csv") not in PLATFORMS:
        raise unknown("platform", given["export"], PLATFORMS)
    _require(course, name, given.get("student", "*"))
    chosen = {key: given[key] for key in ("student", "force", "jobs") if key in given}
    path = course / f"grades-{name}.csv"
    with end_is_a_wish() as wish, only_writer(course, what=f"the course in {course}"), ExitStack() as screen:
        if "roster" in given:
            keep(course, given["roster"])
        rows = grade(course, name, limits, **chosen, wish=wish, tell=Progress(screen))
        screen.close()
        write(path, rows)
        show(path, rows)
        if "export" in given:
            print(export(course, name, rows, given["export"], of_course(course)))
    if not cleans_feedback(course):
        notice(SCRIPTS)
    if wish:
        notice(f"ended by {wish.signal}; the same command grades the rest")
        return 128 + signal.Signals[wish.signal]
    return int(any(row["result"] not in ("graded", ABSENT) for row in rows))


class Progress:
    """Students done, minutes left and the last result: a bar in a terminal, elsewhere a line a student."""

    def __init__(self, screen: ExitStack) -> None:
        self._screen, self._began = screen, time.monotonic()
        self._bar: Any = None

    def __call__(self, done: int, of: int, last: str) -> None:
        """Shows that one more is done."""
        last = "".join(letter if letter.isprintable() else "?" for letter in last)
        with suppress(OSError):  # a terminal that was closed is no reason to end
            if not sys.stderr.isatty():
                left = (time.monotonic() - self._began) / done * (of - done) / 60
                print(f"[{done:{len(str(of))}}/{of}] {last}  (about {left:.0f} minutes left)", file=sys.stderr, flush=True)
                return
            if self._bar is None:
                look = "{n_fmt}/{total_fmt} |{bar}| {remaining} left  {desc}"
                self._bar = self._screen.enter_context(tqdm(total=of, bar_format=look, file=sys.stderr))
            self._bar.set_description_str(last, refresh=False)
            self._bar.update(done - self._bar.n)


def _limits(given: dict[str, Any]) -> Limits:
    limits = Limits(**{key: given[key] for key in ("seconds", "cell_seconds", "memory") if key in given})
    for key, value in vars(limits).items():
        if not 0 < value < 1e9:
            raise InputError(f"--{key.replace('_', '-')} is {value:g}; it must be above 0")
    if given.get("jobs", 1) < 1:
        raise InputError(f"--jobs is {given['jobs']}; it must be at least 1")
    return limits


def _require(course: Path, name: str, student: str) -> None:
    for needed in ("gradebook.db", f"release/{name}/{name}.ipynb"):
        if not (course / needed).is_file():
            raise InputError(f"{course} has no {needed}; run there first: nbgrader generate_assignment {name}")
    if not students(course, "submitted", name, student):
        raise InputError(f"there is no {course}/submitted/{student}/{name}; collect the notebooks first")

"""Runs nbgrader's autograder over an assignment with a time and a memory limit for each notebook, and writes one table.

python tools/grade.py COURSE week1                             # what is new, or was handed in again
python tools/grade.py COURSE week1 --force                     # all of it again
python tools/grade.py COURSE week1 --student 1234567 --seconds 120 --memory 4

Each notebook is graded in a process of its own, with a kernel of its own. Five things can end a part of it:

* a check ends an answer after 10 seconds, by itself;
* a cell is interrupted when it has used --cell-seconds of processor time, or written a million letters;
* memory: the system refuses more than --memory GiB to each process (Linux), so the cell ends with an error;
* a cell that an interrupt does not end has its kernel killed, 5 processor seconds later;
* a watcher kills the notebook when it and what it started have used --seconds of processor time, or hold more memory.

Processor time does not pass while others use the processor. It does not pass in a sleep either, so five times each limit is
the end by the clock. After the first three the other exercises still get their points, unless the cell keeps the memory.
After the others there are none, and the table says why.

Ctrl-C, a closed terminal and a polite kill end the run with the table of what is done; the notebook that runs is left ungraded.
On Windows and macOS the system enforces no such memory limit; there the watcher, which looks four times a second, is all.
These limits keep a careless notebook from stopping the machine. They do not hold a malicious one: see docs/teaching.md.
"""

import argparse
import csv
import io
import signal
import sys
import warnings
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import nbformat
from grade_mending import missing, released
from grade_running import Limits
from grade_submissions import (
    Seen,
    cleans_feedback,
    digest,
    for_nobody,
    forget,
    gradebook,
    half_graded,
    handed_in_again,
    notebook_of,
    recall,
    remember,
    students,
    unfit,
    without_feedback,
)
from grade_watch import Watch, autograde
from nbformat import NotebookNode

from cnnkit._support import files
from cnnkit._support.locks import only_writer
from cnnkit._support.signals import Wish, end_is_a_wish
from cnnkit.errors import InputError
from cnnkit.report.cells import defused

SCRIPTS = "grade.py: feedback pages of this course would run students' scripts: docs/teaching.md says which settings it needs"


def grade(
    course: Path, name: str, limits: Limits, student: str = "*", force: bool = False, wish: Wish | None = None
) -> list[dict[str, str]]:
    """Grades what is new, was handed in again or was left half graded; ``force``: all. Gives the table of all students.

    Where ``wish`` becomes true the notebook that runs is left ungraded, and so are those that wait.
    """
    seen = recall(course, name)
    forget(course, name, half_graded(course, name))
    there = [one for one in students(course, "submitted", name, student) if notebook_of(course, name, one).is_file()]
    graded = set(students(course, "autograded", name))
    again = [one for one in there if one in graded and (force or handed_in_again(course, name, one, seen))]
    forget(course, name, again)
    graded -= set(again)
    seen |= {one: Seen(digest(notebook_of(course, name, one))) for one in there if one in graded and one not in seen}
    _log(course, name, student)
    for one in there:
        if one in graded or unfit(one):
            continue
        if wish or not _grade_one(course, name, one, limits, seen, wish):
            break
    remember(course, name, seen)
    return table(course, name, seen)


def _grade_one(course: Path, name: str, one: str, limits: Limits, seen: dict[str, Seen], wish: Wish | None) -> bool:
    """Grades one student and notes what came out; False if it was left, as an end was wished for."""
    file = digest(notebook_of(course, name, one))  # what is read now may change meanwhile: the next run then takes it for new
    watch, done, why = Watch(limits), False, ""
    try:
        why = autograde(course, name, one, watch, wish)
        done = not why and (course / "autograded" / one / name).is_dir()
    finally:  # also after an exception
        if not done:
            forget(course, name, [one])
    if not done and wish:
        return False
    seen[one] = Seen(file, f"{watch.seconds:.0f}", why if why or done else f"failed: see autograde-{name}.log")
    remember(course, name, seen)
    return True


def _log(course: Path, name: str, student: str) -> None:
    with (course / f"autograde-{name}.log").open("a", encoding="utf-8", errors="replace") as log:
        log.write(f"\n{datetime.now():%Y-%m-%d %H:%M} python tools/grade.py {course} {name} --student {student}\n")


def table(course: Path, name: str, seen: dict[str, Seen]) -> list[dict[str, str]]:
    """One row a submission: the points of each exercise from nbgrader's database, or why there are none."""
    rows, wanted = [], released(course, name)
    with gradebook(course) as book:
        for student in students(course, "submitted", name):
            row = {"student": student, "points": "", "of": "", "seconds": "", "result": ""}
            if student in seen:
                row["seconds"] = seen[student].seconds
            if (course / "autograded" / student / name).is_dir():
                submission = book.find_submission(name, student)
                row |= {"points": f"{submission.score:g}", "of": f"{submission.max_score:g}"}
                grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
                row |= {grade.name.removesuffix("-graded"): f"{grade.auto_score or 0:g}" for grade in grades}
            row["result"] = _result(course, name, student, seen.get(student, Seen("")))
            if row["result"] == "graded":
                row["result"] += _lost(notebook_of(course, name, student), wanted)
                if without_feedback(student):
                    row["result"] += ", but nbgrader makes no feedback under this name"
            rows.append(row)
    said = "for nobody: the name of {} does not fit the pattern in nbgrader_config.py"
    rows += [{"student": "", "result": said.format(path.as_posix())} for path in for_nobody(course, name)]
    return [{column: defused(text) for column, text in row.items()} for row in rows]  # a file's name becomes a student's


def _result(course: Path, name: str, student: str, seen: Seen) -> str:
    """What is to be said of a submission; "graded" if nothing is."""
    notebook = notebook_of(course, name, student)
    if not notebook.is_file():
        found = ", ".join(sorted(path.name for path in notebook.parent.iterdir())) or "nothing"
        return f"no {notebook.name} in {notebook.parent.relative_to(course).as_posix()}: {found}"
    if not (course / "autograded" / student / name).is_dir():
        if unfit(student):
            return unfit(student)
        return seen.why if seen.why and seen.file == digest(notebook) else "not graded yet"
    if seen.file and seen.file != digest(notebook):  # only another student was graded now
        return "graded, and handed in again since then"
    return "graded"


def _lost(notebook: Path, wanted: Mapping[str, NotebookNode]) -> str:
    """Which graded cells a graded notebook did not have."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one for each cell without an id
        submitted = nbformat.read(notebook, as_version=4)  # as nbgrader reads it: older formats have cells elsewhere
    names = ", ".join(name.removesuffix("-graded") for name in missing(submitted, wanted))
    return f", but first put back what was missing: the graded cell of {names}" if names else ""


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """The table as a file."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)), restval="")
    writer.writeheader()
    writer.writerows(rows)
    files.write(path, file.getvalue())


def show(path: Path, rows: list[dict[str, str]]) -> None:
    """Prints the table; a terminal that was closed is no reason to fail."""
    with suppress(OSError):
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        for row in rows:
            points = f"{row['points']:>4} of {row['of']}" if row.get("points") else "    -"
            print(f"{row['student']:12} {points:12} {row['result']}")
        print(path, flush=True)


def main() -> int:
    """The command line; exit status 1 if a row says more than "graded"."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("course", type=Path, help="folder of the course, with submitted/STUDENT/NAME in it")
    parser.add_argument("name", help="of the assignment, such as week1")
    parser.add_argument("--student", default="*", help="only this one, or those that fit a pattern such as 12*; default: all")
    parser.add_argument("--force", action="store_true", help="also what is graded already")
    parser.add_argument("--seconds", type=float, default=Limits.seconds, help="of processor time (default: %(default)g)")
    parser.add_argument(
        "--cell-seconds", type=int, default=Limits.cell_seconds, help="the same for a cell (default: %(default)s)"
    )
    parser.add_argument("--memory", type=float, default=Limits.memory, help="GiB for a notebook (default: %(default)g)")
    options = parser.parse_args()
    course, name = options.course, options.name
    for needed in ("gradebook.db", f"release/{name}/{name}.ipynb"):
        if not (course / needed).is_file():
            parser.error(f"{course} has no {needed}; run there first: nbgrader generate_assignment {name}")
    if not students(course, "submitted", name, options.student):
        parser.error(f"there is no {course}/submitted/{options.student}/{name}; collect the notebooks first")
    limits, path = Limits(options.seconds, options.cell_seconds, options.memory), course / f"grades-{name}.csv"
    try:
        with end_is_a_wish() as wish, only_writer(course, what=f"the course in {course}"):
            rows = grade(course, name, limits, options.student, options.force, wish)
            write(path, rows)
            show(path, rows)
    except InputError as error:
        print(f"grade.py: {error}", file=sys.stderr)
        return 2
    if not cleans_feedback(course):
        print(SCRIPTS, file=sys.stderr)
    if wish:
        print(f"grade.py: ended by {wish.signal}; the same command grades the rest", file=sys.stderr)
        return 128 + signal.Signals[wish.signal]
    return int(any(row["result"] != "graded" for row in rows))


if __name__ == "__main__":
    sys.exit(main())

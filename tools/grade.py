"""Runs nbgrader's autograder over an assignment with a time and a memory limit for each notebook, and writes one table.

python tools/grade.py COURSE week1                             # what is new, or was handed in again
python tools/grade.py COURSE week1 --force                     # all of it again
python tools/grade.py COURSE week1 --student 1234567 --seconds 120 --memory 4

Each notebook runs in a kernel of its own. Four things can end it:

* a check ends an answer after 10 seconds, by itself;
* nbgrader interrupts a cell after --cell-seconds, and goes on with the next cell;
* memory: the system refuses more than --memory GiB to each process (Linux), so the cell ends with an error;
* a watcher kills the kernel where all that did not help: after --seconds, or when it and its children hold more memory.

After the first three the other exercises still get their points, unless the cell cannot be interrupted or keeps the memory.
After the last, and where a cell cannot be interrupted, there are none, and the table says why.

On Windows and macOS the system enforces no such memory limit; there the watcher, which looks four times a second, is all.
These limits keep a careless notebook from stopping the machine. They do not hold a malicious one: see docs/teaching.md.
"""

import argparse
import csv
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import nbformat
from grade_mending import missing, released
from grade_submissions import (
    Seen,
    digest,
    for_nobody,
    forget,
    gradebook,
    half_graded,
    handed_in_again,
    is_pattern,
    notebook_of,
    recall,
    remember,
    students,
)
from grade_watch import Limits, Watch, autograde
from nbformat import NotebookNode

from cnnkit.report.collecting import defused


def grade(course: Path, name: str, limits: Limits, student: str = "*", force: bool = False) -> list[dict[str, str]]:
    """Grades what is new, was handed in again or was left half graded; ``force``: all. Gives the table of all students."""
    seen = recall(course, name)
    forget(course, name, half_graded(course, name))
    graded = [one for one in students(course, "autograded", name, student) if notebook_of(course, name, one).is_file()]
    again = [one for one in graded if force or handed_in_again(course, name, one, seen)]
    forget(course, name, again)
    # What is read now may have changed when its turn comes: the next run then takes it for new.
    files = {one: digest(notebook_of(course, name, one)) for one in students(course, "submitted", name, student)}
    seen |= {one: Seen(files[one]) for one in set(graded) - set(again) - set(seen)}
    watch = Watch(limits)
    try:
        autograde(course, name, watch, student)
    finally:  # also after Ctrl-C
        seen |= {one: _seen(course, name, one, files[one], watch) for one in watch.begun & set(files)}
        remember(course, name, seen)
    return table(course, name, seen)


def _seen(course: Path, name: str, student: str, file: str, watch: Watch) -> Seen:
    graded = (course / "autograded" / student / name).is_dir()
    why = "" if graded else watch.stopped.get(student, f"failed: see autograde-{name}.log")
    return Seen(file, f"{watch.seconds[student]:.0f}" if student in watch.seconds else "", why)


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
            rows.append(row)
    said = "for nobody: the name of {} does not fit the pattern in nbgrader_config.py"
    return rows + [{"student": "", "result": said.format(path.as_posix())} for path in for_nobody(course, name)]


def _result(course: Path, name: str, student: str, seen: Seen) -> str:
    """What is to be said of a submission; "graded" if nothing is."""
    notebook = notebook_of(course, name, student)
    if not notebook.is_file():
        found = ", ".join(sorted(path.name for path in notebook.parent.iterdir())) or "nothing"
        return f"no {notebook.name} in {notebook.parent.relative_to(course).as_posix()}: {found}"
    if not (course / "autograded" / student / name).is_dir():
        if is_pattern(student):
            return "not graded: nbgrader takes *, ? and [ in a student's name for a pattern; give the folder another name"
        return seen.why if seen.why and seen.file == digest(notebook) else "not graded yet"
    if seen.file and seen.file != digest(notebook):  # only another student was graded now
        return "graded, and handed in again since then"
    return "graded"


def _lost(notebook: Path, wanted: Mapping[str, NotebookNode]) -> str:
    """Which graded cells a graded notebook did not have."""
    submitted = nbformat.from_dict(json.loads(notebook.read_text(encoding="utf-8")))  # without a warning for each cell
    names = ", ".join(name.removesuffix("-graded") for name in missing(submitted, wanted))
    return f", but first put back what was missing: the graded cell of {names}" if names else ""


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """The table as a file. A file's name becomes a student's, so that cells are defused."""
    fields = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fields, restval="")
        writer.writeheader()
        writer.writerows({key: defused(text) for key, text in row.items()} for row in rows)


def main() -> int:
    """The command line; exit status 1 if a row says more than "graded"."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("course", type=Path, help="folder of the course, with submitted/STUDENT/NAME in it")
    parser.add_argument("name", help="of the assignment, such as week1")
    parser.add_argument("--student", default="*", help="only this one; default: all")
    parser.add_argument("--force", action="store_true", help="also what is graded already")
    parser.add_argument("--seconds", type=float, default=Limits.seconds, help="for a notebook (default: %(default)g)")
    parser.add_argument("--cell-seconds", type=int, default=Limits.cell_seconds, help="for a cell (default: %(default)s)")
    parser.add_argument("--memory", type=float, default=Limits.memory, help="GiB for a notebook (default: %(default)g)")
    options = parser.parse_args()
    course, name = options.course, options.name
    for needed in ("gradebook.db", f"release/{name}/{name}.ipynb"):
        if not (course / needed).is_file():
            parser.error(f"{course} has no {needed}; run there first: nbgrader generate_assignment {name}")
    if not students(course, "submitted", name, options.student):
        parser.error(f"there is no {course}/submitted/{options.student}/{name}; collect the notebooks first")
    limits = Limits(options.seconds, options.cell_seconds, options.memory)
    rows = grade(course, name, limits, options.student, options.force)
    path = course / f"grades-{name}.csv"
    write(path, rows)
    for row in rows:
        points = f"{row['points']:>4} of {row['of']}" if row.get("points") else "    -"
        print(f"{row['student']:12} {points:12} {row['result']}")
    print(path)
    return int(any(row["result"] != "graded" for row in rows))


if __name__ == "__main__":
    sys.exit(main())

"""One row a submission: points by exercise, or why there are none."""

from __future__ import annotations

import csv
import io
import sys
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat

from cnnkit._support import files
from cnnkit.grading.course import for_nobody
from cnnkit.grading.mending import missing
from cnnkit.grading.roster import of_course
from cnnkit.grading.submissions import Seen, digest, notebook_of, students, unfit, without_feedback
from cnnkit.report.cells import defused

Row = dict[str, str]
ABSENT = "nothing handed in"


def rows_of(course: Path, name: str, seen: Mapping[str, Seen], book: Any, wanted: Mapping[str, Any]) -> list[Row]:
    """The table, out of nbgrader's database; whoever of the roster handed in nothing has a row, too."""
    rows, roster = [], of_course(course)
    there = students(course, "submitted", name)
    for student in there:
        row = {"student": student, "points": "", "of": "", "seconds": "", "result": ""}
        if student in seen:
            row["seconds"] = seen[student].seconds
        if (course / "autograded" / student / name).is_dir():
            submission = book.find_submission(name, student)
            row |= {"points": f"{submission.score:g}", "of": f"{submission.max_score:g}"}
            grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
            row |= {grade.name.removesuffix("-graded"): f"{grade.auto_score or 0:g}" for grade in grades}
        row["result"] = _result(course, name, student, seen.get(student, Seen("")), row)
        if row["result"] == "graded":
            row["result"] += _lost(notebook_of(course, name, student), wanted)
            if without_feedback(student):
                row["result"] += ", but nbgrader makes no feedback under this name"
        rows.append(row)
    rows += [{"student": student, "result": ABSENT} for student in sorted(set(roster.students) - set(there))]
    said = "for nobody: the name of {} does not fit the pattern in nbgrader_config.py"
    rows += [{"student": "", "result": said.format(path.as_posix())} for path in for_nobody(course, name)]
    return [{column: defused(text) for column, text in row.items()} for row in rows]  # a file's name becomes a student's


def _result(course: Path, name: str, student: str, seen: Seen, row: Row) -> str:
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
    doubted = [one for one, mistake in seen.mistakes.items() if mistake and float(row.get(one) or 0) > 0]
    said = ", ".join(f"{one} has points, but its check said {seen.mistakes[one]}" for one in doubted)
    return f"graded, but look at it: {said}" if said else "graded"


def _lost(notebook: Path, wanted: Mapping[str, Any]) -> str:
    """Which graded cells a graded notebook did not have."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one for each cell without an id
        submitted = nbformat.read(notebook, as_version=4)  # as nbgrader reads it: older formats have cells elsewhere
    names = ", ".join(name.removesuffix("-graded") for name in missing(submitted, wanted))
    return f", but first put back what was missing: the graded cell of {names}" if names else ""


def write(path: Path, rows: list[Row]) -> None:
    """The table as a file."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)), restval="")
    writer.writeheader()
    writer.writerows(rows)
    files.write(path, file.getvalue())


def show(path: Path, rows: list[Row]) -> None:
    """Prints the table; a terminal that was closed is no reason to fail."""
    with suppress(OSError):
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        for row in rows:
            points = f"{row['points']:>4} of {row['of']}" if row.get("points") else "    -"
            print(f"{row['student']:12} {points:12} {row['result']}")
        print(path, flush=True)

"""The class at a glance: what grading found, counted. `classpage` draws it."""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import nbformat

from cnnkit.errors import InputError
from cnnkit.grading.submissions import Seen, recall

ROWS = ("student", "points", "of", "seconds", "result")  # of the table, before its exercises
_NO_TALK = {"not-started", "could-not-check", "kit-solution", ""}  # mistakes of which no code is to be shown
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
TALKS = 3


@dataclass(frozen=True)
class Talk:
    """A message to talk about.

    Attributes:
        exercise: it belongs to.
        mistake: its slug.
        count: of students.
        message: as one of them got it.
        code: of that one, without comments and names; "" if it cannot be shown so.
    """

    exercise: str
    mistake: str
    count: int
    message: str
    code: str


@dataclass(frozen=True)
class Classroom:
    """What is to be seen of an assignment.

    Attributes:
        name: of the assignment.
        exercises: in their order.
        mistakes: of each exercise, how many students had which last; "" counts those who passed.
        points: of each student who has some.
        most: points that there are.
        seconds: of processor time, of each graded notebook.
        stuck: by student the exercises that are started and wrong.
        missing: students without points, and why.
        talks: the messages to talk about.
        attempts: of each exercise, how often those who passed had tried, as their reports say.
        guesses: made in all reports.
        reports: how many were read.
    """

    name: str
    exercises: list[str]
    mistakes: dict[str, Counter[str]]
    points: list[float]
    most: float
    seconds: list[float]
    stuck: dict[str, list[str]]
    missing: dict[str, str]
    talks: list[Talk]
    attempts: dict[str, list[int]] = field(default_factory=dict)
    guesses: int = 0
    reports: int = 0

    def median_attempts(self, exercise: str) -> str:
        """In words; "" where no report tells."""
        tried = self.attempts.get(exercise, [])
        return f"{median(tried):g}" if tried else ""


def look(course: Path, name: str, reports: Path | None = None) -> Classroom:
    """Counts what the last run of ``grade`` has left, and what handed-in reports say.

    Raises:
        InputError: nothing was graded yet.
    """
    table = course / f"grades-{name}.csv"
    if not table.is_file():
        raise InputError(f"{course} has no {table.name}; run there first: python -m cnnkit grade {course} {name}")
    with table.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["student"]]
    seen = recall(course, name)
    exercises = [head for head in (rows[0] if rows else {}) if head not in ROWS]
    graded = {row["student"]: seen[row["student"]] for row in rows if row["points"] and row["student"] in seen}
    counted = {one: Counter(found.mistakes[one] for found in graded.values() if one in found.mistakes) for one in exercises}
    wrong = {student: [one for one in exercises if _is_wrong(found.mistakes.get(one, ""))] for student, found in graded.items()}
    attempts, guesses, count = _reported(reports)
    return Classroom(
        name=name,
        exercises=exercises,
        mistakes=counted,
        points=[float(row["points"]) for row in rows if row["points"]],
        most=max((float(row["of"]) for row in rows if row["of"]), default=0.0),
        seconds=[float(row["seconds"]) for row in rows if row["seconds"]],
        stuck={student: found for student, found in sorted(wrong.items(), key=lambda one: -len(one[1])) if found},
        missing={row["student"]: row["result"] for row in rows if not row["points"]},
        talks=_talks(course, name, counted, graded),
        attempts=attempts,
        guesses=guesses,
        reports=count,
    )


def _is_wrong(mistake: str) -> bool:
    return mistake not in ("", "not-started")


def _talks(course: Path, name: str, counted: Mapping[str, Counter[str]], graded: Mapping[str, Seen]) -> list[Talk]:
    """The most frequent mistakes, at most one an exercise."""
    found: list[Talk] = []
    all_of_them = [
        (count, one, slug) for one, counts in counted.items() for slug, count in counts.items() if slug not in _NO_TALK
    ]
    for count, exercise, slug in sorted(all_of_them, key=lambda one: -one[0]):
        if len(found) == TALKS or exercise in {talk.exercise for talk in found}:
            continue
        who = [student for student, seen in graded.items() if seen.mistakes.get(exercise) == slug]
        shown = [_example(course, name, student, exercise) for student in who[:20]]
        message, code = next((one for one in shown if one[1]), shown[0] if shown else ("", ""))
        found.append(Talk(exercise, slug, count, message, code))
    return found


def _example(course: Path, name: str, student: str, exercise: str) -> tuple[str, str]:
    """What the check said of a student's answer, and the answer."""
    path = course / "autograded" / student / name / f"{name}.ipynb"
    try:
        cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in nbformat.read(path, as_version=4).cells}
    except (OSError, ValueError):
        return "", ""
    errors = [out for out in cells.get(f"{exercise}-graded", {}).get("outputs", ()) if out.output_type == "error"]
    message = _ANSI.sub("", str(errors[-1].get("evalue", ""))).removeprefix(f"{exercise}: ") if errors else ""
    return message, anonymous(cells.get(exercise, {}).get("source", ""), [student])


def anonymous(code: str, names: Sequence[str]) -> str:
    """Code without comments, docstrings and the check's line; "" if it is no Python, or a name is left in it."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body:
            node.body = [one for one in node.body if not _is_said(one)] or [ast.Pass()]
    text = ast.unparse(tree)
    return "" if any(name and name.casefold() in text.casefold() for name in names) else text


def _is_said(node: ast.stmt) -> bool:
    """A text that stands alone, or a check."""
    if not isinstance(node, ast.Expr):
        return False
    return isinstance(node.value, ast.Constant) or ast.unparse(node).startswith("check.")


def _reported(folder: Path | None) -> tuple[dict[str, list[int]], int, int]:
    """Attempts until passed, guesses, and the number of reports in a folder."""
    attempts: dict[str, list[int]] = {}
    made = count = 0
    if folder is None:
        return attempts, 0, 0
    if not folder.is_dir():
        raise InputError(f'"{folder}" is no folder; give the one with the reports that were handed in')
    from cnnkit.report.reading import Problem, read  # here, for it takes torch

    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".html", ".htm")):
        try:
            report = read(path)
        except Problem:
            continue
        made, count = made + len(report.guesses), count + 1
        for name, entry in report.exercises.items():
            if entry["passed"]:
                attempts.setdefault(name, []).append(entry["attempts"])
    return attempts, made, count

"""Takes what a learning platform sends, and puts each notebook where grading looks for it; no file is dropped in silence."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat

from cnnkit._support import files
from cnnkit.grading import roster as rosters
from cnnkit.grading.mending import by_name
from cnnkit.grading.platforms import Sender, fits, sender
from cnnkit.grading.submissions import notebook_of
from cnnkit.grading.unpacking import Found, files_of
from cnnkit.report.cells import defused

_WHO = re.compile(r"^\W*(?:student )?(?:number|id)\W{0,5}[:=]\W*([\w.-]*\d[\w.-]*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Taken:
    """What became of one file.

    Attributes:
        file: its path in the download.
        student: whose it is; "" if nobody's.
        result: "collected", or what else is to be said.
        sender: as the file's name has it.
        content: of the notebook.
        order: later ones win.
    """

    file: str
    student: str = ""
    result: str = "collected"
    sender: Sender | None = None
    content: bytes = b""
    order: tuple[Any, ...] = ()


def collect(course: Path, name: str, download: Path, roster: rosters.Roster = rosters.EMPTY) -> list[Taken]:
    """Copies the latest notebook of each student to ``submitted``; gives what became of every file.

    Raises:
        InputError: there is no download, or it is larger than a class sends.
    """
    cells = set(by_name(nbformat.read(course / "release" / name / f"{name}.ipynb", as_version=4)))
    taken = [_taken(found, name, cells, roster) for found in files_of(download)]
    latest: dict[str, Taken] = {}
    for one in taken:
        if one.content and (one.student not in latest or one.order >= latest[one.student].order):
            latest[one.student] = one
    kept = [_kept(course, name, one, latest) for one in taken]
    _write(course, name, kept, latest)
    return kept


def _taken(found: Found, name: str, cells: set[str], roster: rosters.Roster) -> Taken:
    """Whose a file is, if it is a notebook of this assignment."""
    if found.problem:
        return Taken(found.path, result=f"left out: it {found.problem}")
    if not found.path.endswith(".ipynb"):
        return Taken(found.path, result="left out: it is no notebook")
    who = sender(found.path, name)
    notebook = _read(found.content)
    said = _says(notebook)
    student = roster.of(*([who.id, who.name] if who else []), said)
    if not student and not roster.students:
        student = who.id if who else said
    if not student or not fits(student):
        nobody = "neither its name nor its text says whose it is"
        whom = f"{who.name or who.id} is not in the roster" if who and roster.students else nobody
        return Taken(found.path, result=f"left out: {whom}")
    if notebook is not None and not cells & _names(notebook):
        return Taken(found.path, student, f"left out: it is not {name}, for it has none of its cells", who)
    order = (who.order if who else ("", 0, 0), found.when, found.path)
    return Taken(found.path, student, "collected", who, found.content, order)


def _read(content: bytes) -> Mapping[str, Any] | None:
    """The notebook; None where it is damaged: then it is collected, and grading says so."""
    try:
        notebook = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return notebook if isinstance(notebook, dict) and isinstance(notebook.get("cells"), list) else None


def _cells(notebook: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (cell for cell in notebook["cells"] if isinstance(cell, dict))


def _names(notebook: Mapping[str, Any]) -> set[str]:
    """Of the cells: their ids, and nbgrader's names of them."""
    found = set()
    for cell in _cells(notebook):
        data = cell.get("metadata")
        marks = data.get("nbgrader") if isinstance(data, dict) else None
        found |= {str(cell.get("id")), str(marks.get("grade_id") if isinstance(marks, dict) else "")}
    return found


def _says(notebook: Mapping[str, Any] | None) -> str:
    """The student number that a notebook has in one of its first cells, as in "Number: 1234567"; "" if it has none."""
    for cell in list(_cells(notebook))[:5] if notebook else ():
        source = cell.get("source", "")
        text = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if found := _WHO.search(text):
            return found[1]
    return ""


def _kept(course: Path, name: str, one: Taken, latest: Mapping[str, Taken]) -> Taken:
    """Writes the file, if it is the student's latest."""
    if not one.content:
        return one
    if latest[one.student] is not one:
        return replace(one, result=f"left out: {latest[one.student].file} is later")
    path = notebook_of(course, name, one.student)
    if path.is_file() and path.read_bytes() == one.content:
        return replace(one, result="collected before")
    again = path.is_file()
    files.write(path, one.content)
    return replace(one, result="collected, in place of an older one" if again else "collected")


def senders(course: Path, name: str) -> dict[str, Sender]:
    """What the platform called each student whose notebook was collected."""
    try:
        said = json.loads((course / f"collected-{name}.json").read_text(encoding="utf-8"))
        return {student: Sender(str(one["platform"]), str(one["id"]), str(one["name"])) for student, one in said.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _write(course: Path, name: str, kept: list[Taken], latest: Mapping[str, Taken]) -> None:
    known = senders(course, name) | {student: one.sender for student, one in latest.items() if one.sender}
    said = {student: {"platform": one.platform, "id": one.id, "name": one.name} for student, one in sorted(known.items())}
    files.write(course / f"collected-{name}.json", json.dumps(said, indent=1, ensure_ascii=False).encode("utf-8", "replace"))
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["file", "student", "result"])
    writer.writerows([defused(one.file), defused(one.student), defused(one.result)] for one in kept)
    files.write(course / f"collected-{name}.csv", file.getvalue().encode("utf-8-sig", "replace"))

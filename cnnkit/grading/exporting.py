"""Points as a learning platform takes them. Points that do not exist are empty, never 0."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cnnkit._support import files
from cnnkit.errors import InputError
from cnnkit.grading.collecting import senders
from cnnkit.grading.platforms import Sender
from cnnkit.grading.roster import Roster
from cnnkit.report.cells import defused

Line = dict[str, str]
_NOBODY = Sender("", "")


def _moodle(row: Mapping[str, str], who: Sender, name: str, roster: Roster) -> Line:
    """A line of the worksheet that an assignment with *offline grading* takes."""
    student = row["student"]
    return {
        "Identifier": f"Participant {who.id}" if who.platform == "moodle" else "",
        "Full name": roster.name(student) or who.name,
        "ID number": student,
        "Email address": roster.mail(student),
        "Grade": row.get("points", ""),
        "Last modified (grade)": "",
    }


def _canvas(row: Mapping[str, str], who: Sender, name: str, roster: Roster) -> Line:
    """A line of the gradebook that Canvas imports."""
    about = roster.students.get(row["student"], {})
    return {
        "Student": roster.name(row["student"]) or who.name,
        "ID": who.id if who.platform == "canvas" else about.get("id", ""),
        "SIS User ID": about.get("sis user id", ""),
        "SIS Login ID": about.get("sis login id", ""),
        "Section": about.get("section", ""),
        name: row.get("points", ""),
    }


def _csv(row: Mapping[str, str], who: Sender, name: str, roster: Roster) -> Line:
    """A line for whatever else."""
    student = row["student"]
    about = {"student": student, "name": roster.name(student) or who.name, "email": roster.mail(student)}
    return {**about, "points": row.get("points", ""), "of": row.get("of", "")}


PLATFORMS: dict[str, Callable[[Mapping[str, str], Sender, str, Roster], Line]]
PLATFORMS = {"moodle": _moodle, "canvas": _canvas, "csv": _csv}


def export(course: Path, name: str, rows: Sequence[Mapping[str, str]], platform: str, roster: Roster) -> Path:
    """Writes ``NAME-PLATFORM.csv`` with a line a student."""
    known, line_of = senders(course, name), PLATFORMS[platform]
    lines = [line_of(row, known.get(row["student"], _NOBODY), name, roster) for row in rows if row["student"]]
    if platform == "canvas":
        most = next((row["of"] for row in rows if row.get("of")), "")
        lines.insert(0, dict.fromkeys(lines[0], "") | {"Student": "    Points Possible", name: most})
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(lines[0]))
    writer.writeheader()
    writer.writerows({head: _plain(text) for head, text in line.items()} for line in lines)
    return files.write(course / f"{name}-{platform}.csv", file.getvalue().encode("utf-8", "replace"))


def _plain(text: str) -> str:
    """As no spreadsheet computes it; blanks in front stay, for Canvas knows its line of most points by them."""
    return " " * (len(text) - len(text.lstrip(" "))) + defused(text)


def feedback_for_moodle(course: Path, name: str) -> Path:
    """Zips the pages of ``nbgrader generate_feedback`` under the names that Moodle's *upload feedback files* takes.

    Raises:
        InputError: there is no page of a student whose notebook came from Moodle.
    """
    content, count = io.BytesIO(), 0
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, who in senders(course, name).items():
            page = course / "feedback" / student / name / f"{name}.html"
            if who.platform == "moodle" and page.is_file():
                archive.write(page, f"{who.name}_{who.id}_assignsubmission_file/{name}.html")
                count += 1
    if not count:
        way_out = f"run nbgrader generate_feedback {name} in {course}"
        raise InputError(f"there is no feedback page for anybody whose {name} came from Moodle; {way_out}")
    return files.write(course / f"{name}-feedback.zip", content.getvalue())

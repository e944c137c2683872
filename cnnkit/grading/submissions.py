"""Which submissions are to be graded: those that are new, or were handed in again; and what earlier runs found."""

from __future__ import annotations

import fnmatch
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cnnkit._support import files


@dataclass
class Seen:
    """What the last run that took up a student's notebook found.

    Attributes:
        file: `digest` of the notebook.
        seconds: of processor time that it took, in words; "" if nobody looked.
        why: there are no points; "" if there are.
        mistakes: by exercise, as `tasks.Graded` has them.
        seed: of the graded checks; None: as it stands in the released notebook.
    """

    file: str
    seconds: str = ""
    why: str = ""
    mistakes: dict[str, str] = field(default_factory=dict)
    seed: int | None = None


def recall(course: Path, name: str) -> dict[str, Seen]:
    """What earlier runs found, by student."""
    try:
        text = (course / f"grades-{name}.json").read_text(encoding="utf-8")
        return {student: Seen(**seen) for student, seen in json.loads(text).items()}
    except (OSError, ValueError, TypeError, AttributeError):  # none yet, or damaged: then the times of the files count
        return {}


def remember(course: Path, name: str, seen: Mapping[str, Seen]) -> None:
    """Keeps it for the next run."""
    said = {student: asdict(one) for student, one in sorted(seen.items())}
    files.write(course / f"grades-{name}.json", json.dumps(said, indent=1))


def notebook_of(course: Path, name: str, student: str) -> Path:
    """Where a student's notebook is, if it was handed in under the right name."""
    return course / "submitted" / student / name / f"{name}.ipynb"


def digest(path: Path) -> str:
    """Says whether two files are the same; "" if there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def students(course: Path, folder: str, name: str, pattern: str = "*") -> list[str]:
    """Those who have a folder of the assignment in ``submitted`` or ``autograded``: the one of this very name, or all that fit.

    "*" is everybody, also where somebody is called so.
    """
    there = [path.name for path in (course / folder).glob("*") if (path / name).is_dir()]
    return [pattern] if pattern in there and pattern != "*" else sorted(fnmatch.filter(there, pattern))


def unfit(student: str) -> str:
    """Why nbgrader cannot grade somebody of this name; "" if it can."""
    if "\n" in student:
        return "not graded: nbgrader takes no line break in a student's name: give the folder another name"
    if any("\ud800" <= letter <= "\udfff" for letter in student):
        return "not graded: nbgrader takes no name that is not UTF-8: give the folder another name"
    return ""


def without_feedback(student: str) -> bool:
    """Whether ``nbgrader generate_feedback``, which takes names for patterns, finds nothing under this one."""
    return student.startswith(".") or not fnmatch.fnmatchcase(student, student)


def handed_in_again(course: Path, name: str, student: str, seen: Mapping[str, Seen]) -> bool:
    """Whether a graded notebook is another one by now.

    The content decides. nbgrader's timestamp.txt is only there if file names have a time in them, and times of files tell
    nothing after ``zip_collect --force``, which copies all of them anew. The times count only where no run
    has seen the notebook: nbgrader alone graded it, or a power cut came first.
    """
    handed_in, graded = notebook_of(course, name, student), course / "autograded" / student / name / f"{name}.ipynb"
    if not handed_in.is_file():
        return False
    if student in seen:
        return seen[student].file != digest(handed_in)
    return not graded.is_file() or handed_in.stat().st_mtime > graded.stat().st_mtime

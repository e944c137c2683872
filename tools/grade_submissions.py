"""Which submissions are to be graded, for they are new, were handed in again or were left half graded; and files of nobody."""

import fnmatch
import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grade_mending import released

from cnnkit._support import files


@dataclass
class Seen:
    """What the last run that took up a student's notebook found.

    Attributes:
        file: `digest` of the notebook.
        seconds: of processor time that it took, in words; "" if nobody looked.
        why: there are no points; "" if there are.
    """

    file: str
    seconds: str = ""
    why: str = ""


def recall(course: Path, name: str) -> dict[str, Seen]:
    """What earlier runs of grade.py found, by student."""
    try:
        text = (course / f"grades-{name}.json").read_text(encoding="utf-8")
        return {student: Seen(**seen) for student, seen in json.loads(text).items()}
    except (OSError, ValueError, TypeError, AttributeError):  # none yet, or damaged: then the times of the files count
        return {}


def remember(course: Path, name: str, seen: dict[str, Seen]) -> None:
    """Keeps it for the next run."""
    files.write(
        course / f"grades-{name}.json", json.dumps({student: asdict(one) for student, one in sorted(seen.items())}, indent=1)
    )


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


def handed_in_again(course: Path, name: str, student: str, seen: dict[str, Seen]) -> bool:
    """Whether a graded notebook is another one by now.

    The content decides. nbgrader's timestamp.txt is only there if file names have a time in them, and times of files tell
    nothing after ``zip_collect --force``, which copies all of them anew. The times count only where no run of grade.py
    has seen the notebook: nbgrader alone graded it, or a power cut came first.
    """
    handed_in, graded = notebook_of(course, name, student), course / "autograded" / student / name / f"{name}.ipynb"
    if not handed_in.is_file():
        return False
    if student in seen:
        return seen[student].file != digest(handed_in)
    return not graded.is_file() or handed_in.stat().st_mtime > graded.stat().st_mtime


def half_graded(course: Path, name: str) -> list[str]:
    """Students whose autograder was killed before it wrote the points.

    nbgrader marks all points as missing before it begins. For cells that it grades by itself none may be missing afterwards;
    cells that wait for a teacher have none for longer.
    """
    marks = [cell.metadata.nbgrader for cell in released(course, name).values()]
    by_itself = {mark.grade_id for mark in marks if mark.grade and not mark.solution}
    found = []
    with gradebook(course) as book:
        for student in students(course, "autograded", name):
            grades = grades_of(book, name, student)
            if not grades or any(grade.auto_score is None and grade.name in by_itself for grade in grades):
                found.append(student)
    return found


def forget(course: Path, name: str, again: Iterable[str]) -> None:
    """Removes points and autograded copies: nbgrader then grades these students again.

    The points go first. Were only the copy removed, a second one that is half made would pass for graded, with the old points.
    What a teacher has written, points and comments, stays.
    """
    from nbgrader.utils import rmtree  # nbgrader writes read-only files, which shutil's cannot remove on Windows

    with gradebook(course) as book:
        for student in again:
            for grade in grades_of(book, name, student):
                grade.auto_score, grade.needs_manual_grade = None, True  # as nbgrader begins
            book.db.commit()
            with suppress(FileNotFoundError):
                rmtree(str(course / "autograded" / student / name))


def gradebook(course: Path) -> Any:
    """Nbgrader's database of the course, for ``with``."""
    from nbgrader.api import Gradebook

    return Gradebook(f"sqlite:///{(course / 'gradebook.db').resolve().as_posix()}")


def grades_of(book: Any, name: str, student: str) -> list[Any]:
    """The database's entries for each graded cell of a student."""
    from nbgrader.api import MissingEntry

    with suppress(MissingEntry):
        return [grade for notebook in book.find_submission(name, student).notebooks for grade in notebook.grades]
    return []


def settings(course: Path) -> Any:
    """What nbgrader_config.py of the course sets."""
    from traitlets.config.loader import Config, ConfigFileNotFound, PyFileConfigLoader

    try:
        return PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    except ConfigFileNotFound:
        return Config()


def cleans_feedback(course: Path) -> bool:
    """Whether the course's feedback pages are made without students' scripts; an older course has other settings."""
    html = settings(course).HTMLExporter
    return bool(html.get("sanitize_html")) and "strip_files_prefix" in html.get("filters", {})


def for_nobody(course: Path, name: str) -> list[Path]:
    """Files that ``zip_collect`` has left out, for their names do not fit the pattern in nbgrader_config.py."""
    from nbgrader.plugins import FileNameCollectorPlugin

    collector = FileNameCollectorPlugin(config=settings(course))
    if not collector.named_regexp:
        return []
    extracted = (course / "downloaded" / name / "extracted").resolve()
    there = [path for path in sorted(extracted.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    return [path.relative_to(course.resolve()) for path in there if collector.collect(str(path)) is None]

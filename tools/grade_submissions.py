"""Which submissions are to be graded, for they are new, were handed in again or were left half graded; and files of nobody."""

import glob
import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grade_mending import released


@dataclass
class Seen:
    """What the last run that took up a student's notebook found.

    Attributes:
        file: `digest` of the notebook.
        seconds: that it ran, in words; "" if nobody looked.
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
    text = json.dumps({student: asdict(one) for student, one in sorted(seen.items())}, indent=1)
    path = course / f"grades-{name}.json"
    path.with_suffix(".json.new").write_text(text, encoding="utf-8")
    path.with_suffix(".json.new").replace(path)  # at once: a power cut leaves the old one


def notebook_of(course: Path, name: str, student: str) -> Path:
    """Where a student's notebook is, if it was handed in under the right name."""
    return course / "submitted" / student / name / f"{name}.ipynb"


def digest(path: Path) -> str:
    """Says whether two files are the same; "" if there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def students(course: Path, folder: str, name: str, pattern: str = "*") -> list[str]:
    """Those who have a folder of the assignment in ``submitted`` or ``autograded``."""
    return sorted(path.parent.name for path in (course / folder).glob(f"{pattern}/{name}") if path.is_dir())


def is_pattern(student: str) -> bool:
    """Whether nbgrader, which looks for folders with ``glob``, cannot find this one by its name."""
    return glob.escape(student) != student


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


def for_nobody(course: Path, name: str) -> list[Path]:
    """Files that ``zip_collect`` has left out, for their names do not fit the pattern in nbgrader_config.py."""
    from nbgrader.plugins import FileNameCollectorPlugin
    from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

    try:
        config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    except ConfigFileNotFound:
        return []
    collector = FileNameCollectorPlugin(config=config)
    if not collector.named_regexp:
        return []
    extracted = (course / "downloaded" / name / "extracted").resolve()
    files = [path for path in sorted(extracted.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    return [path.relative_to(course.resolve()) for path in files if collector.collect(str(path)) is None]

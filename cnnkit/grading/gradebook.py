"""nbgrader's database of the course: what was handed out, and the points. Only `grader` has it written."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat

from cnnkit.errors import InputError
from cnnkit.grading.mending import by_name
from cnnkit.grading.submissions import students
from cnnkit.grading.tasks import Graded


def gradebook(course: Path) -> Any:
    """Nbgrader's database of the course, for ``with``."""
    try:
        from nbgrader.api import Gradebook
    except ImportError:
        raise InputError('grading needs nbgrader, which is not installed: python -m pip install "cnnkit[class]"') from None

    return Gradebook(f"sqlite:///{(course / 'gradebook.db').resolve().as_posix()}")


def released(course: Path, name: str, book: Any) -> nbformat.NotebookNode:
    """The notebook as it was handed out, with the text of each cell that nbgrader knows: hidden tests are not in the file.

    Raises:
        InputError: the assignment was changed, and not handed out anew.
    """
    notebook: nbformat.NotebookNode = nbformat.read(course / "release" / name / f"{name}.ipynb", as_version=4)
    known = {cell.name: cell for cell in book.find_notebook(name, name).source_cells}
    for cell_name, cell in by_name(notebook).items():
        if cell_name in known and (cell.metadata.nbgrader.locked or cell.metadata.nbgrader.grade):
            cell.source, cell.metadata.nbgrader["checksum"] = known[cell_name].source, known[cell_name].checksum
    _refuse_changed_points(course, name, notebook)
    return notebook


def _refuse_changed_points(course: Path, name: str, handed_out: nbformat.NotebookNode) -> None:
    source = course / "source" / name / f"{name}.ipynb"
    if not source.is_file():
        return
    given, wanted = _points(handed_out), _points(nbformat.read(source, as_version=4))
    if given != wanted:
        cell = min(one for one in given.keys() | wanted.keys() if given.get(one) != wanted.get(one))
        said = [f"{points[cell]:g} points" if cell in points else "no such exercise" for points in (wanted, given)]
        raise InputError(
            f"{source} has {said[0]} for {cell.removesuffix('-graded')}, and what was handed out has {said[1]}; "
            f"run nbgrader generate_assignment --force {name} in {course}, or put the old points back"
        )


def _points(notebook: nbformat.NotebookNode) -> dict[str, float]:
    graded = {name: cell.metadata.nbgrader for name, cell in by_name(notebook).items() if cell.metadata.nbgrader.grade}
    return {name: float(marks.points) for name, marks in graded.items()}


def grades_of(book: Any, name: str, student: str) -> list[Any]:
    """The database's entries for each graded cell of a student."""
    from nbgrader.api import MissingEntry

    with suppress(MissingEntry):
        return [grade for notebook in book.find_submission(name, student).notebooks for grade in notebook.grades]
    return []


def half_graded(course: Path, name: str, book: Any, wanted: Mapping[str, Any]) -> list[str]:
    """Students whose copy lies in ``autograded`` without all points: an autograder was killed between the two.

    For cells that are graded by themselves none may be missing; cells that wait for a teacher have none for longer.
    """
    marks = [cell.metadata.nbgrader for cell in wanted.values()]
    by_itself = {mark.grade_id for mark in marks if mark.grade and not mark.solution}
    found = []
    for student in students(course, "autograded", name):
        grades = grades_of(book, name, student)
        if not grades or any(grade.auto_score is None and grade.name in by_itself for grade in grades):
            found.append(student)
    return found


def store(course: Path, name: str, student: str, graded: Graded, book: Any) -> None:
    """Writes a student's points, in one transaction, and then the copy in ``autograded``, in one move.

    What is killed between the two is graded again: the copy is missing, or of another file than was noted.
    """
    from nbgrader.preprocessors import AssignLatePenalties
    from nbgrader.utils import compute_checksum, is_solution, is_task, parse_utc

    notebook = nbformat.reads(graded.notebook, as_version=4)
    book.update_or_create_student(student)
    stamp = course / "submitted" / student / name / "timestamp.txt"
    when = {"timestamp": parse_utc(stamp.read_text(encoding="utf-8").strip())} if stamp.is_file() else {}
    with book.db.no_autoflush:  # SQLAlchemy warns of what nbgrader does in between
        book.update_or_create_submission(name, student, **when)
    for grade in grades_of(book, name, student):
        grade.auto_score = graded.points.get(grade.name)
        grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
    comments = {c.name: c for one in book.find_submission(name, student).notebooks for c in one.comments}
    for cell_name, cell in by_name(notebook).items():
        if cell_name in comments and (is_solution(cell) or is_task(cell)):
            untouched = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell) and not is_task(cell)
            comments[cell_name].auto_comment = "No response." if untouched else None
    book.db.commit()
    if when:
        about = {"student": student, "assignment": name, "notebook": name, "db_url": str(book.engine.url)}
        AssignLatePenalties().preprocess(notebook, {"nbgrader": about})
    _put(course / "autograded" / student / name, name, graded.notebook)


def _put(folder: Path, name: str, notebook: str) -> None:
    """A folder with the notebook, in the place of an older one."""
    new, old = folder.with_name(f".{name}.new"), folder.with_name(f".{name}.old")
    for left in (new, old):
        _remove(left)
    new.mkdir(parents=True)
    (new / f"{name}.ipynb").write_text(notebook, encoding="utf-8", newline="\n")
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    _remove(old)


def forget(course: Path, name: str, again: Iterable[str], book: Any) -> None:
    """Removes points and autograded copies: these students have none, until they are graded again.

    The points go first. Were only the copy removed, a second one that is half made would pass for graded, with the old points.
    What a teacher has written, points and comments, stays.
    """
    for student in again:
        for grade in grades_of(book, name, student):
            grade.auto_score, grade.needs_manual_grade = None, True  # as nbgrader begins
        book.db.commit()
        _remove(course / "autograded" / student / name)


def _remove(folder: Path) -> None:
    from nbgrader.utils import rmtree  # nbgrader writes read-only files, which shutil's cannot remove on Windows

    with suppress(FileNotFoundError):
        rmtree(str(folder)) if folder.is_dir() else shutil.rmtree(folder)

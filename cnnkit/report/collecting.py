"""Many pages that students handed in, as one table for their teacher."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from cnnkit._support import files, missions
from cnnkit.check import EXERCISES
from cnnkit.errors import InputError
from cnnkit.report import classes
from cnnkit.report.cells import defused
from cnnkit.report.keeping import WORDS
from cnnkit.report.measured import last, said
from cnnkit.report.reading import Problem, Report, read

NAMES = (*EXERCISES, *missions.TITLES)
HEAD = (
    "name", "number", "file", "problem", "date", "exercises passed", "exercises tried", "guesses made", "runs",
    "test accuracies", "words written", "left out",
)  # fmt: skip


def collect(folder: str | Path, out: str | Path = "reports.csv") -> Path:
    """Reads every .html and .htm file in ``folder`` and the folders in it; writes one row each to ``out``, a CSV file.

    Beside it a second one, as reports-guesses.csv, has a row for each question that was guessed: how the class did.

    A file that is damaged, or no report of this kit, gets a row too, with the reason under "problem". So do reports that
    share a student number. Cells in which a spreadsheet would compute begin with an apostrophe.

    Raises:
        InputError: there is no such folder, it holds no page, or ``out`` cannot be written.
    """
    folder, out = Path(folder), Path(out)
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise InputError(f'"{folder}" {what}; give the folder with the pages that were handed in')
    if out.is_dir():
        raise InputError(f'"{out}" is a folder; give a file to write, such as {out / "reports.csv"}')
    rows, guesses = table(folder)
    if not rows:
        raise InputError(f'there is no .html file in "{folder}"; put the pages that were handed in there, unpacked')
    _write(beside(out), classes.HEAD, guesses)
    return _write(out, columns(), rows)


def beside(out: Path) -> Path:
    """The file of what the class guessed."""
    return out.with_name(f"{out.stem}-guesses{out.suffix}")


def _write(path: Path, head: Sequence[str], rows: Sequence[dict[str, str]]) -> Path:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows([[row.get(column, "") for column in head] for row in rows])
    return files.write(path, file.getvalue().encode("utf-8-sig"))


def columns() -> list[str]:
    """The head of the table: the same for all reports."""
    return [*HEAD, *(f"{exercise}: {what}" for exercise in NAMES for what in ("result", "attempts", "mistakes"))]


def table(folder: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """One row a page, by the names of the files, and one a question; every cell is ready to be written."""
    pages = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".html", ".htm") and path.is_file())
    rows, guesses = [], []
    for path in pages:
        row = {"file": path.relative_to(folder).as_posix()}
        try:
            report = read(path)
            row |= _row(report)
            guesses.append(report.guesses)
        except Problem as problem:
            row["problem"] = str(problem)
        rows.append(row)
    _mark_doubles(rows)
    asked = classes.questions(guesses)
    safe, safe_asked = ([{column: defused(text) for column, text in row.items()} for row in found] for found in (rows, asked))
    return safe, safe_asked


def _mark_doubles(rows: list[dict[str, str]]) -> None:
    """Says of each report which others have the same number."""
    same: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        if number := row.get("number", "").casefold():
            same.setdefault(number, []).append(row)
    for found in same.values():
        for row in found:
            others = [other["file"] for other in found if other is not row]
            if others:
                row["problem"] = "same student number as " + ", ".join(others)


def _row(report: Report) -> dict[str, str]:
    known = {name: entry for name, entry in report.exercises.items() if name in NAMES}
    row = {
        "name": report.name,
        "number": report.number,
        "date": report.date,
        "exercises passed": sum(entry["passed"] for entry in known.values()),
        "exercises tried": sum(entry["attempts"] > 0 for entry in known.values()),
        "guesses made": len(report.guesses),
        "runs": len(report.runs),
        "words written": f"{report.words} of {len(WORDS)}",
        "left out": report.left_out,
    }
    row["test accuracies"] = ", ".join(
        f"{run['name']}: {said(run, split, e['accuracy'])} of {split}"
        for run in report.runs
        for split, e in last(run).items()
        if split.endswith("test")
    )
    for name in NAMES:
        entry = known.get(name, {"attempts": 0, "passed": False, "mistakes": []})
        tried = "passed" if entry["passed"] else "not passed"
        row[f"{name}: result"] = tried if entry["attempts"] else "not run"
        row[f"{name}: attempts"] = entry["attempts"]
        row[f"{name}: mistakes"] = ", ".join(entry["mistakes"])
    return {column: str(value) for column, value in row.items()}

"""``python -m cnnkit report``: one page of what was recorded, or one table of many such pages."""

import argparse
import csv
import os
from pathlib import Path
from typing import Any

from cnnkit import report
from cnnkit._support.notices import notice
from cnnkit._support.words import counted
from cnnkit.errors import InputError


def run(args: argparse.Namespace) -> int:
    """Writes the page or the table, prints where it is, and says what was left out."""
    given = vars(args)
    return _collect(given) if "collect" in given else _write(given)


def _write(given: dict[str, Any]) -> int:
    folder = Path(os.path.expanduser(given.get("folder", "runs")))
    names = {key: given[key] for key in ("name", "number") if key in given}
    path = report.write(given.get("out", Path("report.html")), folder=folder, **names)
    results = report.gather(folder)
    if not folder.exists():
        notice(f'there is no folder "{folder}", so everything is shown as not run; give the folder that the notebooks wrote')
    elif not (results.guesses or results.runs or results.words or any(e["attempts"] for e in results.exercises)):
        notice(f'nothing was found in "{folder}", so everything is shown as not run')
    for sentence in results.left_out:
        notice(f"left out: {sentence}")
    print(f"{path}: {results}")
    return 0


def _collect(given: dict[str, Any]) -> int:
    for word in ("folder", "name", "number"):
        if word in given:
            flag = f'"{given[word]}"' if word == "folder" else f"--{word}"
            raise InputError(f"{flag} doesn't go with --collect, which takes one folder with the pages of all students")
    path = report.collect(given["collect"], given.get("out", Path("reports.csv")))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["problem"]:
            notice(f"{row['file']}: {row['problem']}")
    from cnnkit.report.collecting import beside  # what it takes is there by now

    problems = sum(bool(row["problem"]) for row in rows)
    print(f"{path}: {counted(len(rows), 'page', 'pages')}, {problems} with a problem; {beside(path)}: what the class guessed")
    return 0

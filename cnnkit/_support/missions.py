"""The missions' names, and what is written down of each try: known to the missions themselves and to the report."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cnnkit._support import jsonl

ATTEMPTS = "checks.jsonl"  # in a folder of records: attempts at missions and at exercises

TITLES = {
    "mission 1": "Mission 1: the largest rate that still learns",
    "mission 2": "Mission 2: cut the rate now or later",
    "mission 3": "Mission 3: what is wrong with this run?",
}
MISTAKES = {
    "mission 1": {"not-from-the-start": "a rate was judged that was not tried from the start of the run"},
    "mission 2": {
        "different-cuts": "two cuts were compared that differ in their size, too",
        "changed-twice": "a branch was compared whose rate was changed more than once",
    },
    "mission 3": {"wrong-diagnosis": "a fault was named that this run does not have"},
}


def attempt(name: str, solved: bool, mistake: str | None, folder: str | Path) -> None:
    """Adds a line of the same fields as those of the exercises.

    Raises:
        OSError: the file cannot be written.
    """
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    jsonl.append(Path(folder) / ATTEMPTS, {"exercise": name, "passed": solved, "mistake": mistake, "time": now})

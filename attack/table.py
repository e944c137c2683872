"""The table of measures, for a terminal and for docs/promises.md."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from attack.running import HERE, Result

BEGIN, END = "<!-- measures: written by `make attack` -->", "<!-- end of the measures -->"


def markdown(results: Sequence[Result], line: str) -> str:
    """The table, and ``line`` below it."""
    rows = ["| attack | what was tried | how many | held | seconds |", "|---|---|---|---|---|"]
    for result in results:
        o = result.outcome
        tried = f"{o.promise}{f' ({o.note})' if o.note else ''}".replace("|", "\\|")
        rows.append(f"| `{o.name}` | {tried} | {o.tried:,} {o.unit} | {o.held:,} | {result.seconds:.0f} |")
    return "\n".join([*rows, "", line])


def line(about: dict[str, str], seed: int) -> str:
    """Machine, versions, date and commit: everything needed to doubt the table."""
    return (
        f"{os.cpu_count()} x {_processor()}, {platform.system()}, Python {about['python']}, torch {about['torch']}, "
        f"cnnkit {about['cnnkit']} ({about['kit']}), seed {seed}, {date.today().isoformat()}, commit {_commit()}"
    )


def rewrite(path: Path, text: str) -> None:
    """Puts ``text`` between the two markers in ``path``.

    Raises:
        SystemExit: there are none.
    """
    whole = path.read_text(encoding="utf-8")
    if whole.count(BEGIN) != 1 or whole.count(END) != 1 or whole.index(BEGIN) > whole.index(END):
        raise SystemExit(f'attack: "{path}" has no place for the table; it stands between the lines\n{BEGIN}\n{END}')
    before, after = whole[: whole.index(BEGIN)], whole[whole.index(END) :]
    path.write_text(f"{before}{BEGIN}\n{text}\n{after}", encoding="utf-8", newline="\n")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [text.split(":", 1)[1].strip() for text in lines if text.startswith("model name")]
    return named[0] if named else platform.machine()


def _commit() -> str:
    git = ["git", "-C", str(HERE.parent)]
    head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    kit = subprocess.run([*git, "status", "--porcelain", "cnnkit", "attack"], capture_output=True, text=True).stdout.strip()
    return f"{head or 'unknown'}{' and changes' if kit else ''}"

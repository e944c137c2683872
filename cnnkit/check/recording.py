"""Checks in a notebook leave one line an attempt in ``runs/checks.jsonl``, for the report."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from cnnkit._support import jsonl
from cnnkit._support.files import reason_of
from cnnkit._support.notices import notice
from cnnkit.check import engine
from cnnkit.check.verdict import Verdict

FILE = Path("runs") / "checks.jsonl"
KEPT = (
    "From now on your attempts at exercises and missions, and the mistakes in them, are kept in {path} for the report of "
    "notebook 09. They stay on this machine: a teacher sees them only in a report that you hand in."
)
_TOLD: set[Path] = set()  # files of which it was said that they cannot be written
_LAST: dict[str, tuple[Any, str | None]] = {}  # of each exercise: the answer that was recorded last, and its mistake


def check(exercise: engine.Exercise, candidate: Any, seed: int = 0, seconds: float = engine.SECONDS) -> Verdict:
    """`engine.check`, recorded where a notebook's kernel runs."""
    verdict = engine.check(exercise, candidate, seed, seconds)
    if in_kernel() and _is_new(verdict):
        record(verdict)
    return verdict


def _is_new(verdict: Verdict) -> bool:
    """Whether this is another attempt: notebooks check an answer again before they use it, and that is none."""
    answer, mistake = _LAST.get(verdict.exercise, (None, None))
    _LAST[verdict.exercise] = (verdict.candidate, verdict.mistake)
    return answer is not verdict.candidate or mistake != verdict.mistake


def in_kernel() -> bool:
    """Whether this is a notebook's kernel that a person may be using: not a terminal, and not a test of the notebooks."""
    ipython = sys.modules.get("IPython")
    if ipython is None or "PYTEST_VERSION" in os.environ or os.environ.get("CNNKIT_RECORD") == "0":
        return False
    try:
        return getattr(ipython.get_ipython(), "kernel", None) is not None
    except Exception:  # whatever a strange shell does, the check itself must go on
        return False


def record(verdict: Verdict, path: Path = FILE) -> None:
    """Adds the attempt; where it cannot be written, a notice says so once: the student's work itself is not disturbed.

    At the first one it is said that attempts are kept, and who sees them.
    """
    is_first = not path.exists()
    try:
        jsonl.append(
            path,
            {
                "exercise": verdict.exercise,
                "passed": verdict.passed,
                "mistake": verdict.mistake,
                "seconds": round(verdict.seconds, 3),
                "time": datetime.now().astimezone().isoformat(timespec="seconds"),
            },
        )
    except OSError as error:
        # In a graded cell what stands on standard error is a teacher's affair; there nobody reads the record either.
        if path not in _TOLD and "NBGRADER_EXECUTION" not in os.environ:
            _TOLD.add(path)
            notice(f'attempts cannot be recorded in "{path}" ({reason_of(error)}); the checks themselves work')
        return
    if is_first and "NBGRADER_EXECUTION" not in os.environ:
        print(KEPT.format(path=path))

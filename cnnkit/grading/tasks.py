"""What goes into the grading of one notebook, and what comes out: plain data, which may travel to another machine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

GIVEN_UP = {  # why a kernel's notebook was
    "late": "stopped: a cell took more than {0.cell_seconds} seconds and could not be interrupted",
    "dead": "stopped: the code ended its own kernel",
}
KILLED = "stopped: nbgrader was killed while it graded this, maybe by the code itself"
ENDED = "ended"  # `Graded.why` of a notebook that was left as it was, for an end was asked for
_SEED = re.compile(r"\bseed=\d+\)\.require\(\)\s*\Z")


@dataclass(frozen=True)
class Limits:
    """What one notebook may take."""

    seconds: float = 300.0  # of processor time
    cell_seconds: int = 60  # of processor time
    memory: float = 4.0  # GiB


@dataclass(frozen=True)
class Task:
    """One submission.

    Attributes:
        name: of the assignment, such as "week1".
        submitted: the file that was handed in.
        released: the notebook as it was handed out, with the text of every locked cell.
        limits: of the notebook.
        files: what lies beside the notebook, by relative path.
        seed: of the graded checks; None: as it stands in the released notebook.
        settings: of nbgrader's own steps, as nbgrader_config.py has them: class, then option.
    """

    name: str
    submitted: bytes
    released: str
    limits: Limits = Limits()
    files: Mapping[str, bytes] = field(default_factory=dict)
    seed: int | None = None
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass
class Graded:
    """What came out.

    Attributes:
        notebook: with its outputs; "" if there are no points.
        points: by graded cell, as nbgrader counts them; None: a teacher gives them.
        mistakes: slug of what the check of an exercise named last; "" where it passed.
        why: there are no points; "" if there are.
        seconds: of processor time that the notebook used.
        log: nbgrader's words.
    """

    notebook: str = ""
    points: dict[str, float | None] = field(default_factory=dict)
    mistakes: dict[str, str] = field(default_factory=dict)
    why: str = ""
    seconds: float = 0.0
    log: str = ""


def seeded(source: str, seed: int | None) -> str:
    """A graded cell's text, in which the check has this ``seed``."""
    return source if seed is None else _SEED.sub(f"seed={seed}).require()", source)

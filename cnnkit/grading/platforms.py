"""How learning platforms name the files of a download, and what their tables of grades look like."""

from __future__ import annotations

import re
from dataclasses import dataclass

# First that fits. Each says who, and where it can which platform's number, when, and which attempt.
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("moodle", r"(?:.*/)?(?P<name>[^/_]+)_(?P<id>\d+)_assignsubmission_file_?/?(?P<file>.+)"),
    ("blackboard", r"(?:.*/)?[^/]*?_(?P<id>[^/_]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})_(?P<file>[^/]+)"),
    ("canvas", r"(?:.*/)?(?P<name>[^/_]+)_(?:LATE_)?(?P<id>\d+)_(?P<hand>\d+)_(?P<file>[^/]+)"),
    ("numbers", r"(?:.*/)?(?P<id>[^/_]+)_(?P<file>[^/]+)"),
    ("folders", r"(?:.*/)?(?P<id>[^/_]+)/(?P<file>[^/]+)"),
)
_COPY = re.compile(r"(?:-(\d+)|\s?\((\d+)\))(?=\.ipynb$)")  # week1-1.ipynb, week1 (1).ipynb
_FITS = re.compile(r"[^/\\\0\r\n]{1,100}")


@dataclass(frozen=True)
class Sender:
    """Who a file is from.

    Attributes:
        platform: that names files so.
        id: the platform's own for the student.
        name: of the student, as far as the file has it.
        order: later ones win.
    """

    platform: str
    id: str
    name: str = ""
    order: tuple[str, int, int] = ("", 0, 0)


def sender(path: str, name: str) -> Sender | None:
    """Who a file of a download is from; None if its name does not say. ``name`` is the assignment's."""
    for platform, pattern in _PATTERNS:
        found = re.fullmatch(pattern, path, re.DOTALL)
        if found is None or found["id"].casefold() == name.casefold() or not fits(found["id"]):
            continue
        if platform == "numbers" and not found["file"].startswith(name):  # any name with a "_" looks like one
            continue
        parts = found.groupdict()
        copy = _COPY.search(path)
        order = (parts.get("when") or "", int(parts.get("hand") or 0), int((copy[1] or copy[2]) if copy else 0))
        return Sender(platform, found["id"], parts.get("name") or "", order)
    return None


def fits(student: str) -> bool:
    """Whether a student can be called so: it becomes the name of a folder."""
    return _FITS.fullmatch(student) is not None and not student.startswith(".") and student == student.strip()

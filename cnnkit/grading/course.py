"""The folder of a course: what nbgrader_config.py sets, and which collected files belong to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

SCRIPTS = "feedback pages of this course would run students' scripts: docs/teaching.md says which settings it needs"
_STEPS = ("IgnorePattern", "LimitOutput")  # of nbgrader, whose settings a notebook is graded with


def settings(course: Path) -> Any:
    """What nbgrader_config.py of the course sets."""
    from traitlets.config.loader import Config, ConfigFileNotFound, PyFileConfigLoader

    try:
        return PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    except ConfigFileNotFound:
        return Config()


def steps_settings(course: Path) -> dict[str, Mapping[str, object]]:
    """The part of it that grading a notebook needs; plain values."""
    found = settings(course)
    plain = (str, int, float, bool)
    return {name: {key: value for key, value in found[name].items() if isinstance(value, plain)} for name in _STEPS}


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


def files_beside(course: Path, name: str, student: str) -> dict[str, bytes]:
    """What lies beside a student's notebook, with the assignment's own files over it: nbgrader copies both."""
    found: dict[str, bytes] = {}
    for folder in (course / "submitted" / student / name, course / "source" / name):
        for path in sorted(folder.rglob("*")):
            hidden = any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
            if path.is_file() and not path.is_symlink() and path.suffix != ".ipynb" and not hidden:
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found

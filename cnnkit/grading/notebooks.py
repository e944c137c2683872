"""A student's own folder of the course's notebooks: updates of the kit never touch an answer there."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from cnnkit import __version__
from cnnkit._support import files
from cnnkit.errors import InputError

FILE = ".cnnkit-course.json"  # which files were copied, as they were
_HERE = Path(__file__).parents[2] / "notebooks"


def copy(folder: Path, source: Path = _HERE) -> dict[str, str]:
    """Copies the notebooks; says of each what became of it: "copied", "updated", "as it was" or "left alone".

    A notebook that was changed in the folder is left alone; where the kit has another one by now, it is put beside it under a
    name of its own.

    Raises:
        InputError: the kit has no notebooks here, or the folder is the kit's own.
    """
    found = sorted(source.glob("[0-9]*.ipynb"))
    if not found:
        raise InputError("the notebooks are in a checkout of the kit, and this is an installed one; download the kit as a zip")
    if folder.resolve() == source.resolve():
        raise InputError(f'"{folder}" is the kit\'s own folder; give another one, such as ~/my-course')
    before, said = _recall(folder), {}
    for path in found:
        said[path.name] = _one(folder / path.name, path.read_bytes(), before)
        before[path.name] = _digest(path.read_bytes())
    files.write(folder / FILE, json.dumps({"cnnkit": __version__, "copied": before}, indent=1))
    return said


def _one(there: Path, new: bytes, before: dict[str, str]) -> str:
    if not there.is_file():
        files.write(there, new)
        return "copied"
    old = there.read_bytes()
    if old == new:
        return "as it was"
    if _digest(old) == before.get(there.name):
        files.write(there, new)
        return "updated"
    if before.get(there.name) == _digest(new):
        return "left alone: it has your answers"
    names = (f"{there.stem}-{__version__}{again}.ipynb" for again in ("", *(f"-{number}" for number in range(2, 1000))))
    beside = next(path for path in map(there.with_name, names) if not path.exists())  # somebody may work in an earlier one, too
    files.write(beside, new)
    return f"left alone: it has your answers; the new one is {beside.name}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _recall(folder: Path) -> dict[str, str]:
    try:
        copied = json.loads((folder / FILE).read_text(encoding="utf-8"))["copied"]
        return {str(name): str(digest) for name, digest in copied.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}

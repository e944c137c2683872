"""Records of one JSON object a line, such as ``runs/guesses.jsonl``: added to at once, read whatever happened to the file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def append(path: str | Path, fields: Mapping[str, Any]) -> None:
    """Adds a line, at once; makes the folder.

    Raises:
        OSError: the file cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        line = json.dumps(dict(fields), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        if file.tell():
            file.seek(-1, 2)
            if file.read(1) != b"\n":  # a line that a killed process left unfinished must not swallow this one
                line = b"\n" + line
        file.write(line)


def lines(path: str | Path) -> list[tuple[int, Any]]:
    """(number from 1, value) of each line that is not empty; the value is None where it is no JSON. No file: no lines.

    Raises:
        OSError: there is a file, and it cannot be read.
    """
    try:
        texts = Path(path).read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return []
    return [(number, _value(text)) for number, text in enumerate(texts, start=1) if text.strip()]


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

"""Records of one JSON object a line, such as ``runs/guesses.jsonl``: added to at once, read whatever happened to the file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def append(path: str | Path, fields: Mapping[str, Any]) -> None:
    """Adds a line in one write, so that lines of several processes stay whole; makes the folder.

    Raises:
        OSError: the file cannot be written; a part of a line that a full disk took is no harm to the others.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(dict(fields), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    try:
        if os.fstat(descriptor).st_size:
            os.lseek(descriptor, -1, os.SEEK_END)
            if os.read(descriptor, 1) != b"\n":  # a line that a killed process left unfinished must not swallow this one
                line = b"\n" + line
        while line:  # a second round only where the disk is full: it raises
            line = line[os.write(descriptor, line) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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

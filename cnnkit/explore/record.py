"""What students guessed before they saw the answer: one JSON object a line in ``runs/guesses.jsonl``."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cnnkit.notices import notice

FILE = "guesses.jsonl"


@dataclass(frozen=True)
class Guess:
    """One question, guessed and answered.

    Attributes:
        key: names the question; only the first guess of a key counts.
        question: as it was asked.
        guess: what the student wrote or chose.
        answer: what it was compared with.
        right: whether the guess was within the tolerance.
        time: when, in ISO 8601 with the zone.
        unit: of guess and answer.
    """

    key: str
    question: str
    guess: float | str
    answer: float | str
    right: bool
    time: str
    unit: str = ""


def guesses(folder: str | Path = "runs") -> list[Guess]:
    """The guesses recorded in ``folder``, oldest first: the first of each key. A damaged line is skipped with a notice."""
    found, damaged = read(folder)
    if damaged:
        which = f"line {damaged[0]} is" if len(damaged) == 1 else f"{len(damaged)} lines are"
        notice(f"{Path(folder) / FILE}: {which} damaged and left out; the other guesses are read")
    return found


def read(folder: str | Path) -> tuple[list[Guess], list[int]]:
    """The first guess of each key, and the numbers (from 1) of the lines that are damaged."""
    first: dict[str, Guess] = {}
    damaged = []
    try:
        lines = (Path(folder) / FILE).read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        guess = _parse(line)
        if guess is None:
            damaged.append(number)
        else:
            first.setdefault(guess.key, guess)
    return list(first.values()), damaged


def write(guess: Guess, folder: str | Path) -> None:
    """Adds a line, at once.

    Raises:
        OSError: the file cannot be written.
    """
    path = Path(folder) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        line = json.dumps(asdict(guess), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        if file.tell():
            file.seek(-1, 2)
            if file.read(1) != b"\n":  # a line that a killed process left unfinished must not swallow this one
                line = b"\n" + line
        file.write(line)


def _parse(line: str) -> Guess | None:
    try:
        fields: Any = json.loads(line)
        guess = Guess(**fields)
        texts = all(isinstance(text, str) for text in (guess.key, guess.question, guess.time, guess.unit))
        answers = all(isinstance(value, str) or _is_number(value) for value in (guess.guess, guess.answer))
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
    return guess if texts and answers and isinstance(guess.right, bool) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

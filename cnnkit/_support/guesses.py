"""What students guessed before they saw the answer: one JSON object a line in ``runs/guesses.jsonl``."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cnnkit._support import jsonl
from cnnkit._support.notices import notice

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
    for number, fields in jsonl.lines(Path(folder) / FILE):
        guess = _parse(fields)
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
    jsonl.append(Path(folder) / FILE, asdict(guess))


def _parse(fields: Any) -> Guess | None:
    try:
        guess = Guess(**fields)
        texts = all(isinstance(text, str) for text in (guess.key, guess.question, guess.time, guess.unit))
        answers = all(isinstance(value, str) or _is_number(value) for value in (guess.guess, guess.answer))
    except (ValueError, TypeError, OverflowError):
        return None
    return guess if texts and answers and isinstance(guess.right, bool) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

"""What a class guessed, question by question: where many are wrong in the same way, there is something to talk about."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

from cnnkit._support.numbers import number

HEAD = (
    "key", "question", "guesses made", "near enough", "too low", "too high", "answer", "middle guess",
    "most frequent wrong guess", "made so often",
)  # fmt: skip


def questions(pages: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, str]]:
    """A row for each question, by its key; one for each mission, whatever run a student's number gave.

    Args:
        pages: the guesses of each report, with key, question, guess, answer, right and unit.
    """
    asked: dict[str, list[dict[str, Any]]] = {}
    for guesses in pages:
        own = {re.sub(r"^(mission \d), run .*", r"\1", guess["key"]): guess for guess in guesses}  # one of each page
        for key, guess in own.items():
            asked.setdefault(key, []).append(guess)
    return [_row(key, asked[key]) for key in sorted(asked)]


def _row(key: str, guesses: Sequence[dict[str, Any]]) -> dict[str, str]:
    numbers = [guess for guess in guesses if not isinstance(guess["guess"], str) and not isinstance(guess["answer"], str)]
    wrong = Counter(_told(guess["guess"]) for guess in guesses if not guess["right"])
    row = {
        "key": key,
        "question": guesses[0]["question"],
        "guesses made": str(len(guesses)),
        "near enough": str(sum(guess["right"] for guess in guesses)),
    }
    if numbers:
        off = [guess["guess"] - guess["answer"] for guess in numbers if not guess["right"]]
        row["too low"], row["too high"] = str(sum(by < 0 for by in off)), str(sum(by > 0 for by in off))
        row["answer"], row["middle guess"] = (
            number(statistics.median(guess[what] for guess in numbers)) for what in ("answer", "guess")
        )
    if wrong:
        row["most frequent wrong guess"], count = wrong.most_common(1)[0]
        row["made so often"] = str(count)
    return row


def _told(value: float | str) -> str:
    return value if isinstance(value, str) else number(value)

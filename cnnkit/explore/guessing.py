"""Predict first, then see: a question, a field for a number, and the answer beside the guess."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, SupportsFloat

from cnnkit._support.guesses import Guess, read, write
from cnnkit._support.numbers import carried, is_right, meant, number, parse
from cnnkit._support.words import em
from cnnkit.errors import InputError
from cnnkit.explore.asking import Asked
from cnnkit.explore.guessed import drawing, outcome
from cnnkit.explore.look import WIDTH, Explorer, controls

NEAR = 0.02  # of a known wrong number: people round


def guess(
    question: str,
    answer: SupportsFloat | Callable[[], SupportsFloat],
    tolerance: float = 0.0,
    unit: str = "",
    key: str | None = None,
    folder: str | Path = "runs",
    known: Mapping[float, str] | None = None,
    factor: float = 1.0,
    possible: tuple[float, float] = (0.0, math.inf),
) -> Guessing:
    """Asks for a number before it shows the answer; the first guess counts and is recorded.

    Args:
        question: what to predict; `code` between backticks is shown as code.
        answer: a number, or what gives one: called only after the guess, with its names as they are now. It is told with as
            many digits as the tolerance leaves a meaning.
        tolerance: how far from the answer a guess still is right, in the answer's own unit.
        unit: written after guess and answer, e.g. "parameters" or "%".
        key: names the question in the record, so that running the cell again shows the first guess; by default the question.
        folder: where ``guesses.jsonl`` is, or will be.
        known: wrong numbers that one comes to by a known way, each with the reason, in a sentence that is then said.
        factor: for an order of magnitude: a guess is right also where it is so many times too large or too small.
        possible: the least and the largest number that can be; a guess beyond is asked again. Changes need a least below 0.

    Raises:
        InputError: the answer is no finite number or not possible, the tolerance or factor is none, or the question is empty.
    """
    return Guessing(question, answer, tolerance, unit, key, folder, known, factor, possible)


class Guessing(Explorer):
    """One question; see `guess`.

    Attributes:
        made: the guess with its answer; None until it was made, now or in an earlier run.
    """

    def __init__(
        self,
        question: str,
        answer: SupportsFloat | Callable[[], SupportsFloat],
        tolerance: float = 0.0,
        unit: str = "",
        key: str | None = None,
        folder: str | Path = "runs",
        known: Mapping[float, str] | None = None,
        factor: float = 1.0,
        possible: tuple[float, float] = (0.0, math.inf),
    ) -> None:
        if not isinstance(question, str) or not question.strip():
            raise InputError(f"the question is {question!r}; it must be a text that asks for a number")
        if not isinstance(tolerance, (int, float)) or not 0 <= tolerance < math.inf:
            raise InputError(f"tolerance is {tolerance!r}; give how far off is still right, from 0 on, in the answer's unit")
        if not isinstance(factor, (int, float)) or not 1 <= factor < math.inf:
            raise InputError(f"factor is {factor!r}; give how many times too large or too small is still right, from 1 on")
        if not isinstance(key, (str, type(None))):
            raise InputError(f'key is {key!r}; it must be a text that names the question, such as "01, question 2"')
        self.question, self.tolerance, self.factor, self.unit = question, tolerance, factor, unit
        self.possible, self.key = possible, question if key is None else key
        self.folder = Path(folder).absolute()
        self._known = {_number(value): reason for value, reason in (known or {}).items()}
        self._asked = Asked(answer) if callable(answer) else None
        self._answer = None if callable(answer) else _number(answer)
        if self._answer is not None and not possible[0] <= self._answer <= possible[1]:
            raise InputError(f"the answer {number(self._answer)} is not possible; give the least and the largest as possible=")
        self._first: float | None = None  # what was typed, should the answer have failed
        self._doubted = ""  # what was typed when it was asked whether that was meant
        self.made = self._recorded()

    def submit(self, typed: str) -> str:
        """Takes the guess; returns a sentence if something is in the way, else "". A second guess changes nothing."""
        self.made = self.made or self._recorded()
        if self.made is not None:
            return ""
        if self._first is None:
            self._first = parse(typed, self.unit)
        if self._first is None:
            return f'"{_cut(typed)}" is not a number; write one such as 12, 0.5, 14,000 or 1.5e6.'
        if changed := self._asked.changed if self._asked and self._answer is None else []:
            self._first = None
            return (
                f"{' and '.join(changed)} changed since this question was asked, so the answer would be to another one. Run "
                "the notebook again up to this cell, then guess."
            )
        try:
            self._answer = answer = _number(self._asked()) if self._asked and self._answer is None else self._answer or 0.0
        except Exception as error:
            reason = _cut(str(error), 200) or type(error).__name__
            return f"Your guess {number(self._first)} is kept, but the answer could not be computed: {reason}"
        if doubt := self._doubt(typed, self._first, answer):
            self._first = None
            return doubt
        return self._record(self._first, answer)

    def _doubt(self, typed: str, guess: float, answer: float) -> str:
        """A question back where the guess cannot be, or hardly be meant; else "". Typed once more it is taken as meant."""
        least, most = self.possible
        told = number(guess) + (f" {self.unit}" if self.unit else "")
        if least <= answer <= most and not least <= guess <= most:
            bound = f"{number(least)} is the least" if guess < least else f"{number(most)} is the most"
            return f"{told} cannot be: {bound}. Guess again."
        likely = "" if self._is_right(guess, answer) else meant(guess, answer, self.tolerance, self.unit)
        if not likely or typed.strip() == self._doubted:
            return ""
        self._doubted = typed.strip()
        return f"Did you mean {likely}? Then write it so. To keep {told}, press Guess once more."

    def _is_right(self, guess: float, answer: float) -> bool:
        low, high = self._near(answer)
        return is_right(guess, answer, self.tolerance) or low <= guess <= high

    def _near(self, answer: float) -> tuple[float, float]:
        """The least and the largest guess that are right."""
        ends = [answer - self.tolerance, answer + self.tolerance, answer / self.factor, answer * self.factor]
        return min(ends), max(ends)

    def _record(self, guess: float, answer: float) -> str:
        """Writes the guess beside the answer; a sentence where that fails."""
        now, told = datetime.now().astimezone().isoformat(timespec="seconds"), carried(answer, self.tolerance, self.factor)
        self.made = Guess(self.key, self.question, guess, told, self._is_right(guess, answer), now, self.unit)
        try:
            write(self.made, self.folder)
        except OSError as error:
            return f"The guess could not be recorded in {self.folder}: {error.strerror or error}"
        return ""

    @property
    def reason(self) -> str:
        """Why one comes to the wrong number that was guessed, where that is known; else ""."""
        if self.made is None or self.made.right or isinstance(self.made.guess, str):
            return ""
        guess = self.made.guess
        near = [
            (abs(guess - value), reason) for value, reason in self._known.items() if is_right(guess, value, NEAR * abs(value))
        ]
        return min(near)[1] if near else ""

    def still(self) -> str:
        """The question, and the guess beside the answer if it was made."""
        return self._drawn(asked=True)

    def words(self) -> str:
        """The same without HTML."""
        return f"{self.made.question} {outcome(self.made)}" if self.made else f"{self.question} (no guess yet)"

    def _drawn(self, **more: Any) -> str:
        """The question as it was asked, which the notebook may have worded otherwise since."""
        made = self.made
        near = None if made is None or isinstance(made.answer, str) else self._near(made.answer)
        return drawing(made.question if made else self.question, made, reason=self.reason, near=near, **more)

    def build(self) -> Any:
        """The question, a field, a button, and the place for the answer."""
        w = controls()
        shown = w.HTML(self._drawn())
        label = f"your guess ({self.unit})" if self.unit else "your guess"
        field = w.Text(placeholder="a number", continuous_update=True, layout={"width": em(160)})
        button = w.Button(description="Guess", tooltip="Compare your guess with the answer", layout={"width": em(90)})
        form = w.HBox([w.HTML(f"<span>{html.escape(label)}:&nbsp;</span>"), field, button])

        def submit(*_: Any) -> None:
            problem = self.submit(field.value)
            shown.value = self._drawn(problem=problem)
            field.disabled = button.disabled = self.made is not None

        button.on_click(submit)
        field.on_msg(lambda _, content, __: submit() if content.get("event") == "submit" else None)  # the Enter key
        field.disabled = button.disabled = self.made is not None
        if self.made is not None:
            field.value = self.made.guess if isinstance(self.made.guess, str) else number(self.made.guess)
        return w.VBox([shown, form], layout={"max_width": em(WIDTH)})

    def _recorded(self) -> Guess | None:
        try:
            found, _ = read(self.folder)
        except OSError:
            return None
        return next((guess for guess in found if guess.key == self.key), None)


def _number(answer: object) -> float:
    try:
        if isinstance(answer, str) or callable(answer):
            raise TypeError
        value = float(answer)  # type: ignore[arg-type]
    except (TypeError, ValueError, RuntimeError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"the answer is {_cut(repr(answer))}; it must be a finite number, or a function that returns one")
    return value


def _cut(text: str, length: int = 40) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 3] + "..."

"""Predict first, then see: a question, a field for a number, and the answer beside the guess."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, SupportsFloat

from cnnkit.errors import InputError
from cnnkit.explore.look import BLUE, ORANGE, WIDTH, Explorer, card, controls, rich
from cnnkit.explore.record import Guess, read, write

_SCALES = {
    "": 1, "%": 0.01, "k": 10**3, "K": 10**3, "thousand": 10**3, "M": 10**6, "million": 10**6, "G": 10**9, "B": 10**9,
    "billion": 10**9,
}  # fmt: skip


def guess(
    question: str,
    answer: SupportsFloat | Callable[[], SupportsFloat],
    tolerance: float = 0.0,
    unit: str = "",
    key: str | None = None,
    folder: str | Path = "runs",
) -> Guessing:
    """Asks for a number before it shows the answer; the first guess counts and is recorded.

    Args:
        question: what to predict; `code` between backticks is shown as code.
        answer: a number, or what gives one: called only after the guess.
        tolerance: how far from the answer a guess still is right, in the answer's own unit.
        unit: written after guess and answer, e.g. "parameters" or "%".
        key: names the question in the record, so that running the cell again shows the first guess; by default the question.
        folder: where ``guesses.jsonl`` is, or will be.

    Raises:
        InputError: the answer is no finite number, the tolerance is negative, or the question is empty.
    """
    return Guessing(question, answer, tolerance, unit, key, folder)


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
    ) -> None:
        if not isinstance(question, str) or not question.strip():
            raise InputError(f"the question is {question!r}; it must be a text that asks for a number")
        if not isinstance(tolerance, (int, float)) or not 0 <= tolerance < math.inf:
            raise InputError(f"tolerance is {tolerance!r}; give how far off is still right, from 0 on, in the answer's unit")
        if not isinstance(key, (str, type(None))):
            raise InputError(f'key is {key!r}; it must be a text that names the question, such as "lesson 1, question 2"')
        self.question, self.tolerance, self.unit = question, tolerance, unit
        self.key = question if key is None else key
        self.folder = Path(folder).absolute()
        self._answer = answer if callable(answer) else _number(answer)
        self._first: float | None = None  # what was typed, should the answer have failed
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
        try:
            answer = _number(self._answer() if callable(self._answer) else self._answer)
        except Exception as error:
            reason = _cut(str(error), 200) or type(error).__name__
            return f"Your guess {number(self._first)} is kept, but the answer could not be computed: {reason}"
        right = is_right(self._first, answer, self.tolerance)
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        self.made = Guess(self.key, self.question, self._first, answer, right, now, self.unit)
        try:
            write(self.made, self.folder)
        except OSError as error:
            return f"The guess could not be recorded in {self.folder}: {error.strerror or error}"
        return ""

    def still(self) -> str:
        """The question, and the guess beside the answer if it was made."""
        return drawing(self.question, self.made, asked=True)

    def words(self) -> str:
        """The same without HTML."""
        return f"{self.question} {outcome(self.made)}" if self.made else f"{self.question} (no guess yet)"

    def build(self) -> Any:
        """The question, a field, a button, and the place for the answer."""
        w = controls()
        shown = w.HTML(drawing(self.question, self.made))
        label = f"your guess ({self.unit})" if self.unit else "your guess"
        field = w.Text(placeholder="a number", continuous_update=True, layout={"width": "160px"})
        button = w.Button(description="Guess", tooltip="Compare your guess with the answer", layout={"width": "90px"})
        form = w.HBox([w.HTML(f"<span>{html.escape(label)}:&nbsp;</span>"), field, button])

        def submit(*_: Any) -> None:
            problem = self.submit(field.value)
            shown.value = drawing(self.question, self.made, problem)
            field.disabled = button.disabled = self.made is not None

        button.on_click(submit)
        field.on_msg(lambda _, content, __: submit() if content.get("event") == "submit" else None)  # the Enter key
        field.disabled = button.disabled = self.made is not None
        if self.made is not None:
            field.value = self.made.guess if isinstance(self.made.guess, str) else number(self.made.guess)
        return w.VBox([shown, form], layout={"max_width": f"{WIDTH}px"})

    def _recorded(self) -> Guess | None:
        try:
            found, _ = read(self.folder)
        except OSError:
            return None
        return next((guess for guess in found if guess.key == self.key), None)


def drawing(question: str, made: Guess | None, problem: str = "", asked: bool = False) -> str:
    """The question as HTML, with what there is to say under it.

    Args:
        question: what was asked.
        made: the guess with its answer; None before it was made.
        problem: a sentence about what was typed.
        asked: say that there is no guess yet, where there is no field that says so.
    """
    parts, colour = [f"<div><b>{rich(question)}</b></div>"], BLUE
    if made is not None:
        colour = BLUE if made.right else ORANGE
        parts.append(f"<div>{html.escape(outcome(made))}</div>")
    elif asked and not problem:
        parts.append("<div>No guess yet: run this cell, write a number, then see.</div>")
    if problem:
        parts.append(f'<div role="alert">▸ {html.escape(problem)}</div>')
    return card("".join(parts), colour)


def outcome(made: Guess) -> str:
    """Guess and answer in words: right or not, and how far off."""
    unit = made.unit if made.unit == "%" or not made.unit else f" {made.unit}"
    unit = " %" if unit == "%" else unit
    verdict = "✓ Right." if made.right else "✗ Not this time."
    if isinstance(made.guess, str) or isinstance(made.answer, str):
        return f"{verdict} Your guess: {made.guess}. Answer: {made.answer}."
    return f"{verdict} Your guess: {number(made.guess)}{unit}. Answer: {number(made.answer)}{unit}. {distance(made)}"


def distance(made: Guess) -> str:
    """How far off, in numbers: a factor from 2 on where both are positive, else the difference."""
    assert not isinstance(made.guess, str) and not isinstance(made.answer, str)
    off = made.guess - made.answer
    if is_right(made.guess, made.answer, 0.0):
        return "That is exactly it."
    way = "high" if off > 0 else "low"
    if min(made.guess, made.answer) > 0:
        factor = max(made.guess, made.answer) / min(made.guess, made.answer)
        if factor >= 2:
            return f"You were too {way} by a factor of {number(round(factor, 1) if factor < 100 else round(factor))}."
    return f"You were too {way} by {number(abs(off))}." if not made.right else f"That is {number(abs(off))} too {way}."


def is_right(guess: float, answer: float, tolerance: float) -> bool:
    """Whether ``guess`` is within ``tolerance`` of ``answer``; a rounding error of floating point is forgiven."""
    return abs(guess - answer) <= tolerance + 1e-12 * max(abs(guess), abs(answer))


def parse(typed: str, unit: str = "") -> float | None:
    """The number in ``typed``: 12, 0.5, 0,5, 14,000, 14.000, 14 000, 1.5e6, 15 M, 15 million, 60 %; None if it is none."""
    text = typed.strip() if len(typed) < 100 else ""
    for count in range(len(unit.split()), 0, -1):  # the unit or its beginning: of "million MACs", "37.7 million" is 37.7
        said = " ".join(unit.split()[:count])
        if text.lower().endswith(said.lower()):
            text = text[: -len(said)].strip()
            break
    match = re.fullmatch(r"([+\-\u2212]?)\s*([\d.,\s_']*\d[\d.,\s_']*?)([eE][+-]?\d{1,3})?\s*(%|[A-Za-z]*)", text)
    if match is None or match[4] not in _SCALES:
        return None
    digits = re.sub(r"(?<=\d)[\s_'](?=\d{3}(?!\d))", "", match[2].strip())
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+(\.\d*)?", digits):
        digits = digits.replace(",", "")
    elif re.fullmatch(r"[1-9]\d{0,2}(\.\d{3})*\.000", digits):  # thousands as half the world parts them: nobody writes 14 so
        digits = digits.replace(".", "")
    elif re.fullmatch(r"\d*,\d*", digits):  # the comma of half the world
        digits = digits.replace(",", ".")
    try:
        value = float(("-" if match[1] in ("-", "\u2212") else "") + digits + (match[3] or "")) * _SCALES[match[4]]
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def number(value: float) -> str:
    """``value`` for people: whole numbers whole, thousands apart, four digits of a fraction."""
    if value == round(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.1f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"


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

"""Finds the wrong formula behind wrong numbers.

Each part of a formula (how the padding counts, how a division rounds) has one right form, "", and some wrong ones, named by the
slug of the mistake, with "/..." behind it where two forms are the same mistake. An answer whose numbers are those of a formula
with one or two wrong parts has these mistakes; so many cases are compared that no other formula gives the same.
"""

from __future__ import annotations

import itertools
import numbers
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor

from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake

Form = Mapping[str, str]  # part -> its form
Parts = Mapping[str, Sequence[str]]  # part -> its wrong forms; the order is that in which mistakes are named
Formula = Callable[..., Any]  # (form, *arguments of the exercise) -> what a student with these mistakes returns
_MOST = 10**12


def explain(formula: Formula, parts: Parts, cases: Sequence[tuple[Any, ...]], seen: Sequence[Any]) -> str | None:
    """Slug of the (first) mistake that gives exactly the numbers ``seen``; None if none does, or several do."""
    for count in (1, 2):
        found = {slug for slug, form in wrong_forms(parts, count) if _gives(formula, form, cases, seen)}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def wrong_forms(parts: Parts, count: int) -> Iterator[tuple[str, dict[str, str]]]:
    """All forms with ``count`` wrong parts, each with the slug of its first mistake."""
    for names in itertools.combinations(parts, count):
        for chosen in itertools.product(*(parts[name] for name in names)):
            yield chosen[0].split("/")[0], {**dict.fromkeys(parts, ""), **dict(zip(names, chosen, strict=True))}


def _gives(formula: Formula, form: Form, cases: Sequence[tuple[Any, ...]], seen: Sequence[Any]) -> bool:
    return all(same(formula(form, *case), value) for case, value in zip(cases, seen, strict=True))


def same(a: Any, b: Any) -> bool:
    """Whether two numbers, or two pairs of numbers, are equal but for the rounding of floats."""
    if isinstance(a, tuple):
        return all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b) or (abs(a) < _MOST and abs(b) < _MOST and abs(a - b) < 1e-9)


def results(
    attempt: Attempt, cases: Sequence[tuple[Any, ...]], text: Callable[..., str], read: Callable[[Any], Any]
) -> list[Any]:
    """What the answer gives for each of the cases, in the form that ``read`` brings it into."""

    def ask(case: tuple[Any, ...]) -> Any:
        given = [list(value) if isinstance(value, list) else value for value in case]
        return read(attempt.call(attempt.candidate, *given, doing=f"called with {text(*case)}"))

    seen = [ask(case) for case in cases]
    again = ask(cases[0])
    if not same(again, seen[0]):
        raise Mistake(
            "not-repeatable",
            f"The second call gives another result. With {text(*cases[0])} you get {shown(seen[0])} first and {shown(again)} "
            "later. Start from fresh values inside the function.",
        )
    floats = [n for result in seen for n in (result if isinstance(result, tuple) else (result,)) if isinstance(n, float)]
    if floats and all(n.is_integer() for n in floats):
        raise Mistake(
            "wrong-type",
            f"The result is a float. Your function gives {floats[0]}; what is counted here is a whole number, an int.",
        )
    return seen


def number(value: Any) -> int | float:
    """``value`` if it is a number, numpy's included; all else is a mistake."""
    if value is None:
        raise Mistake("returns-nothing", "Your function returns nothing. Look for a `return` that is missing or has no value.")
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, numbers.Real) and not isinstance(value, bool | numbers.Rational):
        return float(value)
    kind = "tensor" if isinstance(value, Tensor) else type(value).__name__
    raise Mistake(
        "wrong-type", f"The result is no plain number. Your function gives a value of type {kind}; it should be an int."
    )


def pair(names: str) -> Callable[[Any], tuple[int | float, int | float]]:
    """Reads a tuple or list of two numbers; ``names`` says what they are."""

    def read(value: Any) -> tuple[int | float, int | float]:
        if isinstance(value, numbers.Real):
            raise Mistake(
                "one-number", f"Only one number is returned. Your function gives {shown(value)}; it should give two, ({names})."
            )
        if value is None:
            number(value)  # says so
        if not isinstance(value, tuple | list) or len(value) != 2:
            kind = f"{type(value).__name__} of {len(value)}" if isinstance(value, tuple | list) else type(value).__name__
            raise Mistake(
                "wrong-type", f"The result is not two numbers. Your function gives a {kind}; it should give ({names})."
            )
        return number(value[0]), number(value[1])

    return read


def shown(value: Any) -> str:
    """A result in a message: neither long numbers nor long fractions."""
    if isinstance(value, tuple):
        return "(" + ", ".join(map(shown, value)) + ")"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value) if abs(value) < _MOST else "over 10**12" if value > 0 else "below -10**12"

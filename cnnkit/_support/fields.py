"""Checks for the fields of a file that anybody may have written: small functions that say what is wrong, and combine."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], object]  # raises ValueError with what is wrong, in words that may follow "its field X"
MOST = 2**53  # the largest count that is exact in every number format on the way


def whole(low: int = 0, high: int = MOST) -> Check:
    """Checks for a whole number from ``low`` to ``high``."""

    def check(value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"is {short(value)}, not a whole number from {low} to {high}")

    return check


def number(low: float = -math.inf, high: float = math.inf, *, nan: bool = False) -> Check:
    """Checks for a number from ``low`` to ``high``; ``nan``: or one that is not known."""

    def check(value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"is {short(value)}, not a number")
        if not low <= value <= high and not (nan and math.isnan(value)):
            raise ValueError(f"is {short(value)}, not a number from {low:g} to {high:g}")

    return check


def is_a(*kinds: type) -> Check:
    """Checks for an instance of exactly one of ``kinds``: True is no number here."""

    def check(value: Any) -> None:
        if type(value) not in kinds:
            raise ValueError(f"is {short(value)}, not {' or '.join(kind.__name__ for kind in kinds)}")

    return check


def optional(inner: Check) -> Check:
    """Checks for None, or for what ``inner`` allows."""
    return lambda value: None if value is None else inner(value)


def each(inner: Check, most: int = MOST, least: int = 0) -> Check:
    """Checks for a list or tuple of ``least`` to ``most`` values, each of which ``inner`` allows."""

    def check(value: Any) -> None:
        if type(value) not in (list, tuple) or not least <= len(value) <= most:
            raise ValueError(f"is {short(value)}, not a list" + (f" of {least} to {most}" if most < MOST else ""))
        for item in value:
            inner(item)

    return check


def by(keys: Check, inner: Check) -> Check:
    """Checks for a dict from what ``keys`` allows to what ``inner`` allows."""

    def check(value: Any) -> None:
        if not isinstance(value, dict):
            raise ValueError(f"is {short(value)}, not a dict")
        for key, item in value.items():
            keys(key)
            inner(item)

    return check


def by_name(inner: Check) -> Check:
    """Checks for a dict from text to what ``inner`` allows."""

    def check(value: Any) -> None:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise ValueError(f"is {short(value)}, not entries by name")
        for key, item in value.items():
            _named(key, inner, item)

    return check


def entries(**inner: Check) -> Check:
    """Checks for a dict with exactly these entries."""

    def check(value: Any) -> None:
        by_name(lambda item: None)(value)
        _same_names(set(value), set(inner))
        for key, checked in inner.items():
            _named(key, checked, value[key])

    return check


def some_of(others: Check | None, **known: Check) -> Check:
    """Checks for a dict with any of the ``known`` entries; its other ones must pass ``others``, or may not be."""

    def check(value: Any) -> None:
        by_name(lambda item: None)(value)
        if others is None:
            _same_names(set(value) - set(known), set())
        for key, item in value.items():
            _named(key, known.get(key) or others or optional, item)

    return check


def any_of(*checks: Check) -> Check:
    """Checks for what at least one of ``checks`` allows."""

    def check(value: Any) -> None:
        wrong = []
        for inner in checks:
            try:
                inner(value)
                return
            except ValueError as error:
                wrong.append(str(error))
        raise ValueError(wrong[0])

    return check


def _named(key: str, check: Check, value: Any) -> None:
    try:
        check(value)
    except ValueError as error:
        inner = str(error)
        raise ValueError(inner.replace('"', f'"{key}.', 1) if inner.startswith('"') else f'"{key}" {inner}') from None


def _same_names(found: set[str], wanted: set[str]) -> None:
    missing, foreign = sorted(wanted - found), sorted(found - wanted)
    if missing:
        raise ValueError(f"lacks {', '.join(missing)}")
    if foreign:
        raise ValueError(f"has {short(', '.join(foreign))}, which it should not")


def short(value: Any) -> str:
    """``value`` in at most 40 letters, without looking into what is large."""
    if hasattr(value, "shape"):  # a tensor prints all its numbers
        return f"a {type(value).__name__} {list(value.shape)}"
    if isinstance(value, dict | list | tuple | set) and len(value) > 3:
        return f"a {type(value).__name__} of {len(value)}"
    text = " ".join(repr(value)[:500].split())  # what is inside may print on several lines
    return text if len(text) <= 40 else text[:37] + "..."

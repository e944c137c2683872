"""Reads a page that was handed in. It is taken as data and never run, and checked as if anybody had written it: anybody can."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NoReturn

from cnnkit.report.gathering import is_number, is_run
from cnnkit.report.keeping import check_words
from cnnkit.report.measured import last
from cnnkit.report.page import DATA_ID, KIND, SCHEMA

LARGEST = 16 << 20  # bytes of a page; one with fifty runs has less than two million
MOST = 10_000  # entries of a list
_SCRIPT = re.compile(r"<script\s[^<>]{1,300}>", re.IGNORECASE)
_END = re.compile("</script", re.IGNORECASE)
TYPED = "damaged: a part of its data is not what it should be"


class Problem(Exception):
    """Why a file gives no row of numbers."""


@dataclass(frozen=True)
class Report:
    """The data of a page, after every type in it was looked at."""

    name: str
    number: str
    date: str
    exercises: dict[str, dict[str, Any]]
    guesses: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    words: int
    left_out: int


def read(path: Path) -> Report:
    """The data of one page.

    Raises:
        Problem: there is none, or it is damaged.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise Problem(f"larger than {LARGEST >> 20} MiB, so not read")
        text = path.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        raise Problem(f"cannot be read ({error.strerror})") from error
    found = blocks(text)
    if not found:
        raise Problem("no report of this kit: it holds no data of one")
    if len(found) > 1:
        raise Problem("damaged: it holds the data of more than one report")
    try:
        data = json.loads(found[0], parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Problem("damaged: its data cannot be read") from None
    return _checked(data)


def blocks(text: str) -> list[str]:
    """The text of each script element that holds a report's data; at most two.

    Only the tags are parsed: html.parser takes minutes for 40 kB of "<a <a <a", and anybody can hand that in. Nothing that
    a student typed can look like such a tag, as a page has no "<" of theirs.
    """
    found: list[str] = []
    for tag in _SCRIPT.finditer(text):
        if _Attributes.of(tag[0]) == {"type": "application/json", "id": DATA_ID}:
            end = _END.search(text, tag.end())
            found.append(text[tag.end() : end.start() if end else len(text)])
        if len(found) == 2:
            break
    return found


class _Attributes(HTMLParser):
    """Keeps the type and the id of the one tag it is fed."""

    kept: dict[str, str | None] = {}

    @classmethod
    def of(cls, tag: str) -> dict[str, str | None]:
        """They, as far as ``tag`` has them."""
        parser = cls()
        parser.feed(tag)
        return parser.kept

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Looks at the tag."""
        self.kept = {name: value for name, value in attrs if name in ("type", "id")}


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _checked(data: Any) -> Report:
    """The report, if every part of it has its type."""
    if not isinstance(data, dict) or data.get("kind") != KIND:
        raise Problem("no report of this kit: its data is something else")
    if data.get("schema") != SCHEMA:
        raise Problem("made by another version of the kit, which this one cannot read")
    name, number, date = (data.get(key) for key in ("name", "number", "date"))
    exercises, guesses = _entries(data, "exercises", _is_exercise), _entries(data, "guesses", _is_guess)
    runs, left_out = _entries(data, "runs", _is_measured), _entries(data, "left_out", _is_text)
    if not (isinstance(name, str) and isinstance(number, str) and isinstance(date, str)):
        raise Problem(TYPED)
    return Report(
        name=name,
        number=number,
        date=date,
        exercises={exercise["name"]: exercise for exercise in exercises},
        guesses=guesses,
        runs=runs,
        words=sum(bool(text.strip()) for text in check_words(data.get("words")).values()),
        left_out=len(left_out),
    )


def _entries(data: dict[str, Any], key: str, is_right: Callable[[Any], bool]) -> list[Any]:
    """The list ``data[key]``, if each of its entries is right."""
    entries = data.get(key)
    if not isinstance(entries, list) or len(entries) > MOST or not all(map(is_right, entries)):
        raise Problem(TYPED)
    return entries


def _is_text(entry: Any) -> bool:
    return isinstance(entry, str)


def _is_guess(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("right"), bool):
        return False
    texts = all(isinstance(entry.get(key), str) for key in ("key", "question"))
    return texts and all(isinstance(entry.get(key), str) or is_number(entry.get(key)) for key in ("guess", "answer"))


def _is_measured(entry: Any) -> bool:
    """A run whose accuracies can be."""
    return is_run(entry) and all(0 <= e["accuracy"] <= 1 for e in last(entry).values())


def _is_exercise(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not isinstance(entry.get("passed"), bool):
        return False
    attempts, mistakes = entry.get("attempts"), entry.get("mistakes")
    counted = isinstance(attempts, int) and not isinstance(attempts, bool) and 0 <= attempts < 10**9
    return counted and isinstance(mistakes, list) and len(mistakes) <= MOST and all(isinstance(m, str) for m in mistakes)

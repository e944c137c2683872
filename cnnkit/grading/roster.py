"""Who is in the class: a CSV file with a line a student, under whatever heads the platform gives it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cnnkit._support import files
from cnnkit.errors import InputError

FILE = "roster.csv"  # in the folder of the course
# Heads of columns, the better one first. The key of a student is the first of them that there is.
_KEYS = ("number", "student", "student number", "student id", "id number", "sis user id", "username", "sis login id", "id")
_NAMES = ("name", "full name", "student name")
_MAILS = ("email", "e-mail", "email address", "e-mail address")


@dataclass(frozen=True)
class Roster:
    """The class.

    Attributes:
        students: by key; what the file says of each, by the heads in small letters.
        known_as: the key of a student, by each word that no other one has: numbers, addresses, names in both orders.
    """

    students: Mapping[str, Mapping[str, str]]
    known_as: Mapping[str, str]

    def name(self, student: str) -> str:
        """The full name; "" if the file has none."""
        row = self.students.get(student, {})
        both = " ".join(row.get(head, "") for head in ("first name", "last name")).strip()
        return next((row[head] for head in _NAMES if row.get(head)), both)

    def mail(self, student: str) -> str:
        """The address; "" if the file has none."""
        row = self.students.get(student, {})
        return next((row[head] for head in _MAILS if row.get(head)), "")

    def of(self, *words: str) -> str:
        """The student that one of the words means; "" if none does."""
        return next((self.known_as[spelt] for word in words if (spelt := _spelt(word)) in self.known_as), "")


EMPTY = Roster({}, {})


def read(path: Path) -> Roster:
    """The roster in a file.

    Raises:
        InputError: it cannot be read, or has no column with a key.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        raise InputError(f'"{path}" cannot be read ({error.strerror}); give a CSV file with a line a student') from error
    first = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    heads = [str(head).strip().casefold() for head in reader.fieldnames or ()]
    key = next((head for head in _KEYS if head in heads), None)
    if key is None:
        found = ", ".join(heads) or "none"
        raise InputError(f'"{path}" has the columns {found}; one must be called number, or id number, or username')
    students: dict[str, dict[str, str]] = {}
    for line in reader:
        row = {head: str(value or "").strip() for head, value in zip(heads, line.values(), strict=False)}
        if row[key]:
            students[row[key]] = row
    return Roster(students, _known_as(students))


def of_course(course: Path) -> Roster:
    """The one that was kept for the course; an empty one if none was."""
    return read(course / FILE) if (course / FILE).is_file() else EMPTY


def keep(course: Path, path: Path) -> Roster:
    """Reads a roster, and keeps it for the course."""
    roster = read(path)
    if path.resolve() != (course / FILE).resolve():
        files.write(course / FILE, path.read_bytes())
    return roster


def _known_as(students: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for key, row in students.items():
        name = Roster(students, {}).name(key)
        for word in {key, *row.values(), name, " ".join(reversed(name.split()))}:
            if len(_spelt(word)) > 1:
                found.setdefault(_spelt(word), set()).add(key)
    return {word: keys.pop() for word, keys in found.items() if len(keys) == 1}


def _spelt(word: str) -> str:
    """Canvas writes names without blanks and in small letters."""
    return re.sub(r"[\s,.'-]+", "", word).casefold()

"""Reads tests/mistakes: answers as students write them, each with what the check must find."""

import linecache
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "mistakes"
PREAMBLE = """\
import math
import random
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
"""
# What an answer finds already defined, as in the notebook.
GIVEN = {"resnet50_layer4": "given_block.py", "stage": "given_block.py"}
_HEAD = re.compile(r"# === (?P<kind>right|wrong)(?: (?P<slug>[\w-]+))?(?P<blind> \(blind\))?: (?P<text>.*)")


@dataclass(frozen=True)
class Answer:
    exercise: str
    name: str  # what the object is called in the code
    slug: str | None  # None: right
    blind: bool
    text: str
    code: str
    number: int

    def __str__(self) -> str:
        return f"{self.number:02}-{self.slug or 'right'}{'-blind' if self.blind else ''}"

    def load(self) -> Any:
        """The object that the code defines, with its source at hand for messages."""
        filename = f"<{self.exercise} {self}>"
        lines = self.code.splitlines(keepends=True)
        linecache.cache[filename] = (len(self.code), None, lines, filename)
        names: dict[str, Any] = {"__name__": "answer"}
        exec(PREAMBLE, names)
        if self.exercise in GIVEN:
            exec((FOLDER / GIVEN[self.exercise]).read_text(encoding="utf-8"), names)
        exec(compile(self.code, filename, "exec"), names)
        return names[self.name]


def answers(exercise: str, name: str) -> list[Answer]:
    """All answers to ``exercise``, in the order of the file."""
    found: list[Answer] = []
    for block in (FOLDER / f"{exercise}.py").read_text(encoding="utf-8").split("\n# === ")[1:]:
        head, _, code = f"# === {block}".partition("\n")
        match = _HEAD.fullmatch(head)
        assert match, f"{exercise}: {head!r} is no head of an answer"
        assert (match["kind"] == "right") == (match["slug"] is None), f"{exercise}: {head!r}"
        found.append(Answer(exercise, name, match["slug"], bool(match["blind"]), match["text"], code + "\n", len(found) + 1))
    return found

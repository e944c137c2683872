"""Exceptions of a student's code as one sentence, with the line it happened in."""

from __future__ import annotations

import dis
import functools
import linecache
import os
import sysconfig
import traceback
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cnnkit.check import limits, torch_words

_LIBRARIES = tuple({str(Path(sysconfig.get_path(name)).resolve()) + os.sep for name in ("stdlib", "purelib", "platlib")})
_INSTALLED = {"site-packages", "dist-packages"}  # also those of the user and of the system
_KIT = str(Path(__file__).resolve().parents[1]) + os.sep


class Mistake(Exception):
    """What a probe found: ends the check."""

    def __init__(self, slug: str, message: str, mark: int | None = None) -> None:
        super().__init__(message)
        self.slug, self.message = slug, message
        self.mark = mark  # index of the trace's record that the drawing marks


def mistake_of(error: BaseException, doing: str, slips: Sequence[torch_words.Slip] = ()) -> Mistake:
    """The mistake behind an exception that the student's code raised while it was ``doing`` something ("called with ...").

    ``slips`` are errors to tell in words beside those that are told so everywhere.
    """
    text = _first_line(error)
    place = where(error) or "Some line"
    if isinstance(error, NotImplementedError) and not text:
        return Mistake("not-started", "Not started yet.")
    if "before Module.__init__() call" in text or "has no attribute '_modules'" in text or "'_parameters'" in text:
        return Mistake(
            "super-init-missing",
            f"The class does not set up nn.Module first. {place} adds a layer before `super().__init__()` has run; "
            "it must be the first line of `__init__`.",
        )
    if isinstance(error, RecursionError):
        return Mistake("raises", f"Your code calls itself without end. {place} is where Python gave up; look at what it calls.")
    if isinstance(error, MemoryError) or "DefaultCPUAllocator" in text or "out of memory" in text:
        return Mistake("too-large", f"Your code asks for more memory than there is. {place} does it; look at the sizes there.")
    if isinstance(error, SystemExit | KeyboardInterrupt):
        return Mistake("raises", f"Your code ends Python itself. {place} does it; an answer only returns.")
    if found := torch_words.in_words(error, text, place, (*torch_words.SLIPS, *slips)):
        return Mistake(*found)
    said = f"{type(error).__name__}: {_shortened(text)}" if text else type(error).__name__
    return Mistake("raises", f"Your code stops with an error when {doing}. {where(error) or 'Python says'}: {said}")


def where(error: BaseException) -> str:
    """The innermost line that is the student's own, such as "Line 7 (`x = self.conv(x)`)"; "" where none is."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if not is_library(frame.filename)]
    if not own:
        return ""
    line = own[-1].lineno or 0
    source = (own[-1].line or linecache.getline(own[-1].filename, line)).strip()
    return f"Line {line} (`{_shortened(source, 60)}`)" if source else f"Line {line}"


@functools.cache  # one look-up of a path takes as long as many lines of code
def is_library(filename: str) -> bool:
    """Whether a file belongs to Python, to an installed package or to the kit, and so is not the student's."""
    if filename.startswith("<frozen"):
        return True
    try:
        path = str(Path(filename).resolve())
    except (OSError, ValueError):
        return False
    installed = path.startswith((*_LIBRARIES, _KIT)) or not _INSTALLED.isdisjoint(Path(path).parts)
    return installed and "ipykernel_" not in path


def text_of(error: BaseException | None) -> str:
    """What an exception says; "" where its own ``__str__`` fails."""
    return "" if error is None else _told(error) or ""


def untold(error: BaseException | None) -> BaseException | None:
    """The exception behind ``error`` whose own ``__str__`` fails, if one does: whoever tried to tell it then failed too."""
    while error is not None and _told(error) is not None:
        error = error.__context__
    return error


def _told(error: BaseException) -> str | None:
    try:
        return str(error)
    except limits.Stop:
        raise
    except BaseException:
        return None


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in text_of(error).splitlines() if line.strip()]
    return lines[0] if lines else ""


def _shortened(text: str, most: int = 110) -> str:
    """``text`` as far as it goes, cut between words."""
    if len(text) <= most:
        return text
    cut = text[: most - 3]
    return (cut if text[most - 3].isspace() or " " not in cut else cut.rpartition(" ")[0]).rstrip() + " ..."


def is_unfilled(function: Any) -> bool:
    """Whether a function's body does nothing: ``pass``, ``...``, a docstring, ``return`` or ``raise NotImplementedError``."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, types.CodeType):
        return False
    if code.co_names == ("NotImplementedError",):
        return True
    nothing = (None, ..., function.__doc__)
    return all(
        step.opname in ("RESUME", "NOP", "POP_TOP", "RETURN_VALUE", "RETURN_CONST", "LOAD_CONST", "LOAD_COMMON_CONSTANT")
        and (not step.opname.endswith("CONST") or step.argval in nothing)
        for step in dis.get_instructions(code)
    )

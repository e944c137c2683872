"""Cells of a table that a spreadsheet will open: words that others wrote, and no formula."""

from __future__ import annotations

import unicodedata

from cnnkit.report.parts import clean

LONGEST = 1_000  # letters of a cell
FORMULA = ("=", "+", "-", "@", "\u2212")  # where spreadsheets begin to compute
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and a sign that show nothing


def defused(text: str) -> str:
    """``text`` as a cell that no spreadsheet takes for a formula, on one line and not too long.

    No semicolon: where Excel expects it between cells, what follows would be a cell of its own.
    """
    text = clean(text)
    line = " ".join(text.split()).replace(";", ",")
    line = line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."
    return "'" + line if text.startswith(("\t", "\r")) or _first_seen(text).startswith(FORMULA) else line


def _first_seen(text: str) -> str:
    """The first letter that shows, in its plain form (a wide "=" is one, too); "" if none does.

    Spaces, marks and invisible letters before it are left out: a spreadsheet may drop them, as may whoever mends the cell.
    """
    shown = (letter for letter in text if unicodedata.category(letter)[0] not in "CMZ" and letter not in _BLANK)
    return unicodedata.normalize("NFKC", next(shown, ""))

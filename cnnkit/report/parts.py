"""A part of the report: tables, pictures and text that show themselves as HTML or as plain text.

Everything in a part is plain text; it is escaped here and nowhere else.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnkit.draw.picture import Picture


@dataclass(frozen=True)
class Folded:
    """Lines of a cell that a reader unfolds below a ``summary``."""

    summary: str
    lines: tuple[str, ...]


Cell = str | tuple[str, ...] | Folded  # a tuple: one line each

NOT_RUN, UNKNOWN, NOT_WRITTEN = "○ not run", "not recorded", "not written"
_MISSING = {NOT_RUN, UNKNOWN, NOT_WRITTEN}  # shown paler
_SIGNS = {"✓": "good", "✗": "bad"}  # what a cell begins with, and its look
_SHORT = 17  # letters of a cell that stays on one line

# In a notebook; colours are those of the theme around it.
_STYLE = (
    ".cnnkit-report table{border-collapse:collapse;margin:.5em 0}"
    ".cnnkit-report caption{text-align:left;font-weight:bold;padding:.3em 0}"
    ".cnnkit-report th,.cnnkit-report td{text-align:left!important;vertical-align:top;padding:3px 10px}"
    ".cnnkit-report .missing{opacity:.75}"
    ".cnnkit-report .short{white-space:nowrap}"
    ".cnnkit-report ul{margin:0;padding-left:1.1em}"
    ".cnnkit-report .words{white-space:pre-wrap}"
    ".cnnkit-report img{max-width:100%;background:white}"
)


@dataclass(frozen=True)
class Table:
    """Rows under a head; the first cell of a row names it.

    Attributes:
        caption: goes above.
        head: names of the columns.
        rows: as many cells each as there are columns.
    """

    caption: str
    head: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]

    def html(self) -> str:
        """With roles spelled out: on a phone the page shows rows as blocks, and then browsers forget what they are."""
        head = "".join(f'<th scope="col" role="columnheader">{escape(name)}</th>' for name in self.head)
        body = "".join(f'<tr role="row">{self._row(row)}</tr>' for row in self.rows)
        return (
            f'<table role="table"><caption>{escape(self.caption)}</caption>'
            f'<thead role="rowgroup"><tr role="row">{head}</tr></thead><tbody role="rowgroup">{body}</tbody></table>'
        )

    def _row(self, row: tuple[Cell, ...]) -> str:
        first, *others = row
        cells = [f'<th scope="row" role="rowheader" dir="auto"{_looks(first)}>{_cell(first)}</th>']
        for name, cell in zip(self.head[1:], others, strict=True):
            cells.append(f'<td role="cell" dir="auto" data-label="{escape(name)}"{_looks(cell)}>{_cell(cell)}</td>')
        return "".join(cells)

    def text(self) -> str:
        """Aligned columns; a cell of several lines takes several lines."""
        lines = [(self.head,), *(_lines(row) for row in self.rows)]
        flat = [line for group in lines for line in group]
        widths = [max(len(line[i]) for line in flat) for i in range(len(self.head))]
        shown = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in flat]
        rule = "-" * max(map(len, shown))
        return "\n".join([self.caption, shown[0], rule, *shown[1:]])


@dataclass(frozen=True)
class Section:
    """One part of the report; a notebook cell that ends in it shows it.

    Attributes:
        title: its heading.
        lead: the summary, in a sentence or two.
        notes: what holds for all that follows, in a sentence or two each.
        tables: what was recorded, and what was not.
        pictures: below the tables, each with its words.
        texts: title, prompt and what was written of each answer.
    """

    title: str
    lead: str
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    texts: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def html(self, level: int = 2) -> str:
        """HTML with a heading of this level, without a style of its own."""
        parts = [f"<h{level}>{escape(self.title)}</h{level}>", f'<p class="lead" dir="auto">{escape(self.lead)}</p>']
        parts += [_written(*text, level + 1) for text in self.texts]
        parts += [_image(picture) for picture in self.pictures]
        parts += [f'<p dir="auto">{escape(note)}</p>' for note in self.notes]
        parts += [table.html() for table in self.tables]
        return "".join(parts)

    def _repr_html_(self) -> str:
        return f'<div class="cnnkit-report"><style>{_STYLE}</style>{self.html(3)}</div>'

    def __str__(self) -> str:
        parts = [f"{self.title}: {self.lead}"]
        parts += [f"{title} ({prompt})\n  {text or NOT_WRITTEN}" for title, prompt, text in self.texts]
        parts += [picture.alt for picture in self.pictures] + [*self.notes]
        parts += [table.text() for table in self.tables]
        return clean("\n\n".join(parts))

    __repr__ = __str__


def escape(text: str) -> str:
    """``text`` for HTML, between tags and inside quotes."""
    return html.escape(clean(text))


def clean(text: str) -> str:
    """Without what no file of UTF-8 or HTML may hold: control characters and halves of surrogate pairs."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]", "\ufffd", text)


def _looks(cell: Cell) -> str:
    """The class attribute of a cell."""
    if not isinstance(cell, str):
        return ""
    looks = ["missing"] if cell in _MISSING else [_SIGNS[cell[0]]] if cell[:1] in _SIGNS else []
    looks += ["short"] if len(cell) <= _SHORT else []
    return f' class="{" ".join(looks)}"' if looks else ""


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return escape(cell)
    if isinstance(cell, Folded):
        return f"<details><summary>{escape(cell.summary)}</summary>{_listed(cell.lines)}</details>"
    if len(cell) == 1:
        return escape(cell[0])
    return _listed(cell)


def _listed(lines: Sequence[str]) -> str:
    return "<ul>" + "".join(f'<li dir="auto">{escape(line)}</li>' for line in lines) + "</ul>"


def _lines(row: tuple[Cell, ...]) -> list[tuple[str, ...]]:
    """The lines of text that a row takes."""
    cells = [(cell,) if isinstance(cell, str) else cell.lines if isinstance(cell, Folded) else cell for cell in row]
    flat = [[" ".join(line.split()) for line in cell] for cell in cells]
    height = max(map(len, flat))
    return [tuple(cell[i] if i < len(cell) else "" for cell in flat) for i in range(height)]


def _written(title: str, prompt: str, text: str, level: int) -> str:
    body = f'<p class="words" dir="auto">{escape(text)}</p>' if text else f'<p class="missing">{NOT_WRITTEN}</p>'
    return f'<h{level}>{escape(title)}</h{level}><p class="prompt">{escape(prompt)}</p>{body}'


def _image(picture: Picture) -> str:
    import base64

    png = base64.b64encode(picture.png()).decode()
    width = round(picture.get_figwidth() * picture.dpi / 2)
    return f'<p class="picture"><img alt="{escape(picture.alt)}" width="{width}" src="data:image/png;base64,{png}"></p>'

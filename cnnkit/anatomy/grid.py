"""Lines and columns of text, for a terminal and for a notebook."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 120  # columns of a wide terminal
_CELL = "padding: 1px 6px; line-height: 1.35; white-space: pre; text-align: "


@dataclass(frozen=True)
class Grid:
    """Cells that are ready to be shown; every line and the total have one text a head.

    Attributes:
        title: goes above.
        heads: names of the columns, each with the sentence that a mouse over it shows.
        left: so many columns are aligned left, the others right.
    """

    title: str
    heads: tuple[tuple[str, str], ...]
    lines: Sequence[Sequence[str]]
    total: Sequence[str]
    left: int = 1

    def text(self) -> str:
        """Aligned columns, not wider than a terminal: too long a name loses its front, which its neighbours share."""
        heads = [name for name, _ in self.heads]
        widths = [max(map(len, column)) for column in zip(heads, *self.lines, self.total, strict=True)]
        widths[0] = max(12, min(widths[0], WIDTH - sum(widths[1:]) - 2 * (len(widths) - 1)))
        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        body = [self._line(line, widths) for line in self.lines]
        return "\n".join([self.title, self._line(heads, widths), rule, *body, rule, self._line(self.total, widths)])

    def html(self) -> str:
        """A table without colours of its own, so it reads on light and dark pages."""
        heads = "".join(
            self._cell(i, name, "th", f' scope="col" title="{escape(why)}"') for i, (name, why) in enumerate(self.heads)
        )
        body = "".join(f"<tr>{self._cells(line)}</tr>" for line in self.lines)
        return (
            f"<table><caption style='text-align: left'>{escape(self.title)}</caption><thead><tr>{heads}</tr></thead>"
            f"<tbody>{body}</tbody><tfoot style='font-weight: bold'><tr>{self._cells(self.total)}</tr></tfoot></table>"
        )

    def _line(self, texts: Sequence[str], widths: Sequence[int]) -> str:
        name = texts[0] if len(texts[0]) <= widths[0] else "..." + texts[0][3 - widths[0] :]
        cells = zip([name, *texts[1:]], widths, strict=True)
        return "  ".join(t.ljust(w) if i < self.left else t.rjust(w) for i, (t, w) in enumerate(cells)).rstrip()

    def _cells(self, texts: Sequence[str]) -> str:
        return "".join(self._cell(i, text) for i, text in enumerate(texts))

    def _cell(self, column: int, text: str, tag: str = "td", more: str = "") -> str:
        side = "left" if column < self.left else "right"
        return f'<{tag} style="{_CELL}{side}"{more}>{escape(text)}</{tag}>'


def count(value: int) -> str:
    """A number with thousands separators; "-" for none."""
    return f"{value:,}" if value else "-"


def percent(share: float) -> str:
    """A share of 1 in whole percents; "-" for none."""
    return "-" if share == 0 else "<1" if share < 0.005 else f"{100 * share:.0f}"


def pixels(value: int | float | None) -> str:
    """A distance on the input; "-" where there is none."""
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:g}"


def memory(value: int) -> str:
    """Bytes in thousands or millions, to two digits at least; "-" for none."""
    for unit, name in ((1e6, "MB"), (1e3, "kB")):
        if value >= unit:
            return f"{value / unit:,.{1 if value < 100 * unit else 0}f} {name}"
    return f"{value} B" if value else "-"


def sides(values: Sequence[int]) -> str:
    """Sizes as people write them: "3x32x32"."""
    return "x".join(map(str, values))

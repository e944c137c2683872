"""What a check says: passed or not, which mistake, and in words what was seen, what was expected and where to look."""

from __future__ import annotations

import html
import os
from dataclasses import dataclass, field
from typing import Any

from cnnkit._support.words import as_lines, em, first_lines, rich, state

_COLOURS = {"✓": "#0072b2", "○": "#767676", "✗": "#d55e00"}  # of the bar; no colour of letters can be read on white and black


@dataclass(frozen=True)
class Verdict:
    """The result of a check; a notebook shows it with its drawing.

    Attributes:
        exercise: name of the check, e.g. "residual_block".
        mistake: slug in `check.MISTAKES[exercise]`; None if the answer passed.
        message: what was seen, what was expected, where to look. The first sentence alone says what is wrong.
        remarks: what is not wrong but worth knowing, such as a layer that is never used.
        printed: what the student's code printed meanwhile.
        drawing: an SVG picture of the answer with the first wrong place marked; "" where there is nothing to draw.
        seed: of the check's random inputs.
        seconds: how long it took.
        candidate: what was checked.
        reference: the kit's own solution.
    """

    exercise: str
    mistake: str | None
    message: str
    remarks: tuple[str, ...] = ()
    printed: str = ""
    drawing: str = field(default="", repr=False)
    seed: int = 0
    seconds: float = 0.0
    candidate: Any = field(default=None, repr=False)
    reference: Any = field(default=None, repr=False)

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.mistake is None

    def or_reference(self) -> Any:
        """The student's own answer if it passed, and the kit's otherwise, so that one can go on."""
        return self.candidate if self.passed else self.reference

    def require(self) -> None:
        """Raises AssertionError with the message unless the answer passed: for graded cells.

        Where nbgrader runs them, the drawing is shown too: it goes into the student's feedback.
        """
        if not self.passed:
            if self.drawing and "NBGRADER_EXECUTION" in os.environ:
                from IPython.display import HTML, display

                display(HTML(self.drawing))
            raise AssertionError(f"{self.exercise}: {self.message}")

    def __str__(self) -> str:
        return as_lines(self.exercise, self.mistake, self.message, self.remarks, self.printed)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        symbol, word = state(self.mistake)
        first, rest = _first_sentence(self.message)
        parts = [
            f'<div style="border-left:5px solid {_COLOURS[symbol]};padding:6px 12px;margin:4px 0;max-width:{em(760)}">'
            f"<div><b>{symbol} {word}</b> "
            f"<code>{html.escape(self.exercise)}</code></div>",
            f"<div><b>{rich(first)}</b> {rich(rest)}</div>" if self.message else "",
            self.drawing,
            *(f"<div>Remark: {rich(remark)}</div>" for remark in self.remarks),
        ]
        if self.printed.strip():
            text = html.escape(first_lines(self.printed, 40))
            parts.append(f"<details><summary>What your code printed</summary><pre>{text}</pre></details>")
        return "".join(parts) + "</div>"


def _first_sentence(message: str) -> tuple[str, str]:
    for end in (". ", "? ", "! ", ": "):
        if end in message and (end != ": " or len(message) > 120):
            first, _, rest = message.partition(end)
            return first + end.strip(), rest
    return message, ""

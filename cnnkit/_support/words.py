"""A verdict in lines of plain text: the same in a notebook, on the command line, and where torch is not imported."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable


def state(mistake: str | None) -> tuple[str, str]:
    """Symbol and word for a verdict with this mistake, None where the answer passed."""
    return ("✓", "passed") if mistake is None else ("○", "not started") if mistake == "not-started" else ("✗", "not yet")


def em(pixels: float) -> str:
    """Gives a length in CSS that grows with the letters a reader has set for JupyterLab; 13 pixels are usual."""
    return f"calc({pixels / 13:.4g} * var(--jp-widgets-font-size, 13px))"


def as_lines(exercise: str, mistake: str | None, message: str, remarks: Iterable[str], printed: str) -> str:
    """What is printed of a verdict; its fields are those of `cnnkit.check.Verdict`."""
    symbol, word = state(mistake)
    lines = [f"{symbol} {exercise}: {word}", message, *(f"Remark: {remark}" for remark in remarks)]
    if printed.strip():
        lines.append("Your code printed: " + first_lines(printed).replace("\n", "\n  "))
    return "\n".join(line for line in lines if line)


def first_lines(text: str, count: int = 3) -> str:
    """The first lines of a text, not in full where they are very long, and "..." where there is more."""
    lines = [line if len(line) <= 500 else f"{line[:500]} ..." for line in text.strip().splitlines()]
    return "\n".join(lines[:count] + ["..."] * (len(lines) > count))


def rich(text: str) -> str:
    """``text`` escaped for HTML, with what stands between backticks as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text))


def counted(count: int, one: str, more: str) -> str:
    """A number with its noun: "1 run", "2 runs"."""
    return f"{count:,} {one if count == 1 else more}"


def too_slow(seconds: float) -> str:
    """What is said of code that was stopped: right code may be meant too."""
    return (
        f"Your code has not ended after {seconds:g} seconds. Look for an endless loop, or for one that may be right but "
        "takes too many steps, such as one over single pixels."
    )


def not_ended(path: object, name: str, seconds: float) -> str:
    """What is said of a file that was stopped while it defined its answer ``name``."""
    return f"{path} has not ended after {seconds:g} seconds; it should only define {name}"


def plural(count: int, word: str) -> str:
    """A number and what it counts, such as "1 channel" and "2 channels"."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def whole(text: str) -> str:
    """``text`` as UTF-8 can hold it: halves of characters, which the names of files may have, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")

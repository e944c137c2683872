"""Numbers as people write and read them: what a student types, and what a page shows."""

from __future__ import annotations

import math
import re

_SCALES = {
    "": 1, "%": 0.01, "k": 10**3, "K": 10**3, "thousand": 10**3, "M": 10**6, "million": 10**6, "G": 10**9, "B": 10**9,
    "billion": 10**9,
}  # fmt: skip


def parse(typed: str, unit: str = "") -> float | None:
    """The number in ``typed``: 12, 0.5, 0,5, 14,000, 14.000, 14 000, 1.5e6, 15 M, 15 million, 60 %; None if it is none."""
    text = typed.strip() if len(typed) < 100 else ""
    for count in range(len(unit.split()), 0, -1):  # the unit or its beginning: of "million MACs", "37.7 million" is 37.7
        said = " ".join(unit.split()[:count])
        if text.lower().endswith(said.lower()):
            text = text[: -len(said)].strip()
            break
    match = re.fullmatch(r"([+\-\u2212]?)\s*([\d.,\s_']*\d[\d.,\s_']*?)([eE][+-]?\d{1,3})?\s*(%|[A-Za-z]*)", text)
    if match is None or match[4] not in _SCALES:
        return None
    digits = re.sub(r"(?<=\d)[\s_'](?=\d{3}(?!\d))", "", match[2].strip())
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+(\.\d*)?", digits):
        digits = digits.replace(",", "")
    elif re.fullmatch(r"[1-9]\d{0,2}(\.\d{3})*\.000", digits):  # thousands as half the world parts them: nobody writes 14 so
        digits = digits.replace(".", "")
    elif re.fullmatch(r"\d*,\d*", digits):  # the comma of half the world
        digits = digits.replace(",", ".")
    try:
        value = float(("-" if match[1] in ("-", "\u2212") else "") + digits + (match[3] or "")) * _SCALES[match[4]]
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def number(value: float) -> str:
    """``value`` for people: whole numbers whole, thousands apart, four digits of a fraction."""
    if value == round(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.1f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"


def is_right(guess: float, answer: float, tolerance: float) -> bool:
    """Whether ``guess`` is within ``tolerance`` of ``answer``; a rounding error of floating point is forgiven."""
    return abs(guess - answer) <= tolerance + 1e-12 * max(abs(guess), abs(answer))

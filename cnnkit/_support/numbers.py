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


def carried(value: float, tolerance: float, factor: float = 1.0) -> float:
    """``value`` without digits that mean nothing where so far off is still right; a whole number is a count and stays."""
    if value == round(value):
        return value
    if factor > 1:
        return float(f"{value:.2g}")
    return round(value, max(0, -math.floor(math.log10(tolerance)))) if tolerance else value


def meant(guess: float, answer: float, tolerance: float, unit: str = "") -> str:
    """What was most likely meant where a scale was left out, such as "37.7 M" for 37.7; else ""."""
    near = max(tolerance, 0.05 * abs(answer))
    if unit == "%" and 0 < guess <= 1 and not is_right(guess, answer, near) and is_right(100 * guess, answer, near):
        return f"{number(100 * guess)} %"
    for scale in (10**3, 10**6, 10**9):
        if guess >= 1 and is_right(guess * scale, answer, min(near, 0.3 * abs(answer))):
            return f"{number(guess * scale / 10**6)} M" if guess * scale >= 10**6 else number(guess * scale)
    return ""

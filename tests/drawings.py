"""What every drawing that can be touched must be, and the controls of a widget."""

import re
from typing import Any
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"


def readable(drawing: str, most: int) -> ElementTree.Element:
    """The drawing, parsed: no higher than so many pixels, its letters large and dark enough, its keys unique and named."""
    root = ElementTree.fromstring(drawing)
    _, _, width, height = map(float, (root.get("viewBox") or "").split())
    found = re.search(r"min-width:(\d+)px", root.get("style") or "")
    assert width <= 760 and height <= most and found and root.get("role") == "img"
    for text in root.iter(f"{SVG}text"):
        assert float(text.get("font-size", 0)) * float(found[1]) / width >= 11, text.text
        assert -1 <= float(text.get("x", -9)) <= width and 0 <= float(text.get("y", -9)) <= height - 2, text.text
        if (text.get("fill") or "").startswith("#"):  # black and white stand on grounds of their own
            assert contrast(text.get("fill") or "", "#ffffff") >= 4.5, text.text
    keyed = [e for e in root.iter() if e.get("data-key")]
    assert len({e.get("data-key") for e in keyed}) == len(keyed) and all(e.get("data-name") for e in keyed)
    return root


def contrast(one: str, other: str) -> float:
    """Of two colours, as WCAG 2 has it."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def controls(widget: Any) -> dict[str, Any]:
    """All controls of a widget by their description."""
    found = {getattr(widget, "description", ""): widget}
    for child in getattr(widget, "children", ()):
        found |= controls(child)
    return found

"""What the widgets share: how one is shown, live or still, and a few words of SVG and HTML with everything escaped."""

from __future__ import annotations

import base64
import html
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

INK, LINE, FAINT = "#222222", "#767676", "#d0d0d0"
BLUE, ORANGE = "#0072b2", "#d55e00"  # Okabe and Ito; always beside a word, a symbol or a thick line
WIDTH = 760  # pixels of a notebook's width
_VIEW = "application/vnd.jupyter.widget-view+json"


class Explorer(ABC):
    """Something to play with: ipywidgets where a kernel runs, a still picture where none does.

    A subclass says what the still picture is, and builds the controls; they are built when it is first shown.
    """

    @abstractmethod
    def still(self) -> str:
        """The present state as HTML."""

    @abstractmethod
    def words(self) -> str:
        """The present state in a sentence or two, for those who can't see it."""

    @abstractmethod
    def build(self) -> Any:
        """Makes the controls; returns the outermost widget."""

    @cached_property
    def widget(self) -> Any:
        """The live widget: the same one each time, so that two views of it move together."""
        return self.build()

    def __repr__(self) -> str:
        return self.words()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": self.words()}
        try:
            bundle[_VIEW] = {"version_major": 2, "version_minor": 0, "model_id": self.widget.model_id}
            bundle["text/html"] = self.still()
        except ModuleNotFoundError as error:
            if error.name != "ipywidgets":
                raise
            missing = "This picture comes alive with ipywidgets: install it (pip install ipywidgets) and run the cell again."
            bundle["text/html"] = f"{self.still()}<div>{missing}</div>"
        return bundle


def controls() -> Any:
    """The module ipywidgets, imported on first use. Only what its version 7.7.1 has too may be used: Colab brings that."""
    return import_module("ipywidgets")


def row(*parts: str, x: int, y: int, size: int = 13, colour: str = INK, bold: bool = False) -> str:
    """Lines of SVG text, one a part, the first with its baseline at ``y``."""
    weight = ' font-weight="bold"' if bold else ""
    return "".join(
        f'<text x="{x}" y="{y + i * (size + 6)}" font-size="{size}" fill="{colour}"{weight}>{html.escape(part)}</text>'
        for i, part in enumerate(parts)
    )


def svg(parts: Sequence[str], height: int, words: str, width: int = WIDTH) -> str:
    """A picture on a white ground of its own; ``words`` is its alternative text."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'style="max-width:100%;height:auto" font-family="sans-serif" role="img" aria-label="{html.escape(words)}">'
        f'<rect width="{width}" height="{height}" rx="6" fill="white"/>{"".join(parts)}</svg>'
    )


def image(pixels: Tensor, x: int, y: int, scale: float) -> str:
    """Pixels ``[H, W]`` or ``[H, W, 3]`` as an image inside an SVG, every pixel a square."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels.contiguous().numpy()).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    height, width = pixels.shape[:2]
    return (
        f'<image x="{x}" y="{y}" width="{width * scale:.1f}" height="{height * scale:.1f}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="data:image/png;base64,{data}"/>'
        f'<rect x="{x}" y="{y}" width="{width * scale:.1f}" height="{height * scale:.1f}" fill="none" stroke="{LINE}"/>'
    )


def card(body: str, colour: str = LINE) -> str:
    """HTML on a white ground of its own, with a bar on its left."""
    return (
        f'<div style="border-left:5px solid {colour};background:white;color:{INK};padding:6px 12px;margin:4px 0;'
        f'max-width:{WIDTH}px;font-size:14px;line-height:1.5">{body}</div>'
    )


def rich(text: str) -> str:
    """``text`` escaped for HTML, with what stands between backticks as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(text))

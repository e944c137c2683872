"""What the widgets share: how one is shown, live or still, and a few words of SVG and HTML with everything escaped."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from typing import Any

from cnnkit._support.words import em

INK, LINE, FAINT = "#222222", "#767676", "#d0d0d0"
BLUE, ORANGE = "#0072b2", "#d55e00"  # Okabe and Ito; always beside a word, a symbol or a thick line
WIDTH = 760  # pixels of a notebook's width
WRAP = {"flex_flow": "row wrap"}  # of a row of controls: a narrow page has several lines of them
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

    @cached_property
    def _framed(self) -> Any:
        from cnnkit.explore.scripts import guarded  # here: it is made of what this module holds

        return guarded(self.widget)

    def __repr__(self) -> str:
        return self.words()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": self.words()}
        try:
            bundle[_VIEW] = {"version_major": 2, "version_minor": 0, "model_id": self._framed.model_id}
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


# No list, menu or radio button: JupyterLab takes the keys that are pressed in one for the notebook's, and "x" cuts its cell.
# The keys of a slider (arrows) and of toggle buttons (Tab, space) stay with them.


def buttons(w: Any, description: str, options: Sequence[Any], value: Any) -> Any:
    """One of a few ``options``, as toggle buttons that wrap; value None: none of them yet."""
    return w.ToggleButtons(
        options=list(options), value=value, description=description, style={"button_width": "auto", "description_width": em(76)}
    )


def choice(w: Any, description: str, options: Sequence[Any], value: Any, **look: Any) -> Any:
    """One of many ``options``, as a slider over them that says where it stands."""
    return w.SelectionSlider(options=list(options), value=value, description=description, continuous_update=True, **look)


def svg(parts: Sequence[str], height: int, words: str, width: int = WIDTH) -> str:
    """A picture on a white ground of its own; ``words`` is its alternative text."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'style="width:{em(width)};max-width:100%;height:auto" font-family="sans-serif" role="img" '
        f'aria-label="{html.escape(words)}"><rect width="{width}" height="{height}" rx="6" fill="white"/>{"".join(parts)}</svg>'
    )


def card(body: str, colour: str = LINE) -> str:
    """HTML on a white ground of its own, with a bar on its left."""
    return (
        f'<div style="border-left:5px solid {colour};background:white;color:{INK};padding:6px 12px;margin:4px 0;'
        f'max-width:{em(WIDTH)};font-size:{em(14)};line-height:1.5">{body}</div>'
    )

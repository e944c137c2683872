"""A picture that answers the hand: an SVG in, clicks, hovers, drags and keys out, by one small anywidget."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.parsers import expat

from cnnkit.errors import InputError
from cnnkit.explore import scripts
from cnnkit.explore.look import Explorer, controls

_LARGE = re.compile(r' href="(data:image/[a-z]+;base64,[^"]{1000,})"')  # begins with what is quickly found
KINDS = ("click", "drag", "drop", "hover", "key")


@dataclass(frozen=True)
class Touch:
    """What the hand did to an element of a picture.

    Attributes:
        kind: "click" (also Enter and Space), "drag", "drop", "hover" or "key".
        key: the element's data-key; "" where the pointer hovers over none.
        x, y: where, in the units of the picture; of clicks by pointer, drags and drops.
        arrow: of a key "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp" or "PageDown". In a group it
            has already moved the focus, and ``key`` is where to.
    """

    kind: str
    key: str
    x: float = 0.0
    y: float = 0.0
    arrow: str = ""


def canvas(svg: str | Callable[[], str], hand: Callable[[Touch], object] | None = None) -> Canvas:
    """A picture in which every element with a ``data-key`` can be clicked, and reached by Tab.

    ``data-name`` is what a screen reader calls the element. Elements with the same ``data-group`` have one Tab stop, and the
    arrow keys walk among them. ``data-drag`` makes an element draggable, with ``data-drop`` one also hears where it is let
    go; ``data-hover`` (on it or around it) tells of the pointer. Text in the SVG must be escaped (`html.escape`); scripts,
    links and what would be loaded are left out.

    Args:
        svg: an SVG image, or a function that draws one: it is called again after each touch.
        hand: is told of each `Touch`. While it works, touches wait; of hovers, drags and held keys only the last one stays.

    Raises:
        InputError: what is given, or drawn, is no SVG.
    """
    return Canvas(svg, hand or (lambda touch: None))


class Canvas(Explorer):
    """The widget; see `canvas`. Without anywidget it shows the picture, and nothing in it can be touched."""

    def __init__(self, svg: str | Callable[[], str], hand: Callable[[Touch], object]) -> None:
        self._draw, self._hand = svg if callable(svg) else lambda: self.svg, hand
        self._live: Any = None
        self._plain: Any = None
        self.svg = svg() if callable(svg) else svg

    @property
    def svg(self) -> str:
        """The picture that is shown; a new one takes its place at once."""
        return self._svg

    @svg.setter
    def svg(self, svg: str) -> None:
        images: dict[str, str] = {}

        def named(found: re.Match[str]) -> str:
            images[name := _name(found[1])] = found[1]
            return f' data-image="{name}"'

        short = _LARGE.sub(named, svg) if isinstance(svg, str) else svg
        self._words = _root(short).get("aria-label") or "a picture"
        self._svg, self._short, self._images = svg, short, images
        self._show()

    def _show(self) -> None:
        """Sends the picture; large images in it, such as photos, only once."""
        if self._plain is not None:
            self._plain.value = self.svg
        if self._live is not None:
            if not self._images.keys() <= self._live.images.keys():
                self._live.images = {**self._live.images, **self._images}
            self._live.svg = self._short

    def still(self) -> str:
        """The picture as an image."""
        return still(self.svg)

    def words(self) -> str:
        """What the picture says of itself."""
        return self._words

    def build(self) -> Any:
        """The anywidget; without it plain HTML."""
        if not scripts.live():
            self._plain = controls().HTML(self.svg)
            return self._plain
        self._live = scripts.run("canvas", svg="", images={})
        self._live.on_msg(self._hear)
        self._show()
        return self._live

    def _hear(self, widget: Any, content: Any, buffers: Any) -> None:
        """Handles what came while Python was busy as one: every touch, then one picture, then the word that more may come."""
        try:
            for touch in filter(None, map(_touch, content.get("touches", []))):
                self._hand(touch)
            if (drawn := self._draw()) is not self.svg:  # else another thread may just have drawn a newer one
                self.svg = drawn
        finally:
            widget.send({"heard": content.get("id")})


@lru_cache(256)
def _name(image: str) -> str:
    return hashlib.sha256(image.encode()).hexdigest()[:16]


def _root(svg: str) -> dict[str, str]:
    """The attributes of the outermost element; the rest is only read through, for a picture may come many times a second.

    Raises:
        InputError: ``svg`` cannot be read, or is something else.
    """
    seen: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate(namespace_separator="}")

    def first(tag: str, attributes: dict[str, str]) -> None:
        seen.append((tag, attributes))
        parser.StartElementHandler = None

    parser.StartElementHandler = first
    try:
        parser.Parse(svg, True)
    except (expat.ExpatError, TypeError, ValueError) as error:
        raise InputError(f"the picture is no SVG that can be read ({error}); give a string that begins with <svg") from error
    if seen[0][0] != "http://www.w3.org/2000/svg}svg":
        raise InputError(f'the picture begins with <{seen[0][0]}>; give an <svg xmlns="http://www.w3.org/2000/svg">')
    return seen[0][1]


def still(svg: str) -> str:
    """An SVG as an HTML image with its own words as alternative text, for where no kernel runs."""
    words = re.search(r'aria-label="([^"]*)"', svg)
    width = re.search(r'viewBox="0 0 ([\d.]+) ', svg)
    size = f' width="{width[1]}"' if width else ""
    data = base64.b64encode(svg.encode()).decode()
    alt = html.escape(html.unescape(words[1])) if words else "a picture"
    return f'<img{size} style="max-width:100%" alt="{alt}" src="data:image/svg+xml;base64,{data}"/>'


def _touch(said: Any) -> Touch | None:
    """A touch from the page's message; None for what is none."""
    if not isinstance(said, Mapping) or said.get("kind") not in KINDS:
        return None
    x = y = 0.0
    with suppress(TypeError, ValueError):
        x, y = float(said.get("x", 0)), float(said.get("y", 0))
    return Touch(said["kind"], str(said.get("key") or ""), x, y, str(said.get("arrow", "")))

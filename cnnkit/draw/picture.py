"""A matplotlib Figure that a notebook shows as an image with alt text, made without pyplot so that threads may make one."""

from __future__ import annotations

import base64
import html
import io
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from cnnkit._support.words import whole

DPI = 144  # a point is two PNG pixels, shown at half size: as large as a CSS pixel, and sharp on dense screens too


class Picture(Figure):
    """A Figure of a given size in CSS pixels; ``alt`` says in words what it shows.

    JupyterLab 4 drops the ``alt`` of an image/png output, so the notebook gets an HTML <img> that has it. The same PNG goes
    along for readers that take no HTML (nbconvert to PDF), and as text the words: VS Code reads them as the alt text.
    """

    def __init__(self, width: float, height: float, alt: str, colours: int | None = None) -> None:
        super().__init__(figsize=(2 * width / DPI, 2 * height / DPI), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self)
        self.alt = whole(alt)
        self.colours = colours  # at most so many in the PNG: 64 make a chart's file a quarter as large; photos need all

    def png(self) -> bytes:
        """The picture as a PNG file."""
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=DPI)
        if self.colours:
            image = Image.open(file).convert("RGB").quantize(self.colours)
            file = io.BytesIO()
            image.save(file, "PNG", optimize=True)
        return file.getvalue()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
        png = base64.b64encode(self.png()).decode()
        width = round(self.get_figwidth() * DPI / 2)
        tag = f'<img alt="{html.escape(self.alt)}" width="{width}" src="data:image/png;base64,{png}">'
        data = {"text/plain": self.alt, "text/html": tag, "image/png": png}
        return data, {"image/png": {"alt": self.alt, "width": width}}


def axes(picture: Picture, title: str = "", x: str = "", y: str = "", place: tuple[int, int, int] = (1, 1, 1)) -> Axes:
    """One pair of axes with a title and the names of x and y; it fills ``picture``, or the third of (rows, columns, which)."""
    picture.set_layout_engine("constrained")
    ax = picture.add_subplot(*place)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=11, colors="#444444")
    ax.set_title(title, loc="left", fontsize=13, color="#222222")
    ax.set_xlabel(x, fontsize=12, color="#222222")
    ax.set_ylabel(y, fontsize=12, color="#222222")
    return ax

"""Words of SVG that the drawings which can be touched are made of, with everything escaped."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from functools import lru_cache

from torch import Tensor

from cnnkit.explore.look import INK, LINE, ORANGE

RUST, GREY = "#a84300", "#595959"  # orange as text, contrast 6.1 on white; grey 7.0


def choice(key: str, words: str, drawn: str, group: str, chosen: bool, around: tuple[float, float, float, float]) -> str:
    """Something to choose: shapes and a box around them that takes the pointer."""
    return (
        f'<g data-key="{key}" data-group="{group}" role="radio" aria-checked="{str(chosen).lower()}" '
        f'data-name="{html.escape(words)}" style="cursor:pointer">{drawn}{box(*around, "transparent")}</g>'
    )


def radios(words: str, members: list[str]) -> str:
    """Choices of which one is chosen."""
    return f'<g role="radiogroup" aria-label="{html.escape(words)}">{"".join(members)}</g>'


def cut(words: str, most: int) -> str:
    """At most so many letters."""
    return words if len(words) <= most else words[: most - 1] + "…"


def button(key: str, x: float, y: float, wide: float, words: str, pressed: bool, high: float = 28) -> str:
    """A button that stays down."""
    face, ink = (RUST, "white") if pressed else ("#f3f3f3", INK)
    label = text(x + wide / 2, y + high / 2 + 4, ("✓ " if pressed else "") + words, 12, ink, bold=pressed, anchor="middle")
    return (
        f'<g data-key="{key}" role="button" aria-pressed="{str(pressed).lower()}" data-name="{html.escape(words)}" '
        f'style="cursor:pointer">'
        f'<rect x="{x}" y="{y}" width="{wide}" height="{high:g}" rx="5" fill="{face}" stroke="{LINE}"/>{label}</g>'
    )


def text(x: float, y: float, words: str, size: float, colour: str = INK, *, bold: bool = False, anchor: str = "start") -> str:
    """A line of text; ``y`` is its baseline, and ``x`` its start, middle or end."""
    look = f'font-size="{size}" fill="{colour}" text-anchor="{anchor}"' + (' font-weight="bold"' if bold else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{html.escape(words)}</text>'


def box(x: float, y: float, wide: float, high: float, fill: str, stroke: str = "none", thick: float = 0) -> str:
    """A rectangle."""
    edge = f' stroke="{stroke}" stroke-width="{thick:g}"' if thick else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="{fill}"{edge}/>'


def striped(x: float, y: float, wide: float, high: float) -> str:
    """A rectangle told apart without colour; no pattern, whose id two pictures of a page would share."""
    lines = "".join(f"M{x:.1f} {y + high - down:.1f}h{wide:.1f}" for down in range(3, int(high), 6))
    return box(x, y, wide, high, ORANGE) + f'<path d="{lines}" stroke="white" stroke-width="1.5"/>'


def chips(
    field: str, label: str, names: Sequence[str], chosen: int, x: float, y: float, wrong: bool = False
) -> tuple[str, float]:
    """Options beside each other behind their label, and where they end; ``wrong``: the choice is the cause of a trouble."""
    parts, x = [], x + 7 * len(label) + 8
    for i, name in enumerate(names):
        wide, now = 7 * len(name) + 16, i == chosen
        face, ink = (RUST if wrong else INK, "white") if now else ("#f3f3f3", INK)
        shapes = f'<rect x="{x}" y="{y}" width="{wide}" height="24" rx="4" fill="{face}" stroke="{LINE}"/>'
        shapes += text(x + wide / 2, y + 16.5, name, 12, ink, bold=now, anchor="middle")
        parts.append(choice(f"{field}:{i}", f"{label} {name}", shapes, field, now, (x, y, wide, 24)))
        x += wide + 3
    words = text(x - sum(7 * len(n) + 19 for n in names) - 6, y + 16.5, ("✗ " if wrong else "") + label, 12,
                 RUST if wrong else INK, bold=wrong, anchor="end")  # fmt: skip
    return words + radios(label, parts), x


def aim(field: str, words: str, now: tuple[int, int], place: tuple[float, float, float, float], shown: str = "") -> str:
    """What the pointer or the arrows choose a cell of; ``now``: the chosen cell's number from 0, and how many there are."""
    cell, count = now
    return (
        f'<g data-key="{field}" data-aim="" role="slider" data-name="{html.escape(words)}" aria-valuemin="1" '
        f'aria-valuemax="{count}" aria-valuenow="{cell + 1}" aria-valuetext="{html.escape(words)}" style="cursor:crosshair">'
        f"{shown}{box(*place, 'transparent')}</g>"
    )


def framed(x: float, y: float, wide: float, high: float, colour: str, dash: str = "") -> str:
    """A frame that is seen on any ground."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    edge = f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="none"'
    return f'<rect {edge} stroke="white" stroke-width="4.5"/><rect {edge} stroke="{colour}" stroke-width="2.5"{dashed}/>'


def image(pixels: Tensor, x: float, y: float, wide: float, high: float | None = None) -> str:
    """Pixels ``[H, W]`` or ``[H, W, 3]`` in a rectangle, by default a square; each pixel is one."""
    data = _png(pixels.contiguous().numpy().tobytes(), tuple(pixels.shape))
    return (
        f'<image x="{x:.1f}" y="{y:.1f}" width="{wide:g}" height="{wide if high is None else high:g}" '
        f'preserveAspectRatio="none" style="image-rendering:pixelated" href="data:image/png;base64,{data}"/>'
    )


def small(photo: Tensor, most: int) -> Tensor:
    """A photo ``[3, H, W]`` as pixels ``[h, w, 3]``, at most about so many a side."""
    step = max(1, max(photo.shape[1:]) // most)
    return photo[:, ::step, ::step].permute(1, 2, 0)


def ink(colour: Sequence[int]) -> str:
    """Black or white, whichever is read better on a colour."""
    red, green, blue = ((part / 255) ** 2.2 for part in colour)
    return "black" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 else "white"


@lru_cache(256)
def _png(pixels: bytes, shape: tuple[int, ...]) -> str:
    from PIL import Image

    file = io.BytesIO()
    Image.frombytes("RGB" if len(shape) == 3 else "L", (shape[1], shape[0]), pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()

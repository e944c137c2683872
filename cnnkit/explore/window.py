"""A window that slides over an image, its dot product with a kernel and the map it makes: from settings to an SVG string."""

from __future__ import annotations

import html
from collections.abc import Sequence
from fractions import Fraction

from cnnkit.explore.look import BLUE, FAINT, INK, LINE, ORANGE, row, svg
from cnnkit.explore.settings import LIMITS, Sliding, weights

CELL, SLOT, LEFT, RIGHT, TOP, LOW = 22, 352, 12, 396, 54, 450  # pixels: a square, a map's place, where things begin
_TERMS = 4  # of the dot product are written out before the dots


def draw(state: Sliding) -> str:
    """The image with its window, the kernel, the dot product and the output so far, as SVG."""
    output = state.output()
    at = min(state.position, len(output) - 1)
    height, width = len(state.image), len(state.image[0])
    pad = f", padded to {height + 2 * state.padding}x{width + 2 * state.padding}" if state.padding else ""
    parts = [row("Image", x=LEFT, y=22, bold=True), row(f"{height}x{width}{pad}", x=LEFT, y=42, size=12)]
    parts += _image(state, at)
    parts += [row(f"Kernel: {state.name}", x=LEFT, y=LOW - 12, bold=True), *_kernel(state)]
    if not output:
        parts += [row("Output", x=RIGHT, y=22, bold=True), row("none", x=RIGHT, y=42, size=12)]
        parts.append(row(*_lines(misfit(state), 60), x=LEFT + 168, y=LOW + 12, bold=True))
        return svg(parts, LOW + 146, alt(state))
    rows, columns = state.size
    parts.append(row("Output", x=RIGHT, y=22, bold=True))
    parts.append(row(f"{rows}x{columns}, {at + 1} of {len(output)} so far", x=RIGHT, y=42, size=12))
    parts += _output(output, columns, at)
    place = f"Output row {at // columns + 1}, column {at % columns + 1}: each kernel number times its pixel, added up"
    parts.append(row(place, x=LEFT + 168, y=LOW - 12, bold=True))
    parts.append(row(*_lines(product(state, at), 76), x=LEFT + 168, y=LOW + 12))
    parts.append(row("Size of the output", x=LEFT + 168, y=LOW + 68, bold=True))
    parts.append(row("(n + 2·padding − dilation·(kernel − 1) − 1) / stride, rounded down, + 1", x=LEFT + 168, y=LOW + 90))
    parts.append(row(*formula(state), x=LEFT + 168, y=LOW + 110))
    return svg(parts, LOW + 146, alt(state))


def product(state: Sliding, position: int) -> str:
    """The dot product at ``position``, spelled out: first terms, dots, last term, sum."""
    pairs = state.terms(position)
    written = [f"{_bracket(weight)}·{pixel}" for weight, pixel in pairs]
    if len(written) > _TERMS + 2:
        written[_TERMS:-1] = ["..."]
    return " + ".join(written) + f" = {value(sum((w * pixel for w, pixel in pairs), Fraction(0)))}"


def formula(state: Sliding) -> list[str]:
    """The size of the output with the present numbers: a line, or one each for height and width."""
    lines = []
    for n in dict.fromkeys((len(state.image), len(state.image[0]))):
        top = n + 2 * state.padding - state.span
        exact = f" ({top / state.stride:.2f} rounded down)" if top % state.stride else ""
        lines.append(
            f"({n} + 2·{state.padding} − {state.dilation}·({state.kernel} − 1) − 1) / {state.stride} + 1 = "
            f"{top} / {state.stride} + 1 = {top // state.stride}{exact} + 1 = {state.length(n)}"
        )
    return lines


def misfit(state: Sliding) -> str:
    """Why the window does not fit, and what to change; "" where it does."""
    side = min(len(state.image), len(state.image[0]))
    room = side + 2 * state.padding
    if state.span <= room:
        return ""
    ways = [f"a kernel of {(room - 1) // state.dilation + 1} or less"]
    if state.kernel > 1 and (room - 1) // (state.kernel - 1) >= 1:
        ways.append(f"a dilation of {(room - 1) // (state.kernel - 1)} or less")
    padding = (state.span - side + 1) // 2
    if padding <= LIMITS["padding"][1]:
        ways.append(f"a padding of {padding} or more")
    said = ways[0] if len(ways) == 1 else ", ".join(ways[:-1]) + " or " + ways[-1]
    spread = f" with dilation {state.dilation}" if state.dilation > 1 else ""
    padded = "padded " if state.padding else ""
    return (
        f"✗ The window does not fit: a {state.kernel}x{state.kernel} kernel{spread} spans {state.span} pixels, "
        f"and the {padded}image has {room}. Choose {said}."
    )


def alt(state: Sliding) -> str:
    """The drawing in words."""
    settings = f"stride {state.stride}, padding {state.padding}, dilation {state.dilation}"
    words = f"A {state.kernel}x{state.kernel} {state.name} kernel slides over a {len(state.image)}x{len(state.image[0])} image"
    if not state.count:
        return f"{words}, {settings}. {misfit(state)}"
    at, (rows, columns) = min(state.position, state.count - 1), state.size
    place = f"At output row {at // columns + 1}, column {at % columns + 1}"
    return f"{words}, {settings}: the output is {rows}x{columns}. {place}: {product(state, at)}."


def value(number: Fraction) -> str:
    """A number of the output: whole, or with one decimal."""
    return str(number) if number.denominator == 1 else f"{float(number):.1f}"


def _bracket(weight: Fraction) -> str:
    return f"({weight})".replace("-", "−") if weight < 0 else str(weight)


def _image(state: Sliding, at: int) -> list[str]:
    height, width, pad = len(state.image), len(state.image[0]), state.padding
    left, top = LEFT + 3 * CELL, TOP + 3 * CELL  # the image stays where it is when padding grows around it
    edge = [(i, j) for i in range(-pad, height + pad) for j in range(-pad, width + pad)
            if not (0 <= i < height and 0 <= j < width)]  # fmt: skip
    corners = [(left + j * CELL, top + i * CELL) for i, j in edge]
    hatch = "".join(f"M{x} {y + 11}l11 -11M{x} {y + 22}l22 -22M{x + 11} {y + 22}l11 -11" for x, y in corners)
    frames = "".join(f"M{x} {y}h{CELL}v{CELL}h-{CELL}z" for x, y in corners)
    parts = [f'<path d="{hatch}" stroke="{FAINT}"/><path d="{frames}" fill="none" stroke="{LINE}" stroke-width="0.5"/>']
    cells = [(left + j * CELL, top + i * CELL, CELL, grey, str(grey)) for i, line in enumerate(state.image)
             for j, grey in enumerate(line)]  # fmt: skip
    parts += _cells(cells)
    parts += ['<g font-size="10.5" text-anchor="middle">']
    parts += [f'<text x="{x + 11}" y="{y + 15}" fill="{INK}" stroke="white" stroke-width="3" paint-order="stroke">0</text>'
              for x, y in corners] + ["</g>"]  # fmt: skip
    if at >= 0:
        marked = "".join(f"M{left + j * CELL} {top + i * CELL}h{CELL}v{CELL}h-{CELL}z" for i, j in state.squares(at))
        parts.append(f'<path d="{marked}" fill="none" stroke="white" stroke-width="4"/>')
        parts.append(f'<path d="{marked}" fill="none" stroke="{ORANGE}" stroke-width="2.6"/>')
    return parts


def _kernel(state: Sliding) -> list[str]:
    parts = ['<g font-size="10.5" text-anchor="middle">']
    for i, line in enumerate(weights(state.name, state.kernel)):
        for j, weight in enumerate(line):
            x, y = LEFT + 28 * j, LOW + 24 * i
            parts.append(f'<rect x="{x}" y="{y}" width="28" height="24" fill="#eef3f8" stroke="{ORANGE}" stroke-width="1.5"/>')
            parts.append(f'<text x="{x + 14}" y="{y + 16}" fill="{INK}">{html.escape(str(weight).replace("-", "−"))}</text>')
    return [*parts, "</g>"]


def _output(output: Sequence[Fraction], columns: int, at: int) -> list[str]:
    rows, low, high = len(output) // columns, min(output), max(output)
    side = min(30, SLOT // max(rows, columns))
    places = [(RIGHT + p % columns * side, TOP + p // columns * side) for p in range(len(output))]
    cells = []
    for (x, y), number in zip(places[: at + 1], output, strict=False):
        text = str(round(number)) if len(value(number)) * 6 > side else value(number)
        shade = int(255 * (number - low) / (high - low)) if high > low else 160
        cells.append((x, y, side, shade, text.replace("-", "−")))
    empty = "".join(f"M{x} {y}h{side}v{side}h-{side}z" for x, y in places[at + 1 :])
    parts = [f'<path d="{empty}" fill="none" stroke="{LINE}" stroke-width="0.8" stroke-dasharray="2 3"/>', *_cells(cells)]
    x, y = places[at]
    parts.append(f'<rect x="{x}" y="{y}" width="{side}" height="{side}" fill="none" stroke="white" stroke-width="4"/>')
    parts.append(f'<rect x="{x}" y="{y}" width="{side}" height="{side}" fill="none" stroke="{BLUE}" stroke-width="2.6"/>')
    return parts


def _cells(cells: Sequence[tuple[int, int, int, int, str]]) -> list[str]:
    """Squares ``(x, y, side, grey, text)`` with their numbers; a long number is narrowed to its square."""
    parts = ['<g font-size="10.5" text-anchor="middle">']
    for x, y, side, grey, text in cells:
        narrow = f' textLength="{side - 3}" lengthAdjust="spacingAndGlyphs"' if len(text) * 6.2 > side - 1 else ""
        parts.append(f'<rect x="{x}" y="{y}" width="{side}" height="{side}" fill="rgb({grey},{grey},{grey})"/>')
        ink = "black" if grey > 118 else "white"
        parts.append(f'<text x="{x + side / 2:g}" y="{y + side / 2 + 4:g}" fill="{ink}"{narrow}>{text}</text>')
    return [*parts, "</g>"]


def _lines(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= width and lines[-1]:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines

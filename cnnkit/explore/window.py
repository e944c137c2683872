"""A window that slides over an image, its dot product with a kernel and the map it makes: from settings to an SVG string."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from fractions import Fraction

import torch

from cnnkit.draw.look import signed
from cnnkit.explore.bench import Aim, Dial
from cnnkit.explore.look import BLUE, FAINT, INK, LINE, ORANGE, svg
from cnnkit.explore.settings import KERNELS, LIMITS, Plane, Sliding, formula, misfit
from cnnkit.explore.shapes import GREY, RUST, aim, box, button, chips, framed, image, ink, text

WIDE, NARROW = 720, 690  # pixels: of the drawing, and below which its letters would be smaller than 11
HEAD, ZONE = 64, 306  # heights: of the controls, of the grids
LETTERS = 11.5
CHANNELS = ("red", "green", "blue")
_TERMS = 4  # of the dot product are written out before the dots
DIALS = (
    Dial("name", tuple((name, name) for name in KERNELS), "numbers"),
    *(Dial(key, tuple((str(n), n) for n in range(low, high + 1))) for key, (low, high) in LIMITS.items()),
    Dial("colour", label="three channels"),
    Dial("formula", label="size formula"),
)


def draw(state: Sliding, touchable: bool = True) -> str:
    """Image, window times kernel, products, sum and output from left to right; above them the controls, if wanted."""
    top = HEAD if touchable else 0
    parts = [*_controls(state)] if touchable else []
    colour = RUST if misfit(state) else INK
    parts += [text(8, top + 20 + 16 * i, line, 12.5, colour, bold=True) for i, line in enumerate(_said(state))]
    y = top + 62
    parts += [*_image(state, y), *_sum(state, y), *_output(state, y)]
    bottom = y + ZONE - 20
    if state.formula:
        parts.append(text(8, bottom + 16, "Size: (n + 2·padding − dilation·(kernel − 1) − 1) / stride, rounded down, + 1", 12))
        parts.append(text(8, bottom + 33, ";  ".join(formula(state)) or "The window does not fit.", 12, bold=True))
        bottom += 38
    return svg(parts, bottom + 4, alt(state), WIDE).replace('style="', f'style="min-width:{NARROW}px;', 1)


def target(state: Sliding, touchable: bool = True) -> Aim:
    """Where the output lies, to choose a value of."""
    rows, columns = state.size
    x, side = (472.0, 240.0) if len(state.planes) == 1 else (508.0, 204.0)
    cell = side / max(rows, columns, 1)
    place = (x, (HEAD if touchable else 0) + 62.0, columns * cell, rows * cell)
    return Aim("position", rows, columns, place, "output")


def product(state: Sliding, position: int) -> str:
    """The dot product at ``position``, spelled out: first terms, dots, last term, sum."""
    pairs = [pair for channel in state.terms(position) for pair in channel]
    written = [f"{_bracket(weight)}·{pixel}" for weight, pixel in pairs]
    if len(written) > _TERMS + 2:
        written[_TERMS:-1] = ["..."]
    return " + ".join(written) + f" = {value(sum((w * pixel for w, pixel in pairs), Fraction(0)))}"


def alt(state: Sliding) -> str:
    """The drawing in words."""
    settings = f"stride {state.stride}, padding {state.padding}, dilation {state.dilation}"
    channels = f" in {len(state.planes)} channels" if len(state.planes) > 1 else ""
    size = f"{len(state.image)}x{len(state.image[0])} image{channels}"
    words = f"A {state.kernel}x{state.kernel} {state.name} kernel slides over a {size}"
    if not state.count:
        return f"{words}, {settings}. {misfit(state)}"
    at, (rows, columns) = min(state.position, state.count - 1), state.size
    place = f"At output row {at // columns + 1}, column {at % columns + 1}"
    shown = f" {'; '.join(formula(state))}." if state.formula else ""
    return f"{words}, {settings}: the output is {rows}x{columns}. {place}: {product(state, at)}.{shown}"


def signs(number: Fraction | int) -> str:
    """A number of the output, whole or with one decimal, with a real minus."""
    return value(Fraction(number)).replace("-", "−")


def value(number: Fraction) -> str:
    """A number of the output: whole, or with one decimal."""
    return str(number) if number.denominator == 1 else f"{float(number):.1f}"


def _bracket(weight: Fraction) -> str:
    return f"({weight})".replace("-", "−") if weight < 0 else str(weight)


def _said(state: Sliding) -> list[str]:
    """What stands above the grids: where the value is, or why there is none."""
    if misfit(state):
        return textwrap.wrap(misfit(state), 100)
    at, columns, count = min(state.position, state.count - 1), state.size[1], state.kernel**2 * len(state.planes)
    how = f"{count} products are added up" if count > 1 else "one product"
    return [
        f"Output row {at // columns + 1}, column {at % columns + 1}: {how}.",
        "Choose a cell of the output to see where it comes from.",
    ]


def _controls(state: Sliding) -> Iterator[str]:
    """Two rows of choices; of a window that does not fit, those that can cure it are marked."""
    causes = {"kernel"} | ({"dilation"} if state.dilation > 1 else set()) | {"padding"} if misfit(state) else set()
    x = 0.0
    for dial in DIALS[:5]:
        names = [name for name, _ in dial.options]
        chosen = [value for _, value in dial.options].index(getattr(state, dial.field))
        wrong = dial.field in causes
        drawn, x = chips(dial.field, dial.name, names, chosen, x + 16, 36 if dial.field != "name" else 6, wrong)
        yield drawn
        x = 0.0 if dial.field == "name" else x
    if state.colours:
        yield button("colour", 442, 4, 134, "three channels", state.colour)
    yield button("formula", 588, 4, 124, "size formula", state.formula)


def _image(state: Sliding, y: float) -> Iterator[str]:
    """The channels with their padding, and a frame around each square that the window covers."""
    height, width, pad, count = len(state.image), len(state.image[0]), state.padding, len(state.planes)
    side = 240.0 if count == 1 else 78.0
    cell = side / max(max(height, width) + 2 * pad, 0 if state.count else state.span)
    padded = f", padded {height + 2 * pad}x{width + 2 * pad}" if pad else ""
    yield text(
        8, y - 6, f"Image {height}x{width}{padded}" if count == 1 else f"Image, pad {pad}" if pad else "Image", 12, bold=True
    )
    for i, plane in enumerate(state.planes):
        left, top = 8.0, y + i * 95
        if count > 1:
            yield text(8, top + 11, CHANNELS[i], 12)
            top += 15
        yield _hatched(left, top, cell * (width + 2 * pad), cell * (height + 2 * pad))
        yield image(torch.tensor(plane, dtype=torch.uint8), left + pad * cell, top + pad * cell, width * cell, height * cell)
        yield box(left, top, cell * (width + 2 * pad), cell * (height + 2 * pad), "none", LINE, 1)
        if cell > 17:
            yield from _numbers(plane, left + pad * cell, top + pad * cell, cell)
        at = min(state.position, state.count - 1)
        squares = "".join(
            f"M{left + (j + pad) * cell:.1f} {top + (i + pad) * cell:.1f}h{cell:.1f}v{cell:.1f}h-{cell:.1f}z"
            for i, j in state.squares(max(at, 0))
        )
        for colour, thick in (("white", 4.0), (ORANGE if at >= 0 else RUST, 2.4)):
            dash = "" if at >= 0 else ' stroke-dasharray="4 2"'
            yield f'<path d="{squares}" fill="none" stroke="{colour}" stroke-width="{min(thick, cell / 3):.1f}"{dash}/>'


def _numbers(plane: Plane, x: float, y: float, cell: float) -> Iterator[str]:
    for i, line in enumerate(plane):
        for j, grey in enumerate(line):
            yield _number(str(grey), x + j * cell, y + i * cell, cell, cell, ink((grey,) * 3))


def _hatched(x: float, y: float, wide: float, high: float) -> str:
    """Padding: zeros, told apart from black pixels by lines."""
    lines = "".join(
        f"M{x + max(0.0, d - high):.1f} {y + min(d, high):.1f}L{x + min(d, wide):.1f} {y + max(0.0, d - wide):.1f}"
        for d in (7.0 * n for n in range(1, int((wide + high) / 7)))
    )
    return box(x, y, wide, high, "white") + f'<path d="{lines}" stroke="{FAINT}"/>'


def _sum(state: Sliding, y: float) -> Iterator[str]:
    """Window times kernel, number by number, and the sum of the products: below each other, or a row a channel."""
    k, count, at = state.kernel, len(state.planes), min(state.position, state.count - 1)
    stacked = count == 1
    wide = min(34, (176 if stacked else 360 // 3) // k)
    high = min(24, (74 if stacked else 84) // k)
    nothing = [[(weight, 0) for line in kernel for weight in line] for kernel in state.kernels]
    for channel, pairs in enumerate(state.terms(at) if at >= 0 else nothing):
        grids = (
            ("window", [str(pixel) if at >= 0 else "" for _, pixel in pairs], FAINT, "white"),
            ("× kernel", [str(weight).replace("-", "−") for weight, _ in pairs], ORANGE, "#eef3f8"),
            ("= products", [signs(weight * pixel) if at >= 0 else "" for weight, pixel in pairs], BLUE, "white"),
        )
        for i, (caption, words, edge, face) in enumerate(grids):
            x = 272 + (176 - k * wide) / 2 if stacked else 106 + i * (k * wide + 18)
            top = y - 2 + i * (k * high + 20) if stacked else y + channel * 95 + 8
            if stacked or not channel:
                yield text(x, top - 4 if stacked else y - 6, caption, 12, bold=True)
            for n, word in enumerate(words):
                left, down = x + n % k * wide, top + n // k * high
                yield box(left, down, wide, high, face, edge, 1.2) + _number(word, left, down, wide, high, "black")
    if at >= 0:
        yield from _total(state, at, y, y - 2 + 3 * (k * high + 20))


def _total(state: Sliding, at: int, y: float, below: float) -> Iterator[str]:
    """The sum, and a line from it to its place in the output."""
    sums = [sum((w * pixel for w, pixel in pairs), Fraction(0)) for pairs in state.terms(at)]
    total = f"sum = {signs(sum(sums, Fraction(0)))}"
    if len(sums) == 1:
        yield text(360, below + 1, total, 15, BLUE, bold=True, anchor="middle")
        return
    x, _, _, high = target(state).place
    for i, number in enumerate(sums):
        yield text(x, y + high + 18 + 16 * i, f"{'+ ' if i else ''}{signs(number)} from {CHANNELS[i]}", 12)
    yield text(x, y + high + 70, f"one {total}", 15, BLUE, bold=True)


def _output(state: Sliding, y: float) -> Iterator[str]:
    """The map as far as it is wide; 0 is white where values lie on both sides of it."""
    values, (rows, columns) = state.output(), state.size
    aimed = target(state, touchable=False)
    x, _, wide, high = aimed.place
    if not values:
        yield text(x, y - 6, "No output", 12, RUST, bold=True) + box(x, y, 200, 200, "none", LINE, 1)
        return
    colours = signed(torch.tensor([float(v) for v in values]).view(rows, columns))
    zero = "0 is white, below it blue" if min(values) < 0 else "0 is black"
    yield text(x, y - 6, f"Output {rows}x{columns}", 12, bold=True) + text(712, y - 6, zero, 11.5, GREY, anchor="end")
    cell, at = wide / columns, min(state.position, len(values) - 1)
    shown = [image(colours, x, y, wide, high), box(x, y, wide, high, "none", LINE, 1)]
    if cell > 23:
        for p, number in enumerate(values):
            word, place = signs(number), (x + p % columns * cell, y + p // columns * cell)
            word = word if len(word) * 6 <= cell else str(round(number)).replace("-", "−")
            shown.append(_number(word, *place, cell, cell, ink(colours[p // columns, p % columns].tolist())))
    shown.append(framed(x + at % columns * cell, y + at // columns * cell, cell, cell, BLUE))
    words = f"output row {at // columns + 1}, column {at % columns + 1}: {signs(values[at])}"
    yield aim("position", words, (at, len(values)), (x, y, wide, high), "".join(shown))


def _number(word: str, x: float, y: float, wide: float, high: float, colour: str) -> str:
    """A number in the middle of its cell, narrowed where it is long."""
    narrow = f' textLength="{wide - 3:.1f}" lengthAdjust="spacingAndGlyphs"' if len(word) * 7 > wide - 2 else ""
    middle = f'x="{x + wide / 2:.1f}" y="{y + high / 2 + 4:.1f}" text-anchor="middle"'
    return f'<text {middle} font-size="{LETTERS}" fill="{colour}"{narrow}>{word}</text>' if word else ""

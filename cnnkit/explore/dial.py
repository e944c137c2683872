"""The drawing of the volume knob: all blocks on one photo, the chosen one as an equation of maps, and the photos' answers."""

from __future__ import annotations

import html
from collections.abc import Iterator

from cnnkit.explore.blocks import Block
from cnnkit.explore.equation import answers, equation
from cnnkit.explore.knob import LOUDEST, Knob, Seen, Setting
from cnnkit.explore.look import BLUE, INK, LINE, svg
from cnnkit.explore.shapes import GREY, RUST, box, button, choice, cut, radios, striped, text
from cnnkit.explore.strip import short

WIDE = 720  # drawn at full size where a notebook shows its outputs, beside JupyterLab's file browser too
NARROW = 690  # pixels below which letters would be smaller than 11
LEFT, TOP, STACK, TALL = 98, 54, 46, 34  # of the blocks: where they begin, heights of the two rows of bars
BASE = TOP + STACK + TALL + 36  # of the lower row
KNOB = (LEFT + 76, LEFT + 246)  # where alpha is 0 and where it is loudest


def draw(knob: Knob, setting: Setting, controls: bool = True) -> str:
    """The picture of a setting; without ``controls`` the knob and buttons are left out, for where others do their work."""
    seen = knob.see(setting)
    parts = [
        text(8, 20, headline(knob, setting, seen), 14, bold=True),
        text(8, 39, claim(knob), 12, GREY),
        *_blocks(knob, setting, seen),
    ]
    y = BASE + 18
    if controls:
        parts += _controls(knob, setting, y)
        y += 46
    parts += [*equation(knob, setting, seen, y), *answers(knob, setting, seen, WIDE - 334, y)]
    drawn = svg(parts, y + 244, f"{headline(knob, setting, seen)}. {claim(knob)}", WIDE)
    return drawn.replace('style="', f'style="min-width:{NARROW}px;', 1)


def headline(knob: Knob, setting: Setting, seen: Seen) -> str:
    """What is seen at this setting, in one line."""
    right, before, count = sum(knob.good(seen.answers)), sum(knob.good(seen.whole)), len(knob.photos)
    noun = "right" if knob.labels else "answered as before"
    if setting.alpha == 1:
        return f"The network as it is, α = 1: {before} of {count} photos {noun}"
    who = group(knob) if setting.every else f"{part(knob)} {knob.blocks[setting.block].name}"
    what = f"{who} turned off" if setting.alpha == 0 else f"{who} at α = {setting.alpha:g}"
    return f"{what[0].upper()}{what[1:]}: {right} of {count} photos {noun}" + (f" ({before} before)" if knob.labels else "")


def claim(knob: Knob) -> str:
    """What turning off each block alone does, in one line, and no more than was measured."""
    low, high, whole = min(knob.survivors), max(knob.survivors), sum(knob.good(knob.whole))
    span = f"{low}" if low == high else f"{low} to {high}"
    said = f"Any one {part(knob)} alone turned off: {span} of {len(knob.photos)} stay right."
    if knob.labels and whole <= len(knob.photos) / 4:
        return f"{said} But the whole network has only {whole} right: load weights first."
    if knob.residual and 2 * low >= whole:
        return f"{said} What the rest needs is still handed on."
    return f"{said} Each layer is the only way to the next." if not knob.residual and 2 * high <= whole else said


def part(knob: Knob) -> str:
    """What a block is called."""
    return "block" if knob.residual else "layer"


def group(knob: Knob) -> str:
    """What is turned together, in words."""
    count = len(knob.together)
    return f"all {count} identity blocks" if knob.residual else f"all {count} layers that keep the shape"


def _blocks(knob: Knob, setting: Setting, seen: Seen) -> Iterator[str]:
    """A column a block: how much of it is handed on and how much new, and how many photos are right without it."""
    step = (WIDE - LEFT - 6) / len(knob.blocks)
    wide, names = min(step - 4, 60), short([block.name for block in knob.blocks])
    sparse = max(1, -(-max(map(len, names)) * 8 // int(step)))  # each how-manieth column has room for its name
    columns = []
    for i, block in enumerate(knob.blocks):
        x, chosen, alive = LEFT + i * step + (step - wide) / 2, i == setting.block, knob.survivors[i]
        shapes = [_stack(x, wide, seen.shares[i], block), _survivors(knob, x, wide, alive, chosen, i % sparse == 0 or chosen)]
        if i % sparse == 0 or chosen:
            shapes.append(text(x + wide / 2, TOP + STACK + 14, names[i], 12, bold=chosen, anchor="middle"))
        if chosen:
            shapes.append(box(x - 3, TOP - 4, wide + 6, BASE - TOP + 7, "none", INK, 2.5))
        words = f"{part(knob)} {block.name}: {100 * seen.shares[i]:.0f} % added; off, {alive} of {len(knob.photos)} are right"
        columns.append(choice(f"block:{i}", words, "".join(shapes), "blocks", chosen, (x - 2, TOP, wide + 4, BASE - TOP)))
    yield from _legend(knob)
    yield radios(f"the {part(knob)}s", columns)


def _legend(knob: Knob) -> Iterator[str]:
    yield box(8, TOP, 11, 11, BLUE) + text(23, TOP + 10, "handed on", 12, BLUE)
    yield striped(8, TOP + 17, 11, 11) + text(23, TOP + 27, "added: F(x)", 12, RUST)
    if any(block.kind == "projection" for block in knob.blocks):
        yield text(8, TOP + 44, "P projection", 12, BLUE)
    for i, words in enumerate(("photos right", "with it alone", "turned off")):
        yield text(8, BASE - 28 + i * 14, words, 12)


def _stack(x: float, wide: float, share: float, block: Block) -> str:
    """A bar whose lower part is what is added, by its share; an empty one where nothing is left."""
    new = STACK * share
    handed = share < 1 and (share > 0 or block.fits)
    parts = [box(x, TOP, wide, STACK, BLUE if handed else "white", LINE, 0 if handed else 1)]
    if new >= 0.5:
        parts.append(striped(x, TOP + STACK - new, wide, new))
    if block.kind == "projection" and wide >= 12:
        parts.append(text(x + wide / 2, TOP + 14, "P", 12, "white", bold=True, anchor="middle"))
    return "".join(parts)


def _survivors(knob: Knob, x: float, wide: float, alive: int, chosen: bool, number: bool) -> str:
    """A bar for the photos that are right without a block, before a pale one for those of the whole network."""
    high, whole = (TALL * n / len(knob.photos) for n in (alive, sum(knob.good(knob.whole))))
    parts = [
        box(x, BASE - whole, wide, whole, "#e6e6e6"),
        box(x, BASE - high, wide, max(high, 1), INK if chosen else "#555555"),
    ]
    if number:
        inside = high >= 15
        y, colour = BASE - high + (13 if inside else -3), "white" if inside else INK
        parts.append(text(x + wide / 2, y, f"{alive}", 12, colour, bold=True, anchor="middle"))
    return "".join(parts)


def _controls(knob: Knob, setting: Setting, y: int) -> Iterator[str]:
    """The knob and two buttons."""
    name = knob.blocks[setting.block].name
    yield text(8, y + 9, f"α = {setting.alpha:g}", 15, RUST, bold=True)
    yield text(8, y + 26, "times F(x)", 12, GREY)
    yield _slider(setting.alpha, group(knob) if setting.every else name, y)
    off = setting.alpha == 0 and not setting.every
    yield button("off", KNOB[1] + 28, y - 8, 150, f"{cut(name, 14)} is off" if off else f"turn {cut(name, 12)} off", off)
    if knob.together:
        what = f"all {len(knob.together)} identity blocks" if knob.residual else f"{len(knob.together)} same-shape layers"
        state = f" at {setting.alpha:g}" if setting.every and setting.alpha else " off"
        yield button("every", KNOB[1] + 186, y - 8, WIDE - KNOB[1] - 192, what + state, setting.every)


def _slider(alpha: float, who: str, y: int) -> str:
    (low, high), name = KNOB, html.escape(f"α, the volume of F(x) in {who}")
    at = low + (high - low) * alpha / LOUDEST
    parts = [box(low - 12, y - 12, high - low + 24, 40, "transparent")]
    for end, colour in ((high, LINE), (at, RUST)):
        parts.append(f'<path d="M{low} {y + 4}H{end:.1f}" stroke="{colour}" stroke-width="5" stroke-linecap="round"/>')
    for x, words in ((low, "0: off"), ((low + high) / 2, "1: as it is"), (high, "2")):
        parts.append(f'<path d="M{x} {y - 3}v14" stroke="{GREY}"/>' + text(x, y + 26, words, 12, GREY, anchor="middle"))
    parts.append(f'<circle cx="{at:.1f}" cy="{y + 4}" r="9" fill="{RUST}" stroke="white" stroke-width="2"/>')
    return (
        f'<g data-key="alpha" data-drag="" role="slider" data-name="{name}" aria-valuemin="0" aria-valuemax="{LOUDEST:g}" '
        f'aria-valuenow="{alpha:g}" aria-valuetext="{alpha:g}" style="cursor:pointer;touch-action:none">{"".join(parts)}</g>'
    )

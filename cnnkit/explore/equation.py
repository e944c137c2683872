"""Below the blocks: the chosen one on the chosen photo, as x + α F(x) = y in maps; and what all photos are called now."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from cnnkit.draw.look import signed
from cnnkit.explore.blocks import Block
from cnnkit.explore.knob import Knob, Seen, Setting
from cnnkit.explore.look import BLUE, INK, LINE, ORANGE
from cnnkit.explore.shapes import GREY, RUST, box, choice, cut, image, radios, small, text

SIDE, CELL, TILE = 38, 66, 52  # of a small photo, of its place, of a map
COLUMNS = (124, 222, 296)  # where x, F(x) and y stand


def equation(knob: Knob, setting: Setting, seen: Seen, y: int) -> Iterator[str]:
    """The chosen block on the chosen photo: x + α F(x) = y for its strongest maps."""
    block, i = knob.blocks[setting.block], setting.photo
    now, _, was = _answer(knob, seen, i).partition(", ")
    yield text(8, y, f"{cut(block.name, 18)} on this photo, its {len(seen.f)} strongest maps", 12, bold=True)
    yield image(knob.photos[i].permute(1, 2, 0), 8, y + 22, 90)
    yield text(8, y + 127, now, 12, BLUE if knob.good(seen.answers)[i] else RUST, bold=True) + text(8, y + 143, was, 12, GREY)
    heads = zip(COLUMNS, ("P(x)" if block.kind == "projection" else "x", "F(x)", "y"), (BLUE, RUST, INK), strict=True)
    yield from (text(x + TILE / 2, y + 17, words, 12, ink, bold=True, anchor="middle") for x, words, ink in heads)
    alpha = setting.alpha if knob.turned(setting, setting.block) else 1.0
    for k in range(len(seen.f)):
        yield from _row(block, alpha, seen, k, y + 22 + k * (TILE + 5))
    for k, words in enumerate(_remarks(block)):
        yield text(8, y + 207 + k * 16, words, 12, GREY)


def _row(block: Block, alpha: float, seen: Seen, k: int, y: int) -> Iterator[str]:
    """One map, on one scale of colours."""
    f, x = seen.f[k], None if seen.x is None else seen.x[k]
    nothing = torch.zeros_like(f)
    usual = torch.stack([f, nothing if x is None else x, f + block.handed(1) * (nothing if x is None else x)])
    most, both = float(usual.abs().max()), bool((usual < 0).any())
    if x is None:
        yield box(COLUMNS[0], y, TILE, TILE, "white", LINE, 1)
        yield text(COLUMNS[0] + TILE / 2, y + 31, "none", 12, GREY, anchor="middle")
    else:
        yield image(signed(x, most, both), COLUMNS[0], y, TILE)
    if x is not None and block.kind == "layer":
        yield text(COLUMNS[0] - 2, y + 31, f"{block.handed(alpha):.2g}·", 12, bold=True, anchor="end")
    yield text(199, y + 31, f"{'' if x is None else '+ '}{alpha:g} ·", 13, bold=True, anchor="middle")
    yield image(signed(f, most, both), COLUMNS[1], y, TILE) + text(285, y + 31, "=", 15, bold=True, anchor="middle")
    yield image(signed(seen.y[k], most, both), COLUMNS[2], y, TILE) + text(353, y + 31, f"#{seen.channels[k]}", 11.5, GREY)


def _remarks(block: Block) -> Iterator[str]:
    """What is special about a block, each in half a line."""
    if block.kind == "identity":
        yield "Off, this block is the identity: y is x itself."
    elif block.kind == "projection":
        yield f"P: {block.shortcut} on the shortcut. Off, P(x) remains, not x."
    else:
        yield "No shortcut. " + ("Off: x is put in F(x)'s place." if block.point.fits else "Off: zeros, for the shapes differ.")
    if block.only_adds:
        yield "F(x) ends in a ReLU, so this block can only add."
    elif block.then_relu:
        yield "After the sum comes a ReLU; y is shown before it."


def answers(knob: Knob, setting: Setting, seen: Seen, left: int, y: int) -> Iterator[str]:
    """The photos with their answers; those whose answer has changed stand out."""
    many = sum(a != b for a, b in zip(seen.answers, seen.whole, strict=True))
    flips = "no answer changes" if not many else f"{many} answer{'s change' if many > 1 else ' changes'} (thick frame)"
    yield text(left, y, f"{len(knob.photos)} photos: {flips}", 12, bold=True)
    places = [(left + i % 5 * CELL + (CELL - SIDE) / 2, y + 16 + i // 5 * 57) for i in range(len(knob.photos))]
    yield radios("the photos", [_photo(knob, setting, seen, i, x, top) for i, (x, top) in enumerate(places)])


def _photo(knob: Knob, setting: Setting, seen: Seen, i: int, x: float, y: float) -> str:
    good, changed, around = knob.good(seen.answers)[i], seen.answers[i] != seen.whole[i], (x - 12, y - 5, SIDE + 24, 58)
    colour, name = BLUE if good else RUST, cut(_class(knob, seen.answers[i]), 10)
    parts = [
        image(small(knob.photos[i], 76), x, y, SIDE),
        box(x, y, SIDE, SIDE, "none", ORANGE if changed else LINE, 5 if changed else 1),
        f'<circle cx="{x + SIDE - 2}" cy="{y + 4}" r="7.5" fill="{colour}" stroke="white"/>',
        text(x + SIDE - 2, y + 8, "✓" if good else "✗", 11.5, "white", bold=True, anchor="middle"),
        text(x + SIDE / 2, y + SIDE + 13, name, 11.5, colour, bold=changed and len(name) < 9, anchor="middle"),
        box(*around, "none", INK, 2) if i == setting.photo else "",
    ]
    return choice(
        f"photo:{i}", f"photo {i + 1}: {_answer(knob, seen, i)}", "".join(parts), "photos", i == setting.photo, around
    )


def _answer(knob: Knob, seen: Seen, photo: int) -> str:
    now, before = (_class(knob, answers[photo]) for answers in (seen.answers, seen.whole))
    mark = "✓" if knob.good(seen.answers)[photo] else "✗"
    return f"{mark} {now}" + (f", was {before}" if now != before else "")


def _class(knob: Knob, answer: int) -> str:
    return knob.classes[answer] if answer < len(knob.classes) else f"class {answer}"

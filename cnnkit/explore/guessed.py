"""What a guess and its answer look like side by side: pure functions of the record."""

from __future__ import annotations

import html
import math

from cnnkit._support.guesses import Guess
from cnnkit._support.numbers import is_right, number
from cnnkit._support.words import rich
from cnnkit.explore.axis import Axis
from cnnkit.explore.look import BLUE, INK, LINE, ORANGE, card, svg
from cnnkit.explore.shapes import RUST, box, text

BAND = "#cfe3f1"  # what is right
TINY = 1e-99  # what is smaller lies at 0: soon it has no power of ten
SPANS = 5.0  # a factor between guess and answer from which on the line is logarithmic
LONG, EDGE, HIGH, MIDDLE = 560, 70, 84, 42  # pixels: width, room at the ends for words, height, where the line lies


def drawing(
    question: str,
    made: Guess | None,
    problem: str = "",
    asked: bool = False,
    reason: str = "",
    near: tuple[float, float] | None = None,
) -> str:
    """The question as HTML, with what there is to say under it.

    Args:
        question: what was asked.
        made: the guess with its answer; None before it was made.
        problem: a sentence about what was typed.
        asked: say that there is no guess yet, where there is no field that says so.
        reason: why one comes to this wrong number.
        near: between which numbers a guess is right.
    """
    parts, colour = [f"<div><b>{rich(question)}</b></div>"], BLUE
    if made is not None:
        colour = BLUE if made.right else ORANGE
        bounds = [number(float(f"{end:.3g}")) for end in near or ()]
        room = f" Near enough is {' to '.join(bounds)}." if not made.right and bounds and bounds[0] != bounds[1] else ""
        parts.append(f"<div>{html.escape(outcome(made) + room)}{f' <b>{rich(reason)}</b>' if reason else ''}</div>")
        if not isinstance(made.guess, str) and not isinstance(made.answer, str):
            parts.append(line(made, near))
    elif asked and not problem:
        parts.append("<div>No guess yet: run this cell, write a number, then see.</div>")
    if problem:
        parts.append(f'<div role="alert">▸ {html.escape(problem)}</div>')
    return card("".join(parts), colour)


def outcome(made: Guess) -> str:
    """Guess and answer in words: right or not, and how far off."""
    unit = made.unit if made.unit == "%" or not made.unit else f" {made.unit}"
    unit = " %" if unit == "%" else unit
    verdict = "✓ Right." if made.right else "✗ Not this time."
    if isinstance(made.guess, str) or isinstance(made.answer, str):
        return f"{verdict} Your guess: {made.guess}. Answer: {made.answer}."
    return f"{verdict} Your guess: {number(made.guess)}{unit}. Answer: {number(made.answer)}{unit}. {distance(made)}"


def distance(made: Guess) -> str:
    """How far off, in numbers: a factor from 2 on where both are positive, else the difference."""
    assert not isinstance(made.guess, str) and not isinstance(made.answer, str)
    off = made.guess - made.answer
    if is_right(made.guess, made.answer, 0.0):
        return "That is exactly it."
    way = "high" if off > 0 else "low"
    if min(made.guess, made.answer) > 0:
        factor = max(made.guess, made.answer) / min(made.guess, made.answer)
        if factor >= 2:
            return f"You were too {way} by a factor of {number(round(factor, 1) if factor < 100 else round(factor))}."
    return f"You were too {way} by {number(abs(off))}." if not made.right else f"That is {number(abs(off))} too {way}."


def line(made: Guess, near: tuple[float, float] | None = None) -> str:
    """Guess and answer as marks on a line, which is logarithmic where they are a factor of 5 or more apart.

    ``near``: between which numbers a guess is right, as a band.
    """
    assert not isinstance(made.guess, str) and not isinstance(made.answer, str)
    guess, answer = (0.0 if abs(value) < TINY else value for value in (made.guess, made.answer))
    low, high = sorted((guess, answer))
    log = low > 0 and high / low >= SPANS
    if log:
        low, high = 10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high))
    else:
        room = (high - low or abs(high) or 1.0) / 2
        low, high = (0.0 if 0 <= low < 2 * room else low - room), high + room

    axis = Axis(low, high, EDGE, LONG - EDGE, log)
    drawn = [f'<path d="M{EDGE} {MIDDLE}H{LONG - EDGE}" stroke="{LINE}" stroke-width="1.5"/>']
    for tick in axis.ticks():
        drawn.append(f'<path d="M{axis.at(tick):.1f} {MIDDLE - 4}v8" stroke="{LINE}"/>')
        drawn.append(text(axis.at(tick), MIDDLE + 20, number(tick), 11, LINE, anchor="middle"))
    at, there = axis.at(guess), axis.at(answer)
    drawn += [
        f'<circle cx="{at:.1f}" cy="{MIDDLE}" r="7" fill="white" stroke="{RUST}" stroke-width="3"/>',
        text(at, MIDDLE - 16, f"your guess {number(made.guess)}", 12, RUST, bold=True, anchor="middle"),
        f'<path d="M{there:.1f} {MIDDLE - 8}l8 8l-8 8l-8 -8z" fill="{BLUE}"/>',
        text(there, MIDDLE + 36, f"answer {number(made.answer)}", 12, INK, bold=True, anchor="middle"),
    ]
    kind = "a logarithmic" if log else "a"
    words = f"Your guess {number(made.guess)}, the answer {number(made.answer)}, on {kind} line"
    if near is not None and axis.at(near[1]) - axis.at(near[0]) >= 1:
        left, right = (axis.at(value) for value in near)
        drawn.insert(0, box(left, MIDDLE - 6, right - left, 12, BAND))
        words += f"; right is from {number(near[0])} to {number(near[1])}"
    return svg(drawn, HIGH, words, LONG)

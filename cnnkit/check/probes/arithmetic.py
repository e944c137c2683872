"""Checks of the exercises that count: conv_output_size, conv_cost, receptive_field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from cnnkit.check import limits
from cnnkit.check.engine import Attempt, Exercise
from cnnkit.check.faults import Mistake
from cnnkit.check.probes import arithmetic_formulas as wrong
from cnnkit.check.probes.arithmetic_formulas import Layers
from cnnkit.check.probes.arithmetic_words import FIRST, HINTS, MISTAKES
from cnnkit.check.probes.formulas import explain, number, pair, results, same, shown
from cnnkit.check.solutions import arithmetic as solutions

__all__ = ["EXERCISES", "MISTAKES"]


def _raise(slug: str | None, default_hint: str, text: str, seen: str, expected: str) -> None:
    slug = slug or "wrong-value"
    first = FIRST.get(slug) or MISTAKES[slug][0].upper() + MISTAKES[slug][1:] + "."
    hint = HINTS.get(slug, default_hint)
    raise Mistake(slug, f"{first} With {text} you get {seen}, and it should be {expected}. {hint}")


def _integers(attempt: Attempt, salt: int, ranges: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """A random number from each range, its end included."""
    g = attempt.generator(salt)
    return tuple(int(torch.randint(low, high + 1, (), generator=g)) for low, high in ranges)


# ---- conv_output_size

_SIZES: list[tuple[int, ...]] = [
    (32, 3), (28, 5), (9, 1),  # the kernel alone
    (32, 3, 1, 1), (14, 5, 1, 3),  # padding
    (32, 2, 2), (12, 3, 2), (17, 4, 3), (18, 3, 4), (13, 3, 2),  # stride, with and without a rest
    (32, 3, 1, 0, 2), (20, 4, 1, 0, 3),  # dilation
    (224, 7, 2, 3), (32, 3, 2, 1, 2), (33, 5, 3, 2, 2), (31, 3, 4, 1, 3),  # all together
]  # fmt: skip


def _size_text(*case: int) -> str:
    names = ("n", "kernel", "stride", "padding", "dilation")
    usual = (0, 0, 1, 0, 1)
    return ", ".join(f"{name}={value}" for name, value, default in zip(names, case, usual, strict=False) if value != default)


def _size_is_right(attempt: Attempt) -> None:
    ranges = ((20, 60), (1, 7), (1, 4), (0, 3), (1, 3))
    cases = [*_SIZES, *(_integers(attempt, salt, ranges) for salt in range(6))]
    seen = results(attempt, cases, _size_text, number)
    for case, value in zip(cases, seen, strict=True):
        if not same(value, expected := solutions.conv_output_size(*case)):
            slug = explain(wrong.size, wrong.SIZE_PARTS, cases, seen)
            _raise(slug, "Draw the row of pixels and slide the kernel over it.", _size_text(*case), shown(value), str(expected))


# ---- conv_cost

_COSTS: list[tuple[Any, ...]] = [
    (3, 8, 3, 5, 7), (2, 3, 5, 4, 6, False), (16, 4, 1, 9, 2, True), (5, 6, 2, 3, 8, False), (7, 4, 7, 6, 11, True),
]  # fmt: skip
_COST_HINT = "Write down the shape of the weights, then how often each of them is used."


def _cost_text(*case: Any) -> str:
    return f"conv_cost({', '.join(map(str, case))})"


def _cost_is_right(attempt: Attempt) -> None:
    ranges = ((2, 40), (2, 40), (1, 7), (2, 15), (16, 30), (0, 1))
    cases = list(_COSTS)
    for salt in range(4):
        *sizes, bias = _integers(attempt, salt, ranges)
        cases.append((*sizes, bool(bias)))
    seen = results(attempt, cases, _cost_text, pair("parameters, MACs"))
    right = [solutions.conv_cost(*case) for case in cases]
    if all(same(both, (b, a)) for both, (a, b) in zip(seen, right, strict=True)):
        _raise("results-swapped", "", _cost_text(*cases[0]), shown(seen[0]), shown(right[0]))
    for which, formula, parts in ((0, wrong.parameters, wrong.PARAMETERS_PARTS), (1, wrong.macs, wrong.MACS_PARTS)):
        found = [both[which] for both in seen]
        for case, value, both in zip(cases, found, right, strict=True):
            if not same(value, both[which]):
                slug = explain(formula, parts, cases, found)
                what = ("parameters", "MACs")[which]
                _raise(slug, _COST_HINT, _cost_text(*case), f"{shown(value)} {what}", str(both[which]))


# ---- receptive_field

_FIELDS: list[tuple[Layers]] = [
    ([("conv", 3, 1), ("pool", 2, 2)],),
    ([("conv", 3, 1), ("conv", 5, 1)],),
    ([("conv", 3, 1), ("conv", 3, 1), ("pool", 2, 2), ("conv", 3, 1), ("pool", 2, 2), ("conv", 3, 1)],),
    ([("conv", 7, 2), ("pool", 3, 2), ("conv", 3, 1)],),
    ([("conv", 5, 3), ("conv", 1, 1), ("conv", 3, 2), ("pool", 4, 2), ("conv", 3, 1)],),
    ([("pool", 3, 3), ("conv", 3, 2), ("conv", 2, 2), ("pool", 2, 1), ("conv", 5, 1)],),
]  # fmt: skip


def _field_text(layers: Layers) -> str:
    return "[" + ", ".join(f'("{kind}",{kernel},{stride})' for kind, kernel, stride in layers) + "]"


_FIELD_HINT = "Go through the layers with pen and paper, and write down r and j after each."


def _field_is_right(attempt: Attempt) -> None:
    cases = list(_FIELDS)
    for salt in range(4):
        drawn = [_integers(attempt, 10 * salt + i, ((0, 1), (1, 5), (1, 3))) for i in range(4)]
        cases.append(([(("conv", "pool")[kind], kernel, stride) for kind, kernel, stride in drawn],))
    seen = results(attempt, cases, _field_text, pair("receptive field, jump"))
    for (layers,), value in sorted(zip(cases, seen, strict=True), key=lambda both: len(both[0][0])):  # the shortest is shown
        if not same(value, expected := solutions.receptive_field(layers)):
            slug = explain(wrong.field, wrong.FIELD_PARTS, cases, seen)
            _raise(slug, _FIELD_HINT, _field_text(layers), shown(value), str(expected))


def _empty_list_is_right(attempt: Attempt) -> None:
    try:
        seen = pair("receptive field, jump")(attempt.candidate([]))
    except limits.Stop:
        raise
    except BaseException as error:
        said = error.message if isinstance(error, Mistake) else f"Your code stops there with {type(error).__name__}."
        raise Mistake(
            "empty-list", f"The function fails where there are no layers. A photo itself has r = 1 and j = 1. {said}"
        ) from error
    if seen != (1, 1):
        raise Mistake(
            "empty-list", f"Without layers the result is wrong. With [] you get {shown(seen)}; a photo itself has r = 1, j = 1."
        )


def _list_is_kept(attempt: Attempt) -> None:
    before = _FIELDS[2][0]
    layers = list(before)
    attempt.call(attempt.candidate, layers, doing=f"called with {_field_text(layers)}")
    if layers != before:
        raise Mistake(
            "changes-input",
            f"The function changes the list it is given. It had {len(before)} layers; after the call {len(layers)} are left, "
            "or their order is another. Whoever calls it may need the list again.",
        )


_COUNTS = "cnnkit.anatomy", "cnnkit.trace"  # what in the kit counts sizes, costs and fields

EXERCISES = (
    Exercise(
        "conv_output_size", "conv_output_size", (_size_is_right,), solutions.conv_output_size, same=_COUNTS,
        praise="Every size is right, with and without padding, stride and dilation.",
    ),
    Exercise(
        "conv_cost", "conv_cost", (_cost_is_right,), solutions.conv_cost, same=_COUNTS,
        praise="Parameters and MACs are right, with bias and without, for maps that are not square too.",
    ),
    Exercise(
        "receptive_field", "receptive_field", (_field_is_right, _empty_list_is_right, _list_is_kept), solutions.receptive_field,
        same=_COUNTS,
        praise="Receptive field and jump are right for every list of layers tried, the empty one too.",
    ),
)  # fmt: skip

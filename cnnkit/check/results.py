"""What an answer returned: read in the form that is asked for, compared, and written in messages."""

from __future__ import annotations

import copy
import math
import numbers
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from cnnkit.check.faults import Mistake

_MOST = 10**12
_SHOWN = 6  # values of a tensor that a message writes out


def read(value: Any, right: Any, names: Sequence[str] = ()) -> Any:
    """``value`` in the form of the ``right`` one: numpy's numbers as Python's; what is of another type is a mistake."""
    if isinstance(right, tuple) and all(is_number(one) for one in right):
        return _several(value, len(right), names)
    if is_number(right):
        return number(value, "an int" if isinstance(right, int) else "a float")
    if value is None and right is not None:
        number(value)  # says so
    if type(value) is not type(right) and not (isinstance(value, Tensor) and isinstance(right, Tensor)):
        raise Mistake("wrong-type", f"The result is a {type(value).__name__}. It should be a {type(right).__name__}.")
    if isinstance(value, list) and any(
        isinstance(one, Tensor) and is_number(two) for one, two in zip(value, right, strict=False)
    ):
        raise Mistake(
            "wrong-type", "The result is a list of tensors. It should be a list of plain numbers; `.item()` gives one."
        )
    return _apart(value)


def _apart(value: Any) -> Any:
    """A copy that has neither memory nor gradient in common with ``value``."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    return type(value)(map(_apart, value)) if type(value) in (list, tuple) else copy.deepcopy(value)


def number(value: Any, asked: str = "an int") -> int | float:
    """``value`` if it is a number, numpy's included; all else is a mistake, and ``asked`` says what it should be."""
    if value is None:
        raise Mistake("returns-nothing", "Your function returns nothing. Look for a `return` that is missing or has no value.")
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return int(value)
    if is_number(value):
        return float(value)
    kind = "tensor" if isinstance(value, Tensor) else type(value).__name__
    raise Mistake(
        "wrong-type", f"The result is no plain number. Your function gives a value of type {kind}; it should be {asked}."
    )


def is_number(value: Any) -> bool:
    """Whether ``value`` is a plain number, numpy's included; a truth value and a fraction are none."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return whole or (isinstance(value, numbers.Real) and not isinstance(value, bool | numbers.Rational))


def _several(value: Any, count: int, names: Sequence[str]) -> tuple[int | float, ...]:
    """Reads a tuple or list of numbers; ``names`` says what they are."""
    many = {2: "two", 3: "three", 4: "four"}.get(count, str(count))
    meant = f"({', '.join(names)})" if names else "plain numbers"
    if isinstance(value, numbers.Real):
        raise Mistake(
            "one-number",
            f"Only one number is returned. Your function gives {shown(value)}; it should give {many}, {meant}.",
        )
    if value is None:
        number(value)  # says so
    if not isinstance(value, tuple | list) or len(value) != count:
        kind = f"{type(value).__name__} of {len(value)}" if isinstance(value, tuple | list) else type(value).__name__
        raise Mistake(
            "wrong-type",
            f"The result is not {many} numbers. Your function gives a {kind}; it should give {meant}.",
        )
    return tuple(map(number, value))


def same(one: Any, other: Any) -> bool:
    """Whether two results are equal but for the rounding of floats, tensors in shape and values, modules in state and mode."""
    if isinstance(one, Tensor) or isinstance(other, Tensor):
        if not (isinstance(one, Tensor) and isinstance(other, Tensor)) or one.shape != other.shape:
            return False
        return bool(torch.allclose(one.double(), other.double(), rtol=1e-4, atol=1e-5, equal_nan=True))
    if isinstance(one, nn.Module) and isinstance(other, nn.Module):
        modes = ([module.training for module in model.modules()] for model in (one, other))
        return next(modes) == next(modes) and same([*one.state_dict().values()], [*other.state_dict().values()])
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if not (is_number(one) and is_number(other)):
        return bool(one == other)
    if isinstance(one, int) and isinstance(other, int):
        return one == other
    return bool(one == other) or (
        abs(one) < _MOST and abs(other) < _MOST and math.isclose(one, other, rel_tol=1e-5, abs_tol=1e-6)
    )


def shown(value: Any) -> str:
    """A result or an argument in a message: neither long numbers nor long fractions, and of a tensor its shape."""
    if isinstance(value, Tensor):
        listed = list(value.shape) if value.numel() > _SHOWN else f"({_rounded(value.tolist())})"
        return f"tensor{listed}".replace(" ", "")
    if isinstance(value, nn.Module):
        return f"a {type(value).__name__}"
    if isinstance(value, tuple | list):
        return "({})".format(", ".join(map(shown, value))) if isinstance(value, tuple) else f"[{', '.join(map(shown, value))}]"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, int) and abs(value) >= _MOST:
        return "over 10**12" if value > 0 else "below -10**12"
    return repr(value) if isinstance(value, str) else str(value)


def _rounded(value: Any) -> str:
    return f"[{','.join(map(_rounded, value))}]" if isinstance(value, list) else f"{value:.3g}"


def told_apart(one: Any, other: Any) -> tuple[str, str]:
    """Two different results as a message writes them; of large tensors of one shape the value that is furthest off."""
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        number = next(n for n, pair in enumerate(zip(one, other, strict=True)) if not same(*pair))
        if isinstance(other[number], Tensor):
            seen, right = told_apart(one[number], other[number])
            return f"{seen} in result {number + 1}", right
    if isinstance(one, Tensor) and isinstance(other, Tensor) and one.shape == other.shape and one.numel() > _SHOWN:
        furthest = (one.double() - other.double()).abs().nan_to_num(math.inf).argmax()
        place = tuple(int(n) for n in torch.unravel_index(furthest, one.shape))
        return f"{_rounded(one[place].item())} at {list(place)}".replace(", ", ","), _rounded(other[place].item())
    return shown(one), shown(other)

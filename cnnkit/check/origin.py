"""Whether an answer is the student's own, and torch is torch's."""

from __future__ import annotations

import dis
import types
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import torch
from torch import nn

_TORCH = (
    "nn.Conv2d",
    "nn.Linear", "nn.BatchNorm1d", "nn.BatchNorm2d", "nn.ReLU", "nn.MaxPool2d", "nn.AvgPool2d", "nn.AdaptiveAvgPool2d",
    "nn.Dropout", "nn.Sequential", "nn.ModuleList", "nn.Module", "nn.functional.relu", "nn.functional.cross_entropy",
)  # fmt: skip
DEPTH = 4  # helpers of helpers of the answer


def changed_torch() -> str | None:
    """The first of torch's layers that someone has replaced, or whose forward someone has."""
    for name in _TORCH:
        found: Any = torch
        for part in name.split("."):
            found = getattr(found, part, None)
        forward = getattr(found, "forward", found)
        if not str(getattr(found, "__module__", "")).startswith("torch.") or not _is_torchs(forward):
            return name
    return None


def _is_torchs(function: Any) -> bool:
    code = getattr(function, "__code__", None)
    return code is None or str(getattr(function, "__module__", "")).startswith("torch")


def kit_solution(candidate: Any, allowed: Iterable[str] = ()) -> str | None:
    """Name of the kit's object that ``candidate`` is or is made with, if any; those ``allowed`` don't count."""
    for found in _parts(candidate, DEPTH):
        module = str(getattr(found, "__module__", "") or "")
        name = str(getattr(found, "__name__", found))
        if "cnnkit" in (module.split(".")[0], name.split(".")[0]) and name not in allowed:
            return name
    return None


def _parts(found: Any, depth: int) -> Iterator[Any]:
    """``found``, its base classes, and what its code names globally, ``depth`` levels deep."""
    if isinstance(found, types.MethodType):
        found = found.__func__
    while hasattr(found, "func") and hasattr(found, "keywords"):  # functools.partial
        found = found.func
    yield found
    module = str(getattr(found, "__module__", "") or "")
    if depth == 0 or module.startswith(("torch", "cnnkit")):
        return
    if isinstance(found, type):
        for base in found.__mro__[1:]:
            if base is not object and base is not nn.Module:
                yield base
        for function in vars(found).values():
            if isinstance(function, types.FunctionType):
                yield from _parts(function, depth)
    elif isinstance(found, types.FunctionType):
        for value in [*_globals_of(found.__code__, found.__globals__), *_enclosed(found)]:
            for held in value.values() if isinstance(value, dict) else [value]:
                if (type(held).__module__, type(held).__name__) == ("cnnkit.check.engine", "Exercise"):  # holds its solution
                    yield type(held)
            if isinstance(value, (type, types.FunctionType, types.ModuleType, types.MethodType)):
                yield from _parts(value, depth - 1)


def _enclosed(function: types.FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # a name that has no value yet
            yield cell.cell_contents


def _globals_of(code: types.CodeType, names: dict[str, Any]) -> Iterator[Any]:
    for step in dis.get_instructions(code):
        if step.opname == "LOAD_GLOBAL" and step.argval in names:
            yield names[step.argval]
        elif step.opname == "IMPORT_NAME" and str(step.argval).startswith("cnnkit"):
            yield types.ModuleType(str(step.argval) + ".")
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _globals_of(constant, names)

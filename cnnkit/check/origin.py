"""Whether an answer is the student's own, torch is torch's, and the kit is the kit's."""

from __future__ import annotations

import dis
import functools
import re
import sys
import types
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

import torch

from cnnkit.check.faults import is_library

_TORCH = (
    "nn.Conv2d",
    "nn.Linear", "nn.BatchNorm1d", "nn.BatchNorm2d", "nn.ReLU", "nn.MaxPool2d", "nn.AvgPool2d", "nn.AdaptiveAvgPool2d",
    "nn.Dropout", "nn.Sequential", "nn.ModuleList", "nn.Module", "nn.functional.relu", "nn.functional.cross_entropy",
)  # fmt: skip
_GLOBAL = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
_SOLUTIONS = ("cnnkit.check.solutions", "cnnkit.check.exercises")
MOST = 1000  # values that a list is looked through for: a longer one is data


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


def pieces_of_the_kit() -> dict[str, tuple[Any, Any]]:
    """Every function and class of the kit's loaded modules, and what is in its classes, by name: the object and its code."""
    pieces = {}
    for module in [found for name, found in sys.modules.items() if _within(name, "cnnkit")]:
        members: list[tuple[str, Mapping[str, Any]]] = [(module.__name__, vars(module))]
        members += [
            (f"{module.__name__}.{found.__name__}", vars(found))
            for found in vars(module).values()
            if isinstance(found, type) and found.__module__ == module.__name__
        ]
        for owner, inside in members:
            for name, value in inside.items():
                if isinstance(value, types.FunctionType | type | property | staticmethod | classmethod):
                    pieces[f"{owner}.{name}"] = value, getattr(value, "__code__", None)
    return pieces


def changed_kit(before: Mapping[str, tuple[Any, Any]]) -> str | None:
    """The first of `pieces_of_the_kit` that is another one now."""
    after = pieces_of_the_kit()
    for name, piece in before.items():
        if any(now is not then for now, then in zip(after.get(name, (None, None)), piece, strict=True)):
            return name
    return None


def kit_solution(candidate: Any, same: Iterable[str] = (), allowed: Iterable[str] = ()) -> str | None:
    """Name of the kit's answer that ``candidate`` is or rests on, if any; nothing of the candidate is run.

    Args:
        candidate: the student's object.
        same: dotted names of what in the kit does the same job, beside the solutions; a name counts with all that is in it.
        allowed: names of solutions that may be used.
    """
    for found in _reached(candidate):
        full = _full_name(found)
        if any(_within(full, home) for home in _SOLUTIONS) or (
            not _is_module(found) and any(_within(full, name) for name in same)
        ):
            name = full.rpartition(".")[2]
            if name not in allowed:
                return name
        elif _within(full, "cnnkit.check"):  # its exercises and verdicts hold the solutions
            return "check"
    return None


def _within(full: str, name: str) -> bool:
    return full == name or full.startswith(name + ".")


def _is_module(found: Any) -> bool:
    return issubclass(type(found), types.ModuleType)


def _full_name(found: Any) -> str:
    """Dotted, of a module, class or function; "" of anything else. `functools.wraps` does not change it."""
    if _is_module(found):
        return str(_inside(found).get("__name__", ""))
    if type(found) is types.FunctionType:
        return f"{found.__globals__.get('__name__', '')}.{found.__qualname__}"
    if issubclass(type(found), type):
        return f"{_inside(found).get('__module__', '')}.{type.__getattribute__(found, '__qualname__')}"
    return ""


def _inside(found: Any) -> Mapping[str, Any]:
    """The object's own attributes, without a student's ``__getattr__`` or property."""
    with suppress(AttributeError):
        inside: Mapping[str, Any] = (type if issubclass(type(found), type) else object).__getattribute__(found, "__dict__")
        return inside
    return {}


def _reached(candidate: Any) -> Iterator[Any]:
    """``candidate`` and all that the student's own code in it may use, each once, the nearest first."""
    seen: dict[int, Any] = {}  # the objects too: an id is free again once its object is gone
    waiting = deque([candidate])
    while waiting:
        found = waiting.popleft()
        if id(found) not in seen:
            seen[id(found)] = found
            yield found
            waiting.extend(_beneath(found))


def _beneath(found: Any) -> Iterable[Any]:
    kind = type(found)
    if kind is types.FunctionType:
        return _used_by(found)
    if kind is types.MethodType:
        return found.__func__, found.__self__
    if kind in (staticmethod, classmethod) or kind is functools._lru_cache_wrapper:
        return (found.__wrapped__,)
    if kind is property:
        return found.fget, found.fset, found.fdel
    if kind is functools.partial:
        return found.func, *found.args, *found.keywords.values()
    if kind in (list, tuple, set, frozenset, dict):
        return () if len(found) > MOST else list(found.values() if kind is dict else found)
    if issubclass(kind, type):
        return [*type.__getattribute__(found, "__mro__")[1:], *_inside(found).values()] if _is_own(found) else ()
    if _is_module(found):
        return ()  # only what the code takes out of it counts
    return [kind, *_inside(found).values()] if _is_own(kind) else [kind]


def _is_own(found: Any) -> bool:
    """Whether a class, function or module is the student's: from the notebook, the file, or one beside it."""
    name = _full_name(found)
    if name.split(".")[0] in ("cnnkit", "torch", *sys.builtin_module_names):
        return False
    if type(found) is types.FunctionType:
        return not is_library(found.__code__.co_filename)
    module = found if _is_module(found) else sys.modules.get(str(_inside(found).get("__module__", "")))
    file = _inside(module).get("__file__")
    return name.startswith("__main__.") or not file or not is_library(str(file))


def _used_by(function: types.FunctionType) -> Iterator[Any]:
    """What a function encloses and has as defaults; of the student's own also what its code names."""
    if _within(_full_name(function), "cnnkit"):
        return
    used = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # a name that has no value yet
            used.append(cell.cell_contents)
    if _is_own(function):
        codes = list(_codes(function.__code__))
        for code in codes:
            used += _named_in(code, function.__globals__)
        names = {name for code in codes for name in code.co_names}
        modules = [value for value in used if _is_module(value)]
        for module in modules:  # grows
            members = _members(module, names)
            modules += [value for value in members if _is_module(value) and value not in modules]
            used += members
    yield from used


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _named_in(code: types.CodeType, names: Mapping[str, Any]) -> Iterator[Any]:
    """Values of the global names in the code, and the modules that it imports or names in a string."""
    for step in dis.get_instructions(code):
        if step.opname in _GLOBAL and step.argval in names:
            yield names[step.argval]
        elif step.opname == "IMPORT_NAME":
            yield _module(str(step.argval))
    for constant in code.co_consts:
        if isinstance(constant, str) and re.fullmatch(r"cnnkit(\.\w+)+", constant):
            yield _module(constant)


def _module(name: str) -> types.ModuleType | None:
    """The module; one of the kit's is imported, as the code would do."""
    if _within(name, "cnnkit"):
        with suppress(ImportError):
            return import_module(name)
    return sys.modules.get(name)


def _members(module: types.ModuleType, names: Iterable[str]) -> list[Any]:
    """What has one of these names in a module of the kit or of the student's own."""
    if _within(_full_name(module), "cnnkit"):
        return [getattr(module, name) for name in names if hasattr(module, name)]  # some import on first use
    return [_inside(module)[name] for name in names if name in _inside(module)] if _is_own(module) else []

"""The answer to a question as it was when the question was asked, whatever a notebook does with its names afterwards."""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any

from torch import Tensor, nn


class Asked:
    """A function with the values that its global names have now.

    In a notebook a later cell may give a name to something else; a guess that is made then would be compared with the answer
    to another question.
    """

    def __init__(self, answer: Callable[[], Any]) -> None:
        self._answer, self._used = answer, dict[str, Any]()
        if isinstance(answer, FunctionType):
            scope = dict(answer.__globals__)
            own = {k: v for k, v in scope.items() if isinstance(v, FunctionType) and v.__globals__ is answer.__globals__}
            scope |= {name: _within(function, scope) for name, function in own.items()}
            self._answer = _within(answer, scope)
            self._used = {name: scope[name] for name in _names(answer.__code__, own) if name in scope}
        self._before = {name: _versions(value) for name, value in self._used.items()}

    def __call__(self) -> Any:
        """The answer."""
        return self._answer()

    @property
    def changed(self) -> list[str]:
        """The names of networks and tensors that were changed in place since then, as training does."""
        return [name for name, value in self._used.items() if _versions(value) != self._before[name]]


def _within(function: FunctionType, scope: dict[str, Any]) -> FunctionType:
    """``function`` with ``scope`` as its globals."""
    copy = FunctionType(function.__code__, scope, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__dict__.update(function.__dict__)
    return copy


def _names(code: CodeType, own: dict[str, FunctionType]) -> set[str]:
    """The names that a notebook's function uses, and those that the notebook's functions among them use."""
    found, todo = set[str](), [code]
    while todo:
        code = todo.pop()
        todo += [part for part in code.co_consts if isinstance(part, CodeType)]
        new = {i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")} - found
        todo += [own[name].__code__ for name in new if name in own]
        found |= new
    return found


def _versions(value: Any) -> list[int]:
    """How often torch has written into each tensor of ``value``."""

    def tensors() -> Iterator[Tensor]:
        if isinstance(value, nn.Module):
            yield from value.parameters()
        elif isinstance(value, Tensor):
            yield value

    return [tensor._version for tensor in tensors() if not tensor.is_inference()]

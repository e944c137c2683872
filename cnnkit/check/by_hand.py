"""Looks whether an answer that should do the work itself leaves it to one of torch's functions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from torch.overrides import TorchFunctionMode

from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake

NOT_BY_HAND = {"not-by-hand": "a function of torch's does what the answer should do itself"}


class _Called(TorchFunctionMode):
    """Notes the names of torch's functions that run, those that a layer calls included."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.add(getattr(func, "__name__", ""))
        return func(*args, **(kwargs or {}))


def by_hand(case: tuple[Any, ...], *left_out: str) -> Callable[[Attempt], None]:
    """Makes a probe that refuses an answer which, called with ``case``, calls one of these functions of torch's."""

    def probe(attempt: Attempt) -> None:
        with _Called() as called:
            attempt.call(attempt.candidate, *copy.deepcopy(case))
        if used := next((name for name in left_out if name in called.names), None):
            raise Mistake(
                "not-by-hand", f"Torch's own `{used}` does the work. The result is right; write the steps inside it yourself."
            )

    return probe

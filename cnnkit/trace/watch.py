"""Runs a model and keeps what chosen operations gave, with their gradients, at about the price of a plain run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from cnnkit.trace import aten
from cnnkit.trace.dispatch import Operations
from cnnkit.trace.recorder import Recorder, leaves
from cnnkit.trace.untouched import untouched


@dataclass(frozen=True)
class Watched:
    """One run.

    Attributes:
        inputs: what went in; gradients reach it.
        result: the model's first tensor.
        made: what each record gave, in the graph of gradients.
        values: the same as numbers, as they were before anything worked on them in place.
    """

    inputs: Tensor
    result: Tensor
    made: dict[int, Tensor]
    values: dict[int, Tensor]


class Watch:
    """A model in evaluation mode, to be run on inputs of one shape.

    An operation is known by its number in the run: in evaluation mode each run does the same ones. What the dispatcher gives is
    the very tensor that autograd then hangs its graph on, so functional layers and shared modules have gradients, too.

    Attributes:
        trace: what the first run did.
    """

    def __init__(self, model: nn.Module, example: Tensor) -> None:
        self._model = model
        listener = _Listener(model, [example])
        with listener.hooks():
            self._run(listener, example)
        self.trace, self._numbers = listener.trace, listener.numbers

    def run(self, inputs: Tensor, records: Collection[int]) -> Watched:
        """Runs the model and keeps what these records of the trace gave; the model stays as it was."""
        keeper = _Keeper({self._numbers[record]: record for record in records if record in self._numbers})
        inputs = inputs.detach().clone().requires_grad_()
        return Watched(inputs, self._run(keeper, inputs), keeper.made, keeper.values)

    def _run(self, mode: Operations, inputs: Tensor) -> Tensor:
        with untouched(self._model, [inputs]), torch.enable_grad():
            self._model.eval()
            with mode:
                result = self._model(inputs)
        return leaves(result)[0]


class _Listener(Recorder):
    """The first run: which record is which operation."""

    def __init__(self, model: nn.Module, inputs: list[Tensor]) -> None:
        super().__init__(model, inputs)
        self.numbers: dict[int, int] = {}
        self._count = -1

    def _perform(self, func: Any, args: Any, kwargs: Any) -> Any:
        self._count += 1
        self.numbers[len(self.trace.records)] = self._count  # one that gets no record is overwritten by the next
        return super()._perform(func, args, kwargs)


class _Keeper(Operations):
    """A later run."""

    def __init__(self, numbers: dict[int, int]) -> None:
        super().__init__()
        self._numbers, self._count = numbers, -1
        self.made: dict[int, Tensor] = {}
        self.values: dict[int, Tensor] = {}

    def operation(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Keeps what it gives, if it is one of those that are looked at."""
        self._count += 1
        result = func(*args, **kwargs)
        record = self._numbers.get(self._count)
        if record is not None and (tensors := aten.tensors_in(result)):
            self.made[record], self.values[record] = tensors[0], tensors[0].detach().clone()
        return result

"""How far a step moves each layer's weights, and how large its gradient is: measured now and then while a network trains."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

EVERY = 20  # steps from one measurement to the next
FIRST = 3  # steps before the first one: an optimizer's very first steps are unlike all others


@dataclass(frozen=True)
class Layer:
    """What one step did to the weights of a layer; sizes are roots of sums of squares.

    Attributes:
        name: of its weights, without ".weight".
        update: the size of the change that the step made, as a part of the size of the weights.
        gradient: the size of the gradient of the loss by these weights.
    """

    name: str
    update: float
    gradient: float


class Meter:
    """Measures one of ``every`` steps, and the first at another rate, in the thread that takes it; others cost nothing.

    Attributes:
        layers: the last measurement, in the order in which the network names its weights; biases and norms are left out.
    """

    def __init__(self, model: nn.Module, every: int = EVERY) -> None:
        self.layers: tuple[Layer, ...] = ()
        self._model, self._every, self._measured, self._lr = model, every, min(FIRST, every - 1) - every, math.nan
        self._before: dict[str, Tensor] | None = None

    def before(self, steps: int, lr: float) -> None:
        """Keeps the weights where a measurement is due: at the step that follows ``steps`` others, at rate ``lr``."""
        self._before = None
        if steps < self._measured:  # it went back
            self._measured = max(steps, min(FIRST, self._every - 1)) - self._every
        turned = not lr / 2 <= self._lr <= 2 * lr and not math.isnan(self._lr)
        if turned or steps - self._measured >= self._every:
            self._measured, self._lr = steps, lr
            self._before = {n: p.detach().clone() for n, p in self._model.named_parameters() if p.ndim > 1}

    def after(self) -> None:
        """Compares with the weights before the step, if they were kept."""
        if not self._before:
            return
        now, before = dict(self._model.named_parameters()), self._before
        changes = [now[name].detach() - old for name, old in before.items()]
        gradients = [old.new_zeros(()) if (grad := now[name].grad) is None else grad for name, old in before.items()]
        moved, size, slope = (_sizes(found) for found in (changes, list(before.values()), gradients))
        found = zip(before, moved, size, slope, strict=True)
        self.layers = tuple(Layer(name.removesuffix(".weight"), m / max(s, 1e-30), g) for name, m, s, g in found)
        self._before = None


def _sizes(tensors: list[Tensor]) -> list[float]:
    """Of each tensor; from a GPU all at once."""
    sizes = [torch.linalg.vector_norm(t, dtype=torch.float32).to(tensors[0].device) for t in tensors]
    found: list[float] = torch.stack(sizes).tolist()
    return found

"""Runs a model again and again with one of its ways turned up or down, and without most of the work that lies before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from cnnkit.trace import aten
from cnnkit.trace.dispatch import Operations
from cnnkit.trace.recorder import Recorder, leaves
from cnnkit.trace.untouched import untouched

_ROOM = 1 << 28  # bytes to remember results in; what finds no room is computed again


@dataclass(frozen=True)
class Point:
    """A place where what a way brings, F(x), can be turned up or down.

    Attributes:
        at: index of the record: a sum of a branch and a shortcut; or a layer (its norm, where one follows), the only way.
        branch: which operand of the sum is F(x), 0 or 1; None for a layer.
        entry: of a layer, index of the record that x goes into.
        fits: of a layer, whether F(x) has the shape of x, so that x can be handed on in its place.
    """

    at: int
    branch: int | None = None
    entry: int = 0
    fits: bool = False


@dataclass
class Pass:
    """What one run gave.

    Attributes:
        result: the model's first tensor, ``[N, ...]``.
        handed: the norms ``[N]`` of what the shortcut brings to each sum; of what goes into each layer.
        added: the norms ``[N]`` of F(x), before the gain.
        x, f: both in full, ``[N, C, ...]``, at the point that was asked for.
    """

    result: Tensor = field(default_factory=lambda: torch.empty(0))
    handed: dict[Point, Tensor] = field(default_factory=dict)
    added: dict[Point, Tensor] = field(default_factory=dict)
    x: Tensor | None = None
    f: Tensor | None = None


class Replay:
    """A model on a batch, to be run many times with other gains.

    An operation is known by its number in the run: in evaluation mode each run does the same ones.
    """

    def __init__(self, model: nn.Module, inputs: Tensor, points: Sequence[Point]) -> None:
        self._model, self._inputs = model, inputs
        listener = _Listener(model, inputs, points)
        self._run(listener)
        self._sums, self._layers, self._entries, self._known = listener.sums, listener.layers, listener.entries, listener.known

    def run(self, gains: Mapping[Point, float], show: Point | None = None) -> Pass:
        """Runs the model in evaluation mode with F(x) times a gain at some points; the model stays as it was.

        A sum gives x + gain * F(x). A layer has no shortcut: it gives gain * F(x), and where shapes allow and the gain is
        below 1 also (1 - gain) * x, so that 0 deletes the layer. What lies before the first gain is not computed again.
        """
        player = _Player(self._sums, self._layers, self._entries, self._known, gains, show)
        player.found.result = self._run(player)
        return player.found

    def _run(self, mode: Operations) -> Tensor:
        with untouched(self._model, [self._inputs]), torch.no_grad():
            self._model.eval()
            with mode:
                result = self._model(self._inputs)
        return leaves(result)[0].detach().clone()


class _Listener(Recorder):
    """The first run: which operation is which record, and what those give whose result is new memory."""

    def __init__(self, model: nn.Module, inputs: Tensor, points: Sequence[Point]) -> None:
        super().__init__(model, [inputs])
        self._points = points
        self.sums: dict[int, Point] = {}
        self.layers: dict[int, Point] = {}
        self.entries: dict[int, tuple[int, str]] = {}  # operation -> record, and the name of the argument that is x
        self.known: dict[int, Any] = {}
        self._count, self._room = -1, _ROOM

    def _perform(self, func: Any, args: Any, kwargs: Any) -> Any:
        self._count += 1
        index, arguments = len(self.trace.records), aten.bind(func, args, kwargs)
        result = super()._perform(func, args, kwargs)
        size = sum(t.numel() * t.element_size() for t in aten.tensors_in(result))
        if not aten.is_view(func) and not aten.written(func) and size <= self._room:
            self.known[self._count] = tree_map_only(Tensor, Tensor.clone, result)
            self._room -= size
        data = [name for name, _, value in self._operands(arguments) if value.record is not None]
        if data and aten.name_of(func, arguments) not in aten.IDENTITY:  # else it gets no record: the next is another's
            for point in self._points:
                if point.at == index:
                    (self.layers if point.branch is None else self.sums)[self._count] = point
                if point.branch is None and point.entry == index:
                    self.entries[self._count] = index, data[0]
        return result


class _Player(Operations):
    """A later run: steps in before each operation that a gain belongs to, or whose result is known."""

    def __init__(
        self, sums: Mapping[int, Point], layers: Mapping[int, Point], entries: Mapping[int, tuple[int, str]],
        known: Mapping[int, Any], gains: Mapping[Point, float], show: Point | None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.found = Pass()
        self._sums, self._layers, self._entries, self._known = sums, layers, entries, known
        self._gains, self._show, self._count = gains, show, -1
        changed = [number for number, point in {**sums, **layers}.items() if gains.get(point, 1.0) != 1]
        self._until = min(changed, default=1 << 62)
        self._entered: dict[int, Tensor] = {}

    def operation(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Gives what it gave before, as far as nothing has changed, and turns what has a gain."""
        self._count += 1
        number = self._count
        if point := self._sums.get(number):
            return self._sum(func, aten.bind(func, args, kwargs), point)
        if entry := self._entries.get(number):
            self._entered[entry[0]] = aten.bind(func, args, kwargs)[entry[1]].clone()
        if number < self._until and number in self._known:  # a copy, since the model may change it in place
            result = tree_map_only(Tensor, Tensor.clone, self._known[number])
        else:
            result = func(*args, **kwargs)
        point = self._layers.get(number)
        return self._layer(result, point) if point else result

    def _sum(self, func: Any, arguments: dict[str, Any], point: Point) -> Any:
        ways, alpha = [arguments["self"], arguments["other"]], arguments["alpha"]  # alpha: torch's factor of the second
        terms = ways if alpha == 1 else [ways[0], ways[1] * alpha]
        assert point.branch is not None
        self._note(point, terms[1 - point.branch], terms[point.branch])
        gain = self._gains.get(point, 1.0)
        if gain != 1 and point.branch == 0 and aten.written(func):
            ways[0].mul_(gain)  # `out += x`: the sum goes into this memory anyway
        elif gain != 1:
            ways[point.branch] = ways[point.branch] * gain
        return func(*ways, alpha=alpha)

    def _layer(self, result: Any, point: Point) -> Any:
        whole = [result] if isinstance(result, Tensor) else list(result)  # a norm gives its statistics, too
        entered, gain = self._entered[point.entry], self._gains.get(point, 1.0)
        self._note(point, entered, whole[0])
        if gain != 1:
            whole[0] = whole[0] * gain + (entered * (1 - gain) if point.fits and gain < 1 else 0)
        return whole[0] if isinstance(result, Tensor) else tuple(whole)

    def _note(self, point: Point, x: Tensor, f: Tensor) -> None:
        self.found.handed[point], self.found.added[point] = (t.flatten(1).float().norm(dim=1).cpu() for t in (x, f))
        if point == self._show:
            self.found.x, self.found.f = x.detach().clone(), f.detach().clone()

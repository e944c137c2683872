"""The residual blocks of any network, found by what it computes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cnnkit.errors import InputError
from cnnkit.trace import layout, units
from cnnkit.trace.record import Record, Trace
from cnnkit.trace.replay import Point

Kind = Literal["identity", "projection", "layer"]


@dataclass(frozen=True)
class Block:
    """One block, or of a network without shortcuts one layer.

    Attributes:
        name: its module's path, such as "layer1.1"; where no module holds it, its number.
        kind: "identity": the shortcut hands x on as it is. "projection": something works on the shortcut, too.
            "layer": there is no shortcut.
        point: where F(x) is scaled.
        shortcut: what works on a projection's shortcut, such as "1x1 conv".
        only_adds: F(x) ends in a ReLU, so that it is nowhere below 0.
        then_relu: a ReLU follows.
    """

    name: str
    kind: Kind
    point: Point
    shortcut: str = ""
    only_adds: bool = False
    then_relu: bool = False

    @property
    def fits(self) -> bool:
        """Whether x goes on beside F(x), or could in its place."""
        return self.kind != "layer" or self.point.fits

    def handed(self, alpha: float) -> float:
        """The factor of x beside alpha * F(x): 1 by a shortcut; in a layer what makes 0 a deletion, where shapes allow."""
        return 1.0 if self.kind != "layer" else max(0.0, 1 - alpha) if self.point.fits else 0.0


def find(traced: Trace) -> list[Block]:
    """The residual blocks of a network from what it computed; of a network without any, its layers but the last.

    Raises:
        InputError: nothing to turn was found.
    """
    steps = layout.read(traced)
    found = list(_sums(steps, traced)) or _layers(steps)
    if not found:
        raise InputError(
            "this network has no block to turn: neither a sum of a branch and a shortcut, nor a convolution or linear layer "
            "before its last one"
        )
    twice = Counter(block.name for block in found)
    number = Counter[str]()
    for i, block in enumerate(found):
        number[block.name] += 1
        if twice[block.name] > 1 or not block.name:
            found[i] = replace(block, name=f"{block.name} #{number[block.name]}".strip())
    return found


def _sums(steps: Sequence[layout.Step], traced: Trace) -> Iterator[Block]:
    for step in steps:
        if not isinstance(step, layout.Merge) or step.record.op != "add" or step.record.operands != ("self", "other"):
            continue
        weights = [units.count(units.roles(way)) for way in step.ways]
        if step.record.inputs[0] != step.record.inputs[1] or not max(weights):
            continue
        branch = weights.index(max(weights))
        way, last = list(layout.flat(step.ways[1 - branch])), traced.records[step.record.sources[branch]]
        scaled = branch == 0 and step.record.arguments.get("alpha", 1) != 1  # torch.add(F, x, alpha=2)
        after = [r.op for r in traced.records if step.record.index in r.sources]
        yield Block(
            _path(layout.flat([step])) or _path(r for r in layout.flat(step.ways[branch]) if r.parameters),
            "projection" if way or scaled else "identity",
            Point(step.record.index, branch),
            "a factor" if scaled and not way else _on_shortcut(way),
            only_adds=last.op == "relu",
            then_relu=after[:1] == ["relu"],
        )


def _layers(steps: Sequence[layout.Step]) -> list[Block]:
    layers = [role for role in units.roles(steps) if isinstance(role, units.Unit) and role.record is not None]
    found = []
    for unit in layers[:-1]:
        record = unit.record
        assert record is not None
        last = unit.norm or record
        point = Point(last.index, None, record.index, record.inputs[0] == last.output)
        found.append(Block(record.path, "layer", point))
    return found


def _on_shortcut(way: Sequence[Record]) -> str:
    """What stands on a shortcut, in two words."""
    for record in way:
        if record.kind == "conv" and record.window:
            return f"{'x'.join(map(str, record.window.kernel))} conv"
    return way[0].kind if way else ""


def _path(records: Iterable[Record]) -> str:
    """The innermost module that holds them all."""
    return ".".join(os.path.commonprefix([record.path.split(".") for record in records]))

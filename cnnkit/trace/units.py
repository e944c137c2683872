"""The weighted layers of a trace by their role, whatever they are called: what lets weights move between two classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cnnkit.trace.layout import Merge, Step, flat
from cnnkit.trace.record import Record

WEIGHTED = ("conv", "product")


@dataclass
class Unit:
    """A convolution or linear layer and the batch norm that follows it, by the names in the model's state dict.

    Attributes:
        record: the convolution or product; None for a norm that has none before it.
        norm: the norm's record, if it is one of torch's; None where there is no norm, or one made of sums and products.
        names: "weight", "bias", "gamma", "beta", "mean", "variance" -> name in the state dict.
    """

    record: Record | None = None
    norm: Record | None = None
    names: dict[str, str] = field(default_factory=dict)

    @property
    def has_norm(self) -> bool:
        """Whether a norm follows the layer."""
        return "mean" in self.names or "gamma" in self.names or self.norm is not None


@dataclass
class Junction:
    """Two ways that meet: the one with more weighted layers is the branch."""

    branch: list[Role]
    shortcut: list[Role]


Role = Unit | Junction


def roles(steps: Sequence[Step]) -> list[Role]:
    """The weighted layers of ``steps`` (of a pass in eval mode) in order; ways that meet become a `Junction`."""
    found: list[Role] = []
    for step in steps:
        if not isinstance(step, Merge):
            _take(found, step)
            continue
        ways = sorted((roles(way) for way in step.ways), key=count, reverse=True)
        if count(ways[0]):
            found.append(Junction(ways[0], ways[1] if len(ways) > 1 else []))
        else:
            for record in flat([step]):  # sums and products of a hand-made norm
                _take(found, record)
    return found


def count(found: Iterable[Role]) -> int:
    """How many weighted layers there are, those of all ways included."""
    return sum(1 if isinstance(role, Unit) else count(role.branch) + count(role.shortcut) for role in found)


def _take(found: list[Role], record: Record) -> None:
    """Begins a new unit with ``record``, or adds what it uses to the last one."""
    if record.kind in WEIGHTED:
        found.append(Unit(record, names=_layer_names(record)))
    elif record.parameters or record.buffers:
        if not found or not isinstance(found[-1], Unit) or (record.kind == "norm" and found[-1].has_norm):
            found.append(Unit())
        unit = found[-1]
        assert isinstance(unit, Unit)
        if record.kind == "norm":
            unit.norm = record
            unit.names |= dict(zip(("gamma", "beta"), record.parameters, strict=False))
            unit.names |= dict(zip(("mean", "variance"), record.buffers, strict=False))
        else:
            _take_by_hand(unit, record)


def _layer_names(record: Record) -> dict[str, str]:
    # addmm has its bias first, convolution last; a bias is only ever there beside a weight.
    names = list(record.parameters)
    if record.op in ("addmm", "addmv", "baddbmm", "addbmm") and len(names) > 1:
        names.reverse()
    return dict(zip(("weight", "bias"), names, strict=False))


def _take_by_hand(unit: Unit, record: Record) -> None:
    """The parts of a batch norm that is written out, or a bias that is added."""
    if record.kind in ("mul", "div"):
        unit.names |= dict(zip(("gamma",), record.parameters, strict=False))
        unit.names |= dict(zip(("variance",), record.buffers, strict=False))
    elif record.kind == "sub":
        unit.names |= dict(zip(("mean",), record.buffers, strict=False))
    elif record.kind == "add" and record.parameters:
        unit.names["beta" if unit.has_norm else "bias"] = record.parameters[0]

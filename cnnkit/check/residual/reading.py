"""A student's residual block as two rows of layers, read from a trace: what the probes compare and the drawing shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cnnkit.trace import Trace, layout, units
from cnnkit.trace.layout import Merge, Step
from cnnkit.trace.record import Record

TH = ("", "1st", "2nd", "3rd", "4th", "5th", "6th", "7th")
_SILENT = ("reshape", "pad", "input")


@dataclass(frozen=True)
class Layer:
    """One layer on a way through a block.

    Attributes:
        kind: "conv", "norm", "relu", "activation" (another one), "pool", "dropout", "scale" or what the trace calls it.
        record: the operation behind it.
        number: of a convolution, from 1 on its way; 0 for all else.
    """

    kind: str
    record: Record
    number: int = 0

    @property
    def kernel(self) -> int:
        """Side of the window; a matrix product over channels is a 1x1 convolution."""
        return self.record.window.kernel[0] if self.record.window else 1

    @property
    def stride(self) -> int:
        """Step of the window along the height."""
        return self.record.window.stride[0] if self.record.window else 1

    @property
    def padding(self) -> int:
        """Zeros at each side."""
        return self.record.window.padding[0] if self.record.window else 0

    @property
    def groups(self) -> int:
        """Groups of a grouped convolution, 1 otherwise."""
        return int(self.record.arguments.get("groups", 1))

    @property
    def size(self) -> tuple[int, ...]:
        """Channels, height and width of what it makes; () if it failed."""
        return tuple(self.record.output[1:])

    @property
    def given(self) -> tuple[int, ...]:
        """Channels, height and width of what it is given."""
        return tuple(self.record.inputs[0][1:]) if self.record.inputs else ()


@dataclass
class Reading:
    """A block taken apart.

    Attributes:
        before: layers that both ways share.
        branch: the way with more convolutions, from where the two part.
        shortcut: the other way; [] is the input itself.
        merge: where they meet; None if there is only one way, which is then the branch.
        after: layers after that.
        failed: the operation that torch refused, if there was one.
    """

    before: list[Layer] = field(default_factory=list)
    branch: list[Layer] = field(default_factory=list)
    shortcut: list[Layer] = field(default_factory=list)
    merge: Record | None = None
    after: list[Layer] = field(default_factory=list)
    failed: Record | None = None

    @property
    def is_whole(self) -> bool:
        """Whether both ways are there to their ends: torch refused nothing, or only to add them."""
        return self.failed is None or self.failed is self.merge

    @property
    def layers(self) -> list[Layer]:
        """All layers, in the order of a reader."""
        return [*self.before, *self.branch, *self.shortcut, *self.after]


Found = tuple[str, str, Layer | None]  # what a finder returns: slug, message, the layer that the drawing marks


def convolutions(layers: Sequence[Layer]) -> list[Layer]:
    """The convolutions among ``layers``."""
    return [layer for layer in layers if layer.kind == "conv"]


def read(trace: Trace) -> Reading:
    """The block that ``trace`` ran, as far as it came."""
    return read_steps(layout.read(trace), trace.failed)


def read_steps(steps: Sequence[Step], failed: Record | None = None) -> Reading:
    """The block that these steps are: layers, one place where two ways meet, layers."""
    at = next((i for i in reversed(range(len(steps))) if is_junction(steps[i])), None)
    if at is None:
        return Reading(branch=layers_of(steps, failed), failed=failed)
    merge = steps[at]
    assert isinstance(merge, Merge)
    ways = sorted((layers_of(way, failed) for way in merge.ways), key=_convolutions, reverse=True)
    return Reading(
        before=layers_of(steps[:at], failed),
        branch=ways[0],
        shortcut=ways[1],
        merge=merge.record,
        after=layers_of(steps[at + 1 :], failed),
        failed=failed,
    )


def layers_of(steps: Sequence[Step], failed: Record | None = None) -> list[Layer]:
    """The layers among ``steps``, with convolutions numbered."""
    found: list[Layer] = []
    for record in layout.flat(steps):
        kind = _kind(record)
        if kind in _SILENT or kind == "add" or (record.kind == "add" and found and found[-1].kind == "conv"):
            continue  # no layer, or a bias that is added to a convolution written as a product
        if kind == "norm" and found and found[-1].kind == "norm" and record.kind != "norm":
            continue  # the next operation of a norm that is written out
        number = sum(layer.kind == "conv" for layer in found) + 1 if kind == "conv" else 0
        found.append(Layer(kind, record, number))
    return found


def is_junction(step: Step) -> bool:
    """Whether two ways of a block meet: at least one has weights (those inside a norm have none), or a value meets itself."""
    if not isinstance(step, Merge):
        return False
    weighted = any(record.kind in units.WEIGHTED for way in step.ways for record in layout.flat(way))
    return weighted or (step.record.kind == "add" and len(set(step.record.sources)) == 1)


def _convolutions(layers: Sequence[Layer]) -> int:
    return sum(layer.kind == "conv" for layer in layers)


def _kind(record: Record) -> str:
    if record.kind in units.WEIGHTED:
        return "conv"
    if record.kind == "activation":
        return "relu" if record.op == "relu" else "activation"
    if record.kind in ("mul", "div", "sub", "add") and (record.parameters or record.buffers):
        return "norm"
    return {"mul": "scale", "div": "scale"}.get(record.kind, record.kind)

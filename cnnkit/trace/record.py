"""What a trace consists of: operations, module calls, and the error for a forward pass that failed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from cnnkit.errors import InputError
from cnnkit.trace.aten import Window

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One operation on values that come from the input.

    Attributes:
        index: place in ``Trace.records``.
        kind: "input", "conv", "product", "attention", "norm", "activation", "softmax", "pool", "add", "sub", "mul", "div",
            "concat", "dropout", "upsample", "pad", "reshape" (views, transposes, slices), "reduce" (sums ...) or "other".
        op: torch's own name for it, e.g. "convolution", "addmm"; a ReLU, and a ``clamp`` or ``threshold`` at 0 that does the
            same, is "relu" (``torch.maximum``, ``where`` or ``masked_fill`` go by their own names).
        path: innermost module at work, e.g. "layer1.0.conv1"; "" is the model itself.
        call: index of that module's call in ``Trace.calls``.
        sources: indices of the records that feed it, in the order of its arguments; ``x + x`` names the same one twice.
        operands: names of those arguments, e.g. "mat1"; inputs: their shapes; output: shape of the (first) result.
        parameters: names of the parameters it uses, directly or computed from; buffers: the same for buffers.
        macs: multiply-accumulates of convolutions and matrix products, without bias. What the input does not reach has no
            record, so its work counts nowhere: learnt queries among themselves, say, or an LSTM's first state of zeros.
        counted: False where it may multiply, and how much is not known: a fused kernel, or one that is none of torch's own.
        new_bytes: memory of the result; 0 for views and for work in place.
        arguments: all other arguments by torch's names, e.g. ``{"dim": 1}``; of ``x[:, [2, 1, 0]]`` the "dim" is ``[1]``.
    """

    index: int
    kind: str
    op: str
    path: str
    call: int
    sources: tuple[int, ...]
    operands: tuple[str, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    window: Window | None
    parameters: tuple[str, ...]
    buffers: tuple[str, ...]
    macs: int
    new_bytes: int
    arguments: Mapping[str, Any]
    counted: bool = True


@dataclass(slots=True)
class Call:
    """One call of a module: its records are ``records[start:stop]``, its result comes from ``records[result]``."""

    path: str
    module: nn.Module
    parent: int | None
    start: int
    stop: int = 0
    output: Shape = ()
    result: int | None = None


@dataclass
class Trace:
    """Everything one forward pass did.

    ``outputs`` are the records that the model's result comes from. ``failed`` is the operation that torch refused, if the
    pass ended with an error there; its ``index`` is the one it would have got.
    """

    records: list[Record] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    failed: Record | None = None

    @property
    def operations(self) -> list[Record]:
        """All records but the inputs."""
        return [r for r in self.records if r.kind != "input"]

    def of(self, *kinds: str) -> list[Record]:
        """The records of these kinds, in order."""
        return [r for r in self.records if r.kind in kinds]


class ForwardError(InputError):
    """The model's forward pass raised; ``path`` is the innermost module at work, the original is ``__cause__``.

    ``trace`` holds what was done up to there.
    """

    def __init__(self, message: str, path: str, trace: Trace) -> None:
        super().__init__(message)
        self.path = path
        self.trace = trace

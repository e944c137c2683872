"""The field of one feature map: what each of its values sees, and how that survives views, transposes and slices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, prod

from cnnkit.trace import Record, Shape

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class Axis:
    """Along one axis of the input, the value at position p sees pixels ``low + p * jump`` to ``high + p * jump``."""

    low: Number = 0
    high: Number = 0
    jump: Number = 1  # 0: all positions see the same

    def slide(self, kernel: int, stride: Number, padding: int = 0, dilation: int = 1) -> "Axis":
        """What a window over values with this field sees."""
        reach = (kernel - 1) * dilation * self.jump
        return replace(self.shift(-padding), high=self.high + reach - padding * self.jump, jump=self.jump * stride)

    def shift(self, positions: int) -> "Axis":
        """The field of the value this many positions further on."""
        return replace(self, low=self.low + positions * self.jump, high=self.high + positions * self.jump)

    def all(self, positions: int) -> "Axis":
        """What all positions together see."""
        return Axis(self.low, self.high + (positions - 1) * self.jump, 0)

    def join(self, other: "Axis") -> "Axis":
        """The smallest field that holds both."""
        return Axis(min(self.low, other.low), max(self.high, other.high), max(self.jump, other.jump))


Factor = tuple[int | None, int]  # one axis of the input (None: batch or channels), and the positions along it


@dataclass(frozen=True)
class Field:
    """The field along each axis of the input, and where these axes lie in a tensor.

    Attributes:
        axes: height and width, say.
        dims: for each dimension of the tensor its factors: ``[N, C, H, W]`` has one each; flattened to ``[N, C*H*W]`` the
            second has three, and a later view can tell them apart again.
    """

    axes: tuple[Axis, ...]
    dims: tuple[tuple[Factor, ...], ...]

    @property
    def size(self) -> int:
        """Input pixels that one value sees, along the axis where it sees most."""
        return max(ceil(axis.high - axis.low) + 1 for axis in self.axes)

    @property
    def jump(self) -> int | float | None:
        """Input pixels between neighbours, along the axis where that is most; None where positions are gone."""
        held = {axis for factors in self.dims for axis, _ in factors if axis is not None}
        jump = max((self.axes[i].jump for i in held), default=0)
        return None if jump == 0 else int(jump) if jump == int(jump) else float(jump)

    def over(self, dims: Iterable[int]) -> tuple[Axis, ...]:
        """The axes after a sum over these dimensions."""
        axes = list(self.axes)
        for axis, positions in (factor for d in dims for factor in self.dims[d]):
            if axis is not None:
                axes[axis] = axes[axis].all(positions)
        return tuple(axes)


def single(shape: Shape) -> list[tuple[Factor, ...]]:
    """Dimensions that hold nothing of the input's axes."""
    return [((None, size),) for size in shape]


def positions(factors: Sequence[Factor]) -> int:
    """Length of a dimension made of these factors."""
    return prod(n for _, n in factors)


def reshaped(field: Field, record: Record) -> Field | None:
    """The field after a view, transpose or slice; None where the axes can no longer be told apart."""
    field = replace(field, dims=_measured(field, record.inputs[0]))
    if record.op in ("permute", "transpose", "t"):
        return Field(field.axes, _permuted(field, record))
    if record.op in ("select", "unbind"):
        d = (record.arguments.get("dim") or 0) % len(field.dims)
        return Field(field.axes, (*field.dims[:d], *field.dims[d + 1 :]))
    if record.op in ("slice", "split", "split_with_sizes"):
        return _cut(field, record)
    if record.inputs[0] == record.output:
        return field
    if record.op == "expand":
        return Field(field.axes, _expanded(field, record.output))
    if prod(record.inputs[0]) != prod(record.output):
        return None
    dims = _regrouped([f for factors in field.dims for f in factors], record.output)
    return Field(field.axes, dims) if dims else None


def padded(field: Field, record: Record) -> Field:
    """The field after ``F.pad``, whose sizes come as (left, right, top, bottom): from the last dimension on."""
    pad = record.arguments.get("pad") or record.arguments.get("padding") or []
    axes, dims = list(field.axes), list(field.dims)
    for i, before in enumerate(pad[::2]):
        d = len(dims) - 1 - i
        for axis, _ in dims[d]:
            if axis is not None:
                axes[axis] = axes[axis].shift(-before)
        dims[d] = ((dims[d][0][0], record.output[d]),)
    return Field(tuple(axes), tuple(dims))


def _measured(field: Field, shape: Shape) -> tuple[tuple[Factor, ...], ...]:
    """Its dimensions with their true lengths: the pieces of a split need not be as long as the first."""
    if len(field.dims) != len(shape):
        return field.dims
    return tuple(((f[0][0], n),) if len(f) == 1 else f for f, n in zip(field.dims, shape, strict=True))


def _permuted(field: Field, record: Record) -> tuple[tuple[Factor, ...], ...]:
    order = list(range(len(field.dims)))
    if record.op == "permute":
        order = record.arguments["dims"]
    elif len(order) > 1:
        a, b = record.arguments.get("dim0", 0), record.arguments.get("dim1", 1)
        order[a], order[b] = order[b], order[a]
    return tuple(field.dims[d] for d in order)


def _cut(field: Field, record: Record) -> Field | None:
    d = (record.arguments.get("dim") or 0) % len(field.dims)
    if len(field.dims[d]) > 1:  # part of a flattened map
        return None
    axes, (axis, n) = list(field.axes), field.dims[d][0]
    if axis is not None and record.op == "slice":
        start, step = (record.arguments.get(name) for name in ("start", "step"))
        axes[axis] = axes[axis].shift((start or 0) % n).slide(1, step or 1)
    return Field(tuple(axes), (*field.dims[:d], ((axis, record.output[d]),), *field.dims[d + 1 :]))


def _expanded(field: Field, shape: Shape) -> tuple[tuple[Factor, ...], ...]:
    dims = single(shape)
    for i in range(1, len(field.dims) + 1):
        if positions(field.dims[-i]) == shape[-i]:
            dims[-i] = field.dims[-i]
    return tuple(dims)


def _regrouped(factors: list[Factor], shape: Shape) -> tuple[tuple[Factor, ...], ...] | None:
    """The same factors, in order, dealt out to new dimensions; None where one would cut an axis of the input."""
    rest, dims = [f for f in factors if f[1] != 1], []
    for size in shape:
        group: list[Factor] = []
        while size > 1:
            if not rest:
                return None
            axis, n = rest.pop(0)
            if size % n == 0:
                group.append((axis, n))
                size //= n
            elif n % size == 0 and axis is None:
                group.append((None, size))
                rest.insert(0, (None, n // size))
                size = 1
            else:
                return None
        dims.append(tuple(group) or ((None, 1),))
    return tuple(dims)

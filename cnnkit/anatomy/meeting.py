"""The field where several values meet: sums, concats, matrix products, attention."""

from collections.abc import Iterable, Sequence

from cnnkit.anatomy.field import Axis, Dims, Factor, Field, held, length, single
from cnnkit.trace import Record, Shape, aten

_BIASED = ("addmm", "baddbmm", "addmv", "addbmm")  # their "self" is what is added to the product


def met(fields: Iterable[Field], shape: Shape) -> Field | None:
    """The field of a result of this shape whose values meet position by position; dimensions line up from the right.

    An input without maps, such as a vector of measurements, adds nothing. None where positions do not fit together.
    """
    known = [field for field in fields if field.axes]
    dims = _lined_up(known, shape)
    if dims is None:
        return None
    positions, axes = held(dims), []
    for i in range(max((len(field.axes) for field in known), default=0)):
        # Without positions of its own an operand gives all positions the same.
        ways = [f.axes[i] if held(f.dims).get(i) == positions.get(i) else f.axes[i].fixed() for f in known if i < len(f.axes)]
        axis = _joined(ways, positions.get(i, 1))
        if axis is None:
            return None
        twice = sum(i in held([factors]) for factors in dims) > 1  # such as queries by keys: both see a place of their own
        axes.append(axis.all(positions[i]) if twice else axis)
    return Field(tuple(axes), dims)


def _joined(ways: Sequence[Axis], positions: int) -> Axis | None:
    joined: Axis | None = ways[0]
    for other in ways[1:]:
        joined = joined.join(other, positions) if joined else None
    return joined


def _lined_up(fields: Sequence[Field], shape: Shape) -> Dims | None:
    """Where the axes lie in the result; None where two operands disagree."""
    dims = list(single(shape))
    for field in fields:
        if len(field.dims) > len(shape):
            return None
        for i in range(1, len(field.dims) + 1):
            factors = field.dims[-i]
            if not held([factors]) or length(factors) != shape[-i]:  # a length of 1 is repeated: no positions
                continue
            if held([dims[-i]]) and dims[-i] != factors:
                return None
            dims[-i] = factors
    return tuple(dims)


def concatenated(fields: Sequence[Field], record: Record) -> Field | None:
    """The field of a concat; constants, such as a class token or a first state of zeros, add nothing."""
    d = (record.arguments.get("dim") or 0) % len(record.output)
    if record.op == "stack":
        fields = [Field(f.axes, (*f.dims[:d], (Factor(1),), *f.dims[d:])) for f in fields]
    known = [field for field in fields if field.axes]
    if not any(held([field.dims[d]]) for field in known):
        wide = [Field(f.axes, (*f.dims[:d], (Factor(record.output[d]),), *f.dims[d + 1 :])) for f in known]
        return met(wide, record.output)
    first = known[0]
    if any(field.axes != first.axes or field.dims != first.dims for field in known):
        return None
    mixed = Factor(record.output[d], tuple(held([first.dims[d]]).items()))
    return Field(first.axes, (*first.dims[:d], (mixed,), *first.dims[d + 1 :]))


def multiplied(fields: Sequence[Field], record: Record) -> Field | None:
    """A matrix product sums over the last dimension of its left operand, the second last of its right one."""
    left = next((n for n in aten.LEFT if n in record.operands and not (n == "self" and record.op in _BIASED)), None)
    ways = []
    for name, field in zip(record.operands, fields, strict=True):
        if name == "self" and record.op in _BIASED:
            ways.append(field)
            continue
        if not field.axes:
            continue
        summed = len(field.dims) - (1 if name == left or len(field.dims) == 1 else 2)
        dims = list(single(record.output))
        for d, factors in enumerate(field.dims):
            at = d if name == left else d - len(field.dims)
            if d != summed and length(factors) == record.output[at]:
                dims[at] = factors
        ways.append(Field(field.over([summed]), tuple(dims)))
    return met(ways, record.output)


def attended(fields: Sequence[Field], record: Record) -> Field | None:
    """Fused attention: all positions look at all others, so that there are none of their own any more."""
    ways = []
    for field in fields:
        last = range(max(len(field.dims) - 2, 0), len(field.dims))
        ways.append(Field(field.over(last) if field.axes else (), (*field.dims[:-2], *single(record.output[-2:]))))
    return met(ways, record.output)

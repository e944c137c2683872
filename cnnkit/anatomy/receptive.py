"""Receptive fields: which part of the input one value of each feature map sees.

The rules are those of Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019,
applied to a trace instead of a list of layers, so that branches, functional code and reordered dimensions count too:

* a window: ``size += (kernel - 1) * dilation * jump`` and ``jump *= stride``;
* where branches meet, the field that holds all of theirs; they are centred alike in usual networks, so the largest counts;
* whatever sums over positions (a global pool, a linear layer over flattened maps, attention) sees the fields of all of
  them: ``size + (positions - 1) * jump``. From there on there is no jump.

Fields may reach over the border into the padding, so they can be larger than the input. The statistics of
norms and softmax are not counted: a batch norm in evaluation mode has none.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from cnnkit.anatomy.field import Axis, Field, padded, positions, reshaped, single
from cnnkit.trace import Record, Shape, Trace, aten

_BIASED = ("addmm", "baddbmm", "addmv", "addbmm")  # their "self" is what is added to the product


def fields(trace: Trace) -> list[Field | None]:
    """The field of every record's output; None where the input is no map or an operation is none of those we know."""
    found: list[Field | None] = []
    for record in trace.records:
        sources = [found[i] for i in record.sources]
        if record.kind == "input":
            found.append(_of_input(record.output))
        elif all(field is None for field in sources):
            found.append(None)
        else:
            found.append(_after(record, sources))
    return found


def _of_input(shape: Shape) -> Field | None:
    spatial = range(2, len(shape))
    dims = tuple(((d - 2 if d in spatial else None, n),) for d, n in enumerate(shape))
    return Field(tuple(Axis() for _ in spatial), dims) if spatial else None


def _after(record: Record, sources: Sequence[Field | None]) -> Field | None:
    first = next((field for field in sources if field), None)
    if first is None:
        return None
    if record.window or (record.kind in ("pool", "upsample") and "output_size" in record.arguments):
        return _windowed(first, record)
    if record.kind in ("pool", "reduce"):
        return _reduced(first, record)
    if record.kind == "product":
        return _multiplied(record, sources)
    if record.kind == "attention":
        axes = [field.over(range(len(field.dims))) for field in sources if field]
        return Field(_joined(axes), first.dims)
    if record.kind == "reshape":
        return reshaped(first, record)
    if record.kind == "pad":
        return padded(first, record)
    if len(record.sources) == 1:
        return first if record.inputs[0] == record.output else None
    return _met(record, sources)


def _windowed(field: Field, record: Record) -> Field | None:
    """A sliding window on the last dimensions; adaptive pools and upsampling are windows made to measure."""
    before, after = record.inputs[0], record.output
    n = len(record.window.kernel) if record.window else len(after) - 2
    axes, dims = list(field.axes), single(after)
    for i, d in enumerate(range(len(after) - n, len(after))):
        factors = field.dims[d]
        if len(factors) > 1:  # a window over flattened maps
            return None
        for axis, _ in factors:
            if axis is not None:
                axes[axis] = _slid(axes[axis], record, i, before[d], after[d])
                dims[d] = ((axis, after[d]),)
    return Field(tuple(axes), tuple(dims))


def _slid(axis: Axis, record: Record, i: int, before: int, after: int) -> Axis:
    if record.kind == "upsample":
        kernel = 1 if "nearest" in record.op else 4 if "cubic" in record.op else 2
        return axis.shift(-(kernel // 2)).slide(min(kernel, before), Fraction(before, after))
    if record.window is None and after == 1:
        return axis.all(before)
    if record.window is None:  # adaptive: output p covers floor(p * before / after) .. ceil((p + 1) * before / after)
        widths = (ceil(Fraction((p + 1) * before, after)) - p * before // after for p in range(after))
        return axis.slide(max(widths), Fraction(before, after))
    window = record.window
    kernel, stride, padding, dilation = (n[i] for n in (window.kernel, window.stride, window.padding, window.dilation))
    if record.arguments.get("transposed"):
        reach = (kernel - 1) * dilation
        first = ceil(Fraction(padding - reach, stride))
        return axis.shift(first).slide(ceil(Fraction(reach + 1, stride)), Fraction(1, stride))
    return axis.slide(kernel, stride, padding, dilation)


def _joined(fields: Sequence[tuple[Axis, ...]]) -> tuple[Axis, ...]:
    """The axes where branches meet; an input without maps, such as a vector of measurements, adds nothing."""
    joined = max(fields, key=len)
    for other in fields:
        joined = tuple(a.join(b) for a, b in zip(joined, other, strict=False)) + joined[len(other) :]
    return joined


def _reduced(field: Field, record: Record) -> Field:
    gone = aten.reduced_dims(record.arguments, len(field.dims))
    kept = [((None, 1),) if d in gone else factors for d, factors in enumerate(field.dims)]
    if len(record.output) < len(kept):
        kept = [factors for d, factors in enumerate(kept) if d not in gone]
    return Field(field.over(gone), tuple(kept))


def _multiplied(record: Record, sources: Sequence[Field | None]) -> Field | None:
    """A matrix product sums over the last dimension of its left operand, the second last of its right one."""
    axes, dims = [], single(record.output)
    left = next((n for n in aten.LEFT if n in record.operands and not (n == "self" and record.op in _BIASED)), None)
    for name, field in zip(record.operands, sources, strict=True):
        if field is None or (name == "self" and record.op in _BIASED):
            continue
        summed = len(field.dims) - (1 if name == left or len(field.dims) == 1 else 2)
        axes.append(field.over([summed]))
        for d, factors in enumerate(field.dims):
            if d != summed and positions(factors) == record.output[d if name == left else d - len(field.dims)]:
                dims[d if name == left else d - len(field.dims)] = factors
    return Field(_joined(axes), tuple(dims)) if axes else None


def _met(record: Record, sources: Sequence[Field | None]) -> Field | None:
    """Adds, concats and other meetings: dimensions line up from the right."""
    out, known = record.output, [field for field in sources if field]
    dims = single(out)
    for field in reversed(known):
        for i in range(1, min(len(field.dims), len(out)) + 1):
            factors = field.dims[-i]
            if any(axis is not None for axis, _ in factors):
                if positions(factors) == out[-i]:
                    dims[-i] = factors
                elif len(factors) == 1 and record.kind == "concat":
                    dims[-i] = ((factors[0][0], out[-i]),)
    return Field(_joined([field.axes for field in known]), tuple(dims))

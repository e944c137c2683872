"""Receptive fields: which part of the input one value of each feature map sees.

The rules are those of Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019,
applied to a trace instead of a list of layers, so that branches, functional code and reordered dimensions count too:

* a window: ``size += (kernel - 1) * dilation * jump`` and ``jump *= stride``;
* where branches meet, the field that holds all of theirs; they are centred alike in usual networks, so the largest counts;
* whatever sums over positions (a global pool, a linear layer over flattened maps, attention) sees the fields of all of
  them: ``size + (positions - 1) * jump``. From there on there is no jump;
* what mixes positions in another way (sorting, sampling, work on slices) is unknown, and so is all that it feeds.

Fields may reach over the border into the padding, so they can be larger than the input. The statistics of
norms and softmax are not counted: a batch norm in evaluation mode has none.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil

from cnnkit.anatomy.field import Axis, Factor, Field, held, single
from cnnkit.anatomy.meeting import attended, concatenated, met, multiplied
from cnnkit.anatomy.views import ALONG, along, padded, reshaped
from cnnkit.trace import Record, Shape, Trace, aten

Rule = Callable[[Field, Record], Field | None]

_BY_POSITION = {"add", "sub", "mul", "div", "activation", "dropout", "softmax"}
_MEETINGS = {"product": multiplied, "attention": attended, "concat": concatenated}


def fields(trace: Trace) -> list[Field | None]:
    """The field of every record's output; None where the input is no map, and where it is not known."""
    found: list[Field | None] = []
    for record in trace.records:
        found.append(_of_input(record.output) if record.kind == "input" else _of(record, [found[i] for i in record.sources]))
    return [field if field and field.axes else None for field in found]


def _of_input(shape: Shape) -> Field:
    spatial = range(2, len(shape))
    dims = tuple((Factor(n, ((d - 2, n),) if d in spatial else ()),) for d, n in enumerate(shape))
    return Field(tuple(Axis() for _ in spatial), dims)


def _of(record: Record, sources: Sequence[Field | None]) -> Field | None:
    """One unknown source makes the result unknown; sources without maps make one without maps."""
    # A source's record may have written only a part of what is read here (``out[:, :3] = x``), or be one of several pieces.
    seen = [field and field.resized(shape) for field, shape in zip(sources, record.inputs, strict=True)]
    known = [field for field in seen if field]
    if len(known) < len(seen):
        return None
    if all(field.jump is None for field in known):  # without positions there is nothing that could be mixed up
        return met([field.whole(record.output) for field in known], record.output)
    return _after(record, known)


def _after(record: Record, sources: Sequence[Field]) -> Field | None:
    if record.kind in _MEETINGS:
        return _MEETINGS[record.kind](sources, record)
    slides = bool(record.window) or (record.kind in ("pool", "upsample") and "output_size" in record.arguments)
    if slides or record.kind == "norm":
        return _layer(record, sources, _windowed if slides else _same)
    if len(sources) == 1 and (moved := _alone(record)):
        return moved(sources[0], record)
    return met(sources, record.output) if record.kind in _BY_POSITION or aten.is_pointwise(record.op) else None


def _layer(record: Record, sources: Sequence[Field], rule: Rule) -> Field | None:
    """A layer whose weights may come from the input too: each of its values then sees all that they see."""
    ways = [
        rule(field, record) if name in ("input", "self", "indices") else field.whole(record.output)
        for name, field in zip(record.operands, sources, strict=True)
    ]
    known = [field for field in ways if field]
    return met(known, record.output) if len(known) == len(ways) else None


def _same(field: Field, record: Record) -> Field | None:
    return field


def _alone(record: Record) -> Rule | None:
    """The rule for an operation on one value that moves or sums positions."""
    if record.op in ALONG:
        return along
    if record.op in aten.REDUCTIONS:
        return _reduced
    return {"reshape": reshaped, "pad": padded}.get(record.kind)


def _windowed(field: Field, record: Record) -> Field | None:
    """A sliding window on the last dimensions; adaptive pools and upsampling are windows made to measure."""
    before, after = field.shape, record.output
    first = len(after) - (len(record.window.kernel) if record.window else len(after) - 2)
    axes, dims = list(field.axes), [*field.dims[:first], *single(after[first:])]
    if record.kind == "conv":
        dims[first - 1] = (Factor(after[first - 1]),)
    if record.kind == "conv" and held(field.dims[first - 1 : first]):  # a sum over channels that hold positions
        return None
    if "_aa" in record.op or "fractional" in record.op:  # windows of other widths, or at random places
        return None
    for i, d in enumerate(range(first, len(after))):
        axis = field.dims[d][0].axis
        if len(field.dims[d]) > 1 or field.dims[d][0].is_mixed:  # a window over flattened maps
            return None
        if axis is not None:
            axes[axis] = _slid(axes[axis], record, i, before[d], after[d])
            dims[d] = (Factor(after[d], ((axis, after[d]),)),)
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


def _reduced(field: Field, record: Record) -> Field:
    gone = aten.reduced_dims(record.arguments, len(field.dims))
    kept = [(Factor(1),) if d in gone else factors for d, factors in enumerate(field.dims)]
    if len(record.output) < len(kept):
        kept = [factors for d, factors in enumerate(kept) if d not in gone]
    return Field(field.over(gone), tuple(kept))

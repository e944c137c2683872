"""How a field survives what only moves values: views, transposes, slices, padding."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from cnnkit.anatomy.field import Dims, Factor, Field, held, length, single
from cnnkit.trace import Record, Shape

_REGROUPED = {
    "view",
    "_unsafe_view",
    "reshape",
    "_reshape_copy",
    "_reshape_alias",
    "unsqueeze",
    "squeeze",
    "flatten",
    "unflatten",
}
# These work along the dimensions they name: for the positions of a map that is safe only if those are batch and channels.
ALONG = {"flip", "roll", "cumsum", "cumprod", "sort", "topk", "gather", "index_select", "index", "glu"}


def reshaped(field: Field, record: Record) -> Field | None:
    """The field after a view, transpose or slice; None where the axes can no longer be told apart."""
    if record.op in _REGROUPED:
        dims = _regrouped([f for factors in field.dims for f in factors], record.output)
        return Field(field.axes, dims) if dims else None
    return _BY_OP[record.op](field, record) if record.op in _BY_OP else None


def along(field: Field, record: Record) -> Field | None:
    """The field after work along some dimensions, as long as no positions lie there."""
    named = next((record.arguments[n] for n in ("dim", "dims") if record.arguments.get(n) not in (None, [])), None)
    if named is None:  # over all of them, flattened
        return None
    dims = list(field.dims)
    for d in named if isinstance(named, (list, tuple)) else [named]:
        if held([dims[d]]):
            return None
        dims[d] = (Factor(record.output[d]),)
    found = replace(field, dims=tuple(dims))
    return found if found.shape == record.output else None


def padded(field: Field, record: Record) -> Field | None:
    """The field after ``F.pad``, whose sizes come as (left, right, top, bottom): from the last dimension on."""
    pad = record.arguments.get("pad") or record.arguments.get("padding") or []
    axes, dims = list(field.axes), list(field.dims)
    for i, before in enumerate(pad[::2]):
        d = len(dims) - 1 - i
        if before == 0 and length(dims[d]) == record.output[d]:
            continue
        if len(dims[d]) > 1 or dims[d][0].is_mixed:
            return None
        axis = dims[d][0].axis
        if axis is not None:
            axes[axis] = axes[axis].shift(-before)
        dims[d] = (_one(axis, record.output[d]),)
    return Field(tuple(axes), tuple(dims))


def _one(axis: int | None, size: int) -> Factor:
    return Factor(size, () if axis is None else ((axis, size),))


def _permuted(field: Field, record: Record) -> Field:
    order = list(range(len(field.dims)))
    if record.op == "permute":
        order = record.arguments["dims"]
    elif len(order) > 1:
        a, b = record.arguments.get("dim0", 0), record.arguments.get("dim1", 1)
        order[a], order[b] = order[b], order[a]
    return Field(field.axes, tuple(field.dims[d] for d in order))


def _taken(field: Field, record: Record) -> Field | None:
    """One index of a dimension: of a map, a row; that all positions see the same matters when it meets a map again."""
    d = (record.arguments.get("dim") or 0) % len(field.dims)
    factors, axes = field.dims[d], list(field.axes)
    for axis in held([factors]):
        if axes[axis].jump and (len(factors) > 1 or factors[0].axis is None):
            return None
        axes[axis] = axes[axis].shift(record.arguments["index"] % factors[0].size).fixed()
    return Field(tuple(axes), (*field.dims[:d], *field.dims[d + 1 :]))


def _pieces(field: Field, record: Record) -> Field | None:
    """One of several pieces; which one is not known, so the positions of a map must not be what is split."""
    d = (record.arguments.get("dim") or 0) % len(field.dims)
    if any(field.axes[axis].jump for axis in held([field.dims[d]])):
        return None
    piece = () if record.op == "unbind" else ((Factor(record.output[d]),),)
    return Field(field.axes, (*field.dims[:d], *piece, *field.dims[d + 1 :]))


def _cut(field: Field, record: Record) -> Field | None:
    d = (record.arguments.get("dim") or 0) % len(field.dims)
    size, cut = length(field.dims[d]), record.output[d]
    factors, axes = field.dims[d], list(field.axes)
    if size == cut:
        return field
    begin, _, step = slice(*(record.arguments.get(name) for name in ("start", "end", "step"))).indices(size)
    if len(factors) > 1 or factors[0].is_mixed:
        part = _part(field, factors, cut if step == 1 else 0)
        return replace(field, dims=(*field.dims[:d], part, *field.dims[d + 1 :])) if part else None
    axis = factors[0].axis
    if axis is not None:
        axes[axis] = axes[axis].shift(begin).slide(1, step)
    return Field(tuple(axes), (*field.dims[:d], (_one(axis, cut),), *field.dims[d + 1 :]))


def _part(field: Field, factors: Sequence[Factor], cut: int) -> tuple[Factor, ...] | None:
    """A piece of a flattened map: known where nothing but a class token can be gone, or where all positions see the same."""
    if not any(field.axes[axis].jump for axis in held([factors])):
        return (Factor(cut),)
    whole = len(factors) == 1 and cut >= length([Factor(n) for _, n in factors[0].axes])
    return (Factor(cut, factors[0].axes),) if whole else None


def _expanded(field: Field, record: Record) -> Field | None:
    """After ``expand`` or ``repeat``: a map that is laid side by side with itself is none that we know."""
    dims = list(single(record.output))
    for i in range(1, len(field.dims) + 1):
        factors = field.dims[-i]
        if length(factors) == record.output[-i]:
            dims[-i] = factors
        elif length(factors) > 1 and held([factors]):
            return None
    return Field(field.axes, tuple(dims))


def _shuffled(field: Field, record: Record) -> Field | None:
    """``pixel_shuffle`` deals channels out to r x r positions, which see the same; ``pixel_unshuffle`` gathers these."""
    up = record.op == "pixel_shuffle"
    factor = record.arguments["upscale_factor" if up else "downscale_factor"]
    axes, dims = list(field.axes), list(single(record.output))
    dims[:-3] = field.dims[:-3]
    if held([field.dims[-3]]):
        return None
    for d in (-2, -1):
        axis = field.dims[d][0].axis
        if len(field.dims[d]) > 1 or field.dims[d][0].is_mixed:
            return None
        if axis is not None:
            axes[axis] = axes[axis].slide(1 if up else factor, Fraction(1, factor) if up else factor)
        dims[d] = (_one(axis, record.output[d]),)
    return Field(tuple(axes), tuple(dims))


def _between_channels(field: Field, record: Record) -> Field | None:
    return None if held([field.dims[1]]) else field


def _regrouped(factors: list[Factor], shape: Shape) -> Dims | None:
    """The same factors, in order, dealt out to new dimensions; None where one would cut an axis of the input."""
    rest, dims = _merged(factors), []
    for size in shape:
        group: list[Factor] = []
        while size > 1:
            if not rest:
                return None
            first = rest.pop(0)
            if size % first.size == 0:
                group.append(first)
                size //= first.size
            elif first.size % size == 0 and not first.axes:
                group.append(Factor(size))
                rest.insert(0, Factor(first.size // size))
                size = 1
            else:
                return None
        dims.append(tuple(group) or (Factor(size),))
    return None if rest else tuple(dims)


def _merged(factors: Sequence[Factor]) -> list[Factor]:
    """Neighbours without positions as one, and none of length 1 (or 0: an empty batch)."""
    merged: list[Factor] = []
    for factor in factors:
        if merged and not merged[-1].axes and not factor.axes and factor.size > 1:
            merged[-1] = Factor(merged[-1].size * factor.size)
        elif factor.size > 1:
            merged.append(factor)
    return merged


_BY_OP: dict[str, Callable[[Field, Record], Field | None]] = {
    **dict.fromkeys(("permute", "transpose", "t"), _permuted),
    **dict.fromkeys(("unbind", "split", "split_with_sizes", "unsafe_split", "unsafe_split_with_sizes"), _pieces),
    **dict.fromkeys(("expand", "repeat"), _expanded),
    **dict.fromkeys(("pixel_shuffle", "pixel_unshuffle"), _shuffled),
    **dict.fromkeys(("channel_shuffle", "native_channel_shuffle"), _between_channels),
    "select": _taken,
    "slice": _cut,
}

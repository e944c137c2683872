"""What can be wrong with what flows where in a block: nothing uses a layer, or it gets a wrong tensor, or does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch import nn

from cnnkit._support.words import plural
from cnnkit.check.residual.case import Run
from cnnkit.check.residual.reading import Found, Layer
from cnnkit.trace import Trace
from cnnkit.trace.layout import Merge
from cnnkit.trace.record import Call, Record

MISTAKES = {
    "layer-unused": "a layer is made and never called, or nothing uses its result",
    "wrong-input": "a layer that is right gets the wrong tensor",
    "wrong-width": "the number of channels of a layer is wrong",
    "added-twice": "the shortcut is added twice",
    "linear-for-convolution": "a linear layer works along the width of a map, where a 1x1 convolution belongs",
}
Place = tuple[int, int, int]  # channels in, channels out, kernel


def unused(trace: Trace, module: nn.Module) -> Iterator[tuple[str, bool]]:
    """The layers with weights that nothing comes of: path, and whether they ran, in the order in which they were made."""
    reached = _ancestors(trace, [trace.failed.sources] if trace.failed else [trace.outputs])
    useful = {n for record in trace.records if record.index in reached for n in record.parameters}
    useful |= set(trace.failed.parameters) if trace.failed else set()
    ran = {name for record in trace.records for name in record.parameters}
    owners: dict[str, list[str]] = {}
    for name, _ in module.named_parameters():
        owners.setdefault(name.rpartition(".")[0], []).append(name)
    for owner, names in owners.items():
        if owner and useful.isdisjoint(names):
            yield owner, not ran.isdisjoint(names)


def _ancestors(trace: Trace, ends: list[tuple[int, ...] | list[int]]) -> set[int]:
    """Indices of the records that these come from, themselves included."""
    left, found = [i for end in ends for i in end], set[int]()
    while left:
        if (i := left.pop()) not in found:
            found.add(i)
            left += trace.records[i].sources
    return found


def unused_layer(run: Run) -> Found | None:
    """A layer whose result reaches neither the sum nor the end, where all should: with a change of shape."""
    if not run.steps or not run.reading.is_whole or not run.case.changes_shape:
        return None
    kinds = dict(run.block.named_modules())
    idle = [found for found in unused(run.trace, run.block) if found[1] or not _is_projection(run, kinds[found[0]])]
    if not idle:
        return None
    owner, ran = next((found for found in idle if isinstance(kinds[found[0]], nn.Conv2d)), idle[0])
    if ran:
        return (
            "layer-unused",
            f"Nothing uses the result of `{owner}`. In `{run.case.call}` it runs, and what it makes goes nowhere. "
            "Look at the variables in `forward`: which one does the next line take?",
            None,
        )
    in_loop = owner.rpartition(".")[2].isdigit() and not owner.endswith(".0") and len(idle) > 1
    loop = " Does the loop reach its end before the `return`?" if in_loop else ""
    return "layer-unused", f"`{owner}` is never called. `__init__` makes it, and `forward` leaves it out.{loop}", None


def _is_projection(run: Run, module: nn.Module) -> bool:
    """Whether it is (part of) a shortcut that is missing altogether, which `ways.shortcut_shape` tells better."""
    if run.reading.merge is None or any(layer.kind == "conv" for layer in run.reading.shortcut):
        return False
    branch = [layer for layer in run.reading.branch if layer.kind == "conv"]
    width = getattr(module, "out_channels", getattr(module, "num_features", 0))
    return len(branch) == len(run.case.kernels) and width == run.case.out


def added_twice(run: Run) -> Found | None:
    """The same value is added at two places, one after the other."""
    sums = [step for step in _merges(run.steps) if step.record.kind == "add" and not step.record.parameters]
    values = [{len(way) and _last(way) or step.fork for way in step.ways} for step in sums]
    for one, (first, there) in enumerate(zip(sums, values, strict=True)):
        for second, here in zip(sums[one + 1 :], values[one + 1 :], strict=True):
            if there & here and first.record.index != second.record.index:
                return (
                    "added-twice",
                    "The shortcut is added twice. One sum takes it, and a later one takes it again. "
                    "The result is the plain sum of branch and shortcut.",
                    None,
                )
    return None


def _last(way: list[Record | Merge]) -> int:
    step = way[-1]
    return step.record.index if isinstance(step, Merge) else step.index


def _merges(steps: list[Record | Merge]) -> Iterator[Merge]:
    for step in steps:
        if isinstance(step, Merge):
            for way in step.ways:
                yield from _merges(way)
            yield step


def misfit(run: Run) -> Found | None:
    """Torch refused a layer because it was built for another number of channels: which of the layers is to blame?"""
    failed = run.reading.failed
    if failed is None or failed.kind not in ("conv", "norm", "product") or not failed.parameters:
        return None
    built, made = _widths(run, failed)
    given = failed.inputs[0][1] if len(failed.inputs[0]) > 1 else 0
    if built == given:
        return None
    layer = next((x for x in run.reading.layers if x.record is failed), None)
    owner = failed.parameters[0].rpartition(".")[0] or failed.parameters[0]
    if found := _misplaced(run, layer, owner, (built, made, layer.kernel if layer else 0), given):
        return found
    what = "A batch norm" if failed.kind == "norm" else "A convolution" if failed.kind == "conv" else "A layer"
    return (
        "wrong-width",
        f"{what} does not fit what it is given. `{owner}` was built for {plural(built, 'channel')} and gets {given} "
        f"in `{run.case.call}`. Look at which of the {run.case.numbers} numbers belongs there.",
        layer,
    )


def _widths(run: Run, record: Record) -> tuple[int, int]:
    """Channels that the layer behind ``record`` was built to take and to make."""
    shapes = {name: tuple(p.shape) for name, p in run.block.named_parameters()}
    weight = next((shapes[n] for n in record.parameters if n in shapes), ())
    return (weight[1], weight[0]) if len(weight) > 1 else (weight[0], weight[0]) if weight else (0, 0)


def _misplaced(run: Run, layer: Layer | None, owner: str, built: Place, given: int) -> Found | None:
    """A convolution with the right numbers and the wrong tensor, or with its numbers exchanged."""
    case = run.case
    if layer is None or layer.kind != "conv":
        return None
    ends = [width for width, _ in case.widths]
    branch = list(zip([case.in_channels, *ends[:-1]], ends, case.kernels, strict=True))
    places = [*branch, (case.in_channels, case.out, 1)]
    before = _convolution_before(run, layer.record)
    others = [_shape(m) for path, m in run.block.named_modules() if isinstance(m, nn.Conv2d) and path != owner]
    if built not in branch or built in others:
        if (built[1], built[0], built[2]) not in places or built[1] != given:
            return None
        return (
            "arguments-exchanged",
            f"Two arguments of `{owner}` are exchanged. In `{case.call}` it takes {built[0]} channels and makes {built[1]}; "
            "it should be the other way round. The first is what comes in.",
            layer,
        )
    known = before is None or (*_widths(run, before), before.window.kernel[0] if before.window else 1) in places
    if not known:
        return None
    gets = "the block's input" if before is None else f"what comes from `{before.parameters[0].rpartition('.')[0]}`"
    return (
        "wrong-input",
        f"`{owner}` gets the wrong tensor. Its own numbers are right, but in `{case.call}` it is given {gets}, "
        f"with {given} channels instead of {built[0]}. Look at the variables in `forward`.",
        layer,
    )


def _shape(layer: nn.Conv2d) -> Place:
    return layer.in_channels, layer.out_channels, layer.kernel_size[0]


def _convolution_before(run: Run, record: Record) -> Record | None:
    """The convolution that ``record`` gets its input from; None where that is the block's input."""
    while record.sources:
        record = run.trace.records[record.sources[0]]
        if record.kind in ("conv", "product") and record.parameters:
            return record
    return None


def linear_on_maps(trace: Trace) -> str | None:
    """Path of a linear layer that was run on maps [N, C, H, W] as they are."""
    return next((c.path for c in trace.calls if isinstance(c.module, nn.Linear) and _runs_on_maps(trace, c)), None)


def _runs_on_maps(trace: Trace, call: Call) -> bool:
    """Whether nobody moved the channels to the end before."""
    inside = trace.records[call.start : call.stop]
    source = trace.records[inside[0].sources[0]] if inside and inside[0].sources else None
    return len(call.output) == 4 and (source is None or source.op not in ("permute", "transpose"))


def on_maps(path: str) -> tuple[str, str]:
    """Slug and message for it."""
    return (
        "linear-for-convolution",
        f"A linear layer works on maps: `{path}`. It acts along the last dimension, which is the width here, "
        "not the channels. A 1x1 convolution does what you mean.",
    )


FINDERS: tuple[Callable[[Run], Found | None], ...] = (misfit, unused_layer)

"""A student's ResNet as a stem, blocks and a head, read from a trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import nn

from cnnkit.check.residual.diagram import boxes_of, size_text
from cnnkit.check.residual.reading import Layer, Reading, convolutions, is_junction, layers_of, read_steps
from cnnkit.draw.block import Box, chain
from cnnkit.trace import Trace, layout
from cnnkit.trace.layout import Merge, Step
from cnnkit.trace.record import Record


@dataclass(frozen=True)
class Block:
    """One residual block inside a network.

    Attributes:
        reading: its layers.
        given: channels, height and width of its input.
        made: the same of its output.
    """

    reading: Reading
    given: tuple[int, ...]
    made: tuple[int, ...]

    @property
    def middle(self) -> int:
        """Channels of the branch's first convolution."""
        first = convolutions(self.reading.branch)
        return first[0].size[0] if first and first[0].size else 0

    @property
    def widths(self) -> tuple[int, int, int]:
        """Channels of its input, of the branch's first convolution, and of its output."""
        return (self.given or (0,))[0], self.middle, (self.made or (0,))[0]

    @property
    def halves(self) -> bool:
        """Whether the map gets smaller, or would if it were not a single position."""
        if self.given[1:] == (1, 1):
            return any(layer.stride > 1 for layer in convolutions(self.reading.branch))
        return self.made[1:] < self.given[1:]


@dataclass
class Network:
    """A network taken apart.

    Attributes:
        stem: layers before the first block.
        blocks: the blocks in order.
        head: layers after the last block.
        output: shape of the result; () if the pass failed.
        failed: the operation that torch refused, if there was one.
        trace: all that the pass did.
        model: the network itself.
    """

    stem: list[Layer] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    head: list[Layer] = field(default_factory=list)
    output: tuple[int, ...] = ()
    failed: Record | None = None
    trace: Trace = field(default_factory=Trace)
    model: nn.Module = field(default_factory=nn.Module)

    @property
    def is_whole(self) -> bool:
        """Whether all blocks ran: torch refused nothing, or a layer of the head behind as many blocks as there should be."""
        return self.failed is None or (len(self.blocks) == 13 and self.failed.kind in ("pool", "product"))

    @property
    def layers(self) -> list[Layer]:
        """All layers in order."""
        inside = [layer for block in self.blocks for layer in block.reading.layers]
        return [*self.stem, *inside, *self.head]

    @property
    def classifier(self) -> Layer | None:
        """The last layer with weights, if it is in the head."""
        found = convolutions(self.head)
        return found[-1] if found else None


def read(trace: Trace, model: nn.Module) -> Network:
    """The network that ``trace`` ran, as far as it came."""
    steps = layout.read(trace)
    parts = _parts(trace, steps)
    if not parts:
        return Network(head=layers_of(steps, trace.failed), failed=trace.failed, trace=trace, model=model)
    ends = [*(first for first, _ in parts[1:]), parts[-1][1]]
    blocks = [_block(steps[first:stop], steps[stop:end]) for (first, stop), end in zip(parts, ends, strict=True)]
    output = trace.records[trace.outputs[0]].output if trace.outputs and not trace.failed else ()
    stem, head = layers_of(steps[: parts[0][0]]), layers_of(steps[parts[-1][1] :], trace.failed)
    return Network(stem, blocks, head, output, trace.failed, trace, model)


def _parts(trace: Trace, steps: Sequence[Step]) -> list[tuple[int, int]]:
    """Where the blocks lie in ``steps``, as [first, end).

    A place where two ways meet is a block; so is a call of a class whose other calls hold such places, if in it none is.
    """
    found = [(i, i + 1) for i, step in enumerate(steps) if is_junction(step)]
    meeting = [step.record for step in steps if is_junction(step) and isinstance(step, Merge)]
    classes = {type(trace.calls[record.call].module) for record in meeting if record.path}
    for call in trace.calls:
        if type(call.module) in classes and not any(call.start <= record.index < call.stop for record in meeting):
            inside = [i for i, step in enumerate(steps) if isinstance(step, Record) and call.start <= step.index < call.stop]
            if inside:
                found.append((inside[0], inside[-1] + 1))
    return sorted(found)


def _block(steps: Sequence[Step], after: Sequence[Step]) -> Block:
    reading = read_steps([*steps, *after])
    first, last = convolutions(reading.branch), steps[-1]
    given = first[0].given if first else ()
    return Block(reading, given, tuple((last.record if isinstance(last, Merge) else last).output[1:]))


def diagram(network: Network, title: str, mark: int | None) -> str:
    """The network as a chain of boxes, with the layer or block that holds the record ``mark`` marked."""
    boxes = boxes_of(network.stem, mark)
    for i, block in enumerate(network.blocks, 1):
        widths = f"{block.given[0] if block.given else '?'} → {block.middle} → {block.made[0] if block.made else '?'}"
        marked = any(layer.record.index == mark for layer in block.reading.layers) or (
            block.reading.merge is not None and block.reading.merge.index == mark
        )
        lines = (f"block {i}", widths, "halves the map") if block.halves else (f"block {i}", widths)
        boxes.append(Box(lines, size_text(block.made), 0 if marked else None))
    return chain(title, "photo 3x32x32", boxes + boxes_of(network.head, mark))

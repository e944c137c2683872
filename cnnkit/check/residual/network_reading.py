"""A student's ResNet as a stem, blocks and a head, read from a trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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
    def halves(self) -> bool:
        """Whether the map gets smaller."""
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
    """

    stem: list[Layer] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    head: list[Layer] = field(default_factory=list)
    output: tuple[int, ...] = ()
    failed: Record | None = None

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


def read(trace: Trace) -> Network:
    """The network that ``trace`` ran, as far as it came."""
    steps = layout.read(trace)
    at = [i for i, step in enumerate(steps) if is_junction(step)]
    if not at:
        return Network(head=layers_of(steps, trace.failed), failed=trace.failed)
    blocks = [_block(steps[i], steps[i + 1 : j]) for i, j in zip(at, [*at[1:], at[-1] + 1], strict=True)]
    output = trace.records[trace.outputs[0]].output if trace.outputs and not trace.failed else ()
    return Network(layers_of(steps[: at[0]]), blocks, layers_of(steps[at[-1] + 1 :], trace.failed), output, trace.failed)


def _block(step: Step, after: Sequence[Step]) -> Block:
    assert isinstance(step, Merge)
    reading = read_steps([step, *after])
    first = convolutions(reading.branch)
    given = first[0].given if first else ()
    return Block(reading, given, tuple(step.record.output[1:]))


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

"""A residual block to play with: what it is made of, as a drawing with the shapes at each arrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from cnnkit import trace
from cnnkit.anatomy import table
from cnnkit.check.residual.diagram import block_diagram
from cnnkit.check.residual.reading import Reading, read
from cnnkit.errors import InputError
from cnnkit.models.resnet import Bottleneck

Variant = Literal["course", "paper", "torchvision"]

# What sets the three apart; each is one argument of `Bottleneck`.
VARIANTS: dict[str, dict[str, str | bool]] = {
    "course": {"relu_at": "branches", "stride_on": "1x1", "bias": True},
    "paper": {"relu_at": "sum", "stride_on": "1x1", "bias": False},
    "torchvision": {"relu_at": "sum", "stride_on": "3x3", "bias": False},
}
BREAKS = ("shortcut", "projection", "batch norm", "ReLU", "padding")


@dataclass(frozen=True)
class Block:
    """The settings of one drawing.

    Attributes:
        in_channels: channels of the input; middle and out: of the 3x3 convolution and of the result.
        size: height and width of the input map.
        downsample: halves the map.
        variant: of whom: "course", "paper" or "torchvision".
        always: a projection on the shortcut even where shapes fit.
        without: parts that are left out, from `BREAKS`: such a block is broken.
    """

    in_channels: int = 64
    middle: int = 64
    out: int = 256
    size: int = 8
    downsample: bool = False
    variant: Variant = "course"
    always: bool = False
    without: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise InputError(f'no variant is called "{self.variant}"; choose one of {", ".join(VARIANTS)}')
        if unknown := self.without - set(BREAKS):
            raise InputError(f"{sorted(unknown)[0]!r} cannot be left out; choose from {', '.join(BREAKS)}")
        if min(self.in_channels, self.middle, self.out, self.size) < 1:
            raise InputError("channels and size must be whole numbers from 1")

    @property
    def call(self) -> str:
        """The block as the exercise calls it."""
        return f"ResidualBlock({self.in_channels}, {self.middle}, {self.out}, downsample={self.downsample})"

    def build(self) -> nn.Module:
        """The block as a module."""
        block = Bottleneck(
            self.in_channels, self.middle, self.out, 2 if self.downsample else 1,
            projection="always" if self.always else "needed",
            shortcut="none" if "shortcut" in self.without else "add",
            **VARIANTS[self.variant],  # type: ignore[arg-type]
        )  # fmt: skip
        if "projection" in self.without and block.downsample is not None:
            block.downsample = nn.Identity()
        if "padding" in self.without:
            block.conv2.padding = (0, 0)
        for kind, name in ((nn.BatchNorm2d, "batch norm"), (nn.ReLU, "ReLU")):
            if name in self.without:
                _leave_out(block, kind)
        return block


@dataclass(frozen=True)
class Explained:
    """A block, drawn and counted.

    Attributes:
        drawing: SVG; where the two ways part in shape, the place is marked.
        words: what there is to say about it, in one or two sentences.
        parameters: numbers learnt.
        macs: multiply-accumulates for one input map; 0 if the block does not run.
    """

    drawing: str
    words: str
    parameters: int
    macs: int


def explain(block: Block) -> Explained:
    """Builds ``block``, runs it once and says what it is: pure, so that the widget is only a few sliders around it."""
    module = block.build().eval()
    inputs = torch.zeros(1, block.in_channels, block.size, block.size)
    parameters = sum(p.numel() for p in module.parameters())
    try:
        done, macs = trace.run(module, inputs), table(module, inputs).macs
    except trace.ForwardError as error:
        done, macs = error.trace, 0
    reading = read(done)
    mark = reading.merge.index if reading.merge is not None and reading.failed is reading.merge else None
    return Explained(block_diagram(reading, block.call, mark), _words(block, reading), parameters, macs)


def _leave_out(module: nn.Module, kind: type[nn.Module]) -> None:
    for name, child in module.named_children():
        if isinstance(child, kind):
            setattr(module, name, nn.Identity())
        else:
            _leave_out(child, kind)


def _sizes(shapes: Sequence[Sequence[int]]) -> str:
    return " and ".join("x".join(map(str, shape[1:])) for shape in shapes)


def _words(block: Block, reading: Reading) -> str:
    if reading.failed is not None and reading.failed is reading.merge:
        return f"The two ways end at {_sizes(reading.failed.inputs)}: they cannot be added, and the block stops with an error."
    if reading.failed is not None:
        return "The map is smaller than the kernel: the block stops with an error."
    if reading.merge is None:
        return (
            "Without the shortcut this is a plain stack of three layers. Every block must then learn to keep what it is given."
        )
    if len(set(reading.merge.inputs)) > 1:
        ends = _sizes(reading.merge.inputs)
        return f"The two ways end at {ends}. It runs, since torch repeats a single value to fit, and is no residual block."
    said = {
        "batch norm": "Without batch norm it runs, and values grow or shrink from block to block.",
        "ReLU": "Without ReLU it runs, and the branch is one linear map, however many layers it has.",
        "projection": "No projection is needed here: input and branch have the same shape, and the sum works without one.",
        "padding": "It still runs: at this size the lost border makes no difference to the shapes.",
    }
    for name in BREAKS:
        if name in block.without and name in said:
            return said[name]
    return {
        "course": "The course's block: a ReLU ends each way, nothing follows the sum.",
        "paper": "The paper's block: the last ReLU follows the sum; the first 1x1 has the stride.",
        "torchvision": "torchvision's block: the paper's, with the stride in the 3x3.",
    }[block.variant]

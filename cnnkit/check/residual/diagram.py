"""The drawing of a verdict: the student's block as it was read from the trace, with the first wrong place marked."""

from __future__ import annotations

from collections.abc import Sequence

from cnnkit.check.residual.reading import Layer, Reading
from cnnkit.draw.block import Box
from cnnkit.draw.block import block as draw_block

_SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "concat": "⧺"}


def block_diagram(reading: Reading, title: str, mark: int | None, said: str = "") -> str:
    """``reading`` as an SVG picture with a sentence below; ``mark`` is the index of the record to mark."""
    first = next((layer.given for layer in reading.layers if layer.given), ())
    return draw_block(
        title,
        size_text(first),
        boxes_of(reading.before, mark),
        boxes_of(reading.branch, mark),
        boxes_of(reading.shortcut, mark),
        _SIGNS.get(reading.merge.kind, "?") if reading.merge else None,
        boxes_of(reading.after, mark),
        meet_marked=reading.merge is not None and reading.merge.index == mark,
        said=said if mark is None else "",
    )


def boxes_of(layers: Sequence[Layer], mark: int | None) -> list[Box]:
    """One box for each convolution and what follows it."""
    groups: list[list[Layer]] = []
    for layer in layers:
        if layer.kind == "conv" or not groups:
            groups.append([])
        groups[-1].append(layer)
    boxes = []
    for group in groups:
        marked = next((i for i, layer in enumerate(group) if layer.record.index == mark), None)
        boxes.append(Box(tuple(map(line_of, group)), size_text(group[-1].size), marked))
    return boxes


def line_of(layer: Layer) -> str:
    """A layer in a few words."""
    if layer.kind == "conv" and layer.record.kind == "product" and len(layer.record.output) == 2:
        return "linear"
    if layer.kind in ("conv", "pool"):
        word = "conv" if layer.kind == "conv" else "pool"
        text = f"{layer.kernel}x{layer.kernel} {word}" if layer.record.window or layer.kind == "conv" else word
        text += f", stride {layer.stride}" if layer.stride > 1 else ""
        return text + (f", pad {layer.padding}" if layer.padding else "")
    return {"norm": "batch norm", "relu": "ReLU"}.get(layer.kind, layer.record.op.strip("_"))


def size_text(size: tuple[int, ...]) -> str:
    """Channels, height and width as "64x8x8"."""
    return "x".join(map(str, size))

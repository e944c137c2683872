"""Every layer of a network as a tile or a bar: how far a step moves its weights, how large its gradient is."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from functools import lru_cache

from cnnkit.explore.axis import Axis
from cnnkit.explore.live.curve import frame, grouped
from cnnkit.explore.live.layers import EVERY, FIRST, Layer
from cnnkit.explore.look import INK, LINE
from cnnkit.explore.shapes import GREY, RUST, box, cut, text

# Up to this part of the weights: what that is called, its sign, its ground and its ink. The usual was seen with Adam and SGD.
HEALTH = (
    (1e-7, "does not move", "✕", "#6e6e6e", "white"),
    (1e-4, "hardly moves", "▽", "#dedede", INK),
    (0.2, "usual", "", "#bfe3d6", INK),
    (1.0, "moves far", "▲", "#f2a65a", INK),
    (math.inf, "explodes", "!!", RUST, "white"),
)
SMALLEST, LARGEST = 1e-12, 1e12  # gradients between which the bars tell


def health(layer: Layer) -> tuple[str, str, str, str]:
    """What is to be said of a layer's update: words, sign, ground, ink."""
    return next((h[1:] for h in HEALTH if layer.update <= h[0]), HEALTH[-1][1:])


@lru_cache(8)
def tiles(layers: tuple[Layer, ...], left: float, y: float, wide: float, tall: float = 18) -> str:
    """A tile a layer, coloured by the part of its weights that one step changes, with a sign where that is not the usual."""
    if not layers:
        said = f"measured every {EVERY} steps, after the first {FIRST}"
        return grouped([box(left, y, wide, tall, "#f5f5f5", LINE, 0.6), text(left + 6, y + 13, said, 12, GREY)])
    step, parts = wide / len(layers), []
    for i, layer in enumerate(layers):
        words, sign, ground, ink = health(layer)
        shown = sign if 7 * len(sign) <= step else ""
        if step >= 60:
            shown = f"{sign} {cut(layer.name.rpartition('net.')[2], int(step / 7) - 5)}".strip()
        told = html.escape(f"{layer.name}: one step changes its weights by {_part(layer.update)} of their size: {words}")
        drawn = box(left + i * step, y, step, tall, ground, "white", 1)
        label = text(left + (i + 0.5) * step, y + 13, shown, 12, ink, anchor="middle") if shown else ""
        parts.append(f"<g><title>{told}</title>{drawn}{label}</g>")
    return grouped(parts)


@lru_cache(8)
def diagnosis(layers: tuple[Layer, ...]) -> str:
    """The strip in a sentence."""
    if not layers:
        return "A tile a layer: how far one step moves its weights"
    counts = {words: [layer for layer in layers if health(layer)[0] == words] for _, words, *_ in HEALTH}
    span = [layer.update for layer in layers]
    unit = "of" if max(span) < 1 else "times"
    head = f"One step changes each layer's weights by {_part(min(span))} to {_part(max(span))} {unit} their size"
    odd = []
    for (_, words, sign, *_), found in zip(HEALTH, counts.values(), strict=True):
        if found and sign:
            odd.append(f"{sign} {words}: " + (found[0].name if len(found) == 1 else f"{len(found)} of {len(layers)} layers"))
    return f"{head}: " + ("; ".join(odd) if odd else "usual; whether it learns, the loss says")


def gradient_axis(racers: Sequence[Sequence[Layer]], y: float, tall: float) -> Axis:
    """Powers of ten that hold the gradients of all, three at least."""
    sizes = [layer.gradient for layers in racers for layer in layers if SMALLEST < layer.gradient < LARGEST] or [0.01, 1.0]
    low, high = math.floor(math.log10(min(sizes))), math.ceil(math.log10(max(sizes)))
    return Axis(10.0**low, 10.0 ** max(high, low + 3), y + tall, y, log=True)


def gradients(layers: Sequence[Layer], axis: Axis, colour: str, name: str, left: float, wide: float) -> str:
    """The size of each layer's gradient as a bar, the first layer left."""
    across = Axis(0, max(1, len(layers)), left, left + wide)
    tops = enumerate(axis.at(layer.gradient) for layer in layers)
    bars = [f'<path d="M{across.at(i + 0.5):.1f} {axis.start:.1f}V{top:.1f}"/>' for i, top in tops]
    thick = max(1.5, wide / max(1, len(layers)) - 1.5)
    return grouped([
        frame(across, axis, tuple(axis.ticks(4))),
        f'<g stroke="{colour}" stroke-width="{thick:.1f}">{"".join(bars)}</g>',
        text(left + 4, axis.end - 6, f"{name}: size of the gradient, first layer … last", 12, INK),
    ])  # fmt: skip


def slopes(layers: Sequence[Layer]) -> str:
    """The sizes of the gradients in words."""
    if not layers:
        return "gradients not measured yet"
    return f"gradient {layers[0].gradient:.0e} in the first layer, {layers[-1].gradient:.0e} in the last"


def _part(share: float) -> str:
    if share >= 10:
        return f"{share:,.0f}" if share < 1e6 else f"{share:.0e}"
    return f"{share:.1g}" if share >= 1e-3 or not share else f"{share:.0e}".replace("e-0", "e-")

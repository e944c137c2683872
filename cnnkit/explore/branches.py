"""Controls around the drawing of `cnnkit.explore.block`."""

from __future__ import annotations

import html
from typing import Any

from cnnkit._support.words import em
from cnnkit.explore.block import BREAKS, VARIANTS, Block, Explained, explain
from cnnkit.explore.look import BLUE, ORANGE, WRAP, Explorer, buttons, card, choice, controls

CHANNELS = (16, 64, 128, 256, 512, 1024)


def residual_block(
    in_channels: int = 64, middle_channels: int = 64, out_channels: int = 256, downsample: bool = False
) -> ResidualBlock:
    """Both ways of a residual block with the shape at each arrow; parts can be varied, and left out to see what breaks.

    The arguments are those of the exercise's class; the controls start from them.

    Raises:
        InputError: a number below 1.
    """
    return ResidualBlock(Block(in_channels, middle_channels, out_channels, downsample=downsample))


class ResidualBlock(Explorer):
    """The widget; see `residual_block`.

    Attributes:
        state: what is shown now.
    """

    def __init__(self, state: Block) -> None:
        self.state = state

    def still(self) -> str:
        """The drawing, the sentence and the counts."""
        return page(explain(self.state))

    def words(self) -> str:
        """What there is to say about the block."""
        found = explain(self.state)
        return f"{self.state.call}: {found.words} {_counts(found)}"

    def build(self) -> Any:
        """Sliders for the channels and the map, buttons and ticks for the parts, and the drawing."""
        w = controls()
        wide, style = {"width": em(240)}, {"description_width": "initial"}

        def channels(name: str, value: int) -> Any:
            return choice(w, name, sorted({*CHANNELS, value}), value, layout=wide, style=style)

        def tick(name: str, value: bool) -> Any:
            return w.Checkbox(value=value, description=name, indent=False, layout={"width": "auto"})

        widths = {
            "in_channels": channels("in_channels", self.state.in_channels),
            "middle": channels("middle_channels", self.state.middle),
            "out": channels("out_channels", self.state.out),
        }
        size = w.IntSlider(value=self.state.size, min=1, max=32, description="size of the map", layout=wide, style=style)
        down, always = tick("downsample", self.state.downsample), tick("projection in every block", self.state.always)
        variant = buttons(w, "block of", list(VARIANTS), self.state.variant)
        missing = {name: tick(name, name in self.state.without) for name in BREAKS}
        shown = w.HTML(self.still())

        def update(_: Any = None) -> None:
            self.state = Block(
                **{name: control.value for name, control in widths.items()},
                size=size.value,
                downsample=down.value,
                variant=variant.value,
                always=always.value,
                without=frozenset(name for name, control in missing.items() if control.value),
            )
            shown.value = self.still()

        for control in (*widths.values(), size, down, always, variant, *missing.values()):
            control.observe(update, "value")
        rows = [[*widths.values()], [size, down, always], [variant], [w.HTML("<b>Break it</b>, leave out:"), *missing.values()]]
        return w.VBox([*(w.HBox(row, layout=WRAP) for row in rows), shown])


def page(found: Explained) -> str:
    """A block, drawn and counted, as HTML."""
    stops = found.macs == 0
    sign = "✗ " if stops else ""
    text = f"<b>{sign}{html.escape(found.words)}</b><br>{html.escape(_counts(found))}"
    return card(found.drawing + f"<div>{text}</div>", ORANGE if stops else BLUE)


def _counts(found: Explained) -> str:
    macs = f"{found.macs:,} MACs for one map" if found.macs else "it does not run"
    return f"{found.parameters:,} parameters, {macs}."

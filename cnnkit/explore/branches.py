"""Controls around the drawing of `cnnkit.explore.block`."""

from __future__ import annotations

import html
from typing import Any

from cnnkit.explore.block import BREAKS, VARIANTS, Block, Explained, explain
from cnnkit.explore.look import BLUE, ORANGE, Explorer, card, controls

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
        """Lists for the channels, a slider for the map, ticks for the parts, and the drawing."""
        w = controls()
        style = {"description_width": "110px"}

        def channels(name: str, value: int) -> Any:
            options = sorted({*CHANNELS, value})
            return w.Select(options=options, value=value, description=name, rows=4, style=style, layout={"width": "210px"})

        widths = {
            "in_channels": channels("in_channels", self.state.in_channels),
            "middle": channels("middle_channels", self.state.middle),
            "out": channels("out_channels", self.state.out),
        }
        size = w.IntSlider(value=self.state.size, min=1, max=32, description="size of the map", style=style)
        down = w.Checkbox(value=self.state.downsample, description="downsample", indent=False)
        always = w.Checkbox(value=self.state.always, description="projection in every block", indent=False)
        variant = w.Select(options=list(VARIANTS), value=self.state.variant, description="the block of", rows=3, style=style,
                           layout={"width": "230px"})  # fmt: skip
        missing = {name: w.Checkbox(value=name in self.state.without, description=f"without {name}", indent=False,
                                    layout={"width": "170px"}) for name in BREAKS}  # fmt: skip
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
        vary = w.HBox([variant, w.VBox([down, always, size])])
        breaking = w.HBox(list(missing.values()), layout={"flex_flow": "row wrap"})
        label = w.HTML("<b>Vary it:</b>"), w.HTML("<b>Break it:</b>")
        return w.VBox([w.HBox(list(widths.values())), label[0], vary, label[1], breaking, shown])


def page(found: Explained) -> str:
    """A block, drawn and counted, as HTML."""
    stops = found.macs == 0
    sign = "✗ " if stops else ""
    text = f"<b>{sign}{html.escape(found.words)}</b><br>{html.escape(_counts(found))}"
    return card(found.drawing + f"<div>{text}</div>", ORANGE if stops else BLUE)


def _counts(found: Explained) -> str:
    macs = f"{found.macs:,} MACs for one map" if found.macs else "it does not run"
    return f"{found.parameters:,} parameters, {macs}."

"""Turn the volume of a residual block, and see what twenty photos make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor, nn

from cnnkit.data import Split
from cnnkit.explore.bench import Bench, Dial
from cnnkit.explore.dial import KNOB, draw, group, headline, part
from cnnkit.explore.knob import LOUDEST, Knob, Setting
from cnnkit.explore.touching import Touch

STEP = 0.05  # of alpha
MOVES = {"ArrowLeft": -2, "ArrowDown": -2, "ArrowRight": 2, "ArrowUp": 2, "PageDown": -10, "PageUp": 10, "Home": -99, "End": 99}


def residual_stream(model: nn.Module, photos: Tensor | Split | None = None) -> ResidualStream:
    """A volume knob on every block: y = x + α F(x). Turn a block off, turn all of them off, and see which answers change.

    Blocks are found by what the network computes: the sums of a branch and a shortcut. In a network without any, such as a
    VGG, each layer but the last can be turned; with no shortcut, 0 puts x in the place of F(x), or zeros where shapes differ.

    Args:
        model: a trained network, photos ``[N, 3, H, W]`` -> logits; stays as it was.
        photos: up to 20 of them, uint8 ``[N, 3, H, W]`` or a split such as ``ds.test``; by default the kit's sample photos.

    Raises:
        InputError: no such photos, a network that does not take them, or one that has nothing to turn.
    """
    return ResidualStream(Knob(model, photos))


class ResidualStream(Bench[Setting]):
    """The widget; see `residual_stream`."""

    def __init__(self, knob: Knob) -> None:
        super().__init__(Setting(block=next(iter(knob.together), 0)))
        self.knob = knob

    def picture(self, touchable: bool = True) -> str:
        """The present state as SVG."""
        return draw(self.knob, self.state, touchable)

    def words(self) -> str:
        """The present state in a line."""
        return headline(self.knob, self.state, self.knob.see(self.state)) + "."

    def dials(self) -> Sequence[Dial]:
        """Block, volume, photo, and whether all blocks are turned together."""
        steps = [round(i * STEP, 2) for i in range(round(LOUDEST / STEP) + 1)]
        found = (
            Dial("block", tuple((block.name, i) for i, block in enumerate(self.knob.blocks)), part(self.knob)),
            Dial("alpha", tuple((f"{alpha:g}", alpha) for alpha in steps), "α"),
            Dial("photo", tuple((str(i + 1), i) for i in range(len(self.knob.photos)))),
        )
        return (*found, Dial("every", label=f"α for {group(self.knob)}")) if self.knob.together else found

    def touched(self, state: Setting, touch: Touch) -> Setting:
        """The knob is dragged, and the two buttons also turn it."""
        if touch.key == "alpha" and touch.kind == "drag":
            return replace(state, alpha=_alpha((touch.x - KNOB[0]) / (KNOB[1] - KNOB[0]) * LOUDEST))
        if touch.key == "alpha" and touch.kind == "key":
            return replace(state, alpha=_alpha(state.alpha + MOVES.get(touch.arrow, 0) * STEP))
        if touch.key == "off" and touch.kind == "click":
            return replace(state, alpha=1.0 if state.alpha == 0 and not state.every else 0.0, every=False)
        if touch.key == "every" and touch.kind == "click" and self.knob.together:
            return replace(state, alpha=1.0 if state.every else 0.0, every=not state.every)
        return super().touched(state, touch)


def _alpha(value: float) -> float:
    """The nearest step on the knob."""
    return round(round(min(max(value, 0.0), LOUDEST) / STEP) * STEP, 2)

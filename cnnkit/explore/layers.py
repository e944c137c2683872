"""A network to walk through: its strip of blocks is the control, and the chosen block shows what it makes of a photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from cnnkit.data import Dataset, Split
from cnnkit.explore.bench import Aim, Bench, Dial
from cnnkit.explore.eye import Eye
from cnnkit.explore.glance import Place, draw, strongest, target, words


def architecture(
    model: nn.Module, other: nn.Module | None = None, photos: Tensor | Split | Dataset | None = None
) -> Architecture:
    """A network as a strip of blocks with their costs; the chosen one shows its strongest maps, and what a cell sees.

    Args:
        model: photos ``[N, 3, H, W]`` -> logits; stays as it was, and needs no weights.
        other: a second network, to switch to.
        photos: up to 20 of them, uint8 ``[N, 3, H, W]`` or a split such as ``ds.test``; by default the kit's sample photos.

    Raises:
        InputError: no such photos, or a network that does not take them; the message names the layer.
    """
    return Architecture([model] if other is None else [model, other], photos)


class Architecture(Bench[Place]):
    """The widget; see `architecture`.

    Attributes:
        eyes: one for each network.
    """

    def __init__(self, models: list[nn.Module], photos: Tensor | Split | Dataset | None) -> None:
        self.eyes = [Eye(model, photos) for model in models]
        super().__init__(Place())
        self._state = self._middle(Place(photo=min(13, len(self.eyes[0].photos) - 1)))

    @property
    def eye(self) -> Eye:
        """The network that is shown."""
        return self.eyes[self.state.net]

    def picture(self, touchable: bool = True) -> str:
        """The strip, and the chosen part at work, as SVG."""
        self.eye.refresh()
        return draw(self.eye, self.state, len(self.eyes), touchable)

    def words(self) -> str:
        """The chosen part in words, and the tables."""
        tables = [eye.table for eye in self.eyes]
        return f"{words(self.eye, self.state)}\n{tables[0].compare(tables[1]) if len(tables) > 1 else tables[0].fold(2)}"

    def below(self) -> str:
        """The tables, folded."""
        tables = [eye.table for eye in self.eyes]
        shown = (tables[0].compare(tables[1]) if len(tables) > 1 else tables[0].fold(2))._repr_html_()
        return f"<details><summary>Table of layers</summary><div style='max-height:460px;overflow:auto'>{shown}</div></details>"

    def dials(self) -> Sequence[Dial]:
        """Network, block, map and photo."""
        channels = strongest(self.eye.glance(self.state.photo).maps[self.state.block], self.state.map)
        found = [
            Dial("block", tuple((part.name, i) for i, part in enumerate(self.eye.parts))),
            Dial("photo", tuple((str(i + 1), i) for i in range(len(self.eye.photos)))),
            Dial("map", tuple((f"#{channel}", channel) for channel in channels)),
        ]
        return [Dial("net", (("A", 0), ("B", 1)), "network"), *found] if len(self.eyes) > 1 else found

    def aims(self) -> Sequence[Aim]:
        """The large map."""
        return [target(self.eye, self.state)]

    def settled(self, state: Place) -> Place:
        """The middle of another block's strongest map; else map and cell stay."""
        state = replace(state, block=min(state.block, len(self.eyes[state.net].parts) - 1))
        if (state.net, state.block) != (self.state.net, self.state.block):
            return self._middle(state)
        maps = self.eyes[state.net].glance(state.photo).maps[state.block]
        return replace(state, map=min(state.map, len(maps) - 1), cell=min(state.cell, maps[0].numel() - 1))

    def _middle(self, state: Place) -> Place:
        maps = self.eyes[state.net].glance(state.photo).maps[state.block]
        rows, columns = maps.shape[1:]
        if len(self.eyes[state.net].parts[state.block].shape) == 1:
            return replace(state, map=0, cell=int(maps.flatten().nan_to_num(-torch.inf).argmax()))
        return replace(state, map=strongest(maps)[0], cell=rows // 2 * columns + columns // 2)

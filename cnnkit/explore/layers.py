"""The table of a network to walk through: choose a layer, see its maps and what it sees of a photo."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from cnnkit.anatomy import Table, table
from cnnkit.errors import InputError
from cnnkit.explore.inside import choices, draw, look
from cnnkit.explore.look import Explorer, controls


def architecture(model: nn.Module, other: nn.Module | None = None, photos: Tensor | None = None) -> Architecture:
    """The table of a network; a chosen row shows that layer's maps for a photo, and its receptive field on the photo.

    Args:
        model: photos ``[N, 3, H, W]`` -> logits.
        other: a second network, side by side with the first.
        photos: uint8 ``[N, 3, H, W]`` to choose from; by default the kit's 20 sample photos.

    Raises:
        InputError: no such photos, or a network that does not take them; the message names the layer.
    """
    return Architecture([model] if other is None else [model, other], photos)


class Architecture(Explorer):
    """The widget; see `architecture`.

    Attributes:
        tables: one for each network.
        chosen: the layer that is shown of each.
        photo: index of the photo.
    """

    def __init__(self, models: list[nn.Module], photos: Tensor | None) -> None:
        if photos is None:
            from cnnkit.data import sample_photos

            photos = sample_photos().images
        fits = isinstance(photos, Tensor) and photos.ndim == 4 and photos.shape[1] == 3 and len(photos)
        if not fits or photos.dtype != torch.uint8:
            raise InputError("photos must be a uint8 tensor [N, 3, H, W] with at least one photo")
        self.models, self.photos, self.photo = models, photos.cpu(), 0
        self.tables: list[Table] = [table(model, tuple(photos.shape[1:])) for model in models]
        self.layers = [choices(t.rows) for t in self.tables]
        self.chosen = [next(iter(layers)) for layers in self.layers]

    def still(self) -> str:
        """The tables, folded, and what the chosen layers make of the photo."""
        return self._tables() + "".join(self.picture(i) for i in range(len(self.models)))

    def words(self) -> str:
        """The tables as text."""
        if len(self.tables) == 2:
            return str(self.tables[0].compare(self.tables[1]))
        return str(self.tables[0].fold(2))

    def picture(self, which: int) -> str:
        """The chosen layer of network ``which`` at work, as SVG."""
        layer = self.layers[which][self.chosen[which]]
        return draw(look(self.models[which], layer, self.photos[self.photo]))

    def build(self) -> Any:
        """A list of layers for each network, a slider for the photo, and the drawings."""
        w = controls()
        slider = w.IntSlider(value=1, min=1, max=len(self.photos), description="photo", continuous_update=True)
        panes, drawn = [], []
        for i, layers in enumerate(self.layers):
            chosen = w.Select(options=list(layers), value=self.chosen[i], rows=10, layout={"width": "380px"},
                              description=f"network {'AB'[i]}" if len(self.models) > 1 else "layer")  # fmt: skip
            shown = w.HTML(self.picture(i))
            chosen.observe(lambda change, i=i, shown=shown: self._choose(i, change["new"], shown), "value")
            panes.append(chosen)
            drawn.append(shown)

        def turn(change: dict[str, Any]) -> None:
            self.photo = change["new"] - 1
            for i, shown in enumerate(drawn):
                shown.value = self.picture(i)

        slider.observe(turn, "value")
        return w.VBox([w.HTML(self._tables()), w.HBox(panes), slider, *drawn])

    def _choose(self, which: int, name: str, shown: Any) -> None:
        self.chosen[which] = name
        shown.value = self.picture(which)

    def _tables(self) -> str:
        if len(self.tables) == 2:
            return self.tables[0].compare(self.tables[1])._repr_html_()
        return self.tables[0].fold(2)._repr_html_()

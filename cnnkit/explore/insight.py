"""A bench to look inside a network: choose photo, layer and class; doubt the heat, build it, cover the photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor, nn

from cnnkit.data import Dataset, Split
from cnnkit.errors import InputError
from cnnkit.explore.bench import Aim, Bench, Dial
from cnnkit.explore.cam import STRENGTHS, Setting, draw, layers, target, words
from cnnkit.explore.eye import Eye
from cnnkit.explore.glance import shown


def inside(model: nn.Module, ds: Dataset | Split | Tensor | None = None) -> Inside:
    """Where a network sees a class: Grad-CAM as the squares it is, beside that of the mirrored photo, and what it is made of.

    A grey patch under the pointer, or moved by the arrows, covers a part of the photo, and the answer changes.

    Args:
        model: photos ``[N, 3, H, W]`` -> logits; stays as it was.
        ds: up to 20 photos of its test split, or of a split, or uint8 ``[N, 3, H, W]``; by default the kit's sample photos.

    Raises:
        InputError: no such photos, or a network without maps or without a row of classes as its answer.
    """
    return Inside(Eye(model, ds))


class Inside(Bench[Setting]):
    """The widget; see `inside`."""

    def __init__(self, eye: Eye) -> None:
        if not layers(eye) or eye.glance(0, pair=True).shares is None:
            raise InputError("only a network that has maps, and answers with a row of classes, can be asked where it sees one")
        if not eye.glance(0, pair=True).run.result.requires_grad:
            raise InputError(
                "this network's forward runs without gradients, and a heat map is made of them: take no_grad out of it"
            )
        self.eye = eye
        super().__init__(Setting())
        self._state = self.settled(Setting(min(13, len(eye.photos) - 1), len(layers(eye)) - 1, -1))

    def picture(self, touchable: bool = True) -> str:
        """The bench as SVG."""
        self.eye.refresh()
        return draw(self.eye, self.state, touchable)

    def words(self) -> str:
        """What is seen, in words."""
        return words(self.eye, self.state)

    def dials(self) -> Sequence[Dial]:
        """Layer, photo, class, overlay, and the patch."""
        shares = self.eye.glance(self.state.photo, pair=True).shares
        assert shares is not None
        return (
            Dial("photo", tuple((str(i + 1), i) for i in range(len(self.eye.photos)))),
            Dial("block", tuple((self.eye.parts[i].name, n) for n, i in enumerate(layers(self.eye))), "layer"),
            Dial("target", tuple((self.eye.name(i), i) for i in shown(shares)), "class"),
            Dial("strength", tuple((str(n), n) for n in STRENGTHS), "overlay, %"),
            Dial("smooth", label="smooth: hide the squares"),
            Dial("cover", label="grey patch"),
        )

    def aims(self) -> Sequence[Aim]:
        """The photo, to be covered."""
        return [target(self.eye)]

    def settled(self, state: Setting) -> Setting:
        """Another photo is asked for its own class, uncovered; a patch that is moved covers."""
        if state.photo != self.state.photo or state.target < 0:
            shares = self.eye.glance(state.photo, pair=True).shares
            assert shares is not None
            right = self.eye.right(state.photo)
            return replace(state, target=int(shares.argmax()) if right is None else right, cover=False)
        return replace(state, cover=True) if state.patch != self.state.patch else state

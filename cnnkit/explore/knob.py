"""The volume knob: the residual blocks of any network, what each hands on and adds, and what follows when F(x) is scaled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import torch
from torch import Tensor, nn

from cnnkit import trace
from cnnkit.data import Dataset, Split
from cnnkit.data.augment import normalise
from cnnkit.errors import InputError
from cnnkit.explore.blocks import find
from cnnkit.trace.replay import Pass, Replay

MOST = 20  # photos
LOUDEST = 2.0  # the knob's right end
STRONGEST = 3  # maps that are shown of a block


@dataclass(frozen=True)
class Setting:
    """Where the controls stand.

    Attributes:
        block: index of the chosen block.
        alpha: the knob: F(x) is scaled by it, 0 to 2.
        photo: index of the photo that is shown on its way.
        every: the knob turns at once all blocks whose shortcut is the identity, or all layers that keep the shape.
    """

    block: int = 0
    alpha: float = 1.0
    photo: int = 0
    every: bool = False


@dataclass(frozen=True)
class Seen:
    """What the network made of the photos at one setting, ready to be drawn.

    Attributes:
        answers: index of the class for each photo.
        whole: the same at alpha = 1.
        shares: for each block the part of F(x) in what leaves it, by the norms for the chosen photo, from 0 to 1.
        channels: numbers of the channels in which the chosen block adds most.
        x, f, y: these maps of the chosen block ``[K, h, w]``; x is None where the shapes differ.
    """

    answers: tuple[int, ...]
    whole: tuple[int, ...]
    shares: tuple[float, ...]
    channels: tuple[int, ...]
    x: Tensor | None
    f: Tensor
    y: Tensor


class Knob:
    """A network on photos, with a volume knob on each of its blocks.

    Attributes:
        blocks: see `Block`; found by what the network computes, whatever its classes are called.
        photos: uint8 ``[N, 3, H, W]``; labels: their classes, where known; classes: their names.
    """

    def __init__(self, model: nn.Module, photos: Tensor | Split | None = None) -> None:
        trace.require_network(model)
        self.photos, self.labels, self.classes = photos_of(photos)
        like = next(model.parameters(), torch.zeros(()))
        inputs = normalise(self.photos).to(like.device, like.dtype)
        self.blocks = find(trace.run(model, inputs))
        self._replay = Replay(model, inputs, [block.point for block in self.blocks])
        self._pass = lru_cache(64)(self._run)
        self._channels: dict[int, Tensor] = {}

    @property
    def residual(self) -> bool:
        """Whether the network has shortcuts."""
        return self.blocks[0].kind != "layer"

    @property
    def together(self) -> list[int]:
        """The blocks that are turned together: those that are the identity when they are off."""
        return [i for i, b in enumerate(self.blocks) if b.kind == "identity" or (b.kind == "layer" and b.point.fits)]

    def good(self, answers: Sequence[int]) -> list[bool]:
        """Which answers are right; where the photos have no labels, which are those of the whole network."""
        return [a == b for a, b in zip(answers, self.labels or self.whole, strict=True)]

    @cached_property
    def whole(self) -> tuple[int, ...]:
        """The network's answers at alpha = 1."""
        return _answers(self._pass(0, 1.0, False))

    @cached_property
    def survivors(self) -> tuple[int, ...]:
        """For each block, how many photos are still right with it alone turned off."""
        return tuple(sum(self.good(_answers(self._pass(i, 0.0, False)))) for i in range(len(self.blocks)))

    def see(self, setting: Setting) -> Seen:
        """What the network makes of the photos at this setting."""
        found, block, photo = self._pass(setting.block, setting.alpha, setting.every), self.blocks[setting.block], setting.photo
        assert found.f is not None
        alpha = setting.alpha if self.turned(setting, setting.block) else 1.0
        f, x = found.f[photo], found.x[photo] if found.x is not None else None
        y = alpha * f if x is None else block.handed(alpha) * x + alpha * f
        shares = tuple(self._share(found, i, setting) for i in range(len(self.blocks)))
        channels = tuple(self._channels[setting.block][photo].tolist())
        return Seen(_answers(found), self.whole, shares, channels, x, f, y)

    def turned(self, setting: Setting, index: int) -> bool:
        """Whether the knob turns this block."""
        return index in self.together if setting.every else index == setting.block

    def _share(self, found: Pass, index: int, setting: Setting) -> float:
        block = self.blocks[index]
        alpha = setting.alpha if self.turned(setting, index) else 1.0
        added = alpha * float(found.added[block.point][setting.photo])
        handed = block.handed(alpha) * float(found.handed[block.point][setting.photo])
        return added / (added + handed) if added + handed > 0 else 0.0

    def _run(self, index: int, alpha: float, every: bool) -> Pass:
        """One run, of which only the strongest maps of the block are kept: those where it adds most at alpha = 1."""
        block = self.blocks[index]
        found = self._replay.run({self.blocks[i].point: alpha for i in (self.together if every else [index])}, block.point)
        assert found.x is not None and found.f is not None
        if index not in self._channels:
            usual = found.f if alpha == 1 else self._replay.run({}, block.point).f
            assert usual is not None
            self._channels[index] = (
                _maps(usual).flatten(2).norm(dim=2).argsort(dim=1, descending=True, stable=True)[:, :STRONGEST]
            )
        rows, chosen = torch.arange(len(self.photos))[:, None], self._channels[index]
        found.f = _maps(found.f)[rows, chosen]
        found.x = _maps(found.x)[rows, chosen] if block.fits else None
        return found


def _maps(values: Tensor) -> Tensor:
    """``[N, C, ...]`` as maps ``[N, C, h, w]`` on the CPU."""
    values = values.float().cpu()
    return values if values.ndim == 4 else values.reshape(*values.shape[:2], 1, -1)


def _answers(found: Pass) -> tuple[int, ...]:
    return tuple(found.result.flatten(1).argmax(1).tolist())


def photos_of(photos: Tensor | Split | Dataset | None) -> tuple[Tensor, tuple[int, ...], tuple[str, ...]]:
    """Up to 20 photos, their classes' numbers and names where known; by default the kit's sample photos.

    Raises:
        InputError: no photos.
    """
    if photos is None:
        from cnnkit.data import sample_photos

        photos = sample_photos()
    photos = photos.test if isinstance(photos, Dataset) else photos
    images = photos.images if isinstance(photos, Split) else photos
    if (
        not isinstance(images, Tensor)
        or images.ndim != 4
        or images.shape[1] != 3
        or not len(images)
        or images.dtype != torch.uint8
    ):
        raise InputError("photos must be a uint8 tensor [N, 3, H, W] with at least one photo, or a split such as ds.test")
    if isinstance(photos, Split):
        return images[:MOST].cpu(), tuple(photos.labels[:MOST].tolist()), tuple(photos.classes)
    return images[:MOST].cpu(), (), ()

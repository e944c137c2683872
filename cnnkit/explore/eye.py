"""An eye on a network: what each of its parts makes of a photo, which pixels move a value, and what speaks for a class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, sqrt
from typing import TypeVar

import torch
from torch import Tensor, nn

from cnnkit._support.turns import turn
from cnnkit.anatomy import table
from cnnkit.anatomy.parts import Part, parts
from cnnkit.anatomy.rows import rows_of
from cnnkit.data import Dataset, Split
from cnnkit.data.augment import normalise
from cnnkit.errors import InputError
from cnnkit.explore.knob import photos_of
from cnnkit.trace import require_network, untouched
from cnnkit.trace.recorder import leaves
from cnnkit.trace.watch import Watch, Watched

PLACES = 7  # along a side of a photo, of the grey patch
GREY = 128
T = TypeVar("T")


@dataclass(frozen=True)
class Glance:
    """One photo in the network.

    Attributes:
        run: the graph of gradients.
        maps: of each part ``[K, h, w]``; the features of a vector stand row by row in one map, filled up with NaN.
        mirrored: the same for the photo's mirror image, where that went along.
        shares: the answer's probabilities ``[classes]``; None where the network gives no such row.
    """

    run: Watched
    maps: list[Tensor]
    mirrored: list[Tensor]
    shares: Tensor | None


class Eye:
    """A network on up to twenty photos; what it has seen is remembered until its weights change.

    Attributes:
        model: as it was given; stays as it was.
        table: its layers.
        parts: its blocks, whatever its classes are called.
        photos: uint8 ``[N, 3, H, W]``; labels: their classes, where known; classes: their names.
        fits: whether the network's answers are these classes.
    """

    def __init__(self, model: nn.Module, photos: Tensor | Split | Dataset | None = None) -> None:
        require_network(model)
        self.photos, self.labels, self.classes = photos_of(photos)
        self.model, self.table = model, table(model, tuple(self.photos.shape[1:]))
        self._watch = Watch(model, self._ready(self.photos[:1]))
        rows = tuple(rows_of(model, self._watch.trace))
        self.parts: list[Part] = parts(type(self.table)(self.table.network, self.table.inputs, rows))[1:]
        if not self.parts:
            raise InputError("this network has no convolution, pool or linear layer that ran; there is nothing to look at")
        self._known: dict[str, Callable[..., object]] = {}
        self._age, self._large = 0, self.photos[0, 0].numel() > 1 << 12
        self.refresh()
        shares = self.glance(0).shares
        self.fits = shares is not None and len(shares) == len(self.classes)

    def refresh(self) -> None:
        """Looks which weights the model has: before each picture, since layers may have been replaced."""
        self._tensors = [*self.model.parameters(), *self.model.buffers()]

    def glance(self, photo: int, pair: bool = False) -> Glance:
        """What the network makes of a photo, or of it and its mirror image."""
        return self._remember(self._glance, 2 if self._large else 6, photo, pair)

    def pull(self, photo: int, part: int, cell: int) -> Tensor:
        """How much each pixel moves the values in a cell of a part's maps: ``[H, W]``, adding up to 1, or all 0."""
        return self._remember(self._pull, 64 if self._large else 512, photo, part, cell)

    def strengths(self, part: int, channel: int) -> Tensor | None:
        """How strong a map of a part is in each photo ``[N]``: its norm. None for large photos, where that would take long."""
        if self._large or len(self.parts[part].shape) == 1:
            return None
        found: Tensor = self._remember(self._strengths, 1)[part]
        return found[:, channel]

    def weights(self, photo: int, target: int) -> tuple[list[Tensor], list[Tensor]]:
        """Of each part, the mean gradient of a class's logit over each map ``[K]``: Grad-CAM's weights; also for the mirror."""
        return self._remember(self._weights, 64, photo, target)

    def covered(self, photo: int, cell: int) -> Tensor:
        """The answer's probabilities ``[classes]`` with a grey patch on one of 7x7 places, a row of them in one run."""
        return self._remember(self._covered, 140, photo, cell // PLACES)[cell % PLACES]

    def name(self, index: int) -> str:
        """An answer in words."""
        return self.classes[index] if self.fits else f"class {index}"

    def right(self, photo: int) -> int | None:
        """The class that should be answered; None where that is not known."""
        return self.labels[photo] if self.fits and self.labels else None

    def place(self, cell: int) -> tuple[int, int, int, int]:
        """Upper and left edge, height and width of a grey patch, in pixels; a quarter of the photo a side, half overlapping."""
        height, width = self.photos.shape[2:]
        high, wide = max(1, height // 4), max(1, width // 4)
        row, column = divmod(cell, PLACES)
        return round(row * (height - high) / (PLACES - 1)), round(column * (width - wide) / (PLACES - 1)), high, wide

    def _ready(self, photos: Tensor) -> Tensor:
        like = next(self.model.parameters(), torch.zeros(()))
        return normalise(photos).to(like.device, like.dtype)

    def _remember(self, work: Callable[..., T], most: int, *key: object) -> T:
        """What ``work`` gives, computed once for the present weights."""
        with turn():  # a training in another thread changes the weights only between two turns
            return self._recall(work, most, *key)

    def _recall(self, work: Callable[..., T], most: int, *key: object) -> T:
        age = hash(tuple((id(t), t._version) for t in self._tensors))
        if age != self._age:
            self._known, self._age = {}, age
        return self._known.setdefault(work.__name__, lru_cache(most)(work))(*key)  # type: ignore[return-value]

    def _glance(self, photo: int, pair: bool) -> Glance:
        photos = self.photos[photo : photo + 1]
        made = [part.last.made for part in self.parts]
        inputs = self._ready(torch.cat([photos, photos.flip(-1)]) if pair else photos)
        run = self._watch.run(inputs, {m for m in made if m is not None})
        missing = torch.full((len(inputs), 1, 1), torch.nan)
        values = [run.values.get(m, missing).float().cpu() if m is not None else missing for m in made]
        maps = [[as_maps(v[i]) for v in values] for i in range(len(inputs))]
        return Glance(run, maps[0], maps[1] if pair else [], _shares(run.result)[0] if run.result.ndim == 2 else None)

    def _strengths(self) -> list[Tensor]:
        made = [part.last.made for part in self.parts]
        values = self._watch.run(self._ready(self.photos), {m for m in made if m is not None}).values
        missing = torch.zeros(len(self.photos), 1, 1)
        maps = [values[m].float().cpu().nan_to_num() if m in values else missing for m in made]
        return [v.reshape(len(v), v.shape[1], -1).norm(dim=2) for v in maps]

    def _pull(self, photo: int, part: int, cell: int) -> Tensor:
        run, record = self.glance(photo).run, self.parts[part].last.made
        made = run.made.get(record) if record is not None else None
        pull = torch.zeros(self.photos.shape[2:])
        if made is not None and made.requires_grad:
            values = made[0] if made.ndim == 2 else made[0].reshape(made.shape[1], -1).sum(0)
            found = torch.autograd.grad(values[min(cell, len(values) - 1)], run.inputs, retain_graph=True, allow_unused=True)[0]
            if found is not None:
                pull = found[0].abs().sum(0).float().cpu()
        return pull / (float(pull.sum()) or 1.0)

    def _weights(self, photo: int, target: int) -> tuple[list[Tensor], list[Tensor]]:
        glance = self.glance(photo, pair=True)
        made = [glance.run.made.get(part.last.made if part.last.made is not None else -1) for part in self.parts]
        wanted = [m for m in made if m is not None and m.requires_grad]
        logit = glance.run.result[:, target].sum()
        found = torch.autograd.grad(logit, wanted, retain_graph=True, allow_unused=True)
        known = {id(m): g.float().cpu() for m, g in zip(wanted, found, strict=True) if g is not None}
        nothing = [torch.zeros(2, len(maps), 1, 1) for maps in glance.maps]
        gradients = [known.get(id(m), none) for m, none in zip(made, nothing, strict=True)]
        return [as_maps(g[0]).mean((1, 2)) for g in gradients], [as_maps(g[1]).mean((1, 2)) for g in gradients]

    def _covered(self, photo: int, row: int) -> Tensor:
        batch = self.photos[photo].repeat(PLACES, 1, 1, 1)
        for column in range(PLACES):
            top, left, high, wide = self.place(row * PLACES + column)
            batch[column, :, top : top + high, left : left + wide] = GREY
        with untouched(self.model), torch.no_grad():
            return _shares(leaves(self.model.eval()(self._ready(batch)))[0])


def as_maps(values: Tensor) -> Tensor:
    """What a part made of one photo, as maps ``[K, h, w]``; a vector's features in one map, as square as it can be."""
    if values.ndim >= 3:
        return values.reshape(values.shape[0], -1, values.shape[-1])
    if values.ndim == 2:
        return values[:, None]
    side = ceil(sqrt(max(1, values.numel())))
    filled = torch.full((ceil(values.numel() / side) * side,), torch.nan)
    filled[: values.numel()] = values.flatten()
    return filled.view(1, -1, side)


def half(pull: Tensor) -> int:
    """The smallest number of pixels that together have half of the pull; 0 where nothing pulls."""
    steps = pull.flatten().sort(descending=True).values.cumsum(0)
    return int((steps < 0.5 * steps[-1]).sum()) + 1 if float(steps[-1]) > 0 else 0


def _shares(logits: Tensor) -> Tensor:
    return logits.detach().float().softmax(1).cpu()

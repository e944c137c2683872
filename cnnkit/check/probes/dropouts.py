"""Probe of the two dropouts of vgg_head: designed weights let both masks be read off the logits of one pass.

All inputs are 1. Of each four units of the hidden layer the first two read the same input, so a dropout before the linear layer
hits both and one after it each alone; the last reads none. Batch norm then adds 10: what is dropped before it ends a little
below 10, what is kept a little above, and what is dropped behind it is 0. Each of the two units is read by two logits: a
dropout on the logits hits each alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cnnkit.check import layers
from cnnkit.check.bugs import Library
from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake

WIDTH = 512
LOGITS = 256
PHOTOS = 512
SHIFT = 10.0
FAR = -10_000.0  # running mean that the batch's own is told from
TOLERANCE = 0.03  # of the fraction dropped: 7 standard deviations of what one half gives


@dataclass(frozen=True)
class Dropouts:
    """The probe; ``library`` has the words."""

    library: Library

    def __call__(self, attempt: Attempt) -> None:
        """Raises `Mistake` unless each dropout hits one half, photo by photo, and batch norm uses the batch."""
        call, photos = f"vgg_head({LOGITS})", torch.ones(PHOTOS, WIDTH)
        network = layers.built(attempt.candidate, call, photos[:2], LOGITS)
        mean = _design(network)
        logits = layers.run(network.train(), photos, call).reshape(PHOTOS, WIDTH // 8, 2, 2)  # photo, input, unit, logit
        for slug, is_wrong, seen in _examined(logits, mean):
            if is_wrong:
                row = self.library.words(slug)
                raise Mistake(slug, " ".join(filter(None, (row.says, seen, row.hint))))


def _design(network: nn.Module) -> Tensor | None:
    """Gives the network its weights, by their shapes; what it keeps of the batches' means."""
    units, reads = torch.eye(4), torch.tensor([[0, 0, 1, 0], [0, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0.0]])
    two = units[:2].repeat_interleave(2, 0)  # logits 0 and 1 read unit 0, logits 2 and 3 unit 1
    hidden = torch.block_diag(*[3 * reads] * (WIDTH // 4))  # symmetric: a square does not tell its rows from its columns
    last = torch.block_diag(*[two] * (LOGITS // 4), *[torch.zeros(0, 4)] * (WIDTH // 4 - LOGITS // 4))
    mean: Tensor | None = None
    with torch.no_grad():
        for tensor in network.parameters():
            if tensor.numel() > WIDTH:
                weight = hidden if tensor.numel() == WIDTH**2 else last
                tensor.copy_((weight if len(tensor) == len(weight) else weight.t()).reshape(tensor.shape))
            elif tensor.numel() == WIDTH:
                tensor.fill_(1.0 if bool((tensor == 1).all()) else SHIFT)
            else:
                tensor.zero_()
        for buffer in network.buffers():
            if buffer.numel() == WIDTH and not bool((buffer > 0).all()):
                mean = buffer.fill_(FAR)
    return mean


def _examined(logits: Tensor, mean: Tensor | None) -> Iterator[tuple[str, bool, str]]:
    """Mistakes in the order in which they are told: slug, whether it is there, and what was seen."""
    yield "norm-ignores-batch", float(logits.max()) > 5 * SHIFT, ""
    yield "running-statistics-fixed", mean is not None and bool((mean == FAR).all()), ""
    dead = logits == 0
    yield "dropout-misplaced", _share(dead[..., 0] != dead[..., 1]) > 0.01, "It hides logits."
    values, dead = logits[..., 0], dead[..., 0]
    alive = values[~dead]
    # Without a first dropout all photos are the same, and batch norm makes the same of them.
    first = bool(alive.numel()) and float(alive.max() - alive.min()) > 0.1 * float(alive.abs().max())
    yield "no-dropout", not first and not bool(dead.any()), ""
    yield "wrong-dropout", not bool(dead.any()) and float((values - SHIFT).abs().max()) > SHIFT / 2, ""
    yield "dropout-missing-second", not bool(dead.any()), ""
    yield from _masked(dead, "second")
    scale = float(alive.mean()) / SHIFT
    yield "dropout-not-scaled", not 1.8 < scale < 2.2, f"The second multiplies what it keeps by {scale:.2g}."
    yield "dropout-missing-first", not first, ""
    low = values / scale < SHIFT
    both = ~dead[..., 0] & ~dead[..., 1]
    yield "dropout-misplaced", _share((low[..., 0] != low[..., 1])[both]) > 0.01, "It is the one between linear layer and ReLU."
    # What the first dropout did to an input is seen where at least one of its two units is alive.
    mask, seen = torch.where(dead[..., 0], low[..., 1], low[..., 0]), ~(dead[..., 0] & dead[..., 1])
    yield from _masked(mask, "first", seen)
    if mean is not None:
        # Batch norm itself hides the scale of what comes in; the running mean shows it, beside that of units that read nothing.
        momentum = 1 - float(mean.flatten()[3::4].mean()) / FAR
        scale = float(mean.flatten()[0::4].mean() - mean.flatten()[3::4].mean()) / momentum / 3.0 / 0.5
        yield "dropout-not-scaled", not 1.8 < scale < 2.2, f"The first multiplies what it keeps by {scale:.2g}."


def _masked(mask: Tensor, which: str, seen: Tensor | None = None) -> Iterator[tuple[str, bool, str]]:
    """What is wrong with a mask [photo, ...] of dropped features, of which only those ``seen`` count."""
    mask, seen = mask.flatten(1), torch.ones_like(mask) if seen is None else seen
    seen = seen.flatten(1)
    rate, dropped, counted = _share(mask[seen]), (mask & seen).sum(1), seen.sum(1)
    whole = rate > 0 and bool(((dropped == 0) | (dropped == counted)).all())
    yield "dropout-whole-photos", whole, f"It is the {which} one."
    first = (mask & seen).any(0)
    alike = bool(((mask == mask[:1]) | ~seen | ~seen[:1]).all()) and bool(first.any())
    yield "dropout-same-for-all", alike, f"It is the {which} one."
    yield "dropout-probability", abs(rate - 0.5) > TOLERANCE, f"The {which} drops about {round(rate, 1):.0%}."


def _share(mask: Tensor) -> float:
    return float(mask.float().mean()) if mask.numel() else 0.0

"""Probe of the two dropouts of vgg_head: designed weights let both masks be read off the logits of one pass.

All inputs are 1. Of each four units of the hidden layer the first two read the same input, so a dropout before the linear layer
hits both and one after it each alone. Batch norm then adds 10: what is dropped before it ends a little below 10, what is
kept a little above, and what is dropped behind it is 0. Each of the two units is read by two logits: a dropout on the logits
hits each alone.
"""

from __future__ import annotations

import torch
from torch import Tensor

from cnnkit import trace
from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake
from cnnkit.check.probes.vgg_head import WIDTH, Parts, chain, head, parts_of, run
from cnnkit.weights import same

PHOTOS = 256
SHIFT = 10.0
FAR = -100.0  # running mean that the batch's own is told from
TOLERANCE = 0.03  # of the fraction dropped: 7 standard deviations of what one half gives


def drops(attempt: Attempt) -> None:
    """In training mode one half of the features is dropped before each linear layer, and batch norm uses the batch."""
    turned = _is_turned(attempt)
    network = head(attempt, WIDTH).eval()
    photos = torch.ones(PHOTOS, WIDTH)
    run(attempt, network, photos)
    parts = parts_of(network, trace.run(network, photos[:2]))
    _design(parts, *turned)
    logits = run(attempt, network.train(), photos).reshape(PHOTOS, WIDTH // 4, 2, 2)  # photo, input, unit, logit
    _raise_norm(parts, logits)
    dead = logits == 0
    if float((dead[..., 0] != dead[..., 1]).float().mean()) > 0.01:
        raise Mistake(
            "dropout-misplaced",
            "A dropout stands behind the last linear layer. It hides logits; both should stand before a linear layer.",
        )
    values, dead = logits[..., 0], dead[..., 0]
    first, second = _has_first(values, dead), bool(dead.any())
    if not first and not second:
        raise Mistake(
            "no-dropout",
            "There is no dropout. In training mode all features pass; it should stand before each of the two linear layers.",
        )
    if not second:
        _raise_no_second(values)
    _raise_mask(dead, "second")
    scale = float(values[~dead].mean()) / SHIFT
    if not 1.8 < scale < 2.2:
        raise Mistake(
            "dropout-not-scaled",
            f"The second dropout does not scale. It multiplies what it keeps by {scale:.2g}, and should by 2, "
            "so that sums stay alike.",
        )
    if not first:
        raise Mistake(
            "dropout-missing-first",
            "The first dropout is missing, or has no effect. In training mode all 512 inputs reach the first linear layer.",
        )
    _examine_first(values / scale, dead)
    _raise_first_scale(parts)


def _is_turned(attempt: Attempt) -> tuple[bool, bool]:
    """Whether the square weight of the hidden layer has its inputs in its rows, and whether that of the last layer has."""
    network = head(attempt, 7).eval()
    photos = torch.randn(4, WIDTH, generator=attempt.generator(3))
    found = run(attempt, network, photos)
    parts = parts_of(network, trace.run(network, photos))
    return not same(found, chain(parts, photos)), parts.weight2.shape[0] == WIDTH


def _design(parts: Parts, turned1: bool, turned2: bool) -> None:
    units, logits = torch.arange(WIDTH), torch.arange(WIDTH)
    weight1, weight2 = torch.zeros(WIDTH, WIDTH), torch.zeros(WIDTH, WIDTH)
    weight1[units, units - units % 4] = 3.0
    weight2[logits, logits - logits % 4 + logits % 4 // 2] = 1.0
    with torch.no_grad():
        parts.weight1.copy_((weight1.t() if turned1 else weight1).reshape(parts.weight1.shape))
        parts.weight2.copy_((weight2.t() if turned2 else weight2).reshape(parts.weight2.shape))
        values = (
            (parts.bias1, 5.0),
            (parts.bias2, 0.0),
            (parts.gamma, 1.0),
            (parts.beta, SHIFT),
            (parts.mean, FAR),
            (parts.variance, 1.0),
        )
        for tensor, value in values:
            if tensor is not None:
                tensor.fill_(value)


def _raise_norm(parts: Parts, logits: Tensor) -> None:
    if float(logits.max()) > 5 * SHIFT:
        raise Mistake(
            "norm-ignores-batch",
            "In training mode the batch norm does not use the batch. It still takes its running mean and variance; "
            "look at how it learns of the mode.",
        )
    if parts.mean is not None and bool((parts.mean == FAR).all()):
        raise Mistake(
            "running-statistics-fixed",
            "The batch norm does not remember the batches. Its running mean never changes in training mode, "
            "and evaluation needs it.",
        )


def _has_first(values: Tensor, dead: Tensor) -> bool:
    """Without a first dropout all photos are the same, and batch norm makes the same of them."""
    alive = values[~dead]
    return bool(alive.numel()) and float(alive.max() - alive.min()) > 0.1 * float(alive.abs().max())


def _raise_no_second(values: Tensor) -> None:
    if float((values - SHIFT).abs().max()) > SHIFT / 2:
        raise Mistake(
            "wrong-dropout",
            "The second dropout does not set features to 0. It changes them in another way; look at the layer's name.",
        )
    raise Mistake(
        "dropout-missing-second",
        "The second dropout is missing, or has no effect. In training mode all features reach the last linear layer.",
    )


def _raise_mask(mask: Tensor, which: str) -> None:
    """Photos and features must differ, and half of all be dropped."""
    mask = mask.flatten(1).float()
    rate = float(mask.mean())
    if rate > 0 and bool(((mask.mean(1) == 0) | (mask.mean(1) == 1)).all()):
        raise Mistake(
            "dropout-whole-photos",
            f"The {which} dropout drops all features of a photo at once. Each feature should be dropped on its own; "
            "look at the layer's name.",
        )
    if bool((mask == mask[:1]).all()):
        raise Mistake(
            "dropout-same-for-all",
            f"The {which} dropout drops the same features of every photo. Each photo should have its own.",
        )
    if abs(rate - 0.5) > TOLERANCE:
        raise Mistake("dropout-probability", f"The {which} dropout drops about {round(rate, 1):.0%}. It should be one half.")


def _examine_first(values: Tensor, dead: Tensor) -> None:
    low, alive = values < SHIFT, ~dead
    both = alive[..., 0] & alive[..., 1]
    if float((low[..., 0] != low[..., 1])[both].float().mean()) > 0.01:
        raise Mistake(
            "dropout-misplaced",
            "A dropout stands between the first linear layer and its ReLU. The first one should stand before the linear layer.",
        )
    # What the first dropout did to an input is seen where at least one of its two units is alive.
    seen = alive.any(2)
    mask = torch.where(alive[..., 0], low[..., 0], low[..., 1])
    rate = float(mask[seen].float().mean())
    rows = [mask[i][seen[i]] for i in range(PHOTOS)]
    if all(bool(row.all()) or not bool(row.any()) for row in rows):
        _raise_mask(torch.tensor([bool(row.any()) for row in rows])[:, None], "first")
    if abs(rate - 0.5) > TOLERANCE:
        raise Mistake("dropout-probability", f"The first dropout drops about {round(rate, 1):.0%}. It should be one half.")


def _raise_first_scale(parts: Parts) -> None:
    """The mean of the batch, read off the running mean: batch norm itself hides the scale of what comes in."""
    if parts.mean is None or not parts.momentum:
        return
    batch = (parts.mean.flatten()[0::4].mean() - (1 - parts.momentum) * FAR) / parts.momentum
    scale = (float(batch) - (5.0 if parts.bias1 is not None else 0.0)) / 3.0 / 0.5
    if not 1.8 < scale < 2.2:
        raise Mistake(
            "dropout-not-scaled",
            f"The first dropout does not scale. It multiplies what it keeps by {scale:.2g}, and should by 2, "
            "so that sums stay alike.",
        )

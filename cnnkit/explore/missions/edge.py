"""Why a rate no longer learns: what the first steps do to the network, at a rate that learns and at one that does not."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from itertools import islice

from torch import nn

from cnnkit.errors import Diverged
from cnnkit.explore.missions import instruments
from cnnkit.training import Training

LOOK = 20  # steps after which the network is looked at


@dataclass(frozen=True)
class Seen:
    """What was measured of a run.

    Attributes:
        lr: its learning rate.
        update: how far the first step moved the weights of a layer, as a part of their size; the middle one of the layers.
        dead: the largest part of the channels behind a ReLU that are 0 for a whole batch after `LOOK` steps.
        spread: how far the outputs for the photos of a batch lie apart then (standard deviation).
        guess: the loss of guessing.
        diverged: whether the loss grew beyond all bounds before.
    """

    lr: float
    update: float
    dead: float
    spread: float
    guess: float
    diverged: bool = False


def look(training: Training, lr: float) -> Seen:
    """Trains a run that was not started yet for `LOOK` steps at ``lr``, and measures."""
    training.lr = lr
    weights = [p for p in training.model.parameters() if p.ndim > 1]
    before, update, diverged = [p.detach().clone() for p in weights], math.nan, False
    try:
        for count, _ in enumerate(islice(training, LOOK)):
            if count == 0:
                moved = zip(weights, before, strict=True)
                update = statistics.median(float((p.detach() - old).norm() / old.norm()) for p, old in moved)
    except Diverged:
        diverged = True
    images, _ = instruments._next(training)
    model, run = instruments._copy(training)
    dead = [0.0]
    for module in model.modules():
        if isinstance(module, nn.ReLU):
            module.register_forward_hook(lambda _, __, out: dead.append(instruments._zeros(out)[1]))
    spread = float(run(images).std(0).mean())
    return Seen(lr, update, max(dead), spread, math.log(len(training.dataset.classes)), diverged)


def told(low: Seen, high: Seen) -> str:
    """Both in words, with the reason where the numbers show one."""
    moved, stayed, dead, alive = (round(100 * part) for part in (high.update, low.update, high.dead, low.dead))
    words = (
        f"Why there? The first step moves the weights of a layer by {moved} % of their size at {high.lr:.2g}, by {stayed} % "
        f"at {low.lr:.2g} (the middle one of the layers)."
    )
    if high.diverged:
        return f"{words} At {high.lr:.2g} steps of this size throw the loss up until the run diverges."
    words += (
        f" After {LOOK} steps {dead} % of the channels behind a ReLU are 0 for every photo of a batch at {high.lr:.2g} "
        f"({alive} % at {low.lr:.2g}), and the outputs differ from photo to photo by {high.spread:.2g} ({low.spread:.2g})."
    )
    if high.dead < max(0.5, low.dead) or high.spread > low.spread / 5:
        return f"{words} These numbers alone do not show why the higher rate does not learn."
    return (
        f"{words} A ReLU at 0 passes no gradient back, so such channels hardly learn any more. What is left answers nearly the "
        f"same to every photo, and the best of such answers is to guess: so the loss stays at {high.guess:.2f}, and does not "
        "grow."
    )

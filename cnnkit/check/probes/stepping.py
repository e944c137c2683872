"""One call of a student's train_step, with all that it did to a small network."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake
from cnnkit.check.probes.watching import CLASSES, Backwards, Watch, detached, flat, network
from cnnkit.check.solutions import training as solutions

RATE = 0.25  # large enough that the loss after the step is another


@dataclass
class Step:
    """What one call of the student's function did.

    Attributes:
        returned: the loss that it gave back.
        loss: the right one.
        logits: the right ones before the step, for a network without dropout.
        later: the loss after the right step.
        move: of all weights.
        expected: what the move should be.
        left: the gradients afterwards.
        watch: what the network noted.
        backwards: whether the code asked for a backward pass.
        steps: of the optimizer that was handed over.
        too_early: whether the first of them came before any gradient.
        rate: the optimizer's learning rate in the last of them.
    """

    returned: Any
    loss: float
    logits: Tensor
    later: float
    move: Tensor
    expected: Tensor
    left: Tensor
    watch: Watch
    backwards: bool
    steps: int
    too_early: bool
    rate: float


def sgd(net: nn.Module) -> torch.optim.Optimizer:
    """Plain SGD with the rate ``RATE``."""
    return torch.optim.SGD(net.parameters(), lr=RATE)


def plain_net(attempt: Attempt, salt: int) -> nn.Sequential:
    """Without dropout and batch norm: the same numbers in both modes."""
    layers = nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(36, CLASSES), Watch()
    return network(*layers, generator=attempt.generator(salt)).eval()


def step_of(attempt: Attempt, net: nn.Sequential, optimizer: torch.optim.Optimizer, photos: tuple[Tensor, Tensor]) -> Step:
    """One call, with all that it does to ``net``, and beside it one call of the kit's own solution."""
    own, own_optimizer = copy.deepcopy((net, optimizer))
    before, parameters = flat(net.parameters(), net.parameters()), list(net.parameters())
    watch = net[-1]
    assert isinstance(watch, Watch)
    watch.gradients.clear()
    watch.logits.clear()
    noted: list[tuple[bool, float]] = []

    def note(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        noted.append((not watch.gradients, float(optimizer.param_groups[0]["lr"])))

    handle = optimizer.register_step_pre_hook(note)
    backwards = Backwards()
    doing = f"called with {len(photos[1])} photos and {type(optimizer).__name__}"
    try:
        with backwards:
            returned = attempt.call(attempt.candidate, net, optimizer, *(part.clone() for part in photos), doing=doing)
    except Mistake as mistake:
        raise detached(mistake) from mistake.__cause__
    finally:
        handle.remove()
    with torch.no_grad():
        logits = own(photos[0])
    loss = solutions.train_step(own, own_optimizer, *photos)
    with torch.no_grad():
        later = F.cross_entropy(own(photos[0]), photos[1]).item()
    return Step(
        returned, loss, logits, later, flat(parameters, parameters) - before, flat(own.parameters(), own.parameters()) - before,
        flat([p.grad for p in parameters], parameters), watch, bool(backwards.names), len(noted),
        bool(noted) and noted[0][0], noted[-1][1] if noted else 0.0,
    )  # fmt: skip

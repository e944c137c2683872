"""The check of `resnet50_layer4`: right by behaviour; what is wrong is read from a trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from cnnkit import trace
from cnnkit.check.building import build, difference, randomise, require_first_weights
from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake, mistake_of
from cnnkit.check.residual import block_mistakes, network_head, network_mistakes
from cnnkit.check.residual.block import Case, Run, unnamed
from cnnkit.check.residual.network_mistakes import MISTAKES
from cnnkit.check.residual.network_reading import Network, diagram, read
from cnnkit.check.residual.reading import Found, Reading
from cnnkit.check.solutions.network import ResNet50Layer4
from cnnkit.check.torch_words import SHAPES
from cnnkit.trace import layout, units

__all__ = ["MISTAKES", "Attempted", "probe"]

CLASSES = 7  # another number than the default, so that a fixed 10 is seen
PROJECTIONS_NEEDED = 5  # blocks that change channels or size


@dataclass
class Attempted:
    """The student's network and what a pass through it did."""

    model: nn.Module
    trace: trace.Trace
    network: Network
    error: Exception | None

    def block_runs(self) -> Iterator[Run]:
        """Its blocks as the finders of the block exercise take them."""
        for block in self.network.blocks:
            case = Case(block.given[0] if block.given else 0, block.middle, block.made[0] if block.made else 0, block.halves)
            yield Run(case, self.model, self.trace, block.reading, [], None)


def probe(attempt: Attempt) -> None:
    """Judges a whole network by its logits and gradients, and names what is wrong part by part."""
    tried = _run(attempt)
    found = "error" if tried.error else _difference(tried)
    if found:
        _name(attempt, tried)
        raise unnamed(found, "the network")
    _other_batches(attempt, tried.model)
    ten = build(attempt, lambda: attempt.candidate(10), "ResNet50Layer4(10)")
    shape = tuple(attempt.call(ten.eval(), photos(1), doing="called with [1, 3, 32, 32]").shape)
    if shape != (1, 10):
        raise Mistake("classifier-classes", f"`ResNet50Layer4(10)` gives {list(shape)} for one photo. It should give [1, 10].")


def photos(count: int) -> Tensor:
    """A batch of noise."""
    return torch.randn(count, 3, 32, 32, generator=torch.Generator().manual_seed(7))


def _run(attempt: Attempt) -> Attempted:
    model = build(attempt, lambda: attempt.candidate(CLASSES), f"ResNet50Layer4({CLASSES})")
    trace.size_lazy(model, photos(2))
    require_first_weights(model)
    randomise(model, attempt.generator())
    try:
        done, error = trace.run(model, photos(2)), None
    except trace.ForwardError as failure:
        done, error = failure.trace, failure
        if done.failed is None:
            raise mistake_of(failure.__cause__ or failure, "called with [2, 3, 32, 32]", SHAPES) from failure
    if error is None:
        _returns_a_tensor(model)
    return Attempted(model, done, read(done, model), error)


def _returns_a_tensor(model: nn.Module) -> None:
    with trace.untouched(model), torch.no_grad():
        found = model.eval()(photos(2))
    if found is None:
        raise Mistake("returns-nothing", "`forward` returns nothing. Is there a `return`? Look at its last line.")
    if not isinstance(found, Tensor):
        raise Mistake("wrong-type", f"`forward` returns a {type(found).__name__} instead of one tensor. Look at its last line.")


def _difference(tried: Attempted) -> str | None:
    roles = units.roles(layout.read(tried.trace))
    projected = sum(isinstance(role, units.Junction) and bool(role.shortcut) for role in roles)
    reference = ResNet50Layer4(CLASSES, projection="always" if projected > PROJECTIONS_NEEDED else "needed")
    return difference(tried.model, reference, photos(4))


def _name(attempt: Attempt, tried: Attempted) -> None:
    """Raises the first mistake that is found, in the order of the network."""
    net = tried.network
    whole = Run(Case(3, 64, CLASSES, False), tried.model, tried.trace, Reading(branch=net.layers), [], None)
    for finder in (block_mistakes.layers_not_registered, block_mistakes.shared_layer):
        _raise(attempt, net, finder(whole))
    for find in network_mistakes.FINDERS:
        _raise(attempt, net, find(net))
    _raise(attempt, net, network_mistakes.blocks_inside(tried))
    for find in network_mistakes.LATE_FINDERS:
        _raise(attempt, net, find(net))
    _raise(attempt, net, network_head.classes(net, CLASSES))
    if tried.error is not None:
        raise mistake_of(tried.error.__cause__ or tried.error, "called with [2, 3, 32, 32]", SHAPES)


def _raise(attempt: Attempt, net: Network, found: Found | None) -> None:
    if found:
        slug, message, layer = found
        attempt.draw = partial(diagram, net, "ResNet50Layer4")
        raise Mistake(slug, message, layer.record.index if layer else None)


def _other_batches(attempt: Attempt, model: nn.Module) -> None:
    with torch.no_grad():
        for count in (1, 3):
            found = attempt.call(model.eval(), photos(count), doing=f"called with [{count}, 3, 32, 32]")
            if tuple(found.shape) != (count, CLASSES):
                raise Mistake(
                    "flatten-batch",
                    f"For {count} photo{'s' * (count > 1)} the result is {list(found.shape)} instead of [{count}, {CLASSES}]. "
                    "Look for a `view` or `squeeze` that assumes a batch size.",
                )

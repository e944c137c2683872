"""Grad-CAM and its wrong ways as formulas, for the check of grad_cam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit.check.probes.watching import CLASSES

SIZE = (16, 8)  # of the maps, from photos of 32x32: height and width differ
SAME = 0.9999  # cosine of two heat maps that are one up to a positive factor
APART = 0.99


@dataclass(frozen=True)
class Case:
    """One photo, one layer of a network, one class."""

    net: nn.Module
    layer: nn.Module
    image: Tensor
    target: int


class Net(nn.Module):
    """Two convolutions and a linear layer; ``layer`` of a case lies inside ``block``."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 5, stride=(2, 4), padding=2), nn.ReLU())
        self.block = nn.Sequential(nn.Conv2d(6, 6, 3, padding=1), nn.ReLU(inplace))
        self.head = nn.Linear(6 * SIZE[0] * SIZE[1], CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """[N, 3, 32, 32] -> [N, 5]."""
        logits: Tensor = self.head(self.block(self.stem(x)).flatten(1))
        return logits


@dataclass(frozen=True)
class Insides:
    """What Grad-CAM and its wrong ways are made of: maps ``a`` [K, h, w] and gradients ``g`` by what they are taken of."""

    a: Tensor
    g: Tensor
    softmax: Tensor
    everything: Tensor
    predicted: Tensor
    a_in: Tensor
    g_in: Tensor


def insides_of(case: Case) -> Insides:
    """What happens inside the network of ``case``."""
    seen: list[Tensor] = []

    def keep(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        seen.extend((inputs[0], output))
        return output.clone()

    handle = case.layer.register_forward_hook(keep)
    logits = case.net(case.image[None])[0]
    handle.remove()

    def gradient(value: Tensor, place: int = 1) -> Tensor:
        return torch.autograd.grad(value, seen[place], retain_graph=True)[0][0]

    logit = logits[case.target]
    of = gradient(logit), gradient(logits.log_softmax(0)[case.target]), gradient(logits.sum()), gradient(logits.max())
    return Insides(seen[1][0].detach(), *of, seen[0][0].detach(), gradient(logit, 0))


def _weighted_sum(g: Tensor, a: Tensor) -> Tensor:
    return (g.mean((1, 2), keepdim=True) * a).sum(0)


def cam(g: Tensor, a: Tensor) -> Tensor:
    """The heat map from maps and gradients."""
    return _weighted_sum(g, a).relu()


# Known wrong ways: slug (what follows a blank only tells variants apart) -> formula and what to say.
WRONG: dict[str, tuple[Callable[[Insides], Tensor], str]] = {
    "relu-missing": (lambda i: _weighted_sum(i.g, i.a), "The ReLU at the end is missing: your heat map has negative values."),
    "relu-missing scaled": (
        lambda i: _weighted_sum(i.g, i.a) - _weighted_sum(i.g, i.a).min(),
        "The ReLU at the end is missing. Places that speak against the class should all be 0; only then may you scale.",
    ),
    "absolute-value": (
        lambda i: _weighted_sum(i.g, i.a).abs(),
        "Places that speak against the class are bright too: you take the absolute value. The ReLU makes them 0.",
    ),
    "wrong-sign": (
        lambda i: cam(-i.g, i.a),
        "The sign is wrong: the places that speak against the class are bright. Look for a minus.",
    ),
    "ignores-target": (
        lambda i: cam(i.predicted, i.a),
        "You explain the class with the largest logit. Asked for is the class `target`, whatever the network predicts.",
    ),
    "gradient-of-softmax": (
        lambda i: cam(i.softmax, i.a),
        "You take the gradient of the class's probability, after softmax. Take that of its logit.",
    ),
    "gradient-of-loss": (
        lambda i: cam(-i.softmax, i.a),
        "You take the gradient of the loss. Take that of the logit of `target`.",
    ),
    "gradient-of-all-logits": (
        lambda i: cam(i.everything, i.a),
        "You take the gradient of all logits together. Take that of one, the logit of `target`.",
    ),
    "gradient-not-averaged": (
        lambda i: (i.g * i.a).sum(0).relu(),
        "The gradient is multiplied with the maps place by place. Average it over the positions first: one weight "
        "for each map.",
    ),
    "averaged-over-maps": (
        lambda i: (i.g.mean(0) * i.a.sum(0)).relu(),
        "The gradient is averaged over the maps. Average it over the positions: one weight for each map. Look at "
        "the dimensions.",
    ),
    "maximum-not-average": (
        lambda i: (i.g.amax((1, 2), keepdim=True) * i.a).sum(0).relu(),
        "A map's weight is the largest gradient of its positions. It should be their average.",
    ),
    "maps-not-weighted": (
        lambda i: i.a.sum(0).relu(),
        "The maps are added up without weights, so the class plays no part. A map's weight is its mean gradient.",
    ),
    "gradient-only": (
        lambda i: i.g.sum(0).relu(),
        "Your heat map is made of gradients alone. They are the weights; the maps themselves are what is added up.",
    ),
    "gradient-only size": (
        lambda i: i.g.abs().sum(0),
        "Your heat map is made of gradients alone. They are the weights; the maps themselves are what is added up.",
    ),
    "relu-misplaced": (
        lambda i: (i.g.mean((1, 2), keepdim=True) * i.a).relu().sum(0),
        "The ReLU comes before the sum, so maps with negative weights play no part. It belongs after the sum.",
    ),
    "relu-misplaced weights": (
        lambda i: (i.g.mean((1, 2), keepdim=True).relu() * i.a).sum(0).relu(),
        "The ReLU cuts off the negative weights. It belongs after the weighted sum, and the weights keep their signs.",
    ),
    "relu-misplaced gradients": (
        lambda i: cam(i.g.relu(), i.a),
        "The ReLU cuts off the negative gradients. It belongs after the weighted sum.",
    ),
    "grad-input": (
        lambda i: cam(i.g_in, i.a),
        "Your weights come from the gradient for the layer's input. Asked for is that for its output; look at the "
        "hook's arguments.",
    ),
    "layer-input": (
        lambda i: cam(i.g_in, i.a_in),
        "You use what goes into the layer. Asked for is what comes out of it; look at the hook's arguments.",
    ),
    "layer-input maps": (
        lambda i: cam(i.g, i.a_in),
        "Your maps are those that go into the layer. Asked for are those that come out of it; look at the hook's arguments.",
    ),
}


def alike(one: Tensor, other: Tensor, limit: float) -> bool:
    """Whether two heat maps are one up to a positive factor; a black one is like a black one only."""
    if not one.any() or not other.any():
        return not one.any() and not other.any()
    return bool(F.cosine_similarity(one.double().flatten(), other.double().flatten(), dim=0) > limit)

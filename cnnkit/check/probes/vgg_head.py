"""Probes of vgg_head: in evaluation mode against a plain chain on its own weights, in training mode by what its dropouts do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit import trace
from cnnkit.check.building import build, randomise
from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake, text_of
from cnnkit.check.probes.vgg_layers import learns
from cnnkit.trace import layout, units
from cnnkit.trace.record import Record, Trace
from cnnkit.weights import same

WIDTH = 512


def gives_logits(attempt: Attempt) -> None:
    """One logit a class, for 10 classes without asking and for 7."""
    for arguments, classes in (((), 10), ((7,), 7)):
        _has_shape(attempt, arguments, 3, classes)


def takes_one_photo(attempt: Attempt) -> None:
    """A batch of one photo stays a batch; only now, as it fails for what has been named before."""
    _has_shape(attempt, (7,), 1, 7)


def _has_shape(attempt: Attempt, arguments: tuple[int, ...], photos: int, classes: int) -> None:
    network = head(attempt, *arguments).eval()
    found = run(attempt, network, torch.randn(photos, WIDTH, generator=attempt.generator()))
    call = f"vgg_head({', '.join(map(str, arguments))})"
    if found.shape == (photos, 10) and classes != 10:
        raise Mistake(
            "classes-ignored", f"The number of classes is ignored. `{call}` gives 10 logits a photo; look at the last layer."
        )
    if found.shape != (photos, classes):
        raise Mistake(
            "wrong-shape",
            f"The result has the wrong shape. `{call}` makes {list(found.shape)} of [{photos}, {WIDTH}], "
            f"and it should be [{photos}, {classes}].",
        )


def computes(attempt: Attempt) -> None:
    """In evaluation mode the logits are those of linear, batch norm, ReLU, linear, with the network's own weights."""
    network = head(attempt, 7).eval()
    photos = torch.randn(16, WIDTH, generator=attempt.generator(1))
    run(attempt, network, photos)  # lazy layers get their weights here
    alike = all(bool((p == p.flatten()[0]).all()) for p in network.parameters() if p.ndim > 1 and p.numel())
    randomise(network, attempt.generator(2))
    found, again = (run(attempt, network, photos) for _ in range(2))
    ran = trace.run(network, photos)
    _raise_unregistered(network, ran)
    if not same(found, again):
        raise Mistake(
            "dropout-in-eval",
            "The network is random in evaluation mode. After `eval()` two calls with the same photos differ; "
            "dropout must know which mode the network is in.",
        )
    parts = parts_of(network, ran)
    if not parts.has_norm or not any(same(found, chain(parts, photos, turned=turned)) for turned in (False, True)):
        _raise_value(parts, ran, photos, found)
    _can_learn(parts, alike)
    learns(attempt, network, photos)
    if parts.bias1 is None:
        attempt.remarks.append(
            "Your first linear layer has no bias: batch norm replaces it. The kit's has one, so yours has fewer parameters."
        )
    if any(isinstance(module, nn.Dropout2d | nn.Dropout3d) for module in network.modules()):
        attempt.remarks.append(
            "This dropout is made for maps. For rows of numbers there is nn.Dropout; later versions of torch may ask for it."
        )


def _can_learn(parts: Parts, alike: bool) -> None:
    """Nothing is missing that training needs; ``alike``: the weights began all the same."""
    if parts.bias2 is None:
        raise Mistake(
            "bias-missing", "The last linear layer has no bias. No batch norm follows it that would replace the bias."
        )
    if parts.gamma is None or parts.beta is None:
        raise Mistake(
            "norm-not-learned",
            "The batch norm learns nothing. It should have a scale and a shift per feature; look at its arguments.",
        )
    if alike:
        raise Mistake(
            "weights-alike",
            "In each linear layer all weights begin with the same number, so that all features stay the same for good. "
            "They must begin at random, as those of nn.Linear do.",
        )


# ---- the student's network and its parts


@dataclass
class Parts:
    """The weights of a head by their role, as they lie in the student's network."""

    weight1: Tensor
    bias1: Tensor | None
    weight2: Tensor
    bias2: Tensor | None
    gamma: Tensor | None
    beta: Tensor | None
    mean: Tensor | None
    variance: Tensor | None
    eps: float
    momentum: float | None
    has_norm: bool


def head(attempt: Attempt, *arguments: int) -> nn.Module:
    """What the student's function makes."""
    return build(attempt, lambda: attempt.candidate(*arguments), f"vgg_head({', '.join(map(str, arguments))})")


def run(attempt: Attempt, network: nn.Module, photos: Tensor) -> Tensor:
    """The network's logits; where it fails, why."""
    try:
        with torch.no_grad():
            found = attempt.call(network, photos.clone(), doing=f"the network gets [{len(photos)}, {WIDTH}]")
    except Mistake as mistake:
        if "expected 4D input" in text_of(mistake.__cause__):
            raise Mistake(
                "wrong-norm",
                "The batch norm is one for maps. After a linear layer each photo is a row of numbers, without height and "
                "width. Which batch norm is for that?",
            ) from mistake
        raise
    if not isinstance(found, Tensor):
        slug = "returns-nothing" if found is None else "wrong-type"
        kind = type(found).__name__
        raise Mistake(
            slug, f"The network gives no tensor. Its forward returns a value of type {kind}; it should be the logits."
        )
    return found


def parts_of(network: nn.Module, ran: Trace) -> Parts:
    """The parts of a head of two linear layers; any other number of layers, or another width, is a mistake."""
    roles = [role for role in units.roles(layout.read(ran)) if isinstance(role, units.Unit)]
    linear = [unit for unit in roles if unit.record]
    norm = next((unit for unit in roles if unit.has_norm), units.Unit())
    if len(linear) != 2:
        _raise_count([unit.record for unit in linear if unit.record])
    state = {**dict(network.named_buffers()), **dict(network.named_parameters())}
    width = state[linear[0].names["weight"]].numel() // WIDTH  # not its output's: einsum computes that turned
    if width != WIDTH:
        raise Mistake("hidden-width", f"The first linear layer makes {width} features. It should make {WIDTH}.")
    found = {key: state.get(norm.names.get(key, "")) for key in ("gamma", "beta", "mean", "variance")}
    arguments = norm.norm.arguments if norm.norm else {}
    (weight1, bias1), (weight2, bias2) = ((state[u.names["weight"]], state.get(u.names.get("bias", ""))) for u in linear)
    momentum, has_norm = arguments.get("momentum"), norm.has_norm or bool(ran.of("norm"))
    return Parts(
        weight1, bias1, weight2, bias2, **found, eps=float(arguments.get("eps", 1e-5)), momentum=momentum, has_norm=has_norm
    )


def _raise_count(linear: list[Record]) -> NoReturn:
    if len({record.parameters for record in linear}) < len(linear):
        raise Mistake("shared-layer", "One linear layer is used twice. There are two, each with weights of its own.")
    slug, less = ("missing-layer", "too few") if len(linear) < 2 else ("extra-layer", "too many")
    raise Mistake(
        slug,
        f"There are {less} linear layers. Your network uses {len(linear)}; two are asked for, "
        f"one to {WIDTH} features and one to the classes.",
    )


def _raise_unregistered(network: nn.Module, ran: Trace) -> None:
    for record in ran.of(*units.WEIGHTED, "norm"):
        is_norm = record.kind == "norm"
        known = record.parameters or record.buffers or (is_norm and any("Norm" in type(m).__name__ for m in network.modules()))
        if not known:
            what = "The batch norm" if is_norm else "A linear layer"
            raise Mistake(
                "layers-not-registered",
                f"{what} is unknown to its network. It has no weights in `parameters()` that could be trained. "
                "Layers made in forward, or kept in a plain list, are not registered.",
            )


# ---- evaluation mode


def chain(parts: Parts, x: Tensor, order: str = "LNR", batch: bool = False, end: str = "", turned: bool = False) -> Tensor:
    """The logits: L linear, N batch norm and R ReLU in this order, then the last linear layer.

    ``batch`` takes the photos' own mean and variance, ``end`` puts a function behind, ``turned`` reads the square weight the
    other way.
    """
    weight1 = parts.weight1.reshape(WIDTH, WIDTH)
    weight2 = parts.weight2.reshape(-1, WIDTH) if parts.weight2.shape[0] != WIDTH else parts.weight2.t()
    with torch.no_grad():
        for step in order:
            if step == "L":
                x = F.linear(x, weight1.t() if turned else weight1, parts.bias1)
            elif step == "N":
                x = F.batch_norm(x, *_statistics(parts, x, batch), parts.gamma, parts.beta, eps=parts.eps)
            else:
                x = x.relu()
        x = F.linear(x, weight2, parts.bias2)
        ends = {"softmax": F.softmax, "log_softmax": F.log_softmax}
        return ends[end](x, dim=1) if end in ends else x.sigmoid() if end == "sigmoid" else x.relu() if end == "relu" else x


def _statistics(parts: Parts, x: Tensor, batch: bool) -> tuple[Tensor, Tensor]:
    if batch:
        return x.mean(0), x.var(0, unbiased=False)
    if parts.mean is None or parts.variance is None:  # a batch norm without running statistics is none of the right kind
        return torch.zeros(x.shape[1]), torch.ones(x.shape[1])
    return parts.mean.flatten(), parts.variance.flatten()


_ORDERS = {
    "LNR": "",
    "LRN": "relu-before-batchnorm",
    "LR": "batchnorm-missing",
    "LN": "no-relu",
    "L": "batchnorm-missing",
    "NLR": "batchnorm-before-linear",
    **dict.fromkeys(("NRL", "RNL", "RLN", "NL", "RL"), "wrong-order"),
}
_ENDS = {
    "": "",
    "softmax": "softmax-inside",
    "log_softmax": "softmax-inside",
    "sigmoid": "sigmoid-inside",
    "relu": "relu-on-logits",
}
_SENTENCES = {
    "relu-before-batchnorm": "The ReLU comes before the batch norm. This exercise asks for linear layer, batch norm, ReLU.",
    "batchnorm-missing": "The batch norm is missing. It stands between the first linear layer and its ReLU.",
    "no-relu": "The ReLU is missing. Without it the two linear layers are not more than one.",
    "batchnorm-before-linear": "The batch norm comes before the first linear layer. It should normalise what the layer makes.",
    "wrong-order": "The layers stand in another order. This exercise asks for linear layer, batch norm, ReLU, linear layer.",
    "batch-statistics-in-eval": "In evaluation mode the batch norm uses the batch's own mean and variance. A photo's logits "
    "must not depend on the other photos; look at how batch norm learns of the mode.",
    "softmax-inside": "The network ends with a softmax. It should give logits: cross entropy applies the softmax itself.",
    "sigmoid-inside": "The network ends with a sigmoid. It should give logits, which may be any number.",
    "relu-on-logits": "The network ends with a ReLU. Logits may be below 0; nothing follows the last linear layer.",
}  # fmt: skip


def _wrong_ways(parts: Parts) -> Iterator[tuple[str, str, bool, str]]:
    """Slug and arguments of `chain`; those with one mistake first."""
    ways = [
        (order, batch, end)
        for order in _ORDERS
        for batch in ((False, True) if "N" in order else (False,))
        for end in _ENDS
        if parts.has_norm or "N" not in order
    ]
    for order, batch, end in sorted(ways, key=lambda way: (way[0] != "LNR") + way[1] + bool(way[2])):
        slug = _ORDERS[order] or ("batch-statistics-in-eval" if batch else _ENDS[end])
        if slug:
            yield slug, order, batch, end


def _raise_value(parts: Parts, ran: Trace, photos: Tensor, found: Tensor) -> NoReturn:
    for slug, order, batch, end in _wrong_ways(parts):
        if any(same(found, chain(parts, photos, order, batch, end, turned)) for turned in (False, True)):
            raise Mistake(slug, _SENTENCES[slug])
    if other := [r.op for r in ran.of("norm") if "batch_norm" not in r.op]:
        raise Mistake("wrong-norm", f"The norm is no batch norm. The network uses {other[0]}; look at the name of the layer.")
    if other := [r.op for r in ran.of("activation") if r.op != "relu"]:
        raise Mistake(
            "wrong-activation", f"The activation is no ReLU. The network uses {other[0]}; look at the name of the layer."
        )
    raise Mistake(
        "wrong-value",
        "The logits are not those of the layers asked for. Both linear layers have the right sizes, but something else is "
        "computed. Look at what stands between them, and behind the last.",
    )

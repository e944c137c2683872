"""Names what is wrong with the network that a student's make_layers built."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit import trace
from cnnkit.check.faults import Mistake
from cnnkit.trace import units
from cnnkit.trace.record import Record
from cnnkit.weights import same

Cfg = list[int | str]
Weights = list[tuple[Tensor, Tensor | None]]  # of each convolution, and its bias


def plain(
    weights: Weights,
    cfg: Cfg,
    x: Tensor,
    relus: Sequence[bool] | None = None,
    first: bool = False,
    pool: Callable[..., Tensor] = F.max_pool2d,
    mode: str = "constant",
) -> Tensor:
    """The network of ``cfg`` as a loop.

    The options are what students get wrong: where a ReLU is, what a pool takes, what surrounds a map.
    """
    i = 0
    x = x.relu() if first else x
    for entry in cfg:
        if entry == "M":
            x = pool(x, 2)
            continue
        weight, bias = weights[i]
        x = F.conv2d(F.pad(x, (1, 1, 1, 1), mode), weight, bias)
        x = x.relu() if relus is None or relus[i] else x
        i += 1
    return x


def raise_value(network: nn.Module, cfg: Cfg, photos: Tensor, found: Tensor, candidates: list[Weights]) -> NoReturn:
    """Names the wrong network that gives just these maps with the same weights; else the first layer that is not asked for."""
    for weights in candidates:
        for slug, sentence, options in _wrong_ways(cfg):
            if same(found, plain(weights, cfg, photos, **options)):
                raise Mistake(slug, f"{sentence} The maps of make_layers({cfg}) differ by that from what was asked for.")
    raise_structure(network, cfg, photos, found)


def _wrong_ways(cfg: Cfg) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What students build: slug, first sentence, options of `_plain`; those with one mistake first."""
    numbers = [i for i, entry in enumerate(cfg) if entry != "M"]
    count = len(numbers)
    before_pool = [cfg[i + 1 : i + 2] == ["M"] for i in numbers]
    yield "no-relu", "No convolution is followed by a ReLU.", {"relus": [False] * count}
    yield "relu-missing-last", "The last convolution has no ReLU.", {"relus": [True] * (count - 1) + [False]}
    yield "relu-only-before-pool", "Only convolutions before a pool have a ReLU; each should.", {"relus": before_pool}
    before = {"relus": [True] * (count - 1) + [False], "first": True}
    yield "relu-before-convolution", "The ReLU stands before each convolution, and not after it.", before
    yield "relu-on-photo", "A ReLU stands before the first convolution; the photo's values below 0 are lost.", {"first": True}
    yield "average-pool", "The pools take the average, and not the maximum.", {"pool": F.avg_pool2d}
    for mode in ("reflect", "replicate", "circular"):
        yield "padding-not-zero", f"The padding is {mode!r}, and not zeros.", {"mode": mode}
    for relus in itertools.product((True, False), repeat=count):
        sentence = f"Convolution {relus.index(False) + 1} has no ReLU." if False in relus else ""
        for first, pool in itertools.product((False, True), (F.max_pool2d, F.avg_pool2d)):
            if sentence:
                yield "relu-missing", sentence, {"relus": relus, "first": first, "pool": pool}


def raise_structure(network: nn.Module, cfg: Cfg, photos: Tensor, found: Tensor) -> NoReturn:
    """Names the first layer that is not what the list says, as the trace of the network shows it."""
    ran = trace.run(network.eval(), photos)
    convolutions, pools = ran.of(*units.WEIGHTED), ran.of("pool")
    where = f"In make_layers({cfg})"
    names = [record.parameters for record in convolutions]
    if not all(names):
        at = [bool(n) for n in names].index(False) + 1
        raise Mistake(
            "layers-not-registered",
            f"Convolution {at} is unknown to its network. Its weights are not in `parameters()`, so no optimizer trains them. "
            "Layers kept in a plain list, or made in forward, are not registered.",
        )
    if len({n[0] for n in names}) < len(names):
        raise Mistake(
            "shared-layer",
            f"One convolution is used more than once. {where} each number needs a layer with weights of its own; "
            "look for one that is made once and put in twice.",
        )
    if norms := ran.of("norm"):
        kind = "batch norm" if "batch" in norms[0].op else norms[0].op.replace("_", " ")
        raise Mistake(
            "batch-norm-added", f"This is VGG with {kind}; this exercise asks for the plain one: convolution, ReLU, and pools."
        )
    widths = [record.output[1] for record in convolutions]
    if widths != (asked := [n for n in cfg if n != "M"]):
        raise Mistake(
            "wrong-layers",
            f"The convolutions are not those of the list. {where} they make {widths} channels instead of {asked}.",
        )
    for number, record in enumerate(convolutions, 1):
        _raise_convolution(number, record, bool(ran.of("pad")))
    _raise_pools(pools, cfg.count("M"), where)
    if other := [r.op for r in ran.of("activation", "softmax") if r.op != "relu"]:
        raise Mistake(
            "wrong-activation", f"The activation is {other[0]}, and not ReLU. {where} each convolution is followed by a ReLU."
        )
    if tuple(found.shape[-2:]) != (32 >> cfg.count("M"), 48 >> cfg.count("M")) or found.ndim != 4:
        raise Mistake(
            "wrong-shape",
            f"The result has the wrong shape. {where} photos [2, 3, 32, 48] become {list(found.shape)}; look at what follows.",
        )
    raise Mistake(
        "wrong-value",
        f"The maps are not those of the list. {where} the layers have the right sizes, but something else is computed. "
        "Look at their order, and at what stands between them.",
    )


def _raise_convolution(number: int, record: Record, padded: bool) -> None:
    """Names what is not 3x3, padding 1, stride 1; a padding of its own may come from a layer before."""
    if (window := record.window) is None:
        return
    kernel, padding = window.kernel, window.padding
    name = f"Convolution {number}"
    if kernel != (3, 3):
        raise Mistake(
            "wrong-kernel",
            f"{name} has a {kernel[0]}x{kernel[1]} kernel. It should be 3x3; look at nn.Conv2d's third argument.",
        )
    if window.stride != (1, 1):
        raise Mistake(
            "conv-stride",
            f"{name} has stride {window.stride[0]}. Only the pools make the map smaller; look at nn.Conv2d's arguments.",
        )
    if padding == (0, 0) and not padded:
        raise Mistake(
            "padding-missing",
            f"{name} has no padding. Each such layer makes the map 2 pixels smaller, and only pools should. "
            "Look at the order of nn.Conv2d's arguments.",
        )
    if padding != (1, 1) and not padded:
        raise Mistake(
            "wrong-padding", f"{name} has padding {padding[0]}. With a 3x3 kernel padding 1 keeps the size of the map."
        )
    if record.arguments.get("groups", 1) != 1:
        raise Mistake(
            "grouped-convolution", f"{name} has groups. Each of its filters should see all channels; leave `groups` out."
        )
    if window.dilation != (1, 1):
        raise Mistake("wrong-kernel", f"{name} is dilated. Its nine weights should be neighbours.")


def _raise_pools(pools: Sequence[Record], wanted: int, where: str) -> None:
    if len(pools) < wanted:
        raise Mistake(
            "pool-forgotten", f'A pool is not there. {where} the list has {wanted} "M", and the network {len(pools)} pools.'
        )
    if len(pools) > wanted:
        raise Mistake(
            "wrong-layers", f'There are too many pools. {where} the list has {wanted} "M", and the network {len(pools)} pools.'
        )
    for record in pools:
        if (window := record.window) is None:
            continue
        if window.kernel != (2, 2):
            raise Mistake("pool-kernel", f"A pool is {window.kernel[0]}x{window.kernel[1]}. {where} every pool should be 2x2.")
        if window.stride != (2, 2):
            raise Mistake(
                "pool-stride", f"A pool has stride {window.stride[0]}. {where} a 2x2 pool with stride 2 halves the map."
            )
        if window.padding != (0, 0):
            raise Mistake("pool-padding", f"A pool has padding {window.padding[0]}. {where} it should have none.")
        if "avg" in record.op:
            raise Mistake("average-pool", "The pools take the average, and not the maximum. Look at the pool's name.")

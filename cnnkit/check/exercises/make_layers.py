"""The convolutional part of a VGG from a list."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from cnnkit.check import layers as seen_of
from cnnkit.check.bugs import Library, bugs
from cnnkit.check.engine import Exercise
from cnnkit.check.observed import Facets, Observed
from cnnkit.check.results import same
from cnnkit.trace import units
from cnnkit.trace.record import Trace

Cfg = list[int | str]


def make_layers(cfg: list[int | str]) -> nn.Sequential:
    """[N, 3, H, W] -> [N, last number, H / 2**pools, W / 2**pools]."""
    layers: list[nn.Module] = []
    channels = 3
    for entry in cfg:
        if isinstance(entry, str):
            layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
        else:
            layers += [nn.Conv2d(channels, entry, kernel_size=3, padding=1), nn.ReLU()]
            channels = entry
    return nn.Sequential(*layers)


BUGS = r"""
star-missing: nn.Sequential gets the whole list as one layer.
    It takes the layers one by one, as separate arguments: look up how Python unpacks a list in a call.
    (*layers) -> (layers)
returns-list: The result is a list of layers, and no network.
    Make one nn.Sequential of them.
    nn.Sequential(*layers) -> layers
in-channels-from-pool: A convolution gets "M" as its number of input channels.
    A pool keeps the channels; after it they are those of the last convolution.
    \n            channels = entry -> \n        channels = entry
in-channels-not-updated: A later convolution expects the photo's 3 channels, and gets those of the one before it.
    Look at the first argument of nn.Conv2d, and when its value changes.
    channels = entry -> pass
channels-exchanged: The numbers of input and output channels are exchanged.
    Look at the order of nn.Conv2d's arguments.
    channels, entry -> entry, channels
wrong-first-channels: The first convolution does not expect 3 channels, which is what the photo has.
    channels = 3 -> channels = 1
    channels = 3 -> channels = cfg[0]
returns-too-early: The network ends after the first part of the list.
    Does your loop reach its end before the return?
    channels = entry -> &\n            return nn.Sequential(*layers)
    \n    return -> \n        return
ignores-cfg: The network is the same for every list.
    Look at where `cfg` is used.
changes-input: The function changes the list it is given.
layers-not-registered: A convolution is unknown to its network: its weights are not in `parameters()`.
    Layers kept in a plain list, or made in forward, are not registered.
shared-layer: One convolution is used more than once.
    Each number needs a layer of its own; look for one that is put in twice.
batch-norm-added: This is VGG with a norm; this exercise asks for the plain one: convolution, ReLU, and pools.
wrong-layers: The layers are not those of the list.
wrong-kernel: A convolution's kernel is not 3x3.
    Look at nn.Conv2d's third argument.
dilated: A convolution is dilated: its nine weights are no neighbours.
conv-stride: A convolution has a stride.
    Only the pools make the map smaller; look at nn.Conv2d's arguments.
padding-missing: The convolutions have no padding.
    Each makes the map 2 pixels smaller, and only pools should. Look at the order of nn.Conv2d's arguments.
wrong-padding: A convolution's padding is not 1.
    With a 3x3 kernel 1 keeps the map's size.
padding-not-zero: The padding is not of zeros.
    padding=1 -> padding=1, padding_mode="reflect"
    padding=1 -> padding=1, padding_mode="replicate"
    padding=1 -> padding=1, padding_mode="circular"
grouped-convolution: A convolution has groups.
    Each of its filters should see all channels; leave `groups` out.
pool-forgotten: A pool is not there: each "M" should be one.
pool-kernel: A pool is not 2x2.
pool-stride: A pool's stride is not 2.
pool-padding: A pool has padding, and should have none.
average-pool: The pools take the average, and not the maximum.
    nn.MaxPool2d -> nn.AvgPool2d
wrong-activation: The activation is no ReLU.
    Look at its name, and at its arguments.
no-relu: No convolution is followed by a ReLU.
relu-before-convolution: The ReLU stands before each convolution, and not after it.
relu-on-photo: A ReLU stands before the first convolution; the photo's values below 0 are lost.
relu-missing-last: The last convolution has no ReLU.
relu-only-before-pool: Only convolutions before a pool have a ReLU; each should.
relu-missing: A convolution has no ReLU.
wrong-shape: The result has the wrong shape.
    Look at what follows the layers of the list.
wrong-value: The layers have the right sizes, but something else is computed.
    Look at their order, and at what stands between them.
bias-missing: A convolution has no bias.
    It has a number per output channel to add, and no batch norm replaces it here.
    padding=1 -> padding=1, bias=False
mode-matters: The network computes something else in training mode.
    Nothing here depends on the mode: look for dropout, batch norm or random numbers.
gradient-stopped: The network cannot learn: a parameter gets no gradient.
    Look for detach, no_grad, .data or requires_grad.
weights-alike: The first weights of a layer are all the same number, or NaN, so that its filters stay alike for good.
    They must begin at random, as those of nn.Conv2d do.
"""
# First one that tells all mistakes apart: two convolutions in a row that could share weights, a pool with one convolution
# before it, no pool at the end. Then others, for answers that fit only some lists.
CFGS: list[Cfg] = [[4, 4, 4, "M", 6, "M", 5], [5], [3, "M", 3, 7, "M"], [2, 2, "M", 3, "M", 4, 4, "M", 4, 8, "M"]]
PHOTOS = torch.randn(2, 3, 32, 48, generator=torch.Generator().manual_seed(0))


def watch(make: Callable[..., Any], case: tuple[Cfg, int]) -> Facets:
    """Builds the network of a list, and one that is longer; what it computes, and of which layers."""
    cfg, seed = case
    given, call = list(cfg), f"make_layers({cfg})"
    network = seen_of.built(make, call, PHOTOS, given)
    others = [seen_of.built(make, call, PHOTOS, [*cfg, 7])] if cfg == CFGS[0] else [nn.Module()]
    shapes, longer = ([tuple(p.shape) for p in one.parameters()] for one in (network, *others))
    facets: Facets = {"changes-input": given, "weights-alike": seen_of.begins_alike(network)}
    maps, ran = seen_of.prepared(network, PHOTOS, call, seed)
    facets |= {
        "layers-not-registered": seen_of.registered(network, ran)[:1],
        "ignores-cfg": shapes if shapes == longer else [],
        "shared-layer": seen_of.shared(ran),
    }
    without, remarks = seen_of.learning(network, PHOTOS, ran)
    after = {
        "wrong-shape": list(maps.shape),
        "wrong-value": (maps, bool((maps < 0).any())),  # a leaky ReLU may be off by less than rounding
        "mode-matters": seen_of.run(network.train(), PHOTOS, call),
        "gradient-stopped": without[:1],
        "remarks": remarks,
    }
    return facets | _layers_of(ran, cfg) | after


def _layers_of(ran: Trace, cfg: Cfg) -> Facets:
    """Sizes and places of the layers that ran."""
    convolutions, pools, row = ran.of(*units.WEIGHTED), ran.of("pool"), seen_of.row_of(ran)
    paddings = seen_of.windows(convolutions, "padding")
    paddings = [1] * len(paddings) if ran.of("pad") else paddings
    pool_windows = {f"pool-{what}": seen_of.windows(pools, what) for what in ("kernel", "stride", "padding")}
    return {
        "batch-norm-added": bool(ran.of("norm")),
        "wrong-layers": [*(record.output[1] for record in convolutions), *["M"] * max(len(pools), cfg.count("M"))],
        "wrong-kernel": seen_of.windows(convolutions, "kernel"),
        "dilated": seen_of.windows(convolutions, "dilation"),
        "conv-stride": seen_of.windows(convolutions, "stride"),
        "padding-missing": 0 in paddings,
        "wrong-padding": paddings,
        "grouped-convolution": [record.arguments.get("groups", 1) for record in convolutions],
        "pool-forgotten": min(len(pools), cfg.count("M")),
        **pool_windows,
        "average-pool": any("avg" in record.op for record in pools),
        "wrong-activation": " and ".join(sorted({record.op for record in ran.of("activation", "softmax")} - {"relu"}))
        or "relu",
        **_relus(row),
    }


def _relus(row: str) -> Facets:
    """Where ReLUs stand among the layers, such as "WRWRPWR"; behind a pool is as good as before it."""
    plain, before = row.replace("R", ""), row == row.replace("R", "").replace("W", "RW")
    row = row.replace("PR", "RP")
    return {
        "no-relu": "R" not in row,
        "relu-before-convolution": before,
        "relu-on-photo": row.startswith("R"),
        "relu-missing-last": row == plain.replace("W", "WR")[:-1] and row.endswith("W"),
        "relu-only-before-pool": row == plain.replace("P", "RP"),
        "relu-missing": [after.startswith("R") for after in row.split("W")[1:]],
    }


def tell(facet: str, case: tuple[Cfg, int], seen: Facets, right: Facets) -> str:
    """The list, and what both networks have there, where that can be said in short."""
    mine, theirs = seen[facet], right[facet]
    if facet == "gradient-stopped":
        return f"It is `{mine[0]}`."
    if facet == "ignores-cfg":
        return f"Those of make_layers({case[0]}) and a longer list have the same sizes."
    if facet == "relu-missing":
        return f"In make_layers({case[0]}) none follows convolution {mine.index(False) + 1}."
    short = not isinstance(theirs, bool | torch.Tensor) and facet not in (
        "wrong-value",
        "layers-not-registered",
        "shared-layer",
        "mode-matters",
    )
    return (
        f"In make_layers({case[0]}) you have {mine}, and it should be {theirs}."
        if short
        else f"Seen in make_layers({case[0]})."
    )


LIBRARY = Library(make_layers, bugs(BUGS))
EXERCISE = Exercise(
    "make_layers",
    "make_layers",
    (
        Observed(
            LIBRARY,
            (lambda seed: [(CFGS[0], seed)], lambda seed: [(cfg, seed) for cfg in CFGS[1:]]),
            watch,
            (
                "changes-input",
                "layers-not-registered",
                "ignores-cfg",
                "shared-layer",
                "wrong-value",
                "mode-matters",
                "gradient-stopped",
                "weights-alike",
            ),
            tell,
            same,
        ),
    ),
    make_layers,
    same=("cnnkit.models",),
    praise="With equal weights your network gives the same maps as a plain loop, for every list tried.",
    title="make_layers",
    minutes=10,
    difficulty=2,
    place="02/4",
    mistakes=LIBRARY.mistakes(),
    text="""\
Build the convolutional part of a VGG from a list. A number is a 3x3 convolution with so many output channels, padding 1,
followed by a ReLU; `"M"` is a 2x2 max pool with stride 2. The photo has 3 channels.
""",
)

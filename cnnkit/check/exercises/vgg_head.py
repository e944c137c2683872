"""The classifier of the 32x32 VGG."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from cnnkit.check import layers as seen_of
from cnnkit.check.bugs import Library, bugs
from cnnkit.check.engine import Exercise
from cnnkit.check.observed import Facets, Observed
from cnnkit.check.probes.dropouts import WIDTH, Dropouts
from cnnkit.trace import units
from cnnkit.trace.record import Trace
from cnnkit.weights import same

Case = tuple[tuple[int, ...], int, int]  # arguments, photos, seed


def vgg_head(num_classes: int = 10) -> nn.Module:
    """[N, 512] -> logits [N, num_classes]."""
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )


BUGS = r"""
star-missing: nn.Sequential gets a whole list as one layer.
    It takes the layers one by one, as separate arguments: look up how Python unpacks a list in a call.
    Sequential( -> Sequential([ ;; num_classes),\n -> &]\n
returns-list: The result is a list of layers, and no network.
    Make one nn.Sequential of them.
    nn.Sequential( -> list(( ;; num_classes),\n -> &)\n
dropout-in-eval: The network is random in evaluation mode: two calls with the same photos differ.
    Dropout must know which mode the network is in.
layers-not-registered: A layer is unknown to its network: it has no weights in `parameters()` that could be trained.
    Layers made in forward, or kept in a plain list, are not registered.
classes-ignored: The number of classes is ignored.
    Look at the last layer.
    num_classes), -> 10),
wrong-shape: The result has the wrong shape.
shared-layer: One linear layer is used twice.
    There are two, each with weights of its own.
missing-layer: There are too few linear layers.
    Two are asked for, one to 512 features and one to the classes.
extra-layer: There are too many linear layers.
    Two are asked for, one to 512 features and one to the classes.
hidden-width: The hidden layer has the wrong number of features.
wrong-norm: The norm is no batch norm for rows of numbers.
    Behind a linear layer each photo is a row, without height and width. Which one is for that?
batchnorm-missing: The batch norm is missing.
    It stands between the first linear layer and its ReLU.
wrong-activation: The activation is no ReLU.
    Look at the name of the layer.
no-relu: The ReLU is missing.
    Without it the two linear layers are not more than one.
relu-before-batchnorm: The ReLU comes before the batch norm.
    This exercise asks for linear layer, batch norm, ReLU.
batchnorm-before-linear: The batch norm comes before the first linear layer.
    It should normalise what the layer makes.
wrong-order: The layers stand in the wrong order.
    This exercise asks for linear layer, batch norm, ReLU, linear layer.
softmax-inside: The network ends with a softmax.
    It should give logits: cross entropy applies the softmax itself.
sigmoid-inside: The network ends with a sigmoid.
    It should give logits, which may be any number.
relu-on-logits: The network ends with a ReLU.
    Logits may be below 0; nothing follows the last linear layer.
batch-statistics-in-eval: In evaluation mode the batch norm uses the batch's own mean and variance.
    A photo's logits must not depend on the other photos; look at how batch norm learns of the mode.
    BatchNorm1d(512 -> BatchNorm1d(512, track_running_stats=False
norm-not-learned: The batch norm learns nothing.
    It should have a scale and a shift per feature; look at its arguments.
    BatchNorm1d(512 -> BatchNorm1d(512, affine=False
bias-missing: The last linear layer has no bias.
    No batch norm follows it that would replace the bias.
    num_classes), -> num_classes, bias=False),
fine-without-bias: Your first linear layer has no bias: batch norm replaces it. Yours has fewer parameters than the kit's.
    Linear(512, 512) -> Linear(512, 512, bias=False)
wrong-value: Both linear layers have the right sizes, but something else is computed.
    Look at what stands between them, and behind the last.
gradient-stopped: The network cannot learn: a parameter gets no gradient.
    Look for detach, no_grad, .data or requires_grad.
weights-alike: The first weights of a layer are all the same number, or NaN, so that its features stay alike for good.
    They must begin at random, as those of nn.Linear do.
norm-ignores-batch: In training mode the batch norm does not use the batch.
    It still takes its running mean and variance; look at how it learns of the mode.
running-statistics-fixed: The batch norm does not remember the batches.
    Its running mean never changes in training mode, and evaluation needs it.
no-dropout: There is no dropout: in training mode all features pass.
    It should stand before each of the two linear layers.
dropout-misplaced: A dropout stands behind a linear layer.
    Both should stand before one.
dropout-missing-first: The first dropout is missing, or has no effect.
    In training mode all 512 inputs reach the first linear layer.
dropout-missing-second: The second dropout is missing, or has no effect.
    In training mode all features reach the last linear layer.
wrong-dropout: The second dropout does not set features to 0, but changes them in another way.
    Look at the layer's name.
dropout-whole-photos: A dropout drops all features of a photo at once.
    Each feature should be dropped on its own; look at the layer's name.
dropout-same-for-all: A dropout drops the same features of every photo.
    Each photo should have its own.
dropout-probability: A dropout drops the wrong share of the features.
    It should be one half.
dropout-not-scaled: A dropout does not scale what it keeps.
    It should multiply it by 2, so that sums stay alike.
"""
_ORDERS = {"WRNW": "relu-before-batchnorm", "NWRW": "batchnorm-before-linear"}
_ENDS = {"S": "softmax-inside", "G": "sigmoid-inside", "R": "relu-on-logits"}


def watch(make: Callable[..., Any], case: Case) -> Facets:
    """Builds a head and runs it in evaluation mode; what it computes, and of which layers."""
    arguments, count, seed = case
    call = f"vgg_head({', '.join(map(str, arguments))})"
    photos = torch.randn(count, WIDTH, generator=torch.Generator().manual_seed(seed))
    network = seen_of.built(make, call, photos, *arguments)
    alike = seen_of.begins_alike(network)
    logits, ran = seen_of.prepared(network, photos, call, seed)
    without, remarks = seen_of.learning(network, photos, ran)
    if any(isinstance(module, nn.Dropout2d | nn.Dropout3d) for module in network.modules()):
        remarks.append("This dropout is made for maps. For rows of numbers there is nn.Dropout; later torch may ask for it.")
    return {
        "layers-not-registered": seen_of.registered(network, ran)[:1],
        "dropout-in-eval": same(seen_of.run(network, photos, call), logits),
        "wrong-shape": list(logits.shape),
        "shared-layer": bool(seen_of.shared(ran)),
        **_built_of(network, ran),
        "wrong-value": logits,
        "gradient-stopped": without[:1],
        "weights-alike": alike,
        "remarks": remarks,
    }


def _built_of(network: nn.Module, ran: Trace) -> Facets:
    """Which layers a head has, and in which order."""
    row, state = seen_of.row_of(ran), dict(network.named_parameters())
    order, end = row.rpartition("W")[0] + "W", row.rpartition("W")[2]
    weights = [
        max(state[name].numel() for name in record.parameters) for record in ran.of(*units.WEIGHTED) if record.parameters
    ]
    names = ("wrong-norm", "norm"), ("wrong-activation", "activation")
    kinds = {slug: " and ".join(sorted({r.op for r in ran.of(kind)} - {"relu", "sigmoid"})) for slug, kind in names}
    return {
        "missing-layer": min(row.count("W"), 2),
        "extra-layer": max(row.count("W"), 2),
        "hidden-width": max(weights, default=0) // WIDTH,
        "wrong-norm": kinds["wrong-norm"] if "batch" not in kinds["wrong-norm"] else "",
        "wrong-activation": kinds["wrong-activation"],
        "batchnorm-missing": "N" in row,
        "no-relu": "R" in order,
        **{slug: order == wrong for wrong, slug in _ORDERS.items()},
        "wrong-order": order,
        **{slug: end == wrong for wrong, slug in _ENDS.items()},
    }


def tell(facet: str, case: Case, seen: Facets, right: Facets) -> str:
    """What both have, where that can be said in short."""
    mine, theirs = seen[facet], right[facet]
    call = f"`vgg_head({', '.join(map(str, case[0]))})`"
    if facet == "wrong-shape":
        return f"{call} makes {mine} of [{case[1]}, {WIDTH}], and it should be {theirs}."
    if facet in ("wrong-norm", "wrong-activation", "missing-layer", "extra-layer", "hidden-width"):
        return f"You have {mine}." if isinstance(mine, str) else f"You have {mine}, and it should be {theirs}."
    return f"It is {mine[0]}." if facet in ("gradient-stopped", "layers-not-registered") else ""


LIBRARY = Library(vgg_head, bugs(BUGS))
DECIDES = (
    "layers-not-registered",
    "dropout-in-eval",
    "wrong-shape",
    "shared-layer",
    "wrong-value",
    "gradient-stopped",
    "weights-alike",
)
STAGES = (lambda seed: [((), 3, seed), ((7,), 16, seed)], lambda seed: [((7,), 1, seed)])
EXERCISE = Exercise(
    "vgg_head",
    "vgg_head",
    (Observed(LIBRARY, STAGES, watch, DECIDES, tell), Dropouts(LIBRARY)),
    vgg_head,
    same=("cnnkit.models",),
    praise="The logits are right in evaluation mode, and in training both dropouts drop one half.",
    title="the head",
    minutes=8,
    difficulty=2,
    place="02/5",
    mistakes=LIBRARY.mistakes(),
    text="""\
The classifier of our 32x32 VGG. It gets the flattened map, 512 numbers a photo, and gives one logit a class. In order:
dropout (one half), a linear layer to 512 features, batch norm, ReLU, dropout (one half), a linear layer to the classes.
""",
)

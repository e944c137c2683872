"""What a layer inside a network makes of a photo."""

import copy

import torch
from torch import Tensor, nn

from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake
from cnnkit.check.functions import function_exercise
from cnnkit.check.results import shown


def feature_maps(model: nn.Module, layer: nn.Module, image: Tensor) -> Tensor:
    """Maps [K, h, w] that `layer`, a module inside `model`, makes of one image [C, H, W]; no hook stays on the layer."""
    kept: list[Tensor] = []
    handle = layer.register_forward_hook(lambda module, inputs, output: kept.append(output.detach().clone()))
    model(image[None])
    handle.remove()
    return kept[0][0]


BUGS = r"""
batch-axis-kept: The axis of the batch is still there.
    One image came in as a batch of one; take it out again.
    return kept[0][0] -> return kept[0]
first-map-only: Only the first map comes back.
    All maps of the image are asked for.
    return kept[0][0] -> return kept[0][0, 0]
mean-of-maps: The maps are averaged.
    Each of them is asked for.
    return kept[0][0] -> return kept[0][0].mean(0)
input-kept: These are the maps that come into the layer.
    A hook gets the module, its inputs and its output.
    output.detach() -> inputs[0].detach()
layer-on-the-photo: The layer was given the image itself.
    It should get what the layers before it make.
    return kept[0][0] -> return layer(image[None])[0].detach()
model-output: That is the result of the whole model.
    Return what the hook has kept.
    return kept[0][0] -> return model(image[None])[0].detach()
overwritten: The maps were overwritten by a later layer.
    An activation may work in place: keep a copy, `output.clone()`.
    output.detach().clone() -> output
relu-added: Negative values are missing.
    Keep the layer's output as it is.
    return kept[0][0] -> return kept[0][0].relu()
wrong-value: The maps are wrong.
    Does the hook stand on `layer`, and is its output kept as it is?
"""


def hook_removed(attempt: Attempt) -> None:
    """Raises the mistake of a hook that is still on a module after the call."""
    model, _, image = given = copy.deepcopy(CASES[0])
    before = [len(module._forward_hooks) for module in model.modules()]
    attempt.call(attempt.candidate, *given)
    if [len(module._forward_hooks) for module in model.modules()] != before:
        raise Mistake("hook-stays", HOOK_STAYS)


HOOK_STAYS = (
    "A hook is still on the layer. The maps are right, but each later call of the model runs it again. "
    "Keep what `register_forward_hook` returns, and call its `remove()`."
)


def case(number: int, channels: int) -> tuple[nn.Module, nn.Module, Tensor]:
    """A network with an activation that works in place, the layer before it, and an image that the layer could take itself."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(number)
        first, layer, last = (nn.Conv2d(channels, channels, 2) for _ in range(3))
        image = torch.randn(channels, 4, 5)
    model = nn.Sequential(first, nn.ReLU(), layer, nn.SiLU(inplace=True), last)
    return model, layer, image


CASES = [case(0, 2), case(1, 3)]
EXERCISE = function_exercise(
    feature_maps,
    BUGS,
    CASES,
    call=lambda *given: f"a layer in the middle, and an image {shown(given[2])[6:]}",
    also=(hook_removed,),
    mistakes={"hook-stays": "a hook is still on the layer"},
    praise="Right, even where the next layer overwrites what it gets; and the hook is gone.",
    title="the maps of a layer",
    minutes=6,
    difficulty=2,
    place="08/1",
    text="""\
A **hook** is a function that PyTorch calls whenever a module has run, with the module, its inputs and its output. Put
one on `layer`, run the model on the image as a batch of one, take the hook away again, and return what the layer
made. An activation behind it may work in place, that is, write over what it gets; so keep a copy. Leave the model in
the mode it is in.
""",
)

"""Weights from files into networks: the kit's, a student's own class, torchvision's, and the original course's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from cnnkit import models
from cnnkit.errors import InputError
from cnnkit.trace import require_network, size_lazy
from cnnkit.weights.files import fit, from_course, problems_of, read, require_fit, spellings, unwrapped
from cnnkit.weights.packed import NAMES, about, pack, path_of, shipped
from cnnkit.weights.transfer import Apart, same, transfer

__all__ = [
    "NAMES", "Apart", "about", "fit", "from_course", "load", "pack", "read", "require_fit", "same", "shipped", "transfer",
]  # fmt: skip


def load(model: nn.Module, source: str | Path) -> None:
    """Puts the weights in the file ``source``, or the kit's own of that name, into ``model``, in place.

    "cifar10" and "cifar10-early" come with the kit (assets/weights/README.md says how they were trained, and how good they
    are); the first is of vgg16_cifar or resnet50_layer4, whichever ``model`` computes, the second of resnet50_layer4.
    Takes a state dict saved by torch (.pt, .pth; torchvision's names or the course's), a safetensors file, or a
    checkpoint of `Training` or of most other training scripts, whatever wrapped the network there. Code in a file never
    runs: torch.load is used with weights_only. If ``model`` has other
    names than the file, and the file holds one of the kit's networks, each weight goes to the layer with the same role in
    the computation, and then the logits of both are compared: so a student's own class takes them too.

    Raises:
        InputError: the file is missing or unreadable, or belongs to another network; the message says where the two
            part, and ``model`` is as before.
    """
    require_network(model)
    if source in NAMES:
        _load_shipped(model, str(source))
        return
    model, content = unwrapped(model), read(source)
    neutral = list(spellings(content, {}))
    if any(map(is_lazy, model.state_dict().values())):
        size_lazy(model, _photos(model, _known(neutral)[1]))
        if any(map(is_lazy, model.state_dict().values())):
            raise InputError("the network has lazy layers without sizes and fails on photos; run it on a batch, then load")
    own = model.state_dict()
    found = list(spellings(content, own))
    for state in found:
        if not problems_of(own, state):
            model.load_state_dict(state)
            return
    state, built = _known(neutral)
    if built is None or type(model).__module__.startswith("cnnkit."):
        fit(model, found[-1], str(source))  # says which names and shapes don't fit
    assert built is not None
    reference = models.build(**built)
    reference.load_state_dict(next(spellings(state, reference.state_dict())))
    photos = _photos(model, built)
    try:
        transfer(reference.to(photos.device), model, photos)
    except Apart as error:
        told = Apart(f"the weights in {source} are those of {built['name']}, which your network is not: {error}")
        told.matched = error.matched
        raise told from None


def _known(found: Sequence[Mapping[str, Tensor]]) -> tuple[Mapping[str, Tensor], dict[str, Any] | None]:
    """The spelling of a file that belongs to a network of the kit, and what builds that; else the last one, and None."""
    named = ((state, network_of(state)) for state in found)
    return next(((state, built) for state, built in named if built), (found[-1], None))


def _photos(model: nn.Module, built: Mapping[str, Any] | None) -> Tensor:
    """Noise ``[2, 3, H, W]`` of the size that the network takes, where ``model`` lies."""
    side = 32 if built is None or built["name"].endswith(("_cifar", "_layer4")) else 224
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    return torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0)).to(device)


def _load_shipped(model: nn.Module, name: str) -> None:
    """The kit's weights into a network of the kit, or into a class of its own that computes the same as one of them."""
    built = getattr(model, "built_as", None)
    if isinstance(built, dict):
        load(model, path_of(built["name"], name))
        return
    size_lazy(model, _photos(model, None))
    size = sum(p.numel() for p in model.parameters() if not is_lazy(p))
    files = {network: path for (network, known), path in shipped().items() if known == name}
    problems = []
    for network in sorted(files, key=lambda network: abs(size - _parameters(network))):
        try:
            return load(model, files[network])
        except InputError as error:
            problems.append(error)
    raise max(problems, key=lambda problem: getattr(problem, "matched", 0))  # of the network that it is most like


def _parameters(network: str) -> int:
    with torch.device("meta"):
        return sum(p.numel() for p in models.build(network).parameters())


def network_of(state: Mapping[str, Tensor]) -> dict[str, Any] | None:
    """What `models.build` takes to make the network that ``state`` belongs to; None where it is none of the kit's."""
    width, classes = _first_and_last(state)
    for name in models.names():
        for options in ({"projection": "needed"}, {"projection": "always"}) if name.startswith("resnet") else ({},):
            built: dict[str, Any] = {"name": name, "num_classes": classes, "width": width, **options}
            with torch.device("meta"):
                own = models.build(**built).state_dict() if width and classes else {}
            if own and not problems_of(own, next(spellings(state, own))):
                return built
    return None


def _first_and_last(state: Mapping[str, Tensor]) -> tuple[int, int]:
    """Channels of the first convolution and number of logits; 0 where there is none. By name: a file may sort its tensors."""
    first = state.get("conv1.weight", state.get("features.0.weight"))
    heads = [name for name in state if re.fullmatch(r"fc\.weight|classifier\.\d\.weight", name) and state[name].ndim > 1]
    return (0 if first is None else len(first)), (len(state[max(heads)]) if heads else 0)

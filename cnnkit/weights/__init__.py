"""Weights from files into networks: the kit's, a student's own class, torchvision's, and the original course's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cnnkit import models
from cnnkit.errors import InputError
from cnnkit.weights.files import fit, from_course, problems_of, read
from cnnkit.weights.transfer import Apart, same, transfer

__all__ = ["Apart", "fit", "from_course", "load", "read", "same", "transfer"]


def load(model: nn.Module, source: str | Path) -> None:
    """Puts the weights in the file ``source`` into ``model``, in place.

    Takes a state dict saved by torch (.pt, .pth; torchvision's names or the course's), a safetensors file, or a
    checkpoint of `Training`. Code in a file never runs: torch.load is used with weights_only. If ``model`` has other
    names than the file, and the file holds one of the kit's networks, each weight goes to the layer with the same role in
    the computation, and then the logits of both are compared: so a student's own class takes them too.

    Raises:
        InputError: the file is missing or unreadable, or belongs to another network; the message says where the two
            part, and ``model`` is as before.
    """
    state = read(source)
    if not problems_of(model.state_dict(), state):
        model.load_state_dict(state)
        return
    built = network_of(state)
    if built is None or type(model).__module__.startswith("cnnkit."):
        fit(model, state, str(source))  # says which names and shapes don't fit
    assert built is not None
    reference = models.build(**built)
    reference.load_state_dict(state)
    side = 32 if built["name"].endswith(("_cifar", "_layer4")) else 224
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    photos = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0))
    try:
        transfer(reference.to(device), model, photos.to(device))
    except Apart as error:
        raise InputError(f"the weights in {source} are those of {built['name']}, which your network is not: {error}") from None


def network_of(state: Mapping[str, Tensor]) -> dict[str, Any] | None:
    """What `models.build` takes to make the network that ``state`` belongs to; None where it is none of the kit's."""
    width, classes = _first_and_last(state)
    for name in models.names():
        for options in ({"projection": "needed"}, {"projection": "always"}) if name.startswith("resnet") else ({},):
            built: dict[str, Any] = {"name": name, "num_classes": classes, "width": width, **options}
            with torch.device("meta"):
                own = models.build(**built).state_dict() if width and classes else {}
            if own and not problems_of(own, state):
                return built
    return None


def _first_and_last(state: Mapping[str, Tensor]) -> tuple[int, int]:
    """Channels of the first convolution and number of logits; 0 where there is none."""
    weights = [value for name, value in state.items() if name.endswith("weight") and value.ndim > 1]
    return (len(weights[0]), len(weights[-1])) if weights else (0, 0)

"""The weights that come with the kit: 8 bits each with a scale per output channel, and what is known about them.

A file is safetensors. A convolution's or linear layer's weight lies there as int8 beside its scales (``<name>.scale``,
float32 ``[out]``): weight = int8 * scale, scale = largest magnitude of the channel / 127. All else stays float32. The
metadata's entry "cnnkit" is JSON: how the network is built, how it was trained, and its logits for one seeded input.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cnnkit import models
from cnnkit._support import assets
from cnnkit._support import tensors as files
from cnnkit.errors import InputError, unknown

VERSION = 1  # of the way the numbers are stored
NAMES = ("cifar10", "cifar10-early")
_SCALE = ".scale"


def shipped() -> dict[tuple[str, str], Path]:
    """The files that are there, by network and name: ("resnet50_layer4", "cifar10-early")."""
    try:
        folder = assets.path("weights")
    except InputError:
        return {}
    found = (path.stem.split(".") for path in sorted(folder.glob("*.safetensors")))
    return {(network, name): folder / f"{network}.{name}.safetensors" for network, name in found}


def path_of(network: str, name: str) -> Path:
    """The file of a network's weights.

    Raises:
        InputError: the kit ships no such weights.
    """
    if name not in NAMES:
        raise unknown("set of weights", name, NAMES)
    files = shipped()
    if (network, name) not in files:
        there = ", ".join(f'"{known}" for {model}' for model, known in files) or "none"
        raise InputError(f'the kit ships no weights "{name}" for {network}; there are: {there}')
    return files[network, name]


def about(path: str | Path) -> dict[str, Any]:
    """What the file says of itself: network, data, recipe, epoch, seed, accuracy, logits; {} for a foreign file."""
    entry = files.load_safetensors(path)[1].get("cnnkit")
    return dict(json.loads(entry)) if entry else {}


def pack(model: nn.Module, path: str | Path, known: Mapping[str, Any]) -> None:
    """Writes the weights of one of the kit's networks in 8 bits.

    Args:
        model: what `models.build` returned, trained.
        path: ``<network>.<name>.safetensors``.
        known: what to keep beside them: data, recipe, seed, epoch, accuracy. The network and its logits are added.
    """
    tensors = quantise({name: value.detach().cpu() for name, value in model.state_dict().items()})
    trial = models.build(**model.built_as)  # type: ignore[arg-type]
    trial.load_state_dict(dequantise(tensors))
    said = {**known, "version": VERSION, "network": model.built_as, "logits": logits(trial).tolist()}
    order = [name for name, module in model.named_modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    files.save_safetensors(path, tensors, {"cnnkit": json.dumps({**said, "order": order})}, "the weights")


def quantise(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights ``[out, ...]`` to int8 with their scales ``[out]``; biases, norms and counters as they are."""
    stored = {}
    for name, value in state.items():
        if value.ndim < 2:
            stored[name] = value.float() if value.is_floating_point() else value
            continue
        largest = value.flatten(1).abs().amax(1).float().clamp(min=1e-30)
        scale = largest / 127
        stored[name] = (value.float() / scale.view(-1, *[1] * (value.ndim - 1))).round().to(torch.int8)
        stored[name + _SCALE] = scale
    return stored


def dequantise(stored: Mapping[str, Tensor], path: str | Path = "") -> dict[str, Tensor]:
    """The inverse of `quantise`, up to its rounding: float32.

    Raises:
        InputError: a weight of the file ``path`` and its scales do not fit together.
    """
    state = {}
    for name, value in stored.items():
        if name.endswith(_SCALE) and name.removesuffix(_SCALE) in stored:
            continue
        scale = stored.get(name + _SCALE)
        if scale is not None and (value.dtype != torch.int8 or value.ndim < 2 or scale.shape != value.shape[:1]):
            shapes = f"{list(scale.shape)} for {list(value.shape)} of {value.dtype}"
            raise InputError(f"{path} has scales of {name} that are not one for each output channel ({shapes}); pack it again")
        state[name] = value if scale is None else value.float() * scale.view(-1, *[1] * (value.ndim - 1))
    return state


def logits(model: nn.Module) -> Tensor:
    """The network's logits ``[classes]`` for one normalised photo of seeded noise, in evaluation mode."""
    network: Any = model.built_as
    noise = torch.randn(1, *models.input_size(network["name"]), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return model.eval()(noise)[0].float()  # type: ignore[no-any-return]

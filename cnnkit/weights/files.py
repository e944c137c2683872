"""Weights files: the kit's, torchvision's, and checkpoints of the original course."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn.parallel import DataParallel, DistributedDataParallel

from cnnkit._support import tensors
from cnnkit.errors import InputError

# The course's names -> ours, which are torchvision's. Its layer2..layer4 are our layer1..layer3: it calls the stem layer1.
_COURSE_NAMES: list[tuple[str, Callable[[re.Match[str]], str]]] = [
    (r"layer1\.0\.(.*)", lambda m: f"conv1.{m[1]}"),
    (r"layer1\.1\.(.*)", lambda m: f"bn1.{m[1]}"),
    (r"layer(\d)\.(\d+)\.layer\.(\d)\.0\.(.*)", lambda m: f"layer{int(m[1]) - 1}.{m[2]}.conv{int(m[3]) + 1}.{m[4]}"),
    (r"layer(\d)\.(\d+)\.layer\.(\d)\.1\.(.*)", lambda m: f"layer{int(m[1]) - 1}.{m[2]}.bn{int(m[3]) + 1}.{m[4]}"),
    (r"layer(\d)\.(\d+)\.(?:downsize|make_equal_channel)\.(.*)", lambda m: f"layer{int(m[1]) - 1}.{m[2]}.downsample.{m[3]}"),
    (r"fc\..*", lambda m: m[0]),
]
_OF_THE_COURSE = re.compile(r"layer\d\.\d+\.layer\.\d\.\d\.")  # a stem called layer1 is in many a class
_WRAPPERS = ("module.", "_orig_mod.")  # of DataParallel and torch.compile


def read(path: str | Path) -> dict[str, Tensor]:
    """The tensors in a weights file, by the names they have there, on the CPU.

    Raises:
        InputError: there is none, it is damaged (`cnnkit._support.tensors` says what is noticed), or another kind of file.
    """
    path = Path(os.path.expanduser(path))
    if not path.is_file():
        raise InputError(f"there is no weights file {path}; give the path of a .pt, .pth or .safetensors file")
    if path.suffix == ".safetensors":
        from cnnkit.weights.packed import dequantise

        content: Any = dequantise(tensors.load_safetensors(path)[0], path)
    else:
        content = tensors.load_pt(path, "weights")
    if isinstance(content, dict) and isinstance(content.get("model"), dict):  # a checkpoint of Training
        content = content["model"]
    if not isinstance(content, dict) or not content or not all(isinstance(v, Tensor) for v in content.values()):
        raise InputError(f"{path} holds no state dict; save model.state_dict() with torch.save")
    return content


def spellings(state: Mapping[str, Tensor]) -> Iterator[Mapping[str, Tensor]]:
    """``state`` as it is, then without the prefix of a wrapper, then under our names where it is the course's."""
    yield state
    for prefix in _WRAPPERS:
        if all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): value for name, value in state.items()}
            yield state
    if any(_OF_THE_COURSE.match(name) for name in state):
        yield from_course(state)


def unwrapped(model: nn.Module) -> nn.Module:
    """The network inside DataParallel and torch.compile, whose state dicts have other names."""
    inner = model.module if isinstance(model, (DataParallel, DistributedDataParallel)) else getattr(model, "_orig_mod", model)
    return model if inner is model else unwrapped(inner)


def from_course(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict of the course's ResNet-50 under our names."""
    renamed = {}
    for name, value in state.items():
        for pattern, ours in _COURSE_NAMES:
            if match := re.fullmatch(pattern, name):
                renamed[ours(match)] = value
                break
        else:
            renamed[name] = value  # fit() will name it as one that doesn't belong
    return renamed


def fit(model: nn.Module, state: Mapping[str, Tensor], origin: str) -> None:
    """Loads ``state`` into ``model``, or raises InputError with the first three names and shapes that don't fit."""
    require_fit(model, state, origin)
    model.load_state_dict(state)


def require_fit(model: nn.Module, state: Mapping[str, Tensor], origin: str) -> None:
    """Raises InputError with the first three names and shapes of ``state`` that don't fit ``model``."""
    own = model.state_dict()
    problems = problems_of(own, state)
    if problems:
        more = f", and {len(problems) - 3} more" if len(problems) > 3 else ""
        extra = any(".downsample." in n for n in state if n not in own)
        hint = '; it has more projections than this network: build with projection="always"' if extra else ""
        raise InputError(
            f"the weights in {origin} belong to another network: {'; '.join(problems[:3])}{more}"
            f"{hint or '; build the network they were made with'}"
        )


def problems_of(own: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> list[str]:
    """What of ``state`` doesn't fit a network whose state dict is ``own``: names and shapes."""
    return [
        f"{name} is {_shape(own[name])} here and {_shape(state[name])} there"
        if name in own and name in state
        else f"{name} {_shape(own[name])} is only here"
        if name in own
        else f"{name} {_shape(state[name])} is only there"
        for name in [*own, *(n for n in state if n not in own)]
        if name not in own or name not in state or own[name].shape != state[name].shape
    ]


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) if tensor.ndim else "a number"

"""Weights files: the kit's, torchvision's, and checkpoints of the original course."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn.parallel import DataParallel, DistributedDataParallel
from torch.optim.swa_utils import AveragedModel

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
_WRAPPER = re.compile(r"(?:(?<=\.)|^)(?:module|_orig_mod)\.")  # of DataParallel, torch.compile and averaging, at any depth
_HOLDERS = ("model.", "net.", "network.")  # what a class that trains a network calls it
_COUNTER = "num_batches_tracked"  # of a batch norm: torch fills it in where files from before 0.4.1 lack it
# Where the usual training scripts keep the state dict in what they save.
_KEYS = ("model", "state_dict", "model_state_dict", "model_state", "net", "network", "weights", "ema", "model_ema", "params")


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
    state = _state_in(content)
    if state is None:
        names = list(content) if isinstance(content, dict) else []
        there = ", ".join(f'"{name}"' for name in names[:5]) + ", ..." * (len(names) > 5)
        what = f"a dict with {there}" if names else f"a {type(content).__name__}"
        raise InputError(f"{path} holds no state dict but {what}; save model.state_dict() with torch.save")
    return state


def _state_in(content: Any) -> dict[str, Tensor] | None:
    """The state dict that ``content`` is or holds, under one of the usual names or as the only one; None where none is."""
    if not isinstance(content, dict) or not content:
        return None
    if all(isinstance(value, Tensor) for value in content.values()):
        return content
    inside = {key: found for key, value in content.items() if (found := _state_in(value)) is not None}
    usual = [inside[key] for key in _KEYS if key in inside]
    return usual[0] if usual else next(iter(inside.values())) if len(inside) == 1 else None


def spellings(state: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> Iterator[Mapping[str, Tensor]]:
    """``state`` as it is, then under the names of ``own`` but for wrappers, then under our names where it is the course's.

    A counter of batches that a file lacks is taken from ``own``, as torch does.
    """
    yield _counted(state, own)
    bare = {_WRAPPER.sub("", name): value for name, value in state.items() if name != "n_averaged"}  # of AveragedModel
    for holder in ("", *_HOLDERS):
        if all(name.startswith(holder) for name in bare):
            inner = {name.removeprefix(holder): value for name, value in bare.items()}
            wrapped = {_WRAPPER.sub("", name): name for name in own}
            yield _counted({wrapped.get(name, name): value for name, value in inner.items()}, own)
            if any(_OF_THE_COURSE.match(name) for name in inner):
                yield from_course(inner)


def _counted(state: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    missing = {name: own[name] for name in own if name.endswith(_COUNTER) and name not in state}
    return {**state, **missing} if missing else state


def unwrapped(model: nn.Module) -> nn.Module:
    """The network inside DataParallel, torch.compile and averaging, whose state dicts have other names."""
    wraps = isinstance(model, (DataParallel, DistributedDataParallel, AveragedModel))
    inner: Any = model.module if wraps else getattr(model, "_orig_mod", model)
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

"""The networks by name. The classes are in vgg.py and resnet.py; read those top to bottom."""

import inspect
from functools import partial
from typing import Any

from torch import nn

from cnnkit.errors import InputError, unknown
from cnnkit.models.resnet import Bottleneck, ResNet
from cnnkit.models.vgg import VGG, make_layers, vgg16_layers

__all__ = ["VGG", "Bottleneck", "ResNet", "build", "make_layers", "names", "vgg16_layers"]

# What sets the course's network apart from the paper's, each by its name.
_COURSE = {
    "depths": (3, 4, 6),
    "downsample": "last",
    "init": "xavier",
    "stride_on": "1x1",
    "relu_at": "branches",
    "bias": True,
}

_MODELS: dict[str, partial[VGG] | partial[ResNet]] = {
    "vgg16_cifar": partial(VGG, head="small"),
    "vgg16_bn_cifar": partial(VGG, head="small", batch_norm=True),
    "resnet50_layer4": partial(ResNet, **_COURSE),  # type: ignore[arg-type]
    "resnet50_cifar": partial(ResNet, stem="3x3"),
    "vgg16": partial(VGG, head="paper"),
    "vgg16_bn": partial(VGG, head="paper", batch_norm=True),
    "resnet50": partial(ResNet),
}


def names() -> list[str]:
    """Every name that `build` takes: those ending in "_cifar" or "_layer4" for 32x32 photos, the others for 224x224."""
    return list(_MODELS)


def input_size(name: str) -> tuple[int, int, int]:
    """Channels, height and width of the photos that ``name`` was made for."""
    _check_name(name)
    side = 32 if name.endswith(("_cifar", "_layer4")) else 224
    return 3, side, side


def build(name: str, num_classes: int = 10, **options: Any) -> nn.Module:
    """The network called ``name``, with fresh weights drawn from torch's random state.

    Args:
        name: one of `names()`.
        num_classes: how many logits, 1 or more.
        options: of the ResNets: projection="needed"|"always", shortcut="add"|"none", width=, depths=, and whatever else
            `ResNet` takes; of the VGGs: width=, batch_norm=.

    Raises:
        InputError: an unknown name or option, or a value that is not allowed.
    """
    _check_name(name)
    maker = _MODELS[name]
    signature = inspect.signature(maker.func)
    for option, value in options.items():
        if option == "head" or option not in signature.parameters:
            raise unknown(f"option of {name}", option, [p for p in signature.parameters if p not in ("num_classes", "head")])
        _check_option(option, value, signature.parameters[option].annotation)
    if not isinstance(num_classes, int) or num_classes < 1:
        raise InputError(f"num_classes is {num_classes!r}; it must be a whole number from 1")
    model = maker(num_classes, **options)
    model.built_as = {"name": name, "num_classes": num_classes, **options}  # type: ignore[assignment]
    return model


def _check_name(name: str) -> None:
    if name not in _MODELS:
        raise unknown("model", name, names(), "python -m cnnkit table --list shows all")


def _check_option(option: str, value: Any, annotation: Any) -> None:
    choices = getattr(annotation, "__args__", ())
    if option == "depths":
        if not isinstance(value, list | tuple) or not value or not all(isinstance(d, int) and d >= 1 for d in value):
            raise InputError(f"depths is {value!r}; it must be a tuple of whole numbers from 1, such as (3, 4, 6, 3)")
    elif option == "width":
        if not isinstance(value, int) or value < 1:
            raise InputError(f"width is {value!r}; it must be a whole number from 1 (the papers' is 64)")
    elif annotation is bool:
        if not isinstance(value, bool):
            raise InputError(f"{option} is {value!r}; it must be True or False")
    elif value not in choices:
        raise InputError(f"{option} is {value!r}; choose " + " or ".join(map(repr, choices)))

"""What a model is called with: from sizes, ready tensors, or tuples and dicts of either."""

import inspect
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from cnnkit.errors import InputError
from cnnkit.turns import turn


def call_arguments(model: nn.Module, inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and keyword arguments: a dict goes by keyword if forward takes these names, else it is one argument."""
    if not isinstance(model, nn.Module):
        raise InputError(f"a {type(model).__name__} is no network; give an nn.Module, such as models.build(...)")
    if isinstance(inputs, dict):
        try:
            inspect.signature(model.forward).bind(**inputs)
            return (), inputs
        except TypeError:
            return (inputs,), {}
    return (tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)), {}


def example(model: nn.Module, size: Any) -> Any:
    """Inputs of these sizes, a batch of one, on the model's device and in its dtype; the same on every call.

    Args:
        model: says device and dtype by its first floating-point parameter (else: CPU, float32).
        size: ``(3, 32, 32)``, without the batch; or a tuple, list or dict of sizes; ready tensors stay as they are.

    Raises:
        InputError: a size is not made of whole numbers above 0.
    """
    if isinstance(size, Tensor):
        return size
    if isinstance(size, dict):
        return {name: example(model, value) for name, value in size.items()}
    if not isinstance(size, (tuple, list)) or not size:
        raise InputError(f"{size!r} is no input size; give one without the batch, such as (3, 32, 32), or a tensor")
    if not all(isinstance(n, int) for n in size):
        return tuple(example(model, value) for value in size)
    if min(size) < 1:
        raise InputError(f"the input size {tuple(size)} has a side below 1; give one such as (3, 32, 32)")
    like = next((p for p in model.parameters() if p.is_floating_point()), torch.empty(0))
    values = torch.randn(1, *size, generator=torch.Generator().manual_seed(0))
    return values.to(like.device, like.dtype)


def size_lazy(model: nn.Module, inputs: Tensor) -> None:
    """Lets layers that take their sizes from the first input (`nn.LazyConv2d`) have one, as their user would."""
    if any(is_lazy(tensor) for tensor in [*model.parameters(), *model.buffers()]):
        modes = {module: module.training for module in model.modules()}
        with turn(), suppress(Exception, SystemExit), torch.no_grad():  # a later run names what is wrong
            model.eval()(inputs.clone())
        for module, mode in modes.items():
            module.training = mode

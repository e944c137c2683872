"""What a model is called with: from sizes, ready tensors, or tuples and dicts of either."""

import inspect
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.utils._pytree import tree_leaves, tree_map_only

from cnnkit.errors import InputError
from cnnkit.trace.untouched import untouched


def call_arguments(model: nn.Module, inputs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Positional and keyword arguments: a dict goes by keyword if forward takes these names, else it is one argument."""
    require_network(model)
    if isinstance(inputs, dict):
        try:
            inspect.signature(model.forward).bind(**inputs)
            return (), inputs
        except TypeError:
            return (inputs,), {}
    return (tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)), {}


def require_network(model: Any) -> None:
    """Refuses what is no module, with the way out.

    Raises:
        InputError: such as a class that nobody called, or a network's name.
    """
    if isinstance(model, nn.Module):
        return
    if isinstance(model, type):
        raise InputError(f"{model.__name__} is a class, and no network yet; call it: {model.__name__}()")
    if isinstance(model, str):
        raise InputError(f'"{model}" is a name, and no network yet; build it: models.build("{model}")')
    raise InputError(f"a {type(model).__name__} is no network; give an nn.Module, such as models.build(...)")


def example(model: nn.Module, size: Any) -> Any:
    """Inputs of these sizes, a batch of one, on the model's device and in its dtype; the same on every call.

    Args:
        model: says device and dtype by its first floating-point parameter (else: CPU, float32).
        size: ``(3, 32, 32)``, without the batch; or a tuple, list or dict of sizes; ready tensors stay as they are.

    Raises:
        InputError: a size is not made of whole numbers above 0, or the model is no network.
    """
    require_network(model)
    if isinstance(size, Tensor):
        return size
    if isinstance(size, dict):
        return {name: example(model, value) for name, value in size.items()}
    if not isinstance(size, (tuple, list)) or not size or (_has_numbers(size) and not all(isinstance(n, int) for n in size)):
        raise InputError(f"{size!r} is no input size; give one without the batch, such as (3, 32, 32), or a tensor")
    if not all(isinstance(n, int) for n in size):
        return tuple(example(model, value) for value in size)
    if min(size) < 1:
        raise InputError(f"the input size {tuple(size)} has a side below 1; give one such as (3, 32, 32)")
    like = next((p for p in model.parameters() if p.is_floating_point()), torch.empty(0))
    values = torch.randn(1, *size, generator=torch.Generator().manual_seed(0))
    return values.to(like.device, like.dtype)


def _has_numbers(size: Iterable[Any]) -> bool:
    return any(isinstance(n, (int, float)) for n in size)


def size_lazy(model: nn.Module, inputs: Any) -> None:
    """Lets layers that take their sizes from the first input (`nn.LazyConv2d`) have one, as their user would.

    Args:
        model: gets sizes and first weights where it has none, and stays as it was in all else.
        inputs: as for `cnnkit.trace.run`; they stay as they are.
    """
    if any(is_lazy(tensor) for tensor in [*model.parameters(), *model.buffers()]):
        args, kwargs = tree_map_only(Tensor, Tensor.clone, call_arguments(model, inputs))
        with untouched(model, tree_leaves([args, kwargs])), suppress(Exception, SystemExit), torch.no_grad():
            model.eval()(*args, **kwargs)  # a later run names what is wrong

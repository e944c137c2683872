"""Runs a model once and records what it really computed, and which value feeds which.

Built on torch's *dispatch* mode, which sees what lies below modules, functions, methods and operators: ``x += y``,
``torch.add(x, y)`` and ``sum([x, y])`` all arrive as ``aten.add``, ``nn.Linear`` and an einsum as matrix products. (The
*function* mode sees hundreds of spellings, and not the inside of scripted or C++ layers.) Module paths come from torch's
global module hooks, removed afterwards.
"""

from typing import Any

import torch
from torch import nn
from torch.utils._pytree import tree_leaves

from cnnkit.errors import InputError
from cnnkit.trace.aten import Window
from cnnkit.trace.inputs import call_arguments, example, require_network, size_lazy
from cnnkit.trace.record import Call, ForwardError, Record, Shape, Trace
from cnnkit.trace.recorder import Recorder, leaves
from cnnkit.trace.untouched import untouched

__all__ = [
    "Call", "ForwardError", "Record", "Shape", "Trace", "Window", "example", "require_network", "run", "size_lazy", "untouched",
]  # fmt: skip


def _set_mode(model: nn.Module, training: bool) -> None:
    """Training or evaluation mode; an exported program or a frozen script stays in the one that it was made in."""
    # A frozen script takes a mode that is set as an attribute of Python's own, and runs as before.
    frozen = isinstance(model, torch.jit.ScriptModule) and ("training" in vars(model) or not hasattr(model, "training"))
    try:
        if not frozen:
            model.train(training)
    except (AttributeError, NotImplementedError, RuntimeError):
        frozen = True
    if frozen and training:
        raise InputError(f"a {type(model).__name__} has one mode, that it was made in; run it with training=False")


def run(model: nn.Module, inputs: Any, *, training: bool = False, values: bool = True) -> Trace:
    """Runs the model once, without gradients, and leaves it as it was: modes, buffers and random state.

    Only layers without sizes (`nn.LazyConv2d`) get them, as from any first input.

    Args:
        model: any module, on any device; on ``meta`` only shapes are computed.
        inputs: a tensor; a tuple or list of positional arguments; a dict of keyword arguments (or, if forward has no such
            names, one positional argument).
        training: the mode to run in. Buffers are put back afterwards either way.
        values: False spares the convolutions their work: they give zeros of the right shape, where only shapes matter.

    Raises:
        ForwardError: the model raised; the message names the module.
    """
    args, kwargs = call_arguments(model, inputs)
    size_lazy(model, inputs)
    recorder = Recorder(model, [*args, *kwargs.values()], values)
    with untouched(model, tree_leaves([args, kwargs])), torch.no_grad(), recorder.hooks():
        _set_mode(model, training)
        try:
            with recorder:
                result = model(*args, **kwargs)
        except Exception as error:
            raise recorder.failure(error) from error
    recorder.trace.outputs.extend(i for i in map(recorder.source_of, leaves(result)) if i is not None)
    return recorder.trace

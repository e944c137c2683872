"""Lets a model run and then puts back what the run may have changed."""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from cnnkit._support.turns import turn


@contextmanager
def untouched(model: nn.Module, inputs: Iterable[Any] = ()) -> Iterator[None]:
    """Restores training modes, buffers (values and objects) and random state when the context ends.

    Also keeps attention modules off their fused inference path, which hides the products inside from dispatch modes.

    Args:
        model: what will run; its parameters are trusted to stay.
        inputs: what it will be given; tensors among these only say which devices' random state counts.
    """
    with turn():  # a training in another thread would see the mode that is set here, and lose its batch norms' steps
        yield from _untouched(model, inputs)


def _untouched(model: nn.Module, inputs: Iterable[Any]) -> Iterator[None]:
    modules = list(model.modules())  # once: walking over a network costs as much as some of its layers
    modes = [(module, module.training) for module in modules if hasattr(module, "training")]  # a frozen script has none
    buffers = [(b, dict(b)) for b in (module._buffers for module in modules) if isinstance(b, dict)]  # not scripted
    kept = {id(buffer): buffer for module in modules for buffer in module._buffers.values() if buffer is not None}
    values = [(buffer, buffer.detach().clone()) for buffer in kept.values() if not is_lazy(buffer)]
    weights = [p for module in modules for p in module._parameters.values() if p is not None]
    try:
        with _forked({x.device for x in (*weights, *kept.values(), *inputs) if isinstance(x, Tensor)}), _attention_in_parts():
            yield
    finally:
        for module, mode in modes:
            module.training = mode
        for found, before in buffers:
            found.clear()
            found.update(before)
        with torch.no_grad():
            for buffer, value in values:
                if not _equal(buffer, value):  # one whose values share memory cannot be written, and cannot have changed
                    buffer.copy_(value)


def _equal(a: Tensor, b: Tensor) -> bool:
    """Whether nothing changed; a NaN that stays one counts as that."""
    if a.is_meta or a.layout != torch.strided:
        return a.is_meta
    return torch.equal(a, b) or bool(((a == b) | ((a != a) & (b != b))).all())


@contextmanager
def _attention_in_parts() -> Iterator[None]:
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)


@contextmanager
def _forked(devices: set[torch.device]) -> Iterator[None]:
    """Random state of Python, numpy, the CPU and these accelerators, as before."""
    python_random, numpy_random = random.getstate(), np.random.get_state()
    accelerators = [device for device in devices if device.type not in ("cpu", "meta", "mps")]
    kind = accelerators[0].type if accelerators else "cuda"
    mps = torch.mps.get_rng_state() if "mps" in {device.type for device in devices} else None  # fork_rng cannot
    try:
        with torch.random.fork_rng(devices=[d.index or 0 for d in accelerators], device_type=kind):
            yield
    finally:
        random.setstate(python_random)
        np.random.set_state(numpy_random)
        if mps is not None:
            torch.mps.set_rng_state(mps)

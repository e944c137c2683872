"""Float32 or bfloat16, and in which memory order: by what the machine can do, by a measurement, or as the user says."""

from __future__ import annotations

import copy
import re
import time
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit._support.notices import notice
from cnnkit.data.augment import normalise
from cnnkit.errors import unknown
from cnnkit.trace.recorder import leaves
from cnnkit.training import gradients
from cnnkit.training.options import check_logits
from cnnkit.training.randomness import generator, seeded


@dataclass(frozen=True)
class Precision:
    """How the network computes; its weights stay float32.

    Attributes:
        name: what `precision=` takes and checkpoints store.
        bfloat16: convolutions and matrix products in bfloat16 (8 bits of fraction, float32's range).
        channels_last: tensors lie in memory as N, H, W, C; convolutions on CPUs and tensor cores are faster so.
    """

    name: str
    bfloat16: bool
    channels_last: bool

    def autocast(self, device: torch.device) -> AbstractContextManager[object]:
        """The context for the forward pass."""
        return torch.autocast(device.type, torch.bfloat16, enabled=self.bfloat16)

    def lay_out(self, images: Tensor) -> Tensor:
        """``images`` in this memory order."""
        return images.contiguous(memory_format=torch.channels_last) if self.channels_last else images

    def prepare(self, model: nn.Module) -> None:
        """Puts the weights of ``model`` into this memory order, in place."""
        if self.channels_last:
            model.to(memory_format=torch.channels_last)


PRECISIONS = {
    p.name: p
    for p in (
        Precision("float32", bfloat16=False, channels_last=False),
        Precision("float32-channels-last", bfloat16=False, channels_last=True),
        Precision("bfloat16-channels-last", bfloat16=True, channels_last=True),
        Precision("bfloat16", bfloat16=True, channels_last=False),
    )
}
FLOAT32 = PRECISIONS["float32"]
CHOICES = ("auto", "measured")  # names that are no precision yet: the first step's machine decides


def named(name: str) -> Precision:
    """The precision by its name."""
    if name not in PRECISIONS:
        raise unknown("precision", name, PRECISIONS if name in CHOICES else [*CHOICES, *PRECISIONS])
    return PRECISIONS[name]


def chosen(model: nn.Module, device: torch.device) -> Precision:
    """What suits ``model`` on ``device``, by what the processor or GPU can do; says so in a notice.

    Never by a stopwatch: on a busy machine that chooses otherwise than on a quiet one, and the same seed gives other losses.
    """
    if _has_bfloat16(device):
        precision, why = PRECISIONS["bfloat16-channels-last"], f"this {_kind(device)} computes in bfloat16"
    elif device.type == "cpu" and _mostly_pointwise(model):
        precision, why = PRECISIONS["float32-channels-last"], "most convolutions here are 1x1, no bfloat16 in this processor"
    else:
        precision, why = FLOAT32, f"no bfloat16 in this {_kind(device)}"
    notice(f"training on {device.type} in {precision.name} ({why})")
    return precision


def _kind(device: torch.device) -> str:
    return "processor" if device.type == "cpu" else "GPU"


def _has_bfloat16(device: torch.device) -> bool:
    """Whether ``device`` multiplies matrices of bfloat16 in hardware, so that it is faster than float32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return device.type == "cpu" and bool(_cpu_flags() & {"avx512_bf16", "amx_bf16"})


@cache
def _cpu_flags() -> frozenset[str]:
    """Those instructions of the processor that Linux names, or that torch (from 2.6 on) knows of."""
    asked = {"avx512_bf16": "_is_avx512_bf16_supported", "amx_bf16": "_is_amx_tile_supported"}
    found = {name for name, test in asked.items() if getattr(torch.cpu, test, bool)()}
    with suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        flags = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
        found |= set(flags[1].split()) if flags else set()
    return frozenset(found)


def _mostly_pointwise(model: nn.Module) -> bool:
    kernels = [module.kernel_size for module in model.modules() if isinstance(module, nn.Conv2d)]
    return 2 * kernels.count((1, 1)) > len(kernels)


def fastest(model: nn.Module, images: Tensor, labels: Tensor, batch_size: int, classes: int) -> Precision:
    """What `measure` finds fastest for ``model`` on a few of the uint8 ``images`` ``[N, 3, H, W]``; says so in a notice."""
    index = torch.randperm(len(labels), generator=generator("probe"))[: min(batch_size, 50)].to(images.device)
    speeds = measure(model, normalise(images[index]), labels[index], classes)
    name = max(speeds, key=speeds.__getitem__)
    # Another than float32 only where it wins clearly.
    precision = PRECISIONS[name] if speeds[name] > 1.05 * speeds["float32"] else FLOAT32
    measured = ", ".join(f"{name} {speed:.0f}" for name, speed in speeds.items())
    device = images.device.type
    notice(f"training on {device} in {precision.name}; images/s measured, forward and backward: {measured}")
    return precision


def measure(model: nn.Module, images: Tensor, labels: Tensor, classes: int, seconds: float = 1.0) -> dict[str, float]:
    """Images per second of forward and backward with each precision, on a copy of ``model``.

    Args:
        model: left as it is, and so is the random state.
        images: a normalised batch ``[N, 3, H, W]`` on the training device.
        labels: its labels.
        classes: how many there are.
        seconds: about how long each precision is tried, after one step that warms it up.
    """
    speeds = {}
    for name in ("float32", "float32-channels-last", "bfloat16-channels-last"):
        precision, trial = PRECISIONS[name], _copied(model).train()
        precision.prepare(trial)
        best = _step_seconds(trial, precision, images, labels, classes)
        spent, steps = 0.0, 0
        # The fastest step counts: whatever else the machine does can only slow one down.
        while steps < 2 or (spent < seconds and steps < 20):
            took = _step_seconds(trial, precision, images, labels, classes)
            best = took if steps == 0 else min(best, took)
            spent, steps = spent + took, steps + 1
        speeds[name] = len(images) / best
    return speeds


def _copied(model: nn.Module) -> nn.Module:
    """A copy of ``model``; activations that it keeps on itself, which torch refuses to copy, are shared."""
    kept = [tensor for module in model.modules() for tensor in leaves(vars(module)) if not tensor.is_leaf]
    return copy.deepcopy(model, {id(tensor): tensor.detach() for tensor in kept})


def _step_seconds(model: nn.Module, precision: Precision, images: Tensor, labels: Tensor, classes: int) -> float:
    device = images.device
    with seeded(device, "probe"):
        _wait(device)
        start = time.perf_counter()
        with precision.autocast(device):
            logits = model(precision.lay_out(images))
        check_logits(logits, labels, classes)
        with gradients.fast(device):
            F.cross_entropy(logits.float(), labels).backward()
        _wait(device)
        return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)

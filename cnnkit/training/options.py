"""The optimizers and learning-rate schedules by name, and the checks of every value a user gives to `Training`."""

import math
import operator
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cnnkit.data.dataset import Dataset, Split
from cnnkit.errors import InputError, unknown
from cnnkit.training.batches import steps_per_epoch

OptimizerMaker = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]
Schedule = Callable[[float, int], float]


def course(epoch: float, epochs: int) -> float:
    """A third of the rate after every 20 epochs, as in the course's script."""
    return float(3.0 ** -(epoch // 20))


def constant(epoch: float, epochs: int) -> float:
    """The same rate throughout."""
    return 1.0


def linear(epoch: float, epochs: int) -> float:
    """Up over the first fifth of the run, then down to zero, both in a straight line."""
    progress = epoch / epochs
    return min(progress / 0.2, (1 - progress) / 0.8)


def cosine(epoch: float, epochs: int) -> float:
    """Down to zero along half a cosine (Loshchilov and Hutter, "SGDR", ICLR 2017, eq. 5, without restarts)."""
    return 0.5 * (1 + math.cos(math.pi * epoch / epochs))


# The factor on the learning rate at a fractional epoch (0 at the start) of a run of so many epochs.
SCHEDULES: dict[str, Schedule] = {"course": course, "constant": constant, "linear": linear, "cosine": cosine}
OPTIMIZERS = ("adam", "adamw", "sgd")


def schedule_of(schedule: str | Schedule) -> Schedule:
    """The schedule by its name, or the callable itself."""
    if callable(schedule):
        return schedule
    if schedule not in SCHEDULES:
        raise unknown("schedule", schedule, SCHEDULES)
    return SCHEDULES[schedule]


def optimizer_of(
    optimizer: str | OptimizerMaker, model: nn.Module, lr: float, momentum: float, weight_decay: float
) -> torch.optim.Optimizer:
    """The optimizer for ``model``'s parameters; weight decay acts on weights, not on biases and batch norms."""
    trained = [p for p in model.parameters() if p.requires_grad]
    if not trained:
        raise InputError(f"the {type(model).__name__} has no parameters to train; give a network with layers")
    if callable(optimizer):
        return optimizer(trained)
    groups: Any = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    # One fused kernel for all parameters: on a CPU several times faster than a Python loop over them.
    fused = all(p.device.type in ("cpu", "cuda") for p in trained)
    if optimizer == "adam":
        return torch.optim.Adam(groups, lr=lr, fused=fused)
    if optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=lr, fused=fused)
    if optimizer == "sgd":
        sgd = torch.optim.SGD(groups, lr=lr, momentum=momentum, nesterov=momentum > 0, fused=fused)
        if momentum and fused:  # torch's fused step fails where one parameter has met a gradient before and another has not
            for p in trained:
                sgd.state[p]["momentum_buffer"] = torch.zeros_like(p)  # with which the first step is what it is without
        return sgd
    raise unknown("optimizer", optimizer, OPTIMIZERS)


def device_of(device: str | torch.device) -> torch.device:
    """The device by its name; "auto" is the first CUDA GPU where there is one, else the CPU."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(device)
        torch.empty(1, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(f'the device "{device}" is not there; use "auto", "cpu" or, with an NVIDIA GPU, "cuda"') from error
    return found


def check_number(name: str, value: Any, low: float, high: float = math.inf, *, whole: bool = False) -> None:
    """Raises InputError unless ``value`` is a finite number from ``low`` to ``high``."""
    kind = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high or value == math.inf:
        what = "a whole number" if whole else "a number"
        limits = f"from {low:g}" if math.isinf(high) else f"from {low:g} to {high:g}"
        raise InputError(f"{name} is {value!r}; it must be {what} {limits}")


def whole(name: str, value: Any) -> int:
    """``value`` as Python's integer, also from numpy's; raises InputError where it is none."""
    try:
        return operator.index(value)
    except TypeError:
        raise InputError(f"{name} is {value!r}; it must be a whole number") from None


def check_lr(lr: Any) -> None:
    """Raises InputError unless ``lr`` is a finite number above 0, or 0 itself (a run that must not learn)."""
    check_number("the learning rate", lr, 0.0)


def check_batch_size(batch_size: Any, split: Split) -> None:
    """Raises InputError for a batch size that is not a whole number from 2 to the number of images."""
    check_number("the batch size", batch_size, 1, whole=True)
    if batch_size == 1:
        raise InputError("the batch size is 1, and batch norm has nothing to average over (BatchNorm1d fails); use 2 or more")
    if steps_per_epoch(len(split), batch_size) == 0 or batch_size > len(split):
        raise InputError(
            f"the batch size is {batch_size}, more than the {len(split)} images of {split.name}; use a smaller one"
        )


def check_labels(split: Any) -> None:
    """Raises InputError unless it is a split with labels that name its classes, and uint8 images ``[N, 3, H, W]``."""
    if not isinstance(split, Split):
        one = ", such as dataset.test" if isinstance(split, Dataset) else ": images and labels in a cnnkit.data.Split"
        raise InputError(f"a {type(split).__name__} is no split of a data set; give one{one}")
    if split.labels.dtype != torch.int64 or split.labels.ndim != 1:
        raise InputError(
            f"the labels of {split.name} are {split.labels.dtype} of shape {list(split.labels.shape)}; expected int64 [N], "
            "the number of each image's class"
        )
    if split.images.ndim != 4 or split.images.dtype != torch.uint8 or len(split.images) != len(split.labels):
        raise InputError(
            f"{split.name} holds {split.images.dtype} images of shape {list(split.images.shape)} "
            f"and {len(split.labels)} labels; "
            "expected uint8 [N, 3, 32, 32] and one label an image"
        )
    if split.images.shape[1] != 3:
        raise InputError(
            f"the images of {split.name} have the shape {list(split.images.shape)}; expected [N, 3, H, W], colours before "
            "height and width"
        )
    if len(split) == 0:
        raise InputError(f"{split.name} holds no images")
    low, high, count = int(split.labels.min()), int(split.labels.max()), len(split.classes)
    if low < 0 or high >= count:
        bad = low if low < 0 else high
        raise InputError(f"{split.name} has the label {bad}, but its {count} classes are numbered 0 to {count - 1}")


def check_dataset(dataset: Any) -> None:
    """Raises InputError unless ``dataset`` came from `cnnkit.data` or is built like it."""
    if not isinstance(dataset, Dataset):
        raise InputError(f"the data set is a {type(dataset).__name__}; give what data.load(...) returns")
    check_labels(dataset.train)
    check_labels(dataset.test)


def autosave_of(autosave: Any) -> tuple[Path, int | None] | None:
    """Where to save, and every how many steps (None: after every epoch)."""
    if autosave is None:
        return None
    if isinstance(autosave, str | Path):
        return Path(autosave).absolute(), None  # whatever folder is the present one later
    if not (isinstance(autosave, tuple | list) and len(autosave) == 2 and isinstance(autosave[0], str | Path)):
        raise InputError(f"autosave is {autosave!r}; give a path, or a path and a number of steps, such as ('run.pt', 100)")
    check_number("autosave's number of steps", autosave[1], 1, whole=True)
    return Path(autosave[0]).absolute(), autosave[1]


def check_logits(logits: Tensor, labels: Tensor, classes: int) -> None:
    """Raises InputError unless ``logits`` is ``[N, classes]`` for these ``labels`` ``[N]``."""
    expected = (len(labels), classes)
    if not isinstance(logits, Tensor) or logits.shape != expected:
        got = f"shape {tuple(logits.shape)}" if isinstance(logits, Tensor) else f"a {type(logits).__name__}"
        raise InputError(
            f"the model returns {got} for {len(labels)} photos of {classes} classes; expected {expected}: "
            "one row of logits a photo, so look at its last layer and at how it is flattened"
        )

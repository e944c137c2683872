"""What a training run needs to go back or to go on: taking it, putting it back, and what a checkpoint says about the run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from cnnkit import weights
from cnnkit.errors import InputError
from cnnkit.training import precision
from cnnkit.training.options import OPTIMIZERS

if TYPE_CHECKING:
    from cnnkit.training.loop import Training


def snapshot(training: Training) -> dict[str, Any]:
    """A copy of the state, except of the history, of which only the length is noted."""
    return {
        "model": _plain(training.model.state_dict()),
        "optimizer": _plain(training.optimizer.state_dict()),
        "epoch": training.epoch,
        "index": training.index,
        "base_lr": training.base_lr,
        "batch_size": training.batch_size,
        "augment": training.augment,
        "precision": training.precision.name if training.precision else None,
        "history": (len(training.history), len(training.history.evaluations)),
    }


def restore(training: Training, saved: dict[str, Any]) -> None:
    """Puts ``saved`` (a snapshot, or one with the whole history) back; raises InputError if it is another network's."""
    weights.fit(training.model, saved["model"], "the saved training state")
    _restore_optimizer(training.optimizer, _plain(saved["optimizer"]))
    training.epoch, training.index, training.base_lr = saved["epoch"], saved["index"], saved["base_lr"]
    training.batch_size, training.augment = saved["batch_size"], saved["augment"]
    if saved["precision"] is not None:
        training.precision = precision.named(saved["precision"])
    if isinstance(saved["history"], dict):
        training.history.load_state_dict(saved["history"])
    else:
        training.history.truncate(*saved["history"])


def about(training: Training) -> dict[str, Any]:
    """What a checkpoint says beside the state: how the run was set up, on which data, and how its network was built."""
    return {
        "epochs": training.epochs,
        "options": _plain({name: value for name, value in training.options.items() if not callable(value)}),
        "data": training.dataset.name,
        "images": len(training.labels),
        "built_as": getattr(training.model, "built_as", None),
    }


def options_of(saved: dict[str, Any], changes: dict[str, Any], path: str | Path) -> dict[str, Any]:
    """The arguments of `Training` that go on with the run in ``saved``, with ``changes``."""
    missing = {"optimizer", "schedule"} - set(saved["options"]) - set(changes)
    if missing:
        raise InputError(f"the run in {path} used its own {' and '.join(sorted(missing))}; give the same to resume it")
    first, then = saved["options"].get("optimizer", "its own"), changes.get("optimizer")
    if then in OPTIMIZERS and then != first:
        raise InputError(f'the run in {path} used the optimizer "{first}"; it cannot go on with "{then}"')
    return {"epochs": saved["epochs"], **saved["options"], **changes}


def change(training: Training, saved: dict[str, Any], changes: dict[str, Any]) -> None:
    """Makes ``changes`` hold in ``training``, which ``saved`` was put back into; raises InputError where they can't."""
    if changes.get("batch_size", training.batch_size) != training.batch_size and training.index:
        raise InputError(
            f"the run stopped at step {training.index} of an epoch in batches of {training.batch_size}; "
            "another batch size can come only between two epochs"
        )
    if changes.get("precision", "auto") != "auto":
        training.precision = precision.named(changes["precision"])
    for name in {"batch_size", "augment"} & set(changes):
        setattr(training, name, changes[name])
    if "lr" in changes:
        training.base_lr = float(changes["lr"])
    for group in training.optimizer.param_groups:  # loading put the saved values back
        if "weight_decay" in changes and any(p.ndim > 1 for p in group["params"]):
            group["weight_decay"] = float(changes["weight_decay"])
        if "momentum" in changes and "nesterov" in group:
            group["momentum"], group["nesterov"] = float(changes["momentum"]), changes["momentum"] > 0


def check_data(training: Training, saved: dict[str, Any], path: str | Path) -> None:
    """Raises InputError unless ``training`` has the photos that the run in ``saved`` had."""
    name, count = training.dataset.name, len(training.labels)
    if (name, count) != (saved["data"], saved["images"]):
        raise InputError(
            f"the run in {path} trained on {saved['images']:,} images of {saved['data']}, not on {count:,} of {name}; "
            "load the same data set to resume it"
        )


def _restore_optimizer(optimizer: torch.optim.Optimizer, saved: dict[str, Any]) -> None:
    own = [set(group) for group in optimizer.param_groups]
    try:
        optimizer.load_state_dict(saved)
    except (ValueError, KeyError) as error:
        raise InputError(
            f"the saved optimizer trained other parameters ({error}); freeze the same layers as the run that was saved"
        ) from error
    missing = set().union(*(names - set(group) for names, group in zip(own, optimizer.param_groups, strict=True)))
    if missing:
        raise InputError(f"the saved optimizer is of another kind, without {', '.join(sorted(missing))}; give the same one")
    lay_out(optimizer)


def lay_out(optimizer: torch.optim.Optimizer) -> None:
    """Puts each moment into the memory order of its parameter: torch's fused kernels walk both as they lie."""
    for parameter, kept in optimizer.state.items():
        for name, value in kept.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape and value.stride() != parameter.stride():
                kept[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def _plain(value: Any) -> Any:
    """``value`` with every tensor in it cloned, and numpy's numbers as Python's: torch reads no others back safely."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return type(value)(_plain(item) for item in value) if type(value) in (list, tuple) else value

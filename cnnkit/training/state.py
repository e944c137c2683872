"""What a training run needs to go back or to go on: taking it, putting it back, and what a checkpoint says about the run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnkit import weights
from cnnkit.errors import InputError
from cnnkit.training import moments, options, precision, schema
from cnnkit.training.batches import steps_per_epoch
from cnnkit.training.options import OPTIMIZERS

if TYPE_CHECKING:
    from cnnkit.training.loop import Training


def snapshot(training: Training) -> dict[str, Any]:
    """A copy of the state, except of the history, of which only the length is noted."""
    return {
        "model": moments.plain(dict(training.model.state_dict())),
        "optimizer": moments.of(training.model, training.optimizer),
        "epoch": training.epoch,
        "index": training.index,
        "base_lr": float(training.base_lr),
        "batch_size": training.batch_size,
        "augment": bool(training.augment),
        "precision": training.precision.name if training.precision else None,
        "history": (len(training.history), len(training.history.evaluations)),
    }


def restore(training: Training, saved: dict[str, Any]) -> None:
    """Puts ``saved`` (a snapshot, or one with the whole history) back, whole or not at all.

    Raises:
        InputError: it is another network's, another optimizer's, or no state.
    """
    schema.check_state(saved, "the saved training state")
    weights.require_fit(training.model, saved["model"], "the saved training state")
    moments.check_held(training.model, training.optimizer, training.left_out)
    optimizer = moments.fitting(training.model, training.optimizer, saved["optimizer"], saved["model"])
    mode = None if saved["precision"] is None else precision.named(saved["precision"])
    options.check_batch_size(saved["batch_size"], training.dataset.train)
    steps = steps_per_epoch(len(training.labels), saved["batch_size"])
    if saved["index"] >= max(steps, 1):
        raise InputError(f"the saved training state stands at step {saved['index']} of an epoch that has {steps}; start anew")
    training.model.load_state_dict(saved["model"])
    moments.put_back(training.optimizer, optimizer)
    training.epoch, training.index, training.base_lr = saved["epoch"], saved["index"], saved["base_lr"]
    training.batch_size, training.augment = saved["batch_size"], saved["augment"]
    training.precision = mode or training.precision
    if isinstance(saved["history"], dict):
        training.history.load_state_dict(saved["history"])
    else:
        training.history.truncate(*saved["history"])


def about(training: Training) -> dict[str, Any]:
    """What a checkpoint says beside the state: how the run was set up, on which data, and how its network was built."""
    return {
        "epochs": training.epochs,
        "options": moments.plain({name: value for name, value in training.options.items() if not callable(value)}),
        "data": training.identity,
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
    if changes.get("precision", "auto") not in precision.CHOICES:
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

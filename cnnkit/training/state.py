"""What a training run needs to go back or to go on: taking it, putting it back, and what a checkpoint says about the run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from cnnkit import weights
from cnnkit.errors import InputError
from cnnkit.training import precision

if TYPE_CHECKING:
    from cnnkit.training.loop import Training


def snapshot(training: Training) -> dict[str, Any]:
    """A copy of the state, except of the history, of which only the length is noted."""
    return {
        "model": _copied(training.model.state_dict()),
        "optimizer": _copied(training.optimizer.state_dict()),
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
    training.optimizer.load_state_dict(_copied(saved["optimizer"]))
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
        "options": {name: value for name, value in training.options.items() if not callable(value)},
        "data": training.dataset.name,
        "images": len(training.labels),
        "built_as": getattr(training.model, "built_as", None),
    }


def options_of(saved: dict[str, Any], changes: dict[str, Any], path: str | Path) -> dict[str, Any]:
    """The arguments of `Training` that go on with the run in ``saved``, with ``changes``."""
    missing = {"optimizer", "schedule"} - set(saved["options"]) - set(changes)
    if missing:
        raise InputError(f"the run in {path} used its own {' and '.join(sorted(missing))}; give the same to resume it")
    return {"epochs": saved["epochs"], **saved["options"], **changes}


def check_data(training: Training, saved: dict[str, Any], path: str | Path) -> None:
    """Raises InputError unless ``training`` has the photos that the run in ``saved`` had."""
    name, count = training.dataset.name, len(training.labels)
    if (name, count) != (saved["data"], saved["images"]):
        raise InputError(
            f"the run in {path} trained on {saved['images']:,} images of {saved['data']}, not on {count:,} of {name}; "
            "load the same data set to resume it"
        )


def _copied(value: Any) -> Any:
    """``value`` with every tensor in it cloned."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value

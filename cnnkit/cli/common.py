"""What several commands share: the network and the data set that the flags describe."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cnnkit import data, models, weights
from cnnkit.data.dataset import Dataset
from cnnkit.errors import InputError

MODEL_OPTIONS = ("projection", "width")


def load_data(given: Mapping[str, Any]) -> Dataset:
    """The data set that --data and --root name."""
    return data.load(given.get("data", "auto"), given.get("root"))


def build_network(
    given: Mapping[str, Any],
    classes: int,
    built_as: Mapping[str, Any] | None = None,
    state: Mapping[str, Tensor] | None = None,
    origin: str = "",
) -> nn.Module:
    """The network that --model and its options name; what they leave open is as in ``built_as``, a checkpoint's note.

    ``state``, the weights in the checkpoint ``origin``, is compared with it before memory is taken: a note can ask for much.

    Raises:
        InputError: a name or option that is not allowed, or a checkpoint's network for another number of classes.
    """
    noted = dict(built_as or {})
    if given.get("model", noted.get("name")) != noted.get("name"):
        noted = {}
    if noted.get("num_classes", classes) != classes:
        raise InputError(
            f"the network in the checkpoint tells {noted['num_classes']} classes apart, and the data set has {classes}; "
            "give the data set it was trained for with --data"
        )
    chosen = {"name": given["model"]} if "model" in given else {}
    how = {**noted, **chosen, "num_classes": classes, **{o: given[o] for o in MODEL_OPTIONS if o in given}}
    if state is not None:
        with torch.device("meta"):
            weights.require_fit(models.build(**how), state, origin)
    return models.build(**how)


def checkpoint_in(path: str | Path) -> Path:
    """The checkpoint of a run's folder; any other path, and the name of shipped weights, as it is."""
    shipped, path = str(path) in weights.NAMES, Path(path)
    return path / "checkpoint.pt" if path.is_dir() and not shipped else path

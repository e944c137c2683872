"""Checkpoint files: written whole or not at all, read without running any code in them."""

import os
from pathlib import Path
from typing import Any

import torch

from cnnkit.errors import InputError

FORMAT = "cnnkit training, version 1"


def write(path: str | Path, state: dict[str, Any]) -> None:
    """Writes ``state`` to a temporary file beside ``path`` and renames it: a killed process leaves the old file whole.

    Raises:
        InputError: the disk is full or the folder can't be written; an earlier checkpoint is unharmed.
    """
    path = Path(path)
    temporary = path.with_name(path.name + ".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as file:
            torch.save({"format": FORMAT, **state}, file)
            file.flush()
            os.fsync(file.fileno())  # the rename must not reach the disk before the content
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:  # torch wraps a failed write in a RuntimeError
        temporary.unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
        raise InputError(
            f"the checkpoint {path} could not be written ({reason}); an earlier one is unharmed: "
            "make room or choose another place"
        ) from error


def read(path: str | Path) -> dict[str, Any]:
    """The state in a checkpoint that `write` made, on the CPU.

    Raises:
        InputError: there is no such file, or it is not such a checkpoint.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no checkpoint {path}; give the path that the run printed, such as runs/NAME/checkpoint.pt")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises whatever its unpickler or zip reader meets in a foreign file
        raise InputError(f"{path} cannot be read as a checkpoint; it is damaged or another kind of file") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise InputError(f'{path} is not a checkpoint of cnnkit\'s training ("{FORMAT}"); weights alone load with weights.load')
    return state

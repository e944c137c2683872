"""Checkpoint files: written whole or not at all, read without running any code in them, and believed in nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from cnnkit._support import files, tensors
from cnnkit.errors import InputError
from cnnkit.training import schema

FORMAT = schema.FORMAT + "2"


class NoCheckpoint(InputError):
    """The file is none of a training's, or cannot be read at all."""


def write(path: str | Path, state: dict[str, Any]) -> None:
    """Writes ``state`` so that a killed process leaves the old file whole.

    Raises:
        InputError: the disk is full or the folder can't be written; an earlier checkpoint is unharmed.
    """
    files.write(path, lambda file: torch.save({"format": FORMAT, **state}, file), "the checkpoint")


def read(path: str | Path) -> dict[str, Any]:
    """The fields of a checkpoint that `write` made, now or in an older version, each of them checked; on the CPU.

    Raises:
        InputError: there is no such file, it is no such checkpoint, or it is damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise NoCheckpoint(
            f"there is no checkpoint {path}; give the path that the run printed, such as runs/NAME/checkpoint.pt"
        )
    try:
        state = tensors.load_pt(path, "a checkpoint")
    except InputError as error:
        raise NoCheckpoint(str(error)) from error
    if not isinstance(state, dict) or not str(state.get("format")).startswith(schema.FORMAT):
        raise NoCheckpoint(
            f'{path} is not a checkpoint of cnnkit\'s training ("{FORMAT}"); weights alone load with weights.load'
        )
    return schema.checked(state, str(path))

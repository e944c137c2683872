"""Every step and every evaluation of a run, so far."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from cnnkit._support import files

COLUMNS = ("epoch", "step", "loss", "mean_loss", "accuracy", "lr", "seconds")  # of a history as a table
_LOCK = threading.RLock()  # one for all: a live picture reads while the training's thread adds, or goes back
READ_EVERY = 20  # steps whose losses stay on a GPU before they are read: reading waits for the GPU


class Since(NamedTuple):
    """A part of a history: how often it was cut before; loss, accuracy and rate of each step; the evaluations."""

    cuts: int
    steps: list[tuple[float, float, float]]
    evaluations: list[dict[str, Any]]


@dataclass(frozen=True)
class Step:
    """One complete training step; epoch, index and total count from 1.

    Attributes:
        epoch: which pass over the training photos.
        index: the step within the epoch, of `total`.
        total: steps in the epoch.
        lr: the learning rate that this step used.
        seconds: wall time of the step, without whatever the loop's body did.
    """

    epoch: int
    index: int
    total: int
    lr: float
    seconds: float
    _history: History
    _number: int

    @property
    def loss(self) -> float:
        """The batch's mean loss, before the update. On a GPU, reading it waits for the step to end."""
        return self._history.read(self._number + 1)[self._number]

    @property
    def accuracy(self) -> float:
        """The fraction of the batch that the network had right, before the update and in training mode, 0 to 1."""
        self._history.read(self._number + 1)
        return self._history.accuracies[self._number]

    @property
    def mean_loss(self) -> float:
        """The mean of the losses of this epoch's steps so far: the figure that the course's script prints."""
        self._history.read(self._number + 1)
        return self._history.mean_losses[self._number]

    def __str__(self) -> str:
        return f"Epoch {self.epoch}, Step [{self.index}/{self.total}] Loss: {self.mean_loss:.4f}"


class History:
    """Columns, one entry a step, and a list of evaluations; `rows` and `save_csv` give them as a table.

    Attributes:
        cuts: how often steps were forgotten: whoever read some before a cut has to read anew.
    """

    def __init__(self) -> None:
        self.epochs: list[int] = []
        self.indices: list[int] = []
        self.lrs: list[float] = []
        self.seconds: list[float] = []
        self.mean_losses: list[float] = []
        self.accuracies: list[float] = []
        self.evaluations: list[dict[str, Any]] = []
        self.cuts = 0
        self._losses: list[float] = []
        self._unread: list[Tensor] = []  # pairs of loss and accuracy that still lie on the device

    def __len__(self) -> int:
        return len(self.epochs)

    def losses(self) -> list[float]:
        """The loss of every step, in a list of your own. On a GPU this waits for the step under way."""
        with _LOCK:
            return list(self.read())

    def read(self, upto: int | None = None) -> Sequence[float]:
        """Reads what is still on the device if fewer than ``upto`` losses are known; returns them, only to be looked at."""
        with _LOCK:
            if self._unread and (upto is None or upto > len(self._losses)):
                values = torch.stack(self._unread).tolist()
                self._unread.clear()
                for loss, accuracy in values:
                    index = self.indices[len(self._losses)]
                    before = self.mean_losses[-1] if index > 1 else 0.0
                    self.accuracies.append(accuracy)
                    self.mean_losses.append(before + (loss - before) / index)
                    self._losses.append(loss)  # last: what has a loss has the rest, too
        return self._losses

    @property
    def unread(self) -> int:
        """How many losses have not been read from the device yet."""
        return len(self._unread)

    def append(self, epoch: int, index: int, total: int, lr: float, seconds: float, seen: Tensor) -> Step:
        """Records one step and returns what the training loop yields for it; ``seen`` ``[2]`` is its loss and accuracy."""
        with _LOCK:
            self.epochs.append(epoch)
            self.indices.append(index)
            self.lrs.append(lr)
            self.seconds.append(seconds)
            self._unread.append(seen)
            return Step(epoch, index, total, lr, seconds, self, len(self) - 1)

    def took(self, step: Step, seconds: float) -> Step:
        """The last ``step``, with the time that it took in the end."""
        self.seconds[-1] = seconds
        return replace(step, seconds=seconds)

    def rows(self) -> list[dict[str, float]]:
        """One dict a step: epoch, step, loss, mean_loss, accuracy, lr, seconds."""
        with _LOCK:
            columns = (self.epochs, self.indices, self.read(), self.mean_losses, self.accuracies, self.lrs, self.seconds)
            rows = list(zip(*columns, strict=True))
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows]

    def since(self, steps: int, evaluations: int) -> Since:
        """What came after so many steps and evaluations, all of one moment."""
        with _LOCK:
            losses = self.read()[steps:]
            columns = (losses, self.accuracies[steps:], self.lrs[steps:])
            return Since(self.cuts, list(zip(*columns, strict=True)), self.evaluations[evaluations:])

    def save_csv(self, path: str | Path) -> None:
        """Writes `rows` as CSV (UTF-8, a header line)."""
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(self.rows())
        files.write(path, text.getvalue())

    def truncate(self, steps: int, evaluations: int) -> None:
        """Forgets all but the first ``steps`` and ``evaluations``."""
        with _LOCK:
            self.read()
            for column in (self.epochs, self.indices, self.lrs, self.seconds, self.mean_losses, self.accuracies, self._losses):
                del column[steps:]
            del self.evaluations[evaluations:]
            self.cuts += 1

    def state_dict(self) -> dict[str, Any]:
        """A copy of everything, in lists of plain numbers."""
        with _LOCK:
            return {
                "epochs": self.epochs[:], "indices": self.indices[:], "losses": self.losses(),
                "mean_losses": self.mean_losses[:], "lrs": self.lrs[:], "seconds": self.seconds[:],
                "accuracies": self.accuracies[:],
                "evaluations": [dict(e) for e in self.evaluations],
            }  # fmt: skip

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes back to what `state_dict` returned; later steps are forgotten."""
        with _LOCK:
            self.epochs, self.indices = state["epochs"][:], state["indices"][:]
            self._losses, self.mean_losses = state["losses"][:], state["mean_losses"][:]
            self.lrs, self.seconds, self.accuracies = state["lrs"][:], state["seconds"][:], state["accuracies"][:]
            self.evaluations = [dict(e) for e in state["evaluations"]]
            self._unread = []
            self.cuts += 1

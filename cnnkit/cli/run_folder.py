"""What is in a run's folder, and who writes it: checkpoint, weights, curves, and run.json, which says how it was started."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from cnnkit import Training, __version__, draw
from cnnkit._support import files
from cnnkit._support.notices import notice
from cnnkit.data import sources
from cnnkit.report import keeping
from cnnkit.report.cells import defused
from cnnkit.training import History, ranks

RESULTS = ("weights.pt", "history.csv", "evaluations.csv", "loss.png")  # what a run that has ended leaves behind


@dataclass(frozen=True)
class Run:
    """A training with the place of its files."""

    model: str
    training: Training
    checkpoint: Path

    @property
    def folder(self) -> Path:
        """Where all files of the run are."""
        return self.checkpoint.parent

    @property
    def way_on(self) -> str:
        """The command that goes on with the run."""
        path = str(self.folder if self.checkpoint.name == "checkpoint.pt" else self.checkpoint)
        quoted = (f'"{path}"' if " " in path else path) if os.name == "nt" else shlex.quote(path)
        return f"python -m cnnkit train --resume {quoted}"

    @property
    def tested(self) -> dict[str, Any] | None:
        """What the network as it is now reached on the test photos, if it has been asked."""
        now = (self.training.epoch, len(self.training.history), self.training.dataset.test.name)
        rows = self.training.history.evaluations
        return next((row for row in reversed(rows) if (row["epoch"], row["step"], row["split"]) == now), None)

    @property
    def complete(self) -> bool:
        """Whether all epochs are done and everything is written: an end at once may come between the two.

        What is there may have been written by an earlier interruption: run.json knows up to where.
        """
        names = RESULTS if len(self.training.history) else RESULTS[:-1]
        written = all((self.folder / name).exists() for name in names)
        recent = _read_json(self.folder / "run.json").get("written", self._lengths) == self._lengths
        return self.training.epoch >= self.training.epochs and self.tested is not None and written and recent

    @property
    def _lengths(self) -> list[int]:
        return [len(self.training.history), len(self.training.history.evaluations)]

    def save(self) -> None:
        """The checkpoint alone."""
        self.training.save(self.checkpoint)

    def note(self, written: list[int] | None = None) -> None:
        """Adds to run.json what a report compares: what the network costs, rate and other options, precision, machine."""
        path = self.folder / "run.json"
        about = _read_json(path)
        if "flags" not in about:  # a checkpoint that lies alone
            return
        training, machine = self.training, keeping.machine(str(self.training.device))
        before = about.get("machine", "not recorded" if len(training.history) else machine)
        if machine not in str(before):  # the run went on elsewhere
            machine = f"{before}; then {machine}"
        else:
            machine = str(before)
        known = about if "macs" in about else keeping.cost(training.model, tuple(training.images.shape[1:]))
        cost = {key: known.get(key) for key in ("parameters", "macs")}
        precision = training.precision.name if training.precision else about.get("precision")
        about |= {
            **cost,
            "lr": training.base_lr,
            "options": keeping.settings(training),
            "images": {defused(name): count for name, count in keeping.images(training).items()},  # as in evaluations.csv
            "precision": precision,
            "machine": machine,
        }
        if written is not None:
            about["written"] = written  # steps and evaluations that the files beside it have
        _write_json(path, about)

    def write_history(self, history: History) -> None:
        """history.csv, evaluations.csv and loss.png; then run.json, now that the precision is known and all that is written."""
        history.save_csv(self.folder / "history.csv")
        text = io.StringIO(newline="")
        table = csv.DictWriter(text, ["epoch", "step", "split", "accuracy", "loss"])
        table.writeheader()
        table.writerows({**row, "split": defused(row["split"])} for row in history.evaluations)  # named after a folder
        files.write(self.folder / "evaluations.csv", text.getvalue())
        if len(history):  # an epoch count of 0 only evaluates
            dataset, picture = self.training.dataset, io.BytesIO()
            figure = draw.losses(history, f"{self.model}, {dataset.train.name}", classes=len(dataset.classes))
            figure.savefig(picture, format="png", dpi=150)
            files.write(self.folder / "loss.png", picture.getvalue())
        self.note(written=[len(history), len(history.evaluations)])

    def write_weights(self) -> None:
        """weights.pt: the state dict, as the course's script saves it; loads on machines without a GPU too."""
        state = {name: value.cpu().contiguous() for name, value in self.training.model.state_dict().items()}
        files.write(self.folder / "weights.pt", lambda file: torch.save(state, file))


def write_about(path: Path, given: Mapping[str, Any], dataset: str) -> None:
    """What the run was asked to do, with the place of its data set in full, so that --resume works from anywhere."""
    flags = {flag: str(value) if isinstance(value, Path) else value for flag, value in given.items() if flag != "command"}
    for flag in ("data", "root"):
        place = Path(os.path.expanduser(flags.get(flag, "")))
        if flag in flags and not (flag == "data" and flags[flag] in sources.NAMES) and place.exists():
            flags[flag] = str(place.resolve())
    about: dict[str, Any] = {"flags": flags, "dataset": dataset, "cnnkit": __version__, "torch": torch.__version__}
    if launch := ranks.launch():
        about["launch"] = launch
    _write_json(path, about)


def _write_json(path: Path, about: dict[str, Any]) -> None:
    files.write(path, json.dumps(about, indent=1, ensure_ascii=False) + "\n")


def _read_json(path: Path) -> dict[str, Any]:
    """What run.json says; empty where a checkpoint lies alone, and, with a notice, where the file is damaged."""
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        about = None
    if not isinstance(about, dict):
        notice(f"{path} is damaged and is left as it is; the checkpoint beside it knows how to go on")
        return {}
    return about


def read_about(path: Path) -> dict[str, str]:
    """--data and --root of the run that `write_about` noted; empty where a checkpoint lies alone."""
    flags = _read_json(path).get("flags")
    return {flag: flags[flag] for flag in ("data", "root") if flag in flags} if isinstance(flags, dict) else {}


def of_this_launch(out: Path) -> Path | None:
    """The checkpoint in ``out`` of the run that an earlier attempt of this torchrun began, if it came to one."""
    for path in out.glob("*/run.json"):
        if _read_json(path).get("launch") == ranks.launch() and (path.parent / "checkpoint.pt").exists():
            return path.parent.absolute() / "checkpoint.pt"
    return None

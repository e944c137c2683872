"""A run's folder: what is in it, how it is made, and how a run in it goes on."""

from __future__ import annotations

import csv
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from cnnkit import Training, __version__, draw, models
from cnnkit.cli.common import MODEL_OPTIONS, build_network, checkpoint_in, load_data
from cnnkit.data import sources
from cnnkit.errors import InputError
from cnnkit.report import keeping
from cnnkit.training import History, checkpoint, options

DEFAULT_MODEL = "resnet50_layer4"
_NOT_TRAINING = {"command", "model", "data", "root", "weights", "out", "resume", *MODEL_OPTIONS}
_MAY_CHANGE = {"command", "resume", "data", "root", "epochs", "lr", "device"}


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
        return "python -m cnnkit train --resume " + (f'"{path}"' if " " in path else path)

    def save(self) -> None:
        """The checkpoint alone."""
        self.training.save(self.checkpoint)

    def note(self) -> None:
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
            "precision": precision,
            "machine": machine,
        }
        with _writing(self.folder):
            _write_json(path, about)

    def write_history(self, history: History) -> None:
        """history.csv, evaluations.csv and loss.png; and run.json, now that the precision is known."""
        with _writing(self.folder):
            history.save_csv(self.folder / "history.csv")
            with open(self.folder / "evaluations.csv", "w", encoding="utf-8", newline="") as file:
                table = csv.DictWriter(file, ["epoch", "step", "split", "accuracy", "loss"])
                table.writeheader()
                table.writerows(history.evaluations)
            if len(history):  # an epoch count of 0 only evaluates
                dataset = self.training.dataset
                figure = draw.losses(history, f"{self.model}, {dataset.train.name}", classes=len(dataset.classes))
                figure.savefig(self.folder / "loss.png", dpi=150)
        self.note()

    def write_weights(self) -> None:
        """weights.pt: the state dict, as the course's script saves it; loads on machines without a GPU too."""
        state = {name: value.cpu().contiguous() for name, value in self.training.model.state_dict().items()}
        with _writing(self.folder), open(self.folder / "weights.pt", "wb") as file:
            torch.save(state, file)


def start(given: Mapping[str, Any]) -> Run:
    """A new run in a new folder, as the flags say; the folder is made once everything else is known to be right.

    Raises:
        InputError: whatever is wrong with them.
    """
    name = given.get("model", DEFAULT_MODEL)
    models.input_size(name)  # a mistyped name should not wait for the data set
    seed = given.get("seed", 0)
    options.check_number("the seed", seed, 0, 2**63 - 1, whole=True)
    dataset = load_data(given)
    torch.manual_seed(seed)
    model = build_network({"model": name, **given}, len(dataset.classes))
    if "weights" in given:
        from cnnkit import weights

        weights.load(model, str(checkpoint_in(given["weights"])))
    training = Training(model, dataset, **{flag: value for flag, value in given.items() if flag not in _NOT_TRAINING})
    folder = _new_folder(given.get("out", Path("runs")), f"{name}-{time.strftime('%Y%m%d-%H%M%S')}")
    _write_about(folder / "run.json", given, dataset.name)
    return Run(name, training, folder / "checkpoint.pt")


def resume(given: Mapping[str, Any]) -> Run:
    """The run at --resume, in the folder it has, where it stopped.

    Raises:
        InputError: no such run, flags that contradict it, or nothing left to do.
    """
    path = checkpoint_in(given["resume"])
    state = checkpoint.read(path)
    _check_flags(given, state, path)
    about = _read_about(path.parent / "run.json")
    if state["data"] == "emoji10":
        about = {"data": "emoji10"}  # which is what "auto" was; meanwhile it may find CIFAR-10
    dataset = load_data(given if "data" in given else {**about, **given})
    if state["built_as"] is None and "model" not in given:
        raise InputError(f"the checkpoint {path} doesn't say which network it is of; add --model NAME with the same layers")
    model = build_network(given, len(dataset.classes), state["built_as"])
    changes = {flag: given[flag] for flag in ("epochs", "lr", "device") if flag in given}
    training = Training.resume(path, model, dataset, **changes)
    evaluated = any(e["epoch"] == training.epoch and e["split"] == dataset.test.name for e in training.history.evaluations)
    if training.epoch >= training.epochs and evaluated:
        raise InputError(f"the run in {path.parent} has done its {training.epoch} epochs; to go on, give more with --epochs")
    return Run((state["built_as"] or {}).get("name") or given["model"], training, path)


def _check_flags(given: Mapping[str, Any], state: Mapping[str, Any], path: Path) -> None:
    """Raises InputError for a flag that contradicts the run in ``path``."""
    built_as = dict(state["built_as"] or {})
    own = {**built_as, **state["options"], "precision": state["precision"]}
    if "name" in built_as:
        own["model"] = built_as["name"]
    for flag in sorted(set(given) - _MAY_CHANGE):
        word = "--no-augment" if flag == "augment" else "--" + flag.replace("_", "-")
        if flag in ("weights", "out"):
            raise InputError(f"{word} doesn't go with --resume: a run goes on from its own weights, in its own folder")
        if flag in own and own[flag] is not None and given[flag] not in (own[flag], "auto"):
            values = ("given", "out it") if flag == "augment" else (given[flag], f" {own[flag]}")
            raise InputError(
                f"{word} is {values[0]}, and the run in {path} was started with{values[1]}; "
                f"leave {word} out, or start a new run without --resume"
            )


def _new_folder(out: Path, name: str) -> Path:
    """``out/name``, or ``out/name-2`` and so on where that exists."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            folder = out / (name if number == 1 else f"{name}-{number}")
            try:
                folder.mkdir()
                return folder
            except FileExistsError:
                number += 1
    except OSError as error:
        raise InputError(f'no folder can be made in "{out}" ({error.strerror}); choose another place with --out') from error


def _write_about(path: Path, given: Mapping[str, Any], dataset: str) -> None:
    """What the run was asked to do, with the place of its data set in full, so that --resume works from anywhere."""
    flags = {flag: str(value) if isinstance(value, Path) else value for flag, value in given.items() if flag != "command"}
    for flag in ("data", "root"):
        place = Path(os.path.expanduser(flags.get(flag, "")))
        if flag in flags and not (flag == "data" and flags[flag] in sources.NAMES) and place.exists():
            flags[flag] = str(place.resolve())
    about = {"flags": flags, "dataset": dataset, "cnnkit": __version__, "torch": torch.__version__}
    with _writing(path.parent):
        _write_json(path, about)


def _write_json(path: Path, about: dict[str, Any]) -> None:
    """Beside, then renamed: a killed process leaves the old file whole."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)


def _read_json(path: Path) -> dict[str, Any]:
    """What run.json says; empty where a checkpoint lies alone, or the file is damaged."""
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return about if isinstance(about, dict) else {}


def _read_about(path: Path) -> dict[str, str]:
    """--data and --root of the run that `_write_about` noted; empty where a checkpoint lies alone."""
    flags = _read_json(path).get("flags")
    return {flag: flags[flag] for flag in ("data", "root") if flag in flags} if isinstance(flags, dict) else {}


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError) as error:  # torch wraps a failed write in a RuntimeError
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
        raise InputError(f'"{folder}" can\'t be written ({reason}); make room there: its checkpoint is unharmed') from error

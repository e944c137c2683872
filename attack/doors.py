"""Every way in which the kit writes a file that must not be lost, with what says whether the file is whole."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import nn

from attack.ground import photo_tree
from cnnkit import InputError, Training, data, report
from cnnkit._support import jsonl
from cnnkit.cli.run_folder import Run
from cnnkit.data import Dataset
from cnnkit.training import checkpoint


@dataclass(frozen=True)
class Door:
    """A way in which the kit writes.

    Attributes:
        what: names it.
        write: writes once in a folder; also takes the number of the attempt.
        look: what is wrong with the files that are in the folder, "" if nothing.
        files: the names of these files; may be patterns.
        often: how many of the attempts it gets before the next door.
    """

    what: str
    write: Callable[[Path, int], object]
    look: Callable[[Path], str]
    files: tuple[str, ...]
    often: int = 1


def all_doors(photos: Dataset) -> list[Door]:
    """All of them, writing the results of one training."""
    training, tree = _training(photos), photo_tree(Path("decoded").absolute(), "ab")
    whole = data.load(tree)
    records = ("history.csv", "evaluations.csv", "loss.png", "run.json")
    return [
        Door("checkpoint", lambda folder, _: training.save(folder / "run.pt"), _checkpoint, ("run.pt",), often=8),
        Door("weights of a run", lambda folder, _: _run(training, folder).write_weights(), _weights, ("weights.pt",)),
        Door("records of a run", partial(_write_records, training), partial(_records, training), records),
        Door("recorded run", partial(_record, training), partial(_json, "a.json", "losses"), ("a.json",)),
        Door("own words", _say, partial(_json, "words.json", "claim"), ("words.json",)),
        Door("page", lambda folder, _: report.write(folder / "page.html", folder=folder), _page, ("page.html",)),
        Door("cache", partial(_keep, tree), partial(_kept, tree, whole), ("*.safetensors*",), often=2),
        Door("guesses", _append, _lines, ("guesses.jsonl",)),
    ]


def _training(photos: Dataset) -> Training:
    """With a checkpoint of some megabytes, so that writing it takes a while."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 128), nn.ReLU(), nn.Linear(128, 10))
    training = Training(net, photos, epochs=100, batch_size=20, precision="float32")
    for _ in zip(range(3), training, strict=False):
        pass
    training.evaluate()
    return training


def _run(training: Training, folder: Path) -> Run:
    return Run("small", training, folder / "checkpoint.pt")


def _checkpoint(folder: Path) -> str:
    try:
        return "" if checkpoint.read(folder / "run.pt")["epochs"] == 100 else "another state"
    except InputError as error:
        return f"unreadable ({str(error)[-60:]})"


def _weights(folder: Path) -> str:
    return "" if len(torch.load(folder / "weights.pt", weights_only=True)) == 4 else "not whole"


def _write_records(training: Training, folder: Path, _: int) -> None:
    if not (folder / "run.json").exists():
        with contextlib.suppress(OSError):  # what is in the way is in the kit's way, too
            folder.mkdir(exist_ok=True)
            (folder / "run.json").write_text('{"flags": {}}', encoding="utf-8")
    run = _run(training, folder)
    run.note()
    run.write_history(training.history)


def _records(training: Training, folder: Path) -> str:
    if "lr" not in json.loads((folder / "run.json").read_text(encoding="utf-8")):
        return "run.json is not whole"
    for name, rows in (("history.csv", len(training.history)), ("evaluations.csv", len(training.history.evaluations))):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            if len(list(csv.DictReader(file))) != rows:
                return f"{name} is not whole"
    return "" if (folder / "loss.png").read_bytes().endswith(b"IEND\xaeB`\x82") else "loss.png is not whole"


def _record(training: Training, folder: Path, _: int) -> None:
    report.record(training, "a", folder)


def _say(folder: Path, _: int) -> None:
    report.say("a claim", "evidence", "x" * 100_000, "a spread", folder=folder)


def _json(name: str, key: str, folder: Path) -> str:
    return "" if key in json.loads((folder / name).read_text(encoding="utf-8")) else "not whole"


def _page(folder: Path) -> str:
    return "" if (folder / "page.html").read_text(encoding="utf-8").endswith("</html>\n") else "not whole"


def _keep(tree: Path, folder: Path, _: int) -> None:
    os.environ["CNNKIT_CACHE"] = str(folder)
    for path in folder.glob("*.safetensors"):  # else it is found there, and not written
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
    data.load(tree)


def _kept(tree: Path, whole: Dataset, folder: Path) -> str:
    """Whatever is found there is whole, and read without a word."""
    os.environ["CNNKIT_CACHE"] = str(folder)
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        found = data.load(tree)
    if not torch.equal(found.train.images, whole.train.images):
        return "another data set"
    return said.getvalue().strip()[:100]


def _append(folder: Path, number: int) -> None:
    jsonl.append(folder / "guesses.jsonl", {"process": os.getpid(), "number": number, "more": "x" * 5000})


def _lines(folder: Path) -> str:
    """Of each process all lines are there up to the last, which may be torn."""
    found: dict[int, list[int]] = {}
    lines = [value for _, value in jsonl.lines(folder / "guesses.jsonl")]
    (folder / "guesses.jsonl").unlink()
    for value in lines:
        if value is not None and value["number"] > 0:
            found.setdefault(value["process"], []).append(value["number"])
    if lines.count(None) > 2:
        return f"{lines.count(None)} lines torn by two kills"
    return "" if all(numbers == list(range(1, len(numbers) + 1)) for numbers in found.values()) else "lines are missing"

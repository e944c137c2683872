"""The recorded runs that come with the kit: the curves of lessons for which a laptop has no time.

    run = runs.load("plain-50")
    run["train_loss"]           # one number an epoch, from epoch 0: before training
    run.about["data"]           # the name that belongs beside every number of it

benchmarks/record.py made them and says what each column and each name means.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnkit._support import assets
from cnnkit.errors import InputError, unknown

_WHOLE = ("epoch", "step")  # columns of whole numbers


@dataclass(frozen=True)
class Run(Mapping[str, list[float]]):
    """One recorded run; ``run["test_loss"]`` is a column, one entry an epoch from epoch 0 on.

    Attributes:
        name: what was trained, as `load` takes it.
        seed: of the first weights, the order of the photos, their crops and flips.
        columns: epoch, step, train_loss, test_loss, test_accuracy, train_accuracy, lr, seconds and gradient_PART for each
            of stem, layer1, layer2, layer3 and head; accuracies from 0 to 1.
        about: options of the net, weighted_layers, parameters, recipe, epochs, data, photos, machine, versions, date, and
            diverged: None, or what was seen when the run ended early.
    """

    name: str
    seed: int
    columns: dict[str, list[float]]
    about: dict[str, Any]

    def __getitem__(self, column: str) -> list[float]:
        if column not in self.columns:
            raise unknown("column of a recorded run", column, self.columns)
        return self.columns[column]

    def __contains__(self, column: object) -> bool:
        return column in self.columns

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def diverged(self) -> bool:
        """Whether the run ended early because its loss had left the range it can come back from."""
        return self.about["diverged"] is not None

    def gradients(self) -> dict[str, list[float]]:
        """The gradient's norm in each part of the net, by the part's name, from the stem to the head."""
        return {key.removeprefix("gradient_"): values for key, values in self.columns.items() if key.startswith("gradient_")}

    def __repr__(self) -> str:
        end = f"diverged in epoch {self['epoch'][-1]}" if self.diverged else f"{self['epoch'][-1]} epochs"
        accuracy = f"{100 * self['test_accuracy'][-1]:.1f} % of its test photos right"
        return f"{self.name}, seed {self.seed}: {end} on {self.about['data']}, {accuracy}"


def recorded(folder: str | Path | None = None) -> list[str]:
    """The names that `load` takes, in the order in which they were trained; none where no runs were recorded.

    Args:
        folder: what benchmarks/record.py wrote; without it, the runs that come with the kit.
    """
    root = _folder(folder)
    if root is None:
        return []
    files, index = _files(root), _index(root)
    order = [name for group in index["groups"].values() for name in group]
    names = dict.fromkeys([*order, *sorted(files)])
    return [name for name in names if index["same"].get(name, name) in files]


def groups(folder: str | Path | None = None) -> dict[str, list[str]]:
    """The names of `recorded` by what they compare: depth, breaks, variants, stems."""
    root, there = _folder(folder), recorded(folder)
    found = {} if root is None else _index(root)["groups"]
    kept = {group: [name for name in names if name in there] for group, names in found.items()}
    return {group: names for group, names in kept.items() if names}


def seeds(name: str, folder: str | Path | None = None) -> list[int]:
    """The seeds with which the run ``name`` was recorded, from the smallest."""
    return sorted(_of(name, folder)[1])


def load(name: str, seed: int | None = None, folder: str | Path | None = None) -> Run:
    """The recorded run ``name``.

    Args:
        name: one of `recorded()`. Two names may mean one net (stem-7x7-course is base); about["name"] is the one trained.
        seed: one of `seeds(name)`; without it, the smallest.
        folder: what benchmarks/record.py wrote; without it, the runs that come with the kit.

    Raises:
        InputError: there are no recorded runs, none of that name or seed, or its file is damaged.
    """
    _, files = _of(name, folder)
    if seed is None:
        seed = min(files)
    if seed not in files:
        have = ", ".join(map(str, sorted(files)))
        raise InputError(f"{name} was not recorded with seed {seed!r}; it was with {have}")
    return _read(files[seed], name, seed)


def _of(name: str, folder: str | Path | None) -> tuple[Path, dict[int, Path]]:
    """The folder, and the files of ``name`` by seed."""
    root = _folder(folder)
    names = recorded(folder)
    if root is None or not names:
        place = f'in "{folder}"' if folder is not None else "in this copy of the kit"
        raise InputError(
            f"there are no recorded runs {place}; "
            f"in a checkout, python benchmarks/record.py --out {folder or 'FOLDER'} makes some"
        )
    if name not in names:
        raise unknown("recorded run", name, names)
    return root, _files(root)[_index(root)["same"].get(name, name)]


def _folder(folder: str | Path | None) -> Path | None:
    if folder is not None:
        return Path(folder)
    try:
        return assets.path("runs")
    except InputError:
        return None


def _files(root: Path) -> dict[str, dict[int, Path]]:
    """The files NAME-SEED.csv in ``root``, by name and seed."""
    found: dict[str, dict[int, Path]] = {}
    for path in root.glob("*-*.csv"):
        name, _, seed = path.stem.rpartition("-")
        if seed.isdecimal() and not name.startswith("pretrain-"):  # beside the runs lie the logs of the shipped weights
            found.setdefault(name, {})[int(seed)] = path
    return found


def _index(root: Path) -> dict[str, Any]:
    """Which runs belong together ("groups"), and which names mean the same net ("same")."""
    try:
        text = (root / "index.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {"groups": {}, "same": {}}
    try:
        index: dict[str, Any] = json.loads(text)
        return {"groups": dict(index["groups"]), "same": dict(index["same"])}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{root / 'index.json'} is damaged; install cnnkit again, or run benchmarks/record.py again"
        ) from error


def _read(path: Path, name: str, seed: int) -> Run:
    """A line "# {about}", a line of columns, one line an epoch."""
    try:
        first, header, *lines = path.read_text(encoding="utf-8").splitlines()
        about = json.loads(first.removeprefix("# "))
        names = next(csv.reader([header]))
        rows = [[float(value) for value in row] for row in csv.reader(lines)]
        columns = {column: list(values) for column, values in zip(names, zip(*rows, strict=True), strict=True)}
        for column in _WHOLE:
            columns[column] = [int(value) for value in columns[column]]
        if not isinstance(about, dict) or not {"diverged", "data"} <= set(about):
            raise ValueError("the first line doesn't describe the run")
    except (ValueError, KeyError, OverflowError) as error:
        raise InputError(f"{path} is damaged; install cnnkit again, or delete it and repeat benchmarks/record.py") from error
    return Run(name, seed, columns, about)

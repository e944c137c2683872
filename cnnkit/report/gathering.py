"""What is recorded in a folder: attempts at the exercises, guesses, runs, and the student's words."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cnnkit._support import guesses, jsonl, missions
from cnnkit._support.words import counted
from cnnkit.check import EXERCISES
from cnnkit.errors import InputError
from cnnkit.report.keeping import SCHEMA, WORDS_FILE, check_words, thinned

CHECKS_FILE = "checks.jsonl"


@dataclass(frozen=True)
class Results:
    """What was found.

    Attributes:
        exercises: name, attempts, passed, mistakes (slugs, in the order in which they were met first) of each exercise and
            each mission.
        guesses: key, question, guess, answer, right, unit of each.
        runs: what `report.record` or `python -m cnnkit train` wrote, one dict each, with at least a name and data.
        words: claim, evidence, another_explanation, spread: what was written.
        left_out: one sentence for each file or line that could not be read.
    """

    exercises: list[dict[str, Any]]
    guesses: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    words: dict[str, str]
    left_out: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        tried = [e for e in self.exercises if e["attempts"]]
        passed = sum(e["passed"] for e in tried)
        parts = [
            f"{passed} of {len(self.exercises)} exercises and missions passed, {len(tried)} tried",
            f"{counted(len(self.guesses), 'guess', 'guesses')} made",
            f"{counted(len(self.runs), 'run', 'runs')} recorded",
            f"{sum(bool(text) for text in self.words.values())} of 4 answers written",
        ]
        return "; ".join(parts)

    __repr__ = __str__


def gather(folder: str | Path = "runs") -> Results:
    """Reads ``folder``; what is missing is missing in the result too, and what is damaged is named in ``left_out``.

    Raises:
        InputError: ``folder`` is a file.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError(f'"{folder}" is a file; the report needs the folder with what the notebooks recorded, such as runs')
    left_out: list[str] = []
    return Results(
        exercises=_exercises(folder, left_out),
        guesses=_guesses(folder, left_out),
        runs=[*_recorded(folder, left_out), *_trained(folder, left_out)],
        words=_words(folder, left_out),
        left_out=left_out,
    )


def _exercises(folder: Path, left_out: list[str]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {
        name: {"name": name, "attempts": 0, "passed": False, "mistakes": []} for name in (*EXERCISES, *missions.TITLES)
    }
    for number, line in _lines(folder / CHECKS_FILE, left_out):
        name, passed, mistake = (
            (line.get(key) for key in ("exercise", "passed", "mistake")) if isinstance(line, dict) else (0,) * 3
        )
        if (
            not isinstance(name, str)
            or name not in found
            or not isinstance(passed, bool)
            or not isinstance(mistake, str | None)
        ):
            left_out.append(f"{CHECKS_FILE}: line {number} is damaged")
        elif mistake != "not-started":
            entry = found[name]
            entry["attempts"] += 1
            entry["passed"] = entry["passed"] or passed
            if mistake and mistake not in entry["mistakes"]:
                entry["mistakes"].append(mistake)
    asked = {name for name, exercise in EXERCISES.items() if exercise.place} | missions.TITLES.keys()
    return [entry for name, entry in found.items() if name in asked or entry["attempts"]]


def _guesses(folder: Path, left_out: list[str]) -> list[dict[str, Any]]:
    try:
        found, damaged = guesses.read(folder)
    except OSError as error:
        left_out.append(f"{guesses.FILE} cannot be read ({error.strerror})")
        return []
    left_out.extend(f"{guesses.FILE}: line {number} is damaged" for number in damaged)
    return [{key: value for key, value in asdict(guess).items() if key != "time"} for guess in found]


def _recorded(folder: Path, left_out: list[str]) -> Iterator[dict[str, Any]]:
    """The files of `report.record`, by name."""
    for path in sorted(folder.glob("*.json")):
        if path.name == WORDS_FILE:
            continue
        run = _json(path, left_out)
        if run is None:
            continue
        if not is_run(run) or run.get("schema") != SCHEMA:
            left_out.append(f"{path.name} is not a run that report.record wrote")
        else:
            yield run


def is_run(run: Any) -> bool:
    """Whether every field that is shown or compared has its type; fields may be missing, but not the name and the data."""
    if not isinstance(run, dict) or not all(isinstance(run.get(key), str) for key in ("name", "data")):
        return False
    numbers = all(_number(run.get(key)) for key in ("parameters", "macs", "seconds", "epochs", "steps", "lr"))
    texts = all(isinstance(run.get(key), str | None) for key in ("network", "machine", "precision", "start"))
    points = run.get("losses", [])
    curve = isinstance(points, list) and all(isinstance(p, list) and len(p) == 2 and all(map(is_number, p)) for p in points)
    evaluations = run.get("evaluations", [])
    measured = isinstance(evaluations, list) and all(map(_evaluation, evaluations))
    return numbers and texts and curve and measured and _counts(run.get("images"))


def _evaluation(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and isinstance(found.get("split"), str)
        and all(_number(found.get(key)) for key in ("accuracy", "loss", "step", "epoch"))
    )


def _counts(images: object) -> bool:
    """Whether it says how many images splits have, or nothing."""
    counts = images.values() if isinstance(images, dict) else [] if images is None else [0]
    return all(isinstance(count, int) and not isinstance(count, bool) and 0 < count < 1e12 for count in counts)


def _number(value: object) -> bool:
    return value is None or is_number(value)


def is_number(value: object) -> bool:
    """Whether it is one that can be shown and compared."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e18 and math.isfinite(value)


def _trained(folder: Path, left_out: list[str]) -> Iterator[dict[str, Any]]:
    """The folders that ``python -m cnnkit train`` made, by name; what it does not note stays unknown."""
    for path in sorted(folder.glob("*/run.json")):
        where, about = path.parent, _json(path, left_out)
        if about is None:
            continue
        try:
            flags = about["flags"]
            run = {
                "name": where.name,
                "data": about["dataset"],
                "network": flags.get("model") or where.name.rsplit("-", 2)[0],
                "lr": about.get("lr", flags.get("lr", 1e-3)),
                "seed": flags.get("seed", 0),
                "start": flags.get("weights", "random"),
                **{key: about.get(key) for key in ("parameters", "macs", "machine", "precision", "options", "images")},
                **_curves(where),
            }
        except (KeyError, TypeError, ValueError, AttributeError, OSError, csv.Error):
            run = {}
        if is_run(run):
            yield run
        else:
            left_out.append(f"{where.name}: its files are damaged, or not from python -m cnnkit train")


def _curves(where: Path) -> dict[str, Any]:
    """Losses, time and evaluations of a run's folder; empty where the run has not come so far."""
    steps, evaluations = _rows(where / "history.csv"), _rows(where / "evaluations.csv")
    found: dict[str, Any] = {
        "losses": thinned([float(row["loss"]) for row in steps]),
        "evaluations": [
            {"epoch": int(e["epoch"]), "step": int(e["step"]), "split": e["split"]}
            | {key: float(e[key]) if math.isfinite(float(e[key])) else None for key in ("accuracy", "loss")}
            for e in evaluations
        ],
    }
    if steps:
        found |= {
            "steps": len(steps),
            "epochs": int(steps[-1]["epoch"]),
            "seconds": sum(float(row["seconds"]) for row in steps),
        }
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _words(folder: Path, left_out: list[str]) -> dict[str, str]:
    path = folder / WORDS_FILE
    return check_words(_json(path, left_out)) if path.exists() else {}


def _lines(path: Path, left_out: list[str]) -> list[tuple[int, Any]]:
    try:
        return jsonl.lines(path)
    except OSError as error:
        left_out.append(f"{path.name} cannot be read ({error.strerror})")
        return []


def _json(path: Path, left_out: list[str]) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        left_out.append(
            f"{path.relative_to(path.parent.parent) if path.name == 'run.json' else path.name} is damaged or no JSON"
        )
        return None

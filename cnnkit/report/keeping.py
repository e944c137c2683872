"""What a notebook keeps for the report: finished trainings, and the student's own words."""

from __future__ import annotations

import json
import math
import os
import platform
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnkit._support import files
from cnnkit._support.notices import notice
from cnnkit.errors import InputError

if TYPE_CHECKING:
    from torch import nn

    from cnnkit.training import Training

SCHEMA = 1  # of a run's file: raise it where a field changes its meaning
MOST = 200  # points of a curve that are kept
WORDS = {
    "claim": "Claim",
    "evidence": "Evidence",
    "another_explanation": "Another explanation",
    "spread": "Spread over seeds",
}
WORDS_FILE = "words.json"


def record(training: Training, name: str, folder: str | Path = "runs", start: str = "") -> Path:
    """Keeps what ``training`` did so far in ``folder/name.json``; the same name again replaces it.

    Evaluate first (`training.evaluate()`): only evaluations that were made are kept.

    Args:
        training: the run.
        name: of the file, and of the run in the report.
        folder: where records are.
        start: what the weights were before the first step, such as "random" or "cifar10-early": two runs that differ in
            nothing else cannot be told apart without it.

    Raises:
        InputError: the name cannot be a file's, nothing was trained, or the folder cannot be written.
    """
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,79}", str(name)) or f"{name}.json" == WORDS_FILE:
        raise InputError(
            f'a run cannot be called "{name}"; use up to 80 letters, digits, "-" and "_", such as "baseline-seed-1"'
        )
    if not len(training.history):
        raise InputError(f'"{name}" was not trained yet, so there is nothing to record; run its training loop first')
    if not isinstance(start, str):
        raise InputError(f'start is {start!r}; say in a word or two what the weights were at the start, such as "random"')
    about = {"schema": SCHEMA, "kind": "run", "name": name, "start": start or None, **_about(training)}
    return _write(Path(folder) / f"{name}.json", about)


def say(
    claim: str = "", evidence: str = "", another_explanation: str = "", spread: str = "", folder: str | Path = "runs"
) -> Path:
    """Keeps the student's own words in ``folder/words.json``; one that was never written is shown as such.

    Where one is empty, what was written there before stays, and that is said: a fresh copy of the notebook may be run before
    it is filled in.
    """
    words = {"claim": claim, "evidence": evidence, "another_explanation": another_explanation, "spread": spread}
    for key, text in words.items():
        if not isinstance(text, str):
            raise InputError(f"{key} is {text!r}; it must be text between quotation marks")
    path, words = Path(folder) / WORDS_FILE, {key: text.strip() for key, text in words.items()}
    before = _said(path)
    kept = [key for key in words if not words[key] and before.get(key)]
    if kept:
        notice(f"{', '.join(kept)}: empty here, so what was written before stays (delete {path} to start anew)")
    return _write(path, words | {key: before[key] for key in kept})


def _said(path: Path) -> dict[str, str]:
    """The words that a file holds; none where there is no such file, or a damaged one."""
    try:
        return check_words(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def cost(model: nn.Module, shape: tuple[int, ...]) -> dict[str, int | None]:
    """Parameters, and multiply-accumulates for one photo; None for what the network does not let one count."""
    from cnnkit import anatomy

    try:
        table = anatomy.table(model, shape)
        return {"parameters": table.parameters, "macs": table.macs}
    except Exception:  # a student's network may do what the trace cannot follow
        return {"parameters": sum(parameter.numel() for parameter in model.parameters()), "macs": None}


def machine(device: str) -> str:
    """The processor or GPU, in words; not the machine's name."""
    if device.startswith("cuda"):
        import torch

        return torch.cuda.get_device_name(device)
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    named = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    processor = named[1].strip() if named else platform.processor() or platform.machine() or "unknown processor"
    return f"{processor}, {os.cpu_count()} cores"


def thinned(values: list[float], most: int = MOST) -> list[list[float]]:
    """At most ``most`` pairs (step, mean loss of the steps since the pair before), so that a curve stays short."""
    width = max(1, math.ceil(len(values) / most))
    found = []
    for first in range(0, len(values), width):
        part = [value for value in values[first : first + width] if math.isfinite(value)]
        if part:
            found.append([min(first + width, len(values)), round(sum(part) / len(part), 5)])
    return found


def _about(training: Training) -> dict[str, Any]:
    from cnnkit.training.batches import steps_per_epoch  # here: who reads reports needs no torch

    history, device = training.history, str(training.device)
    seconds, steps = sum(history.seconds), steps_per_epoch(len(training.labels), training.batch_size)
    return {
        "data": training.dataset.name,
        "network": (getattr(training.model, "built_as", None) or {}).get("name") or type(training.model).__name__,
        **cost(training.model, tuple(training.images.shape[1:])),
        "epochs": round(training.epoch + training.index / steps, 3),
        "steps": len(history),
        "lr": training.base_lr,
        "options": settings(training),
        "seed": training.seed,
        "precision": training.precision.name if training.precision else None,
        "device": device,
        "machine": machine(device),
        "seconds": round(seconds, 3),
        "losses": thinned(history.losses()),
        "evaluations": [dict(e) for e in history.evaluations],
        "images": images(training),
        "time": datetime.now().astimezone().isoformat(timespec="seconds"),
    }


def images(training: Training) -> dict[str, int]:
    """How many images the splits have that a run is usually measured on: an accuracy says little without."""
    splits = (training.dataset.train, training.dataset.test, training.validation)
    return {split.name: len(split) for split in splits if split is not None}


def settings(training: Training) -> dict[str, Any]:
    """The options of ``training`` as JSON can hold them; a callable as its repr."""
    now = {**training.options, "batch_size": training.batch_size, "augment": training.augment}  # may change on the way
    return {key: value if isinstance(value, int | float | str | None) else repr(value) for key, value in now.items()}


def _write(path: Path, fields: dict[str, Any]) -> Path:
    return files.write(path, json.dumps(finite(fields), indent=1) + "\n")


def finite(value: Any) -> Any:
    """``value`` with None for numbers that JSON does not have."""
    if isinstance(value, dict):
        return {str(key): finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def check_words(words: Any) -> dict[str, str]:
    """The known words that are text; others are left out."""
    return {key: words[key] for key in WORDS if isinstance(words.get(key), str)} if isinstance(words, dict) else {}

"""``python -m cnnkit evaluate``: accuracy and loss on the test photos."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from cnnkit import evaluate, weights
from cnnkit._support import files
from cnnkit._support.notices import notice
from cnnkit.cli.common import build_network, checkpoint_in, load_data
from cnnkit.errors import InputError
from cnnkit.training import Evaluation, checkpoint, options, ranks


def run(args: argparse.Namespace) -> int:
    """Prints accuracy, loss and a line a class, each beside the name of the photos."""
    given = vars(args)
    with ranks.joined(given.get("device", "auto")):
        return _run(given)


def _run(given: Mapping[str, Any]) -> int:
    source = checkpoint_in(given["weights"])
    built_as, state = _note_in(source)
    if built_as is None and "model" not in given:
        if str(source) not in weights.NAMES:
            weights.read(source)  # a file that is missing or damaged is told so first
        raise InputError(f'"{source}" doesn\'t say which network it is of; add --model NAME (table --list shows all)')
    chosen = {flag: given[flag] for flag in ("batch_size", "precision") if flag in given}
    options.check_number("the batch size", chosen.get("batch_size", 1), 1, whole=True)
    device = options.device_of(given.get("device", "auto"))
    dataset = load_data(given)
    model = build_network(given, len(dataset.classes), built_as, state, str(source))
    weights.load(model, str(source))
    result = evaluate(model.to(device), dataset.test, **chosen)
    print(f"Accuracy of the model on the test images: {100 * result.accuracy:.1f} % ({result.split})")
    print(f"Loss: {result.loss:.4f}, the mean of {result.count:,} images\n\n{_per_class(result)}")
    if "out" in given and ranks.rank() == 0:
        _write(given["out"], result)
    return 0


def _note_in(path: Path) -> tuple[Mapping[str, Any] | None, Mapping[str, Tensor] | None]:
    """How the network in a checkpoint was built, with its weights; Nones where the file is no checkpoint, or doesn't say."""
    try:
        saved = checkpoint.read(path)
    except checkpoint.NoCheckpoint:
        return None, None  # weights.load says what is wrong if it is no weights file either
    return saved["built_as"], saved["model"] if saved["built_as"] else None


def _per_class(result: Evaluation) -> str:
    width = max(len(name) for name in ("class", *result.classes))
    rows = [f"{'class':<{width}}  images   right"]
    for (name, accuracy), count in zip(result.per_class.items(), result.confusion.sum(1).tolist(), strict=True):
        rows.append(f"{name:<{width}}  {count:>6,}  {100 * accuracy:>5.1f} %")
    return "\n".join(rows)


def _write(path: Path, result: Evaluation) -> None:
    numbers = {
        "split": result.split,
        "images": result.count,
        "accuracy": result.accuracy,
        "loss": result.loss,
        "per_class": result.per_class,
        "classes": result.classes,
        "confusion": result.confusion.tolist(),
    }
    files.write(path, json.dumps(numbers, indent=1, ensure_ascii=False) + "\n", way_out="choose another file with --out")
    notice(f"the same numbers and the confusion matrix are in {path}")

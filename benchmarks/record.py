"""Records the runs that the lessons show: small nets, one schedule for all, a CSV for each net and seed.

    OMP_NUM_THREADS=1 python benchmarks/record.py --out runs/record --seeds 0
    python benchmarks/record.py --out runs/record --only plain-20 plain-50

The same command goes on with whatever was interrupted and skips what is finished. Meant for one thread and one process a
seed, side by side. A run that diverged is kept, and says so in its first line.

What is compared, all on 32x32 photos and at one width:

depth     plain and residual nets of 11, 20, 29 and 50 weighted layers (2 + 3 a block; 3, 6, 9 and 16 blocks in three stages).
          Both have the paper's block and layout: the ReLU after the sum, no biases, He's first weights, and the first block of
          a stage halves the map. So a residual net is the plain one of its depth plus shortcuts, and these are three
          projections at every depth, where the shapes need one, and otherwise identities. With the course's layout they would
          be up to five, and with its block an identity would add up without any norm or ReLU to follow. The three
          projections are weights that the plain nets don't have: at width 8 they are 32 % of residual-11 and 8 % of
          residual-50.
breaks    resnet50_layer4 and what is left of it without its shortcuts, without any batch norm, without the ReLUs of its blocks.
variants  resnet50_layer4 with one thing as others do it.
stems     the stem 7x7 with max pool and 3x3 without, each with the course's block and with the paper's (the ReLU after
          the sum, no biases); all else as in resnet50_layer4. stem-7x7-course is base, so it isn't trained twice.

One row an epoch; epoch 0 is before training. Columns: train_loss and train_accuracy are means over the epoch's batches as
they were trained on (crops and flips, batch statistics), in row 0 of the first batch; lr is that of the last step (row 0: of
the first); seconds are those of the training steps; gradient_PART is the norm of the loss's gradient for all weights of
convolutions and of the classifier in that part, a mean over ten steps spread over the epoch (row 0: of the first step). The
test photos give a curve, and nothing is chosen by them.
"""

import argparse
import csv
import datetime
import io
import json
import math
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from machine import machine
from torch import nn

import cnnkit
from cnnkit import Diverged, InputError, Training, data, models
from cnnkit.errors import unknown

# AdamW and its rate are those of benchmarks/pretrain.py; without label smoothing, so that losses are cross entropies. Tried
# for 3 epochs, plain-50 learns slowly at this rate and more slowly at a quarter of it; no-batchnorm learns (2 epochs).
RECIPE: dict[str, Any] = {
    "width": 8, "epochs": 8, "batch_size": 128, "optimizer": "adamw", "lr": 2e-3, "weight_decay": 0.05, "schedule": "linear",
    "augment": True, "precision": "bfloat16-channels-last",
}  # fmt: skip

_PAPER = {"relu_at": "sum", "bias": False}
_DEPTHS = {11: (1, 1, 1), 20: (2, 2, 2), 29: (3, 3, 3), 50: (5, 6, 5)}

# The options of resnet50_layer4 for each run, in the order in which they are trained; "remove" is done to the built net.
GROUPS: dict[str, dict[str, dict[str, Any]]] = {
    "depth": {
        f"{kind}-{depth}": {**_PAPER, "downsample": "first", "init": "he", "depths": depths, "shortcut": shortcut}
        for depth, depths in _DEPTHS.items()
        for kind, shortcut in (("plain", "none"), ("residual", "add"))
    },
    "breaks": {
        "base": {},
        "no-skip": {"shortcut": "none"},
        "no-batchnorm": {"remove": "batchnorm"},
        "no-relu": {"remove": "relu"},
    },
    "variants": {
        "relu-after-sum": {"relu_at": "sum"},
        "stride-on-3x3": {"stride_on": "3x3"},
        "projection-always": {"projection": "always"},
        "downsample-first": {"downsample": "first"},
    },
    "stems": {
        "stem-7x7-paper": {**_PAPER},
        "stem-3x3-course": {"stem": "3x3"},
        "stem-3x3-paper": {"stem": "3x3", **_PAPER},
    },
}
RUNS = {name: options for group in GROUPS.values() for name, options in group.items()}
SAME = {"stem-7x7-course": "base"}  # another name of the same net

PARTS = {"stem": "conv1", "layer1": "layer1", "layer2": "layer2", "layer3": "layer3", "head": "fc"}
COLUMNS = ["epoch", "step", "train_loss", "test_loss", "test_accuracy", "train_accuracy", "lr", "seconds"]
COLUMNS += [f"gradient_{part}" for part in PARTS]
LOOKS = 10  # steps of an epoch whose gradients are measured


def main() -> int:
    """Reads the command line and trains what is not finished yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for the CSV files, with checkpoints/ in it")
    parser.add_argument("--only", nargs="+", metavar="NAME", default=list(RUNS), help=f"of {', '.join(RUNS)}")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--epochs", type=int, default=RECIPE["epochs"])
    parser.add_argument("--data", default="cifar10")
    options = parser.parse_args()
    try:
        names = [known(name) for name in options.only]
        ds, recipe = data.load(options.data), {**RECIPE, "epochs": options.epochs}
        print(f"{ds}; {json.dumps(recipe)}; {machine()}", flush=True)
        write_index(options.out)
        for name in dict.fromkeys(names):
            for seed in options.seeds:
                record(name, seed, ds, options.out, recipe)
    except InputError as error:
        print(f"record.py: {error}", file=sys.stderr)
        return 2
    return 0


def known(name: str) -> str:
    """The run that ``name`` means."""
    if name not in RUNS and name not in SAME:
        raise unknown("run", name, [*RUNS, *SAME])
    return SAME.get(name, name)


def build(name: str, width: int, classes: int = 10) -> nn.Module:
    """The net of the run ``name``, with fresh weights drawn from torch's random state."""
    options = dict(RUNS[name])
    remove = options.pop("remove", None)
    model = models.build("resnet50_layer4", classes, width=width, **options)
    if remove:
        take_out(model, remove)
    return model


def take_out(model: nn.Module, what: str) -> None:
    """Puts identities in the place of every "batchnorm", or of every "relu" of the blocks."""
    if what == "batchnorm":
        _remove(model, nn.BatchNorm2d)
    if what == "relu":
        for block in [m for m in model.modules() if isinstance(m, models.Bottleneck)]:
            _remove(block, nn.ReLU)


def _remove(module: nn.Module, kind: type[nn.Module]) -> None:
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, kind):
                setattr(parent, name, nn.Identity())


def record(name: str, seed: int, ds: data.Dataset, folder: Path, recipe: dict[str, Any]) -> Path:
    """Trains one run, from its checkpoint if there is one, and writes ``folder/NAME-SEED.csv`` when it has ended."""
    done, at = folder / f"{name}-{seed}.csv", folder / "checkpoints" / f"{name}-{seed}"
    checkpoint, so_far = at.with_name(at.name + ".pt"), at.with_name(at.name + ".csv")
    if done.exists():
        check_same(done, ds, recipe)
        tidy(checkpoint, so_far)
        print(f"{done.name} is finished", flush=True)
        return done
    torch.manual_seed(seed)
    model = build(name, recipe["width"], len(ds.classes))
    about = describe(name, seed, model, ds, recipe)
    how = {key: value for key, value in recipe.items() if key != "width"}
    rows: list[dict[str, float]] = []
    if checkpoint.exists():
        check_same(so_far, ds, recipe)
        training = Training.resume(checkpoint, model, ds, precision=recipe["precision"])
        rows = [row for row in read(so_far)[1] if row["epoch"] <= training.epoch]  # one more if killed before the checkpoint
    else:
        training = Training(model, ds, seed=seed, device="cpu", **how)
        rows.append(begin(training))
    norms: list[list[float]] = []
    try:
        for step in training:
            if len(rows) == 1 and step.epoch == step.index == 1:
                rows[0] |= of_first_step(training)
            if step.index * LOOKS // step.total > (step.index - 1) * LOOKS // step.total:
                norms.append(gradient_norms(model))
            if step.index == step.total:
                rows.append(end_of_epoch(training, step.epoch, norms))
                norms = []
                write(so_far, about, rows)
                training.save(checkpoint)
                say(name, seed, rows[-1])
    except Diverged as error:
        about["diverged"] = error.seen
        if len(training.history) == 1:
            rows[0] |= of_first_step(training)
        rows.append(end_of_epoch(training, training.history.epochs[-1], norms or [gradient_norms(model)]))
        say(name, seed, rows[-1], error.seen)
    write(done, about, rows)
    tidy(checkpoint, so_far)
    return done


def tidy(*files: Path) -> None:
    """Removes what a finished run no longer needs."""
    for file in files:
        file.unlink(missing_ok=True)


def gradient_norms(model: nn.Module) -> list[float]:
    """The norm of the gradient that lies in ``model`` for the weights of each part, without biases and batch norms."""
    norms = []
    for module in map(model.get_submodule, PARTS.values()):
        grads = [p.grad.double().square().sum() for p in module.parameters() if p.ndim > 1 and p.grad is not None]
        norms.append(math.sqrt(torch.stack(grads).sum().item()) if grads else math.nan)
    return norms


def begin(training: Training) -> dict[str, float]:
    """Row 0, as far as it is known before the first step."""
    result = training.evaluate()
    return {"epoch": 0, "step": 0, "test_loss": result.loss, "test_accuracy": result.accuracy, "seconds": 0}


def of_first_step(training: Training) -> dict[str, float]:
    """The rest of row 0, just after the first step: its loss, and its gradient, which still lies in the model."""
    h = training.history
    row = {"train_loss": h.losses()[0], "train_accuracy": h.accuracies[0], "lr": h.lrs[0]}
    return row | _named(gradient_norms(training.model))


def end_of_epoch(training: Training, epoch: int, norms: Sequence[Sequence[float]]) -> dict[str, float]:
    """The row of ``epoch``, whose steps are the last ones of the history."""
    result = training.evaluate()
    return {**of_steps(training, epoch, norms), "test_loss": result.loss, "test_accuracy": result.accuracy}


def of_steps(training: Training, epoch: int, norms: Sequence[Sequence[float]]) -> dict[str, float]:
    """The part of the row of ``epoch`` that its steps tell."""
    h = training.history
    steps = [i for i, e in enumerate(h.epochs) if e == epoch]
    row = {"epoch": epoch, "step": len(h), "train_loss": _mean([h.losses()[i] for i in steps]), "lr": h.lrs[-1]}
    row |= {"train_accuracy": _mean([h.accuracies[i] for i in steps]), "seconds": sum(h.seconds[i] for i in steps)}
    return row | _named([_mean(part) for part in zip(*norms, strict=True)])


def _named(norms: Sequence[float]) -> dict[str, float]:
    return {f"gradient_{part}": norm for part, norm in zip(PARTS, norms, strict=True)}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def describe(name: str, seed: int, model: nn.Module, ds: data.Dataset, recipe: dict[str, Any]) -> dict[str, Any]:
    """What one needs to know to doubt the run; the first line of its file."""
    main_path = [n for n, m in model.named_modules() if isinstance(m, nn.Conv2d | nn.Linear) and ".downsample." not in n]
    versions = {"cnnkit": cnnkit.__version__, "torch": torch.__version__, "python": platform.python_version()}
    return {
        "name": name, "group": next(group for group, runs in GROUPS.items() if name in runs), "seed": seed,
        "model": "resnet50_layer4", "options": {"width": recipe["width"], **RUNS[name]}, "weighted_layers": len(main_path),
        "parameters": sum(p.numel() for p in model.parameters()), "recipe": recipe, "epochs": recipe["epochs"], "data": ds.name,
        "photos": len(ds.train), "test_photos": len(ds.test), "machine": machine(), "versions": versions,
        "date": str(datetime.date.today()), "diverged": None,
    }  # fmt: skip


def check_same(path: Path, ds: data.Dataset, recipe: dict[str, Any]) -> None:
    """Raises InputError where the run in ``path`` had another recipe or other photos."""
    about = read(path)[0]
    if (about["recipe"], about["data"], about["photos"]) != (json.loads(json.dumps(recipe)), ds.name, len(ds.train)):
        raise InputError(
            f"{path} is a run with another recipe or data set ({json.dumps(about['recipe'])}, {about['data']}); "
            "choose another --out"
        )


def say(name: str, seed: int, row: dict[str, float], end: str = "") -> None:
    """One line of the log."""
    losses = f"loss {row['train_loss']:.3f}  test {row['test_loss']:.3f}, {100 * row['test_accuracy']:.2f} %"
    print(f"{name}-{seed}  epoch {row['epoch']:2}  {losses}  {row['seconds']:.0f} s  {end}".rstrip(), flush=True)


def write(path: Path, about: dict[str, Any], rows: list[dict[str, float]], columns: Sequence[str] = tuple(COLUMNS)) -> None:
    """A line "# {about}", a line of columns, the rows."""
    text = io.StringIO()
    text.write(f"# {json.dumps(about)}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([f"{row[column]:.5g}" if column != "step" else row[column] for column in columns] for row in rows)
    _replace(path, text.getvalue())


def read(path: Path) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """What `write` wrote."""
    first, *rest = path.read_text(encoding="utf-8").splitlines()
    rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(rest)]
    return json.loads(first.removeprefix("# ")), [{**row, "epoch": int(row["epoch"]), "step": int(row["step"])} for row in rows]


def write_index(folder: Path) -> None:
    """Writes index.json: which runs belong together, and which names mean the same net."""
    index = {"groups": {group: list(runs) for group, runs in GROUPS.items()}, "same": SAME}
    index["groups"]["stems"] = [*SAME, *GROUPS["stems"]]
    _replace(folder / "index.json", json.dumps(index, indent=1) + "\n")


def _replace(path: Path, text: str) -> None:
    """Writes a file whole or not at all; two processes may write the same index."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    os.replace(temporary, path)


if __name__ == "__main__":
    sys.exit(main())

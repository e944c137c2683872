"""Records what depth does on small photos: plain and residual nets on full-size maps, each kind at its own best rate.

    OMP_NUM_THREADS=1 python benchmarks/depth.py --out runs/depth --groups depth --seeds 0
    python benchmarks/depth.py --out runs/depth --nets plain-20 plain-56 --photos 10000 --look 2000 --epochs 15

The same command goes on with whatever was interrupted and skips what is finished; two processes may work on different nets
in one folder. A run that diverged is kept, and says so in its first line.

The ground, for every net: the stem 3x3 without a pool, so that the three stages see maps of 32, 16 and 8; the paper's
bottleneck block and layout (the ReLU after the sum, projections only where shapes change, no biases, He's first weights, the
first block of a stage halves the map; the stride is on the 1x1); AdamW, the rate up over a fifth of the run, then down to zero.

depth     plain and residual nets of 20, 32 and 56 weighted layers (2 + 3 a block). A residual net is the plain one of its
          depth plus shortcuts, of which three are projections.
breaks    residual-29 without its shortcuts, without batch norm, without the ReLUs of its blocks.
variants  residual-29 with one thing as others do it.
stems     residual-29 after the stem 7x7 with stride 2 and a max pool.

The rate is chosen for each kind (in the other groups: for each net) by a sweep of short runs of its deepest net, by the loss
on photos that no run trains on; the sweep is kept in sweep/. Those photos are 500 of each class of the training part, drawn
once for all; --photos are drawn from the others, equally many of each class.

One row an epoch; epoch 0 is before training. train_loss and train_accuracy are means over the epoch's batches as they were
trained on (crops and flips, batch statistics), in row 0 of the first batch. still_loss and still_accuracy are of a fixed part
of the training photos (--look) in evaluation mode, without crops or flips, so that they compare with test_loss and
test_accuracy, of a fixed part of the test photos of the same size. lr, seconds and gradient_PART are as in record.py. When a
run has ended, all test photos are scored, too: "final" in its first line. Nothing is chosen by the test photos.
"""

import argparse
import datetime
import json
import platform
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import record
import torch
from machine import machine
from torch import Tensor, nn

import cnnkit
from cnnkit import Diverged, InputError, Training, data, evaluate, models
from cnnkit._support import files
from cnnkit.data import Dataset, Split
from cnnkit.errors import unknown
from cnnkit.training.randomness import generator

RECIPE: dict[str, Any] = {
    "width": 8, "photos": 45_000, "look": 5_000, "epochs": 20, "batch_size": 128, "optimizer": "adamw", "weight_decay": 0.02,
    "schedule": "linear", "augment": True, "precision": "float32-channels-last",
}  # fmt: skip
HELD = 500  # photos of each class that no run trains on: the sweeps are scored by them
RATES, SWEEP_EPOCHS, SWEEP_SEED = (4e-3, 1e-2), 2, 100

_GROUND = {"stem": "3x3", "stride_on": "1x1", "relu_at": "sum", "bias": False, "downsample": "first", "init": "he"}
_BLOCKS = {20: (2, 2, 2), 29: (3, 3, 3), 32: (3, 4, 3), 56: (6, 6, 6)}
_BASE = {"depths": _BLOCKS[29]}

# The options that each net sets on this ground, in the order in which they are trained; "remove" is done to the built net.
GROUPS: dict[str, dict[str, dict[str, Any]]] = {
    "depth": {
        f"{kind}-{depth}": {"depths": _BLOCKS[depth], "shortcut": shortcut}
        for depth in (20, 56, 32)
        for kind, shortcut in (("residual", "add"), ("plain", "none"))
    },
    "breaks": {
        "residual-29": _BASE,
        "no-skip": {**_BASE, "shortcut": "none"},
        "no-batchnorm": {**_BASE, "remove": "batchnorm"},
        "no-relu": {**_BASE, "remove": "relu"},
    },
    "variants": {
        "relu-in-branches": {**_BASE, "relu_at": "branches"},
        "course-block": {**_BASE, "relu_at": "branches", "bias": True, "downsample": "last", "init": "xavier"},
        "stride-on-3x3": {**_BASE, "stride_on": "3x3"},
        "projection-always": {**_BASE, "projection": "always"},
    },
    "stems": {"stem-7x7": {**_BASE, "stem": "7x7"}},
}
NETS = {name: options for group in GROUPS.values() for name, options in group.items()}
SWEPT_BY = {name: f"{name.split('-')[0]}-56" for name in GROUPS["depth"]}  # else a net is swept itself

COLUMNS = ["epoch", "step", "train_loss", "still_loss", "test_loss", "train_accuracy", "still_accuracy", "test_accuracy"]
COLUMNS += ["lr", "seconds", *(f"gradient_{part}" for part in record.PARTS)]


def main() -> int:
    """Reads the command line and trains what is not finished yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for the CSV files, with checkpoints/ and sweep/ in it")
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=["depth"])
    parser.add_argument("--nets", nargs="+", metavar="NET", help=f"these, instead of groups: of {', '.join(NETS)}")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--rates", nargs="+", type=float, default=list(RATES), help="what the sweep tries; one: no sweep")
    parser.add_argument("--sweep-epochs", type=int, default=SWEEP_EPOCHS)
    parser.add_argument("--only-sweep", action="store_true", help="end when the rates are chosen")
    for name in ("width", "photos", "look", "epochs", "batch_size", "precision"):
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=type(RECIPE[name]), default=RECIPE[name], help=f"default: {RECIPE[name]}"
        )
    parser.add_argument("--data", default="cifar10")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    names = options.nets or [name for group in options.groups for name in GROUPS[group]]
    recipe = {key: getattr(options, key, value) for key, value in RECIPE.items()}
    try:
        for name in names:
            if name not in NETS:
                raise unknown("net", name, NETS)
        ds = data.load(options.data)
        print(f"{ds}; {json.dumps(recipe)}; {machine(options.device)}", flush=True)
        write_index(options.out)
        for name in dict.fromkeys(names):
            rate = options.rates[0]
            if options.only_sweep or len(options.rates) > 1:
                short = {**recipe, "epochs": options.sweep_epochs}
                rate = swept(name, ds, options.out / "sweep", short, options.rates, options.device)
            for seed in [] if options.only_sweep else options.seeds:
                run(name, seed, parts(ds, recipe), options.out, {**recipe, "lr": rate}, options.device)
    except InputError as error:
        print(f"depth.py: {error}", file=sys.stderr)
        return 2
    return 0


# ---- nets and photos -------------------------------------------------------------------------------------------------------


def build(name: str, width: int, classes: int = 10) -> nn.Module:
    """The net called ``name``, with fresh weights drawn from torch's random state."""
    options = {**_GROUND, **NETS[name]}
    remove = options.pop("remove", None)
    model = models.build("resnet50_layer4", classes, width=width, **options)
    if remove:
        record.take_out(model, remove)
    return model


def parts(ds: Dataset, recipe: Mapping[str, Any], validation: bool = False) -> tuple[Dataset, Split]:
    """The photos that a run trains on and is scored on, and the fixed part of them that is looked at every epoch.

    Args:
        ds: the whole data set.
        recipe: how many photos.
        validation: score on the photos that no run trains on, in place of the test photos.
    """
    classes, every = len(ds.classes), by_class(ds.train)
    held = min(HELD, min(map(len, every)) // 5)
    each = recipe["photos"] // classes
    if each > min(len(order) - held for order in every):
        raise InputError(f"{ds.name} has no {each:,} photos of each class beside the {held} that are held out; take fewer")
    index = torch.cat([order[held : held + each] for order in every])
    train = ds.train.part(index.sort().values, f"{ds.train.name}, {len(index):,} of its photos")
    still = some(train, recipe["look"], "looked at every epoch")
    test = ds.test
    if validation:
        unseen = torch.cat([order[:held] for order in every])
        test = ds.train.part(unseen, f"{ds.train.name}, {len(unseen):,} photos that no run trains on")
    return Dataset(ds.name, train, test), still


def by_class(split: Split) -> list[Tensor]:
    """The positions of each class's photos, in a random order that is the same in every run."""
    found = [(split.labels == label).nonzero().flatten() for label in range(len(split.classes))]
    return [index[torch.randperm(len(index), generator=generator("depth", label))] for label, index in enumerate(found)]


def some(split: Split, count: int, why: str) -> Split:
    """About ``count`` photos of ``split``, equally many of each class."""
    index = torch.cat([order[: count // len(split.classes)] for order in by_class(split)])
    return split.part(index, f"{split.name}: {len(index):,} of them, {why}")


# ---- the sweep -------------------------------------------------------------------------------------------------------------


def swept(name: str, ds: Dataset, folder: Path, recipe: Mapping[str, Any], rates: Iterable[float], device: str) -> float:
    """The rate of ``rates`` with which the net that decides for ``name`` has the smallest loss on unseen training photos."""
    net, photos, ends = SWEPT_BY.get(name, name), parts(ds, recipe, validation=True), {}
    for rate in rates:
        about, _ = record.read(run(net, SWEEP_SEED, photos, folder / f"rate-{rate:g}", {**recipe, "lr": rate}, device))
        ends[rate] = float("inf") if about["diverged"] else about["final"]["loss"]
    best = min(ends, key=ends.__getitem__)
    print(f"{name}: rate {best:g}, by {net}'s losses on unseen training photos {ends}", flush=True)
    return best


# ---- a run -----------------------------------------------------------------------------------------------------------------


def run(name: str, seed: int, photos: tuple[Dataset, Split], folder: Path, recipe: Mapping[str, Any], device: str) -> Path:
    """Trains one net, from its checkpoint if there is one, and writes ``folder/NAME-SEED.csv`` when it has ended."""
    ds, still = photos
    done, at = folder / f"{name}-{seed}.csv", folder / "checkpoints" / f"{name}-{seed}"
    checkpoint, so_far = at.with_name(at.name + ".pt"), at.with_name(at.name + ".csv")
    if done.exists():
        record.check_same(done, ds, dict(recipe))
        print(f"{done} is finished", flush=True)
        return done
    torch.manual_seed(seed)
    model = build(name, recipe["width"], len(ds.classes))
    about = describe(name, seed, model, ds, still, recipe, device)
    if checkpoint.exists():
        record.check_same(so_far, ds, dict(recipe))
        training = Training.resume(checkpoint, model, ds, precision=recipe["precision"], device=device)
        rows = [row for row in record.read(so_far)[1] if row["epoch"] <= training.epoch]
    else:
        how = {key: value for key, value in recipe.items() if key not in ("width", "photos", "look")}
        training, rows = Training(model, ds, seed=seed, device=device, **how), []
    eyes = {"still": still, "test": some(ds.test, recipe["look"], "looked at every epoch")}
    try:
        for row in epochs(training, rows, eyes):
            record.write(so_far, about, rows, COLUMNS)
            if row["epoch"]:
                training.save(checkpoint)
            record.say(name, seed, row, f"rate {recipe['lr']:g}, in evaluation mode {row['still_loss']:.3f}")
    except Diverged as error:
        about["diverged"] = error.seen
        print(f"{name}-{seed} diverged: {error.seen}", flush=True)
    final = evaluate(model, ds.test, precision=recipe["precision"])
    about["final"] = {"accuracy": final.accuracy, "loss": final.loss, "photos": final.count, "split": final.split}
    record.write(done, about, rows, COLUMNS)
    record.tidy(checkpoint, so_far)
    return done


def epochs(training: Training, rows: list[dict[str, float]], eyes: Mapping[str, Split]) -> Iterable[dict[str, float]]:
    """Trains; adds a row to ``rows`` for each epoch and yields it, first the one before training if ``rows`` is empty."""
    before = None if rows else looked(training, eyes)
    norms: list[list[float]] = []
    for step in training:
        if before is not None:
            first = record.of_first_step(training)
            rows.append({"epoch": 0, "step": 0, "seconds": 0.0, **before, **first})
            before = None
            yield rows[-1]
        if step.index * record.LOOKS // step.total > (step.index - 1) * record.LOOKS // step.total:
            norms.append(record.gradient_norms(training.model))
        if step.index == step.total:
            rows.append({**record.of_steps(training, step.epoch, norms), **looked(training, eyes)})
            norms = []
            yield rows[-1]


def looked(training: Training, eyes: Mapping[str, Split]) -> dict[str, float]:
    """Loss and accuracy of the net on each part of ``eyes``, in evaluation mode and without crops and flips."""
    row = {}
    for name, split in eyes.items():
        seen = training.evaluate(split)
        row |= {f"{name}_loss": seen.loss, f"{name}_accuracy": seen.accuracy}
    return row


def describe(
    name: str, seed: int, model: nn.Module, ds: Dataset, still: Split, recipe: Mapping[str, Any], device: str
) -> dict[str, Any]:
    """What one needs to know to doubt the run; the first line of its file."""
    main_path = [n for n, m in model.named_modules() if isinstance(m, nn.Conv2d | nn.Linear) and ".downsample." not in n]
    versions = {"cnnkit": cnnkit.__version__, "torch": torch.__version__, "python": platform.python_version()}
    return {
        "name": name, "group": next(group for group, nets in GROUPS.items() if name in nets), "seed": seed,
        "model": "resnet50_layer4", "options": {"width": recipe["width"], **_GROUND, **NETS[name]},
        "weighted_layers": len(main_path), "parameters": sum(p.numel() for p in model.parameters()), "recipe": dict(recipe),
        "epochs": recipe["epochs"], "data": ds.name, "photos": len(ds.train), "still_photos": still.name,
        "test_photos": len(ds.test), "scored_on": ds.test.name, "machine": machine(device), "versions": versions,
        "command": "benchmarks/depth.py", "date": str(datetime.date.today()), "diverged": None,
    }  # fmt: skip


def write_index(folder: Path) -> None:
    """Writes index.json, by which `cnnkit.runs` knows what belongs together, from the flattest net to the deepest."""
    groups = {group: sorted(nets, key=lambda name: sum(nets[name]["depths"])) for group, nets in GROUPS.items()}
    files.write(folder / "index.json", json.dumps({"groups": groups, "same": {}}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())

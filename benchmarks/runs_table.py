"""Writes assets/runs/README.md: every recorded run with its command, hardware, epochs, seeds, mean and spread.

    python benchmarks/runs_table.py            writes the table
    python benchmarks/runs_table.py --check    says whether it is up to date

All numbers come from the files beside it, none from a memory or a prose; so notebooks and texts can point there.
"""

import argparse
import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import fmean

from cnnkit import InputError, runs
from cnnkit._support import files
from cnnkit.runs import Run

RUNS = Path(__file__).resolve().parents[1] / "assets" / "runs"
HEAD = """\
# Recorded runs

Made by `python benchmarks/runs_table.py` from the files in this folder; a test holds it up to date. "[a .. b]" is the smallest
and the largest of the seeds, not an error bar, and behind one seed stands no spread at all. `cnnkit.runs.load(NAME, SEED)`
reads a run, with `folder=` for those of a folder in here. "JPEG copy": CIFAR-10 that went through JPEG, so figures of the
original differ a little. Test photos chose nothing.

Figures are those of the last epoch. "Training loss" is the mean over its batches as they were trained on, with crops, flips and
the batches' own statistics; "in evaluation mode": of a fixed part of the training photos as they are, which is what compares
with the test loss. Test losses and accuracies are of all test photos.
"""


def main() -> int:
    """Writes the table, or compares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    text, path = page(RUNS), RUNS / "README.md"
    if parser.parse_args().check:
        return 0 if path.exists() and path.read_text(encoding="utf-8") == text else 1
    files.write(path, text)
    return 0


def page(folder: Path) -> str:
    """The whole page for the runs in ``folder``."""
    parts = [HEAD, depth(folder / "depth"), sweeps(folder / "depth" / "sweep"), record(folder), weights(folder)]
    return "\n".join(part for part in [*parts, assignments(folder)] if part)


# ---- runs with a first line that says how they came about -------------------------------------------------------------------


def depth(folder: Path) -> str:
    """The record of depth on full-size maps, by benchmarks/depth.py."""
    heads = ["net", "layers", "weights", "rate", "seeds", "epochs", "training loss", "in evaluation mode", "test loss",
             "test accuracy"]  # fmt: skip

    def row(name: str, found: list[Run]) -> list[str]:
        about = found[0].about
        return [
            name, str(about["weighted_layers"]), f"{about['parameters']:,}", f"{about['recipe']['lr']:g}", numbers(found),
            ended(found), spread([run["train_loss"][-1] for run in found]), spread([run["still_loss"][-1] for run in found]),
            spread([run.about["final"]["loss"] for run in found]), percent([run.about["final"]["accuracy"] for run in found]),
        ]  # fmt: skip

    return of_runs("Depth on full-size maps", folder, heads, row, "depth.py")


def sweeps(folder: Path) -> str:
    """The short runs that chose its rates."""
    lines = []
    for place in sorted(folder.glob("rate-*"), key=lambda path: float(path.name.removeprefix("rate-"))):
        for name in runs.recorded(place):
            run = runs.load(name, folder=place)
            final = run.about["final"]
            lines += [[name, f"{run.about['recipe']['lr']:g}", str(run["epoch"][-1]), f"{run['train_loss'][-1]:.3f}",
                       f"{final['loss']:.3f}", f"{100 * final['accuracy']:.1f} %", f"{final['photos']:,}"]]  # fmt: skip
    heads = ["net", "rate", "epochs", "training loss", "loss", "accuracy", "photos that no run trains on"]
    text = (
        "A kind's rate is the one with the smallest loss on photos that no run trains on, in these runs of its deepest net.\n"
    )
    return f"## The sweep that chose the rates\n\n{text}\n{table(heads, sorted(lines))}" if lines else ""


def record(folder: Path) -> str:
    """The runs of benchmarks/record.py."""
    heads = ["run", "group", "layers", "weights", "seeds", "epochs", "training loss", "test loss", "test accuracy"]

    def row(name: str, found: list[Run]) -> list[str]:
        about = found[0].about
        return [
            name, about["group"], str(about["weighted_layers"]), f"{about['parameters']:,}", numbers(found), ended(found),
            *(spread([run[column][-1] for run in found]) for column in ("train_loss", "test_loss")),
            percent([run["test_accuracy"][-1] for run in found]),
        ]  # fmt: skip

    return of_runs("Small nets after a stem of 7x7", folder, heads, row, "record.py")


def of_runs(title: str, folder: Path, heads: Sequence[str], row: Callable[[str, list[Run]], list[str]], script: str) -> str:
    """A table of the runs in ``folder``, a line for each net, and below it how they were made."""
    all_runs = [[runs.load(name, seed, folder) for seed in runs.seeds(name, folder)] for name in runs.recorded(folder)]
    if not all_runs:
        return ""
    lines = [row(found[0].name, found) for found in all_runs]
    abouts = [run.about for found in all_runs for run in found]
    made = [f"* {words}" for words in dict.fromkeys(how(about, script) for about in abouts)]
    where = {re.sub(r", \d{4}-\d\d-\d\d, commit \w+", "", about["machine"]): None for about in abouts}
    dates = sorted({about["date"] for about in abouts})
    made += [f"* on {machine}" for machine in where]
    made += [f"* {dates[0]}" + (f" to {dates[-1]}" if len(dates) > 1 else "")]
    return f"## {title}\n\n{table(heads, lines)}\n" + "\n".join(made) + "\n"


def how(about: dict, script: str) -> str:
    """The command and the photos of a run; of depth.py the rates stand in the table."""
    recipe = {key: value for key, value in about["recipe"].items() if key != "lr" or script != "depth.py"}
    given = {"width": "width", "photos": "photos", "look": "look", "epochs": "epochs", "batch_size": "batch-size"}
    options = " ".join(f"--{flag} {recipe[key]}" for key, flag in given.items() if key in recipe and script == "depth.py")
    rest = json.dumps({key: value for key, value in recipe.items() if script != "depth.py" or key not in given})
    return (
        f"`python benchmarks/{script} --out FOLDER {options}".rstrip()
        + f"`; {about['photos']:,} photos of {about['data']}; {rest}"
    )


def numbers(found: Iterable[Run]) -> str:
    """The seeds of the runs."""
    return ", ".join(str(run.seed) for run in found)


def ended(found: Iterable[Run]) -> str:
    """How many epochs they had, and which diverged."""
    return ", ".join(dict.fromkeys(f"{run['epoch'][-1]}{' (diverged)' if run.diverged else ''}" for run in found))


# ---- logs without one --------------------------------------------------------------------------------------------------------


def weights(folder: Path) -> str:
    """The logs of the shipped weights, by benchmarks/pretrain.py."""
    lines = []
    for path in sorted(folder.glob("pretrain-*.csv")):
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        name, _, seed = path.stem.removeprefix("pretrain-").rpartition("-")
        last = rows[-1]
        hours = sum(float(row["seconds"]) for row in rows) / 3600
        lines.append([name, seed, last["epoch"], f"{float(last['train_loss']):.3f}", f"{float(last['validation_loss']):.3f}",
                      f"{100 * float(last['validation_accuracy']):.1f} %", f"{hours:.1f}"])  # fmt: skip
    if not lines:
        return ""
    heads = ["run", "seed", "epochs", "training loss", "validation loss", "validation accuracy", "hours in training steps"]
    return (
        f"## Shipped weights\n\n{table(heads, lines)}\n* `python benchmarks/pretrain.py RUN --out FOLDER --assets assets`; "
        "recipe and accuracy on the test photos stand in the weights' own files (`cnnkit.weights.about`); of the hardware the "
        "logs say nothing\n"
    )


def assignments(folder: Path) -> str:
    """The assignment's one epoch from shipped weights, as its log was printed."""
    found: dict[tuple[str, str], dict[int, tuple[float, float]]] = defaultdict(dict)
    where = set()
    for path in sorted(folder.glob("assignment-*.txt")):
        match = re.fullmatch(r"assignment-(?P<start>.+)-(?P<rate>[\d.]+?)(?:-seed(?P<seed>\d+))?", path.stem)
        text = path.read_text(encoding="utf-8")
        losses, where_in = re.findall(r"Loss: ([\d.]+)", text), re.search(r"\((CIFAR-10.*)\)", text)
        right = re.search(r"([\d.]+) % (?:\(|of)", text)
        if match is None or right is None or where_in is None:
            raise InputError(f"{path.name} is no log of an assignment; look at its name and at its last line")
        found[match["start"], match["rate"]][int(match["seed"] or 0)] = float(losses[-1]), float(right[1]) / 100
        where.add(where_in[1])
    if not found:
        return ""
    lines = [
        [start, rate, ", ".join(map(str, sorted(seeds))), spread([loss for loss, _ in seeds.values()]),
         percent([right for _, right in seeds.values()])]
        for (start, rate), seeds in sorted(found.items(), key=lambda item: (item[0][0], float(item[0][1])))
    ]  # fmt: skip
    heads = ["weights at the start", "rate", "seeds", "mean loss of the epoch", "test accuracy"]
    return (
        f"## The assignment: one epoch more\n\n{table(heads, lines)}\n* one epoch of resnet50_layer4 with Adam and an empty "
        f"memory, batch 100, as notebook 06 runs it; {' and '.join(sorted(where))}; of the hardware the logs say nothing\n"
    )


# ---- words -------------------------------------------------------------------------------------------------------------------


def spread(values: Sequence[float], form: str = "{:.3f}") -> str:
    """The mean, and the smallest and the largest where there are several."""
    mean = form.format(fmean(values))
    return mean if len(values) == 1 else f"{mean} [{form.format(min(values))} .. {form.format(max(values))}]"


def percent(values: Sequence[float]) -> str:
    """`spread` of fractions, in percent."""
    return spread([100 * value for value in values], "{:.1f}") + " %"


def table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    rows = [heads, ["---"] * len(heads), *lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    sys.exit(main())

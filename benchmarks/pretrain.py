"""Trains the weights that the kit ships. Resumable: the same command goes on with a run that was interrupted.

    python benchmarks/pretrain.py resnet50_layer4 --out runs/pretrain
    python benchmarks/pretrain.py vgg16_cifar --out runs/pretrain --epochs 60

The recipe is printed first. 4 % of the training photos are held out to choose by; the test photos are scored once, at the end.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from machine import machine

from cnnkit import Training, data, models

# What facts and short runs showed: plain SGD at 0.2 diverges on resnet50_layer4, whose sums have no norm after them.
# Its rate goes in straight lines between (epoch, factor): the run was begun for 50 epochs on a CPU, and its end drawn in at 22.
RECIPES = {
    "resnet50_layer4": {"optimizer": "adamw", "lr": 2e-3, "weight_decay": 0.05, "batch_size": 256, "epochs": 36,
                        "schedule": ((0, 0), (10, 1), (22, 0.7), (36, 0))},
    "vgg16_cifar": {"optimizer": "adamw", "lr": 1e-3, "weight_decay": 0.05, "batch_size": 256, "epochs": 16},
    "vgg16_bn_cifar": {"optimizer": "sgd", "lr": 0.2, "weight_decay": 5e-4, "batch_size": 512, "epochs": 30},
}  # fmt: skip


def main() -> int:
    """Reads the command line and trains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints, the log and the weights of each epoch")
    parser.add_argument("--epochs", type=int, help="default: the recipe's")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", default="cifar10")
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    recipe = {"schedule": "linear", **RECIPES[options.name], "label_smoothing": 0.1, "validation": 0.04, "seed": options.seed}
    if options.epochs:
        recipe["epochs"] = options.epochs
    folder = options.out / f"{options.name}-{options.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    train(options.name, recipe, folder, data.load(options.data), options.device)
    return 0


def train(name: str, recipe: dict, folder: Path, ds: data.Dataset, device: str) -> None:
    """One run, from its checkpoint if there is one; keeps the weights of every epoch in half precision."""
    torch.manual_seed(recipe["seed"])
    model, checkpoint = models.build(name), folder / "checkpoint.pt"
    schedule = recipe["schedule"] if isinstance(recipe["schedule"], str) else through(recipe["schedule"])
    options = {**recipe, "schedule": schedule, "device": device, "autosave": (checkpoint, 50)}
    if checkpoint.exists():
        training = Training.resume(checkpoint, model, ds, **options)
    else:
        training = Training(model, ds, **options)
    print(f"{name} on {ds.name}: {json.dumps(recipe)}; {machine(str(training.device))}", flush=True)
    start = time.perf_counter()
    for step in training:
        if step.index < step.total:
            continue
        result = training.history.evaluations[-1]
        torch.save({k: v.half() if v.is_floating_point() else v for k, v in model.state_dict().items()},
                   folder / f"epoch{step.epoch:03}.pt")  # fmt: skip
        accuracy, seconds = 100 * result["accuracy"], time.perf_counter() - start
        print(
            f"epoch {step.epoch:3}  loss {step.mean_loss:.3f}  {result['split']} {accuracy:.2f} %  {seconds:.0f} s", flush=True
        )
    result = training.evaluate()
    print(f"{name}: {100 * result.accuracy:.2f} % of {ds.name}'s test photos", flush=True)
    summary = {"accuracy": result.accuracy, "recipe": recipe, "data": ds.name}
    (folder / "result.json").write_text(json.dumps(summary), encoding="utf-8")


def through(points: Sequence[tuple[float, float]]) -> Callable[[float, int], float]:
    """A schedule that goes in straight lines through ``points``: (epoch, factor on the rate)."""
    epochs, factors = zip(*points, strict=True)
    return lambda epoch, _: float(np.interp(epoch, epochs, factors))


if __name__ == "__main__":
    sys.exit(main())

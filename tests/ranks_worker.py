"""What each process of torchrun runs in tests/test_ranks.py: trains and evaluates tiny networks, and writes what it saw."""

import os
import sys
from pathlib import Path

import torch
from torch import nn
from toys import CLASSES, toy_dataset

from cnnkit import Training, evaluate
from cnnkit.training import ranks

DATASET = toy_dataset(26, 11)  # batches of 8, 8, 8 and 2: fewer than three ranks
OPTIONS = {"epochs": 2, "batch_size": 8, "lr": 0.01, "precision": "float32", "device": "cpu", "label_smoothing": 0.1}


def network(norm: bool) -> nn.Module:
    """A small network, with a layer that nothing uses, as DDP stumbles over."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(
            nn.Conv2d(3, 6, 5, stride=4, bias=False), nn.BatchNorm2d(6) if norm else nn.Identity(), nn.ReLU(),
            nn.Conv2d(6, 8, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 9, len(CLASSES)),
        )  # fmt: skip
        model[0].unused = nn.Linear(2, 2)
        return model


def main(out: Path) -> None:
    seen = {}
    with ranks.joined("cpu"):
        number = ranks.rank()
        for name in ("plain", "normed"):
            training = Training(network(name == "normed"), DATASET, **OPTIONS, autosave=out / f"{name}.pt")
            for _ in training:
                pass
            found = evaluate(training.model, DATASET.test, batch_size=3)
            seen[name] = {
                "losses": training.history.losses(), "accuracies": training.history.accuracies,
                "weights": training.model.state_dict(), "confusion": found.confusion, "loss": found.loss,
            }  # fmt: skip
    torch.save(seen, out / f"rank{number}.pt")


def killed_once(argv: list[str]) -> int:
    """The command line, saved after each step; the second of three ranks dies amid step 5 of the first attempt."""
    from cnnkit.cli import main as command
    from cnnkit.cli import train

    train.AUTOSAVE_SECONDS = 0.0
    update = Training._update

    def dying(training: Training, *args: object) -> torch.Tensor:
        first = os.environ["TORCHELASTIC_RESTART_COUNT"] == "0"
        if first and ranks.rank() == 1 and len(training.history) == 4:
            os.kill(os.getpid(), 9)
        return update(training, *args)

    Training._update = dying
    return command(argv)


if __name__ == "__main__":
    if sys.argv[1] == "killed":
        sys.exit(killed_once(sys.argv[2:]))
    main(Path(sys.argv[1]))

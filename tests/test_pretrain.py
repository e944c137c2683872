"""The trainer of the shipped weights: an interrupted run comes to the same end, and what it says of its time is true."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest
import torch
from toys import tiny_net, toy_dataset

RECIPE = {
    "optimizer": "adamw", "lr": 2e-3, "weight_decay": 0.05, "batch_size": 50, "epochs": 3, "schedule": ((0, 0), (1, 1), (3, 0)),
    "label_smoothing": 0.1, "validation": 0.1, "seed": 0, "precision": "float32",
}  # fmt: skip


@pytest.fixture
def pretrain(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    module = importlib.import_module("pretrain")
    monkeypatch.setattr(module.models, "build", lambda name: tiny_net(torch.initial_seed()))
    return module


def without_seconds(rows: list[dict]) -> list[dict]:
    return [{**row, "seconds": 0} for row in rows]


@pytest.mark.parametrize("last", [2, 3])  # a run stopped before an epoch's weights were written; the last epoch's too
def test_an_interrupted_run_repeated_comes_to_the_same_weights(
    last: int, pretrain: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ds, whole, parts = toy_dataset(), tmp_path / "whole", tmp_path / "parts"
    whole.mkdir()
    parts.mkdir()
    rows = pretrain.epochs_of(pretrain.train("toy", RECIPE, whole, ds, "cpu"))
    real = pretrain.keep

    def killed(model, folder, epoch):
        if epoch == last:
            raise KeyboardInterrupt
        real(model, folder, epoch)

    monkeypatch.setattr(pretrain, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        pretrain.train("toy", RECIPE, parts, ds, "cpu")
    monkeypatch.setattr(pretrain, "keep", real)
    again = pretrain.train("toy", RECIPE, parts, ds, "cpu")

    assert without_seconds(pretrain.epochs_of(again)) == without_seconds(rows)
    first, second = (torch.load(pretrain.weights_of(folder, 3), weights_only=True) for folder in (whole, parts))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_an_emptied_adam_gives_another_run(pretrain: ModuleType, tmp_path: Path) -> None:
    runs = []
    for name, more in (("kept", {}), ("later", {"empty_adam_after": 2}), ("emptied", {"empty_adam_after": 1})):
        (tmp_path / name).mkdir()
        runs.append(pretrain.epochs_of(pretrain.train("toy", {**RECIPE, **more}, tmp_path / name, toy_dataset(), "cpu")))
    losses = [[row["train_loss"] for row in rows] for rows in runs]
    kept, later, emptied = losses
    assert kept[:2] == later[:2] and kept[2] != later[2]
    assert kept[0] == emptied[0] and kept[1] != emptied[1]


def test_the_times_are_sums_of_the_steps(pretrain: ModuleType, tmp_path: Path) -> None:
    training = pretrain.train("toy", RECIPE, tmp_path, toy_dataset(), "cpu")
    steps = len(training.history.seconds)
    assert steps == 3 * 6  # 297 photos in batches of 50
    training.history.seconds[:] = [10.0, *[1.0] * (steps - 1)]
    accuracies = [100 * row["validation_accuracy"] for row in pretrain.epochs_of(training)]
    assert accuracies[0] < accuracies[-1], accuracies
    first = f"; {accuracies[0]:g} % of the validation part after epoch 1, 15 s"
    assert pretrain.times(training, accuracies[0]) == f"27 s in 18 training steps, 10.0 s of them in the first{first}"
    reached = next(i for i, accuracy in enumerate(accuracies) if accuracy >= accuracies[-1])
    assert pretrain.times(training, accuracies[-1]).endswith(f"after epoch {reached + 1}, {15 + 6 * reached} s")
    assert pretrain.times(training, 101).endswith("; the validation part never had 101 %")


def test_a_schedule_goes_in_straight_lines_through_its_points(pretrain: ModuleType) -> None:
    schedule = pretrain.through(((0, 0), (10, 1), (20, 0.5)))
    assert [schedule(epoch, 20) for epoch in (0, 2.5, 10, 15, 20)] == [0, 0.25, 1, 0.75, 0.5]

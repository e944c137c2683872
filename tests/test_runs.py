"""Recorded runs: what the reader finds, and that the recorder repeats, goes on and measures what it says."""

import importlib
import json
import math
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from toys import toy_dataset

from cnnkit import InputError, models, runs
from cnnkit.data.augment import crop_and_flip, normalise
from cnnkit.training.batches import Epoch

TINY = {
    "width": 2, "epochs": 3, "batch_size": 30, "optimizer": "adamw", "lr": 2e-3, "weight_decay": 0.05, "schedule": "linear",
    "augment": True, "precision": "float32",
}  # fmt: skip


@pytest.fixture(scope="module")
def record() -> ModuleType:
    folder = str(Path(__file__).parents[1] / "benchmarks")
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("record")
    finally:
        sys.path.remove(folder)


# ---- the reader ---------------------------------------------------------------------------------------------------------


def fake(folder: Path, name: str, seed: int, diverged: str | None = None) -> None:
    about = {"name": name, "seed": seed, "data": "toys", "diverged": diverged}
    text = f"# {json.dumps(about)}\nepoch,step,train_loss,test_accuracy,gradient_stem,gradient_head\n"
    text += f"0,0,2.3,0.1,1.5,0.5\n1,11,{'nan' if diverged else '1.25'},0.4,1,0.25\n"
    (folder / f"{name}-{seed}.csv").write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fake(tmp_path, "plain-50", 3)
    fake(tmp_path, "plain-50", 1)
    fake(tmp_path, "base", 0, diverged="the loss is nan")
    groups = {"depth": ["plain-20", "plain-50"], "stems": ["same-as-base", "base"]}
    index = {"groups": groups, "same": {"same-as-base": "base"}}
    (tmp_path / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return tmp_path


def test_recorded_names_are_those_with_files_in_the_order_of_the_index(folder: Path) -> None:
    assert runs.recorded(folder) == ["plain-50", "same-as-base", "base"]
    assert runs.groups(folder) == {"depth": ["plain-50"], "stems": ["same-as-base", "base"]}
    assert runs.seeds("plain-50", folder) == [1, 3]
    (folder / "index.json").unlink()
    assert runs.recorded(folder) == ["base", "plain-50"]


def test_a_run_is_its_columns_and_what_is_said_about_it(folder: Path) -> None:
    run = runs.load("plain-50", folder=folder)
    assert (run.name, run.seed, run.about["seed"], run.diverged) == ("plain-50", 1, 1, False)
    assert run["epoch"] == [0, 1] and run["step"] == [0, 11] and run["train_loss"] == [2.3, 1.25]
    assert all(type(epoch) is int for epoch in run["epoch"])
    assert run.gradients() == {"stem": [1.5, 1.0], "head": [0.5, 0.25]}
    assert list(run) == ["epoch", "step", "train_loss", "test_accuracy", "gradient_stem", "gradient_head"]
    assert repr(run) == "plain-50, seed 1: 1 epochs on toys, 40.0 % of its test photos right"
    assert runs.load("plain-50", 3, folder).seed == 3


def test_another_name_of_a_net_gives_its_run(folder: Path) -> None:
    run = runs.load("same-as-base", folder=folder)
    assert (run.name, run.about["name"]) == ("same-as-base", "base")


def test_a_diverged_run_is_there_and_says_so(folder: Path) -> None:
    run = runs.load("base", folder=folder)
    assert run.diverged and run.about["diverged"] == "the loss is nan" and math.isnan(run["train_loss"][-1])
    assert "diverged in epoch 1" in repr(run)


def test_a_mistake_is_named_with_the_way_out(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(InputError, match='no recorded run is called "plain50"; did you mean "plain-50"?'):
        runs.load("plain50", folder=folder)
    with pytest.raises(InputError, match="plain-50 was not recorded with seed 2; it was with 1, 3"):
        runs.load("plain-50", 2, folder)
    with pytest.raises(InputError, match='is called "test_los"|did you mean'):
        runs.load("plain-50", folder=folder)["test_acuracy"]
    empty = tmp_path_factory.mktemp("empty")
    assert runs.recorded(empty) == [] and runs.groups(empty) == {}
    with pytest.raises(InputError, match="there are no recorded runs in"):
        runs.load("base", folder=empty)


@pytest.mark.parametrize("text", ["", "# {}\nepoch,step\n", "# {no\nepoch,step\n1,2\n", "\ufeffabc", "# 3\nepoch,step\n0,0\n"])
def test_a_damaged_file_is_named(text: str, folder: Path) -> None:
    (folder / "plain-50-1.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="plain-50-1.csv is damaged"):
        runs.load("plain-50", folder=folder)


def test_a_short_row_is_damage(folder: Path) -> None:
    path = folder / "plain-50-1.csv"
    path.write_text(path.read_text(encoding="utf-8").rsplit(",", 1)[0], encoding="utf-8")
    with pytest.raises(InputError, match="is damaged"):
        runs.load("plain-50", folder=folder)


def test_every_run_that_ships_can_be_read_whole() -> None:
    for name in runs.recorded():
        for seed in runs.seeds(name):
            run = runs.load(name, seed)
            assert run["epoch"] == list(range(run.about["epochs"] + 1)) and run.about["seed"] == seed
    assert set(runs.recorded()) == {name for group in runs.groups().values() for name in group}


def test_a_copy_without_runs_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_parts: str) -> Path:
        raise InputError("missing")

    monkeypatch.setattr("cnnkit._support.assets.path", missing)
    assert runs.recorded() == []
    with pytest.raises(InputError, match="there are no recorded runs in this copy of the kit"):
        runs.load("base")


# ---- the recorder -------------------------------------------------------------------------------------------------------


def without_times(path: Path) -> tuple[dict, list[dict]]:
    about, rows = importlib.import_module("record").read(path)
    return {k: v for k, v in about.items() if k not in ("date", "machine")}, [{**row, "seconds": 0} for row in rows]


@pytest.mark.parametrize("fails_in", ["save", "gradient_norms"])  # after the rows were written, and amid an epoch
def test_an_interrupted_run_repeated_gives_the_same_file(
    fails_in: str, record: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ds = toy_dataset(120, 40)
    whole = record.record("plain-11", 0, ds, tmp_path / "whole", TINY)

    calls, owner = 0, {"save": record.Training, "gradient_norms": record}[fails_in]
    real, when = getattr(owner, fails_in), {"save": 2, "gradient_norms": 1 + 4 + 2}[fails_in]

    def killed(*args):
        nonlocal calls
        calls += 1
        if calls == when:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(owner, fails_in, killed)
    parts = tmp_path / "parts"
    with pytest.raises(KeyboardInterrupt):
        record.record("plain-11", 0, ds, parts, TINY)
    assert not list(parts.glob("*.csv")) and (parts / "checkpoints" / "plain-11-0.pt").exists()
    path = record.record("plain-11", 0, ds, parts, TINY)
    assert without_times(path) == without_times(whole)
    assert [p.name for p in parts.rglob("*") if p.is_file()] == ["plain-11-0.csv"]

    before = path.read_bytes()
    record.record("plain-11", 0, ds, parts, TINY)  # finished: not trained again
    assert path.read_bytes() == before
    with pytest.raises(InputError, match="another recipe"):
        record.record("plain-11", 0, ds, parts, {**TINY, "epochs": 4})


def test_the_columns_are_what_a_plain_loop_measures(record: ModuleType, tmp_path: Path) -> None:
    ds, recipe = toy_dataset(100, 40), {**TINY, "epochs": 2}  # the last batch of an epoch is short
    run = runs.load("residual-11", folder=record.record("residual-11", 1, ds, tmp_path, recipe).parent)

    torch.manual_seed(1)
    model = record.build("residual-11", 2)
    first = torch.optim.AdamW([p for p in model.parameters() if p.ndim > 1], weight_decay=0.05)
    second = torch.optim.AdamW([p for p in model.parameters() if p.ndim <= 1], weight_decay=0)

    def tested() -> tuple[float, float]:
        model.eval()
        with torch.no_grad():
            logits = model(normalise(ds.test.images))
        model.train()
        right = (logits.argmax(1) == ds.test.labels).float().mean().item()
        return F.cross_entropy(logits, ds.test.labels).item(), right

    assert (run["test_loss"][0], run["test_accuracy"][0]) == pytest.approx(tested(), rel=1e-3)
    for number in range(2):
        epoch = Epoch.of(ds.train.images, ds.train.labels, 30, True, 1, number)
        losses, accuracies, norms = [], [], {"conv1": [], "layer1": [], "layer2": [], "layer3": [], "fc": []}
        for i in range(4):
            index, draws = epoch.order[30 * i : 30 * (i + 1)], epoch.draws.at(slice(30 * i, 30 * (i + 1)))
            logits = model(normalise(crop_and_flip(ds.train.images[index], draws)))
            loss = F.cross_entropy(logits, ds.train.labels[index])
            model.zero_grad()
            loss.backward()
            losses.append(loss.item())
            accuracies.append((logits.argmax(1) == ds.train.labels[index]).float().mean().item())
            for part in norms:
                grads = [p.grad.flatten() for n, p in model.named_parameters() if n.startswith(part + ".") and p.ndim > 1]
                norms[part].append(torch.cat(grads).norm().item())
            done = number + (i + 0.5) / 4
            for group in [*first.param_groups, *second.param_groups]:
                group["lr"] = 2e-3 * min(done / 2 / 0.2, (1 - done / 2) / 0.8)
            first.step()
            second.step()
            if number == i == 0:
                assert [values[0] for values in run.gradients().values()] == pytest.approx(
                    [values[0] for values in norms.values()], rel=1e-3
                )
                assert (run["train_loss"][0], run["train_accuracy"][0]) == pytest.approx((losses[0], accuracies[0]), rel=1e-3)
        row = number + 1
        assert run["train_loss"][row] == pytest.approx(sum(losses) / 4, rel=2e-3)
        assert run["train_accuracy"][row] == pytest.approx(sum(accuracies) / 4, rel=2e-3)
        assert [v[row] for v in run.gradients().values()] == pytest.approx([sum(v) / 4 for v in norms.values()], rel=5e-3)
        assert (run["test_loss"][row], run["test_accuracy"][row]) == pytest.approx(tested(), rel=5e-3)
        assert run["lr"][row] == pytest.approx(first.param_groups[0]["lr"], rel=1e-3)
    assert run["epoch"] == [0, 1, 2] and run["step"] == [0, 4, 8]


def test_a_run_that_diverges_is_kept(record: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = F.cross_entropy, 0

    def breaks(*args, **options):
        nonlocal calls
        calls += 1
        return real(*args, **options) * (math.nan if calls >= 9 else 1)

    monkeypatch.setattr("cnnkit.training.loop.F.cross_entropy", breaks)
    record.record("plain-11", 0, toy_dataset(120, 40), tmp_path, TINY)
    run = runs.load("plain-11", folder=tmp_path)
    assert run.diverged and "the loss is nan" in run.about["diverged"]
    assert run["epoch"][0] == 0 and math.isnan(run["train_loss"][-1]) and not math.isnan(run["train_loss"][0])
    assert record.record("plain-11", 0, toy_dataset(120, 40), tmp_path, TINY).stat().st_size < 10_000


def test_the_nets_have_the_layers_their_names_promise(record: ModuleType) -> None:
    for name in record.RUNS:
        model = record.build(name, 2)
        about = record.describe(name, 0, model, toy_dataset(20, 20), TINY)
        depth = int(name.split("-")[1]) if record.RUNS[name].get("depths") else 41
        assert about["weighted_layers"] == depth, name
    for depth in (11, 20, 29, 50):
        plain, residual = (record.build(f"{kind}-{depth}", 2).state_dict() for kind in ("plain", "residual"))
        more = set(residual) - set(plain)
        assert set(plain) <= set(residual) and all(".downsample." in name for name in more)
        assert sum(name.endswith("downsample.0.weight") for name in more) == 3

    def count(name: str, kind: type[nn.Module]) -> int:
        return sum(isinstance(m, kind) for m in record.build(name, 2).modules())

    assert count("no-batchnorm", nn.BatchNorm2d) == 0 < count("base", nn.BatchNorm2d)
    assert count("no-relu", nn.ReLU) == 1 and record.build("no-relu", 2).relu  # the stem's stays
    assert not any(m.downsample for m in record.build("no-skip", 2).modules() if isinstance(m, models.Bottleneck))


def test_the_command_names_a_wrong_run(record: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["record.py", "--out", str(tmp_path), "--only", "plain-21"])
    assert record.main() == 2
    assert 'no run is called "plain-21"; did you mean "plain-2' in capsys.readouterr().err

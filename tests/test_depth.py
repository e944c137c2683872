"""The recorder of depth: which nets and photos it compares, what its columns say, that it goes on, and how it picks a rate."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest
import torch
import torch.nn.functional as F
from toys import toy_dataset

from cnnkit import InputError, runs
from cnnkit.data.augment import normalise

TINY = {"width": 1, "photos": 200, "look": 50, "epochs": 2, "batch_size": 40, "optimizer": "adamw", "weight_decay": 0.02,
        "schedule": "linear", "augment": True, "precision": "float32"}  # fmt: skip


@pytest.fixture
def depth(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    return importlib.import_module("depth")


def test_a_residual_net_is_the_plain_one_of_its_depth_plus_three_projections(depth: ModuleType) -> None:
    for layers in (20, 32, 56):
        plain, residual = ({k: v.shape for k, v in depth.build(f"{kind}-{layers}", 8).state_dict().items()} for kind in
                           ("plain", "residual"))  # fmt: skip
        more = {key for key in residual if key not in plain}
        assert {key: residual[key] for key in plain} == plain
        assert all(".0.downsample." in key for key in more) and sum(key.endswith(".0.weight") for key in more) == 3
        main_path = [v for k, v in plain.items() if len(v) in (2, 4)]
        assert len(main_path) == layers
        assert depth.build(f"plain-{layers}", 8).layer1(torch.zeros(2, 8, 32, 32)).shape == (2, 32, 32, 32)


def test_no_run_trains_on_photos_that_choose_a_rate(depth: ModuleType) -> None:
    ds = toy_dataset(train=600)
    (run, still), (swept, _) = (depth.parts(ds, TINY, validation=validation) for validation in (False, True))

    def seen(split) -> set[bytes]:
        return {image.numpy().tobytes() for image in split.images}

    assert torch.equal(run.train.images, swept.train.images)
    assert run.train.labels.bincount().tolist() == [20] * 10 and still.labels.bincount().tolist() == [5] * 10
    assert seen(still) < seen(run.train) < seen(ds.train) and run.test is ds.test
    assert len(swept.test) == 120 and not seen(swept.test) & seen(run.train) and seen(swept.test) < seen(ds.train)
    with pytest.raises(InputError, match="beside the 12 that are held out"):
        depth.parts(ds, {**TINY, "photos": 490})


def test_an_interrupted_run_ends_as_one_that_was_not(
    depth: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos, recipe = depth.parts(toy_dataset(), TINY), {**TINY, "lr": 1e-2}
    whole = depth.run("residual-20", 3, photos, tmp_path / "whole", recipe, "cpu")
    say, killed = depth.record.say, iter([0, 1])

    def once(*args) -> None:
        say(*args)
        if next(killed, None) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(depth.record, "say", once)
    with pytest.raises(KeyboardInterrupt):
        depth.run("residual-20", 3, photos, tmp_path / "parts", recipe, "cpu")
    parts = depth.run("residual-20", 3, photos, tmp_path / "parts", recipe, "cpu")
    found = [runs.load("residual-20", folder=path.parent) for path in (whole, parts)]
    assert found[0]["epoch"] == [0, 1, 2]
    assert found[0].about["final"] == found[1].about["final"]
    for column in set(found[0]) - {"seconds"}:
        assert found[0][column] == found[1][column], column
    assert [path.name for path in (tmp_path / "parts" / "checkpoints").iterdir()] == []
    with pytest.raises(InputError, match="another recipe"):
        depth.run("residual-20", 3, photos, tmp_path / "parts", {**recipe, "lr": 2e-2}, "cpu")


def test_the_training_loss_in_evaluation_mode_is_that_of_the_photos_as_they_are(depth: ModuleType, tmp_path: Path) -> None:
    photos = depth.parts(toy_dataset(), TINY)
    run = runs.load("plain-20", folder=depth.run("plain-20", 0, photos, tmp_path, {**TINY, "lr": 1e-2}, "cpu").parent)
    torch.manual_seed(0)
    model, still = depth.build("plain-20", 1).eval(), photos[1]
    with torch.no_grad():
        loss = F.cross_entropy(model(normalise(still.images)), still.labels)
    assert run["still_loss"][0] == pytest.approx(float(loss), rel=1e-4)
    assert set(run.gradients()) == {"stem", "layer1", "layer2", "layer3", "head"}
    assert run.about["weighted_layers"] == 20 and run.about["final"]["photos"] == 110


def test_the_rate_with_the_smaller_loss_on_unseen_photos_is_chosen(depth: ModuleType, tmp_path: Path) -> None:
    ds, recipe = toy_dataset(), {**TINY, "epochs": 1}
    rate = depth.swept("no-skip", ds, tmp_path, recipe, [1e-9, 1e-2], "cpu")
    losses = {r: runs.load("no-skip", folder=tmp_path / f"rate-{r:g}").about["final"]["loss"] for r in (1e-9, 1e-2)}
    assert rate == min(losses, key=losses.__getitem__)
    assert runs.load("no-skip", folder=tmp_path / "rate-0.01").about["scored_on"].endswith("photos that no run trains on")
    assert depth.SWEPT_BY["plain-20"] == "plain-56" and "no-skip" not in depth.SWEPT_BY


def test_the_index_names_the_nets_from_the_flattest_to_the_deepest(depth: ModuleType, tmp_path: Path) -> None:
    depth.write_index(tmp_path)
    names = json.loads((tmp_path / "index.json").read_text())["groups"]["depth"]
    assert [int(name.split("-")[1]) for name in names] == [20, 20, 32, 32, 56, 56]

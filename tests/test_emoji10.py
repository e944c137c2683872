import collections
import json
import subprocess
import sys

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from cnnkit._support import assets
from cnnkit.data import emoji10
from cnnkit.data.dataset import Dataset, Split


@pytest.fixture(scope="module")
def data() -> Dataset:
    return emoji10.load()


@pytest.fixture(scope="module")
def index() -> dict:
    return json.loads(assets.path("emoji10", "index.json").read_text(encoding="utf-8"))


def test_the_splits_have_the_promised_sizes_types_and_names(data):
    assert data.name == "emoji10"
    for split, name, count in ((data.train, "emoji10 train", 5000), (data.test, "emoji10 test", 1000)):
        assert split.name == name
        assert split.images.shape == (count, 3, 32, 32) and split.images.dtype == torch.uint8
        assert split.labels.shape == (count,) and split.labels.dtype == torch.int64
        assert split.classes == tuple("airplane automobile bird cat deer dog frog horse ship truck".split())


def test_every_class_has_equally_many_images(data):
    assert data.train.labels.bincount().tolist() == [500] * 10
    assert data.test.labels.bincount().tolist() == [100] * 10


def test_the_same_seed_gives_the_same_images_on_any_number_of_threads(data):
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if threads > 1 else 2)
    try:
        again = emoji10.load(seed=0)
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(again.train.images, data.train.images)
    assert torch.equal(again.test.images, data.test.images)


def test_another_seed_gives_other_images_of_the_same_labels(data):
    other = emoji10.load(seed=1)
    for a, b in ((data.train, other.train), (data.test, other.test)):
        assert torch.equal(a.labels, b.labels)
        assert not (a.images == b.images).flatten(1).all(1).any()


def test_no_image_comes_twice(data):
    images = torch.cat([data.train.images, data.test.images]).flatten(1)
    assert len(images.unique(dim=0)) == len(images)


def test_loading_leaves_the_global_random_state_alone():
    before = torch.random.get_rng_state()
    emoji10.load()
    assert torch.equal(torch.random.get_rng_state(), before)


def test_importing_does_not_load_pillow():
    code = "import torch, sys; before = set(sys.modules); import cnnkit.data.emoji10; print('PIL' in set(sys.modules) - before)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_every_channel_of_the_images_uses_its_range(data):
    levels = data.train.images.float()
    assert 90 < levels.mean() < 165 and levels.std() > 40
    assert (data.train.images.amax((0, 2, 3)) == 255).all() and (data.train.images.amin((0, 2, 3)) == 0).all()


def test_no_test_drawing_is_a_near_copy_of_a_training_drawing(index):
    sheet = emoji10._Sheet.read()
    train, test = (
        sheet.sprites[[i for i, row in enumerate(index["sprites"]) if row["split"] == split]].flatten(1)
        for split in ("train", "test")
    )
    assert len(train) + len(test) == len(index["sprites"])
    # Root mean square distance. For scale: Fluent flat and 3D of one glyph, the same drawing, have a median distance of 0.10.
    nearest = torch.cdist(test, train).amin(1) / train.shape[1] ** 0.5
    assert nearest.min() > 0.12


def test_about_a_quarter_of_each_class_is_held_out(index):
    splits = collections.Counter((row["class"], row["split"]) for row in index["sprites"])
    for label in emoji10.CLASSES:
        test, train = splits[label, "test"], splits[label, "train"]
        assert test >= 1 and 0.19 <= test / (test + train) <= 0.31, label


def test_the_held_out_drawings_are_spread_over_the_families(index):
    splits = collections.Counter((row["family"], row["split"]) for row in index["sprites"])
    for family in index["families"]:
        test, train = splits[family, "test"], splits[family, "train"]
        assert 0.1 <= test / (test + train) <= 0.4, family


def test_fluent_flat_and_3d_lie_on_the_same_side(index):
    side = {(row["family"], row["glyph"]): row["split"] for row in index["sprites"]}
    flat = {glyph: split for (family, glyph), split in side.items() if family == "fluent-flat"}
    assert flat and flat == {glyph: split for (family, glyph), split in side.items() if family == "fluent-3d"}


def test_every_drawing_of_a_class_is_used_equally_often(index):
    sheet = emoji10._Sheet.read()
    for split, count in (("train", 5000), ("test", 1000)):
        used = emoji10._designs(sheet, split, count).bincount(minlength=len(index["sprites"]))
        for label in emoji10.CLASSES:
            times = used[sheet.designs[split, label]]
            assert times.sum() == count // 10 and times.max() - times.min() <= 1


def test_the_folder_stays_under_a_megabyte():
    assert sum(file.stat().st_size for file in assets.path("emoji10").iterdir()) < 1_000_000


def test_every_family_is_named_with_its_package_in_the_licences(index):
    licences = assets.path("LICENSES").read_text(encoding="utf-8")
    for family, about in index["families"].items():
        name, _, version = about["package"].rpartition("@")
        assert family in licences and f"{name} {version}" in licences
        assert about["licence"] in {"Apache-2.0", "MIT", "CC-BY-4.0"}


def test_the_card_states_the_drawings_of_every_class(index):
    card = assets.path("emoji10", "README.md").read_text(encoding="utf-8")
    splits = collections.Counter((row["class"], row["split"]) for row in index["sprites"])
    for label in emoji10.CLASSES:
        assert f"| {label} | 500 | {splits[label, 'train']} | 100 | {splits[label, 'test']} |" in card


def test_a_linear_classifier_on_pixels_stays_under_35_percent(data):
    assert _ridge(data, *(split.images.flatten(1).float() / 255 for split in (data.train, data.test))) < 0.35


def test_a_colour_histogram_stays_under_30_percent(data):
    train, test = (_histogram(split) for split in (data.train, data.test))
    assert _ridge(data, train, test) < 0.30
    nearest = data.train.labels[torch.cdist(test, train).topk(10, largest=False).indices]
    assert (nearest.mode(1).values == data.test.labels).float().mean() < 0.30


def _ridge(data: Dataset, train: Tensor, test: Tensor) -> float:
    """Best test accuracy of ridge regression to one-hot labels over four strengths: the classifier gets every chance."""
    mean, std = train.mean(0), train.std(0) + 1e-6
    train, test = (train - mean) / std, (test - mean) / std
    targets, gram = F.one_hot(data.train.labels).float() - 0.1, train.T @ train
    best = 0.0
    for strength in (0.01, 0.1, 1.0, 10.0):
        weights = torch.linalg.solve(gram + strength * len(train) * torch.eye(len(gram)), train.T @ targets)
        best = max(best, ((test @ weights).argmax(1) == data.test.labels).float().mean().item())
    return best


def _histogram(split: Split) -> Tensor:
    levels = (split.images.long() * 6 // 256).flatten(2)
    colours = (levels[:, 0] * 6 + levels[:, 1]) * 6 + levels[:, 2]
    return torch.stack([one.bincount(minlength=216) for one in colours]).float().sqrt() / 32

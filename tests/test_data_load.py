"""From a name or a path to a data set: where CIFAR-10 is looked for, what "auto" takes, and what a slip is told."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import make_data
import numpy as np
import pytest
import torch
from PIL import Image

import cnnkit
from cnnkit import data
from cnnkit.errors import InputError


@pytest.fixture(autouse=True)
def clean(tmp_path, monkeypatch):
    """An empty machine: no variable set, an empty cache, an empty working directory, and a built-in set of one name."""
    for name in ("CNNKIT_CIFAR10", "CNNKIT_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CNNKIT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(data, "emoji10", SimpleNamespace(load=lambda: "the built-in set"), raising=False)


@pytest.fixture
def cifar(tmp_path, monkeypatch):
    """make(folder, per_batch): puts the official folder there."""

    def make(folder, per_batch=2):
        make_data.use_checksums(monkeypatch, make_data.official(folder / "cifar-10-batches-py", per_batch))
        return folder

    return make


def jpeg_tree(path, train):
    return make_data.tree(path, classes=data.CIFAR10_CLASSES, train=train, test=1, suffix=".jpg")


def test_emoji10_is_the_built_in_set():
    assert data.load("emoji10") == "the built-in set"


def test_cifar10_is_looked_for_in_the_variable_then_the_cache_then_the_working_directory(tmp_path, cifar, monkeypatch):
    with pytest.raises(InputError):
        data.load("cifar10")
    cifar(Path("data"), 3)
    assert len(data.load("cifar10").train) == 15
    cifar(tmp_path / "cache", 2)
    assert len(data.load("cifar10").train) == 10
    monkeypatch.setenv("CNNKIT_CIFAR10", str(jpeg_tree(tmp_path / "photos", train=1)))
    assert repr(data.load("cifar10")) == "photos: 10 train and 10 test images of 10 classes"
    assert len(data.load("cifar10", root=tmp_path / "cache").train) == 10


def test_root_is_the_only_place_looked_at_where_it_is_given(tmp_path, cifar):
    cifar(Path("data"))
    with pytest.raises(InputError, match='CIFAR-10 is not in "nowhere"'):
        data.load("cifar10", root="nowhere")


def test_a_working_directory_with_other_data_is_no_cifar10():
    make_data.tree(Path("data"))
    with pytest.raises(InputError, match="CIFAR-10 is not on this machine"):
        data.load("cifar10")


def test_without_cifar10_the_error_says_how_to_get_it():
    with pytest.raises(InputError) as caught:
        data.load("cifar10")
    for part in (
        'data.load("cifar10", download=True)',
        "python -m cnnkit data --data cifar10 --download",
        "170 MB",
        "CNNKIT_CIFAR10",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize("name", ["cifar10", "auto"])
def test_a_variable_that_points_nowhere_is_named(monkeypatch, name):
    monkeypatch.setenv("CNNKIT_CIFAR10", "/no/such/place")
    with pytest.raises(InputError, match='CNNKIT_CIFAR10 is "/no/such/place", which is not .*; correct it or unset it'):
        data.load(name)


def test_other_photos_are_not_taken_for_cifar10(monkeypatch):
    monkeypatch.setenv("CNNKIT_CIFAR10", str(make_data.tree(Path("pets"))))
    with pytest.raises(InputError, match=r"other classes \(cat, dog\); load it by its path"):
        data.load("cifar10")


def test_auto_takes_cifar10_where_it_is(cifar, capfd):
    cifar(Path("data"))
    assert data.load("auto").name == "CIFAR-10"
    assert capfd.readouterr().err == ""


def test_auto_falls_back_to_the_built_in_set_and_says_how_to_get_cifar10(capfd):
    assert data.load("auto") == "the built-in set"
    said = capfd.readouterr().err
    assert said.startswith("cnnkit: CIFAR-10 is not on this machine, so this is emoji10")
    assert "python -m cnnkit data --data cifar10 --download" in said and said.count("\n") == 2


def test_auto_follows_its_variable(cifar, monkeypatch, capfd):
    cifar(Path("data"))
    monkeypatch.setenv("CNNKIT_DATA", "emoji10")
    assert data.load("auto") == "the built-in set" and capfd.readouterr().err == ""
    monkeypatch.setenv("CNNKIT_DATA", str(make_data.tree(Path("pets"))))
    assert data.load("auto").name == "pets"
    monkeypatch.setenv("CNNKIT_DATA", "auto")
    assert data.load("auto").name == "CIFAR-10"
    monkeypatch.setenv("CNNKIT_DATA", "emoji01")
    with pytest.raises(InputError, match='^CNNKIT_DATA is set, and no data set is called "emoji01"; did you mean "emoji10"'):
        data.load("auto")


def test_a_mistyped_name_is_offered_the_nearest():
    with pytest.raises(InputError, match='no data set is called "cifar-10"; did you mean "cifar10"?'):
        data.load("cifar-10")


def test_a_mistyped_path_is_offered_the_nearest():
    make_data.tree(Path("photos/pets"))
    for wrong in ("photos/pet", Path("photos/pest")):
        with pytest.raises(InputError, match=r"no file or folder is called .*; did you mean .*pets"):
            data.load(wrong)
    with pytest.raises(InputError, match='no file or folder is called "gone/cifar.tar.gz"; give a path, or one of cifar10'):
        data.load("gone/cifar.tar.gz")


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.write_text("x", encoding="utf-8")])
def test_a_path_to_something_else_is_told_what_it_could_be(tmp_path, make):
    make(tmp_path / "thing")
    with pytest.raises(InputError, match='thing" is no data set; .* cifar-10-batches-py.*train/<class>/.*tar'):
        data.load(tmp_path / "thing")


def test_root_is_for_cifar10_only():
    for name in ("emoji10", Path("photos")):
        with pytest.raises(InputError, match="root="):
            data.load(name, root="somewhere")


def test_the_home_directory_may_be_a_tilde(tmp_path, monkeypatch):
    make_data.tree(tmp_path / "pets")
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    assert data.load("~/pets").name == "pets"


def test_the_sample_photos_are_twenty_named_cifar10_photos():
    photos = data.sample_photos()
    assert photos.images.shape == (20, 3, 32, 32) and photos.images.dtype == torch.uint8
    assert photos.labels.dtype == torch.int64 and len(set(photos.labels.tolist())) == 8
    assert photos.classes == data.CIFAR10_CLASSES and photos.name == "20 CIFAR-10 test photos"
    files = sorted((Path(cnnkit.__file__).parent.parent / "assets" / "samples").glob("*.png"))
    for pixels, label, file in zip(photos.images, photos.labels, files, strict=True):
        with Image.open(file) as image:
            np.testing.assert_array_equal(pixels.permute(1, 2, 0), np.asarray(image))
        assert file.stem.endswith(photos.classes[label])


def test_importing_the_package_loads_no_image_library():
    heavy = ("PIL", "torchvision", "safetensors", "platformdirs", "matplotlib", "cnnkit.data.emoji10")
    code = f"import sys; import cnnkit.data; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"

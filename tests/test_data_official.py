"""CIFAR-10's own folder and archive, against torchvision reading the same files."""

import gzip
import pickle
import shutil
import tarfile
import warnings

import make_data
import numpy as np
import pytest
import torch
import torchvision

from cnnkit import data
from cnnkit.data import official
from cnnkit.errors import InputError


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNKIT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    folder = tmp_path / "root" / "cifar-10-batches-py"
    make_data.use_checksums(monkeypatch, make_data.official(folder))
    return folder


@pytest.fixture
def archive(tmp_path, folder, monkeypatch):
    archive = tmp_path / "elsewhere" / "cifar-10-python.tar.gz"
    archive.parent.mkdir()
    monkeypatch.setattr(torchvision.datasets.CIFAR10, "tgz_md5", make_data.official_archive(archive, folder))
    return archive


def torchvisions(root, train):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's, on the flags of Python 2's dtypes
        return torchvision.datasets.CIFAR10(root, train)


def test_the_folder_gives_what_torchvision_reads_from_it(folder):
    loaded = data.load(folder)
    for split, train in ((loaded.train, True), (loaded.test, False)):
        theirs = torchvisions(folder.parent, train)
        assert split.images.dtype == torch.uint8 and split.labels.dtype == torch.int64
        assert split.images.is_contiguous()
        np.testing.assert_array_equal(split.images.permute(0, 2, 3, 1), theirs.data)
        assert split.labels.tolist() == theirs.targets
        assert list(split.classes) == theirs.classes
    assert repr(loaded) == "CIFAR-10: 100 train and 20 test images of 10 classes"
    assert (loaded.train.name, loaded.test.name) == ("CIFAR-10 train", "CIFAR-10 test")
    assert loaded.classes == data.CIFAR10_CLASSES


def test_the_archive_gives_the_same_as_the_folder_and_nothing_is_unpacked(archive, folder):
    assert make_data.same(data.load(archive), data.load(folder))
    assert list(archive.parent.iterdir()) == [archive]


def test_a_folder_that_holds_the_official_one_is_enough(folder, archive):
    assert make_data.same(data.load(folder.parent), data.load(archive.parent))


def test_an_archive_that_a_browser_renamed_is_recognised(archive):
    renamed = archive.rename(archive.with_name("cifar-10-python (1).tar.gz"))
    assert data.load(renamed).name == "CIFAR-10"


@pytest.mark.parametrize("name", ["cifar-10-python (1).tar.gz", "cifar-10-python.tar", "cifar-10-python.tgz"])
def test_it_is_found_in_a_folder_under_the_name_that_a_browser_gave_it(archive, folder, name):
    if name.endswith(".tar"):  # as Safari unpacks it
        (archive.parent / name).write_bytes(gzip.decompress(archive.read_bytes()))
        archive.unlink()
    else:
        archive.rename(archive.with_name(name))
    assert make_data.same(data.load(archive.parent), data.load(folder))
    assert make_data.same(data.load("cifar10", root=archive.parent), data.load(folder))


def test_a_tar_of_it_that_lacks_a_batch_names_it(archive, folder):
    (folder / "data_batch_3").unlink()
    with tarfile.open(archive.with_name("cifar-10-python.tar"), "w") as tar:
        tar.add(folder, "cifar-10-batches-py")
    archive.unlink()
    with pytest.raises(InputError, match="lacks data_batch_3 of CIFAR-10; delete it and get it again"):
        data.load(archive.parent)


def test_a_folder_that_was_half_unpacked_yields_to_the_archive_beside_it(archive, folder):
    shutil.copytree(folder, archive.parent / folder.name)
    (archive.parent / folder.name / "test_batch").unlink()
    assert make_data.same(data.load(archive.parent), data.load(folder))


def test_the_files_are_those_that_torchvision_lists():
    theirs = torchvision.datasets.CIFAR10
    names = [name for name, _ in theirs.train_list + theirs.test_list]
    assert [*official._FILES] == [*names, theirs.meta["filename"]]
    assert (official.FOLDER, official.ARCHIVE) == (theirs.base_folder, theirs.filename)


def test_a_missing_batch_is_named(folder):
    (folder / "data_batch_4").unlink()
    with pytest.raises(InputError, match="lacks data_batch_4.*delete it and get it again"):
        data.load(folder)


class Attack:
    """Unpickling it leaves a file behind."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return open, (str(self.trace), "w")


def test_a_file_with_a_wrong_checksum_is_never_unpickled(folder, tmp_path):
    (folder / "data_batch_2").write_bytes(pickle.dumps(Attack(tmp_path / "trace"), protocol=2))
    with pytest.raises(InputError, match=r"data_batch_2 .* \(wrong checksum"):
        data.load(folder)
    assert not (tmp_path / "trace").exists()


def test_even_with_the_right_checksum_a_pickle_cannot_run_code(folder, tmp_path, monkeypatch):
    (folder / "data_batch_2").write_bytes(pickle.dumps(Attack(tmp_path / "trace"), protocol=2))
    make_data.use_checksums(monkeypatch, {name: make_data.md5(folder / name) for name in official._FILES})
    with pytest.raises(pickle.UnpicklingError, match="open"):
        data.load(folder)
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("length", [0, 1000, -1])
def test_a_truncated_archive_is_named_with_a_way_out(archive, length):
    archive.write_bytes(archive.read_bytes()[:length])
    with pytest.raises(InputError, match=r"cifar-10-python.tar.gz.* \(wrong checksum.*delete it and get it again"):
        data.load(archive)

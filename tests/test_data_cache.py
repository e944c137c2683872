"""Decoded once, mapped ever after: what is kept, when it is not trusted, and what happens when it cannot be kept."""

import errno
import os
import shutil
import subprocess
import sys

import make_data
import pytest
import torch
from safetensors import SafetensorError

from cnnkit import data
from cnnkit.data import cache, decode


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """The cache directory, not made yet."""
    place = tmp_path / "the cache"
    monkeypatch.setenv("CNNKIT_CACHE", str(place))
    return place


@pytest.fixture
def tree(tmp_path):
    return make_data.tree(tmp_path / "pets")


@pytest.fixture
def decoded(monkeypatch):
    """Counts the images that are decoded."""
    calls, photo = [], decode.photo

    def counting(content):
        calls.append(len(content))
        return photo(content)

    monkeypatch.setattr(decode, "photo", counting)
    return calls


def test_the_second_load_decodes_nothing_and_is_the_same(tree, decoded):
    first = data.load(tree)
    assert len(decoded) == 10
    second = data.load(tree)
    assert len(decoded) == 10
    assert make_data.same(first, second) and first.name == second.name == "pets"


def test_the_cache_is_one_file_outside_the_source(tree, place):
    before = sorted(tree.parent.rglob("*"))
    data.load(tree)
    (kept,) = place.iterdir()
    assert kept.suffix == ".safetensors"
    assert sorted(tree.parent.rglob("*")) == sorted([*before, place, kept])


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_tensors_are_memory_mapped_also_on_the_first_load(tree, place):
    for _ in range(2):
        pets = data.load(tree)
        with open("/proc/self/maps", encoding="utf-8") as maps:
            ranges = [line.split()[0].split("-") for line in maps if str(place) in line]
        address = pets.train.images.data_ptr()
        assert any(int(start, 16) <= address < int(end, 16) for start, end in ranges)


def test_writing_to_the_tensors_does_not_reach_the_file(tree):
    pets = data.load(tree)
    original = pets.train.images.clone()
    pets.train.images.zero_()
    assert torch.equal(data.load(tree).train.images, original)


def add(tree):
    shutil.copy(tree / "train" / "cat" / "0.png", tree / "train" / "cat" / "3.png")


def touch(tree):
    file = tree / "train" / "cat" / "0.png"
    os.utime(file, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns + 1_000_000))


def delete(tree):
    (tree / "train" / "cat" / "0.png").unlink()


def rename(tree):
    (tree / "train" / "cat" / "0.png").rename(tree / "train" / "cat" / "9.png")


def relabel(tree):
    (tree / "train" / "cat" / "0.png").rename(tree / "train" / "dog" / "9.png")


@pytest.mark.parametrize("change", [add, touch, delete, rename, relabel])
def test_a_changed_source_is_decoded_again(tree, decoded, change):
    data.load(tree)
    change(tree)
    decoded.clear()
    data.load(tree)
    assert len(decoded) in (9, 10, 11)


def test_a_changed_shard_is_decoded_again(tree, tmp_path, decoded):
    archive = make_data.shard(tmp_path / "pets.tar", tree)
    data.load(archive)
    os.utime(archive, ns=(0, 0))
    decoded.clear()
    data.load(archive)
    assert len(decoded) == 10


def test_two_sources_with_equal_files_are_kept_apart(tree, tmp_path):
    other = tree.rename(tmp_path / "cats and dogs")
    make_data.tree(tree)
    for file in tree.rglob("*.png"):
        os.utime(file, ns=(0, 0))
        os.utime(other / file.relative_to(tree), ns=(0, 0))
    assert (data.load(tree).name, data.load(other).name) == ("pets", "cats and dogs")


def one_bit_flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def last_byte_lost(content):
    return content[:-1]


def emptied(content):
    return b""


def zeroed(content):
    return bytes(len(content))


@pytest.mark.parametrize("damage", [one_bit_flipped, last_byte_lost, emptied, zeroed])
def test_a_damaged_cache_is_rebuilt_not_trusted(tree, place, decoded, damage):
    expected = int(data.load(tree).train.images.sum())
    (kept,) = place.iterdir()
    content = kept.read_bytes()
    kept.unlink()  # rather than write into a file that may still be mapped
    kept.write_bytes(damage(content))
    assert int(data.load(tree).train.images.sum()) == expected and len(decoded) == 20
    assert [path.read_bytes() for path in place.iterdir()] == [content]
    data.load(tree)
    assert len(decoded) == 20


@pytest.mark.parametrize(
    "error", [SafetensorError("I/O error: No space left on device"), OSError(errno.EROFS, "Read-only file system")]
)
def test_a_cache_that_cannot_be_written_costs_one_notice_and_nothing_else(tree, place, monkeypatch, capfd, error):
    expected = data.load(tree)
    next(place.iterdir()).unlink()
    capfd.readouterr()

    def fail(tensors, path, metadata):
        path.write_bytes(b"half")
        raise error

    monkeypatch.setattr(cache, "save_file", fail)
    assert make_data.same(data.load(tree), expected)
    said = capfd.readouterr().err
    assert said.count("\n") == 1 and "cannot be kept" in said and str(place) in said and str(error) in said
    assert list(place.iterdir()) == []


def test_a_cache_directory_that_cannot_be_made_costs_one_notice(tree, place, capfd):
    place.write_text("a file where the directory should be", encoding="utf-8")
    assert len(data.load(tree).train) == 6
    assert "cannot be kept" in capfd.readouterr().err


def test_loaders_at_once_do_not_disturb_each_other(tree, place):
    code = "import sys; from cnnkit import data; print(int(data.load(sys.argv[1]).train.images.sum()))"
    command = [sys.executable, "-c", code, str(tree)]
    loaders = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [loader.communicate(timeout=100) for loader in loaders]
    expected = str(int(data.load(tree).train.images.sum()))
    assert outputs == [(f"{expected}\n", "")] * 2
    assert len(list(place.iterdir())) == 1


def test_without_the_variable_the_cache_is_the_users(monkeypatch):
    import platformdirs

    monkeypatch.delenv("CNNKIT_CACHE")
    assert cache.folder() == platformdirs.user_cache_path("cnnkit")

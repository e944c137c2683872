"""Decoded once, mapped ever after: what is kept, when it is not trusted, and what happens when it cannot be kept."""

import errno
import os
import random
import re
import shutil
import subprocess
import sys
import time

import make_data
import pytest
import torch

from cnnkit import data
from cnnkit._support import tensors
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


def files_in(place):
    """The data sets that are kept, without the notes beside them."""
    return sorted(place.glob("*.safetensors"))


def test_the_second_load_decodes_nothing_and_is_the_same(tree, decoded):
    first = data.load(tree)
    assert len(decoded) == 10
    second = data.load(tree)
    assert len(decoded) == 10
    assert make_data.same(first, second) and first.name == second.name == "pets"


def test_the_cache_is_one_file_outside_the_source(tree, place):
    before = sorted(tree.parent.rglob("*"))
    data.load(tree)
    (kept,) = files_in(place)
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
    (kept,) = files_in(place)
    content = kept.read_bytes()
    kept.unlink()  # rather than write into a file that may still be mapped
    kept.write_bytes(damage(content))
    assert int(data.load(tree).train.images.sum()) == expected and len(decoded) == 20
    assert [path.read_bytes() for path in files_in(place)] == [content]
    data.load(tree)
    assert len(decoded) == 20


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EROFS, "Read-only file system")]
)
def test_a_cache_that_cannot_be_written_costs_one_notice_and_nothing_else(tree, place, monkeypatch, capfd, error):
    expected = data.load(tree)
    files_in(place)[0].unlink()
    capfd.readouterr()

    def fail(*_):
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    assert make_data.same(data.load(tree), expected)
    (said,) = re.findall(r"cnnkit: .*", capfd.readouterr().err)  # beside a bar, which shows itself on a slow machine
    assert "cannot be kept" in said and str(place) in said and error.strerror in said
    assert list(place.iterdir()) == []


def test_a_cache_directory_that_cannot_be_made_costs_one_notice(tree, place, capfd):
    place.write_text("a file where the directory should be", encoding="utf-8")
    assert len(data.load(tree).train) == 6
    assert "cannot be kept" in capfd.readouterr().err


def test_loaders_at_once_do_not_disturb_each_other(tree, place):
    code = "import sys; from cnnkit import data; print(int(data.load(sys.argv[1]).train.images.sum()))"
    command = [sys.executable, "-c", code, str(tree)]
    loaders = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [loader.communicate(timeout=600) for loader in loaders]
    expected = str(int(data.load(tree).train.images.sum()))
    assert outputs == [(f"{expected}\n", "")] * 2
    assert len(files_in(place)) == 1


def test_without_the_variable_the_cache_is_the_users(monkeypatch):
    import platformdirs

    monkeypatch.delenv("CNNKIT_CACHE")
    assert cache.folder() == platformdirs.user_cache_path("cnnkit")


# ---- whole, at the price of one reading a day -----------------------------------------------------------------------------


@pytest.fixture
def later(monkeypatch):
    """later(seconds): the clock goes on; nothing that was just written counts as just written."""
    now = [time.time()]
    monkeypatch.setattr(cache.time, "time", lambda: now[0])

    def later(seconds):
        now[0] += seconds

    later(10)
    return later


@pytest.fixture
def readings(monkeypatch):
    """Counts the whole files whose digest is computed for a comparison."""
    calls, contents = [], tensors._contents
    monkeypatch.setattr(tensors, "_contents", lambda *given: calls.append(1) or contents(*given))
    return calls


def test_a_whole_file_is_not_read_at_each_start(tree, place, readings, later):
    data.load(tree)
    readings.clear()
    for _ in range(3):
        data.load(tree)
    assert readings == []
    later(90_000)
    data.load(tree)
    assert len(readings) == 1, "once a day"
    os.utime(files_in(place)[0])
    data.load(tree)
    assert len(readings) == 2, "and when it was touched"


def test_a_file_just_written_is_not_believed_by_its_time(tree, place, readings):
    """Within a tick of the clock it may be written again and bear the same time."""
    for count in (1, 2, 3):
        data.load(tree)
        assert len(readings) == count
    assert not list(place.glob("*.checked")) + list(place.glob(".*.checked"))


def test_one_flipped_bit_in_a_file_that_was_whole_is_noticed(tree, place, decoded, later, capfd):
    expected = data.load(tree).train.images.clone()
    rng = random.Random(0)
    for count in range(2, 22):
        (kept,) = files_in(place)
        times = kept.stat().st_atime_ns, kept.stat().st_mtime_ns
        time.sleep(0.02)  # more than a tick of the file system's clock
        with kept.open("r+b") as file:
            at = rng.randrange(kept.stat().st_size)
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1 << rng.randrange(8)]))
        os.utime(kept, ns=times)
        assert torch.equal(data.load(tree).train.images, expected)
        assert len(decoded) == 10 * count
    assert capfd.readouterr().err.count("cannot be used, so it is decoded again") == 20


# ---- one folder, many users -----------------------------------------------------------------------------------------------

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")


@pytest.fixture
def another(monkeypatch):
    """Makes the rest of the test another user, as far as the cache looks at that."""
    return lambda: monkeypatch.setattr(cache, "_user", lambda: 12_345)


@posix
def test_a_file_has_the_rights_of_any_new_file(tree, place):
    before = os.umask(0o027)
    try:
        data.load(tree)
    finally:
        os.umask(before)
    assert files_in(place)[0].stat().st_mode & 0o777 == 0o640


@posix
def test_what_another_user_decoded_is_used_and_stays(tree, place, decoded, another):
    data.load(tree)
    (kept,) = files_in(place)
    state = kept.stat()
    another()
    for _ in range(3):
        data.load(tree)
    assert len(decoded) == 10 and files_in(place) == [kept] and kept.stat().st_mtime_ns == state.st_mtime_ns
    touch(tree)
    data.load(tree)
    assert kept in files_in(place), "also when the source has changed since"


@posix
@pytest.mark.parametrize("damage", [one_bit_flipped, last_byte_lost])
def test_another_users_file_that_cannot_be_used_is_told_once_and_left_alone(tree, place, decoded, another, damage, capfd):
    data.load(tree)
    (theirs,) = files_in(place)
    content = damage(theirs.read_bytes())
    theirs.write_bytes(content)
    another()
    for _ in range(3):
        data.load(tree)
    assert len(decoded) == 20 and theirs.read_bytes() == content and len(files_in(place)) == 2
    assert capfd.readouterr().err.count("\n") == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user who may not read everything")
def test_a_file_that_may_not_be_read_is_told_once(tree, place, decoded, another, capfd):
    data.load(tree)
    files_in(place)[0].chmod(0)
    another()
    for _ in range(3):
        data.load(tree)
    said = capfd.readouterr().err
    assert len(decoded) == 20 and said.count("\n") == 1 and "cannot be read (Permission denied)" in said


# ---- bounded --------------------------------------------------------------------------------------------------------------


def test_older_states_of_a_source_are_removed(tree, tmp_path, place, later):
    other = make_data.tree(tmp_path / "others", classes=("cow", "pig"))
    data.load(other)
    (kept,) = files_in(place)
    for change in (touch, add, rename):
        data.load(tree)
        change(tree)
    data.load(tree)
    assert len(files_in(place)) == 2 and kept in files_in(place)
    assert len(list(place.glob(".*.checked"))) == 2


def test_files_of_older_versions_are_removed_and_of_newer_ones_kept(tree, place):
    place.mkdir()
    old = [f"{32 * 'a'}-{32 * 'b'}.safetensors", f"{16 * 'a'}-v{cache.VERSION - 1}-{32 * 'b'}.safetensors"]
    kept = [f"{16 * 'a'}-v{cache.VERSION + 1}-{32 * 'b'}.safetensors", "weights.safetensors", "notes.txt"]
    for name in old + kept:
        (place / name).touch()
    data.load(tree)
    found = {path.name for path in place.iterdir()}
    assert found > set(kept) and not found & set(old) and len(found) == len(kept) + 1


def test_a_cache_that_another_loader_removes_meanwhile_costs_one_notice(tree, place, monkeypatch, capfd):
    """Two loaders of two states of one folder: each removes what it takes for older; a FileNotFoundError came out."""
    expected = data.load(tree)
    files_in(place)[0].unlink()
    capfd.readouterr()

    def gone(path, *_):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))

    monkeypatch.setattr("safetensors.torch.load_file", gone)
    assert make_data.same(data.load(tree), expected)
    assert "cannot be kept" in capfd.readouterr().err

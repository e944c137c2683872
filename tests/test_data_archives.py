"""Archives of photos: whole or refused, and never more in memory than a photo."""

import gzip
import io
import os
import random
import re
import shutil
import subprocess
import sys
import tarfile

import make_data
import pytest
import torch
from PIL import Image

from cnnkit import data
from cnnkit.data import archives, decode, folders
from cnnkit.errors import InputError


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CNNKIT_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def tree(tmp_path):
    return make_data.tree(tmp_path / "pets", train=2, test=1)


def photos(archive):
    """What is read from the archive: {path: bytes}."""
    return {str(photo): read() for photo, read in folders._archive_files([archive])}


# ---- damage ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_an_archive_cut_anywhere_is_refused_or_complete(tree, tmp_path, suffix):
    archive = make_data.shard(tmp_path / f"pets{suffix}", tree)
    whole, content, rng, refused = photos(archive), archive.read_bytes(), random.Random(0), 0
    for _ in range(200):
        archive.write_bytes(content[: rng.randrange(len(content))])
        try:
            assert photos(archive) == whole, "only zeros behind the end were lost"
        except InputError as error:
            assert "damaged or cut short" in str(error)
            refused += 1
    assert refused > (80 if suffix == ".tar" else 195)


def test_a_tar_cut_between_two_photos_is_refused(tree, tmp_path):
    archive = make_data.shard(tmp_path / "pets.tar", tree)
    with tarfile.open(archive) as tar:
        places = [member.offset for member in tar][1:]
    content = archive.read_bytes()
    for place in places:
        archive.write_bytes(content[:place])
        with pytest.raises(InputError, match="its end is missing"):
            photos(archive)


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_one_flipped_bit_is_refused_or_changes_nothing_that_is_read(tree, tmp_path, suffix):
    """The photos are PNG, whose checksums do what a plain .tar does not."""
    archive = make_data.shard(tmp_path / f"pets{suffix}", tree)
    expected, content, rng, refused = data.load(archive), archive.read_bytes(), random.Random(0), 0
    used = len(content.rstrip(b"\0"))
    for place in rng.sample(range(8 * used), 150):
        damaged = bytearray(content)
        damaged[place // 8] ^= 1 << place % 8
        archive.write_bytes(damaged)
        try:
            assert make_data.same(data.load(archive), expected)
        except InputError:
            refused += 1
    assert refused >= (148 if suffix == ".tar.gz" else 100)  # a time, an owner's name in gzip's head; zeros between members


def test_two_archives_in_one_file_are_not_taken_for_the_first(tree, tmp_path):
    archive = make_data.shard(tmp_path / "pets.tar", tree)
    archive.write_bytes(2 * archive.read_bytes())
    with pytest.raises(InputError, match="what follows its last whole member is no member"):
        photos(archive)


@pytest.mark.parametrize("place", [0, 6, 20, 40, 100, 500, -5, -1])
def test_a_flipped_bit_in_a_png_is_noticed(place):
    content = bytearray(make_data.encoded(Image.fromarray(make_data.pixels("x"))))
    content[place] ^= 1
    with pytest.raises(Exception, match="."):
        decode.photo(bytes(content))


# ---- small file, much memory ----------------------------------------------------------------------------------------------


def with_member(archive, size, name="train/cat/9.png"):
    """Adds zeros to a .tar.gz, which shrink to a thousandth."""
    with tarfile.open(archive, "w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = size
        tar.addfile(member, io.BufferedReader(Zeros()))
    return archive


class Zeros(io.RawIOBase):
    def readable(self):
        return True

    def readinto(self, buffer):
        buffer[:] = bytes(len(buffer))
        return len(buffer)


def test_an_archive_that_unpacks_to_far_more_than_its_size_is_refused(tmp_path):
    archive = with_member(tmp_path / "x.tar.gz", 200 * 2**20)
    assert archive.stat().st_size < 2**18
    with pytest.raises(InputError, match=r'x\.tar\.gz" unpacks to more than 20 times its size'):
        data.load(archive)


def test_a_photo_of_too_many_bytes_is_refused_by_name(tree, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "LARGEST", 2**20)
    archive = with_member(make_data.shard(tmp_path / "pets.tar.gz", tree), 2**21)
    with pytest.raises(Exception, match="are larger than 1 MB"):
        photos(archive)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XGLTYPE])
def test_a_header_is_not_read_whole_on_its_word(tmp_path, kind):
    member = tarfile.TarInfo("x")
    member.type, member.size = kind, 2**24
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(member.tobuf(tarfile.USTAR_FORMAT) + bytes(2**24)))
    with pytest.raises(InputError, match="a header would have 16,777,216 bytes"):
        data.load(tmp_path / "x.tar.gz")


def test_photos_are_not_decoded_beyond_a_size_in_pixels(tree, capfd):
    content = make_data.encoded(Image.new("1", (4097, 4096)))
    (tree / "train" / "cat" / "0.png").write_bytes(content)
    (tree / "train" / "dog" / "0.png").write_bytes(make_data.encoded(Image.new("1", (15_000, 15_000))))
    with pytest.raises(
        InputError, match=r"^2 of 6 images in .* have more than 17 million pixels; the first is train/cat/0.png;"
    ):
        data.load(tree)
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(os.name == "nt", reason="POSIX")
def test_pipes_devices_and_folders_among_the_photos_are_refused_by_name(tree):
    os.mkfifo(tree / "train" / "cat" / "pipe.png")
    (tree / "train" / "cat" / "zero.png").symlink_to("/dev/zero")
    (tree / "train" / "dog" / "folder.png").mkdir()
    (tree / "train" / "dog" / "loop.png").symlink_to("loop.png")
    with pytest.raises(InputError, match=r"1 of 10 images .* cannot be read .*train/dog/loop.png"):
        data.load(tree)
    (tree / "train" / "dog" / "loop.png").unlink()
    with pytest.raises(
        InputError, match=r"^3 of 9 images .* no files but folders, pipes or devices.*first is train/cat/pipe.png; del"
    ):
        data.load(tree)


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few users make links")
def test_a_link_to_a_photo_is_a_photo(tree):
    (tree / "train" / "cat" / "9.png").symlink_to("0.png")
    loaded = data.load(tree)
    assert len(loaded.train) == 5 and torch.equal(loaded.train.images[0], loaded.train.images[2])


PEAK = """
import resource, sys
from cnnkit import data, InputError
data.load(sys.argv[2])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    data.load(sys.argv[1])
except InputError:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts in kilobytes")
def test_many_empty_photos_take_little_memory(tree, tmp_path):
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz", compresslevel=1) as tar:
        for number in range(20_000):
            tar.addfile(tarfile.TarInfo(f"{'train' if number % 2 else 'test'}/{'ab'[number // 2 % 2]}/{number}.png"))
    command = [sys.executable, "-c", PEAK, str(tmp_path / "x.tar.gz"), str(tree)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert int(said.stdout) < 40_000, "the pixels of what is no photo take none"


# ---- what is left out is said ---------------------------------------------------------------------------------------------


def test_files_that_are_no_photos_are_counted(tree, capfd):
    (tree / "train" / "cat" / "notes.txt").touch()
    (tree / "test" / "dog" / "0.webp").touch()
    data.load(tree)
    why = "are no PNG or JPEG in train/<class>/ and test/<class>/, and were left out"
    assert capfd.readouterr().err == f'cnnkit: 2 of 8 files in "{tree}" {why}; the first is test/dog/0.webp\n'


@pytest.mark.parametrize("packed", [False, True])
def test_photos_one_folder_deeper_are_counted_one_by_one(tree, tmp_path, packed, capfd):
    deeper = tree / "train" / "cat" / "more"
    deeper.mkdir()
    for i in range(3):
        shutil.copy(tree / "train" / "cat" / "0.png", deeper / f"{i}.png")
    (tree / "test" / "dog" / "empty").mkdir()
    loaded = data.load(make_data.shard(tmp_path / "pets.tar", tree) if packed else tree)
    assert len(loaded.train) == 4
    said = capfd.readouterr().err
    assert said.startswith("cnnkit: 3 of ") and said.endswith("train/cat/more/0.png (one folder too deep)\n"), said


def test_one_file_that_is_left_out_is_told_in_the_singular(tree, capfd):
    (tree / "train" / "cat" / "notes.txt").touch()
    data.load(tree)
    assert "1 of 7 files" in (said := capfd.readouterr().err) and " is no PNG" in said and "and was left out" in said


def test_a_link_in_an_archive_is_told(tree, tmp_path, capfd):
    archive = make_data.shard(tmp_path / "pets.tar", tree)
    with tarfile.open(archive, "a") as tar:
        member = tarfile.TarInfo("train/cat/again.png")
        member.type, member.linkname = tarfile.LNKTYPE, "train/cat/0.png"
        tar.addfile(member)
    data.load(archive)
    assert "left out; the first is pets.tar: train/cat/again.png (a link or device)\n" in capfd.readouterr().err


def of_counts(train, test):
    return [
        folders.Photo(split, label, f"{i}.png")
        for split, counts in (("train", train), ("test", test))
        for label, count in zip(data.CIFAR10_CLASSES, counts, strict=True)
        for i in range(count)
    ]


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        ([5000] * 10, [1000] * 10, None),
        ([100] * 10, [20] * 10, None),  # someone's small set
        ([5000] * 3 + [4999] + [5000] * 6, [1000] * 10, "4,999 to 5,000 photos of a class in train, .*fewest are in train/cat"),
        ([5000] * 10, [1000] * 9 + [1], "1 to 1,000 photos of a class in test.*fewest are in test/truck: were some lost"),
        ([4000] * 10, [1000] * 10, "4,000 to 4,000 photos of a class in train"),
    ],
)
def test_photos_that_cifar10_has_and_a_folder_lacks_are_counted(tmp_path, train, test, words):
    said = list(folders._fewer(tmp_path, of_counts(train, test), data.CIFAR10_CLASSES))
    assert len(said) == bool(words) and re.search(words or "", " ".join(said))

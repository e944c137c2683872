"""Image folders and their shards, against Pillow reading the same files; and what is said about bad ones."""

import io
import os
import tarfile
from collections import Counter
from pathlib import Path

import make_data
import numpy as np
import pytest
import torch
from PIL import Image

from cnnkit import data
from cnnkit.data import decode
from cnnkit.errors import InputError


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CNNKIT_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def tree(tmp_path):
    return make_data.tree(tmp_path / "pets")


def pixels_of(split):
    return split.images.permute(0, 2, 3, 1).numpy()


def one_file(tree, content, name="1.png"):
    """Puts content in the place of the second cat, and returns how it then looks."""
    (tree / "train" / "cat" / "1.png").unlink()
    (tree / "train" / "cat" / name).write_bytes(content)
    return pixels_of(data.load(tree).train)[1].astype(int)


def test_images_and_labels_come_in_the_order_of_names(tree):
    pets = data.load(tree)
    assert pets.train.images.dtype == torch.uint8 and pets.train.labels.dtype == torch.int64
    assert pets.train.images.is_contiguous() and pets.classes == ("cat", "dog")
    assert pets.train.labels.tolist() == [0, 0, 0, 1, 1, 1] and pets.test.labels.tolist() == [0, 0, 1, 1]
    expected = [make_data.pixels("train", label, i) for label in ("cat", "dog") for i in range(3)]
    np.testing.assert_array_equal(pixels_of(pets.train), expected)
    assert repr(pets) == "pets: 6 train and 4 test images of 2 classes"
    assert (pets.train.name, pets.test.name) == ("pets train", "pets test")


def test_the_order_does_not_depend_on_the_file_system(tree, tmp_path, monkeypatch):
    listed = os.listdir
    monkeypatch.setattr(os, "listdir", lambda folder: sorted(listed(folder), reverse=True))
    backwards = data.load(tree)
    monkeypatch.undo()
    monkeypatch.setenv("CNNKIT_CACHE", str(tmp_path / "another cache"))
    assert make_data.same(data.load(tree), backwards)


def test_jpegs_are_what_pillow_decodes(tmp_path):
    tree = make_data.tree(tmp_path / "pets", suffix=".JPeG")
    pets = data.load(tree)
    for index, file in enumerate(sorted((tree / "train").glob("*/*"))):
        with Image.open(file) as image:
            np.testing.assert_array_equal(pixels_of(pets.train)[index], np.asarray(image))


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_a_photo_is_shown_the_way_up_that_its_camera_noted(tree, orientation, turns):
    upright = Image.fromarray(make_data.pixels("up"))
    exif = Image.Exif()
    exif[0x0112] = orientation  # 6: the camera was turned so that the picture must be turned back a quarter, clockwise
    buffer = io.BytesIO()
    upright.save(buffer, "PNG", exif=exif)
    np.testing.assert_array_equal(one_file(tree, buffer.getvalue()), np.rot90(np.asarray(upright), turns))


def test_a_damaged_note_of_the_camera_is_passed_over(tree):
    upright, buffer = Image.fromarray(make_data.pixels("up")), io.BytesIO()
    upright.save(buffer, "PNG", exif=b"Exif\0\0no such thing")
    np.testing.assert_array_equal(one_file(tree, buffer.getvalue()), np.asarray(upright))


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few users make links")
def test_a_link_to_nowhere_is_told(tree):
    (tree / "train" / "cat" / "lost.png").symlink_to("nowhere.png")
    with pytest.raises(InputError, match=r"cannot be read.*lost\.png"):
        data.load(tree)


def test_spaces_and_other_alphabets_in_names_work(tmp_path):
    tree = make_data.tree(tmp_path / "Müllers Fotos 写真", classes=("été", "кот и пёс"))
    loaded = data.load(str(tree))
    assert loaded.classes == ("été", "кот и пёс") and loaded.name == "Müllers Fotos 写真"
    assert make_data.same(loaded, data.load(make_data.shard(tmp_path / "Schränke" / "Тест 1.tgz", tree)))


def test_hidden_and_other_files_are_ignored(tree, tmp_path, monkeypatch):
    before = data.load(tree)
    for name in (".DS_Store", "train/.DS_Store", "train/cat/._0.png", "train/cat/notes.txt", "train/Thumbs.db"):
        (tree / name).write_bytes(b"not an image")
    (tree / "train" / ".ipynb_checkpoints").mkdir()
    (tree / "train" / "cat" / "deeper").mkdir()
    (tree / "train" / "cat" / "deeper" / "9.png").write_bytes(b"not an image")
    monkeypatch.setenv("CNNKIT_CACHE", str(tmp_path / "another cache"))
    assert make_data.same(data.load(tree), before)
    assert make_data.same(data.load(make_data.shard(tmp_path / "pets.tar", tree)), before)


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tgz", ".TGZ"])
def test_shards_are_the_same_as_the_tree(tree, tmp_path, suffix):
    folder = tmp_path / "shards"
    make_data.shard(folder / f"b{suffix}", tree, ["train/cat", "test/dog"], prefix="./")
    make_data.shard(folder / f"a{suffix}", tree, ["train/dog", "test/cat"], prefix="pets/")
    before = sorted(tmp_path.rglob("*"))
    assert make_data.same(data.load(folder), data.load(tree))
    assert data.load(folder).name == "shards"
    assert sorted(tmp_path.rglob("*")) == before, "a shard is read where it lies, never unpacked"


def test_one_shard_alone_is_a_data_set_named_after_it(tree, tmp_path):
    loaded = data.load(make_data.shard(tmp_path / "my.pets.tar.gz", tree))
    assert make_data.same(loaded, data.load(tree)) and loaded.name == "my.pets"


def test_links_and_devices_in_a_shard_are_passed_over(tree, tmp_path):
    archive = make_data.shard(tmp_path / "pets.tar", tree)
    with tarfile.open(archive, "a") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.FIFOTYPE):
            member = tarfile.TarInfo(f"train/cat/x{kind.decode()}.png")
            member.type, member.linkname = kind, "/etc/passwd"
            tar.addfile(member)
    assert make_data.same(data.load(archive), data.load(tree))


def test_odd_sizes_are_resized_and_said_once_a_load(tree, capfd):
    big = Image.fromarray(np.kron(make_data.pixels("big"), np.ones((3, 2, 1), np.uint8)))
    seen = one_file(tree, make_data.encoded(big))
    np.testing.assert_array_equal(seen, np.asarray(big.resize((32, 32), Image.Resampling.BICUBIC)))
    said = f'cnnkit: 1 of 10 images in "{tree}" are not 32x32 and were resized; the first is train/cat/1.png\n'
    assert capfd.readouterr().err == said
    data.load(tree)  # from the cache
    assert capfd.readouterr().err == said


def grey(image):
    """ITU-R 601-2, which Pillow's documentation gives for mode L."""
    return (image @ np.array([299, 587, 114]) / 1000).round()[..., None]


def on_white(image, alpha):
    return alpha / 255 * image + 255 - alpha


PHOTO = make_data.pixels("photo")
ALPHA = make_data.pixels("alpha")[..., :1]
BLACK_AND_WHITE = Image.fromarray(PHOTO).convert("1")


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.fromarray(PHOTO).convert("L"), grey(PHOTO)),
        (BLACK_AND_WHITE, np.asarray(BLACK_AND_WHITE)[..., None] * 255),
        (Image.fromarray(PHOTO // 128 * 255).convert("P"), PHOTO // 128 * 255),
        (Image.fromarray(np.concatenate([grey(PHOTO), ALPHA], 2).astype(np.uint8)), on_white(grey(PHOTO), ALPHA)),
        (Image.fromarray(np.concatenate([PHOTO, ALPHA], 2)), on_white(PHOTO, ALPHA)),
        (Image.new("CMYK", (32, 32), (55, 155, 255, 0)), np.array([200, 100, 0])),
    ],
    ids=lambda value: value.mode if isinstance(value, Image.Image) else "",
)
def test_other_colours_become_rgb_and_are_said_with_count_and_first_file(tree, capfd, image, expected):
    kind, name = ("JPEG", "1.jpg") if image.mode == "CMYK" else ("PNG", "1.png")
    assert np.abs(one_file(tree, make_data.encoded(image, kind), name) - expected).max() <= 1.5
    said = f'1 of 10 images in "{tree}" are not RGB ({image.mode}) and were converted; the first is train/cat/{name}\n'
    assert capfd.readouterr().err == f"cnnkit: {said}"


def test_a_palette_with_a_transparent_colour_lies_on_white(tree):
    image = Image.new("P", (32, 32), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    image.paste(0, (0, 0, 16, 32))
    seen = one_file(tree, make_data.encoded(image, transparency=0))
    assert (seen[:, :16] == 255).all() and (seen[:, 16:] == [10, 20, 30]).all()


def test_sixteen_bit_grey_is_refused_with_file_and_mode(tree):
    image = Image.fromarray(np.arange(1024, dtype=np.uint16).reshape(32, 32))
    with pytest.raises(InputError, match=r"1 of 10 .*pets.*mode I(;16)?\); the first is train/cat/1.png; save"):
        one_file(tree, make_data.encoded(image))


def test_unreadable_images_are_counted_and_the_first_is_named(tree):
    whole = (tree / "train" / "cat" / "0.png").read_bytes()
    (tree / "train" / "cat" / "2.png").write_bytes(whole[: len(whole) // 2])
    (tree / "train" / "dog" / "0.png").write_bytes(b"")
    (tree / "test" / "dog" / "1.png").write_bytes(b"<html>404</html>")
    with pytest.raises(InputError, match=r"^3 of 10 .*pets.* cannot be read .* the first is train/cat/2.png; delete or"):
        data.load(tree)


@pytest.mark.parametrize("kind", ["GIF", "EPS"])
def test_a_file_that_only_calls_itself_png_is_unreadable(tree, kind):
    with pytest.raises(InputError, match="cannot be read as PNG or JPEG; the first is train/cat/1.png"):
        one_file(tree, make_data.encoded(Image.fromarray(make_data.pixels("x")), kind))


def test_an_unreadable_image_in_a_shard_is_named_with_its_archive(tree, tmp_path):
    (tree / "train" / "cat" / "1.png").write_bytes(b"x" * 100)
    with pytest.raises(InputError, match=r"1 of 10 .* the first is pets.tar: train/cat/1.png"):
        data.load(make_data.shard(tmp_path / "pets.tar", tree))


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_a_truncated_archive_is_named(tree, tmp_path, suffix):
    archive = make_data.shard(tmp_path / "shards" / f"pets{suffix}", tree)
    whole = archive.read_bytes()
    for length in (len(whole) // 3, len(whole) // 2, 700, 0):
        archive.write_bytes(whole[:length])
        with pytest.raises(InputError, match=rf'pets{suffix}" is damaged or cut short'):
            data.load(archive.parent)


def remove(*names):
    def change(tree):
        for name in names:
            for file in sorted((tree / name).rglob("*"), reverse=True):
                file.rmdir() if file.is_dir() else file.unlink()
            (tree / name).rmdir()

    return change


def rename(old, new):
    return lambda tree: [file.rename(file.with_name(new)) for file in tree.rglob(old)]


def only_text(tree):
    for file in tree.rglob("*.png"):
        file.rename(file.with_suffix(".webp"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (remove("train/dog", "test/dog"), 'has one class only, "cat"; there must be two or more'),
        (remove("test"), "has no test images; it needs train/<class>/ and test/<class>/"),
        (remove("train"), "has no train images"),
        (remove("test/dog"), 'class "dog" of .* is in train but not in test'),
        (remove("train/cat"), 'class "cat" of .* is in test but not in train'),
        (remove("train/cat", "train/dog", "test/cat", "test/dog"), "holds no PNG or JPEG files in train/<class>/"),
        (only_text, "holds no PNG or JPEG files .* such as test/cat/0.webp, cannot be used"),
        (lambda tree: (tree / "train" / "emu").mkdir(), "train/emu in .* holds no PNG or JPEG files; put some there or"),
        (rename("train", "training"), "has no train images"),
    ],
)
def test_a_tree_that_cannot_be_a_data_set_is_one_sentence(tree, change, message):
    change(tree)
    with pytest.raises(InputError, match=message) as caught:
        data.load(tree)
    assert str(tree) in str(caught.value) and "\n" not in str(caught.value)


def test_all_of_cifar10_as_image_files_is_named_so(tmp_path, monkeypatch):
    from cnnkit.data import folders

    photos = [
        folders.Photo(split, label, f"{i}.png")
        for split, count in (("train", 5000), ("test", 1000))
        for label in data.CIFAR10_CLASSES
        for i in range(count)
    ]
    assert folders._name(tmp_path, photos, data.CIFAR10_CLASSES) == "CIFAR-10 (image files)"
    assert folders._name(tmp_path, photos[1:], data.CIFAR10_CLASSES) == tmp_path.name


PHOTOS = os.environ.get("CNNKIT_CIFAR10")


@pytest.mark.slow
@pytest.mark.skipif(not PHOTOS, reason="CNNKIT_CIFAR10 is unset")
def test_all_sixty_thousand_photos_are_decoded_right_and_once(monkeypatch):
    first = data.load("cifar10")
    monkeypatch.setattr(decode, "photo", lambda _: pytest.fail("a photo is decoded a second time"))
    cifar = data.load("cifar10")
    assert make_data.same(first, cifar)
    assert Counter(cifar.train.labels.tolist()) == dict.fromkeys(range(10), 5000)
    assert Counter(cifar.test.labels.tolist()) == dict.fromkeys(range(10), 1000)
    assert cifar.classes == data.CIFAR10_CLASSES
    if not (Path(PHOTOS) / "test.tar.gz").is_file():
        return
    assert (cifar.name, cifar.test.name) == ("CIFAR-10 (JPEG copy)", "CIFAR-10 (JPEG copy) test")
    with tarfile.open(Path(PHOTOS) / "test.tar.gz") as tar:
        for index, member in enumerate(sorted(tar.getmembers(), key=lambda member: member.name)):
            if index % 997 == 0:
                with Image.open(tar.extractfile(member)) as image:
                    np.testing.assert_array_equal(pixels_of(cifar.test)[index], np.asarray(image))
                assert member.name.split("/")[1] == cifar.classes[cifar.test.labels[index]]

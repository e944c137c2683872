"""Small data sets on disk for the tests of cnnkit.data, in the forms that users have."""

import hashlib
import io
import struct
import tarfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

CIFAR10 = "airplane automobile bird cat deer dog frog horse ship truck".split()


def pixels(*key):
    """Random but always the same for one key: uint8 [32, 32, 3]."""
    seed = int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:8], "little")
    return np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)


def same(a, b):
    """Whether two data sets hold the same images, labels and classes; their names may differ."""
    return all(
        torch.equal(x.images, y.images) and torch.equal(x.labels, y.labels) and x.classes == y.classes
        for x, y in ((a.train, b.train), (a.test, b.test))
    )


def tree(root, classes=("cat", "dog"), train=3, test=2, suffix=".png"):
    """root/train/<class>/0.png ... and root/test/...; returns root."""
    for split, count in (("train", train), ("test", test)):
        for label in classes:
            folder = Path(root, split, label)
            folder.mkdir(parents=True)
            for i in range(count):
                Image.fromarray(pixels(split, label, i)).save(folder / f"{i}{suffix}")
    return Path(root)


def shard(archive, tree, members=("train", "test"), prefix=""):
    """Packs parts of a tree into an archive whose compression follows its name."""
    mode = "w" if archive.name.endswith(".tar") else "w:gz"
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, mode) as tar:
        for member in members:
            tar.add(tree / member, prefix + member)
    return archive


def official(folder, per_batch=20):
    """CIFAR-10's own folder with few photos, in the bytes that Python 2 wrote; returns the checksums of its files."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    contents = {"batches.meta": {"num_cases_per_batch": per_batch, "label_names": CIFAR10, "num_vis": 3072}}
    for name in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
        contents[name] = {
            "batch_label": name,
            "labels": rng.integers(0, 10, per_batch).tolist(),
            "data": rng.integers(0, 256, (per_batch, 3072), dtype=np.uint8),
            "filenames": [f"{name}_{i}.png" for i in range(per_batch)],
        }
    for name, content in contents.items():
        (folder / name).write_bytes(b"\x80\x02" + python2_pickle(content) + b".")
    (folder / "readme.html").write_text("<html></html>", encoding="utf-8")
    return {name: md5(folder / name) for name in contents}


def official_archive(archive, folder):
    """The folder as its authors pack it; returns the archive's checksum."""
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, "cifar-10-batches-py")
    return md5(archive)


def use_checksums(monkeypatch, files, archive=""):
    """Makes torchvision, and so the kit, take these checksums for the official ones."""
    from torchvision.datasets import CIFAR10

    monkeypatch.setattr(CIFAR10, "train_list", [[name, files[name]] for name, _ in CIFAR10.train_list])
    monkeypatch.setattr(CIFAR10, "test_list", [[name, files[name]] for name, _ in CIFAR10.test_list])
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": files["batches.meta"]})
    monkeypatch.setattr(CIFAR10, "tgz_md5", archive)


def md5(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


def python2_pickle(value):
    """What Python 2's cPickle wrote, protocol 2: byte strings, and a dtype's flags as 0 and 1."""
    match value:
        case dict():
            return b"}(" + b"".join(python2_pickle(part) for pair in value.items() for part in pair) + b"u"
        case list():
            return b"](" + b"".join(python2_pickle(part) for part in value) + b"e"
        case str():
            return python2_pickle(value.encode("latin1"))
        case bytes():
            return b"T" + struct.pack("<i", len(value)) + value
        case int():
            return b"J" + struct.pack("<i", value)
        case np.ndarray():
            array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR"
            dtype = b"cnumpy\ndtype\n(U\x02u1K\x00K\x01tR(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
            shape = b"(" + b"".join(python2_pickle(n) for n in value.shape) + b"t"
            return array + b"(K\x01" + shape + dtype + b"\x89" + python2_pickle(value.tobytes()) + b"tb"
    raise TypeError(type(value))


def encoded(image, kind="PNG", **options):
    """An image file's bytes."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()

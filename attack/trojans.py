"""Files with code in them, in every form that some reader of the kit takes: (an empty folder, random draws) -> a file there."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import struct
import tarfile
import zipfile
from pathlib import Path

import torch
from torch import nn

from attack import evil
from attack.ground import photo_tree
from cnnkit import data, models
from cnnkit.training import checkpoint

BATCHES = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch", "batches.meta")


def a_plain_pickle(place: Path, rng: random.Random) -> Path:
    """Under any ending."""
    return _put(place / f"file{rng.choice(['.pt', '.pth', '.bin', '.safetensors', '.pkl'])}", evil.pickled(rng))


def a_zip_of_torch(place: Path, rng: random.Random) -> Path:
    """Laid out as torch.save lays out its zips."""
    return _put(
        place / "file.pt", _zipped([("a/data.pkl", evil.pickled(rng)), ("a/version", b"3\n"), ("a/byteorder", b"little")])
    )


def torch_saved(place: Path, rng: random.Random) -> Path:
    """A state with one field too many."""
    honest = models.build("vgg16_cifar", width=2).state_dict()
    torch.save({"format": checkpoint.FORMAT, "model": honest, "extra": rng.choice(evil.CALLS[:6])()}, place / "file.pt")
    return place / "file.pt"


def a_second_pickle_of_the_same_name(place: Path, rng: random.Random) -> Path:
    """Readers of zips differ in which of two members they take."""
    torch.save(models.build("vgg16_cifar", width=2).state_dict(), place / "honest.pt")
    with zipfile.ZipFile(place / "honest.pt") as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    second = [(name, evil.pickled(rng)) for name, _ in members if name.endswith("data.pkl")]
    return _put(place / "file.pt", _zipped(members + second if rng.random() < 0.5 else second + members))


def torch_saved_as_before_1_6(place: Path, rng: random.Random) -> Path:
    """Without a zip around it."""
    torch.save(
        {"a": torch.zeros(2), "b": rng.choice(evil.CALLS[:6])()}, place / "file.pt", _use_new_zipfile_serialization=False
    )
    return place / "file.pt"


def a_tar_as_torch_0_1(place: Path, rng: random.Random) -> Path:
    """The oldest form that torch still knows."""
    with tarfile.open(place / "file.pt", "w") as tar:
        for name in ("sys_info", "pickle", "storages", "tensors"):
            _add(tar, name, evil.pickled(rng))
    return place / "file.pt"


def torchscript(place: Path, rng: random.Random) -> Path:
    """A whole model, its pickles replaced."""
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), place / "script.pt")
    with zipfile.ZipFile(place / "script.pt") as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    inner = ("data.pkl", "constants.pkl")
    changed = [(name, evil.pickled(rng) if name.endswith(inner) else content) for name, content in members]
    return _put(place / "file.pt", _zipped(changed))


def safetensors(place: Path, rng: random.Random) -> Path:
    """Code in its metadata, and after its header."""
    code = evil.pickled(rng)
    tensor = {"dtype": "U8", "shape": [len(code)], "data_offsets": [0, len(code)]}
    text = json.dumps({"__metadata__": {"cnnkit": code.decode("latin1"), "format": "pt"}, "a": tensor}).encode()
    return _put(place / "file.safetensors", struct.pack("<Q", len(text)) + text + code)


def official_batches(place: Path, rng: random.Random) -> Path:
    """CIFAR-10's own pickles with code in them."""
    folder = place / "cifar-10-batches-py"
    folder.mkdir()
    for name in BATCHES:
        _put(folder / name, evil.pickled(rng))
    if rng.random() < 0.5:
        return folder
    with tarfile.open(place / "cifar-10-python.tar.gz", "w:gz") as tar:
        tar.add(folder, folder.name)
    shutil.rmtree(folder)
    return place / "cifar-10-python.tar.gz"


def decoded_photos(place: Path, rng: random.Random) -> Path:
    """The file in which the kit keeps decoded photos, replaced."""
    tree = photo_tree(place / "photos", "ab", 1, 1)
    os.environ["CNNKIT_CACHE"] = str(place / "kept")
    data.load(tree)
    (kept,) = (place / "kept").glob("*.safetensors")
    _put(kept, evil.pickled(rng))
    return tree


def photos_that_are_none(place: Path, rng: random.Random) -> Path:
    """One of them is a pickle."""
    tree = photo_tree(place / "photos", "ab", 1, 1)
    _put(tree / "train" / "a" / f"1{rng.choice(['.png', '.jpg', '.npy', '.pkl'])}", evil.pickled(rng))
    return tree


def an_archive_that_climbs(place: Path, rng: random.Random) -> Path:
    """Members that would be written elsewhere, or lead there."""
    photo = (photo_tree(place / "photos", "ab", 1, 1) / "train" / "a" / "0.png").read_bytes()
    with tarfile.open(place / "shard.tar", "w") as tar:
        tar.add(place / "photos", ".")
        up = rng.choice(["..", "../..", str(place.parent), "train/../../.."])
        _add(tar, f"{up}/train/a/{evil.MARK}.png", photo)
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            link = tarfile.TarInfo(f"train/b/{kind.decode()}{evil.MARK}.png")
            link.type, link.linkname = kind, rng.choice(["/etc/passwd", "../../../x", str(place.parent)])
            tar.addfile(link)
    shutil.rmtree(place / "photos")
    return place / "shard.tar"


def records(place: Path, rng: random.Random) -> Path:
    """Whatever a folder of runs may hold, each file with a pickle or with Python in it."""
    run = place / "runs" / "a-run"
    run.mkdir(parents=True)
    names = (
        "a.json",
        "words.json",
        "guesses.jsonl",
        "checks.jsonl",
        "a-run/run.json",
        "a-run/history.csv",
        "a-run/evaluations.csv",
    )
    for name in names:
        code = rng.choice([evil.pickled(rng), evil.PYTHON.encode(), f"!!python/object/apply:os.mkdir [{evil.MARK}]".encode()])
        _put(place / "runs" / name, code)
    return place / "runs"


def handed_in(place: Path, rng: random.Random) -> Path:
    """A page whose data are code."""
    code = rng.choice([evil.PYTHON, json.dumps({"__reduce__": ["os.mkdir", evil.MARK]}), evil.pickled(rng).decode("latin1")])
    page = f'<script type="application/json" id="cnnkit-report">{code}</script>'
    return _put(place / "handed in" / "page.html", page.encode()).parent


def _put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _zipped(members: list[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))

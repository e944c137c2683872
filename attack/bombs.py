"""Small files that ask for much memory, or for a wait without end: each in a process whose memory is measured."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import resource
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from PIL import Image

from attack import forging
from attack.ground import Tally, apart, no_sentence, photo_tree, until
from attack.outcome import Outcome
from cnnkit import InputError, data, weights

PROMISE = "a small file takes little memory and little time, and is refused in a sentence"
MEMORY = 400 * 2**20  # bytes more than before, at the most: a photo of 16 million pixels takes half of it
WAIT = 60  # seconds
_SAFE = 3 * 2**30  # bytes that a bomb gets at the most, so that none takes the machine with it


def attack(seconds: float, seed: int) -> Outcome:
    """Every bomb, with other sizes each time."""
    rng, tally, worst = random.Random(seed), Tally(), (0, "none")
    names = rng.sample(list(_BOMBS), len(_BOMBS))
    for number in until(seconds, len(_BOMBS) if seconds else 6, 3 * len(_BOMBS)):
        name = names[number % len(names)]
        folder = Path(f"bomb{number}")
        folder.mkdir()
        apart(partial(_BOMBS[name], folder, rng.randrange(1, 4)), WAIT)  # to make some takes as much memory
        (path,) = folder.iterdir()
        status, said = apart(partial(_measured, path), WAIT)
        said, taken = (said, 0) if status else said
        worst = max(worst, (taken, name))
        if not said and taken > MEMORY:
            said = f"takes {taken >> 20} MB"
        tally.add(said and f"{name}: {said}")
    note = f"{len(_BOMBS)} kinds; at the most {worst[0] >> 20} MB more than before, by {worst[1]}"
    return tally.outcome("bombs", PROMISE, "small files", note)


def _measured(path: Path) -> tuple[str, int]:
    """What is wrong with how the file was met, "" if nothing; and the bytes of memory that it took at the most."""
    here = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() if sys.platform == "linux" else 0
    resource.setrlimit(resource.RLIMIT_AS, (here + _SAFE, -1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    load: Callable[[Path], Any] = weights.read if path.suffix in (".pt", ".safetensors") else data.load
    try:
        load(path)
        said = "loaded"
    except InputError as error:
        said = no_sentence(error)
    unit = 1 if sys.platform == "darwin" else 1024
    return said, unit * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)


# ---- tensors: (folder, a small number that makes it another) -> the file -----------------------------------------------------


def _parts(content: Any) -> dict[str, bytes]:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return forging.parts(buffer)


def _pickled(code: bytes) -> Callable[[Path, int], Path]:
    """An archive whose pickle is ``code``."""
    return lambda folder, size: forging.forged(folder / "x.pt", {**_parts([1]), "data.pkl": b"\x80\x02" + size * code + b"."})


def _lying(folder: Path, size: int) -> Path:
    """A storage of ten numbers that claims to be one of a billion, and a tensor in it."""
    parts = _parts({"a": torch.arange(10.0)})
    many = b"J" + (size * 5 * 10**8).to_bytes(4, "little")
    code = parts["data.pkl"].replace(b"cpuq\x06K\n", b"cpuq\x06" + many).replace(b"K\n\x85", many + b"\x85")
    return forging.forged(folder / "x.pt", {**parts, "data.pkl": code})


def _lying_old(folder: Path, size: int) -> Path:
    path = folder / "x.pt"
    torch.save({"a": torch.arange(10.0)}, path, _use_new_zipfile_serialization=False)
    many = b"J" + (size * 5 * 10**8).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(b"K\nNtq", many + b"Ntq").replace(b"K\n\x85", many + b"\x85"))
    return path


def _deflated(folder: Path, size: int) -> Path:
    with zipfile.ZipFile(folder / "x.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in _parts({"a": torch.zeros(size * 10**8)}).items():
            archive.writestr(f"archive/{name}", part)
    return folder / "x.pt"


def _expanded(folder: Path, size: int) -> Path:
    torch.save({"a": torch.zeros(1).expand(size * 10**9)}, folder / "x.pt")
    return folder / "x.pt"


class _Reduced:
    def __init__(self, function: Any, *given: Any) -> None:
        self.given = function, given

    def __reduce__(self) -> Any:
        return self.given


def _zeros(folder: Path, size: int) -> Path:
    torch.save({"a": _Reduced(bytearray, size * 10**9)}, folder / "x.pt")
    return folder / "x.pt"


def _scale(folder: Path, size: int) -> Path:
    count = size * 15_000
    content = {"w": torch.ones(1, count, dtype=torch.int8), "w.scale": torch.ones(count)}
    safetensors.torch.save_file(content, folder / "x.safetensors")
    return folder / "x.safetensors"


def _header(length: Callable[[int], int], shape: list[int]) -> Callable[[Path, int], Path]:
    def make(folder: Path, size: int) -> Path:
        text = json.dumps({"a": {"dtype": "F32", "shape": [size, *shape], "data_offsets": [0, 4]}}).encode()
        (folder / "x.safetensors").write_bytes(length(len(text)).to_bytes(8, "little") + text + bytes(4))
        return folder / "x.safetensors"

    return make


def _directory(folder: Path, size: int) -> Path:
    with zipfile.ZipFile(folder / "x.pt", "w") as archive:
        for number in range(size * 30_000):
            archive.writestr(f"a/{number}", "")
    return folder / "x.pt"


# ---- photos ------------------------------------------------------------------------------------------------------------------


def _packed(headers: Callable[[int], Iterator[tuple[tarfile.TarInfo, int]]]) -> Callable[[Path, int], Path]:
    """A .tar.gz of these headers, each with so many zeros behind it."""

    def make(folder: Path, size: int) -> Path:
        with gzip.open(folder / "x.tar.gz", "wb", compresslevel=1) as file:
            for member, zeros in headers(size):
                file.write(member.tobuf(tarfile.GNU_FORMAT))
                for _ in range(0, zeros, 2**20):
                    file.write(bytes(min(2**20, zeros)))
            file.write(bytes(1024))
        return folder / "x.tar.gz"

    return make


def _of(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member


def _beside(spoil: Callable[[Path, int], Any]) -> Callable[[Path, int], Path]:
    """A folder of photos, and one more that ``spoil`` makes at the path it is given."""

    def make(folder: Path, size: int) -> Path:
        spoil(photo_tree(folder / "photos", "ab", 2, 1) / "train" / "a" / "x.png", size)
        return folder / "photos"

    return make


def _fifo(path: Path, size: int) -> None:
    os.mkfifo(path)


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size * 2**30)


_GIGABYTE = 2**30
_BOMBS: dict[str, Callable[[Path, int], Path]] = {
    "a pickle that lies about a storage": _lying,
    "the same in the old format": _lying_old,
    "a compressed .pt": _deflated,
    "one number expanded": _expanded,
    "a bytearray by its length": _zeros,
    "a memo at two billion": _pickled(b"Nr\xff\xff\xff\x7f"),
    "bytes of a length that is not there": _pickled(b"\x8e" + (2**40).to_bytes(8, "little")),
    "lists in lists": _pickled(b"]" * 100_000 + b"a" * 99_999),
    "tuples of tuples, twice each": _pickled(b"N" + b"2\x86" * 40),
    "a number of a million digits": _pickled(b"I" + b"9" * 10**6 + b"\n"),
    "a directory of very many parts": _directory,
    "scales for each input": _scale,
    "a header of 2^62 bytes": _header(lambda length: 2**62, [1]),
    "a shape of 2^60 numbers": _header(lambda length: length, [2**60]),
    "a photo of gigabytes in a .tar.gz": _packed(
        lambda size: iter([(_of("train/a/x.png", size * _GIGABYTE), size * _GIGABYTE)])
    ),
    "gigabytes of something else in a .tar.gz": _packed(lambda size: iter([(_of("x", size * _GIGABYTE), size * _GIGABYTE)])),
    "a long name of a gigabyte": _packed(lambda size: iter([(_of("x", _GIGABYTE, tarfile.GNUTYPE_LONGNAME), _GIGABYTE)])),
    "a pax header of a gigabyte": _packed(lambda size: iter([(_of("x", _GIGABYTE, tarfile.XHDTYPE), _GIGABYTE)])),
    "a hole of a terabyte": _packed(lambda size: iter([(_of("train/a/x.png", 2**40), 0)])),
    "very many empty photos": _packed(
        lambda size: ((_of(f"{'train' if n % 2 else 'test'}/{'ab'[n // 2 % 2]}/{n}.png", 0), 0) for n in range(size * 20_000))
    ),
    "a photo of many pixels": _beside(lambda path, size: Image.new("1", (8_000 * size, 8_000)).save(path)),
    "a photo of very many pixels": _beside(lambda path, size: Image.new("1", (20_000, 10_000 * size)).save(path)),
    "a JPEG of many pixels": _beside(lambda path, size: Image.new("L", (8_000, 4_000 * size)).save(path, "JPEG")),
    "a sparse file of gigabytes": _beside(_sparse),
    "a link to /dev/zero": _beside(lambda path, size: path.symlink_to("/dev/zero")),
    "a link to a terminal": _beside(lambda path, size: path.symlink_to("/dev/tty")),
    "a pipe": _beside(_fifo),
    "a folder": _beside(lambda path, size: path.mkdir()),
}

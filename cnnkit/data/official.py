"""CIFAR-10 as its authors give it: the folder ``cifar-10-batches-py``, or the archive of it, read where it lies."""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch

from cnnkit.data import archives, cache, decode
from cnnkit.data.dataset import Dataset, Split
from cnnkit.errors import InputError

NAME = "CIFAR-10"
FOLDER = "cifar-10-batches-py"
ARCHIVE = "cifar-10-python.tar.gz"
_TRAIN = tuple(f"data_batch_{i}" for i in range(1, 6))
_TEST = ("test_batch",)
_META = "batches.meta"
_FILES = (*_TRAIN, *_TEST, _META)
_AGAIN = 'delete it and get it again with data.load("cifar10", download=True)'


_Files = Iterator[tuple[str, Callable[[], bytes]]]


def find(path: Path) -> Path | None:
    """The official folder or archive at ``path`` or directly inside it, whole ones first; None where there is none."""
    if path.is_file():
        return path if path.name == ARCHIVE or _holds_batches(path) else None
    folders = [folder for folder in (path, path / FOLDER) if (folder / _TRAIN[0]).is_file()]
    whole = [folder for folder in folders if all((folder / name).is_file() for name in _FILES)]
    named = [archive for archive in (path / ARCHIVE,) if archive.is_file()]
    return next(iter(whole + named + folders), None) or next(_renamed(path), None)


def _renamed(folder: Path) -> Iterator[Path]:
    """The archive under the name that a browser gave it: "cifar-10-python (1).tar.gz", or unpacked to a .tar by Safari."""
    for path in sorted(folder.glob("*cifar*")) if folder.is_dir() else ():
        if path.name.lower().endswith((".tar", ".tar.gz", ".tgz")) and path.is_file() and _holds_batches(path):
            yield path


def load(path: Path) -> Dataset:
    """Reads the official folder or archive at the absolute ``path``; nothing in it is unpickled before its checksum matched.

    Raises:
        InputError: a file is missing, or is not the official one.
    """
    if path.is_dir():
        missing = [name for name in _FILES if not (path / name).is_file()]
        if missing:
            raise InputError(f'"{path}" lacks {missing[0]} of CIFAR-10; {_AGAIN}')
        key = cache.fingerprint(path, (str(path / name) for name in _FILES))
        return cache.cached(key, lambda: _decode(_folder_files(path), path))
    return cache.cached(cache.fingerprint(path, [str(path)]), lambda: _decode(_archive_files(path), path))


def _holds_batches(archive: Path) -> bool:
    """Whether this is the official archive under another name, as in "cifar-10-python (1).tar.gz"."""
    try:
        first, _ = next(archives.members(archive))
    except (InputError, StopIteration):
        return False
    return PurePosixPath(first.name).parts[:1] == (FOLDER,)


def _folder_files(folder: Path) -> _Files:
    return ((name, partial(decode.read_file, str(folder / name))) for name in _FILES)


def _archive_files(archive: Path) -> _Files:
    from torchvision.datasets import CIFAR10
    from torchvision.datasets.utils import check_integrity

    if archive.suffix != ".tar" and not check_integrity(archive, CIFAR10.tgz_md5):  # a .tar's files are checked one by one
        raise InputError(f'"{archive}" is not the whole official archive of CIFAR-10 (wrong checksum); {_AGAIN}')
    for member, read in archives.members(archive):
        name = PurePosixPath(member.name).name
        if name in _FILES and member.isfile():
            yield name, read


def _decode(files: _Files, source: Path) -> cache.Decoded:
    expected = _checksums()
    batches = {}
    for name, read in files:
        try:
            content = read()
        except decode.Refused:  # far larger than any of them
            content = b""
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != expected[name]:
            raise InputError(f'{name} in "{source}" is not CIFAR-10\'s official file (wrong checksum); {_AGAIN}')
        batches[name] = _ArraysOnly(io.BytesIO(content), encoding="latin1").load()
    missing = [name for name in expected if name not in batches]
    if missing:
        raise InputError(f'"{source}" lacks {missing[0]} of CIFAR-10; {_AGAIN}')
    classes = tuple(batches[_META]["label_names"])
    train, test = (
        Split(*_tensors([batches[name] for name in names]), classes, f"{NAME} {part}")
        for part, names in (("train", _TRAIN), ("test", _TEST))
    )
    return cache.Decoded(Dataset(NAME, train, test))


def _checksums() -> dict[str, str]:
    from torchvision.datasets import CIFAR10

    return {**dict(CIFAR10.train_list), **dict(CIFAR10.test_list), CIFAR10.meta["filename"]: CIFAR10.meta["md5"]}


def _tensors(batches: list[dict[str, Any]]) -> tuple[torch.Tensor, torch.Tensor]:
    images = np.concatenate([batch["data"] for batch in batches]).reshape(-1, 3, 32, 32)
    labels = [label for batch in batches for label in batch["labels"]]
    return torch.from_numpy(images), torch.tensor(labels)


class _ArraysOnly(pickle.Unpickler):
    """Builds containers, strings, numbers and numpy arrays; whatever else a pickle asks for is refused."""

    def find_class(self, module: str, name: str) -> Any:
        if name == "_reconstruct" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return super().find_class(module, name)
        if (module, name) == ("numpy", "ndarray"):
            return np.ndarray
        if (module, name) == ("numpy", "dtype"):
            return _dtype
        raise pickle.UnpicklingError(f"{module}.{name} has no place in CIFAR-10's files")


def _dtype(code: str, align: int = 0, copy: int = 0) -> np.dtype[Any]:
    """Python 2 wrote the flags as 0 and 1; numpy wants True and False, and warns since 2.4."""
    return np.dtype(code, bool(align), bool(copy))

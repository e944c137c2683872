"""Decoded data sets, kept as one memory-mapped file each in the user's cache directory, never beside their source.

A file holds a digest of its content (`cnnkit._support.tensors`). To compute it takes as long as to read the file, which
mapping it into memory avoids; so what was found whole is noted beside the file with the file's size and times, and believed
for a day while these stay the same. Whatever writes to a file changes them; what a disk loses by itself is noticed a day later.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from cnnkit._support import files, tensors
from cnnkit._support.notices import notice
from cnnkit.data.dataset import Dataset, Split
from cnnkit.data.decode import SIZE
from cnnkit.errors import InputError

VERSION = 3  # of the decoding: raise it when the same source would give other tensors
_NAME = re.compile(r"(?P<source>[0-9a-f]{16})-v(?P<version>\d+)-[0-9a-f]{32}(\.\d+)?\.safetensors")
_OLDEST = re.compile(r"[0-9a-f]{32}-[0-9a-f]{32}\.safetensors")  # versions 1 and 2
_DAY = 86_400  # seconds
_GRAIN = 2  # seconds: two changes within them may carry the same time


@dataclass(frozen=True)
class Decoded:
    """A data set with what the user should be told about its source each time it is loaded."""

    dataset: Dataset
    notes: tuple[str, ...] = ()


def folder() -> Path:
    """The user's cache directory, or ``CNNKIT_CACHE`` where that is set; it need not exist yet."""
    chosen = os.environ.get("CNNKIT_CACHE")
    if chosen:
        return Path(os.path.expanduser(chosen))
    import platformdirs  # here, so that a GPU server without it can do with CNNKIT_CACHE

    return platformdirs.user_cache_path("cnnkit")


def fingerprint(source: Path, paths: Iterable[str]) -> str:
    """A name for this state of ``source``: the absolute path, size and time of change of each of its files."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        try:
            stat = os.stat(path)
        except OSError:  # a link to nowhere: the decoding will tell of it
            continue
        digest.update(os.fsencode(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n"))
    place = hashlib.sha256(os.fsencode(source)).hexdigest()
    return f"{place[:16]}-v{VERSION}-{digest.hexdigest()[:32]}"


def cached(key: str, make: Callable[[], Decoded]) -> Dataset:
    """The data set kept under ``key``, or else ``make()``'s, which is then kept if that is possible."""
    found, problem = _find(key)
    if problem:
        notice(f"what was decoded before cannot be used, so it is decoded again: {problem}")
    found = found or _keep(key, make())
    for note in found.notes:
        notice(note)
    return found.dataset


def _find(key: str) -> tuple[Decoded | None, str]:
    """What lies there under ``key``, from this user or another one, and is whole; else what is wrong with it."""
    problem = ""
    for path in _files_of(key):
        try:
            return _open(path), ""
        except InputError as error:
            problem = str(error)
    return None, problem


def _files_of(key: str) -> Iterator[Path]:
    return (path for path in sorted(folder().glob(f"{key}*.safetensors")) if _NAME.fullmatch(path.name))


def _keep(key: str, decoded: Decoded) -> Decoded:
    """The same data set, memory-mapped; on a full or read-only disk the one in memory, and a notice."""
    path = folder() / f"{key}.safetensors"
    if not _is_mine(path):  # never replaced: its owner may be reading it, and would in turn replace ours
        path = folder() / f"{key}.{_user()}.safetensors"
    try:
        _write(decoded, path)
        kept = _open(path)
    except InputError as error:  # Windows refuses to replace a file that another loader wrote first and has mapped
        found, _ = _find(key)
        if found is None:
            notice(f"the decoded images cannot be kept, so the next start decodes them again: {error}")
        return found or decoded
    _remove_older(path)
    return kept


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _is_mine(path: Path) -> bool:
    """Whether the file is this user's, or there is none."""
    try:
        return path.stat().st_uid == _user()
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _remove_older(kept: Path) -> None:
    """Removes this user's files of earlier states of the same source, and all of earlier versions."""
    new = _NAME.fullmatch(kept.name)
    assert new
    for path in folder().glob("*.safetensors"):
        name = _NAME.fullmatch(path.name)
        old = name and (int(name["version"]) < VERSION or name["source"] == new["source"] and name["version"] == new["version"])
        if path != kept and _is_mine(path) and (old or _OLDEST.fullmatch(path.name)):
            for file in (path, _note_of(path)):
                with suppress(OSError):  # Windows keeps what someone has mapped
                    file.unlink()


def _write(decoded: Decoded, path: Path) -> None:
    splits = {"train": decoded.dataset.train, "test": decoded.dataset.test}
    images = {f"{part}.images": split.images for part, split in splits.items()}
    labels = {f"{part}.labels": split.labels for part, split in splits.items()}
    about = {
        "name": decoded.dataset.name,
        "classes": decoded.dataset.classes,
        "splits": {part: split.name for part, split in splits.items()},
        "notes": decoded.notes,
    }
    tensors.save_safetensors(path, images | labels, {"cnnkit": json.dumps(about)})


def _open(path: Path) -> Decoded:
    """The data set in a file, mapped into memory: pages are read when they are used.

    Raises:
        InputError: it is damaged or cannot be read, and why.
    """
    state = _state(path)
    known = _known(path) == state
    found, metadata = tensors.load_safetensors(path, check=not known)
    if not known:
        _note(path, state)
    try:
        about = json.loads(metadata["cnnkit"])
        train, test = (
            _split(found[f"{part}.images"], found[f"{part}.labels"], tuple(about["classes"]), about["splits"][part])
            for part in ("train", "test")
        )
        return Decoded(Dataset(about["name"], train, test), tuple(about["notes"]))
    except (ValueError, KeyError, TypeError) as error:  # someone else's with a digest of its own
        raise InputError(f"{path} holds no decoded data set") from error


def _split(images: Tensor, labels: Tensor, classes: tuple[str, ...], name: str) -> Split:
    shapes = images.shape[1:] == (3, SIZE, SIZE) and labels.shape == images.shape[:1]
    if not shapes or (images.dtype, labels.dtype) != (torch.uint8, torch.int64) or not _all_known(labels, classes):
        raise ValueError(name)
    return Split(images, labels, classes, name)


def _all_known(labels: Tensor, classes: tuple[str, ...]) -> bool:
    return len(labels) == 0 or (int(labels.min()) >= 0 and int(labels.max()) < len(classes))


def _state(path: Path) -> list[int]:
    """What changes with any write to the file; also the time that a copy could not set back."""
    try:
        stat = path.stat()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({files.reason_of(error)})") from error
    return [stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns]


def _known(path: Path) -> list[int] | None:
    """The file's state when it was last found whole, if that was less than a day ago."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        note = json.loads(_note_of(path).read_text(encoding="utf-8"))
        if 0 <= time.time() - note["checked"] < _DAY:
            return list(note["state"])
    return None


def _note(path: Path, state: list[int]) -> None:
    if time.time() - max(state[2:]) / 1e9 > _GRAIN and _state(path) == state:
        with suppress(InputError):  # of a folder that others write: then each start checks the whole file
            files.write(_note_of(path), json.dumps({"checked": int(time.time()), "state": state}))


def _note_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.checked")

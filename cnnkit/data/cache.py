"""Decoded data sets, kept as one memory-mapped file each in the user's cache directory, never beside their source."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from cnnkit.data.dataset import Dataset, Split
from cnnkit.notices import notice

VERSION = 2  # of the decoding: raise it when the same source would give other tensors


@dataclass(frozen=True)
class Decoded:
    """A data set with what the user should be told about its source each time it is loaded."""

    dataset: Dataset
    notes: tuple[str, ...] = ()


def folder() -> Path:
    """The user's cache directory, or ``CNNKIT_CACHE`` where that is set; it need not exist yet."""
    chosen = os.environ.get("CNNKIT_CACHE")
    return Path(os.path.expanduser(chosen)) if chosen else platformdirs.user_cache_path("cnnkit")


def fingerprint(files: Iterable[str]) -> str:
    """A name for this state of a source: the absolute path, size and time of change of each of its ``files``."""
    digest = hashlib.sha256(f"{VERSION}\n".encode())
    for file in sorted(files):
        try:
            stat = os.stat(file)
        except OSError:  # a link to nowhere: the decoding will tell of it
            continue
        digest.update(os.fsencode(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}\n"))
    return digest.hexdigest()[:32]


def cached(key: str, make: Callable[[], Decoded]) -> Dataset:
    """The data set kept under ``key``, or else ``make()``'s, which is then kept if that is possible."""
    found = _find(key) or _keep(key, make())
    for note in found.notes:
        notice(note)
    return found.dataset


def _find(key: str) -> Decoded | None:
    """A file's name ends with the checksum of its content, so a damaged one is passed over."""
    for path in sorted(folder().glob(f"{key}-*.safetensors")):
        try:
            if path.name == _file_name(key, path):
                return _open(path)
        except OSError:
            continue
    return None


def _keep(key: str, decoded: Decoded) -> Decoded:
    """The same data set, memory-mapped; on a full or read-only disk the one in memory, and a notice."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        # Written elsewhere and renamed whole: a loader at the same time sees no half file, and two writers do not meet.
        with tempfile.TemporaryDirectory(prefix="writing-", dir=folder()) as scratch:
            part = Path(scratch) / "decoded.safetensors"
            _write(decoded, part)
            kept = folder() / _file_name(key, part)
            os.replace(part, kept)
        return _open(kept)
    except (OSError, SafetensorError) as error:
        found = _find(key)  # Windows refuses to replace a file that another loader wrote first and has mapped
        if found is None:
            notice(f'the decoded images cannot be kept in "{folder()}" ({error}); the next start decodes them again')
        return found or decoded


def _file_name(key: str, path: Path) -> str:
    with path.open("rb") as file:
        return f"{key}-{hashlib.file_digest(file, 'sha256').hexdigest()[:32]}.safetensors"


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
    save_file(images | labels, path, metadata={"cnnkit": json.dumps(about)})


def _open(path: Path) -> Decoded:
    with safe_open(path, framework="pt") as file:  # maps the file: pages are read when they are used
        about = json.loads(file.metadata()["cnnkit"])
        train, test = (
            Split(file.get_tensor(f"{part}.images"), file.get_tensor(f"{part}.labels"), tuple(about["classes"]), name)
            for part, name in about["splits"].items()
        )
    return Decoded(Dataset(about["name"], train, test), tuple(about["notes"]))

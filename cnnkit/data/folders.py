"""Image folders: a tree ``train/<class>/*``, ``test/<class>/*`` of PNG or JPEG files, or .tar shards of such a tree."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import torch

from cnnkit.data import archives, cache, decode
from cnnkit.data.dataset import CIFAR10_CLASSES, Dataset, Split
from cnnkit.errors import InputError

SPLITS = ("train", "test")
_LAYOUT = "train/<class>/ and test/<class>/"
_PHOTOS = (".png", ".jpg", ".jpeg")
_DEEPER = " (one folder too deep)"
_ARCHIVES = (".tar", ".tar.gz", ".tgz")


class Photo(NamedTuple):
    """One file of the tree, and the archive it lies in ("" for a folder on disk)."""

    split: str
    label: str
    file: str
    shard: str = ""

    def __str__(self) -> str:
        return (f"{self.shard}: " if self.shard else "") + "/".join(self[:3])


Files = Iterator[tuple[Photo, Callable[[], bytes]]]


def is_archive(path: Path) -> bool:
    """Whether ``path`` is a .tar, .tar.gz or .tgz file."""
    return path.name.lower().endswith(_ARCHIVES) and not path.name.startswith(".") and path.is_file()


def shards(source: Path) -> list[Path]:
    """The archives that make up ``source``: itself, or those directly in it; none for a folder tree."""
    if is_archive(source):
        return [source]
    return [] if is_tree(source) else [source / name for name in _visible(source) if is_archive(source / name)]


def is_tree(source: Path) -> bool:
    """Whether ``source`` has a folder train or test."""
    return any((source / split).is_dir() for split in SPLITS)


def load(source: Path) -> Dataset:
    """Reads a folder tree, a folder of shards, or one shard, given by its absolute path.

    Classes and images come in the order of their names.

    Raises:
        InputError: what is wrong with it, and how many files that concerns.
    """
    packed = shards(source)
    files = partial(_archive_files, packed) if packed else partial(_tree_files, source)
    paths = map(str, packed) if packed else (path for photo, path in _tree(source) if _is_photo(photo))
    return cache.cached(cache.fingerprint(source, paths), lambda: _decode(source, files))


def _tree(source: Path) -> Iterator[tuple[Photo, str]]:
    """Every file of the tree and its path, as strings because Path objects are slow by the ten thousand."""
    for split in SPLITS:
        for label in _visible(source / split):
            folder = source / split / label
            files = _visible(folder)
            for file in files:
                path = os.path.join(folder, file)
                if file.lower().endswith(_PHOTOS) or not os.path.isdir(path):
                    yield Photo(split, label, file), path
                else:  # photos that lie one folder deeper are told of
                    yield from ((Photo(split, label, f"{file}/{inner}{_DEEPER}"), path) for inner in _visible(folder / file))
            if not files and folder.is_dir():
                yield Photo(split, label, file=""), str(folder)  # so that an empty class is noticed


def _tree_files(source: Path) -> Files:
    return ((photo, partial(decode.read_file, path)) for photo, path in _tree(source))


def _archive_files(shards: list[Path]) -> Files:
    for archive in shards:
        for member, read in archives.members(archive):
            parts = PurePosixPath(member.name).parts[-3:]
            hidden = any(part.startswith(".") for part in parts)
            above = PurePosixPath(member.name).parts[-4:-3]
            if above and above[0] in SPLITS and parts[0] not in SPLITS and not hidden and member.isfile():
                yield Photo(above[0], parts[0], f"{parts[1]}/{parts[2]}{_DEEPER}", archive.name), read
            if len(parts) == 3 and parts[0] in SPLITS and not hidden and not member.isdir():
                split, label, file = parts
                yield Photo(split, label, file if member.isfile() else f"{file} (a link or device)", archive.name), read


def _visible(folder: Path) -> list[str]:
    """The names in ``folder``, in order, without hidden ones; nothing where it is no folder."""
    return sorted(name for name in os.listdir(folder) if not name.startswith(".")) if folder.is_dir() else []


def _is_photo(photo: Photo) -> bool:
    return photo.file.lower().endswith(_PHOTOS)


def _decode(source: Path, files: Callable[[], Files]) -> cache.Decoded:
    found = sorted({photo for photo, _ in files()})
    photos = [photo for photo in found if _is_photo(photo)]
    others = [photo for photo in found if not _is_photo(photo)]
    _check(source, photos, others)
    pixels, notes = decode.photos(photos, files(), str(source))
    classes = tuple(sorted({photo.label for photo in photos}))
    name = _name(source, photos, classes)
    labels = torch.tensor([classes.index(photo.label) for photo in photos])
    in_test = torch.tensor([photo.split == "test" for photo in photos])
    train, test = (
        Split(torch.from_numpy(pixels)[rows], labels[rows], classes, f"{name} {split}")
        for split, rows in (("train", ~in_test), ("test", in_test))
    )
    notes = (*notes, *_left_out(source, photos, others), *_fewer(source, photos, classes))
    return cache.Decoded(Dataset(name, train, test), notes)


def _left_out(source: Path, photos: list[Photo], others: list[Photo]) -> Iterator[str]:
    if others:
        of_all = f'of {len(photos) + len(others):,} files in "{source}"'
        are, were = ("is", "was") if len(others) == 1 else ("are", "were")
        why = f"{are} no PNG or JPEG in {_LAYOUT}, and {were} left out"
        yield f"{len(others):,} {of_all} {why}; the first is {others[0]}"


def _fewer(source: Path, photos: list[Photo], classes: tuple[str, ...]) -> Iterator[str]:
    """Says so where some of CIFAR-10's photos seem lost: a class has fewer than another, or one split is whole and one not."""
    if classes != CIFAR10_CLASSES:
        return
    counts = Counter((photo.split, photo.label) for photo in photos)
    low, high = ({split: each(counts[split, label] for label in classes) for split in SPLITS} for each in (min, max))
    whole = {"train": 5000, "test": 1000}
    if low != whole and (low != high or any(low[split] == whole[split] for split in SPLITS)):
        has = ", ".join(f"{low[split]:,} to {high[split]:,} photos of a class in {split}" for split in SPLITS)
        fewest = min(counts, key=lambda key: counts[key] / whole[key[0]])
        yield f'"{source}" has {has}; CIFAR-10 has 5,000 and 1,000. The fewest are in {"/".join(fewest)}: were some lost?'


def _check(source: Path, photos: list[Photo], others: list[Photo]) -> None:
    if not photos:
        ignored = f"; the other files there, such as {others[0]}, cannot be used" if others else ""
        raise InputError(f'"{source}" holds no PNG or JPEG files in {_LAYOUT}{ignored}')
    classes = {split: {photo.label for photo in photos if photo.split == split} for split in SPLITS}
    empty = [photo for photo in others if photo.label not in classes[photo.split]]
    if empty:
        folder = f"{empty[0].split}/{empty[0].label}"
        raise InputError(f'{folder} in "{source}" holds no PNG or JPEG files; put some there or delete the folder')
    for split, other in (SPLITS, SPLITS[::-1]):
        lone = sorted(classes[split] - classes[other])
        if not classes[other]:
            raise InputError(f'"{source}" has no {other} images; it needs {_LAYOUT}, with the same classes in both')
        if lone:
            raise InputError(f'class "{lone[0]}" of "{source}" is in {split} but not in {other}; it must be in both')
    if len(classes["train"]) == 1:
        raise InputError(f'"{source}" has one class only, "{photos[0].label}"; there must be two or more to tell apart')


def _name(source: Path, photos: list[Photo], classes: tuple[str, ...]) -> str:
    sizes = [sum(photo.split == split for photo in photos) for split in SPLITS]
    kinds = {PurePosixPath(photo.file).suffix.lower() for photo in photos}
    if classes == CIFAR10_CLASSES and sizes == [50_000, 10_000]:
        if kinds <= {".jpg", ".jpeg"}:
            return "CIFAR-10 (JPEG copy)"
        if kinds == {".png"}:
            return "CIFAR-10 (image files)"
    return source.name.split(".tar")[0].removesuffix(".tgz")

"""From a name or a path to a data set: where it is looked for, and which reader it needs."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from cnnkit._support import assets
from cnnkit._support.notices import notice
from cnnkit.data.dataset import CIFAR10_CLASSES, Dataset, Split
from cnnkit.errors import InputError, unknown

NAMES = ("cifar10", "emoji10", "auto")
_HOW_TO_GET = 'data.load("cifar10", download=True) in Python, or python -m cnnkit data --data cifar10 --download'
_FORMS = (
    "the folder cifar-10-batches-py, the archive cifar-10-python.tar.gz, a folder with train/<class>/ and "
    "test/<class>/ of PNG or JPEG files, or .tar, .tar.gz or .tgz shards of one"
)


def load(name: str | Path, root: str | Path | None = None, download: bool = False) -> Dataset:
    """Loads a data set as uint8 tensors; what was decoded from files once is memory-mapped afterwards.

    Args:
        name: ``"cifar10"``; ``"emoji10"``, the built-in set; ``"auto"``: what the environment variable CNNKIT_DATA
            names if set, else CIFAR-10 if it is on this machine, else emoji10 and a notice; or the path of a data set:
            the official folder ``cifar-10-batches-py`` or ``cifar-10-python.tar.gz``, a folder tree of PNG or JPEG
            files ``train/<class>/*`` and ``test/<class>/*``, or .tar, .tar.gz or .tgz shards of such a tree.
        root: the one place to look for CIFAR-10, in any of these forms, and to download it to. Without it: where
            CNNKIT_CIFAR10 points if set, else the user's cache directory, else ``./data``.
        download: fetch CIFAR-10 (170 MB) for ``"cifar10"`` or ``"auto"`` where it is not found.

    Raises:
        InputError: no such data set, or what is wrong with it.
    """
    if root is not None and name not in ("cifar10", "auto"):
        raise InputError(f'root= says where CIFAR-10 lies, for "cifar10" and "auto"; it means nothing for "{name}"')
    if name == "emoji10":
        from cnnkit.data import emoji10

        return emoji10.load()
    if name == "auto":
        return _auto(root, download)
    if name == "cifar10":
        return _cifar10(root, download)
    return _path(name)


def sample_photos() -> Split:
    """The twenty photos of CIFAR-10's test split that come with the kit; two or four a class, no bird and no deer."""
    from torch import from_numpy, tensor

    from cnnkit.data import decode

    files = sorted(assets.path("samples").glob("*.png"))
    pixels, _ = decode.photos(files, ((file, file.read_bytes) for file in files), "samples")
    labels = [CIFAR10_CLASSES.index(file.stem.split("_")[1]) for file in files]
    return Split(from_numpy(pixels), tensor(labels), CIFAR10_CLASSES, "20 CIFAR-10 test photos")


def _auto(root: str | Path | None, download: bool) -> Dataset:
    chosen = os.environ.get("CNNKIT_DATA") or "auto"
    if chosen != "auto":
        try:
            return load(chosen, root, download)
        except InputError as error:
            raise InputError(f"CNNKIT_DATA is set, and {error}") from error
    if download or _find_cifar10(root):
        return _cifar10(root, download)
    notice(
        "CIFAR-10 is not on this machine, so this is emoji10, the built-in set; its numbers are not CIFAR-10's.\n"
        f"        To get CIFAR-10 (170 MB): {_HOW_TO_GET}"
    )
    return load("emoji10")


def _cifar10(root: str | Path | None, download: bool) -> Dataset:
    read = _find_cifar10(root)
    if read is None and download:
        from cnnkit.data import cache
        from cnnkit.data import download as web

        read = _reader(web.cifar10(_absolute(cache.folder() if root is None else root)))
    if read is None:
        place = f'in "{root}"' if root is not None else "on this machine"
        raise InputError(
            f"CIFAR-10 is not {place}; get it (170 MB) with {_HOW_TO_GET}, "
            "or set CNNKIT_CIFAR10 to the folder or archive that holds it"
        )
    dataset = read()
    if dataset.classes != CIFAR10_CLASSES:
        found = ", ".join(dataset.classes)
        raise InputError(f"what was found for CIFAR-10 holds other classes ({found}); load it by its path instead")
    return dataset


def _find_cifar10(root: str | Path | None) -> Callable[[], Dataset] | None:
    """What reads CIFAR-10 from the first place that has it."""
    if root is not None:
        return _reader(_absolute(root))
    pointed = os.environ.get("CNNKIT_CIFAR10")
    if pointed:
        read = _reader(_absolute(pointed))
        if read is None:
            raise InputError(f'CNNKIT_CIFAR10 is "{pointed}", which is not {_FORMS}; correct it or unset it')
        return read
    from cnnkit.data import cache, official

    found = official.find(_absolute(cache.folder())) or official.find(_absolute("data"))
    return partial(official.load, found) if found else None


def _absolute(path: str | Path) -> Path:
    return Path(os.path.abspath(os.path.expanduser(path)))  # pathlib's expanduser raises where "~name" is no user


def _path(name: str | Path) -> Dataset:
    path = _absolute(name)
    if not path.exists():
        raise _no_such(name, path)
    read = _reader(path)
    if read is None:
        raise InputError(f'"{name}" is no data set; it would be {_FORMS}')
    return read()


def _reader(path: Path) -> Callable[[], Dataset] | None:
    """What reads ``path``, by what lies there; None where it is none of the forms."""
    from cnnkit.data import folders, official

    found = official.find(path)
    if found:
        return partial(official.load, found)
    return partial(folders.load, path) if folders.is_tree(path) or folders.shards(path) else None


def _no_such(name: str | Path, path: Path) -> InputError:
    if name == path.stem:
        return unknown("data set", name, NAMES, hint="or give the path of one")
    beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, beside, n=1)
    advice = f'did you mean "{path.with_name(near[0])}"?' if near else f"give a path, or one of {', '.join(NAMES)}"
    return InputError(f'no file or folder is called "{name}"; {advice}')

"""The files of a download, read with care: anybody may have written them. Nothing is unpacked to a name out of an archive."""

from __future__ import annotations

import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnnkit.errors import InputError

LARGEST = 50 << 20  # bytes of a file
MOST = 4 << 30  # bytes of a download, unpacked
FILES = 50_000
_DAMAGED = (zipfile.BadZipFile, OSError, NotImplementedError, zlib.error, lzma.LZMAError)


@dataclass(frozen=True)
class Found:
    """A file of a download.

    Attributes:
        path: in it, with "/" between.
        content: the bytes; empty where ``problem`` says why they were not read.
        when: it was written, as far as is known: a text that sorts.
        problem: why it was left out; "" if it was not.
    """

    path: str
    content: bytes = b""
    when: str = ""
    problem: str = ""


def files_of(download: Path) -> Iterator[Found]:
    """Those of a zip, a folder or a single file, and of zips in them.

    Raises:
        InputError: there is nothing there, or more than a class sends.
    """
    if not download.exists():
        raise InputError(f'"{download}" does not exist; give the zip that the platform sent, or the folder with its files')
    total = 0
    for count, found in enumerate(_outer(download)):
        total += len(found.content)
        if total > MOST or count > FILES:
            much = f"more than {MOST >> 30} GiB or {FILES} files"
            raise InputError(f'"{download}" holds {much}; unpack it, and give a part of it')
        yield found


def _outer(download: Path) -> Iterator[Found]:
    if download.is_file():
        yield from _opened(download.name, download)
        return
    for path in sorted(download.rglob("*")):
        name = path.relative_to(download).as_posix()
        if path.is_symlink():
            yield Found(name, problem="is a link, which is not followed")
        elif path.is_file():
            yield from _opened(name, path)


def _opened(name: str, path: Path) -> Iterator[Found]:
    """A file, or what is in it."""
    if zipfile.is_zipfile(path):
        yield from _zipped(path, _above(name))
    elif path.stat().st_size > LARGEST:
        yield Found(name, problem=f"is larger than {LARGEST >> 20} MiB")
    else:
        try:
            yield Found(name, path.read_bytes(), f"{path.stat().st_mtime_ns:020}")
        except OSError as error:
            yield Found(name, problem=f"cannot be read ({error.strerror})")


def _zipped(file: Path | io.BytesIO, above: str, inner: bool = False) -> Iterator[Found]:
    try:
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                if entry.is_dir():
                    continue
                found = _entry(archive, entry, above)
                if not inner and not found.problem and zipfile.is_zipfile(io.BytesIO(found.content)):
                    yield from _zipped(io.BytesIO(found.content), _above(found.path), inner=True)
                else:
                    yield found
    except _DAMAGED as error:
        yield Found(above or "the zip", problem=f"is damaged ({error})")


def _above(path: str) -> str:
    """What stands before the names of what lies in the zip ``path``: its folder."""
    return path[: path.rfind("/") + 1]


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, above: str) -> Found:
    name = entry.filename.replace("\\", "/")
    path, when = f"{above}{name}", "-".join(f"{part:04}" for part in entry.date_time)
    if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0]:
        return Found(path, problem="has a name that leads out of the archive")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return Found(path, problem="is a link, which is not followed")
    if entry.flag_bits & 1:
        return Found(path, problem="is encrypted")
    try:
        with archive.open(entry) as file:
            content = file.read(LARGEST + 1)  # whatever the archive says of its size
    except (*_DAMAGED, EOFError, ValueError) as error:
        return Found(path, problem=f"is damaged ({error})")
    return Found(path, problem=f"is larger than {LARGEST >> 20} MiB") if len(content) > LARGEST else Found(path, content, when)

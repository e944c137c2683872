"""Archives of photos, read where they lie: to their very end, and never more of them at once than a cap.

What notices a flipped bit: the checksum at the end of a .gz. A plain .tar has checksums of its headers only, so there the
photos' own must do: PNG has some, JPEG has none.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, cast

from cnnkit.data.decode import LARGEST, Refused
from cnnkit.errors import InputError

_RATIO = 20  # photos do not shrink when packed: what unpacks to more than this many times its size is no archive of them
_SPARE = 64 * 2**20  # bytes that any archive may unpack to
_AT_ONCE = 2**20  # bytes: also of a header, which may claim any size
_END = 2 * tarfile.BLOCKSIZE  # bytes of zeros that end an archive


def members(archive: Path) -> Iterator[tuple[tarfile.TarInfo, Callable[[], bytes]]]:
    """Each member of a .tar or .tar.gz and what reads its content, until the next one is asked for.

    Raises:
        InputError: the archive is damaged or does not end as archives do, or would unpack to far more than its size.
    """
    with _told(archive), open(archive, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        with gzip.GzipFile(fileobj=file) if packed else file as unpacked:
            stream = _Limited(cast(IO[bytes], unpacked), archive, archive.stat().st_size if packed else None)
            yield from _members(cast(IO[bytes], stream), archive)


@contextmanager
def _told(archive: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise InputError(f'"{archive}" is damaged or cut short ({error}); copy or make it again') from error


def _members(stream: IO[bytes], archive: Path) -> Iterator[tuple[tarfile.TarInfo, Callable[[], bytes]]]:
    with tarfile.open(fileobj=stream, mode="r:") as tar:
        while (member := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # it keeps all it has met, a kilobyte each
            yield member, partial(_content, tar, member, archive)
        stream.seek(tar.offset)  # tarfile takes a damaged header, and a missing one, for the end
        zeros = 0
        while chunk := stream.read(_AT_ONCE):
            if chunk.count(0) < len(chunk):
                raise tarfile.ReadError("what follows its last whole member is no member")
            zeros += len(chunk)
        if zeros < _END:
            raise tarfile.ReadError("its end is missing")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo, archive: Path) -> bytes:
    if member.size > LARGEST:
        raise Refused(f"are larger than {LARGEST >> 20} MB")
    with _told(archive), cast(IO[bytes], tar.extractfile(member)) as file:  # None only for what is no regular file
        return b"".join(iter(partial(file.read, _AT_ONCE // 2), b""))


class _Limited:
    """A stream that tarfile cannot be talked into unpacking without end, or into memory as a whole.

    Args:
        stream: of the unpacked archive.
        archive: its path, for the message.
        packed: its size on disk; None where it is not packed.
    """

    def __init__(self, stream: IO[bytes], archive: Path, packed: int | None) -> None:
        self.stream, self.archive = stream, archive
        self.limit = None if packed is None else _SPARE + _RATIO * packed
        self.tell = stream.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _AT_ONCE:
            raise tarfile.ReadError(f"a header would have {size:,} bytes")
        self._require(self.tell() + size)
        return self.stream.read(size)

    def seek(self, position: int) -> int:
        self._require(position)
        return self.stream.seek(position)

    def _require(self, position: int) -> None:
        if self.limit is not None and position > self.limit + _AT_ONCE:
            raise InputError(
                f'"{self.archive}" unpacks to more than {_RATIO} times its size, which photos do not; '
                "unpack it and give the folder, if you trust it"
            )

"""The zip that torch.save writes: no byte of it is free to be anything else, so that one flipped bit anywhere is damage."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import IO, NamedTuple

from cnnkit.errors import InputError

LARGEST = 2**32 - 2  # bytes of a file: four times VGG-16 with both moments of Adam; beyond, zips need fields of another size
_DIRECTORY = 64 * 2**20  # bytes of a directory: a million parts
_CHUNK = 2**20
_FLAGS = 0x0808  # sizes follow the content; names are UTF-8
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")


class Part(NamedTuple):
    """Where a part's content lies in the file."""

    offset: int
    size: int


class _Entry(NamedTuple):
    """A part as the directory has it."""

    name: bytes
    flags: int
    time: int
    date: int
    crc: int
    size: int
    offset: int


def verified(file: IO[bytes], path: Path, size: int) -> dict[str, Part]:
    """The parts of an archive of torch.save by name, after each byte in it was checked; memory stays flat.

    A part's content has a checksum (CRC-32), a name and a size stand in the file twice or three times, and what is left
    is the same in every such file: it is built here from the directory and compared.

    Raises:
        InputError: a checksum does not match, or a part is compressed, overlaps another, or is larger than the file.
    """
    entries, start = _directory(file, path, size)
    parts: dict[str, Part] = {}
    seen = set()
    position = 0
    for entry in entries:
        name = entry.name.decode("utf-8", "replace")
        if entry.offset != position:
            raise _damaged(path, f'its part "{name}" does not lie where its directory says')
        parts[name], position = _part(file, path, name, entry, start)
        seen.add(entry.name.lower())  # torch's reader takes upper and lower case for one
    if position != start or len(seen) != len(entries):
        raise _damaged(path, "its parts are not those of its directory")
    return parts


def _directory(file: IO[bytes], path: Path, size: int) -> tuple[list[_Entry], int]:
    """The directory's entries, and where it begins."""
    file.seek(max(0, size - _END.size))
    end = file.read(_END.size)
    if len(end) < _END.size or not end.startswith(b"PK\5\6"):
        raise _damaged(path, "it does not end as it should, so it was cut short or is no file of torch.save")
    _, _, _, _, count, length, start, _ = _END.unpack(end)
    short = _END.pack(b"PK\5\6", 0, 0, count, count, length, start, 0)
    long = _END64.pack(b"PK\6\6", _END64.size - 12, 0x031E, 45, 0, 0, count, count, length, start)
    long += _LOCATOR.pack(b"PK\6\7", 0, start + length, 1) + short
    if length > _DIRECTORY or start + length + len(short) > size or count * _CENTRAL.size > length:
        raise _damaged(path, "its directory is larger than it can be")
    file.seek(start)
    entries, at, content = [], 0, file.read(length)
    for _ in range(count):
        entry, at = _entry(path, content, at)
        entries.append(entry)
    file.seek(start + length)
    if at != length or file.read(len(long) + 1) not in (long, short):
        raise _damaged(path, "its directory does not end as it should")
    return entries, start


def _entry(path: Path, content: bytes, at: int) -> tuple[_Entry, int]:
    if at + _CENTRAL.size > len(content):
        raise _damaged(path, "its directory is cut short")
    fields = _CENTRAL.unpack_from(content, at)
    _, _, _, flags, method, time, date, crc, _, size, length, *_, offset = fields
    name = content[at + _CENTRAL.size : at + _CENTRAL.size + length]
    if method:
        raise InputError(f"{path} is compressed, which torch.save never does; unpack it, or save it again with torch.save")
    expected = (b"PK\1\2", 0, 0, flags & _FLAGS, 0, time, date, crc, size, size, length, 0, 0, 0, 0, 0, offset)
    if fields != expected or len(name) < length:
        raise _damaged(path, "its directory is not one that torch.save writes")
    return _Entry(name, flags, time, date, crc, size, offset), at + _CENTRAL.size + length


def _part(file: IO[bytes], path: Path, name: str, entry: _Entry, end: int) -> tuple[Part, int]:
    """Checks all bytes of a part, which must end before ``end``; returns its content's place and where the next begins."""
    later = bool(entry.flags & 8)  # size and checksum stand behind the content
    before, after = ((0, 0, 0), b"PK\7\x08") if later else ((entry.crc, entry.size, entry.size), b"")
    after += struct.pack("<3I", entry.crc, entry.size, entry.size) if later else b""
    file.seek(entry.offset)
    header = file.read(_LOCAL.size)
    extra = int.from_bytes(header[-2:], "little")
    expected = _LOCAL.pack(b"PK\3\4", 0, entry.flags, 0, entry.time, entry.date, *before, len(entry.name), extra)
    padding = struct.pack("<2sH", b"FB", extra - 4) + b"Z" * (extra - 4) if extra >= 4 else b""
    start = entry.offset + _LOCAL.size + len(entry.name) + extra
    if start + entry.size + len(after) > end:
        raise _damaged(path, f'its part "{name}" is larger than the file')
    if header != expected or file.read(len(entry.name)) != entry.name or file.read(extra) != padding:
        raise _damaged(path, f'the head of its part "{name}" is not one that torch.save writes')
    crc, left = 0, entry.size
    while left and (chunk := file.read(min(left, _CHUNK))):
        crc, left = zlib.crc32(chunk, crc), left - len(chunk)
    if left or crc != entry.crc or file.read(len(after)) != after:
        raise _damaged(path, f'the checksum of its part "{name}" does not match')
    return Part(start, entry.size), start + entry.size + len(after)


def _damaged(path: Path, what: str) -> InputError:
    return InputError(f"{path} is damaged: {what}; copy or make it again")

"""Writes files whole or not at all: the one way in which the kit puts anything on a disk that must not be lost."""

from __future__ import annotations

import os
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from cnnkit.errors import InputError

_LEFT = re.compile(r"\.(?P<name>.+)\.(?P<host>[\w-]*)-(?P<pid>\d+)-[0-9a-f]{8}\.part", re.DOTALL)
_DAY = 86_400.0  # seconds after which the temporary file of another machine is nobody's
_LONGEST = 40  # letters of a file's name that its temporary file repeats: of up to 4 bytes, and file systems allow 255


def write(
    path: str | Path,
    content: bytes | str | Callable[[IO[bytes]], object],
    what: str = "",
    way_out: str = "make room or choose another place",
) -> Path:
    """Writes ``content`` in the place of ``path``, which is at every moment the old file or the new one, whole.

    A temporary file of its own in the same folder, flushed, synchronised with the disk and renamed; then the folder is
    synchronised, so that the rename outlives a power cut, too. Two processes may write the same file: the last one to end
    wins, and neither meets the other. What a killed process left behind is removed by the next one that writes there.

    Args:
        path: the file; its folder is made where it is missing.
        content: bytes, text (UTF-8, with the line ends it has), or what writes to the open file it is given.
        what: the kind of file, for the message: "the checkpoint".
        way_out: what to do then, for the message.

    Raises:
        InputError: the file cannot be written, and why; what was there before is unharmed.
    """
    path = Path(path)
    try:
        with replacing(path) as file:
            if callable(content):
                content(file)
            else:
                file.write(content.encode("utf-8") if isinstance(content, str) else content)
    except (OSError, RuntimeError, ValueError) as error:  # torch wraps a failed write; a name may hold a zero byte
        named = f'{what} "{path}"' if what else f'"{path}"'
        raise InputError(
            f"{named} cannot be written ({reason_of(error)}); what was there before is unharmed: {way_out}"
        ) from error
    return path


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Opens a new file that takes the place of ``path`` when the block has ended without an exception.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path)
    temporary = path.with_name(f".{path.name[:_LONGEST]}.{_host()}-{os.getpid()}-{secrets.token_hex(4)}.part")
    # Not tempfile's, which only its owner may read: the result has the rights that any new file of the user has.
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # the rename must not reach the disk before the content
        os.replace(temporary, path)
    except BaseException:  # Ctrl-C, too
        with suppress(OSError):
            temporary.unlink()
        raise
    _synchronise(path.parent)


def move(part: Path, path: Path) -> None:
    """Gives a file that was written over several starts its name in the same folder, once it is on the disk as a whole.

    Raises:
        OSError: it cannot be moved.
    """
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(part, path)
    _synchronise(path.parent)


def remove_leftovers(path: Path) -> None:
    """Removes the temporary files of ``path`` whose process no longer lives."""
    with suppress(OSError):
        for entry in os.scandir(path.parent):
            match = _LEFT.fullmatch(entry.name)
            if match and match["name"] == path.name[:_LONGEST] and _is_left(match["host"], int(match["pid"]), entry):
                with suppress(OSError):  # on Windows it is open where its writer lives
                    os.unlink(entry.path)


def reason_of(error: BaseException) -> str:
    """Why a write failed, in the system's words where they are in the chain of exceptions: "No space left on device"."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError) and link.strerror:
            return link.strerror
        link = link.__cause__ or link.__context__
    return str(error).split("\n")[0]


def alive(pid: int) -> bool:
    """Whether a process of this machine has the number ``pid``; True where that cannot be known."""
    if os.name == "nt":  # there os.kill would end it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # another user's
        return True
    return True


def _is_left(host: str, pid: int, entry: os.DirEntry[str]) -> bool:
    if host != _host():
        return time.time() - entry.stat().st_mtime > _DAY
    return os.name == "nt" or not alive(pid)


def _host() -> str:
    return re.sub(r"[^\w-]", "", socket.gethostname(), flags=re.ASCII)[:40]


def _synchronise(folder: Path) -> None:
    if os.name == "nt":  # where folders cannot be opened, and renames are journalled
        return
    with suppress(OSError):  # some network folders refuse it
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

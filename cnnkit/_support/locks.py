"""One writer at a time, over all processes: a lock that the system takes back from whoever dies."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cnnkit._support import files
from cnnkit._support.notices import notice
from cnnkit.errors import InputError

if TYPE_CHECKING:
    from filelock import BaseFileLock

_HELD: dict[Path, tuple[BaseFileLock, int]] = {}  # locks of this process, and how often each is held
_GUARD = threading.RLock()  # again, where the garbage collector ends a block that somebody left


@contextmanager
def only_writer(folder: str | Path, name: str = "", *, what: str = "this folder") -> Iterator[None]:
    """Keeps every other process from writing ``folder`` (or the file ``name`` in it) through the kit until the block ends.

    Within one process it may be taken again: there the training's own rules decide. Where the system has no locks, as on
    some network folders, a notice says so and the block runs.

    Args:
        folder: made where it is missing.
        name: of one file in it, where others there have writers of their own.
        what: it is, for the message: "the run in runs/a".

    Raises:
        InputError: another process holds it; the message says which, where and since when.
    """
    folder = Path(folder)
    lock = folder / (f".{name}.lock" if name else ".lock")
    key = Path(os.path.abspath(lock))
    with _GUARD:
        held, times = _HELD.get(key, (None, 0))
        if held is None:
            held = _acquired(lock, what)
            _note(lock)
        _HELD[key] = held, times + 1
    try:
        yield
    finally:
        with _GUARD:
            _, times = _HELD.pop(key)
            if times > 1:
                _HELD[key] = held, times - 1
            else:
                with suppress(OSError):
                    _owner(lock).unlink()
                held.release()


def _acquired(lock: Path, what: str) -> BaseFileLock:
    from filelock import FileLock, Timeout

    held = FileLock(lock, timeout=0, thread_local=False)  # the thread that gives it back may be another one
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        held.acquire()
    except Timeout:
        raise InputError(_busy(lock, what)) from None
    except NotImplementedError:
        notice(f'"{lock.parent}" has no locks, so nothing keeps a second process from writing there')
    except OSError as error:
        reason = files.reason_of(error)
        raise InputError(f'"{lock.parent}" cannot be written ({reason}); make room or choose another place') from error
    return held


def holder(lock: Path) -> dict[str, object]:
    """What the process that holds ``lock`` said of itself: pid, host, since, command; {} where that cannot be read."""
    try:
        said = json.loads(_owner(lock).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _busy(lock: Path, what: str) -> str:
    by = holder(lock)
    who = f"process {by.get('pid', '?')} on {by.get('host', '?')}" if by else "another process"
    since = f", since {by['since']}" if "since" in by else ""
    return f"{what} is being written by {who}{since}; wait until that has ended, or end it, then try again"


def _owner(lock: Path) -> Path:
    return lock.with_name(lock.name + ".json")  # a file of its own: whoever tries a lock empties its file


def _note(lock: Path) -> None:
    about = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": " ".join(sys.argv)[:200],
    }
    with suppress(InputError):  # a full disk is told of by whatever is written next
        files.write(_owner(lock), json.dumps(about) + "\n")

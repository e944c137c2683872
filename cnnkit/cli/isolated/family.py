"""The processes that an isolated answer is and starts: what they use, and their end.

Linux tells of each process who started it. Elsewhere only the group of the first one is known: not what it uses, and a process
that leaves the group lives on.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from cnnkit._support.prctl import GET_SUBREAPER, SET_SUBREAPER, prctl

_TICK = os.sysconf("SC_CLK_TCK") if sys.platform != "win32" else 1  # a second
_END = 30.0  # seconds after which a process that was killed is waited for no more: it can do nothing, but takes its time


@dataclass(frozen=True)
class Process:
    """One line of Linux' list.

    Attributes:
        pid: its number.
        parent: that of the process that started it, or adopted it.
        session: that of its session.
        ended: whether it is over, and only waits for its parent to notice.
        worked: seconds of processor time, with that of the children it has waited for.
    """

    pid: int
    parent: int
    session: int
    ended: bool
    worked: float


class Family:
    """Inside the context, every process that the one called ``first`` starts is known, also where its parent is gone.

    At the end of the context all of them are killed. ``first`` must lead a session of its own.
    """

    def __init__(self) -> None:
        self.first: subprocess.Popen[bytes] | None = None
        self._shares: dict[int, int] = {}

    def __enter__(self) -> Family:
        """Adopts, from here on, the processes that lose their parents."""
        self._before = {p.pid for p in _processes().values()}
        self._adopted_before = _prctl_get_subreaper()
        prctl(SET_SUBREAPER, 1)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Kills them all."""
        try:
            self._end()
        finally:
            prctl(SET_SUBREAPER, self._adopted_before)

    def ended(self) -> bool:
        """Whether the first is over; others may live on."""
        return self.first is not None and self.first.poll() is not None

    def members(self) -> list[Process]:
        """All of them, those that have ended too; nothing where the system doesn't tell."""
        if self.first is None:
            return []
        known, own = _processes(), os.getpid()
        found = [
            p
            for p in known.values()
            if p.pid == self.first.pid or (p.parent == own and p.pid not in self._before and self._is_foreign(p))
        ]
        children: dict[int, list[Process]] = {}
        for process in known.values():
            children.setdefault(process.parent, []).append(process)
        for process in found:  # grows
            found += children.get(process.pid, [])
        return found

    def _is_foreign(self, process: Process) -> bool:
        """Not a child that this program started meanwhile for something else: that is in its session, and no orphan can be."""
        return process.session != os.getsid(0)

    def memory(self, members: list[Process], enough: int) -> int:
        """Bytes of memory that these hold at least, but for files; what they share is counted once.

        It takes long to know what a process shares, so that this is looked at where all of them could hold ``enough``, and then
        of one process in each call: of that which could hold most that isn't known of.
        """
        most = {p.pid: _count(p, "status", "RssAnon:", "RssShmem:") for p in members}
        if sum(most.values()) < enough:
            return sum(most.values())
        known = self._shares
        next_one = max(members, key=lambda p: most[p.pid] - known.get(p.pid, 0))
        known[next_one.pid] = _count(next_one, "smaps_rollup", "Pss_Anon:", "Pss_Shmem:")
        return sum(min(most[p.pid], known.get(p.pid, 0)) for p in members)

    def _end(self) -> None:
        if self.first is None:
            return
        end = time.monotonic() + _END
        while True:
            self.first.kill()
            if sys.platform != "win32":
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.first.pid, signal.SIGKILL)  # all at once: none of them can start another meanwhile
            alive = [p for p in self.members() if not p.ended]
            for process in alive:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(process.pid, signal.SIGKILL)
            if not alive or time.monotonic() > end:
                break
            time.sleep(0.01)
        with suppress(subprocess.TimeoutExpired):
            self.first.wait(_END)
        for process in self.members():
            with suppress(ChildProcessError):  # those that this process has adopted are no more until it asks for their status
                os.waitpid(process.pid, getattr(os, "WNOHANG", 0))


def worked(members: list[Process]) -> float:
    """Seconds of processor time of all of them."""
    return sum(p.worked for p in members)


def _count(process: Process, file: str, *lines: str) -> int:
    """The sum of these lines of the system's file on the process; 0 where it is over, or not to be read."""
    with suppress(OSError, ValueError):
        text = Path(f"/proc/{process.pid}/{file}").read_text(encoding="ascii", errors="replace")
        return 1024 * sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(lines))
    return 0


def _processes() -> dict[int, Process]:
    """All processes of this machine, or of this container."""
    found: dict[int, Process] = {}
    if sys.platform == "linux":
        with suppress(OSError):
            for name in os.listdir("/proc"):
                if name.isdecimal() and (process := _read(int(name))):
                    found[process.pid] = process
    return found


def _read(pid: int) -> Process | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:  # it is gone
        return None
    fields = text.rpartition(b")")[2].split()  # a program's name may have blanks and brackets in it
    state, parent, _, session = fields[:4]
    return Process(pid, int(parent), int(session), state in (b"Z", b"X"), sum(map(int, fields[11:15])) / _TICK)


def _prctl_get_subreaper() -> int:
    value = ctypes.c_int(0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(GET_SUBREAPER, ctypes.byref(value), 0, 0, 0)
    return value.value

"""Has a notebook graded in a process of its own, and ends what takes more than it may."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import psutil

from cnnkit.grading.processes import family_of, kill, memory, processor_seconds, wait
from cnnkit.grading.tasks import ENDED, KILLED, Graded, Limits, Task

GIB = 1 << 30
LOOK = 0.25  # seconds between two looks
PATIENCE = 5  # times its limit may a notebook last by the clock
_LARGEST = 64 << 20  # bytes of what a grader says

# A process that has imported torch, the kit and nbgrader, and forks for each notebook. Elsewhere forks are not safe.
_LINUX = sys.platform.startswith("linux")
STARTED: Any = multiprocessing.get_context("forkserver" if _LINUX else "spawn")
STARTED.set_forkserver_preload(["cnnkit.grading.warm"])


@dataclass
class Watch:
    """Looks after the process that grades one notebook.

    Attributes:
        limits: of the notebook.
        seconds: of processor time that the notebook has used.
        stopped: why it was killed; "" if it was not.
        family: all processes that were seen.
    """

    limits: Limits
    seconds: float = 0.0
    stopped: str = ""
    family: set[psutil.Process] = field(default_factory=set)
    began: float = field(default_factory=time.monotonic)

    def look(self, grader: psutil.Process) -> None:
        """Measures the notebook, and kills it where it is over a limit."""
        family = family_of(grader)
        self.family.update(family)
        self.seconds = max(self.seconds, processor_seconds(family[1:]))
        # Why it was killed first: what is dead holds no memory, and is over no limit.
        self.stopped = self.stopped or self.why(max(memory(grader), sum(map(memory, family[1:]))))
        if self.stopped:
            kill(reversed(family))

    def why(self, held: int) -> str:
        """Which limit the notebook is over, with so many bytes; "" if none."""
        most, clock = self.limits.seconds, PATIENCE * self.limits.seconds
        if self.seconds > most:
            return f"stopped: not done after {most:g} seconds of processor time"
        if time.monotonic() - self.began > clock:
            return f"stopped: not done after {clock:g} seconds by the clock"
        return f"stopped: more than {self.limits.memory:g} GiB of memory" if held > self.limits.memory * GIB else ""


class _Said(threading.Thread):
    """Reads what a grader says, however it stalls."""

    def __init__(self, pipe: Connection) -> None:
        super().__init__(name="grader's words", daemon=True)
        self._pipe, self.said = pipe, b""
        self.start()

    def run(self) -> None:
        with suppress(EOFError, OSError):
            self.said = self._pipe.recv_bytes(_LARGEST)


def _serve(task: Task, folder: str, said: Connection) -> None:
    from cnnkit.grading import running  # here, for it takes nbgrader, which the watching process has no need of

    running.serve(task, folder, said)


def graded(task: Task, ended: Callable[[], object] = lambda: False) -> Graded:
    """Grades a notebook: the same for the same task, on whatever machine; `tasks.ENDED` where ``ended`` became true."""
    ours, its = STARTED.Pipe()
    folder = tempfile.mkdtemp(prefix="cnnkit-")
    process = STARTED.Process(target=_serve, args=(task, folder, its), daemon=True)
    process.start()  # for the first one, after torch is imported: that is nobody's time
    watch = Watch(task.limits)
    its.close()
    words = _Said(ours)
    try:
        with suppress(psutil.NoSuchProcess):
            grader = psutil.Process(process.pid)
            while process.is_alive() and not ended() and not watch.stopped:
                watch.look(grader)
                process.join(LOOK)
            watch.look(grader)
    finally:  # also after an exception; kernels outlive a grader that was killed
        kill(watch.family)
        wait(watch.family)
        process.join(5)
        words.join(5)
        shutil.rmtree(folder, ignore_errors=True)
    found = Graded(why=ENDED) if ended() else _read(words.said, process.exitcode, watch.stopped)
    found.seconds = watch.seconds
    return found


def _read(said: bytes, status: int | None, stopped: str) -> Graded:
    if stopped or status != 0:
        return Graded(why=stopped or KILLED)
    try:
        return Graded(**json.loads(said))
    except (ValueError, TypeError):
        return Graded(why=KILLED)

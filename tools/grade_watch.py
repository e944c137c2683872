"""Has notebooks graded one after the other, each in a process of its own, and ends what takes more than it may."""

import json
import multiprocessing
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
from grade_running import GIB, LOOK, PATIENCE, Limits, family_of, grade_one, kill, processor_seconds

from cnnkit._support.signals import Wish

# A process that has imported nbgrader, which takes seconds, and forks for each notebook. Elsewhere forks are not safe.
STARTED = multiprocessing.get_context("forkserver" if sys.platform.startswith("linux") else "spawn")
STARTED.set_forkserver_preload(["nbgrader.apps"])
GIVEN_UP = {  # why a kernel's notebook was
    "late": "stopped: a cell took more than {0.cell_seconds} seconds and could not be interrupted",
    "dead": "stopped: the code ended its own kernel",
}
KILLED = "stopped: nbgrader was killed while it graded this, maybe by the code itself"


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
        self.stopped = self.stopped or self.why(max(_memory(grader), sum(map(_memory, family[1:]))))
        if self.stopped:
            kill(reversed(family))

    def why(self, memory: int) -> str:
        """Which limit the notebook is over, with so many bytes; "" if none."""
        most, clock = self.limits.seconds, PATIENCE * self.limits.seconds
        if self.seconds > most:
            return f"stopped: not done after {most:g} seconds of processor time"
        if time.monotonic() - self.began > clock:
            return f"stopped: not done after {clock:g} seconds by the clock"
        return f"stopped: more than {self.limits.memory:g} GiB of memory" if memory > self.limits.memory * GIB else ""


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def autograde(course: Path, name: str, student: str, watch: Watch, wish: Wish | None = None) -> str:
    """Grades one student's notebook; says why there are no points, "" if there are; an end that is wished for ends it."""
    ours, its = STARTED.Pipe()
    process = STARTED.Process(target=grade_one, args=(course.resolve(), name, student, watch.limits, its), daemon=True)
    process.start()
    its.close()
    try:
        with suppress(psutil.NoSuchProcess):
            grader = psutil.Process(process.pid)
            while process.is_alive() and not wish and not watch.stopped:
                watch.look(grader)
                process.join(LOOK)
            watch.look(grader)
    finally:  # also after an exception; kernels outlive a grader that was killed
        kill(watch.family)
        wait(watch.family)
        process.join(5)
    said = _said(ours)
    if watch.stopped or process.exitcode == 0:
        return watch.stopped
    return KILLED if said is None else GIVEN_UP.get(said, f"failed: see autograde-{name}.log").format(watch.limits)


def wait(family: set[psutil.Process], seconds: float = 5.0) -> None:
    """Until all have ended; one that nobody has buried is no longer there."""
    end = time.monotonic() + seconds
    while family and time.monotonic() < end:
        family = {process for process in family if lives(process)}
        time.sleep(0.01)


def lives(process: psutil.Process) -> bool:
    """Whether it goes on."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _said(ours: Connection) -> str | None:
    """What the process said at its end; None if it was killed before."""
    with ours, suppress(EOFError, OSError, ValueError):
        return str(json.loads(ours.recv_bytes(1000))) if ours.poll() else None
    return None

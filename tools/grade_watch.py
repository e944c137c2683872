"""Runs nbgrader's autograder, and ends what takes more time or memory than it may."""

import os
import re
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil  # ipykernel needs it too
from grade_mending import STEPS
from grade_submissions import forget, half_graded, is_pattern, notebook_of, students

GIB = 1 << 30
LOOK = 0.25  # seconds between two looks of the watcher
ENDS = {  # what nbgrader's log says where it gives up a notebook
    "CellTimeoutError: A cell timed out": "stopped: a cell took more than {cell_seconds} seconds and could not be interrupted",
    "DeadKernelError: Kernel died": "stopped: the code ended its own kernel",
}
AT = re.compile(r"(Sanitizing|Autograding) .*[/\\](submitted|autograded)[/\\](?P<student>[^/\\]+)[/\\]")


@dataclass
class Limits:
    """What one notebook may take."""

    seconds: float = 300.0
    cell_seconds: int = 60
    memory: float = 4.0  # GiB


@dataclass
class Watch:
    """Looks after the kernels of one autograder, one notebook after the other.

    Attributes:
        limits: of each notebook.
        student: whose notebook runs now.
        begun: all students whose notebooks nbgrader has taken up.
        seconds: how long each student's notebook ran.
        stopped: why a student's notebook was killed.
    """

    limits: Limits
    student: str = ""
    begun: set[str] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)

    def read(self, line: str) -> None:
        """Takes a line of nbgrader's log, which tells whose notebook comes next, and where it gave one up."""
        if found := AT.search(line):
            self.student = found["student"]
            self.begun.add(self.student)
        for sign, why in ENDS.items():
            if sign in line:  # what the watcher killed has its reason already
                self.stopped.setdefault(self.student, why.format(cell_seconds=self.limits.cell_seconds))

    def look(self, autograder: psutil.Process) -> None:
        """Kills the kernel, and what it started, if it is over a limit."""
        for kernel in autograder.children():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                family = [kernel, *kernel.children(recursive=True)]
                if not any("ipykernel" in word for word in kernel.cmdline()):
                    continue
                took = time.time() - kernel.create_time()
                self.seconds[self.student] = took
                why = self._why(took, sum(_memory(process) for process in family))
                if why:
                    self.stopped[self.student] = why
                    _kill(family)

    def _why(self, took: float, memory: int) -> str:
        if took > self.limits.seconds:
            return f"stopped: not done after {self.limits.seconds:g} seconds"
        return f"stopped: more than {self.limits.memory:g} GiB of memory" if memory > self.limits.memory * GIB else ""


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def autograde(course: Path, name: str, watch: Watch, student: str = "*") -> None:
    """Runs the autograder in ``course`` and watches it to its end; again, where one submission ended it for all that follow."""
    with (course / f"autograde-{name}.log").open("a", encoding="utf-8") as log:
        log.write(f"\n{datetime.now():%Y-%m-%d %H:%M} python tools/grade.py {course} {name} --student {student}\n")
    while True:
        before = set(watch.begun)
        try:
            _run(course, name, watch, student)
        finally:  # also after Ctrl-C
            forget(course, name, half_graded(course, name))
        graded = set(students(course, "autograded", name))
        there = [one for one in students(course, "submitted", name, student) if notebook_of(course, name, one).is_file()]
        waiting = {one for one in there if not is_pattern(one)} - watch.begun - graded
        if not waiting or watch.begun == before:
            return


def _run(course: Path, name: str, watch: Watch, student: str) -> None:
    """Runs the autograder once, for all but those that were begun, and watches it to its end."""
    watch.student = ""  # until nbgrader names one
    running = _started(course, _command(name, watch, student), watch.limits)
    listener = threading.Thread(target=_listen, args=(running, watch, course / f"autograde-{name}.log"), daemon=True)
    listener.start()
    autograder, family = psutil.Process(running.pid), set[psutil.Process]()
    try:
        while running.poll() is None:
            with suppress(psutil.NoSuchProcess):
                family.update(autograder.children(recursive=True))
                watch.look(autograder)
            time.sleep(LOOK)
    except KeyboardInterrupt:
        _kill([autograder])
        running.wait(5)
        if watch.student in students(course, "autograded", name):  # half made, it would count as done
            forget(course, name, [watch.student])
        watch.begun.discard(watch.student)
        raise
    finally:
        _kill([autograder, *family])  # kernels outlive an autograder that was killed
        psutil.wait_procs(family, timeout=5)
        listener.join(5)
    if running.returncode < 0:
        watch.stopped.setdefault(watch.student, "stopped: nbgrader was killed while it graded this, maybe by the code itself")


def _command(name: str, watch: Watch, student: str) -> list[str]:
    command = [sys.executable, str(Path(__file__).with_name("grade_mending.py")), "autograde", name, "--student", student]
    command += [f"--Autograde.sanitize_preprocessors={step}" for step in STEPS]
    command += [f"--Execute.timeout={watch.limits.cell_seconds}"]
    return [*command, f"--CourseDirectory.student_id_exclude={','.join(sorted(watch.begun))}"]


def _started(course: Path, command: list[str], limits: Limits) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=course,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        preexec_fn=_limit_of(limits) if sys.platform.startswith("linux") else None,
    )


def _limit_of(limits: Limits) -> Callable[[], None]:
    """What the autograder's process does first: each kernel inherits the limit, and what a kernel starts too."""

    def limit() -> None:
        import resource

        size = int(limits.memory * GIB)
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))

    return limit


def _listen(running: subprocess.Popen[str], watch: Watch, path: Path) -> None:
    """Reads nbgrader's log to its end, and adds it to ours."""
    assert running.stderr is not None
    with running.stderr as lines, path.open("a", encoding="utf-8") as log:
        for line in lines:
            watch.read(line)
            log.write(line)


def environment() -> dict[str, str]:
    """Of the autograder: one thread for each kernel, no photos looked for, and nbgrader's helpers on the path."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1", "CNNKIT_DATA": "emoji10", "PYTHONUNBUFFERED": "1"}

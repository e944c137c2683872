"""Grades one notebook with nbgrader, in a process that has no other student's work in it; `grade_watch` starts it.

The kernel has none of this process's streams: nothing that a notebook writes can pass for nbgrader's words or ours.
"""

import asyncio
import json
import os
import sys
import sysconfig
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import psutil  # ipykernel needs it too
from grade_mending import STEPS
from jupyter_client.utils import ensure_async, run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import preprocessors
from nbgrader.apps import AutogradeApp
from nbgrader.converters import Autograde

GIB = 1 << 30
LOOK = 0.25  # seconds between two looks
PATIENCE = 5  # times its limit may a cell or notebook last by the clock: it may wait, and so may the processor's queue
GRACE = 5  # processor seconds that an interrupted cell has to end
LETTERS = 1 << 20  # that a cell may write
WIDEST = 10_000  # letters of one line of an error


@dataclass
class Limits:
    """What one notebook may take."""

    seconds: float = 300.0  # of processor time
    cell_seconds: int = 60  # of processor time
    memory: float = 4.0  # GiB


class Execute(preprocessors.Execute):
    """nbgrader's step that runs a notebook; the limits of a cell are processor time and a bound of its output.

    Attributes:
        why: the notebook was given up: "late" or "dead"; "" if it was not.
    """

    cell_seconds = Limits.cell_seconds
    why = ""

    def preprocess(self, nb: NotebookNode, resources: Any = None, km: Any = None) -> tuple[NotebookNode, Any]:
        """As nbgrader's; keeps why it gave up."""
        try:
            return super().preprocess(nb, resources, km)
        except (CellTimeoutError, DeadKernelError) as error:
            Execute.why = "late" if self._late or isinstance(error, CellTimeoutError) else "dead"
            raise

    def start_new_kernel(self, **options: Any) -> None:
        """As nbclient's, but the kernel gets none of our streams."""
        super().start_new_kernel(stdout=DEVNULL, stderr=DEVNULL, **options)

    async def async_execute_cell(self, cell: NotebookNode, cell_index: int, **options: Any) -> NotebookNode:
        """As nbclient's, which ends a cell by the clock alone."""
        self._written, self._late = 0, False
        watcher = asyncio.ensure_future(self._end_in_time())
        try:
            cell = await super().async_execute_cell(cell, cell_index, **options)
        finally:
            watcher.cancel()
        if self._late:
            text = f"CellTimeoutError: ended after {self.cell_seconds} seconds of processor time"
            cell.outputs.append(new_output("error", ename="CellTimeoutError", evalue="", traceback=[text]))
        return cell

    execute_cell = run_sync(async_execute_cell)

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """As nbclient's, up to the bound; a cell that goes on writing is interrupted. An error is kept: it costs the points."""
        kind, content = msg["msg_type"], msg["content"]
        if kind in ("status", "execute_input", "clear_output"):
            return super().process_message(msg, cell, cell_index)
        if kind == "error":
            content |= {"evalue": content["evalue"][:WIDEST], "traceback": [line[:WIDEST] for line in content["traceback"]]}
            return super().process_message(msg, cell, cell_index)
        before, self._written = self._written, self._written + len(content.get("text") or json.dumps(content))
        if self._written <= LETTERS:
            return super().process_message(msg, cell, cell_index)
        if before <= LETTERS:
            said = f"... cut: the cell wrote more than {LETTERS:,} letters, and was interrupted"
            cell.outputs.append(new_output("stream", name="stderr", text=said))  # in a graded cell that costs the points
            self._interrupting = asyncio.ensure_future(ensure_async(self.km.interrupt_kernel()))
        return None

    async def _end_in_time(self) -> None:
        """Interrupts the cell that runs, and kills the kernel if that does not help."""
        with suppress(psutil.NoSuchProcess):
            kernel = psutil.Process(self.km.provisioner.pid)
            end = processor_seconds(family_of(kernel)) + self.cell_seconds
            while processor_seconds(family_of(kernel)) <= end:
                await asyncio.sleep(LOOK)
            self._late = True
            await ensure_async(self.km.interrupt_kernel())
            while processor_seconds(family_of(kernel)) <= end + GRACE:
                await asyncio.sleep(LOOK)
            kill(family_of(kernel))


def family_of(process: psutil.Process) -> list[psutil.Process]:
    """A process and all that it started."""
    with suppress(psutil.Error):
        return [process, *process.children(recursive=True)]
    return [process]


def processor_seconds(processes: Iterable[psutil.Process]) -> float:
    """What they have used, and those of their children that ended before."""
    total = 0.0
    for process in processes:
        with suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])  # user and system; of ended children, too
    return total


def kill(processes: Iterable[psutil.Process]) -> None:
    """Ends them at once."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def grade_one(course: Path, name: str, student: str, limits: Limits, said: Connection) -> None:
    """Runs nbgrader's autograder for one student; sends `Execute.why` when it has ended, and ends when ``said`` is closed."""
    _be_alone(course, name, limits)
    threading.Thread(target=_end_with, args=(said,), daemon=True).start()
    Execute.cell_seconds = limits.cell_seconds
    app = AutogradeApp.instance()
    app.initialize([])
    app.config.Autograde.sanitize_preprocessors = list(STEPS)
    steps = Autograde.class_traits()["autograde_preprocessors"].default()
    app.config.Autograde.autograde_preprocessors = [Execute if step is preprocessors.Execute else step for step in steps]
    app.config.Execute.merge({"timeout": PATIENCE * limits.cell_seconds, "iopub_timeout": 60, "startup_timeout": 300})
    try:
        autograder = Autograde(coursedir=app.coursedir, parent=app)
        folder = autograder.coursedir.format_path(autograder.coursedir.submitted_directory, student, name)
        found = {folder: [str(path) for path in Path(folder).glob("*.ipynb")]}
        # nbgrader looks for folders and files with patterns, and would take a name for one.
        autograder.init_notebooks = lambda: autograder.set_trait("assignments", found)
        autograder.start()
    finally:
        said.send_bytes(json.dumps(Execute.why).encode())


def _be_alone(course: Path, name: str, limits: Limits) -> None:
    """A session of its own, the log for all words, the course's folder, and what each kernel inherits."""
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C in the terminal is for grade.py, which then ends us
    log = os.open(course / f"autograde-{name}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.chdir(course)
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])  # nbgrader's helpers
    os.environ.update(PATH=path, OMP_NUM_THREADS="1", CNNKIT_DATA="emoji10")
    if sys.platform.startswith("linux"):
        import resource

        size = int(limits.memory * GIB)
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def _end_with(said: Connection) -> None:
    """Ends this process and its kernel when grade.py is no longer there."""
    with suppress(EOFError, OSError):
        said.recv_bytes()
    kill(reversed(family_of(psutil.Process())))
    os._exit(1)

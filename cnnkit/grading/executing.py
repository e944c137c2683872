"""nbgrader's step that runs a notebook, with limits of processor time and of output for each cell."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from subprocess import DEVNULL
from typing import Any

import psutil
from jupyter_core.utils import ensure_async, run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import preprocessors
from traitlets import Any as Anything
from traitlets import Float

from cnnkit.grading.processes import family_of, kill, processor_seconds
from cnnkit.grading.tasks import Limits, seeded

LOOK = 0.25  # seconds between two looks
PATIENCE = 5  # times its limit may a cell or notebook last by the clock: it may wait, and so may the processor's queue
GRACE = 5  # processor seconds that an interrupted cell has to end
LETTERS = 1 << 20  # that a cell may write
KEPT = 100_000  # of them, as text
WIDEST = 10_000  # letters of one line of an error
_OWN_CHECK = re.compile(r"^check\.\w+\(\w+\)\s*\Z", re.MULTILINE)
_FOLDER = re.compile(r"(?:[A-Za-z]:)?(?:[/\\][^\s/\\:\x1b\"']+)+[/\\](?=(?:site-packages|cnnkit)[/\\])")  # of the teacher


class Execute(preprocessors.Execute):
    """nbgrader's step; a cell is interrupted by processor time and by what it writes.

    The check that ends an answer's cell is left out: the graded cell below it says the same.

    Attributes:
        why: the notebook was given up: "late" or "dead"; "" if it was not.
        seed: of the graded checks; None: as it stands there.
        cell_seconds: of processor time.
    """

    seed = Anything(None)
    cell_seconds = Float(float(Limits.cell_seconds))
    why = ""

    def preprocess(self, nb: NotebookNode, resources: Any = None, km: Any = None) -> tuple[NotebookNode, Any]:
        """As nbgrader's; keeps why it gave up."""
        self._graded = {str(cell.metadata.nbgrader.grade_id) for cell in nb.cells if _marks(cell).get("grade")}
        try:
            return super().preprocess(nb, resources, km)  # type: ignore[no-any-return]
        except (CellTimeoutError, DeadKernelError) as error:
            self.why = "late" if self._late or isinstance(error, CellTimeoutError) else "dead"
            raise

    def start_new_kernel(self, **options: Any) -> None:
        """As nbclient's, but the kernel gets none of our streams."""
        super().start_new_kernel(stdout=DEVNULL, stderr=DEVNULL, **options)

    async def async_execute_cell(self, cell: NotebookNode, cell_index: int, **options: Any) -> NotebookNode:
        """As nbclient's, which ends a cell by the clock alone."""
        self._written, self._late = 0, False
        watcher = asyncio.ensure_future(self._end_in_time())
        try:
            with self._as_it_runs(cell):
                cell = await super().async_execute_cell(cell, cell_index, **options)
        finally:
            watcher.cancel()
        if self._late:
            text = f"CellTimeoutError: ended after {self.cell_seconds:g} seconds of processor time"
            cell.outputs.append(new_output("error", ename="CellTimeoutError", evalue="", traceback=[text]))
        return cell

    execute_cell = run_sync(async_execute_cell)

    @contextmanager
    def _as_it_runs(self, cell: NotebookNode) -> Iterator[None]:
        """An answer's cell runs without its own check; a graded one has the student's seed for good."""
        marks = _marks(cell)
        if marks.get("grade"):
            cell.source = seeded(cell.source, self.seed)
        written = cell.source
        if marks.get("solution") and f"{marks.get('grade_id')}-graded" in self._graded:
            cell.source = _OWN_CHECK.sub("", written)
        try:
            yield
        finally:
            cell.source = written

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """As nbclient's, up to the bound; a cell that goes on writing is interrupted. An error is kept: it costs the points."""
        kind, content = msg["msg_type"], msg["content"]
        if kind == "error":
            content |= _told(content, cell)
        if kind in ("status", "execute_input", "clear_output", "error"):
            return super().process_message(msg, cell, cell_index)  # type: ignore[no-any-return]
        before, self._written = self._written, self._written + len(content.get("text") or json.dumps(content))
        if kind == "stream" and self._written > KEPT:
            content["text"] = content["text"][: max(0, KEPT - before)] + "\n... cut" * (before <= KEPT)
            if not content["text"] and self._written <= LETTERS:
                return None
        if self._written <= LETTERS:
            return super().process_message(msg, cell, cell_index)  # type: ignore[no-any-return]
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


def _marks(cell: NotebookNode) -> dict[str, Any]:
    """What nbgrader noted in a cell."""
    return dict(cell.metadata.get("nbgrader", {}))


def _told(error: dict[str, Any], cell: NotebookNode) -> dict[str, Any]:
    """An error as a student reads it: the check's message once, and no folders of the teacher."""
    message = error["evalue"][:WIDEST]
    if error["ename"] == "AssertionError" and _marks(cell).get("grade"):
        return {"evalue": message, "traceback": [f"AssertionError: {message}"]}
    return {"evalue": message, "traceback": [_FOLDER.sub(".../", line[:WIDEST]) for line in error["traceback"]]}

"""nbgrader's own steps from what was handed in to a notebook with its outputs, without a gradebook."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbformat import NotebookNode
from nbgrader import preprocessors, utils
from nbgrader.api import MissingEntry

from cnnkit.grading.executing import PATIENCE, Execute
from cnnkit.grading.mending import by_name, mend
from cnnkit.grading.tasks import Task


class _Released:
    """What `OverwriteCells` asks a gradebook for, out of the released notebook."""

    def __init__(self, cells: Mapping[str, NotebookNode]) -> None:
        self._cells = cells

    def find_source_cell(self, name: str, notebook: str, assignment: str) -> SimpleNamespace:
        if name not in self._cells:
            raise MissingEntry(name)
        cell = self._cells[name]
        return SimpleNamespace(
            name=name, cell_type=cell.cell_type, source=cell.source, locked=utils.is_locked(cell),
            checksum=cell.metadata.nbgrader.get("checksum") or utils.compute_checksum(cell),
        )  # fmt: skip

    def find_graded_cell(self, name: str, notebook: str, assignment: str) -> SimpleNamespace:
        return SimpleNamespace(max_score=self._cells[name].metadata.nbgrader.points)


class _Overwrite(preprocessors.OverwriteCells):
    """Gives locked cells their text back."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        self.notebook_id = self.assignment_id = ""
        self.gradebook = _Released(resources["released"])
        result: tuple[NotebookNode, dict[str, Any]] = super(preprocessors.OverwriteCells, self).preprocess(nb, resources)
        return result


def run(task: Task, submitted: NotebookNode, released: NotebookNode, folder: str, execute: Execute) -> NotebookNode:
    """Sanitises and executes; the kernel works in ``folder``."""
    wanted = by_name(released)
    resources: dict[str, Any] = {"metadata": {"path": folder}, "released": wanted}
    notebook = mend(submitted, wanted)
    notebook.metadata.kernelspec = released.metadata.get("kernelspec", notebook.metadata.get("kernelspec", {}))
    sanitise = (preprocessors.ClearOutput, preprocessors.DeduplicateIds, _Overwrite, preprocessors.CheckCellMetadata)
    finish = (
        preprocessors.IgnorePattern,
        ClearMetadataPreprocessor,
        preprocessors.LimitOutput,
        preprocessors.CheckCellMetadata,
    )
    for step in (*sanitise, execute, *finish):
        made = step if step is execute else step(**task.settings.get(step.__name__, {}))
        if made.enabled or made is execute:
            notebook, resources = made.preprocess(notebook, resources)
    return notebook


def execute_step(task: Task) -> Execute:
    """The step that runs the notebook."""
    limits = task.limits
    return Execute(
        seed=task.seed, cell_seconds=float(limits.cell_seconds), timeout=math.ceil(PATIENCE * limits.cell_seconds),
        iopub_timeout=60, startup_timeout=300, shutdown_kernel="immediate",
    )  # fmt: skip


def points(notebook: NotebookNode) -> dict[str, float | None]:
    """By graded cell, as nbgrader counts them; None: a teacher gives them."""
    return {cell.metadata.nbgrader.grade_id: utils.determine_grade(cell)[0] for cell in notebook.cells if utils.is_grade(cell)}

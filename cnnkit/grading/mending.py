"""What nbgrader needs in a submission, and students lose: its data in each cell, and the graded cells themselves.

Jupyter copies a cell with nbgrader's data in it; other editors drop them, or the whole cell. nbgrader then gives up the
notebook, or grades what is left without a word. So `mend` stands before nbgrader's own steps. It works on what nbgrader
has read, and no submitted file changes.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping

from nbformat import NotebookNode


def by_name(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The cells that nbgrader knows, by their names there."""
    return {_name(cell): cell for cell in notebook.cells if _name(cell)}


def _name(cell: NotebookNode) -> str:
    """What nbgrader calls a cell; "" if it does not know it, or its data are damaged."""
    marks = cell.get("metadata", {}).get("nbgrader")
    name = marks.get("grade_id", "") if isinstance(marks, dict) else ""
    return name if isinstance(name, str) else ""


def missing(submitted: NotebookNode, wanted: Mapping[str, NotebookNode]) -> list[str]:
    """Names of the graded cells that a submission has lost; also of those that lost nbgrader's data only."""
    graded = [name for name, cell in wanted.items() if cell.metadata.nbgrader.grade]
    there = {_name(cell) for cell in submitted.get("cells", [])}
    return [name for name in graded if name not in there]


def mend(submitted: NotebookNode, wanted: Mapping[str, NotebookNode]) -> NotebookNode:
    """The step before nbgrader's own: gives back what was lost."""
    restore_marks(submitted, wanted)
    put_back(submitted, wanted)
    return submitted


def restore_marks(submitted: NotebookNode, wanted: Mapping[str, NotebookNode]) -> None:
    """Gives each cell nbgrader's data as they were handed out, and takes them from all other cells.

    Of copies the last one keeps them, as nbgrader has it. But a locked cell gets its own text back, and somebody may have
    written an answer into a copy of it: there an unchanged copy goes first. A cell that lost its data is known by its id.
    """
    found: dict[str, list[int]] = {}
    for at, cell in enumerate(submitted.cells):
        found.setdefault(_name(cell), []).append(at)
        cell.metadata.pop("nbgrader", None)
    ids = {cell.get("id"): at for at, cell in enumerate(submitted.cells)}
    for name, original in wanted.items():
        copies = found.get(name) or ([ids[name]] if name in ids else [])
        if copies:
            kept = max(copies, key=lambda at: (original.metadata.nbgrader.locked and _same(submitted.cells[at], original), at))
            submitted.cells[kept].metadata["nbgrader"] = copy.deepcopy(original.metadata.nbgrader)


def _same(cell: NotebookNode, original: NotebookNode) -> bool:
    return bool(cell.source.strip() == original.source.strip())


def put_back(submitted: NotebookNode, wanted: Mapping[str, NotebookNode]) -> None:
    """Adds the graded cells that are missing: each below its answer, or at the end, where all answers are known.

    nbgrader's ``OverwriteCells.add_missing_cells`` does less: it ends with a KeyError where the answer's cell is missing too.
    """
    for name in missing(submitted, wanted):
        cell = copy.deepcopy(wanted[name])
        if submitted.nbformat_minor < 5:  # cells had no ids then, and may not have one
            cell.pop("id", None)
        names = [_name(other) for other in submitted.cells]
        answer = name.removesuffix("-graded")
        submitted.cells.insert(names.index(answer) + 1 if answer in names else len(names), cell)

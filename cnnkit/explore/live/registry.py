"""Which live trainings there are: so that a cell run twice does not leave the first one training unseen."""

from __future__ import annotations

import sys
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnkit.explore.live.panel import LiveTraining

_KNOWN: list[weakref.ref[LiveTraining]] = []  # in the order of their first start; its thread keeps one that trains
_LOCK = threading.Lock()


def running() -> list[LiveTraining]:
    """The live trainings that train at this moment, also those whose cell was closed, overwritten or cleared.

    Show one again by ending a cell with ``explore.running()[0]``, or end it with ``explore.running()[0].stop()``.
    """
    with _LOCK:
        known = [live for ref in _KNOWN if (live := ref()) is not None]
        _KNOWN[:] = [weakref.ref(live) for live in known]
    return [live for live in known if live.working]


def claim(live: LiveTraining) -> list[LiveTraining]:
    """Notes that ``live`` starts; stops and returns those it replaces: of the same cell, or with a parameter in common."""
    mine = live.parameters
    replaced = []
    for other in running():
        if other is live:
            continue
        shared = mine & other.parameters
        same_cell = other.cell is not None and live.cell is not None and other.cell[0] == live.cell[0]
        if shared or (same_cell and other.cell != live.cell):
            other.stop()
            replaced.append(other)
    with _LOCK:
        if not any(ref() is live for ref in _KNOWN):
            _KNOWN.append(weakref.ref(live))
    return replaced


def cell() -> tuple[str, int] | None:
    """Names the notebook's cell that is being run, and which of its runs this is; None outside of a notebook."""
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        return None
    try:
        name = shell.get_parent()["metadata"]["cellId"]  # JupyterLab and Notebook say it
    except (AttributeError, KeyError, TypeError):
        name = _file_of_cell()  # ipykernel names it after the cell's text
    return (name, shell.execution_count) if name else None


def _file_of_cell() -> str:
    frame = sys._getframe(1)
    package = str(Path(__file__).parents[2])
    while frame.f_back is not None and frame.f_code.co_filename.startswith(package):
        frame = frame.f_back
    return frame.f_code.co_filename if frame.f_globals.get("__name__") == "__main__" else ""

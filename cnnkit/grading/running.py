"""Grades one notebook in the process and the folder that `watching` has made for it, with no other student's work in either."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import shutil
import sys
import threading
import traceback
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import nbformat
import psutil
from traitlets.config import Application

from cnnkit._support import jsonl
from cnnkit.grading import forking, steps
from cnnkit.grading.processes import family_of, kill
from cnnkit.grading.tasks import GIVEN_UP, Graded, Task

GIB = 1 << 30
_RECORD = Path("runs") / "checks.jsonl"  # in the notebook's folder
_MOST = 1 << 20  # bytes of it that are read
_SLUG = re.compile(r"[a-z0-9-]{1,60}")


def serve(task: Task, folder: str, said: Connection) -> None:
    """Grades, says what came out as JSON, and ends when ``said`` is closed at the other end."""
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C in the terminal is for the one who watches, who then ends us
    _bound(task.limits.memory)
    if sys.platform.startswith("linux"):
        forking.prepare()
    threading.Thread(target=_end_with, args=(said, folder), daemon=True).start()
    words = io.StringIO()
    logging.getLogger().addHandler(logging.StreamHandler(words))
    graded = Graded()
    try:
        graded = graded_in(task, folder)
    except BaseException:
        graded.why = "failed"
        words.write(traceback.format_exc())
    graded.log = words.getvalue()[-20_000:]
    said.send_bytes(json.dumps(asdict(graded)).encode())


def graded_in(task: Task, folder: str) -> Graded:
    """The graded notebook, its points and the mistakes that the checks named.

    Raises:
        Exception: what was handed in is no notebook.
    """
    Application.instance().log = logging.getLogger()  # nbgrader's steps speak to their application
    os.environ.update(NBGRADER_EXECUTION="autograde", CNNKIT_DATA="emoji10", OMP_NUM_THREADS="1")
    os.environ.pop("PYTEST_VERSION", None)  # a kernel that grades is no test: its checks leave their record
    for name, content in task.files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    submitted = nbformat.reads(task.submitted.decode("utf-8"), as_version=4)
    released = nbformat.reads(task.released, as_version=4)
    execute = steps.execute_step(task)
    try:
        notebook = steps.run(task, submitted, released, folder, execute)
    except Exception:
        if execute.why:
            return Graded(why=GIVEN_UP[execute.why].format(task.limits))
        raise
    points = steps.points(notebook)
    exercises = {name.removesuffix("-graded") for name in points}
    return Graded(nbformat.writes(notebook), points, _mistakes(Path(folder) / _RECORD, exercises))


def _mistakes(path: Path, exercises: set[str]) -> dict[str, str]:
    """What each check named last; the file is in the student's hands, so that it is read as one."""
    found: dict[str, str] = {}
    with suppress(OSError):
        if path.stat().st_size <= _MOST:
            for _, record in jsonl.lines(path):
                fields: dict[str, Any] = record if isinstance(record, dict) else {}
                exercise, mistake = fields.get("exercise"), fields.get("mistake")
                if exercise in exercises and (mistake is None or (isinstance(mistake, str) and _SLUG.fullmatch(mistake))):
                    found[str(exercise)] = mistake or ""
    return found


def _bound(memory: float) -> None:
    """Has the system refuse more memory to this process and each that it starts."""
    if sys.platform.startswith("linux"):
        import resource

        size = int(memory * GIB)
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def _end_with(said: Connection, folder: str) -> None:
    """Ends this process and its kernel when the one who watches is no longer there."""
    with suppress(EOFError, OSError):
        said.recv_bytes()
    kill(reversed(family_of(psutil.Process())[1:]))
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)

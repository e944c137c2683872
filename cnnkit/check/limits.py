"""Runs a student's code so that nothing it does outlasts the check: time, prints, random state, defaults."""

from __future__ import annotations

import ctypes
import io
import os
import random
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import numpy as np
import torch

from cnnkit._support.turns import turn

STACK = 64 << 20  # bytes: an endless recursion reaches Python's own limit first, on Windows too
PRINTED = 10_000  # characters that are kept of what a check prints
GRACE = 2.0  # seconds that an interrupted check gets to end
# Whether limits count what the process works, not what passes: a machine with much else to do makes no right code slow then.
# Not in a notebook, whose other threads work too, and where a person waits.
patient = False


def patience(seconds: float) -> float:
    """Seconds that may pass where ``seconds`` are the limit on what is worked: the rest is waiting, and others' work."""
    return 10 * seconds + 2


class TooSlow(Exception):
    """The time limit is over; ``stuck`` tells that the code could not be interrupted and still runs."""

    def __init__(self, stuck: bool) -> None:
        super().__init__()
        self.stuck = stuck


class Stop(BaseException):
    """Raised inside the student's code when time is up; no ``except Exception`` catches it."""


def run(work: Callable[[], Any], seconds: float) -> tuple[Any, str]:
    """What ``work`` returns and what it printed, from a thread of its own.

    Raises:
        TooSlow: it took longer than ``seconds``; where the limit is `patient`, it worked longer, or took `patience`.
        Exception: what ``work`` raised.
    """
    box: dict[str, Any] = {}

    def body() -> None:
        # With one thread: on a busy machine the threads of small layers wait for each other 20 times as long as they work.
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            box["result"] = work()
        except BaseException as error:  # handed to the caller below
            box["error"] = error
        finally:
            torch.set_num_threads(threads)

    thread = threading.Thread(target=body, name="cnnkit check", daemon=True)
    with turn(thread), _left_as_found(), _captured(thread) as printed:
        _start(thread)
        try:
            _wait(thread, seconds)
        finally:  # also when the user interrupts the wait
            if thread.is_alive():
                _stop(thread)
        if thread.is_alive() or isinstance(box.get("error"), Stop):
            raise TooSlow(stuck=thread.is_alive())
    if "error" in box:
        raise box["error"]
    return box["result"], printed.getvalue()


def _start(thread: threading.Thread) -> None:
    before = threading.stack_size(STACK)
    try:
        thread.start()
    finally:
        threading.stack_size(before)


def _wait(thread: threading.Thread, seconds: float) -> None:
    """Until the thread has ended, or its time is over."""
    if not patient:
        thread.join(seconds)
        return
    worked, end = _worked(), time.monotonic() + patience(seconds)
    while thread.is_alive() and _worked() - worked < seconds and time.monotonic() < end:
        thread.join(0.05)


def _worked() -> float:
    """Seconds of processor time that the process took, and the children that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _stop(thread: threading.Thread) -> None:
    """Raises `Stop` in the thread, again and again: its code may catch the first ones."""
    end = time.monotonic() + GRACE
    while thread.is_alive() and time.monotonic() < end:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Stop))
        thread.join(0.3)  # long enough for code that cleans up: the next one would end that too


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # someone has removed it
        return None


# How each setting of the process is read, and written again.
_SETTINGS: tuple[tuple[Callable[[], Any], Callable[[Any], object]], ...] = (
    (_folder, os.chdir),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (
        lambda: (torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()),
        lambda value: torch.use_deterministic_algorithms(value[0], warn_only=value[1]),
    ),
    (
        lambda: (torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()),
        lambda value: torch.autograd.set_detect_anomaly(*value),
    ),
)


@contextmanager
def _left_as_found() -> Iterator[None]:
    """Puts back what all threads share: random states, settings, the folder. Warnings of the student's code are not shown."""
    states = random.getstate(), np.random.get_state()
    before = [read() for read, _ in _SETTINGS]
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    try:
        with torch.random.fork_rng(devices), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        for (read, write), value in zip(_SETTINGS, before, strict=True):
            if read() != value and value is not None:
                write(value)


class _Router:
    """Takes the place of sys.stdout or sys.stderr: one thread's text is kept, that of all others passes."""

    def __init__(self, stream: TextIO, thread: threading.Thread, kept: io.StringIO) -> None:
        self._stream, self._thread, self._kept = stream, thread, kept

    def write(self, text: str) -> int:
        if threading.current_thread() is not self._thread:
            return self._stream.write(text)
        self._kept.write(text[: max(0, PRINTED - self._kept.tell())])  # a print in an endless loop must not fill the memory
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _captured(thread: threading.Thread) -> Iterator[io.StringIO]:
    kept = io.StringIO()
    before, hook = (sys.stdout, sys.stderr), sys.unraisablehook

    def told(unraisable: Any) -> None:
        # A Stop that meets a clean-up of Python's own is lost there; the next one follows, and nobody need hear of it.
        if unraisable.exc_type is not Stop:
            hook(unraisable)

    sys.stdout, sys.stderr = (_Router(stream, thread, kept) for stream in before)
    sys.unraisablehook = told
    try:
        yield kept
    finally:
        sys.stdout, sys.stderr = before
        sys.unraisablehook = hook

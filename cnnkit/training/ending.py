"""The end of the process: saves what a run's autosave lacks, also when a kernel is shut down, or at a polite kill."""

from __future__ import annotations

import _thread
import atexit
import os
import signal
import threading
import weakref
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from cnnkit._support.notices import notice
from cnnkit._support.signals import ENDING
from cnnkit._support.turns import last_turn
from cnnkit.errors import InputError

if TYPE_CHECKING:
    from cnnkit.training.loop import Training

LONGEST = 60.0  # seconds that the end of the process waits for the step under way

Stamp = tuple[int, int, int] | None
_RUNS: dict[Path, tuple[weakref.ref[Training], Stamp]] = {}  # by file: what last trained there, and the file as it left it
_ENDS = threading.Lock()  # by whoever saves all; it is over then
_PROCESS: list[int] = []  # that listens: one that it forks inherits its handlers, and saves nothing


def note(training: Training) -> None:
    """Remembers that ``training`` trains, or has just saved itself: whole steps that come on top are saved at the end.

    At the end means: when Python ends, and at SIGTERM, SIGHUP and the like where nothing else takes them. The step under way is
    waited for, and a second signal ends the process at once. A file that somebody else changed meanwhile is left alone.
    """
    if os.getpid() not in _PROCESS:
        _PROCESS[:] = [os.getpid()]
        _RUNS.clear()
        atexit.register(_python_ends)
    if training.autosave is not None:
        path = training.autosave[0]
        _RUNS[path] = weakref.ref(training), _stamp(path)
        listen()


def listen() -> None:
    """Takes the signals that ask for an end, but for Ctrl-C, where only the system's own handler is; in the main thread."""
    if threading.current_thread() is threading.main_thread():
        for number in ENDING:
            if number != signal.SIGINT and signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, _asked)


def _asked(number: int, frame: FrameType | None) -> None:
    for each in ENDING:  # from now on a signal ends the process at once
        if signal.getsignal(each) is _asked:
            signal.signal(each, signal.SIG_DFL)
    if os.getpid() not in _PROCESS:
        os.kill(os.getpid(), number)
    elif not _ENDS.locked():  # this thread may be amid a step, which must end first: so another one waits for it
        _thread.start_new_thread(_save_and_end, (number,))


def _save_and_end(number: int) -> None:
    with _ENDS:
        _save_all()
        os.kill(os.getpid(), number)


def _python_ends() -> None:
    if os.getpid() in _PROCESS:
        with _ENDS:
            _save_all()


def _save_all() -> None:
    """Ends all training, as a thread that is amid a step when Python goes takes it down; saves what the files lack."""
    if not last_turn(LONGEST):
        return
    for path, (ref, stamp) in list(_RUNS.items()):
        training = ref()
        if training is not None and training.unsaved:
            try:
                _save(training, path, stamp)
            except Exception as error:  # a full disk: the process ends all the same
                notice(f"at the end of Python: {error}")


def _save(training: Training, path: Path, stamp: Stamp) -> None:
    steps = f"{len(training.history):,} steps of the run that ends now are not saved there"
    if _stamp(path) != stamp:
        raise InputError(f'"{path}" was changed by someone else meanwhile, so the {steps}')
    training.keep()


def _stamp(path: Path) -> Stamp:
    """What changes when another file takes the place of this one."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino

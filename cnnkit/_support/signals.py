"""Ctrl-C, a closed terminal and a polite kill are one wish: to end soon, with everything saved."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

# SIGHUP: the terminal was closed; not there on Windows. SIGBREAK: Ctrl-Break, or the console window was closed there.
ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))


class Wish:
    """Whether an end was asked for.

    Attributes:
        signal: the name of what asked, such as "SIGTERM"; "" while nothing did.
    """

    def __init__(self) -> None:
        self.signal = ""

    def __bool__(self) -> bool:
        return bool(self.signal)


@contextmanager
def end_is_a_wish(then: Callable[[], object] | None = None) -> Iterator[Wish]:
    """Inside, the first signal that asks for an end only makes the `Wish` true; the second ends the program at once.

    Args:
        then: called once by the first one, amid whatever the main thread does: it may only set things.
    """
    wish = Wish()

    def ask(number: int, frame: FrameType | None) -> None:
        wish.signal = signal.Signals(number).name
        for each in ENDING:
            if each in before:  # one that was ignored, as under nohup, stays so
                signal.signal(each, signal.default_int_handler if each == signal.SIGINT else signal.SIG_DFL)
        if then is not None:
            then()

    with _handling(ask) as before:
        yield wish


@contextmanager
def end_is_an_interrupt() -> Iterator[None]:
    """Inside, every signal that asks for an end raises KeyboardInterrupt, as Ctrl-C does; a second one ends the program.

    Code in C may answer an interrupt with an exception of its own, as some of matplotlib's does: that is one, too. A destructor
    cannot raise, so that Python would print the interrupt and go on: the signal comes once more then.
    """
    asked, usual = "", sys.unraisablehook

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = signal.Signals(number).name
        for each in ENDING:
            if each in before:
                signal.signal(each, signal.SIG_DFL)
        raise KeyboardInterrupt(asked)

    def lost(unraisable: sys.UnraisableHookArgs) -> None:
        if not asked or not isinstance(unraisable.exc_value, KeyboardInterrupt):
            usual(unraisable)
            return
        for each in before:
            signal.signal(each, interrupt)
        threading.Timer(0.01, _to_main_thread, [signal.Signals[asked]]).start()

    with _handling(interrupt) as before:
        sys.unraisablehook = lost
        try:
            yield
        except Exception as error:
            if asked:
                raise KeyboardInterrupt(asked) from error
            raise
        finally:
            sys.unraisablehook = usual


def _to_main_thread(number: int) -> None:
    """Sends a signal so that what the main thread waits for is interrupted, too; on Windows nothing can do that."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        signal.raise_signal(number)


@contextmanager
def ctrl_c_waits(then: Callable[[], object]) -> Iterator[None]:
    """Inside, the first Ctrl-C waits for the end of the block, does ``then`` and interrupts; the second interrupts at once.

    In another thread than the main one, or where Ctrl-C does anything but interrupt, nothing changes.
    """
    usual = signal.default_int_handler
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is not usual:
        yield
        return
    asked = False

    def wait(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, wait)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if asked:
        then()
        raise KeyboardInterrupt


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[dict[int, Any]]:
    """Lets ``handler`` take the signals that ask for an end; yields those it took, with what took them before.

    In any other thread than the main one nothing changes: Python handles signals there alone.
    """
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for each in ENDING:
            if each == signal.SIGINT or signal.getsignal(each) != signal.SIG_IGN:
                before[each] = signal.getsignal(each)
        for each in before:
            signal.signal(each, handler)
    try:
        yield before
    finally:
        for each, old in before.items():
            with suppress(TypeError):  # None: what C code had set
                signal.signal(each, old)

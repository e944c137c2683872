"""One thread at a time where threads would spoil each other's work: training, checks, and whatever else runs a network."""

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager


class _Room:
    """A lock; who waits for it comes before who has just left it and would enter again, as a training does at each step."""

    def __init__(self) -> None:
        self._door, self._inside = threading.Lock(), threading.Lock()
        self.owner = 0

    def enter(self, seconds: float = -1) -> bool:
        """Waits, for ever or so many seconds; whether the thread now is inside."""
        if not self._door.acquire(timeout=seconds):
            return False
        try:
            if not self._inside.acquire(timeout=seconds):
                return False
        finally:
            self._door.release()
        self.owner = threading.get_ident()
        return True

    def leave(self) -> None:
        """Lets the next one in."""
        self.owner = 0
        self._inside.release()


_TURNS = _Room()
_STILL: weakref.WeakKeyDictionary[object, _Room] = weakref.WeakKeyDictionary()  # of each network
_GUARD = threading.RLock()  # again, where the garbage collector closes a loop that somebody left


@contextmanager
def turn(helper: threading.Thread | None = None) -> Iterator[None]:
    """Only one thread at a time runs a network: torch's random state, and a network's mode and hooks, belong to all threads.

    A training takes a turn for each step, an evaluation for each batch, a table or a check for its whole length: so none
    changes the others. ``helper`` runs networks on behalf of the thread that waits for it.
    """
    if _has_turn():
        yield
        return
    _TURNS.enter()
    try:
        if helper is not None:
            helper.has_turn = True  # type: ignore[attr-defined]
        yield
    finally:
        _TURNS.leave()


@contextmanager
def still(model: object) -> Iterator[None]:
    """Only one thread at a time changes the network ``model``, or needs its weights to stay as they are.

    A training holds it still for each step with all that belongs to it, an evaluation for all of its batches, a save for
    its whole length. Take it before a `turn`, never after: who has a turn need not wait, because no step is under way then.
    """
    with _GUARD:
        room = _STILL.setdefault(model, _Room())
    if room.owner == threading.get_ident() or _has_turn():
        yield
        return
    room.enter()
    try:
        yield
    finally:
        room.leave()


def last_turn(seconds: float) -> bool:
    """Takes a turn that nobody gets after this thread any more, for the end of the process; False: not within ``seconds``."""
    return _has_turn() or _TURNS.enter(seconds)


def _has_turn() -> bool:
    return _TURNS.owner == threading.get_ident() or getattr(threading.current_thread(), "has_turn", False)

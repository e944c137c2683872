"""One thread at a time where threads would spoil each other's work: training, checks, and whatever else runs a network."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_TURNS = threading.RLock()


@contextmanager
def turn(helper: threading.Thread | None = None) -> Iterator[None]:
    """Only one thread at a time runs a network: torch's random state, and a network's mode and hooks, belong to all threads.

    A training takes a turn for each step, an evaluation for each batch, a table or a check for its whole length: so none
    changes the others. ``helper`` runs networks on behalf of the thread that waits for it.
    """
    if getattr(threading.current_thread(), "has_turn", False):
        yield
        return
    with _TURNS:
        if helper is not None:
            helper.has_turn = True  # type: ignore[attr-defined]
        yield

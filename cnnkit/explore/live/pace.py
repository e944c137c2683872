"""How often a live picture may be drawn."""

from __future__ import annotations

import time

REDRAW = 0.15  # seconds from one picture to the next
SHARE = 0.03  # of the time may go into drawing: where more is needed, pictures come less often
LONGEST = 1.0  # seconds from one picture to the next, however long drawing takes


class Pace:
    """Says after which steps to draw.

    Drawing is counted by what its thread computes, not by how long it waits for others: a busy notebook must not silence the
    curve.
    """

    def __init__(self) -> None:
        self._asked = self._drawn = -LONGEST
        self._began = self._rest = 0.0

    def due(self) -> bool:
        """Whether to draw now; to be asked once a step."""
        now = time.perf_counter()
        step, self._asked = now - self._asked, now
        early = step / 3  # rather a little early than a step too late
        return now - self._drawn >= min(max(REDRAW - early, self._rest), LONGEST)

    def begin(self) -> None:
        """Starts to count."""
        self._began = time.thread_time()

    def end(self) -> None:
        """Sets when to draw next."""
        self._drawn, self._rest = self._asked, (time.thread_time() - self._began) / SHARE

"""Two pipes out of the judge's process, read by threads of their own: however much comes, little of it is kept."""

from __future__ import annotations

import json
import os
import queue
import threading
from contextlib import suppress
from typing import IO, Any

KEPT = 64 << 10  # bytes of what the answer prints
_LONGEST = 1 << 20  # bytes of an event
_WAIT = 2.0  # seconds for the end of a pipe whose writers are all killed


class _Pipe(threading.Thread):
    """Reads to the end; what is done with it is up to ``_take``."""

    def __init__(self, pipe: IO[bytes]) -> None:
        super().__init__(name="cnnkit pipe", daemon=True)
        self._pipe = pipe
        self.start()

    def run(self) -> None:
        """Reads, whatever the other end sends."""
        with suppress(OSError):
            while some := os.read(self._pipe.fileno(), 1 << 16):
                self._take(some)
        self._take(b"")

    def _take(self, some: bytes) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Waits for the end and closes; a pipe that somebody still holds is left alone."""
        self.join(_WAIT)
        if not self.is_alive():
            self._pipe.close()


class Output(_Pipe):
    """What the answer printed, of which the first `KEPT` bytes stay.

    Attributes:
        kept: those bytes.
        more: whether there were more.
    """

    def __init__(self, pipe: IO[bytes]) -> None:
        self.kept, self.more = b"", False
        super().__init__(pipe)

    def _take(self, some: bytes) -> None:
        room = KEPT - len(self.kept)
        self.kept += some[:room]
        self.more = self.more or len(some) > room


class Events(_Pipe):
    """What the judge says: lines that begin with the nonce; all else is passed over."""

    def __init__(self, pipe: IO[bytes], nonce: str) -> None:
        self._begin, self._line = nonce.encode("ascii") + b" ", b""
        self._waiting: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        super().__init__(pipe)

    def next(self, seconds: float) -> dict[str, Any] | None:
        """The next event; None: there is none within these seconds, or there will be no more."""
        with suppress(queue.Empty):
            return self._waiting.get(timeout=seconds)
        return None

    def _take(self, some: bytes) -> None:
        *lines, self._line = (self._line + some).split(b"\n")
        self._line = self._line if len(self._line) < _LONGEST else b""
        for line in lines:
            if line.startswith(self._begin):
                with suppress(ValueError, RecursionError):
                    event = json.loads(line.removeprefix(self._begin))
                    if isinstance(event, dict):
                        self._waiting.put(event)
        if not some:
            self._waiting.put(None)

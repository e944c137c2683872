"""Follows the judge of one answer from its start to its verdict, or to the limit that the answer passes."""

from __future__ import annotations

import time
from typing import Any

from cnnkit._support.words import not_ended, too_slow
from cnnkit.cli.found import NOT_CHECKED, Found
from cnnkit.cli.isolated.family import Family, worked
from cnnkit.cli.isolated.inside import MEMORY
from cnnkit.cli.isolated.pipes import Events

START = 300.0  # seconds until Python and torch must be there: from a slow disk, beside much else, they take their time
PROCESSES = 64  # that an answer may have at a time
_SHORTEST, _LONGEST = 0.02, 0.25  # seconds between two looks
_LAST = 5.0  # seconds for what the judge said before it ended
_NEXT = {("start", "ready"): "file", ("file", "ran"): "check"}
_SLOW_START = f"Python and torch have not started within {START:g} seconds; try again when the machine has less to do"
_ENDED = "Your code ended Python itself, or asked for more memory than it may. Look at its sizes."
_TOO_LARGE = f"Your code holds more than {MEMORY >> 30} GiB of memory, in all its processes. Look at its sizes."
_TOO_MANY = f"Your code started more than {PROCESSES} processes. An answer needs none."


class Watch:
    """One judge with its answer.

    Args:
        family: with the judge's process as its first.
        events: what the judge says.
        task: what it was told to do.
    """

    def __init__(self, family: Family, events: Events, task: dict[str, Any]) -> None:
        self._family, self._events, self._task = family, events, task
        self._ready: dict[str, Any] = {}  # the limits, and what the answer is called
        self._enter("start")

    def found(self) -> Found | None:
        """The verdict; None: the judge ended before it came to the answer, which is not to blame then."""
        while True:
            began = time.thread_time()
            ended = self._family.ended()
            if not ended and (broken := self._broken()):
                return broken
            # Looking must not be what keeps the machine busy; but it must not wait longer because the machine is.
            pause = min(max(_SHORTEST, 10 * (time.thread_time() - began)), _LONGEST)
            event = self._events.next(_LAST if ended else pause)
            if event is not None and (said := self._said(event)):
                return said
            if event is None and ended:
                return None if self._stage == "start" else self._of("ended-python", _ENDED)

    def _enter(self, stage: str) -> None:
        self._stage, self._began, self._worked = stage, time.monotonic(), worked(self._family.members())

    def _said(self, event: dict[str, Any]) -> Found | None:
        """The verdict, if the event is one. What doesn't fit is passed over: then code has learned to speak for the judge."""
        kind = str(event.get("event"))
        if stage := _NEXT.get((self._stage, kind)):
            self._ready = self._ready or event
            self._enter(stage)
        elif kind == "refused":
            return self._of(NOT_CHECKED, str(event.get("message")))
        elif kind == "found" and self._stage == "check":
            return self._verdict(event)
        return None

    def _verdict(self, event: dict[str, Any]) -> Found:
        task, mistake = self._task, event["mistake"]
        return Found(
            task["exercise"], None if mistake is None else str(mistake), str(event["message"]),
            tuple(map(str, event["remarks"])), str(event["printed"]), task["seed"], float(event["seconds"]),
        )  # fmt: skip

    def _of(self, mistake: str, message: str) -> Found:
        passed = time.monotonic() - self._began if self._stage == "check" else 0.0
        return Found(self._task["exercise"], mistake, message, seed=self._task["seed"], seconds=passed)

    def _broken(self) -> Found | None:
        """What is said of an answer that passes a limit which is kept from outside."""
        passed = time.monotonic() - self._began
        if self._stage == "start":
            return self._of(NOT_CHECKED, _SLOW_START) if passed > START else None
        members, over, seconds = self._family.members(), self._ready["over"], self._ready["limit"]
        if sum(not p.ended for p in members) > PROCESSES:
            return self._of("too-many-processes", _TOO_MANY)  # first: they may be more with every look
        if worked(members) - self._worked > over["worked"] or passed > over["passed"]:
            if self._stage == "file":
                return self._of(NOT_CHECKED, not_ended(self._task["file"], self._ready["answer"], seconds))
            return self._of("too-slow", too_slow(seconds))
        if self._family.memory(members, MEMORY) > MEMORY:
            return self._of("too-large", _TOO_LARGE)
        return None

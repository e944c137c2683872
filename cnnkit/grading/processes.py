"""Families of processes: what they use, and their end."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress

import psutil  # ipykernel needs it too


def family_of(process: psutil.Process) -> list[psutil.Process]:
    """A process and all that it started."""
    with suppress(psutil.Error):
        return [process, *process.children(recursive=True)]
    return [process]


def processor_seconds(processes: Iterable[psutil.Process]) -> float:
    """What they have used, and those of their children that ended before."""
    total = 0.0
    for process in processes:
        with suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])  # user and system; of ended children, too
    return total


def memory(process: psutil.Process) -> int:
    """Bytes that it holds; 0 where it is gone."""
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def kill(processes: Iterable[psutil.Process]) -> None:
    """Ends them at once."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def wait(family: set[psutil.Process], seconds: float = 5.0) -> None:
    """Until all have ended; one that nobody has buried is no longer there."""
    end = time.monotonic() + seconds
    while family and time.monotonic() < end:
        family = {process for process in family if lives(process)}
        time.sleep(0.01)


def lives(process: psutil.Process) -> bool:
    """Whether it goes on."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False

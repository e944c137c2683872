"""What Linux alone lets a process say of its family: that it dies with its parent, that it adopts orphans."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PARENT_DEATH, SET_SUBREAPER, GET_SUBREAPER = 1, 36, 37


def prctl(option: int, value: int) -> None:
    """Sets it; elsewhere nothing happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def die_with(parent: int) -> None:
    """Has Linux kill this process when its parent ends, by whatever."""
    if sys.platform == "linux":
        prctl(PARENT_DEATH, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # it had ended before

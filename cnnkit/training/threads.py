"""OpenMP's idle threads, which slow down a training on another thread than the one that used torch before."""

import ctypes
import sys

_HARD = 2  # omp_pause_hard of omp.h


def release() -> None:
    """Ends the idle helpers of the calling thread; they come back with its next large operation.

    Each thread that calls torch gets helpers of its own. When there are more in all than cores, GNU's OpenMP no longer lets
    them wait awake for the next layer but puts them to sleep: a training in a thread then took 13 to 25 % longer a step than
    one in the notebook's own (benchmarks/RESULTS.md). Does nothing where OpenMP is another.
    """
    pause = getattr(ctypes.CDLL(None), "omp_pause_resource_all", None) if sys.platform == "linux" else None
    if pause is not None:
        pause(_HARD)

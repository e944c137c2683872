"""Freed memory stays with the process from one training step to the next, where the system's C library lets us ask for it."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch

# Constants of glibc's malloc.h, and the values that its own rule for adapting them ends at.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_USUAL = {_TRIM_THRESHOLD: 64 << 20, _MMAP_THRESHOLD: 32 << 20}
_MOST = {_TRIM_THRESHOLD: 2**31 - 1, _MMAP_THRESHOLD: 1 << 30}


@contextmanager
def kept(device: torch.device) -> Iterator[None]:
    """While the context lasts, what a layer frees is handed to the next layer instead of to the system; then all is given back.

    A CPU's activations are tens of megabytes each. glibc returns blocks of that size at once, and the system then fills
    each new one with zeros, page by page: a sixth of a bfloat16 step of VGG-16 (benchmarks/RESULTS.md). Does nothing on a
    GPU, where torch keeps memory itself, and where the C library is another.
    """
    libc = _glibc() if device.type == "cpu" else None
    if libc is None:
        yield
        return
    _set(libc, _MOST)
    try:
        yield
    finally:
        _set(libc, _USUAL)
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    return libc if hasattr(libc, "gnu_get_libc_version") else None


def _set(libc: ctypes.CDLL, values: dict[int, int]) -> None:
    for name, value in values.items():
        libc.mallopt(name, value)

"""Random numbers that depend on a key alone: the seed, the epoch, the step. Nothing needs a generator's state to resume."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def seed_of(*key: object) -> int:
    """A 63-bit seed for ``key``, the same on every machine; different keys give unrelated seeds."""
    digest = hashlib.blake2b("/".join(map(str, key)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def generator(*key: object) -> torch.Generator:
    """A CPU generator seeded by ``key``."""
    return torch.Generator().manual_seed(seed_of(*key))


_TURNS = threading.RLock()


@contextmanager
def turn(helper: threading.Thread | None = None) -> Iterator[None]:
    """Only one thread at a time draws from torch's own random state, which all threads of the process share.

    A training step takes a turn for its forward pass, and a check for its whole length: so neither changes the other.
    ``helper`` draws on behalf of the thread that waits for it.
    """
    if getattr(threading.current_thread(), "has_turn", False):
        yield
        return
    with _TURNS:
        if helper is not None:
            helper.has_turn = True  # type: ignore[attr-defined]
        yield


@contextmanager
def seeded(device: torch.device, *key: object) -> Iterator[None]:
    """Inside, dropout and the like depend on ``key`` alone; outside, the random state is as if nothing had happened."""
    cuda = device.type == "cuda"
    with turn(), torch.random.fork_rng(devices=[device] if cuda else []):
        torch.default_generator.manual_seed(seed_of(*key))
        if cuda:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed_of(*key))
        yield

"""Random numbers that depend on a key alone: the seed, the epoch, the step. Nothing needs a generator's state to resume."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from cnnkit._support.turns import turn


def seed_of(*key: object) -> int:
    """A 63-bit seed for ``key``, the same on every machine; different keys give unrelated seeds."""
    digest = hashlib.blake2b("/".join(map(str, key)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def generator(*key: object) -> torch.Generator:
    """A CPU generator seeded by ``key``."""
    return torch.Generator().manual_seed(seed_of(*key))


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

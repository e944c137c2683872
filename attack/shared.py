"""Two users with one cache directory: what one decoded serves the other, and neither replaces the other's file.

Real users where this runs as root; else the cache is told that it is another one.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from attack.ground import Tally, apart, photo_tree, until
from attack.outcome import Outcome
from cnnkit import data
from cnnkit.data import cache, decode

PROMISE = "users who share a cache decode a data set once between them, or once each where they keep their files to themselves"
USERS = (2001, 2002)
LOADS = 6


def attack(seconds: float, seed: int) -> Outcome:
    """Loads as one user and the other in random order, with open and with private files, in folders of two kinds."""
    rng, tally = random.Random(seed), Tally()
    Path().absolute().chmod(0o755)
    source = photo_tree(Path("photos").absolute(), "ab", 3, 2)
    right = int(data.load(source).train.images.sum())  # also imports what another user may not be able to read
    for number in until(seconds, 10):
        place = Path(f"cache{number}").absolute()
        place.mkdir()
        private, sticky = rng.random() < 0.5, rng.random() < 0.5
        place.chmod(0o1777 if sticky else 0o777)
        users = [*USERS, *(rng.choice(USERS) for _ in range(LOADS - 2))]
        seen = [apart(partial(_load, source, place, user, 0o077 if private else 0o022))[1] for user in users]
        expected = len(set(users)) if private and _root() else 1
        wrong = [one for one in seen if not isinstance(one, tuple) or one[1] != right]
        decoded = sum(one[0] for one in seen if isinstance(one, tuple))
        said = f"{wrong[0]}" if wrong else "" if decoded == expected else f"decoded {decoded} times instead of {expected}"
        tally.add(said and f"{'private' if private else 'open'} files: {said}", f"users {users}")
    who = "two users of the system" if _root() else "one user in two roles"
    return tally.outcome("shared", PROMISE, "shared caches", f"{LOADS} loads each, by {who}")


def _root() -> bool:
    """Whether this can become another user, who then comes to this folder."""
    reached = all(folder.stat().st_mode & 1 for folder in Path().absolute().parents)
    return hasattr(os, "geteuid") and os.geteuid() == 0 and reached


def _load(source: Path, place: Path, user: int, mask: int) -> tuple[int, int]:
    """How often the photos were decoded, 0 or 1, and the sum of the pixels."""
    decoded: list[Any] = []
    photos = decode.photos
    decode.photos = lambda *given: decoded.append(1) or photos(*given)  # type: ignore[func-returns-value]
    os.environ["CNNKIT_CACHE"] = str(place)
    os.umask(mask)
    with _as(user), contextlib.redirect_stderr(io.StringIO()):
        loaded = data.load(source)
    return len(decoded), int(loaded.train.images.sum())


@contextlib.contextmanager
def _as(user: int) -> Iterator[None]:
    if _root():
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    else:
        cache._user = lambda: user
    yield

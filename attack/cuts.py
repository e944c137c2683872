"""Files cut at a random byte: refused in a sentence, or complete because only zeros behind their end were lost."""

from __future__ import annotations

import contextlib
import io
import random
from collections import Counter

from attack import flips
from attack.ground import Tally, until
from attack.outcome import Outcome

PROMISE = "a file that was cut anywhere is refused in a sentence, or complete"


def attack(seconds: float, seed: int) -> Outcome:
    """Cuts each kind of file in turn; every file is whole again afterwards."""
    rng, tally, complete = random.Random(seed), Tally(), Counter[str]()
    kinds = {**flips._tensor_files(), **flips._photo_files()}
    names = list(kinds)
    for number in until(seconds, 15 * len(names)):
        name = names[number % len(names)]
        path, attempt = kinds[name]
        whole = path.read_bytes()
        length = rng.randrange(len(whole))
        path.write_bytes(whole[:length])
        with contextlib.redirect_stderr(io.StringIO()):
            said = flips._said(attempt)
        path.write_bytes(whole)
        complete[name] += said == "unread"
        tally.add("" if said in ("", "unread") else f"{name}: {said}", f"after {length} bytes")
    note = ", ".join(f"{count} in {name}" for name, count in complete.items() if count)
    return tally.outcome("cuts", PROMISE, "cut files", f"{len(names)} kinds of file; cut behind the end: {note or 'none'}")

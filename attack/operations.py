"""Random operations on one live training, from four threads at once.

Held: no exception but a sentence, nothing hangs, and what is left in the end is, loss by loss, evaluation by evaluation
and state by state, what one plain loop trains with the same changes at the same steps.
"""

from __future__ import annotations

import random
import threading
from pathlib import Path

from attack.driving import USUAL, Drive
from attack.ground import Tally, small_data, until
from attack.outcome import Outcome

PROMISE = "a live training can be steered, asked and saved from any thread at any moment, and trains what it says it does"
THREADS, EACH = 4, 40  # operations of each thread in a round
WAITING = ("rest", "steps and wait")  # for an end that the other threads may put off for ever


def attack(seconds: float, seed: int) -> Outcome:
    """Rounds with a new training each: first one thread alone, then four at once."""
    photos, tally, steps = small_data(300, 100), Tally(), 0
    for number in until(seconds, 2):
        folder = Path(f"round-{number}")
        folder.mkdir()
        drive = Drive(photos, folder)
        threads = [
            threading.Thread(target=_operate, args=(drive, random.Random(f"{seed}/{number}/{i}"), number % 2 == 0), daemon=True)
            for i in range(1 if number % 2 == 0 else THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        done = len(threads) * EACH
        try:
            drive.end()
        except (AssertionError, TimeoutError) as error:
            for line in str(error).splitlines():
                tally.add(line, f"seed {seed}, round {number}")
            done -= 1
        for _ in range(done):
            tally.add()
        steps += len(drive.training.history)
    return tally.outcome("operations", PROMISE, "operations", f"{steps:,} steps were trained once more and compared")


def _operate(drive: Drive, chance: random.Random, alone: bool) -> None:
    names = [name for name in USUAL if alone or name not in WAITING]
    for _ in range(EACH):
        try:
            drive.act(chance.choice(names), random.Random(chance.random()))
        except TimeoutError as error:
            drive.wrong.append(str(error))
            return

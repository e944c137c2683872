"""Two processes that write the same file, both killed at a random moment, over and over.

Held: what is there is a file that one of them had written whole, and once somebody writes there again, nothing else is
left. Of two command lines on one run, the second is told so in a sentence and changes nothing.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import time
from functools import partial
from pathlib import Path

from attack.doors import Door, all_doors
from attack.ground import Tally, ended, forked, here, in_time, killed, left_in, photo_tree, raised, small_data, until
from attack.outcome import Outcome
from cnnkit.cli import main

PROMISE = "two processes write one file and are killed: the last whole file is there, and nothing else"


def attack(seconds: float, seed: int) -> Outcome:
    """Half of the attempts on a checkpoint; then all other files; then two command lines."""
    rng, tally = random.Random(seed), Tally()
    turns = itertools.cycle([door for door in all_doors(small_data(40, 20)) for _ in range(door.often)])
    checkpoints = 0
    for _, door in zip(until(0.8 * seconds, 8), turns, strict=False):
        tally.add(_race(door, rng))
        checkpoints += door.what == "checkpoint"
    for _ in until(0.2 * seconds, 1):
        try:
            with in_time(200):
                problem = _second(rng)
        except Exception as error:
            problem = raised(error)
        tally.add(problem, "two command lines on one run")
    return tally.outcome("writers", PROMISE, "pairs of writers", f"{checkpoints} of them on a checkpoint")


def _race(door: Door, rng: random.Random) -> str:
    folder, said = Path(door.what.replace(" ", "-")).absolute(), Path("said").absolute()
    folder.mkdir(exist_ok=True)
    try:
        with in_time(120):
            return _raced(door, folder, said, rng)
    except Exception as error:
        return f"{door.what}: {raised(error)}"


def _raced(door: Door, folder: Path, said: Path, rng: random.Random) -> str:
    if not all((folder / name).exists() for name in door.files):
        door.write(folder, 0)
    children = [forked(partial(_endlessly, door, folder), said) for _ in range(2)]
    time.sleep(rng.uniform(0.02, 0.2))
    for child in children:
        os.kill(child, signal.SIGKILL)
    if [ended(child) for child in children] != [-signal.SIGKILL] * 2:
        return f"{door.what}: a writer ended by itself, {_last(said)}"
    problem = door.look(folder)
    if problem:
        return f"{door.what}: {problem}"
    door.write(folder, -1)
    left = left_in(folder, (*door.files, ".lock", ".lock.json"))
    return f"{door.what}: left behind: {', '.join(left)}" if left else door.look(folder) and f"{door.what}: damaged"


def _endlessly(door: Door, folder: Path) -> None:
    for number in itertools.count(1):
        door.write(folder, number)


def _last(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    path.unlink()
    return lines[-1][:120] if lines else "without a word"


# ---- two command lines ---------------------------------------------------------------------------------------------------


def _second(rng: random.Random) -> str:
    """A run that goes on; a second process that resumes it; then, when the first was killed, two at once."""
    tree, out = Path("photos").absolute(), Path(f"runs-{rng.randrange(10**9)}").absolute()
    if not tree.exists():
        photo_tree(tree)
    words = ("train", "--data", str(tree), "--model", "vgg16_cifar", "--width", "2", "--epochs", "100000", "--batch-size", "20")
    first = forked(lambda: main([*words, "--precision", "float32", "--out", str(out)]), Path("said").absolute())
    try:
        for _ in until(60):
            if list(out.glob("*/checkpoint.pt")):
                break
            time.sleep(0.02)
        (folder,) = out.iterdir()
        resume = ("train", "--resume", str(folder))
        problem = _told(*here(*resume), first) or ("" if ended(first, 0) is None else "the first process has ended")
        if problem:
            return problem
    finally:
        killed(first)
    pair = [forked(lambda: main(resume), folder.parent / f"said{number}") for number in range(2)]
    for _ in until(60):
        statuses = [ended(child, 0) for child in pair]
        if any(status is not None for status in statuses):
            break
        time.sleep(0.02)
    for child, status in zip(pair, statuses, strict=True):
        if status is None:
            killed(child)
    if sorted(map(str, statuses)) != ["2", "None"]:
        return f"two at once on a run whose process was killed ended with {statuses}"
    return ""


def _told(status: int, _: str, said: str, first: int) -> str:
    lines = said.strip().splitlines()
    if status != 2 or len(lines) != 1:
        return f"the second process ended with status {status} and {len(lines)} lines"
    return "" if f"process {first} " in lines[0] else "the second process is not told which the first is"

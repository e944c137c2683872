"""Training from the command line, killed at random moments and resumed each time until it has ended by itself.

Held: history.csv and evaluations.csv are those of a run that nobody disturbed (but for the seconds), nothing else is in the
folder, and whoever asked politely (TERM, HUP, INT) was told how many steps are saved, and so many are.
"""

from __future__ import annotations

import csv
import os
import random
import re
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from attack.ground import Tally, ended, forked, here, killed, left_in, photo_tree, until
from attack.outcome import Outcome
from cnnkit import InputError
from cnnkit.cli import main, train
from cnnkit.training import checkpoint

PROMISE = "a run that is killed and resumed has the losses of one that is not, and nothing is left behind"
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
KILLS = 7  # of one run
REAL = 60.0  # seconds of the attack for each run in processes of its own
SMALL = ("--model", "vgg16_cifar", "--width", "2", "--precision", "float32", "--validation", "0.1", "--seed", "3")
FILES = ("checkpoint.pt", "weights.pt", "history.csv", "evaluations.csv", "loss.png", "run.json", ".lock", ".lock.json")


@dataclass(frozen=True)
class Kind:
    """How a run is started, and how it ends if it is left alone.

    Attributes:
        words: of ``train``, without --out.
        start: a process with the words it is given and a file for what it says -> its number.
        expected: rows of the two CSV files, without the seconds.
        seconds: that it takes.
    """

    words: tuple[str, ...]
    start: Callable[[tuple[str, ...], Path], int]
    expected: list[dict[str, str]]
    seconds: float


def attack(seconds: float, seed: int) -> Outcome:
    """Runs in forked processes, which need no seconds to import torch, and one in real ones for each minute."""
    rng, tally, real = random.Random(seed), Tally(), 0
    tree = photo_tree(Path("photos").absolute(), train=24)
    here("train", "--data", str(tree), *SMALL, "--out", "first")  # now everything is imported, and the photos are in the cache
    kind = _kind(("--data", str(tree), "--epochs", "2", "--batch-size", "12"), _fork)
    if seconds > REAL:
        began, whole = time.monotonic(), _kind(("--data", "emoji10", "--epochs", "1", "--batch-size", "50"), _process)
        while real < seconds / REAL and time.monotonic() - began < seconds / 2:
            kills = _run(whole, rng)
            real += len(kills)
            for name, problem in kills:
                tally.add(problem, name)
        seconds -= time.monotonic() - began
    for _ in until(seconds, 1):
        for name, problem in _run(kind, rng, most=KILLS if seconds > 10 else 3):
            tally.add(problem, name)
    return tally.outcome("kills", PROMISE, "kills of `train`", f"{real} of `python -m cnnkit`, the others of a fork")


def _kind(words: tuple[str, ...], start: Callable[[tuple[str, ...], Path], int]) -> Kind:
    words, folder = ("train", *words, *SMALL), Path(f"undisturbed-{start.__name__}")
    began = time.monotonic()
    here(*words, "--out", str(folder))
    return Kind(words, start, _rows(next(folder.iterdir())), time.monotonic() - began)


def _fork(words: tuple[str, ...], said: Path) -> int:
    return forked(partial(_saving_often, words), said)


def _saving_often(words: tuple[str, ...]) -> int:
    train.AUTOSAVE_SECONDS = 0.1  # else no run of seconds would ever go on from the middle after a SIGKILL
    return main(words)


def _process(words: tuple[str, ...], said: Path) -> int:
    return forked(lambda: os.execv(sys.executable, [sys.executable, "-m", "cnnkit", *words]), said)


def _run(kind: Kind, rng: random.Random, most: int = KILLS) -> list[tuple[str, str]]:
    """One run with its kills: the name of each, and what was wrong after it; what is wrong in the end is so of all."""
    out = Path(f"runs-{rng.randrange(10**9)}").absolute()
    out.mkdir()
    kills: list[tuple[str, str]] = []
    while True:
        folder = next((path.parent for path in out.glob("*/checkpoint.pt")), None)
        words = ("train", "--resume", str(folder)) if folder else (*kind.words, "--out", str(out))
        said = out / f"said-{len(kills)}"
        child = kind.start(words, said)
        delay = rng.uniform(0, kind.seconds) if len(kills) < most else 300
        status = ended(child, delay)
        if status is not None:  # it came to its end
            break
        if len(kills) == most:
            killed(child)
            return [(name, "the run does not end") for name, _ in kills]
        kills.append(_kill(child, out, said, rng, delay))
    wrong = _wrong(kind, out, status, said)
    return [(name, problem or wrong) for name, problem in kills]


def _kill(child: int, out: Path, said: Path, rng: random.Random, delay: float) -> tuple[str, str]:
    number = rng.choice(SIGNALS)
    name = f"{number.name} after {delay:.2f} s"
    os.kill(child, number)
    if number != signal.SIGKILL and rng.random() < 0.1:
        name += ", and again"
        time.sleep(rng.uniform(0, 0.1))
        os.kill(child, number)
    status = ended(child, 120)
    text = said.read_text(encoding="utf-8", errors="replace") if said.exists() else ""
    if status is None:
        killed(child)
        return name, f"{number.name} does not end the process"
    starting = text.endswith("KeyboardInterrupt\n") and "cnnkit/cli" not in text  # Python itself, before it knows of the kit
    if "Traceback" in text and not starting:
        return name, f"a traceback ({text.strip().splitlines()[-1][:100]})"
    if status == 2 and "has done its" in text:  # the kill before came after the run's last file
        return name, ""
    if status not in (0, 1, -number):
        return name, f"{number.name} ends it with status {status}"
    promised = re.search(r"after ([\d,]+) steps, and saved", text)
    return name, _kept(out, int(promised[1].replace(",", ""))) if promised else ""


def _kept(out: Path, steps: int) -> str:
    try:
        (path,) = out.glob("*/checkpoint.pt")
        found = len(checkpoint.read(path)["history"]["losses"])
    except (InputError, ValueError) as error:
        return f"no checkpoint ({error})"
    return "" if found == steps else f"{steps} steps are said to be saved, and {found} are"


def _wrong(kind: Kind, out: Path, status: int, said: Path) -> str:
    """What is wrong with a run that ended by itself."""
    whole = [path.parent for path in out.glob("*/checkpoint.pt")]
    last = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    missing = [name for name in FILES[:6] if not whole or not (whole[0] / name).exists()]
    if missing or (status and not re.search("has done its", " ".join(last))):
        return f"the last resume ends with status {status}, without {', '.join(missing)}: {' '.join(last)[:150]}"
    left = [name for folder in whole for name in left_in(folder, FILES)]
    left += [
        name
        for folder in out.iterdir()
        if folder.is_dir() and folder not in whole
        for name in left_in(folder, (*FILES[5:], ".run.json.*.part", "..lock.json.*.part"))
    ]  # nobody writes there again
    if len(whole) != 1 or left:
        return f"left behind: {', '.join(left) or 'another checkpoint'}"
    found = _rows(whole[0])
    if found != kind.expected:
        differ = sum(a != b for a, b in zip(found, kind.expected, strict=False))
        return f"{differ} rows differ, {len(found)} instead of {len(kind.expected)}"
    return ""


def _rows(folder: Path) -> list[dict[str, str]]:
    rows = []
    for name in ("history.csv", "evaluations.csv"):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            rows += [{key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)]
    return rows

"""What the attacks stand on: a small net, a small data set, the command line, processes, and a count of what held."""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import pickle
import random
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import nn
from tqdm import tqdm

from attack.outcome import Outcome
from cnnkit import InputError, data
from cnnkit.cli import main
from cnnkit.data import Dataset, Split

tqdm.monitor_interval = 0  # no thread watches the bars: this process is forked


class Tally:
    """Counts attempts and what held; failures are grouped by their kind, each with one example."""

    def __init__(self) -> None:
        self.tried = self.held = 0
        self._kinds: dict[str, tuple[int, str]] = {}

    def add(self, failure: str = "", example: str = "") -> None:
        """One attempt more; ``failure`` is the kind of what went wrong, "" where it held."""
        self.tried += 1
        if failure:
            count, first = self._kinds.get(failure, (0, example))
            self._kinds[failure] = count + 1, first
        else:
            self.held += 1

    @property
    def failures(self) -> tuple[str, ...]:
        """A line a kind of failure, the most frequent first."""
        kinds = sorted(self._kinds.items(), key=lambda kind: -kind[1][0])
        return tuple(f"{count} x {kind}{f' ({example})' if example else ''}" for kind, (count, example) in kinds)

    def outcome(self, name: str, promise: str, unit: str, note: str = "") -> Outcome:
        """What `attack` returns."""
        return Outcome(name, promise, self.tried, self.held, unit, note, self.failures)


def until(seconds: float, at_least: int = 1, at_most: int | None = None) -> Iterator[int]:
    """Counts from 0 until ``seconds`` have passed: at least and at most so often."""
    end, number = time.monotonic() + seconds, 0
    while (number < at_least or time.monotonic() < end) and (at_most is None or number < at_most):
        yield number
        number += 1


def small_data(train: int = 200, test: int = 50) -> Dataset:
    """The first photos of emoji10."""
    whole = data.load("emoji10")

    def first(split: Split, count: int) -> Split:
        return Split(split.images[:count].clone(), split.labels[:count].clone(), split.classes, split.name)

    return Dataset(whole.name, first(whole.train, train), first(whole.test, test))


def small_net(seed: int = 0, classes: int = 10) -> nn.Module:
    """A convolution, a batch norm, dropout and a classifier; its weights depend on ``seed`` alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(3, 6, 5, stride=4, bias=False), nn.BatchNorm2d(6), nn.ReLU(),
            nn.Flatten(), nn.Dropout(0.3), nn.Linear(6 * 49, classes),
        )  # fmt: skip


def photo_tree(
    folder: Path, classes: Sequence[str] = tuple("abcdefghij"), train: int = 4, test: int = 2, seed: int = 0
) -> Path:
    """A folder of small PNG files, ``train/<class>/<number>.png`` and ``test/...``: noise, for each class another grey."""
    noise = random.Random(seed)
    for split, count in (("train", train), ("test", test)):
        for grey, name in enumerate(classes):
            place = folder / split / name
            place.mkdir(parents=True, exist_ok=True)
            for number in range(count):
                pixels = bytes(20 * grey % 200 + noise.randrange(56) for _ in range(3 * 32 * 32))
                Image.frombytes("RGB", (32, 32), pixels).save(place / f"{number}.png")
    return folder


def here(*words: str) -> tuple[int, str, str]:
    """``python -m cnnkit`` with ``words``, within this process: exit status, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    return status, out.getvalue(), err.getvalue()


def kit(*words: str, timeout: float = 120, **more: Any) -> subprocess.CompletedProcess[str]:
    """``python -m cnnkit`` with ``words``, to its end."""
    command = [sys.executable, "-m", "cnnkit", *words]
    return subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=timeout, **more)


def forked(function: Callable[[], Any], said: Path | None = None) -> int:
    """Runs ``function`` in a forked process with a session of its own, its output in the file ``said``; returns its number.

    Its exit status is what ``function`` returned, or 70 where it raised an exception.
    """
    sys.stdout.flush()
    parent, child = os.getpid(), os.fork()
    if child:
        return child
    status: Any = 70
    try:
        os.setsid()
        _end_with(parent)
        plain_signals()
        file = os.open(said or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for number in (1, 2):
            os.dup2(file, number)
        sys.stdout, sys.stderr = open(1, "w", encoding="utf-8"), open(2, "w", encoding="utf-8")
        status = function() or 0
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _end_with(parent: int) -> None:
    """Lets the system kill this process when ``parent`` ends, however it does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it has ended meanwhile
            os._exit(70)


def plain_signals() -> None:
    """What asks for an end does so, also where this process was started to ignore it, as under nohup."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def ended(child: int, timeout: float = 60) -> int | None:
    """The exit status of ``child``, negative where a signal ended it; None where it still runs after ``timeout`` seconds."""
    end = time.monotonic() + timeout
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            return None
        time.sleep(0.005)


@contextlib.contextmanager
def in_time(seconds: int) -> Iterator[None]:
    """Raises TimeoutError where the block waits for longer: `raised` then says in which line, which a hang never would."""

    def over(number: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def killed(child: int) -> None:
    """Ends ``child`` for certain."""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def apart(function: Callable[[], Any], timeout: float = 60) -> tuple[int, Any]:
    """Runs ``function`` in a forked process: (0, its value), (1, `raised` of its exception), or (status, what killed it).

    The status is that of `os.waitstatus_to_exitcode`: -11 is a segmentation fault. -1000: it did not end in time.
    """
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receive)
        _answer(function, send)
    os.close(send)
    said, end = b"", time.monotonic() + timeout
    with open(receive, "rb", buffering=0) as pipe:
        while select.select([pipe], [], [], max(end - time.monotonic(), 0))[0]:
            piece = pipe.read(1 << 16)
            if not piece:
                break
            said += piece
        else:
            os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if time.monotonic() > end:
        return -1000, f"has not ended after {timeout:g} seconds"
    return pickle.loads(said) if said and status in (0, 1) else (status, f"ended Python with status {status}")


def raised(error: BaseException) -> str:
    """The kind of an exception and where in the kit it came from: "KeyError in state.py:36"."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if "cnnkit" in Path(frame.filename).parts] or frames
    where = f" in {Path(inside[-1].filename).name}:{inside[-1].lineno}" if inside else ""
    return f"{type(error).__name__}{where}"


def no_sentence(error: InputError) -> str:
    """What is wrong with the words of ``error``; "" where they are one sentence for a person."""
    text = str(error)
    if not text.strip() or "\n" in text or len(text) > 1500 or "Traceback" in text:
        return f"not one sentence: {text[:80]!r}"
    return ""


def left_in(folder: Path, expected: Sequence[str]) -> list[str]:
    """Names in ``folder`` that match none of the patterns ``expected``."""
    return sorted(entry.name for entry in folder.iterdir() if not any(fnmatch(entry.name, each) for each in expected))


def _answer(function: Callable[[], Any], send: int) -> None:
    try:
        said = (0, function())
    except BaseException as error:
        said = (1, raised(error))
    with open(send, "wb") as pipe:
        pipe.write(pickle.dumps(said))
    os._exit(said[0])

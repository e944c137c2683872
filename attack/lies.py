"""Checkpoints and weights in which fields or bytes are not what they were.

Whatever is in the file, `Training.resume` and ``evaluate --weights`` refuse it in one sentence or take it and work: no
other exception, no end of Python. Changed fields are written with whatever checksums the kit writes, so that the reading
of the fields is reached; changed bytes are not.
"""

from __future__ import annotations

import contextlib
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import torch
from torch import nn

from attack import forging
from attack.ground import Tally, apart, here, no_sentence, photo_tree, raised, small_data, small_net, until
from attack.outcome import Outcome
from cnnkit import InputError, Training, models, weights
from cnnkit.data import Dataset
from cnnkit.errors import Diverged

PROMISE = "whatever is in a checkpoint or weights file, it is refused in one sentence or taken and works"
AT_ONCE = 40  # files that one process is given: starting it takes as long as reading ten
MOST = 100_000
SLOW = 10.0  # seconds of processor time for one file; an honest one takes a tenth of a second


@dataclass(frozen=True)
class Door:
    """A way in.

    Attributes:
        honest: the file that is changed.
        enter: what reads a changed one; returns what went wrong, or "".
    """

    honest: Path
    enter: Callable[[Path], str]


def attack(seconds: float, seed: int) -> Outcome:
    """So many as there is time for, at least 40, at most 100,000."""
    doors, tally = _doors(), Tally()
    for batch in until(seconds, 1, MOST // AT_ONCE):
        numbers = list(range(batch * AT_ONCE, (batch + 1) * AT_ONCE))
        while numbers:
            log = Path("log").absolute()
            log.write_text("")
            _, ended = apart(partial(_lies, doors, seed, numbers, log), timeout=120)
            said = log.read_text(encoding="utf-8").splitlines()
            if len(said) < len(numbers):  # the next one ended the process
                said.append(ended or "ended Python without a status")
            for number, problem in zip(numbers, said, strict=False):
                tally.add(problem, f"number {number} of seed {seed}: {lie(doors, seed, number)[2]}" if problem else "")
            numbers = numbers[len(said) :]
    return tally.outcome("lies", PROMISE, "files that lie")


def _lies(doors: list[Door], seed: int, numbers: list[int], log: Path) -> None:
    signal.signal(signal.SIGPROF, _slow)
    for number in numbers:
        signal.setitimer(signal.ITIMER_PROF, SLOW)
        door, content, _ = lie(doors, seed, number)
        path = Path("lie" + door.honest.suffix).absolute()
        try:
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                _write(path, content)
            problem = door.enter(path)
        except InputError as error:
            problem = no_sentence(error)
        except BaseException as error:
            problem = raised(error)
        with log.open("a", encoding="utf-8") as file:
            file.write(" ".join(problem.split()) + "\n")


def _slow(number: int, frame: FrameType | None) -> NoReturn:
    raise TimeoutError


def _write(path: Path, state: Any) -> None:
    try:
        forging.write(path, state)
    except Exception:  # the kit's own writer refuses what no run has
        with suppress(RecursionError):  # nested too deeply for torch itself: then the file before it is tried again
            torch.save(state, path)


def lie(doors: list[Door], seed: int, number: int) -> tuple[Door, Any, str]:
    """The door, bytes or fields, and what was changed: the same for one seed and number."""
    rng = random.Random(f"{seed} {number}")
    door = rng.choice(doors)
    if door.honest.suffix == ".safetensors" or rng.random() < 0.35:
        return door, *forging.bytes_changed(door.honest, rng)
    return door, *forging.fields_changed(forging.content(door.honest), rng)


# ---- the ways in ---------------------------------------------------------------------------------------------------------


def _doors() -> list[Door]:
    photos, tree = small_data(40, 20), photo_tree(Path("photos").absolute())
    resumes = [Door(_checkpoint(name, small_net(), photos), partial(_resume, photos)) for name in ("adam", "sgd")]
    kept = models.build("vgg16_cifar", width=4)
    evaluates = Door(_checkpoint("kept", kept, photos), partial(_evaluate, tree))
    torch.save(kept.state_dict(), "plain.pt")
    weights.pack(kept, Path("packed.safetensors"), {})
    loads = [Door(Path(name).absolute(), _load) for name in ("plain.pt", "packed.safetensors")]
    foreign = Path("foreign.pt").absolute()
    torch.save({"a": torch.zeros(3)}, foreign)
    with contextlib.suppress(InputError):  # the first foreign file takes seconds, and every later one nothing
        _load(foreign)
    return [*resumes, *resumes, evaluates, *loads]


def _checkpoint(name: str, net: nn.Module, photos: Dataset) -> Path:
    """A run that has stopped in its second epoch, with evaluations."""
    optimizer = "sgd" if name == "sgd" else "adam"
    options: dict[str, Any] = {"precision": "float32", "validation": 0.2, "schedule": "cosine", "optimizer": optimizer}
    training = Training(net, photos, epochs=3, batch_size=10, **options)
    for _ in zip(range(5), training, strict=False):
        pass
    path = Path(f"{name}.pt").absolute()
    training.save(path)
    return path


def _resume(photos: Dataset, path: Path) -> str:
    """The file is refused, or what was taken trains, and can be saved and shown."""
    training = Training.resume(path, small_net(), photos)
    with contextlib.suppress(Diverged):
        for _ in zip(range(2), training, strict=False):
            pass
    training.save(path.with_suffix(".again"))
    training.history.save_csv(path.with_suffix(".csv"))
    return ""


def _evaluate(tree: Path, path: Path) -> str:
    status, _, said = here("evaluate", "--weights", str(path), "--data", str(tree))
    lines = [line for line in said.splitlines() if line.startswith("cnnkit:")]
    return "" if status == 0 or (status == 2 and len(lines) == 1) else f"status {status}, {len(lines)} sentences"


def _load(path: Path) -> str:
    weights.load(models.build("vgg16_cifar", width=4), path)
    return ""

"""No room on the disk, no right to write, no folder, no time: writing fails, and what is there must be unharmed.

Held: a failed write is told in one sentence with the system's reason, the earlier file is as it was and nothing else is
left; the training goes on afterwards with the losses of one that nothing disturbed.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path

from attack.doors import Door, all_doors
from attack.ground import Tally, apart, here, left_in, no_sentence, photo_tree, small_data, small_net, until
from attack.outcome import Outcome
from cnnkit import InputError, Training
from cnnkit.data import Dataset
from cnnkit.training import checkpoint

PROMISE = "where writing fails, the earlier file is unharmed, a sentence says why, and training goes on"
NOBODY = 65534
Obstacle = Callable[[Path, random.Random], AbstractContextManager[None]]
LOCKS = (".lock", ".lock.json", ".run.pt.lock", ".run.pt.lock.json")


def attack(seconds: float, seed: int) -> Outcome:
    """Each obstacle before each way of writing, then before a training that saves as it goes."""
    rng, photos, tally = random.Random(seed), small_data(40, 20), Tally()
    whole = Training(small_net(), photos, epochs=2, batch_size=10, precision="float32")
    expected = [step.loss for step in whole]
    photo_tree(Path("photos"), "ab", 4, 1)
    obstacles: list[Obstacle] = [obstacle for obstacle in _OBSTACLES if _there(obstacle)]
    doors = [door for door in all_doors(photos) if door.what != "guesses"]  # lines are added, not replaced
    cases: list[tuple[str, Callable[..., str], Obstacle]] = []
    for obstacle in obstacles:
        what = _called(obstacle)
        cases.append((f"training, {what}", partial(_trains, photos, expected), obstacle))
        cases.append((f"command line, {what}", _command_line, obstacle))
        cases += [(f"{door.what}, {what}", partial(_writes, door), obstacle) for door in doors]
    rng.shuffle(cases)
    for number in until(seconds, 8):
        what, act, obstacle = cases[number % len(cases)]
        place = Path(f"place-{number}").absolute()
        place.mkdir()
        _, problem = apart(partial(act, place, obstacle, random.Random(rng.randrange(2**32))))
        tally.add(problem and f"{what}: {problem}", f"number {number} of seed {seed}")
        _run("umount", str(place))
        shutil.rmtree(place, ignore_errors=True)
    note = f"{len(obstacles)} obstacles: {', '.join(map(_called, obstacles))}"
    return tally.outcome("room", PROMISE, "writes and runs", note)


def _called(obstacle: Callable[..., object]) -> str:
    return str(getattr(obstacle, "__name__", obstacle)).strip("_").replace("_", " ")


def _there(obstacle: Obstacle) -> bool:
    """Whether this machine has the obstacle; not every user may mount a disk."""
    if obstacle is not _a_full_disk:
        return True
    place = Path("trial")
    place.mkdir()
    mounted = _run(*_MOUNT, str(place))
    return mounted and _run("umount", str(place))


def _run(*words: str) -> bool:
    return shutil.which(words[0]) is not None and subprocess.run(words, capture_output=True, check=False).returncode == 0


# ---- obstacles: inside, writing in the folder fails, or at least is not as usual --------------------------------------------

_MOUNT = ("mount", "-t", "tmpfs", "-o", "size=32m", "attack")


@contextmanager
def _a_full_disk(place: Path, rng: random.Random) -> Iterator[None]:
    """A disk with some kilobytes left, or none."""
    stat = os.statvfs(place)
    with suppress(OSError), (place / ".filling").open("wb") as file:
        file.write(bytes(max(stat.f_bavail * stat.f_frsize - rng.choice([0, 4096, 100_000]), 0)))
    try:
        yield
    finally:
        (place / ".filling").unlink()


@contextmanager
def _a_limit_on_files(place: Path, rng: random.Random) -> Iterator[None]:
    """The system ends a file at so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (rng.choice([0, 1, 60, 500, 3000]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def _a_read_only_folder(place: Path, rng: random.Random) -> Iterator[None]:
    place.chmod(0o555)
    if os.getuid() == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        place.chmod(0o755)


@contextmanager
def _a_folder_in_the_way(place: Path, rng: random.Random) -> Iterator[None]:
    """Where the temporary file would go, whatever it is called, is no place: the folder was replaced by a file."""
    aside = place.with_name(place.name + "-aside")
    place.rename(aside)
    place.write_bytes(b"")
    try:
        yield
    finally:
        place.unlink()
        aside.rename(place)


@contextmanager
def _a_removed_folder(place: Path, rng: random.Random) -> Iterator[None]:
    shutil.rmtree(place)
    yield
    place.mkdir(exist_ok=True)


@contextmanager
def _a_clock_that_goes_backwards(place: Path, rng: random.Random) -> Iterator[None]:
    """All files are from the future."""
    now, back = time.time, rng.choice([60, 86_400, 40 * 365 * 86_400])
    for path in place.rglob("*"):
        os.utime(path, (now() + back, now() + back))
    time.time = lambda: now() - back
    try:
        yield
    finally:
        time.time = now


_OBSTACLES = (
    _a_full_disk, _a_limit_on_files, _a_read_only_folder, _a_folder_in_the_way, _a_removed_folder, _a_clock_that_goes_backwards,
)  # fmt: skip


# ---- what meets them ------------------------------------------------------------------------------------------------------


def _writes(door: Door, place: Path, obstacle: Obstacle, rng: random.Random) -> str:
    """Once before, once against the obstacle, once after it."""
    _prepare(place, obstacle)
    door.write(place, 0)
    before = _contents(place)
    with obstacle(place, rng):
        refused = _refused(lambda: door.write(place, 0))
    if problem := refused and no_sentence(refused):
        return problem
    after = _contents(place)
    if obstacle is not _a_removed_folder and door.what != "cache" and (problem := _harmed(before, after, refused)):
        return problem
    if not refused and after and (problem := door.look(place)):
        return f"after a write that ended well: {problem}"
    door.write(place, 0)
    left = left_in(place, (*door.files, *LOCKS))
    return f"left behind: {', '.join(left)}" if left else door.look(place)


def _prepare(place: Path, obstacle: Obstacle) -> None:
    if obstacle is _a_full_disk:
        _run(*_MOUNT, str(place))


def _contents(place: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in place.rglob("*") if path.is_file() and path.name not in LOCKS}


def _harmed(before: dict[str, bytes], after: dict[str, bytes], refused: InputError | None) -> str:
    """What is wrong after a write that was refused: some of several files may be new, none may be lost or cut."""
    lost = [name for name in before if not after.get(name)]
    left = [name for name in after if name not in before]
    if lost or left:
        return f"lost: {', '.join(lost) or 'nothing'}; left behind: {', '.join(left) or 'nothing'}"
    changed = [name for name in before if before[name] != after[name]]
    return f"changed though refused: {changed[0]}" if refused and len(before) == 1 and changed else ""


def _refused(act: Callable[[], object]) -> InputError | None:
    try:
        act()
    except InputError as error:
        return error
    return None


def _trains(photos: Dataset, expected: list[float], place: Path, obstacle: Obstacle, rng: random.Random) -> str:
    """A training that saves every step, with the obstacle for some of them."""
    _prepare(place, obstacle)
    path = place / "run.pt"
    training = Training(small_net(), photos, epochs=2, batch_size=10, precision="float32", autosave=(path, 1))
    _steps(training, rng.randrange(1, 4))
    before = path.read_bytes()
    with obstacle(place, rng):
        for _ in range(3):
            if (error := _refused(partial(_steps, training, 1))) and (problem := no_sentence(error)):
                return problem
        harmless = obstacle in (_a_clock_that_goes_backwards, _a_removed_folder)
    if not harmless and path.read_bytes() != before and (problem := _unreadable(path)):
        return problem
    _steps(training, 100)
    if training.history.losses() != expected:
        return "the losses are others than without the obstacle"
    left = left_in(place, ("run.pt", *LOCKS))
    return f"left behind: {', '.join(left)}" if left else _unreadable(path)


def _steps(training: Training, count: int) -> None:
    for _ in zip(range(count), training, strict=False):
        pass


def _unreadable(path: Path) -> str:
    error = _refused(lambda: checkpoint.read(path))
    return f"the checkpoint cannot be read: {error}" if error else ""


def _command_line(place: Path, obstacle: Obstacle, rng: random.Random) -> str:
    """A run that is started against the obstacle; and one that is there already, resumed against it and then without."""
    _prepare(place, obstacle)
    small = ("--model", "vgg16_cifar", "--width", "2", "--precision", "float32", "--batch-size", "4")
    start = ("train", "--data", str(place.parent / "photos"), *small, "--out", str(place))
    here(*start)
    (run,) = place.glob("vgg*")
    with obstacle(place, rng):
        for words in (start, ("train", "--resume", str(run), "--epochs", "2")):
            status, _, said = here(*words)
            sentences = [line for line in said.splitlines() if line.startswith("cnnkit: ")]
            if status not in (0, 2) or (status == 2 and not sentences):
                return f"status {status}: {said.strip()[-150:]}"
    if obstacle is _a_removed_folder:
        return ""
    status, _, said = here("train", "--resume", str(run), "--epochs", "3")
    return f"afterwards status {status}: {said.strip()[-150:]}" if status else ""

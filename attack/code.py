"""Files that would run code when they are read, through every reader of the kit.

Each is read in a process of its own; code that ran has left a folder called "executed" somewhere. Held: none did, and the
file was refused in a sentence (or taken, where what is evil in it is no part of what is read). A student's notebook or
answer is not among them: it runs by design.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import tarfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from attack import evil, trojans
from attack.ground import Tally, apart, here, no_sentence, photo_tree, until
from attack.outcome import Outcome
from cnnkit import InputError, data, explore, models, report, weights
from cnnkit.training import checkpoint

PROMISE = "no reader runs code out of a file, or writes where the file says"


def attack(seconds: float, seed: int) -> Outcome:
    """Each form of file at each of its readers, with other code and another protocol each time."""
    rng, tally = random.Random(seed), Tally()
    photo_tree(Path("photos"), "ab", 2, 1)
    attempts = [(form, reader) for form, readers in _FORMS.items() for reader in readers]
    for number in until(seconds, len(attempts)):
        form, reader = attempts[number % len(attempts)]
        place = Path(f"attempt-{number}", "inside").absolute()
        place.mkdir(parents=True)
        draws = random.Random(rng.randrange(2**32))
        try:
            file = form(place, draws)
        except (AttributeError, ImportError):  # a way that this version of Python has not
            continue
        before = sorted(place.parent.rglob("*"))
        _, problem = apart(partial(_read, reader, file))
        ran = [path for path in Path.cwd().rglob(f"*{evil.MARK}*")]
        if ran:
            problem = "code ran, or a file lies where it should not"
            for path in ran:
                shutil.rmtree(path, ignore_errors=True)
        outside = [path for path in place.parent.iterdir() if path not in before and path.parent == place.parent]
        problem = problem or (f"left {outside[0].name}" if outside else "")
        tally.add(problem and f"{_called(form)} at {_called(reader)}: {problem}", f"number {number}")
        shutil.rmtree(place.parent, ignore_errors=True)
    forms = f"{len(_FORMS)} forms of file, {len({_called(r) for _, r in attempts})} readers, {len(evil.CALLS)} calls"
    return tally.outcome("code", PROMISE, "files with code in them", forms)


def _read(reader: Callable[[Path], object], file: Path) -> str:
    warnings.simplefilter("ignore")
    os.chdir(file.parent)
    try:
        reader(file)
    except InputError as error:
        return no_sentence(error)
    return ""


def _called(function: Any) -> str:
    return str(getattr(function, "__name__", function)).strip("_").replace("_", " ")


# ---- readers ---------------------------------------------------------------------------------------------------------------


def checkpoint_read(file: Path) -> None:
    """As a checkpoint."""
    checkpoint.read(file)


def weights_load(file: Path) -> None:
    """As weights."""
    weights.load(models.build("vgg16_cifar", width=2), file)


def weights_about(file: Path) -> None:
    """What a weights file says of itself."""
    with contextlib.suppress(Exception):  # only of the kit's own files
        weights.about(file)


def evaluate(file: Path) -> None:
    """From the command line."""
    _told(here("evaluate", "--model", "vgg16_cifar", "--width", "2", "--weights", str(file), "--data", "../../../photos"))


def resume(file: Path) -> None:
    """As the run in a folder, from the command line."""
    run = file.parent / "run"
    run.mkdir()
    file.rename(run / "checkpoint.pt")
    _told(here("train", "--resume", str(run), "--data", "../../../photos"))


def _told(said: tuple[int, str, str]) -> None:
    if said[0] != 2 or "Traceback" in said[2]:
        raise RuntimeError(f"status {said[0]}")


def load(file: Path) -> None:
    """As a data set."""
    data.load(file)


def official(file: Path) -> None:
    """As CIFAR-10, its checksums right: MD5 has collisions."""
    from torchvision.datasets import CIFAR10

    sums = {}
    if file.is_dir():
        sums = {name: (file / name).read_bytes() for name in trojans.BATCHES}
    else:
        CIFAR10.tgz_md5 = _md5(file.read_bytes())
        with tarfile.open(file) as tar:
            members = [(Path(member.name).name, tar.extractfile(member)) for member in tar if member.isfile()]
            sums = {name: content.read() for name, content in members if content}
    CIFAR10.train_list = [[name, _md5(sums[name])] for name in trojans.BATCHES[:5]]
    CIFAR10.test_list = [[trojans.BATCHES[5], _md5(sums[trojans.BATCHES[5]])]]
    CIFAR10.meta = {**CIFAR10.meta, "md5": _md5(sums[trojans.BATCHES[6]])}
    with contextlib.suppress(Exception):  # which it raises is all the same: no file comes so far
        data.load(file)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def gather(file: Path) -> None:
    """For a report, and the guesses alone."""
    report.write(file.parent / "page.html", folder=file)
    explore.guesses(file)


def collect(file: Path) -> None:
    """With other pages that were handed in."""
    report.collect(file, file.parent / "out.csv")


_TENSORS = (checkpoint_read, weights_load, evaluate, resume)
_FORMS: dict[Callable[[Path, random.Random], Path], tuple[Callable[[Path], None], ...]] = {
    trojans.a_plain_pickle: _TENSORS,
    trojans.a_zip_of_torch: _TENSORS,
    trojans.torch_saved: _TENSORS,
    trojans.a_second_pickle_of_the_same_name: _TENSORS,
    trojans.torch_saved_as_before_1_6: _TENSORS,
    trojans.a_tar_as_torch_0_1: _TENSORS,
    trojans.torchscript: _TENSORS,
    trojans.safetensors: (weights_load, weights_about, evaluate),
    trojans.official_batches: (official, load),
    trojans.decoded_photos: (load,),
    trojans.photos_that_are_none: (load,),
    trojans.an_archive_that_climbs: (load,),
    trojans.records: (gather,),
    trojans.handed_in: (collect,),
}

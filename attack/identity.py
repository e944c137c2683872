"""Resumes on data that are not those of the run.

Held: refused in a sentence that says what differs, and accepted when one insists; the same photos copied elsewhere are
taken without a word.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image

from attack.ground import Tally, here, no_sentence, photo_tree, raised, small_net, until
from attack.outcome import Outcome
from cnnkit import InputError, Training
from cnnkit.data import Dataset, Split

PROMISE = "a run goes on with no other photos, labels or classes than its own unless one insists"
CLASSES = ("ant", "bee", "cat", "dog")


def attack(seconds: float, seed: int) -> Outcome:
    """Every change of a data set in memory, with other sizes each time; for each round, some on the command line, too."""
    rng, tally = random.Random(seed), Tally()
    folders = list(_FOLDERS.items())
    rng.shuffle(folders)
    for number in until(seconds, 1):
        photos, path = _photos(rng), Path("run.pt").absolute()
        training = Training(small_net(0, len(CLASSES)), photos, epochs=2, batch_size=8, precision="float32")
        for _ in zip(range(rng.randrange(1, 4)), training, strict=False):
            pass
        training.save(path)
        tally.add(_taken(path, photos), "the same data")
        for what, (words, change) in _CHANGES.items():
            tally.add(_refused(path, change(photos, rng), words), what)
        what, (words, alter) = folders[number % len(folders)]
        tally.add(_on_the_command_line(alter, words, rng), f"{what}, on the command line")
    return tally.outcome("identity", PROMISE, "resumes on other data")


def _photos(rng: random.Random) -> Dataset:
    noise = torch.Generator().manual_seed(rng.randrange(2**32))

    def split(count: int, name: str) -> Split:
        images = torch.randint(0, 256, (count, 3, 32, 32), generator=noise).to(torch.uint8)
        return Split(images, torch.arange(count) % len(CLASSES), CLASSES, name)

    return Dataset("pets", split(rng.randrange(24, 60), "pets train"), split(rng.randrange(8, 30), "pets test"))


def _taken(path: Path, photos: Dataset) -> str:
    try:
        list(Training.resume(path, small_net(1, len(CLASSES)), photos))
    except Exception as error:
        return f"the same data refused: {raised(error)}"
    return ""


def _refused(path: Path, photos: Dataset, words: str) -> str:
    try:
        Training.resume(path, small_net(1, len(CLASSES)), photos)
        return f"taken without a word, and not for {words}"
    except InputError as error:
        if problem := no_sentence(error) or _silent(str(error), words):
            return problem
    try:
        list(Training.resume(path, small_net(1, len(CLASSES)), photos, anyway=True))
    except Exception as error:
        return f"refused though one insists: {raised(error)}"
    return ""


def _silent(said: str, words: str) -> str:
    return "" if re.search(words, said) else f"it does not say {words}: {said[:150]}"


# ---- what differs, and words that the sentence must hold --------------------------------------------------------------------


def _train(photos: Dataset, **fields: object) -> Dataset:
    return replace(photos, train=replace(photos.train, **fields))  # type: ignore[arg-type]


def _other_labels(photos: Dataset, rng: random.Random) -> Dataset:
    labels = photos.train.labels.clone()
    at = rng.randrange(len(labels))
    labels[at] = (labels[at] + 1) % len(CLASSES)
    return _train(photos, labels=labels)


def _noise(images: torch.Tensor, rng: random.Random) -> torch.Tensor:
    return torch.randint(0, 256, images.shape, generator=torch.Generator().manual_seed(rng.randrange(2**32))).to(torch.uint8)


def _called(photos: Dataset, classes: tuple[str, ...]) -> Dataset:
    return replace(photos, train=replace(photos.train, classes=classes), test=replace(photos.test, classes=classes))


def _changed_photo(photos: Dataset, rng: random.Random) -> Dataset:
    images = photos.train.images.clone()
    images[rng.randrange(len(images))] ^= 1
    return _train(photos, images=images)


def _other_order(photos: Dataset, rng: random.Random) -> Dataset:
    """The same photos, classes and names of files: a class sorts elsewhere, so its number is another."""
    return _called(photos, (CLASSES[1], CLASSES[0], *CLASSES[2:]))


def _size(photos: Dataset, count: int) -> Dataset:
    index = torch.arange(count) % len(photos.train)
    return replace(photos, train=photos.train.part(index, photos.train.name))


_CHANGES: dict[str, tuple[str, Callable[[Dataset, random.Random], Dataset]]] = {
    "other photos": ("photos", lambda p, rng: _train(p, images=_noise(p.train.images, rng))),
    "one photo of few is another": ("photos", _changed_photo),
    "photos in another order": ("photos", lambda p, rng: _train(p, images=p.train.images.flip(0))),
    "one label is another": ("labels", _other_labels),
    "all labels turned": ("labels", lambda p, rng: _train(p, labels=(p.train.labels + 1) % len(CLASSES))),
    "classes in another order": ("order", _other_order),
    "a class renamed": ("yak", lambda p, rng: _called(p, (*CLASSES[:3], "yak"))),
    "other classes": ("yak", lambda p, rng: _called(p, ("eel", "fox", "gnu", "yak"))),
    "another name": ("plants", lambda p, rng: replace(p, name="plants")),
    "a photo more": (r"\d+ images", lambda p, rng: _size(p, len(p.train) + 1)),
    "a photo less": (r"\d+ images", lambda p, rng: _size(p, len(p.train) - 1)),
    "other test photos": ("test", lambda p, rng: replace(p, test=replace(p.test, images=_noise(p.test.images, rng)))),
    "other test labels": ("test", lambda p, rng: replace(p, test=replace(p.test, labels=p.test.labels.flip(0).clone()))),
    "train and test swapped": ("images|photos", lambda p, rng: replace(p, train=p.test, test=p.train)),
}


# ---- the same by folders and the command line -------------------------------------------------------------------------------


def _repainted(tree: Path) -> None:
    photo_tree(tree, CLASSES, seed=99)


def _renamed(tree: Path) -> None:
    for split in ("train", "test"):
        (tree / split / "dog").rename(tree / split / "yak")


def _exchanged(tree: Path) -> None:
    for split in ("train", "test"):
        for old, new in (("ant", "x"), ("bee", "ant"), ("x", "bee")):
            (tree / split / old).rename(tree / split / new)


def _more(tree: Path) -> None:
    Image.new("RGB", (32, 32)).save(tree / "train" / "ant" / "more.png")


def _fewer(tree: Path) -> None:
    next((tree / "train" / "ant").iterdir()).unlink()


_FOLDERS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "other photos": ("photos", _repainted),
    "a class renamed": ("yak", _renamed),
    "two classes exchanged": ("photos|labels", _exchanged),
    "a photo more": (r"\d+ images", _more),
    "a photo less": (r"\d+ images", _fewer),
}


def _on_the_command_line(alter: Callable[[Path], None], words: str, rng: random.Random) -> str:
    place = Path(f"place-{rng.randrange(10**9)}").absolute()
    tree = photo_tree(place / "pets", CLASSES)
    small = ("--model", "vgg16_cifar", "--width", "2", "--precision", "float32", "--batch-size", "8")
    here("train", "--data", str(tree), *small, "--out", str(place / "runs"))
    (run,) = (place / "runs").iterdir()
    resume = ("train", "--resume", str(run), "--epochs", "2")
    copied = Path(shutil.copytree(tree, place / "copy" / "pets"))
    alter(tree)
    status, _, said = here(*resume)
    if status != 2 or len(said.strip().splitlines()) != 1:
        return f"status {status}: {said.strip()[-150:]}"
    if problem := _silent(said, words):
        return problem
    shutil.copytree(run, place / "again")
    status, _, said = here("train", "--resume", str(place / "again"), "--epochs", "2", "--data", str(copied))
    if status:
        return f"the same photos elsewhere, status {status}: {said.strip()[-150:]}"
    status, _, said = here(*resume, "--anyway")
    return f"--anyway, status {status}: {said.strip()[-150:]}" if status else ""

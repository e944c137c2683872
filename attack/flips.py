"""One flipped bit anywhere in a file of the kit or of photos: refused in a sentence, decoded anew, or nothing that is read."""

from __future__ import annotations

import contextlib
import copy
import io
import random
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import torch
from PIL import Image

from attack.ground import Tally, no_sentence, photo_tree, raised, small_data, small_net, until
from attack.outcome import Outcome
from cnnkit import InputError, Training, data, models, weights
from cnnkit.data import cache, decode
from cnnkit.training import checkpoint

PROMISE = "one flipped bit in a file is refused in a sentence; where a format leaves bytes unread, nothing else changes"


def attack(seconds: float, seed: int) -> Outcome:
    """Flips bits in each kind of file in turn; every file is whole again afterwards."""
    rng, tally, harmless = random.Random(seed), Tally(), Counter[str]()
    kinds = {**_tensor_files(), **_photo_files()}
    names = list(kinds)
    for number in until(seconds, 15 * len(names)):
        name = names[number % len(names)]
        path, attempt = kinds[name]
        whole = path.read_bytes()
        place = rng.randrange(8 * len(whole))
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        path.write_bytes(damaged)
        with contextlib.redirect_stderr(io.StringIO()):
            said = _said(attempt)
        path.write_bytes(whole)
        harmless[name] += said == "unread"
        tally.add("" if said in ("", "unread") else f"{name}: {said}", f"bit {place}")
    unread = ", ".join(f"{count} in {name}" for name, count in harmless.items() if count)
    return tally.outcome(
        "flips", PROMISE, "flipped bits", f"{len(names)} kinds of file; in bytes that nothing reads: {unread or 'none'}"
    )


def _said(attempt: Callable[[], str]) -> str:
    try:
        return attempt()
    except InputError as error:
        return no_sentence(error)
    except Exception as error:
        return raised(error)


def _tensor_files() -> dict[str, tuple[Path, Callable[[], str]]]:
    """What must be refused, whichever bit it is."""
    torch.save(small_net().state_dict(), "weights.pt")
    Training(small_net(), small_data(20, 10), batch_size=10, precision="float32").save("checkpoint.pt")
    model = models.build("resnet50_layer4", width=2)
    weights.pack(model, "packed.safetensors", {"data": "none"})

    def load(read: Callable[[Path], object], path: Path) -> Callable[[], str]:
        def attempt() -> str:
            read(path)
            return "loaded without a word"

        return attempt

    readers: dict[str, Callable[[Path], object]] = {
        "weights.pt": weights.read, "checkpoint.pt": checkpoint.read, "packed.safetensors": weights.read,
    }  # fmt: skip
    return {name: (Path(name), load(read, Path(name))) for name, read in readers.items()}


def _photo_files() -> dict[str, tuple[Path, Callable[[], str]]]:
    """What must be refused or read as it was: photos as PNG, alone and in archives, and what is kept of them."""
    tree = photo_tree(Path("photos"), "ab", train=2, test=1)
    with tarfile.open("photos.tar", "w") as tar, tarfile.open("photos.tar.gz", "w:gz") as packed:
        tar.add(tree, ".")
        packed.add(tree, ".")
    found = {}
    for source in (Path("photos.tar"), Path("photos.tar.gz")):
        found[source.name] = source, _same(source)
    photo = next(tree.glob("train/*/*.png"))
    found["a photo"] = photo, _same(tree)
    kept = photo_tree(Path("kept"), "cd", train=2, test=1)
    known = {*cache.folder().glob("*.safetensors")}
    attempt = _same(kept)
    (decoded,) = {*cache.folder().glob("*.safetensors")} - known
    found["the decoded copy"] = decoded, lambda: "" if attempt() == "unread" else "other photos"
    return found


def _same(source: Path) -> Callable[[], str]:
    loaded = data.load(source)
    expected = copy.deepcopy(loaded)  # in memory: what was loaded may be mapped from the file that is damaged here

    def attempt() -> str:
        loaded = data.load(source)
        same = all(
            torch.equal(a.images, b.images) and torch.equal(a.labels, b.labels) and a.classes == b.classes
            for a, b in ((loaded.train, expected.train), (loaded.test, expected.test))
        )
        return "unread" if same else "other photos without a word"

    return attempt


def _jpegs_noticed(tries: int, seed: int) -> int:
    rng, buffer, noticed = random.Random(seed), io.BytesIO(), 0
    Image.frombytes("RGB", (32, 32), rng.randbytes(3 * 32 * 32)).save(buffer, "JPEG")
    for _ in range(tries):
        content = bytearray(buffer.getvalue())
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        try:
            decode.photo(bytes(content))
        except Exception:
            noticed += 1
    return noticed

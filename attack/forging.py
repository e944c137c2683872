"""Checkpoints as a liar would write them: any field changed, and yet whole to the last checksum."""

from __future__ import annotations

import copy
import io
import random
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import torch

from cnnkit.training import checkpoint

Place = tuple[Any, ...]  # keys from the outside in
GONE = object()  # what `put` takes out


@dataclass(frozen=True)
class Beside:
    """What `put` adds under another name, and leaves what is there."""

    name: Any
    value: Any


def content(path: Path) -> dict[str, Any]:
    """What lies in a checkpoint, as nested dicts and lists, not looked at by the kit."""
    found: dict[str, Any] = torch.load(path, weights_only=True)
    return found


def write(path: Path, state: Any) -> Path:
    """A file with ``state``, written as the kit writes one."""
    checkpoint.write(path, state)
    return path


def parts(file: Path | IO[bytes]) -> dict[str, bytes]:
    """The parts of a file of torch.save, by the names they have inside of its folder."""
    with zipfile.ZipFile(file) as archive:
        return {info.filename.split("/", 1)[1]: archive.read(info) for info in archive.infolist()}


def forged(path: Path, content: Mapping[str, bytes]) -> Path:
    """A file of torch's own writer with these parts: its checksums are right, and what is in it lies."""
    writer = torch._C.PyTorchFileWriter(str(path))
    for name, part in content.items():
        if name not in ("version", ".data/serialization_id"):  # the writer adds them
            writer.write_record(name, part, len(part))
    writer.write_end_of_file()
    return path


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Every field in ``value``, and those in them."""
    if here:
        yield here
    if isinstance(value, dict | list | tuple):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*here, key))


def at(value: Any, place: Place) -> Any:
    """What is at ``place``."""
    for key in place:
        value = value[key]
    return value


def put(value: Any, place: Place, new: Any) -> Any:
    """``value`` with ``new`` at ``place``; dicts and lists are changed in place, tuples made anew."""
    if not place:
        return new
    key, rest = place[0], place[1:]
    if isinstance(new, Beside) and not rest and isinstance(value, dict):
        value[new.name] = new.value
        return value
    inside = put(value[key], rest, new)
    if isinstance(value, tuple):
        return (*value[:key], *(() if inside is GONE else (inside,)), *value[key + 1 :])
    if inside is GONE:
        del value[key]
    else:
        value[key] = inside
    return value


def fields_changed(state: Any, rng: random.Random) -> tuple[Any, str]:
    """``state`` with up to three fields changed, and which; deep ones as often as those on top."""
    said = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        found = list(places(state))
        if not found:
            break
        depth = rng.randint(1, max(map(len, found)))
        place = rng.choice([p for p in found if len(p) == depth])
        name, new = _value(at(state, place), state, rng)
        state = put(state, place, new)
        said.append(f"{_named(place)}: {name}")
    return state, "; ".join(said)


def _named(place: Place) -> str:
    return ".".join(map(str, place))[:60]


def _value(old: Any, state: Any, rng: random.Random) -> tuple[str, Any]:
    """A name and a value in the place of ``old``."""
    if rng.random() < 0.15:
        place = rng.choice(list(places(state)))
        return f"what is at {_named(place)}", copy.deepcopy(at(state, place))
    if isinstance(old, torch.Tensor) and _ordinary(old) and rng.random() < 0.6:
        return rng.choice(_tensors(old))
    if isinstance(old, (int, float)) and abs(old) < 2**62 and rng.random() < 0.3:  # torch has no greater ones
        return rng.choice(_numbers(old))
    return rng.choice(_values())


def _ordinary(tensor: torch.Tensor) -> bool:
    """Whether it can be made others of; the second change of a file may meet what the first one made."""
    return tensor.layout == torch.strided and not tensor.is_meta and not tensor.is_quantized


def _numbers(old: float) -> list[tuple[str, Any]]:
    return [
        ("as a text", str(old)),
        ("as a tensor", torch.tensor(old)),
        ("negative", -old),
        ("as float", float(old)),
        ("and a half", old + 0.5),
        ("and one", old + 1),
        ("in a list", [old]),
    ]


def _tensors(old: torch.Tensor) -> list[tuple[str, Any]]:
    old = old.detach()  # what comes of a parameter could not be copied
    return [
        ("NaN", torch.full(old.shape, float("nan"))),
        ("infinite", torch.full(old.shape, float("inf"))),
        ("as int64", old.long()),
        ("as complex", old.to(torch.complex64)),
        ("as bool", old.bool()),
        ("as float64", old.double()),
        ("flat", old.flatten()),
        ("one more dimension", old[None]),
        ("three numbers", torch.zeros(3)),
        ("empty", torch.zeros(0)),
        ("sparse", old.float().to_sparse()),
        ("on no device", torch.empty(old.shape, device="meta")),
        ("quantised", torch.quantize_per_tensor(torch.zeros(old.shape), 0.1, 0, torch.qint8)),
        ("as a list", old.tolist()),
    ]


def _deep(depth: int) -> Any:
    return [_deep(depth - 1)] if depth else []


def _values() -> list[tuple[str, Any]]:
    """Made anew each time: a later change may go into one of them."""
    plain: tuple[Any, ...] = (
        None, True, False, 0, 1, -1, 2**31, 2**63, 2**70, -(2**64), 10**4000, 0.0, -0.0, 1e-320, 1e308, -1e308,
        float("nan"), float("inf"), float("-inf"), 1j, "", "x", "0", "nan", "\0", "\ud800", "x" * 100_000, "../../etc/passwd",
        "<script>", "{}", "%s%n", b"", b"\xff" * 100, [], {}, (), [None], {"": None}, [[]], {"a": {"b": {"c": []}}},
        list(range(10_000)), torch.zeros(()), torch.zeros(2, 2), torch.zeros(0), torch.tensor(float("nan")), torch.float64,
        torch.Size([1, 2]), torch.nn.Parameter(torch.zeros(2)), torch.device("cpu"),
    )  # fmt: skip
    return [
        ("gone", GONE),
        ("something beside it", Beside("../../x", 1)),
        ("a key that is no text", Beside(7, "seven")),
        ("a key that is none", Beside(None, None)),
        ("a long key", Beside("k" * 100_000, 0)),
        ("nested 300 deep", _deep(300)),
        *((" ".join(str(value)[:30].split()), value) for value in plain),
    ]


def bytes_changed(honest: Path, rng: random.Random) -> tuple[bytes, str]:
    """The file with some bytes changed; in every third zip all checksums of the zip are right again."""
    raw = honest.read_bytes()
    if zipfile.is_zipfile(honest) and rng.random() < 0.34:
        with zipfile.ZipFile(honest) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        name = rng.choice([n for n in members if n.endswith("data.pkl")] * 3 + list(members))
        changed, what = _spoiled(members[name], rng)
        return _zipped(members | {name: changed}), f"{what} of the member {name}"
    return _spoiled(raw, rng)


def _spoiled(raw: bytes, rng: random.Random) -> tuple[bytes, str]:
    at, size = rng.randrange(len(raw) + 1), rng.choice([1, 1, 2, 8, 100, 5000])
    if rng.random() < 0.3:
        at = min(at, rng.randrange(400))  # heads
    ways: list[Callable[[], bytes]] = [
        lambda: raw[:at] + bytes(b ^ 1 << rng.randrange(8) for b in raw[at : at + 1]) + raw[at + 1 :],
        lambda: raw[:at] + rng.randbytes(size) + raw[at + size :],
        lambda: raw[:at] + bytes(size) + raw[at + size :],
        lambda: raw[:at] + b"\xff" * size + raw[at + size :],
        lambda: raw[:at] + struct.pack("<Q", 2 ** rng.randrange(64)) + raw[at + 8 :],
        lambda: raw[:at] + rng.randbytes(size) + raw[at:],
        lambda: raw[:at] + raw[at + size :],
        lambda: raw[:at] + raw[at : at + size] * 3 + raw[at + size :],
        lambda: raw[:at],
    ]
    way = rng.randrange(len(ways))
    names = ("bit", "noise", "zeros", "ones", "number", "inserted", "cut out", "repeated", "cut off")
    return ways[way](), f"{names[way]} at byte {at} ({size})"


def _zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()

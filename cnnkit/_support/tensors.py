"""Files of tensors, read after they were checked: sizes before memory is taken for them, and every bit by a checksum."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import stat
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, Any

import torch
from torch import Tensor

from cnnkit._support import files, pickles, zips
from cnnkit.errors import InputError

_DIGEST, _MARK = "cnnkit.sha256", "cnnkit.checked"  # entries of a .safetensors file's metadata: one flipped bit hides one only
_HEADER = 16 * 2**20  # bytes of a .safetensors header: a hundred thousand tensors
_CHUNK = 2**20
_OLD_MAGIC = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")  # how files of torch.save before 1.6 begin
_DTYPES = {
    **{torch.float64: "F64", torch.int64: "I64", torch.float32: "F32", torch.int32: "I32", torch.float16: "F16"},
    **{torch.bfloat16: "BF16", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL"},
}


def load_pt(path: str | Path, what: str = "a state dict") -> Any:
    """What torch.save wrote, on the CPU; no code in it is run.

    Before torch sees the file, each byte of it is checked, and its sizes are: those of its parts, storages and tensors.
    Files in torch's old format (before 1.6) have no checksum: of them the sizes alone are checked.

    Args:
        path: the file.
        what: it should be, for the message: "a checkpoint".

    Raises:
        InputError: it is damaged, another kind of file, or asks for more than is in it; the message names it and says what.
    """
    path = Path(path)
    with _regular(path) as (file, size):
        if size > zips.LARGEST:
            raise InputError(f"{path} has {size / 1e9:.1f} GB, and 4 GB is the largest file of torch.save that is read here")
        begin = file.read(len(_OLD_MAGIC))
        parts = zips.verified(file, path, size) if begin.startswith(b"PK") else None
        try:
            if parts is not None:
                _try_zip(file, size, parts)
            elif begin != _OLD_MAGIC:
                raise ValueError("it does not begin as files of torch.save do")
            else:
                _try_old(file, size)
            file.seek(0)
            return torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:  # a foreign file can make either unpickler raise anything
            raise InputError(
                f"{path} cannot be read as {what} ({_reason(error)}); it is damaged, another kind of file, "
                "or a whole pickled model, which could run code: save model.state_dict() instead"
            ) from error


def load_safetensors(path: str | Path, check: bool = True) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of a .safetensors file, mapped into memory, and its metadata.

    A file that `save_safetensors` wrote holds a digest, which is compared; one without loads as it is.

    Args:
        path: the file.
        check: False for a file that is known to be whole, which is then not read but where its tensors are used.

    Raises:
        InputError: it is damaged or another kind of file; the message names it and says what.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = Path(path)
    with _regular(path) as (file, size):
        header, start = _header(file, path, size)
        metadata = header.pop("__metadata__", {})
        expected = metadata.get(_DIGEST)
        if (expected is None) != (metadata.get(_MARK) is None) or (
            check and expected is not None and expected != _digest(header, metadata, _contents(file, header, start))
        ):
            raise InputError(f"{path} is damaged: its checksum does not match; copy or make it again")
    try:
        return load_file(path), metadata
    except (SafetensorError, ValueError, RuntimeError) as error:
        raise _no_safetensors(path, _reason(error)) from error
    except OSError as error:  # somebody removed it just now
        raise InputError(f"{path} cannot be read ({error.strerror or _reason(error)}); is it still there?") from error


def save_safetensors(path: str | Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str], what: str = "") -> Path:
    """Writes a .safetensors file with a digest of all that is in it; whole or not at all.

    Args:
        path: the file.
        tensors: of the kinds that networks and photos have, by name.
        metadata: text by name.
        what: the kind of file, for the message.

    Raises:
        InputError: it cannot be written, and why.
    """
    header: dict[str, Any] = {}
    at = 0
    for name in sorted(tensors, key=lambda name: (-tensors[name].itemsize, name)):  # the larger first: all lie aligned
        end = at + tensors[name].nbytes
        header[name] = {"dtype": _DTYPES[tensors[name].dtype], "shape": list(tensors[name].shape), "data_offsets": [at, end]}
        at = end
    views = {name: memoryview(_bytes_of(tensors[name])) for name in header}
    said = {**metadata, _MARK: "sha256"}
    said[_DIGEST] = _digest(header, said, ((name, views[name]) for name in sorted(views)))
    text = json.dumps({"__metadata__": said, **header}, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)

    def put(file: IO[bytes]) -> None:
        file.write(len(text).to_bytes(8, "little") + text)
        for view in views.values():
            file.write(view)

    return files.write(path, put, what)


@contextmanager
def _regular(path: Path) -> Iterator[tuple[IO[bytes], int]]:
    """The open file and its size; what is no file is refused before it is opened, which a FIFO would never let end."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise InputError(f"{path} is no file")
        with open(path, "rb") as file:
            yield file, os.fstat(file.fileno()).st_size
    except OSError as error:
        raise InputError(f"{path} cannot be read ({files.reason_of(error)})") from error


def _try_zip(file: IO[bytes], size: int, parts: Mapping[str, zips.Part]) -> None:
    folder = next(iter(parts)).split("/")[0]
    inside = {name.removeprefix(f"{folder}/data/"): part.size for name, part in parts.items()}
    main = parts[f"{folder}/data.pkl"]
    if main.size > pickles.LARGEST:
        raise ValueError(f"its pickle has {main.size:,} bytes")
    file.seek(main.offset)
    pickles.try_zip(io.BytesIO(file.read(main.size)), size, inside)


def _try_old(file: IO[bytes], size: int) -> None:
    file.seek(0)
    try:
        with tarfile.open(fileobj=file, mode="r:"):  # torch looks for that first, and unpacks it
            raise ValueError("it is a .tar file")
    except tarfile.TarError:
        file.seek(0)
        pickles.try_old(io.BytesIO(file.read(pickles.LARGEST)), size)


def _header(file: IO[bytes], path: Path, size: int) -> tuple[dict[str, Any], int]:
    """The header of a .safetensors file, and where the numbers begin; each tensor fits its shape and lies in the file."""
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > min(_HEADER, size - 8):
        raise _no_safetensors(path, f"its header would have {length:,} bytes")
    start = 8 + length
    try:
        header = json.loads(file.read(length).decode("utf-8"))
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            first, last = entry["data_offsets"]
            if not 0 <= first <= last <= size - start or prod(entry["shape"]) > 8 * (last - first) or not entry["dtype"]:
                raise ValueError(name)
        if not all(isinstance(text, str) for text in header.get("__metadata__", {}).values()):
            raise ValueError("__metadata__")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _no_safetensors(path, "its header does not describe what is in it") from error
    return header, start


def _digest(header: Mapping[str, Any], metadata: Mapping[str, str], contents: Iterator[tuple[str, Any]]) -> str:
    """SHA-256 over names, kinds, shapes, metadata and all numbers, in the order of names; not over the header's layout."""
    tensors = [[name, header[name]["dtype"], header[name]["shape"]] for name in sorted(header)]
    texts = sorted((name, text) for name, text in metadata.items() if name != _DIGEST)
    digest = hashlib.sha256(json.dumps([tensors, texts]).encode())
    for _, content in contents:
        digest.update(content)
    return digest.hexdigest()


def _contents(file: IO[bytes], header: Mapping[str, Any], start: int) -> Iterator[tuple[str, bytes]]:
    for name in sorted(header):
        first, last = header[name]["data_offsets"]
        file.seek(start + first)
        for at in range(first, last, _CHUNK):
            yield name, file.read(min(_CHUNK, last - at))


def _bytes_of(tensor: Tensor) -> Any:
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()


def _no_safetensors(path: Path, why: str) -> InputError:
    return InputError(f"{path} cannot be read ({why}); it is damaged or no .safetensors file: copy or make it again")


def _reason(error: BaseException) -> str:
    named = re.search(r"GLOBAL (\S+)", str(error))  # torch's words go on with how to run the code in the file
    return f"it holds {named[1]}" if named else (str(error).strip() or type(error).__name__).split("\n")[0][:200]

"""What a pickle of torch.save asks for, found out with stand-ins before torch takes memory for it."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from math import prod
from typing import IO, Any, NamedTuple

import torch

LARGEST = 64 * 2**20  # bytes of a pickle: as objects they take up to sixty times that
_SPARE = 2**30  # bytes that tensors sharing their storages may come to beyond four times the file
_PICKLES = 5  # that begin a file of the old format: a number, the version, the machine, the content, the storages' keys
_BYTES = {  # of a number in a storage
    **{"DoubleStorage": 8, "LongStorage": 8, "ComplexFloatStorage": 8, "ComplexDoubleStorage": 16},
    **{"FloatStorage": 4, "IntStorage": 4, "HalfStorage": 2, "BFloat16Storage": 2, "ShortStorage": 2},
    **{"CharStorage": 1, "ByteStorage": 1, "BoolStorage": 1, "UntypedStorage": 1},
}
_BUILDERS = {"_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3"}
_WRAPPERS = {"_rebuild_parameter", "_rebuild_parameter_with_state"}


def try_zip(file: IO[bytes], size: int, parts: Mapping[str, int]) -> None:
    """Raises whatever is wrong with the pickle ``file`` of an archive that holds these storages (bytes by key)."""
    _Trial(file, size, parts).load()


def try_old(file: IO[bytes], size: int) -> None:
    """Raises whatever is wrong with the head of a file of ``size`` bytes in the format before torch 1.6."""
    trial = _Trial(file, size, None)
    *_, keys = (trial.load() for _ in range(_PICKLES))
    storages = trial.storages
    if set(keys) != storages.keys() or file.tell() + sum(8 + storage.bytes for storage in storages.values()) != size:
        raise pickle.UnpicklingError("the storages are not those that the tensors lie in")


class _Storage(NamedTuple):
    bytes: int
    of_each: int  # bytes of a number


class _Kind(NamedTuple):
    of_each: int


class _Anything:
    """Stands in for whatever else is named: takes all, keeps and does nothing."""

    def __new__(cls, *_: Any, **__: Any) -> _Anything:
        return object.__new__(cls)

    def __setitem__(self, key: Any, value: Any) -> None: ...
    def __setstate__(self, state: Any) -> None: ...
    def append(self, value: Any) -> None: ...
    def extend(self, values: Any) -> None: ...


class _Trial(pickle._Unpickler):  # in Python: the one in C takes memory on a pickle's word
    """Reads a pickle without building anything of it.

    torch.load has its own list of what may be built, and refuses the rest. This one looks at sizes: older versions of torch
    (2.4) read past a part's end where a pickle lies about its length, and none keeps a few bytes from asking for gigabytes.
    """

    def __init__(self, file: IO[bytes], size: int, parts: Mapping[str, int] | None) -> None:
        super().__init__(file)
        self.parts = parts
        self.storages: dict[str, _Storage] = {}
        self.free, self.shared = size, 4 * size + _SPARE

    def find_class(self, module: str, name: str) -> Any:
        """The stand-in for a name; refuses tensors that are no plain block of numbers."""
        if name in _BYTES:
            return _Kind(_BYTES[name])
        if module == "torch" and isinstance(found := getattr(torch, name, None), torch.dtype):
            return found
        if name in _BUILDERS:
            return self._tensor
        if name == "bytearray":
            return _bytearray
        if name.startswith("_rebuild") and name not in _WRAPPERS:
            raise pickle.UnpicklingError(f"{name} makes no plain tensor")
        return _Anything

    def persistent_load(self, pid: Any) -> _Storage:
        """The stand-in for a storage, whose size is compared with what is there."""
        _, kind, key, _, count, *view = pid
        if not (isinstance(kind, _Kind) and type(key) is str and _whole([count])):
            raise pickle.UnpicklingError("a storage is none")
        storage = _Storage(count * kind.of_each, kind.of_each)
        if key not in self.storages:
            self.storages[key] = storage
            self.free -= storage.bytes
            if self.free < 0 or (self.parts is not None and self.parts[key] != storage.bytes):
                raise pickle.UnpicklingError(f'the storage "{key}" is said to have {storage.bytes:,} bytes, and has not')
        if self.storages[key] != storage:
            raise pickle.UnpicklingError(f'the storage "{key}" is of two kinds')
        if not any(view):
            return storage
        (_, first, count), *_ = view  # a part of it, in files before torch 0.4
        if not _whole([first, count]) or (first + count) * kind.of_each > storage.bytes:
            raise pickle.UnpicklingError(f'a part of the storage "{key}" is larger than it')
        return _Storage(count * kind.of_each, kind.of_each)

    def _tensor(self, storage: Any, offset: Any, size: Any, stride: Any, *more: Any) -> _Anything:
        if not _whole([offset, *size, *stride]):
            raise pickle.UnpicklingError("a tensor has no shape")
        each = next((entry.itemsize for entry in more if isinstance(entry, torch.dtype)), storage.of_each)
        there, numbers = storage.bytes // each, prod(size)
        last = offset + sum((length - 1) * step for length, step in zip(size, stride, strict=True))
        self.shared -= numbers * each
        if numbers > there or (numbers and last >= there) or self.shared < 0:
            raise pickle.UnpicklingError(f"a tensor of {numbers:,} numbers does not fit into its storage of {there:,}")
        return _Anything()


def _whole(numbers: list[Any]) -> bool:
    return all(type(number) is int and number >= 0 for number in numbers)


def _bytearray(content: bytes | str = b"", *_: str) -> bytes:
    if isinstance(content, int):
        raise pickle.UnpicklingError("a number of bytes stands for the bytes")
    return b""

"""Pickles that call something when they are read, in every way that the format has."""

from __future__ import annotations

import functools
import importlib
import io
import os
import pickle
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

MARK = "executed"  # the folder that code leaves where it has run
PYTHON = f"import os; os.makedirs('{MARK}', exist_ok=True)"


class Evil:
    """Calls ``function`` when it is unpickled."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call  # what pickle asks for: a callable and its arguments


def _inner() -> bytes:
    return pickle.dumps(Evil(os.mkdir, MARK))


CALLS: list[Callable[[], Any]] = [
    lambda: Evil(os.mkdir, MARK),
    lambda: Evil(os.system, f"mkdir {MARK}"),
    lambda: Evil(eval, f"__import__('os').mkdir('{MARK}')"),
    lambda: Evil(exec, PYTHON),
    lambda: Evil(subprocess.call, ["mkdir", MARK]),
    lambda: Evil(pickle.loads, _inner()),
    lambda: Evil(torch.storage._load_from_bytes, _inner()),
    lambda: Evil(torch.load, io.BytesIO(_inner())),
    lambda: Evil(map, os.mkdir, [MARK]),
    lambda: Evil(functools.partial(os.mkdir, MARK)),
    lambda: Evil(getattr, Evil(importlib.import_module, "os"), "mkdir"),
    lambda: Evil(Path.mkdir, Path(MARK)),
    lambda: Evil(shutil.copytree, "/etc/ssl", MARK),
    lambda: {"a": [Evil(os.mkdir, MARK)], Evil(str, "k"): 1},
]
_BY_HAND = (
    b"cos\nsystem\n(S'mkdir %s'\ntR." % MARK.encode(),  # as in 1997
    b"(S'mkdir %s'\nios\nsystem\n." % MARK.encode(),
    b"(cos\nsystem\nS'mkdir %s'\no." % MARK.encode(),
    b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x0emkdir %s\x85\x81." % MARK.encode(),
    b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(cos\nmkdir\nX\x08\x00\x00\x00%s\x85RtR." % MARK.encode(),
    b"\x80\x02ccollections\nOrderedDict\n)R}X\x05\x00\x00\x00itemscos\nmkdir\nsb.",
)


def pickled(rng: random.Random) -> bytes:
    """A pickle that calls something, in any protocol."""
    if rng.random() < 0.25:
        return rng.choice(_BY_HAND)
    made = rng.choice(CALLS)()
    try:
        return pickle.dumps(made, protocol=rng.randrange(6))
    except (TypeError, pickle.PicklingError):
        return _inner()

"""Several processes that train one network, as torchrun starts them: each runs its share of every batch.

One process alone is rank 0 of 1, and all of this does nothing.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from types import FrameType
from typing import Any, NamedTuple, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from cnnkit._support.signals import ENDING
from cnnkit.errors import InputError

T = TypeVar("T")
# Gloo's thread must not be the last to let go of a tensor of Python's: it would wait for the GIL, and the end for the thread.
_SENT: deque[Tensor] = deque(maxlen=64)
FEWEST = 2  # photos that a rank runs at least: of a single one, batch norm may have nothing to average over
PATIENCE = 20.0  # seconds that another rank goes on after it was asked to end, as the first has a step to finish


def rank() -> int:
    """This process's number among those that train together, from 0."""
    return dist.get_rank() if dist.is_available() and dist.is_initialized() else 0


def count() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


# ---- joining and leaving ----------------------------------------------------------------------------------------------


@contextmanager
def joined(device: str = "auto") -> Iterator[None]:
    """Joins the ranks that torchrun started, with NCCL where each has a GPU of its own, else with Gloo; leaves them at the end.

    Inside, ranks other than the first print nothing, and they end after the first when an end is asked for, because it has a
    step to finish and to save. Does nothing in a process that torchrun did not start, or alone.

    Raises:
        InputError: ``device`` names one GPU for all ranks, or another rank has died.
    """
    if not dist.is_available() or not dist.is_torchelastic_launched() or os.environ.get("WORLD_SIZE") == "1":
        yield
        return
    if device not in ("auto", "cpu", "cuda"):
        raise InputError(f'the device is "{device}" for every process of torchrun; use "auto", "cpu" or "cuda" there')
    gpus = 0 if device == "cpu" else torch.cuda.device_count()
    local, here = (int(os.environ[name]) for name in ("LOCAL_RANK", "LOCAL_WORLD_SIZE"))
    if gpus:
        torch.cuda.set_device(local % gpus)
    store, number, ranks = next(rendezvous("env://"))
    # torchrun may keep its store when it starts all again, with the addresses in it of those who died.
    store = PrefixStore(f"attempt {os.environ['TORCHELASTIC_RESTART_COUNT']}", store)
    dist.init_process_group("nccl" if gpus >= here else "gloo", store=store, rank=number, world_size=ranks)
    try:
        with _behind_the_first():
            yield
    except RuntimeError as error:  # of torch's communication, which has no class of its own for Gloo
        if not isinstance(error, getattr(dist, "DistError", ())) and "gloo" not in str(error).lower():
            raise
        raise InputError(
            "another process of this training has ended, and so this one ends, too; with torchrun --max-restarts 3 all "
            "begin again from the last checkpoint"
        ) from error
    dist.destroy_process_group()


@contextmanager
def _behind_the_first() -> Iterator[None]:
    """In any other rank than the first: silence, and patience with signals and with errors that the first tells, too."""
    if rank() == 0:
        yield
        return
    asked: list[int] = []

    def end_later(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        timer = threading.Timer(PATIENCE, os._exit, [1])
        timer.daemon = True
        timer.start()

    before = {each: signal.signal(each, end_later) for each in ENDING}
    try:
        with ExitStack() as stack:
            nowhere = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
            stack.enter_context(redirect_stdout(nowhere))
            stack.enter_context(redirect_stderr(nowhere))
            yield
    except Exception as error:
        end = time.monotonic() + 5  # by then torchrun asks for an end if the first has said the same, as of a mistyped name
        while not asked and time.monotonic() < end:
            time.sleep(0.1)
        if asked:
            raise SystemExit(1) from error
        raise
    finally:
        for each, old in before.items():
            signal.signal(each, old)


def hear_no_more() -> None:
    """Ignores further signals that ask for an end: torchrun passes on a Ctrl-C that the terminal has sent already."""
    if count() > 1:
        for each in ENDING:
            signal.signal(each, signal.SIG_IGN)


def launch() -> str | None:
    """What all attempts of one torchrun have in common, and no other has; None where there is one process."""
    if count() == 1:
        return None
    return f"{os.environ['TORCHELASTIC_RUN_ID']}, {socket.gethostname()}:{os.getppid()}"


def restarted() -> bool:
    """Whether torchrun has started this rank again, after one had died."""
    return count() > 1 and os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") != "0"


# ---- what the ranks tell each other -----------------------------------------------------------------------------------


def first_says(what: Callable[[], T]) -> T:
    """What ``what`` returns in the first rank, in all of them."""
    if count() == 1:
        return what()
    said = [what() if rank() == 0 else None]
    dist.broadcast_object_list(said, device=_place())
    return said[0]  # type: ignore[return-value]


def summed(values: Tensor) -> Tensor:
    """The sum of ``values`` over all ranks, in each of them."""
    if count() > 1:
        _SENT.append(values)
        dist.all_reduce(values)
    return values


def agree(model: nn.Module) -> None:
    """Gives ``model`` the first rank's buffers, such as batch norm's averages, as each rank's are of its own photos."""
    if count() > 1:
        for buffer in model.buffers():
            dist.broadcast(buffer, 0)


def parallel(model: nn.Module) -> nn.Module | None:
    """``model`` with gradients that are averaged over all ranks; None where there is one process."""
    if count() == 1:
        return None
    for message in ("find_unused_parameters=True was specified", "Grad strides do not match"):
        warnings.filterwarnings("ignore", message)
    # Otherwise torch orders the sums anew after its first step, and a run that was resumed would round otherwise.
    return DistributedDataParallel(model, find_unused_parameters=True)


def synchronised(model: nn.Module) -> nn.Module:
    """``model`` with batch norms over the photos of all ranks, which torch has for GPUs alone.

    Raises:
        InputError: there are no several ranks, or they train on CPUs.
    """
    if count() == 1 or _place().type == "cpu":
        raise InputError("--sync-batch-norm is for several GPUs under torchrun, with one for each process; leave it out here")
    converted: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    return converted


def _place() -> Any:
    return torch.device("cuda" if dist.get_backend() == "nccl" else "cpu")


# ---- a batch ------------------------------------------------------------------------------------------------------------


class Share(NamedTuple):
    """What one rank runs of a batch.

    Attributes:
        photos: their positions in the batch.
        own: which of them count here; the others only give batch norm something to average over.
        weight: the factor on the mean of their losses that makes the mean over all ranks the mean over the batch.
    """

    photos: slice
    own: slice
    weight: float


WHOLE = Share(slice(0, sys.maxsize), slice(0, sys.maxsize), 1.0)


def share(size: int) -> Share:
    """This rank's share of a batch of ``size`` photos: neighbours, as many as the others have, or one more or fewer."""
    number, ranks = rank(), count()
    start, end = (size * r // ranks for r in (number, number + 1))
    few = min(FEWEST, size)
    first = start if end - start >= few else min(start, size - few)
    own = slice(start - first, end - first) if end > start else slice(0, 1)  # one that weighs nothing
    return Share(slice(first, max(end, first + few)), own, (end - start) * ranks / size)

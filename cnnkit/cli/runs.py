"""How a run begins, and how it goes on, each in its own folder."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch

from cnnkit import Training, models
from cnnkit._support import locks
from cnnkit.cli.common import MODEL_OPTIONS, build_network, checkpoint_in, load_data
from cnnkit.cli.run_folder import Run, of_this_launch, read_about, write_about
from cnnkit.errors import InputError
from cnnkit.training import checkpoint, options, ranks

DEFAULT_MODEL = "resnet50_layer4"
_NOT_TRAINING = {"command", "model", "data", "root", "weights", "out", "resume", "anyway", "sync_batch_norm", *MODEL_OPTIONS}
_MAY_CHANGE = {"command", "resume", "anyway", "data", "root", "epochs", "lr", "device", "sync_batch_norm"}


@contextmanager
def opened(given: Mapping[str, Any]) -> Iterator[Run]:
    """The run that the flags describe, a new one or the one at --resume; no other process writes in its folder meanwhile.

    Raises:
        InputError: whatever is wrong with the flags, or another process writes there.
    """
    if "resume" not in given and ranks.restarted() and (begun := ranks.first_says(lambda: of_this_launch(_out(given)))):
        given = {**{flag: value for flag, value in given.items() if flag not in ("weights", "out")}, "resume": begun}
    if "resume" not in given:
        if "anyway" in given:
            raise InputError("--anyway goes on with a run on other photos; it belongs to --resume")
        run = start(given)
        with _only_writer(run.folder):
            yield run
        return
    path = checkpoint_in(given["resume"])
    if not path.is_file():
        checkpoint.read(path)  # says so
    with _only_writer(path.parent):
        yield resume(given)


def _out(given: Mapping[str, Any]) -> Path:
    return Path(given.get("out", "runs"))


def _only_writer(folder: Path) -> AbstractContextManager[None]:
    if ranks.rank():
        return nullcontext()  # it writes nothing
    return locks.only_writer(folder, what=f'the run in "{folder}"')


def start(given: Mapping[str, Any]) -> Run:
    """A new run in a new folder, as the flags say; the folder is made once everything else is known to be right.

    Raises:
        InputError: whatever is wrong with them.
    """
    name = given.get("model", DEFAULT_MODEL)
    models.input_size(name)  # a mistyped name should not wait for the data set
    seed = given.get("seed", 0)
    options.check_number("the seed", seed, 0, 2**63 - 1, whole=True)
    dataset = load_data(given)
    torch.manual_seed(seed)
    model = build_network({"model": name, **given}, len(dataset.classes))
    if "weights" in given:
        from cnnkit import weights

        weights.load(model, str(checkpoint_in(given["weights"])))
    if "sync_batch_norm" in given:
        model = ranks.synchronised(model)
    training = Training(model, dataset, **{flag: value for flag, value in given.items() if flag not in _NOT_TRAINING})
    if ranks.rank():
        return Run(name, training, Path("checkpoint.pt"))  # which only the first writes
    folder = _new_folder(_out(given), f"{name}-{time.strftime('%Y%m%d-%H%M%S')}")
    write_about(folder / "run.json", given, dataset.name)
    return Run(name, training, folder / "checkpoint.pt")


def resume(given: Mapping[str, Any]) -> Run:
    """The run at --resume, in the folder it has, where it stopped.

    Raises:
        InputError: no such run, flags that contradict it, or nothing left to do.
    """
    path = checkpoint_in(given["resume"])
    state = checkpoint.read(path)
    _check_flags(given, state, path)
    about = read_about(path.parent / "run.json")
    if state["data"]["name"] == "emoji10":
        about = {"data": "emoji10"}  # which is what "auto" was; meanwhile it may find CIFAR-10
    dataset = load_data(given if "data" in given else {**about, **given})
    if state["built_as"] is None and "model" not in given:
        raise InputError(f"the checkpoint {path} doesn't say which network it is of; add --model NAME with the same layers")
    model = build_network(given, len(dataset.classes), state["built_as"], state["model"], str(path))
    if "sync_batch_norm" in given:
        model = ranks.synchronised(model)
    changes = {flag: given[flag] for flag in ("epochs", "lr", "device") if flag in given}
    training = Training.resume(path, model, dataset, anyway=given.get("anyway", False), **changes)
    run = Run((state["built_as"] or {}).get("name") or given["model"], training, path)
    if run.complete and not ranks.restarted():
        raise InputError(f"the run in {run.folder} has done its {training.epoch} epochs; to go on, give more with --epochs")
    return run


def _check_flags(given: Mapping[str, Any], state: Mapping[str, Any], path: Path) -> None:
    """Raises InputError for a flag that contradicts the run in ``path``."""
    built_as = dict(state["built_as"] or {})
    own = {**built_as, **state["options"], "precision": state["precision"]}
    if "name" in built_as:
        own["model"] = built_as["name"]
    for flag in sorted(set(given) - _MAY_CHANGE):
        word = "--no-augment" if flag == "augment" else "--" + flag.replace("_", "-")
        if flag in ("weights", "out"):
            raise InputError(f"{word} doesn't go with --resume: a run goes on from its own weights, in its own folder")
        if flag in own and own[flag] is not None and given[flag] not in (own[flag], "auto"):
            values = ("given", "out it") if flag == "augment" else (given[flag], f" {own[flag]}")
            raise InputError(
                f"{word} is {values[0]}, and the run in {path} was started with{values[1]}; "
                f"leave {word} out, or start a new run without --resume"
            )


def _new_folder(out: Path, name: str) -> Path:
    """``out/name``, or ``out/name-2`` and so on where that exists."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            folder = out / (name if number == 1 else f"{name}-{number}")
            try:
                folder.mkdir()
                return folder
            except FileExistsError:
                number += 1
    except OSError as error:
        raise InputError(f'no folder can be made in "{out}" ({error.strerror}); choose another place with --out') from error

"""Stopped anywhere, killed at any moment: the run goes on from its file with the losses it would have had."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from toys import tiny_net, toy_dataset

from cnnkit import InputError, Training, models
from cnnkit.training import checkpoint

RUN = {"epochs": 3, "batch_size": 60, "lr": 1e-2, "validation": 0.1, "label_smoothing": 0.1, "schedule": "linear"}


def whole_run(**options) -> list[float]:
    return [step.loss for step in Training(tiny_net(), toy_dataset(), **RUN, **options)]


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16-channels-last"])
def test_resume_gives_the_same_losses(optimizer: str, precision: str, tmp_path: Path) -> None:
    options = {"optimizer": optimizer, "precision": precision}
    expected = whole_run(**options)
    for stop in (1, 4, 5, 9):  # in the first epoch, before and at its end, in the second
        training = Training(tiny_net(), toy_dataset(), **RUN, **options)
        for n, _step in enumerate(training, 1):
            if n == stop:
                break
        training.save(tmp_path / "run.pt")
        del training
        resumed = Training.resume(tmp_path / "run.pt", tiny_net(seed=99), toy_dataset())
        rest = [step.loss for step in resumed]
        assert resumed.history.losses() == expected
        assert rest == expected[stop:]
        assert len(resumed.history.evaluations) == 3


def test_a_kit_network_resumes_exactly(tmp_path: Path) -> None:
    def fresh() -> torch.nn.Module:
        torch.manual_seed(3)
        return models.build("vgg16_cifar", width=4)

    ds = toy_dataset(200, 20)
    expected = [s.loss for s in Training(fresh(), ds, batch_size=20, precision="bfloat16-channels-last")]
    training = Training(fresh(), ds, batch_size=20, precision="bfloat16-channels-last")
    for step in training:
        if step.index == 4:
            break
    training.save(tmp_path / "run.pt")
    saved = checkpoint.read(tmp_path / "run.pt")
    assert saved["built_as"] == {"name": "vgg16_cifar", "num_classes": 10, "width": 4}
    resumed = Training.resume(tmp_path / "run.pt", models.build(**saved["built_as"]), ds)
    assert [s.loss for s in resumed] == expected[4:]


def test_resume_never_measures_the_precision_again(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    training = Training(tiny_net(), toy_dataset(), precision="measured")
    next(iter(training))
    training.save(tmp_path / "run.pt")
    chosen = training.precision
    assert "images/s" in capsys.readouterr().err
    monkeypatch.setattr("cnnkit.training.precision.measure", lambda *_: pytest.fail("measured again"))
    resumed = Training.resume(tmp_path / "run.pt", tiny_net(), toy_dataset())
    list(resumed)
    assert resumed.precision == chosen and capsys.readouterr().err == ""


def test_going_back_repeats_the_same_batches_and_a_branch_differs_only_by_its_rate() -> None:
    training = Training(tiny_net(), toy_dataset(), precision="float32", **RUN)
    expected, state = [], None
    for n, step in enumerate(training, 1):
        expected.append(step.loss)
        if n == 3:
            state = training.state_dict()
    training.load_state_dict(state)
    assert [s.loss for s in training] == expected[3:]
    training.load_state_dict(state)
    training.lr *= 3
    branch = [s.loss for s in training]
    assert branch[0] == expected[3] and branch[1:] != expected[4:]


def test_going_back_works_in_the_middle_of_the_loop() -> None:
    training = Training(tiny_net(), toy_dataset(), precision="float32", **RUN)
    start, seen = training.state_dict(), []
    for step in training:
        seen.append(step.loss)
        if len(seen) == 7:
            training.load_state_dict(start)
    assert seen[7:] == whole_run(precision="float32")


def test_changes_apply_on_resume(tmp_path: Path) -> None:
    training = Training(tiny_net(), toy_dataset(), precision="float32", schedule="constant", batch_size=110)
    list(training)
    training.save(tmp_path / "run.pt")
    resumed = Training.resume(tmp_path / "run.pt", tiny_net(), toy_dataset(), epochs=2, lr=5e-4, precision="bfloat16")
    assert [s.lr for s in resumed] == [5e-4] * 3
    assert resumed.precision is not None and resumed.precision.name == "bfloat16"


def test_a_callable_must_be_given_again(tmp_path: Path) -> None:
    training = Training(tiny_net(), toy_dataset(), schedule=lambda e, n: 1.0, precision="float32")
    training.save(tmp_path / "run.pt")
    with pytest.raises(InputError, match="used its own schedule"):
        Training.resume(tmp_path / "run.pt", tiny_net(), toy_dataset())
    Training.resume(tmp_path / "run.pt", tiny_net(), toy_dataset(), schedule=lambda e, n: 1.0)


def test_another_network_or_data_set_is_refused(tmp_path: Path) -> None:
    Training(tiny_net(), toy_dataset(), precision="float32").save(tmp_path / "run.pt")
    with pytest.raises(InputError, match=r"belong to another network: 0.weight is 4x3x7x7 here and 6x3x5x5 there|is only"):
        Training.resume(tmp_path / "run.pt", models.build("vgg16_cifar", width=2), toy_dataset())
    with pytest.raises(InputError, match="trained on 330 images of toy, not on 220 of toy"):
        Training.resume(tmp_path / "run.pt", tiny_net(), toy_dataset(220))


def test_files_that_are_no_checkpoints_are_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no checkpoint"):
        Training.resume(tmp_path / "none.pt", tiny_net(), toy_dataset())
    (tmp_path / "text.pt").write_text("hello", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read as a checkpoint"):
        Training.resume(tmp_path / "text.pt", tiny_net(), toy_dataset())
    torch.save(tiny_net().state_dict(), tmp_path / "weights.pt")
    with pytest.raises(InputError, match="weights alone load with weights.load"):
        Training.resume(tmp_path / "weights.pt", tiny_net(), toy_dataset())


def test_autosave_saves_as_often_as_it_says(tmp_path: Path, monkeypatch) -> None:
    saved: list[int] = []
    monkeypatch.setattr(Training, "save", lambda self, path: saved.append(len(self.history)))
    list(Training(tiny_net(), toy_dataset(), epochs=2, precision="float32", autosave=(tmp_path / "run.pt", 3)))
    assert saved == [3, 6, 8]
    saved.clear()
    list(Training(tiny_net(), toy_dataset(), epochs=2, precision="float32", autosave=tmp_path / "run.pt"))
    assert saved == [4, 8]


class FullDisk:
    """A file that takes some bytes and then no more."""

    def __init__(self, path: Path, mode: str) -> None:
        self.file, self.room = open(path, mode), 2000

    def write(self, data: bytes) -> int:
        self.room -= len(data)
        if self.room < 0:
            raise OSError(28, "No space left on device")
        return self.file.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self.file, name)

    def __enter__(self) -> "FullDisk":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()


def test_a_full_disk_leaves_the_earlier_checkpoint_whole(tmp_path: Path, monkeypatch) -> None:
    training = Training(tiny_net(), toy_dataset(), precision="float32")
    next(iter(training))
    training.save(tmp_path / "run.pt")
    monkeypatch.setattr("cnnkit._support.files.open", FullDisk, raising=False)
    with pytest.raises(InputError, match=r"cannot be written \(No space left on device\); what was there before is unharmed"):
        training.save(tmp_path / "run.pt")
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ["run.pt"]
    assert len(list(Training.resume(tmp_path / "run.pt", tiny_net(), toy_dataset()))) == 3


_VICTIM = """
import os, sys, torch
sys.path.insert(0, sys.argv[2])
from toys import tiny_net, toy_dataset
from cnnkit import Training
torch.set_num_threads(1)
options = dict(epochs=10**6, batch_size=60, precision="float32", device="cpu", autosave=(sys.argv[1], 1))
for line in sys.stdin:  # one child a line: forked before any thread pool exists, so that torch is imported once
    if os.fork() == 0:
        training = Training(tiny_net(), toy_dataset(), **options)
        print(os.getpid(), flush=True)
        for step in training:
            pass
    os.wait()
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_moment_the_last_checkpoint_loads_and_goes_on(tmp_path: Path) -> None:
    path, random_moment = tmp_path / "run.pt", random.Random(0)
    here = str(Path(__file__).parent)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    expected: list[float] = []
    lengths = []
    with subprocess.Popen(
        [sys.executable, "-c", _VICTIM, str(path), here], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as victim:
        assert victim.stdin and victim.stdout
        for _ in range(20):
            path.unlink(missing_ok=True)
            victim.stdin.write("go\n")
            victim.stdin.flush()
            pid = int(victim.stdout.readline())
            while not path.exists():  # there is a first checkpoint to fall back on
                time.sleep(0.001)
            time.sleep(random_moment.uniform(0, 0.15))
            os.kill(pid, signal.SIGKILL)
            resumed = Training.resume(path, tiny_net(seed=9), toy_dataset(), autosave=None)
            done = len(resumed.history)
            lengths.append(done)
            for n, _step in enumerate(resumed, 1):
                if n == 2:
                    break
            if len(resumed.history) > len(expected):
                reference = Training(tiny_net(), toy_dataset(), epochs=10**6, batch_size=60, precision="float32")
                for n, _step in enumerate(reference, 1):
                    if n == len(resumed.history) + 50:
                        break
                expected = reference.history.losses()[:]
            assert resumed.history.losses() == expected[: done + 2]
        victim.stdin.close()
    torch.set_num_threads(threads)
    assert len(set(lengths)) > 1  # the kills did fall at different steps


def test_batch_size_and_augmentation_belong_to_the_state() -> None:
    training = Training(tiny_net(), toy_dataset(), precision="float32", **RUN)
    for step in training:
        if step.epoch == 1 and step.index == step.total:
            break
    before = training.state_dict()
    training.batch_size, training.augment = 33, False
    changed = training.state_dict()
    rest = [step.loss for step in training]
    training.load_state_dict(before)
    assert (training.batch_size, training.augment) == (60, True)
    assert [step.loss for step in training] == whole_run(precision="float32")[5:]
    training.load_state_dict(changed)
    assert (training.batch_size, training.augment) == (33, False)
    assert [step.loss for step in training] == rest and len(rest) == 18


def test_resume_goes_on_with_the_changed_batch_size_unless_told_otherwise(tmp_path: Path) -> None:
    training = Training(tiny_net(), toy_dataset(), precision="float32", **RUN)
    for step in training:
        if step.epoch == 1 and step.index == step.total:
            break
    training.batch_size, training.augment = 33, False
    training.save(tmp_path / "run.pt")
    rest = [step.loss for step in training]
    resumed = Training.resume(tmp_path / "run.pt", tiny_net(), toy_dataset())
    assert (resumed.batch_size, resumed.augment) == (33, False)
    assert [step.loss for step in resumed] == rest
    told = Training.resume(tmp_path / "run.pt", tiny_net(), toy_dataset(), batch_size=99, augment=True)
    assert (told.batch_size, told.augment) == (99, True)
    assert [step.total for step in told] == [3] * 6


# ---- what a reader of the code found ------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["schedule", "weight_decay", "lr", "set lr", "seed", "optimizer"])
def test_a_checkpoint_can_be_read_where_numbers_were_numpys(where: str, tmp_path: Path) -> None:
    options: dict = {"precision": "float32", "epochs": 2}
    again: dict = {}
    if where == "schedule":
        again = {"schedule": lambda epoch, epochs: 0.5 * (1 + np.cos(np.pi * epoch / epochs))}
    elif where == "optimizer":
        again = {"optimizer": lambda ps: torch.optim.Adam(ps, lr=np.float64(1e-3), betas=(np.float64(0.8), 0.99))}
    elif where != "set lr":
        options[where] = np.int64(3) if where == "seed" else np.logspace(-4, -2, 3)[1]
    training = Training(tiny_net(), toy_dataset(), **options, **again)
    if where == "set lr":
        training.lr = np.float64(1e-2)
    losses = []
    for step in training:
        losses.append(step.loss)
        if len(losses) == 2:
            training.save(tmp_path / "run.pt")
    resumed = Training.resume(tmp_path / "run.pt", tiny_net(seed=9), toy_dataset(), **again)
    assert [step.loss for step in resumed] == losses[2:]


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize(("first", "second"), [("float32", "float32-channels-last"), ("float32-channels-last", "float32")])
def test_a_run_goes_on_in_another_memory_order(first: str, second: str, optimizer: str, tmp_path: Path) -> None:
    options = {**RUN, "optimizer": optimizer}
    training = Training(tiny_net(), toy_dataset(), **options, precision=first)
    for n, _ in enumerate(training, 1):
        if n == 6:
            break
    training.save(tmp_path / "run.pt")
    expected = [step.loss for step in training]
    resumed = Training.resume(tmp_path / "run.pt", tiny_net(seed=9), toy_dataset(), precision=second)
    assert [step.loss for step in resumed] == pytest.approx(expected, rel=1e-4)


def test_a_run_goes_on_in_a_network_that_lies_in_another_memory_order(tmp_path: Path) -> None:
    training = Training(tiny_net(), toy_dataset(), **RUN, precision="float32")
    for n, _ in enumerate(training, 1):
        if n == 6:
            break
    training.save(tmp_path / "run.pt")
    expected = [step.loss for step in training]
    other = tiny_net(seed=9).to(memory_format=torch.channels_last)
    resumed = Training.resume(tmp_path / "run.pt", other, toy_dataset())
    assert [step.loss for step in resumed] == pytest.approx(expected, rel=1e-4)


def test_another_batch_size_comes_only_between_two_epochs(tmp_path: Path) -> None:
    training = Training(tiny_net(), toy_dataset(), **RUN, precision="float32")
    for step in training:
        training.save(tmp_path / f"{step.epoch}-{step.index}.pt")
        if step.epoch == 2:
            break
    with pytest.raises(InputError, match="stopped at step 4 of an epoch in batches of 60; another batch size can come only be"):
        Training.resume(tmp_path / "1-4.pt", tiny_net(), toy_dataset(), batch_size=90)
    same = Training.resume(tmp_path / "1-4.pt", tiny_net(), toy_dataset(), batch_size=60)
    between = Training.resume(tmp_path / "1-5.pt", tiny_net(), toy_dataset(), batch_size=90)
    assert (len(list(same)), len(list(between))) == (1 + 2 * 5, 2 * 4)


def test_changes_reach_the_optimizer(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    Training(tiny_net(), toy_dataset(), optimizer="sgd", precision="float32").save(path)
    resumed = Training.resume(path, tiny_net(), toy_dataset(), weight_decay=0.1, momentum=0.5)
    assert [(g["weight_decay"], g["momentum"], g["nesterov"]) for g in resumed.optimizer.param_groups] == [
        (0.1, 0.5, True),
        (0.0, 0.5, True),
    ]
    assert (resumed.options["weight_decay"], resumed.options["momentum"]) == (0.1, 0.5)
    fresh = Training(tiny_net(), toy_dataset(), optimizer="sgd", precision="float32", weight_decay=0.1, momentum=0.5)
    assert [s.loss for s in resumed] == [s.loss for s in fresh]
    plain = Training.resume(path, tiny_net(), toy_dataset(), momentum=0)
    fresh = Training(tiny_net(), toy_dataset(), optimizer="sgd", precision="float32", momentum=0)
    assert [s.loss for s in plain] == [s.loss for s in fresh]


def test_another_optimizer_or_other_frozen_layers_are_refused(tmp_path: Path) -> None:
    path, ds = tmp_path / "run.pt", toy_dataset()
    training = Training(tiny_net(), ds, precision="float32")
    list(training)
    training.save(path)
    with pytest.raises(InputError, match=r'the run in .*run.pt used the optimizer "adam"; it cannot go on with "sgd"'):
        Training.resume(path, tiny_net(), ds, optimizer="sgd")
    with pytest.raises(InputError, match="the saved optimizer is of another kind, Adam and not SGD; give the same one"):
        Training.resume(path, tiny_net(), ds, optimizer=lambda ps: torch.optim.SGD([{"params": p} for p in halves(ps)]))
    frozen = tiny_net()
    frozen[0].weight.requires_grad_(False)
    with pytest.raises(InputError, match="the saved optimizer trained other parameters .*; freeze the same layers"):
        Training.resume(path, frozen, ds)


def halves(parameters) -> list[list[torch.nn.Parameter]]:
    """As the kit groups them: weights, then biases and batch norms."""
    parameters = list(parameters)
    return [[p for p in parameters if p.ndim > 1], [p for p in parameters if p.ndim <= 1]]

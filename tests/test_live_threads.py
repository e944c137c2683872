"""Whoever else uses a training that a thread drives waits for the step under way and is right, or is told in a sentence."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from test_live_driver import Scripted, bare, done, run
from toys import tiny_net, toy_dataset

from cnnkit import InputError, Training, anatomy, check, evaluate
from cnnkit.explore import LiveTraining, running
from cnnkit.training import checkpoint

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def nothing_remains_and_nothing_failed() -> Iterator[None]:
    """After every test: no thread that trains, and none that ended with an exception."""
    failed: list[object] = []
    hook, threading.excepthook = threading.excepthook, lambda seen: failed.append(seen.exc_value)
    before = sys.getswitchinterval()
    sys.setswitchinterval(2e-5)  # threads take turns every 20 microseconds instead of every five milliseconds
    yield
    sys.setswitchinterval(before)
    threading.excepthook = hook
    assert failed == [] and running() == []
    assert [thread for thread in threading.enumerate() if thread.name == "cnnkit training"] == []


def background(**options: Any) -> LiveTraining:
    """A training for ever, that has begun."""
    live = LiveTraining(run(tiny_net(), **{"epochs": 10**6, **options})).start()
    while len(live.training.history) < 3:
        time.sleep(1e-3)
    return live


def weights(training: Training) -> list[torch.Tensor]:
    return [value.clone() for value in training.model.state_dict().values()]


@pytest.mark.parametrize("command", ["pause", "stop"])
@pytest.mark.parametrize("validation", [0.0, 0.3])
def test_after_a_pause_whatever_is_asked_is_about_the_last_step(command: str, validation: float, tmp_path: Path) -> None:
    live, moments = background(validation=validation), random.Random(0)
    training, ds = live.training, live.training.dataset
    for _ in range(20):
        time.sleep(moments.uniform(0, 8e-3))  # somewhere in a step, a validation or between
        getattr(live, command)()
        first = moments.randrange(4)  # each comes first now and then
        found: dict[int, Any] = {}
        for what in [first, *range(4)]:
            found[what] = found.get(what) or (
                training.evaluate, lambda: evaluate(training.model, ds.test), training.state_dict,
                lambda: training.save(tmp_path / "run.pt") or checkpoint.read(tmp_path / "run.pt"),
            )[what]()  # fmt: skip
        done(live)
        steps, now = len(training.history), evaluate(training.model, ds.test)
        assert live.driver.status in ("paused", "stopped") and training.history.evaluations[-1]["step"] == steps
        assert [(e.accuracy, e.loss) for e in (found[0], found[1])] == [(now.accuracy, now.loss)] * 2
        for state in (found[2], found[3]):
            assert len(state["history"]["losses"]) == steps
            assert all(torch.equal(a, b) for a, b in zip(state["model"].values(), weights(training), strict=True))
        live.start()
    done(live.stop())
    losses = training.history.losses()
    expected = run(tiny_net(), epochs=10**6, validation=validation)
    assert losses == [step.loss for step, _ in zip(expected, losses, strict=False)]


def test_beside_a_training_an_evaluation_is_of_one_step_and_a_state_is_whole(tmp_path: Path) -> None:
    live, seen = background(validation=0.3), []
    for i in range(15):
        result = live.training.evaluate()
        seen.append((live.training.history.evaluations[-1], result))
        state = live.training.state_dict()
        live.training.save(tmp_path / f"{i}.pt")
        assert anatomy.table(live.training.model, (3, 32, 32)).rows
        assert check.conv_output_size(lambda n, kernel, stride=1, padding=0, dilation=1: 0).mistake
    done(live.stop())
    twin = run(tiny_net(), epochs=10**6, validation=0.3)
    for _ in twin:
        steps = len(twin.history)
        for row, result in seen:
            if row["step"] == steps and row["split"] == twin.dataset.test.name:
                found = evaluate(twin.model, twin.dataset.test)
                assert (found.accuracy, found.loss) == (result.accuracy, result.loss)
        if steps == len(live.training.history):
            break
    assert twin.history.losses() == live.training.history.losses()
    loaded = run(tiny_net(5), epochs=10**6, validation=0.3)
    loaded.load_state_dict(state)
    for training in (Training.resume(tmp_path / "14.pt", tiny_net(5), twin.dataset), loaded):
        begin = len(training.history)
        assert training.history.losses() == twin.history.losses()[:begin]
        for _ in training:
            if len(training.history) >= min(begin + 10, len(twin.history)):
                break
        assert training.history.losses() == twin.history.losses()[: len(training.history)]


def test_a_state_that_is_loaded_by_hand_is_where_the_thread_goes_on_from() -> None:
    early = run(tiny_net(), epochs=10**6)
    for _ in early:
        if len(early.history) == 10:
            break
    live = background()
    while len(live.training.history) < 40:
        time.sleep(1e-3)
    live.training.load_state_dict(early.state_dict())
    while len(live.training.history) < 30 and live.working:
        time.sleep(1e-3)
    done(live.pause())
    losses = live.training.history.losses()
    assert losses == [step.loss for step, _ in zip(run(tiny_net(), epochs=10**6), losses, strict=False)]
    branches = live.driver.story.branches
    assert [b.start for b in branches] == [0, 10] and branches[1].steps == len(losses)
    assert all(place.steps >= 10 for place in live.driver.places)  # those before were of another line
    live.back(10**9)
    done(live.step(3))
    found = live.training.history.losses()
    assert found == [step.loss for step, _ in zip(run(tiny_net(), epochs=10**6), found, strict=False)]


def test_a_state_loaded_by_hand_while_it_rests_makes_a_branch_and_can_be_trained_on() -> None:
    live = LiveTraining(run(epochs=2))
    done(live.step(5))
    state = live.training.state_dict()
    done(live.start())
    assert live.driver.status == "ended"
    live.training.load_state_dict(state)
    assert "branch B" in live.picture().lower() or live.driver.story.now.name == "B"
    assert live.driver.status == "paused" and live.driver.story.now.start == 5
    with pytest.raises(InputError, match="no state to go back to"):
        live.back(5)
    done(live.start())
    assert live.driver.status == "ended" and live.training.history.losses() == bare(epochs=2)


def test_a_resumed_run_is_one_branch(tmp_path: Path) -> None:
    first = run(tiny_net(), epochs=2)
    for _ in first:
        if len(first.history) == 9:
            break
    first.save(tmp_path / "run.pt")
    live = LiveTraining(Training.resume(tmp_path / "run.pt", tiny_net(), toy_dataset()))
    assert live.driver.status == "ready" and live.driver.story.now.losses.count == 9
    done(live.start())
    assert live.training.history.losses() == bare(model=tiny_net(), epochs=2) and len(live.driver.story.branches) == 1


def test_a_loop_beside_a_live_training_is_told_so() -> None:
    live = background()
    for _ in range(20):
        with pytest.raises(InputError, match=r"already runs in another loop; .* live\.pause\(\)\.wait\(\), then iterate again"):
            next(iter(live.training))
    live.pause().wait()
    steps = len(live.training.history)
    for _ in live.training:
        if len(live.training.history) == steps + 3:
            break
    with pytest.raises(InputError, match="already runs in another loop"):
        for _ in live.training:
            next(iter(live.training))
    losses = live.training.history.losses()
    assert losses == [s.loss for s, _ in zip(run(tiny_net(), epochs=10**6), losses, strict=False)]


def test_another_live_training_of_the_same_run_takes_over(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    training = run(tiny_net(), epochs=10**6, autosave=(path, 3))
    lives, moments = [LiveTraining(training), LiveTraining(training)], random.Random(0)
    for i in range(40):
        live, other = lives[i % 2], lives[1 - i % 2]
        live.start()
        live.driver.join(moments.uniform(0, 4e-3))
        if moments.random() < 0.5:
            live.pause()
        assert live.driver.status in ("training", "paused"), live.driver.error
        assert other.driver.status in ("ready", "training", "paused", "stopped"), other.driver.error
    for live in lives:
        done(live.stop())
        live.driver.collect()
        assert live.driver.story.now.steps == len(training.history) and len(live.driver.story.branches) == 1
    losses = training.history.losses()
    assert losses == [step.loss for step, _ in zip(run(tiny_net(), epochs=10**6), losses, strict=False)]
    assert checkpoint.read(path)["history"]["losses"] == losses


def test_a_rate_set_by_hand_holds_from_the_next_step_on() -> None:
    live = background(schedule="cosine", epochs=60)
    live.training.lr = 0.25
    while live.working and len(live.training.history) < 60:
        time.sleep(1e-3)
    done(live.stop())
    rates = live.training.history.lrs
    plain = run(tiny_net(), schedule="cosine", epochs=60)
    usual = [step.lr for step in plain]
    turned = next(i for i, (a, b) in enumerate(zip(rates, usual, strict=False)) if a != b)
    assert rates[turned] == pytest.approx(0.25)  # the schedule at that very step, not at one that was half counted
    assert rates == pytest.approx([*usual[:turned], *(0.25 * rate / usual[turned] for rate in usual[turned : len(rates)])])


def test_the_history_is_whole_whenever_it_is_read() -> None:
    live = background(validation=0.1)
    for i in range(100):
        history = live.training.history
        rows, state = history.rows(), history.state_dict()
        columns = [state[name] for name in ("epochs", "indices", "losses", "mean_losses", "lrs", "seconds", "accuracies")]
        assert len({len(column) for column in columns}) == 1 and len(rows) <= len(columns[0])
        history.losses().sort()  # is the caller's own
        if i % 20 == 10:
            live.back(0)
    done(live.step(50))
    losses = live.training.history.losses()
    assert losses == [row["loss"] for row in live.training.history.rows()] != sorted(losses)
    assert losses == [step.loss for step, _ in zip(run(tiny_net(), epochs=10**6, validation=0.1), losses, strict=False)]


def test_a_file_that_another_process_writes_is_a_sentence_and_the_run_can_go_on(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    code = "import sys\nfrom cnnkit._support import locks\nwith locks.only_writer(*sys.argv[1:]): print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), "run.pt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as other:
        assert other.stdin is not None and other.stdout is not None
        assert other.stdout.readline().strip() == b""
        live = LiveTraining(run(autosave=path))
        still = live.start().wait()
        assert live.driver.status == "failed" and not live.working and not path.exists()
        assert f"the checkpoint {path} is being written by process {other.pid}" in live.driver.error
        assert f"process {other.pid}" in still.html and "Error" not in live.driver.error
        other.communicate(b"\n")
    done(live.start())
    assert live.driver.status == "ended" and live.training.history.losses() == bare()


def test_the_pulse_belongs_to_the_threads_own_evaluations(monkeypatch: pytest.MonkeyPatch) -> None:
    live, callers = background(validation=0.3), set()
    pulse = live.driver._pulse
    done(live.pause())

    def told() -> None:
        callers.add(threading.current_thread().name)
        pulse()

    monkeypatch.setattr(live.driver, "_pulse", told)
    live.start()
    for _ in range(10):
        live.training.evaluate(live.training.validation)
    done(live.stop())
    assert callers <= {"cnnkit training"}


@pytest.mark.parametrize("how", ["evaluate", "state_dict"])
def test_a_step_under_way_is_waited_for(how: str) -> None:
    model, gate, there = Scripted(), threading.Event(), threading.Event()
    model.script["step 4"] = lambda: (there.set(), gate.wait(60))
    live = LiveTraining(run(model)).start()
    assert there.wait(60)
    answers: list[Any] = []
    act: Callable[[], Any] = getattr(live.training, how)
    other = threading.Thread(target=lambda: answers.append((act(), len(live.training.history))))
    live.pause()
    other.start()
    other.join(0.3)
    assert answers == []
    gate.set()
    other.join(60)
    assert len(answers) == 1 and answers[0][1] == 4 == len(done(live).training.history)

"""A live training trains as the bare loop does, and obeys between two steps, whoever speaks and whenever."""

import gc
import random
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from toys import tiny_net, toy_dataset

from cnnkit import InputError, Training
from cnnkit.data.augment import normalise
from cnnkit.explore import LiveTraining, running
from cnnkit.explore.live import registry
from cnnkit.explore.live.driver import Driver
from cnnkit.explore.live.places import Place, Places
from cnnkit.explore.live.story import Mark
from cnnkit.training import checkpoint
from cnnkit.training.batches import Epoch

SMALL = toy_dataset()  # 330 photos: 7 steps of 50
LARGE = toy_dataset(1800, 20)  # 1200 of them for validation: three batches of an evaluation


class Scripted(nn.Module):
    """The tiny net; before its n-th pass in training ("step n") or in evaluation ("look n") it does what it was told.

    A pass has the turn to run a network: whoever waits there keeps the other trainings waiting, too.
    """

    def __init__(self) -> None:
        super().__init__()
        self.net, self.steps, self.looks = tiny_net(), 0, 0
        self.script: dict[str, Callable[[], object]] = {}
        self.seen: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.steps += 1
            self.seen.append(x)
        else:
            self.looks += 1
        moment = f"step {self.steps}" if self.training else f"look {self.looks}"
        self.script.pop(moment, lambda: None)()
        return self.net(x)


def run(model: nn.Module | None = None, **options: Any) -> Training:
    chosen = {"dataset": SMALL, "epochs": 3, "batch_size": 50, "precision": "float32", "device": "cpu", **options}
    return Training(model or Scripted(), **chosen)


def bare(**options: Any) -> list[float]:
    return [step.loss for step in run(**options)]


def done(live: LiveTraining) -> LiveTraining:
    """Waits for ``live``, without hanging for ever."""
    assert live.driver.join(60)
    return live


@pytest.fixture(autouse=True)
def nothing_remains() -> Iterator[None]:
    """After every test: no thread that trains, nothing that runs."""
    yield
    assert [thread for thread in threading.enumerate() if thread.name == "cnnkit training"] == []
    assert running() == []


# ---- as the bare loop -----------------------------------------------------------------------------------------------------


def test_paused_stepped_stopped_and_started_again_it_has_the_losses_of_the_bare_loop() -> None:
    training = run(validation=0.1)
    live = LiveTraining(training)
    assert live.driver.status == "ready"
    assert done(live.step()).driver.status == "paused" and len(training.history) == 1
    assert done(live.step(3)).driver.status == "paused" and len(training.history) == 4
    assert done(live.epoch()).driver.status == "paused" and (training.epoch, training.index) == (1, 0)
    training.model.script["step 8"] = live.stop
    assert done(live.start()).driver.status == "stopped" and len(training.history) == 8
    assert done(live.epoch()).driver.status == "paused" and (training.epoch, training.index) == (2, 0)
    assert done(live.start()).driver.status == "ended"
    assert training.history.losses() == bare(validation=0.1)
    assert [e["epoch"] for e in training.history.evaluations] == [1, 2, 3]
    story = live.driver.story.now
    assert (story.steps, story.losses.count) == (len(training.history), len(training.history))
    assert [check[1] for check in story.checks] == [e["accuracy"] for e in training.history.evaluations]


def test_afterwards_the_training_can_be_iterated_by_hand() -> None:
    training = run()
    live = done(LiveTraining(training).step(5))
    by_hand = [step.loss for step in training]
    assert training.history.losses() == bare() and len(by_hand) == 16
    assert live.words() and live.picture()
    assert live.driver.story.now.losses.count == 21  # the story has what was trained by hand, too


def test_what_was_trained_before_belongs_to_the_story() -> None:
    training = run()
    for step in training:
        if step.index == 4:
            break
    live = LiveTraining(training)
    assert live.driver.story.now.losses.count == 4
    done(live.start())
    assert training.history.losses() == bare() and live.driver.places[0].steps == 4


def test_one_epoch_asked_for_during_a_step_is_the_one_under_way() -> None:
    for step in (1, 3, 7):
        live = LiveTraining(run())
        live.training.model.script[f"step {step}"] = live.epoch
        done(live.start())
        assert live.driver.status == "paused" and (live.training.epoch, live.training.index) == (1, 0)


def test_the_end_is_the_end_until_there_are_more_epochs() -> None:
    live = done(LiveTraining(run()).start())
    with pytest.raises(InputError, match=r"the training is over; go back to an earlier place, or raise training\.epochs"):
        live.start()
    live.training.epochs = 4
    done(live.start())
    assert live.driver.status == "ended" and live.training.history.losses() == bare(epochs=4)


# ---- changes --------------------------------------------------------------------------------------------------------------


def test_a_rate_holds_from_the_next_step_on_and_its_mark_stands_there() -> None:
    live = LiveTraining(run())
    live.training.model.script["step 4"] = lambda: live.set(lr=0.5)
    done(live.start())
    assert live.training.history.lrs == [1e-3] * 4 + [0.5] * 17
    assert live.driver.story.now.marks == [Mark(4, "rate", "0.001", "0.5")]
    assert "learning rate 0.5 from the next step on" in live.note


def test_a_batch_size_waits_for_the_next_epoch() -> None:
    live = LiveTraining(run())
    live.training.model.script["step 3"] = lambda: live.set(batch_size=30)
    done(live.start())
    assert live.training.history.indices == [*range(1, 8), *range(1, 12), *range(1, 12)]
    assert [len(x) for x in live.training.model.seen[7:18]] == [30] * 11
    assert live.driver.story.now.marks == [Mark(7, "batch size", "50", "30")]


def test_augmentation_changes_at_the_next_step_and_the_order_of_the_photos_stays() -> None:
    live = LiveTraining(run())
    live.training.model.script["step 4"] = lambda: live.set(augment=False)
    done(live.start())
    order, seen = Epoch.of(SMALL.train.images, SMALL.train.labels, 50, True, 0, 0).order, live.training.model.seen
    plain = [normalise(SMALL.train.images[order[i * 50 : i * 50 + 50]]) for i in range(7)]
    assert [torch.equal(x, y) for x, y in zip(seen[:7], plain, strict=True)] == [False] * 4 + [True] * 3
    assert live.driver.story.now.marks == [Mark(4, "augmentation", "on", "off")]


def test_changes_while_it_rests_hold_at_once_and_several_leave_one_mark() -> None:
    live = done(LiveTraining(run()).step(2))
    live.set(lr=0.1).set(lr=0.2).set(augment=False)
    assert live.training.lr == pytest.approx(0.2) and live.training.augment is False
    assert live.driver.story.now.marks == [Mark(2, "rate", "0.001", "0.2"), Mark(2, "augmentation", "on", "off")]
    live.set(lr=1e-3)
    assert [mark.kind for mark in live.driver.story.now.marks] == ["augmentation"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"lr": float("nan")}, "the learning rate is nan"),
        ({"lr": -1.0}, "the learning rate is -1.0"),
        ({"batch_size": 1}, "the batch size is 1"),
        ({"batch_size": 331}, "the batch size is 331, more than the 330 images"),
        ({"batch_size": 2.5}, "the batch size is 2.5"),
    ],
)
def test_a_bad_value_is_refused_and_changes_nothing(change: dict[str, Any], sentence: str) -> None:
    live = done(LiveTraining(run()).step())
    with pytest.raises(InputError, match=sentence):
        live.set(**change)
    done(live.start())
    assert live.training.history.losses() == bare()


def test_a_rate_that_no_longer_matters_does_not_make_a_run_fail() -> None:
    live = LiveTraining(run(schedule="linear"))
    live.training.model.script["step 21"] = lambda: live.set(lr=0.5)  # the last: after it the schedule is at 0
    done(live.start())
    assert live.driver.status == "ended" and "the schedule is at 0" in live.driver.error
    with pytest.raises(InputError, match="the schedule is at 0"):
        live.set(lr=0.5)


def test_what_is_said_before_the_first_step_holds_for_the_first_step() -> None:
    model, gate, there = Scripted(), threading.Event(), threading.Event()
    model.script["step 2"] = lambda: (there.set(), gate.wait(30))
    first = LiveTraining(run(model)).start()
    assert there.wait(30)
    second = LiveTraining(run(model)).start()  # waits for the first one's step
    assert second.note == "1 earlier training of this cell or network was stopped"
    second.set(lr=0.25, batch_size=30, augment=False)
    gate.set()
    done(second)
    assert first.driver.status == "stopped" and len(first.training.history) == 2
    assert second.training.history.lrs == [0.25] * 33 and len(second.training.history) == 3 * 11
    assert len(done(first).training.history) == 2


def test_a_training_that_waits_for_another_can_be_paused() -> None:
    model, gate, there = Scripted(), threading.Event(), threading.Event()
    model.script["step 2"] = lambda: (there.set(), gate.wait(30))
    first = LiveTraining(run(model)).start()
    assert there.wait(30)
    second = LiveTraining(run(model)).start().pause()
    done(second)
    assert second.driver.status == "paused" and len(second.training.history) == 0
    gate.set()
    done(first)


# ---- going back -----------------------------------------------------------------------------------------------------------


def test_going_back_and_on_without_a_change_repeats_the_losses() -> None:
    live = done(LiveTraining(run(epochs=4)).start())
    losses = live.training.history.losses()[:]
    assert [place.steps for place in live.driver.places] == [0, 7, 14, 21, 28]
    for step, begin in ((21, 21), (20, 14), (0, 0)):
        live.back(step)
        assert len(live.training.history) == begin and live.driver.status == "paused"
        done(live.start())
        assert live.training.history.losses() == losses == bare(epochs=4)
    assert [(b.name, b.start, b.steps) for b in live.driver.story.branches] == [
        ("A", 0, 28), ("B", 21, 28), ("C", 14, 28), ("D", 0, 28),
    ]  # fmt: skip


def test_going_back_restores_batch_size_and_augmentation() -> None:
    live = LiveTraining(run(epochs=4))
    live.training.model.script["step 9"] = lambda: live.set(batch_size=30, augment=False)
    done(live.start())
    changed = live.training.history.losses()[:]
    assert len(changed) == 7 + 7 + 11 + 11
    live.back(25)
    assert (live.training.batch_size, live.training.augment) == (30, False)
    done(live.start())
    assert live.training.history.losses() == changed
    live.back(7)
    assert (live.training.batch_size, live.training.augment) == (50, True)
    done(live.start())
    assert live.training.history.losses() == bare(epochs=4)


def test_a_batch_size_that_still_waits_is_forgotten_when_going_back() -> None:
    live = done(LiveTraining(run()).step(10))
    live.set(batch_size=30)
    done(live.back(7).start())
    assert live.training.history.losses() == bare()


def test_another_rate_makes_another_branch_from_the_same_point() -> None:
    live = done(LiveTraining(run()).start())
    losses = live.training.history.losses()[:]
    live.back(14).set(lr=0.1)
    done(live.start())
    found = live.training.history.losses()
    assert found[:15] == losses[:15] and all(a != b for a, b in zip(found[15:], losses[15:], strict=True))
    one, two = live.driver.story.branches
    assert two.parent is one and two.start == 14
    assert two.marks == [Mark(14, "branch", "", "B"), Mark(14, "rate", "0.001", "0.1")]
    assert two.means.last == pytest.approx(sum(found[-20:]) / 20)  # over the branching, too


def test_going_back_while_it_trains_happens_after_the_step() -> None:
    live = LiveTraining(run())
    live.training.model.script["step 10"] = lambda: live.set(lr=9.0, batch_size=20).back(7)
    done(live.start())
    assert live.training.history.losses() == bare()  # the rate belonged to the branch that was left
    assert live.training.model.steps == 10 + 14 and live.driver.story.branches[0].steps == 10


def test_one_step_that_goes_back_is_still_one_step() -> None:
    live = done(LiveTraining(run()).step(9))
    live.training.model.script["step 10"] = lambda: live.back(0)
    done(live.step())
    assert live.driver.status == "paused" and len(live.training.history) == 0


@pytest.mark.parametrize("when", ["fresh", "later"])
def test_there_must_be_a_state_to_go_back_to(when: str) -> None:
    live = LiveTraining(run())
    if when == "later":
        done(live.step())
    else:
        with pytest.raises(InputError, match="no state to go back to; start the training first"):
            live.recover()
    with pytest.raises(InputError, match="there is no state to go back to at or before step -1"):
        live.back(-1)


# ---- divergence -----------------------------------------------------------------------------------------------------------


def test_a_diverged_run_says_why_and_goes_on_from_a_good_state() -> None:
    live = LiveTraining(run(epochs=30, schedule="constant"))
    live.training.model.script["step 30"] = lambda: live.set(lr=1e4)
    done(live.start())
    driver, history = live.driver, live.training.history
    assert driver.status == "diverged" and driver.story.now.diverged == len(history)
    assert "with learning rate 10000" in driver.error and driver.error.endswith("most likely the rate is too high.")
    rates, well = [], bare(epochs=4)
    while driver.status == "diverged":
        assert len(rates) < 20
        done(live.recover())
        assert driver.story.now.start == 21 and history.losses()[:22] == well[:22]  # from before the high rate
        rates.append(history.lrs[-1])
    assert driver.status == "ended" and driver.error == ""
    assert rates == pytest.approx([1e4 / 3 ** (i + 1) for i in range(len(rates))])
    assert len(driver.story.branches) == len(rates) + 1


def test_a_run_that_diverges_from_its_start_recovers_from_its_start() -> None:
    live = done(LiveTraining(run(epochs=30, lr=1e4)).start())
    start = [p.clone() for p in Scripted().parameters()]
    assert live.driver.status == "diverged"
    live.training.model.script[f"step {live.training.model.steps + 1}"] = lambda: [
        torch.testing.assert_close(a, b, rtol=0, atol=0) for a, b in zip(live.training.model.parameters(), start, strict=True)
    ]
    done(live.recover().pause())
    assert live.driver.status in ("paused", "ready") and live.driver.story.now.start == 0
    done(live.step())
    assert live.driver.status == "paused", live.driver.error
    assert live.training.history.lrs == [pytest.approx(1e4 / 3)] * len(live.training.history)


# ---- evaluations ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["pause", "stop"])
@pytest.mark.parametrize("look", [1, 4])  # in the first batch of the evaluation after the first epoch, and after the last
def test_an_evaluation_is_left_between_its_batches_and_made_up_for(command: str, look: int, tmp_path: Path) -> None:
    options: dict[str, Any] = {"dataset": LARGE, "epochs": 2, "batch_size": 200, "validation": 2 / 3}
    training = run(**options, autosave=tmp_path / "run.pt")
    live, states = LiveTraining(training), []
    training.model.script[f"look {look}"] = lambda: (states.append(live.driver.status), getattr(live, command)())
    done(live.start())
    assert states == ["evaluating"] and training.model.looks == look
    assert live.driver.status == {"pause": "paused", "stop": "stopped"}[command]
    epochs = look // 3 + 1
    assert len(training.history) == 3 * epochs and len(training.history.evaluations) == epochs - 1
    done(live.start())
    assert live.driver.status == "ended" and training.history.losses() == bare(**options)
    assert [(e["epoch"], e["step"]) for e in training.history.evaluations] == [(1, 3), (2, 6)]
    assert checkpoint.read(tmp_path / "run.pt")["history"]["evaluations"] == training.history.evaluations
    assert [step for step, _ in live.driver.story.now.checks] == [3, 6]


def test_a_run_that_is_paused_and_then_stopped_is_saved(tmp_path: Path) -> None:
    training = run(epochs=2, autosave=(tmp_path / "run.pt", 1000))
    live = LiveTraining(training)
    live.stop()
    done(live.step(3))
    assert live.driver.status == "paused" and not (tmp_path / "run.pt").exists()
    live.stop()
    assert live.driver.status == "stopped"
    assert checkpoint.read(tmp_path / "run.pt")["history"]["losses"] == training.history.losses()


def test_what_is_no_number_or_switch_is_told() -> None:
    live = LiveTraining(run())
    for wrong, sentence in {
        lambda: live.step("2"): "steps is '2'",  # type: ignore[arg-type]
        lambda: live.back("2"): "step is '2'",  # type: ignore[arg-type]
        lambda: live.set(augment="no"): "augment is 'no'; it must be True or False",  # type: ignore[arg-type]
    }.items():
        with pytest.raises(InputError, match=sentence):
            wrong()


def test_going_back_leaves_an_evaluation() -> None:
    training = run(dataset=LARGE, epochs=2, batch_size=200, validation=2 / 3)
    live = LiveTraining(training)
    training.model.script["look 4"] = lambda: live.back(3)
    done(live.start())
    assert training.model.looks == 3 + 1 + 3 + 3 and [e["epoch"] for e in training.history.evaluations] == [1, 2]
    assert training.history.losses() == bare(dataset=LARGE, epochs=2, batch_size=200, validation=2 / 3)


# ---- races ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns every 20 microseconds instead of every five milliseconds."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(2e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty")
def test_start_straight_after_pause_loses_nothing() -> None:
    live, moments, paused = LiveTraining(run(nn.Sequential(tiny_net()), epochs=10**6)).start(), random.Random(0), 0
    for _ in range(300):
        live.driver.join(moments.uniform(0, 2e-3))  # somewhere in a step
        live.pause()
        live.driver.join(moments.uniform(0, 1e-3))
        paused += not live.working
        live.start()
        assert live.driver.status in ("training", "evaluating")
    done(live.stop())
    assert live.driver.status == "stopped" and 0 < paused < 300
    found = live.training.history.losses()
    expected = [loss.loss for loss, _ in zip(run(nn.Sequential(tiny_net()), epochs=10**6), found, strict=False)]
    assert found == expected and len(live.driver.story.branches) == 1


@pytest.mark.usefixtures("hasty")
def test_reading_the_story_while_it_trains_loses_and_doubles_nothing() -> None:
    live = LiveTraining(run(nn.Sequential(tiny_net()), epochs=30)).start()
    while live.working:
        live.driver.collect()
        live.training.history.losses()
    done(live)
    history = live.training.history
    assert live.driver.status == "ended", live.driver.error
    assert len(history.losses()) == len(history.accuracies) == len(history.mean_losses) == 210
    assert live.driver.story.now.losses.count == 210


@pytest.mark.usefixtures("hasty")
def test_commands_from_several_threads_leave_a_whole_story() -> None:
    training = run(nn.Sequential(tiny_net()), epochs=30, validation=0.1)
    live, failed = LiveTraining(training, memory=200_000).start(), []

    def talk(seed: int) -> None:
        moments = random.Random(seed)
        commands: list[Callable[[], object]] = [
            live.start, live.pause, live.stop, live.step, live.epoch, live.still, live.words, live.recover, running,
            lambda: live.set(lr=moments.choice([1e-3, 1e-2])), lambda: live.set(batch_size=moments.choice([30, 50])),
            lambda: live.set(augment=moments.random() < 0.5), lambda: live.back(moments.randrange(200)),
        ]  # fmt: skip
        for _ in range(60):
            try:
                moments.choice(commands)()
            except InputError:
                pass  # it was at its end, or not begun
            except Exception as error:
                failed.append(error)

    threads = [threading.Thread(target=talk, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    done(live.stop())
    driver, history = live.driver, training.history
    driver.collect()
    assert failed == [] and driver.status in ("paused", "stopped", "ended"), driver.error
    assert driver.story.now.steps == len(history.losses()) == len(history.accuracies) == len(history.lrs)
    done(live.back(0))
    training.epochs = 3
    done(live.start())
    assert history.losses() == bare(model=nn.Sequential(tiny_net()), validation=0.1)


# ---- several trainings ----------------------------------------------------------------------------------------------------


def test_two_trainings_at_once_do_not_touch_each_other() -> None:
    both = threading.Barrier(2, timeout=300)

    def meeting() -> Callable[[float, int], float]:
        met: list[float] = []

        def schedule(epoch: float, epochs: int) -> float:  # asked before each step
            if epoch > 1 and not met:
                met.append(epoch)
                both.wait()  # they do train at the same time
            return 1.0

        return schedule

    first = LiveTraining(run(validation=0.1, schedule=meeting()))
    second = LiveTraining(run(validation=0.1, seed=1, schedule=meeting()))
    first.start(), second.start()
    assert done(first) and done(second)
    assert first.training.history.losses() == bare(validation=0.1)
    assert second.training.history.losses() == bare(validation=0.1, seed=1)


def test_running_finds_what_trains_once_and_only_that() -> None:
    gate, there = threading.Event(), threading.Event()
    model = Scripted()
    model.script["step 2"] = lambda: (there.set(), gate.wait(30))
    live = LiveTraining(run(model))
    assert running() == []
    live.start()
    assert there.wait(30)
    live.start().start()
    assert running() == [live]
    del live
    gc.collect()
    (found,) = running()  # its cell is gone
    gate.set()
    done(found.stop())
    assert running() == [] and found.driver.status == "stopped"


def test_a_cell_that_is_run_again_stops_its_first_training(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, there = threading.Event(), threading.Event()
    model = Scripted()
    model.script["look 1"] = lambda: (there.set(), gate.wait(30))
    monkeypatch.setattr(registry, "cell", lambda: ("cell a", 1))
    first = LiveTraining(run(model, validation=0.1)).start()
    monkeypatch.setattr(registry, "cell", lambda: ("cell b", 2))
    other = done(LiveTraining(run()).step())
    assert there.wait(30) and running() == [first]
    monkeypatch.setattr(registry, "cell", lambda: ("cell a", 3))
    again = LiveTraining(run()).step()
    gate.set()
    assert done(first).driver.status == "stopped" and done(again).driver.status == done(other).driver.status == "paused"


def test_an_error_of_the_network_is_said_and_nothing_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    live = LiveTraining(run())

    def broken() -> None:
        raise KeyError("layer 3")

    live.training.model.script["step 3"] = broken
    still = live.start().wait()
    assert live.driver.status == "failed" and live.driver.error == "KeyError: 'layer 3'"
    assert "KeyError: &#x27;layer 3&#x27;" in still.html and "failed" in still.words
    done(live.start())
    assert live.driver.status == "ended" and live.driver.error == ""


def test_a_network_of_the_wrong_shape_gets_the_trainings_own_sentence() -> None:
    live = done(LiveTraining(run(tiny_net(classes=7))).start())
    assert live.driver.status == "failed" and live.driver.error.startswith("the model returns shape (50, 7) for 50 photos")


def test_a_training_that_is_iterated_elsewhere_is_not_disturbed() -> None:
    training = run()
    steps = iter(training)
    next(steps)
    live = done(LiveTraining(training).start())
    assert live.driver.status == "failed" and "already runs in another loop" in live.driver.error
    assert len(list(steps)) == 20


def test_what_is_no_training_is_refused() -> None:
    with pytest.raises(InputError, match=r"LiveTraining takes a cnnkit\.Training; this is a str"):
        LiveTraining("x")  # type: ignore[arg-type]


# ---- waiting, and without a thread -------------------------------------------------------------------------------------------


def test_wait_returns_the_still_picture(capsys: pytest.CaptureFixture[str]) -> None:
    live = LiveTraining(run())
    still = live.start().wait()
    assert live.driver.status == "ended" and repr(still) == live.words()
    assert still._repr_html_().startswith("<svg") and "trained to the end" in still.html
    assert not live.driver.working
    live.wait()
    assert capsys.readouterr().out.count("Its controls rest meanwhile") <= 1


def test_control_c_in_wait_stops_the_training(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    live, join, there = LiveTraining(run(epochs=10**6)), Driver.join, threading.Event()
    live.training.model.script["step 5"] = there.set

    def interrupted(self: Driver, seconds: float | None = None) -> bool:
        monkeypatch.setattr(Driver, "join", join)
        assert there.wait(30)
        raise KeyboardInterrupt

    monkeypatch.setattr(Driver, "join", interrupted)
    live.start().wait()
    steps = len(live.training.history)
    assert live.driver.status == "stopped" and steps >= 5
    assert f"Stopped at step {steps:,}; .start() goes on from there." in capsys.readouterr().out


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_without_background_it_trains_in_the_calling_thread(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "environment":
        monkeypatch.setenv("CNNKIT_BACKGROUND", "0")
    live = LiveTraining(run(), background=False if how == "argument" else None)
    threads: list[threading.Thread] = []
    for step in (1, 4, 8):
        live.training.model.script[f"step {step}"] = lambda: threads.append(threading.current_thread())
    live.step(2).epoch()
    assert live.driver.status == "paused" and len(live.training.history) == 7
    live.start()
    assert live.driver.status == "ended" and threads == [threading.current_thread()] * 3
    assert live.training.history.losses() == bare() and "ended" in live.wait().words
    live.back(7).recover()
    assert live.driver.status == "ended" and live.training.history.lrs[-1] == pytest.approx(1e-3 / 3)


def test_control_c_without_background_leaves_a_training_that_goes_on() -> None:
    live = LiveTraining(run(), background=False)

    def control_c() -> None:
        raise KeyboardInterrupt

    live.training.model.script["step 5"] = control_c
    with pytest.raises(KeyboardInterrupt):
        live.start()
    assert live.driver.status == "stopped" and not live.working
    assert live.start().driver.status == "ended" and live.training.history.losses() == bare()


# ---- places ---------------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 9), max_size=120), st.integers(0, 12), st.integers(0, 10**6))
def test_places_stay_within_memory_and_spread_over_the_run(gaps: list[int], room: int, seed: int) -> None:
    places, steps, offered = Places(memory=room * 40.0), 0, [0]
    state = {"model": {"w": torch.zeros(10)}, "optimizer": {}, "epoch": 0, "index": 0}
    places.offer(Place(0, "start", state))
    for gap in gaps:
        steps += gap
        offered.append(steps)
        places.offer(Place(steps, "", state))
        places.offer(Place(steps, "again", state))
        kept = [place.steps for place in places]
        assert len(kept) <= max(2, room) == places.most
        assert kept[0] == 0 and kept[-1] == steps and kept == sorted(set(kept))
        apart = [offered.index(b) - offered.index(a) for a, b in zip(kept, kept[1:], strict=False)]
        if room > 2:  # as evenly as halving can: but for the newest, all are equally far apart
            assert len(set(apart[:-1])) <= 1 and (len(kept) == len(offered) or len(kept) > room // 2)
    place = places[seed % len(places)]
    places.back_to(place)
    assert places[-1] is place and places[0].steps == 0


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_states_of_a_run_stay_within_their_memory(optimizer: str) -> None:
    def size(value: Any) -> int:
        if isinstance(value, Tensor):
            return value.nbytes
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        return sum(map(size, inside))

    memory = 200_000.0
    live = done(LiveTraining(run(epochs=20, optimizer=optimizer), memory=memory).start())
    places = live.driver.places
    assert 3 <= len(places) < 21 and sum(size(place.state) for place in places) <= memory
    assert places[0].steps == 0 and places[-1].steps == 140

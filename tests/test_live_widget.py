"""The controls of a live training do what they say, by sliders and by the hand; without a browser, as ipywidgets calls them."""

import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from toys import tiny_net, toy_dataset

from cnnkit import Training
from cnnkit.explore import LiveTraining, running
from cnnkit.explore.axis import Axis
from cnnkit.explore.live import curve, picture, track
from cnnkit.explore.live.pace import LONGEST, REDRAW, SHARE
from cnnkit.explore.live.story import Mark


class Gated(torch.nn.Module):
    """The tiny net; before its n-th step it does what ``script[n]`` says."""

    def __init__(self) -> None:
        super().__init__()
        self.net, self.steps = tiny_net(), 0
        self.script: dict[int, Callable[[], object]] = {}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.steps += self.training
        if self.training:
            self.script.pop(self.steps, lambda: None)()
        return self.net(x)


def live(background: bool = True, **options: Any) -> LiveTraining:
    chosen = {"epochs": 3, "batch_size": 50, "precision": "float32", "device": "cpu", **options}
    return LiveTraining(Training(Gated(), toy_dataset(), **chosen), background=background)


def parts(widget: Any) -> dict[str, Any]:
    """All controls of a widget by what stands on them when it is built."""
    found = {getattr(widget, "description", ""): widget}
    for child in getattr(widget, "children", ()):
        found |= parts(child)
    return found


def shown(widget: Any) -> str:
    """All text and pictures of a widget."""
    inside = "".join(map(shown, getattr(widget, "children", ())))
    return inside + "".join(v for name in ("value", "svg") if isinstance(v := getattr(widget, name, None), str))


def touch(widget: Any, *touches: dict[str, Any]) -> None:
    """Touches the picture, as the page would tell."""
    canvas = next(child for child in widget.children if hasattr(child, "svg"))
    canvas._handle_custom_msg({"id": "1", "touches": list(touches)}, [])


@pytest.fixture
def sliders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anywidget is missing."""
    monkeypatch.setitem(sys.modules, "anywidget", None)


def usable(controls: dict[str, Any]) -> set[str]:
    return {name for name in ("Start", "Pause", "One step", "One epoch", "Stop") if not controls[name].disabled}


@pytest.fixture(autouse=True)
def nothing_remains() -> Iterator[None]:
    yield
    assert [thread for thread in threading.enumerate() if thread.name == "cnnkit training"] == []
    assert running() == []


def test_a_pause_can_be_stopped_where_that_saves_the_run(tmp_path: Path) -> None:
    it = live(autosave=tmp_path / "run.pt")
    controls = parts(it.widget)
    controls["One step"].click()
    assert it.driver.join(30) and usable(controls) == {"Start", "One step", "One epoch", "Stop"}
    controls["Stop"].click()
    assert (tmp_path / "run.pt").exists() and "stopped" in shown(it.widget)
    assert usable(controls) == {"Start", "One step", "One epoch"}


def test_the_buttons_do_what_they_say() -> None:
    it = live()
    controls = parts(it.widget)
    gate, there = threading.Event(), threading.Event()
    it.training.model.script[10] = lambda: (there.set(), gate.wait(30))
    assert usable(controls) == {"Start", "One step", "One epoch"} and "ready: press Start" in shown(it.widget)
    controls["One step"].click()
    assert it.driver.join(30) and len(it.training.history) == 1 and "paused" in shown(it.widget)
    controls["One epoch"].click()
    assert it.driver.join(30) and it.training.epoch == 1 and controls["Start"].description == "Go on"
    controls["Start"].click()
    assert there.wait(30) and usable(controls) == {"Pause", "Stop"} and "● training" in shown(it.widget)
    controls["Pause"].click()
    assert "pauses after this step" in shown(it.widget)  # at once, though the step is not over
    gate.set()
    assert it.driver.join(30) and len(it.training.history) == 10
    assert usable(controls) == {"Start", "One step", "One epoch"}
    controls["Start"].click()
    assert it.driver.join(30) and "trained to the end" in shown(it.widget) and usable(controls) == set()
    assert "step 21 of 21" in shown(it.widget)


def test_stop_stops() -> None:
    it = live(epochs=10**6)
    controls, there = parts(it.widget), threading.Event()
    it.training.model.script[3] = there.set
    controls["Start"].click()
    assert there.wait(30)
    controls["Stop"].click()
    assert it.driver.join(30) and it.driver.status == "stopped" and "■ stopped" in shown(it.widget)


@pytest.mark.usefixtures("sliders")
def test_the_sliders_change_the_run_and_leave_their_marks() -> None:
    it = live(background=False)
    controls = parts(it.widget)
    it.step(2)
    controls["learning rate"].value = 0.1
    controls["crops and flips"].value = False
    controls["batch size"].value = 100
    assert "batch size 100 from the next epoch on" in shown(it.widget) and it.training.batch_size == 50
    it.start()
    assert it.training.history.lrs == [1e-3] * 2 + [pytest.approx(0.1)] * 13 and it.training.batch_size == 100
    assert it.driver.story.now.marks == [
        Mark(2, "rate", "0.001", "0.1"), Mark(2, "augmentation", "on", "off"), Mark(7, "batch size", "50", "100"),
    ]  # fmt: skip
    assert "① 2: rate 0.001 → 0.1" in shown(it.widget) and "data-key" not in shown(it.widget)


@pytest.mark.usefixtures("sliders")
def test_sliders_moved_during_a_step_hold_from_the_next() -> None:
    it = live()
    controls = parts(it.widget)
    it.training.model.script[4] = lambda: setattr(controls["learning rate"], "value", 0.5)
    controls["Start"].click()
    assert it.driver.join(30) and it.training.history.lrs == [1e-3] * 4 + [0.5] * 17


@pytest.mark.usefixtures("sliders")
def test_a_slider_moved_while_another_thread_sets_the_controls_is_heard() -> None:
    it = live()
    controls = parts(it.widget)
    desk = it._desk
    user = threading.Thread(target=lambda: setattr(controls["learning rate"], "value", 0.5))
    assert desk is not None
    with it.driver.lock:  # as in a redraw
        desk._setting = True
        user.start()
        user.join(0.2)
        desk._setting = False
    user.join()
    assert it.training.lr == pytest.approx(0.5)


@pytest.mark.usefixtures("sliders")
def test_the_knobs_follow_when_it_goes_back() -> None:
    it = live(background=False)
    controls = parts(it.widget)
    it.epoch()
    it.set(lr=0.1, batch_size=100, augment=False)
    controls["learning rate"].value, controls["batch size"].value = 0.2, 100
    it.epoch()
    controls["go back to"].value = 1
    assert "back to step 7" in shown(it.widget)
    controls["Go back"].click()
    assert len(it.training.history) == 7 and "back to step 7" in shown(it.widget)
    assert controls["learning rate"].value == pytest.approx(it.training.lr) == pytest.approx(1e-3)
    assert (controls["batch size"].value, controls["crops and flips"].value) == (50, True)
    assert [mark.kind for mark in it.driver.story.now.marks] == ["branch"]  # the knobs that followed changed nothing
    it.start()
    assert it.training.history.lrs == [1e-3] * 21


@pytest.mark.usefixtures("sliders")
def test_the_chosen_place_stays_chosen_when_places_are_forgotten() -> None:
    it = live(background=False, epochs=40)
    it.driver.places.memory = 1e6
    controls = parts(it.widget)
    places, slider = it.driver.places, controls["go back to"]
    while len(places) < 9:
        it.epoch()
    assert slider.value == slider.max == len(places) and "back to step" not in shown(it.widget)
    slider.value = 4
    steps, before = places[4].steps, places.most
    places.memory = 7.0 * places.size
    it.epoch()
    assert len(places) < before and places[slider.value].steps == steps
    controls["Go back"].click()
    assert len(it.training.history) == steps
    it.epoch()
    assert slider.value == slider.max  # and stands at the present again


@pytest.mark.parametrize("hand", [True, False])
def test_the_playhead_rests_when_a_place_is_added(hand: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not hand:
        monkeypatch.setitem(sys.modules, "anywidget", None)
    it = live(background=False, epochs=4)
    widget = it.widget
    for _ in range(4):
        it.epoch()
        assert "back to step" not in shown(widget)


# ---- the hand in the picture ----------------------------------------------------------------------------------------------


def at_rate(it: LiveTraining, rate: float) -> float:
    return track.rate_axis(it.powers, picture.TRACK).at(rate)


def at_step(it: LiveTraining, step: int) -> float:
    steps = it.driver.story.steps
    return Axis(0, picture.reach(steps, 21), curve.LEFT, curve.END).at(step)


def test_dragging_in_the_track_sets_the_rate_when_it_is_let_go() -> None:
    it = live(background=False)
    widget = it.widget
    it.step(2)
    touch(widget, {"kind": "drag", "key": "rate", "y": at_rate(it, 0.1)})
    assert "0.001 → 0.1: let go" in shown(widget) and it.training.lr == pytest.approx(1e-3)
    it._changed(True)
    assert "0.001 → 0.1: let go" in shown(widget), "a new picture takes the knob out of the hand"
    touch(
        widget, {"kind": "drag", "key": "rate", "y": at_rate(it, 0.02)}, {"kind": "drop", "key": "rate", "y": at_rate(it, 0.02)}
    )
    assert it.training.lr == pytest.approx(0.02) and "let go" not in shown(widget)
    assert it.driver.story.now.marks == [Mark(2, "rate", "0.001", "0.02")], "a drag is one change"
    it.step(2)
    assert it.training.history.lrs == [1e-3] * 2 + [pytest.approx(0.02)] * 2


@pytest.mark.parametrize(
    ("arrow", "rate"),
    [("ArrowUp", 1.26e-3), ("ArrowRight", 1.26e-3), ("ArrowDown", 7.94e-4), ("PageUp", 0.01), ("Home", 1e-5), ("End", 10.0)],
)
def test_arrow_keys_in_the_track_set_the_rate(arrow: str, rate: float) -> None:
    it = live(background=False)
    touch(it.widget, {"kind": "key", "key": "rate", "arrow": arrow})
    assert it.training.lr == pytest.approx(rate, rel=0.01)


def test_the_playhead_is_dragged_and_a_button_beside_it_goes_back() -> None:
    it = live(background=False)
    widget = it.widget
    it.start()
    touch(widget, {"kind": "drag", "key": "head", "x": at_step(it, 8)}, {"kind": "drop", "key": "head", "x": at_step(it, 8)})
    assert "go back to step 7" in shown(widget) and len(it.training.history) == 21, "dragging alone changes nothing"
    touch(widget, {"kind": "key", "key": "head", "arrow": "ArrowRight"})
    assert "go back to step 14" in shown(widget)
    touch(widget, {"kind": "key", "key": "head", "arrow": "Home"})
    touch(widget, {"kind": "click", "key": "back"})
    assert len(it.training.history) == 0 and "back to step 0" in shown(widget) and "go back to step" not in shown(widget)
    touch(widget, {"kind": "click", "key": "back"}, {"kind": "drag", "key": "head", "x": 1e9}, {"kind": "drag", "key": "else"})
    it.start()
    assert [(b.name, b.start, b.steps) for b in it.driver.story.branches] == [("A", 0, 21), ("B", 0, 21)]
    touch(widget, {"kind": "drag", "key": "head", "x": 0}, {"kind": "key", "key": "head", "arrow": "End"})
    assert "go back to step" not in shown(widget)


def test_the_hand_steers_a_run_that_trains() -> None:
    it = live()
    widget, trained = it.widget, it.training.model.script
    trained[3] = lambda: touch(widget, {"kind": "drop", "key": "rate", "y": at_rate(it, 0.1)})
    trained[10] = lambda: touch(widget, {"kind": "drag", "key": "head", "x": 0}, {"kind": "click", "key": "back"})
    it.start()
    assert it.driver.join(30) and it.driver.status == "ended", it.driver.error
    assert [(b.start, b.steps) for b in it.driver.story.branches] == [(0, 10), (0, 21)]
    assert it.training.history.lrs == [1e-3] * 21


def test_the_loss_is_switched_to_a_logarithmic_axis() -> None:
    it = live(background=False)
    it.start()
    before = shown(it.widget)
    touch(it.widget, {"kind": "click", "key": "log"})
    assert "✓ log scale" in shown(it.widget) != before
    touch(it.widget, {"kind": "click", "key": "log"})
    assert "✓ log scale" not in shown(it.widget)


def test_what_is_touched_can_be_reached_by_keys_and_has_a_name() -> None:
    it = live(background=False)
    it.start()
    touch(it.widget, {"kind": "key", "key": "head", "arrow": "ArrowLeft"})
    canvas = next(child for child in it.widget.children if hasattr(child, "svg"))
    keyed = [node for node in ET.fromstring(canvas.svg).iter() if node.get("data-key")]
    assert [node.get("data-key") for node in keyed] == ["log", "rate", "head", "back"]
    assert all(node.get("data-name") and node.get("role") in ("button", "slider") for node in keyed)
    assert all(node.get("aria-valuetext") for node in keyed if node.get("role") == "slider")


# ---- how often it draws ---------------------------------------------------------------------------------------------------


def test_it_draws_five_to_eight_times_a_second_and_within_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    it = live(background=False, epochs=10**6)
    clock, drawn, spent = [0.0], [], [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(time, "thread_time", lambda: spent[0])
    it._answers = None
    cost = [0.002]

    class Desk:
        def show(self, curves: bool) -> None:
            drawn.append(clock[0])
            spent[0] += cost[0]
            clock[0] += 5 * cost[0]  # others had the interpreter meanwhile

    it._desk = Desk()  # type: ignore[assignment]
    for cost[0], least, most in ((0.002, 5, 8), (0.009, 3, 3.4), (1.0, 1 / LONGEST - 0.9, 1 / LONGEST)):
        drawn.clear()
        begin = clock[0]
        while clock[0] < begin + 20:
            clock[0] += 0.004
            it._changed(False)
        assert least <= len(drawn) / (clock[0] - begin) <= most, (cost, len(drawn))
        assert cost[0] == 1 or len(drawn) * cost[0] <= 1.05 * SHARE * (clock[0] - begin)
    assert 5 <= 1 / REDRAW <= 8


@pytest.mark.usefixtures("sliders")
def test_a_bad_value_is_answered_in_words() -> None:
    it = live(background=False, schedule="linear")
    controls = parts(it.widget)
    it.start()
    controls["learning rate"].value = 0.5
    assert "the schedule is at 0 here" in shown(it.widget)


@pytest.mark.usefixtures("sliders")
def test_the_button_of_recovery_appears_after_a_divergence() -> None:
    it = live(background=False, epochs=30, schedule="constant")
    controls = parts(it.widget)
    recover = controls["Back, with a third of the rate"]
    assert recover.layout.display == "none"
    it.epoch()
    it.set(lr=1e4)
    it.start()
    assert it.driver.status == "diverged" and recover.layout.display == "" and "✗ diverged" in shown(it.widget)
    assert "most likely the rate is too high." in shown(it.widget)
    clicks = 0
    while it.driver.status == "diverged":
        recover.click()
        clicks += 1
        assert clicks < 20
    assert it.driver.status == "ended" and recover.layout.display == "none"
    assert controls["learning rate"].value == pytest.approx(1e4 / 3**clicks, rel=0.01)


def test_two_views_are_one_widget() -> None:
    it = live(background=False)
    first, second = it._repr_mimebundle_(), it._repr_mimebundle_()
    view = "application/vnd.jupyter.widget-view+json"
    assert first[view]["model_id"] == second[view]["model_id"]
    assert "<svg" in first["text/html"] and first["text/plain"].startswith("ready: Nothing is trained yet")


def test_knobs_can_be_left_out() -> None:
    training = Training(Gated(), toy_dataset(), precision="float32")
    rate, nothing = (LiveTraining(training, knobs=knobs).widget for knobs in (("rate",), ()))
    assert 'data-key="rate"' in shown(rate) and "batch size" not in parts(rate)
    assert 'data-key="rate"' not in shown(nothing) and "learning rate" not in shown(nothing)


@pytest.mark.usefixtures("sliders")
@pytest.mark.parametrize("lr", [0.0, 1e-9, 1e4])
def test_any_rate_can_be_shown(lr: float) -> None:
    it = live(background=False, lr=lr)
    assert parts(it.widget)["learning rate"].value == pytest.approx(lr or 1e-5)
    assert it.step().driver.status in ("paused", "diverged") and it.training.history.lrs == [lr]


@pytest.mark.parametrize("background", [True, False])
def test_a_redraw_that_fails_does_not_end_the_training(background: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    it = live(background, validation=0.1)
    widget = it.widget

    def broken(*_: Any) -> str:
        raise ValueError("no ink")

    monkeypatch.setattr("cnnkit.explore.live.pace.REDRAW", 0.0)
    monkeypatch.setattr("cnnkit.explore.live.panel.picture.draw", broken)
    it._answers.ask = broken  # type: ignore[method-assign]
    it.driver.start(background=background)
    assert it.driver.join(30) and it.driver.status == "ended" and len(it.training.history) == 18
    assert it.training.history.losses() == [step.loss for step in live(validation=0.1).training]
    assert "ValueError: no ink" in it.note
    monkeypatch.undo()
    it.back(6)
    assert "<svg" in shown(widget)


def test_a_network_that_cannot_answer_is_still_drawn() -> None:
    it = live(background=False)
    widget = it.widget

    def broken() -> str:
        raise ValueError("no answer")

    it._answers.ask = broken  # type: ignore[method-assign]
    it.start()
    assert it.driver.status == "ended" and "trained to the end" in shown(widget) and "step 21 of 21" in shown(widget)


def test_a_widget_that_is_closed_meanwhile_disturbs_nothing() -> None:
    it = live()
    widget = it.widget
    it.training.model.script[5] = lambda: [part.close() for part in (*parts(widget).values(), widget)]
    it.start()
    assert it.driver.join(30) and it.driver.status == "ended"
    it.back(7)
    assert it.driver.status == "paused"


@pytest.mark.usefixtures("sliders")
def test_moving_the_slider_while_it_trains_loses_nothing() -> None:
    it = live(epochs=20)
    controls = parts(it.widget)
    it.start()
    while it.working:
        controls["go back to"].value = 0
        controls["go back to"].value = controls["go back to"].max
    assert it.driver.join(30) and it.driver.status == "ended", it.driver.error
    assert it.training.history.losses() == [step.loss for step in live(epochs=20).training]
    assert it.driver.story.now.losses.count == 140


def test_without_a_view_ipywidgets_is_not_imported() -> None:
    code = """
import sys
sys.path.insert(0, "tests")
from toys import tiny_net, toy_dataset
import cnnkit.explore
from cnnkit import Training
live = cnnkit.explore.LiveTraining(Training(tiny_net(), toy_dataset(), precision="float32", device="cpu"))
live.start().wait()
assert live.driver.status == "ended" and live.still()
assert not {"ipywidgets", "IPython", "matplotlib.pyplot"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=__file__.rsplit("/tests/", 1)[0], timeout=600)

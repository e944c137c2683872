"""Several networks learn the same photos, each as it would alone, under one button and in one picture."""

import re
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from test_live_widget import at_rate, parts, shown, touch
from toys import tiny_net, toy_dataset

from cnnkit import InputError, Training, explore
from cnnkit.draw.meaning import looks
from cnnkit.explore import running
from cnnkit.explore.live import picture, racing, strip
from cnnkit.explore.live.layers import Layer
from cnnkit.explore.live.story import Mark

DS = toy_dataset()


@pytest.fixture(autouse=True)
def nothing_remains() -> Iterator[None]:
    yield
    assert [thread for thread in threading.enumerate() if thread.name == "cnnkit training"] == []
    assert running() == []


def race(background: bool = False, **options: Any) -> racing.Race:
    nets = {"plain-50": tiny_net(0, dropout=0.0), "residual-50": tiny_net(1)}
    return explore.race(nets, DS, **{"steps": 30, "background": background, **options})


@pytest.mark.parametrize("background", [False, True])
def test_each_trains_as_it_would_alone(background: bool) -> None:
    both = race(background, photos=40, lr=5e-3, seed=3)
    both.start()
    assert all(driver.join(60) for driver in both.drivers) and both.status == "ended"
    for training, net in zip(both.trainings.values(), (tiny_net(0, dropout=0.0), tiny_net(1)), strict=True):
        optimizer, losses = torch.optim.Adam(net.parameters(), lr=5e-3), []
        alone = Training(net, training.dataset, epochs=30, batch_size=40, lr=5e-3, schedule="constant", augment=False, seed=3,
                         precision="float32")  # fmt: skip
        losses = [step.loss for step in alone]
        assert training.history.losses() == losses and len(losses) == 30 and optimizer is not None
        assert torch.equal(training.images, DS.train.images[:40].to(training.device))


def test_one_rate_one_pause_and_one_way_back_for_all() -> None:
    both = race()
    widget = both.widget
    controls = parts(widget)
    both.step(5)
    touch(widget, {"kind": "drop", "key": "rate", "y": at_rate(both, 0.01)})
    both.step(5)
    for training, driver in zip(both.trainings.values(), both.drivers, strict=True):
        assert training.history.lrs == [2e-3] * 5 + [pytest.approx(0.01)] * 5
        assert driver.story.now.marks == [Mark(5, "rate", "0.002", "0.01")]
    both.back(3)
    assert [len(training.history) for training in both.trainings.values()] == [3, 3]
    assert "step 3" in shown(widget) and both.training.lr == pytest.approx(2e-3)
    controls["Start"].click()
    assert both.status == "ended" and {len(t.history) for t in both.trainings.values()} == {30}
    assert "One epoch" not in controls, "a step is an epoch"


def test_they_go_back_to_a_state_that_all_have() -> None:
    both = race(steps=40)
    both.drivers[1].places.memory = 6.0 * 60_000
    both.start()
    kept = [{place.steps for place in driver.places} for driver in both.drivers]
    assert kept[0] != kept[1]
    both.back(21)
    assert {len(training.history) for training in both.trainings.values()} == {max(s for s in kept[0] & kept[1] if s <= 21)}


def test_the_picture_has_both_curves_and_the_gradients_of_all_layers() -> None:
    both = race()
    both.step(4)
    root = ET.fromstring(both.picture(held=True))
    said = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    for name, training in both.trainings.items():
        assert f"{name} {sum(training.history.losses()) / 4:.2f}" in said
        assert f"{name}: size of the gradient, first layer … last" in said
        assert f"{name}: Branch A at step 4 of 30" in (root.get("aria-label") or "")
    assert both.driver.meter.layers[0].gradient == pytest.approx(float(both.training.model[0].weight.grad.norm()))
    assert "gradient " in (root.get("aria-label") or "") and "data-key" not in both.still()
    assert "plain-50: Branch A at step 4" in repr(both) and "residual-50: step 4" in both.numbers()


def test_gradients_of_all_networks_are_on_one_axis_that_shows_where_they_vanish() -> None:
    vanishing = [Layer(f"{i}", 0.1, 10.0 ** (i - 9)) for i in range(10)]
    steady = [Layer(f"{i}", 0.1, 0.3) for i in range(10)]
    axis = strip.gradient_axis([vanishing, steady], 0, 70)
    assert axis.low == pytest.approx(1e-9) and axis.high == pytest.approx(1.0)
    drawn = strip.gradients(vanishing, axis, "#000", "plain", 0, 300)
    assert f"V{axis.at(1e-9):.1f}" in drawn and f"V{axis.at(1.0):.1f}" in drawn
    assert strip.gradient_axis([[], []], 0, 70).low > 0
    assert "1e-09 in the first layer, 1e+00 in the last" in strip.slopes(vanishing)


def test_a_race_has_the_colours_of_all_pictures() -> None:
    drawn, styles = race().step(3).picture(), looks(["plain-50", "residual-50"])
    for name, look in styles.items():
        assert f'stroke="{look.colour}"' in drawn and re.search(f'fill="{look.ink}"[^<]*<tspan[^>]*>{name}', drawn)


def test_one_that_diverges_leaves_the_other_in_the_race() -> None:
    both = race(lr=2e-3, steps=40)
    both.trainings["plain-50"].base_lr = 1e30
    both.start()
    assert [driver.status for driver in both.drivers] == ["diverged", "ended"] and both.status == "diverged"
    assert len(both.trainings["residual-50"].history) == 40
    assert "plain-50 " in both.picture() and "off the scale ▲" in both.picture()
    both.recover()
    assert [training.history.lrs[0] for training in both.trainings.values()] == pytest.approx([1e30 / 3] * 2)


def test_trainings_may_be_brought_along() -> None:
    mine = Training(tiny_net(3), DS, epochs=2, batch_size=110, precision="float32", device="cpu")
    both = explore.race({"mine": mine, "other": tiny_net(4)}, DS, steps=6, background=False)
    both.start()
    assert both.training is mine and len(mine.history) == 6 and both.status == "ended"


def test_a_second_race_with_one_of_the_networks_stops_the_first() -> None:
    first = race(background=True, steps=10**5)
    first.start()
    again = explore.race({"a": first.training.model, "b": tiny_net(9)}, DS, steps=3)
    again.start()
    assert all(driver.join(60) for race in (first, again) for driver in race.drivers)
    assert {driver.status for driver in first.drivers} == {"stopped"} and again.status == "ended"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: explore.race({"a": tiny_net()}, DS), "give two to 4 networks by their names"),
        (lambda: explore.race([tiny_net(), tiny_net()], DS), "give two to 4 networks by their names"),
        (lambda: explore.race({"a": tiny_net(), "b": tiny_net()}), "a is a network, which needs photos"),
        (lambda: explore.race({"a": tiny_net(), "b": tiny_net()}, DS, photos=0), "photos"),
        (lambda: explore.race({"a": tiny_net(), "b": tiny_net()}, DS, lr=-1), "learning rate is -1"),
        (lambda: explore.race(dict.fromkeys("ab", tiny_net()), DS), "share weights"),
    ],
)
def test_what_is_no_race_is_told(call: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()


def test_without_anywidget_a_slider_sets_the_rate_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    both = race()
    controls = parts(both.widget)
    controls["learning rate"].value = 0.1
    controls["One step"].click()
    assert [training.history.lrs for training in both.trainings.values()] == [[pytest.approx(0.1)]] * 2
    assert "plain-50" in shown(both.widget) and "data-key" not in shown(both.widget)


def test_it_is_found_under_its_name() -> None:
    assert explore.race is racing.race and picture.race is not racing.race

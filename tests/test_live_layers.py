"""What a step does to each layer is measured as a slow obvious loop would, and changes nothing of the run."""

import math
import time

import pytest
import torch
from test_live_driver import bare, done, run
from torch import nn
from toys import tiny_net, toy_dataset

from cnnkit import Training
from cnnkit.explore import LiveTraining
from cnnkit.explore.live.layers import EVERY, FIRST, Meter
from cnnkit.explore.missions import faults


def training(net: nn.Module | None = None, **options: object) -> Training:
    chosen = {"epochs": 30, "batch_size": 50, "precision": "float32", "device": "cpu", "schedule": "constant", **options}
    return Training(net or tiny_net(), toy_dataset(), **chosen)  # type: ignore[arg-type]


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_update_is_the_change_of_the_weights_as_a_part_of_their_size(optimizer: str) -> None:
    it = training(optimizer=optimizer)
    meter, weights = Meter(it.model, every=1), {}
    meter.before(0, 1e-3)
    for step in it:
        meter.after()
        if weights:
            for layer in meter.layers:
                old, new = weights[layer.name], it.model.get_parameter(f"{layer.name}.weight").detach()
                moved = math.sqrt(
                    sum((b - a) ** 2 for a, b in zip(old.flatten().tolist(), new.flatten().tolist(), strict=True))
                )
                size = math.sqrt(sum(a**2 for a in old.flatten().tolist()))
                assert layer.update == pytest.approx(moved / size, rel=1e-3)
                gradient = it.model.get_parameter(f"{layer.name}.weight").grad
                assert gradient is not None and layer.gradient == pytest.approx(float(gradient.norm()), rel=1e-4)
        weights = {n.removesuffix(".weight"): p.detach().clone() for n, p in it.model.named_parameters() if p.ndim > 1}
        meter.before(len(it.history), 1e-3)
        if step.index == 4:
            break
    assert [layer.name for layer in meter.layers] == ["0", "5"], "convolutions and linear layers, no biases and norms"


def test_it_measures_one_of_so_many_steps_and_again_after_going_back() -> None:
    live = LiveTraining(run(tiny_net(), epochs=20), background=False)
    seen = []
    for _ in range(60):
        before = live.driver.meter.layers
        live.step()
        if live.driver.meter.layers is not before:
            seen.append(len(live.training.history))
    assert seen == [FIRST + 1 + i * EVERY for i in range(3)]
    before = live.driver.meter.layers
    live.back(0).step(FIRST)
    assert live.driver.meter.layers is before
    before = live.step().driver.meter.layers
    assert live.step().driver.meter.layers is before
    live.set(lr=0.1).step()
    assert max(layer.update for layer in live.driver.meter.layers) > 3 * max(layer.update for layer in before)


def test_a_run_that_is_measured_has_the_losses_of_one_that_is_not() -> None:
    live = LiveTraining(run())
    live.driver.meter._every = 1
    done(live.start())
    assert live.training.history.losses() == bare()


def test_measuring_costs_nearly_nothing() -> None:
    it = faults.make("healthy")
    meter, spent, begin = Meter(it.model), 0.0, time.thread_time()
    for _ in it:
        start = time.thread_time()
        meter.after()
        meter.before(len(it.history), 1e-3)
        spent += time.thread_time() - start
        if len(it.history) == 60:
            break
    assert meter.layers and spent < 0.02 * (time.thread_time() - begin)


@pytest.mark.parametrize(
    ("fault", "still"),
    [("frozen-layers", ["conv1", "block1.conv", "conv2", "block2.conv"]), ("rate-zero", 5), ("healthy", []), ("dead-relus", 3)],
)
def test_a_sick_layer_is_seen(fault: str, still: list[str] | int) -> None:
    from cnnkit.explore.live.strip import health

    live = LiveTraining(faults.make(fault), background=False)
    live.step(FIRST + 1 + EVERY)
    found = [layer.name.removeprefix("net.") for layer in live.driver.meter.layers if health(layer)[0] == "does not move"]
    assert found == still or len(found) == still
    assert fault != "healthy" or {health(layer)[0] for layer in live.driver.meter.layers} == {"usual"}


def test_frozen_nothing_and_weights_at_zero_are_no_problem() -> None:
    net = tiny_net()
    nn.init.zeros_(net[5].weight)
    net[0].weight.requires_grad_(False)
    meter = Meter(net, every=1)
    meter.before(0, 1e-3)
    meter.after()
    assert [(layer.update, layer.gradient) for layer in meter.layers] == [(0.0, 0.0), (0.0, 0.0)]
    empty = Meter(nn.Flatten(), every=1)
    empty.before(0, 1e-3)
    empty.after()
    assert empty.layers == () and torch.is_grad_enabled()

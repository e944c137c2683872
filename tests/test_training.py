"""The loop trains as a plain loop would, and every promise about its steps, rates and evaluations holds."""

import copy
import math
import sys
import threading
import time
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from toys import tiny_net, toy_dataset, toy_split

from cnnkit import InputError, Training, anatomy, evaluate, models
from cnnkit.data.augment import normalise
from cnnkit.explore.eye import Eye
from cnnkit.training import checkpoint, precision
from cnnkit.training.batches import Epoch, hold_out
from cnnkit.training.options import SCHEDULES


def losses(training: Training) -> list[float]:
    return [step.loss for step in training]


def test_the_losses_are_those_of_a_plain_loop() -> None:
    ds = toy_dataset()
    training = Training(tiny_net(dropout=0), ds, epochs=2, batch_size=50, lr=1e-2, precision="float32", device="cpu", seed=5)
    found = losses(training)

    model = tiny_net(dropout=0)  # the same, written out with torch's own defaults
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    expected = []
    for number in range(2):
        epoch = Epoch.of(ds.train.images, ds.train.labels, 50, True, 5, number)
        for i in range(7):
            x, y = epoch.batch(i)
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            expected.append(loss.item())
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    assert found[-1] < found[0]


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_optimizers_decay_weights_only(name: str, smoothing: float) -> None:
    ds = toy_dataset(100, 20)
    training = Training(
        tiny_net(dropout=0), ds, batch_size=50, lr=0.05, optimizer=name, momentum=0.8, weight_decay=0.1, schedule="constant",
        label_smoothing=smoothing, precision="float32", device="cpu",
    )  # fmt: skip
    found = losses(training)
    model = tiny_net(dropout=0)
    groups = [
        {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in model.parameters() if p.ndim == 1], "weight_decay": 0.0},
    ]
    make = {
        "sgd": lambda: torch.optim.SGD(groups, lr=0.05, momentum=0.8, nesterov=True),
        "adamw": lambda: torch.optim.AdamW(groups, lr=0.05),
    }
    optimizer = make[name]()
    epoch = Epoch.of(ds.train.images, ds.train.labels, 50, True, 0, 0)
    expected = []
    for i in range(2):
        x, y = epoch.batch(i)
        loss = F.cross_entropy(model(x), y, label_smoothing=smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        expected.append(loss.item())
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    for mine, theirs in zip(training.model.parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5)


def test_steps_count_from_one_and_the_mean_is_of_the_epoch_so_far() -> None:
    training = Training(tiny_net(), toy_dataset(), epochs=2, batch_size=100, precision="float32")
    steps = list(training)
    assert [(s.epoch, s.index, s.total) for s in steps] == [(e, i, 4) for e in (1, 2) for i in (1, 2, 3, 4)]
    for e in (0, 4):
        for i in range(4):
            assert steps[e + i].mean_loss == pytest.approx(sum(s.loss for s in steps[e : e + i + 1]) / (i + 1))
    assert all(s.lr == 1e-3 and s.seconds > 0 for s in steps)
    assert [row["loss"] for row in training.history.rows()] == [s.loss for s in steps]


def test_every_photo_is_seen_once_an_epoch_in_another_order() -> None:
    ds = toy_dataset()
    orders = [Epoch.of(ds.train.images, ds.train.labels, 100, True, 0, e).order for e in range(3)]
    assert all(order.sort().values.equal(torch.arange(330)) for order in orders)
    assert not orders[0].equal(orders[1]) and not orders[1].equal(orders[2])


def test_a_last_batch_of_one_photo_is_left_out() -> None:
    assert len(list(Training(tiny_net(), toy_dataset(301), batch_size=100, precision="float32"))) == 3
    assert len(list(Training(tiny_net(), toy_dataset(302), batch_size=100, precision="float32"))) == 4


def test_leaving_the_loop_and_iterating_again_goes_on_where_it_stood() -> None:
    whole = losses(Training(tiny_net(), toy_dataset(), epochs=2, precision="float32"))
    parts = []
    training = Training(tiny_net(), toy_dataset(), epochs=2, precision="float32")
    for stop in (1, 3, 2, 99):
        for n, step in enumerate(training, 1):
            parts.append(step.loss)
            if n == stop:
                break
    assert parts == whole
    assert list(training) == []
    training.epochs = 3
    assert len(list(training)) == 4


def test_two_live_iterators_are_an_error_and_the_first_goes_on() -> None:
    training = Training(tiny_net(), toy_dataset(), precision="float32")
    first = iter(training)
    next(first)
    with pytest.raises(InputError, match="already runs in another loop"):
        next(iter(training))
    assert len(list(first)) == 3


def test_randomness_outside_is_as_if_nothing_had_happened() -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    training = Training(tiny_net(), toy_dataset(), precision="measured")  # the measurement too
    list(training)
    training.evaluate()
    assert torch.equal(torch.rand(3), expected)


def test_the_global_seed_does_not_change_a_run() -> None:
    runs = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        runs.append(losses(Training(tiny_net(), toy_dataset(), precision="float32")))
    assert runs[0] == runs[1]
    assert runs[0] != losses(Training(tiny_net(), toy_dataset(), precision="float32", seed=1))


def test_setting_the_rate_rescales_the_schedule_from_the_next_step_on() -> None:
    training = Training(tiny_net(), toy_dataset(), epochs=2, schedule="linear", lr=0.01, precision="float32")
    rates = []
    for step in training:
        rates.append(step.lr)
        if len(rates) == 3:
            before = training.lr
            training.lr = before / 10
            assert training.lr == pytest.approx(before / 10)
    plan = [0.01 * SCHEDULES["linear"]((i + 0.5) / 4, 2) for i in range(8)]
    assert rates == pytest.approx(plan[:3] + [r / 10 for r in plan[3:]])


def test_the_courses_schedule_takes_a_third_every_20_epochs() -> None:
    factors = [SCHEDULES["course"](e, 60) for e in (0, 0.5, 19.99, 20, 39.9, 40)]
    assert factors == pytest.approx([1, 1, 1, 1 / 3, 1 / 3, 1 / 9])


@pytest.mark.parametrize("name", ["linear", "cosine"])
def test_schedules_that_end_at_zero_never_step_with_zero(name: str) -> None:
    training = Training(tiny_net(), toy_dataset(), epochs=3, schedule=name, precision="float32")
    rates = [step.lr for step in training]
    assert all(rate > 0 for rate in rates) and rates[-1] < 0.1 * max(rates) <= 1e-3
    assert SCHEDULES[name](3, 3) == pytest.approx(0, abs=1e-12)


def test_optimizer_and_schedule_can_be_callables() -> None:
    training = Training(
        tiny_net(dropout=0),
        toy_dataset(),
        lr=0.1,
        optimizer=lambda p: torch.optim.RMSprop(p),
        schedule=lambda e, n: 1 / (1 + e),
        precision="float32",
    )
    rates = [step.lr for step in training]
    assert rates == pytest.approx([0.1 / (1 + (i + 0.5) / 4) for i in range(4)])
    assert isinstance(training.optimizer, torch.optim.RMSprop)


def test_validation_is_held_out_of_training_and_evaluated_after_each_epoch() -> None:
    ds = toy_dataset()
    train, held = hold_out(ds.train, 0.2, seed=0)
    assert (len(train), len(held)) == (264, 66)
    rows = {bytes(i.numpy().tobytes()) for i in train.images} & {bytes(i.numpy().tobytes()) for i in held.images}
    assert not rows
    training = Training(tiny_net(), ds, epochs=2, validation=0.2, precision="float32")
    assert sum(1 for _ in training) == 6
    assert [(e["epoch"], e["split"]) for e in training.history.evaluations] == [
        (1, "toy train, validation part"),
        (2, "toy train, validation part"),
    ]
    # The last evaluation is of the weights as they are now: measure them again.
    assert training.history.evaluations[-1]["accuracy"] == evaluate(training.model, held).accuracy


def test_evaluate_counts_by_hand_and_leaves_modes_alone() -> None:
    split = toy_split(333, 2, "toy test")
    model = tiny_net()
    model.train()
    model[1].eval()  # a mixed state must come back as it was
    with torch.no_grad():
        running = [b.clone() for b in model.buffers()]
    result = evaluate(model, split, batch_size=100)  # the last batch has 33
    assert [m.training for m in model] == [True, False, True, True, True, True]
    assert all(torch.equal(a, b) for a, b in zip(running, model.buffers(), strict=True))
    model.eval()
    with torch.no_grad():
        logits = model(normalise(split.images)).double()
    right = logits.argmax(1) == split.labels
    assert result.accuracy == pytest.approx(right.double().mean().item())
    assert result.loss == pytest.approx(F.cross_entropy(logits, split.labels).item(), rel=1e-5)
    assert result.confusion.sum() == 333 and result.confusion.diag().sum() == right.sum()
    assert torch.equal(result.confusion.sum(1), torch.bincount(split.labels, minlength=10))
    assert result.per_class["c"] == pytest.approx(right[split.labels == 2].double().mean().item())
    assert "toy test" in str(result) and "333" in str(result)


@pytest.mark.parametrize("name", ["bfloat16", "bfloat16-channels-last", "float32-channels-last"])
def test_other_precisions_follow_float32(name: str) -> None:
    reference = losses(Training(tiny_net(dropout=0), toy_dataset(), epochs=2, lr=1e-2, precision="float32"))
    found = losses(Training(tiny_net(dropout=0), toy_dataset(), epochs=2, lr=1e-2, precision=name))
    assert found == pytest.approx(reference, rel=0.05 if "bfloat16" in name else 1e-4)
    training = Training(tiny_net(), toy_dataset(), precision=name)
    list(training)
    assert all(p.dtype == torch.float32 for p in training.model.parameters())


def test_measured_chooses_says_what_it_measured_and_leaves_the_model_alone(capsys) -> None:
    model = tiny_net()
    before = [p.clone() for p in [*model.parameters(), *model.buffers()]]
    training = Training(model, toy_dataset(), epochs=0, precision="measured")
    assert list(training) == []
    assert training.precision is not None
    said = capsys.readouterr().err
    assert training.precision.name in said and "images/s" in said
    assert all(torch.equal(a, b) for a, b in zip(before, [*model.parameters(), *model.buffers()], strict=True))
    list(training)
    assert capsys.readouterr().err == ""  # once


@pytest.mark.parametrize(
    ("flags", "model", "expected"),
    [
        ({"avx512_bf16"}, "vgg16_cifar", "bfloat16-channels-last"),
        ({"amx_bf16"}, "resnet50_layer4", "bfloat16-channels-last"),
        ({"avx512f"}, "vgg16_cifar", "float32"),
        ({"avx512f"}, "resnet50_layer4", "float32-channels-last"),
        (set(), "resnet50_cifar", "float32-channels-last"),
    ],
)
def test_auto_goes_by_what_the_processor_can_do(flags: set[str], model: str, expected: str, monkeypatch, capsys) -> None:
    monkeypatch.setattr("cnnkit.training.precision._cpu_flags", lambda: flags)
    monkeypatch.setattr("cnnkit.training.precision.measure", lambda *_: pytest.fail("a stopwatch"))
    training = Training(models.build(model, width=2), toy_dataset(), epochs=0)
    list(training)
    assert training.precision is not None and training.precision.name == expected
    assert f"training on cpu in {expected} (" in capsys.readouterr().err


@pytest.mark.parametrize(("capability", "expected"), [((7, 5), "float32"), ((8, 0), "bfloat16-channels-last")])
def test_auto_goes_by_what_the_gpu_can_do(capability: tuple[int, int], expected: str, monkeypatch) -> None:
    monkeypatch.setattr("torch.cuda.get_device_capability", lambda device: capability)
    assert precision.chosen(models.build("resnet50_layer4", width=2), torch.device("cuda")).name == expected


def test_the_flags_of_this_processor_are_those_that_the_system_names() -> None:
    path = Path("/proc/cpuinfo")
    if not path.exists():
        pytest.skip("the system has no such list")
    words = set(path.read_text(encoding="utf-8").split())
    assert {"avx512_bf16", "amx_bf16"} & precision._cpu_flags() == {"avx512_bf16", "amx_bf16"} & words


class Keeps(nn.Module):
    """A network that keeps its last feature maps, as networks for heat maps do."""

    def __init__(self) -> None:
        super().__init__()
        self.net, self.maps = tiny_net(), []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.last = self.net[:3](x)
        self.maps = [self.last]
        return self.net[3:](self.last)


def test_a_network_that_keeps_its_feature_maps_is_measured() -> None:
    model = Keeps()
    list(Training(model, toy_dataset(), precision="float32"))
    assert model.last.grad_fn is not None  # torch copies no such tensor
    kept = model.last
    training = Training(model, toy_dataset(), epochs=0, precision="measured")
    list(training)
    assert training.precision is not None and model.last is kept


def test_a_steps_time_holds_the_wait_for_its_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    training = Training(tiny_net(), toy_dataset(), precision="float32")
    monkeypatch.setattr(training.watch, "look", lambda *_args, reading: time.sleep(0.05 if reading else 0))
    steps = list(training)
    assert steps[-1].seconds >= 0.05
    assert [step.seconds for step in steps] == training.history.seconds


def test_tables_looks_and_evaluations_beside_a_training_change_nothing() -> None:
    def start() -> Training:
        return Training(tiny_net(), toy_dataset(), epochs=8, batch_size=30, precision="float32", device="cpu")

    alone, beside, training = [step.loss for step in start()], [], start()
    thread = threading.Thread(target=lambda: beside.extend(step.loss for step in training))
    thread.start()
    eye, done = Eye(training.model, training.dataset.test.images[:2]), 0
    while thread.is_alive() or not done:
        anatomy.table(training.model, (3, 32, 32))
        eye.glance(done % 2)
        eye.pull(done % 2, 0, 0)
        eye.weights(done % 2, 1)
        eye.covered(done % 2, 0)
        evaluate(training.model, training.dataset.test, batch_size=50)
        done += 1
    thread.join()
    assert beside == alone
    assert int(training.model[1].num_batches_tracked) == len(alone)  # type: ignore[index,arg-type]


def test_an_evaluation_stays_in_evaluation_mode_whatever_comes_between() -> None:
    model, split = tiny_net(), toy_split(100, 3, "photos")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    expected = evaluate(model, split, batch_size=20)
    found = evaluate(model, split, batch_size=20, pulse=model.train)
    assert (found.loss, found.accuracy) == (expected.loss, expected.accuracy)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_an_empty_split_is_not_the_test_split() -> None:
    training = Training(tiny_net(), toy_dataset(), precision="float32")
    with pytest.raises(InputError, match="none of them holds no images"):
        training.evaluate(training.dataset.test.part(torch.arange(0), "none of them"))
    assert training.history.evaluations == []


class Drifts(nn.Module):
    """Logits that a parameter scales up until the loss explodes."""

    def __init__(self, after: int, value: float) -> None:
        super().__init__()
        self.net, self.after, self.value, self.calls = tiny_net(dropout=0), after, value, 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += self.training
        out = self.net(x)
        return out * self.value if self.calls > self.after else out


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_good_state() -> None:
    from cnnkit import Diverged

    ds = toy_dataset(200, 20)
    training = Training(Drifts(70, math.nan), ds, epochs=50, batch_size=2, lr=1e-4, precision="float32")
    states = {}
    with pytest.raises(
        Diverged,
        match=r"epoch 1, step 71, with learning rate 0.0001: the loss is nan; most likely the rate is too high.*3.3e-05",
    ):
        for step in training:
            if step.index % 20 == 0:
                states[step.index] = training.state_dict()
    assert len(training.history) == 71
    good = training.last_good
    assert (
        good is not None and good["index"] == 40
    )  # the reading at 60 was good, so the state at 40 was followed by good losses
    assert all(torch.equal(v, states[40]["model"][n]) for n, v in good["model"].items())
    training.load_state_dict(good)
    assert len(training.history) == 40 and training.index == 40


def test_a_loss_worse_than_guessing_for_long_stops_the_run() -> None:
    from cnnkit import Diverged

    training = Training(Drifts(30, 1e4), toy_dataset(200, 20), batch_size=2, lr=0.0, precision="float32")
    with pytest.raises(Diverged, match="mean loss of the last 50 steps is above 4.61, twice that of guessing"):
        list(training)
    assert 50 <= len(training.history) <= 81


def test_a_network_that_is_broken_before_any_update_is_not_blamed_on_the_rate() -> None:
    from cnnkit import Diverged

    with pytest.raises(Diverged, match="before any update"):
        list(Training(Drifts(0, math.nan), toy_dataset(), precision="float32"))


def test_history_becomes_a_csv_that_reads_back(tmp_path) -> None:
    import csv

    training = Training(tiny_net(), toy_dataset(), precision="float32")
    list(training)
    training.history.save_csv(tmp_path / "history.csv")
    with open(tmp_path / "history.csv", encoding="utf-8", newline="") as file:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    assert rows == training.history.rows()


def test_a_steps_accuracy_is_that_of_the_forward_pass_before_its_update() -> None:
    ds = toy_dataset()
    training = Training(tiny_net(dropout=0), ds, epochs=2, batch_size=50, lr=1e-2, precision="float32", device="cpu", seed=5)
    expected, found, loop = [], [], iter(training)
    for number in range(2):
        epoch = Epoch.of(ds.train.images, ds.train.labels, 50, True, 5, number)
        for i in range(7):
            model = copy.deepcopy(training.model).train()  # batch norm takes the batch's own mean, as in the step
            x, y = epoch.batch(i)
            with torch.no_grad():
                expected.append((model(x).argmax(1) == y).double().mean().item())
            found.append(next(loop).accuracy)
    assert found == pytest.approx(expected) and max(found) > min(found)
    assert [row["accuracy"] for row in training.history.rows()] == found


def test_without_shuffling_the_order_is_the_data_sets() -> None:
    ds, seen = toy_dataset(), []
    net = tiny_net()
    net.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    list(Training(net, ds, epochs=2, batch_size=100, shuffle=False, augment=False, precision="float32", device="cpu"))
    expected = normalise(ds.train.images)
    assert torch.equal(torch.cat(seen[:4]), expected) and torch.equal(torch.cat(seen[4:]), expected)


def test_the_pulse_comes_before_every_batch_and_may_end_the_evaluation() -> None:
    model, split, order = tiny_net().train(), toy_split(110, 1, "toy test"), []
    model[1].eval()
    hook = model.register_forward_pre_hook(lambda *_: order.append("batch"))
    expected = evaluate(model, split, batch_size=50)
    order.clear()
    assert evaluate(model, split, batch_size=50, pulse=lambda: order.append("pulse")).loss == expected.loss
    assert order == ["pulse", "batch"] * 3
    order.clear()

    def pulse() -> None:
        if len(order) == 2:
            raise TimeoutError("enough")

    with pytest.raises(TimeoutError, match="enough"):
        evaluate(model, split, batch_size=30, pulse=pulse)
    assert order == ["batch"] * 2
    assert [m.training for m in model] == [True, False, True, True, True, True]
    hook.remove()


@pytest.mark.parametrize("epoch", [1, 2])
def test_an_interrupted_validation_is_made_up_for_with_its_autosave(epoch: int, tmp_path: Path) -> None:
    def run(**options: object) -> Training:
        return Training(tiny_net(), toy_dataset(), epochs=2, validation=0.2, precision="float32", device="cpu", **options)

    training = run(autosave=tmp_path / "run.pt")

    def pulse() -> None:
        if training.epoch == epoch:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        list(training.steps(pulse))
    assert training.validation_due and len(training.history.evaluations) == epoch - 1
    list(training)
    whole = run()
    list(whole)
    assert training.history.losses() == whole.history.losses() and not training.validation_due
    assert training.history.evaluations == whole.history.evaluations
    assert checkpoint.read(tmp_path / "run.pt")["history"]["evaluations"] == whole.history.evaluations


class Spikes(nn.Module):
    """The tiny net with enormous logits in a few of its steps."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__()
        self.net, self.first, self.last, self.calls = tiny_net(dropout=0), first, last, 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += self.training
        return self.net(x) * (1e6 if self.first <= self.calls <= self.last else 1.0)


def test_a_state_soon_after_an_explosion_does_not_count_as_good() -> None:
    from cnnkit import Diverged

    training = Training(Spikes(10, 12), toy_dataset(), epochs=20, batch_size=50, lr=0.0, precision="float32", device="cpu")
    with pytest.raises(Diverged):
        list(training)
    assert len(training.history) == 50  # as soon as 50 losses can be judged
    assert training.last_good is None or training.last_good["history"][0] < 10


def test_losses_read_from_another_thread_are_neither_lost_nor_doubled() -> None:
    training, over = Training(tiny_net(), toy_dataset(), epochs=30, precision="float32", device="cpu"), threading.Event()

    def read() -> None:
        while not over.is_set():
            training.history.losses()

    reader = threading.Thread(target=read)
    before = sys.getswitchinterval()
    sys.setswitchinterval(2e-5)  # threads take turns often
    try:
        reader.start()
        list(training)
    finally:
        over.set()
        reader.join()
        sys.setswitchinterval(before)
    history = training.history
    assert len(history.losses()) == len(history.accuracies) == len(history.mean_losses) == len(history) == 120


class _Late(nn.Module):
    """Its second layer meets its first gradient in the third step, as where layers are left out by chance."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.late, self.calls = nn.Linear(3 * 32 * 32, 10), nn.Linear(10, 10), 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.first(x.flatten(1))
        self.calls += 1
        return y + self.late(y) if self.calls > 2 else y


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_a_layer_that_meets_its_first_gradient_late_trains_as_in_a_plain_loop(name: str) -> None:
    """torch's fused SGD raised a TypeError where one parameter had a momentum buffer and another had none."""
    plain = {
        "adam": lambda p: torch.optim.Adam(p, lr=1e-3), "adamw": lambda p: torch.optim.AdamW(p, lr=1e-3, weight_decay=0.0),
        "sgd": lambda p: torch.optim.SGD(p, lr=1e-3, momentum=0.9, nesterov=True),
    }  # fmt: skip
    losses = []
    for optimizer in (name, lambda p: plain[name](p)):
        options = {"batch_size": 10, "precision": "float32", "device": "cpu", "momentum": 0.9, "schedule": "constant"}
        training = Training(_Late(), toy_dataset(), epochs=2, optimizer=optimizer, lr=1e-3, **options)
        losses.append([step.loss for step in training])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4) and len(losses[0]) > 4

"""On a real GPU: a run there is the run of a CPU, within rounding. `benchmarks/gpu_hour.py` runs these first.

Where there is none they are skipped; CNNKIT_TEST_DEVICE=cpu tries the tests themselves.
"""

import os
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from toys import tiny_net, toy_dataset

from cnnkit import Training, anatomy, evaluate, models, trace
from cnnkit.data import augment
from cnnkit.explore.eye import Eye
from cnnkit.explore.live.answers import Answers
from cnnkit.training import PRECISIONS

DEVICE = torch.device(os.environ.get("CNNKIT_TEST_DEVICE", "cuda"))
RUN = {"epochs": 2, "batch_size": 60, "lr": 3e-3, "validation": 0.1, "schedule": "linear"}

if DEVICE.type == "cuda" and not torch.cuda.is_available():
    pytest.skip("torch sees no CUDA GPU", allow_module_level=True)


def small(name: str = "resnet50_layer4") -> nn.Module:
    torch.manual_seed(0)
    return models.build(name, width=8)


def losses(device: torch.device | str, precision: str = "float32") -> list[float]:
    return [step.loss for step in Training(tiny_net(), toy_dataset(), **RUN, precision=precision, device=device)]


def far(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Their distance, in parts of the size of what was expected."""
    return float((found.cpu().double() - expected.double()).norm() / expected.double().norm())


@pytest.mark.parametrize("name", ["vgg16_cifar", "vgg16_bn_cifar", "resnet50_layer4", "resnet50_cifar"])
def test_logits_and_gradients_are_those_of_the_cpu(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)  # torch's convolutions round to 10 bits with it
    photos = augment.normalise(torch.randint(0, 256, (8, 3, 32, 32), generator=torch.Generator().manual_seed(1)).byte())
    found = []
    for device in ("cpu", DEVICE):
        model = small(name).to(device).eval()  # without dropout, whose draws differ from device to device
        logits = model(photos.to(device))
        F.cross_entropy(logits, torch.arange(8, device=device)).backward()
        found.append((logits.detach(), torch.cat([p.grad.flatten() for p in model.parameters()])))
    (logits, grads), (there, grads_there) = found
    assert far(there, logits) < 1e-3 and far(grads_there, grads) < 1e-2


def test_a_run_has_the_losses_of_the_cpu() -> None:
    no_dropout = [
        [step.loss for step in Training(tiny_net(dropout=0.0), toy_dataset(), **RUN, precision="float32", device=device)]
        for device in ("cpu", DEVICE)
    ]
    assert no_dropout[1] == pytest.approx(no_dropout[0], rel=2e-2)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_it_learns_in_every_precision(precision: str) -> None:
    found = losses(DEVICE, precision)
    assert sum(found[-3:]) < 0.8 * sum(found[:3]), found


@pytest.mark.parametrize("asked", ["auto", "measured"])
def test_the_precision_is_chosen_there(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    training = Training(small(), toy_dataset(), **RUN, device=DEVICE, precision=asked)
    next(iter(training))
    assert training.precision is not None
    assert f"training on {DEVICE.type} in {training.precision.name}" in "".join(capsys.readouterr())


@pytest.mark.parametrize("precision", ["float32", "bfloat16-channels-last"])
def test_a_resumed_run_goes_on_as_it_would_have(precision: str, tmp_path: Path) -> None:
    expected = losses(DEVICE, precision)
    training = Training(tiny_net(), toy_dataset(), **RUN, precision=precision, device=DEVICE)
    for step in training:
        if step.epoch == 2:
            break
    training.save(tmp_path / "run.pt")
    resumed = Training.resume(tmp_path / "run.pt", tiny_net(seed=9), toy_dataset(), device=DEVICE)
    rest = [step.loss for step in resumed]
    assert rest == pytest.approx(expected[-len(rest) :], rel=1e-3)  # some sums of a GPU have no fixed order


def test_a_run_moves_from_the_gpu_to_the_cpu_and_back(tmp_path: Path) -> None:
    expected, at = losses(DEVICE), "cpu"
    training = Training(tiny_net(), toy_dataset(), **RUN, precision="float32", device=DEVICE)
    next(iter(training))
    for at in ("cpu", DEVICE):
        training.save(tmp_path / "run.pt")
        training = Training.resume(tmp_path / "run.pt", tiny_net(seed=9), toy_dataset(), device=at)
    assert len([step.loss for step in training]) == len(expected) - 1
    assert training.history.losses()[0] == pytest.approx(expected[0], rel=1e-3)


def test_an_evaluation_finds_what_the_cpu_finds() -> None:
    split, model = toy_dataset().test, small()
    here = evaluate(model, split)
    there = evaluate(model.to(DEVICE), split)
    assert there.loss == pytest.approx(here.loss, rel=1e-2) and there.confusion.sum() == len(split)


def test_the_table_the_trace_and_the_widgets_take_a_network_there() -> None:
    model, ds = small().to(DEVICE), toy_dataset()
    table = anatomy.table(model, (3, 32, 32))
    assert str(table) == str(anatomy.table(small(), (3, 32, 32)))
    assert trace.run(model, trace.example(model, (3, 32, 32))).records[-1].output == (1, 10)
    eye = Eye(model, ds)
    glance = eye.glance(0)
    assert {seen.device.type for seen in (*glance.maps, eye.pull(0, 0, 0), eye.covered(0, 0))} == {"cpu"}
    answers = Answers(Training(model, ds, **RUN, device=DEVICE))
    answers.ask()
    assert len(answers.shares) == len(answers.images) and "<rect" in answers.draw()

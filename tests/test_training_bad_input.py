"""Every wrong argument of Training and evaluate ends in one sentence with the bad value and the way out."""

import dataclasses

import pytest
import torch
from torch import nn
from toys import tiny_net, toy_dataset, toy_split

from cnnkit import InputError, Training, evaluate


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": -1}, ["epochs is -1", "from 0"]),
        ({"epochs": 1.5}, ["epochs is 1.5", "whole number"]),
        ({"lr": float("nan")}, ["learning rate is nan"]),
        ({"lr": -1e-3}, ["learning rate is -0.001", "from 0"]),
        ({"epochs": -(10**400)}, ["epochs is -1000", "from 0"]),
        ({"lr": "fast"}, ["learning rate is 'fast'", "a number"]),
        ({"batch_size": 0}, ["batch size is 0", "from 1"]),
        ({"batch_size": 1}, ["batch size is 1", "BatchNorm1d fails", "2 or more"]),
        ({"batch_size": 331}, ["batch size is 331", "330 images of toy train"]),
        ({"batch_size": 300, "validation": 0.2}, ["batch size is 300", "264 images"]),
        ({"optimizer": "adma"}, ['no optimizer is called "adma"', 'did you mean "adam"?']),
        ({"schedule": "liner"}, ['no schedule is called "liner"', 'did you mean "linear"?']),
        ({"precision": "float16"}, ['no precision is called "float16"', "did you mean"]),
        ({"device": "cuda:99"}, ['the device "cuda:99" is not there', '"cpu"']),
        ({"device": "gpu"}, ['the device "gpu" is not there']),
        ({"momentum": 2}, ["momentum is 2", "from 0 to 1"]),
        ({"validation": 1.0}, ["validation is 1.0", "from 0 to 0.9"]),
        ({"validation": 0.001}, ["validation=0.001 of the 330 images of toy train", "hold out 0.003 or more, or 0"]),
        ({"label_smoothing": -0.1}, ["label_smoothing is -0.1"]),
        ({"weight_decay": float("inf")}, ["weight_decay is inf"]),
        ({"seed": 1.5}, ["the seed is 1.5", "a whole number"]),
        ({"autosave": 5}, ["autosave is 5", "a path"]),
        ({"autosave": ("run.pt", 0)}, ["number of steps is 0"]),
    ],
)
def test_a_wrong_option_is_named_with_the_way_out(options: dict[str, object], words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        Training(tiny_net(), toy_dataset(), **options)  # type: ignore[arg-type]
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


def test_a_wrong_rate_in_the_middle_changes_nothing() -> None:
    training = Training(tiny_net(), toy_dataset())
    with pytest.raises(InputError, match="learning rate is inf"):
        training.lr = float("inf")
    assert training.lr == 1e-3


@pytest.mark.parametrize("bad", [-1, 10, 255])
def test_labels_outside_the_classes_are_named(bad: int) -> None:
    ds = toy_dataset()
    labels = ds.train.labels.clone()
    labels[7] = bad
    with pytest.raises(InputError, match=f"toy train has the label {bad}, but its 10 classes are numbered 0 to 9"):
        Training(tiny_net(), dataclasses.replace(ds, train=dataclasses.replace(ds.train, labels=labels)))
    with pytest.raises(InputError, match=f"has the label {bad}"):
        evaluate(tiny_net(), dataclasses.replace(ds.train, labels=labels))


@pytest.mark.parametrize(
    ("model", "seen"),
    [
        (tiny_net(classes=12), r"shape \(50, 12\) for 50 photos of 10 classes; expected \(50, 10\)"),
        (nn.Conv2d(3, 10, 3), r"shape \(50, 10, 30, 30\)"),
    ],
)
@pytest.mark.parametrize("precision", ["auto", "float32"])
def test_a_model_of_the_wrong_shape_is_said_so(model: nn.Module, seen: str, precision: str) -> None:
    with pytest.raises(InputError, match=seen):
        list(Training(model, toy_dataset(), batch_size=50, precision=precision))
    with pytest.raises(InputError, match="expected"):
        evaluate(model, toy_split(50, 0, "toy"), batch_size=50)


class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = tiny_net()

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.net(x), x


def test_a_model_that_returns_a_tuple_is_said_so() -> None:
    with pytest.raises(InputError, match="returns a tuple"):
        list(Training(Pair(), toy_dataset(), precision="float32"))


def test_float_images_and_foreign_data_sets_are_refused() -> None:
    ds = toy_dataset()
    floats = dataclasses.replace(ds.train, images=ds.train.images / 255)
    with pytest.raises(InputError, match="torch.float32 images .* expected uint8"):
        Training(tiny_net(), dataclasses.replace(ds, train=floats))
    with pytest.raises(InputError, match=r"give what data.load\(...\) returns"):
        Training(tiny_net(), [ds.train.images])  # type: ignore[arg-type]


def test_a_network_without_parameters_cannot_be_trained() -> None:
    with pytest.raises(InputError, match="no parameters"):
        Training(nn.Flatten(), toy_dataset())


@pytest.mark.parametrize(
    ("options", "words"), [({"batch_size": 0}, "batch size is 0"), ({"precision": "auto"}, 'called "auto"')]
)
def test_evaluate_names_a_wrong_option(options: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        evaluate(tiny_net(), toy_split(50, 0, "toy"), **options)  # type: ignore[arg-type]
    assert 'did you mean "auto"' not in str(caught.value)

"""What is no network, and what is no data, is refused in one sentence by all that take one."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from cnnkit import InputError, Training, anatomy, data, evaluate, explore, trace, weights


class Net(nn.Sequential):
    """Photos to ten logits."""

    def __init__(self):
        super().__init__(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 10))


@pytest.fixture(scope="module")
def few():
    whole = data.load("emoji10")
    return data.Dataset("few", whole.train.part(torch.arange(40), "few train"), whole.test.part(torch.arange(40), "few test"))


OPEN = {
    "Training": lambda model, few: Training(model, few, batch_size=20),
    "evaluate": lambda model, few: evaluate(model, few.test),
    "table": lambda model, few: anatomy.table(model, (3, 32, 32)),
    "trace.run": lambda model, few: trace.run(model, torch.rand(1, 3, 32, 32)),
    "weights.load": lambda model, few: weights.load(model, "cifar10"),
    "race": lambda model, few: explore.race({"a": model, "b": Net()}, few),
    "inside": lambda model, few: explore.inside(model, few),
    "architecture": lambda model, few: explore.architecture(model),
    "residual_stream": lambda model, few: explore.residual_stream(model),
}
NO_NETWORKS = {
    "class": (Net, r"Net is a class, and no network yet; call it: Net\(\)"),
    "name": ("resnet50_layer4", r'"resnet50_layer4" is a name, and no network yet; build it'),
    "table": ({"weight": torch.zeros(1)}, "a dict is no network; give an nn.Module"),
    "nothing": (None, "a NoneType is no network"),
}


@pytest.mark.parametrize("door", OPEN.values(), ids=OPEN)
@pytest.mark.parametrize(("model", "said"), NO_NETWORKS.values(), ids=NO_NETWORKS)
def test_every_door_says_that_it_is_no_network(door, model, said, few):
    with pytest.raises(InputError, match=said):
        door(model, few)


def loader(few):
    return DataLoader(TensorDataset(few.test.images, few.test.labels))


def other(few, **changed):
    return data.Dataset("few", replace(few.train, **changed), few.test)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (lambda few: few, r"a Dataset is no split of a data set; give one, such as dataset\.test"),
        (loader, r"a DataLoader is no split of a data set; give one: images and labels in a cnnkit\.data\.Split"),
        (lambda few: (few.test.images, few.test.labels), "a tuple is no split"),
    ],
)
def test_evaluate_says_what_it_takes(what, said, few):
    with pytest.raises(InputError, match=said):
        evaluate(Net(), what(few))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            lambda s: {"labels": s.labels.int()},
            r"the labels of few train are torch\.int32 of shape \[40\]; expected int64 \[N\]",
        ),
        (lambda s: {"labels": torch.eye(10).long()[s.labels]}, r"torch\.int64 of shape \[40, 10\]; expected int64 \[N\]"),
        (lambda s: {"images": s.images.permute(0, 2, 3, 1)}, r"have the shape \[40, 32, 32, 3\]; expected \[N, 3, H, W\]"),
        (lambda s: {"images": s.images[:, :1]}, r"have the shape \[40, 1, 32, 32\]; expected \[N, 3, H, W\]"),
    ],
)
def test_data_of_another_form_are_refused_before_the_first_step(changed, said, few):
    with pytest.raises(InputError, match=said):
        Training(Net(), other(few, **changed(few.train)), batch_size=20)
    with pytest.raises(InputError, match=said):
        evaluate(Net(), replace(few.train, **changed(few.train)))


def test_a_network_with_lazy_layers_is_trained_as_any_other(few):
    torch.manual_seed(0)
    lazy = nn.Sequential(nn.LazyConv2d(4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LazyLinear(10))
    training = Training(lazy, few, batch_size=20, epochs=2, precision="float32")
    same = Net()
    same.load_state_dict(lazy.state_dict())
    plain = Training(same, few, batch_size=20, epochs=2, precision="float32")
    assert [step.loss for step in training] == [step.loss for step in plain]
    assert sum(p.numel() for p in lazy.parameters()) == sum(p.numel() for p in same.parameters())

"""Weights files under other names: a class's own, a wrapper's, the course's."""

import pytest
import torch
from course_resnet import CourseResNet
from torch import nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel

from cnnkit import models, weights
from cnnkit.errors import InputError
from cnnkit.trace import layout
from cnnkit.trace import run as traced


class Tutorial(nn.Module):
    """A first ConvNet as many tutorials have it: layer1 is a convolution and its norm, and is no course's stem."""

    def __init__(self) -> None:
        super().__init__()
        self.layer1 = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.layer2 = nn.Sequential(nn.Conv2d(4, 6, 3), nn.BatchNorm2d(6), nn.ReLU())
        self.fc = nn.Linear(6, 10)

    def forward(self, x):
        return self.fc(self.layer2(self.layer1(x)).mean((2, 3)))


class Wrapping(nn.Module):
    """A class whose only part is called as DataParallel calls its own."""

    def __init__(self) -> None:
        super().__init__()
        self.module = Tutorial()

    def forward(self, x):
        return self.module(x)


WAYS = {"plain": lambda model: model, "DataParallel": nn.DataParallel, "compiled": torch.compile}


def equal(a, b):
    """Whether two networks have the same weights, whatever wraps them."""
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


@pytest.mark.parametrize("kind", [Tutorial, Wrapping])
@pytest.mark.parametrize("target", WAYS)
@pytest.mark.parametrize("origin", WAYS)
def test_a_classs_own_file_goes_into_it_however_both_are_wrapped(tmp_path, kind, origin, target):
    model, fresh = kind(), kind()
    torch.save(WAYS[origin](model).state_dict(), tmp_path / "own.pt")
    assert not equal(model, fresh)
    weights.load(WAYS[target](fresh), tmp_path / "own.pt")
    assert equal(model, fresh)


@pytest.mark.parametrize("wrap", WAYS.values(), ids=WAYS)
def test_the_courses_file_goes_into_the_kits_network(tmp_path, wrap):
    course, ours = CourseResNet().eval(), models.build("resnet50_layer4", projection="always").eval()
    torch.save(wrap(course).state_dict(), tmp_path / "course.pt")
    weights.load(ours, tmp_path / "course.pt")
    assert torch.equal(ours.conv1.weight, course.layer1[0].weight)
    assert torch.equal(ours.layer3[5].conv3.weight, course.layer4[5].layer[2][0].weight)
    assert torch.equal(ours.layer1[2].downsample[0].bias, course.layer2[2].downsize[0].bias)


def test_a_home_directory_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    model, fresh = Tutorial(), Tutorial()
    torch.save(model.state_dict(), tmp_path / "own.pt")
    weights.load(fresh, "~/own.pt")
    assert equal(model, fresh)


@pytest.mark.parametrize(
    ("model", "way_out"), [(Tutorial, r"call it: Tutorial\(\)"), ("vgg16_cifar", r'models.build\("vgg16_cifar"\)')]
)
def test_what_is_no_network_is_told(model, way_out):
    with pytest.raises(InputError, match=f"no network yet.*{way_out}"):
        weights.load(model, "cifar10")


class Dense(nn.Module):
    """Every layer takes in all earlier ones (Huang et al., "Densely Connected Convolutional Networks", 2017)."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(3 + 2 * i, 2, 3, padding=1) for i in range(layers))
        self.fc = nn.Linear(3 + 2 * layers, 10)

    def forward(self, x):
        found = [x]
        for conv in self.convs:
            found.append(F.relu(conv(torch.cat(found, 1))))
        return self.fc(torch.cat(found, 1).mean((2, 3)))


def test_ways_that_hold_one_another_do_not_take_for_ever():
    trace = traced(Dense(40), torch.rand(1, 3, 8, 8))
    assert len(list(layout.flat(layout.read(trace)))) < 20 * len(trace.records)  # 2 to the 40 otherwise
    with pytest.raises(InputError, match=r"belong to|are those of"):
        weights.load(Dense(40), "cifar10")


def test_a_deep_residual_network_is_read_whole():
    trace = traced(models.build("resnet50_layer4", width=4), torch.rand(1, 3, 32, 32))
    assert len(list(layout.flat(layout.read(trace)))) >= len(trace.operations) - 1


class Added(nn.Module):
    """A convolution whose bias is added by itself, as ``[C, 1, 1]``."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = nn.Conv2d(conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding, bias=False)
        self.bias = nn.Parameter(torch.randn(conv.out_channels, 1, 1))

    def forward(self, x):
        return self.conv(x) + self.bias


@pytest.mark.parametrize("name", ["vgg16_cifar", "vgg16_bn_cifar"])
def test_biases_that_a_class_adds_itself_are_taken_and_given(tmp_path, name):
    ours, again = (models.build(name, width=4).eval() for _ in range(2))
    theirs = nn.Sequential(*(Added(m) if isinstance(m, nn.Conv2d) else m for m in models.build(name, width=4).features))
    theirs = nn.Sequential(theirs, nn.Flatten(), models.build(name, width=4).classifier).eval()
    photos = torch.rand(4, 3, 32, 32)
    weights.transfer(ours, theirs, photos)
    assert torch.allclose(ours(photos), theirs(photos), atol=1e-5)
    weights.transfer(theirs, again, photos)
    assert torch.allclose(ours(photos), again(photos), atol=1e-5)


AROUND = {
    "DataParallel": nn.DataParallel,
    "compiled": torch.compile,
    "averaged": AveragedModel,
    "compiled in DataParallel": lambda model: nn.DataParallel(torch.compile(model)),
    "DataParallel compiled": lambda model: torch.compile(nn.DataParallel(model)),
    "averaged of compiled in DataParallel": lambda model: AveragedModel(nn.DataParallel(torch.compile(model))),
}


@pytest.mark.parametrize("wrap", AROUND.values(), ids=AROUND)
def test_wrappers_are_taken_off_in_any_order(tmp_path, wrap):
    model, fresh, wrapped = Tutorial(), Tutorial(), Tutorial()
    torch.save(wrap(model).state_dict(), tmp_path / "own.pt")
    weights.load(fresh, tmp_path / "own.pt")
    weights.load(wrap(wrapped), tmp_path / "own.pt")
    assert equal(model, fresh)


def test_a_part_that_was_compiled_alone_is_no_other_network(tmp_path):
    model, fresh, parted = Tutorial(), Tutorial(), Tutorial()
    plain = {name: value.clone() for name, value in model.state_dict().items()}
    model.layer1, parted.layer1 = torch.compile(model.layer1), torch.compile(parted.layer1)
    torch.save(model.state_dict(), tmp_path / "own.pt")
    torch.save(plain, tmp_path / "plain.pt")
    weights.load(fresh, tmp_path / "own.pt")
    weights.load(parted, tmp_path / "plain.pt")
    assert equal(model, fresh) and equal(model, parted)


KEPT = {
    "model": lambda state: {"epoch": 3, "model": state, "optimizer": {"state": {}, "param_groups": []}},
    "model_state_dict": lambda state: {"epoch": 3, "model_state_dict": state, "loss": 0.5},
    "state_dict": lambda state: {"state_dict": state, "best": torch.tensor(3.0)},
    "Lightning": lambda state: {"epoch": 3, "state_dict": {f"model.{name}": value for name, value in state.items()}},
    "one of its own": lambda state: {"epoch": 3, "my_network": state},
    "deeper": lambda state: {"checkpoint": {"net": {f"module.{name}": value for name, value in state.items()}}},
    "beside its average": lambda state: {"model_ema": {n: v + 1 for n, v in state.items()}, "model": state},
}


@pytest.mark.parametrize("keep", KEPT.values(), ids=KEPT)
def test_what_training_scripts_save_is_loaded(tmp_path, keep):
    model, fresh = Tutorial(), Tutorial()
    torch.save(keep(model.state_dict()), tmp_path / "own.pt")
    weights.load(fresh, tmp_path / "own.pt")
    assert equal(model, fresh)


def test_a_file_without_a_state_dict_is_told_what_it_holds(tmp_path):
    torch.save({"epoch": 3, "one": Tutorial().state_dict(), "other": Tutorial().state_dict()}, tmp_path / "two.pt")
    with pytest.raises(InputError, match='no state dict but a dict with "epoch", "one", "other"; save model.state_dict'):
        weights.load(Tutorial(), tmp_path / "two.pt")


@pytest.mark.parametrize("name", ["vgg16_bn", "resnet50"])
def test_files_from_before_torch_0_4_1_load_as_in_torch(tmp_path, name):
    origin, fresh = models.build(name), models.build(name)
    old = {key: value for key, value in origin.state_dict().items() if not key.endswith("num_batches_tracked")}
    torch.save(old, tmp_path / "old.pth")
    weights.load(fresh, tmp_path / "old.pth")
    assert equal(origin, fresh)

"""The kit's own weights files: 8 bits, by name, into networks of the kit and of students."""

import pytest
import torch
from course_resnet import CourseResNet, CourseVGG
from test_weights import PHOTOS, agree, trained
from torch import nn

from cnnkit import models, weights
from cnnkit._support import assets
from cnnkit.errors import InputError
from cnnkit.weights import packed as files

KNOWN = {"data": "toy", "recipe": {"lr": 1}, "seed": 0, "accuracy": 0.5}


@pytest.fixture
def packed(tmp_path, monkeypatch):
    """A folder of assets with weights for both networks."""
    (tmp_path / "weights").mkdir()
    monkeypatch.setattr(assets, "path", lambda *parts: tmp_path.joinpath(*parts))
    found = {}
    for name in ("resnet50_layer4", "vgg16_cifar"):
        found[name] = trained(name)
        files.pack(found[name], tmp_path / "weights" / f"{name}.cifar10.safetensors", KNOWN)
    return found


def test_a_weight_is_off_by_half_a_step_at_most():
    torch.manual_seed(0)
    state = {
        "w": torch.randn(7, 3, 3, 3) * torch.logspace(-4, 4, 7)[:, None, None, None],
        "b": torch.randn(5),
        "z": torch.zeros(2, 2),
    }
    back = files.dequantise(files.quantise(state))
    assert back.keys() == state.keys() and torch.equal(back["b"], state["b"]) and torch.equal(back["z"], state["z"])
    step = state["w"].flatten(1).abs().amax(1) / 127
    assert ((back["w"] - state["w"]).flatten(1).abs().amax(1) <= 0.5001 * step).all()


def test_files_take_a_byte_a_weight(packed, tmp_path):
    model = packed["resnet50_layer4"]
    size = (tmp_path / "weights" / "resnet50_layer4.cifar10.safetensors").stat().st_size
    assert size < 1.05 * sum(p.numel() for p in model.parameters())


def test_the_name_finds_the_networks_own_file(packed):
    model = models.build("resnet50_layer4")
    weights.load(model, "cifar10")
    said = weights.about(files.path_of("resnet50_layer4", "cifar10"))
    assert said["logits"] == pytest.approx(files.logits(model).tolist(), abs=1e-4)
    assert said["accuracy"] == 0.5 and said["network"]["name"] == "resnet50_layer4"
    logits = packed["resnet50_layer4"](PHOTOS)
    assert (model(PHOTOS) - logits).abs().max() < 0.05 * logits.abs().max()


def test_a_students_class_takes_them_by_name(packed):
    ours, student = models.build("resnet50_layer4"), CourseResNet()
    weights.load(ours, "cifar10")
    weights.load(student, "cifar10")
    assert agree(ours, student)


def test_what_fits_no_file_is_told_where_it_parts(packed):
    student = CourseVGG()
    student.features[0] = torch.nn.Conv2d(3, 64, 5, padding=2)
    with pytest.raises(InputError, match=r"vgg16_cifar.*which your network is not: layer 1 has a 5x5 kernel in your network"):
        weights.load(student, "cifar10")


def test_a_network_is_compared_with_the_one_it_is_most_like(packed):
    """Column A of Simonyan and Zisserman's table 1 is nearer to ResNet's parameters than to those of column D."""
    layers, channels = [], 3
    for entry in (64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"):
        if entry == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(channels, entry, 3, padding=1), nn.ReLU()]
            channels = entry
    column = nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    with pytest.raises(InputError, match="are those of vgg16_cifar, .* layer 2 makes 128 channels in your network and 64"):
        weights.load(column, "cifar10")


@pytest.mark.parametrize(
    ("model", "name", "words"),
    [
        (
            "vgg16_bn_cifar",
            "cifar10",
            'ships no weights "cifar10" for vgg16_bn_cifar; there are: "cifar10" for resnet50_layer4',
        ),
        ("vgg16_cifar", "cifar10-early", 'ships no weights "cifar10-early" for vgg16_cifar'),
    ],
)
def test_weights_that_are_not_shipped(packed, model, name, words):
    with pytest.raises(InputError, match=words):
        weights.load(models.build(model), name)


def test_a_foreign_file_says_nothing_of_itself(tmp_path):
    from safetensors.torch import save_file

    save_file({"w": torch.zeros(2)}, tmp_path / "x.safetensors")
    assert weights.about(tmp_path / "x.safetensors") == {}

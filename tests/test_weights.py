"""Weights into a class that is not the kit's: by role, with the logits compared."""

import pytest
import torch
from catalogue import FOLDER, PREAMBLE, answers
from course_resnet import CourseResNet, CourseVGG
from torch import nn

from cnnkit import models, weights
from cnnkit.errors import InputError

PHOTOS = torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(3))


def trained(name, **options):
    """A network of the kit whose batch norms have seen something."""
    torch.manual_seed(0)
    model = models.build(name, **options)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
        for buffer in model.buffers():
            if buffer.is_floating_point():
                buffer.uniform_(0.5, 1.5)
    return model.eval()


def saved(model, tmp_path):
    path = tmp_path / "weights.pt"
    torch.save(model.state_dict(), path)
    return path


def agree(ours, theirs, photos=PHOTOS):
    with torch.no_grad():
        a, b = ours.eval()(photos), theirs.eval()(photos)
    return (a - b).abs().max() <= 1e-4 * a.abs().max()


@pytest.mark.parametrize("projection", ["needed", "always"])
def test_a_class_of_its_own_takes_the_kits_weights(projection, tmp_path):
    model, student = trained("resnet50_layer4", projection=projection), CourseResNet()
    weights.load(student, saved(model, tmp_path))
    assert agree(model, student)


def test_a_vgg_of_its_own_takes_the_kits_weights(tmp_path):
    model, student = trained("vgg16_cifar"), CourseVGG()
    weights.load(student, saved(model, tmp_path))
    assert agree(model, student)


NETWORKS = [a for a in answers("resnet50_layer4", "ResNet50Layer4") if not a.slug]


@pytest.mark.slow
@pytest.mark.parametrize("answer", NETWORKS, ids=str)
def test_every_right_network_takes_the_weights(answer, tmp_path):
    model, student = trained("resnet50_layer4"), answer.load()(10)
    weights.load(student, saved(model, tmp_path))
    assert agree(model, student)


BLOCKS = [a for a in answers("residual_block", "ResidualBlock") if not a.slug]


@pytest.mark.slow
@pytest.mark.parametrize("answer", BLOCKS, ids=str)
def test_a_network_of_every_right_block_takes_the_weights(answer, tmp_path, capsys):
    names = {"__name__": "answer"}
    exec(PREAMBLE + (FOLDER / "given_network.py").read_text(encoding="utf-8"), names)
    names["ResidualBlock"] = answer.load()
    model, student = trained("resnet50_layer4"), names["ResNet50Layer4"]()
    weights.load(student, saved(model, tmp_path))
    assert agree(model, student)


def small(bias=True, last=4):
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, bias=bias), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, last)
    )


def test_a_bias_that_the_other_class_lacks_goes_into_the_running_mean():
    torch.manual_seed(0)
    ours, theirs = small(), small(bias=False)
    weights.transfer(ours, theirs, PHOTOS)
    assert torch.allclose(theirs[1].running_mean, ours[1].running_mean - ours[0].bias, atol=1e-6)
    assert agree(ours, theirs)


def test_a_bias_that_only_the_other_class_has_becomes_zero():
    torch.manual_seed(0)
    ours, theirs = small(bias=False), small()
    weights.transfer(ours, theirs, PHOTOS)
    assert theirs[0].bias.abs().max() == 0
    assert agree(ours, theirs)


class Matrix(nn.Module):
    """A linear layer kept as a matrix of inputs x outputs."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(8, 8))

    def forward(self, x):
        return x.mean((2, 3)).repeat(1, 3)[:, :8] @ self.weight


class Rows(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8, bias=False)

    def forward(self, x):
        return self.fc(x.mean((2, 3)).repeat(1, 3)[:, :8])


def test_a_square_matrix_is_turned_where_the_logits_ask_for_it():
    torch.manual_seed(0)
    ours, theirs = Rows(), Matrix()
    weights.transfer(ours, theirs, PHOTOS)
    assert torch.equal(theirs.weight, ours.fc.weight.T)


WRONG = {
    "another width": (lambda: small(last=5), "layer 2 makes 5 channels in your network and 4 in the weights'"),
    "a layer more": (lambda: nn.Sequential(small(), nn.Linear(4, 4)), "after layer 2 your network has another layer"),
    "no norm": (
        lambda: nn.Sequential(*(m for m in small() if not isinstance(m, nn.BatchNorm2d))),
        "only the weights have a norm",
    ),
    "another kernel": (lambda: nn.Sequential(nn.Conv2d(3, 6, 5), *list(small())[1:]), "layer 1 has a 5x5 kernel"),
    "no ReLU": (lambda: nn.Sequential(*(m for m in small() if not isinstance(m, nn.ReLU))), "the logits differ by up to"),
}


@pytest.mark.parametrize("case", WRONG)
def test_where_two_networks_part_is_said_and_nothing_is_changed(case):
    make, message = WRONG[case]
    torch.manual_seed(0)
    ours, theirs = small(), make()
    with torch.no_grad():
        theirs[0][0].weight.fill_(1) if isinstance(theirs[0], nn.Sequential) else theirs[0].weight.fill_(1)
    before = {name: value.clone() for name, value in theirs.state_dict().items()}
    with pytest.raises(weights.Apart, match=message):
        weights.transfer(ours, theirs, PHOTOS)
    assert all(torch.equal(value, before[name]) for name, value in theirs.state_dict().items())


def test_the_error_names_the_network_that_the_weights_are_of(tmp_path):
    with pytest.raises(InputError, match="are those of resnet50_layer4, which your network is not: "):
        weights.load(CourseVGG(), saved(trained("resnet50_layer4", width=4), tmp_path))


def test_a_projection_that_a_plain_network_lacks_is_named(tmp_path):
    class NoProjection(CourseResNet):
        def __init__(self):
            super().__init__()
            for block in [*self.layer2, *self.layer3, *self.layer4]:
                if (
                    hasattr(block, "make_equal_channel")
                    and block.make_equal_channel[0].in_channels == block.layer[2][0].out_channels
                ):
                    block.make_equal_channel = nn.Identity()

    with pytest.raises(InputError, match="another layer where your network has none"):
        weights.load(NoProjection(), saved(trained("resnet50_layer4", projection="always"), tmp_path))


def test_a_lazy_network_that_does_not_run_is_told(tmp_path):
    path = saved(trained("resnet50_layer4"), tmp_path)
    with pytest.raises(InputError, match='the forward pass failed in "2"'):
        weights.load(nn.Sequential(nn.LazyConv2d(8, 3), nn.LazyLinear(10), nn.Conv2d(99, 1, 1)), path)
    with pytest.raises(InputError, match="lazy layers without sizes and fails on photos; run it on a batch"):
        weights.load(nn.Sequential(nn.Flatten(), nn.Unflatten(1, (7, 7)), nn.LazyLinear(10)), "cifar10")

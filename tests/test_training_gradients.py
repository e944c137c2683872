"""The matrix product for weight gradients gives what torch's own backward pass gives."""

import hypothesis.strategies as st
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from torch import Tensor, nn

from cnnkit import models
from cnnkit.training import gradients

CPU = torch.device("cpu")


def of_all_weights(model: nn.Module, x: Tensor, fast: bool) -> list[Tensor]:
    model.zero_grad()
    torch.manual_seed(0)  # the same dropout
    loss = F.cross_entropy(model(x), torch.arange(len(x)) % 10)
    with gradients.fast(torch.device("cpu" if fast else "meta")):
        loss.backward()
    return [p.grad.clone() for p in model.parameters()]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.tuples(st.integers(1, 6), st.integers(1, 6)),
    st.tuples(st.integers(1, 4), st.integers(1, 4)), st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.integers(0, 2), st.integers(0, 2)), st.booleans(), st.booleans(),
)  # fmt: skip
def test_the_gradients_are_those_of_torch(
    photos: int, channels: int, out: int, size: tuple[int, int], kernel: tuple[int, int], stride: tuple[int, int],
    padding: tuple[int, int], bias: bool, channels_last: bool,
) -> None:  # fmt: skip
    size = tuple(max(n, k - 2 * p) for n, k, p in zip(size, kernel, padding, strict=True))
    torch.manual_seed(0)
    conv = nn.Conv2d(channels, out, kernel, stride, padding, bias=bias).double()
    layout = torch.channels_last if channels_last else torch.contiguous_format
    x = torch.randn(photos, channels, *size, dtype=torch.float64).to(memory_format=layout).requires_grad_()
    toward = torch.randn_like(conv(x))
    wanted = torch.autograd.grad((conv(x) * toward).sum(), [x, *conv.parameters()])
    with gradients.fast(CPU):
        found = torch.autograd.grad((conv(x) * toward).sum(), [x, *conv.parameters()])
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-12)
    found = gradients.input_gradient(toward, x.shape, conv.weight, stride, padding)  # fast() asks for it in large layers only
    torch.testing.assert_close(found, wanted[0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("channels_last", [True, False])
def test_the_input_takes_the_product_where_channels_lie_last(monkeypatch: pytest.MonkeyPatch, channels_last: bool) -> None:
    taken, real = [], gradients.input_gradient
    monkeypatch.setattr(gradients, "input_gradient", lambda grad, *rest: taken.append(grad.shape) or real(grad, *rest))
    monkeypatch.setattr(gradients, "MANY", 9 * 5 * 6)
    net = nn.Sequential(nn.Conv2d(3, 5, 1), nn.Conv2d(5, 5, 3, padding=1), nn.Conv2d(5, 6, 3, padding=1), nn.Conv2d(6, 7, 1))
    net.to(memory_format=torch.channels_last if channels_last else torch.contiguous_format)
    x = torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last if channels_last else torch.contiguous_format)
    for a, b in zip(of_all_weights(net.append(nn.Flatten()), x, True), of_all_weights(net, x, False), strict=True):
        torch.testing.assert_close(a, b)
    assert len(taken) == (
        1 if channels_last else 0
    )  # of the 3x3 with as many weights as MANY; Flatten gives the last one another layout


@pytest.mark.parametrize("name", ["vgg16_cifar", "resnet50_layer4"])
def test_a_whole_network_gets_the_same_gradients(name: str) -> None:
    torch.manual_seed(0)
    model = models.build(name, width=8).double()
    x = torch.randn(6, 3, 32, 32, dtype=torch.float64)
    for a, b in zip(of_all_weights(model, x, True), of_all_weights(model, x, False), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize(
    "layer, size",
    [
        (nn.Conv2d(4, 4, 3, padding=1, groups=2), (4, 4)),
        (nn.Conv2d(4, 4, 3, padding=2, dilation=2), (4, 4)),
        (nn.ConvTranspose2d(4, 4, 2, stride=2), (2, 2)),
        (nn.Conv2d(4, 4, 3, padding=1), (5, 5)),
        (nn.Conv1d(4, 4, 1), (4,)),
        (nn.Conv3d(4, 4, 1), (2, 2, 2)),
    ],
    ids=["groups", "dilation", "transposed", "larger-map", "1d", "3d"],
)
def test_other_convolutions_are_left_to_torch(monkeypatch: pytest.MonkeyPatch, layer: nn.Module, size: tuple[int, ...]) -> None:
    monkeypatch.setattr(gradients, "weight_gradient", lambda *_: pytest.fail("taken for a small one"))
    with gradients.fast(CPU):
        layer(torch.randn(2, 4, *size)).sum().backward()
    assert all(p.grad is not None for p in layer.parameters())


def test_small_maps_take_the_product(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, real = [], gradients.weight_gradient

    def spy(grad: Tensor, x: Tensor, *rest: tuple[int, int]) -> Tensor:
        taken.append((*grad.shape[1:], rest[0]))
        return real(grad, x, *rest)

    monkeypatch.setattr(gradients, "weight_gradient", spy)
    net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 5, 1), nn.MaxPool2d(2), nn.Conv2d(5, 6, 3, padding=1))
    with gradients.fast(CPU):
        net(torch.randn(2, 3, 8, 8)).sum().backward()
    assert taken == [(6, 4, 4, (3, 3))]


def test_frozen_weights_get_no_gradient() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 2, 1))
    net[1].requires_grad_(False)
    with gradients.fast(CPU):
        net(torch.randn(2, 3, 2, 2)).sum().backward()
    assert [p.grad is None for p in net.parameters()] == [False, False, True, True, False, False]


def test_a_gradient_of_gradients_still_works() -> None:
    conv = nn.Conv2d(2, 3, 1).double()
    x = torch.randn(2, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    twice = []
    for fast in (True, False):
        with gradients.fast(torch.device("cpu" if fast else "meta")):
            (first,) = torch.autograd.grad((conv(x) ** 2).sum(), [conv.weight], create_graph=True)
            twice.append(torch.autograd.grad(first.square().sum(), [x])[0])
    torch.testing.assert_close(*twice)

"""A branch turned up or down: the same as a model whose block was changed by hand, in any style of writing the sum."""

import copy

import pytest
import torch
from torch import nn

from cnnkit import models, trace
from cnnkit.explore.blocks import find
from cnnkit.trace.replay import Replay

PHOTOS = torch.randn(3, 3, 32, 32, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


class Turned(nn.Module):
    """Stands in a block's place: x + alpha * F(x), by the block's own parts."""

    def __init__(self, block, alpha):
        super().__init__()
        self.block, self.alpha = block, alpha

    def forward(self, x):
        b = self.block
        out = b.relu(b.bn2(b.conv2(b.relu(b.bn1(b.conv1(x))))))
        out = b.bn3(b.conv3(out))
        if b.relu_at == "branches":
            return self.alpha * b.relu(out) + b.downsample(x)
        return b.relu(b.downsample(x) + self.alpha * out)


def net(**options):
    torch.manual_seed(0)
    model = models.build("resnet50_layer4", width=4, **options).double().eval()
    for module in model.modules():  # as after training: no two channels are alike
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
    return model


def turned_by_hand(model, gains):
    patched = copy.deepcopy(model)
    for name, alpha in gains.items():
        parent, _, child = name.rpartition(".")
        setattr(patched.get_submodule(parent), child, Turned(patched.get_submodule(name), alpha))
    with torch.no_grad():
        return patched(PHOTOS)


@pytest.mark.parametrize("options", [{}, {"relu_at": "sum", "stride_on": "3x3", "downsample": "first"}])
@pytest.mark.parametrize("alpha", [0.0, 0.35, 1.0, 2.0])
def test_a_turned_block_gives_the_logits_of_one_that_was_changed_by_hand(options, alpha):
    model = net(**options)
    blocks = find(trace.run(model, PHOTOS))
    assert len(blocks) == 13
    replay = Replay(model, PHOTOS, [block.point for block in blocks])
    for block in (blocks[0], blocks[1], blocks[6], blocks[12]):
        expected = turned_by_hand(model, {block.name: alpha})
        assert torch.allclose(replay.run({block.point: alpha}).result, expected, rtol=1e-12, atol=1e-12), block.name
    both = turned_by_hand(model, {blocks[1].name: alpha, blocks[9].name: 0.7})
    assert torch.allclose(replay.run({blocks[1].point: alpha, blocks[9].point: 0.7}).result, both, rtol=1e-12, atol=1e-12)


def test_what_is_handed_on_and_added_is_what_hooks_see():
    model = net()
    blocks = find(trace.run(model, PHOTOS))
    found = Replay(model, PHOTOS, [block.point for block in blocks]).run({}, blocks[4].point)
    seen = {}
    for block in blocks:
        module = model.get_submodule(block.name)
        module.register_forward_hook(lambda m, args, out, name=block.name: seen.update({name: (args[0].clone(), out)}))
    with torch.no_grad():
        model(PHOTOS)
    for block in blocks:
        x, out = seen[block.name]
        with torch.no_grad():
            x = model.get_submodule(block.name).downsample(x)
        assert torch.allclose(found.handed[block.point].double(), x.flatten(1).norm(dim=1), rtol=1e-5)
        assert torch.allclose(found.added[block.point].double(), (out - x).flatten(1).norm(dim=1), rtol=1e-5)
    x, out = seen[blocks[4].name]
    assert torch.equal(found.x, x) and torch.allclose(found.f, out - x, rtol=1e-12, atol=1e-12)


class Styles(nn.Module):
    """One block, with its sum written in one of many ways."""

    def __init__(self, add):
        super().__init__()
        self.stem, self.a, self.b, self.fc = (
            nn.Conv2d(3, 4, 3),
            nn.Conv2d(4, 4, 3, padding=1),
            nn.BatchNorm2d(4),
            nn.Linear(4, 5),
        )
        self.add = add

    def branch(self, x):
        return torch.relu(self.b(self.a(x)))

    def forward(self, x):
        x = torch.relu(self.stem(x))
        x = self.add(self, x)
        return self.fc(torch.relu(x).mean((2, 3)))


def added_to(m, x):
    out = m.branch(x)
    out += x
    return out


def added_in_place_then_relu(m, x):
    x = x * 1
    x += m.branch(x)
    return nn.functional.relu_(x)


STYLES = {
    "x + F": lambda m, x: x + m.branch(x),
    "F + x": lambda m, x: m.branch(x) + x,
    "torch.add": lambda m, x: torch.add(x, m.branch(x)),
    "twice F, by torch's alpha": lambda m, x: torch.add(x, m.branch(x), alpha=2),
    "twice x, by torch's alpha": lambda m, x: torch.add(m.branch(x), x, alpha=2),
    "F += x": added_to,
    "x += F": added_in_place_then_relu,
    "sum": lambda m, x: sum([m.branch(x), x]),
}


def by_hand(model, style, alpha):
    x = torch.relu(model.stem(PHOTOS))
    f = torch.relu(model.b(model.a(x)))
    y = {"twice F, by torch's alpha": x + 2 * alpha * f, "twice x, by torch's alpha": 2 * x + alpha * f}.get(
        style, x + alpha * f
    )
    return model.fc(torch.relu(y).mean((2, 3)))


@pytest.mark.parametrize("style", STYLES)
def test_the_sum_is_found_and_turned_however_it_is_written(style):
    torch.manual_seed(0)
    model = Styles(STYLES[style]).double().eval()
    (block,) = find(trace.run(model, PHOTOS))
    assert block.kind == ("projection" if style.startswith("twice x") else "identity")
    replay = Replay(model, PHOTOS, [block.point])
    for alpha in (0.0, 0.5, 1.0, 0.5, 2.0):  # and again: what is remembered stays whole
        with torch.no_grad():
            expected = by_hand(model, style, alpha)
        assert torch.allclose(replay.run({block.point: alpha}).result, expected, rtol=1e-12, atol=1e-12)


def test_a_layer_is_turned_to_the_identity_where_shapes_allow_and_else_to_zeros():
    torch.manual_seed(0)
    model = models.build("vgg16_bn_cifar", width=2).double().eval()
    blocks = find(trace.run(model, PHOTOS))
    assert [block.kind for block in blocks] == ["layer"] * 14
    replay = Replay(model, PHOTOS, [block.point for block in blocks])
    for i, fits in ((1, True), (2, False)):
        assert blocks[i].fits == fits and blocks[i].name == ("features.3", "features.7")[i - 1]
        for alpha in (0.0, 0.25, 1.0, 1.5):
            at = int(blocks[i].name.split(".")[1])
            with torch.no_grad():
                x = model.features[:at](PHOTOS)
                f = model.features[at : at + 2](x)  # the convolution and its norm
                y = alpha * f + (max(0.0, 1 - alpha) * x if fits else 0)
                expected = model.classifier(model.features[at + 2 :](y).flatten(1))
            assert torch.allclose(replay.run({blocks[i].point: alpha}).result, expected, rtol=1e-12, atol=1e-12)


def test_the_model_stays_as_it_was():
    model = net().train()
    before = copy.deepcopy(model.state_dict())
    blocks = find(trace.run(model, PHOTOS))
    replay = Replay(model, PHOTOS, [block.point for block in blocks])
    replay.run({blocks[3].point: 0.0})
    assert model.training and all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


def test_what_lies_before_the_block_is_not_computed_again(monkeypatch):
    model = net()
    blocks = find(trace.run(model, PHOTOS))
    replay = Replay(model, PHOTOS, [block.point for block in blocks])
    real, calls = torch.ops.aten.convolution.default, []
    from torch.utils._python_dispatch import TorchDispatchMode

    class Count(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            calls.append(func is real)
            return func(*args, **(kwargs or {}))

    def convolutions(point):
        calls.clear()
        with Count():
            replay.run({point: 0.0})
        return sum(calls)

    # 1 in the stem, 3 in each of 13 blocks, 1 in each of 5 projections: 45. Five blocks follow layer3.0, the eighth.
    assert [convolutions(blocks[i].point) for i in (0, 7, 12)] == [45 - 5, 15, 0]


def test_what_finds_no_room_is_computed_again(monkeypatch):
    monkeypatch.setattr("cnnkit.trace.replay._ROOM", 100_000)
    model = net()
    blocks = find(trace.run(model, PHOTOS))
    found = Replay(model, PHOTOS, [block.point for block in blocks]).run({blocks[12].point: 0.5})
    expected = turned_by_hand(model, {blocks[12].name: 0.5})
    assert torch.allclose(found.result, expected, rtol=1e-12, atol=1e-12)

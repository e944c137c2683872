"""A network to walk through: what its parts make of a photo, which pixels move a value, and the strip that is the control."""

import re
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from drawings import controls, readable
from torch import nn

from cnnkit import InputError, models
from cnnkit.data import sample_photos
from cnnkit.data.augment import normalise
from cnnkit.draw.look import signed
from cnnkit.explore.eye import Eye, half
from cnnkit.explore.glance import Place, field, strongest
from cnnkit.explore.layers import architecture
from cnnkit.explore.shapes import ink
from cnnkit.explore.strip import short
from cnnkit.explore.touching import Touch

PHOTOS = sample_photos().images


class Mine(nn.Module):
    """A student's class: functional pools and ReLUs, one of them in place, a module called twice, sums of its own."""

    def __init__(self):
        super().__init__()
        self.first, self.twice = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.scale, self.last = nn.Parameter(torch.ones(8, 1, 1)), nn.Linear(8 * 4 * 4, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.first(x), inplace=True), 2)
        x = F.max_pool2d(x + torch.tanh(self.twice(x)), 2)
        x = F.avg_pool2d(F.conv2d(x, self.twice.weight, padding=1) * self.scale, 2)
        return self.last(torch.flatten(x, 1))


def make(name):
    torch.manual_seed(0)
    return Mine() if name == "mine" else models.build(name, width=4)


def test_the_maps_are_those_that_the_part_hands_on():
    model = make("vgg16_cifar")
    eye = Eye(model)
    with torch.no_grad():
        expected = model.eval().features[:4](normalise(PHOTOS[3:4]))[0]  # behind the ReLU, before the pool
    assert eye.parts[1].name == "features.2" and torch.allclose(eye.glance(3).maps[1], expected, rtol=1e-5)
    assert torch.allclose(eye.glance(3).shares, model(normalise(PHOTOS[3:4]))[0].softmax(0), rtol=1e-4)
    block = Eye(make("resnet50_layer4"))
    kept = []
    handle = block.model.layer2[1].register_forward_hook(lambda m, args, out: kept.append(out))
    block.model.eval()(normalise(PHOTOS[3:4]))
    handle.remove()
    index = [part.name for part in block.parts].index("layer2.1")
    assert torch.allclose(block.glance(3).maps[index], kept[0][0], rtol=1e-5)


def written_out(model, x):
    """What the parts of `Mine` make, with plain torch."""
    first = F.relu(model.first(x))
    pooled = F.max_pool2d(first, 2)
    second = pooled + torch.tanh(model.twice(pooled))
    halved = F.max_pool2d(second, 2)
    third = F.conv2d(halved, model.twice.weight, padding=1) * model.scale
    return [first, pooled, second, halved, third, F.avg_pool2d(third, 2)]


def test_a_students_functional_class_is_seen_with_its_gradients():
    eye = Eye(make("mine"))
    assert [part.kind for part in eye.parts] == ["convolution", "pool"] * 3 + ["linear"]
    x = normalise(PHOTOS[5:6]).requires_grad_()
    for i, expected in enumerate(written_out(eye.model, x)):
        assert torch.allclose(eye.glance(5).maps[i], expected[0], atol=1e-6)
        row, column = expected.shape[2] // 2, expected.shape[3] - 1
        gradient = torch.autograd.grad(expected[0, :, row, column].sum(), x, retain_graph=True)[0][0].abs().sum(0)
        pull = eye.pull(5, i, row * expected.shape[3] + column)
        assert torch.allclose(pull, gradient / gradient.sum(), atol=1e-6)
    logits = eye.model(x)
    gradient = torch.autograd.grad(logits[0, 7], x)[0][0].abs().sum(0)
    assert torch.allclose(eye.pull(5, 6, 7), gradient / gradient.sum(), atol=1e-6)


def test_looking_leaves_the_model_as_it_was_and_sees_new_weights():
    model = make("resnet50_layer4").train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    eye = Eye(model)
    eye.pull(0, 3, 1)
    eye.weights(0, 1)
    old = eye.glance(0)
    assert model.training and not model.conv1._forward_hooks and model.conv1.weight.grad is None
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert eye.glance(0) is old
    with torch.no_grad():
        model.conv1.weight.mul_(2)
    new = eye.glance(0)
    assert not torch.equal(new.maps[0], old.maps[0]) and float(eye.pull(0, 3, 1).sum()) == pytest.approx(1)
    model.fc = nn.Linear(model.fc.in_features, 10)
    eye.refresh()
    assert not torch.equal(eye.glance(0).shares, new.shares)


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Conv2d(3, 6, 5), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.AvgPool2d(2)),
        nn.Sequential(nn.Conv2d(3, 4, 7, 2, 3), nn.AvgPool2d(3, 2, 1), nn.Conv2d(4, 4, 3, padding=1)),
        nn.Sequential(nn.Conv2d(3, 4, (1, 7), padding=(0, 3)), nn.Conv2d(4, 4, (3, 1), (2, 1))),
        nn.Sequential(nn.Conv2d(3, 2, 45, padding=22)),
    ],
)
def test_the_frame_is_where_the_gradient_comes_from(model):
    torch.manual_seed(0)
    eye = Eye(model)
    for i, part in enumerate(eye.parts):
        _, height, width = part.shape
        for row, column in ((0, 0), (height // 2, width // 2), (height - 1, 1)):
            place = Place(block=i, cell=row * width + column)
            pixels = eye.pull(0, i, place.cell).nonzero()
            (top, left), (bottom, right) = pixels.min(0).values.tolist(), (pixels.max(0).values + 1).tolist()
            assert field(eye, place) == (top, left, bottom, right), (part.name, row, column)


def test_half_of_the_pull_is_counted_from_the_strongest_pixels():
    assert half(torch.tensor([[0.1, 0.6], [0.2, 0.1]])) == 1 and half(torch.full((2, 2), 0.25)) == 2
    assert half(torch.zeros(2, 2)) == 0


def test_the_costs_of_the_parts_are_those_of_the_table():
    for name in ("vgg16_cifar", "resnet50_layer4", "mine"):
        eye = Eye(make(name))
        sums = [sum(cost) for cost in zip(*(part.costs for part in eye.parts), strict=True)]
        assert sums == [eye.table.parameters, eye.table.macs, eye.table.activation_bytes]


def test_zero_has_a_colour_of_its_own_where_values_lie_on_both_sides():
    assert signed(torch.tensor([0.0, 1, 2])).tolist() == [[0] * 3, [127] * 3, [255] * 3]
    assert signed(torch.tensor([-2.0, 0, 2])).tolist() == [[0, 114, 178], [255] * 3, [213, 94, 0]]
    assert signed(torch.tensor([0.0, 2]), white=True).tolist() == [[255] * 3, [213, 94, 0]]
    assert signed(torch.tensor([1.0, -1]), most=2)[0].tolist() == [234, 174, 127]
    assert ink((0, 114, 178)) == "white" and ink((255, 255, 255)) == "black" and ink((213, 94, 0)) == "black"


def test_names_lose_the_word_that_most_of_them_begin_with():
    assert short(["conv1", "layer1.0", "layer2.10", "fc"]) == ["conv1", "1.0", "2.10", "fc"]
    assert short(["features.0", "features.2", "classifier.1", "(conv2d)"]) == ["0", "2", "c1", "conv2d"]


@pytest.mark.parametrize("name", ["vgg16_cifar", "resnet50_layer4", "mine"])
def test_every_drawing_is_whole_and_names_what_is_seen(name):
    explorer = architecture(make(name))
    for block, part in enumerate(explorer.eye.parts):
        explorer.state = Place(block=block, photo=block)
        for touchable in (True, False):
            root = readable(explorer.picture(touchable), 490 if touchable else 420)
        words = root.get("aria-label")
        assert part.name in words and f"photo {block + 1}: " in words and "make up half of what moves" in words
        assert f"The network answers {explorer.eye.name(int(explorer.eye.glance(block).shares.argmax()))}" in words
    keys = [e.get("data-key") for e in readable(explorer.picture(), 490).iter() if e.get("data-key")]
    assert len([key for key in keys if key.startswith("block:")]) == len(explorer.eye.parts)


@pytest.mark.parametrize(
    "model",
    [
        nn.Conv2d(3, 8, 3),
        nn.Sequential(nn.Conv2d(3, 600, 32), nn.Flatten(), nn.Linear(600, 300)),
        nn.Sequential(*(nn.Conv2d(3, 3, 1) for _ in range(90))),
        nn.Sequential(nn.Flatten(), nn.Linear(3072, 2)),
    ],
)
def test_small_long_and_odd_networks_can_be_drawn(model):
    explorer = architecture(model, photos=PHOTOS[:3])
    for block in {0, len(explorer.eye.parts) - 1}:
        explorer.state = Place(block=block, cell=2)
        readable(explorer.picture(), 490)


def test_a_network_with_nothing_to_draw_and_what_are_no_photos_are_refused():
    with pytest.raises(InputError, match="nothing to look at"):
        architecture(nn.ReLU())
    with pytest.raises(InputError, match="forward pass failed"):
        architecture(nn.Conv2d(1, 4, 3))
    for photos in (torch.zeros(3, 32, 32), torch.zeros(0, 3, 32, 32), [1]):
        with pytest.raises(InputError, match="photos must be a uint8 tensor"):
            architecture(make("vgg16_cifar"), photos=photos)


def test_touches_choose_block_map_photo_and_cell():
    explorer = architecture(make("resnet50_layer4"))

    def touch(*touches):
        for one in touches:
            explorer._hear(one)
        return explorer.state

    def listed():
        return [channel for dial in explorer.dials() if dial.field == "map" for _, channel in dial.options]

    assert touch(Touch("click", "block:3")) == Place(0, 3, 13, listed()[0], 4 * 8 + 4)
    x, y, wide, high = explorer.aims()[0].place
    assert touch(Touch("hover", "cell", x + 0.99 * wide, y + 0.2 * high)).cell == 8 + 7
    assert touch(Touch("key", "cell", arrow="ArrowDown"), Touch("key", "cell", arrow="ArrowLeft")).cell == 2 * 8 + 6
    third = listed()[2]
    assert touch(Touch("click", "map:2"), Touch("click", "photo:5")) == Place(0, 3, 5, third, 22), "the map stays"
    assert third in listed() and f"in map #{third}" in explorer.picture()
    assert touch(Touch("key", "block:4", arrow="ArrowRight")) == Place(0, 4, 5, listed()[0], 2 * 4 + 2)
    before = touch(Touch("click", "block:99"), Touch("click", "map:8"), Touch("click", "net:1"), Touch("click", "cell:1"))
    assert before == Place(0, 4, 5, listed()[0], 2 * 4 + 2)
    maps = explorer.eye.glance(5).maps[4]
    assert [int(i) for i in strongest(maps)] == maps.flatten(1).norm(dim=1).topk(8).indices.tolist()


def test_the_bars_under_the_photos_say_where_the_chosen_map_is_strong():
    explorer = architecture(make("vgg16_cifar"))
    explorer._hear(Touch("click", "block:4"))
    eye, channel = explorer.eye, explorer.state.map
    strong = eye.strengths(4, channel)
    expected = torch.stack([eye.glance(i).maps[4][channel].norm() for i in range(len(eye.photos))])
    assert torch.allclose(strong, expected, rtol=1e-4)
    best = int(expected.argmax())
    assert f"photo {best + 1}: {eye.classes[eye.labels[best]]}, 100% of the map" in explorer.picture()
    assert eye.strengths(len(eye.parts) - 1, 0) is None  # a row of numbers is no map
    assert Eye(nn.Conv2d(3, 2, 3), torch.zeros(2, 3, 80, 80, dtype=torch.uint8)).strengths(0, 0) is None


def test_a_pointer_that_stays_in_its_cell_redraws_nothing_old(monkeypatch):
    explorer = architecture(make("vgg16_cifar"))
    widget, drawn = explorer.widget.children[0], []
    monkeypatch.setattr(type(widget), "send", lambda self, content, buffers=None: None)
    monkeypatch.setattr(
        explorer, "picture", lambda touchable=True: drawn.append(1) or type(explorer).picture(explorer, touchable)
    )
    explorer.state = Place(block=2, photo=1)
    shown = widget.svg
    x, y, wide, high = explorer.aims()[0].place
    for _ in range(3):
        touch = {"kind": "hover", "key": "cell", "x": x + 0.51 * wide, "y": y + 0.51 * high}
        widget._handle_custom_msg({"id": "1", "touches": [touch]}, [])
    assert widget.svg == shown and len(drawn) == 1 and "features.4, pool" in shown


def test_without_anywidget_sliders_do_the_same(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    explorer = architecture(make("vgg16_cifar"))
    parts, shown = controls(explorer.widget), explorer.widget.children[1]
    first = shown.value
    parts["block"].value, parts["photo"].value = 5, 2
    second = parts["map"].options[1][1]
    parts["map"].value = second
    parts["cell row"].value, parts["cell column"].value = 1, 8
    assert explorer.state == Place(0, 5, 2, second, 7) and shown.value == explorer.picture(touchable=False) != first
    parts["block"].value = len(explorer.eye.parts) - 1
    assert parts["cell row"].max == 3 and "classifier.5, linear: 10" in shown.value
    assert "<details>" in explorer.widget.children[-1].value


def test_two_networks_take_turns():
    explorer = architecture(make("vgg16_cifar"), make("resnet50_layer4"))
    explorer._hear(Touch("click", "block:19"))
    explorer._hear(Touch("click", "net:1"))
    assert explorer.state.net == 1 and explorer.state.block == 16 and "fc, linear: 10" in explorer.words().splitlines()[0]
    assert "A MACs" in explorer.still() and "<details>" in explorer.still()
    assert "A: VGG, input 3x32x32   B: ResNet, input 3x32x32" in repr(explorer)


def test_no_widget_has_a_list_whose_keys_the_notebook_takes() -> None:
    for path in (Path(__file__).parent.parent / "cnnkit").rglob("*.py"):
        found = re.search(r"\bw\.(Select|SelectMultiple|Dropdown|RadioButtons|Combobox)\(", path.read_text(encoding="utf-8"))
        assert found is None, f"{path.name}: {found and found[0]}"

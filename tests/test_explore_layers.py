"""The architecture to walk through: each layer's maps, and what one value sees."""

import re

import pytest
import torch
from test_explore_block import controls
from torch import nn

from cnnkit import InputError, models
from cnnkit.anatomy import table
from cnnkit.data import sample_photos
from cnnkit.data.augment import normalise
from cnnkit.explore.inside import choices, draw, look
from cnnkit.explore.layers import architecture

PHOTOS = sample_photos().images


class Twice(nn.Module):
    """The same ReLU called twice."""

    def __init__(self):
        super().__init__()
        self.conv, self.relu = nn.Conv2d(3, 4, 3, padding=1), nn.ReLU()

    def forward(self, x):
        return self.relu(self.relu(self.conv(x)) - 1)


def rows(model):
    return choices(table(model, (3, 32, 32)).rows)


def test_the_maps_are_those_that_the_layer_makes():
    torch.manual_seed(0)
    model = models.build("vgg16_cifar", width=4)
    found = look(model, next(r for r in rows(model).values() if r.name == "features.2"), PHOTOS[3])
    with torch.no_grad():
        expected = model.eval().features[:3](normalise(PHOTOS[3:4]))[0]
    # The ReLU after it works in place; what is kept is what the convolution made.
    assert torch.equal(found.maps, expected)


def test_a_layer_called_twice_has_two_rows_with_maps_of_their_own():
    torch.manual_seed(0)
    model = Twice()
    first, second = (look(model, r, PHOTOS[0]).maps for r in rows(model).values() if r.kind == "ReLU")
    assert torch.equal(second, (first - 1).relu())


def test_looking_leaves_the_model_as_it_was():
    model = models.build("resnet50_layer4", width=4).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    look(model, next(iter(rows(model).values())), PHOTOS[0])
    assert model.training and not model.conv1._forward_hooks
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_the_frame_lies_around_the_middle_and_ends_at_the_photos_edge():
    model = nn.Sequential(nn.Conv2d(3, 2, 5, padding=2), nn.Conv2d(2, 2, 45, padding=22))
    small, large = (draw(look(model, r, PHOTOS[0])) for r in rows(model).values())
    # The middle of the value (16, 16) is at 16.5 pixels; 5 pixels around it begin at 14, and a pixel is drawn 7 wide.
    assert f'<rect x="{8 + 14 * 7:.1f}" y="{30 + 14 * 7:.1f}" width="35.0" height="35.0" fill="none"' in small
    assert '<rect x="8.0" y="30.0" width="224.0" height="224.0" fill="none"' in large
    assert "more than the photo has" in large and "around the middle" in small


def frame(model, layer):
    """Rows and columns, first and last, that the frame of ``layer`` encloses; read from the drawing."""
    drawn = draw(look(model, layer, PHOTOS[0]))
    place = r'<rect x="(\S+)" y="(\S+)" width="(\S+)" height="(\S+)" fill="none" stroke="#\w+" stroke-width="4"'
    (found,) = re.findall(place, drawn)
    x, y, width, height = map(float, found)
    return [round(v, 3) for v in ((y - 30) / 7, (y - 30 + height) / 7 - 1, (x - 8) / 7, (x - 8 + width) / 7 - 1)]


def seen(model, layer):
    """The rows and columns from which the gradient of the value in the middle comes."""
    x = torch.rand(1, 3, 32, 32, requires_grad=True)
    kept = []
    handle = model.get_submodule(layer.name).register_forward_hook(lambda m, args, out: kept.append(out))
    model(x)
    handle.remove()
    height, width = kept[0].shape[2:]
    kept[0][0, :, height // 2, width // 2].sum().backward()
    pixels = x.grad[0].abs().sum(0).nonzero()
    return [*pixels[:, 0].aminmax(), *pixels[:, 1].aminmax()]


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Conv2d(3, 6, 5), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.AvgPool2d(2)),
        nn.Sequential(nn.Conv2d(3, 4, 7, 2, 3), nn.AvgPool2d(3, 2, 1), nn.Conv2d(4, 4, 3, padding=1)),
        nn.Sequential(nn.Conv2d(3, 4, (1, 7), padding=(0, 3)), nn.Conv2d(4, 4, (3, 1), (2, 1))),
    ],
)
def test_the_frame_is_where_the_gradient_comes_from(model):
    torch.manual_seed(0)
    for layer in rows(model).values():
        assert frame(model, layer) == seen(model, layer), layer.name


def test_a_field_that_is_no_square_is_not_called_one():
    model = nn.Sequential(nn.Conv2d(3, 4, (1, 7), padding=(0, 3)))
    found = look(model, *rows(model).values(), PHOTOS[0])
    assert "One value sees 1x7 pixels of the 32x32 photo." in found.words and "the 1x7 pixels that" in draw(found)


def test_networks_of_one_layer_and_layers_that_return_more_than_maps_can_be_looked_at():
    assert "Conv2d" in architecture(nn.Conv2d(3, 8, 3)).still()

    class Indices(nn.Module):
        def __init__(self):
            super().__init__()
            self.pool = nn.MaxPool2d(2, return_indices=True)

        def forward(self, x):
            return self.pool(x)[0]

    model = Indices()
    expected = nn.functional.max_pool2d(normalise(PHOTOS[:1]), 2)[0]
    assert torch.equal(look(model, next(iter(rows(model).values())), PHOTOS[0]).maps, expected)


def test_choosing_a_layer_and_a_photo_changes_the_picture():
    explorer = architecture(models.build("vgg16_cifar", width=4))
    parts, shown = controls(explorer.widget), explorer.widget.children[-1]
    first = shown.value
    parts["layer"].value = next(name for name in parts["layer"].options if name.startswith("classifier.5"))
    assert "All 10 values" in shown.value
    parts["layer"].value = parts["layer"].options[0]
    assert shown.value == first
    parts["photo"].value = 7
    assert shown.value != first


def test_two_networks_stand_side_by_side():
    explorer = architecture(models.build("vgg16_cifar", width=4), models.build("resnet50_layer4", width=4))
    parts = controls(explorer.widget)
    assert {"network A", "network B"} <= set(parts)
    assert "A MACs" in explorer.still() and explorer.still().count("<svg") == 2
    assert "A: VGG, input 3x32x32   B: ResNet, input 3x32x32" in repr(explorer)


@pytest.mark.parametrize("photos", [torch.zeros(3, 32, 32), torch.zeros(0, 3, 32, 32), [1]])
def test_what_are_no_photos_is_said(photos):
    with pytest.raises(InputError, match="photos must be a uint8 tensor"):
        architecture(models.build("vgg16_cifar", width=4), photos=photos)

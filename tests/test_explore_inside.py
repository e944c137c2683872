"""The bench for heat maps: its heat is Grad-CAM's, its equation adds up, its patch covers, its drawing says what is seen."""

import sys

import pytest
import torch
from drawings import controls, readable
from test_explore_layers import make
from torch import nn

from cnnkit import InputError, explore
from cnnkit.check.exercises.grad_cam import grad_cam
from cnnkit.data import Dataset, Split, sample_photos
from cnnkit.data.augment import normalise
from cnnkit.explore.cam import Setting, equation, heats, layers, over, upsampled
from cnnkit.explore.eye import Eye
from cnnkit.explore.touching import Touch

SAMPLES = sample_photos()


@pytest.mark.parametrize("name", ["vgg16_cifar", "resnet50_layer4"])
def test_the_heat_and_that_of_the_mirrored_photo_are_grad_cams(name):
    eye = Eye(make(name))
    chosen = [n for n, i in enumerate(layers(eye)) if eye.parts[i].kind != "convolution" or eye.parts[i].name.startswith("fea")]
    for block in chosen[1::4]:
        part = eye.parts[layers(eye)[block]]
        module = eye.model.get_submodule(part.last.name.split(" (")[0] if name == "vgg16_cifar" else part.name)
        for found, photo in zip(heats(eye, Setting(3, block, 5)), (SAMPLES.images[3], SAMPLES.images[3].flip(-1)), strict=True):
            expected = grad_cam(eye.model.eval(), module, normalise(photo[None])[0], 5)
            assert torch.allclose(found.heat, expected, atol=1e-6, rtol=1e-3), part.name
            if found.hottest is not None:
                row, column = found.hottest
                assert expected[row - 1, column - 1] == pytest.approx(float(expected.max()), rel=1e-3)


def test_the_images_of_the_equation_add_up():
    eye = Eye(make("resnet50_layer4"))
    heat, _ = heats(eye, Setting(0, 4, 2))
    assert torch.allclose(heat.parts, heat.weights[:, None, None] * eye.glance(0, pair=True).maps[layers(eye)[4]])
    drawn = "".join(equation(heat, 0))
    strongest = heat.parts.flatten(1).norm(dim=1).topk(4).indices.tolist()
    assert drawn.count("<image") == 7 and all(f">#{k}<" in drawn for k in strongest)
    assert (
        f">{len(heat.parts) - 4:,} others<" in drawn
        and f">{float(heat.weights[strongest[0]]):.2g} ·<".replace("-", "−") in drawn
    )


def test_a_covered_photo_is_answered_as_one_with_a_grey_square():
    eye = Eye(make("vgg16_cifar"))
    photo = SAMPLES.images[6].clone()
    photo[:, 8:16, 20:28] = 128
    expected = eye.model.eval()(normalise(photo[None]))[0].softmax(0)
    assert eye.place(2 * 7 + 5) == (8, 20, 8, 8)
    assert torch.allclose(eye.covered(6, 2 * 7 + 5), expected, atol=1e-5)


def test_the_squares_stay_squares_until_they_are_smoothed():
    heat = torch.tensor([[0.0, 2], [4, 1]])
    squares = (heat / 4).repeat_interleave(16, 0).repeat_interleave(16, 1)
    assert torch.equal(upsampled(heat, (32, 32), smooth=False), squares)
    smooth = upsampled(heat, (32, 32), smooth=True)
    assert smooth.unique().numel() > 50 and smooth[0, 0] == 0 and smooth[31, 0] == 1
    pixels = SAMPLES.images[0].permute(1, 2, 0)
    assert torch.equal(over(pixels, heat, Setting(strength=0)), pixels)
    assert over(pixels, heat, Setting(strength=100))[20, 5].tolist() == [213, 94, 0]
    assert not upsampled(torch.zeros(2, 2), (4, 4), smooth=True).any()


def test_touches_choose_and_a_patch_that_is_moved_covers():
    bench = explore.inside(make("resnet50_layer4"))

    def touch(*touches):
        for one in touches:
            bench._hear(one)
        return bench.state

    assert bench.state == Setting(13, 14, int(SAMPLES.labels[13]))
    assert touch(Touch("click", "target:3"), Touch("click", "strength:5"), Touch("click", "smooth")) == Setting(
        13, 14, 3, 100, True
    )
    x, y, wide, high = bench.aims()[0].place
    assert touch(Touch("hover", "patch", x + wide * 0.99, y + 1)) == Setting(13, 14, 3, 100, True, True, 6)
    assert touch(Touch("key", "patch", arrow="ArrowDown"), Touch("key", "patch", arrow="ArrowLeft")).patch == 7 + 5
    assert not touch(Touch("click", "cover")).cover and touch(Touch("click", "cover")).cover
    state = touch(Touch("click", "photo:2"))
    assert (state.target, state.cover) == (int(SAMPLES.labels[2]), False)
    assert touch(Touch("key", "block:2", arrow="ArrowLeft"), Touch("click", "block:40"), Touch("click", "photo:20")).block == 2


@pytest.mark.parametrize("name", ["vgg16_cifar", "resnet50_layer4", "mine"])
def test_every_drawing_is_whole_and_names_what_is_seen(name):
    bench = explore.inside(make(name))
    for n, block in enumerate(range(len(layers(bench.eye)))):
        bench.state = Setting(n % 20, block, bench.state.target, 80, n % 2 == 0)
        bench.state = Setting(n % 20, block, n % 10, 80, n % 2 == 0, n % 3 == 0)
        for touchable in (True, False):
            root = readable(bench.picture(touchable), 490 if touchable else 420)
        words = root.get("aria-label")
        assert bench.eye.parts[layers(bench.eye)[block]].name in words and f"photo {n % 20 + 1}: " in words
        assert f"see {bench.eye.name(n % 10)}?" in words and ("Covered in row" in words) == bench.state.cover
        assert "Mirrored: " in words or "0 everywhere" in words


def test_without_anywidget_sliders_do_the_same(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    bench = explore.inside(make("vgg16_cifar"))
    parts, shown = controls(bench.widget), bench.widget.children[1]
    parts["photo"].value = 3
    for name, value in {"layer": 4, "class": 8, "overlay, %": 20, "smooth: hide the squares": True}.items():
        parts[name].value = value
    assert bench.state == Setting(3, 4, 8, 20, True) and shown.value == bench.picture(touchable=False)
    parts["patch row"].value = 1
    assert bench.state.cover and bench.state.patch == 3 and parts["grey patch"].value and "Covered in row 1" in shown.value


def test_photos_of_a_data_set_are_shown_with_its_classes():
    split = Split(SAMPLES.images[:5].flip(0), SAMPLES.labels[:5].flip(0), tuple("abcdefghij"), "five")
    bench = explore.inside(make("resnet50_layer4"), Dataset("five", split, split))
    assert len(bench.eye.photos) == 5 and f"photo 5: {'abcdefghij'[int(SAMPLES.labels[0])]}" in bench.words()


def test_a_network_that_cannot_be_asked_is_refused():
    for model in (nn.Conv2d(3, 8, 3), nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))):
        with pytest.raises(InputError, match="only a network that has maps"):
            explore.inside(model)

    class Blind(nn.Sequential):
        forward = torch.no_grad()(nn.Sequential.forward)

    blind = Blind(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.LazyLinear(10))
    with pytest.raises(InputError, match="runs without gradients"):
        explore.inside(blind)
    assert "No pixel moves" in explore.architecture(blind).words()


def test_answers_that_are_not_the_photos_classes_have_numbers():
    torch.manual_seed(0)
    bench = explore.inside(nn.Sequential(nn.Conv2d(3, 4, 3, 4), nn.Flatten(), nn.Linear(256, 30)))
    best = int(bench.eye.glance(13).shares.argmax())
    assert bench.state.target == best and f"answers class {best}" in bench.words() and "photo 14: horse" in bench.words()
    assert "✗" not in bench.picture() and "✓" not in bench.picture()

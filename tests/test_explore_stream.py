"""The volume knob: its claims against independent runs, its drawing, its controls with and without anywidget."""

import base64
import html
import re
import sys
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import torch
from drawings import SVG, contrast, controls, readable
from torch import nn

from cnnkit import InputError, explore, models, trace
from cnnkit.data import Split, sample_photos
from cnnkit.data.augment import normalise
from cnnkit.explore.blocks import find
from cnnkit.explore.dial import KNOB, claim, draw, headline
from cnnkit.explore.knob import Knob, Setting
from cnnkit.explore.stream import ResidualStream, residual_stream
from cnnkit.explore.touching import Touch

SAMPLES = sample_photos()
PHOTOS = normalise(SAMPLES.images)


def net(seed=0, **options):
    torch.manual_seed(seed)
    return models.build("resnet50_layer4", width=4, **options).eval()


def identity_blocks(model):
    return [n for n, m in model.named_modules() if isinstance(getattr(m, "downsample", None), nn.Identity)]


def without(model, *names):
    """Answers of the network with these blocks replaced by the identity."""
    kept = {name: model.get_submodule(name) for name in names}
    for name in names:
        parent, _, child = name.rpartition(".")
        setattr(model.get_submodule(parent), child, nn.Identity())
    with torch.no_grad():
        answers = model(PHOTOS).argmax(1)
    for name, module in kept.items():
        parent, _, child = name.rpartition(".")
        setattr(model.get_submodule(parent), child, module)
    return tuple(answers.tolist())


def test_the_survivors_are_those_of_a_network_whose_block_is_the_identity():
    model = net()
    knob = Knob(model)
    for i in knob.together:
        answers = without(model, knob.blocks[i].name)
        assert knob.survivors[i] == sum(a == b for a, b in zip(answers, SAMPLES.labels.tolist(), strict=True))
        assert knob.see(Setting(i, 0.0)).answers == answers
    names = identity_blocks(model)
    assert [knob.blocks[i].name for i in knob.together] == names
    assert knob.see(Setting(1, 0.0, every=True)).answers == without(model, *names)


@pytest.mark.parametrize("setting", [Setting(1, 0.5, 3), Setting(0, 2.0, 7), Setting(12, 0.0, 1), Setting(4, 0.25, 2, True)])
def test_the_maps_of_an_equation_add_up_and_are_the_strongest(setting):
    model = net()
    knob = Knob(model)
    seen, block = knob.see(setting), model.get_submodule(knob.blocks[setting.block].name)
    assert torch.allclose(seen.y, seen.x + setting.alpha * seen.f, rtol=1e-6)
    if not setting.every:  # what comes before the block is as it was
        kept = []
        with torch.no_grad():
            handle = block.register_forward_pre_hook(lambda m, args: kept.append(args[0]))
            model(PHOTOS)
            handle.remove()
            added = (block(kept[0]) - block.downsample(kept[0]))[setting.photo]
            handed = block.downsample(kept[0])[setting.photo]
        norms = added.flatten(1).norm(dim=1)
        chosen = torch.tensor(seen.channels)
        assert torch.allclose(norms[chosen], norms.topk(3).values, rtol=1e-3)
        assert torch.allclose(seen.f, added[chosen], rtol=1e-3, atol=1e-4)
        share = setting.alpha * added.norm() / (setting.alpha * added.norm() + handed.norm())
        assert seen.shares[setting.block] == pytest.approx(float(share), abs=1e-4)


class Mine(nn.Module):
    """A student's class: functional, with other names, the sums made by the network itself."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, stride=4)
        self.way1, self.way2 = nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 16, 3, padding=1)
        self.wider, self.last = nn.Conv2d(8, 16, 1), nn.Linear(16, 10)

    def forward(self, x):
        x = torch.relu(self.first(x))
        x = x + torch.tanh(self.way1(x))
        x = nn.functional.relu(self.way2(torch.relu(x)) + self.wider(torch.relu(x)))
        return self.last(x.mean((2, 3)))


def test_the_blocks_of_any_class_are_found_by_what_it_computes():
    torch.manual_seed(0)
    first, second = Knob(Mine()).blocks
    assert (first.name, first.kind, first.only_adds, first.then_relu) == ("way1", "identity", False, True)
    assert (second.kind, second.only_adds, second.then_relu) == ("projection", False, True)
    kinds = [(b.kind, b.shortcut, b.only_adds) for b in find(trace.run(net(projection="always"), PHOTOS[:1]))]
    assert kinds == [("projection", "1x1 conv", True)] * 13


def test_shared_blocks_and_blocks_without_a_module_have_names_of_their_own():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.fc = nn.Conv2d(3, 3, 3, padding=1), nn.Linear(3, 4)

        def forward(self, x):
            for _ in range(3):
                x = x + self.conv(x)
            return self.fc(x.mean((2, 3)))

    assert [block.name for block in Knob(Shared()).blocks] == ["conv #1", "conv #2", "conv #3"]


def test_a_network_with_nothing_to_turn_and_what_are_no_photos_are_refused():
    with pytest.raises(InputError, match="no block to turn"):
        residual_stream(nn.Sequential(nn.Flatten(), nn.Linear(3072, 10)))
    for photos in (torch.zeros(3, 32, 32), torch.zeros(0, 3, 32, 32, dtype=torch.uint8), torch.zeros(2, 3, 8, 8), [1]):
        with pytest.raises(InputError, match="photos must be a uint8 tensor"):
            residual_stream(net(), photos)
    with pytest.raises(InputError, match="forward pass failed"):
        residual_stream(nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3)))


def test_without_labels_the_answers_of_the_whole_network_count():
    model = net()
    knob = Knob(model, SAMPLES.images[:7])
    whole = tuple(model(PHOTOS[:7]).argmax(1).tolist())
    said = headline(knob, Setting(), knob.see(Setting()))
    assert knob.good(whole) == [True] * 7 and "7 of 7 photos answered as before" in said
    off = knob.see(Setting(1, 0.0))
    assert knob.survivors[1] == sum(a == b for a, b in zip(off.answers, whole, strict=True))


def test_the_claim_says_no_more_than_was_measured():
    knob = Knob(net())
    knob.__dict__["whole"] = tuple(SAMPLES.labels.tolist())
    for low, high, said in ((15, 19, "still handed on"), (4, 19, ""), (17, 17, "still handed on")):
        knob.__dict__["survivors"] = (low,) * 6 + (high,) * 7
        words = claim(knob)
        assert f"turned off: {low if low == high else f'{low} to {high}'} of 20 stay right." in words
        assert ("still handed on" in words) == bool(said)
    knob.__dict__["whole"] = tuple(9 - a for a in SAMPLES.labels.tolist())
    assert "load weights first" in claim(knob)


def texts(drawing):
    return ["".join(found.itertext()) for found in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


def test_what_is_said_of_shortcuts_is_true_of_them():
    knob = Knob(net())
    assert "Off, this block is the identity: y is x itself." in texts(draw(knob, Setting(1)))
    drawn = texts(draw(knob, Setting(0)))
    assert "P: 1x1 conv on the shortcut. Off, P(x) remains, not x." in drawn and "P(x)" in drawn
    assert "F(x) ends in a ReLU, so this block can only add." in drawn
    paper = Knob(net(relu_at="sum"))
    assert "After the sum comes a ReLU; y is shown before it." in texts(draw(paper, Setting(1)))
    torch.manual_seed(0)
    plain = Knob(models.build("vgg16_cifar", width=2))
    assert "No shortcut. Off: x is put in F(x)'s place." in texts(draw(plain, Setting(1)))
    assert "No shortcut. Off: zeros, for the shapes differ." in texts(draw(plain, Setting(2)))


@pytest.mark.parametrize("setting", [Setting(), Setting(1, 0.0, 5), Setting(1, 0.5, 19, True)])
@pytest.mark.parametrize("name", ["resnet50_layer4", "vgg16_cifar"])
def test_every_drawing_is_whole_and_its_letters_can_be_read(name, setting):
    torch.manual_seed(0)
    drawn = draw(Knob(models.build(name, width=2)), setting)
    readable(drawn, 500)
    for ground in ("#0072b2", "#a84300", "#555555", "#222222"):
        assert contrast("#ffffff", ground) >= 4.5


def test_names_of_classes_and_modules_are_escaped():
    class Evil(nn.Module):
        def __init__(self):
            super().__init__()
            self.add_module("<script>alert(1)</script>", nn.Conv2d(3, 3, 3, padding=1))
            self.fc = nn.Linear(3, 10)

        def forward(self, x):
            return self.fc((x + self._modules["<script>alert(1)</script>"](x)).mean((2, 3)))

    classes = tuple('"><script>&' for _ in range(10))
    knob = Knob(Evil(), Split(SAMPLES.images, SAMPLES.labels, classes, "x"))
    for setting in (Setting(), Setting(0, 0.0), Setting(0, 0.0, every=True)):
        drawn = draw(knob, setting)
        assert "<script" not in drawn and any("<script>" in words for words in texts(drawn))


@pytest.mark.parametrize("count", [1, 3, 60])
def test_few_and_many_blocks_fit(count):
    class Chain(nn.Module):
        def __init__(self):
            super().__init__()
            self.convs, self.fc = nn.ModuleList(nn.Conv2d(3, 3, 1) for _ in range(count)), nn.Linear(3, 10)

        def forward(self, x):
            for conv in self.convs:
                x = x + conv(x)
            return self.fc(x.mean((2, 3)))

    knob = Knob(Chain(), SAMPLES.images[:2, :, :8, :8])
    root = ElementTree.fromstring(draw(knob, Setting(count // 2)))
    keys = [found.get("data-key") for found in root.iter() if (found.get("data-key") or "").startswith("block")]
    assert len(keys) == count


def test_touches_turn_the_knob():
    knob, start = Knob(net()), Setting(1)

    def after(setting, *touches):
        stream = ResidualStream(knob)
        stream.state = setting
        for touch in touches:
            stream._hear(touch)
        return stream.state

    def click(key):
        return Touch("click", key)

    assert after(start, click("block:7"), click("photo:3")) == Setting(7, 1.0, 3)
    assert after(start, Touch("key", "block:2", arrow="ArrowRight")) == Setting(2)
    assert after(start, Touch("drag", "alpha", x=KNOB[0] - 50)).alpha == 0
    assert after(start, Touch("drag", "alpha", x=KNOB[0] * 0.6 + KNOB[1] * 0.4)).alpha == 0.8
    assert after(start, Touch("key", "alpha", arrow="ArrowLeft")).alpha == 0.9
    assert after(start, Touch("key", "alpha", arrow="End"), Touch("key", "alpha", arrow="ArrowUp")).alpha == 2
    assert after(start, click("off")) == Setting(1, 0.0) and after(start, click("off"), click("off")) == start
    assert after(start, click("every")) == Setting(1, 0.0, every=True) and after(start, click("every"), click("every")) == start
    assert after(start, click("every"), click("off")) == Setting(1, 0.0)
    for key in ("block:13", "photo:20", "block:-1", "block:", "", "x", "block:1e1"):
        assert after(start, click(key)) == start
    assert after(start, Touch("hover", "block:3")) == start


def test_a_touch_on_the_page_comes_back_as_a_new_picture(monkeypatch):
    explorer = residual_stream(net())
    widget, sent = explorer.widget, []
    monkeypatch.setattr(widget, "send", lambda content, buffers=None: sent.append(content))
    before = widget.svg
    touches = [{"kind": "key", "key": "alpha", "arrow": "ArrowLeft"}] * 3 + [{"kind": "drag", "key": "x"}, {"kind": "odd"}, 7]
    widget._handle_custom_msg({"id": "1", "touches": touches}, [])
    assert explorer.state.alpha == 0.7 and widget.svg != before and sent == [{"heard": "1"}]
    whole = draw(explorer.knob, explorer.state)
    assert (
        explorer.picture() == whole
        and re.sub(r'data-image="\w+"', lambda m: f'href="{widget.images[m[0][12:-1]]}"', widget.svg) == whole
    )
    images = widget.images
    explorer.state = replace(explorer.state, alpha=0.0)
    assert "turned off" in widget.svg
    assert widget.images is images and len(widget.svg) < 50_000, "photos travel once"


def test_without_anywidget_sliders_do_the_same(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    explorer = residual_stream(net())
    parts = controls(explorer.widget)
    shown = explorer.widget.children[-1]
    parts["α"].value, parts["block"].value, parts["photo"].value = 0.3, 9, 3
    assert explorer.state == Setting(9, 0.3, 3) and shown.value == draw(explorer.knob, explorer.state, controls=False)
    parts["α for all 8 identity blocks"].value = True
    assert explorer.state.every and "all 8 identity blocks at α = 0.3" in html.unescape(shown.value).lower()
    assert 'data-key="alpha"' not in shown.value


def test_where_no_kernel_runs_it_is_an_image_with_words():
    explorer = residual_stream(net())
    bundle = explorer._repr_mimebundle_()
    alt, data = re.fullmatch(r'<img .*alt="(.*)" src="data:image/svg\+xml;base64,(.*)"/>', bundle["text/html"]).groups()
    assert "The network as it is" in alt and ElementTree.fromstring(base64.b64decode(data)).tag.endswith("svg")
    assert bundle["text/plain"] in html.unescape(alt)


def test_it_is_found_under_its_name():
    assert explore.residual_stream is residual_stream and callable(explore.canvas)

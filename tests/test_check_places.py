"""The place that a drawing marks is the place that the message names; and which part of a network is to blame."""

import re

import pytest
from catalogue import FOLDER, PREAMBLE, answers
from torch import nn

from cnnkit.check.engine import check
from cnnkit.check.exercises import EXERCISES
from cnnkit.check.residual import block, network
from cnnkit.check.residual.ways import owner_of

BLOCKS = ("residual_block", "basic_block", "bottleneck")
NTH = re.compile(r"(\d)(?:st|nd|rd|th) (?:convolution|batch norm)")


def wrong(*names):
    found = [a for n in names for a in answers(n, EXERCISES[n].answer) if a.slug and a.slug != "too-slow"]
    return [pytest.param(a, id=f"{a.exercise}-{a}") for a in found]


def drawn(answer, monkeypatch, module, name):
    """The verdict, and what the drawing was made of: the reading and the layer that it marks."""
    seen = []
    draw = getattr(module, name)
    monkeypatch.setattr(
        module, name, lambda what, title, mark, **more: seen.append((what, mark)) or draw(what, title, mark, **more)
    )
    verdict = check(EXERCISES[answer.exercise], answer.load(), seconds=60)
    return verdict, *(seen[0] if seen else (None, None))


@pytest.mark.parametrize("answer", wrong(*BLOCKS))
def test_the_drawing_of_a_block_marks_what_the_message_names(answer, monkeypatch):
    verdict, reading, mark = drawn(answer, monkeypatch, block, "block_diagram")
    if mark is None:
        return
    marked = next((layer for layer in reading.layers if layer.record.index == mark), None)
    if marked is None:
        assert verdict.mistake in block.AT_THE_SUM and reading.merge.index == mark, verdict.message
        return
    assert verdict.drawing.count("look here") == 1
    owners = {owner_of(layer) for layer in reading.layers if layer.kind in ("conv", "norm")}
    named = [word for word in re.findall(r"`([\w.]+)`", verdict.message) if word in owners]
    if named:
        assert owner_of(marked) == named[0], verdict.message
    nth = NTH.search(verdict.message)
    if nth and "shortcut" not in verdict.message.split(". ")[0]:
        convolutions = [i for i, layer in enumerate(reading.branch) if layer.kind == "conv"]
        number = sum(i <= reading.branch.index(marked) for i in convolutions)
        assert number == int(nth[1]), verdict.message


@pytest.mark.slow
@pytest.mark.parametrize("answer", wrong("resnet50_layer4"))
def test_the_drawing_of_a_network_marks_what_the_message_names(answer, monkeypatch):
    verdict, net, mark = drawn(answer, monkeypatch, network, "diagram")
    if mark is None:
        return
    number = re.match(r"Block (\d+)", verdict.message)
    holding = [i for i, b in enumerate(net.blocks, 1) if any(layer.record.index == mark for layer in b.reading.layers)]
    if number and not holding:  # the one that was refused lies behind those that ran
        assert net.failed is not None and net.failed.index == mark and int(number[1]) == len(net.blocks) + 1
    elif number:
        assert holding == [int(number[1])], verdict.message
    elif verdict.mistake.startswith("stem-"):
        assert any(layer.record.index == mark for layer in net.stem + net.head), verdict.message
    assert verdict.drawing.count("look here") == 1


# ---- a network of which one part is to blame


@pytest.fixture(scope="module")
def given():
    names = {"__name__": "answer"}
    exec(PREAMBLE + (FOLDER / "given_block.py").read_text(encoding="utf-8"), names)
    return names["ResidualBlock"]


def resnet(block, pool=None, last=False):
    class ResNet50Layer4(nn.Module):
        def __init__(self, num_classes=10):
            super().__init__()
            stem = [nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
            one = [block(64, 64, 256), block(256, 64, 256), block(256, 64, 256, True)]
            two = [block(256, 128, 512), block(512, 128, 512), block(512, 128, 512), block(512, 128, 512, True)]
            three = [block(512, 256, 1024), *[block(1024, 256, 1024) for _ in range(4)], block(1024, 256, 1024, last)]
            self.body = nn.Sequential(*stem, *one, *two, *three)
            self.pool, self.fc = pool or nn.AdaptiveAvgPool2d(1), nn.Linear(1024, num_classes)

        def forward(self, x):
            return self.fc(self.pool(self.body(x)).flatten(1))

    return ResNet50Layer4


def verdict_on(answer):
    return check(EXERCISES["resnet50_layer4"], answer, seconds=60)


@pytest.mark.parametrize(
    ("lost", "number"),
    [(lambda given, made, halves: halves, 3), (lambda given, made, halves: given != made or halves, 1)],
    ids=["where it halves", "where shapes differ"],
)
def test_a_block_that_loses_its_sum_is_a_block_all_the_same(lost, number):
    class Own(nn.Module):
        def __init__(self, i, m, o, downsample=False):
            super().__init__()
            s = 2 if downsample else 1
            self.branch = nn.Sequential(
                nn.Conv2d(i, m, 1, s), nn.BatchNorm2d(m), nn.ReLU(),
                nn.Conv2d(m, m, 3, padding=1), nn.BatchNorm2d(m), nn.ReLU(),
                nn.Conv2d(m, o, 1), nn.BatchNorm2d(o), nn.ReLU(),
            )  # fmt: skip
            self.shortcut = nn.Identity()
            if downsample or i != o:
                self.shortcut = nn.Sequential(nn.Conv2d(i, o, 1, s), nn.BatchNorm2d(o), nn.ReLU())
            self.loses = lost(i, o, downsample)

        def forward(self, x):
            return self.branch(x) + (1 if self.loses else self.shortcut(x))

    verdict = verdict_on(resnet(Own))
    assert verdict.mistake == "block-wrong"
    assert verdict.message.startswith(f"Block {number} is not the exercise's block. The input never reaches the end.")


@pytest.mark.parametrize(("last", "slug"), [(False, "pool-head"), (True, "downsample-extra")])
def test_a_pool_that_torch_refuses_hides_nothing_before_it(given, last, slug):
    verdict = verdict_on(resnet(given, nn.AvgPool2d(7, 1), last))
    assert verdict.mistake == slug and "Error" not in verdict.message


def test_first_weights_that_cannot_learn_are_seen_in_a_network(given):
    class Flat(given):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            for weight in self.parameters():
                if weight.ndim > 1:
                    nn.init.zeros_(weight)

    verdict = verdict_on(resnet(Flat))
    assert verdict.mistake == "weights-alike" and "begins with the same number everywhere, 0." in verdict.message


def test_a_norm_whose_last_scale_is_zero_is_no_such_weight():
    class Begun(nn.Module):
        def __init__(self, i, m, o, downsample=False):
            super().__init__()
            s = 2 if downsample else 1
            self.branch = nn.Sequential(
                nn.Conv2d(i, m, 1, s), nn.BatchNorm2d(m), nn.ReLU(),
                nn.Conv2d(m, m, 3, padding=1), nn.BatchNorm2d(m), nn.ReLU(),
                nn.Conv2d(m, o, 1), nn.BatchNorm2d(o), nn.ReLU(),
            )  # fmt: skip
            self.shortcut = nn.Sequential(nn.Conv2d(i, o, 1, s), nn.BatchNorm2d(o), nn.ReLU())
            nn.init.zeros_(self.branch[7].weight)

        def forward(self, x):
            return self.branch(x) + self.shortcut(x)

    assert check(EXERCISES["residual_block"], Begun).passed


@pytest.mark.parametrize("count", [0, 1, 2])
def test_counted_words_are_singular_where_there_is_one(count):
    from cnnkit._support.words import plural

    assert plural(count, "channel") == ["0 channels", "1 channel", "2 channels"][count]


def test_what_python_says_is_not_cut_inside_a_word():
    from cnnkit.check.faults import _shortened

    text = " ".join(f"word{i}" for i in range(40))
    cut = _shortened(text)
    assert len(cut) <= 111 and cut.endswith(" ...") and set(cut.split()[:-1]) <= set(text.split())
    assert _shortened("short") == "short"

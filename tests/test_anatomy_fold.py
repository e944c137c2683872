"""Folded tables: fewer rows, the same totals."""

import pytest
import torchvision
from torch import nn

from cnnkit import InputError, anatomy, models
from cnnkit.cli import main

NETWORKS = {
    "resnet50_layer4": lambda: (models.build("resnet50_layer4"), (3, 32, 32)),
    "vgg16_cifar": lambda: (models.build("vgg16_cifar"), (3, 32, 32)),
    "densenet121": lambda: (torchvision.models.densenet121(), (3, 64, 64)),
    "googlenet": lambda: (torchvision.models.googlenet(init_weights=False), (3, 64, 64)),
}


@pytest.mark.parametrize("depth", [1, 2, 3, 9])
@pytest.mark.parametrize("name", NETWORKS)
def test_folding_keeps_the_totals(name, depth):
    whole = anatomy.table(*NETWORKS[name]())
    short = whole.fold(depth)
    assert len(short.rows) <= len(whole.rows)
    for total in ("parameters", "macs", "activation_bytes"):
        assert getattr(short, total) == getattr(whole, total)


def test_a_folded_block_has_the_sums_of_its_module():
    model = models.build("resnet50_layer4")
    rows = {row.name: row for row in anatomy.table(model, (3, 32, 32)).fold(2, join=False).rows}
    for path in ("layer1.0", "layer2.3", "layer3.5"):
        block = model.get_submodule(path)
        assert rows[path].parameters == sum(p.numel() for p in block.parameters())
        assert rows[path].kind == "Bottleneck"
    assert rows["layer1.2"].output == (256, 4, 4)


def test_equal_neighbours_become_one_row_that_counts_them():
    model = nn.Sequential(*(nn.Conv2d(4, 4, 3, padding=1) for _ in range(3)), nn.Conv2d(4, 4, 1))
    first, second = anatomy.table(model, (4, 8, 8)).fold(5).rows
    assert (first.name, first.count, first.parameters, first.receptive_field) == ("0 .. 2", 3, 3 * (4 * 4 * 9 + 4), 7)
    assert first.kernel == (3, 3)
    assert second.count == 1


def test_a_row_says_how_often_it_stands_for_its_like():
    text = str(anatomy.table(models.build("resnet50_layer4"), (3, 32, 32)).fold(2))
    assert "layer3.1 .. 5  Bottleneck x5" in text


def test_the_shares_are_percents_of_the_totals():
    model = nn.Sequential(nn.Linear(10, 90, bias=False), nn.Linear(90, 10, bias=False), nn.Flatten())
    lines = str(anatomy.table(model, (10,))).splitlines()
    assert lines[3].split()[-3:] == ["50", "50", "90"]
    assert lines[4].split()[-3:] == ["50", "50", "10"]


@pytest.mark.parametrize("depth", [0, -1, 1.5])
def test_a_depth_that_is_none_is_said_so(depth):
    with pytest.raises(InputError, match=f"cannot be folded to depth {depth}; give a whole number from 1"):
        anatomy.table(nn.Linear(2, 2), (2,)).fold(depth)


def test_a_folded_table_in_the_terminal(capsys, golden):
    assert main(["table", "resnet50_layer4", "--fold", "2"]) == 0
    golden("resnet50_layer4_folded.txt", capsys.readouterr().out.rstrip("\n"))


def test_a_folded_table_compares_as_before():
    tables = [anatomy.table(*NETWORKS[name]()) for name in ("resnet50_layer4", "vgg16_cifar")]
    whole, folded = tables[0].compare(tables[1]), tables[0].fold(9, join=False).compare(tables[1].fold(9, join=False))
    assert whole == folded

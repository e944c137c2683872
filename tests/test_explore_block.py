"""The residual block to play with: its state, its drawing, its controls."""

import itertools
import re

import pytest
import torch
from drawings import controls
from torch.utils.flop_counter import FlopCounterMode

from cnnkit import InputError
from cnnkit.explore.block import BREAKS, VARIANTS, Block, explain
from cnnkit.explore.branches import residual_block
from cnnkit.models import Bottleneck


def macs_by_torch(block):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        block.build().eval()(torch.zeros(1, block.in_channels, block.size, block.size))
    return counter.get_total_flops() // 2


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("downsample", [False, True])
def test_parameters_and_macs_are_those_of_torch(variant, downsample):
    block = Block(variant=variant, downsample=downsample)
    found = explain(block)
    assert found.parameters == sum(p.numel() for p in block.build().parameters())
    assert found.macs == macs_by_torch(block)


def test_the_courses_block_is_the_kits():
    ours, kits = Block().build(), Bottleneck(64, 64, 256, relu_at="branches", stride_on="1x1", bias=True)
    assert {n: p.shape for n, p in ours.named_parameters()} == {n: p.shape for n, p in kits.named_parameters()}


def test_shapes_stand_in_the_boxes():
    drawing = explain(Block(downsample=True)).drawing
    for size in ("64x8x8", "64x4x4", "256x4x4"):
        assert f">{size}<" in drawing
    assert "stride 2" in drawing


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_block_fits_a_notebook_and_its_letters_can_be_read(variant):
    drawing = explain(Block(downsample=True, variant=variant)).drawing
    width = int(re.search(r'viewBox="0 0 (\d+) ', drawing)[1])
    assert min(760 / width, 1) * min(map(int, re.findall(r'font-size="(\d+)"', drawing))) >= 11


def test_the_three_variants_are_three_drawings():
    drawings = {variant: explain(Block(downsample=True, variant=variant)).drawing for variant in VARIANTS}
    assert len(set(drawings.values())) == 3


def test_every_line_of_a_drawing_ends_at_something():
    drawing = explain(Block(downsample=True)).drawing
    ends = {(float(x), float(y)) for x, y in re.findall(r'<path d="M([\d.]+) ([\d.]+)H[\d.]+V', drawing)}
    boxes = [
        tuple(map(float, box)) for box in re.findall(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" rx="5"', drawing)
    ]
    (start,) = ends  # the way from the shortcut up to the sum begins where the arrow that leaves the last box ends
    assert any(x + wide + 24 == start[0] and y < start[1] < y + high for x, y, wide, high in boxes)


def test_where_the_two_ways_part_is_marked():
    whole, broken = explain(Block()), explain(Block(without=frozenset({"projection"})))
    assert "look here" not in whole.drawing
    assert "look here" in broken.drawing
    assert broken.macs == 0
    assert broken.words == "The two ways end at 256x8x8 and 64x8x8: they cannot be added, and the block stops with an error."


def test_without_a_skip_there_is_one_way_only():
    found = explain(Block(without=frozenset({"shortcut"})))
    assert "They meet" not in found.drawing and "plain stack" in found.words


@pytest.mark.parametrize("without", [frozenset(c) for n in range(3) for c in itertools.combinations(BREAKS, n)])
@pytest.mark.parametrize("size", [1, 2, 7])
def test_every_combination_can_be_drawn(without, size):
    for variant in VARIANTS:
        found = explain(Block(size=size, downsample=size > 1, variant=variant, without=without))
        assert found.drawing.startswith("<svg") and found.words.endswith(".")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variant": "mine"}, 'no variant is called "mine"'),
        ({"without": frozenset({"bias"})}, "'bias' cannot be left out"),
        ({"middle": 0}, "whole numbers from 1"),
    ],
)
def test_what_is_no_setting_is_said(options, message):
    with pytest.raises(InputError, match=message):
        Block(**options)


def test_the_controls_change_the_drawing():
    explorer = residual_block()
    parts = controls(explorer.widget)
    shown = explorer.widget.children[-1]
    before = shown.value
    parts["downsample"].value = True
    assert "256x4x4" in shown.value and shown.value != before
    parts["projection"].value = True
    assert "cannot be added" in shown.value
    parts["projection"].value = False
    parts["block of"].value = "paper"
    assert "the last ReLU follows the sum" in shown.value
    parts["in_channels"].value = 256
    parts["projection in every block"].value = True
    assert explorer.state == Block(256, 64, 256, downsample=True, variant="paper", always=True)


def test_a_notebook_without_a_kernel_shows_the_block(monkeypatch):
    bundle = residual_block(downsample=True)._repr_mimebundle_()
    assert "<svg" in bundle["text/html"] and "1,179,648 MACs" in bundle["text/html"]
    assert bundle["text/plain"].startswith("ResidualBlock(64, 64, 256, downsample=True): The course's block")


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ({"size": 3, "without": frozenset({"padding"})}, "256x1x1 and 256x3x3"),
        ({"in_channels": 256, "size": 2, "downsample": True, "without": frozenset({"projection"})}, "256x1x1 and 256x2x2"),
    ],
)
def test_a_sum_that_runs_only_because_torch_repeats_a_value_is_called_so(options, sizes):
    explained = explain(Block(**options))
    assert explained.words.startswith(f"The two ways end at {sizes}. It runs, since torch repeats a single value")

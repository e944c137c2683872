import math
from collections import Counter

import pytest
import torch
import torchinfo
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode
from toys import Function

from cnnkit import anatomy, models
from cnnkit.errors import InputError

OTHERS = {
    "resnet18": {},
    "resnet50": {},
    "resnet101": {},
    "vgg11": {},
    "vgg16": {},
    "mobilenet_v2": {},
    "densenet121": {},
    "googlenet": {"init_weights": False, "aux_logits": True},
    "inception_v3": {"init_weights": False},
    "efficientnet_b0": {},
    "convnext_tiny": {},
}


def on_meta(build, **options):
    with torch.device("meta"):
        return build(**options).eval()


def flops(model, *inputs):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(*inputs)
    return counter.get_total_flops()


def by_name(table):
    assert max(Counter(row.name for row in table.rows).values()) == 1
    return {row.name: row for row in table.rows}


def agrees(model, side):
    table = anatomy.table(model, (3, side, side))
    assert 2 * table.macs == flops(model, torch.empty(1, 3, side, side, device="meta"))
    assert table.parameters == sum(p.numel() for p in model.parameters())
    by_name(table)


@pytest.mark.parametrize("name", OTHERS)
def test_totals_of_torchvision_networks_are_those_of_torch(name):
    agrees(on_meta(torchvision.models.get_model, name=name, **OTHERS[name]), 224)


@pytest.mark.parametrize("name", models.names())
def test_totals_of_the_kits_networks_are_those_of_torch(name):
    agrees(on_meta(models.build, name=name), 32 if name.endswith(("cifar", "layer4")) else 224)


def test_a_network_whose_side_heads_never_run_is_still_counted_whole():
    with_heads = on_meta(torchvision.models.googlenet, init_weights=False, aux_logits=True)
    without = on_meta(torchvision.models.googlenet, init_weights=False, aux_logits=False)
    idle = [row for row in anatomy.table(with_heads, (3, 224, 224)).rows if not row.ran]
    assert [row.name for row in idle] == ["aux1", "aux2"]
    more = sum(p.numel() for p in with_heads.parameters()) - sum(p.numel() for p in without.parameters())
    assert sum(row.parameters for row in idle) == more


@pytest.mark.parametrize("name", ["resnet18", "vgg11", "mobilenet_v2"])
def test_shapes_and_parameters_of_each_layer_are_those_of_torchinfo(name):
    model = on_meta(torchvision.models.get_model, name=name)
    theirs = torchinfo.summary(model, (1, 3, 224, 224), device="meta", verbose=0, depth=9).summary_list
    expected = [(i.class_name, tuple(i.output_size[1:]), i.num_params if not i.is_recursive else 0)
                for i in theirs if i.is_leaf_layer]  # fmt: skip
    ours = [(row.kind, row.output, row.parameters) for row in anatomy.table(model, (3, 224, 224)).rows if row.kind[0].isupper()]
    assert ours == expected


def test_fused_attention_is_opened_and_counted():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    per_token = 4 * 8 * 8 + 2 * 8 * 16  # query, key, value, out; two feed-forward layers
    table = anatomy.table(layer, (5, 8))
    assert table.macs == 5 * per_token + 2 * 5 * 5 * 8
    assert table.parameters == sum(p.numel() for p in layer.parameters())


# --- receptive fields ---------------------------------------------------------------------------------------------


def seen_by_the_middle(model, side):
    """Rows and columns of the input that move the middle output, by gradients: all weights are ones."""
    model = model.double().eval()
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    x = torch.ones(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    out = model(x)
    out[..., out.shape[-2] // 2, out.shape[-1] // 2].sum().backward()
    return [int(line.max() - line.min()) + 1 for line in x.grad[0, 0].nonzero().T]


windows = st.tuples(st.sampled_from(["conv", "avg"]), st.integers(1, 4), st.integers(1, 2), st.integers(1, 2))


def window(kind, kernel, stride, dilation):
    if kind == "conv":
        return nn.Conv2d(1, 1, kernel, stride, padding=dilation * (kernel - 1) // 2, dilation=dilation, bias=False)
    return nn.AvgPool2d(kernel, stride, padding=kernel // 2)


@settings(deadline=None, max_examples=20)
@given(st.lists(windows, min_size=1, max_size=5))
def test_the_receptive_field_of_a_chain_is_where_gradients_reach(chain):
    model = nn.Sequential(*(window(*layer) for layer in chain))
    row = anatomy.table(model, (1, 161, 161)).rows[-1]
    assert row.jump == math.prod(stride for _, _, stride, _ in chain)
    height, width = seen_by_the_middle(model, 2 * row.receptive_field + 33 * row.jump)
    assert height == width == row.receptive_field


@settings(deadline=None, max_examples=12)
@given(st.lists(windows, min_size=1, max_size=3), st.lists(windows, min_size=1, max_size=3))
def test_where_branches_meet_the_field_is_where_the_gradients_of_both_reach(left, right):
    def branch(chain):
        return nn.Sequential(*(window(kind, kernel, 1, dilation) for kind, kernel, _, dilation in chain))

    def forward(m, x):
        a, b = m.left(x), m.right(x)
        side = min(a.shape[-1], b.shape[-1])
        return a[..., :side, :side] + b[..., :side, :side]

    model = Function(forward, left=branch(left), right=branch(right))
    row = by_name(anatomy.table(model, (1, 61, 61)))["(add)"]
    assert seen_by_the_middle(model, 61) == [row.receptive_field] * 2


def test_other_ways_a_field_grows_are_where_gradients_reach():
    cases = {
        "space to depth": Function(lambda m, x: torch.cat([x[..., ::2, ::2], x[..., 1::2, 1::2]], 1)),
        "functional pad": Function(lambda m, x: m.c(F.pad(x, (3, 0, 3, 0))) + x, c=nn.Conv2d(1, 1, 4, bias=False)),
        "upsampled": nn.Sequential(nn.Conv2d(1, 1, 3, 2, 1), nn.Upsample(scale_factor=2), nn.Conv2d(1, 1, 1)),
        "token-wise": Function(
            lambda m, x: m.fc(m.c(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2), c=nn.Conv2d(1, 2, 5), fc=nn.Linear(2, 1)
        ),
        "einsum": Function(lambda m, x: torch.einsum("oc,nchw->nohw", m.w, m.c(x)), c=nn.Conv2d(1, 2, 5),
                           w=nn.Parameter(torch.ones(1, 2))),  # fmt: skip
    }  # fmt: skip
    for case, model in cases.items():
        row = [row for row in anatomy.table(model, (1, 64, 64)).rows if row.receptive_field][-1]
        assert seen_by_the_middle(model, 64) == [row.receptive_field] * 2, case


def test_after_a_global_pool_every_value_sees_all_positions_and_there_is_no_jump():
    for head in (nn.AdaptiveAvgPool2d(1), nn.AdaptiveMaxPool2d(1), nn.Sequential(nn.Flatten(), nn.Linear(36, 2))):
        row = anatomy.table(nn.Sequential(nn.Conv2d(1, 1, 3, 2), head), (1, 13, 13)).rows[-1]
        assert row.receptive_field == 3 + (6 - 1) * 2
        assert row.jump is None


def test_values_worked_out_by_hand():
    vgg = on_meta(torchvision.models.vgg16)
    assert by_name(anatomy.table(vgg, (3, 224, 224)))["features.30"].receptive_field == 212
    course = anatomy.table(on_meta(models.build, name="resnet50_layer4"), (3, 32, 32))
    first_stage = [row for row in course.rows if row.output == (256, 4, 4)]
    assert first_stage[-1].receptive_field > 32


# --- rows ---------------------------------------------------------------------------------------------------------


def small(**more):
    """A residual sum and a concat: 6x6 maps of 2, then 4, then 8 channels; every number below is by hand."""

    def forward(m, x):
        x = F.relu(m.conv(x) + x)
        return m.fc(torch.cat([x, x * m.scale], 1).flatten(1))

    conv, fc = nn.Conv2d(2, 2, 3, padding=1), nn.Linear(144, 3, bias=False)
    return Function(forward, conv=conv, fc=fc, scale=nn.Parameter(torch.ones(1)), **more)


def test_a_residual_sum_and_a_concat_by_hand():
    table = anatomy.table(small(), (2, 6, 6))
    rows = [(r.name, r.kind, r.kernel, r.stride, r.padding, r.output, r.parameters, r.macs, r.receptive_field, r.jump,
             r.activation_bytes) for r in table.rows]  # fmt: skip
    assert rows == [
        ("conv", "Conv2d", (3, 3), (1, 1), (1, 1), (2, 6, 6), 38, 18 * 72, 3, 1, 288),
        ("(add)", "add", None, None, None, (2, 6, 6), 0, 0, 3, 1, 288),
        ("(relu)", "relu", None, None, None, (2, 6, 6), 0, 0, 3, 1, 288),
        ("(mul)", "mul", None, None, None, (2, 6, 6), 1, 0, 3, 1, 288),
        ("(concat)", "concat", None, None, None, (4, 6, 6), 0, 0, 3, 1, 576),
        ("(flatten)", "flatten", None, None, None, (144,), 0, 0, 3, 1, 0),
        ("fc", "Linear", None, None, None, (3,), 432, 432, 8, None, 12),
    ]
    assert (table.parameters, table.macs, table.activation_bytes) == (471, 1728, 1740)


def test_what_never_ran_has_a_row_and_is_counted():
    rows = by_name(anatomy.table(small(spare=nn.Sequential(nn.Linear(2, 2), nn.ReLU()), idle=nn.ReLU()), (2, 6, 6)))
    assert [row.name for row in rows.values() if not row.ran] == ["spare", "idle"]
    assert rows["spare"].parameters == 6 and rows["spare"].output is None


def test_a_container_that_owns_parameters_it_never_used_has_a_row():
    model = small(lost=nn.Parameter(torch.ones(7)))
    table = anatomy.table(model, (2, 6, 6))
    assert by_name(table)["Function"].parameters == 7
    assert table.parameters == 471 + 7


def test_a_layer_used_twice_and_a_weight_shared_by_two_layers_count_once():
    conv, tied = nn.Conv2d(2, 2, 1), nn.Conv2d(2, 2, 1)
    tied.weight = conv.weight
    table = anatomy.table(nn.Sequential(conv, conv, tied), (2, 4, 4))
    assert [(r.name, r.parameters, r.macs) for r in table.rows] == [("0", 6, 64), ("0 (call 2)", 0, 64), ("2", 2, 64)]
    assert table.parameters == 8


def test_a_users_layer_that_does_one_thing_is_one_row_and_one_that_does_more_is_several():
    class Scaled(nn.Conv2d):
        def forward(self, x):
            return F.conv2d(x, self.weight * 0.5, self.bias)

    class Swish(nn.Module):
        def forward(self, x):
            return x * torch.sigmoid(x)

    rows = anatomy.table(nn.Sequential(Scaled(1, 1, 3), Swish()), (1, 5, 5)).rows
    assert [(r.name, r.kind) for r in rows] == [("0", "Scaled"), ("1 (sigmoid)", "sigmoid"), ("1 (mul)", "mul")]


def test_parameters_of_layers_used_without_calling_them_are_counted_where_they_work():
    model = Function(lambda m, x: F.conv2d(x, m.conv.weight), conv=nn.Conv2d(2, 3, 1))
    rows = by_name(anatomy.table(model, (2, 4, 4)))
    assert rows["Function"].parameters == 6
    assert rows["conv"].parameters == 3 and not rows["conv"].ran  # the bias


def test_several_inputs_by_size_and_ready_tensors_make_the_same_table():
    def forward(m, image, vector):
        return m.conv(image).mean((2, 3)) + m.fc(vector)

    model = Function(forward, conv=nn.Conv2d(3, 4, 3), fc=nn.Linear(5, 4))
    model.forward = lambda image, vector: forward(model, image, vector)
    by_size = anatomy.table(model, [(3, 8, 8), (5,)])
    tensors = {"vector": torch.ones(1, 5), "image": torch.ones(1, 3, 8, 8)}
    assert by_size.rows == anatomy.table(model, {"image": (3, 8, 8), "vector": (5,)}).rows
    assert by_size.rows == anatomy.table(model, tensors).rows
    assert by_size.rows[-1].receptive_field == 8


def test_one_and_three_dimensional_maps_have_windows_of_as_many_sides():
    line = anatomy.table(nn.Sequential(nn.Conv1d(2, 3, 5), nn.MaxPool1d(2), nn.AdaptiveAvgPool1d(1)), (2, 20)).rows
    assert [(r.kernel, r.output, r.receptive_field) for r in line] == [
        ((5,), (3, 16), 5),
        ((2,), (3, 8), 6),
        (None, (3, 1), 20),
    ]
    (block,) = anatomy.table(nn.Conv3d(1, 2, 3), (1, 5, 5, 5)).rows
    assert (block.kernel, block.output, block.macs) == ((3, 3, 3), (2, 3, 3, 3), 54 * 27)


def test_a_failing_layer_is_named():
    with pytest.raises(InputError, match=r'failed in "1" \(Linear\), for an input of shape \[1, 3, 8, 8\]'):
        anatomy.table(nn.Sequential(nn.ReLU(), nn.Linear(5, 2)), (3, 8, 8))


SIZES = [
    ((3, 0, 8), "below 1"),
    (32, "no input size"),
    ("3x8", "no input"),
    ((), "no"),
    ((3, 20.0, 20), r"\(3, 20.0, 20\) is no"),
]


@pytest.mark.parametrize(("size", "words"), SIZES)
def test_what_is_no_size_is_said_in_one_sentence(size, words):
    with pytest.raises(InputError, match=words):
        anatomy.table(nn.ReLU(), size)


class Net(nn.Module):
    """A network that was not called."""


@pytest.mark.parametrize(
    ("model", "words"),
    [("resnet50", r'build it: models.build\("resnet50"\)'), (Net, r"call it: Net\(\)"), ([nn.ReLU()], "a list is no network")],
)
def test_what_is_no_network_is_said_with_the_way_out(model, words):
    with pytest.raises(InputError, match=words):
        anatomy.table(model, (3, 8, 8))


def test_lazy_layers_have_the_table_of_others():
    lazy = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(2))
    sized = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(1296, 2))
    assert anatomy.table(lazy, (3, 20, 20)).rows == anatomy.table(sized, (3, 20, 20)).rows


def test_an_empty_batch_costs_nothing():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(144, 2))
    empty, one = anatomy.table(model, torch.zeros(0, 3, 8, 8)), anatomy.table(model, (3, 8, 8))
    assert (empty.macs, empty.activation_bytes) == (0, 0)
    assert [(r.output, r.parameters, r.receptive_field) for r in empty.rows] == [
        (r.output, r.parameters, r.receptive_field) for r in one.rows
    ]


# --- text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", models.names())
def test_the_text_of_each_network_is_the_one_a_person_has_read(name, golden):
    table = anatomy.table(
        on_meta(models.build, name=name), (3, 32, 32) if name.endswith(("cifar", "layer4")) else (3, 224, 224)
    )
    assert max(map(len, str(table).splitlines())) <= 120
    golden(f"{name}.txt", str(table))


def test_a_long_name_loses_its_front_and_other_columns_nothing():
    network = nn.Sequential()
    network.add_module("longer", on_meta(torchvision.models.densenet121))
    table = anatomy.table(network, (3, 224, 224))
    lines = str(table).splitlines()
    assert max(map(len, lines)) <= 120
    assert any(line.startswith("...") and "layer16.conv2 " in line for line in lines)


def test_a_notebook_shows_the_same_cells_and_no_markup_of_the_models_own():
    class Net(nn.Sequential):
        pass

    Net.__name__ = "<script>"
    table = anatomy.table(Net(nn.Conv2d(3, 1200, 1)), (3, 4, 4))
    page = table._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;, input 3x4x4" in page
    assert ">4,800</td>" in page and ">57,600</td>" in page


def test_two_networks_are_compared_by_the_size_of_their_maps(golden):
    names = ("vgg16_cifar", "resnet50_layer4")
    first, second = (anatomy.table(on_meta(models.build, name=name), (3, 32, 32)) for name in names)
    comparison = first.compare(second)
    for i, table in enumerate((first, second)):
        found = [pair[i] for pair in comparison.stages if pair[i]]
        assert sum(stage.parameters for stage in found) == table.parameters
        assert sum(stage.macs for stage in found) == table.macs
    assert [(a or b).maps for a, b in comparison.stages] == [(32, 32), (16, 16), (8, 8), (4, 4), (2, 2), (1, 1), ()]
    golden("compare.txt", str(comparison))
    assert "vectors" in comparison._repr_html_()


class Uneven(nn.Module):
    """Works on the second, longer piece of a split."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 8, 3, padding=1), nn.Linear(6 * 1024, 10)

    def forward(self, x):
        return self.fc(self.conv(x).split([2, 6], 1)[1].flatten(1))


def test_the_pieces_of_a_split_may_differ_in_length():
    rows = {row.name: row for row in anatomy.table(Uneven(), (3, 32, 32)).rows}
    assert (rows["fc"].macs, rows["fc"].receptive_field) == (6 * 1024 * 10, 3 + 31)

"""Where only shapes matter, convolutions give zeros that look to the rest of the network as the real result would."""

import hypothesis.strategies as st
import pytest
import torch
import torchvision
from hypothesis import given, settings
from torch import nn

from cnnkit import anatomy, models, trace
from cnnkit.trace import aten

CONVOLUTION = torch.ops.aten.convolution.default


@pytest.mark.filterwarnings("ignore:TF32 acceleration")  # what the switch below says on every machine
@settings(max_examples=80, deadline=None)
@given(
    photos=st.integers(1, 3), groups=st.integers(1, 3), channels=st.integers(1, 3), size=st.tuples(*2 * [st.integers(1, 9)]),
    kernel=st.tuples(*2 * [st.integers(1, 4)]), stride=st.tuples(*2 * [st.integers(1, 3)]),
    padding=st.tuples(*2 * [st.integers(0, 2)]), dilation=st.tuples(*2 * [st.integers(1, 2)]), bias=st.booleans(),
    last=st.tuples(st.booleans(), st.booleans()), dtype=st.sampled_from([torch.float32, torch.float64, torch.bfloat16]),
)  # fmt: skip
def test_zeros_have_the_shape_dtype_and_layout_of_the_result(
    photos, groups, channels, size, kernel, stride, padding, dilation, bias, last, dtype
):
    layouts = [torch.channels_last if wanted else torch.contiguous_format for wanted in last]
    x = torch.randn(photos, groups * channels, *size).to(dtype).contiguous(memory_format=layouts[0])
    weight = torch.randn(2 * groups, channels, *kernel).to(dtype).contiguous(memory_format=layouts[1])
    arguments = (
        x,
        weight,
        torch.zeros(2 * groups, dtype=dtype) if bias else None,
        stride,
        padding,
        dilation,
        False,
        (0, 0),
        groups,
    )
    blank = aten.blank_convolution(CONVOLUTION, arguments)
    try:
        with torch.backends.mkldnn.flags(enabled=False):  # oneDNN in torch 2.4 ends Python at some of these, at random
            real = CONVOLUTION(*arguments)
    except RuntimeError:
        assert blank is None  # torch will say it in its own words
        return
    assert blank is not None and (blank.shape, blank.dtype, blank.device) == (real.shape, real.dtype, real.device)
    assert not blank.any()


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("kernel", [1, 3])
def test_zeros_lie_in_memory_as_the_result_would(layout, kernel):
    conv = nn.Conv2d(16, 32, kernel).to(memory_format=layout)
    x = torch.randn(2, 16, 8, 8).contiguous(memory_format=layout)
    blank = aten.blank_convolution(CONVOLUTION, (x, conv.weight, conv.bias, (1, 1), (0, 0), (1, 1), False, (0, 0), 1))
    assert blank is not None and blank.stride() == conv(x).stride()


@pytest.mark.parametrize(
    "conv, size",
    [
        (nn.Conv1d(2, 2, 3), (2, 9)),
        (nn.Conv3d(2, 2, 3), (2, 5, 5, 5)),
        (nn.ConvTranspose2d(2, 2, 2, stride=2), (2, 4, 4)),
        (nn.Conv2d(3, 2, 3), (2, 9, 9)),
        (nn.Conv2d(2, 2, 5), (2, 4, 4)),
        (nn.Conv2d(2, 2, 3).double(), (2, 9, 9)),
    ],
    ids=["1d", "3d", "transposed", "wrong-channels", "too-large", "other-dtype"],
)
def test_what_it_cannot_tell_is_left_to_torch(conv, size):
    args = (torch.randn(1, *size), conv.weight, conv.bias, conv.stride, conv.padding, conv.dilation, conv.transposed)
    assert aten.blank_convolution(CONVOLUTION, (*args, [0] * (len(size) - 1), 1)) is None


@pytest.mark.parametrize("name", models.names())
def test_a_table_from_a_size_is_that_of_a_real_photo(name):
    model, size = models.build(name, width=8), models.input_size(name)
    assert str(anatomy.table(model, size)) == str(anatomy.table(model, torch.randn(1, *size)))


@pytest.mark.parametrize("name", ["googlenet", "densenet121", "mobilenet_v2", "shufflenet_v2_x0_5"])
def test_so_it_is_for_networks_of_others(name):
    more = {"init_weights": False} if name == "googlenet" else {}
    model = getattr(torchvision.models, name)(weights=None, **more)
    assert str(anatomy.table(model, (3, 64, 64))) == str(anatomy.table(model, torch.randn(1, 3, 64, 64)))


def test_ready_tensors_are_computed_with():
    seen = []

    class Looks(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 1)

        def forward(self, x):
            seen.append(self.conv(x).abs().sum().item())
            return self.conv(x)

    anatomy.table(Looks(), (3, 4, 4))
    anatomy.table(Looks(), torch.ones(1, 3, 4, 4))
    assert seen[0] == 0 and seen[1] > 0


def test_a_trace_computes_unless_told_otherwise():
    model = nn.Sequential(nn.Conv2d(3, 2, 1), nn.Flatten())
    assert [r.op for r in trace.run(model, torch.randn(1, 3, 2, 2)).records] == [
        r.op for r in trace.run(model, torch.randn(1, 3, 2, 2), values=False).records
    ]

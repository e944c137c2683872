"""Kernels that do several things at once, models that refuse a mode, and how the recorder's time grows."""

import time
import warnings

import pytest
import torch
from torch import nn

from cnnkit import InputError, trace
from cnnkit.anatomy import table

STEPS, GIVEN, KEPT = 5, 10, 20


def by_hand(gates, layers=1, directions=1, state=False, times=STEPS, batch=1):
    """Multiply-accumulates of a recurrent network: each gate's two matrices at each time, but for a first state of zeros."""
    total, given = 0, GIVEN
    for _ in range(layers):
        total += directions * batch * gates * KEPT * (times * given + (times if state else times - 1) * KEPT)
        given = KEPT * directions
    return total


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize(
    ("layer", "macs"),
    [
        (nn.LSTM(GIVEN, KEPT, batch_first=True), by_hand(4)),
        (nn.LSTM(GIVEN, KEPT, num_layers=2, batch_first=True), by_hand(4, layers=2)),
        (nn.LSTM(GIVEN, KEPT, num_layers=2, bidirectional=True, batch_first=True), by_hand(4, layers=2, directions=2)),
        (nn.GRU(GIVEN, KEPT, batch_first=True), by_hand(3)),
    ],
)
def test_recurrent_layers_count_also_where_one_kernel_does_all(layer, macs, batch):
    found = trace.run(layer, torch.rand(batch, STEPS, GIVEN))
    assert sum(record.macs for record in found.records) == batch * macs
    assert table(layer, (STEPS, GIVEN)).macs == macs and table(layer, (STEPS, GIVEN)).counted


def test_a_first_state_that_is_given_counts():
    layer = nn.LSTM(GIVEN, KEPT, batch_first=True)
    states = (torch.ones(1, 1, KEPT), torch.ones(1, 1, KEPT))
    found = trace.run(layer, (torch.rand(1, STEPS, GIVEN), states))
    assert sum(record.macs for record in found.records) == by_hand(4, state=True)


def test_a_deformable_convolution_counts_as_a_plain_one():
    ops = pytest.importorskip("torchvision.ops")

    class Deformable(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, padding=1)

        def forward(self, x):
            return ops.deform_conv2d(x, torch.zeros(len(x), 18, *x.shape[2:]), self.conv.weight, self.conv.bias, padding=1)

    assert table(Deformable(), (3, 8, 8)).macs == table(nn.Conv2d(3, 4, 3, padding=1), (3, 8, 8)).macs


def test_what_is_not_known_is_said_in_the_total():
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.fused = nn.Linear(4, 6), nn.Bilinear(6, 6, 2)

        def forward(self, x):
            h = self.linear(x)
            return self.fused(h, h)

    found = table(Both(), (4,))
    fused = next(row for row in found.rows if row.name == "fused")
    assert (fused.macs, fused.counted, found.counted, found.fold().counted) == (0, False, False, False)
    assert str(found).splitlines()[-1].split()[:4] == ["total", f"{found.parameters:,}", "≥", str(4 * 6)]
    assert "≥" not in str(table(nn.Linear(4, 6), (4,)))


@pytest.mark.filterwarnings("ignore")
def test_a_quantised_network_has_a_table():
    from torch.ao import quantization

    if "fbgemm" not in torch.backends.quantized.supported_engines:
        pytest.skip("this build of torch has no quantised arithmetic")

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.q, self.d = quantization.QuantStub(), quantization.DeQuantStub()
            self.c, self.f = nn.Conv2d(3, 4, 3), nn.Linear(4, 2)

        def forward(self, x):
            return self.d(self.f(self.c(self.q(x)).mean((2, 3))))

    net = Net().eval()
    net.qconfig = quantization.get_default_qconfig("fbgemm")
    net = quantization.prepare(net)
    net(torch.rand(1, 3, 8, 8))
    found = table(quantization.convert(net), (3, 8, 8))
    assert [row.output for row in found.rows if row.name in "qcfd"] == [(3, 8, 8), (4, 6, 6), (2,), (2,)]
    assert not found.counted


def test_an_operation_that_is_not_as_its_name_says_is_recorded_all_the_same():
    library = torch.library.Library("cnnkit_test", "DEF")
    library.define("convolution(Tensor x) -> Tensor")
    library.impl("convolution", lambda x: x.clone(), "CPU")

    class Odd(nn.Module):
        def forward(self, x):
            return torch.relu(torch.ops.cnnkit_test.convolution(x))

    assert [record.op for record in trace.run(Odd(), torch.rand(1, 3)).operations] == ["convolution", "relu"]


def frozen(net, photos):
    return torch.jit.freeze(torch.jit.script(net))


def exported(net, photos):
    return torch.export.export(net, (photos,)).module()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [frozen, exported])
def test_a_network_that_has_no_mode_has_a_table_and_stays_as_it_was(make):
    net, photos = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()).eval(), torch.rand(1, 3, 8, 8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = make(net, photos)
    assert table(model, (3, 8, 8)).macs == table(net, (3, 8, 8)).macs == 27 * 4 * 36
    assert torch.equal(model(photos), net(photos))
    with pytest.raises(InputError, match="has one mode"):
        trace.run(model, photos, training=True)


class Many(nn.Module):
    """Writes into one tensor, or into many views of one, over and over."""

    def __init__(self, steps, views):
        super().__init__()
        self.steps, self.views = steps, views

    def forward(self, x):
        out, kept = x + 0, []
        for i in range(self.steps):
            if self.views:
                kept.append(out[:, i % 8])
            out[:, i % 8] = x[:, i % 8]
            out.add_(1)
        return out


@pytest.mark.parametrize("views", [False, True])
def test_writing_in_place_takes_time_in_proportion_to_the_writes(views):
    def seconds(steps):
        begin = time.process_time()
        trace.run(Many(steps, views), torch.rand(2, 8))
        return time.process_time() - begin

    few, many = min(seconds(100) for _ in range(3)), min(seconds(800) for _ in range(2))
    assert many < 20 * few  # 8 times as many; it was 40 times as long


def test_a_view_that_was_taken_before_sees_what_is_written_after():
    class Views(nn.Module):
        def forward(self, x):
            out = torch.zeros(len(x), 8)
            early = out[:, :4]
            out[:, 0] = torch.relu(x[:, 0])
            return early * 2

    found = trace.run(Views(), torch.rand(2, 8))
    assert "relu" in [found.records[i].op for i in sorted(_sources(found, found.outputs[0]))]


def _sources(found, end):
    left, seen = [end], set()
    while left:
        if (i := left.pop()) not in seen:
            seen.add(i)
            left += found.records[i].sources
    return seen

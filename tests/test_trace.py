import random
import sys
import threading
import time

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from toys import Function

from cnnkit import trace
from cnnkit.errors import InputError

PHOTO = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(1))


def seen(forward, inputs=PHOTO, **parts):
    return trace.run(Function(forward, **parts), inputs)


def ops(forward, inputs=PHOTO, **parts):
    return [(r.kind, r.op) for r in seen(forward, inputs, **parts).operations]


def weight(*shape):
    return nn.Parameter(torch.ones(*shape))


RELUS = {
    "module": lambda m, x: nn.ReLU()(x),
    "module in place": lambda m, x: nn.ReLU(inplace=True)(x),
    "functional": lambda m, x: F.relu(x),
    "functional in place": lambda m, x: F.relu_(x),
    "torch": lambda m, x: torch.relu(x),
    "method": lambda m, x: x.relu(),
    "clamp": lambda m, x: x.clamp(min=0),
    "clamp in place": lambda m, x: x.clamp_(min=0),
    "clip": lambda m, x: torch.clip(x, 0),
    "threshold": lambda m, x: F.threshold(x, 0, 0),
}


@pytest.mark.parametrize("style", RELUS)
def test_every_way_to_write_a_relu_is_seen_as_one(style):
    assert ops(lambda m, x: RELUS[style](m, x + 1)) == [("add", "add"), ("activation", "relu")]


def added_in_place(m, x):
    y = x * 2
    y += x
    return y


ADDS = {
    "operator": lambda m, x: (x * 2) + x,
    "torch": lambda m, x: torch.add(x * 2, x),
    "method": lambda m, x: (x * 2).add(x),
    "in place": added_in_place,
    "method in place": lambda m, x: (x * 2).add_(x),
}


@pytest.mark.parametrize("style", ADDS)
def test_every_way_to_write_an_add_is_seen_with_both_its_sources(style):
    add = seen(ADDS[style]).of("add")
    assert [r.sources for r in add] == [(1, 0)]


CONVS = {
    "module": (lambda m, x: m.conv(x), {"conv": nn.Conv2d(3, 4, 3, 2, 1, bias=False)}),
    "functional": (lambda m, x: F.conv2d(x, m.w, stride=2, padding=1), {"w": weight(4, 3, 3, 3)}),
    "torch": (lambda m, x: torch.conv2d(x, m.w, stride=2, padding=1), {"w": weight(4, 3, 3, 3)}),
    "a list of modules": (lambda m, x: m.convs[0](x), {"convs": [nn.Conv2d(3, 4, 3, 2, 1, bias=False)]}),
    "made in forward": (lambda m, x: nn.Conv2d(3, 4, 3, 2, 1)(x), {}),
}


@pytest.mark.parametrize("style", CONVS)
def test_every_way_to_write_a_convolution_has_the_same_window(style):
    forward, parts = CONVS[style]
    (conv,) = seen(forward, **parts).operations
    assert conv.kind == "conv"
    assert conv.window == trace.Window((3, 3), (2, 2), (1, 1), (1, 1))
    assert (conv.inputs, conv.output, conv.macs) == (((1, 3, 8, 8),), (1, 4, 4, 4), 27 * 4 * 16)


def test_a_layer_that_is_not_registered_shows_no_parameters():
    assert seen(*CONVS["a list of modules"][:1], **CONVS["a list of modules"][1]).operations[0].parameters == ()
    assert seen(*CONVS["functional"][:1], **CONVS["functional"][1]).operations[0].parameters == ("w",)


PRODUCTS = {
    "module": lambda m, x: F.linear(x, m.w),
    "matmul": lambda m, x: torch.matmul(x, m.w.T),
    "operator": lambda m, x: x @ m.w.T,
    "einsum": lambda m, x: torch.einsum("nchw,ow->ncho", x, m.w),
    "weight on the left": lambda m, x: (m.w @ x.transpose(-1, -2)).transpose(-1, -2),
}


@pytest.mark.parametrize("style", PRODUCTS)
def test_every_way_to_write_a_linear_layer_counts_the_same(style):
    found = seen(PRODUCTS[style], w=weight(5, 8))
    (product,) = found.of("product")
    assert product.parameters == ("w",)
    assert product.macs == 3 * 8 * 8 * 5
    assert found.outputs == [found.records[-1].index]


def test_a_pool_a_norm_a_concat_and_a_flatten_are_seen():
    def forward(m, x):
        x = F.batch_norm(x, m.mean, m.variance, m.scale, m.shift)
        x = torch.cat([F.max_pool2d(x, 2), F.avg_pool2d(x, 2)], dim=1)
        return F.adaptive_avg_pool2d(x, 1).flatten(1)

    model = Function(forward, scale=weight(3), shift=weight(3))
    for name in ("mean", "variance"):
        model.register_buffer(name, torch.ones(3))
    found = trace.run(model, PHOTO)
    assert [r.kind for r in found.operations] == ["norm", "pool", "pool", "concat", "pool", "reshape"]
    norm, first, _, concat, last, _ = found.operations
    assert norm.parameters == ("scale", "shift") and norm.buffers == ("mean", "variance")
    assert first.window == trace.Window((2, 2), (2, 2), (0, 0), (1, 1)) and last.window is None
    assert concat.sources == (2, 3) and concat.arguments["dim"] == 1


def test_edges_follow_values_through_views_and_copies():
    found = seen(lambda m, x: (x * 2).detach().clone().contiguous() + x)
    assert found.of("add")[0].sources == (1, 0)


def test_a_value_written_into_a_slice_feeds_the_whole():
    def forward(m, x):
        out = torch.zeros(1, 6, 8, 8)
        out[:, :3] = x * 2
        out[:, 3:] = x * 3
        return out + 1

    found = seen(forward)
    before: set[int] = set()
    todo = list(found.of("add")[0].sources)
    while todo:
        before.add(i := todo.pop())
        todo += found.records[i].sources
    assert {r.index for r in found.of("mul")} <= before


def test_an_activation_in_place_changes_what_the_shortcut_carries():
    def forward(m, x):
        x = x * 2
        y = F.relu(x, inplace=True)
        return y + x  # x is y by now

    found = seen(forward)
    (relu,) = found.of("activation")
    assert found.of("add")[0].sources == (relu.index, relu.index)


def test_paths_name_the_innermost_module_also_for_functional_layers():
    block = Function(lambda m, x: F.relu(m.conv(x)) + x, conv=nn.Conv2d(3, 3, 1))
    found = trace.run(nn.Sequential(nn.Sequential(block), nn.ReLU()), PHOTO)
    assert [(r.path, r.kind) for r in found.operations] == [
        ("0.0.conv", "conv"),
        ("0.0", "activation"),
        ("0.0", "add"),
        ("1", "activation"),
    ]


def test_a_module_used_twice_has_two_calls_and_one_set_of_parameters():
    conv = nn.Conv2d(3, 3, 1)
    found = trace.run(nn.Sequential(conv, nn.ReLU(), conv), PHOTO)
    first, second = found.of("conv")
    assert first.parameters == second.parameters == ("0.weight", "0.bias")
    assert [call.path for call in found.calls] == ["", "0", "1", "0"]


def test_a_weight_computed_from_parameters_is_traced_to_them():
    def forward(m, x):
        standard = (m.w - m.w.mean((1, 2, 3), keepdim=True)) * m.gain
        return F.conv2d(x, standard)

    (conv,) = seen(forward, w=weight(4, 3, 3, 3), gain=weight(1)).operations
    assert set(conv.parameters) == {"w", "gain"}


def test_several_inputs_come_by_position_or_by_name_and_results_may_be_nested():
    def forward(m, image, vector):
        return {"a": image + 1, "b": (vector * 2, 3)}

    for inputs in ((PHOTO, torch.ones(1, 4)), {"vector": torch.ones(1, 4), "image": PHOTO}):
        found = seen(lambda m, image, vector: forward(m, image, vector), inputs)
        assert len(found.of("input")) == 2
        assert [found.records[i].kind for i in found.outputs] == ["add", "mul"]


def test_a_dict_is_one_argument_where_forward_takes_one():
    class Net(nn.Module):
        def forward(self, batch: dict[str, Tensor]) -> Tensor:
            return batch["image"] + batch["image"]

    assert trace.run(Net(), {"image": PHOTO}).of("add")[0].sources == (0, 0)


def test_only_shapes_are_needed_on_the_meta_device():
    with torch.device("meta"):
        model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(288, 10))
    found = trace.run(model, torch.empty(1, 3, 8, 8, device="meta"))
    assert [r.kind for r in found.operations] == ["conv", "norm", "reshape", "product"]


def test_a_traced_model_is_left_as_it_was():
    class Restless(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("calls", torch.zeros(1))
            self.body = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout(0.5))
            self.body[1].eval()  # a frozen norm, in a model that trains

        def forward(self, x):
            self.calls = self.calls + 1
            random.random()
            np.random.rand()
            return self.body(x)

    model = Restless()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    objects = dict(model.named_buffers())
    modes = [module.training for module in model.modules()]
    drawn, python = torch.random.get_rng_state(), random.getstate()
    numpy_state = np.random.get_state()
    found = trace.run(model, PHOTO, training=True)

    assert "dropout" in {r.kind for r in found.records} or found.of("mul")  # it ran in training mode
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert all(value is objects[name] for name, value in model.named_buffers())
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.random.get_rng_state(), drawn) and random.getstate() == python
    assert all(map(np.array_equal, np.random.get_state(), numpy_state))
    assert all(p.grad is None for p in model.parameters())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    assert not nn.modules.module._global_forward_hooks and not nn.modules.module._global_forward_pre_hooks
    assert model(PHOTO).requires_grad


def test_a_failed_forward_names_the_layer_and_restores_the_model():
    model = nn.Sequential(nn.BatchNorm2d(3), nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 1)))
    with pytest.raises(InputError, match=r'in "1\.1" \(Conv2d\), for an input of shape \[1, 3, 8, 8\]') as caught:
        trace.run(model, PHOTO, training=False)
    assert caught.value.path == "1.1"
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert model.training and not nn.modules.module._global_forward_hooks


def test_a_failure_that_the_model_catches_itself_is_no_failure():
    def forward(m, x):
        try:
            return m.wrong(x)
        except RuntimeError:
            return m.right(x)

    found = trace.run(Function(forward, wrong=nn.Conv2d(5, 4, 1), right=nn.Conv2d(3, 4, 1)), PHOTO)
    assert [r.path for r in found.operations] == ["right"]


def test_the_same_model_at_work_in_another_thread_is_not_recorded():
    model = Function(lambda m, x: m.body(x), body=nn.Conv2d(3, 3, 1))

    def forward(m, x):
        other = threading.Thread(target=m.body, args=(PHOTO,))
        other.start()
        other.join()
        return m.body(x)

    model._forward = forward
    found = trace.run(model, PHOTO)
    assert len(found.of("conv")) == 1 and [call.path for call in found.calls] == ["", "body"]


def test_a_network_that_calls_itself_without_end_is_said_to_fail():
    model = Function(lambda m, x: m(x))
    limit = sys.getrecursionlimit()
    try:
        for more in range(12):  # Python may run out of depth at any line of ours
            sys.setrecursionlimit(limit + more)
            with pytest.raises(InputError, match="maximum recursion depth"):
                trace.run(model, PHOTO)
    finally:
        sys.setrecursionlimit(limit)


def test_what_is_no_network_is_said_in_one_sentence():
    with pytest.raises(InputError, match="a list is no network"):
        trace.run([nn.ReLU()], PHOTO)


def test_inference_mode_hides_nothing():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.Flatten(), nn.Linear(144, 2))
    plain = trace.run(model, PHOTO)
    with torch.inference_mode():
        inside = trace.run(model, PHOTO)
    assert [(r.kind, r.op, r.sources, r.macs) for r in inside.records] == [
        (r.kind, r.op, r.sources, r.macs) for r in plain.records
    ]


def test_layers_without_sizes_get_them_and_all_else_stays():
    sized = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.Flatten(), nn.Linear(144, 2))
    lazy = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Dropout(), nn.Flatten(), nn.LazyLinear(2)).train()
    drawn = torch.random.get_rng_state()
    found = trace.run(lazy, {"input": PHOTO})  # by keyword, too
    assert [(r.op, r.output, r.macs) for r in found.records] == [
        (r.op, r.output, r.macs) for r in trace.run(sized, PHOTO).records
    ]
    assert all(module.training for module in lazy.modules()) and torch.equal(torch.random.get_rng_state(), drawn)
    assert {name: v.shape for name, v in lazy.state_dict().items()} == {n: v.shape for n, v in sized.state_dict().items()}
    assert int(lazy[1].num_batches_tracked) == 0 and not lazy[1].running_mean.any()


def test_a_network_with_lazy_layers_that_fails_names_the_layer():
    lazy = nn.Sequential(nn.LazyConv2d(4, 3), nn.Linear(5, 2), nn.LazyLinear(2))
    with pytest.raises(InputError, match=r'in "1" \(Linear\), for an input of shape \[1, 3, 8, 8\]'):
        trace.run(lazy, PHOTO)


def test_a_layer_that_forward_makes_at_its_first_input_has_its_name():
    class Grows(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = None

        def forward(self, x):
            if self.fc is None:
                self.fc = nn.Linear(x[0].numel(), 5)
            return self.fc(x.flatten(1))

    found = trace.run(Grows(), PHOTO)
    (product,) = found.of("product")
    assert (product.path, product.parameters) == ("fc", ("fc.bias", "fc.weight"))
    assert [call.path for call in found.calls] == ["", "fc"]


def test_a_layer_that_is_kept_while_it_runs_disturbs_no_other_call():
    class Keeps(nn.Module):
        def forward(self, x):
            part = Function(lambda m, x: self._keep(part, x))
            return part(x)

        def _keep(self, part, x):
            self.part = part
            return nn.ReLU()(x)  # a stranger, at which names are read again

    found = trace.run(nn.Sequential(Keeps(), nn.Conv2d(3, 1, 1)), PHOTO)
    assert [(r.path, r.kind) for r in found.operations] == [("0", "activation"), ("1", "conv")]


def test_buffers_whose_values_share_memory_are_left_alone():
    class Shares(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("one", torch.ones(1, 1, 1, 1).expand(1, 3, 8, 8))
            self.register_buffer("none", torch.tensor([torch.nan]).expand(3))
            self.register_buffer("windows", torch.arange(10).unfold(0, 3, 1))
            self.register_buffer("calls", torch.zeros(1))

        def forward(self, x):
            self.calls += 1
            return x + self.one

    model = Shares()
    assert trace.run(model, PHOTO).of("add") and int(model.calls) == 0


class KeepsAll(nn.Module):
    """Writes row after row into one tensor, and keeps what it wrote: thousands of live tensors."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out, kept = torch.zeros(self.rows, 3), []
        for i in range(self.rows):
            kept.append(x.mean((0, 2, 3)) * i)
            out[i] = kept[-1]
        return out


def test_a_trace_takes_time_in_proportion_to_its_operations() -> None:
    def seconds(rows: int) -> float:
        start = time.process_time()
        trace.run(KeepsAll(rows), torch.rand(1, 3, 8, 8))
        return time.process_time() - start

    few = min(seconds(200) for _ in range(3))
    assert min(seconds(1600) for _ in range(2)) < 16 * few  # 8 times the work; it took 25 times as long

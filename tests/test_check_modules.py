import pytest
import torch
from torch import Tensor, nn

from cnnkit import InputError
from cnnkit.check import module_exercise
from cnnkit.check.engine import check


class Gate(nn.Module):
    """Weights each channel by what all channels say together: [N, C, H, W] -> the same."""

    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, channels // reduction)
        self.excite = nn.Linear(channels // reduction, channels)

    def forward(self, x: Tensor) -> Tensor:
        """One weight a channel, from 0 to 1."""
        means = x.mean(dim=(2, 3))
        weights = torch.sigmoid(self.excite(torch.relu(self.squeeze(means))))
        return x * weights[:, :, None, None]


GATE = module_exercise(
    Gate,
    """
no-relu: There is no ReLU between the two layers.
    Two linear layers in a row are one.
    torch.relu(self.squeeze(means)) -> self.squeeze(means)
no-sigmoid: The weights are not from 0 to 1.
    torch.sigmoid(self.excite(torch.relu(self.squeeze(means)))) -> self.excite(torch.relu(self.squeeze(means)))
softmax: The channels share one weight of 1.
    torch.sigmoid(self.excite(torch.relu(self.squeeze(means)))) -> self.excite(torch.relu(self.squeeze(means))).softmax(1)
added: The weights are added to the maps.
    x * weights -> x + weights
no-reduction: The first layer does not reduce the channels.
    channels // reduction -> channels
""",
    [((8,), (2, 8, 3, 5)), ((12, 3), (3, 12, 4, 4))],
    title="squeeze and excite",
    praise="Right, for both sizes tried.",
)


def gate(inner=torch.relu, outer=torch.sigmoid, join=torch.mul, reduce=True, after=lambda x: x, freeze=False, bias=True):
    class Gate(nn.Module):
        def __init__(self, channels, reduction=4):
            super().__init__()
            small = channels // reduction if reduce else channels
            self.last = nn.Conv2d(small, channels, 1, bias=bias)  # other names, another order, another kind of layer
            self.first = nn.Conv2d(channels, small, 1)

        def forward(self, x):
            weights = outer(self.last(inner(self.first(x.mean((2, 3), keepdim=True)))))
            weights = weights.detach() if freeze else weights
            return after(join(x, weights))

    return Gate


class Linear(Gate):
    """Right, by linear layers under other names."""

    def __init__(self, channels: int, reduction: int = 4) -> None:
        nn.Module.__init__(self)
        self.excite = nn.Linear(channels // reduction, channels)
        self.squeeze = nn.Linear(channels, channels // reduction)


def linear(old, new):
    from cnnkit.check.bugs import edited

    source = edited(GATE.probes[0].library.source, (((old, new),),))
    return GATE.probes[0].library._compiled(source)


@pytest.mark.parametrize(
    ("answer", "slug"),
    [
        (Linear, None),
        (linear("torch.relu(self.squeeze(means))", "self.squeeze(means)"), "no-relu"),
        (linear("x * weights", "x + weights"), "added"),
        (linear("channels // reduction", "channels"), "no-reduction"),
        (linear("return x", "return 2 * x"), "wrong-value"),
        (linear("return x", "return (2 - self.training) * x"), "wrong-in-evaluation"),
        (linear("return x", "return x.mean((2, 3), keepdim=True)"), "wrong-shape"),
        (linear("weights[:", "weights.detach()[:"), "wrong-gradient"),
        (linear("nn.Linear(channels,", "nn.Linear(bias=False, in_features=channels, out_features="), "wrong-parameters"),
        (gate(), "wrong-parameters"),
        (linear("return x * weights[:, :, None, None]", "x * 2"), "returns-nothing"),
        (linear("return x * weights[:, :, None, None]", "return [x]"), "wrong-type"),
        (lambda *given: 3, "does-not-construct"),
        (linear("x.mean", "x.mena"), "raises"),
        (linear("super().__init__()", "pass"), "super-init-missing"),
    ],
)
def test_a_module_is_explained_by_its_facets_and_by_bugs(answer, slug):
    verdict = check(GATE, answer)
    assert verdict.mistake == slug, verdict
    assert len(verdict.message.split()) <= 60


def test_what_the_cases_do_not_tell_apart_is_said():
    assert GATE.alike() == []
    table = "halved: Halved.\n    x * weights -> x * 0.5 * weights\nhalf: Half.\n    x * weights -> 0.5 * x * weights\n"
    unseen = "constant: It is another number.\n    reduction: int = 4 -> reduction: int = 4 + 0"
    assert module_exercise(Gate, table + unseen, [((8,), (2, 8, 3, 5))]).alike() == [
        "half looks like halved", "constant looks like the reference",
    ]  # fmt: skip


def test_the_exercise_is_called_as_its_class():
    assert (GATE.name, GATE.answer, GATE.what) == ("gate", "Gate", "class")
    assert GATE.stub.count("raise NotImplementedError") == 2 and "squeeze" not in GATE.stub
    with pytest.raises(InputError, match="an edit of lost does not apply"):
        module_exercise(Gate, "lost: It is lost.\n    nn.Conv3d -> nn.Conv2d", [((8,), (2, 8, 3, 5))])

"""What is right but worth a word: the answer passes, and the remark is there only where it is true."""

import pytest
import torch
from torch import nn

from cnnkit import check


def pointwise(cin, cout, stride=1, bias=True):
    return nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=bias), nn.BatchNorm2d(cout))


class Unbiased(nn.Module):
    bias = False

    def __init__(self, in_channels, mid_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            *pointwise(in_channels, mid_channels, stride, self.bias),
            nn.ReLU(),
            nn.Conv2d(mid_channels, mid_channels, 3, padding=1, bias=self.bias),
            nn.BatchNorm2d(mid_channels),
            nn.ReLU(),
            *pointwise(mid_channels, out_channels, bias=self.bias),
            nn.ReLU(),
        )
        same = in_channels == out_channels and not downsample
        self.shortcut = (
            nn.Identity() if same else nn.Sequential(*pointwise(in_channels, out_channels, stride, self.bias), nn.ReLU())
        )

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)


class Biased(Unbiased):
    bias = True


class Added(nn.Module):
    """A convolution whose bias is added by itself."""

    def __init__(self, *arguments, **options):
        super().__init__()
        self.conv = nn.Conv2d(*arguments, **{**options, "bias": False})
        self.bias = nn.Parameter(torch.zeros(arguments[1], 1, 1))

    def forward(self, x):
        return self.conv(x) + self.bias


class Apart(Unbiased):
    """The block with biases that no convolution has."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        for part in (self.branch, self.shortcut):
            for name, layer in list(part.named_children()):
                if isinstance(layer, nn.Conv2d):
                    sizes = layer.in_channels, layer.out_channels, layer.kernel_size
                    setattr(part, name, Added(*sizes, stride=layer.stride, padding=layer.padding))


@pytest.mark.parametrize(("block", "remarked"), [(Unbiased, True), (Biased, False), (Apart, False)])
def test_a_block_without_biases_passes_with_a_word_on_its_parameters(block, remarked):
    verdict = check.residual_block(block)
    assert verdict.passed, verdict
    assert any("no bias" in remark for remark in verdict.remarks) == remarked
    ours, kits = (sum(p.numel() for p in made(8, 4, 16).parameters()) for made in (block, verdict.reference))
    assert (ours < kits) == remarked


@pytest.mark.parametrize("bias", [True, False])
def test_a_head_without_its_first_bias_passes_with_a_word_on_its_parameters(bias):
    def vgg_head(num_classes=10):
        return nn.Sequential(
            nn.Dropout(),
            nn.Linear(512, 512, bias=bias),
            nn.BatchNorm1d(512),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(512, num_classes),
        )

    verdict = check.vgg_head(vgg_head)
    assert verdict.passed, verdict
    assert any("no bias" in remark for remark in verdict.remarks) == (not bias)

"""The small network of the missions, and the parts that make it sick."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, cast

import torch
from torch import Tensor, nn

from cnnkit.data.augment import MEAN, STD

WIDTH = 24  # channels of the first layer


class Residual(nn.Module):
    """A 3x3 convolution with batch norm beside a shortcut, added: ``[N, C, H, W]`` -> the same shape."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """ReLU of ``x`` plus the branch."""
        return cast(Tensor, self.relu(x + self.norm(self.conv(x))))


def network(classes: int, width: int = WIDTH) -> nn.Sequential:
    """A small residual network: photos ``[N, 3, 32, 32]`` -> logits ``[N, classes]``.

    Its first layer has no batch norm and the shortcuts none either, so the scale of its input reaches the output. The last
    layer's weights are small at first, so that every run begins near the loss of guessing.
    """
    layers: list[tuple[str, nn.Module]] = [
        ("conv1", nn.Conv2d(3, width, 3, padding=1)),                # [N, 24, 32, 32]
        ("relu1", nn.ReLU()),
        ("pool1", nn.MaxPool2d(2)),                                  # [N, 24, 16, 16]
        ("block1", Residual(width)),
        ("conv2", nn.Conv2d(width, 2 * width, 3, padding=1)),        # [N, 48, 16, 16]
        ("pool2", nn.MaxPool2d(2)),                                  # [N, 48,  8,  8]
        ("block2", Residual(2 * width)),
        ("pool3", nn.AdaptiveAvgPool2d(2)),                          # [N, 48,  2,  2]
        ("flatten", nn.Flatten()),                                   # [N, 192]
        ("dropout", nn.Dropout(0.2)),
        ("linear", nn.Linear(8 * width, classes)),
    ]  # fmt: skip
    nn.init.normal_(cast(Tensor, layers[-1][1].weight), std=0.005)
    return nn.Sequential(OrderedDict(layers))


class Patient(nn.Module):
    """The network with room for a fault before it, after it, and in its mode; its parameters have the same names in all.

    Args:
        classes: how many logits.
        before: what happens to the photos ``[N, 3, 32, 32]`` first.
        after: what happens to the logits ``[N, classes]``.
        heeds_mode: whether `train` reaches it; otherwise it stays in evaluation mode.
    """

    def __init__(
        self, classes: int, before: nn.Module | None = None, after: nn.Module | None = None, heeds_mode: bool = True
    ) -> None:
        super().__init__()
        self.before = before or nn.Identity()
        self.net = network(classes)
        self.after = after or nn.Identity()
        self.heeds_mode = heeds_mode

    def forward(self, x: Tensor) -> Tensor:
        """Answers ``[N, classes]`` for photos ``[N, 3, 32, 32]``."""
        return cast(Tensor, self.after(self.net(self.before(x))))

    def train(self, mode: bool = True) -> Patient:
        """Training or evaluation mode."""
        return super().train(mode and self.heeds_mode)


class Pixels(nn.Module):
    """Undoes the normalisation: float32 ``[N, 3, H, W]`` -> numbers from 0 to 255 of the same shape."""

    def forward(self, x: Tensor) -> Tensor:
        """The pixels as they were in the file."""
        mean, std = (x.new_tensor(values)[:, None, None] * 255 for values in (MEAN, STD))
        return x * std + mean


class KeepsGradients:
    """An optimizer whose `zero_grad` does nothing; all else is that of the optimizer inside."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = optimizer

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "optimizer":  # asked for by copy.deepcopy before there is one inside
            raise AttributeError(name)
        return getattr(self.optimizer, name)

    def zero_grad(self) -> None:
        """Does nothing: that is the fault."""

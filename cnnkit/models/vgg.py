"""VGG-16: thirteen 3x3 convolutions in five stages, each stage ending in a max pool, then a classifier.

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015, table 1, column D.
One class serves the paper's net for 224x224 photos (its names are torchvision's) and the course's for 32x32.
"""

from typing import Literal

from torch import Tensor, nn


def vgg16_layers(width: int = 64) -> list[int | Literal["M"]]:
    """The paper's column D: the output channels of each convolution, "M" for a 2x2 max pool; the paper's width is 64."""
    w = width
    return [w, w, "M", 2*w, 2*w, "M", 4*w, 4*w, 4*w, "M", 8*w, 8*w, 8*w, "M", 8*w, 8*w, 8*w, "M"]  # fmt: skip


def make_layers(cfg: list[int | Literal["M"]], batch_norm: bool = False) -> nn.Sequential:
    """The convolutional part that ``cfg`` describes: 3x3 convolutions with padding 1, each with a ReLU, and max pools.

    A convolution with padding 1 keeps height and width; a pool halves them: ``[N, 3, 32, 32]`` ends as ``[N, 512, 1, 1]``.
    """
    layers: list[nn.Module] = []
    channels = 3
    for entry in cfg:
        if entry == "M":
            layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
            continue
        layers += [nn.Conv2d(channels, entry, kernel_size=3, padding=1)]
        if batch_norm:
            layers += [nn.BatchNorm2d(entry)]
        layers += [nn.ReLU(inplace=True)]
        channels = entry
    return nn.Sequential(*layers)


class VGG(nn.Module):
    """VGG-16 for photos ``[N, 3, H, W]`` -> logits ``[N, num_classes]``.

    Args:
        num_classes: how many logits.
        head: "paper" for 224x224 (two hidden layers of 4096 units on a 7x7 map), or "small" for 32x32: one hidden layer
            with batch norm on the 1x1 map, as the course has it.
        batch_norm: a BatchNorm2d after each convolution; younger than the paper, and the form everyone trains today.
        width: channels of the first stage; the classifier shrinks along with it.
    """

    def __init__(
        self,
        num_classes: int = 10,
        *,
        head: Literal["paper", "small"] = "small",
        batch_norm: bool = False,
        width: int = 64,
    ) -> None:
        super().__init__()
        self.features = make_layers(vgg16_layers(width), batch_norm)
        if head == "paper":
            self.avgpool: nn.Module = nn.AdaptiveAvgPool2d(7)
            self.classifier = _paper_head(width, num_classes)
        else:
            self.avgpool = nn.Identity()
            self.classifier = _small_head(width, num_classes)
        self._initialise()

    def forward(self, x: Tensor) -> Tensor:
        """Logits ``[N, num_classes]`` of photos ``[N, 3, H, W]``."""
        # fmt: off
        x = self.features(x)       # [N, 512,  1,  1] of 32x32,  [N, 512, 7, 7] of 224x224
        x = self.avgpool(x)
        x = x.flatten(1)           # [N, 512],                   [N, 25088]
        return self.classifier(x)  # type: ignore[no-any-return]
        # fmt: on

    def _initialise(self) -> None:
        # He et al., "Delving Deep into Rectifiers", ICCV 2015, section 2.2, backward form: std = sqrt(2 / (k * k * out)).
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                assert module.bias is not None
                nn.init.zeros_(module.bias)


def _paper_head(width: int, num_classes: int) -> nn.Sequential:
    hidden = 64 * width  # 4096 in the paper
    return nn.Sequential(
        nn.Linear(8 * width * 7 * 7, hidden), nn.ReLU(inplace=True), nn.Dropout(),
        nn.Linear(hidden, hidden), nn.ReLU(inplace=True), nn.Dropout(),
        nn.Linear(hidden, num_classes),
    )  # fmt: skip


def _small_head(width: int, num_classes: int) -> nn.Sequential:
    hidden = 8 * width  # 512 at the usual width
    return nn.Sequential(
        nn.Dropout(), nn.Linear(hidden, hidden), nn.BatchNorm1d(hidden), nn.ReLU(inplace=True),
        nn.Dropout(), nn.Linear(hidden, num_classes),
    )  # fmt: skip

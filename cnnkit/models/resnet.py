"""ResNets of bottleneck blocks: the paper's ResNet-50, its 32x32 form, and the course's without a last stage.

He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, table 1 and figure 5. The names of the
layers are torchvision's. Where the course's network departs from the paper, an option says so by name.
"""

from collections.abc import Sequence
from typing import Literal

from torch import Tensor, nn

Shortcut = Literal["add", "none"]
Projection = Literal["needed", "always"]
ReluAt = Literal["sum", "branches"]
StrideOn = Literal["1x1", "3x3"]


class Bottleneck(nn.Module):
    """1x1 to fewer channels, 3x3, 1x1 to more channels, plus a shortcut around the three.

    Args:
        in_channels: channels of the input.
        middle_channels: channels of the 3x3 convolution.
        out_channels: channels of the output.
        stride: 2 halves height and width.
        stride_on: which convolution has the stride: the first "1x1" (paper and course) or the "3x3" (torchvision).
        relu_at: "sum": the last ReLU follows the addition (paper). "branches": it ends the branch and the projection,
            and nothing follows the addition (course; He et al. 2016, "Identity Mappings", table 2, measured it as worse).
        projection: a 1x1 convolution on the shortcut only where it is "needed" to match shapes, or "always".
        shortcut: "none" leaves it out: a plain network of the same layers.
        bias: convolutions have a bias, which the batch norm after them makes useless (course).
    """

    def __init__(
        self,
        in_channels: int,
        middle_channels: int,
        out_channels: int,
        stride: int = 1,
        *,
        stride_on: StrideOn = "3x3",
        relu_at: ReluAt = "sum",
        projection: Projection = "needed",
        shortcut: Shortcut = "add",
        bias: bool = False,
    ) -> None:
        super().__init__()
        stride1, stride2 = (stride, 1) if stride_on == "1x1" else (1, stride)
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride1, bias=bias)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, stride2, padding=1, bias=bias)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1, bias=bias)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.relu_at = relu_at

        self.downsample: nn.Module | None = None  # the shortcut; torchvision's name, though it may keep the size
        if shortcut == "add":
            self.downsample = nn.Identity()
            if stride > 1 or in_channels != out_channels or projection == "always":
                conv = nn.Conv2d(in_channels, out_channels, 1, stride, bias=bias)
                self.downsample = nn.Sequential(conv, nn.BatchNorm2d(out_channels))
                if relu_at == "branches":
                    self.downsample.append(nn.ReLU(inplace=True))

    def forward(self, x: Tensor) -> Tensor:
        """``[N, in, H, W]`` -> ``[N, out, H / stride, W / stride]``."""
        out: Tensor = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.relu_at == "branches":
            out = self.relu(out)
        if self.downsample is not None:
            out = out + self.downsample(x)
        if self.relu_at == "sum":
            out = self.relu(out)
        return out


class ResNet(nn.Module):
    """A stem, three or four stages of bottleneck blocks, an average pool and a linear classifier.

    Photos ``[N, 3, H, W]`` -> logits ``[N, num_classes]``. Stage s works with ``4 * width * 2**(s - 1)`` channels.

    Args:
        num_classes: how many logits.
        depths: blocks in each stage; (3, 4, 6, 3) is ResNet-50. Three convolutions a block, the stem and the classifier
            make 3 * 16 + 2 = 50 weighted layers.
        width: channels of the stem.
        stem: "7x7" with stride 2 and a max pool (paper and course; 32x32 becomes 8x8), or "3x3" with neither.
        downsample: which block of a stage halves the map. "first": the first of each stage but the first (paper).
            "last": the last of each stage but the last (course).
        init: "he" (paper) or "xavier" (course), for the weights of all convolutions.
        stride_on, relu_at, projection, shortcut, bias: see `Bottleneck`.
    """

    def __init__(
        self,
        num_classes: int = 10,
        *,
        depths: Sequence[int] = (3, 4, 6, 3),
        width: int = 64,
        stem: Literal["7x7", "3x3"] = "7x7",
        downsample: Literal["first", "last"] = "first",
        init: Literal["he", "xavier"] = "he",
        stride_on: StrideOn = "3x3",
        relu_at: ReluAt = "sum",
        projection: Projection = "needed",
        shortcut: Shortcut = "add",
        bias: bool = False,
    ) -> None:
        super().__init__()
        if stem == "7x7":
            self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=bias)
            self.maxpool: nn.Module = nn.MaxPool2d(3, stride=2, padding=1)
        else:
            self.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=bias)
            self.maxpool = nn.Identity()
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)

        in_channels = width
        for s, depth in enumerate(depths):
            strides = [1] * depth
            if downsample == "first" and s > 0:
                strides[0] = 2
            if downsample == "last" and s < len(depths) - 1:
                strides[-1] = 2
            blocks: list[nn.Module] = []
            for stride in strides:
                middle = width * 2**s
                blocks += [
                    Bottleneck(in_channels, middle, 4 * middle, stride, stride_on=stride_on, relu_at=relu_at,
                               projection=projection, shortcut=shortcut, bias=bias)
                ]  # fmt: skip
                in_channels = 4 * middle
            self.add_module(f"layer{s + 1}", nn.Sequential(*blocks))
        self.stages = len(depths)

        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(in_channels, num_classes)
        self._initialise(init)

    def forward(self, x: Tensor) -> Tensor:
        """Logits ``[N, num_classes]`` of photos ``[N, 3, H, W]``."""
        # fmt: off
        # What comes out of each line:               resnet50 at 224x224   resnet50_layer4 at 32x32
        x = self.relu(self.bn1(self.conv1(x)))     # [N,   64, 112, 112]   [N,   64, 16, 16]
        x = self.maxpool(x)                        # [N,   64,  56,  56]   [N,   64,  8,  8]
        for s in range(1, self.stages + 1):        # [N,  256,  56,  56]   [N,  256,  4,  4]   layer1
            x = getattr(self, f"layer{s}")(x)      # [N,  512,  28,  28]   [N,  512,  2,  2]   layer2
            #                                      # [N, 1024,  14,  14]   [N, 1024,  2,  2]   layer3
            #                                      # [N, 2048,   7,   7]                       layer4
        x = self.avgpool(x).flatten(1)             # [N, 2048]             [N, 1024]
        return self.fc(x)  # type: ignore[no-any-return]
        # fmt: on

    def _initialise(self, init: Literal["he", "xavier"]) -> None:
        for module in self.modules():
            if not isinstance(module, nn.Conv2d):
                continue
            if init == "he":
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            else:
                nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

"""The course's ResNet-50, written a second time from its table and its state-dict names alone, to compare with."""

import torch
from torch import Tensor, nn


def conv_bn_relu(cin: int, cout: int, kernel: int, stride: int = 1, padding: int = 0) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(cin, cout, kernel, stride, padding), nn.BatchNorm2d(cout), nn.ReLU())


class CourseBlock(nn.Module):
    """Every block owns a projection and uses it, as the course's code does (``x.size() is not out.size()`` is always true)."""

    def __init__(self, cin: int, cmid: int, cout: int, downsample: bool) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.downsample = downsample
        self.layer = nn.Sequential(
            conv_bn_relu(cin, cmid, 1, stride), conv_bn_relu(cmid, cmid, 3, padding=1), conv_bn_relu(cmid, cout, 1)
        )
        if downsample:
            self.downsize = conv_bn_relu(cin, cout, 1, 2)
        else:
            self.make_equal_channel = conv_bn_relu(cin, cout, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x) + (self.downsize(x) if self.downsample else self.make_equal_channel(x))


class CourseResNet(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.layer1 = nn.Sequential(*conv_bn_relu(3, 64, 7, 2, 3), nn.MaxPool2d(3, 2, 1))
        self.layer2 = nn.Sequential(
            CourseBlock(64, 64, 256, False), CourseBlock(256, 64, 256, False), CourseBlock(256, 64, 256, True)
        )
        self.layer3 = nn.Sequential(
            CourseBlock(256, 128, 512, False),
            *(CourseBlock(512, 128, 512, False) for _ in range(2)),
            CourseBlock(512, 128, 512, True),
        )
        self.layer4 = nn.Sequential(
            CourseBlock(512, 256, 1024, False), *(CourseBlock(1024, 256, 1024, False) for _ in range(5))
        )
        self.avgpool = nn.AvgPool2d(2, 1)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class CourseVGG(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for entry in "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M".split():
            if entry == "M":
                layers.append(nn.MaxPool2d(2, 2))
            else:
                layers += [nn.Conv2d(channels, int(entry), 3, padding=1), nn.ReLU()]
                channels = int(entry)
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(), nn.Linear(512, 10)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x).view(-1, 512))

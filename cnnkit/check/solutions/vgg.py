"""The kit's own solutions of the exercises on VGG."""

from torch import nn


def make_layers(cfg: list[int | str]) -> nn.Sequential:
    """[N, 3, H, W] -> [N, last number, H / 2**pools, W / 2**pools]."""
    layers: list[nn.Module] = []
    channels = 3
    for entry in cfg:
        if isinstance(entry, str):
            layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
        else:
            layers += [nn.Conv2d(channels, entry, kernel_size=3, padding=1), nn.ReLU()]
            channels = entry
    return nn.Sequential(*layers)


def vgg_head(num_classes: int = 10) -> nn.Module:
    """[N, 512] -> logits [N, num_classes]."""
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )

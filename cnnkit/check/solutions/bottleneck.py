"""The paper's bottleneck block."""

from typing import Literal

from cnnkit import models


class Bottleneck(models.Bottleneck):
    """1x1, 3x3 and 1x1 convolutions and a shortcut, and a ReLU after the sum (He et al., CVPR 2016, figure 5, right)."""

    def __init__(
        self,
        in_channels: int,
        middle_channels: int,
        out_channels: int,
        downsample: bool = False,
        projection: Literal["needed", "always"] = "needed",
        stride_on: Literal["1x1", "3x3"] = "1x1",
    ) -> None:
        stride = 2 if downsample else 1
        super().__init__(
            in_channels, middle_channels, out_channels, stride,
            stride_on=stride_on, relu_at="sum", projection=projection, bias=True,
        )  # fmt: skip

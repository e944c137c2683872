"""The residual block of the exercise."""

from typing import Literal

from cnnkit.models.resnet import Bottleneck


class ResidualBlock(Bottleneck):
    """The course's block: stride in the first 1x1, a ReLU at the end of both ways and none after the sum."""

    def __init__(
        self,
        in_channels: int,
        middle_channels: int,
        out_channels: int,
        downsample: bool = False,
        projection: Literal["needed", "always"] = "needed",
    ) -> None:
        stride = 2 if downsample else 1
        super().__init__(
            in_channels, middle_channels, out_channels, stride,
            stride_on="1x1", relu_at="branches", projection=projection, bias=True,
        )  # fmt: skip

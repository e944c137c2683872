"""The network of the exercise."""

from typing import Literal

from cnnkit.models.resnet import ResNet


class ResNet50Layer4(ResNet):
    """The course's ResNet-50 for 32x32 photos: three stages, the last block of the first two halves the map."""

    def __init__(self, num_classes: int = 10, projection: Literal["needed", "always"] = "needed") -> None:
        super().__init__(
            num_classes, depths=(3, 4, 6), downsample="last", init="xavier",
            stride_on="1x1", relu_at="branches", projection=projection, bias=True,
        )  # fmt: skip

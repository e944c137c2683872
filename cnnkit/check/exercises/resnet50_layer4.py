"""The course's ResNet-50, made of its blocks."""

from cnnkit.check.engine import Exercise
from cnnkit.check.residual import block, network
from cnnkit.check.solutions.network import ResNet50Layer4

EXERCISE = Exercise(
    "resnet50_layer4",
    "ResNet50Layer4",
    (network.probe,),
    ResNet50Layer4,
    what="class",
    same=("cnnkit.models",),
    allowed=("ResidualBlock", "Bottleneck"),
    praise="With equal weights your network gives the table's logits and gradients, in training and in evaluation mode.",
    title="the whole network",
    minutes=15,
    difficulty=4,
    place="04/4",
    mistakes={**block.MISTAKES, **network.MISTAKES},
    text="""\
The whole network for 32x32 photos, made of your `ResidualBlock` (in the answer, use the class `ResidualBlock(in_channels,
middle_channels, out_channels, downsample=False)` as given):

| part | layers | output |
|---|---|---|
| stem | 7x7 convolution to 64 channels, stride 2, padding 3; batch norm; ReLU; max pool 3x3, stride 2, padding 1 | 64 x 8x8 |
| stage 1 | blocks (64, 64, 256), (256, 64, 256), (256, 64, 256 with downsample) | 256 x 4x4 |
| stage 2 | blocks (256, 128, 512), twice (512, 128, 512), (512, 128, 512 with downsample) | 512 x 2x2 |
| stage 3 | blocks (512, 256, 1024), five times (1024, 256, 1024), none downsamples | 1024 x 2x2 |
| head | average pool over the 2x2 map; linear layer to `num_classes` logits | num_classes |
""",
    asks="""\
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None: ...
    def forward(self, x: Tensor) -> Tensor:
        '''[N, 3, 32, 32] -> logits [N, num_classes].'''
""",
)

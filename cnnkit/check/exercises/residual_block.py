"""The block of the course's ResNet-50."""

from cnnkit.check.engine import Exercise
from cnnkit.check.residual import block
from cnnkit.check.solutions.block import ResidualBlock

EXERCISE = Exercise(
    "residual_block",
    "ResidualBlock",
    (block.probe,),
    ResidualBlock,
    what="class",
    same=("cnnkit.models",),
    praise="Your block gives the values and gradients of the rules in all four ways to build it, for every size tried.",
    title="ResidualBlock",
    minutes=10,
    difficulty=4,
    place="03/5",
    mistakes=block.MISTAKES,
    text="""\
The block that ResNet-50 is made of, as our course uses it. Two ways lead from the input to the sum:

1. the **branch**: a 1x1 convolution to `middle_channels`, a 3x3 convolution with padding 1 that keeps `middle_channels`, a
   1x1 convolution to `out_channels`; each of the three is followed by batch norm and then ReLU;
2. the **shortcut**: where the block changes the number of channels or the size of the map, a 1x1 convolution to
   `out_channels`, batch norm and ReLU. Elsewhere the input itself (a 1x1 convolution with batch norm and ReLU is accepted
   there too).
3. With `downsample=True` the map's height and width are halved: the *first* 1x1 convolution of the branch has stride 2, and
   so has the shortcut's.
4. The result is branch + shortcut, and nothing comes after the sum.

Example: `ResidualBlock(64, 64, 256, downsample=True)` turns `[N, 64, 8, 8]` into `[N, 256, 4, 4]`; inside, the branch goes
64x4x4, 64x4x4, 256x4x4. The input of a block is never negative: it comes from a ReLU, a max pool or a sum of such.
""",
    asks="""\
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None: ...
    def forward(self, x: Tensor) -> Tensor:
        '''[N, in_channels, H, W] -> [N, out_channels, H, W], or half of H and W with downsample.'''
""",
)

"""The paper's bottleneck, which torchvision's ResNet-50 is made of, too."""

from cnnkit.check.engine import Exercise
from cnnkit.check.residual import block, bottleneck, paper
from cnnkit.check.solutions.bottleneck import Bottleneck

EXERCISE = Exercise(
    "bottleneck",
    "Bottleneck",
    (bottleneck.probe,),
    Bottleneck,
    what="class",
    same=("cnnkit.models",),
    praise="Your block gives the values and gradients of the rules in all four ways to build it, for every size tried.",
    title="the paper's bottleneck",
    minutes=15,
    difficulty=4,
    place="03/4",
    mistakes={**block.MISTAKES, **paper.MISTAKES},
    text="""\
The block of ResNet-50 as the paper has it (He et al. 2016, "Deep Residual Learning", figure 5, right). Two ways lead from the
input to the sum:

1. the **branch**: a 1x1 convolution to `middle_channels`, a 3x3 convolution with padding 1 that keeps `middle_channels`, a 1x1
   convolution to `out_channels`; each of the three is followed by batch norm. A ReLU follows the first and the second batch
   norm. No ReLU ends the branch;
2. the **shortcut**: where the block changes the number of channels or the size of the map, a 1x1 convolution to `out_channels`
   and batch norm, with no ReLU. Elsewhere the input itself (a 1x1 convolution with batch norm is accepted there too).
3. With `downsample=True` the map's height and width are halved: the *first* 1x1 convolution of the branch has stride 2, and so
   has the shortcut's. (torchvision has the stride in the 3x3 convolution instead; that is accepted, too.)
4. The result is the ReLU of branch + shortcut.

Example: `Bottleneck(64, 64, 256, downsample=True)` turns `[N, 64, 8, 8]` into `[N, 256, 4, 4]`. The input of a block is never
negative. Biases of the convolutions are up to you.
""",
    asks="""\
class Bottleneck(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None: ...
    def forward(self, x: Tensor) -> Tensor:
        '''[N, in_channels, H, W] -> [N, out_channels, H, W], or half of H and W with downsample.'''
""",
)

"""The paper's basic block; only the graded build has it."""

from cnnkit.check.engine import Exercise
from cnnkit.check.residual import basic, block, paper
from cnnkit.check.solutions.basic_block import BasicBlock

EXERCISE = Exercise(
    "basic_block",
    "BasicBlock",
    (basic.probe,),
    BasicBlock,
    what="class",
    same=("cnnkit.models",),
    praise="Your block gives the values and gradients of the rules in all four ways to build it, for every size tried.",
    title="the basic block",
    minutes=25,
    difficulty=4,
    place="",
    mistakes={**block.MISTAKES, **paper.MISTAKES},
    text="""\
ResNet-18 and ResNet-34 are made of the basic block (He et al. 2016, "Deep Residual Learning", figure 5, left). Two ways
lead from the input to the sum:

1. the **branch**: two 3x3 convolutions with padding 1, both to `out_channels`, each followed by batch norm. One ReLU stands
   between the two, after the first batch norm. No ReLU ends the branch;
2. the **shortcut**: where the block changes the number of channels or the size of the map, a 1x1 convolution to
   `out_channels` and batch norm, with no ReLU. Elsewhere the input itself (a 1x1 convolution with batch norm is accepted
   there too).
3. With `downsample=True` the map's height and width are halved: the *first* 3x3 convolution has stride 2, and so has the
   shortcut's convolution.
4. The result is the ReLU of branch + shortcut.

Example: `BasicBlock(64, 128, downsample=True)` turns `[N, 64, 8, 8]` into `[N, 128, 4, 4]`. The input of a block is never
negative. Biases of the convolutions are up to you.
""",
    asks="""\
class BasicBlock(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, downsample: bool = False) -> None: ...
    def forward(self, x: Tensor) -> Tensor:
        '''[N, in_channels, H, W] -> [N, out_channels, H, W], or half of H and W with downsample.'''
""",
)

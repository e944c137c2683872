"""A row of residual blocks."""

from torch import nn

from cnnkit.check.modules import module_exercise
from cnnkit.check.solutions.block import ResidualBlock


def stage(in_channels: int, middle_channels: int, blocks: int, downsample: bool) -> nn.Module:
    """[N, in_channels, H, W] -> [N, 4 * middle_channels, H, W], or half of H and W with downsample; at least two blocks."""
    out_channels = 4 * middle_channels
    made = [ResidualBlock(in_channels, middle_channels, out_channels)]
    for number in range(1, blocks):
        last = number == blocks - 1
        made.append(ResidualBlock(out_channels, middle_channels, out_channels, downsample and last))
    return nn.Sequential(*made)


BUGS = r"""
first-downsamples: The first block halves the map.
    So does the paper; in the course's network it is the last one.
    out_channels)]\n -> out_channels, downsample)]\n ;; downsample and last -> False
all-downsample: Every block halves the map.
    Only the last one should.
    out_channels)]\n -> out_channels, downsample)]\n ;; downsample and last -> downsample
    downsample and last -> downsample
downsample-ignored: No block halves the map.
    The last one should, if it is asked for.
    downsample and last -> False
always-downsamples: The last block halves the map although it is not asked for.
    `downsample` decides.
    downsample and last -> last
one-block-too-many: There is one block too many.
    The first block is one of them.
    range(1, blocks) -> range(blocks)
    range(1, blocks) -> range(1, blocks + 1) ;; == blocks - 1 -> == blocks
one-block-too-few: There is one block too few.
    In Python the end of a range is left out.
    range(1, blocks) -> range(1, blocks - 1) ;; == blocks - 1 -> == blocks - 2
out-twice: The blocks make the wrong number of channels.
    A bottleneck makes four times its middle channels.
    4 * middle_channels -> 2 * middle_channels
shared-block: One block stands in several places.
    Each needs weights of its own, so it must be made anew.
    made.append(ResidualBlock(out_channels, middle_channels, out_channels, downsample and last)) -> made.append(made[1] if 1 < number and not last else ResidualBlock(out_channels, middle_channels, out_channels, downsample and last))
wrong-value: With equal weights the result is wrong.
    Write down the three numbers of each block.
"""  # noqa: E501

EXERCISE = module_exercise(
    stage,
    BUGS,
    [((6, 2, 4, True), (2, 6, 8, 8)), ((8, 2, 3, False), (2, 8, 4, 4))],
    most=1,
    allowed=("ResidualBlock",),
    praise="Right for three and four blocks, with and without halving.",
    title="a stage",
    minutes=8,
    difficulty=3,
    place="04/2",
    text="""\
A stage is a row of blocks. The first gets `in_channels`, and all make `4 * middle_channels`, so that the next ones
get as many. With `downsample=True` the *last* block halves height and width. Use `ResidualBlock(in_channels,
middle_channels, out_channels, downsample=False)`, and return one module. There are at least two blocks.
""",
)

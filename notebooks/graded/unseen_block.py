# %% [markdown]
# # The unseen block
#
# You know the bottleneck block from the course. Here is the other block of the ResNet paper, which the course never builds.
#
# ## Exercise: the basic block (25 minutes, difficulty 4 of 5)
#
# ResNet-18 and ResNet-34 are made of the **basic block** (He et al. 2016, "Deep Residual Learning", figure 5, left).
# Two ways lead from the input to the sum:
#
# 1. the **branch**: two 3x3 convolutions with padding 1, both to `out_channels`, each followed by batch norm. One ReLU stands
#    between the two, after the first batch norm. No ReLU ends the branch;
# 2. the **shortcut**: where the block changes the number of channels or the size of the map, a 1x1 convolution to
#    `out_channels` and batch norm, with no ReLU. Elsewhere the input itself.
# 3. With `downsample=True` the map's height and width are halved: the *first* 3x3 convolution has stride 2, and so has the
#    shortcut's convolution.
# 4. The result is the ReLU of branch + shortcut.
#
# Example: `BasicBlock(64, 128, downsample=True)` turns `[N, 64, 8, 8]` into `[N, 128, 4, 4]`.
# The input of a block is never negative. Biases of the convolutions are up to you.

# %%
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit import check


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut; for example BasicBlock(64, 128, downsample=True)."""

    def __init__(self, in_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            conv = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
            self.shortcut = nn.Sequential(conv, nn.BatchNorm2d(out_channels))
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """[N, in_channels, H, W] -> [N, out_channels, H, W], or half of H and W with downsample."""
        ### BEGIN SOLUTION
        branch = F.relu(self.bn1(self.conv1(x)))
        branch = self.bn2(self.conv2(branch))
        return F.relu(branch + self.shortcut(x))
        ### END SOLUTION


check.basic_block(BasicBlock)

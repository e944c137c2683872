"""A residual block that runs, and is wrong in three places."""

import torch
from torch import Tensor, nn

from cnnkit.check.modules import module_exercise


class RepairBlock(nn.Module):
    """The paper's basic block where nothing changes its shape: relu(x + F(x)), with two convolutions in F."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """[N, channels, H, W] -> the same shape."""
        out = torch.relu(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        return torch.relu(out + x)


BUGS = r"""
as-given: It is as wrong as at the start.
    Count its parameters; then make the last batch norm give zeros, and compare output with input.
    self.norm2(self.conv2 -> self.norm1(self.conv2 ;; self.norm2 = -> self.norm1 = ;; torch.relu(out + x) -> torch.relu(out) + x ;; out = torch.relu(self.norm1(self.conv1(x))) -> x = &
input-lost: The input does not reach the sum.
    With a branch of zeros the block should hand on its input. Is it still `x` where you add it?
    out = torch.relu(self.norm1(self.conv1(x))) -> x = &
no-shortcut: There is no sum with the input any more.
    With a branch of zeros the block should hand on its input.
    out + x -> out
sum-doubled: The input is added twice.
    With a branch of zeros the block should hand on its input.
    out + x -> out + x + x
shared-norm: It has too few parameters: two layers share one batch norm.
    Each keeps the statistics of its own maps.
    self.norm2(self.conv2 -> self.norm1(self.conv2 ;; self.norm2 = -> self.norm1 =
relu-before-sum: The branch can only add, never take away.
    Where is the last ReLU, before or after the sum?
    torch.relu(out + x) -> torch.relu(out) + x
relu-missing-last: The result has negative values.
    The paper's block ends with a ReLU after the sum.
    torch.relu(out + x) -> out + x
no-relu: Between the two convolutions there is no ReLU any more.
    Two of them in a row are one larger convolution.
    torch.relu(self.norm1(self.conv1(x))) -> self.norm1(self.conv1(x))
wrong-value: The shapes are right, and the values are not.
    Set the scale and shift of the last batch norm to zero: the block should hand on its input.
"""  # noqa: E501

EXERCISE = module_exercise(
    RepairBlock,
    BUGS,
    [((4,), (2, 4, 3, 3))],
    name="repair_block",
    praise="All three faults are gone.",
    title="repair a block by its values",
    minutes=6,
    difficulty=3,
    place="03/6",
    text="""\
This should be the paper's basic block where the shape stays: two 3x3 convolutions, each followed by a batch norm of
its own, with a ReLU between the two; then the sum with the input, and a ReLU of the sum. It runs, its shapes are
right, and three things are wrong. Count its parameters, and ask what it makes of its input when the branch is zero.

```python
class RepairBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        out = self.norm1(self.conv2(x))
        return torch.relu(out) + x
```
""",
)

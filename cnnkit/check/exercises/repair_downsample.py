"""A block that halves the map, whose two ways do not meet."""

import torch
from torch import Tensor, nn

from cnnkit.check.modules import module_exercise


class RepairDownsample(nn.Module):
    """The paper's basic block where it halves the map: both ways end at half the size, with as many channels."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            *(nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU()),
            *(nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels)),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2), nn.BatchNorm2d(out_channels))

    def forward(self, x: Tensor) -> Tensor:
        """[N, in_channels, H, W] -> [N, out_channels, H / 2, W / 2]."""
        return torch.relu(self.branch(x) + self.shortcut(x))


BUGS = r"""
shrinks-to-a-quarter: The map shrinks to a quarter of its sides.
    Which of the two ways had one stride too many?
    nn.Conv2d(out_channels, out_channels, 3, padding=1) -> nn.Conv2d(out_channels, out_channels, 3, stride=2, padding=1) ;; 1, stride=2) -> 1, stride=4)
wrong-stride: The second convolution of the branch halves the map, the first does not.
    The paper halves in the first, so that the second has less work.
    in_channels, out_channels, 3, stride=2, padding=1) -> in_channels, out_channels, 3, padding=1) ;; nn.Conv2d(out_channels, out_channels, 3, padding=1) -> nn.Conv2d(out_channels, out_channels, 3, stride=2, padding=1)
shortcut-3x3: The shortcut has a 3x3 convolution.
    It only makes the shapes equal; 1x1 is enough.
    out_channels, 1, stride=2) -> out_channels, 3, stride=2, padding=1)
shortcut-norm-missing: The shortcut has too few parameters.
    Each convolution of a block is followed by a batch norm.
    1, stride=2), nn.BatchNorm2d(out_channels)) -> 1, stride=2))
branch-ends-with-relu: What leaves the branch is never negative.
    The ReLU comes after the sum, so that a branch can take away, too.
    3, padding=1), nn.BatchNorm2d(out_channels)) -> 3, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU())
shortcut-ends-with-relu: What leaves the shortcut is never negative.
    Only the course's block has a ReLU there.
    stride=2), nn.BatchNorm2d(out_channels)) -> stride=2), nn.BatchNorm2d(out_channels), nn.ReLU())
no-relu: Between the two convolutions there is no ReLU.
    Two of them in a row are one larger convolution.
    nn.BatchNorm2d(out_channels), nn.ReLU()), -> nn.BatchNorm2d(out_channels)),
relu-missing-last: The result has negative values.
    The paper's block ends with a ReLU after the sum.
    torch.relu(self.branch(x) + self.shortcut(x)) -> self.branch(x) + self.shortcut(x)
wrong-value: The shapes are right, and the values are not.
    Look at the smallest value that leaves the branch, the shortcut and the block.
"""  # noqa: E501

EXERCISE = module_exercise(
    RepairDownsample,
    BUGS,
    [((3, 5), (2, 3, 8, 8))],
    name="repair_downsample",
    praise="All three faults are gone, and the two ways meet.",
    title="repair a block by its shapes",
    minutes=6,
    difficulty=3,
    place="03/7",
    text="""\
This should be the paper's basic block where it halves the map. In the branch, the first of two 3x3 convolutions has
stride 2; each is followed by batch norm, and a ReLU stands between them. The shortcut is a 1x1 convolution of stride
2 with batch norm. Then comes the sum, and a ReLU of it. First the two ways don't even meet: print the shape of both.
Then look at the smallest value that leaves each way.

```python
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            *(nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU()),
            *(nn.Conv2d(out_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU()),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2))

    def forward(self, x):
        return torch.relu(self.branch(x) + self.shortcut(x))
```
""",
)

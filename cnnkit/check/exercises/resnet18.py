"""ResNet-18, from the paper's table and without a card."""

import torch
from torch import Tensor, nn

from cnnkit.check.modules import module_exercise


def resnet18(num_classes: int = 1000, width: int = 64) -> nn.Module:
    """[N, 3, H, W] -> logits [N, num_classes]; width: channels of the stem, 64 in the paper."""

    def conv(given: int, made: int, kernel: int, stride: int = 1) -> list[nn.Module]:
        return [nn.Conv2d(given, made, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(made)]

    class Block(nn.Module):
        def __init__(self, given: int, made: int, stride: int) -> None:
            super().__init__()
            self.branch = nn.Sequential(*conv(given, made, 3, stride), nn.ReLU(), *conv(made, made, 3))
            self.shortcut = nn.Sequential()
            if stride > 1 or given != made:
                self.shortcut = nn.Sequential(*conv(given, made, 1, stride))

        def forward(self, x: Tensor) -> Tensor:
            return torch.relu(self.branch(x) + self.shortcut(x))

    layers: list[nn.Module] = [*conv(3, width, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    channels = width
    for stage in range(4):
        made = width * 2**stage
        layers += [Block(channels, made, 2 if stage > 0 else 1), Block(made, made, 1)]
        channels = made
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes))


BUGS = r"""
biases-left: The convolutions have biases.
    The batch norm behind each takes them away again, so the table's network has none.
    bias=False -> bias=True
stem-norm-missing: The stem has no batch norm.
    Each convolution is followed by one.
    *conv(3, width, 7, 2), -> nn.Conv2d(3, width, 7, 2, 3, bias=False),
no-pool: The stem has no max pool.
    conv2_x begins with it.
    , nn.MaxPool2d(3, 2, 1)] -> ]
first-stage-halves: The first stage halves the map, too.
    The pool before it has done so.
    2 if stage > 0 else 1 -> 2
never-halves: No stage halves the map.
    conv3_x, conv4_x and conv5_x begin with a stride of 2.
    2 if stage > 0 else 1 -> 1
second-block-halves: The second block of a stage halves the map.
    In the paper it is the first.
    Block(channels, made, 2 if stage > 0 else 1), Block(made, made, 1) -> Block(channels, made, 1), Block(made, made, 2 if stage > 0 else 1)
three-blocks: There are three blocks in a stage.
    Two of them have four convolutions; with stem and classifier that makes 18 layers.
    , Block(made, made, 1)] -> , Block(made, made, 1), Block(made, made, 1)]
stride-in-second: In a block, the second convolution has the stride.
    It belongs to the first, so that the second has less work.
    *conv(given, made, 3, stride), nn.ReLU(), *conv(made, made, 3) -> *conv(given, made, 3), nn.ReLU(), *conv(made, made, 3, stride)
shortcut-norm-missing: The projection has no batch norm.
    Each convolution is followed by one.
    nn.Sequential(*conv(given, made, 1, stride)) -> nn.Conv2d(given, made, 1, stride, bias=False)
relu-before-sum: The last ReLU of a block comes before the sum.
    It comes after it.
    torch.relu(self.branch(x) + self.shortcut(x)) -> self.branch(x).relu() + self.shortcut(x)
relu-missing-last: After the sum there is no ReLU.
    The paper's block ends with it.
    torch.relu(self.branch(x) + self.shortcut(x)) -> self.branch(x) + self.shortcut(x)
maximum-at-end: The head takes the largest value of each map.
    It should be the mean.
    nn.AdaptiveAvgPool2d(1) -> nn.AdaptiveMaxPool2d(1)
softmax-at-end: The network ends with a softmax.
    Logits are asked for.
    nn.Linear(channels, num_classes)) -> nn.Linear(channels, num_classes), nn.Softmax(1))
classes-ignored: The number of classes is ignored.
    It is an argument.
    nn.Linear(channels, num_classes)) -> nn.Linear(channels, 10))
    nn.Linear(channels, num_classes)) -> nn.Linear(channels, 1000))
wrong-value: With equal weights the result is wrong.
    Check one block alone, then a stage, then the stem.
"""  # noqa: E501

EXERCISE = module_exercise(
    resnet18,
    BUGS,
    [((7, 4), (2, 3, 64, 64))],
    most=1,
    same=("cnnkit.models",),
    praise="Right: with width 64 and 1,000 classes it is torchvision's, 11,689,512 parameters.",
    title="ResNet-18, from its table",
    minutes=12,
    difficulty=4,
    place="04/5",
    text="""\
No card this time. Build ResNet-18 from the table of the paper (He et al. 2016, table 1), as torchvision has it: no
convolution has a bias, and each is followed by batch norm. `width` is 64 in the paper; we also try a narrow one.

| part | layers | channels |
|---|---|---|
| conv1 | 7x7, stride 2, padding 3; ReLU; max pool 3x3, stride 2, padding 1 | width |
| conv2_x | two basic blocks | width |
| conv3_x | two basic blocks, the first with stride 2 | 2 width |
| conv4_x | two basic blocks, the first with stride 2 | 4 width |
| conv5_x | two basic blocks, the first with stride 2 | 8 width |
| head | mean of each map; linear layer to the logits | |

A basic block has two 3x3 convolutions with a ReLU between them. Where stride or channels change, the first has the
stride, and the shortcut is a 1x1 convolution with that stride and batch norm; elsewhere it is the input. A ReLU
follows the sum.
""",
)

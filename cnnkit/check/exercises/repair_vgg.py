"""A small VGG with four faults, two of them in its shapes."""

from torch import Tensor, nn

from cnnkit.check.modules import module_exercise


class RepairVGG(nn.Module):
    """Three stages on 32x32 photos, each a 3x3 convolution, a ReLU and a pool that halves; then a linear layer."""

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        )
        self.classifier = nn.Linear(16 * 4 * 4, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """[N, 3, 32, 32] -> logits [N, num_classes]."""
        logits: Tensor = self.classifier(self.features(x).flatten(1))
        return logits


BUGS = r"""
head-made-to-fit: The linear layer was made to fit wrong maps.
    Print the shape after each layer: which one does not halve, or keep, the size?
    3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),\n            *(nn.Conv2d(8 -> 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, stride=1)),\n            *(nn.Conv2d(8 ;; 4 * 4 -> 7 * 7
    nn.Conv2d(16, 16, 3, padding=1) -> nn.Conv2d(16, 16, 3) ;; 4 * 4 -> 3 * 3
    3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),\n            *(nn.Conv2d(8 -> 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, stride=1)),\n            *(nn.Conv2d(8 ;; nn.Conv2d(16, 16, 3, padding=1) -> nn.Conv2d(16, 16, 3) ;; 4 * 4 -> 6 * 6
softmax-at-end: The results of each photo add up to 1, or are all negative.
    Logits are asked for: the loss does the rest.
    self.classifier(self.features(x).flatten(1)) -> self.classifier(self.features(x).flatten(1)).softmax(1)
    self.classifier(self.features(x).flatten(1)) -> self.classifier(self.features(x).flatten(1)).log_softmax(1)
relu-at-end: No result is negative.
    A logit may be.
    self.classifier(self.features(x).flatten(1)) -> self.classifier(self.features(x).flatten(1)).relu()
no-relu: Between two convolutions there is only a pool.
    Keep the maps of each layer, and look whether some are still negative after a pool.
    nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), -> nn.Conv2d(8, 16, 3, padding=1),
    nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), -> nn.Conv2d(3, 8, 3, padding=1),
    nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), -> nn.Conv2d(16, 16, 3, padding=1),
average-pool: A pool takes the mean.
    They were max pools, and those are right.
    nn.ReLU(), nn.MaxPool2d(2)),\n            *(nn.Conv2d(16 -> nn.ReLU(), nn.AvgPool2d(2)),\n            *(nn.Conv2d(16
wrong-parameters: The layers have the wrong weights.
    No layer is missing and none is needed more: mend those that are there.
wrong-value: The shapes are right, and the values are not.
    Look at the smallest value after each layer, and at the sum of the results.
"""  # noqa: E501

EXERCISE = module_exercise(
    RepairVGG,
    BUGS,
    [((7,), (2, 3, 32, 32))],
    name="repair_vgg",
    praise="All four faults are gone.",
    title="repair four faults of a VGG",
    minutes=8,
    difficulty=3,
    place="02/6",
    text="""\
Three stages on a photo of 32x32: a 3x3 convolution with padding 1, a ReLU, and a 2x2 max pool of stride 2, with 8, 16
and 16 channels. Then the 16 maps of 4x4 are flattened, and a linear layer gives the logits. Somebody wrote it with
four faults, a minute each. Two show in the shapes: the network stops. Two show in the values alone, when the shapes
are mended.

```python
class RepairVGG(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, stride=1)),
            *(nn.Conv2d(8, 16, 3, padding=1), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 16, 3), nn.ReLU(), nn.MaxPool2d(2)),
        )
        self.classifier = nn.Linear(16 * 4 * 4, num_classes)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1)).softmax(1)
```
""",
)

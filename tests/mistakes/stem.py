# Answers to stem; see README.md.
# === wrong padding-missing (blind): the convolution has no padding
def stem():
    return nn.Sequential(nn.Conv2d(3, 64, 7, stride=2), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
# === wrong pool-padding-missing (blind): the pool has no padding
def stem():
    return nn.Sequential(nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2))
# === wrong pool-2x2 (blind): VGG's pool
def stem():
    return nn.Sequential(nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2))
# === wrong pool-stride-missing (blind): the pool's stride is that of its window by default
def stem():
    return nn.Sequential(nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, padding=1))
# === wrong no-pool (blind): the pool is forgotten
def stem():
    return nn.Sequential(nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.BatchNorm2d(64), nn.ReLU())
# === wrong stride-ignored (blind): the convolution has no stride
def stem():
    return nn.Sequential(nn.Conv2d(3, 64, 7, padding=3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
# === wrong no-relu (blind): no ReLU
def stem():
    return nn.Sequential(nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.BatchNorm2d(64), nn.MaxPool2d(3, 2, 1))
# === wrong no-norm (blind): no batch norm
def stem():
    return nn.Sequential(nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
# === wrong average-pool (blind): an average pool
def stem():
    return nn.Sequential(nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.BatchNorm2d(64), nn.ReLU(), nn.AvgPool2d(3, 2, 1))
# === wrong kernel-3x3 (blind): a 3x3 kernel, as for small photos
def stem():
    return nn.Sequential(nn.Conv2d(3, 64, 3, stride=2, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
# === wrong raises (blind): the batch norm has three channels
def stem():
    return nn.Sequential(nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
# === wrong wrong-value: a ReLU that stops at six... and a softplus
def stem():
    return nn.Sequential(nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.BatchNorm2d(64), nn.Softplus(), nn.MaxPool2d(3, 2, 1))
# === right (blind): a Sequential
def stem() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3),
        nn.BatchNorm2d(64),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
    )
# === wrong bias-missing (blind): no bias, as torchvision has it
def stem():
    conv = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
# === right (blind): layers by name
def stem():
    conv = nn.Conv2d(3, 64, 7, 2, 3)
    return nn.Sequential(conv, nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
# === right (blind): pool before ReLU, which is the same
def stem():
    return nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.MaxPool2d(3, 2, 1), nn.ReLU())
# === right (blind): a class
class Stem(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm2d(64)
        self.conv = nn.Conv2d(3, 64, 7, 2, 3)

    def forward(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        return F.max_pool2d(x, 3, 2, 1)

def stem():
    return Stem()

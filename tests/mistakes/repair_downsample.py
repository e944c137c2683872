# Answers to repair_downsample; see README.md.
# === wrong raises (blind): nothing mended yet
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2))

    def forward(self, x):
        return torch.relu(self.branch(x) + self.shortcut(x))
# === wrong shortcut-norm-missing (blind): the sizes fit now, nothing else
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2))

    def forward(self, x):
        return torch.relu(self.branch(x) + self.shortcut(x))
# === wrong shortcut-norm-missing (blind): all but the shortcut's norm
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2))

    def forward(self, x):
        return torch.relu(self.branch(x) + self.shortcut(x))
# === wrong branch-ends-with-relu (blind): all but the ReLU at the branch's end
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        return torch.relu(self.branch(x) + self.shortcut(x))
# === wrong wrong-stride (blind): the strides were taken out of the first convolution
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        return torch.relu(self.branch(x) + self.shortcut(x))
# === wrong shrinks-to-a-quarter (blind): the shortcut was made to fit: it strides by 4
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=4), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        return torch.relu(self.branch(x) + self.shortcut(x))
# === wrong shortcut-3x3 (blind): the shortcut got a 3x3 convolution
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        return torch.relu(self.branch(x) + self.shortcut(x))
# === wrong shortcut-ends-with-relu (blind): a ReLU in the shortcut, as in the course's block
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2), nn.BatchNorm2d(out_channels), nn.ReLU())

    def forward(self, x):
        return torch.relu(self.branch(x) + self.shortcut(x))
# === wrong no-relu (blind): the ReLU between the convolutions was lost
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels),
            nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        return torch.relu(self.branch(x) + self.shortcut(x))
# === wrong relu-missing-last (blind): no ReLU after the sum
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)
# === wrong wrong-value (blind): the branch is subtracted
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        return torch.relu(self.shortcut(x) - self.branch(x))
# === right (blind): three faults mended
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        return torch.relu(self.branch(x) + self.shortcut(x))
# === right (blind): parts in forward
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        a, b = self.branch(x), self.shortcut(x)
        return F.relu(a + b)
# === right (blind): ReLU as a layer
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels),
        )
        self.relu = nn.ReLU()
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        return self.relu(self.branch(x) + self.shortcut(x))
# === right (blind): another order and other names
class RepairDownsample(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels),
        )
        self.project = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        return torch.relu(self.project(x) + self.branch(x))

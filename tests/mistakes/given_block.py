class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1), nn.BatchNorm2d(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels), nn.ReLU(),
        )  # fmt: skip
        self.shortcut = nn.Sequential()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels), nn.ReLU())

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

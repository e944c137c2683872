class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        rows = [(64, 64, 256), (256, 64, 256), (256, 64, 256, True), (256, 128, 512), *[(512, 128, 512)] * 2]
        rows += [(512, 128, 512, True), (512, 256, 1024), *[(1024, 256, 1024)] * 5]
        self.blocks = nn.Sequential(*(self.block(*row) for row in rows))
        self.fc = nn.Linear(1024, num_classes)

    def block(self, *row):
        try:
            return ResidualBlock(*row)
        except TypeError:  # a flag by name only
            return ResidualBlock(*row[:3], downsample=row[3])

    def forward(self, x):
        return self.fc(self.blocks(self.stem(x)).mean((2, 3)))


# === wrong downsample-misplaced (blind): As in torchvision the first block of stages 2 and 3 downsamples, instead of the last block of stages 1 and 2.
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
        )
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512, downsample=True),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024, downsample=True),
            *[ResidualBlock(1024, 256, 1024) for _ in range(5)],
        )
        self.head = nn.Sequential(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(1024, num_classes))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        return self.head(x)

# === wrong downsample-extra (blind): The last block of stage 3 downsamples too, like those of stages 1 and 2, and the adaptive pool hides that the map is 1x1.
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = self._make_stage(64, 64, 256, 3)
        self.layer2 = self._make_stage(256, 128, 512, 4)
        self.layer3 = self._make_stage(512, 256, 1024, 6)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(1024, num_classes)

    def _make_stage(self, in_ch, mid_ch, out_ch, blocks):
        layers = [ResidualBlock(in_ch, mid_ch, out_ch)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(out_ch, mid_ch, out_ch))
        layers.append(ResidualBlock(out_ch, mid_ch, out_ch, downsample=True))
        return nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stage-depth (blind): Stage 3 has only four blocks (1024, 256, 1024) instead of five, an off-by-one in the range.
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        layers = [
            nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
            # stage 1
            ResidualBlock(64, 64, 256), ResidualBlock(256, 64, 256), ResidualBlock(256, 64, 256, True),
            # stage 2
            ResidualBlock(256, 128, 512), ResidualBlock(512, 128, 512), ResidualBlock(512, 128, 512), ResidualBlock(512, 128, 512, True),
            # stage 3
            ResidualBlock(512, 256, 1024),
        ]
        for i in range(1, 5):
            layers.append(ResidualBlock(1024, 256, 1024))
        layers += [nn.AvgPool2d(2), nn.Flatten(), nn.Linear(1024, num_classes)]
        self.net = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)

# === wrong stem-relu (blind): The ReLU of the stem is forgotten, batch norm goes straight into the max pool.
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(ResidualBlock(64, 64, 256), ResidualBlock(256, 64, 256), ResidualBlock(256, 64, 256, downsample=True))
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.bn(self.conv(x)))     # 64 x 8 x 8
        x = self.stage1(x)                       # 256 x 4 x 4
        x = self.stage2(x)                       # 512 x 2 x 2
        x = self.stage3(x)                       # 1024 x 2 x 2
        x = x.mean(dim=(2, 3))
        return self.fc(x)

# === wrong stem-pool (blind): The max pool of the stem has no padding, so its map is 7x7 instead of 8x8, and the later strides round back to the expected sizes.
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, stride=2, padding=3),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
        )
        blocks = []
        blocks.append(ResidualBlock(64, 64, 256))
        blocks.append(ResidualBlock(256, 64, 256))
        blocks.append(ResidualBlock(256, 64, 256, downsample=True))
        blocks.append(ResidualBlock(256, 128, 512))
        for _ in range(2):
            blocks.append(ResidualBlock(512, 128, 512))
        blocks.append(ResidualBlock(512, 128, 512, downsample=True))
        blocks.append(ResidualBlock(512, 256, 1024))
        for _ in range(5):
            blocks.append(ResidualBlock(1024, 256, 1024))
        self.body = nn.Sequential(*blocks)
        self.pool = nn.AvgPool2d(2)
        self.linear = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.body(self.stem(x))
        x = self.pool(x).flatten(start_dim=1)
        return self.linear(x)

# === wrong softmax-inside (blind): A softmax at the end gives probabilities instead of logits.
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(ResidualBlock(512, 256, 1024), *(ResidualBlock(1024, 256, 1024) for i in range(5)))
        self.head = nn.Sequential(
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.Linear(1024, num_classes),
            nn.Softmax(dim=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.stage3(self.stage2(self.stage1(self.stem(x)))))

# === wrong shared-layer (blind): The repeated blocks are made by multiplying a list, so it is one and the same block, with one set of weights, used two and five times.
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        stem = [nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1)]
        stage1 = [ResidualBlock(64, 64, 256), ResidualBlock(256, 64, 256), ResidualBlock(256, 64, 256, downsample=True)]
        stage2 = [ResidualBlock(256, 128, 512)] + [ResidualBlock(512, 128, 512)] * 2 + [ResidualBlock(512, 128, 512, downsample=True)]
        stage3 = [ResidualBlock(512, 256, 1024)] + [ResidualBlock(1024, 256, 1024)] * 5
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, num_classes)]
        self.layers = nn.Sequential(*stem, *stage1, *stage2, *stage3, *head)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)

# === wrong layers-not-registered (blind): The blocks are kept in a plain Python list, so they are not registered: their parameters are not trained, moved or switched to evaluation mode.
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, stride=2, padding=3),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        self.blocks = [
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
            ResidualBlock(512, 256, 1024),
        ]
        for _ in range(5):
            self.blocks.append(ResidualBlock(1024, 256, 1024))
        self.pool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        x = self.pool(x)
        x = x.view(x.size(0), -1)
        return self.fc(x)

# === wrong pool-head (blind): The head has no average pool: the 2x2 maps are flattened to 4096 numbers for the linear layer.
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
        )
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Linear(1024 * 2 * 2, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        for part in (self.stem, self.stage1, self.stage2, self.stage3, self.head):
            x = part(x)
            # print(x.shape)
        return x

# === wrong stage-depth (blind): A further stage of three blocks with 2048 channels is added before the head, as in the original ResNet-50.
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.layer2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.layer3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.layer4 = nn.Sequential(
            ResidualBlock(1024, 512, 2048),
            ResidualBlock(2048, 512, 2048),
            ResidualBlock(2048, 512, 2048),
        )
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(2048, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))

# === wrong stage-width (blind): The middle channels are computed as a quarter of the block's input channels instead of its output channels, so the first block of each stage is too narrow (16, 64, 128).
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1)
        )
        channels = 64
        blocks = []
        for out, count, down in [(256, 3, True), (512, 4, True), (1024, 6, False)]:
            for i in range(count):
                last = i == count - 1
                blocks.append(ResidualBlock(channels, channels // 4, out, downsample=down and last))
                channels = out
        self.blocks = nn.ModuleList(blocks)
        self.classifier = nn.Linear(channels, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for b in self.blocks:
            x = b(x)
        x = F.avg_pool2d(x, 2).flatten(1)
        return self.classifier(x)

# === wrong not-flattened (blind): The pooled map is not flattened before the linear layer, which then gets [N, 1024, 1, 1] and fails.
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 64, 7, stride=2, padding=3),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),

            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),

            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),

            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),

            nn.AvgPool2d(2),
            nn.Linear(1024, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)

# === wrong stem-padding (blind): Two mistakes: the 7x7 convolution of the stem has no padding (13x13 instead of 16x16), and the number of classes is fixed at 10 whatever num_classes says.
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(3, stride=2, padding=1)

        self.block1_1 = ResidualBlock(64, 64, 256)
        self.block1_2 = ResidualBlock(256, 64, 256)
        self.block1_3 = ResidualBlock(256, 64, 256, downsample=True)

        self.block2_1 = ResidualBlock(256, 128, 512)
        self.block2_2 = ResidualBlock(512, 128, 512)
        self.block2_3 = ResidualBlock(512, 128, 512)
        self.block2_4 = ResidualBlock(512, 128, 512, downsample=True)

        self.block3_1 = ResidualBlock(512, 256, 1024)
        self.block3_2 = ResidualBlock(1024, 256, 1024)
        self.block3_3 = ResidualBlock(1024, 256, 1024)
        self.block3_4 = ResidualBlock(1024, 256, 1024)
        self.block3_5 = ResidualBlock(1024, 256, 1024)
        self.block3_6 = ResidualBlock(1024, 256, 1024)

        self.pool2 = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(1024, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.block1_1(x)
        x = self.block1_2(x)
        x = self.block1_3(x)
        x = self.block2_1(x)
        x = self.block2_2(x)
        x = self.block2_3(x)
        x = self.block2_4(x)
        x = self.block3_1(x)
        x = self.block3_2(x)
        x = self.block3_3(x)
        x = self.block3_4(x)
        x = self.block3_5(x)
        x = self.block3_6(x)
        x = self.pool2(x)
        x = x.reshape(x.shape[0], 1024)
        return self.fc(x)

# === wrong stem-norm (blind): Two mistakes: the stem has no batch norm, and the head takes the maximum of the 2x2 map instead of the average.
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, stride=2, padding=3),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            *[ResidualBlock(1024, 256, 1024) for _ in range(5)]
        )
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = F.max_pool2d(x, 2)
        return self.fc(x.flatten(1))

# === right (blind): stem, stages and head each an nn.Sequential, all blocks written out
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
        )
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.head = nn.Sequential(
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.Linear(1024, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        return self.head(x)

# === right (blind): a table of stages and a double loop into an nn.ModuleList, mean over the positions
class ResNet50Layer4(nn.Module):
    STAGES = [(64, 256, 3, True), (128, 512, 4, True), (256, 1024, 6, False)]  # middle, out, blocks, halve at the end?

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.norm = nn.BatchNorm2d(64)
        self.blocks = nn.ModuleList()
        width = 64
        for middle, out, count, halve in self.STAGES:
            for i in range(1, count + 1):
                self.blocks.append(ResidualBlock(width, middle, out, downsample=halve and i == count))
                width = out
        self.classify = nn.Linear(width, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.norm(self.conv(x))), 3, stride=2, padding=1)
        for block in self.blocks:
            x = block(x)
        return self.classify(x.mean(dim=(-2, -1)))

# === right (blind): the class is itself an nn.Sequential, one flat list, forward inherited
class ResNet50Layer4(nn.Sequential):
    def __init__(self, num_classes: int = 10) -> None:
        R = ResidualBlock
        super().__init__(
            nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(True), nn.MaxPool2d(3, 2, 1),
            R(64, 64, 256), R(256, 64, 256), R(256, 64, 256, True),
            R(256, 128, 512), R(512, 128, 512), R(512, 128, 512), R(512, 128, 512, True),
            R(512, 256, 1024), *(R(1024, 256, 1024) for _ in range(5)),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, num_classes),
        )

# === right (blind): torchvision-like names with a helper method that makes a stage, Kaiming initialisation
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super(ResNet50Layer4, self).__init__()
        self.in_planes = 64
        self.conv1 = nn.Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._make_layer(64, 3, downsample_last=True)
        self.layer2 = self._make_layer(128, 4, downsample_last=True)
        self.layer3 = self._make_layer(256, 6, downsample_last=False)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(256 * 4, num_classes)

        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def _make_layer(self, planes: int, blocks: int, downsample_last: bool) -> nn.Sequential:
        layers = []
        for i in range(blocks):
            down = downsample_last and (i + 1 == blocks)
            layers.append(ResidualBlock(self.in_planes, planes, planes * 4, down))
            self.in_planes = planes * 4
        return nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu(x)
        x = self.maxpool(x)

        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)

        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        x = self.fc(x)
        return x

# === right (blind): head registered first, blocks as single attributes through setattr and getattr, pooling by hand as a sum of the four corners
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.out = nn.Linear(1024, num_classes)
        plan = [
            (64, 64, 256, False),
            (256, 64, 256, False),
            (256, 64, 256, True),
            (256, 128, 512, False),
            (512, 128, 512, False),
            (512, 128, 512, False),
            (512, 128, 512, True),
            (512, 256, 1024, False),
        ] + [(1024, 256, 1024, False)] * 5      # only numbers, every block is made anew below
        self.n_blocks = len(plan)
        for i, args in enumerate(plan):
            setattr(self, f"block{i}", ResidualBlock(*args))
        self.stem_bn = nn.BatchNorm2d(64)
        self.stem_conv = nn.Conv2d(3, 64, 7, stride=2, padding=3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem_bn(self.stem_conv(x)).relu()
        x = F.max_pool2d(x, kernel_size=3, stride=2, padding=1)
        for i in range(self.n_blocks):
            x = getattr(self, f"block{i}")(x)
        x = (x[:, :, 0, 0] + x[:, :, 0, 1] + x[:, :, 1, 0] + x[:, :, 1, 1]) / 4
        return self.out(x)

# === right (blind): small helper modules, nn.ModuleDict and functools.reduce, pooling by einsum
from functools import reduce


class Stem(nn.Module):
    def __init__(self):
        super().__init__()
        self.pad = nn.ZeroPad2d(3)
        self.conv = nn.Conv2d(3, 64, 7, stride=2)
        self.bn = nn.BatchNorm2d(64)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)

    def forward(self, x):
        return self.pool(torch.relu(self.bn(self.conv(self.pad(x)))))


class Mean(nn.Module):
    def forward(self, x):
        return torch.einsum("nchw->nc", x) / (x.shape[2] * x.shape[3])


def stage(cin, mid, cout, between, last_down):
    """first block, `between` equal ones, and (if last_down) one that halves the map"""
    blocks = [ResidualBlock(cin, mid, cout)]
    blocks += [ResidualBlock(cout, mid, cout) for _ in range(between)]
    if last_down:
        blocks += [ResidualBlock(cout, mid, cout, downsample=True)]
    return nn.Sequential(*blocks)


class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.parts = nn.ModuleDict({
            "stem": Stem(),
            "stage1": stage(64, 64, 256, 1, True),
            "stage2": stage(256, 128, 512, 2, True),
            "stage3": stage(512, 256, 1024, 5, False),
            "mean": Mean(),
            "linear": nn.Linear(1024, num_classes),
        })

    def forward(self, x: Tensor) -> Tensor:
        return reduce(lambda value, part: part(value), self.parts.values(), x)

# === wrong not-started: the stub as handed out
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        # YOUR CODE HERE

    def forward(self, x: Tensor) -> Tensor:
        """[N, 3, 32, 32] -> logits [N, num_classes]."""
        # YOUR CODE HERE

# === wrong super-init-missing: no super().__init__()
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong does-not-construct: no argument for the classes
class ResNet50Layer4(nn.Module):
    def __init__(self, ):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, 10)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong does-not-construct: a block is called with too few numbers
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong attribute-missing: a mistyped attribute in forward
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong returns-nothing: the return is forgotten
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        x = self.fc(x)

# === wrong wrong-type: returns features and logits
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return x, self.fc(x)

# === wrong stem-kernel: a 3x3 stem, as everyone has it for CIFAR
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=2, padding=1)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stem-stride: no stride in the stem
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stem-padding: padding 1
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=1)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stem-width: 32 channels, and a first block to match
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(32)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(32, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stem-norm: no batch norm in the stem
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stem-norm: ReLU first
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.bn1(F.relu(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stem-relu: no ReLU in the stem
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.bn1(self.conv1(x))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stem-pool: no max pool
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stem-pool: an average pool
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.AvgPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stem-pool: a 2x2 pool
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(2)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stage-depth: one block too few in stage 1
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 2, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stage-depth: the depths of the paper with its last stage left out of the table
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 3, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stage-depth: only two stages
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(512, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stage-width: stage 2 is as narrow as stage 1 inside
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 64, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stage-width: half of the channels in the last stage
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 512, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(512, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stage-chain: stage 2 is built for the middle channels of stage 1
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(64, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stage-chain: the loop builds all blocks for the first input
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cin, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong block-wrong: a block of its own without the last ReLUs, as in the paper
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [MyBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(MyBlock(cout, cmid, cout))
        layers.append(MyBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)


class MyBlock(nn.Module):
    def __init__(self, cin, cmid, cout, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(cin, cmid, 1, s), nn.BatchNorm2d(cmid), nn.ReLU(),
            nn.Conv2d(cmid, cmid, 3, 1, 1), nn.BatchNorm2d(cmid), nn.ReLU(),
            nn.Conv2d(cmid, cout, 1), nn.BatchNorm2d(cout),
        )
        self.shortcut = nn.Sequential()
        if downsample or cin != cout:
            self.shortcut = nn.Sequential(nn.Conv2d(cin, cout, 1, s), nn.BatchNorm2d(cout))

    def forward(self, x):
        return F.relu(self.branch(x) + self.shortcut(x))

# === wrong block-wrong: the stride in the 3x3
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [MyBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(MyBlock(cout, cmid, cout))
        layers.append(MyBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)


class MyBlock(nn.Module):
    def __init__(self, cin, cmid, cout, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(cin, cmid, 1), nn.BatchNorm2d(cmid), nn.ReLU(),
            nn.Conv2d(cmid, cmid, 3, s, 1), nn.BatchNorm2d(cmid), nn.ReLU(),
            nn.Conv2d(cmid, cout, 1), nn.BatchNorm2d(cout), nn.ReLU(),
        )
        self.shortcut = nn.Sequential()
        if downsample or cin != cout:
            self.shortcut = nn.Sequential(nn.Conv2d(cin, cout, 1, s), nn.BatchNorm2d(cout), nn.ReLU())

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

# === wrong block-wrong: blocks without a shortcut
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [plain(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(plain(cout, cmid, cout))
        layers.append(plain(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)


def plain(cin, cmid, cout, downsample=False):
    s = 2 if downsample else 1
    return nn.Sequential(
        nn.Conv2d(cin, cmid, 1, s), nn.BatchNorm2d(cmid), nn.ReLU(),
        nn.Conv2d(cmid, cmid, 3, 1, 1), nn.BatchNorm2d(cmid), nn.ReLU(),
        nn.Conv2d(cmid, cout, 1), nn.BatchNorm2d(cout), nn.ReLU(),
    )

# === wrong downsample-missing: no block downsamples
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong downsample-missing: stage 2 does not downsample
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=False)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong downsample-extra: stage 3 downsamples too
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=True)
        self.pool2 = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong downsample-misplaced: stages 2 and 3 end in downsampling, stage 1 does not
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=False)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=True)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong pool-head: a max pool in the head
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.MaxPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong pool-head: no pool, and a linear layer for 1024
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong classifier-width: 2048 features as in the whole ResNet-50
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(2048, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong classifier-classes: always ten
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, 10)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong flatten-batch: flattens the batch too
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x)
        return self.fc(x)

# === wrong flatten-batch: a view with a batch of one
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = x.view(1, -1)
        return self.fc(x)

# === wrong flatten-batch: a squeeze that eats a batch of one
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = x.squeeze()
        return self.fc(x)

# === wrong not-flattened: no flatten
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        return self.fc(x)

# === wrong softmax-inside: log softmax
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return F.log_softmax(self.fc(x), dim=1)

# === wrong softmax-inside: a sigmoid
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return torch.sigmoid(self.fc(x))

# === wrong differs-in-training: dropout before the classifier
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(F.dropout(x, 0.5, self.training))

# === wrong extra-layer: a ReLU on the logits
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return F.relu(self.fc(x))

# === wrong extra-layer: a ReLU between the stages, after a batch norm
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = F.layer_norm(x, x.shape[1:])
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong shared-layer: stage 3 is run twice
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.stage3[1:](x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong layers-not-registered: the stages in a plain dict
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stages = {}
        self.stages[1] = self.stage(64, 64, 256, 3, downsample=True)
        self.stages[2] = self.stage(256, 128, 512, 4, downsample=True)
        self.stages[3] = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stages[1](x)
        x = self.stages[2](x)
        x = self.stages[3](x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong layers-not-registered: the blocks are made in forward
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage(512, 256, 1024, 6, False)(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong too-slow: a loop without end
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        while x.shape[2] != 1:
            self.stage3[2](x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong gradient-stopped: the stem is detached
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x.detach())
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong kit-solution: the kit's own network
from cnnkit import models


def ResNet50Layer4(num_classes=10):
    return models.build("resnet50_layer4", num_classes)

# === wrong stem-stride: two mistakes: no stride in the stem, and a softmax at the end
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x).softmax(1)

# === wrong stage-depth: two mistakes: a block too few, and ten classes always
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 5, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Linear(1024, 10)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === right: an adaptive pool and a view
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(1024, num_classes)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [ResidualBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(ResidualBlock(cout, cmid, cout))
        layers.append(ResidualBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        x = x.view(x.size(0), -1)
        return self.fc(x)

# === right: blocks of its own with the projection everywhere, and the head as a 1x1 convolution
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = self.stage(64, 64, 256, 3, downsample=True)
        self.stage2 = self.stage(256, 128, 512, 4, downsample=True)
        self.stage3 = self.stage(512, 256, 1024, 6, downsample=False)
        self.pool2 = nn.AvgPool2d(2, stride=1)
        self.fc = nn.Conv2d(1024, num_classes, 1)

    def stage(self, cin, cmid, cout, blocks, downsample):
        layers = [MyBlock(cin, cmid, cout)]
        for _ in range(blocks - 2):
            layers.append(MyBlock(cout, cmid, cout))
        layers.append(MyBlock(cout, cmid, cout, downsample))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool1(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool2(x)
        return self.fc(x).flatten(1)


class MyBlock(nn.Module):
    def __init__(self, cin, cmid, cout, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.project = nn.Sequential(nn.Conv2d(cin, cout, 1, s, bias=False), nn.BatchNorm2d(cout), nn.ReLU())
        self.c1, self.b1 = nn.Conv2d(cin, cmid, 1, s, bias=False), nn.BatchNorm2d(cmid)
        self.c2, self.b2 = nn.Conv2d(cmid, cmid, 3, padding="same", bias=False), nn.BatchNorm2d(cmid)
        self.c3, self.b3 = nn.Conv2d(cmid, cout, 1, bias=False), nn.BatchNorm2d(cout)

    def forward(self, x):
        y = self.b1(self.c1(x)).relu()
        y = self.b2(self.c2(y)).relu()
        return self.b3(self.c3(y)).relu().add(self.project(x))

# === right: everything functional, einsum for the 1x1 convolutions
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        spec, cin = [], 64
        for cmid, cout, n, last in ((64, 256, 3, 2), (128, 512, 4, 2), (256, 1024, 6, 1)):
            for i in range(n):
                spec.append((cin, cmid, cout, last if i == n - 1 else 1))
                cin = cout
        self.blocks = nn.ModuleList(Einsum(*s) for s in spec)
        self.weight = nn.Parameter(torch.randn(1024, num_classes) * 0.01)
        self.bias = nn.Parameter(torch.zeros(num_classes))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return torch.einsum("nchw,ck->nk", x, self.weight) / 4 + self.bias


class Einsum(nn.Module):
    def __init__(self, cin, cmid, cout, stride):
        super().__init__()
        self.stride = stride
        self.n3, self.n2, self.n1 = nn.BatchNorm2d(cout), nn.BatchNorm2d(cmid), nn.BatchNorm2d(cmid)
        self.w1 = nn.Parameter(torch.randn(cmid, cin) / cin**0.5)
        self.w2 = nn.Conv2d(cmid, cmid, 3, padding=1, bias=False)
        self.w3 = nn.Parameter(torch.randn(cout, cmid) / cmid**0.5)
        self.w0 = self.n0 = None
        if stride > 1 or cin != cout:
            self.w0, self.n0 = nn.Parameter(torch.randn(cout, cin) / cin**0.5), nn.BatchNorm2d(cout)

    def forward(self, x):
        x = x[:, :, :: self.stride, :: self.stride]
        y = F.relu(self.n1(torch.einsum("nchw,oc->nohw", x, self.w1)))
        y = F.relu(self.n2(self.w2(y)))
        y = F.relu(self.n3(torch.einsum("nchw,oc->nohw", y, self.w3)))
        if self.w0 is not None:
            x = F.relu(self.n0(torch.einsum("nchw,oc->nohw", x, self.w0)))
        return y + x

# === wrong downsample-misplaced (blind): downsample=True is given to the first block of stages 1 and 2 (as in torchvision) instead of the last one
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256, downsample=True),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512, downsample=True),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.pool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.pool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stage-depth (blind): stage 3 has only five blocks in all, the first one was counted among the "five times"
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)

        self.layer1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, True),
        )
        self.layer2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, True),
        )
        blocks = [ResidualBlock(512, 256, 1024)]
        for i in range(1, 5):
            blocks.append(ResidualBlock(1024, 256, 1024))
        self.layer3 = nn.Sequential(*blocks)

        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.avgpool(x)
        x = x.view(x.size(0), -1)
        return self.fc(x)

# === wrong shared-layer (blind): a list is multiplied, so the repeated blocks of stage 3 are one and the same module with shared weights
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.net = nn.Sequential(
            # stem
            nn.Conv2d(3, 64, 7, stride=2, padding=3), nn.BatchNorm2d(64), nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
            # stage 1
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
            # stage 2
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
            # stage 3
            ResidualBlock(512, 256, 1024),
            *([ResidualBlock(1024, 256, 1024)] * 5),
            # head
            nn.AvgPool2d(2), nn.Flatten(), nn.Linear(1024, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)

# === wrong softmax-inside (blind): a softmax at the end, the network returns probabilities instead of logits
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.stage_1 = nn.Sequential(ResidualBlock(64, 64, 256), ResidualBlock(256, 64, 256), ResidualBlock(256, 64, 256, downsample=True))
        self.stage_2 = nn.Sequential(ResidualBlock(256, 128, 512), *[ResidualBlock(512, 128, 512) for _ in range(2)], ResidualBlock(512, 128, 512, downsample=True))
        self.stage_3 = nn.Sequential(ResidualBlock(512, 256, 1024), *[ResidualBlock(1024, 256, 1024) for _ in range(5)])
        self.head = nn.Sequential(
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.Linear(1024, num_classes),
            nn.Softmax(dim=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        out = self.stem(x)
        out = self.stage_1(out)
        out = self.stage_2(out)
        out = self.stage_3(out)
        return self.head(out)

# === wrong stem-relu (blind): the ReLU of the stem was forgotten, batch norm goes straight into the max pool
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super(ResNet50Layer4, self).__init__()
        self.conv = nn.Conv2d(in_channels=3, out_channels=64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.block1_1 = ResidualBlock(64, 64, 256)
        self.block1_2 = ResidualBlock(256, 64, 256)
        self.block1_3 = ResidualBlock(256, 64, 256, True)
        self.block2_1 = ResidualBlock(256, 128, 512)
        self.block2_2 = ResidualBlock(512, 128, 512)
        self.block2_3 = ResidualBlock(512, 128, 512)
        self.block2_4 = ResidualBlock(512, 128, 512, True)
        self.block3_1 = ResidualBlock(512, 256, 1024)
        self.block3_2 = ResidualBlock(1024, 256, 1024)
        self.block3_3 = ResidualBlock(1024, 256, 1024)
        self.block3_4 = ResidualBlock(1024, 256, 1024)
        self.block3_5 = ResidualBlock(1024, 256, 1024)
        self.block3_6 = ResidualBlock(1024, 256, 1024)
        self.avg = nn.AvgPool2d(kernel_size=2)
        self.linear = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = self.bn(x)
        x = self.pool(x)   # [N, 64, 8, 8]
        x = self.block1_1(x)
        x = self.block1_2(x)
        x = self.block1_3(x)   # [N, 256, 4, 4]
        x = self.block2_1(x)
        x = self.block2_2(x)
        x = self.block2_3(x)
        x = self.block2_4(x)   # [N, 512, 2, 2]
        x = self.block3_1(x)
        x = self.block3_2(x)
        x = self.block3_3(x)
        x = self.block3_4(x)
        x = self.block3_5(x)
        x = self.block3_6(x)   # [N, 1024, 2, 2]
        x = self.avg(x)
        x = x.flatten(1)
        return self.linear(x)

# === wrong not-flattened (blind): the pooled map is not flattened before the linear layer, which raises a shape error
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        )
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True)
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True)
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024)
        )
        self.head = nn.Sequential(
            nn.AvgPool2d(2),
            nn.Linear(1024, num_classes)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = self.stage3(self.stage2(self.stage1(x)))
        return self.head(x)

# === right (blind): blocks made from a table into one nn.ModuleList, head registered first, mean() instead of a pooling layer, functional stem
class ResNet50Layer4(nn.Module):
    BLOCKS = (
        [(64, 64, 256, False), (256, 64, 256, False), (256, 64, 256, True)]
        + [(256, 128, 512, False)] + [(512, 128, 512, False)] * 2 + [(512, 128, 512, True)]
        + [(512, 256, 1024, False)] + [(1024, 256, 1024, False)] * 5
    )

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.classifier = nn.Linear(self.BLOCKS[-1][2], num_classes)
        self.blocks = nn.ModuleList(ResidualBlock(*args) for args in self.BLOCKS)
        self.first_norm = nn.BatchNorm2d(64)
        self.first_conv = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.first_norm(self.first_conv(x)))
        x = F.max_pool2d(x, 3, stride=2, padding=1)
        for block in self.blocks:
            x = block(x)
        return self.classifier(x.mean(dim=(2, 3)))

# === right (blind): helper method that makes a stage with a running channel count, add_module, ReLU after the max pool (the same values), average by einsum and division
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.channels = 64
        self.features = nn.Sequential()
        self.features.add_module("conv", nn.Conv2d(3, 64, (7, 7), (2, 2), (3, 3)))
        self.features.add_module("norm", nn.BatchNorm2d(64))
        self.features.add_module("pool", nn.MaxPool2d(3, 2, 1))
        # ReLU and max pool can be swapped: the max of the clipped is the clipped max
        self.features.add_module("relu", nn.ReLU())
        self.features.add_module("stage1", self._stage(64, 3, True))
        self.features.add_module("stage2", self._stage(128, 4, True))
        self.features.add_module("stage3", self._stage(256, 6, False))
        self.fc = nn.Linear(1024, num_classes)

    def _stage(self, middle: int, count: int, shrink_at_end: bool) -> nn.Sequential:
        layers = []
        for i in range(count):
            last = i == count - 1
            layers.append(ResidualBlock(self.channels, middle, 4 * middle, downsample=last and shrink_at_end))
            self.channels = 4 * middle
        return nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        maps = self.features(x)
        pooled = torch.einsum("nchw->nc", maps) / (maps.shape[2] * maps.shape[3])
        return self.fc(pooled)

# === right: the width of the head comes from a trial run in the constructor, and the stem is lazy
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.LazyConv2d(64, 7, 2, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
            *self.stage(64, 64, 256, 3, True), *self.stage(256, 128, 512, 4, True), *self.stage(512, 256, 1024, 6, False),
            nn.AvgPool2d(2, 1), nn.Flatten(),
        )
        with torch.no_grad():
            width = self.features(torch.zeros(2, 3, 32, 32)).shape[1]
        self.fc = nn.Linear(width, num_classes)

    def stage(self, before, middle, after, blocks, downsample):
        yield ResidualBlock(before, middle, after)
        for _ in range(blocks - 2):
            yield ResidualBlock(after, middle, after)
        yield ResidualBlock(after, middle, after, downsample)

    def forward(self, x):
        return self.fc(self.features(x))
# === right: a lazy head
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        layers = [nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        before = 64
        for middle, blocks, downsample in ((64, 3, True), (128, 4, True), (256, 6, False)):
            for i in range(blocks):
                layers.append(ResidualBlock(before, middle, 4 * middle, downsample and i == blocks - 1))
                before = 4 * middle
        self.layers = nn.Sequential(*layers, nn.AvgPool2d(2, 1), nn.Flatten())
        self.fc = nn.LazyLinear(num_classes)

    def forward(self, x):
        return self.fc(self.layers(x))

# === wrong layer-unused (blind): stage 2 is forgotten in forward
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stem-pool (blind): the pool is built and not called
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn(self.conv(x)))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong layer-unused (blind): stage 3 gets the output of stage 1
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        y = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong star-missing (blind): nn.Sequential is given a list of blocks
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential([
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        ])
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong star-missing (blind): the star is forgotten
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        layers = [nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        channels = 64
        for middle, out, blocks, last in [(64, 256, 3, True), (128, 512, 4, True), (256, 1024, 6, False)]:
            for i in range(blocks):
                layers.append(ResidualBlock(channels, middle, out, last and i == blocks - 1))
                channels = out
        self.features = nn.Sequential(layers)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes))

    def forward(self, x):
        return self.head(self.features(x))

# === wrong not-a-layer (blind): nn.Flatten without brackets in the head
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.head = nn.Sequential(nn.AvgPool2d(2), nn.Flatten, nn.Linear(1024, num_classes))

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        return self.head(x)

# === wrong layer-unused (blind): a loop over the layers in forward returns after the first
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        layers = [nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        channels = 64
        for middle, out, blocks, last in [(64, 256, 3, True), (128, 512, 4, True), (256, 1024, 6, False)]:
            for i in range(blocks):
                layers.append(ResidualBlock(channels, middle, out, last and i == blocks - 1))
                channels = out
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes))

    def forward(self, x):
        for layer in self.features:
            x = layer(x)
            return self.head(x)

# === wrong classifier-width (blind): the linear layer is made for the four positions: 4096
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024 * 2 * 2, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong arguments-exchanged (blind): the linear layer's two numbers are exchanged
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(num_classes, 1024)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong wrong-width (blind): the stem's batch norm is made for 3 channels
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(3)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong extra-layer (blind): the answer is the class that wins: argmax
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x).argmax(dim=1)

# === wrong stage-chain (blind): the channels are never updated in the loop
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        layers = [nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        channels = 64
        for middle, out, blocks, last in [(64, 256, 3, True), (128, 512, 4, True), (256, 1024, 6, False)]:
            for i in range(blocks):
                layers.append(ResidualBlock(channels, middle, out, last and i == blocks - 1))
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes))

    def forward(self, x):
        return self.head(self.features(x))

# === wrong stage-depth (blind): range(1, blocks) leaves one block out in each stage
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        layers = [nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        channels = 64
        for middle, out, blocks, last in [(64, 256, 3, True), (128, 512, 4, True), (256, 1024, 6, False)]:
            for i in range(1, blocks):
                layers.append(ResidualBlock(channels, middle, out, last and i == blocks - 1))
                channels = out
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes))

    def forward(self, x):
        return self.head(self.features(x))

# === wrong downsample-misplaced (blind): every block of a stage but the last downsamples
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        layers = [nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        channels = 64
        for middle, out, blocks, last in [(64, 256, 3, True), (128, 512, 4, True), (256, 1024, 6, False)]:
            for i in range(blocks):
                layers.append(ResidualBlock(channels, middle, out, last and i < blocks - 1))
                channels = out
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes))

    def forward(self, x):
        return self.head(self.features(x))

# === wrong stem-padding (blind): stem without padding: MaxPool2d(3, 2) and Conv2d(3, 64, 7, 2)
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        layers = [nn.Conv2d(3, 64, 7, 2), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2)]
        channels = 64
        for middle, out, blocks, last in [(64, 256, 3, True), (128, 512, 4, True), (256, 1024, 6, False)]:
            for i in range(blocks):
                layers.append(ResidualBlock(channels, middle, out, last and i == blocks - 1))
                channels = out
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes))

    def forward(self, x):
        return self.head(self.features(x))

# === wrong stage-width (blind): a block's middle and out channels are exchanged
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 512, 128),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong no-forward (blind): no forward at all
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)


# === wrong softmax-inside (blind): softmax over the batch
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return F.softmax(self.fc(x), dim=0)

# === wrong extra-layer (blind): two linear layers with a ReLU, as in VGG
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Sequential(nn.Linear(1024, 512), nn.ReLU(), nn.Linear(512, num_classes))

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong stem-pool (blind): stages run in the wrong order: the pool after stage 1
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn(self.conv(x)))
        x = self.stage1(x)
        x = self.pool(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)

# === wrong extra-layer (blind): the logits are averaged over the photos
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x).mean(0)

# === wrong flatten-batch (blind): x.view(32, -1) for a batch of 32
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = x.view(32, -1)
        return self.fc(x)

# === right (blind): nested nn.Sequential with an OrderedDict-free naming by add_module
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        layers = [nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        channels = 64
        for middle, out, blocks, last in [(64, 256, 3, True), (128, 512, 4, True), (256, 1024, 6, False)]:
            for i in range(blocks):
                layers.append(ResidualBlock(channels, middle, out, last and i == blocks - 1))
                channels = out
        self.features = nn.Sequential()
        for number, layer in enumerate(layers):
            self.features.add_module(f"layer{number}", layer)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes))

    def forward(self, x):
        return self.head(self.features(x))

# === right (blind): F.avg_pool2d and squeeze of the last two dimensions
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = F.avg_pool2d(x, 2).squeeze(-1).squeeze(-1)
        return self.fc(x)

# === right (blind): num_classes as a keyword, and reshape by the batch's size
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.bn = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage1 = nn.Sequential(
            ResidualBlock(64, 64, 256),
            ResidualBlock(256, 64, 256),
            ResidualBlock(256, 64, 256, downsample=True),
        )
        self.stage2 = nn.Sequential(
            ResidualBlock(256, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512),
            ResidualBlock(512, 128, 512, downsample=True),
        )
        self.stage3 = nn.Sequential(
            ResidualBlock(512, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
            ResidualBlock(1024, 256, 1024),
        )
        self.avgpool = nn.AvgPool2d(2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.relu(self.bn(self.conv(x))))
        x = self.stage1(x)
        x = self.stage2(x)
        x = self.stage3(x)
        x = self.avgpool(x)
        x = x.reshape(x.size(0), -1)
        return self.fc(x)

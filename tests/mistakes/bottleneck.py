
# === wrong not-started: the stub as handed out
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        raise NotImplementedError

    def forward(self, x):
        raise NotImplementedError

# === wrong super-init-missing: the first line of __init__ is gone
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong does-not-construct: downsample is not taken
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels):
        super().__init__()
        stride = 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong returns-nothing: the return is forgotten
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        F.relu(y + self.shortcut(x))

# === wrong no-skip: the branch alone
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y)

# === wrong not-added: concatenated
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(torch.cat([y, self.shortcut(x)], 1))

# === wrong shortcut-from-branch: x overwritten by the branch
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        x = self.bn3(self.conv3(x))
        return F.relu(x + self.shortcut(x))

# === wrong shortcut-not-projected: always the input itself
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong shortcut-stride-missing: the projection keeps the size
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong branch-stride-missing: only the shortcut is strided
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong stride-misplaced: the stride in the last convolution
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1, stride)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong always-downsamples: the condition turned round
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 1 if downsample else 2
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong padding-missing: no padding
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong wrong-width: the 3x3 makes out_channels
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, out_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.conv3 = nn.Conv2d(out_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong layer-unused: two convolutions, as the basic block
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong layer-unused: none after the last convolution
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.conv3(y)
        return F.relu(y + self.shortcut(x))

# === wrong shortcut-no-batchnorm: the convolution alone
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong relu-before-add: the course's way: a ReLU ends each way, and none follows the sum
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels), nn.ReLU())

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = F.relu(self.bn3(self.conv3(y)))
        return y + self.shortcut(x)

# === wrong relu-before-add: a ReLU ends the branch, and one follows the sum
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = F.relu(self.bn3(self.conv3(y)))
        return F.relu(y + self.shortcut(x))

# === wrong relu-before-add: a ReLU ends the shortcut, and one follows the sum
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels), nn.ReLU())

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong no-relu: no ReLU at all
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = self.bn1(self.conv1(x))
        y = self.bn2(self.conv2(y))
        y = self.bn3(self.conv3(y))
        return y + self.shortcut(x)

# === wrong relu-missing-inside: none after the 3x3
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong relu-missing-inside: none inside the branch
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = self.bn1(self.conv1(x))
        y = self.bn2(self.conv2(y))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong relu-missing-last: none after the sum
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return y + self.shortcut(x)

# === wrong relu-before-batchnorm: ReLU, then batch norm
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = self.bn1(F.relu(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong wrong-activation: GELU after the sum
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.gelu(y + self.shortcut(x))

# === wrong shared-layer: one batch norm for both inner convolutions
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn1(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === wrong hard-coded-size: a view to 8x8
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y)).view(-1, self.bn3.num_features, 8 // self.conv1.stride[0], 8 // self.conv1.stride[0])
        return F.relu(y + self.shortcut(x))

# === wrong kit-solution: the kit's own block
from cnnkit.models import Bottleneck

# === right: plain, with biases
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === right: no biases, ReLU in place
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride, bias=False)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = torch.relu_(self.bn1(self.conv1(x)))
        y = torch.relu_(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return torch.relu_(y + self.shortcut(x))

# === right: torchvision's: the stride in the 3x3 convolution
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, stride, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === right: a projection in every block
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.shortcut(x))

# === right: two nn.Sequential, and a clamp as the last ReLU
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 1 + downsample
        norm = nn.BatchNorm2d
        self.way = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, s), norm(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), norm(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1), norm(out_channels),
        )
        self.short = None
        if s == 2 or in_channels != out_channels:
            self.short = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, s), norm(out_channels))

    def forward(self, x):
        return (self.way(x) + (x if self.short is None else self.short(x))).clamp(min=0)

# === wrong not-a-layer (blind): F.relu in nn.Sequential
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), F.relu
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(b)
        return F.relu(c + self.shortcut(x))

# === wrong not-a-layer (blind): brackets alone, without nn.Sequential
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = (nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(b)
        return F.relu(c + self.shortcut(x))

# === wrong layer-unused (blind): the 3x3 is skipped in forward
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(a)
        return F.relu(c + self.shortcut(x))

# === wrong wrong-input (blind): the 3x3 is fed with x
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(x)
        c = self.expand(b)
        return F.relu(c + self.shortcut(x))

# === wrong layer-unused (blind): the last part is not run
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(b)
        return F.relu(b + self.shortcut(x))

# === wrong padding-misplaced (blind): stride and padding exchanged in the shortcut
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(b)
        return F.relu(c + self.shortcut(x))

# === wrong relu-missing-last (blind): F.relu is called and its result dropped
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(b)
        y = c + self.shortcut(x)
        F.relu(y)
        return y

# === wrong relu-before-add (blind): the ReLU closes too early: relu(branch) + shortcut
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(b)
        return F.relu(c) + self.shortcut(x)

# === wrong shortcut-not-projected (blind): and in place of or in the condition
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample and in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(b)
        return F.relu(c + self.shortcut(x))

# === wrong stride-misplaced (blind): both the 1x1 and the 3x3 have the stride
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, stride, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(b)
        return F.relu(c + self.shortcut(x))

# === wrong wrong-width (blind): batch norm of out_channels after the first convolution
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(out_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(b)
        return F.relu(c + self.shortcut(x))

# === wrong no-batchnorm (blind): dropout in place of batch norm
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.Dropout2d(0.2))
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(b)
        return F.relu(c + self.shortcut(x))

# === wrong attribute-missing (blind): the shortcut is a local variable in __init__
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample or in_channels != out_channels:
            shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(b)
        return F.relu(c + self.shortcut(x))

# === right (blind): keyword arguments from a dictionary, torch.add and relu_
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(b)
        return torch.add(c, self.shortcut(x)).relu_()

# === right (blind): a projection where it is needed, else a lambda
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = lambda x: x

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(b)
        return F.relu(c + self.shortcut(x))

# === right (blind): ReLU6 nowhere, clamp_min for the sum, and a helper variable for the shortcut
class Bottleneck(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.reduce = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU()
        )
        self.expand = nn.Sequential(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels))
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        a = self.reduce(x)
        b = self.spatial(a)
        c = self.expand(b)
        s = self.shortcut(x)
        return (s + c).clamp_min(0)

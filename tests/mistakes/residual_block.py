
# === wrong stride-on-3x3 (blind): With downsample the stride 2 sits on the 3x3 convolution of the branch, as in torchvision, instead of on the first 1x1.
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = None
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(inplace=True),
            )

    def forward(self, x: Tensor) -> Tensor:
        identity = x if self.shortcut is None else self.shortcut(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        return out + identity

# === wrong relu-after-add (blind): The last ReLU of the branch comes after the sum instead of before it, as in the ResNet paper, so the branch can subtract from the shortcut.
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1

        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride=s),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1),
            nn.BatchNorm2d(out_channels),
        )
        if in_channels != out_channels or downsample:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=s),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        return F.relu(self.branch(x) + self.shortcut(x))

# === wrong shortcut-no-relu (blind): The ReLU at the end of the projection shortcut is forgotten, so the shortcut can be negative.
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 1 + int(downsample)
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, kernel_size=1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong shortcut-no-batchnorm (blind): The shortcut has no batch norm, only convolution and ReLU.
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.c1 = nn.Conv2d(in_channels, middle_channels, 1, stride)
        self.b1 = nn.BatchNorm2d(middle_channels)
        self.c2 = nn.Conv2d(middle_channels, middle_channels, 3, 1, 1)
        self.b2 = nn.BatchNorm2d(middle_channels)
        self.c3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.b3 = nn.BatchNorm2d(out_channels)
        self.needs_projection = downsample or in_channels != out_channels
        if self.needs_projection:
            self.proj = nn.Conv2d(in_channels, out_channels, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.b1(self.c1(x)))
        y = F.relu(self.b2(self.c2(y)))
        y = F.relu(self.b3(self.c3(y)))
        if self.needs_projection:
            x = F.relu(self.proj(x))
        return x + y

# === wrong relu-before-batchnorm (blind): Everywhere the ReLU comes before the batch norm instead of after it.
def conv_block(cin, cout, k, stride=1, padding=0):
    return nn.Sequential(
        nn.Conv2d(cin, cout, k, stride=stride, padding=padding),
        nn.ReLU(),
        nn.BatchNorm2d(cout),
    )


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_block(in_channels, middle_channels, 1, stride=stride),
            conv_block(middle_channels, middle_channels, 3, padding=1),
            conv_block(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_block(in_channels, out_channels, 1, stride=stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong shortcut-not-projected (blind): The shortcut is projected only when the channels change, so a downsampling block with as many channels in as out adds maps of two sizes and fails.
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super(ResidualBlock, self).__init__()
        if downsample:
            stride = 2
        else:
            stride = 1

        # the main path
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride=stride, bias=False),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(True),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(True),
            nn.Conv2d(middle_channels, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(True),
        )

        # the shortcut
        if in_channels == out_channels:
            self.shortcut = nn.Identity()
        else:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(True),
            )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = self.shortcut(x)
        return shortcut + self.branch(x)

# === wrong shared-layer (blind): The first two convolutions share one batch norm layer, so they share its weights and its running statistics.
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv_in = nn.Conv2d(in_channels, middle_channels, 1, stride=stride)
        self.conv_mid = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.conv_out = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn_mid = nn.BatchNorm2d(middle_channels)
        self.bn_out = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        if downsample or in_channels != out_channels:
            self.skip = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=stride), nn.BatchNorm2d(out_channels), nn.ReLU())
        else:
            self.skip = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        h = self.relu(self.bn_mid(self.conv_in(x)))
        h = self.relu(self.bn_mid(self.conv_mid(h)))
        h = self.relu(self.bn_out(self.conv_out(h)))
        return h + self.skip(x)

# === wrong shortcut-from-branch (blind): The input x is overwritten by the branch, so the shortcut gets the result of the branch: it fails in blocks that change channels, and doubles the branch elsewhere.
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        st = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=st)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.shortcut = nn.Identity()
        if in_channels != out_channels or downsample:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=st),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )

    def forward(self, x: Tensor) -> Tensor:
        # branch
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        x = self.relu(self.bn3(self.conv3(x)))
        # shortcut
        return x + self.shortcut(x)

# === wrong padding-missing (blind): The 3x3 convolution has no padding, so the branch's map is 2 pixels smaller than the shortcut's and the sum fails.
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, 1), nn.BatchNorm2d(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels), nn.ReLU(),
        )
        self.shortcut = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels), nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        a = self.branch(x)
        b = self.shortcut(x)
        # print(a.shape, b.shape)
        return a + b

# === wrong layers-not-registered (blind): The layers of the shortcut are made inside forward, so each call has new random weights and they are never trained.
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=self.stride),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, kernel_size=1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        out = self.branch(x)
        if x.shape != out.shape:
            # sizes differ -> need a projection
            shortcut = nn.Sequential(
                nn.Conv2d(self.in_channels, self.out_channels, kernel_size=1, stride=self.stride),
                nn.BatchNorm2d(self.out_channels),
                nn.ReLU(),
            ).to(x.device)
            x = shortcut(x)
        return out + x

# === wrong pooled-downsample (blind): The shortcut halves the map with a 2x2 average pool before a 1x1 convolution of stride 1, as in ResNet-D, instead of a 1x1 convolution with stride 2.
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()

        def unit(i, o, k=1, s=1, p=0):
            return [nn.Conv2d(i, o, k, s, p, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True)]

        self.branch = nn.Sequential(
            *unit(in_channels, middle_channels, s=2 if downsample else 1),
            *unit(middle_channels, middle_channels, k=3, p=1),
            *unit(middle_channels, out_channels),
        )
        skip: list[nn.Module] = []
        if downsample:
            skip.append(nn.AvgPool2d(2, 2))
        if downsample or in_channels != out_channels:
            skip.extend(unit(in_channels, out_channels))
        self.skip = nn.Sequential(*skip)

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.skip(x)

# === wrong not-added (blind): Branch and shortcut are concatenated along the channels instead of added, which gives twice the channels.
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride=stride)
        self.norm1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding="same")
        self.norm2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.norm3 = nn.BatchNorm2d(out_channels)
        self.conv_s = nn.Conv2d(in_channels, out_channels, 1, stride=stride)
        self.norm_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        branch = torch.relu(self.norm1(self.conv1(x)))
        branch = torch.relu(self.norm2(self.conv2(branch)))
        branch = torch.relu(self.norm3(self.conv3(branch)))
        shortcut = torch.relu(self.norm_s(self.conv_s(x)))
        return torch.cat((branch, shortcut), dim=1)

# === wrong stride-on-3x3 (blind): Two mistakes: the stride 2 of the branch sits on the 3x3 convolution, and the projection shortcut has no ReLU.
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.relu = nn.ReLU()
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        if downsample or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )
        else:
            self.downsample = None

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        if self.downsample is not None:
            identity = self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        return out + identity

# === wrong wrong-kernel (blind): Two mistakes: the last convolution of the branch is 3x3 (padding 1) instead of 1x1, and the ReLU after the first batch norm is missing.
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        step = 2 if downsample else 1
        layers = []
        layers.append(nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=step))
        layers.append(nn.BatchNorm2d(middle_channels))
        layers.append(nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1))
        layers.append(nn.BatchNorm2d(middle_channels))
        layers.append(nn.ReLU())
        layers.append(nn.Conv2d(middle_channels, out_channels, kernel_size=3, padding=1))
        layers.append(nn.BatchNorm2d(out_channels))
        layers.append(nn.ReLU())
        self.branch = nn.Sequential(*layers)

        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=step),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )
        else:
            self.shortcut = nn.Sequential()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === right (blind): two nn.Sequential and nn.Identity, plain and with biases
class ResidualBlock(nn.Module):
    """Bottleneck block: the result is branch + shortcut."""

    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, kernel_size=1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )
        self.shortcut: nn.Module = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === right (blind): functional ReLUs, bias=False, shortcut registered first, None where there is no projection
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super(ResidualBlock, self).__init__()
        s = (2, 2) if downsample else (1, 1)
        if (not downsample) and in_channels == out_channels:
            self.proj, self.proj_bn = None, None
        else:
            self.proj = nn.Conv2d(in_channels, out_channels, (1, 1), s, bias=False)
            self.proj_bn = nn.BatchNorm2d(out_channels)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.expand = nn.Conv2d(middle_channels, out_channels, (1, 1), bias=False)
        self.spatial = nn.Conv2d(middle_channels, middle_channels, (3, 3), padding=(1, 1), bias=False)
        self.reduce = nn.Conv2d(in_channels, middle_channels, (1, 1), s, bias=False)

    def forward(self, x):
        h = F.relu(self.bn1(self.reduce(x)))
        h = F.relu(self.bn2(self.spatial(h)))
        h = F.relu(self.bn3(self.expand(h)))
        if self.proj is None:
            return x + h
        return F.relu(self.proj_bn(self.proj(x))) + h

# === right (blind): a loop over a table of the branch's convolutions in nn.ModuleLists, projection in every block
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        #        in               out              kernel stride padding
        table = [(in_channels, middle_channels, 1, stride, 0),
                 (middle_channels, middle_channels, 3, 1, 1),
                 (middle_channels, out_channels, 1, 1, 0)]
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        for cin, cout, k, s, p in table:
            self.convs.append(nn.Conv2d(cin, cout, k, stride=s, padding=p))
            self.norms.append(nn.BatchNorm2d(cout))
        # a projection is allowed everywhere, so I don't need an if
        self.short_conv = nn.Conv2d(in_channels, out_channels, 1, stride=stride)
        self.short_norm = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for conv, norm in zip(self.convs, self.norms):
            y = self.relu(norm(conv(y)))
        z = self.relu(self.short_norm(self.short_conv(x)))
        return y + z

# === right (blind): helper subclass of nn.Sequential with padding k // 2, and sum() over a ModuleList of the two ways
class ConvBNReLU(nn.Sequential):
    def __init__(self, cin: int, cout: int, k: int = 1, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(cin, cout, k, stride, k // 2, bias=False),
            nn.BatchNorm2d(cout),
            nn.ReLU(inplace=True),
        )


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 1 + downsample
        same = in_channels == out_channels and not downsample
        self.ways = nn.ModuleList([
            nn.Sequential(
                ConvBNReLU(in_channels, middle_channels, stride=stride),
                ConvBNReLU(middle_channels, middle_channels, k=3),
                ConvBNReLU(middle_channels, out_channels),
            ),
            nn.Identity() if same else ConvBNReLU(in_channels, out_channels, stride=stride),
        ])

    def forward(self, x: Tensor) -> Tensor:
        return sum(way(x) for way in self.ways)

# === right (blind): hand-made 1x1 convolutions: weight matrices as nn.Parameter, einsum, slicing for the stride, clamp as ReLU
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        self.step = 2 if downsample else 1
        self.w1 = nn.Parameter(torch.randn(middle_channels, in_channels) * math.sqrt(2 / in_channels))
        self.n1 = nn.BatchNorm2d(middle_channels)
        self.w2 = nn.Parameter(torch.randn(middle_channels, middle_channels, 3, 3) * math.sqrt(2 / (9 * middle_channels)))
        self.n2 = nn.BatchNorm2d(middle_channels)
        self.w3 = nn.Parameter(torch.randn(out_channels, middle_channels) * math.sqrt(2 / middle_channels))
        self.n3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.ws = nn.Parameter(torch.randn(out_channels, in_channels) * math.sqrt(2 / in_channels))
            self.ns = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        # a 1x1 convolution with stride 2 only looks at every second pixel
        x = x[:, :, ::self.step, ::self.step]
        a = self.n1(torch.einsum("oi,nihw->nohw", self.w1, x)).clamp(min=0)
        a = self.n2(F.conv2d(a, self.w2, padding=1)).clamp(min=0)
        a = self.n3(torch.einsum("oi,nihw->nohw", self.w3, a)).clamp(min=0)
        if self.project:
            x = self.ns(torch.einsum("oi,nihw->nohw", self.ws, x)).clamp(min=0)
        return a + x

# === right (blind): OrderedDict and nn.ModuleDict, explicit zero padding layer, ReLU on the identity too, torch.stack(...).sum(0)
from collections import OrderedDict


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = {True: 2, False: 1}[bool(downsample)]
        left = OrderedDict()
        left["squeeze"] = nn.Conv2d(in_channels, middle_channels, 1, stride=stride, bias=False)
        left["squeeze_norm"] = nn.BatchNorm2d(middle_channels)
        left["squeeze_act"] = nn.ReLU()
        left["pad"] = nn.ZeroPad2d(1)
        left["look"] = nn.Conv2d(middle_channels, middle_channels, 3, bias=False)
        left["look_norm"] = nn.BatchNorm2d(middle_channels)
        left["look_act"] = nn.ReLU()
        left["expand"] = nn.Conv2d(middle_channels, out_channels, 1, bias=False)
        left["expand_norm"] = nn.BatchNorm2d(out_channels)
        left["expand_act"] = nn.ReLU()

        right = OrderedDict()
        if in_channels != out_channels or stride > 1:
            right["match"] = nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False)
            right["match_norm"] = nn.BatchNorm2d(out_channels)
        right["match_act"] = nn.ReLU()  # does nothing to an input that is >= 0

        self.paths = nn.ModuleDict({"shortcut": nn.Sequential(right), "branch": nn.Sequential(left)})

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([path(x) for path in self.paths.values()]).sum(dim=0)

# === wrong not-started: the stub as handed out
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        # YOUR CODE HERE

    def forward(self, x: Tensor) -> Tensor:
        """[N, in_channels, H, W] -> [N, out_channels, H, W], or half of H and W with downsample."""
        # YOUR CODE HERE

# === wrong not-started: nbgrader's stub
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()

    def forward(self, x):
        raise NotImplementedError()

# === wrong super-init-missing: the first line of __init__ is gone
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong does-not-construct: downsample is not taken
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels):
        super().__init__()
        stride = 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong does-not-construct: a name is mistyped in __init__
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channel)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong grouped-convolution: groups that do not divide
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1, groups=32)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong grouped-convolution: depthwise 3x3, as in MobileNet
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1, groups=middle_channels)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong attribute-missing: an attribute is mistyped in forward
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.batchnorm2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong raises: calls itself without end
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self(x)

# === wrong too-slow: a loop without end
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        while x.shape[2] > 0:
            y = self.branch(x)
        return self.branch(x) + self.shortcut(x)

# === wrong too-slow: sleeps, and catches everything
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        import time
        for _ in range(10_000):
            try:
                time.sleep(0.01)
            except Exception:
                pass
        return self.branch(x) + self.shortcut(x)

# === wrong no-skip: the branch alone
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x)

# === wrong no-skip: the shortcut is computed and dropped
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        x = out
        return x

# === wrong not-added: subtracted
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) - self.shortcut(x)

# === wrong not-added: multiplied
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) * self.shortcut(x)

# === wrong not-added: averaged
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return (self.branch(x) + self.shortcut(x)) / 2

# === wrong not-added: averaged by a stack
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([self.branch(x), self.shortcut(x)]).mean(dim=0)

# === wrong not-added: a factor on the shortcut
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return torch.add(self.branch(x), self.shortcut(x), alpha=0.5)

# === wrong shortcut-from-branch: x overwritten by the first layer
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = True
        if self.project:
            self.conv_s = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(x)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong shortcut-not-projected: always the input itself
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = False
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong shortcut-not-projected: projected only with downsample
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong shortcut-stride-missing: the projection keeps the size
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong branch-stride-missing: only the shortcut is strided
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong ignores-downsample: stride always 1
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong always-downsamples: stride always 2
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if True:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong always-downsamples: the condition turned round
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 1 if downsample else 2
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if True:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong stride-misplaced: stride in the last 1x1
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1, stride)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong stride-misplaced: stride in two convolutions, and a shortcut of 4
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1, stride=stride)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride * stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong pooled-downsample: both ways are max pooled first
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 1
        self.pool = nn.MaxPool2d(2) if downsample else nn.Identity()
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(x)
        return self.branch(x) + self.shortcut(x)

# === wrong padding-missing: no padding at all
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong padding-misplaced: padding at every convolution, cropped by nothing
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride, padding=1)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong wrong-kernel: 3x3 shortcut
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 3, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong wrong-kernel: 5x5 in the middle
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 5),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong wrong-kernel: dilated 3x3
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=2, dilation=2)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong missing-layer: two convolutions, the basic block
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong extra-layer: a fourth convolution
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong extra-layer: dropout in the branch
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return F.dropout(self.branch(x), 0.5, True) + self.shortcut(x)

# === wrong extra-layer: batch norm after the sum
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()
        self.last = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.branch(x) + self.shortcut(x))

# === wrong wrong-width: the 3x3 goes to out_channels already
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, out_channels, 3),
            conv_bn_relu(out_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong wrong-width: two numbers swapped, so that the layers do not fit
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(in_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong wrong-width: batch norm of another width
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong wrong-output-channels: out_channels is taken to be 4 times the middle, as in torchvision
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        out_channels = 4 * middle_channels
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong no-batchnorm: none in the branch
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong layer-unused: the last one is forgotten
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.conv3(out))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong layer-unused: convolution and ReLU only
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.conv_s(x))
        return out + x

# === wrong wrong-norm: group norm
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.GroupNorm(1, cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong wrong-norm: no scale and shift
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels, affine=False)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong wrong-norm: the eps of another library
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout, eps=1e-3), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong no-relu: no ReLU in the branch
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = self.bn1(self.conv1(x))
        out = self.bn2(self.conv2(out))
        out = self.bn3(self.conv3(out))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong relu-missing-inside: none after the 3x3
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong relu-missing-last: none at the end of the branch
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong shortcut-no-relu: none on the projection
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = self.bn_s(self.conv_s(x))
        return out + x

# === wrong relu-after-add: the paper's block, stride as asked
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.project:
            x = self.bn_s(self.conv_s(x))
        return F.relu(out + x)

# === wrong relu-before-batchnorm: ReLU first in the last part only
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(F.relu(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong relu-before-batchnorm: the pre-activation block
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.net = nn.Sequential(
            nn.BatchNorm2d(in_channels), nn.ReLU(), nn.Conv2d(in_channels, middle_channels, 1, stride),
            nn.BatchNorm2d(middle_channels), nn.ReLU(), nn.Conv2d(middle_channels, middle_channels, 3, 1, 1),
            nn.BatchNorm2d(middle_channels), nn.ReLU(), nn.Conv2d(middle_channels, out_channels, 1),
        )
        self.skip = nn.Identity()
        if downsample or in_channels != out_channels:
            self.skip = nn.Conv2d(in_channels, out_channels, 1, stride)

    def forward(self, x):
        return self.net(x) + self.skip(x)

# === wrong wrong-activation: leaky ReLU
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.LeakyReLU(0.1))


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong wrong-activation: GELU, as in newer networks
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.GELU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong shared-layer: one batch norm for the last layer and the shortcut
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn3(self.conv_s(x)))
        return out + x

# === wrong shared-layer: one convolution for both 1x1 of equal shape
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        self.branch[2][1] = self.branch[2][1]
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
            self.shortcut[1] = self.branch[2][1]
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong layers-not-registered: a plain list of layers
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.layers = [
            nn.Conv2d(in_channels, middle_channels, 1, s), nn.BatchNorm2d(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels), nn.ReLU(),
        ]
        self.shortcut = nn.Sequential()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, s), nn.BatchNorm2d(out_channels), nn.ReLU())

    def forward(self, x):
        y = x
        for layer in self.layers:
            y = layer(y)
        return y + self.shortcut(x)

# === wrong layers-not-registered: the convolutions are plain tensors
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.weight2 = torch.randn(middle_channels, middle_channels, 3, 3) * 0.1
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(F.conv2d(out, self.weight2, padding=1)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong changes-input: adds into the input
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        x += out
        return x

# === wrong changes-input: a ReLU in place on the input
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        F.relu_(x)
        return self.branch(x) + self.shortcut(x)

# === wrong gradient-stopped: the shortcut is detached
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x.detach()

# === wrong gradient-stopped: no_grad in forward
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            return self.branch(x) + self.shortcut(x)

# === wrong differs-in-training: batch norm without running statistics
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(F.batch_norm(self.conv2(out), self.bn2.running_mean, self.bn2.running_var, self.bn2.weight, self.bn2.bias))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong hard-coded-size: a view to 8x8
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.branch(x) + self.shortcut(x)
        return y.view(-1, y.shape[1], 8 // (8 // y.shape[2]), 8 // (8 // y.shape[2]))

# === wrong hard-coded-size: a squeeze that eats a batch of one
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return (self.branch(x) + self.shortcut(x)).squeeze()

# === wrong shared-between-blocks: the layers are made once, in the class
class ResidualBlock(nn.Module):
    made = {}

    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        key = (in_channels, middle_channels, out_channels, downsample)
        if key not in self.made:
            s = 2 if downsample else 1
            self.made[key] = nn.Sequential(
                nn.Conv2d(in_channels, middle_channels, 1, s), nn.BatchNorm2d(middle_channels), nn.ReLU(),
                nn.Conv2d(middle_channels, middle_channels, 3, 1, 1), nn.BatchNorm2d(middle_channels), nn.ReLU(),
                nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels), nn.ReLU(),
            )
        self.branch = self.made[key]
        self.shortcut = nn.Sequential()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, 2 if downsample else 1), nn.BatchNorm2d(out_channels), nn.ReLU()
            )

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

# === wrong wrong-device: the layers are made on another device
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout, device="meta"), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong wrong-dtype: made in float64
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()
        self.double()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong wrong-type: returns both ways
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x), self.shortcut(x)

# === wrong returns-nothing: the return is forgotten
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.branch(x) + self.shortcut(x)

# === wrong too-large: a width with too many zeros
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.unused = nn.Linear(1_000_000, 1_000_000)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong wrong-kind: a block instead of the class
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x


ResidualBlock = ResidualBlock(64, 64, 256)

# === wrong kit-solution: the kit's own block
from cnnkit.models import Bottleneck


class ResidualBlock(Bottleneck):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__(in_channels, middle_channels, out_channels, 2 if downsample else 1, stride_on="1x1", relu_at="branches")

# === wrong does-not-construct: right for (64, 64, 256) only: the widths are written out
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(64, 64, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        assert in_channels in (64, 256)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong wrong-width: right for (64, 64, 256) only
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(64, 64, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong raises: raises only in training mode
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            x = x.view(len(x), -1)
        return self.branch(x) + self.shortcut(x)

# === wrong padding-missing: two mistakes: no padding, and no ReLU at the end of the branch
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === wrong layer-unused: two mistakes: no batch norm after the 3x3, and no ReLU on the shortcut
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.conv2(out))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = self.bn_s(self.conv_s(x))
        return out + x

# === wrong no-skip: two mistakes: no shortcut and a stride in the 3x3
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1, stride=stride)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out

# === right: names of its own for the arguments, and prints
class ResidualBlock(nn.Module):
    def __init__(self, cin, cmid, cout, shrink=False):
        super().__init__()
        stride = 2 if shrink else 1
        self.conv1 = nn.Conv2d(cin, cmid, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(cmid)
        self.conv2 = nn.Conv2d(cmid, cmid, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(cmid)
        self.conv3 = nn.Conv2d(cmid, cout, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(cout)
        self.project = shrink or cin != cout
        if self.project:
            self.conv_s = nn.Conv2d(cin, cout, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(cout)

    def forward(self, x):
        print('forward', x.shape)
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === right: a function that returns a module
def ResidualBlock(i, m, o, downsample=False):
    s = 2 if downsample else 1

    class Sum(nn.Module):
        def __init__(self, *ways):
            super().__init__()
            self.ways = nn.ModuleList(ways)

        def forward(self, x):
            return sum(way(x) for way in self.ways)

    branch = nn.Sequential(
        nn.Conv2d(i, m, 1, s, bias=False), nn.BatchNorm2d(m), nn.ReLU(True),
        nn.Conv2d(m, m, 3, 1, 1, bias=False), nn.BatchNorm2d(m), nn.ReLU(True),
        nn.Conv2d(m, o, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(True),
    )
    shortcut = nn.Sequential()
    if s > 1 or i != o:
        shortcut = nn.Sequential(nn.Conv2d(i, o, 1, s, bias=False), nn.BatchNorm2d(o), nn.ReLU(True))
    return Sum(shortcut, branch)

# === right: batch norm written out by hand
class MyBatchNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("var", torch.ones(channels))

    def forward(self, x):
        if self.training:
            mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
            with torch.no_grad():
                n = x.numel() / x.shape[1]
                self.mean += 0.1 * (mean - self.mean)
                self.var += 0.1 * (var * n / (n - 1) - self.var)
        else:
            mean, var = self.mean, self.var
        x = (x - mean[:, None, None]) / torch.sqrt(var[:, None, None] + 1e-5)
        return x * self.gamma[:, None, None] + self.beta[:, None, None]


class ResidualBlock(nn.Module):
    def __init__(self, cin, cmid, cout, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.a, self.na = nn.Conv2d(cin, cmid, 1, s, bias=False), MyBatchNorm(cmid)
        self.b, self.nb = nn.Conv2d(cmid, cmid, 3, padding=1, bias=False), MyBatchNorm(cmid)
        self.c, self.nc = nn.Conv2d(cmid, cout, 1, bias=False), MyBatchNorm(cout)
        self.d = self.nd = None
        if downsample or cin != cout:
            self.d, self.nd = nn.Conv2d(cin, cout, 1, s, bias=False), MyBatchNorm(cout)

    def forward(self, x):
        y = self.na(self.a(x)).clamp(min=0)
        y = self.nb(self.b(y)).clamp(min=0)
        y = self.nc(self.c(y)).clamp(min=0)
        return y + (x if self.d is None else self.nd(self.d(x)).clamp(min=0))

# === right: a ReLU after the sum too, which changes nothing
def conv_bn_relu(cin, cout, k, stride=1):
    return nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2), nn.BatchNorm2d(cout), nn.ReLU())


class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            conv_bn_relu(in_channels, middle_channels, 1, stride),
            conv_bn_relu(middle_channels, middle_channels, 3),
            conv_bn_relu(middle_channels, out_channels, 1),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = conv_bn_relu(in_channels, out_channels, 1, stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.branch(x) + self.shortcut(x))

# === right: a projection that is made and not used where it is not needed
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
        self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        return out + x

# === right: functional throughout, with parameters of its own
class ResidualBlock(nn.Module):
    def __init__(self, i, m, o, downsample=False):
        super().__init__()
        self.stride = 2 if downsample else 1
        shapes = {"w1": (m, i, 1, 1), "w2": (m, m, 3, 3), "w3": (o, m, 1, 1)}
        if downsample or i != o:
            shapes["w0"] = (o, i, 1, 1)
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(nn.init.kaiming_normal_(torch.empty(shape))))
            self.register_parameter("g" + name[1], nn.Parameter(torch.ones(shape[0])))
            self.register_parameter("b" + name[1], nn.Parameter(torch.zeros(shape[0])))
            self.register_buffer("m" + name[1], torch.zeros(shape[0]))
            self.register_buffer("v" + name[1], torch.ones(shape[0]))

    def part(self, x, k, stride=1, padding=0):
        x = F.conv2d(x, getattr(self, f"w{k}"), None, stride, padding)
        stats = getattr(self, f"m{k}"), getattr(self, f"v{k}")
        return F.relu(F.batch_norm(x, *stats, getattr(self, f"g{k}"), getattr(self, f"b{k}"), self.training))

    def forward(self, x):
        shortcut = self.part(x, 0, self.stride) if hasattr(self, "w0") else x
        y = self.part(x, 1, self.stride)
        y = self.part(y, 2, padding=1)
        y = self.part(y, 3)
        return y + shortcut

# === wrong inplace-breaks-gradient: adds in place onto the result of a ReLU
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        if self.project:
            x = F.relu(self.bn_s(self.conv_s(x)))
        out += x
        return out

# === wrong stride-on-3x3 (blind): as in torchvision the stride 2 is in the 3x3 convolution instead of the first 1x1 convolution
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, kernel_size=1),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, kernel_size=3, stride=stride, padding=1),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, kernel_size=1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + self.shortcut(x)

# === wrong relu-after-add (blind): as in the paper the last ReLU of the branch is moved behind the sum
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride=stride, bias=False)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out = out + identity
        return self.relu(out)

# === wrong shortcut-no-relu (blind): the shortcut has no ReLU after its batch norm
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        s = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, 1, stride=s)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, 1)
        self.bn3 = nn.BatchNorm2d(out_channels)

        self.shortcut = nn.Sequential()
        if s != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=s),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = F.relu(self.bn3(self.conv3(out)))
        out = out + self.shortcut(x)
        return out

# === wrong shortcut-not-projected (blind): the shortcut gets its convolution only when the channels change, so a downsampling block with equal channels raises at the sum
def conv_bn_relu(c_in, c_out, k, stride=1, padding=0):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, k, stride=stride, padding=padding),
        nn.BatchNorm2d(c_out),
        nn.ReLU(),
    )

class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.layer1 = conv_bn_relu(in_channels, middle_channels, 1, stride=stride)
        self.layer2 = conv_bn_relu(middle_channels, middle_channels, 3, padding=1)
        self.layer3 = conv_bn_relu(middle_channels, out_channels, 1)
        # only needed if the channels do not match
        if in_channels != out_channels:
            self.projection = conv_bn_relu(in_channels, out_channels, 1, stride=stride)
        else:
            self.projection = None

    def forward(self, x):
        y = self.layer3(self.layer2(self.layer1(x)))
        if self.projection is not None:
            x = self.projection(x)
        return y + x

# === wrong shortcut-stride-missing (blind): the shortcut's convolution has no stride 2, so a downsampling block raises at the sum
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        if downsample:
            first = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=2)
        else:
            first = nn.Conv2d(in_channels, middle_channels, kernel_size=1)
        self.branch = nn.Sequential(
            first,
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, kernel_size=1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )
        self.needs_shortcut = downsample or in_channels != out_channels
        if self.needs_shortcut:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, kernel_size=1),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )

    def forward(self, x: Tensor) -> Tensor:
        out = self.branch(x)
        if self.needs_shortcut:
            return out + self.shortcut(x)
        return out + x

# === wrong shared-layer (blind): one batch norm is shared by the first two convolutions of the branch, because both have middle_channels
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super(ResidualBlock, self).__init__()
        stride = 1
        if downsample:
            stride = 2
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, stride=1, padding=1)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn_middle = nn.BatchNorm2d(middle_channels)
        self.bn_out = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride),
                nn.BatchNorm2d(out_channels),
                nn.ReLU())
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        out = self.relu(self.bn_middle(self.conv1(x)))
        out = self.relu(self.bn_middle(self.conv2(out)))
        out = self.relu(self.bn_out(self.conv3(out)))
        return out + self.shortcut(x)

# === right (blind): a static helper makes convolution, batch norm and ReLU without bias, shortcut registered first, None for the identity
class ResidualBlock(nn.Module):
    @staticmethod
    def _unit(c_in: int, c_out: int, k: int, stride: int = 1) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(c_in, c_out, k, stride, padding=k // 2, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(inplace=True),
        )

    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 1 + int(downsample)
        self.skip = None
        if stride > 1 or in_channels != out_channels:
            self.skip = self._unit(in_channels, out_channels, 1, stride)
        self.main = nn.Sequential(
            self._unit(in_channels, middle_channels, 1, stride),
            self._unit(middle_channels, middle_channels, 3),
            self._unit(middle_channels, out_channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        s = x if self.skip is None else self.skip(x)
        return torch.add(self.main(x), s)

# === right (blind): ModuleLists of convolutions and norms in a loop with F.relu, and a projection in every block
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        sizes = [in_channels, middle_channels, middle_channels, out_channels]
        kernels = [1, 3, 1]
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        for i in range(3):
            self.convs.append(nn.Conv2d(sizes[i], sizes[i + 1], kernels[i],
                                        stride=stride if i == 0 else 1,
                                        padding=1 if kernels[i] == 3 else 0))
            self.norms.append(nn.BatchNorm2d(sizes[i + 1]))
        # always a 1x1 convolution, also where the shape stays the same
        self.proj = nn.Conv2d(in_channels, out_channels, 1, stride=stride)
        self.proj_bn = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        y = x
        for conv, norm in zip(self.convs, self.norms):
            y = F.relu(norm(conv(y)))
        return y + F.relu(self.proj_bn(self.proj(x)))

# === wrong wrong-values: the branch is mirrored, which no layer shows
class ResidualBlock(nn.Module):
    def __init__(self, cin, cmid, cout, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(cin, cmid, 1, s), nn.BatchNorm2d(cmid), nn.ReLU(),
            nn.Conv2d(cmid, cmid, 3, 1, 1), nn.BatchNorm2d(cmid), nn.ReLU(),
            nn.Conv2d(cmid, cout, 1), nn.BatchNorm2d(cout), nn.ReLU(),
        )
        self.shortcut = nn.Sequential()
        if downsample or cin != cout:
            self.shortcut = nn.Sequential(nn.Conv2d(cin, cout, 1, s), nn.BatchNorm2d(cout), nn.ReLU())

    def forward(self, x):
        return self.branch(x).flip(3) + self.shortcut(x)

# === right: lazy layers, which take their sizes from the first input
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.LazyConv2d(middle_channels, 1, stride), nn.LazyBatchNorm2d(), nn.ReLU(),
            nn.LazyConv2d(middle_channels, 3, padding=1), nn.LazyBatchNorm2d(), nn.ReLU(),
            nn.LazyConv2d(out_channels, 1), nn.LazyBatchNorm2d(), nn.ReLU(),
        )
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.LazyConv2d(out_channels, 1, stride), nn.LazyBatchNorm2d(), nn.ReLU())

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)
# === wrong shortcut-no-relu: lazy layers, and no ReLU on the shortcut
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.LazyConv2d(middle_channels, 1, stride), nn.LazyBatchNorm2d(), nn.ReLU(),
            nn.LazyConv2d(middle_channels, 3, padding=1), nn.LazyBatchNorm2d(), nn.ReLU(),
            nn.LazyConv2d(out_channels, 1), nn.LazyBatchNorm2d(), nn.ReLU(),
        )
        self.shortcut = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.LazyConv2d(out_channels, 1, stride), nn.LazyBatchNorm2d())

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

# === right: asserts what the exercise says of the input, that it is never negative
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1), nn.BatchNorm2d(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels), nn.ReLU(),
        )
        self.shortcut = nn.Sequential()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels), nn.ReLU()
            )

    def forward(self, x):
        assert x.min() >= 0
        return self.branch(x) + self.shortcut(x)

# === wrong not-a-layer (blind): nn.ReLU without brackets in the middle of nn.Sequential
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride=s),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU,
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )
        if in_channels != out_channels or downsample:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=s),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

# === wrong not-a-layer (blind): F.relu put into nn.Sequential
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride=s),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1),
            nn.BatchNorm2d(out_channels),
            F.relu,
        )
        if in_channels != out_channels or downsample:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=s),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

# === wrong star-missing (blind): nn.Sequential is given one list of the layers
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential([
            nn.Conv2d(in_channels, middle_channels, 1, stride=s),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        ])
        if in_channels != out_channels or downsample:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=s),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

# === wrong not-a-layer (blind): a comma at the end of a line makes a tuple of the layer
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1),
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong layer-for-tensor (blind): self.relu = nn.ReLU without brackets
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong arguments-exchanged (blind): in and out of the last convolution exchanged
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(out_channels, middle_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong arguments-exchanged (blind): in and out of the first convolution exchanged
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(middle_channels, in_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong arguments-exchanged (blind): padding and stride exchanged in the loop's positional arguments
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super(ResidualBlock, self).__init__()
        first = 2 if downsample else 1
        widths = [in_channels, middle_channels, middle_channels, out_channels]
        kernels = [1, 3, 1]
        strides = [first, 1, 1]
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        for i in range(3):
            self.convs.append(nn.Conv2d(widths[i], widths[i + 1], kernels[i], kernels[i] // 2, strides[i]))
            self.norms.append(nn.BatchNorm2d(widths[i + 1]))
        self.shortcut = None
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, first), nn.BatchNorm2d(out_channels), nn.ReLU())

    def forward(self, x):
        y = x
        for conv, norm in zip(self.convs, self.norms):
            y = F.relu(norm(conv(y)))
        if self.shortcut is not None:
            x = self.shortcut(x)
        return x + y

# === wrong layer-unused (blind): conv2 and bn2 are built and never called
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong layer-unused (blind): the third convolution gets the output of the first, since the second's went into another name
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out2 = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong wrong-input (blind): the second convolution is fed with x
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(x)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong relu-missing-inside (blind): the ReLU's result is thrown away
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        F.relu(out)
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong layer-unused (blind): the return stands in the loop, so only the first convolution is run
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super(ResidualBlock, self).__init__()
        first = 2 if downsample else 1
        widths = [in_channels, middle_channels, middle_channels, out_channels]
        kernels = [1, 3, 1]
        strides = [first, 1, 1]
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        for i in range(3):
            self.convs.append(nn.Conv2d(widths[i], widths[i + 1], kernels[i], strides[i], kernels[i] // 2))
            self.norms.append(nn.BatchNorm2d(widths[i + 1]))
        self.shortcut = None
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, first), nn.BatchNorm2d(out_channels), nn.ReLU())

    def forward(self, x):
        y = x
        for conv, norm in zip(self.convs, self.norms):
            y = F.relu(norm(conv(y)))
            if self.shortcut is not None:
                x = self.shortcut(x)
            return x + y

# === wrong shared-layer (blind): the shortcut is applied again for each convolution, because it is indented into the loop
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super(ResidualBlock, self).__init__()
        first = 2 if downsample else 1
        widths = [in_channels, middle_channels, middle_channels, out_channels]
        kernels = [1, 3, 1]
        strides = [first, 1, 1]
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        for i in range(3):
            self.convs.append(nn.Conv2d(widths[i], widths[i + 1], kernels[i], strides[i], kernels[i] // 2))
            self.norms.append(nn.BatchNorm2d(widths[i + 1]))
        self.shortcut = None
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, first), nn.BatchNorm2d(out_channels), nn.ReLU())

    def forward(self, x):
        y = x
        for conv, norm in zip(self.convs, self.norms):
            y = F.relu(norm(conv(y)))
            if self.shortcut is not None:
                x = self.shortcut(x)
        return x + y

# === wrong not-a-layer (blind): None is called where no projection is needed
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride=s),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )
        if in_channels != out_channels or downsample:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=s),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )
        else:
            self.shortcut = None

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

# === wrong wrong-norm (blind): batch norm for vectors, BatchNorm1d
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm1d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong linear-for-convolution (blind): nn.Linear for the 1x1 convolution, which acts on the last dimension
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Linear(middle_channels, out_channels)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong no-forward (blind): forward is misspelt
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def foward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong no-forward (blind): forward is indented into __init__
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

        def forward(self, x: Tensor) -> Tensor:
            out = self.relu(self.bn1(self.conv1(x)))
            out = self.relu(self.bn2(self.conv2(out)))
            out = self.relu(self.bn3(self.conv3(out)))
            if self.project:
                shortcut = self.relu(self.bn_s(self.conv_s(x)))
            else:
                shortcut = x
            return out + shortcut

# === wrong always-downsamples (blind): the projection always has stride 2
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=2)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong pooled-downsample (blind): the shortcut of a smaller map is a max pool, and the channels stay
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride=s),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )
        if downsample:
            self.shortcut = nn.MaxPool2d(2)
        elif in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=s),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

# === wrong shortcut-not-projected (blind): the shortcut takes every second pixel and fills the missing channels with zeros, as in the CIFAR networks of the paper
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            step = self.conv1.stride[0]
            shortcut = x[:, :, ::step, ::step]
            shortcut = F.pad(shortcut, (0, 0, 0, 0, 0, out.shape[1] - x.shape[1]))
        else:
            shortcut = x
        return out + shortcut

# === wrong shortcut-from-branch (blind): the projection is given out, not x
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(out)))
        else:
            shortcut = x
        return out + shortcut

# === wrong added-twice (blind): x is added before the last ReLU and again at the end
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        out = self.relu(self.bn3(self.conv3(out)) + shortcut)
        return out + shortcut

# === wrong pooled-downsample (blind): the branch is made smaller by a max pool at its end, and the convolution has no stride
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.conv_s.stride[0] == 2 if self.project else False:
            out = F.max_pool2d(out, 2)
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong attribute-missing (blind): self is forgotten before bn1, so that the layer is a local variable
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong layer-for-tensor (blind): conv1 itself is handed to bn1, without x
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1)(x))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong wrong-width (blind): conv3 starts from in_channels
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(in_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong wrong-width (blind): the projection's batch norm has in_channels
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(in_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong relu-after-add (blind): the ReLU is put on the sum with the projection only
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            return self.relu(out + self.bn_s(self.conv_s(x)))
        return out + x

# === wrong does-not-construct (blind): an argument of another library: kernel instead of kernel_size
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong wrong-activation (blind): a sigmoid ends the branch
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = torch.sigmoid(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong wrong-kernel (blind): no kernel's size is 1: all three are 3x3
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=3, stride=stride, padding=1)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=3, padding=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === wrong layer-for-tensor (blind): a comma is missing and nn.Sequential calls a layer with a layer
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride=s),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1),
            nn.BatchNorm2d(middle_channels)
            (nn.ReLU()),
            nn.Conv2d(middle_channels, out_channels, 1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )
        if in_channels != out_channels or downsample:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=s),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

# === wrong shared-layer (blind): the ways are exchanged by mistake: the shortcut runs the branch again
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride=s),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )
        if in_channels != out_channels or downsample:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=s),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        return self.branch(x) + self.branch(x)

# === wrong layer-unused (blind): the norms are built and zip is over the convolutions alone
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super(ResidualBlock, self).__init__()
        first = 2 if downsample else 1
        widths = [in_channels, middle_channels, middle_channels, out_channels]
        kernels = [1, 3, 1]
        strides = [first, 1, 1]
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        for i in range(3):
            self.convs.append(nn.Conv2d(widths[i], widths[i + 1], kernels[i], strides[i], kernels[i] // 2))
            self.norms.append(nn.BatchNorm2d(widths[i + 1]))
        self.shortcut = None
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, first), nn.BatchNorm2d(out_channels), nn.ReLU())

    def forward(self, x):
        y = x
        for conv in self.convs:
            y = F.relu(conv(y))
        if self.shortcut is not None:
            x = self.shortcut(x)
        return x + y

# === right (blind): dictionary of layers by name, and torch.relu
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = torch.relu
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(x)))
        else:
            shortcut = x
        return out + shortcut

# === right (blind): layers appended to a list, then unpacked
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        layers = [
            nn.Conv2d(in_channels, middle_channels, 1, stride=s),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        ]
        self.branch = nn.Sequential(*layers)
        if in_channels != out_channels or downsample:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=s),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

# === right (blind): the sum is in place on the branch's own tensor
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super(ResidualBlock, self).__init__()
        first = 2 if downsample else 1
        widths = [in_channels, middle_channels, middle_channels, out_channels]
        kernels = [1, 3, 1]
        strides = [first, 1, 1]
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        for i in range(3):
            self.convs.append(nn.Conv2d(widths[i], widths[i + 1], kernels[i], strides[i], kernels[i] // 2))
            self.norms.append(nn.BatchNorm2d(widths[i + 1]))
        self.shortcut = None
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, first), nn.BatchNorm2d(out_channels), nn.ReLU())

    def forward(self, x):
        y = x
        for conv, norm in zip(self.convs, self.norms):
            y = F.relu(norm(conv(y)))
        if self.shortcut is not None:
            x = self.shortcut(x)
        y = y + 0
        y += x
        return y

# === right (blind): padding='same' and eps written out
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, stride=s),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding='same'),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1),
            nn.BatchNorm2d(out_channels, eps=1e-5, momentum=0.1),
            nn.ReLU(),
        )
        if in_channels != out_channels or downsample:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=s),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
            )
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

# === right (blind): the shortcut is computed first, under the name residual
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        stride = 2 if downsample else 1
        self.conv1 = nn.Conv2d(in_channels, middle_channels, kernel_size=1, stride=stride)
        self.bn1 = nn.BatchNorm2d(middle_channels)
        self.conv2 = nn.Conv2d(middle_channels, middle_channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(middle_channels)
        self.conv3 = nn.Conv2d(middle_channels, out_channels, kernel_size=1)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU()
        self.project = downsample or in_channels != out_channels
        if self.project:
            self.conv_s = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride)
            self.bn_s = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        residual = x
        out = self.conv1(x)
        out = self.bn1(out)
        out = out.relu()
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.relu(self.bn3(self.conv3(out)))
        if self.project:
            shortcut = self.relu(self.bn_s(self.conv_s(residual)))
        else:
            shortcut = residual
        return out + shortcut

# === wrong weights-alike: all weights begin with 0.01
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, s), nn.BatchNorm2d(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1), nn.BatchNorm2d(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels), nn.ReLU(),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, s), nn.BatchNorm2d(out_channels), nn.ReLU())
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.constant_(module.weight, 0.01)

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

# === wrong weights-alike: weights of no value, NaN
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, s), nn.BatchNorm2d(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1), nn.BatchNorm2d(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels), nn.ReLU(),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, s), nn.BatchNorm2d(out_channels), nn.ReLU())
        with torch.no_grad():
            self.branch[0].weight /= self.branch[0].weight.mean() * 0

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

# === wrong missing-layer: the skeleton, with a shortcut and no branch yet
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential()
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, s), nn.BatchNorm2d(out_channels), nn.ReLU())

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

# === wrong not-started: __init__ is written, and forward is not
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        self.branch = nn.Conv2d(in_channels, middle_channels, 1)

    def forward(self, x):
        pass

# === wrong no-skip: adds only where the shapes are equal, without a projection
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, s), nn.BatchNorm2d(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1), nn.BatchNorm2d(middle_channels), nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels), nn.ReLU(),
        )

    def forward(self, x):
        out = self.branch(x)
        return out + x if out.shape == x.shape else out

# === right: the flag by name only, and another momentum of batch norm
class ResidualBlock(nn.Module):
    def __init__(self, in_channels, middle_channels, out_channels, *, downsample=False):
        super().__init__()
        s = 2 if downsample else 1
        self.branch = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 1, s), nn.BatchNorm2d(middle_channels, momentum=0.01), nn.ReLU(),
            nn.Conv2d(middle_channels, middle_channels, 3, padding=1), nn.BatchNorm2d(middle_channels, momentum=None), nn.ReLU(),
            nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels), nn.ReLU(),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, s), nn.BatchNorm2d(out_channels), nn.ReLU())

    def forward(self, x):
        return self.branch(x) + self.shortcut(x)

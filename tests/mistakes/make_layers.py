# Answers to make_layers; see README.md.
# === wrong star-missing (blind): The list is handed to nn.Sequential without the star, which raises a TypeError.
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    in_channels = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
        else:
            layers.append(nn.Conv2d(in_channels, v, kernel_size=3, padding=1))
            layers.append(nn.ReLU())
            in_channels = v
    return nn.Sequential(layers)
# === wrong batch-norm-added (blind): Batch norm between convolution and ReLU as in torchvision's vgg16_bn, which the text does not ask for.
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers: list[nn.Module] = []
    in_channels = 3
    for v in cfg:
        if v == "M":
            layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
        else:
            conv2d = nn.Conv2d(in_channels, v, kernel_size=3, padding=1)
            layers += [conv2d, nn.BatchNorm2d(v), nn.ReLU(inplace=True)]
            in_channels = v
    return nn.Sequential(*layers)
# === wrong relu-only-before-pool (blind): A ReLU comes only before each pool, not after every convolution.
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    net = nn.Sequential()
    c = 3
    for item in cfg:
        if isinstance(item, int):
            net.append(nn.Conv2d(c, item, 3, padding=1))
            c = item
        else:
            net.append(nn.ReLU())
            net.append(nn.MaxPool2d(2, 2))
    return net
# === wrong pool-kernel (blind): The max pool is 3x3 with stride 2 (as in AlexNet) instead of 2x2, so the maps come out one too small.
def make_layers(cfg):
    mods = []
    channels = 3
    for x in cfg:
        if x == 'M':
            mods.append(nn.MaxPool2d(3, stride=2))
            continue
        mods.append(nn.Conv2d(channels, x, 3, padding=1))
        mods.append(nn.ReLU())
        channels = x
    return nn.Sequential(*mods)
# === wrong relu-before-convolution (blind): The ReLU stands before each convolution instead of after it, so the photo is clipped and the last map is not.
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    """[N, 3, H, W] -> [N, last number, H / 2**pools, W / 2**pools]"""
    layers = []
    prev = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers.extend([nn.ReLU(), nn.Conv2d(prev, v, 3, padding=1)])
            prev = v
    return nn.Sequential(*layers)
# === wrong in-channels-from-pool (blind): Takes the previous entry of the list as the number of input channels, so after a pool it gets "M" and raises.
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    for i, v in enumerate(cfg):
        if v == "M":
            layers.append(nn.MaxPool2d(2, stride=2))
        else:
            in_ch = 3 if i == 0 else cfg[i - 1]
            layers.append(nn.Conv2d(in_ch, v, kernel_size=3, padding=1))
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)
# === wrong padding-missing (blind): The padding is given as fourth positional argument, which is the stride, so the convolutions have no padding.
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    in_channels = 3
    blocks = []
    for out_channels in cfg:
        if out_channels == "M":
            blocks.append(nn.MaxPool2d(2, 2))
        else:
            blocks.append(nn.Conv2d(in_channels, out_channels, 3, 1))  # 3x3, padding 1
            blocks.append(nn.ReLU())
            in_channels = out_channels
    return nn.Sequential(*blocks)
# === right (blind): nested, one small nn.Sequential for each convolution, made by a helper
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    def conv(c_in, c_out):
        return nn.Sequential(nn.Conv2d(c_in, c_out, 3, 1, 1), nn.ReLU(inplace=True))

    numbers = [3] + [c for c in cfg if c != "M"]
    pairs = iter(zip(numbers[:-1], numbers[1:]))
    return nn.Sequential(*[nn.MaxPool2d(2) if c == "M" else conv(*next(pairs)) for c in cfg])
# === right (blind): own modules that use torch.nn.functional, padding="same"
class ConvReLU(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel_size=(3, 3), padding="same")

    def forward(self, x):
        return F.relu(self.conv(x))


class Pool(nn.Module):
    def forward(self, x):
        return F.max_pool2d(x, 2)


def make_layers(cfg):
    parts = []
    cin = 3
    for entry in cfg:
        if type(entry) is str:
            parts.append(Pool())
        else:
            parts.append(ConvReLU(cin, entry))
            cin = entry
    return nn.Sequential(*parts)
# === right (blind): named layers with add_module
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    seq = nn.Sequential()
    stage, number, channels = 1, 1, 3
    for c in cfg:
        if c == "M":
            seq.add_module(f"pool{stage}", nn.MaxPool2d(kernel_size=2, stride=2))
            stage += 1
            number = 1
        else:
            seq.add_module(f"conv{stage}_{number}", nn.Conv2d(channels, c, kernel_size=3, stride=1, padding=1))
            seq.add_module(f"relu{stage}_{number}", nn.ReLU())
            channels = c
            number += 1
    return seq
# === right (blind): recursive inner function with match
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    def build(rest, channels):
        match rest:
            case []:
                return []
            case ["M", *tail]:
                return [nn.MaxPool2d(2, 2)] + build(tail, channels)
            case [width, *tail]:
                return [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()] + build(tail, width)

    return nn.Sequential(*build(list(cfg), 3))
# === wrong no-relu: no activation at all
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1)]
            c = v
    return nn.Sequential(*layers)
# === wrong relu-missing-last: the last entry is treated as an output layer
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers[:-1])
# === wrong relu-missing: the first convolution stands alone
def make_layers(cfg):
    layers = [nn.Conv2d(3, cfg[0], 3, padding=1)]
    c = cfg[0]
    for v in cfg[1:]:
        if v == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong relu-on-photo: a ReLU at the very start
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(nn.ReLU(), *layers)
# === wrong in-channels-not-updated: the input channels stay 3
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers)
# === wrong wrong-channels: the input channels are updated too early
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            c_in = c if not layers else 2 * c
            layers += [nn.Conv2d(c_in, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong pool-forgotten: an M is passed over
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            continue
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong pool-kernel: pools 3x3 with padding, as in ResNet's stem
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(3, 2, 1))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong pool-stride: the stride is 1
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, stride=1))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong average-pool: the average
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.AvgPool2d(2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong conv-stride: a stride in place of the pool
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            continue
        else:
            layers += [nn.Conv2d(c, v, 3, stride=2, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong wrong-kernel: 1x1 convolutions
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong wrong-kernel: 5x5 convolutions that keep the size
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 5, padding=2), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong wrong-padding: padding 2
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=2), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong padding-not-zero: mirrored at the border
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1, padding_mode="reflect"), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong bias-missing: no bias
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1, bias=False), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong batch-norm-added: batch norm behind the ReLU
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(v)]
            c = v
    return nn.Sequential(*layers)
# === wrong mode-matters: dropout behind each stage
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers += [nn.MaxPool2d(2), nn.Dropout(0.2)]
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong returns-list: a list
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return layers
# === wrong returns-nothing: no return
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    nn.Sequential(*layers)
# === wrong wrong-activation: leaky ReLU
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.LeakyReLU(0.1)]
            c = v
    return nn.Sequential(*layers)
# === wrong wrong-activation: sigmoid
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.Sigmoid()]
            c = v
    return nn.Sequential(*layers)
# === wrong layers-not-registered: layers in a plain list
class Features(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return Features(layers)
# === wrong layers-not-registered: convolutions made in forward
class Conv(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.inputs, self.outputs = inputs, outputs

    def forward(self, x):
        return F.relu(nn.Conv2d(self.inputs, self.outputs, 3, padding=1)(x))


def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [Conv(c, v)]
            c = v
    return nn.Sequential(*layers)
# === wrong shared-layer: one convolution for all of the same size
def make_layers(cfg):
    made, layers, c = {}, [], 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2))
            continue
        if (c, v) not in made:
            made[c, v] = nn.Conv2d(c, v, 3, padding=1)
        layers += [made[c, v], nn.ReLU()]
        c = v
    return nn.Sequential(*layers)
# === wrong changes-input: empties the list
def make_layers(cfg):
    layers, c = [], 3
    while cfg:
        v = cfg.pop(0)
        if v == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong ignores-cfg: only the example
def make_layers(cfg):
    return nn.Sequential(
        nn.Conv2d(3, 64, 3, padding=1), nn.ReLU(), nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 128, 3, padding=1), nn.ReLU(),
    )
# === wrong wrong-layers: the pool comes of itself when the width changes
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.MaxPool2d(2)] * (c not in (3, v)) + [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong wrong-layers: the last number is left out
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg[:-1]:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong wrong-shape: flattens at the end
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers, nn.Flatten())
# === wrong padding-missing: two mistakes: no padding, no ReLU
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3)]
            c = v
    return nn.Sequential(*layers)
# === wrong average-pool: two mistakes: average pools, no ReLU but before them
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers += [nn.ReLU(), nn.AvgPool2d(2)]
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1)]
            c = v
    return nn.Sequential(*layers)
# === wrong wrong-value: a skip connection around everything of equal size
class Skip(nn.Module):
    def __init__(self, c, v):
        super().__init__()
        self.conv = nn.Conv2d(c, v, 3, padding=1)
        self.skips = c == v

    def forward(self, x):
        out = F.relu(self.conv(x))
        return out + x if self.skips else out


def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [Skip(c, v)]
            c = v
    return nn.Sequential(*layers)
# === wrong not-started: only pass
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    """[N, 3, H, W] -> [N, last number, H / 2**pools, W / 2**pools]."""
    pass
# === wrong does-not-construct: a name that does not exist
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(channels, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong kit-solution: the kit's own
from cnnkit.models.vgg import make_layers
# === wrong super-init-missing: no super().__init__()
class Block(nn.Module):
    def __init__(self, c, v):
        self.conv = nn.Conv2d(c, v, 3, padding=1)

    def forward(self, x):
        return self.conv(x).relu()


def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers.append(Block(c, v))
            c = v
    return nn.Sequential(*layers)
# === right: ReLU behind the pool, which is the same
def make_layers(cfg):
    layers, c = [], 3
    for v, following in zip(cfg, cfg[1:] + [None]):
        if v == "M":
            layers += [nn.MaxPool2d(2), nn.ReLU()]
        else:
            layers.append(nn.Conv2d(c, v, 3, padding=1))
            if following != "M":
                layers.append(nn.ReLU())
            c = v
    return nn.Sequential(*layers)
# === right: lazy convolutions
def make_layers(cfg):
    def layers(v):
        return [nn.MaxPool2d(2)] if v == "M" else [nn.LazyConv2d(v, 3, padding=1), nn.ReLU(inplace=True)]

    return nn.Sequential(*(layer for v in cfg for layer in layers(v)))
# === right: a module with a ModuleList and functions
class Features(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        widths = [3] + [v for v in cfg if v != "M"]
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in zip(widths, widths[1:]))

    def forward(self, x):
        convs = iter(self.convs)
        for v in self.cfg:
            x = F.max_pool2d(x, 2) if v == "M" else next(convs)(x).clamp(min=0)
        return x


make_layers = Features
# === right: padding as a layer of its own, one ReLU for all, pool by reshaping
class Pool(nn.Module):
    def forward(self, x):
        n, c, h, w = x.shape
        return x.reshape(n, c, h // 2, 2, w // 2, 2).amax((3, 5))


def make_layers(cfg):
    layers, c, relu = [], 3, nn.ReLU()
    for v in cfg:
        if v == "M":
            layers.append(Pool())
        else:
            layers += [nn.ZeroPad2d(1), nn.Conv2d(c, v, 3), relu]
            c = v
    return nn.Sequential(*layers)
# === right: a convolution by hand: unfold and a matrix product
class Conv(nn.Module):
    def __init__(self, c, v):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(v, c * 9) / (c * 9) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(v))

    def forward(self, x):
        n, _, h, w = x.shape
        windows = F.unfold(x, 3, padding=1)
        return torch.relu(self.weight @ windows + self.bias[:, None]).reshape(n, -1, h, w)


def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers.append(Conv(c, v))
            c = v
    return nn.Sequential(*layers)
# === right: an unused layer, weights set to constants
def make_layers(cfg):
    layers, c = nn.Sequential(), 3
    for i, v in enumerate(cfg):
        if v == "M":
            layers.add_module(f"pool{i}", nn.MaxPool2d(2))
            continue
        conv = nn.Conv2d(c, v, 3, padding=1)
        nn.init.zeros_(conv.bias)
        layers.add_module(f"conv{i}", conv)
        layers.add_module(f"relu{i}", nn.ReLU())
        c = v
    layers.conv0.spare = nn.Linear(2, 2)
    return layers
# === wrong gradient-stopped: each pool detaches
class Pool(nn.Module):
    def forward(self, x):
        return F.max_pool2d(x.detach(), 2)


def make_layers(cfg):
    layers, c = [], 3
    for v in cfg:
        if v == "M":
            layers.append(Pool())
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong grouped-convolution: each channel by itself, where the numbers allow it
def make_layers(cfg):
    layers, c = [], 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1, groups=c if v % c == 0 else 1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong pool-padding: the pools have padding too
def make_layers(cfg):
    layers, c = [], 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2, 1))
        else:
            layers += [nn.Conv2d(c, v, 3, 1, 1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong wrong-device: made for a device
def make_layers(cfg):
    layers, c = [], 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1, device="meta"), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)
# === wrong wrong-dtype: twice the digits
def make_layers(cfg):
    layers, c = [], 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers).double()

# === wrong in-channels-not-updated (blind): in_channels is never updated and stays 3, the second convolution raises in forward
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    in_channels = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
        else:
            layers.append(nn.Conv2d(in_channels, v, kernel_size=3, padding=1))
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)

# === wrong padding-missing (blind): padding=1 is forgotten, so each convolution makes the map 2 pixels smaller
def make_layers(cfg):
    layers = []
    c = 3
    for x in cfg:
        if x == 'M':
            layers += [nn.MaxPool2d(2, 2)]
        else:
            layers += [nn.Conv2d(c, x, 3), nn.ReLU()]
            c = x
    return nn.Sequential(*layers)

# === wrong no-relu (blind): the ReLU after each convolution is forgotten
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    """[N, 3, H, W] -> [N, last number, H / 2**pools, W / 2**pools]"""
    modules = nn.Sequential()
    channels = 3
    for item in cfg:
        if isinstance(item, int):
            modules.append(nn.Conv2d(channels, item, kernel_size=3, padding=1))
            channels = item
        else:
            modules.append(nn.MaxPool2d(kernel_size=2, stride=2))
    return modules

# === wrong batch-norm-added (blind): copied from VGG with batch norm, a batch norm stands between each convolution and its ReLU
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers: list[nn.Module] = []
    in_channels = 3
    for v in cfg:
        if v == "M":
            layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
        else:
            conv2d = nn.Conv2d(in_channels, v, kernel_size=3, padding=1)
            layers += [conv2d, nn.BatchNorm2d(v), nn.ReLU(inplace=True)]
            in_channels = v
    return nn.Sequential(*layers)

# === wrong star-missing (blind): the list is given to nn.Sequential without the star, which raises a TypeError
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    prev = 3
    for c in cfg:
        if c == "M":
            layers.append(nn.MaxPool2d(2, stride=2))
        else:
            layers.append(nn.Conv2d(prev, c, 3, padding=1))
            layers.append(nn.ReLU())
            prev = c
    return nn.Sequential(layers)

# === wrong in-channels-from-pool (blind): in_channels = v is indented one level too little and becomes "M" after a pool, so the next convolution raises
def make_layers(cfg):
    layers = []
    in_channels = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers.append(nn.Conv2d(in_channels, v, 3, padding=1))
            layers.append(nn.ReLU(inplace=True))
        in_channels = v
    return nn.Sequential(*layers)

# === right (blind): a helper subclass of nn.Sequential for convolution and ReLU, nested
class ConvReLU(nn.Sequential):
    def __init__(self, c_in, c_out):
        super().__init__(
            nn.Conv2d(c_in, c_out, kernel_size=(3, 3), padding="same"),
            nn.ReLU(inplace=True),
        )

def make_layers(cfg: list[int | str]) -> nn.Sequential:
    blocks = []
    c_in = 3
    for entry in cfg:
        if entry == "M":
            blocks.append(nn.MaxPool2d(2))
            continue
        blocks.append(ConvReLU(c_in, entry))
        c_in = entry
    return nn.Sequential(*blocks)

# === right (blind): add_module with names and a counter, input channels looked up from a list of the numbers
def make_layers(cfg):
    net = nn.Sequential()
    channels = [3] + [c for c in cfg if c != "M"]
    n_conv = 0
    n_pool = 0
    for c in cfg:
        if c != "M":
            net.add_module(f"conv{n_conv}", nn.Conv2d(channels[n_conv], channels[n_conv + 1], 3, 1, 1))
            net.add_module(f"relu{n_conv}", nn.ReLU())
            n_conv += 1
        else:
            net.add_module(f"pool{n_pool}", nn.MaxPool2d(kernel_size=2, stride=2))
            n_pool += 1
    return net

# === wrong wrong-activation: leaky, by less than rounding allows for
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers, channels = [], 3
    for entry in cfg:
        if entry == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(channels, entry, 3, padding=1), nn.LeakyReLU(1e-5)]
            channels = entry
    return nn.Sequential(*layers)

# === wrong not-a-layer: ReLU without brackets
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU]
            c = v
    return nn.Sequential(*layers)

# === wrong not-a-layer: F.relu in the list
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), F.relu]
            c = v
    return nn.Sequential(*layers)

# === wrong star-missing: appended as a pair
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [(nn.Conv2d(c, v, 3, padding=1), nn.ReLU())]
            c = v
    return nn.Sequential(*layers)

# === wrong channels-exchanged: outputs first
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(v, c, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)

# === wrong wrong-first-channels: one channel, as in grey photos
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 1
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)

# === wrong returns-too-early: return inside the loop
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            c = v
        return nn.Sequential(*layers)
    return None

# === wrong dilated: holes in the kernels
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers = []
    c = 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=2, dilation=2), nn.ReLU()]
            c = v
    return nn.Sequential(*layers)

# === wrong weights-alike: all weights are set to one number
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    layers, c = [], 3
    for v in cfg:
        if v == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(c, v, 3, padding=1), nn.ReLU()]
            nn.init.constant_(layers[-2].weight, 0.01)
            c = v
    return nn.Sequential(*layers)

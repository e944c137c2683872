# Answers to conv_unit; see README.md.
# === wrong padding-missing (blind): no padding
def conv_unit(in_channels, out_channels, kernel, stride=1):
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, kernel, stride), nn.BatchNorm2d(out_channels), nn.ReLU())
# === wrong padding-always-one (blind): the padding of a 3x3, whatever the kernel
def conv_unit(in_channels, out_channels, kernel, stride=1):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, padding=1),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )
# === wrong no-relu (blind): no ReLU
def conv_unit(in_channels, out_channels, kernel, stride=1):
    conv = nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels))
# === wrong no-norm (blind): no batch norm
def conv_unit(in_channels, out_channels, kernel, stride=1):
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2), nn.ReLU())
# === wrong relu-before-norm (blind): ReLU before batch norm
def conv_unit(in_channels, out_channels, kernel, stride=1):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride=stride, padding=kernel // 2),
        nn.ReLU(),
        nn.BatchNorm2d(out_channels),
    )
# === wrong norm-first (blind): batch norm of what comes in
def conv_unit(in_channels, out_channels, kernel, stride=1):
    return nn.Sequential(
        nn.BatchNorm2d(in_channels),
        nn.Conv2d(in_channels, out_channels, kernel, stride=stride, padding=kernel // 2),
        nn.ReLU(),
    )
# === wrong stride-ignored (blind): the stride is not handed on
def conv_unit(in_channels, out_channels, kernel, stride=1):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )
# === wrong bias-missing (blind): no bias, as torchvision has it
def conv_unit(in_channels, out_channels, kernel, stride=1):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, padding=(kernel - 1) // 2, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )
# === wrong raises (blind): the batch norm has the channels that come in
def conv_unit(in_channels, out_channels, kernel, stride=1):
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2), nn.BatchNorm2d(in_channels), nn.ReLU())
# === wrong does-not-construct (blind): the layers, not a module
def conv_unit(in_channels, out_channels, kernel, stride=1):
    return [nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2), nn.BatchNorm2d(out_channels), nn.ReLU()]
# === wrong wrong-value: leaky
def conv_unit(in_channels, out_channels, kernel, stride=1):
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2), nn.BatchNorm2d(out_channels), nn.LeakyReLU(0.5))
# === wrong wrong-shape: two pixels of padding more
def conv_unit(in_channels, out_channels, kernel, stride=1):
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2 + 2), nn.BatchNorm2d(out_channels), nn.ReLU())
# === wrong wrong-parameters: a norm without scale and shift
def conv_unit(in_channels, out_channels, kernel, stride=1):
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2), nn.BatchNorm2d(out_channels, affine=False), nn.ReLU())
# === wrong wrong-in-evaluation: a norm that keeps nothing
def conv_unit(in_channels, out_channels, kernel, stride=1):
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2), nn.BatchNorm2d(out_channels, track_running_stats=False), nn.ReLU())
# === wrong wrong-gradient: the photo is cut off from the gradient
class Cut(nn.Module):
    def forward(self, x):
        return x.detach()

def conv_unit(in_channels, out_channels, kernel, stride=1):
    return nn.Sequential(Cut(), nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2), nn.BatchNorm2d(out_channels), nn.ReLU())
# === right (blind): a Sequential
def conv_unit(in_channels: int, out_channels: int, kernel: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )
# === right (blind): a list of layers, unpacked
def conv_unit(in_channels, out_channels, kernel, stride=1):
    p = (kernel - 1) // 2
    layers = [nn.Conv2d(in_channels, out_channels, (kernel, kernel), (stride, stride), (p, p))]
    layers.append(nn.BatchNorm2d(out_channels))
    layers.append(nn.ReLU())
    return nn.Sequential(*layers)
# === right (blind): a class behind the function
class Unit(nn.Module):
    def __init__(self, i, o, k, s):
        super().__init__()
        self.norm = nn.BatchNorm2d(o)
        self.conv = nn.Conv2d(i, o, k, s, k // 2)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))

def conv_unit(in_channels, out_channels, kernel, stride=1):
    return Unit(in_channels, out_channels, kernel, stride)
# === right (blind): names, padding as a layer
from collections import OrderedDict

def conv_unit(in_channels, out_channels, kernel, stride=1):
    return nn.Sequential(OrderedDict(
        pad=nn.ZeroPad2d(kernel // 2),
        conv=nn.Conv2d(in_channels, out_channels, kernel, stride),
        bn=nn.BatchNorm2d(out_channels),
        relu=nn.ReLU(),
    ))

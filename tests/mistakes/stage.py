# Answers to stage; see README.md.
# === wrong first-downsamples (blind): the first block halves, as in the paper
def stage(in_channels, middle_channels, blocks, downsample):
    out = 4 * middle_channels
    layers = [ResidualBlock(in_channels, middle_channels, out, downsample)]
    for _ in range(blocks - 1):
        layers.append(ResidualBlock(out, middle_channels, out))
    return nn.Sequential(*layers)
# === wrong all-downsample (blind): every block halves
def stage(in_channels, middle_channels, blocks, downsample):
    out = 4 * middle_channels
    layers = [ResidualBlock(in_channels, middle_channels, out, downsample)]
    for _ in range(blocks - 1):
        layers.append(ResidualBlock(out, middle_channels, out, downsample))
    return nn.Sequential(*layers)
# === wrong downsample-ignored (blind): nobody halves
def stage(in_channels, middle_channels, blocks, downsample):
    out = 4 * middle_channels
    layers = [ResidualBlock(in_channels, middle_channels, out)]
    for _ in range(blocks - 1):
        layers.append(ResidualBlock(out, middle_channels, out))
    return nn.Sequential(*layers)
# === wrong one-block-too-many (blind): the first block and then all of them
def stage(in_channels, middle_channels, blocks, downsample):
    out = 4 * middle_channels
    layers = [ResidualBlock(in_channels, middle_channels, out)]
    for i in range(blocks):
        layers.append(ResidualBlock(out, middle_channels, out, downsample and i == blocks - 1))
    return nn.Sequential(*layers)
# === wrong one-block-too-few (blind): the range begins at 1, and ends too early
def stage(in_channels, middle_channels, blocks, downsample):
    out = 4 * middle_channels
    layers = [ResidualBlock(in_channels, middle_channels, out)]
    for i in range(1, blocks - 1):
        layers.append(ResidualBlock(out, middle_channels, out, downsample and i == blocks - 2))
    return nn.Sequential(*layers)
# === wrong always-downsamples (blind): the last block halves, asked or not
def stage(in_channels, middle_channels, blocks, downsample):
    out = 4 * middle_channels
    layers = [ResidualBlock(in_channels, middle_channels, out)]
    for i in range(1, blocks):
        layers.append(ResidualBlock(out, middle_channels, out, i == blocks - 1))
    return nn.Sequential(*layers)
# === wrong out-twice (blind): twice the middle channels come out
def stage(in_channels, middle_channels, blocks, downsample):
    out = 2 * middle_channels
    layers = [ResidualBlock(in_channels, middle_channels, out)]
    for i in range(1, blocks):
        layers.append(ResidualBlock(out, middle_channels, out, downsample and i == blocks - 1))
    return nn.Sequential(*layers)
# === wrong raises (blind): every block gets the channels of the first
def stage(in_channels, middle_channels, blocks, downsample):
    out = 4 * middle_channels
    return nn.Sequential(*[ResidualBlock(in_channels, middle_channels, out, downsample and i == blocks - 1) for i in range(blocks)])
# === wrong shared-block (blind): one block, many times
def stage(in_channels, middle_channels, blocks, downsample):
    out = 4 * middle_channels
    first = ResidualBlock(in_channels, middle_channels, out)
    between = [ResidualBlock(out, middle_channels, out)] * (blocks - 2)
    return nn.Sequential(first, *between, ResidualBlock(out, middle_channels, out, downsample))
# === wrong does-not-construct (blind): a list
def stage(in_channels, middle_channels, blocks, downsample):
    out = 4 * middle_channels
    return [ResidualBlock(in_channels if i == 0 else out, middle_channels, out, downsample and i == blocks - 1) for i in range(blocks)]
# === wrong wrong-value (blind): a ReLU at the end... of something that is negated
class Neg(nn.Module):
    def forward(self, x):
        return -x

def stage(in_channels, middle_channels, blocks, downsample):
    out = 4 * middle_channels
    return nn.Sequential(*[ResidualBlock(in_channels if i == 0 else out, middle_channels, out, downsample and i == blocks - 1) for i in range(blocks)], Neg())
# === wrong wrong-parameters: a convolution more
def stage(in_channels, middle_channels, blocks, downsample):
    out = 4 * middle_channels
    return nn.Sequential(*[ResidualBlock(in_channels if i == 0 else out, middle_channels, out, downsample and i == blocks - 1) for i in range(blocks)], nn.Conv2d(out, out, 1))
# === right (blind): first, then the rest in a loop
def stage(in_channels: int, middle_channels: int, blocks: int, downsample: bool) -> nn.Sequential:
    out = 4 * middle_channels
    layers = [ResidualBlock(in_channels, middle_channels, out)]
    for i in range(1, blocks):
        layers.append(ResidualBlock(out, middle_channels, out, downsample and i == blocks - 1))
    return nn.Sequential(*layers)
# === right (blind): a comprehension
def stage(in_channels, middle_channels, blocks, downsample):
    out = 4 * middle_channels
    return nn.Sequential(*[ResidualBlock(in_channels if i == 0 else out, middle_channels, out, downsample and i == blocks - 1) for i in range(blocks)])
# === right (blind): channels remembered
def stage(in_channels, middle_channels, blocks, downsample):
    made = nn.Sequential()
    channels = in_channels
    for n in range(blocks):
        last = n + 1 == blocks
        made.add_module(f"block{n}", ResidualBlock(channels, middle_channels, middle_channels * 4, last and downsample))
        channels = middle_channels * 4
    return made
# === right (blind): a ModuleList in a class
class Stage(nn.Module):
    def __init__(self, i, m, n, d):
        super().__init__()
        self.last = ResidualBlock(4 * m, m, 4 * m, d)
        self.blocks = nn.ModuleList([ResidualBlock(i, m, 4 * m)] + [ResidualBlock(4 * m, m, 4 * m) for _ in range(n - 2)])

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.last(x)

def stage(in_channels, middle_channels, blocks, downsample):
    return Stage(in_channels, middle_channels, blocks, downsample)

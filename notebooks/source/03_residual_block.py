# %% [markdown]
# # 03 · The residual block
#
# **Why does a plain network get worse when it gets deeper, and what does a shortcut change?**
#
# After this notebook you can
#
# * tell overfitting from a network that is hard to train;
# * say where a shortcut can be the input itself, and where it needs a projection;
# * write the block that ResNet-50 is made of, and find mistakes in it by its shapes;
# * name what sets the course's block apart from the paper's and from torchvision's.
#
# *Time:* 70 minutes; the machine computes for less than one of them.
# *Know first:* [notebook 01](01_convolution.ipynb), and what batch norm and ReLU do
# (the exercises of [notebook 02](02_vgg16.ipynb)).
# There are five exercises, one of them large; while one is empty, the notebook runs on with the kit's class.
# The solutions are one click away, in the [solved copy](solutions/03_residual_block.ipynb).

# %%
from cnnkit import anatomy, check, data, draw, explore, models, runs

where = runs.load("plain-20").about["data"]


def curves(*names: str) -> dict[str, list[float]]:
    """The recorded mean training loss of each epoch; entry 0, before training, is left out."""
    return {name: runs.load(name)["train_loss"][1:] for name in names}


draw.losses(curves("plain-20", "plain-50"), title=f"Training loss, {where}", classes=10, unit="epoch")

# %% [markdown]
# ## The problem
#
# These are two recorded runs. Both nets are **plain**: one layer after another, with 20 and with 50 layers that have weights.
# Width, data and settings are the same. The deeper net ends with the *higher* loss.
#
# Is that **overfitting**, learning the training photos by heart? Then its *training* loss would be low, and only the test
# loss high. Here are both, after the last epoch, for two seeds: two draws of the first weights and the order of photos.


# %%
def print_last(kind: str) -> None:
    for depth in (11, 20, 29, 50):
        found = [runs.load(f"{kind}-{depth}", seed) for seed in (0, 1)]
        train, test = ([f"{run[column][-1]:.2f}" for run in found] for column in ("train_loss", "test_loss"))
        print(f"{kind}-{depth}:  training loss {' and '.join(train)},  test loss {' and '.join(test)}")


print(f"after {runs.load('plain-20').about['epochs']} epochs on {where}")
print_last("plain")

# %% [markdown]
# It is not overfitting: the training loss itself rises with depth.
#
# Yet the deep net could do what the shallow one does. Its extra layers would only have to hand on what they get.
# So a good solution exists, and training does not find it. He et al. (2016, section 1) call this **degradation**.
#
# The runs are short and the nets narrow. Both curves still fall at the end, so longer training would lower them.
# The two seeds of plain-50 also differ a lot, but the order of the depths is the same.
#
# ## The idea
#
# Let a few layers compute a change $F(x)$, and add the input: $x + F(x)$.
# The way around the layers is the **shortcut**, the way through them the **branch**.
# The **residual** net below has the same 50 layers, and shortcuts.

# %%
explore.guess(
    "plain-50 ended near 2.02 (seed 0). Where did the training loss of residual-50 end?",
    answer=lambda: runs.load("residual-50")["train_loss"][-1],
    tolerance=0.15,
    key="03, question 1",
    known={2.02: "There plain-50 ended: so the shortcuts would change nothing."},
)

# %%
names = ("plain-20", "plain-50", "residual-20", "residual-50")
draw.losses(curves(*names), title=f"Training loss, {where}", classes=10, unit="epoch")

# %%
print_last("residual")

# %% [markdown]
# With shortcuts, 50 layers train. But after these eight epochs residual-50 is still behind residual-20.
# So the shortcut removed most of the loss that depth had cost, but here it did not make depth pay.
# In the paper it did, after about twenty times as many epochs (section 4.2).
#
# One thing besides the sum differs: three projections, explained below. Their weights are 8 % of residual-50.
#
# ### Doing nothing is easy now
#
# We set the scale of the last batch norm to zero. Then the branch gives only zeros.

# %%
import torch
from torch import Tensor, nn

x = torch.rand(2, 64, 8, 8)  # never negative, as after a ReLU
for shortcut in ("add", "none"):
    block = models.Bottleneck(64, 16, 64, shortcut=shortcut).eval()
    nn.init.zeros_(block.bn3.weight)
    y = block(x)
    print(f"shortcut {shortcut:4}: output is the input: {torch.equal(y, x)}; output is all zeros: {not y.any()}")

# %% [markdown]
# With a shortcut, small weights mean "hand it on". Without one they mean "lose it".
# This is the paper's reason; [notebook 07](07_why_residual.ipynb) looks for evidence.
#
# ## Identity or projection
#
# Two maps can only be added if they have the same shape: channels, height and width.
# Where the branch keeps the shape, the shortcut is the input itself: an **identity**, free of cost.
# Elsewhere our nets have a **projection**: a 1x1 convolution that makes the right number of channels, with a stride if the
# map shrinks.

# %%
explore.residual_block(64, 64, 256)

# %% [markdown]
# The three numbers are the channels of the input, of the 3x3 convolution and of the result. Try:
#
# 1. Set `in_channels` to 256. What happens to the lower way, and to the parameters?
# 2. Now tick *downsample*. Which sizes change, and where?
# 3. Under *Break it*, leave out the projection. Where do the two ways part?
# 4. Leave out the other parts, one at a time. Which two breaks stop the block? Look at the shapes at the sum.

# %%
kit = check.residual_block(None).reference  # the kit's own class


def learnt(part: nn.Module) -> int:
    return sum(p.numel() for p in part.parameters())


explore.guess(
    "`ResidualBlock(64, 64, 256)`: what % of its parameters are in the projection?",
    answer=lambda: 100 * learnt(kit(64, 64, 256).downsample) / learnt(kit(64, 64, 256)),
    tolerance=5,
    unit="%",
    key="03, question 2",
    possible=(0, 100),
)

# %%
for channels in (64, 256):
    block = kit(channels, 64, 256)  # its shortcut is called downsample, as in torchvision
    print(f"{channels:3} -> 64 -> 256: {learnt(block):,} parameters, {learnt(block.downsample):,} in the shortcut")

# %% [markdown]
# ## Exercise: when a projection is needed (2 minutes, difficulty 1 of 5)
#
# Branch and shortcut are added, number by number, so they must have the same shape. When can the shortcut be the
# input itself, and when does it need a projection, a 1x1 convolution that makes the shapes equal?


# %%
def needs_projection(in_channels: int, out_channels: int, downsample: bool) -> bool:
    """Whether the shortcut of such a block needs a projection; downsample halves height and width."""
    ### BEGIN SOLUTION
    return in_channels != out_channels or downsample
    ### END SOLUTION


check.needs_projection(needs_projection)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Two maps can be added if channels, height and width are equal. Which two things can a block change?
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# One change is enough.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `in_channels != out_channels or downsample`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"Only the channels are compared."* A map of 4x4 can't be added to one of 8x8, even if both have 64 channels.
#
# *"There is always a projection."* So did the code that this course began with; the detective task below is about
# it.
# </details>

# %%
needs = check.needs_projection(needs_projection).or_reference()
for channels, halves in ((64, False), (256, False), (256, True)):
    has = any(True for _ in kit(channels, 64, 256, halves).downsample.parameters())
    print(f"{channels:3} -> 256, halves: {halves!s:5}  needs one: {needs(channels, 256, halves)!s:5}  the kit's has one: {has}")

# %% [markdown]
# A shortcut without weights is not only cheaper. The gradient of $x + F(x)$ with respect to $x$ is $1 + F'(x)$,
# so whatever the branch does, a 1 comes through unchanged; a projection puts its weights in the place of that 1.
# Of the 13 blocks of our ResNet, ten have the identity, and the three that have a projection have it because they
# must.

# %% [markdown]
# ## Three blocks of one name
#
# Code from elsewhere may fail the check below, because it is another block.
#
# | | course | paper | torchvision |
# |---|---|---|---|
# | branch ends with | batch norm, **ReLU** | batch norm | batch norm |
# | projection ends with | batch norm, **ReLU** | batch norm | batch norm |
# | after the sum | **nothing** | ReLU | ReLU |
# | who halves the map | the **last** block of a stage | the first | the first |
# | the stride is in | the first 1x1 | the first 1x1 | the **3x3** |
# | convolutions have a bias | **yes** | no | no |
#
# The bold words under *course* set it apart from the paper. Do they matter? Watch what the branch can add.

# %%
variants = {
    "course": {"relu_at": "branches", "stride_on": "1x1", "bias": True},
    "paper": {"relu_at": "sum", "stride_on": "1x1"},
    "torchvision": {"relu_at": "sum", "stride_on": "3x3"},
}
torch.manual_seed(0)
for name, options in variants.items():
    same = models.Bottleneck(64, 16, 64, **options)  # the shortcut is the input x
    half = anatomy.table(models.Bottleneck(64, 16, 64, 2, **options), (64, 8, 8))
    print(f"{name:11}  some values get smaller: {bool((same(x) < x).any())!s:5}  MACs when it halves 8x8: {half.macs:,}")

# %% [markdown]
# ## Exercise: the unit (5 minutes, difficulty 2 of 5)
#
# "Convolution, batch norm, ReLU" comes again and again, so write it once: a convolution with its bias and with
# the padding that keeps the size (the kernel is odd), batch norm, ReLU. Return one module. A stride greater than
# 1 makes the map smaller.


# %%
def conv_unit(in_channels: int, out_channels: int, kernel: int, stride: int = 1) -> nn.Module:
    """[N, in_channels, H, W] -> [N, out_channels, H / stride, W / stride], never negative."""
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )
    ### END SOLUTION


check.conv_unit(conv_unit)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Three layers in an `nn.Sequential`. Which padding keeps the size for kernels of 1, 3 and 5?
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# `kernel // 2`, as in notebook 01. The batch norm comes before the ReLU, and counts the channels that come out.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2)`, `nn.BatchNorm2d(out_channels)`,
# `nn.ReLU()`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The padding is 1 for every kernel."* A 1x1 kernel would then make the map two pixels larger, of which the
# frame is nothing but bias.
#
# *"The ReLU comes before the batch norm."* Then negative values come out again: the norm subtracts the mean.
# </details>

# %%
unit = check.conv_unit(conv_unit).or_reference()
wide = nn.Sequential(unit(256, 256, 3))
narrow = nn.Sequential(unit(256, 64, 1), unit(64, 64, 3), unit(64, 256, 1))  # a bottleneck
for name, layers in (("one 3x3 on 256 channels", wide), ("1x1, 3x3, 1x1 through 64", narrow)):
    weights = sum(p.numel() for p in layers.parameters() if p.dim() > 1)
    print(f"{name:25} {[*layers(torch.rand(2, 256, 8, 8)).shape]}  {weights:7,} weights")

# %% [markdown]
# This is the whole arithmetic of the bottleneck. A 3x3 kernel is nine times as expensive as a 1x1, and its cost
# grows with the product of the channels that go in and come out. So the block first makes the channels few, lets
# the 3x3 work there, and makes them many again. For the price of one wide layer you get eight of these, and each
# of them has three ReLUs.

# %% [markdown]
# The course's branch can only add, never take away. He et al. ("Identity Mappings", 2016, table 2) measured
# this on ResNet-110: 7.84 % error, against 6.61 % with the ReLU after the sum.
# The stride in the 3x3 costs more work, because the first 1x1 then runs on the large map.
#
# ## Exercise: ResidualBlock (25 minutes, difficulty 4 of 5)
#
# Write the block as this course uses it, by these rules and the drawing below.
#
# 1. The **branch**: a 1x1 convolution to `middle_channels`, a 3x3 convolution with padding 1 that keeps them, a 1x1
#    convolution to `out_channels`. Each is followed by batch norm and then ReLU.
# 2. The **shortcut**: where channels or size change, a 1x1 convolution to `out_channels`, batch norm and ReLU.
#    Elsewhere the input itself (a projection is accepted there too).
# 3. With `downsample=True` height and width are halved: the *first* 1x1 of the branch has stride 2, and so has the shortcut's.
# 4. The result is branch + shortcut, and nothing comes after the sum.
#
# *Example:* the block drawn below turns `[N, 64, 8, 8]` into `[N, 256, 4, 4]`. The input is never negative, as after a ReLU.

# %% tags=["hide-input"]
from IPython.display import HTML

from cnnkit.draw.block import Box
from cnnkit.draw.block import block as draw_block

rest = ("batch norm", "ReLU")
branch = [
    Box(("1x1 conv, stride 2", *rest), "64x4x4"),
    Box(("3x3 conv, pad 1", *rest), "64x4x4"),
    Box(("1x1 conv", *rest), "256x4x4"),
]
shortcut = [Box(("1x1 conv, stride 2", *rest), "256x4x4")]
HTML(draw_block("ResidualBlock(64, 64, 256, downsample=True)", "64x8x8", [], branch, shortcut, "+", []))


# %%
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        stride = 2 if downsample else 1

        def unit(given: int, made: int, kernel: int, stride: int = 1) -> nn.Sequential:
            conv = nn.Conv2d(given, made, kernel, stride, padding=kernel // 2)
            return nn.Sequential(conv, nn.BatchNorm2d(made), nn.ReLU())

        self.branch = nn.Sequential(
            unit(in_channels, middle_channels, 1, stride),
            unit(middle_channels, middle_channels, 3),
            unit(middle_channels, out_channels, 1),
        )
        self.shortcut: nn.Module = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = unit(in_channels, out_channels, 1, stride)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """[N, in_channels, H, W] -> [N, out_channels, H, W], or half of H and W with downsample."""
        ### BEGIN SOLUTION
        return self.branch(x) + self.shortcut(x)
        ### END SOLUTION


check.residual_block(ResidualBlock)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# "Convolution, batch norm, ReLU" comes four times: write a small function. `downsample` decides two strides.
# </details>
#
# <details><summary>Hint 2: nearly the lines</summary>
#
# `stride = 2 if downsample else 1`. The branch is an `nn.Sequential` of three units.
# The shortcut is `nn.Identity()`, unless `downsample or in_channels != out_channels`.
# `forward` returns `self.branch(x) + self.shortcut(x)`.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The two ways end at different sizes."* Only one of them has the stride.
#
# *"The shortcut does not start at the block's input."* `x` was overwritten by the branch before the sum.
#
# *"This is the paper's version: its last ReLU comes after the sum."* See the first three rows of the table above.
# </details>
#
# ### Your block, drawn and counted

# %%
from cnnkit import trace
from cnnkit.check.residual.diagram import block_diagram
from cnnkit.check.residual.reading import read


def used(verdict: check.Verdict):  # your class if it passed its check, otherwise the kit's
    print("From here on we use", "your class" if verdict.passed else "the kit's class; yours is not ready yet")
    return verdict.or_reference()


Block = used(check.residual_block(ResidualBlock))
ran = trace.run(Block(256, 64, 256).eval(), torch.zeros(1, 256, 8, 8))
HTML(block_diagram(read(ran), "ResidualBlock(256, 64, 256), as it ran", None))

# %% [markdown]
# The table counts the block of the example.

# %%
anatomy.table(Block(64, 64, 256, True), (64, 8, 8))

# %% [markdown]
# ### Your block learns
#
# Four of your blocks make a small net. It learns 100 images of emoji10, the built-in set, by heart: the sanity run of
# [notebook 05](05_training_loop.ipynb). In it the gradient has to pass through every part of your block.


# %%
def small_net() -> nn.Sequential:
    return nn.Sequential(  # [N, 3, 32, 32]
        *(nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU()),  # [N, 16, 16, 16]
        *(Block(16, 8, 32, True), Block(32, 8, 32)),  # [N, 32, 8, 8]
        *(Block(32, 16, 64, True), Block(64, 16, 64)),  # [N, 64, 4, 4]
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)),  # [N, 10]
    )


torch.manual_seed(0)
ds, net = data.load("emoji10"), small_net()
print([*net(ds.train.images[:2] / 255).shape], "for two images of", ds.name)

# %%
import torch.nn.functional as F

from cnnkit.data import augment

images, labels = augment.normalise(ds.train.images[:100]), ds.train.labels[:100]
optimizer, losses = torch.optim.Adam(net.train().parameters(), lr=5e-3), []
for _ in range(40):
    loss = F.cross_entropy(net(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
for when, value, low, high in (("at the start", losses[0], 2.2, 2.9), ("after 30 steps", losses[30], 0, 0.15)):
    print(f"loss {when}: {value:.3f}, {'normal' if low <= value <= high else 'unusual'} ({low} to {high} on emoji10)")
draw.losses(losses, title="four residual blocks, 100 images of emoji10 by heart", classes=10)

# %% [markdown]
# Twelve runs with other first weights, half of them with a projection in every block, started at 2.36 to 2.67.
# All were below 0.04 after 30 steps.
# If your loss stays at 2.30, look for a way that is cut.

# %% [markdown]
# ## Exercise: repair a block by its values (6 minutes, difficulty 3 of 5)
#
# This should be the paper's basic block where the shape stays: two 3x3 convolutions, each followed by a batch
# norm of its own, with a ReLU between the two; then the sum with the input, and a ReLU of the sum. It runs, its
# shapes are right, and three things are wrong. Count its parameters, and ask what it makes of its input when the
# branch is zero.
#
# ```python
# class RepairBlock(nn.Module):
#     def __init__(self, channels):
#         super().__init__()
#         self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
#         self.norm1 = nn.BatchNorm2d(channels)
#         self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
#
#     def forward(self, x):
#         x = torch.relu(self.norm1(self.conv1(x)))
#         out = self.norm1(self.conv2(x))
#         return torch.relu(out) + x
# ```


# %%
class RepairBlock(nn.Module):
    """The paper's basic block where nothing changes its shape: relu(x + F(x)), with two convolutions in F."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(channels)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """[N, channels, H, W] -> the same shape."""
        ### BEGIN SOLUTION
        out = torch.relu(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        return torch.relu(out + x)
        ### END SOLUTION


check.repair_block(RepairBlock)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# How many batch norms should there be, and how many parameters do you count? Then make
# `nn.init.zeros_(block.norm1.weight)` and its bias: what should come out of an input that is never negative?
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# With a branch of zeros, relu(x + 0) is x. So follow `x` through `forward`: is it still the input where it is
# added?
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# Give the second convolution a `norm2`, call the first result `out` and not `x`, and return `torch.relu(out +
# x)`.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The input does not reach the sum."* `x = ...` in the second line of `forward` overwrote it: the sum then adds
# the branch to a part of itself.
#
# *"The branch can only add, never take away."* A ReLU before the sum cuts the negative half of every change off.
# </details>

# %% [markdown]
# ## Exercise: repair a block by its shapes (6 minutes, difficulty 3 of 5)
#
# This should be the paper's basic block where it halves the map. In the branch, the first of two 3x3 convolutions
# has stride 2; each is followed by batch norm, and a ReLU stands between them. The shortcut is a 1x1 convolution
# of stride 2 with batch norm. Then comes the sum, and a ReLU of it. First the two ways don't even meet: print the
# shape of both. Then look at the smallest value that leaves each way.
#
# ```python
# class RepairDownsample(nn.Module):
#     def __init__(self, in_channels, out_channels):
#         super().__init__()
#         self.branch = nn.Sequential(
#             *(nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU()),
#             *(nn.Conv2d(out_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU()),
#         )
#         self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2))
#
#     def forward(self, x):
#         return torch.relu(self.branch(x) + self.shortcut(x))
# ```


# %%
class RepairDownsample(nn.Module):
    """The paper's basic block where it halves the map: both ways end at half the size, with as many channels."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.branch = nn.Sequential(
            *(nn.Conv2d(in_channels, out_channels, 3, stride=2, padding=1), nn.BatchNorm2d(out_channels), nn.ReLU()),
            *(nn.Conv2d(out_channels, out_channels, 3, padding=1), nn.BatchNorm2d(out_channels)),
        )
        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride=2), nn.BatchNorm2d(out_channels))
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """[N, in_channels, H, W] -> [N, out_channels, H / 2, W / 2]."""
        ### BEGIN SOLUTION
        return torch.relu(self.branch(x) + self.shortcut(x))
        ### END SOLUTION


check.repair_downsample(RepairDownsample)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Print `net.branch(x).shape` and `net.shortcut(x).shape` for an input `[2, 3, 8, 8]`.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# The map should be halved once on each way. Then compare what follows each convolution with the text.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# The second convolution of the branch has no stride, its ReLU goes, and the shortcut gets an `nn.BatchNorm2d`.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The map shrinks to a quarter of its sides."* The two ways meet, but at the wrong size: the shortcut was made
# to fit the fault.
#
# *"What leaves the branch is never negative."* The course's own block ends its ways with a ReLU; the paper's has
# it after the sum only.
# </details>

# %%
Mended = check.repair_block(RepairBlock).or_reference()
Halving = check.repair_downsample(RepairDownsample).or_reference()
torch.manual_seed(0)
x = torch.rand(2, 4, 8, 8)
for name, block in (("keeps the shape", Mended(4)), ("halves the map", Halving(4, 8))):
    print(f"{name:15}", [*x.shape], "->", [*block(x).shape])
print("the first can take away, too:", bool((Mended(4)(x) < x).any()))

# %% [markdown]
# A shape that does not fit is found in a second, because the sum refuses it. But a shortcut that starts in the
# wrong place, a shared norm, or a ReLU on the wrong side of the sum fits perfectly, trains, and costs some
# accuracy that nobody misses. A residual block has one simple case whose answer you know: if the branch gives
# zeros, the block hands on its input. Try it on every block.

# %% [markdown]
# ## Detective task
#
# The original code of the course built a projection in *every* block. Then `forward` asked whether it is needed:
#
# ```python
# if x.size() is not out.size():
#     x = self.equal(x)
# ```
#
# What does this line do? Read the next cell, and say what it will print before you run it.

# %%
print("x.size() == x.size():", x.size() == x.size())
print("x.size() is x.size():", x.size() is x.size())

# %% [markdown]
# `==` and `!=` compare what is inside. `is` asks for one and the same object, and each call of `size()` makes a new one.
# So `is not` is always true, and every block runs its projection. We build the course's block with both lines, and the
# whole net around it. With `is not` it has 14,750,730 parameters. You need not follow the code of the next cell.


# %%
class CourseBlock(kit):
    def __init__(self, *arguments, repaired: bool) -> None:
        super().__init__(*arguments, projection="always")  # a projection is built in every block
        self.equal, self.downsample, self.repaired = self.downsample, None, repaired

    def forward(self, x: Tensor) -> Tensor:
        out = super().forward(x)  # the branch alone: its shortcut was taken away
        changed = x.size() != out.size() if self.repaired else x.size() is not out.size()
        if changed:
            x = self.equal(x)
        return out + x


def course_net(repaired: bool) -> nn.Module:
    net = models.build("resnet50_layer4")
    for s, (middle, depth) in enumerate(((64, 3), (128, 4), (256, 6)), start=1):
        given = (64, 256, 512)[s - 1]
        blocks = [(given if i == 0 else 4 * middle, middle, 4 * middle, s < 3 and i == depth - 1) for i in range(depth)]
        setattr(net, f"layer{s}", nn.Sequential(*(CourseBlock(*arguments, repaired=repaired) for arguments in blocks)))
    return net


# %%
explore.guess(
    "With `!=` in place of `is not`: how many parameters has the net?",
    answer=lambda: anatomy.table(course_net(repaired=True), (3, 32, 32)).parameters,
    tolerance=1e5,
    unit="parameters",
    key="03, question 3",
)

# %%
for line, repaired in (("is not", False), ("!=", True)):
    table = anatomy.table(course_net(repaired), (3, 32, 32))
    idle = [row for row in table.rows if not row.ran]
    print(f"{line:6} {table.parameters:,} parameters, {table.macs:,} MACs; {len(idle)} projections never run")
    print(f"       {sum(row.parameters for row in idle):,} parameters wait in them")
needed = anatomy.table(models.build("resnet50_layer4", projection="needed"), (3, 32, 32))
print(f"kit    {needed.parameters:,} parameters, {needed.macs:,} MACs: what is not needed is not built")

# %% [markdown]
# The repair decides which projections *run*, so the MACs fall. The others stay in the net, and are counted.
# They get no gradient, so they stay as they were at the start.
#
# And weights that were trained with `is not` would no longer fit: every projection had learnt its part.
#
# ## Recap
#
# 1. A plain net that gets deeper can get worse on its own training photos: that is no overfitting.
# 2. A block adds its branch to a shortcut, so that doing nothing is easy.
# 3. The shortcut is the input itself where shapes agree, and a projection elsewhere.
# 4. Course, paper and torchvision place ReLU and stride differently; say which block you mean.
# 5. Parameters count what is built, MACs what runs.
#
# ## Three questions
#
# <details><summary>1. Training loss 0.1, test loss 2.5; or both near 2.0. Which net overfits?</summary>
#
# The first. The second has not even learnt its training photos.
# </details>
#
# <details><summary>2. Why has a block that halves the map a projection?</summary>
#
# The input has four times as many positions as the branch's result. (The paper's nets for CIFAR-10 only take every second
# pixel, and zeros as new channels: section 4.2.)
# </details>
#
# <details><summary>3. With the line `is not`, in how many blocks of the course's net is the shortcut an identity?</summary>
#
# In none. Every input goes through a 1x1 convolution, batch norm and ReLU, so "hand it on" has to be learnt again.
# </details>
#
# ## Go further
#
# In `small_net` write `Block(64, 16, 64)` ten times more. First write down your guess: how low is the loss
# after 40 steps? Then do the same with `models.Bottleneck(..., shortcut="none")` in place of `Block`.
# [Notebook 04](04_resnet50.ipynb) stacks your block into ResNet-50.

# %% [markdown]
# # 04 · ResNet-50 for 32x32
#
# **How do blocks become a network, where does its cost lie, and why does it lose against the older VGG on small photos?**
#
# After this notebook you can
#
# * read the table of a paper, whatever names it uses, and write the network from it;
# * say which stage has the parameters, and which has the work;
# * compare two networks in depth, parameters, MACs, receptive field and accuracy;
# * make a hypothesis, and say what a fair test of it would be.
#
# *Time:* 90 minutes; the machine computes for a few seconds.
#
# *Know first:* shapes, MACs and receptive field ([notebook 01](01_convolution.ipynb)),
# and the residual blocks of [notebook 03](03_residual_block.ipynb).
#
# There are five exercises, each a part of the next; while one is empty, the notebook runs on with the kit's own.
# The solutions are one click away, in the [solved copy](solutions/04_resnet50.ipynb).

# %%
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit import anatomy, check, data, draw, explore, models, weights

paper = models.build("resnet50", num_classes=1000)
draw.strip(anatomy.table(paper, (3, 224, 224)), title="ResNet-50 of the paper, for 224x224 photos")

# %% [markdown]
# ## The table of the paper
#
# This is ResNet-50 as the paper has it, for photos of 224x224 pixels and 1,000 classes. Every hatched blue block is a
# residual block, and table 1 of the paper lists them (He et al. 2016, "Deep Residual Learning for Image Recognition").
# Unfortunately everybody calls the parts by other names, so here is a dictionary. The numbers in the third column are the
# channels of the *three convolutions* of a block.
#
# | this course | paper | layers, as the paper has them | torchvision | the assignment | maps for 224x224 |
# |---|---|---|---|---|---|
# | stem | conv1, and the pool of conv2_x | 7x7 to 64, stride 2; max pool, stride 2 | conv1, maxpool | layer1 | 56x56 |
# | stage 1 | conv2_x | 3 blocks 64, 64, 256 | layer1 | layer2 | 56x56 |
# | stage 2 | conv3_x | 4 blocks 128, 128, 512 | layer2 | layer3 | 28x28 |
# | stage 3 | conv4_x | 6 blocks 256, 256, 1024 | layer3 | layer4 | 14x14 |
# | (left out) | conv5_x | 3 blocks 512, 512, 2048 | layer4 | none | 7x7 |
# | head | average pool, 1000-d fc | mean of each map, linear layer | avgpool, fc | fc | 1x1 |
#
# Other words differ, too. The course's *branch* is the paper's residual function $F$; its *shortcut* is torchvision's
# `downsample`, even where nothing is made smaller; and `downsample=True` in your own block means that the map is halved.
#
# Where does the number in the name come from? Count the layers with weights: three in each of 16 blocks, the first
# convolution, and the linear layer. That makes 50, because convolutions on shortcuts are not counted. Our network leaves
# out conv5_x.

# %%
explore.guess(
    "How many layers has ours, counted in the same way?",
    answer=lambda: 3 * (3 + 4 + 6) + 2,
    unit="layers",
    key="04, question 1",
    known={
        50: "The paper's fourth stage is missing here: three blocks of three layers.",
        40: "Stem and classifier are one layer each.",
        39: "These are the blocks; stem and classifier have weights, too.",
        13: "These are the blocks; each has three convolutions.",
    },
)

# %% tags=["hide-input"]
print("the paper:", 3 * (3 + 4 + 6 + 3) + 2, "layers")
print("ours:     ", 3 * (3 + 4 + 6) + 2, "layers")

# %% [markdown]
# So "50" is not exact for ours, but the name has stuck. The kit calls it `resnet50_layer4`, after the last stage in the
# assignment's names.
#
# ## Why leave a stage out?
#
# The paper's network halves the map five times: 224, 112, 56, 28, 14, 7. What is left of a photo of 32x32?

# %%
explore.guess(
    "A 32x32 photo goes through the paper's network. How many pixels wide are the maps of conv5_x?",
    answer=lambda: [row for row in anatomy.table(paper, (3, 32, 32)).rows if row.name == "layer4.2.conv3"][0].output[-1],
    unit="pixels",
    key="04, question 2",
    known={
        7: "So many are left of 224 pixels.",
        2: "So many has conv4_x; conv5_x halves the map once more.",
        4: "So many has conv3_x; two more stages halve the map.",
    },
)


# %% tags=["hide-input"]
def sizes(table: anatomy.Table) -> list[int]:
    """Sides of the maps that the convolutions make, in order."""
    sides = [row.output[-1] for row in table.rows if row.macs and len(row.output) == 3]
    return list(dict.fromkeys(sides))


kit = models.build("resnet50_layer4")
print("paper, 224x224:", sizes(anatomy.table(paper, (3, 224, 224))))
print("paper, 32x32:  ", sizes(anatomy.table(paper, (3, 32, 32))))
print("ours, 32x32:   ", sizes(anatomy.table(kit, (3, 32, 32))))

# %% [markdown]
# A map of 1x1 has no neighbours left, and yet the blocks of conv5_x have 3x3 kernels. What do those kernels touch? On a map
# of ones, a kernel of ones counts it.

# %%
explore.guess(
    "A 3x3 kernel, padding 1, on a 2x2 map: how many of its nine numbers lie on the map, and not on the padding?",
    answer=lambda: F.conv2d(torch.ones(1, 1, 2, 2), torch.ones(1, 1, 3, 3), padding=1).mean(),
    key="04, question 3",
    known={
        9: "On a 2x2 map the kernel always sticks out on two sides at least.",
        3: "The map has four values, and the kernel covers all of them wherever it stands.",
    },
)

# %%
for side in (8, 4, 2, 1):
    met = F.conv2d(torch.ones(1, 1, side, side), torch.ones(1, 1, 3, 3), padding=1)
    print(f"{side}x{side} map: {met.mean():.2f} of 9 on average")

# %% [markdown]
# On a 1x1 map only the middle number of a kernel is ever used. The other eight multiply zeros wherever the kernel stands,
# so their gradient is zero, and they never learn. On a 2x2 map each number is used at some place, and all of them learn,
# although at each single place five of nine still lie on the padding. That is why our network stops at 2x2.
#
# ## Your block
#
# The next cell is for your `ResidualBlock` of notebook 03: copy the class over the one that stands here. If you have none,
# run the cell as it is, and build from the kit's block.


# %% tags=["hide-input"]
def used(verdict: check.Verdict):  # your class if it passed its check, otherwise the kit's
    if not verdict.passed:
        print(verdict)
    print("From here on we use", "yours" if verdict.passed else "the kit's; yours is not ready yet")
    return verdict.or_reference()


# %%
class ResidualBlock(nn.Module):
    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            *self.layer(in_channels, middle_channels, 1, stride),
            *self.layer(middle_channels, middle_channels, 3),
            *self.layer(middle_channels, out_channels, 1),
        )
        same = in_channels == out_channels and not downsample
        self.shortcut = nn.Identity() if same else nn.Sequential(*self.layer(in_channels, out_channels, 1, stride))
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """[N, in_channels, H, W] -> [N, out_channels, H, W], or half of H and W with downsample."""
        ### BEGIN SOLUTION
        return self.branch(x) + self.shortcut(x)

    def layer(self, given: int, made: int, kernel: int, stride: int = 1) -> list[nn.Module]:
        return [nn.Conv2d(given, made, kernel, stride, kernel // 2), nn.BatchNorm2d(made), nn.ReLU()]
        ### END SOLUTION


ResidualBlock = used(check.residual_block(ResidualBlock))

# %% [markdown]
# ## The card
#
# This is what you will build.

# %%
draw.strip(anatomy.table(kit, (3, 32, 32)), title="The card: resnet50_layer4, for 32x32 photos")

# %% [markdown]
# On this card the three numbers of a block mean something else than in the paper's table: they are what your class is called
# with, the channels that the block *is given*, uses inside, and makes. `↓` means `downsample=True`.
#
# | part | layers | output |
# |---|---|---|
# | stem | 7x7 convolution to 64 channels, stride 2, padding 3; batch norm; ReLU; max pool 3x3, stride 2, padding 1 | 64 x 8x8 |
# | stage 1 | (64, 64, 256), (256, 64, 256), (256, 64, 256)↓ | 256 x 4x4 |
# | stage 2 | (256, 128, 512), (512, 128, 512) twice, (512, 128, 512)↓ | 512 x 2x2 |
# | stage 3 | (512, 256, 1024), (1024, 256, 1024) five times | 1024 x 2x2 |
# | head | average over the 2x2 map; linear layer | `num_classes` |
#
# Four rules hold it together:
#
# 1. Each block is given as many channels as the block before it makes, so only the first block of a stage differs.
# 2. The *last* block of stages 1 and 2 halves the map, whereas in the paper it is the *first* one of the next stage.
# 3. Stage 3 does not halve, because its maps of 2x2 would become 1x1.
# 4. The result is logits, without a softmax, since the loss takes care of that.
#
# *Example:* `[100, 3, 32, 32]` leaves the stem as `[100, 64, 8, 8]`. The stages make `[100, 256, 4, 4]`, `[100, 512, 2, 2]`
# and `[100, 1024, 2, 2]`. The average leaves `[100, 1024, 1, 1]`, flattened `[100, 1024]`, and the logits are `[100, 10]`.

# %% [markdown]
# ## Exercise: the stem (4 minutes, difficulty 1 of 5)
#
# The first row of the card: a 7x7 convolution to 64 channels, stride 2, padding 3, with its bias; batch norm;
# ReLU; max pool 3x3, stride 2, padding 1. Return one module.


# %%
def stem() -> nn.Module:
    """[N, 3, H, W] -> [N, 64, H / 4, W / 4]."""
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1),
    )
    ### END SOLUTION


check.stem(stem)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Four layers in an `nn.Sequential`, in the order of the text.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# From 32 to 16 by the convolution, and to 8 by the pool; print the shape after each.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)`, `nn.BatchNorm2d(64)`, `nn.ReLU()`, `nn.MaxPool2d(3,
# stride=2, padding=1)`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The pool has no stride of its own."* Torch takes the window's size if none is given: 3 where 2 should be.
#
# *"The pool has no padding."* From 16 pixels a 3x3 pool of stride 2 makes 7, and a later sum would fail far from
# here.
# </details>

# %% [markdown]
# ## Exercise: a stage (8 minutes, difficulty 3 of 5)
#
# A stage is a row of blocks. The first gets `in_channels`, and all make `4 * middle_channels`, so that the next
# ones get as many. With `downsample=True` the *last* block halves height and width. Use
# `ResidualBlock(in_channels, middle_channels, out_channels, downsample=False)`, and return one module. There are
# at least two blocks.


# %%
def stage(in_channels: int, middle_channels: int, blocks: int, downsample: bool) -> nn.Module:
    """[N, in_channels, H, W] -> [N, 4 * middle_channels, H, W], or half of H and W with downsample; at least two blocks."""
    ### BEGIN SOLUTION
    out_channels = 4 * middle_channels
    made = [ResidualBlock(in_channels, middle_channels, out_channels)]
    for number in range(1, blocks):
        last = number == blocks - 1
        made.append(ResidualBlock(out_channels, middle_channels, out_channels, downsample and last))
    return nn.Sequential(*made)
    ### END SOLUTION


check.stage(stage)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Write down the three numbers of each block of stage 1. Which of them are equal from the second block on?
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# The first block gets `in_channels`; the others get what it makes. `downsample` is for the last one alone.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `ResidualBlock(out, middle_channels, out, downsample and i == blocks - 1)` for i from 1 to blocks - 1, with `out
# = 4 * middle_channels`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The first block halves the map."* So it is in the paper and in torchvision; the course's network halves at the
# end of a stage.
#
# *"There is one block too many."* The first block has been counted twice: `range(1, blocks)` gives the others.
# </details>

# %% [markdown]
# ## Exercise: the mean of each map (2 minutes, difficulty 1 of 5)
#
# The head of a ResNet begins with an average over the whole map, whatever its size: one number is left of each.
# What comes out has two axes, because a linear layer follows. Torch's layers are allowed.


# %%
def global_average_pool(x: Tensor) -> Tensor:
    """[N, C, H, W] -> [N, C]: one number a map."""
    ### BEGIN SOLUTION
    return x.mean(dim=(2, 3))
    ### END SOLUTION


check.global_average_pool(global_average_pool)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Which two axes belong to the map?
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# `mean` takes several axes at once, and drops them.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `x.mean(dim=(2, 3))`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"Height and width are still there, each with one number."* A linear layer works on the last axis, and would
# find one number there.
#
# *"A batch of one image loses its first axis."* `squeeze` drops every axis of length one. It works until somebody
# asks about a single photo.
# </details>

# %% tags=["hide-input"]
parts = (check.stem(stem), check.stage(stage), check.global_average_pool(global_average_pool))
make_stem, make_stage, average = (part.or_reference() for part in parts)
x = torch.randn(2, 3, 32, 32)
for name, part in (
    ("stem", make_stem()),
    ("stage 1", make_stage(64, 64, 3, True)),
    ("stage 2", make_stage(256, 128, 4, True)),
    ("stage 3", make_stage(512, 256, 6, False)),
    ("average", average),
):
    x = part(x)
    print(f"{name:8} -> {[*x.shape]}")

# %% [markdown]
# Two layers of the stem have brought 32x32 down to 8x8, and each stage then halves once at its end, if at all, while the
# channels grow to four times the middle number. That is thirteen blocks, and you wrote three short functions. A network of
# 152 layers needs no more, only other numbers, and this is what He et al. gained by making all blocks alike. The average at
# the end is worth a thought, too. VGG flattens its maps, so it needs a weight for each position, and works for one size of
# photo only; a mean has no weights, and takes maps of any size.

# %% [markdown]
# ## Exercise: the whole network (15 minutes, difficulty 4 of 5)
#
# Write the network of the card, made of `ResidualBlock(in_channels, middle_channels, out_channels, downsample=False)`. Your
# `stem`, `stage` and `global_average_pool` do most of the work, so what is left is to put them in order.


# %%
class ResNet50Layer4(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        self.stage1 = self.stage(64, 64, blocks=3, downsample=True)
        self.stage2 = self.stage(256, 128, blocks=4, downsample=True)
        self.stage3 = self.stage(512, 256, blocks=6, downsample=False)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(1024, num_classes)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """[N, 3, 32, 32] -> logits [N, num_classes]."""
        ### BEGIN SOLUTION
        x = self.stem(x)  # [N, 64, 8, 8]
        x = self.stage1(x)  # [N, 256, 4, 4]
        x = self.stage2(x)  # [N, 512, 2, 2]
        x = self.stage3(x)  # [N, 1024, 2, 2]
        return self.fc(self.pool(x).flatten(1))

    def stage(self, channels: int, middle: int, blocks: int, downsample: bool) -> nn.Sequential:
        made = [ResidualBlock(channels, middle, 4 * middle)]
        made += [ResidualBlock(4 * middle, middle, 4 * middle, downsample and i == blocks - 1) for i in range(1, blocks)]
        return nn.Sequential(*made)
        ### END SOLUTION


check.resnet50_layer4(ResNet50Layer4)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Begin with the stem and stage 1, and put them in `nn.Sequential`.
# Print the shape after each part, and compare it with the card.
# </details>
#
# <details><summary>Hint 2: nearly the lines</summary>
#
# Stage 1 is `nn.Sequential(ResidualBlock(64, 64, 256), ResidualBlock(256, 64, 256), ResidualBlock(256, 64, 256, True))`.
# The end of `forward` is `x = x.mean((2, 3))`, then `return self.fc(x)` with `self.fc = nn.Linear(1024, num_classes)`.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"Block 2 does not fit the one before it, which makes 256 channels."* After the first block of a stage,
# the first number is four times the middle one.
#
# *"PyTorch does not know 44 of your layers."* A plain list hides them; `nn.Sequential` or `nn.ModuleList` does not.
#
# *"This is the paper's version: the first block of a stage halves the map."* Rule 2.
# </details>
#
# ### Your network, drawn
#
# The picture is made from what ran, and only layers are drawn: if you average with `mean`, the last pool is missing.

# %%
Net = used(check.resnet50_layer4(ResNet50Layer4))
net = Net().eval()
mine = anatomy.table(net, (3, 32, 32))
draw.strip(mine, title="The network of this notebook, from its own layers")

# %% [markdown]
# You have now written a network of a famous paper from its table, with every layer your own. What is it worth?
#
# ## Beside VGG-16
#
# Our VGG-16 has 15 layers with weights, 15.0 M parameters, and 313 M MACs for one photo. Ours now has 41, or 46 with the
# projections on the shortcuts, so it is three times as deep. Is it three times as large, too? A block of stage 2 has two 1x1
# convolutions between 512 and 128 channels and one 3x3 on 128: begin by counting that.

# %%
explore.guess(
    "How many parameters has it? Write 15 M for 15 million.",
    answer=lambda: mine.parameters,
    tolerance=1.5e6,
    unit="parameters",
    key="04, question 4",
    known={mine.macs: "These are the MACs, not the parameters."},
)

# %%
explore.guess(
    "And how many MACs for one 32x32 photo?",
    answer=lambda: mine.macs,
    tolerance=2e7,
    unit="MACs",
    key="04, question 5",
    known={
        mine.parameters: "These are the parameters; a weight is used at every place of its map.",
        2 * mine.macs: "One MAC is a multiplication and an addition together.",
    },
)

# %% tags=["hide-input"]
vgg = anatomy.table(models.build("vgg16_cifar"), (3, 32, 32))
both = mine.compare(vgg)
for name, table, shipped_as in (("VGG-16", vgg, "vgg16_cifar"), ("ResNet", mine, "resnet50_layer4")):
    told = weights.about(weights.shipped()[shipped_as, "cifar10"])
    print(f"{name}: {sum(row.macs > 0 for row in table.rows):2} layers, {table.parameters / 1e6:4.1f} M parameters", end=", ")
    print(f"{table.macs / 1e6:5.1f} M MACs, {told['accuracy']:.1%} of {told['data']} test after {told['epoch']} epochs")
both

# %% [markdown]
# In the table A is the ResNet, B is VGG-16, and each line is one size of maps. Three times as many layers need only 59 % of
# the parameters and 19 % of the work, for two reasons:
#
# * The **bottlenecks**: the 3x3 kernels work on a quarter of the channels, and cheap 1x1 kernels lead there and back.
# * The **stem**: VGG-16 does 31 % of its work on maps of 32x32 and 16x16, where our ResNet has one layer.
#
# Look at *field*, too: at the end one value sees 331 pixels in a row, against 212. Both are far more than the 32 there are.
#
# And yet the accuracies above the table are the riddle of notebook 02: the deeper, younger network names *fewer*
# photos right. Notebook 03 has shown that its shortcuts work. So what else is different? Where the work is done is a trace.
#
# ## Which stage costs what?

# %% tags=["hide-input"]
for one, _ in both.stages:
    if one and one.macs:
        where = "x".join(map(str, one.maps)) or "head"
        print(f"{where:6} {one.layers:3} layers  {one.parameters / mine.parameters:4.0%} of the parameters", end="")
        print(f"  {one.macs / mine.macs:4.0%} of the MACs")

# %% [markdown]
# The 2x2 maps have 86 % of the parameters, but 52 % of the MACs. From stage to stage a block has twice the channels, so
# four times the weights, and a quarter of the positions, so that most blocks cost the same 4.5 M MACs. Stage 3 costs most
# because it has the most blocks. (A block that halves the map is given a large map and makes a small one; its layers are
# counted with the small one.)
#
# Now compare with VGG-16 in the table above: it does a third of its work on maps of 32x32 and 16x16, whereas our ResNet has
# nothing there but one layer. By the time that the first block is reached, the stem has thrown away fifteen of sixteen
# positions.
#
# ## A hypothesis about the stem
#
# How much is left? Here is a photo with as many squares as the map has positions, each the mean of its pixels.

# %% tags=["hide-input"]
photos = data.sample_photos()
horse = photos.images[13].float()  # [3, 32, 32]
grids = []
for side in (32, 16, 8, 4, 2):
    mean = F.avg_pool2d(horse, 32 // side)  # [3, side, side]
    grids.append(F.interpolate(mean[None], size=(32, 32))[0])  # every value as one square
titles = ["32x32", "16x16", "8x8: stem", "4x4: stage 1", "2x2: the end"]
draw.photos(torch.stack(grids).to(torch.uint8), titles, title="Ever fewer positions (CIFAR-10 test photo)")

# %% [markdown]
# The network keeps more than the picture shows. After the stem each position has 64 numbers and not 3, which can say that
# an edge was there, and which way it ran. What it may give up is *where* things are.
#
# On a photo of 224x224 the same stem leaves 56x56 positions, because it was made for such photos. So this is our
# **hypothesis**: on small photos the stem costs accuracy, and that is why the ResNet loses. A test of it must change the
# stem. With a 3x3 convolution and no pool, the blocks work on maps four times as wide and high. What does that cost?

# %% tags=["hide-input"]
fine = anatomy.table(models.build("resnet50_layer4", stem="3x3"), (3, 32, 32))

# %%
explore.guess(
    "How many times as many MACs has the network with the 3x3 stem?",
    answer=lambda: fine.macs / mine.macs,
    tolerance=3,
    unit="times",
    key="04, question 6",
    known={4: "The maps are 4 times as wide and 4 times as high."},
)

# %% tags=["hide-input"]
for name, table in {"7x7 stem": mine, "3x3 stem": fine}.items():
    print(f"{name}: maps {sizes(table)}, {table.parameters:,} parameters, {table.macs / 1e6:.0f} M MACs")

# %% [markdown]
# Fewer parameters, but 15 times the work, so the change is not of the stem alone. If the new net is more accurate, is it
# because of the finer grid, or because it computes more? And our two networks differ in more than the stem. One is made of
# blocks and the other is not; one was trained for 20 epochs and the other for 52, with another learning rate and batch
# size. A comparison in which five things differ explains nothing.
#
# What would a **fair test** be? Think of your own before you open this.
#
# <details><summary>A fair test</summary>
#
# Train nets that are equal but for the stem: the same blocks, width, data, epochs, optimizer and seeds, and at least two
# seeds each, so that one can see whether the difference is larger than luck. Change the block in a second pair, because
# otherwise the course's block might be the reason. To tell the grid from the work, one would also need a net with the old
# stem that does as much work, for example a wider one.
# </details>
#
# [Notebook 07](07_why_residual.ipynb) runs most of this test. Write down now what you expect it to say, and by how much.
#
# ## Trained weights in your class
#
# The kit has weights for this network, trained on CIFAR-10, in a class whose layers have other names. So `weights.load`
# runs both networks, gives each weight to the layer that does the same, and compares the results.

# %%
weights.load(net, "cifar10")
said = weights.about(weights.shipped()["resnet50_layer4", "cifar10"])
recorded = said["accuracy"]
print(f"loaded; the file says: {recorded:.1%} of the 10,000 test photos of {said['data']}")

# %% [markdown]
# The kit brings 20 of these test photos, on which no network of the kit was trained.

# %% tags=["hide-input"]
from cnnkit.data.augment import normalise

with torch.no_grad():
    answers = net(normalise(photos.images)).argmax(1)
right = answers == photos.labels

# %%
explore.guess(
    "How many of the 20 does your network get right?",
    answer=lambda: right.sum(),
    tolerance=2,
    unit="photos",
    key="04, question 7",
    possible=(0, 20),
)

# %%
names = [photos.classes[i] for i in answers]
title = "20 CIFAR-10 test photos, named by the ResNet"
draw.photos(photos.images, names, title=title, right=right.tolist())

# %%
import math

for count in (20, 10_000):
    print(f"{count:6,} photos: give or take {math.sqrt(recorded * (1 - recorded) / count):.1%}")
print("right of the 20:", "normal" if 13 <= right.sum() <= 20 else "unusual", "(13 to 20)")

# %% [markdown]
# What stands behind "give or take"? Other 20 photos would give another share of right answers, and the **standard error**,
# $\sqrt{p(1-p)/n}$, says how far such shares usually lie from the true one, $p$. Twice that covers nearly all: here 13 to
# 20 photos. So twenty photos cannot tell a good network from a fair one, whereas 10,000 can. Two networks that lie two
# points apart on 10,000 photos differ by more than the choice of the photos explains. The number to report is the one in
# the file, with its data set.
#
# ## Recap
#
# 1. A network is written in a table: stem, stages of equal blocks, head. Ask first whose names it uses.
# 2. Each block must be given what the one before makes; the last block of stages 1 and 2 halves the map.
# 3. Our ResNet is deeper than VGG-16, with 59 % of its parameters and 19 % of its MACs, and it names fewer photos right.
# 4. Late stages have the parameters, whereas the work is spread more evenly.
# 5. A stem made for 224x224 leaves 8x8 of 32x32 positions. That it costs accuracy is a hypothesis, until somebody tests it.
#
# ## Three questions
#
# <details><summary>1. Your network takes 64x64 photos, too, without a change. Why?</summary>
#
# Convolutions take any size, and the average makes one value of each map, however large it is. The stages then end at 4x4.
# </details>
#
# <details><summary>2. All shapes and the number of parameters are right. Can the network still be wrong?</summary>
#
# Yes: a missing ReLU, a shortcut that is never added, or a softmax at the end change neither. The check runs it.
# </details>
#
# <details><summary>3. Does a fifth of the MACs mean a fifth of the time?</summary>
#
# No. Small maps and many small layers use a processor less well, so that time has to be measured.
# </details>

# %% [markdown]
# ## Exercise: ResNet-18, from its table (12 minutes, difficulty 4 of 5)
#
# No card this time. Build ResNet-18 from the table of the paper (He et al. 2016, table 1), as torchvision has it:
# no convolution has a bias, and each is followed by batch norm. `width` is 64 in the paper; we also try a narrow
# one.
#
# | part | layers | channels |
# |---|---|---|
# | conv1 | 7x7, stride 2, padding 3; ReLU; max pool 3x3, stride 2, padding 1 | width |
# | conv2_x | two basic blocks | width |
# | conv3_x | two basic blocks, the first with stride 2 | 2 width |
# | conv4_x | two basic blocks, the first with stride 2 | 4 width |
# | conv5_x | two basic blocks, the first with stride 2 | 8 width |
# | head | mean of each map; linear layer to the logits | |
#
# A basic block has two 3x3 convolutions with a ReLU between them. Where stride or channels change, the first has
# the stride, and the shortcut is a 1x1 convolution with that stride and batch norm; elsewhere it is the input. A
# ReLU follows the sum.


# %%
def resnet18(num_classes: int = 1000, width: int = 64) -> nn.Module:
    """[N, 3, H, W] -> logits [N, num_classes]; width: channels of the stem, 64 in the paper."""
    ### BEGIN SOLUTION

    def conv(given: int, made: int, kernel: int, stride: int = 1) -> list[nn.Module]:
        return [nn.Conv2d(given, made, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(made)]

    class Block(nn.Module):
        def __init__(self, given: int, made: int, stride: int) -> None:
            super().__init__()
            self.branch = nn.Sequential(*conv(given, made, 3, stride), nn.ReLU(), *conv(made, made, 3))
            self.shortcut = nn.Sequential()
            if stride > 1 or given != made:
                self.shortcut = nn.Sequential(*conv(given, made, 1, stride))

        def forward(self, given: Tensor) -> Tensor:
            return torch.relu(self.branch(given) + self.shortcut(given))

    layers: list[nn.Module] = [*conv(3, width, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    channels = width
    for stage in range(4):
        made = width * 2**stage
        layers += [Block(channels, made, 2 if stage > 0 else 1), Block(made, made, 1)]
        channels = made
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes))
    ### END SOLUTION


check.resnet18(resnet18)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Begin with the block, as a class of its own with `in`, `out` and `stride`. Then a loop over the four stages.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# The first block of a stage gets the channels of the stage before, and from conv3_x on a stride of 2. A
# projection is needed where stride or channels change.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `for stage in range(4): made = width * 2**stage`, then `Block(channels, made, 1 if stage == 0 else 2)` and
# `Block(made, made, 1)`, and `channels = made`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The first stage halves the map, too."* The pool before it has done that already, so conv2_x keeps the size.
#
# *"The convolutions have biases."* The batch norm behind each subtracts the mean, and the bias with it.
# </details>

# %% tags=["hide-input"]
small_net = check.resnet18(resnet18).or_reference()(num_classes=10)
counted = anatomy.table(small_net, (3, 32, 32))
print(f"ResNet-18: {counted.parameters:,} parameters, {counted.macs / 1e6:.0f} M MACs for a 32x32 photo, maps {sizes(counted)}")

# %% [markdown]
# You have now built a network that you had never seen as code, from a table in a paper. On 32x32 photos its last maps are a
# single pixel: the same stem, with the same question. And 18 layers have nearly half the parameters that 50 have in the
# paper, because the basic block has its 3x3 kernels on the full width, where a bottleneck works on a quarter.

# %% [markdown]
# ## Go further
#
# Build `models.build("resnet50_layer4", depths=(3, 4, 6, 3))`, the network with the stage that we left out. How many
# parameters does this stage add, and how many MACs? How many of its new weights can never learn?
#
# <details><summary>How to find out</summary>
#
# `anatomy.table` of both networks gives the first two numbers. For the third look at the maps: where they are 1x1, eight of
# the nine numbers of each 3x3 kernel meet nothing but padding, so count those kernels.
# </details>

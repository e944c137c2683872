# %% [markdown]
# # 02 · VGG-16
#
# **What does more depth bring, what does it cost, and how do you turn a table in a paper into a network?**
#
# After this notebook you can
#
# * read the table of the VGG paper, and say what each row costs and what each column gained;
# * write pool, batch norm and dropout by hand, and say what each is for;
# * build the convolutions from a list, and a classifier behind them;
# * put trained weights into a network of your own, and report its accuracy.
#
# *Time:* 90 minutes; the machine computes for less than one of them.
#
# *Know first:* parameters, MACs and receptive field, from [notebook 01](01_convolution.ipynb).
#
# There are six exercises; while one is empty, the notebook runs on with the kit's function.
# The solutions are one click away, in the [solved copy](solutions/02_vgg16.ipynb).

# %% tags=["nbval-ignore-output"]
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit import anatomy, check, data, draw, explore, models, weights

ours = models.build("vgg16_cifar")
weights.load(ours, "cifar10")
explore.architecture(ours)

# %% [markdown]
# This is VGG-16 for photos of 32x32 pixels, trained on CIFAR-10. Choose a layer of the strip, by pointer or arrow keys: its
# strongest maps appear below, and beside them what the network answers. Choose a value of a map, and the photo lights up
# where that value looks. As you go from the first layer to the last, the maps get smaller and more numerous, and the photo
# gets harder to recognise in them. Somewhere on that way a horse has stopped being pixels and become an answer.
#
# ## A page of history
#
# Networks of convolutions are older than most of their users. What changed is how deep they are:
#
# | year | network | layers with weights | error | measured on |
# |---|---|---|---|---|
# | 1998 | LeNet-5 (LeCun et al.) | 7, two of them pools | 0.95 % | handwritten digits, MNIST test |
# | 2012 | AlexNet (Krizhevsky et al.) | 8 | 15.3 % top-5 | ImageNet test |
# | 2014 | VGG (Simonyan and Zisserman) | up to 19 | 7.3 % top-5 | ImageNet test |
# | 2014 | GoogLeNet (Szegedy et al.) | 22 | 6.7 % top-5 | ImageNet test |
# | 2015 | ResNet (He et al.) | up to 152 | 3.6 % top-5 | ImageNet test |
#
# ImageNet has 1,000 classes, so an answer counts as right if the true class is among the network's first five: that is
# "top-5". The errors on ImageNet are of entries to a yearly contest, each of them several networks that vote. (AlexNet:
# abstract of its paper; the last three: He et al. 2016, table 5.)
#
# Look at the gap between 2012 and 2014, because it is the question of this notebook. AlexNet had kernels of 11x11, 5x5 and
# 3x3, and nobody knew which of its many choices mattered. Simonyan and Zisserman wanted to change one thing only, the
# depth, and so they fixed all others. Every convolution is 3x3, with a padding that keeps the size, and a ReLU behind it;
# every pool halves the map; and after a pool the channels double, until there are 512. Then comes the **head**: linear
# layers, which turn the last maps into one number a class. Now they could ask what more depth brings.
#
# Such a network is so regular that a list says it all. A number is a convolution with that many output channels, and `"M"` is
# a max pool.

# %%
D = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]
print(sum(entry != "M" for entry in D), "convolutions,", D.count("M"), "pools")

# %% [markdown]
# ## The paper's table beside ours
#
# The list is column D of table 1 in the paper (Simonyan and Zisserman 2015, "Very Deep Convolutional Networks for
# Large-Scale Image Recognition"). Their photos have 224x224 pixels, and 1,000 classes. The next cell shows what each
# convolution and pool does in both networks; *sees* is the receptive field, in pixels along one side. (On the device `meta` a
# tensor has a shape but no numbers, which is enough for counting.)

# %% tags=["hide-input"]
with torch.device("meta"):
    paper = models.build("vgg16", num_classes=1000)
large, small = anatomy.table(paper, (3, 224, 224)), anatomy.table(ours, (3, 32, 32))


def paper_name(row: anatomy.Row) -> str:
    names = {"Conv2d": f"conv3-{row.output[0]}", "MaxPool2d": "maxpool"}
    return names.get(row.kind, "")


rows = [[row for row in table.rows if paper_name(row)] for table in (large, small)]
print(f"{'':9} {'ours':>9} {'parameters':>11} {'M MACs':>7} {'sees':>5}   {'paper':>11} {'parameters':>11}")
for theirs, r in zip(*rows, strict=True):
    one, other = ("x".join(map(str, row.output)) for row in (r, theirs))
    print(f"{paper_name(r):9} {one:>9} {r.parameters:11,} {r.macs / 1e6:7.1f} {r.receptive_field:5}", end="   ")
    print(f"{other:>11} {theirs.parameters:11,}")

# %% [markdown]
# ReLU, dropout and head are left out here. The paper's head has three linear layers, whereas ours has two, because small maps
# leave less to decide. VGG-16 has its name from counting layers with weights: convolutions and linear layers.

# %%
explore.guess(
    "How many layers with weights has ours, batch norm not counted?",
    answer=lambda: sum(row.macs > 0 for row in small.rows),
    unit="layers",
    key="02, question 1",
    known={
        16: "The paper's has 16: three linear layers, where ours has two.",
        13: "These are the convolutions; linear layers have weights, too.",
    },
)

# %% tags=["hide-input"]
for name, table in {"the paper's": large, "ours": small}.items():
    print(f"{name:11} {sum(row.macs > 0 for row in table.rows)} layers with weights")

# %% [markdown]
# We keep the name, because the 13 convolutions are the paper's. Compare their rows: the parameters are equal, although the
# photos are not, because a kernel does not know how large the photo is. The work is another matter, since each kernel visits
# every position.

# %%
explore.guess(
    "A convolution on 224x224 has how many times the MACs of the same convolution on 32x32?",
    answer=lambda: rows[0][0].macs / rows[1][0].macs,
    unit="times",
    key="02, question 2",
    known={
        7: "Each side is 7 times as long, and a map has two sides.",
    },
)

# %% tags=["hide-input"]
ratios = {a.macs // b.macs for a, b in zip(*rows, strict=True) if a.kind == "Conv2d"}
print("The ratio of MACs, in all 13 convolutions:", *ratios)
print("224 is", 224 // 32, "times 32, in height and in width.")

# %% [markdown]
# ### Where is the cost?
#
# A **stage** is what happens between two pools. **Predict:** which stage has the most parameters, and which two do most of
# the work?

# %% tags=["hide-input"]
print("stage       maps    parameters    MACs   one value sees")
stage, start = 1, 0
for i, row in enumerate(small.rows):
    if row.kind == "MaxPool2d":
        part = small.rows[start:i]
        parameters = sum(r.parameters for r in part) / small.parameters
        macs = sum(r.macs for r in part) / small.macs
        field, side = part[-1].receptive_field, part[-1].output[-1]
        print(f"{stage:5}  {f'{side}x{side}':>9}  {parameters:12.1%}  {macs:6.1%}   {field}x{field} pixels")
        stage, start = stage + 1, i + 1
head = small.rows[start:]
parameters, macs = sum(r.parameters for r in head) / small.parameters, sum(r.macs for r in head) / small.macs
print(f" head             {parameters:12.1%}  {macs:6.1%}")

# %% [markdown]
# The parameters sit at the end, where a layer has 512 x 512 kernels, whereas the work sits in the middle. So a "large"
# network can mean two things: much to store, or much to compute. By the end of stage 3 one value already sees more than the
# 32 pixels that there are, so the rest of its field is padding.
#
# Now you build all of it. First come three parts that you will meet in most networks: pool, batch norm and dropout.

# %% [markdown]
# ## Exercise: a max pool by hand (6 minutes, difficulty 2 of 5)
#
# A max pool has no weights. A window slides over each channel, `stride` pixels in a step, and of the values under
# it the largest is kept. What remains at the edge, because no whole window fits there, is left out. Use loops,
# not torch's own pool.


# %%
def max_pool_by_hand(x: Tensor, window: int, stride: int) -> Tensor:
    """[C, H, W] -> the largest value under each window, a map for each channel: [C, (H - window) // stride + 1, ...]."""
    ### BEGIN SOLUTION
    height = (x.shape[1] - window) // stride + 1
    width = (x.shape[2] - window) // stride + 1
    out = torch.zeros(len(x), height, width)
    for row in range(height):
        for column in range(width):
            top, left = row * stride, column * stride
            part = x[:, top : top + window, left : left + window]
            out[:, row, column] = part.amax(dim=(1, 2))
    return out
    ### END SOLUTION


check.max_pool_by_hand(max_pool_by_hand)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# The size of the map is that of a convolution without padding. Where does the window of row 2 begin?
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# Two loops; the window begins at `row * stride`, `column * stride`, and all channels can be sliced at once.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `out[:, row, column] = x[:, top : top + window, left : left + window].amax(dim=(1, 2))`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"Where all values are negative, the result is 0."* The maximum started at 0. Start with the first value, or
# with minus infinity.
#
# *"The stride is taken as the window's size."* So it is in VGG. In the stem of ResNet the windows overlap: 3x3,
# with a stride of 2.
# </details>

# %% tags=["hide-input"]
largest = check.max_pool_by_hand(max_pool_by_hand).or_reference()
horse = data.sample_photos().images[13].float()  # [3, 32, 32]
halves = [horse, *(F.interpolate(largest(horse, w, w)[None], (32, 32))[0] for w in (2, 4))]
print("like torch's:", torch.equal(largest(horse, 3, 2), F.max_pool2d(horse, 3, 2)))
draw.photos(torch.stack(halves).to(torch.uint8), ["32x32", "pooled: 16x16", "pooled: 8x8"], title="A horse after your pool")

# %% [markdown]
# Three of four numbers are thrown away, and the horse is still there. A pool pays for that with knowledge of
# *where* things are: if the photo moves by one pixel, many windows still hold the same largest value. For naming
# a photo this is welcome, because a horse at the left is a horse. And each layer behind the pool has a quarter of
# the work, so that VGG can afford more channels.

# %% [markdown]
# ## Exercise: batch norm by hand (12 minutes, difficulty 3 of 5)
#
# Batch norm brings each channel to mean 0 and spread 1, and then lets the network choose another mean and spread:
# it multiplies by a learnt `scale` and adds a learnt `shift`, one of each for every channel.
#
# * In training, mean and variance are those of the batch, over all images and positions of the channel (the mean
#   of the squared distances). What is kept for later moves a tenth of the way: 0.9 of the old and 0.1 of the
#   batch's, where the kept variance has n - 1 below the fraction, not n.
# * In evaluation, the kept `mean` and `var` are used, and stay as they are.
#
# Before the root is taken, add 1e-5 to the variance. Change none of the tensors that you get: return new ones.


# %%
def batch_norm_by_hand(
    x: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, var: Tensor, training: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """(normalised maps, kept mean, kept variance) of maps [N, C, H, W]; all else has one number a channel, [C]."""
    ### BEGIN SOLUTION
    batch_mean, batch_var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)
    used_mean, used_var = (batch_mean, batch_var) if training else (mean, var)
    if training:
        n = x.numel() / len(scale)  # values of a channel
        mean = 0.9 * mean + 0.1 * batch_mean
        var = 0.9 * var + 0.1 * batch_var * n / (n - 1)
    column = (1, -1, 1, 1)
    normal = (x - used_mean.view(column)) / torch.sqrt(used_var.view(column) + 1e-5)
    return normal * scale.view(column) + shift.view(column), mean, var
    ### END SOLUTION


check.batch_norm_by_hand(batch_norm_by_hand)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Mean and variance of a channel run over images, height and width: `dim=(0, 2, 3)`. They have the shape `[C]`.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# `x - mean` needs the shapes `[N, C, H, W]` and `[1, C, 1, 1]`: `mean.view(1, -1, 1, 1)`. Choose mean and
# variance by `training` first.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `(x - m) / torch.sqrt(v + 1e-5) * scale + shift`. Torch's `var` divides by n - 1, and with `correction=0` by n.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"In evaluation the batch's own statistics are used."* An answer would then depend on the photos beside it, and
# a single photo could not be named at all.
#
# *"The variance that is kept is divided by n."* A batch's own squares, taken from its own mean, are a little too
# small to stand for all photos; n - 1 makes up for it.
# </details>

# %% tags=["hide-input"]
normal = check.batch_norm_by_hand(batch_norm_by_hand).or_reference()
torch.manual_seed(0)
layer, kept = nn.BatchNorm2d(3), (torch.zeros(3), torch.ones(3))
pixels = data.sample_photos().images.float()  # [20, 3, 32, 32], from 0 to 255
for _ in range(30):  # thirty steps of training, always on the same batch
    out, *kept = normal(pixels, layer.weight.detach(), layer.bias.detach(), *kept, True)
    theirs = layer(pixels)
print("like nn.BatchNorm2d:", torch.allclose(out, theirs, atol=1e-3), torch.allclose(kept[1], layer.running_var, rtol=1e-3))
print("mean before and after:", *(round(float(t[:, 0].mean()), 2) for t in (pixels, out)))
print("the mean that was kept of red, after 30 steps:", round(float(kept[0][0]), 1))

# %% [markdown]
# Why does it help? Without it every change of an early layer moves the scale of all that follows, so that the later layers
# run after a moving target, and the learning rate must be small. Batch norm hands on the same mean and spread whatever the
# layer before does. `scale` and `shift` then give back what was taken: if another spread is better, it can be learnt, as
# two numbers a channel. (A bias in the convolution before it would be lost, because the mean is subtracted; so `shift`
# replaces it.)
#
# Look at the last line, too. After 30 steps the kept mean is still a little below the batch's own, because it moves a tenth
# of the way in each step. That is why a young network can be worse in evaluation than it was in training.

# %% [markdown]
# ## Exercise: dropout by hand (5 minutes, difficulty 2 of 5)
#
# In training, dropout sets each value to zero with probability `p`, and divides what is left by 1 - p, so that
# the mean stays. In evaluation it does nothing. The random numbers are given, one for each value, uniform from 0
# to 1: a value is dropped where its number is below `p`. Leave `x` itself as it is.


# %%
def dropout_by_hand(x: Tensor, chance: Tensor, p: float, training: bool) -> Tensor:
    """Drops each value of x whose number in `chance`, from 0 to 1 and of x's shape, is below p."""
    ### BEGIN SOLUTION
    if not training:
        return x
    kept = chance >= p
    return x * kept / (1 - p)
    ### END SOLUTION


check.dropout_by_hand(dropout_by_hand)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# What should the function return when it isn't training?
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# `chance >= p` is a mask of what stays. Multiplied with `x` it makes zeros of the rest.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `x * (chance >= p) / (1 - p)`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"What is left is not scaled up."* With a share p of the values gone, the next layer would get less in training
# than in evaluation.
#
# *"Values are dropped in evaluation, too."* Then the same photo would get another answer each time that you ask.
# </details>

# %% tags=["hide-input"]
drop = check.dropout_by_hand(dropout_by_hand).or_reference()
torch.manual_seed(0)
ones = torch.ones(10_000)
for training in (True, False):
    mine, torchs = drop(ones, torch.rand(10_000), 0.5, training), F.dropout(ones, 0.5, training)
    for who, found in (("yours", mine), ("torch's", torchs)):
        print(f"training={training!s:5}  {who:8} values {sorted(set(found.tolist()))}  mean {found.mean():.2f}")

# %% [markdown]
# Half the features are missing in each step, and each time they are others. So no feature can depend on one particular
# other feature being there, and each must be of use by itself. It is as if many thinner networks were trained in turn, all
# with the same weights, and evaluation asked all of them at once. That is why dropout stands in the head, where a layer has
# many weights and could learn the photos by heart.

# %% [markdown]
# ## Exercise: make_layers (10 minutes, difficulty 2 of 5)
#
# Build the convolutional part of a VGG from a list. A number is a 3x3 convolution with that many output channels, padding 1,
# followed by a ReLU; `"M"` is a 2x2 max pool with stride 2. The photo has 3 channels.


# %%
def make_layers(cfg: list[int | str]) -> nn.Sequential:
    """[N, 3, H, W] -> [N, last number, H / 2**pools, W / 2**pools]; make_layers([64, 64, "M", 128]) for example."""
    ### BEGIN SOLUTION
    layers: list[nn.Module] = []
    channels = 3  # of what comes in: first the photo
    for entry in cfg:
        if entry == "M":
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
        else:
            layers.append(nn.Conv2d(channels, entry, kernel_size=3, padding=1))
            layers.append(nn.ReLU())
            channels = entry
    return nn.Sequential(*layers)
    ### END SOLUTION


check.make_layers(make_layers)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Walk through the list, and collect layers in a Python list. A convolution must know how many channels come in.
# Which variable remembers that, and when does it change?
# </details>
#
# <details><summary>Hint 2: nearly the lines</summary>
#
# Start with `channels = 3`. For a number, add `nn.Conv2d(channels, entry, kernel_size=3, padding=1)` and `nn.ReLU()`,
# then set `channels = entry`. For `"M"`, add `nn.MaxPool2d(2, 2)`. Return `nn.Sequential(*layers)`.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"nn.Sequential gets the whole list as one layer."* The star before `layers` is missing.
#
# *"Convolution 2 does not fit the one before it."* `channels` still holds 3.
#
# *"A convolution gets 'M' as its number of input channels."* `channels` changed at a pool, too.
# </details>
#
# ### Your layers, drawn


# %% tags=["hide-input"]
def used(verdict: check.Verdict):  # your function if it passed its check, otherwise the kit's
    print("From here on we use", "your function" if verdict.passed else "the kit's function; yours is not ready yet")
    return verdict.or_reference()


layers_of = used(check.make_layers(make_layers))
features = layers_of(D)
draw.strip(anatomy.table(features, (3, 32, 32)), title="Column D, made from the list, on a 32x32 photo")

# %% [markdown]
# You have turned a row of a paper into a network with a loop of six lines, and the same loop makes all the other columns. The
# last map has 512 channels and a single position, because five pools leave 32 / 2 / 2 / 2 / 2 / 2 = 1.
#
# ## Why 138 M for large photos, and 15 M for ours
#
# On a photo of 224x224 five pools leave 7x7 positions. So the paper's head is given 512 · 7 · 7 = 25,088 numbers. Its first
# linear layer makes 4,096 out of them, and every input has a weight to every output.

# %%
explore.guess(
    "How many parameters has a linear layer from 25,088 to 4,096? Write 12 M for 12 million.",
    answer=lambda: paper.classifier[0].weight.numel() + paper.classifier[0].bias.numel(),
    tolerance=3e6,
    unit="parameters",
    key="02, question 3",
    known={
        25_088 + 4096: "Each of the 4,096 outputs has a weight for each of the 25,088 inputs: multiply.",
        25_088: "These are the weights of one of the 4,096 outputs.",
        2 * 25_088 * 4096: "A multiplication and an addition are two operations, but one weight.",
    },
)

# %%
explore.guess(
    "What percentage of all the paper's parameters is in this one layer?",
    answer=lambda: 100 * paper.classifier[0].weight.numel() / large.parameters,
    tolerance=5,
    unit="%",
    key="02, question 4",
    possible=(0, 100),
)

# %% tags=["hide-input"]
for name, table in {"paper": large, "ours": small}.items():
    convolutions = sum(row.parameters for row in table.rows if row.kind == "Conv2d")
    print(f"{name:5} 13 convolutions {convolutions:11,}   head {table.parameters - convolutions:12,}")
first = next(row for row in large.rows if row.kind == "Linear")
share = first.parameters / large.parameters, first.macs / large.macs
print(f"the paper's first linear layer: {first.parameters:,}, {share[0]:.0%} of the parameters, {share[1]:.1%} of the MACs")

# %% [markdown]
# Of the paper's 138 M parameters, one linear layer has 103 M, and it does hardly any of the work. Later networks average
# each map to one number first, so that they need no such layer: see [notebook 04](04_resnet50.ipynb).
#
# ## What did depth bring?
#
# The columns of the paper differ in depth only, so they answer the question. We build them with your function, count them,
# and print beside each the error that the paper's table 3 reports for it: top-5, on the validation part of ImageNet, with
# one scale of photos (S = Q = 256).

# %% tags=["hide-input"]
columns = {
    "A": [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "B": [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "D": D,
    "E": [64, 64, "M", 128, 128, "M", *[256] * 4, "M", *[512] * 4, "M", *[512] * 4, "M"],
}
reported = {"A": 10.4, "B": 9.9, "D": 8.8, "E": 9.0}  # top-5 error in %, table 3 of the paper
with torch.device("meta"):
    for name, column in columns.items():
        network = nn.Sequential(layers_of(column), nn.Flatten(), paper.classifier)
        counted = anatomy.table(network, (3, 224, 224))
        depth, millions = sum(row.macs > 0 for row in counted.rows), counted.parameters / 1e6
        print(f"{name}: {depth} layers, {millions:.0f} M parameters, {counted.macs / 1e9:4.1f} G MACs", end="")
        print(f", error {reported[name]:4.1f} %")

# %% [markdown]
# So depth pays: from 11 to 16 layers the error falls from 10.4 to 8.8 %. From A to E the parameters grow by only 8 %, but
# the work grows to 2.6 times as much, so depth costs time, not memory. And then comes the surprise. Three layers more, from
# D to E, bring nothing here. (With photos of several scales the paper reports 8.1 % for D and 8.0 % for E.) The authors
# stopped at 19, and called the error saturated. Is that a law, or did something go wrong in the deeper nets? Keep the
# question: [notebook 03](03_residual_block.ipynb) goes on to 50 layers.
#
# ## Exercise: the head (8 minutes, difficulty 2 of 5)
#
# The classifier of our 32x32 VGG. It gets the flattened map, 512 numbers a photo, and gives one **logit** a class: a score,
# not yet a probability. In order: dropout (one half), a linear layer to 512 features, batch norm, ReLU, dropout (one half),
# a linear layer to the classes.
#
# Here batch norm works on features, not on maps. The paper's head does without it, because it is older than batch norm.


# %%
def vgg_head(num_classes: int = 10) -> nn.Module:
    """[N, 512] -> logits [N, num_classes]."""
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(512, 512),
        nn.BatchNorm1d(512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, num_classes),
    )
    ### END SOLUTION


check.vgg_head(vgg_head)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Six layers in a row: `nn.Sequential` takes them one by one. After the flattening there is no height and width any more.
# Which batch norm is for that?
# </details>
#
# <details><summary>Hint 2: nearly the lines</summary>
#
# `nn.Dropout(0.5)`, `nn.Linear(512, 512)`, `nn.BatchNorm1d(512)`, `nn.ReLU()`, then dropout and a linear layer again.
# Nothing follows the last one.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The batch norm is one for maps."* `BatchNorm2d` wants height and width.
#
# *"The number of classes is ignored."* The last layer has a 10 where `num_classes` should stand.
#
# *"The network ends with a softmax."* Return the logits; the loss applies it.
# </details>

# %% tags=["hide-input"]
head_for = used(check.vgg_head(vgg_head))
torch.manual_seed(0)
head, numbers = head_for(10), torch.rand(4, 512)  # [4, 512]: as if from four photos
for training in (True, False):
    head.train(training)
    same = torch.equal(head(numbers), head(numbers))
    print(f"{'training' if training else 'evaluation'} mode: two calls give {'the same' if same else 'different'} logits")

# %% [markdown]
# In training mode dropout chooses new zeros at every call, so the same photo gets different logits each time. Call `eval()`
# before you use a network; forgetting it is a common reason for an accuracy that nobody can explain.

# %% [markdown]
# ## Exercise: repair four faults of a VGG (8 minutes, difficulty 3 of 5)
#
# Three stages on a photo of 32x32: a 3x3 convolution with padding 1, a ReLU, and a 2x2 max pool of stride 2, with
# 8, 16 and 16 channels. Then the 16 maps of 4x4 are flattened, and a linear layer gives the logits. Somebody
# wrote it with four faults, a minute each. Two show in the shapes: the network stops. Two show in the values
# alone, when the shapes are mended.
#
# ```python
# class RepairVGG(nn.Module):
#     def __init__(self, num_classes=10):
#         super().__init__()
#         self.features = nn.Sequential(
#             *(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2, stride=1)),
#             *(nn.Conv2d(8, 16, 3, padding=1), nn.MaxPool2d(2)),
#             *(nn.Conv2d(16, 16, 3), nn.ReLU(), nn.MaxPool2d(2)),
#         )
#         self.classifier = nn.Linear(16 * 4 * 4, num_classes)
#
#     def forward(self, x):
#         return self.classifier(self.features(x).flatten(1)).softmax(1)
# ```


# %%
class RepairVGG(nn.Module):
    """Three stages on 32x32 photos, each a 3x3 convolution, a ReLU and a pool that halves; then a linear layer."""

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        )
        self.classifier = nn.Linear(16 * 4 * 4, num_classes)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """[N, 3, 32, 32] -> logits [N, num_classes]."""
        ### BEGIN SOLUTION
        logits: Tensor = self.classifier(self.features(x).flatten(1))
        return logits
        ### END SOLUTION


check.repair_vgg(RepairVGG)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Run the layers one by one (`for layer in net.features: x = layer(x); print(x.shape, float(x.min()))`), and
# compare with the text.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# First the shapes: one pool does not halve, and one convolution does not keep the size. Then the values: where is
# the smallest one after a pool negative, and what do the results of a photo add up to?
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `nn.MaxPool2d(2)`, `padding=1`, a `nn.ReLU()` behind the second convolution, and no softmax.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The linear layer was made to fit wrong maps."* It runs, but the text asks for maps of 4x4. The error came from
# the layers before, not from the linear one, where it was told.
#
# *"Between two convolutions there is only a pool."* A pool takes a maximum, which may be negative; without a ReLU
# negative values are handed on.
# </details>

# %% tags=["hide-input"]
Mended = check.repair_vgg(RepairVGG).or_reference()
torch.manual_seed(0)
net, x = Mended(10), torch.randn(2, 3, 32, 32)
for layer in getattr(net, "features", []):
    x = layer(x)
    print(f"{type(layer).__name__:10} {[*x.shape]!s:16} smallest value {x.min().item():6.2f}")

# %% [markdown]
# Two of these faults stopped the network and told you so, in the wrong place: torch complained about the linear layer,
# which was right. The other two would have trained, only worse, and nobody would have known. So once the shapes are mended,
# look at the values: the smallest one behind each ReLU is 0, and logits are of both signs.

# %% [markdown]
# ## Your VGG-16
#
# Both parts together, with a flattening between them. We count it beside the kit's.


# %%
class MyVGG(nn.Module):
    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.convolutions = layers_of(D)
        self.head = head_for(num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.convolutions(x)  # [N, 512, 1, 1]
        return self.head(x.flatten(1))  # [N, num_classes]


mine = MyVGG()
counted = anatomy.table(mine, (3, 32, 32))
for name, table in {"yours": counted, "the kit's": small}.items():
    print(f"{name:9} {table.parameters:,} parameters, {table.macs:,} MACs for one photo")
print("equal:", (counted.parameters, counted.macs) == (small.parameters, small.macs))

# %% [markdown]
# ### Trained weights
#
# Your network still has random weights, whereas the kit's were trained on CIFAR-10, in a network whose layers have other
# names. So `weights.load` runs both, gives each weight to the layer that does the same, and compares the logits. If they
# differ it refuses, and says where the two part. The file also keeps what was measured on all 10,000 test photos.

# %% tags=["nbval-ignore-output"]
weights.load(mine, "cifar10")
said = weights.about(weights.shipped()["vgg16_cifar", "cifar10"])
print(f"The file says: {said['accuracy']:.1%} of the 10,000 test photos of {said['data']} right")

# %%
from cnnkit.data.augment import normalise

photos = data.sample_photos()  # 20 CIFAR-10 test photos
with torch.no_grad():
    answers = mine.eval()(normalise(photos.images)).argmax(1)
right = answers == photos.labels

# %%
explore.guess(
    "How many of the kit's 20 CIFAR-10 test photos does your network name correctly?",
    answer=lambda: right.sum(),
    tolerance=2,
    unit="photos",
    key="02, question 5",
    possible=(0, 20),
)

# %% tags=["nbval-ignore-output"]
names = [photos.classes[i] for i in answers]
title = "20 CIFAR-10 test photos, named by your VGG-16"
draw.photos(photos.images, names, title=title, right=right.tolist())

# %%
print("right of the 20:", "normal" if right.sum() >= 14 else "unusual", "(14 to 20)")
draw.filters(mine.convolutions[0].weight, "64 learnt kernels of your first layer, 3x3 in colour")

# %% [markdown]
# A tick is a right answer, on photos that no training used. (Fewer than 14 mean that the photos were not normalised, or
# that `eval()` is missing.) But 20 are few, since each photo is 5 percentage points; so the number to report is the
# recorded one, with its data set. The kernels above were learnt, too: some are edges, as in notebook 01, and others are
# differences of colours.
#
# ## The riddle
#
# The kit has trained weights of one more network: the ResNet-50 for 32x32 that you will build in notebook 04. It has three
# times as many layers, it comes from the paper that won in 2015, and it was trained for longer. Which one names more photos
# right?

# %%
explore.guess(
    "VGG-16 has 85.7 % of the 10,000 test photos right, after 20 epochs. What percentage has our ResNet-50, after 52?",
    answer=lambda: 100 * weights.about(weights.shipped()["resnet50_layer4", "cifar10"])["accuracy"],
    tolerance=0.7,
    unit="%",
    key="02, question 6",
    possible=(0, 100),
)

# %%
for shipped_as in ("vgg16_cifar", "resnet50_layer4"):
    told = weights.about(weights.shipped()[shipped_as, "cifar10"])
    depth = sum(row.macs > 0 for row in anatomy.table(models.build(shipped_as), (3, 32, 32)).rows)
    print(f"{shipped_as:15} {depth} layers, {told['epoch']} epochs: {told['accuracy']:.1%} right")

# %% [markdown]
# The *older* network wins, by two points on 10,000 photos, which is more than luck in the choice of the photos would
# explain. Is the shortcut of ResNet worth nothing, then? Is depth? Do not believe the first explanation that comes to your
# mind, nor ours: 03 shows what the shortcut does, 04 finds a suspect, and [notebook 07](07_why_residual.ipynb) puts it to
# the test.
#
# ## Recap
#
# 1. VGG-16 is a list: 3x3 convolutions with ReLU, five pools, and linear layers.
# 2. More depth lowered the error from 10.4 to 8.8 %, and then stopped doing so between 16 and 19 layers.
# 3. The parameters sit in the late stages, the work in the middle ones, so depth costs time more than memory.
# 4. Batch norm gives each channel a fixed mean and spread and lets it learn others; dropout keeps features independent.
# 5. Of the paper's 138 M parameters, one linear layer (25,088 to 4,096) has 103 M. Without it VGG-16 would have 36 M.
# 6. Trained weights fit every class that computes the same, whatever its names.
#
# ## Three questions
#
# <details><summary>1. You give your network a photo of 64x64. What happens?</summary>
#
# The convolutions take it, and leave 512 maps of 2x2. Flattened these are 2,048 numbers, whereas the head wants 512: an
# error.
# </details>
#
# <details><summary>2. Why is there no ReLU after the last linear layer?</summary>
#
# A logit below 0 says "not this class". A ReLU would make all such answers alike, and stop their gradients.
# </details>
#
# <details><summary>3. You halve all channels, also those of the head. What happens to parameters and MACs?</summary>
#
# Both fall to about a quarter, since a layer has channels in times channels out.
# The first convolution and the last layer only halve: 3 colours and 10 classes stay.
# </details>
#
# ## Go further
#
# Make a network from column A, with your head, and count it on 32x32. How does its receptive field differ from that of
# column D? Then try `weights.load` on it: what does the message say?
#
# <details><summary>What you should see</summary>
#
# Column A has fewer convolutions between its pools, so its field is smaller: read both from their tables. The weights are
# refused, because no layer does the work of those that are missing.
# </details>

# %% [markdown]
# # 02 · VGG-16
#
# **How do you turn a table in a paper into a network, and where do its parameters and its work go?**
#
# After this notebook you can
#
# * read the table of the VGG paper, and say what each row costs;
# * build the convolutions from a list, and a classifier behind them;
# * explain why VGG-16 has 138 M parameters for large photos, and ours 15 M;
# * put trained weights into a network of your own.
#
# *Time:* 35 minutes; the machine computes for less than one of them.
# *Know first:* parameters, MACs and receptive field, from [notebook 01](01_convolution.ipynb).
# There are two exercises; while one is empty, the notebook runs on with the kit's function.
# The solutions are one click away, in the [solved copy](solutions/02_vgg16.ipynb).

# %% tags=["nbval-ignore-output"]
import torch
from torch import nn

from cnnkit import anatomy, check, data, draw, explore, models, weights

ours = models.build("vgg16_cifar")
weights.load(ours, "cifar10")
explore.architecture(ours)

# %% [markdown]
# This is VGG-16 for photos of 32x32 pixels, trained on CIFAR-10. Choose a layer of the strip, by pointer or arrow keys:
# its strongest maps appear below, and beside them what the network answers. Choose a value of a map: the photo lights up
# where that value looks. The small photos are the kit's 20 CIFAR-10 test photos.
#
# Go from the first layer to the last. The maps get smaller, and there are more of them.
# In the early maps you can still recognise the photo. The bars below the strip show where parameters and work lie.
#
# ## The idea
#
# Simonyan and Zisserman asked one question: what does more depth bring? To test it they kept all else simple.
# Every convolution is 3x3 and keeps the size of the map. Each is followed by a ReLU. A max pool halves the map.
# After a pool the channels double, until there are 512. Then comes the **head**, also called the classifier:
# linear layers, which turn the last maps into one number a class.
#
# So a list says it all. A number is a convolution with that many output channels, and `"M"` is a max pool.

# %%
D = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]
print(sum(entry != "M" for entry in D), "convolutions,", D.count("M"), "pools")

# %% [markdown]
# ## The paper's table beside ours
#
# The list is column D of table 1 in the paper (Simonyan and Zisserman 2015,
# "Very Deep Convolutional Networks for Large-Scale Image Recognition"). Their photos have 224x224 pixels, and 1,000 classes.
# The next cell runs both networks once and prints what each row does, in the paper's words.
# `FC` is a fully connected layer; torch calls it `Linear`. The shares are of our network's totals.
#
# On the device `meta` a tensor has a shape but no numbers. That is enough to count, and saves half a gigabyte.

# %%
with torch.device("meta"):
    paper = models.build("vgg16", num_classes=1000)
large, small = anatomy.table(paper, (3, 224, 224)), anatomy.table(ours, (3, 32, 32))


def paper_name(row: anatomy.Row) -> str:
    names = {"Conv2d": f"conv3-{row.output[0]}", "MaxPool2d": "maxpool", "Linear": f"FC-{row.output[0]}"}
    return names.get(row.kind, "")


rows = [[row for row in table.rows if paper_name(row)] for table in (large, small)]
rows[1].insert(-1, None)  # the paper's head has one layer more
work = "{:9} {:>11} {:>11} {:>7}"
print(*(work.format(who, "output", "parameters", "M MACs") for who in ("paper", "ours")), "% par % MAC sees")
for pair in zip(*rows, strict=True):
    for r in pair:
        size = "x".join(map(str, r.output)) if r else ""
        print(work.format(paper_name(r), size, f"{r.parameters:,}", f"{r.macs / 1e6:.1f}") if r else "-", end=" ")
    if r:
        print(f"{100 * r.parameters / small.parameters:5.1f} {100 * r.macs / small.macs:5.1f} {r.receptive_field:4}", end="")
    print()

# %% [markdown]
# The ReLUs are left out, and so are dropout and batch norm, which exercise 2 explains.
# *sees* is the receptive field, in pixels a side.
#
# **The name.** VGG-16 counts layers with weights: convolutions and linear layers.

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

# %%
for name, table in {"the paper's": large, "ours": small}.items():
    print(f"{name:11} {sum(row.macs > 0 for row in table.rows)} layers with weights")

# %% [markdown]
# We keep the name, because the 13 convolutions are the paper's. Compare their rows: the parameters are equal.
# A kernel does not know how large the photo is. The work depends on it: each kernel visits every position.

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

# %%
ratios = {a.macs // b.macs for a, b in zip(*rows, strict=True) if a.kind == "Conv2d"}
print("The ratio of MACs, in all 13 convolutions:", *ratios)
print("224 is", 224 // 32, "times 32, in height and in width.")

# %% [markdown]
# ### Where is the cost?
#
# A **stage** is all that happens between two pools.
# **Predict:** which stage has most parameters? Which two do most of the work?

# %%
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
# The parameters sit at the end, where a layer has 512 x 512 kernels. The work sits in the middle.
# So "large" has two meanings: much to store, and much to compute.
# At the end of stage 3, one value already sees more than the 32 pixels there are; the rest is padding.
#
# ## Exercise 1: make_layers (10 minutes, difficulty 2 of 5)
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


# %%
def used(verdict: check.Verdict):  # your function if it passed its check, otherwise the kit's
    print("From here on we use", "your function" if verdict.passed else "the kit's function; yours is not ready yet")
    return verdict.or_reference()


layers_of = used(check.make_layers(make_layers))
features = layers_of(D)
draw.strip(anatomy.table(features, (3, 32, 32)), title="Column D, made from the list, on a 32x32 photo")

# %% [markdown]
# The last map has 512 channels and a single position. Five pools leave 32 / 2 / 2 / 2 / 2 / 2 = 1.
#
# ## Why 138 M for large photos, and 15 M for ours
#
# On 224x224 five pools leave 7x7. So the paper's head gets 512 · 7 · 7 = 25,088 numbers.
# Its first linear layer makes 4,096 out of them, and every input has a weight to every output.

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
    "How many percent of all the paper's parameters are in this one layer?",
    answer=lambda: 100 * paper.classifier[0].weight.numel() / large.parameters,
    tolerance=5,
    unit="%",
    key="02, question 4",
    possible=(0, 100),
)

# %%
for name, table in {"paper": large, "ours": small}.items():
    convolutions = sum(row.parameters for row in table.rows if row.kind == "Conv2d")
    print(f"{name:5} 13 convolutions {convolutions:11,}   head {table.parameters - convolutions:12,}")
first = next(row for row in large.rows if row.kind == "Linear")
share = first.parameters / large.parameters, first.macs / large.macs
print(f"the paper's first linear layer: {first.parameters:,}, {share[0]:.0%} of the parameters, {share[1]:.1%} of the MACs")

# %% [markdown]
# The convolutions are the same. One layer makes most of the difference, 103 M of 123 M, and it does hardly any work.
# Later networks average each map to one number first, and need no such layer: see [notebook 04](04_resnet50.ipynb).
#
# ### Does it agree with the paper?
#
# Table 2 of the paper lists parameters: A 133 M, B 133 M, D 138 M, E 144 M. The columns differ in depth only.
# We build them with your function, and add the paper's head.

# %%
columns = {
    "A": [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "B": [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "D": D,
    "E": [64, 64, "M", 128, 128, "M", *[256] * 4, "M", *[512] * 4, "M", *[512] * 4, "M"],
}
with torch.device("meta"):
    for name, column in columns.items():
        network = nn.Sequential(layers_of(column), nn.Flatten(), paper.classifier)
        counted = anatomy.table(network, (3, 224, 224))
        depth = sum(row.macs > 0 for row in counted.rows)
        print(f"{name}: {depth} layers, {counted.parameters / 1e6:.0f} M parameters, {counted.macs / 1e9:4.1f} G MACs")

# %% [markdown]
# From A to E the parameters grow by 8 %, and the work to more than twice. Depth is paid in work.
#
# ## Exercise 2: the head (8 minutes, difficulty 2 of 5)
#
# The classifier of our 32x32 VGG. It gets the flattened map, 512 numbers a photo, and gives one **logit** a class: a score,
# not yet a probability. In order: dropout (one half), a linear layer to 512 features, batch norm, ReLU, dropout (one half),
# a linear layer to the classes.
#
# **Dropout** sets each number to 0 with probability one half while training. So no feature can rely on one other alone.
# **Batch norm** brings each feature to mean 0 and spread 1 over the batch. The paper's head does without; it is older.


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

# %%
head_for = used(check.vgg_head(vgg_head))
torch.manual_seed(0)
head, numbers = head_for(10), torch.rand(4, 512)  # [4, 512]: as if from four photos
for training in (True, False):
    head.train(training)
    same = torch.equal(head(numbers), head(numbers))
    print(f"{'training' if training else 'evaluation'} mode: two calls give {'the same' if same else 'different'} logits")

# %% [markdown]
# In training mode, dropout makes every call another one. So remember `eval()` before you use the network.
#
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
# Your network still has random weights. The kit's were trained on CIFAR-10 for a network whose layers have other names.
# So `weights.load` runs both, gives each weight to the layer that does the same, and compares the logits.
# If they differ, it refuses, and says where the two part.
#
# The file also keeps what was measured on all 10,000 test photos.

# %% tags=["nbval-ignore-output"]
weights.load(mine, "cifar10")
said = weights.about(weights.shipped()["vgg16_cifar", "cifar10"])
print(f"The file says: {said['accuracy']:.1%} of the 10,000 test photos of {said['data']} right, after {said['epoch']} epochs")

# %%
from cnnkit.data.augment import normalise

photos = data.sample_photos()  # 20 CIFAR-10 test photos
with torch.no_grad():
    answers = mine.eval()(normalise(photos.images)).argmax(1)
right = answers == photos.labels
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
draw.photos(photos.images, names, right=right.tolist(), title="20 CIFAR-10 test photos, named by your VGG-16")

# %%
print("right of the 20:", "normal" if right.sum() >= 14 else "unusual", "(14 to 20)")

# %% [markdown]
# A tick is a right answer. Training did not use these photos. But 20 are few: one photo is 5 percentage points.
# So the number to report is the recorded one, with its data set.
#
# *Unusual?* Fewer than 14 mean that the photos were not normalised, or that `eval()` is missing.
#
# ## Recap
#
# 1. VGG-16 is a list: 3x3 convolutions with ReLU, five pools, and linear layers.
# 2. The parameters sit in the late stages, the work in the middle ones.
# 3. A photo of 7 times the side costs 49 times the work, and no more convolution weights.
# 4. One linear layer, 25,088 to 4,096, makes 138 M parameters out of what would be 36 M.
# 5. Trained weights fit every class that computes the same, whatever its names.
#
# ## Three questions
#
# <details><summary>1. You give your network a photo of 64x64. What happens?</summary>
#
# The convolutions take it, and leave 512 maps of 2x2. Flattened these are 2,048 numbers, and the head wants 512: an error.
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
# Make a network from column A, with your head, and count it on 32x32.
# How does its receptive field differ from that of column D?
# Then try `weights.load` on it: what does the message say?

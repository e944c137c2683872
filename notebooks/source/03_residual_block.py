# %% [markdown]
# # 03 · The residual block
#
# **Why does a plain network get worse when it gets deeper, and what does a shortcut change?**
#
# After this notebook you can
#
# * tell overfitting from a network that is hard to train, and measure where the gradient gets lost;
# * say why $x + F(x)$ keeps a gradient alive, and where a shortcut needs a projection;
# * write the block of the ResNet paper, and the one of this course's network, which differs in three lines;
# * find mistakes in a block by its shapes and its values.
#
# *Time:* 100 minutes; the machine computes for about one of them.
#
# *Know first:* [notebook 02](02_vgg16.ipynb) and its batch norm, and what `loss.backward()` leaves in `p.grad`.
#
# There are seven exercises; while one is empty, the notebook runs on with the kit's own answer.
# The solutions are one click away, in the [solved copy](solutions/03_residual_block.ipynb).

# %%
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit import anatomy, check, data, draw, explore, models, runs

where = runs.load("plain-20").about["data"]


def curves(*names: str) -> dict[str, list[float]]:
    """The recorded training loss of each epoch; entry 0, before training, is left out."""
    return {name: runs.load(name)["train_loss"][1:] for name in names}


draw.losses(curves("plain-20", "plain-50"), f"Training loss, {where}", classes=10, unit="epoch")

# %% [markdown]
# ## The problem
#
# VGG stopped at 19 layers, because more of them brought nothing any more. What if one goes on to 50 all the same? Here are
# two recorded runs that did. Both nets are **plain**, which means one layer after another: a stem as in notebook 01, then
# 20 or 50 layers with weights in all, grouped by threes (1x1, 3x3, 1x1), each with batch norm. They are narrow, with 8
# channels behind the stem. Everything else is the same, and yet the deeper net ends with the *higher* loss.
#
# Could that be **overfitting**, that is, has the net learnt its training photos by heart? Then its *training* loss would be
# low and only the test loss high. The next cell prints both for two seeds, which are two draws of the first weights.


# %% tags=["hide-input"]
def print_last(kind: str) -> None:
    for depth in (11, 20, 29, 50):
        found = [runs.load(f"{kind}-{depth}", seed) for seed in (0, 1)]
        train, test = ([f"{run[column][-1]:.2f}" for run in found] for column in ("train_loss", "test_loss"))
        print(f"{kind}-{depth}:  training loss {' and '.join(train)},  test loss {' and '.join(test)}")


print(f"after {runs.load('plain-20').about['epochs']} epochs on {where}")
print_last("plain")

# %% [markdown]
# It is not overfitting, because the training loss itself rises with depth. (Why is the test loss the lower one? The
# training loss is a mean over an epoch in which the net still improves, and over photos that are cropped and mirrored,
# which makes them harder. The test photos come afterwards, and as they are.)
#
# This is strange, because a deep net could do what a shallow one does: its extra layers would only have to hand on what
# they get. So good weights exist, and training does not find them. He et al. (2016, section 1) call this **degradation**.
# They saw it on ImageNet, where a plain net of 18 layers had 27.94 % top-1 error on the validation photos, and one of 34
# layers 28.54 % (their table 2).
#
# ## Why does depth hurt?
#
# Weights are moved by the gradient, and the gradient of an early layer has to come back through all layers behind it. By the
# chain rule each of them multiplies it by its own slope. A product of fifty factors is rarely of a sensible size: if each
# factor is 0.4, then 10 layers leave one part in ten thousand, and 50 leave practically nothing.
#
# Let us measure it. The next cell stacks fifty 3x3 layers with fresh weights, sends the kit's 20 photos through, and notes
# two things behind each layer: the spread of the **signal** on its way forward, and the size of the **gradient** on its way
# back. There is a plain stack, the same with batch norm, and one with batch norm in which each layer adds to what it was
# given.

# %% tags=["hide-input"]
from cnnkit.data.augment import normalise

sample = data.sample_photos()
half_size = normalise(sample.images)[:, :, ::2, ::2].double()  # [20, 3, 16, 16]


def through(depth: int, norm: bool, shortcut: bool) -> tuple[list[float], list[float]]:
    """Spread of the signal behind each 3x3 layer of a fresh net, and the norm of the gradient there."""
    torch.manual_seed(0)
    x, passed = nn.Conv2d(3, 16, 3, padding=1).double()(half_size), []
    for _ in range(depth):
        layer = nn.Sequential(nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16) if norm else nn.Identity(), nn.ReLU())
        x = x + layer.double()(x) if shortcut else layer.double()(x)
        x.retain_grad()
        passed.append(x)
    F.cross_entropy(nn.Linear(16, 10).double()(x.mean((2, 3))), sample.labels).backward()
    return [x.std().item() for x in passed], [x.grad.norm().item() for x in passed]


# %%
STACKS = {  # batch norm, shortcut
    "plain": (False, False),
    "plain, batch norm": (True, False),
    "residual, batch norm": (True, True),
}
walks = {name: through(50, *options) for name, options in STACKS.items()}
signals = {name: signal for name, (signal, _) in walks.items()}
draw.profile(signals, "The signal behind each of 50 layers (20 CIFAR-10 photos)", "spread")

# %%
gradients = {name: gradient for name, (_, gradient) in walks.items()}
draw.profile(gradients, "The gradient at each of 50 layers: read from right to left", "norm")

# %%
print("gradient at the first layer of a stack of")
for layers in (5, 10, 20, 30, 50):
    first = (f"{name} {through(layers, *options)[1][0]:.0e};" for name, options in STACKS.items())
    print(f"{layers:3} layers:", *first)

# %% [markdown]
# Read the second picture from right to left, because that is the way of the gradient.
#
# * In the plain stack it **vanishes**. Behind layer 50 it has its normal size, and at layer 1 nothing is left that a weight
#   could follow. This was the wall of the nineties.
# * Batch norm gives each layer's output the same spread, so the signal survives, and the gradient no longer vanishes. But
#   look where the line goes: now it **explodes**, because each layer multiplies it by a little more than 1.
# * With shortcuts it grows by a factor of about twenty over fifty layers, and not of thousands.
#
# So there are two diseases, and batch norm cures one. Do nets that were built to be trained behave like these toys? Look for
# yourself: the next exercise measures any network.
#
# ## Exercise: gradient norm per stage (12 minutes, difficulty 3 of 5)
#
# Take the cross entropy on one batch and its gradient. For each direct child of the model that has parameters
# (`model.named_children()`), give the Euclidean norm of the gradient of all its parameters together:
# the root of the sum of all squares.


# %%
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    """Name of the child -> norm of the gradient; old gradients in the model do not count.

    images: [N, 3, 32, 32], labels: [N]. The model stays in the mode it is in.
    """
    ### BEGIN SOLUTION
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    norms = {}
    for name, child in model.named_children():
        squares = [p.grad.square().sum().item() for p in child.parameters()]
        if squares:
            norms[name] = sum(squares) ** 0.5
    return norms
    ### END SOLUTION


check.gradient_norms(gradient_norms)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# First old gradients away, then loss and backward pass. After that each parameter `p` has its gradient in `p.grad`.
# A ReLU is a child too, but without parameters.
# </details>
#
# <details><summary>Hint 2: nearly the lines</summary>
#
# For each child: `squares = [p.grad.square().sum().item() for p in child.parameters()]`. If the list is not empty,
# the norm is `sum(squares) ** 0.5`.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"Old gradients are counted":* `model.zero_grad()` is missing.
#
# *"You add up the norms of the single parameters."* Squares first, one root at the end.
# </details>

# %% tags=["hide-input"]
few_images, few_labels = normalise(data.load("emoji10").train.images[:50]), data.load("emoji10").train.labels[:50]


def recorded_net(kind: str, *depths: int) -> nn.Module:
    """A net as in the record, with fresh weights: so many blocks of three layers in each stage."""
    torch.manual_seed(0)
    same = {"width": 8, "relu_at": "sum", "bias": False, "downsample": "first", "init": "he"}
    return models.build("resnet50_layer4", depths=depths, shortcut="add" if kind == "residual" else "none", **same)


measure = check.gradient_norms(gradient_norms).or_reference()

# %%
explore.guess(
    "Fresh plain-50: how many times as large as in the last layer (fc) is the gradient in stage 1 (layer1)?",
    answer=lambda: (g := measure(recorded_net("plain", 5, 6, 5), few_images, few_labels))["layer1"] / g["fc"],
    factor=3,
    unit="times",
    key="03, question 1",
    known=dict.fromkeys((0.001, 0.01, 0.1), "So it would be if the gradient vanished on its way back; here it grows."),
)

# %% tags=["nbval-ignore-output", "hide-input"]
nets = {"plain-11": (1, 1, 1), "plain-50": (5, 6, 5), "residual-11": (1, 1, 1), "residual-50": (5, 6, 5)}
measured = {name: measure(recorded_net(name.split("-")[0], *depths), few_images, few_labels) for name, depths in nets.items()}
draw.bars(measured, "Gradient before the first step (50 drawings of emoji10)", "norm", log=True)

# %% [markdown]
# You just measured what every optimizer of these nets is given at its first step. The real plain-50 has the second disease:
# the further in front a stage is, the larger is its gradient, by a factor of hundreds, whereas in the residual net of the
# same depth the factor is about a hundredth of that. With plain gradient descent it is hard to find one learning rate that
# suits both ends of such a net. Our nets were trained by Adam, which divides each gradient by its usual size, so size alone
# cannot be the whole story: [notebook 07](07_why_residual.ipynb) adds a measurement in which the *direction* counts.
#
# ## The idea: add the input
#
# Let a few layers compute only a change $F(x)$, and add the input to it: $x + F(x)$. The way through the layers is called
# the **branch**, and the way around them the **shortcut**. Here are the same three layers twice: as a part of a plain net,
# and with a shortcut.

# %% tags=["hide-input"]
from IPython.display import HTML

from cnnkit.draw.block import Box, chain
from cnnkit.draw.block import block as draw_block

layers = [
    Box(("1x1 conv", "batch norm", "ReLU"), "16x8x8"),
    Box(("3x3 conv", "batch norm", "ReLU"), "16x8x8"),
    Box(("1x1 conv", "batch norm"), "64x8x8"),
]
end = Box(("ReLU",), "64x8x8")
HTML(chain("plain: F(x)", "64x8x8", [*layers, end]) + draw_block("residual: x + F(x)", "64x8x8", [], layers, [], "+", [end]))

# %% [markdown]
# One line is all that was added. What does it do to the slope? A plain layer hands the gradient on times $F'(x)$, whereas a
# residual one hands it on times
#
# $$\frac{d}{dx}\,(x + F(x)) = 1 + F'(x),$$
#
# because the slope of $x$ itself is 1. If the branch changes little, $F'$ is small, and the factor is *near one* instead of
# near zero. Fifty numbers show the difference.

# %%
torch.manual_seed(0)
slopes = 0.2 * torch.randn(50, dtype=torch.float64)  # F' in fifty layers: of both signs, and small
for layers in (5, 20, 50):
    plain, residual = slopes[:layers].prod(), (1 + slopes[:layers]).prod()
    print(f"{layers:2} layers: product of F' {plain:9.0e},  product of 1 + F' {residual:.2f}")

# %% [markdown]
# The same small slopes that kill a plain chain do no harm with a shortcut. If you multiply out $(1 + F_1')(1 + F_2')\dots$
# you find a lone 1 among the terms: it is the gradient that came the whole way back on shortcuts and met no layer at all.
#
# The recorded **residual** nets are the plain ones plus shortcuts. What does it do to their loss?

# %%
explore.guess(
    "plain-50 ended near 2.02 (seed 0). Where did the training loss of residual-50 end?",
    answer=lambda: runs.load("residual-50")["train_loss"][-1],
    tolerance=0.15,
    key="03, question 2",
    known={2.02: "There plain-50 ended: so the shortcuts would change nothing."},
)

# %%
names = ("plain-20", "plain-50", "residual-20", "residual-50")
draw.losses(curves(*names), title=f"Training loss, {where}", classes=10, unit="epoch")

# %%
print_last("residual")

# %% [markdown]
# With shortcuts 50 layers train, so the shortcuts repaired most of the damage that depth had done. They did not yet make
# the deep net better than the shallow one, perhaps because eight epochs of a narrow net are too few. The paper had about
# twenty times as many, and there depth paid (He et al. 2016, table 6, test error on CIFAR-10):
#
# | layers | 20 | 32 | 44 | 56 | 110 |
# |---|---|---|---|---|---|
# | residual net | 8.75 % | 7.51 % | 7.17 % | 6.97 % | 6.43 % |
#
# One thing besides the sum differs in our runs. Three shortcuts are projections, explained below, and their weights are 8 %
# of those of residual-50.
#
# ### Doing nothing is easy now
#
# The first reason was about slopes, and the second is about values. Set the `scale` of the branch's last batch norm to zero,
# as an optimizer could, and the branch gives only zeros. What is left of the block?

# %%
x = torch.rand(2, 64, 8, 8)  # never negative, as after a ReLU
for shortcut in ("add", "none"):
    block = models.Bottleneck(64, 16, 64, shortcut=shortcut).eval()
    nn.init.zeros_(block.bn3.weight)
    y = block(x)
    print(f"shortcut {shortcut:4}: the input: {torch.equal(y, x)}; all zeros: {not y.any()}")

# %% [markdown]
# With a shortcut, small weights mean "hand it on". Without one they mean "lose it". So a block that has nothing to add can
# step aside by having small weights, whereas a plain layer must first learn to copy, which is hard for a stack of
# convolutions and ReLUs. That is the reason which the paper itself gives (section 3.1).
#
# ## Identity or projection
#
# Two maps can be added only if they have the same shape. If the branch keeps channels, height and width, nothing has to be
# done: the shortcut is the input itself, an **identity**, and costs nothing. If channels or size change, the input no longer
# fits. Then a 1x1 convolution, the **projection**, gives it the right number of channels and, by its stride, the right size.

# %%
explore.residual_block(64, 64, 256)

# %% [markdown]
# The three numbers are the channels of the input, of the 3x3 convolution and of the result. Try these, and say beforehand
# what will happen:
#
# 1. Set `in_channels` to 256. What happens to the shortcut, and to the parameters?
# 2. Tick *downsample*. Which sizes change, and where?
# 3. Leave *downsample* ticked, and leave out one part after the other under *Break it*. Which breaks stop the block?
#
# <details><summary>What you should have seen</summary>
#
# The projection disappears, and with it its parameters, since the shapes agree now. With *downsample* it comes back, and
# both ways halve their map at their first 1x1. Whatever makes the two ways end in different shapes stops the block;
# whatever leaves the shapes alone does not, so that nothing warns you.
# </details>

# %% tags=["hide-input"]
kit = check.residual_block(None).reference  # the kit's own class


def learnt(part: nn.Module) -> int:
    return sum(p.numel() for p in part.parameters())


# %%
explore.guess(
    "`ResidualBlock(64, 64, 256)`: what percentage of its parameters is in the projection?",
    answer=lambda: 100 * learnt(kit(64, 64, 256).downsample) / learnt(kit(64, 64, 256)),
    tolerance=5,
    unit="%",
    key="03, question 3",
    possible=(0, 100),
)

# %% tags=["hide-input"]
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

# %% tags=["hide-input"]
needs = check.needs_projection(needs_projection).or_reference()
for channels, halves in ((64, False), (256, False), (256, True)):
    has = any(True for _ in kit(channels, 64, 256, halves).downsample.parameters())
    print(f"{channels:3} -> 256, halves: {halves!s:5}  needs one: {needs(channels, 256, halves)!s:5}  the kit's has one: {has}")

# %% [markdown]
# A shortcut without weights is not only cheaper. In $1 + F'(x)$ the 1 stands for the identity, and a projection puts its own
# weights, which have to be learnt, in that place. So it is used only where it must be: of the 13 blocks of our ResNet, ten
# have the identity.

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

# %% [markdown]
# Your unit at work: one wide layer on 256 channels, and beside it three units that take a detour. The first makes 64
# channels of 256, the second lets its 3x3 kernels work there, and the third makes 256 again.

# %% tags=["hide-input"]
unit = check.conv_unit(conv_unit).or_reference()
wide = nn.Sequential(unit(256, 256, 3))
narrow = nn.Sequential(unit(256, 64, 1), unit(64, 64, 3), unit(64, 256, 1))  # a bottleneck
for name, layers in (("one 3x3 on 256 channels", wide), ("1x1, 3x3, 1x1 through 64", narrow)):
    counted = sum(learnt(part) for part in layers.modules() if isinstance(part, nn.Conv2d))
    print(f"{name:25} {[*layers(torch.rand(2, 256, 8, 8)).shape]}  {counted:7,} parameters in convolutions")

# %% [markdown]
# Such a detour is called a **bottleneck**, and it is how ResNet could afford 50 layers. A 3x3 kernel is nine times as
# expensive as a 1x1, and its cost grows with the product of the channels that go in and come out. So the dear kernel works
# where the channels are few: for the 590,080 parameters of one wide layer you get eight bottlenecks of 70,016, with three
# ReLUs each.
#
# ## Exercise: the paper's bottleneck (15 minutes, difficulty 4 of 5)
#
# Now put branch, shortcut and sum together, as in the paper (He et al. 2016, figure 5, right).
#
# 1. The **branch**: a 1x1 convolution to `middle_channels`, a 3x3 convolution with padding 1 that keeps them, a 1x1
#    convolution to `out_channels`. Each is followed by batch norm, the first two also by a ReLU.
# 2. The **shortcut**: where channels or size change, a 1x1 convolution to `out_channels` and batch norm. Elsewhere the input
#    itself (a projection is accepted there too).
# 3. With `downsample=True` height and width are halved: the *first* 1x1 of the branch has stride 2, and so has the
#    shortcut's.
# 4. The result is the ReLU of branch + shortcut.
#
# *Example:* the block below turns `[N, 64, 8, 8]` into `[N, 256, 4, 4]`.

# %% tags=["hide-input"]
branch = [
    Box(("1x1 conv, stride 2", "batch norm", "ReLU"), "64x4x4"),
    Box(("3x3 conv, pad 1", "batch norm", "ReLU"), "64x4x4"),
    Box(("1x1 conv", "batch norm"), "256x4x4"),
]
shortcut = [Box(("1x1 conv, stride 2", "batch norm"), "256x4x4")]
HTML(draw_block("Bottleneck(64, 64, 256, downsample=True)", "64x8x8", [], branch, shortcut, "+", [Box(("ReLU",))]))


# %%
class Bottleneck(nn.Module):
    """The paper's block: relu(branch + shortcut), where the 3x3 convolution works on few channels."""

    def __init__(self, in_channels: int, middle_channels: int, out_channels: int, downsample: bool = False) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        stride = 2 if downsample else 1
        self.branch = nn.Sequential(
            *(nn.Conv2d(in_channels, middle_channels, 1, stride), nn.BatchNorm2d(middle_channels), nn.ReLU()),
            *(nn.Conv2d(middle_channels, middle_channels, 3, padding=1), nn.BatchNorm2d(middle_channels), nn.ReLU()),
            *(nn.Conv2d(middle_channels, out_channels, 1), nn.BatchNorm2d(out_channels)),
        )
        self.shortcut: nn.Module = nn.Identity()
        if downsample or in_channels != out_channels:
            self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels))
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """[N, in_channels, H, W] -> [N, out_channels, H, W], or half of H and W with downsample."""
        ### BEGIN SOLUTION
        return torch.relu(self.branch(x) + self.shortcut(x))
        ### END SOLUTION


check.bottleneck(Bottleneck)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Begin with the branch alone and print its shape. Then ask your `needs_projection` what the shortcut has to be.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# `stride = 2 if downsample else 1`. The branch is two of your units and one without its ReLU; the shortcut is
# `nn.Identity()`, or a 1x1 convolution with that stride, and batch norm.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `return torch.relu(self.branch(x) + self.shortcut(x))`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The two ways end at different sizes."* Only one of them has the stride.
#
# *"The shortcut does not start at the block's input."* `x` was overwritten by the branch before the sum, so the block adds
# the branch to itself.
# </details>

# %%
PaperBlock = check.bottleneck(Bottleneck).or_reference()


def at_the_input(make, **options) -> float:
    """Norm of the gradient at the input of 16 blocks, which are 48 layers."""
    torch.manual_seed(0)
    given = torch.rand(4, 64, 8, 8, dtype=torch.float64, requires_grad=True)
    blocks = nn.Sequential(*(make(64, 16, 64, **options) for _ in range(16)))
    blocks.double()(given).square().mean().backward()
    return given.grad.norm().item()


print(f"with your blocks:  {at_the_input(PaperBlock):8.1f}")
print(f"without shortcuts: {at_the_input(models.Bottleneck, shortcut='none'):8.1f}")
anatomy.table(PaperBlock(64, 64, 256, True), (64, 8, 8))

# %% [markdown]
# You have built the block of ResNet-50, 101 and 152, which differ only in how often they repeat it. Through 48 layers of it
# the gradient kept a moderate size, whereas in the same layers without shortcuts it grew to many times that, as in the toy
# stacks above. Note where the last ReLU stands. Before the sum the branch may be negative, so that a block can take away as
# well as add; the ReLU comes only after the two ways have met.
#
# ## Exercise: ResidualBlock (10 minutes, difficulty 4 of 5)
#
# The network of [notebook 04](04_resnet50.ipynb) comes from a university assignment, whose block is a sister of the paper's.
# Copy your `Bottleneck`, and change three lines:
#
# 1. The **branch** ends with a ReLU, too, so that each of its convolutions is followed by batch norm and then ReLU.
# 2. The **shortcut**, where it is a 1x1 convolution with batch norm, also ends with a ReLU.
# 3. The result is branch + shortcut, and *nothing* comes after the sum.


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
# Compare the three rules with the last layer of your branch, the last of your shortcut, and your `return`.
# </details>
#
# <details><summary>Hint 2: nearly the lines</summary>
#
# Two more `nn.ReLU()`, one at the end of each way, and `return self.branch(x) + self.shortcut(x)`.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"This is the paper's version: its last ReLU comes after the sum."* One of the three lines is still as it was.
# </details>

# %% tags=["hide-input"]
from cnnkit import trace
from cnnkit.check.residual.diagram import block_diagram
from cnnkit.check.residual.reading import read


def used(verdict: check.Verdict):  # your class if it passed its check, otherwise the kit's
    print("From here on we use", "your class" if verdict.passed else "the kit's class; yours is not ready yet")
    return verdict.or_reference()


Block = used(check.residual_block(ResidualBlock))
ran = trace.run(Block(256, 64, 256).eval(), torch.zeros(1, 256, 8, 8))
HTML(block_diagram(read(ran), "ResidualBlock(256, 64, 256), as it ran", None))

# %%
torch.manual_seed(0)
x = torch.rand(2, 64, 8, 8)
for name, made in (("the paper's", PaperBlock(64, 16, 64)), ("the course's", Block(64, 16, 64))):
    print(f"{name:12} block: some values get smaller: {bool((made(x) < x).any())}")

# %% [markdown]
# This is what the three lines cost: a branch that ends in a ReLU can only add, never take away, so values grow from block
# to block. He et al. measured it in a later paper ("Identity Mappings", 2016, table 2): ResNet-110 had 7.84 % error with
# the ReLU at the end of the branch, against 6.61 % with the ReLU after the sum. We keep the assignment's block all the
# same, because that is what is asked for, and test in notebook 07 what it costs us. Code from elsewhere differs in more
# lines than these:
#
# | | course | paper | torchvision |
# |---|---|---|---|
# | branch and projection end with | batch norm, **ReLU** | batch norm | batch norm |
# | after the sum | **nothing** | ReLU | ReLU |
# | who halves the map | the **last** block of a stage | the first | the first |
# | the stride is in | the first 1x1 | the first 1x1 | the **3x3** |
# | convolutions have a bias | **yes** | no | no |
#
# A bias is of no use here, since the batch norm behind it subtracts the mean and brings a `shift` of its own. So whenever
# somebody says "the ResNet block", ask which one.
#
# ### Your block learns
#
# Four of your blocks make a small net. It learns 100 drawings of emoji10, the built-in set, by heart, which is the sanity run
# of [notebook 05](05_training_loop.ipynb). For that the gradient has to pass through every part of your block.


# %% tags=["hide-input"]
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

# %% tags=["hide-input"]
images, labels = normalise(ds.train.images[:100]), ds.train.labels[:100]
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
# A loss of 2.30 is that of guessing among ten classes. If yours stays there, some way is cut, and the gradient does not come
# through.

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

# %% tags=["hide-input"]
Mended = check.repair_block(RepairBlock).or_reference()
Halving = check.repair_downsample(RepairDownsample).or_reference()
torch.manual_seed(0)
x = torch.rand(2, 4, 8, 8)
for name, block in (("keeps the shape", Mended(4)), ("halves the map", Halving(4, 8))):
    print(f"{name:15}", [*x.shape], "->", [*block(x).shape])
print("the first can take away, too:", bool((Mended(4)(x) < x).any()))

# %% [markdown]
# A shape that does not fit is found in a second, because the sum refuses it. A shortcut that starts in the wrong place, a
# shared norm, or a ReLU on the wrong side of the sum fits perfectly. It trains, too, and costs some accuracy that nobody
# misses. But a residual block has one case whose answer you know: if the branch gives zeros, the block hands on its input.
# Try that on every block that you meet.

# %% [markdown]
# ## Detective task
#
# The code that this course began with built a projection in *every* block, and `forward` asked whether it is needed:
#
# ```python
# if x.size() is not out.size():
#     x = self.equal(x)
# ```
#
# What does this line do? Say what the next cell will print before you run it.

# %%
print("x.size() == x.size():", x.size() == x.size())
print("x.size() is x.size():", x.size() is x.size())

# %% [markdown]
# `==` compares what is inside, whereas `is` asks for one and the same object, and each call of `size()` makes a new one. So
# `is not` is always true, and every block runs its projection: nothing fails, and no identity is left in the whole net. We
# build it with both lines. With `is not` it has 14,750,730 parameters.


# %% tags=["hide-input"]
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
    key="03, question 4",
)

# %% tags=["hide-input"]
before = anatomy.table(course_net(False), (3, 32, 32))
after = anatomy.table(course_net(True), (3, 32, 32))
needed = anatomy.table(models.build("resnet50_layer4", projection="needed"), (3, 32, 32))
for line, counted in (("is not", before), ("!=", after), ("the kit", needed)):
    idle = [row for row in counted.rows if not row.ran]
    print(f"{line:7} {counted.parameters / before.parameters:4.0%} of the parameters", end=", ")
    print(f"{counted.macs / before.macs:4.0%} of the MACs; {len(idle)} projections never run")

# %% [markdown]
# The repair decides which projections *run*, so the MACs fall. The parameters stay at 14,750,730, because the idle
# projections are still built and counted; they get no gradient, and so they remain as they were at the start. (The kit does
# not build what is not needed.) With weights that were trained under `is not` the repaired net would give other answers,
# since every projection had learnt its part.
#
# ## Recap
#
# 1. A plain net that gets deeper can get worse on its own training photos, which is not overfitting but degradation.
# 2. A gradient comes back as a product over the layers. Without shortcuts it vanishes, or with batch norm grows; with them
#    each factor is $1 + F'$, which stays near one.
# 3. The shortcut is the input itself where shapes agree, and a projection where they do not.
# 4. A bottleneck lets the 3x3 kernel work on few channels, and costs an eighth of a wide layer.
# 5. Course, paper and torchvision place ReLU and stride differently, so say which block you mean.
#
# ## Three questions
#
# <details><summary>1. Training loss 0.1, test loss 2.5; or both near 2.0. Which net overfits?</summary>
#
# The first. The second has not even learnt its training photos, so it has nothing by heart.
# </details>
#
# <details><summary>2. Batch norm keeps the signal at the same spread. Why is that not enough for the gradient?</summary>
#
# It fixes what goes forward. On the way back each layer still multiplies the gradient by its own slope, and a factor a little
# above one, fifty times over, is large: you saw the line climb.
# </details>
#
# <details><summary>3. With the line `is not`, in how many blocks of the course's net is the shortcut an identity?</summary>
#
# In none. Every input goes through a 1x1 convolution, batch norm and ReLU, so "hand it on" has to be learnt again.
# </details>
#
# ## Go further
#
# Unfold the cell with `small_net`, and write `Block(64, 16, 64)` ten times more, after you have written down how low the
# loss will be after 40 steps. Then do the same with `models.Bottleneck(64, 16, 64, shortcut="none")` in place of `Block`.
#
# <details><summary>What to look for</summary>
#
# Compare the first steps of both curves and where they end, and measure both nets with `gradient_norms`.
# </details>
#
# In [notebook 04](04_resnet50.ipynb) your blocks become ResNet-50, and the riddle of notebook 02 gets its first hypothesis.

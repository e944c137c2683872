# %% [markdown]
# # 07 · Why residual works
#
# **Why does a deeper plain net learn worse, what does a shortcut change, and what is the evidence?**
#
# After this notebook you can
#
# * show that a deep plain net fails in *training*, so that overfitting is not the reason;
# * measure the gradient in each stage of a network, and say what it does and does not explain;
# * remove a block of a trained network, or change one part before training, and judge what the answer means.
#
# *Time:* 50 minutes; the machine computes for less than one. This notebook lies beside the core path.
# *Know first:* [notebook 05](05_training_loop.ipynb), and the residual block of [notebook 03](03_residual_block.ipynb).
# The two exercises may stay empty: then the kit's functions step in. Their solutions are in the
# [solved copy](solutions/07_why_residual.ipynb).

# %%
import torch
import torch.nn.functional as F
from IPython.display import display
from torch import Tensor, nn

from cnnkit import check, data, draw, explore, models, runs, weights
from cnnkit.data.augment import normalise


def curves(*names: str) -> dict[str, list[float]]:
    """Training loss of each epoch, for both seeds of each recorded run."""
    return {f"{name}, seed {s}": runs.load(name, s)["train_loss"][1:] for name in names for s in runs.seeds(name)}


draw.losses(curves("plain-11", "plain-20"), "CIFAR-10 (JPEG copy): recorded training loss", classes=10, unit="epoch")

# %% [markdown]
# These are recorded runs: nobody has time to train them here. **Plain** nets have no shortcuts.
# The number in the name counts the layers with weights. All have the same width, first weights of the same kind,
# and eight epochs. A **seed** fixes the random numbers of a run; two seeds show how much luck there is.
#
# With 20 layers the loss is *higher* than with 11. What do 50 layers do?

# %%
explore.guess(
    "plain-11 ends at a training loss of about 1.4, guessing has 2.3. Where does plain-50 end (mean of two seeds)?",
    answer=lambda: sum(runs.load("plain-50", s)["train_loss"][-1] for s in runs.seeds("plain-50")) / 2,
    tolerance=0.15,
    key="07, question 1",
)

# %%
draw.losses(curves("plain-11", "plain-29", "plain-50"), "CIFAR-10 (JPEG copy): plain nets", classes=10, unit="epoch")

# %% [markdown]
# The deepest net hardly leaves the line of guessing. Could it be overfitting?
# No, because an overfitted net has a *low* loss on its training photos, whereas this one stays high on them.
#
# That is strange. A deep net could copy the shallow one and let its other layers pass their input on unchanged,
# so good weights exist; but training does not find them in these eight epochs, at this rate. He et al. (2016) call
# this **degradation**.
#
# ### The shortcut
#
# Their answer: if a block should change little, give it the input for free. A **residual** block computes $x + f(x)$,
# so that the branch $f$ only has to be near zero when $x$ should be passed on.
#
# The residual nets of the record are the plain ones plus shortcuts. Three in each are projections, because the shape changes
# there: 32 % of the weights of residual-11, and 8 % of residual-50.

# %%
explore.guess(
    "How much lower than plain-50 does residual-50 end? The difference of the training losses, seed 0.",
    answer=lambda: runs.load("plain-50", 0)["train_loss"][-1] - runs.load("residual-50", 0)["train_loss"][-1],
    tolerance=0.15,
    key="07, question 2",
)

# %%
deepest = [name for name in runs.groups()["depth"] if name in ("residual-11", "plain-50", "residual-50")]
draw.losses(curves(*deepest), "CIFAR-10 (JPEG copy): with and without shortcuts", classes=10, unit="epoch")


# %%
def ends(*names: str) -> None:
    """Shows the test accuracy after the last epoch: a bar for the mean, a dot for each seed; and prints the losses."""
    found = {name: [runs.load(name, s) for s in runs.seeds(name)] for name in names}
    for name, each in found.items():
        print(f"{name:18} training loss", "  ".join(f"{run['train_loss'][-1]:.2f}" for run in each))
    right = {name: [100 * run["test_accuracy"][-1] for run in each] for name, each in found.items()}
    display(draw.bars(right, "CIFAR-10 (JPEG copy): after the last epoch", "% of the test photos right"))


ends(*runs.groups()["depth"])

# %% [markdown]
# For CIFAR-10 (JPEG copy):
#
# * At every depth the residual net ends with a lower loss, with both seeds. The gap grows with depth.
# * Shortcuts do not remove all of the cost: residual-50 ends near 1.5, and residual-11 near 1.3.
#   In eight epochs at this small width, depth brings no gain.
# * The seeds of plain-50 differ by 0.2. One run would prove little about its exact value.
#
# ## Two depths, live
#
# Now a test that fits into seconds: learn 50 images of emoji10 by heart, as in sanity run 2 of notebook 05.
# There is nothing to overfit: the training loss is the goal.

# %%
ds = data.load("emoji10")
x, y = normalise(ds.train.images[:50]), ds.train.labels[:50]
DEPTHS = {11: (1, 1, 1), 50: (5, 6, 5)}  # blocks in each stage: 2 + 3 layers a block


def net(kind: str, depth: int) -> nn.Module:
    """A small net as in the record, with the first weights of seed 0."""
    torch.manual_seed(0)
    shortcut = "add" if kind == "residual" else "none"
    same = {"width": 8, "relu_at": "sum", "bias": False, "downsample": "first", "init": "he"}
    return models.build("resnet50_layer4", depths=DEPTHS[depth], shortcut=shortcut, **same)


def by_heart(model: nn.Module, steps: int = 60) -> list[float]:
    """The loss of each step of Adam, always on the same 50 images."""
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=2e-3), []
    for _ in range(steps):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% [markdown]
# Let two of them race. One Start button, the same images, the same rate, which you can drag while they learn.
# Below the curves is the size of the gradient in each layer, from the first to the last.

# %%
explore.race({"plain-11": net("plain", 11), "residual-11": net("residual", 11)}, ds)

# %% [markdown]
# At 11 layers both learn the images. What happens at 50?

# %%
explore.guess(
    "plain-11 learns the 50 images in 60 steps: its loss is near 0. What is the loss of plain-50 after 60 steps?",
    answer=lambda: by_heart(net("plain", 50))[-1],
    tolerance=0.4,
    key="07, question 3",
)

# %%
live = {f"{kind}-{depth}": by_heart(net(kind, depth)) for depth in DEPTHS for kind in ("plain", "residual")}
for name, losses in live.items():
    low, high = (1.5, 2.5) if name == "plain-50" else (0, 0.3)
    end = sum(losses[-5:]) / 5
    usual = "normal" if low <= end <= high else "unusual"
    print(f"{name}, loss of the last steps: {end:.2f}, {usual} ({low} to {high} on emoji10)")
draw.losses(live, "50 training images of emoji10, learnt by heart", classes=10)

# %% [markdown]
# *Normal:* with eight seeds plain-50 ended between 1.9 and 2.2, and the three others below 0.02.
# The same layers, with and without a sum: that is all that differs, besides the three projections.
#
# ## Is it the gradient?
#
# A well-known story says: in a deep net the gradient vanishes on its way back, and the first layers get nothing.
# Measure before you believe it.
#
# In [notebook 03](03_residual_block.ipynb) your `gradient_norms` measured fresh nets. Here are the four that learnt the images,
# or did not, as they were before their first step: each bar is the size of the gradient in one part of a net.


# %% tags=["nbval-ignore-output", "hide-input"]
def gradient_sizes(model: nn.Module) -> dict[str, float]:
    """The norm of the gradient in each part of the model, on the 50 images; as in notebook 03."""
    model.zero_grad()
    F.cross_entropy(model(x), y).backward()
    parts = {name: [p.grad.norm() for p in child.parameters()] for name, child in model.named_children()}
    return {name: torch.stack(norms).norm().item() for name, norms in parts.items() if norms}


found = {name: gradient_sizes(net(name.split("-")[0], int(name.split("-")[1]))) for name in live}
draw.bars(found, "emoji10: size of the gradient before the first step", "norm", log=True)

# %% [markdown]
# The gradient does *not* vanish. In plain-50 it *grows* on the way back: with five seeds on emoji10, stage 1 had
# 300 to 1,150, and the classifier below 1. In residual-50 stage 1 had 21 to 30.
#
# And during training? The record holds these norms for CIFAR-10 (JPEG copy).

# %%
stages = {name: runs.load(name, 0).gradients() for name in ("plain-11", "plain-50", "residual-11", "residual-50")}
after = {name: {part: norm[8] for part, norm in parts.items()} for name, parts in stages.items()}
draw.bars(after, "CIFAR-10 (JPEG copy): size of the gradient after epoch 8, seed 0", "norm", log=True)

# %% [markdown]
# ## Exercise: do neighbours agree? (8 minutes, difficulty 3 of 5)
#
# Take two images that hardly differ. The logit of the class `target` has a gradient at each of them, one number
# for each value of the image. Do the two gradients point in the same direction? Their cosine says so: the dot
# product of both, as long vectors, divided by the product of their lengths. The model takes a batch, so give it
# each image as a batch of one, and leave the model as it is.


# %%
def cosine_of_gradients(model: nn.Module, image: Tensor, neighbour: Tensor, target: int) -> float:
    """Cosine between the gradients of the logit `target` at two images [C, H, W]; the model stays in the mode it is in."""
    ### BEGIN SOLUTION
    slopes = []
    for one in (image, neighbour):
        x = one.clone().requires_grad_()
        logits = model(x[None])
        slopes.append(torch.autograd.grad(logits[0, target], x)[0].flatten())
    a, b = slopes
    return float(a @ b / (a.norm() * b.norm()))
    ### END SOLUTION


check.cosine_of_gradients(cosine_of_gradients)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# `x = image.clone().requires_grad_()`, and then the gradient of one number with respect to `x`.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# `torch.autograd.grad(model(x[None])[0, target], x)[0]` has the shape of the image. Flatten both before you
# compare them.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `float(a @ b / (a.norm() * b.norm()))`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The lengths of the gradients are in the result."* We ask for the direction alone: the norms were the question
# of the last exercise.
#
# *"The second gradient has the first one in it."* After two calls of `backward()` on the same tensor, `.grad`
# holds their sum.
# </details>

# %% tags=["nbval-ignore-output"]
agree = check.cosine_of_gradients(cosine_of_gradients).or_reference()
pairs = [(x[i], x[i] + 0.002 * (x[i + 1] - x[i])) for i in range(0, 10, 2)]  # a step of 1/500 towards another image
for kind in ("plain", "residual"):
    for depth in DEPTHS:
        model = net(kind, depth)
        for part in model.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.momentum = None  # what it keeps is the batch's own mean and variance
        with torch.no_grad():
            model(x)
        cosines = [agree(model.eval(), *pair, 0) for pair in pairs]
        print(f"{kind:8} {depth} layers, untrained: cosine {sum(cosines) / len(cosines):.2f} (mean of {len(cosines)} pairs)")

# %% [markdown]
# *Normal:* with four draws of the first weights, 11 layers gave 0.93 to 0.99, plain or residual. With 50 layers
# the plain net had 0.13 to 0.35, and the residual net 0.47 to 0.65.
#
# The two images of a pair look the same, and yet in the deep plain net their gradients have little in common. So
# a step that helps one image does next to nothing for its neighbour, however large the gradient is: it has become
# noise. Balduzzi et al. (2017) call this **shattered gradients**. A shortcut carries the gradient past the
# branch, so a part of it stays the same from image to image. This is an observation on untrained nets; it fits
# what we saw in training, but it does not prove that it is the cause.

# %% [markdown]
# After epoch 8, with seed 0, the gradient has died in no stage of these nets. He et al. (2016, section 4.1) report the
# same, and credit batch norm: it brings each map back to the same spread. Both kinds of nets have it, and we did not take
# it away. So "the gradient vanishes" does not explain what we saw in these nets.
#
# The deep plain net has the opposite: a large gradient in front. Is *that* the cause? The picture cannot tell. The optimizer,
# Adam, divides each gradient by its usual size, so size alone decides little. To find out, we would need a net whose
# gradient is small in front and whose layers are the same. We have none, so the next experiment asks something easier.
#
# ## The lesion test
#
# What does a trained net do without one of its layers? In a ResNet, a block with an identity shortcut can be deleted:
# $x + f(x)$ becomes $x$. In VGG-16 we delete a convolution that keeps the shape. Veit et al. (2016) made this test known.
#
# **Predict:** the kit's nets know most of the 20 CIFAR-10 test photos. How many answers change after each lesion?

# %%
import copy

photos = data.sample_photos()
pixels = normalise(photos.images)
nets = {"ResNet-50": models.build("resnet50_layer4").eval(), "VGG-16": models.build("vgg16_cifar").eval()}
for trained in nets.values():
    weights.load(trained, "cifar10")


def deletable(model: nn.Module) -> list[str]:
    """The parts that can go without changing a shape: identity blocks (ResNet), convolutions n -> n (VGG)."""
    blocks = [n for n, m in model.named_modules() if isinstance(getattr(m, "downsample", None), nn.Identity)]
    convolutions = [n for n, m in model.named_modules() if isinstance(m, nn.Conv2d) and m.in_channels == m.out_channels]
    return blocks or convolutions


@torch.no_grad()
def without(model: nn.Module, name: str) -> Tensor:
    """Logits [20, 10] of the photos, after the part `name` was deleted from a copy."""
    lesioned = copy.deepcopy(model)
    parent, _, child = name.rpartition(".")
    setattr(lesioned.get_submodule(parent), child, nn.Identity())
    return lesioned(pixels)


# %% tags=["nbval-ignore-output"]
kept = {}
for kind, model in nets.items():
    with torch.no_grad():
        whole = model(pixels).argmax(1)
    for name in deletable(model):
        kept[f"{kind} without {name}"] = int((without(model, name).argmax(1) == whole).sum())
draw.bars(kept, "CIFAR-10 test photos: answers that stay", "of 20")

# %% tags=["nbval-ignore-output"]
logits = without(nets["ResNet-50"], "layer2.1")
titles = [photos.classes[answer] for answer in logits.argmax(1)]
draw.photos(
    photos.images,
    titles,
    title="CIFAR-10 test photos: ResNet-50 without layer2.1",
    right=(logits.argmax(1) == photos.labels).tolist(),
)

# %% [markdown]
# Twenty photos are few. On all 10,000 test photos of CIFAR-10 (JPEG copy) the ResNet has 83.8 % right.
# Without `layer1.1` it has 65.8 %, without `layer2.1` 71.9 %, without `layer2.2` 78.6 %.
# Without one of the five identity blocks of stage 3 it has 83.5 to 83.8 %.
#
# VGG-16 has 85.7 % right; without any one of its nine convolutions it has 9.7 to 11.7 %: guessing.
#
# A shortcut lets the net go on, because what comes after the block still gets the block's input. In stage 3 that is
# nearly what it got in training; in stages 1 and 2 the branch adds more, and more answers are lost with it.
# In VGG-16 a layer is the only way, so that the next one gets channels that mean something else.
#
# But be careful: a block that does nothing can be deleted too. On the 20 photos, the branches of the last three blocks
# make up less than 2 % of what leaves the block. So most harmless lesions show
# that *this* net hardly uses the block, not that depth helps.
#
# Turn them off yourself. Below, one photo goes through all blocks: what each is handed, and what it adds. Choose a block and
# move α from 1 to 0, so that only the shortcut is left; the 20 photos show which answers flip. Then turn off all of them.

# %%
explore.residual_stream(nets["ResNet-50"])

# %% [markdown]
# In VGG-16 there is no other way: turn off any one of its layers, and nearly all answers flip.

# %%
explore.residual_stream(nets["VGG-16"])

# %% [markdown]
# ## Breaks and variants
#
# One net from the record: `resnet50_layer4` at width 8, called `base`. Each **break** takes something away:
# all shortcuts, all batch norms, or the ReLUs of all blocks (the stem keeps its own).

# %%
explore.guess(
    "base ends with about 53 % of the test photos right. With how many does no-relu end (mean of two seeds)?",
    answer=lambda: 50 * sum(runs.load("no-relu", s)["test_accuracy"][-1] for s in runs.seeds("no-relu")),
    tolerance=2,
    unit="%",
    key="07, question 4",
    possible=(0, 100),
)

# %%
ends(*runs.groups()["breaks"])
draw.losses(curves(*runs.groups()["breaks"]), "CIFAR-10 (JPEG copy): breaks", classes=10, unit="epoch")

# %% [markdown]
# Only one break is a break. Without shortcuts the net falls from 53 to 32 %. Without batch norm it has 54 %. Without the ReLUs
# of its blocks it has 57 %, with the training loss of `base`. That is not the usual story, so read it with care. The net is
# narrow, the training short, and its block ends its branch in a ReLU, which can only add. Another net may give another order.
#
# Each **variant** changes one thing in `base`, and does it as others do. The next picture has the results.
#
# | what changes | who does it so |
# |---|---|
# | the ReLU comes after the sum | the paper |
# | the first block of a stage halves the map | the paper |
# | the 3x3 convolution has the stride | torchvision |
# | every block has a projection | the original course |

# %%
ends("base", *runs.groups()["variants"])

# %% [markdown]
# First the spread: in this picture two seeds of one net lie up to two points apart, and those of residual-20, further up, lie
# three apart. So the stride (54 %) tells us nothing. The ReLU after the sum (50 %), the projection in every block (49 %) and
# halving in the first block (56 %) differ from `base` (53 %) by three to four points. That is several times what their own
# seeds vary, but hardly more than those of residual-20 do, so that two seeds are too few to be sure.
#
# ## The stem hypothesis
#
# [Notebook 04](04_resnet50.ipynb) asked: does the 7x7 stem with its pool cost accuracy on small photos? Four nets change the
# stem alone, the block alone (the course's or the paper's), and both.

# %%
ends(*runs.groups()["stems"])

# %% [markdown]
# The 3x3 stem alone brings the net from 53 to 72 %, the paper's block alone to 50 %, both to 70 %. So the stem does cost
# accuracy on small photos, far more than the seeds vary. The price of the 3x3 stem: twelve times the MACs.
#
# ## Recap
#
# 1. Deeper plain nets have a higher *training* loss: that is degradation, not overfitting.
# 2. With shortcuts the same 50 layers train far better than without, on CIFAR-10 and on emoji10.
# 3. The gradient did not vanish in either kind, before the first step and after epoch 8 (seed 0); both have batch norm.
# 4. A trained ResNet survives the loss of most identity blocks, partly because some are idle.
# 5. Of three breaks only the missing shortcut hurt. A stem for small photos helped most, at twelve times the MACs.
#
# ## Three questions
#
# <details><summary>1. A deep net has a higher test loss than a shallow one. Is that degradation?</summary>
#
# You cannot know yet. Look at the training loss: if it is lower, the net overfits; if it is higher, training fails.
# </details>
#
# <details><summary>2. The residual nets have projections, so a few more weights. Could these be the reason?</summary>
#
# Hardly: residual-20 has fewer weights than plain-50, and a far lower loss. But only nets with equal weights would
# exclude it.
# </details>
#
# <details><summary>3. Deleting a block changes nothing. Name two explanations.</summary>
#
# Other blocks do the same work; or the block was idle from the start. The size of its branch tells them apart.
# </details>
#
# ## Go further
#
# Put `29: (3, 3, 3)` into `DEPTHS`. First write down your guess: does plain-29 learn the 50 images in 60 steps?

# %% [markdown]
# # 05 · Writing the training loop
#
# **How does a network learn from pictures, and how do you know that it really does?**
#
# After this notebook you can
#
# * crop and mirror a batch of images at random, and say what for;
# * write one training step, and say what each line does;
# * catch a broken network within a minute, by two sanity runs;
# * measure an accuracy, and name the images behind it.
#
# *Time:* 75 minutes; on a laptop the machine computes for one or two of them.
# *Know first:* what a convolution, a max pool and a batch norm do.
# There are seven exercises; while one is empty, the notebook runs on with the kit's function.
# The solutions are one click away, in the [solved copy](solutions/05_training_loop.ipynb).

# %%
from cnnkit import Training, check, data, draw, explore, models

ds = data.load("emoji10")
names = [ds.classes[label] for label in ds.train.labels[:30]]
draw.photos(ds.train.images[:30], names, title=f"{ds.name}: 30 of {len(ds.train):,} training images")

# %% [markdown]
# ## What the network gets to see
#
# This is **emoji10**, the set that comes with the kit. It has the ten classes of CIFAR-10, and needs no download.
# Each image is one drawing, turned, recoloured and partly covered, on a random background.
# The drawings of the test images never appear in training.
#
# A network that sees the same image again and again learns its pixels by heart.
# **Augmentation** shows it another version each time: moved by up to 4 pixels, and half of the time mirrored.
# The label stays true.

# %%
car = ds.train.images[1]  # uint8 [3, 32, 32]: red, green and blue, from 0 to 255
draw.augmented(car, title="emoji10: one training image, and 11 random versions of it")

# %%
import torch

from cnnkit.data import augment

draws = augment.draw(5000, torch.Generator().manual_seed(0))
many = augment.crop_and_flip(car.expand(5000, -1, -1, -1), draws)  # 5,000 times the car
explore.guess(
    "Moved by 0 to 4 pixels up or down, by 0 to 4 left or right, mirrored or not: how many versions has one image?",
    answer=lambda: len(many.unique(dim=0)),
    unit="versions",
    key="05, question 1",
    known={
        81: "Each of them can be mirrored, too.",
        50: "0 to 4 to either side are 9 places, not 5.",
        32: "0 to 4 to either side are 9 places, not 4.",
        128: "0 to 4 to either side are 9 places, not 8: 0 counts once.",
        18: "Each of the 9 places across goes with each of the 9 down.",
        36: "Each of the 9 places across goes with each of the 9 down.",
    },
)

# %%
print("5,000 draws, without repeats:", len(many.unique(dim=0)), "versions")
print("9 places down, 9 across, mirrored or not:", 9 * 9 * 2)

# %% [markdown]
# ## Exercise: crop and flip (12 minutes, difficulty 3 of 5)
#
# Augment a **batch**: images that are learnt from together, each with random numbers of its own.
# Surround each with 4 black pixels on every side, cut out a random square of the old size, and mirror it left to right
# with probability one half.

# %%
import torch.nn.functional as F
from torch import Tensor


def random_crop_flip(images: Tensor) -> Tensor:
    """uint8 or float images [N, C, H, W] -> new ones of the same shape and dtype; `images` stays as it was.

    All 9 x 9 places of the square are equally likely.
    """
    ### BEGIN SOLUTION
    _, _, height, width = images.shape
    padded = F.pad(images, (4, 4, 4, 4))  # [N, C, H + 8, W + 8]
    result = torch.empty_like(images)
    for i in range(len(images)):
        top, left = torch.randint(0, 9, (2,)).tolist()  # 0 to 8
        window = padded[i, :, top : top + height, left : left + width]
        result[i] = window.flip(-1) if torch.rand(()) < 0.5 else window
    return result
    ### END SOLUTION


check.random_crop_flip(random_crop_flip)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# `F.pad` adds the border to all images at once. Then loop over them: two random numbers and a coin for each.
# </details>
#
# <details><summary>Hint 2: nearly the lines</summary>
#
# The border: `F.pad(images, (4, 4, 4, 4))`. Two numbers from 0 to 8: `torch.randint(0, 9, (2,))`.
# A window is `padded[i, :, top:top + height, ...]`, and `.flip(-1)` mirrors its width.
# Collect the windows in `torch.empty_like(images)`.
# </details>
#
# <details><summary>I get this message</summary>
#
# (The checks call images photos.)
#
# *"All photos of a batch are cut at the same row."* The random numbers are drawn only once, before the loop.
#
# *"One offset is missing."* Of nine places, eight occur. `randint` leaves its end out.
#
# *"The dtype changes."* `torch.zeros(...)` makes floats, `torch.empty_like(images)` what the images are.
# </details>


# %%
def used(verdict: check.Verdict):  # your function if it passed its check, otherwise the kit's
    print("From here on we use", "your function" if verdict.passed else "the kit's function; yours is not ready yet")
    return verdict.or_reference()


crop_flip = used(check.random_crop_flip(random_crop_flip))
batch = ds.train.images[:10]
draw.photos(torch.cat([batch, crop_flip(batch)]), title="emoji10: a batch of ten, and below it the same, cropped and flipped")

# %% [markdown]
# ### From pixels to numbers near zero
#
# A network learns faster from numbers around 0 with a spread near 1.
# So from each colour channel we subtract a mean, and divide by a standard deviation: $x' = (x - \mu) / \sigma$.
# The kit uses those of CIFAR-10 for every data set. The exact values hardly
# matter, as long as training and testing subtract the same mean and divide by the same deviation.

# %%
x = augment.normalise(ds.train.images)
print("pixels:", int(ds.train.images.min()), "to", int(ds.train.images.max()))
for channel, name in enumerate(("red", "green", "blue")):
    print(f"{name:5}  mean {x[:, channel].mean():5.2f}   standard deviation {x[:, channel].std():.2f}")

# %% [markdown]
# ## The network
#
# VGG-16 has 13 convolutions. Its idea works with fewer, and then it trains on a laptop while you wait.
# In the list, a number is a 3x3 convolution with batch norm and ReLU, and `"M"` a max pool.

# %%
from torch import nn


def little_vgg() -> nn.Sequential:
    return nn.Sequential(  # [N, 3, 32, 32]
        models.make_layers([16, 16, "M", 32, 32, "M", 64, 64, "M"], batch_norm=True),  # [N, 64, 4, 4]
        nn.AdaptiveAvgPool2d(1),  # [N, 64, 1, 1]
        nn.Flatten(),  # [N, 64]
        nn.Linear(64, 10),  # [N, 10]: one number for each class, its logit
    )


torch.manual_seed(0)  # the first weights are random: this fixes which
model = little_vgg()
print(f"{sum(p.numel() for p in model.parameters()):,} parameters; 2 images give", list(model(x[:2]).shape))

# %% [markdown]
# ## Exercise: cross entropy by hand (6 minutes, difficulty 2 of 5)
#
# A softmax over the classes turns the logits of an image into probabilities. The image's loss is the negative
# natural logarithm of the one that the true class got, and the loss of a batch is the mean. Logits can be large,
# so compute the logarithm of the softmax in one go (`log_softmax`), or take the largest logit away first. Torch's
# own loss functions are not allowed.


# %%
def cross_entropy_by_hand(logits: Tensor, labels: Tensor) -> Tensor:
    """The mean over the batch of -ln p, with p the probability of the true class; logits [N, classes], labels [N]."""
    ### BEGIN SOLUTION
    log_p = logits.log_softmax(dim=1)
    true = log_p[torch.arange(len(labels)), labels]
    return -true.mean()
    ### END SOLUTION


check.cross_entropy_by_hand(cross_entropy_by_hand)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# For each image you need one of its probabilities: that of its own label.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# `log_softmax` over the classes gives all logarithms; `log_p[torch.arange(len(labels)), labels]` picks one in
# each row.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `-logits.log_softmax(dim=1)[torch.arange(len(labels)), labels].mean()`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"Large logits make it infinite, or no number."* e to the 200th is too large for a float, and the logarithm of 0
# is infinite. Taking the largest logit away first changes nothing else.
#
# *"The softmax runs over the batch."* `dim=0` compares images with each other; the classes are `dim=1`.
# </details>

# %%
entropy = check.cross_entropy_by_hand(cross_entropy_by_hand).or_reference()
for sure in (0.0, 2.0, 5.0):  # the logit of the first class; nine others are 0
    logits = torch.zeros(1, 10)
    logits[0, 0] = sure
    p = logits.softmax(1)[0, 0]
    right, wrong = (entropy(logits, torch.tensor([label])).item() for label in (0, 1))
    print(f"{p:4.0%} for class 0: the loss is {right:.2f} where that is right, and {wrong:.2f} where it is wrong")

# %% [markdown]
# Being sure and wrong costs far more than being sure and right can win. So a network that minimises this loss
# learns to be only as sure as it can afford, and its probabilities mean something. The accuracy has no such
# slope: a small change of a weight changes no answer at all, so there is no gradient to follow. That is why we
# train with the loss, and judge with the accuracy.

# %% [markdown]
# ### Sanity run 1: the first loss
#
# The **loss** says how wrong the answers are. Ours is the cross entropy: $-\ln p$, where $p$ is the probability that
# the network gives to the true class. Before training it knows nothing, so $p$ should be near 1/10.

# %%
at_start = F.cross_entropy(model(x[:100]), ds.train.labels[:100]).item()
explore.guess(
    "What is the loss before the first step?",
    answer=lambda: at_start,
    tolerance=0.3,
    key="05, question 2",
    known={
        0.1: "That is the probability of one class in ten; the loss is its negative logarithm.",
        1: "At 1 the right class would have a probability of 37 %; ten equal ones have 10 % each.",
        0: "At 0 it would be sure of every right class before it has learned anything.",
    },
)

# %%
import math


def normal(loss: float, low: float, high: float) -> str:
    return f"{loss:.2f}, {'normal' if low <= loss <= high else 'unusual'} ({low} to {high} on emoji10)"


print("loss at the start:", normal(at_start, 2.3, 2.7))
print(f"always saying 1/10 gives ln 10 = {math.log(10):.2f}")

# %% [markdown]
# On emoji10, 100 networks with other first weights gave 2.33 to 2.64, always above ln 10 = 2.30.
# A network with random weights is not undecided: it prefers some class without a reason, and the cross entropy punishes that.
# A first loss of 4 or more means that the network is sure and wrong before it has learnt anything.
# Then look at its first weights.

# %% [markdown]
# ## Exercise: a step of gradient descent (3 minutes, difficulty 1 of 5)
#
# The gradient says how much the loss grows when a weight grows. So a step against it lowers the loss, if it is
# not too long: each weight moves by the learning rate times its own gradient. Return new weights, and leave the
# old ones as they are.


# %%
def sgd_step(weight: Tensor, gradient: Tensor, lr: float) -> Tensor:
    """The weights after one step of gradient descent with the learning rate lr."""
    ### BEGIN SOLUTION
    step = lr * gradient
    return weight - step
    ### END SOLUTION


check.sgd_step(sgd_step)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# A positive gradient means: if this weight grows, the loss grows. Where should it go?
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# Each weight moves by the rate times its own gradient, in the other direction.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `weight - lr * gradient`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The step goes uphill."* The gradient points to where the loss grows, so the step is subtracted.
#
# *"The function changes what it is given."* `weight -= ...` writes into the tensor of whoever called; `weight -
# ...` makes a new one.
# </details>

# %%
downhill = check.sgd_step(sgd_step).or_reference()
for lr in (0.1, 0.8, 1.1):  # the loss is w², so its gradient is 2w
    w, path = torch.tensor([1.0]), []
    for _ in range(6):
        path.append(f"{w.item() ** 2:5.2f}")
        w = downhill(w, 2 * w, lr)
    print(f"lr {lr}: loss", *path)

# %% [markdown]
# A step that is small enough follows the slope and lowers the loss. With 0.8 it jumps over the valley to the
# other side, yet a little lower each time, and with 1.1 it lands higher than it began. So a rate is too large
# when the step leaves the place for which the gradient was true. This is all that "the loss shoots up" means.

# %% [markdown]
# ## Exercise: a step of Adam (8 minutes, difficulty 3 of 5)
#
# Adam keeps two numbers for each weight: `m`, a running mean of its gradient, and `v`, a running mean of the
# gradient's square.
#
# 1. m becomes 0.9 of itself and 0.1 of the gradient; v becomes 0.999 of itself and 0.001 of the squared gradient.
# 2. Both began at zero, so they are too small at first. For this step, divide m by 1 - 0.9**step and v by 1 -
#    0.999**step.
# 3. The weight moves against the first, divided by the root of the second plus 1e-8, times `lr`.
#
# Return the new weights, and the new m and v without the correction of line 2.


# %%
def adam_step(
    weight: Tensor, gradient: Tensor, m: Tensor, v: Tensor, step: int, lr: float
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """(new weights, new m, new v) after step number `step`, counted from 1."""
    ### BEGIN SOLUTION
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient**2
    mean = m / (1 - 0.9**step)
    square = v / (1 - 0.999**step)
    return weight - lr * mean / (square.sqrt() + 1e-8), m, v
    ### END SOLUTION


check.adam_step(adam_step)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Update `m` and `v` first. The step uses the new ones.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# Correct both for this step only: in step 1, m is a tenth of the gradient, and dividing by 1 - 0.9 makes up for
# it.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `weight - lr * mean / (square.sqrt() + 1e-8)`, with `mean = m / (1 - 0.9**step)` and `square = v / (1 -
# 0.999**step)`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"Both means are still too small at the start."* They began at zero, and remember it for many steps: v for about
# a thousand.
#
# *"The corrected means are kept."* Then the correction is applied again in the next step, and again.
# </details>

# %%
adam = check.adam_step(adam_step).or_reference()
gradient = torch.tensor([100.0, 1.0, 0.01])  # three weights, one very steep
w, m, v = torch.zeros(3), torch.zeros(3), torch.zeros(3)
first = adam(w, gradient, m, v, 1, 0.002)[0]
print("a step of Adam:            ", [round(x, 6) for x in first.tolist()])
print("a step of gradient descent:", [round(x, 6) for x in downhill(w, gradient, 0.002).tolist()])

# %% [markdown]
# All three weights move equally far, although their gradients differ by a factor of ten thousand. Adam divides
# each gradient by its usual size, so only its direction and its steadiness count. That is why one learning rate
# suits all layers of a network, and why Adam is forgiving where plain gradient descent needs a rate for each
# problem. The price is memory: two numbers more for each weight.

# %% [markdown]
# ## Exercise: one training step (10 minutes, difficulty 2 of 5)
#
# In training mode, take the cross entropy of the logits of one batch. Then let the optimizer move every weight a little
# against its gradient. PyTorch *adds* new gradients to the old ones, so the old ones must go first.

# %%
from torch.optim import Optimizer


def train_step(model: nn.Module, optimizer: Optimizer, images: Tensor, labels: Tensor) -> float:
    """One step on normalised images [N, 3, 32, 32] and their labels [N].

    Returns the loss before the update, as a plain number.
    """
    ### BEGIN SOLUTION
    model.train()
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
    ### END SOLUTION


check.train_step(train_step)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# The order: training mode, forward pass and loss, old gradients away, new gradients, update, return.
# </details>
#
# <details><summary>Hint 2: nearly the lines</summary>
#
# `model.train()`, `loss = F.cross_entropy(...)`, then `optimizer.zero_grad()`, `loss.backward()` and `optimizer.step()`.
# A number comes out of a tensor by `.item()`.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"Old gradients are added to the new ones."* `zero_grad()` is missing.
#
# *"The gradients are cleared before the optimizer can use them."* `zero_grad()` stands between `backward()` and `step()`.
#
# *"Softmax is applied twice."* Give the logits to `F.cross_entropy` as they are.
# </details>

# %% [markdown]
# ### Sanity run 2: twenty images by heart
#
# A network with so many parameters can learn 20 images by heart. If it can't, something is broken: the loss, the labels,
# or the step. Success shows that the parts fit together; nothing is recognised yet.

# %%
step = used(check.train_step(train_step))
torch.manual_seed(1)
small = little_vgg()
optimizer = torch.optim.Adam(small.parameters(), lr=2e-3)  # lr, the learning rate: how far each step goes
losses = [step(small, optimizer, x[:20], ds.train.labels[:20]) for _ in range(60)]
print("loss after 60 steps:", normal(losses[-1], 0, 0.05))
draw.losses(losses, title="20 training images of emoji10, learnt by heart", classes=10)

# %% [markdown]
# ## Exercise: repair a loop that learns nothing (6 minutes, difficulty 3 of 5)
#
# This loop runs without an error, and its loss stays where it was. Three things are wrong. Find them by what you
# can print: the gradient before the step, the weights after it, and what the loss function gets.
#
# ```python
# def repair_loop(images, labels, classes, steps, lr):
#     model = nn.Linear(images.shape[1], classes)
#     nn.init.zeros_(model.weight)
#     nn.init.zeros_(model.bias)
#     optimizer = torch.optim.SGD([model.bias], lr=lr)
#     losses = []
#     for _ in range(steps):
#         loss = F.cross_entropy(model(images).softmax(dim=1), labels)
#         loss.backward()
#         optimizer.zero_grad()
#         optimizer.step()
#         losses.append(loss.item())
#     return losses
# ```


# %%
def repair_loop(images: Tensor, labels: Tensor, classes: int, steps: int, lr: float) -> list[float]:
    """The loss of each step of gradient descent with one linear layer, whose weights begin at zero; images [N, features]."""
    ### BEGIN SOLUTION
    model = nn.Linear(images.shape[1], classes)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    ### END SOLUTION


check.repair_loop(repair_loop)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Print `model.weight.grad` just before `optimizer.step()`. Then print the weights after three steps.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# An optimizer moves what it was given, by the gradients that are there at that moment. And what does cross
# entropy want, logits or probabilities?
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `model.parameters()`, the logits as they are, and `zero_grad()` before `backward()`.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The loss is the same in each step: no weight has moved."* The gradients are cleared just before the optimizer
# could use them; it then does nothing, without a word.
#
# *"The loss falls, but too slowly."* A softmax of a softmax: its input lies between 0 and 1, so no class can get
# much more than the others.
# </details>

# %%
mended = check.repair_loop(repair_loop).or_reference()
pixels = x[:500].flatten(1)  # [500, 3072]: 500 images of emoji10 as long rows
losses = mended(pixels, ds.train.labels[:500], 10, 40, 0.01)
print(f"one linear layer, 40 steps: {losses[0]:.2f} -> {losses[-1]:.2f}")

# %% [markdown]
# None of the three faults raised an error, because each line was legal. A loss that does not move at all is the
# friendliest sign: look at the gradient, at the weights, and at what the loss function gets, in this order, and
# one of them is wrong. A loss that falls too slowly is worse, because it looks like a hard problem.

# %% [markdown]
# ## The loop
#
# An **epoch** is one pass over all training images, in random order: here 5,000 in batches of 100, so 50 steps.

# %%
torch.manual_seed(0)
net = little_vgg()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
losses = []
for batch in torch.randperm(len(ds.train)).split(100):
    images = augment.normalise(crop_flip(ds.train.images[batch]))
    losses.append(step(net, optimizer, images, ds.train.labels[batch]))
print("loss of the last ten steps:", normal(sum(losses[-10:]) / 10, 1.85, 2.25))
draw.losses(losses, title="one epoch of emoji10, by your own loop", classes=10)

# %% [markdown]
# The loss falls, but it jumps: every batch is other images. One epoch is not enough.
# So the kit's loop takes over. It is yours, with three additions:
#
# * the learning rate follows a schedule: here up over the first fifth, to `lr=1e-2`, then down to zero;
# * a tenth of the training images is held out, and evaluated after each epoch: `validation=0.1`;
# * every number is kept in `training.history`.
#
# We fix `precision="float32"`, not the fastest, so that everyone gets nearly the same numbers.
# Eight epochs take about a minute on two laptop cores.

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
model = little_vgg()
training = Training(model, ds, epochs=8, lr=1e-2, schedule="linear", validation=0.1, precision="float32")
for now in training:  # each turn is one finished step
    if now.index == now.total:  # the last step of an epoch
        print(f"{now}   held-out part of emoji10: {100 * training.history.evaluations[-1]['accuracy']:.0f} % right")

# %%
print("loss around step 100:", normal(sum(training.history.losses()[90:110]) / 20, 1.3, 2.0))
print("loss of the last epoch:", normal(training.history.mean_losses[-1], 0.4, 0.8))
draw.losses(training.history, title="the little VGG on emoji10", classes=10)

# %% [markdown]
# Faint is the loss of each batch, bold the mean of the epoch so far.
# The markers are the held-out images. Early on they jump, because the means that batch norm keeps (see below) lag behind.
#
# Normal is what five runs with other random numbers gave, and a little more on either side.
# A loss that stays at 2.30 learns nothing: look at the learning rate and at the labels. If it shoots up, the rate is too high.

# %% [markdown]
# ## Judging the network
#
# In training, batch norm uses the mean of the batch. So the answer to one image depends on the others beside it.
# For an answer that counts this must stop: after `model.eval()` it uses means that it kept from training.
#
# The next cell asks about the same 200 images twice, in other batches.

# %% tags=["nbval-ignore-output"]
import copy

images, order = augment.normalise(training.validation.images[:200]).to(training.device), torch.randperm(200)


@torch.no_grad()
def answers(net: nn.Module, images: Tensor) -> Tensor:
    return torch.cat([net(batch).argmax(1) for batch in images.split(20)]).cpu()


trial = copy.deepcopy(model)  # training mode also moves the means that batch norm keeps: spoil a copy
for mode in ("training", "evaluation"):
    trial.train(mode == "training")
    changed = answers(trial, images)[order] != answers(trial, images[order])
    usual = "normal" if changed.any() == (mode == "training") else "unusual"
    print(f"{mode} mode: {changed.sum()} of 200 answers change when the batches are mixed anew, {usual}")

# %% [markdown]
# ## Exercise: evaluate (10 minutes, difficulty 2 of 5)
#
# What share of the images does a network get right? Ask it in evaluation mode, and without gradients: only training needs them.
# The last batch is often short: 1,000 images in batches of 300 leave 100. Every *image* counts the same, not every batch.

# %%
from collections.abc import Iterable


def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    """Accuracy, a fraction from 0 to 1, over all images of the batches.

    Each batch is a pair: images [N, 3, 32, 32] and labels [N].
    """
    ### BEGIN SOLUTION
    model.eval()
    right, count = 0, 0
    with torch.no_grad():
        for images, labels in batches:
            right += (model(images).argmax(dim=1) == labels).sum().item()
            count += len(labels)
    return right / count
    ### END SOLUTION


check.evaluate(evaluate)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Count two things over all batches: right answers, and images.
# </details>
#
# <details><summary>Hint 2: nearly the lines</summary>
#
# `model.eval()`, then `with torch.no_grad():` around the loop. The answers are `model(images).argmax(dim=1)`.
# `(answers == labels).sum().item()` counts the right ones. Divide once, at the end.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"You take the mean of the batches' accuracies."* The division stands inside the loop.
#
# *"The model is still in training mode."* `model.eval()` is missing.
#
# *"The model runs with gradients."* The loop stands outside of `torch.no_grad()`.
# </details>

# %%
accuracy = used(check.evaluate(evaluate))


def batches(split: data.Split, size: int = 300):
    for index in torch.arange(len(split)).split(size):
        yield augment.normalise(split.images[index]).to(training.device), split.labels[index].to(training.device)


explore.guess(
    "The last line of training says what % of the held-out images were right. What % of the 1,000 test images will be?",
    answer=lambda: 100 * accuracy(model, batches(ds.test)),
    tolerance=4,
    unit="%",
    key="05, question 3",
    possible=(0, 100),
)

# %% tags=["nbval-ignore-output"]
seen = data.Split(training.images[:500], training.labels[:500], ds.classes, "500 images of emoji10 that it trained on")
for split, low, high in ((seen, 78, 91), (training.validation, 72, 88), (ds.test, 62, 76)):
    percent = 100 * accuracy(model, batches(split))
    print(f"{percent:.1f} % right, {'normal' if low < percent < high else 'unusual'} ({low} to {high}): {split.name}")

# %% [markdown]
# The held-out images are new, but their *drawings* are not: other images of the same drawings were in training.
# The test images come from drawings that the network has never seen, and that is harder.
# They answer different questions: "does it know these drawings in a new pose?" and "does it know a car when it sees one?"
#
# Ask of every accuracy: *which images, and what did training see of them?* Choose everything on the held-out part.
# Look at the test images once, at the end.
#
# The next cell keeps this run for the report, [notebook 09](09_report.ipynb).

# %%
from cnnkit import report

training.evaluate()  # the test images again; a report keeps only what training itself evaluated
print("kept for the report:", report.record(training, "05-little-vgg", start="random").name)

# %% tags=["nbval-ignore-output"]
guesses = answers(model.eval(), augment.normalise(ds.test.images[:20]).to(training.device))
titles, right = [ds.classes[guess] for guess in guesses], (guesses == ds.test.labels[:20]).tolist()
draw.photos(ds.test.images[:20], titles, title="emoji10 test: the network's answers", right=right)

# %% [markdown]
# ## Recap
#
# 1. Training shows another crop of each image every time; training and testing normalise alike.
# 2. A step: forward and loss, old gradients away, new gradients, update.
# 3. Two sanity runs first: the first loss near ln 10, and 20 images by heart.
# 4. Judge in evaluation mode, without gradients, and count every image once.
# 5. An accuracy without its images means nothing: seen drawings read higher than unseen ones.
#
# ## Three questions
#
# <details><summary>1. Your first loss is 2.30 exactly, and so is every later one. What do you suspect?</summary>
#
# The network gives every class the same probability, whatever the image. Perhaps the last layer starts at zero,
# and is never updated.
# </details>
#
# <details><summary>2. Somebody mixes the labels of the 20 images at random. Does sanity run 2 still succeed?</summary>
#
# Yes: what is learnt by heart needs no sense. So it finds a broken step, but not wrong labels.
# </details>
#
# <details><summary>3. Why may you not choose the learning rate by the test accuracy?</summary>
#
# Of several rates, one fits these test images best by luck. Its accuracy then reads too high for new images.
# Choose on images held out from training, and test once.
# </details>
#
# ## Go further
#
# Change `epochs=8` to 16 and run from there; the normal ranges above are for 8. First write down your guess:
# how much does the held-out accuracy gain, and how much the test accuracy?
#
# The same loop trains on real photos: `data.load("auto")` takes CIFAR-10, or says how to get it.

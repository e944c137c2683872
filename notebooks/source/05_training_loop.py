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
# *Time:* 45 minutes; on a laptop the machine computes for one or two of them.
# *Know first:* what a convolution, a max pool and a batch norm do.
# There are three exercises; while one is empty, the notebook runs on with the kit's function.
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
# ## Exercise 1: crop and flip (12 minutes, difficulty 3 of 5)
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
# The kit uses those of CIFAR-10 for every data set. Near zero is enough, if training and testing use the same pair.

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
# ### Sanity run 1: the first loss
#
# The **loss** says how wrong the answers are. Ours is the cross entropy: $-\ln p$, where $p$ is the probability that
# the network gives to the true class. Before training it knows nothing, so $p$ should be near 1/10.

# %%
first = F.cross_entropy(model(x[:100]), ds.train.labels[:100]).item()
explore.guess(
    "What is the loss before the first step?",
    answer=lambda: first,
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


print("loss at the start:", normal(first, 2.3, 2.7))
print(f"always saying 1/10 gives ln 10 = {math.log(10):.2f}")

# %% [markdown]
# On emoji10, 100 networks with other first weights gave 2.33 to 2.64: random opinions are worse than none.
# A first loss of 4 or more means that the network is sure and wrong before it has learnt anything.
# Then look at its first weights.

# %% [markdown]
# ## Exercise 2: one training step (10 minutes, difficulty 2 of 5)
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
# ## Exercise 3: evaluate (10 minutes, difficulty 2 of 5)
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

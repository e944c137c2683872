# %% [markdown]
# # 05 · Writing the training loop
#
# **How does a network learn from pictures, and how do you know that it really does?**
#
# After this notebook you can
#
# * show what a network gets to see: pictures, random crops, normalised numbers;
# * write one training step, and say what each of its lines does;
# * catch a broken network within a minute, by two short sanity runs;
# * read a loss curve, and name the pictures behind every accuracy.
#
# *Time:* 35 minutes; on a laptop the machine computes for one or two of them.
# *Know first:* what a convolution and a max pool do.
# There is one exercise, of six lines. Its solution is one click away, in the [solved copy](solutions/05_training_loop.ipynb).

# %%
from cnnkit import Training, data, draw, evaluate, models

ds = data.load("emoji10")
names = [ds.classes[label] for label in ds.train.labels[:30]]
draw.photos(ds.train.images[:30], names, title=f"{ds.name}: 30 of {len(ds.train):,} training images")

# %% [markdown]
# ## The data, seen
#
# This is **emoji10**, the set that comes with the kit. It has the ten classes of CIFAR-10, and needs no download.
# Each image is one drawing, turned, recoloured and partly covered, on a random background.
#
# The drawings of the test images never appear in training. This will matter at the end.

# %%
print(ds)
print("one image:  ", list(ds.train.images[0].shape), ds.train.images.dtype)
print("its numbers:", int(ds.train.images.min()), "to", int(ds.train.images.max()))
print("its label:  ", int(ds.train.labels[0]), "=", ds.classes[ds.train.labels[0]])

# %% [markdown]
# ### One image, many times
#
# A network that sees the same image again and again learns its pixels by heart. So each time it sees another version:
# the image moves by up to 4 pixels in each direction, and half of the time it is mirrored. The label stays true.
#
# **Predict:** how many different versions of one image are there?

# %%
import torch

from cnnkit.data import augment

car = ds.train.images[1]  # [3, 32, 32]
draws = augment.draw(20, torch.Generator().manual_seed(5))  # how far each copy moves, and whether it is mirrored
draw.photos(augment.crop_and_flip(car.expand(20, -1, -1, -1), draws), title="emoji10: one training image, 20 times")

# %% [markdown]
# Nine positions across, nine positions down, mirrored or not: 9 × 9 × 2 = 162 versions.
# What moves in from outside is black.

# %% [markdown]
# ### From pixels to numbers near zero
#
# Pixels lie between 0 and 255. A network learns faster from numbers around 0 with a spread near 1.
# So from each colour channel we subtract its mean, and divide by its standard deviation: $x' = (x - \mu) / \sigma$.

# %%
x = augment.normalise(ds.train.images)
for channel, name in enumerate(("red", "green", "blue")):
    print(f"{name:5}  mean {x[:, channel].mean():5.2f}   standard deviation {x[:, channel].std():.2f}")

# %% [markdown]
# The means are not exactly 0. The kit uses one fixed $\mu$ and $\sigma$, those of CIFAR-10, for every data set.
# Near zero is enough, and training and testing must use the same pair.

# %% [markdown]
# ## The network
#
# VGG-16 has 13 convolutions. Its idea works with fewer, and then it trains on a laptop while you wait.
# `make_layers` builds its layers from a list: a number is a 3x3 convolution with batch norm and ReLU, `"M"` a max pool.

# %%
from torch import Tensor, nn


def little_vgg() -> nn.Sequential:
    return nn.Sequential(  # [N, 3, 32, 32]
        models.make_layers([16, 16, "M", 32, 32, "M", 64, 64, "M"], batch_norm=True),  # [N, 64, 4, 4]
        nn.AdaptiveAvgPool2d(1),  # [N, 64, 1, 1]
        nn.Flatten(),  # [N, 64]
        nn.Linear(64, 10),  # [N, 10]: one number for each class
    )


torch.manual_seed(0)  # the first weights are random: this fixes which
model = little_vgg()
print(f"{sum(p.numel() for p in model.parameters()):,} parameters; 2 images give", list(model(x[:2]).shape))

# %% [markdown]
# ### Sanity run 1: the first loss
#
# A network without training knows nothing. If it gives each of the ten classes the probability 1/10, then the cross entropy
# is $-\ln(1/10) = \ln 10 \approx 2.30$.
#
# **Predict:** above or below 2.30? The network doesn't say 1/10 exactly; it has random opinions.

# %%
import math

import torch.nn.functional as F

first = F.cross_entropy(model(x[:100]), ds.train.labels[:100]).item()
print(f"first loss {first:.2f}; guessing would give ln 10 = {math.log(10):.2f}")

# %% [markdown]
# Slightly above: random opinions are worse than none. *Normal* is 2.3 to 2.6.
# A first loss of 4 or more means that the network is sure and wrong before it has seen anything.
# Then look at its first weights.

# %% [markdown]
# ## Exercise: one training step (10 minutes, difficulty 2 of 5)
#
# One step shows the network a batch of images, measures the loss, and moves every weight a little against its gradient.
# How far is set by the **learning rate**. The optimizer does the moving; ours is Adam.
# PyTorch *adds* new gradients to the old ones, so the old ones must go first.
#
# Fill in `train_step`. While it is empty, the notebook still runs: the kit's own loop does the work.

# %%
from torch.optim import Optimizer


def train_step(model: nn.Module, optimizer: Optimizer, images: Tensor, labels: Tensor) -> float | None:
    """One step of gradient descent on normalised images [N, 3, 32, 32] and their labels [N].

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


# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Training mode first. Then, in this order: forward pass and loss, old gradients away, new gradients, update, return.
# </details>
#
# <details><summary>Hint 2: nearly the lines</summary>
#
# `model.train()`, then `loss = F.cross_entropy(...)`.
# After that `optimizer.zero_grad()`, `loss.backward()` and `optimizer.step()`.
# A number comes out of a tensor by `.item()`.
# </details>
#
# <details><summary>My curve in the next picture looks wrong</summary>
#
# *It stays where it began:* no update happens. Are `backward()` and `step()` there, and `zero_grad()` before both?
#
# *It falls to about 1, then jumps about:* old gradients add up. Is `zero_grad()` there?
#
# *It falls, but stays high:* cross entropy takes the network's numbers as they are, without a softmax.
#
# *It is not drawn:* the function must return a number; `.item()` makes one of a tensor.
# </details>

# %% [markdown]
# ### Sanity run 2: twenty images by heart
#
# A network with so many parameters can learn 20 images by heart. If it can't, something is broken: the loss, the labels,
# or the step. This run takes seconds, and saves hours. Below, both loops get the same 20 images, 60 times.

# %%
twenty = ds.train.part(torch.arange(20), "20 training images of emoji10")
torch.manual_seed(1)
small = little_vgg()
optimizer = torch.optim.Adam(small.parameters(), lr=2e-3)
mine = [train_step(small, optimizer, augment.normalise(twenty.images), twenty.labels) for _ in range(60)]
filled = all(isinstance(loss, float) for loss in mine)
got = type(mine[0]).__name__
print("train_step is filled in" if filled else f"train_step returns {got}, not a float: the picture shows the kit's loop alone")

# %%
torch.manual_seed(1)
small = little_vgg()
tiny = data.Dataset(twenty.name, train=twenty, test=twenty)
kit = Training(small, tiny, epochs=60, batch_size=20, lr=2e-3, schedule="constant", augment=False, precision="float32")
for _step in kit:
    pass  # each turn of this loop is a finished step
runs = {"the kit's loop": kit.history} | ({"your train_step": mine} if filled else {})
draw.losses(runs, title=f"{twenty.name}, learnt by heart", classes=10)

# %% [markdown]
# *Normal:* after 60 steps the loss is below 0.05, and your curve lies on the kit's.
# The same first weights, the same images and the same step give the same losses.
#
# Nothing is recognised yet: the parts fit together.

# %% [markdown]
# ## The loop
#
# An **epoch** is one pass over all training images. Here 4,500 images in batches of 100 make 45 steps an epoch.
# The kit's loop is your step, repeated, with four things around it:
#
# * each epoch mixes the images anew, and crops, flips and normalises them;
# * the learning rate follows a schedule: here up over the first fifth, then down to zero;
# * a part of the training images is held out, and evaluated after each epoch: `validation=0.1`;
# * every number is kept in `training.history`.
#
# Each turn of your `for` is one finished step. You can print, stop, and go on later.

# %%
torch.manual_seed(0)
model = little_vgg()
training = Training(model, ds, epochs=8, lr=1e-2, schedule="linear", validation=0.1, precision="float32")

# %% [markdown]
# We fix `precision="float32"` so that everyone gets nearly the same numbers. Without it the kit measures what is
# fastest on your machine, and says so. On two laptop cores the next cell takes under a minute.
# A GPU is used where there is one.

# %% tags=["nbval-ignore-output"]
for step in training:
    if step.index == step.total:  # the last step of an epoch
        validation = training.history.evaluations[-1]["accuracy"]
        print(f"{step}   validation part of emoji10: {100 * validation:.0f} % right")

# %%
draw.losses(training.history, title="the little VGG on emoji10", classes=10)

# %% [markdown]
# Read the picture from left to right. The faint line is the loss of each batch, and it jumps: every batch is other images.
# The bold line is the mean of the epoch so far, the number that the printed lines show.
# The markers are the validation images. Early on they jump, because the means that batch norm keeps lag behind.

# %%
around_100 = sum(training.history.losses()[90:110]) / 20
at_the_end = training.history.mean_losses[-1]
for name, loss, low, high in (("around step 100", around_100, 1.3, 2.0), ("of the last epoch", at_the_end, 0.45, 0.8)):
    print(f"loss {name}: {loss:.2f}, {'normal' if low <= loss <= high else 'unusual'} ({low} to {high} on emoji10)")

# %% [markdown]
# Normal here is what seven runs with other random numbers gave, and a little more on either side.
# If yours stays at 2.30, nothing is learnt: look at the learning rate and at the labels. If it shoots up, the rate is too high.

# %% [markdown]
# ## Judging the network
#
# In training, batch norm uses the mean of the batch. So the answer to one image depends on the others around it.
# For an answer that counts this must stop: after `model.eval()` it uses means that it kept from training.
# Here is what happens without.

# %% tags=["nbval-ignore-output"]
import copy

images, order = augment.normalise(ds.test.images[:200]).to(training.device), torch.randperm(200)


@torch.no_grad()
def answers(net: nn.Module, images: Tensor) -> Tensor:
    return torch.cat([net(batch).argmax(1) for batch in images.split(20)]).cpu()


trial = copy.deepcopy(model)  # training mode also moves the means that batch norm keeps: spoil a copy
for mode in ("training", "evaluation"):
    trial.train(mode == "training")
    changed = answers(trial, images)[order] != answers(trial, images[order])
    print(f"{mode} mode: {changed.sum()} of 200 answers change when the batches are mixed anew")

# %% [markdown]
# *Normal:* some change in training mode, none in evaluation mode.
#
# `evaluate` switches to evaluation mode, computes no gradients, counts the short last batch by its images, and switches back.
#
# **Predict:** we ask about 500 training images, the 500 held-out ones, and the 1,000 test images.
# In which order are the accuracies?

# %%
seen = data.Split(training.images[:500], training.labels[:500], ds.classes, "500 images of emoji10 that it trained on")
results = {split.name: evaluate(model, split) for split in (seen, training.validation, ds.test)}
for result in results.values():
    print(result)

# %%
held_out, test = results[training.validation.name], results[ds.test.name]
print("The validation part reads higher than the test images:", held_out.accuracy > test.accuracy)
print("The accuracy on emoji10 test is normal (62 % to 76 %):", 0.62 <= test.accuracy <= 0.76)

# %% [markdown]
# Trained images first, held-out ones next, test images last.
# The held-out images are new, but their *drawings* are not: other images of the same drawings were in training.
# The test images come from drawings that the network has never seen, and that is harder. Both numbers are true.
# They answer different questions: "does it know these drawings in a new pose?" and "does it know a car when it sees one?"
#
# Ask of every accuracy: *which images, and what did training see of them?* Choose everything on the validation part.
# Look at the test images once, at the end.

# %%
draw.confusion(test)

# %% [markdown]
# Each row is a true class, each column an answer. Don't read much into single classes:
# some have few test drawings. Look at some answers instead.

# %% tags=["nbval-ignore-output"]
guesses = answers(model.eval(), images[:20])
titles = [ds.classes[guess] for guess in guesses]
draw.photos(
    ds.test.images[:20], titles, title="emoji10 test: the network's answers", right=(guesses == ds.test.labels[:20]).tolist()
)

# %% [markdown]
# ## Recap
#
# 1. Training shows another crop of each image every time; all numbers are normalised the same way, in training and in testing.
# 2. A step: forward and loss, old gradients away, new gradients, update.
# 3. Two sanity runs first: the first loss near ln 10, and 20 images by heart.
# 4. Judge in evaluation mode, without gradients.
# 5. An accuracy without its images means nothing: seen drawings read higher than unseen ones.
#
# ## Three questions
#
# <details><summary>1. Your first loss is 2.30 exactly, and so is every later one. What do you suspect?</summary>
#
# The network gives every class the same probability, whatever the image. The last layer may start at zero and never be updated,
# or the gradients don't reach the weights.
# </details>
#
# <details><summary>2. You forget <code>optimizer.zero_grad()</code>. Does the first step differ?</summary>
#
# No. The first gradients have nothing to be added to.
# From the second step on, each update follows the sum of all gradients so far.
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
# how much does the validation accuracy gain, and how much the test accuracy?
#
# The same loop trains on real photos: `data.load("auto")` takes CIFAR-10, or says how to get it.
# In a terminal the assignment is: `python -m cnnkit train --model resnet50_layer4 --data cifar10 --epochs 1`.

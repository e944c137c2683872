# %% [markdown]
# # 00 · Start here
#
# **Does everything work on this machine, and what is this course about?**
#
# After this notebook you can
#
# * say what your machine has, and how long an epoch would take on it;
# * say what the course explains: how a network answers, how it learns, and the table of its parts;
# * look up every term, and translate between three sets of layer names.
#
# *Time:* 25 minutes; the machine computes for about one.
# *Know first:* a little Python; run a cell with Shift+Enter.
# There is one small exercise, and its solution is in the [solved copy](solutions/00_start_here.ipynb).
# On Colab, run the first cell before all others: it sets things up.

# %%
import torch

from cnnkit import check, data, draw, models, weights
from cnnkit.data import augment

photos = data.sample_photos()  # 20 test photos of CIFAR-10
net = models.build("resnet50_layer4")
weights.load(net, "cifar10")
with torch.no_grad():
    answers = net.eval()(augment.normalise(photos.images)).argmax(1)
names, right = [photos.classes[answer] for answer in answers], answers == photos.labels
draw.photos(photos.images, names, title="20 CIFAR-10 test photos, named by a ResNet", right=right.tolist())

# %% [markdown]
# A **convolutional network** has just named 20 small photos. By the end you will have written this network yourself.
#
# Twenty photos are few. The same weights were also tested on all 10,000 test photos.

# %%
recorded = weights.about(weights.shipped()["resnet50_layer4", "cifar10"])
print(f"{right.sum()} of the {photos.name} are right")
print(f"recorded: {100 * recorded['accuracy']:.1f} % of the 10,000 test photos of {recorded['data']}")

# %% [markdown]
# *JPEG copy* means: the same photos, stored a little less exactly. In this course a data set stands beside every number.
#
# ## Your machine
#
# The next cell looks at what is here. Then it trains a copy of the network for some seconds, to measure its speed.

# %% tags=["nbval-ignore-output"]
import platform

from cnnkit import InputError
from cnnkit.training.precision import measure

ds = data.load("emoji10")
try:
    found = data.load("cifar10").name
except InputError:
    found = "not found; the notebooks use emoji10, which comes with the kit"
gpu = torch.cuda.is_available()
device = torch.device("cuda" if gpu else "cpu")
batch = augment.normalise(ds.train.images[:100].to(device)), ds.train.labels[:100].to(device)
speeds = measure(models.build("resnet50_layer4").to(device), *batch, classes=10)
precision = max(speeds, key=speeds.get)
print("Python  ", platform.python_version())
print("torch   ", torch.__version__)
print("device  ", torch.cuda.get_device_name() if gpu else f"CPU, {torch.get_num_threads()} thread(s)")
print("CIFAR-10", found)
print(f"speed    {speeds[precision]:.0f} images/s in {precision}, measured just now on 100 images of {ds.name}")
print(f"an epoch of CIFAR-10 (50,000 images) with this ResNet: about {50_000 / speeds[precision] / 60:.1f} minutes")

# %% [markdown]
# The minutes are an estimate: the optimizer's own work and the test come on top. Other programs slow it down.
# The word after *images/s* says how the numbers are stored: the cell tries some ways and names the fastest.
# You need neither a GPU nor CIFAR-10: every notebook runs on **emoji10**. Its numbers are not those of CIFAR-10.
#
# ## Watch a network learn
#
# This is a small network, and it has random weights. The run has four epochs of 45 steps. The second cell trains one epoch.

# %%
from torch import nn

from cnnkit import Training, explore

torch.manual_seed(0)
layers = models.make_layers([16, "M", 32, "M", 64, "M"], batch_norm=True)  # [N, 64, 4, 4]
small = nn.Sequential(layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
run = Training(small, ds, epochs=4, lr=3e-3, schedule="constant", validation=0.1, precision="float32")
live = explore.LiveTraining(run)
live

# %% tags=["nbval-ignore-output"]
live.epoch()  # look at the picture above
live.wait()

# %%
losses = run.history.losses()
print("The loss on emoji10 fell:", sum(losses[-10:]) < sum(losses[:10]))

# %% [markdown]
# The curve is the **loss**: how wrong the answers are. The dotted line is guessing.
# Press *Go on*, and move the learning rate. [Notebook 06](06_driving.ipynb) is about this.
#
# ## Predict first
#
# The course asks for a guess before it shows a number. A wrong guess costs nothing, and you remember the answer.
# Your guesses are kept for the report, [notebook 09](09_report.ipynb).

# %%
explore.guess(
    "The first layer has 64 kernels of 7x7 over 3 channels, and 64 biases. How many parameters?",
    answer=lambda: sum(p.numel() for p in net.conv1.parameters()),
    key="00, question 1",
    unit="parameters",
    known={
        9408: "These are the weights, 64 · 3 · 49; each kernel has a bias, too.",
        3200: "That is for one channel; a kernel has 49 weights for each of the 3.",
        3136: "That is for one channel, without biases; a kernel has 49 weights for each of the 3.",
    },
)

# %% [markdown]
# ## A network as a table
#
# Each row is a part of the ResNet: what comes out, how many numbers it learns (parameters), how much it computes (MACs).
# The first row holds the answer to your guess. Notebook 01 explains *field* and *jump*.

# %%
from cnnkit import anatomy

anatomy.table(net, (3, 32, 32)).fold(1)

# %% [markdown]
# ## Exercise: count the parameters (3 minutes, difficulty 1 of 5)
#
# How many numbers does a network learn? Its parameters are tensors, which `model.parameters()` gives one by one; count the
# numbers in all of them. When you run the cell, a **check** looks at your function. It says what is right, and what is wrong
# and where to look; it never takes points away, so ask it as often as you like.


# %%
def count_parameters(model: nn.Module) -> int:
    """How many numbers all parameters of the model hold together."""
    ### BEGIN SOLUTION
    count = 0
    for parameter in model.parameters():
        count += parameter.numel()
    return count
    ### END SOLUTION


check.count_parameters(count_parameters)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# `model.parameters()` gives tensors one by one: the weights of the first layer, then its biases, then those of
# the next.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# `p.numel()` counts the numbers in a tensor `p`.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `sum(p.numel() for p in model.parameters())`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The tensors are counted, not the numbers in them."* A layer has one tensor of weights, whether it is small or
# large.
#
# *"Layers inside other layers are counted more than once."* A block's `parameters()` gives those of its layers,
# too.
# </details>

# %%
count = check.count_parameters(count_parameters).or_reference()  # yours, if it passed
first = anatomy.table(net, (3, 32, 32)).rows[0]
for name, layer in (("first layer", net.conv1), ("whole ResNet", net)):
    print(f"{name}: {count(layer):,}")
print(f"the table's first row: {first.parameters:,}")

# %% [markdown]
# The weights are the larger part by far: a layer of 64 kernels has 64 biases, and 147 weights for each of them.
# What a network knows is in these numbers and nowhere else, because everything else about it can be written on
# one page. By notebook 04 you will have written that page.

# %% [markdown]
# ## Three sets of names
#
# The same parts have other names in the course, in the paper (He et al. 2016) and in torchvision.
# The kit's code has torchvision's.
#
# | course | paper | torchvision, kit | map for 32x32: channels, size |
# |---|---|---|---|
# | layer1 | conv1, max pool | conv1, bn1, maxpool | 64, 8x8 |
# | layer2 | conv2_x | layer1 | 256, 4x4 |
# | layer3 | conv3_x | layer2 | 512, 2x2 |
# | layer4 | conv4_x | layer3 | 1024, 2x2 |
# | none | conv5_x | layer4 | none |
# | fc | fc | fc | 10 |
#
# In the paper's own table the max pool is a part of conv2_x. In the course's network the *last* block of layer2 and of layer3
# halves the map; in the paper the first block of the next stage does.

# %% [markdown]
# ## Glossary: layers and shapes
#
# * **Tensor**: a grid of numbers with any number of axes.
# * **Shape**: its lengths, such as `[N, C, H, W]`: images, channels, height, width.
# * **Channel**: one slice of an image or map, such as red.
# * **Convolution**: slides a kernel over its input and takes a dot product at each place.
# * **Kernel**: the small grid of weights that slides.
# * **Stride**: how far the kernel moves in one step.
# * **Padding**: zeros put around the input.
# * **Dilation**: the distance between pixels under neighbouring weights.
# * **Feature map**: what one kernel makes of its input.
# * **Bias**: a learnt number added to each value of a map.
# * **Pooling**: keeps the largest value or the mean of each window.
# * **ReLU**: sets negative values to zero.
# * **Batch norm** (BN): gives each channel a learnt mean and spread over the batch.
# * **Dropout**: sets random values to zero in training.
# * **Linear layer**: every output is a weighted sum of all inputs.

# %% [markdown]
# ## Glossary: networks
#
# * **Parameter**: a number that training changes; a **weight** is one that multiplies.
# * **MAC**: one multiplication and addition; they measure work.
# * **Receptive field**: the square of the photo that one value depends on.
# * **Jump**: the pixels between two neighbouring values of a map.
# * **Stem**: the first layers, before the blocks.
# * **Stage**: blocks that work on maps of one size.
# * **Residual block**: a branch of layers, plus a shortcut around it.
# * **Bottleneck**: a block of 1x1, 3x3 and 1x1 convolutions.
# * **Branch**: the block's way through its layers.
# * **Shortcut**: the way around them, also called skip connection.
# * **Identity**: a shortcut that changes nothing.
# * **Projection**: a shortcut with a 1x1 convolution, so that shapes match.
# * **Downsampling**: halving height and width.
# * **Plain network**: the same layers without shortcuts.
# * **Head**: the last layers, which make the logits.
# * **Logits**: one number for each class, before the softmax.
# * **Softmax**: turns logits into probabilities.

# %% [markdown]
# ## Glossary: training
#
# * **Loss**: how wrong the answers are; here the **cross entropy**, minus the logarithm of the true class's probability.
# * **Gradient**: how the loss changes with each parameter.
# * **Optimizer**: the rule that moves parameters by their gradients, such as **SGD** or **Adam**.
# * **Learning rate**: how far one step moves them; a **schedule** changes it over time.
# * **Batch**: the images of one **step**.
# * **Epoch**: one pass over all training images.
# * **Initialisation**: the random first weights, such as He's or Xavier's.
# * **Seed**: a number that fixes what is random.
# * **Augmentation**: random changes of images that keep the label.
# * **Normalisation**: shifting and scaling pixels to values near zero.
# * **Weight decay**: pulls weights a little towards zero in each step.
# * **Overfitting**: doing better on training images than on new ones.
# * **Divergence**: the loss grows and does not come back.
# * **Checkpoint**: a file with all that a run needs to go on.
# * **Transfer**: training weights from one data set on another.

# %% [markdown]
# ## Glossary: judging
#
# * **Accuracy**: the part of the images that is named right.
# * **Validation set**: images held out of training, to choose by.
# * **Test set**: images for the final number only.
# * **Evaluation mode**: batch norm uses kept means, and dropout is off.
# * **Confusion matrix**: how often each class was taken for each other.
# * **Lesion**: deleting a part, to see what it was for.
# * **Hook**: a function that PyTorch calls when a layer runs.
# * **Grad-CAM**: a picture of where the evidence for a class lies.

# %% [markdown]
# ## The ten notebooks
#
# The core path, in bold, is 01 to 06, then 09. The others lie around it.
#
# * 00: does everything work?
# * **[01](01_convolution.ipynb)**: what does a convolution do, cost and see?
# * **[02](02_vgg16.ipynb)**: why does VGG-16 stack small convolutions?
# * **[03](03_residual_block.ipynb)**: why do deeper plain networks get worse, and what does a shortcut change?
# * **[04](04_resnet50.ipynb)**: how do blocks become ResNet-50?
# * **[05](05_training_loop.ipynb)**: how does a network learn from pictures?
# * **[06](06_driving.ipynb)**: how do you steer a run, and find what is wrong with it?
# * [07](07_why_residual.ipynb): what shows that the shortcut matters?
# * [08](08_looking_inside.ipynb): what does a trained network look at?
# * **[09](09_report.ipynb)**: what have you shown, and how sure are you?
#
# ## Recap
#
# 1. The kit works on this machine, with a GPU or without.
# 2. Every number stands beside its data set.
# 3. Predict first, then run the cell.
# 4. The course's layer2 is torchvision's layer1 and the paper's conv2_x.
# 5. A term that you forget is in this notebook.
#
# ## Three questions
#
# <details><summary>1. Can 20 photos tell a network with 82 % from one with 85 %?</summary>
#
# No. One photo is 5 points.
# </details>
#
# <details><summary>2. A friend's ResNet has 90 % on emoji10. Is it better than the one above?</summary>
#
# Nobody can say: the data sets differ.
# </details>
#
# <details><summary>3. You read "layer3" in somebody's code. What do you ask?</summary>
#
# Whose names? The course's layer3 is torchvision's layer2.
# </details>
#
# ## Go further
#
# Run the cell that measures your machine once more while a video plays. How much slower is it?

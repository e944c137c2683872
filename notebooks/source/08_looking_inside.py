# %% [markdown]
# # 08 · Looking inside
#
# **What has a trained network learnt to see, where does it look, and when can you believe the picture that says so?**
#
# After this notebook you can
#
# * show the filters of a network, and the maps that they make of a photo;
# * say how much of the photo one value sees, and draw it;
# * write Grad-CAM with hooks, and test what its heat maps are worth;
# * read a confusion matrix, and start from the worst mistakes.
#
# *Time:* 50 minutes; the machine computes for about one. This notebook lies beside the core path.
# *Know first:* [notebook 01](01_convolution.ipynb) and [notebook 05](05_training_loop.ipynb).
# There are two exercises; while one is empty, the notebook runs on with the kit's function.
# The solution is one click away, in the [solved copy](solutions/08_looking_inside.ipynb).

# %% tags=["nbval-ignore-output"]
import torch
from IPython.display import display
from torch import Tensor, nn

from cnnkit import Training, anatomy, check, data, draw, explore, models, weights
from cnnkit.data.augment import normalise

photos = data.sample_photos()
net = models.build("resnet50_layer4").eval()
weights.load(net, "cifar10")
explore.architecture(net)

# %% [markdown]
# This is the kit's ResNet-50, with its weights trained on CIFAR-10. The photos are the kit's 20 CIFAR-10 test photos.
# Choose a layer of the strip and a photo. Where do the maps still look like the photo?
#
# ## Filters
#
# A ResNet begins with its stem, a 7x7 convolution and a pool; then come stages of blocks.
# The kernels of the first layer have three channels. So they can be shown in colours, like small photos.

# %%
draw.filters(net.conv1.weight, title="ResNet-50 (CIFAR-10): the 64 filters of its 7x7 stem")

# %% [markdown]
# Nobody drew these. Training started from random numbers, and found edges in many directions, stripes, and pairs of colours.
# A filter answers most where the photo looks like it.
#
# VGG-16 starts with 3x3. Nine pixels are too few for us to see much.

# %%
vgg = models.build("vgg16_cifar").eval()
weights.load(vgg, "cifar10")
draw.filters(vgg.features[0].weight, title="VGG-16 (CIFAR-10): the 64 filters of its first layer")

# %% [markdown]
# ## Feature maps
#
# The model returns logits, and what we want to see is in its middle. How do we get at it without rewriting the model?
#
# ## Exercise: the maps of a layer (6 minutes, difficulty 2 of 5)
#
# A **hook** is a function that PyTorch calls whenever a module has run, with the module, its inputs and its
# output. Put one on `layer`, run the model on the image as a batch of one, take the hook away again, and return
# what the layer made. An activation behind it may work in place, that is, write over what it gets; so keep a
# copy. Leave the model in the mode it is in.


# %%
def feature_maps(model: nn.Module, layer: nn.Module, image: Tensor) -> Tensor:
    """Maps [K, h, w] that `layer`, a module inside `model`, makes of one image [C, H, W]; no hook stays on the layer."""
    ### BEGIN SOLUTION
    kept: list[Tensor] = []
    handle = layer.register_forward_hook(lambda module, inputs, output: kept.append(output.detach().clone()))
    model(image[None])
    handle.remove()
    return kept[0][0]
    ### END SOLUTION


check.feature_maps(feature_maps)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# `layer.register_forward_hook(f)` returns a handle. `f` gets three arguments, and need not return anything.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# Let the hook append the output to a list. After the model has run, the list has one entry: maps `[1, K, h, w]`.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `handle = layer.register_forward_hook(lambda module, inputs, output: kept.append(output.detach().clone()))`,
# then `model(image[None])`, `handle.remove()`, `return kept[0][0]`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"A hook is still on the layer."* It runs in every later call, keeps every map in memory, and nobody sees it.
#
# *"The maps were overwritten by a later layer."* `nn.ReLU(inplace=True)` writes its result over what it gets, so
# the list held its output.
# </details>

# %%
hooked = check.feature_maps(feature_maps).or_reference()  # yours, if it passed


def maps_of(model: nn.Module, layer: nn.Module, photo: Tensor) -> Tensor:
    """What `layer` makes of one uint8 photo: [K, h, w]."""
    with torch.no_grad():
        return hooked(model, layer, normalise(photo[None])[0])


horse = photos.images[13]
draw.feature_maps(maps_of(net, net.maxpool, horse), title="ResNet-50: a horse after the stem", most=16)

# %%
draw.feature_maps(maps_of(net, net.layer3, horse), title="ResNet-50: the same horse after the last stage", most=16)

# %% [markdown]
# After the stem some maps still show where the horse stands. After the last stage a map has four values.
# No shape is left. What counts is *which* of the 1,024 maps are bright.
#
# ## How much does one value see?
#
# After the stem, one value sees 11x11 pixels, and the next lies 4 pixels further: the jump of notebook 01.
# Two blocks follow, each with one 3x3 convolution of stride 1; their 1x1 convolutions see no further.

# %%
table = {row.name: row for row in anatomy.table(net, (3, 32, 32)).rows}
explore.guess(
    "How wide, in photo pixels, is the square that one value sees after these two blocks?",
    answer=lambda: table["layer1.1 (add)"].receptive_field,
    unit="pixels",
    key="08, question 1",
    known={
        11: "So many sees a value after the stem.",
        19: "So many sees a value after one of the two blocks.",
        15: "The values that a 3x3 convolution joins lie 4 pixels apart here, not 1.",
    },
)

# %%
for name in ("maxpool", "layer1.1 (add)", "layer2.2 (add)", "layer3.5 (add)"):
    row = table[name]
    side = row.output[-1]
    print(f"{name:15} {side}x{side} map: one value sees {row.receptive_field:3} pixels a side, jump {row.jump}")
draw.receptive_field(horse, 11, jump=4, centre=(12, 16), title="ResNet-50: one value after the stem, on a CIFAR-10 test photo")

# %% [markdown]
# The rows called *(add)* are the ends of blocks. In the last stage one value could see 315 pixels a side. The photo has 32.
# So each of the four values sees the whole photo. Does it use all of it alike?
#
# The gradient tells: how much does each pixel move the values in the lower right quarter of the map?


# %%
def pull(layer: nn.Module) -> Tensor:
    """How much each pixel moves the lower right quarter of a map of `net`: [32, 32], mean of 20 photos, sum 1."""
    kept = []
    handle = layer.register_forward_hook(lambda module, inputs, output: kept.append(output.clone()))
    pixels = normalise(photos.images).requires_grad_()
    net(pixels)
    handle.remove()
    half = kept[0].shape[-1] // 2
    gradient = torch.autograd.grad(kept[0][:, :, half:, half:].sum(), pixels)[0].abs().sum(1)
    return (gradient / gradient.sum((1, 2), keepdim=True)).mean(0)


places = {"8x8": net.layer1[1], "4x4": net.layer2[2], "2x2": net.layer3}
pulls = torch.stack([pull(layer) for layer in places.values()])
for size, value in zip(places, pulls, strict=True):
    print(f"{size} map: {100 * value[16:, 16:].sum():.0f} % of the pull comes from the photo's lower right quarter")
draw.feature_maps(pulls, [*places], title="Which pixels move the lower right quarter of the map? (20 CIFAR-10 test photos)")

# %% [markdown]
# If all pixels pulled alike, it would be 25 %. The 8x8 map still knows its place, and the 2x2 map does not.
# Keep this in mind.
#
# ## Exercise: Grad-CAM (20 minutes, difficulty 4 of 5)
#
# Where did the network look? Take a layer's output A (K maps) and the gradient of the *logit* of class `target` with
# respect to A. The mean of the gradient over the positions gives one weight for each map.
# The heat map is the ReLU of the weighted sum of the maps (Selvaraju et al. 2017). About ten lines do it.


# %%
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    """Heat map [h, w] of `layer`, a module inside `model`, for one normalised photo [3, 32, 32].

    It need not be scaled. No hook stays on the layer.
    """
    ### BEGIN SOLUTION
    kept = []

    def keep(module, inputs, output):
        kept.append(output)
        return output.clone()  # what follows gets a copy: a ReLU may overwrite its input

    handle = layer.register_forward_hook(keep)
    logits = model(image[None])  # [1, classes]
    handle.remove()
    maps = kept[0]  # [1, K, h, w]
    gradient = torch.autograd.grad(logits[0, target], maps)[0]  # [1, K, h, w]
    weights_of_maps = gradient.mean(dim=(2, 3), keepdim=True)  # [1, K, 1, 1]
    return torch.relu((weights_of_maps * maps).sum(dim=1))[0].detach()
    ### END SOLUTION


check.grad_cam(grad_cam)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# `maps_of` keeps a layer's output. Here you need it *with* gradients, and the logits too.
# The model takes a batch: `image[None]`.
# </details>
#
# <details><summary>Hint 2: nearly the lines</summary>
#
# Let the hook keep `output`, and return `output.clone()`: a later layer may overwrite what it gets.
# Then `torch.autograd.grad(logits[0, target], maps)[0]` has the shape of the maps, `[1, K, h, w]`.
# Take `.mean(dim=(2, 3), keepdim=True)`, multiply with the maps, sum over `dim=1`, ReLU.
# Return the result without the batch, after `.detach()`.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The gradient is averaged over the maps."* You need one weight for each map: `dim=(2, 3)`, not `dim=1`.
#
# *"You take the gradient of the loss."* Take the one number `logits[0, target]`.
#
# *"A hook is still on the module ..."* Keep what `register_forward_hook` returns, and call its `.remove()`.
# </details>

# %%
verdict = check.grad_cam(grad_cam)
cam = verdict.or_reference()
print("From here on we use", "your function." if verdict.passed else "the kit's function; yours is not ready yet.")


def show(model: nn.Module, name: str, photo: Tensor, target: int, title: str) -> None:
    heat = cam(model, model.get_submodule(name), normalise(photo[None])[0], target)
    display(draw.grad_cam(photo, heat, title=f"{title}, layer {name}"))


for i in (1, 4, 13):
    label = int(photos.labels[i])
    show(net, "layer3", photos.images[i], label, f"ResNet-50 (CIFAR-10), class {photos.classes[label]}")

# %% [markdown]
# The same as a bench: choose photo, layer and class. *Build it* shows the heat as a sum of maps, and the grey patch
# covers a part of the photo, so that you see whether the answer needs it.

# %%
explore.inside(net)

# %% [markdown]
# Such pictures convince at once. Look again: do they?
# There are only four values. The smooth shape is drawn by interpolation.
# And all three are hottest at the lower right. Chance?


# %%
def lower_right(images: Tensor) -> int:
    """For how many of the 20 sample photos the lower right value of the 2x2 heat map is the largest."""
    heats = [cam(net, net.layer3, x, int(label)) for x, label in zip(normalise(images), photos.labels, strict=True)]
    return sum(int(heat.argmax()) == 3 for heat in heats)


print(f"hottest at the lower right: {lower_right(photos.images)} of 20 photos")
mirrored = photos.images.flip(-1)
explore.guess(
    "We mirror all 20 photos left to right. In how many is the lower right value now the largest?",
    answer=lambda: lower_right(mirrored),
    tolerance=2,
    unit="photos",
    key="08, question 2",
    possible=(0, 20),
)

# %%
print(f"hottest at the lower right: {lower_right(mirrored)} of 20 mirrored photos")
draw.receptive_field(horse, 315, jump=16, centre=(16, 16), title="ResNet-50: the lower right value of the 2x2 map")

# %% [markdown]
# If the heat followed the object, it would change sides with the mirror. It stays.
#
# The dots show a likely reason. In this network each padding is half a kernel.
# So the first value of every map is centred on pixel 0.
# The next is one jump further, at pixel 16, which is the middle of the photo.
# But the overlay draws it around pixel 24, so that it is about 8 pixels off; for the 4x4 map 4, for the 8x8 map 2.
# The 2x2 pools of VGG-16 do not shift anything.
#
# ## Earlier against later

# %%
truck = photos.images[11]
for name in ("layer1.1", "layer2.2"):
    show(net, name, truck, 9, "ResNet-50 (CIFAR-10), class truck")

# %%
for name, size in (("features.9", "8x8"), ("features.16", "4x4")):
    show(vgg, name, truck, 9, f"VGG-16 (CIFAR-10), class truck, {size} map")
print("VGG-16 answers:", photos.classes[int(vgg(normalise(truck[None])).argmax())])

# %% [markdown]
# Earlier maps are finer, and know their place. But they hold edges and colours, not yet trucks.
# One weight for a whole map is then a coarse summary. Such a heat map can be 0 everywhere, although the answer is right.
#
# ### A test with a known answer
#
# Put half of one photo beside half of another. Ask for both classes. Is the half that holds the class the hotter one?
# Chance gives 50 %. First a pair where it works, then 72 questions.


# %%
def halves(i: int, j: int) -> Tensor:
    """The middle of sample photo i on the left, that of j on the right."""
    return torch.cat([photos.images[i][:, :, 8:24], photos.images[j][:, :, 8:24]], dim=2)


for i in (12, 14):
    label = int(photos.labels[i])
    show(net, "layer2.2", halves(12, 14), label, f"Half a dog, half a truck: class {photos.classes[label]}")


# %%
def score(name: str) -> float:
    """How often, in %, the half with the asked class is the hotter one; maps of zeros do not count."""
    found = []
    for i, j in ((i, (i + k) % 20) for k in (1, 7) for i in range(20)):
        if photos.labels[i] != photos.labels[j]:
            for asked, sign in ((i, 1), (j, -1)):
                x = normalise(halves(i, j)[None])[0]
                left, right = cam(net, net.get_submodule(name), x, int(photos.labels[asked])).chunk(2, dim=1)
                found.append(sign * float(left.sum() - right.sum()))
    return 100 * sum(value > 0 for value in found) / sum(value != 0 for value in found)


explore.guess(
    "In what % is the correct half hotter on the 4x4 map?",
    answer=lambda: score("layer2.2"),
    tolerance=5,
    unit="%",
    key="08, question 3",
    possible=(0, 100),
    known={50: "That would be luck: the map would not know left from right."},
)

# %% tags=["nbval-ignore-output"]
for size, name in (("8x8", "layer1.1"), ("4x4", "layer2.2"), ("2x2", "layer3")):
    print(f"{size} map, {name}: the correct half is hotter in {score(name):.0f} %")

# %% [markdown]
# *Normal:* about 69, 77 and 74 %; of the 72 maps about 0, 3 and 14 are zeros, and do not count.
# With 712 questions on photos of CIFAR-10 (JPEG copy) we measured 72, 78 and 76 %.
# So a map that sees everything can still say roughly *left or right*. It can't outline an object.
#
# ## Which classes are mixed up?
#
# A heat map explains one answer. A **confusion matrix** counts all: a row is a true class, a column an answer.
# For it we train a small network on emoji10, and take 500 images held out from training.

# %% tags=["nbval-ignore-output"]
ds = data.load("emoji10")
torch.manual_seed(0)
maker = models.make_layers([8, "M", 32, "M", 64, "M", 96], batch_norm=True)  # [N, 96, 4, 4]
small = nn.Sequential(maker, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, 10))
training = Training(small, ds, 5, batch_size=50, lr=1e-2, schedule="linear", validation=0.1, precision="float32")
for step in training:
    if step.index == step.total:
        print(step)

# %%
result = training.evaluate(training.validation)
total, right = int(result.confusion.sum()), int(result.confusion.diag().sum())
print("The diagonal, divided by the sum, is the accuracy:", abs(right / total - result.accuracy) < 1e-6)
print("accuracy on the held-out part of emoji10:", "normal" if 0.45 < result.accuracy < 0.8 else "unusual", "(45 to 80 %)")
draw.confusion(result, title="emoji10, held-out part: % of each true class")

# %% [markdown]
# Four runs gave 60 to 67 %. Read along a row: where do the images of a class go?
# Read down a column: what hides behind an answer? The matrix need not be symmetric.
#
# Draw no conclusion about cats or frogs from this one. A class of emoji10 has few drawings, so a cell tells of these drawings.
# With 50 images in a row, a difference of some points is chance, too.
#
# The next cell keeps this run for the report, [notebook 09](09_report.ipynb).

# %%
from cnnkit import report

print("kept for the report:", report.record(training, "08-small-net", start="random").name)

# %% [markdown]
# ## The worst mistakes
#
# Start with the mistakes that the network was surest of. Often you see a cause: covered, cut off, a wrong label.

# %% tags=["nbval-ignore-output"]
small.cpu().eval()
held_out = training.validation.images.cpu()
labels = training.validation.labels.cpu()
with torch.no_grad():
    logits = small(normalise(held_out))
draw.worst(held_out, logits, labels, ds.classes, title="emoji10, held-out part: the mistakes it was surest of")

# %% tags=["nbval-ignore-output"]
answers = logits.argmax(1)
sure = logits.softmax(1).max(1).values * (answers != labels)  # 0 where the answer is right
worst = int(sure.argmax())
for what, target in (("its answer", int(answers[worst])), ("the true class", int(labels[worst]))):
    show(small, "0", held_out[worst], target, f"emoji10, the worst mistake: what speaks for {what}, {ds.classes[target]}")

# %% [markdown]
# Your function works on any network. Here both heat maps have 4x4 values.
# Do the two classes look at different places? If they look at the same one, the heat map does not explain the mistake.
#
# ## Recap
#
# 1. A hook reads any layer's output; it stays until you remove it.
# 2. First filters show edges and colours; deep maps say what, and hardly where.
# 3. Grad-CAM: maps, weighted by their mean gradient, summed, ReLU.
# 4. A heat map is as fine as its layer's map, and may be drawn in the wrong place: mirror the photo, and test it.
# 5. A confusion matrix counts answers; the surest mistakes show causes.
#
# ## Three questions
#
# <details><summary>1. A mean and a linear layer follow <code>layer3</code>. What are Grad-CAM's weights there?</summary>
#
# The linear layer's weights of that class, divided by 4: the same for every photo.
# </details>
#
# <details><summary>2. A heat map lies on the water around a ship. Does the network ignore the ship?</summary>
#
# You can't say. A value sees far more than the spot where it is drawn. Cover the water and see whether the logit falls.
# </details>
#
# <details><summary>3. Why the gradient of the logit, not of the probability?</summary>
#
# A probability also rises where *other* classes get weaker. And near 1 its gradient is almost 0.
# </details>
#
# ## Go further
#
# Give a fresh `models.build("resnet50_layer4").eval()`, without loading weights, to `show`.
# Does the untrained heat map look convincing?
# Write down first what you expect.

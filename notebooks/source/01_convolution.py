# %% [markdown]
# # 01 · Convolution, by its shapes
#
# **Why a convolution at all? What does it do to an image, what does it cost, and how much of the image does it see?**
#
# After this notebook you can
#
# * say what a convolution saves, and what it takes for granted about images;
# * predict the size of every feature map, and see why some settings are not allowed;
# * count the parameters and the work of a layer before you run it;
# * explain why VGG-16 takes two 3x3 layers where one 5x5 would do.
#
# *Time:* 85 minutes; the machine computes for a few seconds.
#
# *Know first:* Python functions and loops, tensors and their shapes, and that an image is a grid of numbers.
#
# There are seven exercises, each on the last one's shoulders; while one is empty, the notebook runs on with the kit's
# function. The solutions are one click away, in the [solved copy](solutions/01_convolution.ipynb).

# %%
from cnnkit import anatomy, check, data, draw, explore, models

window = explore.convolution()
window

# %% [markdown]
# Click a value of the output, or walk there with the arrow keys: the orange window moves to where that value comes from.
# Between the two stands how it is made. The window times the **kernel**, whose numbers are also called its weights, gives
# the products, and their sum is the value. All values together are a **feature map**. Then set padding 0, kernel 5 and
# dilation 3: there is no output, and the widget says why.
#
# ## One number of the map
#
# Each value is a dot product: each number of the kernel times the pixel under it, added up. This kernel subtracts the pixels
# on the left from those on the right, so its result is far from zero where brightness changes from left to right, which is
# at a vertical edge. The next cell computes two values by hand, and asks torch for the same two.

# %%
import torch
import torch.nn.functional as F
from torch import Tensor, nn

image = torch.tensor(window.state.image, dtype=torch.float32)  # [10, 10], the widget's image
edge = torch.tensor([[-1.0, 0.0, 1.0]] * 3)  # [3, 3]
whole_map = F.conv2d(image[None, None], edge[None, None], padding=1)[0, 0]  # [10, 10]
for row, column in ((4, 8), (5, 5)):  # counted from 1; the window reaches one pixel further
    window_there = image[row - 2 : row + 1, column - 2 : column + 1]  # [3, 3]
    by_hand, torchs = (edge * window_there).sum(), whole_map[row - 1, column - 1]
    print(f"row {row}, column {column}: by hand {by_hand:.0f}, torch {torchs:.0f}")

# %% [markdown]
# The first value is large, and negative because the right side is the darker one: here is an edge. The second is small, since
# left and right are about equally bright there. So a single number says whether there is an edge and which way it goes.

# %% [markdown]
# ## Exercise: a convolution by hand (8 minutes, difficulty 2 of 5)
#
# Slide a kernel over an image of one channel: at each place, multiply each weight with the pixel under it, and
# add the products. There is no padding, so the window never leaves the image. Use loops and sums, not torch's own
# convolution.


# %%
def conv2d_by_hand(image: Tensor, kernel: Tensor) -> Tensor:
    """Map [H - k + 1, W - k + 1] of an image [H, W] under a kernel [k, k], without padding."""
    ### BEGIN SOLUTION
    k = len(kernel)
    height, width = image.shape[0] - k + 1, image.shape[1] - k + 1
    feature_map = torch.zeros(height, width)
    for row in range(height):
        for column in range(width):
            window = image[row : row + k, column : column + k]
            feature_map[row, column] = (window * kernel).sum()
    return feature_map
    ### END SOLUTION


check.conv2d_by_hand(conv2d_by_hand)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# How many places has a window of k pixels in a row of n? The map has one value for each of them.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# Two loops, one over the rows of the map and one over its columns. Inside them the window is a slice of the
# image.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `feature_map[row, column] = (image[row : row + k, column : column + k] * kernel).sum()`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The last row and the last column of the map are missing."* A window of 3 in a row of 5 has three places, 5 - 3
# + 1: before its first step it is at one already.
#
# *"Window and kernel are multiplied as matrices."* `@` adds products of rows with columns, so pixels meet weights
# that don't lie over them.
# </details>

# %% tags=["hide-input"]
convolve = check.conv2d_by_hand(conv2d_by_hand).or_reference()  # yours, if it passed
grey = data.sample_photos().images[13].float().mean(0)  # [32, 32], the horse without its colours
mine = torch.stack([convolve(grey, kernel) for kernel in (edge, edge.T)])
torchs = F.conv2d(grey[None], torch.stack([edge, edge.T])[:, None])
print("the same numbers as torch:", torch.allclose(mine, torchs, atol=1e-3))
draw.feature_maps(mine, ["right - left", "below - above"], title="The horse, seen by your own loops")

# %% [markdown]
# Nine numbers have found every upright edge of a horse, and they know nothing of horses. Your loops did it, and torch does
# the same, only faster.
#
# ## Why a convolution at all?
#
# A network could also use a **linear layer**, in which every output has a weight for every input. It can compute all that a
# convolution can, and much more. So why should one give that up? Count first: the photo has 3 channels of 32x32, and suppose
# that the layer makes 64 maps of the same size.

# %%
explore.guess(
    "How many weights has a linear layer from 3x32x32 numbers to 64x32x32? Write 12 M for 12 million.",
    lambda: (3 * 32 * 32) * (64 * 32 * 32),
    key="01, question 1",
    factor=1.2,
    unit="weights",
    known={
        3 * 32 * 32 + 64 * 32 * 32: "Each output has a weight for each input, so the two numbers are multiplied.",
        3 * 64: "This counts channels alone; each channel has 32 · 32 places, both in and out.",
        3 * 64 * 9: "So many has the convolution with 3x3 kernels.",
    },
)

# %%
from_all = (3 * 32 * 32) * (64 * 32 * 32)
from_window = nn.Conv2d(3, 64, 3, padding=1).weight.numel()
print(f"linear: {from_all:,} weights; convolution with 3x3 kernels: {from_window:,}")
print(f"that is {from_all // from_window:,} times fewer")

# %% [markdown]
# That is one layer, and it has more weights than all of VGG-16 for large photos, which has 138 million parameters. But the
# number is not the deeper reason. Move the horse two pixels to the right, which makes no difference to what it is. What do
# both layers make of it?

# %%
torch.manual_seed(0)
moved = torch.roll(grey, 2, dims=1)  # [32, 32]
everywhere = nn.Linear(32 * 32, 30 * 30)  # fresh weights, and a map of the same size as yours
here, there = (everywhere(x.flatten()).view(30, 30) for x in (grey, moved))
both = {"convolution": (convolve(grey, edge), convolve(moved, edge)), "linear": (here, there)}
for name, (before, after) in both.items():
    same = torch.allclose(after[:, 4:], before[:, 2:-2], atol=1e-3)
    print(f"{name:11} the map has moved by two pixels: {same}")

# %% [markdown]
# The map of the convolution has moved by two pixels, too, and is otherwise the same. To the linear layer the two photos
# have nothing to do with each other, because each place has weights of its own. It would have to learn a horse anew at
# every place, and from photos in which a horse stands there. A convolution takes for granted that what is worth finding in
# one place is worth finding in all, and for photos that is nearly always true.

# %% [markdown]
# ## Exercise: several channels (10 minutes, difficulty 2 of 5)
#
# A photo has three channels, and a layer makes many maps. For each map there is one kernel, with a slice for each
# input channel: each slice slides over its own channel, all results are added to one map, and then the map gets
# its bias. Your function for one channel may do a part of the work.


# %%
def conv2d_channels(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """[C, H, W] with weights [K, C, k, k] and biases [K] -> maps [K, H - k + 1, W - k + 1]."""
    ### BEGIN SOLUTION
    maps = []
    for kernel, offset in zip(weight, bias, strict=True):
        slices = [conv2d_by_hand(channel, part) for channel, part in zip(x, kernel, strict=True)]
        maps.append(torch.stack(slices).sum(0) + offset)
    return torch.stack(maps)
    ### END SOLUTION


check.conv2d_channels(conv2d_channels)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# `for kernel, offset in zip(weight, bias)` gives one kernel `[C, k, k]` for each map.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# Each slice of the kernel slides over its own channel. The results are added, and then the bias comes once.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `sum(conv2d_by_hand(x[c], kernel[c]) for c in range(len(x))) + offset`, and `torch.stack` for the maps.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The bias is added once for each input channel."* It stands inside the loop over the channels; it belongs to
# the map, so it comes after their sum.
#
# *"There is a map for each pair of input and output channel."* The maps of the input channels have not been added
# yet: a network would double and triple its maps with every layer.
# </details>

# %% tags=["hide-input"]
channels = check.conv2d_channels(conv2d_channels).or_reference()
torch.manual_seed(0)
layer, colours = nn.Conv2d(3, 2, 3), data.sample_photos().images[13] / 255
with torch.no_grad():
    mine, torchs = channels(colours, layer.weight, layer.bias), layer(colours)
print("weights", [*layer.weight.shape], " your maps", [*mine.shape], " like torch's:", torch.allclose(mine, torchs, atol=1e-4))

# %% [markdown]
# So `nn.Conv2d` holds no secret any more: it is your three loops, only faster. Here is what they do for one map, as a
# picture: three slices, each on its own channel, and one sum.

# %%
with torch.no_grad():
    slices = [F.conv2d(colours[c][None], layer.weight[:1, c : c + 1])[0] for c in range(3)]
parts = torch.stack([*slices, sum(slices)])
titles = ["red", "green", "blue", "their sum"]
draw.feature_maps(parts, titles, "Three channels go into one map (fresh kernel)")

# %% [markdown]
# Why are the channels *added*? Because an edge of a horse is an edge in red, green and blue at once, and a sum can ask for
# all three together. It forgets which channel gave what, and therefore a layer has many kernels, each of which asks
# something else. Here is the photo that these maps come from.

# %%
photo = data.sample_photos().images[13]  # uint8 [3, 32, 32], one of the kit's 20
draw.photos(photo[None], title="A horse (CIFAR-10 test photo)")

# %% tags=["hide-input"]
one_channel = photo.float().mean(0)[None]  # [1, 32, 32]
found = [F.conv2d(one_channel, torch.full((1, 1, size, size), 1 / size**2))[0] for size in (1, 5, 9)]
padded = torch.stack([F.pad(one, [(32 - len(one)) // 2] * 4) for one in found])
draw.feature_maps(padded, ["kernel 1: 32x32", "kernel 5: 28x28", "kernel 9: 24x24"], "The map shrinks as the kernel grows")

# %% [markdown]
# ## How large is the map?
#
# Each kernel here takes a mean, and the larger it is, the smaller is its map, because the window must lie on the image as a
# whole. Four settings decide about the size:
#
# * **kernel**: how many numbers along one side;
# * **stride**: how many pixels the window moves in one step;
# * **padding**: how many zeros are put before and after each row and column;
# * **dilation**: how far apart the pixels under neighbouring numbers of the kernel lie.
#
# Draw a row of ten pixels on paper, and slide the window over it before you answer.

# %%
explore.guess(
    "10x10 pixels, kernel 3, stride 2, padding 1: how many pixels wide is the output?",
    lambda: nn.Conv2d(1, 1, 3, stride=2, padding=1)(image[None]).shape[-1],
    key="01, question 2",
    unit="pixels",
    known={
        4: "4.5 moves are rounded down to 4; the place where the window starts is one more position.",
        6: "4.5 moves are rounded down, not up: the window must lie on the padded image as a whole.",
        10: "So it would be with stride 1.",
    },
)

# %%
print("input ", list(image[None].shape))
print("output", list(nn.Conv2d(1, 1, 3, stride=2, padding=1)(image[None]).shape))

# %% [markdown]
# The padded row has 12 pixels. At its first place the window covers 3 of them and leaves 9, in which steps of 2 fit four
# times, with a rest of one pixel. Together with the first place that makes 5.
#
# ## Exercise: the size of the output (5 minutes, difficulty 1 of 5)
#
# A convolution slides its kernel over `n` pixels, with `padding` zeros added on both sides.
# Return how many positions fit.


# %%
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Height (or width) of a feature map after a convolution over n pixels."""
    ### BEGIN SOLUTION
    row = n + 2 * padding
    span = dilation * (kernel - 1) + 1  # from the first pixel under the kernel to the last
    return (row - span) // stride + 1
    ### END SOLUTION


check.conv_output_size(conv_output_size)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# How long is the padded row? How many pixels does the kernel span? How many steps fit in what is left?
# </details>
#
# <details><summary>Hint 2: nearly the lines</summary>
#
# A kernel of 3 with dilation 2 spans 5 pixels: two gaps of 2, and the first pixel.
# The last line is `(row - span) // stride + 1`.
# </details>
#
# <details><summary>I get this message</summary>
#
# *The padding is counted on one side only:* the row grows on the left and on the right.
#
# *The stride divides only a part of the formula:* `row - span // stride` divides the span alone.
#
# *The dilated kernel is taken as kernel * dilation pixels wide:* three numbers have two gaps between them, not three.
# </details>
#
# ### Your function beside torch

# %% tags=["hide-input"]
verdict = check.conv_output_size(conv_output_size)
size = verdict.or_reference()
print("This uses", "your function." if verdict.passed else "the kit's function.")
layers = {
    "3x3 of VGG-16": (3, 1, 1),
    "1x1 of ResNet-50": (1, 1, 0),
    "7x7 of ResNet-50": (7, 2, 3),
    "3x3, dilation 2": (3, 1, 0, 2),
}
for name, settings in layers.items():
    real = nn.Conv2d(1, 1, *settings)(one_channel).shape[-1]
    print(f"{name:17} 32 -> {size(32, *settings):2}   torch: {real}")

# %% [markdown]
# You can now say how large a map will be without running anything. The 3x3 layer of VGG-16 keeps the size, because its
# padding gives back what the kernel takes.

# %% [markdown]
# ## Exercise: the padding that keeps the size (4 minutes, difficulty 1 of 5)
#
# The inverse question. A convolution has stride 1 and an odd kernel, and its map should be as large as what comes
# in. How many zeros does each side need? Solve the formula of the size for the padding, or ask how far the
# outermost weight is from the middle one.


# %%
def same_padding(kernel: int, dilation: int = 1) -> int:
    """The padding with which a convolution of stride 1 keeps height and width; the kernel is odd."""
    ### BEGIN SOLUTION
    neighbours = (kernel - 1) // 2  # of the middle weight, on one side
    return dilation * neighbours
    ### END SOLUTION


check.same_padding(same_padding)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Put the kernel's middle weight on the first pixel. How many weights hang over?
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# Of an odd kernel, (kernel - 1) / 2 weights lie on each side of the middle; each is `dilation` pixels further
# out.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# `dilation * (kernel - 1) // 2`
# </details>
#
# <details><summary>I get this message</summary>
#
# *"That is what both sides need together."* Padding counts the zeros on one side, because layers put as many on
# the other.
#
# *"The dilated kernel is taken as kernel * dilation pixels wide."* Three weights have two gaps between them, not
# three.
# </details>

# %% tags=["hide-input"]
padding = check.same_padding(same_padding).or_reference()
for kernel, dilation in ((1, 1), (3, 1), (7, 1), (3, 2), (5, 4)):
    needed = padding(kernel, dilation)
    real = nn.Conv2d(1, 1, kernel, padding=needed, dilation=dilation)(one_channel[None]).shape[-1]
    print(f"kernel {kernel}, dilation {dilation}: padding {needed} on each side, 32 -> {real}")

# %% [markdown]
# Why would one want to keep the size? Because then depth is free to choose: a network can stack as many layers as it likes,
# and only its pools decide how small the maps get. VGG and ResNet are both built on this. The price is that zeros are no
# pixels. At the edge of the map a kernel sees a black frame that is not in the photo, and the network has to learn to live
# with it.

# %% [markdown]
# ### The pixels that nobody sees
#
# A stride of 2 without padding has a trap. Your function says where the window's last place is.

# %%
last = size(10, 3, stride=2) - 1
draw.convolution(image, edge, position=(last, last), stride=2)

# %% [markdown]
# The last row and the last column are never covered, and nothing warns you.
#
# ### Settings that are not allowed
#
# If the window is larger than the image, there is no place for it, and the formula says so by a size of 0 or less. Here is
# what your function, torch and the kit make of such a setting.

# %% tags=["hide-input"]
asked = {
    "size:": lambda: size(10, 5, dilation=3),
    "torch:": lambda: nn.Conv2d(1, 1, 5, dilation=3)(image[None]),
    "cnnkit:": lambda: draw.convolution(image, torch.ones(5, 5), dilation=3),
}
for who, ask in asked.items():
    try:
        print(f"{who:7} {ask()}")
    except (RuntimeError, ValueError) as error:
        print(f"{who:7} {error}")

# %% [markdown]
# A kernel of 5 with dilation 3 spans 13 pixels, and the image has 10. (Torch calls that span *kernel size*.)
#
# ## What does a layer cost?
#
# A photo has three **channels**, and as you have seen, a kernel has a slice for each of them. Every kernel makes one output
# channel, and adds one learnt number to it, the **bias**. **Predict:** VGG-16 begins with 64 kernels of 3x3 on a photo. How
# many numbers does this layer learn?

# %%
first = nn.Conv2d(3, 64, kernel_size=3, padding=1)
print("weight:", list(first.weight.shape), "  bias:", list(first.bias.shape))
print("output:", list(first(photo.float()).shape))
print(f"learnt: {sum(p.numel() for p in first.parameters()):,} numbers")

# %% [markdown]
# ## Exercise: parameters and MACs (8 minutes, difficulty 2 of 5)
#
# Count the **parameters** of a layer, the numbers that it learns. Count its **MACs** too, the multiply-accumulates:
# one for each product of a weight with an input value, and none for the bias.
# Padding zeros count as input values.


# %%
def conv_cost(
    in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True
) -> tuple[int, int]:
    """(parameters, MACs for one photo) of a convolution layer that makes [out_channels, out_height, out_width]."""
    ### BEGIN SOLUTION
    weights = out_channels * in_channels * kernel * kernel
    biases = out_channels if bias else 0
    return weights + biases, weights * out_height * out_width
    ### END SOLUTION


check.conv_cost(conv_cost)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# The cell above prints the shape of the weights. At how many places is each weight used?
# </details>
#
# <details><summary>Hint 2: nearly the lines</summary>
#
# `weights = out_channels * in_channels * kernel * kernel`. Add the biases for the parameters.
# Multiply `weights` by the positions of the map for the MACs.
# </details>
#
# <details><summary>I get this message</summary>
#
# *Adding the bias is counted as MACs:* multiply the weights alone by the positions.
#
# *Without bias all parameters are gone:* `a + b if bias else 0` means `(a + b) if bias else 0`.
# </details>

# %% tags=["hide-input"]
verdict = check.conv_cost(conv_cost)
cost = verdict.or_reference()
print("This uses", "your function." if verdict.passed else "the kit's function.")
stack = nn.Sequential(first, nn.Conv2d(64, 64, 3, padding=1), nn.MaxPool2d(2), nn.Conv2d(64, 128, 3, padding=1))
table = anatomy.table(stack, (3, 32, 32))
for row in table.rows:
    if row.kind == "Conv2d":
        layer = stack.get_submodule(row.name)
        counted = cost(layer.in_channels, layer.out_channels, 3, *row.output[1:])
        agrees = "agrees" if counted == (row.parameters, row.macs) else "differs"
        print(f"layer {row.name}: {counted[0]:6,} parameters, {counted[1]:10,} MACs; the table {agrees}")
table

# %% [markdown]
# Your function agrees with what was counted while the network ran. Note that parameters do not depend on the size of the map,
# whereas MACs do. The 64 → 64 layer needs 37,748,736 MACs on 32x32, and the pool halves height and width.

# %%
explore.guess(
    "How many MACs has a 3x3 layer 128 → 128 on 16x16? Write 12 M for 12 million.",
    lambda: cost(128, 128, 3, 16, 16)[1],
    tolerance=1e6,
    key="01, question 3",
    unit="MACs",
    known={
        147456: "These are the weights; each of them is used at all 16 · 16 places of the map.",
        2359296: "The map has 16 · 16 places, not 16.",
        75497472: "One MAC is a multiplication and an addition together.",
        294912: "One channel comes in here; each kernel has 9 weights for each of 128.",
    },
)

# %% tags=["hide-input"]
for channels, side in ((64, 32), (128, 16), (256, 8), (512, 4)):
    parameters, macs = cost(channels, channels, 3, side, side)
    print(f"{channels:3} channels on {side:2}x{side:2}: {parameters:9,} parameters, {macs:,} MACs")


# %% [markdown]
# Exactly as many, four times over. Twice the channels, in and out, make four times the products, and they are needed at a
# quarter of the positions. VGG-16 follows this rule up to 512 channels: half the size, twice the channels, the same work.
#
# ## How much does one value see?
#
# The square of the photo that one value depends on is its **receptive field**. One 3x3 layer sees 3x3 pixels. A second one
# sees 3x3 values of the first map, and each of those its own 3x3 pixels.
#
# **Predict:** how many pixels wide is what a value sees after two 3x3 layers? The next cell sets all weights to 1 and asks
# torch for the gradient of the middle value, that is, by how much the value grows if a pixel grows by one. With such
# weights it is the number of ways on which the pixel enters.
# %% tags=["hide-input"]
def middle_sees(*kernels: int) -> torch.Tensor:
    """How often each pixel of a 9x9 image enters the middle value after these convolutions: [9, 9]."""
    pixels = torch.zeros(1, 1, 9, 9, requires_grad=True)
    x = pixels
    for kernel in kernels:
        x = F.conv2d(x, torch.ones(1, 1, kernel, kernel), padding=kernel // 2)
    x[0, 0, 4, 4].backward()
    return pixels.grad[0, 0]


seen = {"two 3x3": middle_sees(3, 3), "one 5x5": middle_sees(5)}
for name, counts in seen.items():
    print(f"{name}: {int((counts.sum(0) > 0).sum())} pixels wide, each used up to {int(counts.max())} times")
draw.feature_maps(torch.stack([*seen.values()]), [*seen], title="How often each pixel is used")

# %% [markdown]
# ## Exercise: the receptive field (10 minutes, difficulty 3 of 5)
#
# Walk through the layers and keep two numbers: the side `r` of the receptive field, and the **jump** `j`, which is how many
# photo pixels lie between one value of the map and the next. Here is a stack of three layers, worked by hand:
#
# | after | r | j | why |
# |---|---|---|---|
# | the photo | 1 | 1 | a pixel sees itself |
# | convolution 3x3 | 3 | 1 | two more values, one pixel apart: 1 + 2 · 1 |
# | pool 2x2, stride 2 | 4 | 2 | one more value, one pixel apart: 3 + 1 · 1; then the stride doubles the jump |
# | convolution 3x3 | 8 | 2 | two more values, now two pixels apart: 4 + 2 · 2 |
#
# Each layer is `(kind, kernel, stride)`, kind `"conv"` or `"pool"`, and none is dilated.


# %%
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    """(receptive field, jump) in photo pixels after all layers; for example [("conv", 3, 1), ("pool", 2, 2)] gives (4, 2)."""
    ### BEGIN SOLUTION
    r, j = 1, 1
    for _, kernel, stride in layers:
        r = r + (kernel - 1) * j  # the kernel lies on the map that comes in, so the old jump counts
        j = j * stride
    return r, j
    ### END SOLUTION


check.receptive_field(receptive_field)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# A kernel of 3 adds two values, one jump apart. What does a stride of 2 do to the jump?
# </details>
#
# <details><summary>Hint 2: nearly the lines</summary>
#
# For each layer, first `r = r + (kernel - 1) * j`, then the new `j`. Pools follow the same rule.
# </details>
#
# <details><summary>I get this message</summary>
#
# *The jump is updated before the receptive field uses it:* exchange two lines.
#
# *The jump is replaced by the last stride:* strides of 2 and 2 make a jump of 4. Multiply.
# </details>
#
# ### Two 3x3 against one 5x5
#
# Take 64 channels everywhere, and no bias.

# %%
explore.guess(
    "What percentage of the 5x5 layer's weights do two 3x3 layers have together?",
    lambda: 100 * 2 * cost(64, 64, 3, 32, 32, False)[0] / cost(64, 64, 5, 32, 32, False)[0],
    tolerance=2,
    key="01, question 4",
    unit="%",
    known={
        36: "This is one of the two layers.",
        28: "This is what they save.",
    },
)

# %% tags=["hide-input"]
verdict = check.receptive_field(receptive_field)
field = verdict.or_reference()
print("This uses", "your function." if verdict.passed else "the kit's function.")
for name, kernels in {"two 3x3": [3, 3], "one 5x5": [5], "three 3x3": [3, 3, 3], "one 7x7": [7]}.items():
    r, _ = field([("conv", kernel, 1) for kernel in kernels])
    costs = [cost(64, 64, kernel, 32, 32, False) for kernel in kernels]
    weights, macs = (sum(column) for column in zip(*costs, strict=True))
    print(f"{name:9} sees {r}x{r}: {weights:7,} weights, {macs:11,} MACs")

# %% [markdown]
# Two 3x3 layers need 72 % of the weights of one 5x5 layer, and three need 55 % of those of one 7x7. The work shrinks by the
# same factors. There is a second gain. Two convolutions in a row, with nothing between them, are just one bigger
# convolution. With a ReLU between them, which sets negative values to 0, they can compute something that no single
# convolution can. The VGG paper gives both reasons (Simonyan and Zisserman 2015, section 2.3).
#
# ### The other way: see much at once
#
# ResNet-50, which you will build in notebook 04, starts with a **stem**: a 7x7 convolution of stride 2, then a 3x3 max pool
# of stride 2. A max pool is a window too; it keeps the largest value under it.

# %%
stem = [("conv", 7, 2), ("pool", 3, 2)]

# %%
explore.guess(
    "After this stem: how many photo pixels wide is what one value sees?",
    lambda: field(stem)[0],
    key="01, question 5",
    unit="pixels",
    known={
        7: "So many sees a value of the convolution; the pool joins three of them in a row.",
        9: "The values that the pool joins lie 2 pixels apart, for the convolution has stride 2.",
        21: "Fields add up, they do not multiply: neighbours see mostly the same pixels.",
    },
)

# %%
r, jump = field(stem)
side = size(size(32, 7, 2, 3), 3, 2, 1)
print(f"32 -> {size(32, 7, 2, 3)} -> {side} pixels;", end=" ")
print(f"on 224: {size(224, 7, 2, 3)} -> {size(size(224, 7, 2, 3), 3, 2, 1)}")
draw.receptive_field(photo, r, jump, (16, 16), "ResNet-50's stem, on a CIFAR-10 test photo")

# %% [markdown]
# After these two layers only every sixteenth position is left. A photo of 224x224 pixels still has 56x56 of them, which is
# plenty, whereas a photo of 32x32 has only 8x8. Is that enough to recognise a horse? Keep this question, because it comes
# back in [notebook 04](04_resnet50.ipynb) as a suspect.
#
# Your function now walks through VGG-16's 13 convolutions and five pools.

# %% tags=["hide-input"]
walked = []
for stage, convolutions in enumerate((2, 2, 3, 3, 3), start=1):
    walked += [("conv", 3, 1)] * convolutions + [("pool", 2, 2)]
    r, jump = field(walked)
    print(f"after stage {stage}: {32 // jump:2}x{32 // jump:<2} positions, {jump:2} pixels apart, one value sees {r}x{r}")
kit = [row for row in anatomy.table(models.build("vgg16_cifar"), (3, 32, 32)).rows if row.kind == "MaxPool2d"][-1]
print("the kit's table of VGG-16 says", kit.receptive_field, "and", kit.jump)

# %% [markdown]
# After stage 3 one value sees more than the 32 pixels that there are, so the rest of its field is padding.

# %% [markdown]
# ## Exercise: repair a convolution (8 minutes, difficulty 3 of 5)
#
# This should be a convolution with 3x3 kernels and padding 1. It runs, and all its shapes are right, but three of
# its lines are wrong. Don't read the code first: show it an image of zeros, and one with a single white pixel,
# and let the values lead you.
#
# ```python
# def repair_convolution(x, weight, bias):
#     channels, height, width = x.shape
#     padded = torch.zeros(channels, height + 2, width + 2)
#     padded[:, 2:, 2:] = x
#     out = torch.zeros(len(weight), height, width)
#     for k in range(len(weight)):
#         for row in range(height):
#             for column in range(width):
#                 window = padded[:, row : row + 3, column : column + 3]
#                 out[k, row, column] = (window * weight[k].transpose(1, 2)).sum() + bias[0]
#     return out
# ```


# %%
def repair_convolution(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A convolution with 3x3 kernels and padding 1: [C, H, W] with weights [K, C, 3, 3] and biases [K] -> [K, H, W]."""
    ### BEGIN SOLUTION
    channels, height, width = x.shape
    padded = torch.zeros(channels, height + 2, width + 2)
    padded[:, 1:-1, 1:-1] = x
    out = torch.zeros(len(weight), height, width)
    for k in range(len(weight)):
        for row in range(height):
            for column in range(width):
                window = padded[:, row : row + 3, column : column + 3]
                out[k, row, column] = (window * weight[k]).sum() + bias[k]
    return out
    ### END SOLUTION


check.repair_convolution(repair_convolution)

# %% [markdown]
# <details><summary>Hint 1: where to look</summary>
#
# Call it with `x = torch.zeros(1, 5, 5)`: what should each map show, and what does it show? Then set the middle
# pixel to 1.
# </details>
#
# <details><summary>Hint 2: which idea</summary>
#
# On an image of zeros only the bias is left. A single pixel draws the kernel, turned round by 180 degrees and
# centred on itself.
# </details>
#
# <details><summary>Hint 3: nearly the line</summary>
#
# The zeros belong on all four sides (`padded[:, 1:-1, 1:-1] = x`), the kernel as it is, and `bias[k]`.
# </details>
#
# <details><summary>I get this message</summary>
#
# *"The map is shifted against the image."* All zeros were put above and to the left. The size was right
# nevertheless, so nothing stopped.
#
# *"Horizontal edges are found where vertical ones should be."* The kernel's rows and columns are exchanged: its
# shape is 3x3 either way.
# </details>

# %% tags=["hide-input"]
mended = check.repair_convolution(repair_convolution).or_reference()
dot = torch.zeros(1, 7, 7)
dot[0, 3, 3] = 1  # one white pixel
trace = mended(dot, edge[None, None], torch.zeros(1))  # [1, 7, 7]
names = ["one white pixel", "what the layer makes of it"]
draw.feature_maps(torch.cat([dot, trace]), names, title="A layer shows its kernel when it sees one white pixel")

# %% [markdown]
# The trace is the edge kernel, turned round: the window that has the pixel on its *right* multiplies it with the kernel's
# right column, and that window lies to the left. This little test works on any layer, because a convolution does the same
# at every place. So whenever the shapes of a network are right and its values are not, give it an input so simple that you
# know the answer.

# %% [markdown]
# ## Recap
#
# 1. A convolution has few weights because it uses them everywhere, so what moves in the image moves in the map.
# 2. One value of a map is a dot product: kernel times window, added up over all input channels.
# 3. Padded row minus span, divided by the stride and rounded down, plus 1: that is the size.
# 4. Parameters depend on channels and kernel; MACs also on the positions.
# 5. The receptive field grows by (kernel - 1) times the jump; the jump is the product of earlier strides.
# 6. Two 3x3 layers see as much as one 5x5, for 72 % of its weights, and with a ReLU between them.
#
# No number printed in this notebook is random, so yours are the same.
#
# ## Three questions
#
# <details><summary>1. Which padding keeps the size, with a kernel of 7, stride 1 and no dilation?</summary>
#
# 3: half of kernel - 1. With an even kernel, equal padding on both sides can't do it.
# </details>
#
# <details><summary>2. You train on 32x32 photos, and then show the same convolutions 64x64 photos. What changes?</summary>
#
# The parameters stay. The maps and the MACs become four times as large.
# The receptive field keeps its pixels, and so covers a smaller part of the photo.
# </details>
#
# <details><summary>3. A 1x1 convolution sees a single pixel. What is it good for?</summary>
#
# It mixes the channels at each position, and can change their number at little cost: see
# [notebook 03](03_residual_block.ipynb).
# </details>
#
# ## Go further
#
# Unfold the cell with `middle_sees`, and give its `F.conv2d` a dilation of 2, and a padding that keeps the size.
# Which pixels are used after one 3x3 layer, and which after two?
#
# <details><summary>What you should see</summary>
#
# One layer uses nine pixels with gaps between them, spread over 5x5. After two layers the field is 9x9, and the gaps are
# still there: every pixel that is used lies an even number of steps from the middle. Networks that dilate mix several
# dilations.
# </details>

# Answers to receptive_field; see README.md.
# === wrong jump-updated-first (blind): Updates the jump before the receptive field, so each layer is widened with its own stride already in the jump.
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for kind, k, s in layers:
        j = j * s
        r = r + (k - 1) * j
    return r, j
# === wrong conv-stride-ignored (blind): Only pools change the jump, the stride of a convolution is ignored.
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r = 1
    j = 1
    for layer in layers:
        kind, kernel, stride = layer
        r += (kernel - 1) * j
        if kind == "pool":
            j *= stride
    return (r, j)
# === wrong jump-replaced (blind): The jump is set to the stride of the layer instead of being multiplied by it, so it forgets the earlier layers.
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    """(receptive field, jump) in photo pixels after all layers"""
    size, jump = 1, 1
    for _, kernel, stride in layers:
        size = size + (kernel - 1) * jump
        jump = stride
    return size, jump
# === wrong pool-as-2x2 (blind): Takes every pool to be 2x2, so the kernel size of a 3x3 pool is not used.
def receptive_field(layers):
    r, j = 1, 1
    for kind, kernel, stride in layers:
        if kind == "conv":
            r += (kernel - 1) * j
        elif kind == "pool":
            r += j      # a pool sees one neighbour more
        j *= stride
    return r, j
# === wrong jump-by-pool-kernel (blind): Multiplies the jump by the kernel of a pool instead of its stride, which fails for overlapping pools.
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    rf = 1
    jump = 1
    for kind, kernel, stride in layers:
        rf = rf + jump * (kernel - 1)
        if kind == "pool":
            jump = jump * kernel
        else:
            jump = jump * stride
    return rf, jump
# === wrong wrong-direction (blind): Uses the formula that goes from the last layer back to the photo, but walks from the first layer on.
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r = 1
    j = 1
    for (_, k, s) in layers:
        r = (r - 1) * s + k
        j = j * s
    return r, j
# === wrong jump-not-used (blind): Adds kernel - 1 without the factor of the jump, so layers after a stride widen the field too little.
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r = 1
    j = 1
    for i in range(len(layers)):
        r += layers[i][1] - 1
        j *= layers[i][2]
    return r, j
# === right (blind): plain loop with tuple assignment
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r = j = 1
    for _, kernel, stride in layers:
        r, j = r + (kernel - 1) * j, j * stride
    return r, j
# === right (blind): from the last layer back to the photo, the jump with math.prod
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    # how many values of the layer before are needed for one value of this layer
    needed = 1
    for kind, kernel, stride in reversed(layers):
        needed = (needed - 1) * stride + kernel
    jump = math.prod(stride for _, _, stride in layers)
    return needed, jump
# === right (blind): recursion on the list without its last layer
def receptive_field(layers):
    if not layers:
        return 1, 1
    *before, (kind, k, s) = layers
    r, j = receptive_field(before)
    return r + j * (k - 1), j * s
# === right (blind): traces first and last pixel of two neighbouring values back to the photo
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    def seen(index):
        """first and last photo pixel that value `index` of the last map sees (no padding)"""
        lo, hi = index, index
        for _, kernel, stride in layers[::-1]:
            lo = lo * stride
            hi = hi * stride + kernel - 1
        return lo, hi

    a0, a1 = seen(0)
    b0, b1 = seen(1)
    return a1 - a0 + 1, b0 - a0
# === wrong jump-forgotten: the jump stays 1
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += (kernel - 1) * j
    return r, j
# === wrong jump-added: the jump is added to
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += (kernel - 1) * j
        j += stride
    return r, j
# === wrong jump-added: the jump grows by the pixels that are left out
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += (kernel - 1) * j
        j += stride - 1
    return r, j
# === wrong kernel-minus-one-missing: the whole kernel is added
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += kernel * j
        j *= stride
    return r, j
# === wrong starts-at-zero: starts at 0
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 0, 1
    for _, kernel, stride in layers:
        r += (kernel - 1) * j
        j *= stride
    return r, j
# === wrong pool-forgotten: only convolutions
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for kind, kernel, stride in layers:
        if kind == "conv":
            r += (kernel - 1) * j
            j *= stride
    return r, j
# === wrong pool-kernel-ignored: a pool only changes the jump
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for kind, kernel, stride in layers:
        if kind == "conv":
            r += (kernel - 1) * j
        j *= stride
    return r, j
# === wrong pool-stride-ignored: a pool only widens
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for kind, kernel, stride in layers:
        r += (kernel - 1) * j
        if kind == "conv":
            j *= stride
    return r, j
# === wrong pool-as-2x2: a pool doubles the jump
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for kind, kernel, stride in layers:
        if kind == "pool":
            r, j = r + j, j * 2
        else:
            r, j = r + (kernel - 1) * j, j * stride
    return r, j
# === wrong one-side-only: half the kernel
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += kernel // 2 * j
        j *= stride
    return r, j
# === wrong kernel-taken-as-odd: half the kernel on both sides
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += 2 * (kernel // 2) * j
        j *= stride
    return r, j
# === wrong stride-for-jump: the layer's own stride
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += (kernel - 1) * stride
        j *= stride
    return r, j
# === wrong wrong-direction: the forward formula from the last layer on
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in reversed(layers):
        r += (kernel - 1) * j
        j *= stride
    return r, j
# === wrong results-swapped: jump first
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += (kernel - 1) * j
        j *= stride
    return j, r
# === wrong one-number: no jump
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += (kernel - 1) * j
        j *= stride
    return r
# === wrong empty-list: the first layer apart
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    _, r, j = layers[0]
    for _, kernel, stride in layers[1:]:
        r += (kernel - 1) * j
        j *= stride
    return r, j
# === wrong empty-list: nothing for no layers
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    if not layers:
        return 0, 0
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += (kernel - 1) * j
        j *= stride
    return r, j
# === wrong empty-list: no result at all for no layers
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for i, (_, kernel, stride) in enumerate(layers):
        r += (kernel - 1) * j
        j *= stride
        if i == len(layers) - 1:
            return r, j
# === wrong changes-input: eats up the list
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    while layers:
        _, kernel, stride = layers.pop(0)
        r += (kernel - 1) * j
        j *= stride
    return r, j
# === wrong changes-input: turns the list round in place
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r = j = 1
    layers.reverse()
    for _, kernel, stride in layers:
        r = (r - 1) * stride + kernel
        j *= stride
    return r, j
# === wrong not-repeatable: r and j live outside
r, j = 1, 1


def receptive_field(layers):
    global r, j
    for _, kernel, stride in layers:
        r += (kernel - 1) * j
        j *= stride
    return r, j
# === wrong starts-at-zero: two mistakes: starts at 0, no pools
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 0, 1
    for kind, kernel, stride in layers:
        if kind == "conv":
            r += (kernel - 1) * j
            j *= stride
    return r, j
# === wrong kernel-minus-one-missing: two mistakes: the whole kernel, the jump first
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        j *= stride
        r += kernel * j
    return r, j
# === wrong wrong-value: areas instead of sides
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += (kernel**2 - 1) * j
        j *= stride
    return r, j
# === wrong returns-nothing: prints it
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += (kernel - 1) * j
        j *= stride
    print(r, j)
# === wrong raises: two names for three values
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for kernel, stride in layers:
        r += (kernel - 1) * j
        j *= stride
    return r, j
# === right: a list of two, by index
def receptive_field(layers):
    state = [1, 1]
    for layer in layers:
        state[0] += (layer[1] - 1) * state[1]
        state[1] *= layer[2]
    return state
# === right: works on its own copy, and prints
def receptive_field(layers):
    layers = list(layers)
    r = j = 1
    while layers:
        kind, kernel, stride = layers.pop(0)
        r += (kernel - 1) * j
        j *= stride
        print(kind, r, j)
    return r, j
# === right: reduce
from functools import reduce


def receptive_field(layers):
    return reduce(lambda rj, layer: (rj[0] + (layer[1] - 1) * rj[1], rj[1] * layer[2]), layers, (1, 1))
# === right: follows single pixels through the layers
def receptive_field(layers):
    def pixels(value):
        found = {value}
        for _, kernel, stride in reversed(layers):
            found = {i * stride + k for i in found for k in range(kernel)}
        return min(found), max(found)

    (first, last), (following, _) = pixels(0), pixels(1)
    return last - first + 1, following - first

# === wrong jump-updated-first (blind): the jump is updated before the receptive field, so the layer's own stride already counts in its growth
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r = 1
    j = 1
    for kind, kernel, stride in layers:
        j = j * stride
        r = r + (kernel - 1) * j
    return r, j

# === wrong pool-kernel-ignored (blind): a pool only multiplies the jump and does not widen the receptive field
def receptive_field(layers):
    r, j = 1, 1
    for kind, k, s in layers:
        if kind == "conv":
            r += (k - 1) * j
            j *= s
        elif kind == "pool":
            j *= s
    return r, j

# === wrong conv-stride-ignored (blind): the stride of convolutions is ignored, only pools change the jump
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    """(receptive field, jump) in photo pixels after all layers"""
    r = 1
    j = 1
    for layer in layers:
        kind, kernel, stride = layer
        r = r + (kernel - 1) * j
        # pooling makes the map smaller
        if kind == "pool":
            j = j * stride
    return (r, j)

# === wrong jump-replaced (blind): the jump is overwritten by the stride of the last layer instead of multiplied
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += (kernel - 1) * j
        j = stride
    return r, j

# === wrong jump-not-used (blind): the jump is left out of the growth, each layer adds only kernel - 1
def receptive_field(layers):
    rf = 1
    jump = 1
    for i in range(len(layers)):
        k = layers[i][1]
        s = layers[i][2]
        rf = rf + (k - 1)
        jump = jump * s
    return rf, jump

# === wrong stride-for-jump (blind): the growth is multiplied by the layer's own stride instead of the jump of the map it reads
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for kind, kernel, stride in layers:
        r = r + (kernel - 1) * stride
        j = j * stride
    return r, j

# === right (blind): one forward loop with both numbers assigned at once
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _kind, k, s in layers:
        r, j = r + (k - 1) * j, j * s
    return r, j

# === right (blind): walks backward from one value to the photo, the jump is the product of the strides
def receptive_field(layers):
    # start with 1 value at the end and ask how many values of the map before it are needed
    size = 1
    for kind, kernel, stride in reversed(layers):
        size = (size - 1) * stride + kernel
    jump = math.prod(stride for _, _, stride in layers)
    return size, jump
# === wrong first-layer-only: the return stands inside the loop
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += (kernel - 1) * j
        j *= stride
        return r, j
    return r, j
# === wrong last-layer-only: r and j start anew with each layer
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r, j = 1, 1
        r += (kernel - 1) * j
        j *= stride
    return r, j
# === wrong first-layer-only: the return stands inside the loop, and nothing after it
def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    r, j = 1, 1
    for _, kernel, stride in layers:
        r += (kernel - 1) * j
        j *= stride
        return r, j

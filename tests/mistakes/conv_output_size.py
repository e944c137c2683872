# Answers to conv_output_size; see README.md.
# === wrong padding-once (blind): The padding is counted once instead of on both sides, so maps with padding come out too small.
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    size = n + padding
    span = dilation * (kernel - 1) + 1
    return (size - span) // stride + 1
# === wrong dilation-ignored (blind): The dilation is never used, the formula is the one for undilated kernels.
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    # (W - K + 2P) / S + 1   (cs231n)
    return (n - kernel + 2 * padding) // stride + 1
# === wrong dilation-times-kernel (blind): The dilated kernel is taken to be kernel * dilation pixels wide instead of dilation * (kernel - 1) + 1.
def conv_output_size(n, kernel, stride=1, padding=0, dilation=1):
    k_eff = kernel * dilation
    out = (n + 2 * padding - k_eff) // stride + 1
    return out
# === wrong rounded-up (blind): Rounds up instead of down, so a last position that does not fit completely is counted.
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Height (or width) of a feature map after a convolution over n pixels."""
    effective_kernel = (kernel - 1) * dilation + 1
    padded = n + 2 * padding
    return math.ceil((padded - effective_kernel) / stride) + 1
# === wrong parentheses (blind): Missing parentheses, only the 1 is divided by the stride and not the whole numerator.
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return n + 2 * padding - dilation * (kernel - 1) - 1 // stride + 1
# === wrong dilation-gaps (blind): Misreads dilation as the number of pixels between neighbouring weights, so the kernel is too wide (already with the default 1).
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    # kernel weights + the gaps in between
    gaps = (kernel - 1) * dilation
    width = kernel + gaps
    free = n + 2 * padding - width
    return free // stride + 1
# === wrong last-position-missing (blind): Counts positions in a loop but compares with < instead of <=, so the last position is lost when it fits exactly.
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    total = n + padding * 2
    length = dilation * (kernel - 1) + 1
    count = 0
    start = 0
    while start + length < total:
        count += 1
        start += stride
    return count
# === right (blind): the formula of the PyTorch documentation with math.floor
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Height (or width) of a feature map after a convolution over n pixels."""
    return math.floor((n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1)
# === right (blind): counts the start positions with a while loop
def conv_output_size(n, kernel, stride=1, padding=0, dilation=1):
    first = -padding
    last_pixel = n + padding - 1
    positions = 0
    while first + dilation * (kernel - 1) <= last_pixel:   # where the last weight lies
        positions += 1
        first += stride
    return positions
# === right (blind): one-liner, length of a range of start positions
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return len(range(0, n + 2 * padding - dilation * (kernel - 1), stride))
# === right (blind): lets torch cut windows out of a row of pixel numbers and counts them
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    row = torch.arange(n + 2 * padding)
    window = 1 + (kernel - 1) * dilation
    if window > len(row):
        return 0
    return row.unfold(0, window, stride).shape[0]
# === wrong padding-missing: the padding is an argument that nothing uses
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return (n - dilation * (kernel - 1) - 1) // stride + 1
# === wrong stride-ignored: the stride is not in the formula
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return n + 2 * padding - dilation * (kernel - 1)
# === wrong floor-missing: a single slash
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return (n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
# === wrong wrong-type: rounded down, but by dividing floats
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return (n + 2.0 * padding - dilation * (kernel - 1) - 1) // stride + 1
# === wrong wrong-type: a tensor
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return torch.tensor((n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1)
# === wrong wrong-type: the number as a text
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    size = (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
    return f"{size}"
# === wrong rounded: rounds to the nearest
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return round((n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1)
# === wrong rounded: rounds to the nearest before the first position is added
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return round((n + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1
# === wrong parentheses: the stride divides only the padding
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return n - dilation * (kernel - 1) - 1 + 2 * padding // stride + 1
# === wrong parentheses: one slash and no parentheses
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return n + 2 * padding - dilation * (kernel - 1) - 1 / stride + 1
# === wrong parentheses: the 1 is in the denominator
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // (stride + 1)
# === wrong plus-one-missing: only the steps are counted, not the first position
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride
# === wrong minus-one-missing: the kernel reaches from its first to its last weight, one of them not counted
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return (n + 2 * padding - dilation * (kernel - 1)) // stride + 1
# === wrong returns-nothing: prints instead of returning
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    print((n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1)
# === wrong plus-one-missing: two mistakes: no first position, padding once
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return (n + padding - dilation * (kernel - 1) - 1) // stride
# === wrong padding-once: two mistakes: padding once, no dilation
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return (n + padding - kernel) // stride + 1
# === wrong padding-missing: two mistakes: no padding, no rounding
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return (n - dilation * (kernel - 1) - 1) / stride + 1
# === wrong wrong-value: the size of a transposed convolution
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return (n - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1
# === wrong wrong-value: as if the padding were always the one that keeps the size
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return math.ceil(n / stride)
# === wrong raises: a name that does not exist
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return (n + 2 * pad - kernel) // stride + 1
# === wrong raises: no defaults
def conv_output_size(n, kernel, stride, padding, dilation):
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
# === wrong not-repeatable: counts in a list that outlives the call
def conv_output_size(n, kernel, stride=1, padding=0, dilation=1, starts=[]):
    for start in range(0, n + 2 * padding - dilation * (kernel - 1), stride):
        starts.append(start)
    return len(starts)
# === wrong not-started: only the docstring
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Height (or width) of a feature map after a convolution over n pixels."""
    raise NotImplementedError
# === right: a lambda
conv_output_size = lambda n, k, s=1, p=0, d=1: 1 + (n + 2 * p - d * (k - 1) - 1) // s
# === right: a partial
from functools import partial


def size(rounding, n, kernel, stride=1, padding=0, dilation=1):
    return rounding((n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1)


conv_output_size = partial(size, math.floor)
# === right: a callable object
class Size:
    def __call__(self, n, kernel, stride=1, padding=0, dilation=1):
        return int((n + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1


conv_output_size = Size()
# === right: a numpy integer, and it prints
import numpy as np


def conv_output_size(n, kernel, stride=1, padding=0, dilation=1):
    print("size of", n)
    return np.int64((n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1)
# === right: runs torch's own convolution on zeros
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    out = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, kernel), stride=stride, padding=padding, dilation=dilation)
    return out.shape[-1]

# === wrong plus-one-missing (blind): the + 1 for the first position is forgotten, so the result is one too small
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Height (or width) of a feature map after a convolution over n pixels."""
    k_eff = dilation * (kernel - 1) + 1
    return (n + 2 * padding - k_eff) // stride

# === wrong padding-once (blind): padding is added only once instead of on both sides
def conv_output_size(n, kernel, stride=1, padding=0, dilation=1):
    # size of the dilated kernel
    effective = kernel + (kernel - 1) * (dilation - 1)
    return (n + padding - effective) // stride + 1

# === wrong dilation-ignored (blind): the dilation is ignored, the textbook formula (n + 2p - k) / s + 1 is used
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    out = (n + 2 * padding - kernel) // stride + 1
    return out

# === wrong dilation-times-kernel (blind): the span of the dilated kernel is taken as dilation * kernel instead of dilation * (kernel - 1) + 1
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    kernel = kernel * dilation   # dilated kernel
    n = n + 2 * padding
    return (n - kernel) // stride + 1

# === wrong floor-missing (blind): divides with / and never rounds down, so the result is a float and wrong when the stride does not divide evenly
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Height (or width) of a feature map after a convolution over n pixels."""
    return (n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1

# === wrong plus-one-missing (blind): the + 1 stands inside the bracket and is divided by the stride too, wrong for strides above 1
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    total = n + 2 * padding
    span = (kernel - 1) * dilation + 1
    return (total - span + 1) // stride

# === right (blind): the formula of the PyTorch documentation with math.floor, and zero where the kernel does not fit
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Height (or width) of a feature map after a convolution over n pixels."""
    rest = n + 2 * padding - dilation * (kernel - 1) - 1
    if rest < 0:
        return 0
    return math.floor(rest / stride + 1)

# === right (blind): counts by hand in a while loop how often the kernel fits
def conv_output_size(n, kernel, stride=1, padding=0, dilation=1):
    length = padding + n + padding
    count = 0
    pos = 0
    # last pixel touched by the kernel when it starts at pos
    while pos + dilation * (kernel - 1) < length:
        count += 1
        pos += stride
    return count
# === wrong parentheses: only the span is divided
def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    row = n + 2 * padding
    span = dilation * (kernel - 1) + 1
    return row - span // stride + 1

# Answers to same_padding; see README.md.
# === wrong both-sides-together (blind): what both sides need together
def same_padding(kernel, dilation=1):
    return dilation * (kernel - 1)
# === wrong dilation-ignored (blind): half the kernel
def same_padding(kernel, dilation=1):
    return kernel // 2
# === wrong dilation-ignored (blind): half of the kernel less one
def same_padding(kernel: int, dilation: int = 1) -> int:
    return (kernel - 1) // 2
# === wrong dilation-times-kernel (blind): the dilated kernel is taken as dilation * kernel wide
def same_padding(kernel, dilation=1):
    return (dilation * kernel) // 2
# === wrong dilation-times-kernel (blind): the same, less one
def same_padding(kernel, dilation=1):
    span = dilation * kernel
    return (span - 1) // 2
# === wrong always-one (blind): the padding of a 3x3
def same_padding(kernel, dilation=1):
    return dilation
# === wrong kernel-minus-one-missing (blind): the kernel itself
def same_padding(kernel, dilation=1):
    return kernel
# === wrong wrong-type (blind): / instead of //
def same_padding(kernel, dilation=1):
    return dilation * (kernel - 1) / 2
# === wrong one-too-many (blind): half of the span, rounded up
def same_padding(kernel, dilation=1):
    span = dilation * (kernel - 1) + 1
    return span // 2 + 1
# === wrong dilation-gaps (blind): the dilation as gaps between the weights
def same_padding(kernel, dilation=1):
    span = kernel + (kernel - 1) * dilation
    return (span - 1) // 2
# === wrong dilation-added (blind): dilation less one is added
def same_padding(kernel, dilation=1):
    return (kernel - 1) // 2 + dilation - 1
# === wrong returns-nothing (blind): no return
def same_padding(kernel, dilation=1):
    padding = dilation * (kernel - 1) // 2
# === wrong wrong-value: the square
def same_padding(kernel, dilation=1):
    return (kernel // 2) ** 3 + dilation
# === right (blind): the formula solved for the padding
def same_padding(kernel: int, dilation: int = 1) -> int:
    return dilation * (kernel - 1) // 2
# === right (blind): tries paddings until the size stays
def same_padding(kernel, dilation=1):
    n = 1000
    p = 0
    while n + 2 * p - dilation * (kernel - 1) != n:
        p += 1
    return p
# === right (blind): by the reach to one side
def same_padding(kernel, dilation=1):
    neighbours = kernel // 2
    return neighbours * dilation
# === right (blind): asks torch
def same_padding(kernel, dilation=1):
    n = 200
    for p in range(100):
        out = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, kernel), padding=p, dilation=dilation)
        if out.shape[-1] == n:
            return p

# Answers to conv2d_channels; see README.md.
# === wrong bias-missing (blind): the biases are not used
def conv2d_channels(x, weight, bias):
    O, C, k, _ = weight.shape
    out = torch.zeros(O, x.shape[1] - k + 1, x.shape[2] - k + 1)
    for o in range(O):
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                out[o, i, j] = (x[:, i:i + k, j:j + k] * weight[o]).sum()
    return out
# === wrong bias-per-input (blind): the bias is added once for each input channel
def conv2d_channels(x, weight, bias):
    O, C, k, _ = weight.shape
    out = torch.zeros(O, x.shape[1] - k + 1, x.shape[2] - k + 1)
    for o in range(O):
        for c in range(C):
            for i in range(out.shape[1]):
                for j in range(out.shape[2]):
                    out[o, i, j] += (x[c, i:i + k, j:j + k] * weight[o, c]).sum() + bias[o]
    return out
# === wrong last-input-only (blind): = instead of +=, so only the last input channel is left
def conv2d_channels(x, weight, bias):
    O, C, k, _ = weight.shape
    out = torch.zeros(O, x.shape[1] - k + 1, x.shape[2] - k + 1)
    for o in range(O):
        for c in range(C):
            for i in range(out.shape[1]):
                for j in range(out.shape[2]):
                    out[o, i, j] = (x[c, i:i + k, j:j + k] * weight[o, c]).sum()
        out[o] += bias[o]
    return out
# === wrong first-input-only (blind): only the first channel of the image
def conv2d_channels(x, weight, bias):
    O, C, k, _ = weight.shape
    out = torch.zeros(O, x.shape[1] - k + 1, x.shape[2] - k + 1)
    for o in range(O):
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                out[o, i, j] = (x[0, i:i + k, j:j + k] * weight[o, 0]).sum() + bias[o]
    return out
# === wrong mean-over-inputs (blind): the channels are averaged, not added
def conv2d_channels(x, weight, bias):
    O, C, k, _ = weight.shape
    maps = []
    for o in range(O):
        per_channel = []
        for c in range(C):
            w = x[c].unfold(0, k, 1).unfold(1, k, 1)
            per_channel.append((w * weight[o, c]).sum((-1, -2)))
        maps.append(torch.stack(per_channel).mean(0) + bias[o])
    return torch.stack(maps)
# === wrong one-slice-for-all (blind): each input channel meets the first slice of the kernel
def conv2d_channels(x, weight, bias):
    O, C, k, _ = weight.shape
    out = torch.zeros(O, x.shape[1] - k + 1, x.shape[2] - k + 1)
    for o in range(O):
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                out[o, i, j] = (x[:, i:i + k, j:j + k] * weight[o, 0]).sum() + bias[o]
    return out
# === wrong one-kernel-for-all (blind): each output channel gets the first kernel
def conv2d_channels(x, weight, bias):
    O, C, k, _ = weight.shape
    out = torch.zeros(O, x.shape[1] - k + 1, x.shape[2] - k + 1)
    for o in range(O):
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                out[o, i, j] = (x[:, i:i + k, j:j + k] * weight[0]).sum() + bias[o]
    return out
# === wrong single-bias (blind): the first bias everywhere
def conv2d_channels(x, weight, bias):
    O, C, k, _ = weight.shape
    out = torch.zeros(O, x.shape[1] - k + 1, x.shape[2] - k + 1)
    for o in range(O):
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                out[o, i, j] = (x[:, i:i + k, j:j + k] * weight[o]).sum()
    return out + bias[0]
# === wrong one-map (blind): all kernels are added into one map
def conv2d_channels(x, weight, bias):
    O, C, k, _ = weight.shape
    out = torch.zeros(x.shape[1] - k + 1, x.shape[2] - k + 1)
    for o in range(O):
        for i in range(out.shape[0]):
            for j in range(out.shape[1]):
                out[i, j] += (x[:, i:i + k, j:j + k] * weight[o]).sum() + bias[o]
    return out[None]
# === wrong inputs-not-added (blind): a map for each pair of input and output channel
def conv2d_channels(x, weight, bias):
    O, C, k, _ = weight.shape
    windows = x.unfold(1, k, 1).unfold(2, k, 1)  # [C, h, w, k, k]
    out = (windows[None] * weight[:, :, None, None]).sum((-1, -2))
    return out + bias[:, None, None, None]
# === wrong relu-added (blind): a ReLU after the bias
def conv2d_channels(x, weight, bias):
    O, C, k, _ = weight.shape
    windows = x.unfold(1, k, 1).unfold(2, k, 1)
    out = torch.einsum("chwij,ocij->ohw", windows, weight) + bias[:, None, None]
    return torch.relu(out)
# === wrong not-by-hand (blind): torch's own
def conv2d_channels(x, weight, bias):
    return F.conv2d(x[None], weight, bias)[0]
# === wrong raises (blind): the bias is a row, and meets the columns
def conv2d_channels(x, weight, bias):
    O, C, k, _ = weight.shape
    windows = x.unfold(1, k, 1).unfold(2, k, 1)
    return torch.einsum("chwij,ocij->ohw", windows, weight) + bias
# === wrong wrong-value: subtracted
def conv2d_channels(x, weight, bias):
    k = weight.shape[-1]
    windows = x.unfold(1, k, 1).unfold(2, k, 1)
    return torch.einsum("chwij,ocij->ohw", windows, weight) - bias[:, None, None]
# === right (blind): three loops
def conv2d_channels(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    O, C, k, _ = weight.shape
    out = torch.zeros(O, x.shape[1] - k + 1, x.shape[2] - k + 1)
    for o in range(O):
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                out[o, i, j] = (x[:, i:i + k, j:j + k] * weight[o]).sum() + bias[o]
    return out
# === right (blind): on the shoulders of the function for one channel
def one(image, kernel):
    k = kernel.shape[0]
    out = torch.zeros(image.shape[0] - k + 1, image.shape[1] - k + 1)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (image[i:i + k, j:j + k] * kernel).sum()
    return out

def conv2d_channels(x, weight, bias):
    maps = []
    for kernel, b in zip(weight, bias):
        maps.append(sum(one(x[c], kernel[c]) for c in range(len(x))) + b)
    return torch.stack(maps)
# === right (blind): einsum over all windows
def conv2d_channels(x, weight, bias):
    k = weight.shape[-1]
    windows = x.unfold(1, k, 1).unfold(2, k, 1)
    return torch.einsum("chwij,ocij->ohw", windows, weight) + bias[:, None, None]
# === right (blind): a matrix product of unfolded columns
def conv2d_channels(x, weight, bias):
    O, C, k, _ = weight.shape
    columns = F.unfold(x[None], k)[0]  # [C * k * k, positions]
    out = weight.reshape(O, -1) @ columns + bias[:, None]
    return out.reshape(O, x.shape[1] - k + 1, x.shape[2] - k + 1)

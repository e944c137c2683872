# Answers to repair_convolution; see README.md.
# === wrong as-given (blind): nothing mended yet
def repair_convolution(x, weight, bias):
    channels, height, width = x.shape
    padded = torch.zeros(channels, height + 2, width + 2)
    padded[:, 2:, 2:] = x
    out = torch.zeros(len(weight), height, width)
    for k in range(len(weight)):
        for row in range(height):
            for column in range(width):
                window = padded[:, row : row + 3, column : column + 3]
                out[k, row, column] = (window * weight[k].transpose(1, 2)).sum() + bias[0]
    return out
# === wrong zeros-on-two-sides (blind): all mended but the padding
def repair_convolution(x, weight, bias):
    channels, height, width = x.shape
    padded = torch.zeros(channels, height + 2, width + 2)
    padded[:, 2:, 2:] = x
    out = torch.zeros(len(weight), height, width)
    for k in range(len(weight)):
        for row in range(height):
            for column in range(width):
                window = padded[:, row : row + 3, column : column + 3]
                out[k, row, column] = (window * weight[k]).sum() + bias[k]
    return out
# === wrong zeros-on-two-sides (blind): now the zeros are at the other end
def repair_convolution(x, weight, bias):
    channels, height, width = x.shape
    padded = F.pad(x, (0, 2, 0, 2))
    out = torch.zeros(len(weight), height, width)
    for k in range(len(weight)):
        for row in range(height):
            for column in range(width):
                window = padded[:, row : row + 3, column : column + 3]
                out[k, row, column] = (window * weight[k]).sum() + bias[k]
    return out
# === wrong kernel-transposed (blind): the kernel still lies on its side
def repair_convolution(x, weight, bias):
    channels, height, width = x.shape
    padded = torch.zeros(channels, height + 2, width + 2)
    padded[:, 1:-1, 1:-1] = x
    out = torch.zeros(len(weight), height, width)
    for k in range(len(weight)):
        for row in range(height):
            for column in range(width):
                window = padded[:, row : row + 3, column : column + 3]
                out[k, row, column] = (window * weight[k].transpose(1, 2)).sum() + bias[k]
    return out
# === wrong kernel-flipped (blind): flipped in place of transposed
def repair_convolution(x, weight, bias):
    channels, height, width = x.shape
    padded = torch.zeros(channels, height + 2, width + 2)
    padded[:, 1:-1, 1:-1] = x
    out = torch.zeros(len(weight), height, width)
    for k in range(len(weight)):
        for row in range(height):
            for column in range(width):
                window = padded[:, row : row + 3, column : column + 3]
                out[k, row, column] = (window * weight[k].flip(1, 2)).sum() + bias[k]
    return out
# === wrong single-bias (blind): the first bias for all maps
def repair_convolution(x, weight, bias):
    channels, height, width = x.shape
    padded = torch.zeros(channels, height + 2, width + 2)
    padded[:, 1:-1, 1:-1] = x
    out = torch.zeros(len(weight), height, width)
    for k in range(len(weight)):
        for row in range(height):
            for column in range(width):
                window = padded[:, row : row + 3, column : column + 3]
                out[k, row, column] = (window * weight[k]).sum() + bias[0]
    return out
# === wrong bias-missing (blind): the bias is thrown out altogether
def repair_convolution(x, weight, bias):
    channels, height, width = x.shape
    padded = torch.zeros(channels, height + 2, width + 2)
    padded[:, 1:-1, 1:-1] = x
    out = torch.zeros(len(weight), height, width)
    for k in range(len(weight)):
        for row in range(height):
            for column in range(width):
                window = padded[:, row : row + 3, column : column + 3]
                out[k, row, column] = (window * weight[k]).sum()
    return out
# === wrong padding-missing (blind): without padding, so that the map shrinks
def repair_convolution(x, weight, bias):
    channels, height, width = x.shape
    out = torch.zeros(len(weight), height - 2, width - 2)
    for k in range(len(weight)):
        for row in range(height - 2):
            for column in range(width - 2):
                window = x[:, row : row + 3, column : column + 3]
                out[k, row, column] = (window * weight[k]).sum() + bias[k]
    return out
# === wrong not-by-hand (blind): torch's own in place of the repair
def repair_convolution(x, weight, bias):
    return F.conv2d(x[None], weight, bias, padding=1)[0]
# === wrong wrong-value (blind): a ReLU at the end
def repair_convolution(x, weight, bias):
    padded = F.pad(x, (1, 1, 1, 1))
    windows = padded.unfold(1, 3, 1).unfold(2, 3, 1)
    return torch.relu(torch.einsum("chwij,ocij->ohw", windows, weight)) + bias[:, None, None]
# === right (blind): three lines mended
def repair_convolution(x, weight, bias):
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
# === right (blind): F.pad
def repair_convolution(x, weight, bias):
    channels, height, width = x.shape
    padded = F.pad(x, (1, 1, 1, 1))
    out = torch.zeros(len(weight), height, width)
    for k in range(len(weight)):
        for row in range(height):
            for column in range(width):
                out[k, row, column] = (padded[:, row : row + 3, column : column + 3] * weight[k]).sum()
        out[k] += bias[k]
    return out
# === right (blind): written anew with einsum
def repair_convolution(x, weight, bias):
    windows = F.pad(x, (1, 1, 1, 1)).unfold(1, 3, 1).unfold(2, 3, 1)
    return torch.einsum("chwij,ocij->ohw", windows, weight) + bias[:, None, None]
# === right (blind): nine shifted photos
def repair_convolution(x, weight, bias):
    channels, height, width = x.shape
    padded = torch.zeros(channels, height + 2, width + 2)
    padded[:, 1:height + 1, 1:width + 1] = x
    out = bias[:, None, None].expand(-1, height, width).clone()
    for a in range(3):
        for b in range(3):
            out += torch.einsum("oc,chw->ohw", weight[:, :, a, b], padded[:, a:a + height, b:b + width])
    return out

# Answers to global_average_pool; see README.md.
# === wrong one-axis-only (blind): the mean over one axis
def global_average_pool(x):
    return x.mean(-1)
# === wrong mean-over-channels (blind): the mean over the channels
def global_average_pool(x):
    return x.mean(1)
# === wrong axes-kept (blind): AdaptiveAvgPool2d, not flattened
def global_average_pool(x):
    return nn.AdaptiveAvgPool2d(1)(x)
# === wrong maximum (blind): the largest value
def global_average_pool(x):
    return x.amax((2, 3))
# === wrong sum-for-mean (blind): the sum
def global_average_pool(x):
    return x.sum((2, 3))
# === wrong over-the-batch (blind): the mean over images, too
def global_average_pool(x):
    return x.mean((0, 2, 3))
# === wrong wrong-type (blind): a mean of everything, as a number
def global_average_pool(x):
    return x.mean().item()
# === wrong everything-averaged (blind): a mean of everything
def global_average_pool(x):
    return x.mean()
# === wrong batch-lost (blind): squeeze takes away the batch of one, too
def global_average_pool(x):
    return F.adaptive_avg_pool2d(x, 1).squeeze()
# === wrong width-forgotten (blind): divided by the height alone
def global_average_pool(x):
    return x.sum((2, 3)) / x.shape[2]
# === wrong raises (blind): an axis that is not there
def global_average_pool(x):
    return x.mean((3, 4))
# === wrong wrong-value: the middle
def global_average_pool(x):
    return x[:, :, x.shape[2] // 2, x.shape[3] // 2]
# === right (blind): mean
def global_average_pool(x: Tensor) -> Tensor:
    return x.mean(dim=(2, 3))
# === right (blind): the layer and flatten
def global_average_pool(x):
    return torch.flatten(nn.AdaptiveAvgPool2d((1, 1))(x), 1)
# === right (blind): a pool as large as the map
def global_average_pool(x):
    return F.avg_pool2d(x, (x.shape[2], x.shape[3]))[:, :, 0, 0]
# === right (blind): flattened, sum by count
def global_average_pool(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h * w).sum(-1) / (h * w)

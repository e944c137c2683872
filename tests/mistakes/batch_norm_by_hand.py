# Answers to batch_norm_by_hand; see README.md.
# === wrong batch-in-evaluation (blind): the batch's own statistics in evaluation, too
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    m = x.mean((0, 2, 3))
    v = x.var((0, 2, 3), unbiased=False)
    out = (x - m[:, None, None]) / torch.sqrt(v[:, None, None] + 1e-5) * scale[:, None, None] + shift[:, None, None]
    if training:
        mean = 0.9 * mean + 0.1 * m
        var = 0.9 * var + 0.1 * x.var((0, 2, 3))
    return out, mean, var
# === wrong kept-in-training (blind): the kept statistics in training, too
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    if training:
        mean = 0.9 * mean + 0.1 * x.mean((0, 2, 3))
        var = 0.9 * var + 0.1 * x.var((0, 2, 3))
    c = lambda t: t[None, :, None, None]
    return (x - c(mean)) / torch.sqrt(c(var) + 1e-5) * c(scale) + c(shift), mean, var
# === wrong momentum-swapped (blind): 0.9 of the new and 0.1 of the old
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    c = lambda t: t[None, :, None, None]
    if training:
        m, v = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
        mean = 0.1 * mean + 0.9 * m
        var = 0.1 * var + 0.9 * x.var((0, 2, 3))
    else:
        m, v = mean, var
    return (x - c(m)) / torch.sqrt(c(v) + 1e-5) * c(scale) + c(shift), mean, var
# === wrong unbiased-in-batch (blind): torch's var, which divides by n - 1
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    c = lambda t: t[None, :, None, None]
    if training:
        m, v = x.mean((0, 2, 3)), x.var((0, 2, 3))
        mean = 0.9 * mean + 0.1 * m
        var = 0.9 * var + 0.1 * v
    else:
        m, v = mean, var
    return (x - c(m)) / torch.sqrt(c(v) + 1e-5) * c(scale) + c(shift), mean, var
# === wrong biased-kept (blind): the variance that divides by n is kept
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    c = lambda t: t[None, :, None, None]
    if training:
        m, v = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
        mean = 0.9 * mean + 0.1 * m
        var = 0.9 * var + 0.1 * v
    else:
        m, v = mean, var
    return (x - c(m)) / torch.sqrt(c(v) + 1e-5) * c(scale) + c(shift), mean, var
# === wrong eps-missing (blind): no small number below the root
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    c = lambda t: t[None, :, None, None]
    m, v = mean, var
    if training:
        m, v = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
        mean = 0.9 * mean + 0.1 * m
        var = 0.9 * var + 0.1 * x.var((0, 2, 3))
    return (x - c(m)) / torch.sqrt(c(v)) * c(scale) + c(shift), mean, var
# === wrong eps-outside-root (blind): the small number is added to the standard deviation
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    c = lambda t: t[None, :, None, None]
    m, v = mean, var
    if training:
        m, v = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
        mean = 0.9 * mean + 0.1 * m
        var = 0.9 * var + 0.1 * x.var((0, 2, 3))
    return (x - c(m)) / (torch.sqrt(c(v)) + 1e-5) * c(scale) + c(shift), mean, var
# === wrong root-missing (blind): divided by the variance
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    c = lambda t: t[None, :, None, None]
    m, v = mean, var
    if training:
        m, v = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
        mean = 0.9 * mean + 0.1 * m
        var = 0.9 * var + 0.1 * x.var((0, 2, 3))
    return (x - c(m)) / (c(v) + 1e-5) * c(scale) + c(shift), mean, var
# === wrong kept-not-updated (blind): the kept statistics stay as they are
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    c = lambda t: t[None, :, None, None]
    m, v = (x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)) if training else (mean, var)
    return (x - c(m)) / torch.sqrt(c(v) + 1e-5) * c(scale) + c(shift), mean, var
# === wrong updated-in-evaluation (blind): the kept statistics move in evaluation, too
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    c = lambda t: t[None, :, None, None]
    m, v = (x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)) if training else (mean, var)
    out = (x - c(m)) / torch.sqrt(c(v) + 1e-5) * c(scale) + c(shift)
    return out, 0.9 * mean + 0.1 * x.mean((0, 2, 3)), 0.9 * var + 0.1 * x.var((0, 2, 3))
# === wrong scale-missing (blind): the learnt scale is left out
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    c = lambda t: t[None, :, None, None]
    m, v = mean, var
    if training:
        m, v = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
        mean = 0.9 * mean + 0.1 * m
        var = 0.9 * var + 0.1 * x.var((0, 2, 3))
    return (x - c(m)) / torch.sqrt(c(v) + 1e-5) + c(shift), mean, var
# === wrong shift-missing (blind): the learnt shift is left out
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    c = lambda t: t[None, :, None, None]
    m, v = mean, var
    if training:
        m, v = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
        mean = 0.9 * mean + 0.1 * m
        var = 0.9 * var + 0.1 * x.var((0, 2, 3))
    return (x - c(m)) / torch.sqrt(c(v) + 1e-5) * c(scale), mean, var
# === wrong one-mean-for-all (blind): one mean and variance for all channels
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    c = lambda t: t[None, :, None, None]
    if training:
        m, v = x.mean().expand_as(mean), x.var(correction=0).expand_as(var)
        mean = 0.9 * mean + 0.1 * m
        var = 0.9 * var + 0.1 * x.var().expand_as(var)
    else:
        m, v = mean, var
    return (x - c(m)) / torch.sqrt(c(v) + 1e-5) * c(scale) + c(shift), mean, var
# === wrong not-by-hand (blind): torch's own
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    mean, var = mean.clone(), var.clone()
    out = F.batch_norm(x, mean, var, scale, shift, training, 0.1, 1e-5)
    return out, mean, var
# === wrong changes-input (blind): the kept statistics are changed in place
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    c = lambda t: t[None, :, None, None]
    m, v = mean.clone(), var.clone()
    if training:
        m, v = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
        mean *= 0.9
        mean += 0.1 * m
        var *= 0.9
        var += 0.1 * x.var((0, 2, 3))
    return (x - c(m)) / torch.sqrt(c(v) + 1e-5) * c(scale) + c(shift), mean, var
# === wrong wrong-type (blind): only the maps come back
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    c = lambda t: t[None, :, None, None]
    m, v = (x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)) if training else (mean, var)
    return (x - c(m)) / torch.sqrt(c(v) + 1e-5) * c(scale) + c(shift)
# === wrong raises (blind): the statistics of a channel don't fit the maps
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    m, v = (x.mean((0, 2, 3)), x.var((0, 2, 3))) if training else (mean, var)
    y = x - m
    return y / torch.sqrt(v + 1e-5) * scale + shift, mean, var
# === wrong wrong-value: the shift before the scale
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    c = lambda t: t[None, :, None, None]
    m, v = mean, var
    if training:
        m, v = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
        mean = 0.9 * mean + 0.1 * m
        var = 0.9 * var + 0.1 * x.var((0, 2, 3))
    return ((x - c(m)) / torch.sqrt(c(v) + 1e-5) + c(shift)) * c(scale), mean, var
# === right (blind): step by step
def batch_norm_by_hand(x: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, var: Tensor, training: bool):
    n = x.numel() / x.shape[1]
    if training:
        m = x.mean(dim=(0, 2, 3))
        v = ((x - m.view(1, -1, 1, 1)) ** 2).mean(dim=(0, 2, 3))
        mean = mean + 0.1 * (m - mean)
        var = var + 0.1 * (v * n / (n - 1) - var)
    else:
        m, v = mean, var
    y = (x - m.view(1, -1, 1, 1)) / (v.view(1, -1, 1, 1) + 1e-5).sqrt()
    return y * scale.view(1, -1, 1, 1) + shift.view(1, -1, 1, 1), mean, var
# === right (blind): channel by channel
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    out, means, variances = torch.empty_like(x), mean.clone(), var.clone()
    for c in range(x.shape[1]):
        values = x[:, c]
        m, v = (values.mean(), values.var(unbiased=False)) if training else (mean[c], var[c])
        out[:, c] = scale[c] * (values - m) / torch.sqrt(v + 1e-5) + shift[c]
        if training:
            means[c] = 0.9 * mean[c] + 0.1 * m
            variances[c] = 0.9 * var[c] + 0.1 * values.var()
    return out, means, variances
# === right (blind): the channels last, torch.var_mean
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    y = x.movedim(1, -1)
    if training:
        v, m = torch.var_mean(y.reshape(-1, y.shape[-1]), dim=0, correction=0)
        n = y[..., 0].numel()
        kept = torch.lerp(mean, m, 0.1), torch.lerp(var, v * n / (n - 1), 0.1)
    else:
        v, m = var, mean
        kept = mean, var
    return ((y - m) * torch.rsqrt(v + 1e-5) * scale + shift).movedim(-1, 1), *kept
# === right (blind): one factor and one summand for each channel
def batch_norm_by_hand(x, scale, shift, mean, var, training):
    m, v = mean, var
    if training:
        m, v = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
        mean, var = 0.9 * mean + 0.1 * m, 0.9 * var + 0.1 * x.var((0, 2, 3), correction=1)
    a = scale / (v + 1e-5) ** 0.5
    b = shift - a * m
    return a[:, None, None] * x + b[:, None, None], mean, var

# Answers to max_pool_by_hand; see README.md.
# === wrong stride-is-window (blind): the stride is ignored: windows touch
def max_pool_by_hand(x, window, stride):
    C, H, W = x.shape
    h, w = H // window, W // window
    out = torch.zeros(C, h, w)
    for i in range(h):
        for j in range(w):
            out[:, i, j] = x[:, i * window:(i + 1) * window, j * window:(j + 1) * window].amax((1, 2))
    return out
# === wrong mean-for-maximum (blind): an average pool
def max_pool_by_hand(x, window, stride):
    C, H, W = x.shape
    h, w = (H - window) // stride + 1, (W - window) // stride + 1
    out = torch.zeros(C, h, w)
    for i in range(h):
        for j in range(w):
            out[:, i, j] = x[:, i * stride:i * stride + window, j * stride:j * stride + window].mean((1, 2))
    return out
# === wrong channels-mixed (blind): one maximum over all channels
def max_pool_by_hand(x, window, stride):
    C, H, W = x.shape
    h, w = (H - window) // stride + 1, (W - window) // stride + 1
    out = torch.zeros(C, h, w)
    for i in range(h):
        for j in range(w):
            out[:, i, j] = x[:, i * stride:i * stride + window, j * stride:j * stride + window].max()
    return out
# === wrong starts-at-zero (blind): the maximum starts at 0, so that negative values are lost
def max_pool_by_hand(x, window, stride):
    C, H, W = x.shape
    h, w = (H - window) // stride + 1, (W - window) // stride + 1
    out = torch.zeros(C, h, w)
    for c in range(C):
        for i in range(h):
            for j in range(w):
                best = 0
                for a in range(window):
                    for b in range(window):
                        if x[c, i * stride + a, j * stride + b] > best:
                            best = x[c, i * stride + a, j * stride + b]
                out[c, i, j] = best
    return out
# === wrong stride-ignored (blind): the windows move by one pixel
def max_pool_by_hand(x, window, stride):
    C, H, W = x.shape
    h, w = (H - window) // stride + 1, (W - window) // stride + 1
    out = torch.zeros(C, h, w)
    for i in range(h):
        for j in range(w):
            out[:, i, j] = x[:, i:i + window, j:j + window].amax((1, 2))
    return out
# === wrong first-missing (blind): the first window is not counted in the size
def max_pool_by_hand(x, window, stride):
    C, H, W = x.shape
    h, w = (H - window) // stride, (W - window) // stride
    out = torch.zeros(C, h, w)
    for i in range(h):
        for j in range(w):
            out[:, i, j] = x[:, i * stride:i * stride + window, j * stride:j * stride + window].amax((1, 2))
    return out
# === wrong window-too-large (blind): the window goes one pixel too far
def max_pool_by_hand(x, window, stride):
    C, H, W = x.shape
    h, w = (H - window) // stride + 1, (W - window) // stride + 1
    out = torch.zeros(C, h, w)
    for i in range(h):
        for j in range(w):
            out[:, i, j] = x[:, i * stride:i * stride + window + 1, j * stride:j * stride + window + 1].amax((1, 2))
    return out
# === wrong rest-counted (blind): windows that hang over the edge count
def max_pool_by_hand(x, window, stride):
    C, H, W = x.shape
    rows = []
    for i in range(0, H, stride):
        row = []
        for j in range(0, W, stride):
            row.append(x[:, i:i + window, j:j + window].amax((1, 2)))
        rows.append(torch.stack(row, 1))
    return torch.stack(rows, 1)
# === wrong columns-only (blind): the maximum of each row of the window, and then the first
def max_pool_by_hand(x, window, stride):
    C, H, W = x.shape
    h, w = (H - window) // stride + 1, (W - window) // stride + 1
    out = torch.zeros(C, h, w)
    for i in range(h):
        for j in range(w):
            out[:, i, j] = x[:, i * stride, j * stride:j * stride + window].amax(1)
    return out
# === wrong not-by-hand (blind): torch's own
def max_pool_by_hand(x, window, stride):
    return F.max_pool2d(x, window, stride)
# === wrong square-map (blind): the height for the width
def max_pool_by_hand(x, window, stride):
    C, H, W = x.shape
    n = (H - window) // stride + 1
    out = torch.zeros(C, n, n)
    for i in range(n):
        for j in range(n):
            out[:, i, j] = x[:, i * stride:i * stride + window, j * stride:j * stride + window].amax((1, 2))
    return out
# === wrong raises (blind): max of two axes gives a pair
def max_pool_by_hand(x, window, stride):
    C, H, W = x.shape
    h, w = (H - window) // stride + 1, (W - window) // stride + 1
    out = torch.zeros(C, h, w)
    for i in range(h):
        for j in range(w):
            out[:, i, j] = x[:, i * stride:i * stride + window, j * stride:j * stride + window].max(dim=1)
    return out
# === wrong wrong-value (blind): the smallest
def max_pool_by_hand(x, window, stride):
    return x.unfold(1, window, stride).unfold(2, window, stride).amin((-1, -2))
# === right (blind): two loops
def max_pool_by_hand(x: Tensor, window: int, stride: int) -> Tensor:
    C, H, W = x.shape
    h, w = (H - window) // stride + 1, (W - window) // stride + 1
    out = torch.zeros(C, h, w)
    for i in range(h):
        for j in range(w):
            out[:, i, j] = x[:, i * stride:i * stride + window, j * stride:j * stride + window].amax((1, 2))
    return out
# === right (blind): plain numbers, from minus infinity
def max_pool_by_hand(x, window, stride):
    C, H, W = x.shape
    out = []
    for c in range(C):
        rows = []
        for top in range(0, H - window + 1, stride):
            row = []
            for left in range(0, W - window + 1, stride):
                best = float("-inf")
                for a in range(window):
                    for b in range(window):
                        best = max(best, float(x[c, top + a, left + b]))
                row.append(best)
            rows.append(row)
        out.append(rows)
    return torch.tensor(out)
# === right (blind): unfold
def max_pool_by_hand(x, window, stride):
    return x.unfold(1, window, stride).unfold(2, window, stride).amax((-1, -2))
# === right (blind): rows first, then columns
def max_pool_by_hand(x, window, stride):
    C, H, W = x.shape
    tall = torch.stack([x[:, i:i + window].max(dim=1).values for i in range(0, H - window + 1, stride)], dim=1)
    return torch.stack([tall[:, :, j:j + window].max(dim=2).values for j in range(0, W - window + 1, stride)], dim=2)

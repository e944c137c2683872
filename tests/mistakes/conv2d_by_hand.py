# Answers to conv2d_by_hand; see README.md.
# === wrong last-position-missing (blind): the last row and column of the map are lost
def conv2d_by_hand(image, kernel):
    H, W = image.shape
    k = kernel.shape[0]
    out = torch.zeros(H - k, W - k)
    for i in range(H - k):
        for j in range(W - k):
            out[i, j] = (image[i:i+k, j:j+k] * kernel).sum()
    return out
# === wrong kernel-flipped (blind): the convolution of mathematics, kernel turned round
def conv2d_by_hand(image, kernel):
    k = len(kernel)
    flipped = torch.flip(kernel, [0, 1])
    out = torch.zeros(image.shape[0] - k + 1, image.shape[1] - k + 1)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = torch.sum(image[i:i + k, j:j + k] * flipped)
    return out
# === wrong mean-for-sum (blind): the mean of the products
def conv2d_by_hand(image, kernel):
    k = kernel.size(0)
    out = torch.empty(image.size(0) - k + 1, image.size(1) - k + 1)
    for i in range(out.size(0)):
        for j in range(out.size(1)):
            out[i, j] = (image[i:i + k, j:j + k] * kernel).mean()
    return out
# === wrong matrix-product (blind): @ instead of *
def conv2d_by_hand(image, kernel):
    k = kernel.shape[0]
    rows, cols = image.shape[0] - k + 1, image.shape[1] - k + 1
    out = torch.zeros(rows, cols)
    for r in range(rows):
        for c in range(cols):
            out[r, c] = torch.sum(image[r:r+k, c:c+k] @ kernel)
    return out
# === wrong not-added-up (blind): four loops, and = instead of += in the innermost
def conv2d_by_hand(image, kernel):
    k = kernel.shape[0]
    out = torch.zeros(image.shape[0] - k + 1, image.shape[1] - k + 1)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for a in range(k):
                for b in range(k):
                    out[i, j] = image[i + a, j + b] * kernel[a, b]
    return out
# === wrong padded (blind): zeros around the image, so that the size stays
def conv2d_by_hand(image, kernel):
    k = kernel.shape[0]
    p = k // 2
    padded = F.pad(image, (p, p, p, p))
    out = torch.zeros(padded.shape[0] - k + 1, padded.shape[1] - k + 1)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (padded[i:i + k, j:j + k] * kernel).sum()
    return out
# === wrong square-map (blind): the height of the map is used as its width, too
def conv2d_by_hand(image, kernel):
    k = kernel.shape[0]
    n = image.shape[0] - k + 1
    out = torch.zeros(n, n)
    for i in range(n):
        for j in range(n):
            out[i, j] = (image[i:i + k, j:j + k] * kernel).sum()
    return out
# === wrong transposed (blind): rows and columns of the result are exchanged
def conv2d_by_hand(image, kernel):
    k = kernel.shape[0]
    rows = []
    for x in range(image.shape[1] - k + 1):
        row = []
        for y in range(image.shape[0] - k + 1):
            row.append((image[y:y + k, x:x + k] * kernel).sum())
        rows.append(torch.stack(row))
    return torch.stack(rows)
# === wrong kernel-transposed (blind): rows and columns of the kernel are exchanged
def conv2d_by_hand(image, kernel):
    k = kernel.shape[0]
    out = torch.zeros(image.shape[0] - k + 1, image.shape[1] - k + 1)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            s = 0.0
            for a in range(k):
                for b in range(k):
                    s += image[i + a, j + b] * kernel[b, a]
            out[i, j] = s
    return out
# === wrong map-not-filled (blind): a map of the image's size, whose rest stays zero
def conv2d_by_hand(image, kernel):
    k = kernel.shape[0]
    out = torch.zeros_like(image)
    for i in range(image.shape[0] - k + 1):
        for j in range(image.shape[1] - k + 1):
            out[i, j] = (image[i:i + k, j:j + k] * kernel).sum()
    return out
# === wrong not-by-hand (blind): torch's own
def conv2d_by_hand(image, kernel):
    return F.conv2d(image[None, None], kernel[None, None])[0, 0]
# === wrong not-by-hand: torch's own layer
def conv2d_by_hand(image, kernel):
    layer = nn.Conv2d(1, 1, kernel.shape[0], bias=False)
    layer.weight.data = kernel[None, None]
    return layer(image[None, None]).detach()[0, 0]
# === wrong raises (blind): the window runs over the edge
def conv2d_by_hand(image, kernel):
    k = kernel.shape[0]
    out = torch.zeros_like(image)
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            w = image[i:i + k, j:j + k]
            out[i, j] = torch.sum(w*kernel)
    return out
# === wrong wrong-type: a list of lists
def conv2d_by_hand(image, kernel):
    k = kernel.shape[0]
    return [[float((image[i:i + k, j:j + k] * kernel).sum()) for j in range(image.shape[1] - k + 1)] for i in range(image.shape[0] - k + 1)]
# === wrong wrong-value: squared
def conv2d_by_hand(image, kernel):
    k = kernel.shape[0]
    return torch.stack([torch.stack([(image[i:i + k, j:j + k] * kernel).sum() ** 2 for j in range(image.shape[1] - k + 1)]) for i in range(image.shape[0] - k + 1)])
# === right (blind): two loops
def conv2d_by_hand(image: Tensor, kernel: Tensor) -> Tensor:
    k = kernel.shape[0]
    out = torch.zeros(image.shape[0] - k + 1, image.shape[1] - k + 1)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (image[i:i + k, j:j + k] * kernel).sum()
    return out
# === right (blind): four loops over plain numbers
def conv2d_by_hand(image, kernel):
    k = kernel.shape[0]
    rows = []
    for i in range(image.shape[0] - k + 1):
        row = []
        for j in range(image.shape[1] - k + 1):
            total = 0.0
            for a in range(k):
                for b in range(k):
                    total += image[i + a, j + b].item() * kernel[a, b].item()
            row.append(total)
        rows.append(row)
    return torch.tensor(rows)
# === right (blind): the whole image shifted, one weight at a time
def conv2d_by_hand(image, kernel):
    k = len(kernel)
    h, w = image.shape[0] - k + 1, image.shape[1] - k + 1
    return sum(kernel[a, b] * image[a:a + h, b:b + w] for a in range(k) for b in range(k))
# === right (blind): all windows by unfold
def conv2d_by_hand(image, kernel):
    k = kernel.shape[0]
    windows = image.unfold(0, k, 1).unfold(1, k, 1)
    return (windows * kernel).sum((-1, -2))

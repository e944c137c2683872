# Answers to random_crop_flip, as students write them: see README.md.
# === wrong one-offset-for-all (blind): One crop position is drawn for the whole batch, so all photos are shifted alike instead of each on its own.
def random_crop_flip(images: Tensor) -> Tensor:
    n, c, h, w = images.shape
    padded = F.pad(images, (4, 4, 4, 4))
    # draw the corner of the crop
    top = torch.randint(0, 9, (1,)).item()
    left = torch.randint(0, 9, (1,)).item()
    out = padded[:, :, top:top + h, left:left + w].clone()
    flip = torch.rand(n, device=images.device) < 0.5
    out[flip] = out[flip].flip(3)
    return out
# === wrong offset-off-by-one (blind): torch.randint excludes its upper end and is given 8, so only offsets 0 to 7 occur and one row and one column of positions is never drawn.
def random_crop_flip(images: Tensor) -> Tensor:
    PAD = 4
    N, C, H, W = images.shape
    big = F.pad(images, (PAD, PAD, PAD, PAD), value=0)
    ys = torch.randint(0, 2 * PAD, (N,))
    xs = torch.randint(0, 2 * PAD, (N,))
    coin = torch.rand(N)
    result = torch.empty_like(images)
    for i in range(N):
        y, x = int(ys[i]), int(xs[i])
        patch = big[i, :, y:y + H, x:x + W]
        if coin[i] < 0.5:
            patch = torch.flip(patch, dims=(2,))
        result[i] = patch
    return result
# === wrong one-coin-for-all (blind): One coin is tossed for the whole batch, so either all photos are mirrored or none.
def random_crop_flip(images):
    h, w = images.shape[-2:]
    padded = F.pad(images, [4] * 4)
    crops = []
    for p in padded:
        i = random.randint(0, 8)
        j = random.randint(0, 8)
        crops.append(p[:, i:i+h, j:j+w])
    batch = torch.stack(crops)
    # random horizontal flip
    if random.random() < 0.5:
        batch = batch.flip(-1)
    return batch
# === wrong flips-upside-down (blind): The mirror uses dimension 1 of a [C, H, W] photo, which is the height, so photos are turned upside down instead of left to right.
def random_crop_flip(images: Tensor) -> Tensor:
    size_h, size_w = images.size(2), images.size(3)
    padded_images = F.pad(images, (4, 4, 4, 4), mode="constant", value=0)

    def augment_one(img: Tensor) -> Tensor:
        top = random.randrange(9)
        left = random.randrange(9)
        img = img[:, top:top + size_h, left:left + size_w]
        if random.random() > 0.5:
            img = torch.flip(img, [1])
        return img

    return torch.stack([augment_one(img) for img in padded_images])
# === wrong dtype-changed (blind): The black canvas is made by torch.zeros without a dtype, so uint8 photos come back as float32.
def random_crop_flip(images: Tensor) -> Tensor:
    n, c, h, w = images.shape
    canvas = torch.zeros(n, c, h + 8, w + 8)
    canvas[:, :, 4:4 + h, 4:4 + w] = images
    new = []
    for k in range(n):
        dy, dx = torch.randint(9, (2,)).tolist()
        photo = canvas[k, :, dy:dy + h, dx:dx + w]
        if torch.rand(()) < 0.5:
            photo = photo.flip(-1)
        new.append(photo)
    return torch.stack(new, dim=0)
# === wrong changes-input (blind): The crops are written back into the tensor that was passed in, so the original photos are overwritten.
def random_crop_flip(images: Tensor) -> Tensor:
    N, _, H, W = images.shape
    padded = F.pad(images, (4, 4, 4, 4))   # new tensor, so we can overwrite images
    for n in range(N):
        r = torch.randint(0, 9, size=(1,)).item()
        s = torch.randint(0, 9, size=(1,)).item()
        img = padded[n, :, r:r + H, s:s + W]
        if torch.rand(1).item() < 0.5:
            img = img.flip(2)
        images[n] = img
    return images
# === wrong channels-last (blind): The channels are moved last for the indexing and never moved back, so the result is [N, H, W, C].
def random_crop_flip(images: Tensor) -> Tensor:
    n, c, h, w = images.shape
    dev = images.device
    padded = F.pad(images, (4, 4, 4, 4)).permute(0, 2, 3, 1)  # N, H+8, W+8, C
    rows = torch.randint(0, 9, (n, 1), device=dev) + torch.arange(h, device=dev)
    cols = torch.randint(0, 9, (n, 1), device=dev) + torch.arange(w, device=dev)
    # mirror = read columns backwards
    mirror = torch.rand(n, 1, device=dev) < 0.5
    cols = torch.where(mirror, cols.flip(1), cols)
    idx = torch.arange(n, device=dev)[:, None, None]
    return padded[idx, rows[:, :, None], cols[:, None, :]]
# === right (blind): plain loop over the photos with the random module and a stack
def random_crop_flip(images: Tensor) -> Tensor:
    h, w = images.shape[2], images.shape[3]
    result = []
    for img in images:
        img = F.pad(img, (4, 4, 4, 4))
        top = random.randint(0, 8)    # both ends included -> 9 positions
        left = random.randint(0, 8)
        img = img[:, top:top + h, left:left + w]
        if random.random() < 0.5:
            img = img.flip(-1)
        result.append(img)
    return torch.stack(result)
# === right (blind): fully vectorised with four broadcast index tensors, mirroring by reading the columns backwards
def random_crop_flip(images: Tensor) -> Tensor:
    N, C, H, W = images.shape
    d = images.device
    padded = images.new_zeros(N, C, H + 8, W + 8)
    padded[..., 4:-4, 4:-4] = images
    y = torch.randint(9, (N,), device=d).view(N, 1) + torch.arange(H, device=d).view(1, H)
    x = torch.randint(9, (N,), device=d).view(N, 1) + torch.arange(W, device=d).view(1, W)
    x = torch.where(torch.rand(N, 1, device=d) < 0.5, x, x.flip(1))
    return padded[
        torch.arange(N, device=d).view(N, 1, 1, 1),
        torch.arange(C, device=d).view(1, C, 1, 1),
        y.view(N, 1, H, 1),
        x.view(N, 1, 1, W),
    ]
# === right (blind): all 81 windows as a view by unfold, one picked for each photo, then torch.where for the mirror
def random_crop_flip(images: Tensor) -> Tensor:
    n, _, h, w = images.shape
    windows = F.pad(images, (4, 4, 4, 4)).unfold(2, h, 1).unfold(3, w, 1)  # [N, C, 9, 9, H, W]
    pos = torch.randint(0, 81, (n,), device=images.device)
    crops = windows[torch.arange(n, device=images.device), :, pos // 9, pos % 9]
    heads = torch.rand(n, 1, 1, 1, device=images.device) < 0.5
    return torch.where(heads, crops.flip(3), crops)
# === right (blind): boolean masks, mirror first and then one masked copy for each of the 81 shifts
def random_crop_flip(images: Tensor) -> Tensor:
    n, c, h, w = images.shape
    x = images.clone()
    flip_mask = torch.randint(0, 2, (n,), device=x.device).bool()
    x[flip_mask] = x[flip_mask].flip(-1)

    x = F.pad(x, (4,) * 4, "constant", 0)
    shifts = torch.randint(-4, 5, (n, 2), device=x.device)
    out = torch.zeros_like(images)
    for sy in range(-4, 5):
        for sx in range(-4, 5):
            m = (shifts[:, 0] == sy) & (shifts[:, 1] == sx)
            out[m] = x[m, :, 4 + sy:4 + sy + h, 4 + sx:4 + sx + w]
    return out
# === wrong not-started: nothing filled in
def random_crop_flip(images: Tensor) -> Tensor:
    """uint8 or float photos [N, C, H, W] -> as many of the same size and dtype; `images` itself stays as it was."""
    ...
# === wrong raises: F.pad without its numbers
def random_crop_flip(images: Tensor) -> Tensor:
    padded = F.pad(images)
    return padded
# === wrong returns-nothing: the return is forgotten
def random_crop_flip(images: Tensor) -> Tensor:
    h, w = images.shape[2:]
    out = torch.empty_like(images)
    for i, p in enumerate(F.pad(images, (4, 4, 4, 4))):
        y, x = random.randint(0, 8), random.randint(0, 8)
        out[i] = p[:, y:y + h, x:x + w]
# === wrong wrong-type: a list of photos
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for p in F.pad(images, (4, 4, 4, 4)):
        y, x = random.randint(0, 8), random.randint(0, 8)
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return out
# === wrong not-cropped: padded and mirrored only
def random_crop_flip(images):
    padded = F.pad(images, (4, 4, 4, 4))
    flip = torch.rand(len(images)) < 0.5
    padded[flip] = padded[flip].flip(3)
    return padded
# === wrong crop-without-padding: windows are cut out of the photos themselves, and torch cannot stack them
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for img in images:
        top, left = torch.randint(0, 9, (2,)).tolist()
        img = img[:, top:top + h, left:left + w]
        out.append(img.flip(-1) if torch.rand(1) < 0.5 else img)
    return torch.stack(out)
# === wrong crop-without-padding: windows of 24x24 pixels, no border
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for img in images:
        top, left = torch.randint(0, 9, (2,)).tolist()
        img = img[:, top:top + h - 8, left:left + w - 8]
        out.append(img.flip(-1) if torch.rand(1) < 0.5 else img)
    return torch.stack(out)
# === wrong wrong-shape: the loop returns its last photo only
def random_crop_flip(images):
    h, w = images.shape[2:]
    padded = F.pad(images, (4, 4, 4, 4))
    for i in range(len(images)):
        top, left = torch.randint(0, 9, (2,)).tolist()
        img = padded[i, :, top:top + h, left:left + w]
        if torch.rand(1) < 0.5:
            img = img.flip(-1)
    return img
# === wrong photos-shuffled: a random permutation picks the photos that are mirrored, and they come first
def random_crop_flip(images):
    n, _, h, w = images.shape
    padded = F.pad(images, (4, 4, 4, 4))
    flip = torch.rand(n) < 0.5
    padded = torch.cat([padded[flip].flip(3), padded[~flip]])
    out = torch.empty_like(images)
    for i in range(n):
        y, x = torch.randint(0, 9, (2,)).tolist()
        out[i] = padded[i, :, y:y + h, x:x + w]
    return out
# === wrong values-changed: the photos are brought to 0 .. 1 on the way
def random_crop_flip(images):
    dtype = images.dtype
    h, w = images.shape[2:]
    padded = F.pad(images.float() / 255, (4, 4, 4, 4))
    out = []
    for p in padded:
        y, x = random.randint(0, 8), random.randint(0, 8)
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out).to(dtype)
# === wrong values-changed: the colours are swapped
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for p in F.pad(images, (4, 4, 4, 4)):
        y, x = random.randint(0, 8), random.randint(0, 8)
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(0) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong values-changed: the crop is smaller and enlarged again
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for img in images:
        top, left = torch.randint(0, 9, (2,)).tolist()
        img = img[None, :, top:top + h - 8, left:left + w - 8].float()
        img = F.interpolate(img, size=(h, w))[0].to(images.dtype)
        out.append(img.flip(-1) if torch.rand(1) < 0.5 else img)
    return torch.stack(out)
# === wrong values-changed: the return stands inside the loop
def random_crop_flip(images):
    h, w = images.shape[2:]
    padded = F.pad(images, (4, 4, 4, 4))
    out = torch.zeros_like(images)
    for i in range(len(images)):
        y, x = torch.randint(0, 9, (2,)).tolist()
        c = padded[i, :, y:y + h, x:x + w]
        out[i] = c.flip(-1) if torch.rand(1) < 0.5 else c
        return out
# === wrong wraps-around: torch.roll
def random_crop_flip(images):
    out = []
    for img in images:
        dy, dx = random.randint(-4, 4), random.randint(-4, 4)
        img = torch.roll(img, (dy, dx), dims=(1, 2))
        out.append(img.flip(2) if random.random() < 0.5 else img)
    return torch.stack(out)
# === wrong padding-not-black: the border is the photo's reflection
def random_crop_flip(images):
    h, w = images.shape[2:]
    padded = F.pad(images.float(), (4, 4, 4, 4), mode="reflect").to(images.dtype)
    out = []
    for p in padded:
        y, x = random.randint(0, 8), random.randint(0, 8)
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong padding-not-black: the edge's pixels are repeated
def random_crop_flip(images):
    h, w = images.shape[2:]
    padded = F.pad(images.float(), (4, 4, 4, 4), mode="replicate").to(images.dtype)
    out = []
    for p in padded:
        y, x = random.randint(0, 8), random.randint(0, 8)
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong padding-not-black: grey
def random_crop_flip(images):
    h, w = images.shape[2:]
    padded = F.pad(images, (4, 4, 4, 4), value=1)
    out = []
    for p in padded:
        y, x = random.randint(0, 8), random.randint(0, 8)
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong never-crops: mirrors only
def random_crop_flip(images):
    flip = torch.rand(len(images)) < 0.5
    return torch.where(flip.view(-1, 1, 1, 1), images.flip(3), images)
# === wrong never-crops: the window is always the one in the middle
def random_crop_flip(images):
    h, w = images.shape[2:]
    padded = F.pad(images, (4, 4, 4, 4))
    flip = torch.rand(len(images)) < 0.5
    return torch.where(flip.view(-1, 1, 1, 1), images.flip(3), padded[:, :, 4:4 + h, 4:4 + w])
# === wrong same-every-call: seeds torch itself
def random_crop_flip(images):
    torch.manual_seed(0)
    h, w = images.shape[2:]
    out = []
    for p in F.pad(images, (4, 4, 4, 4)):
        y, x = torch.randint(0, 9, (2,)).tolist()
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if torch.rand(1) < 0.5 else c)
    return torch.stack(out)
# === wrong same-every-call: only the coins come from a generator with a seed of its own
def random_crop_flip(images):
    h, w = images.shape[2:]
    coins = torch.rand(len(images), generator=torch.Generator().manual_seed(42)) < 0.5
    out = []
    for p, coin in zip(F.pad(images, (4, 4, 4, 4)), coins):
        y, x = torch.randint(0, 9, (2,)).tolist()
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if coin else c)
    return torch.stack(out)
# === wrong one-offset-for-all: rows of their own, but one column for all, mirrored before the crop
def random_crop_flip(images):
    h, w = images.shape[2:]
    left = random.randint(0, 8)
    out = []
    for p in F.pad(images, (4, 4, 4, 4)):
        if random.random() < 0.5:
            p = p.flip(2)
        y = random.randint(0, 8)
        out.append(p[:, y:y + h, left:left + w])
    return torch.stack(out)
# === wrong one-offset-for-all: torchvision's transforms, called on the whole batch
import torchvision.transforms as T

def random_crop_flip(images):
    h, w = images.shape[2:]
    return T.RandomHorizontalFlip()(T.RandomCrop((h, w), padding=4)(images))
# === wrong never-flips: crops only
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = torch.empty_like(images)
    for i, p in enumerate(F.pad(images, (4, 4, 4, 4))):
        y, x = random.randint(0, 8), random.randint(0, 8)
        out[i] = p[:, y:y + h, x:x + w]
    return out
# === wrong always-flips: the coin is always below 1
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = torch.empty_like(images)
    for i, p in enumerate(F.pad(images, (4, 4, 4, 4))):
        y, x = random.randint(0, 8), random.randint(0, 8)
        c = p[:, y:y + h, x:x + w]
        out[i] = c.flip(2) if torch.rand(1) < 1 else c
    return out
# === wrong coin-not-fair: the coin has three sides
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = torch.empty_like(images)
    for i, p in enumerate(F.pad(images, (4, 4, 4, 4))):
        y, x = random.randint(0, 8), random.randint(0, 8)
        c = p[:, y:y + h, x:x + w]
        out[i] = c.flip(2) if random.randint(0, 2) == 0 else c
    return out
# === wrong offset-off-by-one: offsets 0 to 7, mirrored first
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for img in images:
        img = img.flip(-1) if random.random() < 0.5 else img
        img = F.pad(img, (4, 4, 4, 4))
        y, x = random.randrange(9), random.randrange(8)
        out.append(img[:, y:y + h, x:x + w])
    return torch.stack(out)
# === wrong offset-off-by-one: offsets 1 to 8
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for p in F.pad(images, (4, 4, 4, 4)):
        y, x = random.randint(1, 8), random.randint(1, 8)
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong border-width: a border of 2 pixels
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for p in F.pad(images, (2, 2, 2, 2)):
        y, x = random.randint(0, 4), random.randint(0, 4)
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong border-width: a border of 8 pixels
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for p in F.pad(images, (8, 8, 8, 8)):
        y, x = random.randint(0, 16), random.randint(0, 16)
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong wrong-offsets: offsets 0 to 4 of 0 to 8
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for p in F.pad(images, (4, 4, 4, 4)):
        y, x = random.randint(0, 4), random.randint(0, 4)
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong wrong-offsets: only the columns are random
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for p in F.pad(images, (4, 4)):
        x = random.randint(0, 8)
        c = p[:, :, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong shared-offset: one number for rows and columns
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for p in F.pad(images, (4, 4, 4, 4)):
        o = random.randint(0, 8)
        c = p[:, o:o + h, o:o + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong offsets-not-even: round() gives the two ends half of their share
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for p in F.pad(images, (4, 4, 4, 4)):
        y, x = round(8 * random.random()), round(8 * random.random())
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong offsets-not-even: normally distributed
def random_crop_flip(images):
    h, w = images.shape[2:]
    n = len(images)
    o = (4 + 2 * torch.randn(n, 2)).round().clamp(0, 8).int()
    out = []
    for p, (y, x) in zip(F.pad(images, (4, 4, 4, 4)), o.tolist()):
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong draws-coupled: the coin is the row's own number
def random_crop_flip(images):
    h, w = images.shape[2:]
    u = torch.rand(len(images), 2)
    out = []
    for p, (a, b) in zip(F.pad(images, (4, 4, 4, 4)), u.tolist()):
        y, x = int(9 * a), int(9 * b)
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if a < 0.5 else c)
    return torch.stack(out)
# === wrong draws-coupled: the column is the row counted from the other end
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for p in F.pad(images, (4, 4, 4, 4)):
        y = random.randint(0, 8)
        x = 8 - y
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong only-one-size: the numbers of CIFAR-10
def random_crop_flip(images):
    out = []
    for p in F.pad(images, (4, 4, 4, 4)):
        y, x = random.randint(0, 8), random.randint(0, 8)
        c = p[:, y:y + 32, x:x + 32]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong only-square: the height stands for both
def random_crop_flip(images):
    size = images.shape[2]
    out = []
    for p in F.pad(images, (4, 4, 4, 4)):
        y, x = random.randint(0, 8), random.randint(0, 8)
        c = p[:, y:y + size, x:x + size]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong only-three-channels: the canvas has three
def random_crop_flip(images):
    n, _, h, w = images.shape
    canvas = torch.zeros(n, 3, h + 8, w + 8, dtype=images.dtype)
    canvas[:, :, 4:-4, 4:-4] = images
    out = []
    for p in canvas:
        y, x = random.randint(0, 8), random.randint(0, 8)
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out)
# === wrong only-batches: a squeeze too many
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for p in F.pad(images, (4, 4, 4, 4)):
        y, x = random.randint(0, 8), random.randint(0, 8)
        c = p[:, y:y + h, x:x + w]
        out.append(c.flip(2) if random.random() < 0.5 else c)
    return torch.stack(out).squeeze(0)
# === wrong padding-not-black: two mistakes at once, a grey border and one offset for all
def random_crop_flip(images):
    h, w = images.shape[2:]
    y, x = random.randint(0, 8), random.randint(0, 8)
    out = F.pad(images, (4, 4, 4, 4), value=1)[:, :, y:y + h, x:x + w].clone()
    coin = torch.rand(len(images)) < 0.5
    out[coin] = out[coin].flip(3)
    return out
# === wrong one-offset-for-all: two mistakes at once, one offset for all and never mirrored
def random_crop_flip(images):
    h, w = images.shape[2:]
    y, x = random.randint(0, 8), random.randint(0, 8)
    return F.pad(images, (4, 4, 4, 4))[:, :, y:y + h, x:x + w]
# === wrong one-coin-for-all: two mistakes at once, one coin for all and offsets 0 to 7
def random_crop_flip(images):
    h, w = images.shape[2:]
    out = []
    for p in F.pad(images, (4, 4, 4, 4)):
        y, x = random.randint(0, 7), random.randint(0, 7)
        out.append(p[:, y:y + h, x:x + w])
    out = torch.stack(out)
    return out.flip(3) if random.random() < 0.5 else out
# === right: torchvision's transforms, photo by photo
import torchvision.transforms as T

def random_crop_flip(images):
    augment = T.Compose([T.RandomCrop(tuple(images.shape[2:]), padding=4), T.RandomHorizontalFlip()])
    return torch.stack([augment(photo) for photo in images])
# === right: numpy from end to end
import numpy as np

def random_crop_flip(images):
    x = images.numpy()
    n, c, h, w = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (4, 4), (4, 4)))
    out = np.empty_like(x)
    tops, lefts = np.random.randint(0, 9, (2, n))
    flips = np.random.rand(n) < 0.5
    for i in range(n):
        crop = padded[i, :, tops[i]:tops[i] + h, lefts[i]:lefts[i] + w]
        out[i] = crop[..., ::-1] if flips[i] else crop
    return torch.from_numpy(out)
# === right: shifts by an affine grid with interpolation, rounded for uint8
def random_crop_flip(images):
    n, _, h, w = images.shape
    s = (1.0 - 2.0 * torch.randint(0, 2, (n,))).float()
    dx = torch.randint(-4, 5, (n,)) * 2 / w
    dy = torch.randint(-4, 5, (n,)) * 2 / h
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 2] = s, dx
    theta[:, 1, 1], theta[:, 1, 2] = 1.0, dy
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    out = F.grid_sample(images.float(), grid, mode="nearest", padding_mode="zeros", align_corners=False)
    return out.round().to(images.dtype)if images.dtype == torch.uint8 else out
# === right: a callable object with a generator of its own that goes on
class Augment:
    def __init__(self) -> None:
        self.g = torch.Generator().manual_seed(7)

    def __call__(self, images: Tensor) -> Tensor:
        n, c, h, w = images.shape
        out = torch.zeros_like(images)
        for i in range(n):
            dy, dx = (torch.randint(0, 9, (2,), generator=self.g) - 4).tolist()
            y0, y1, x0, x1 = max(0, dy), min(h, h + dy), max(0, dx), min(w, w + dx)
            out[i, :, y0:y1, x0:x1] = images[i, :, y0 - dy:y1 - dy, x0 - dx:x1 - dx]
            if torch.rand((), generator=self.g) > 0.5:
                out[i] = out[i].flip(-1)
        return out

random_crop_flip = Augment()
# === right: torch.vmap over the photos, with random numbers drawn outside
def _one(photo, top, left, coin):
    h, w = photo.shape[1:]
    rows, cols = top + torch.arange(h), left + torch.arange(w)
    padded = F.pad(photo, (4, 4, 4, 4))
    cut = padded.index_select(1, rows).index_select(2, cols)
    return torch.where(coin, cut.flip(-1), cut)

def random_crop_flip(images):
    n = len(images)
    return torch.vmap(_one)(images, torch.randint(9, (n,)), torch.randint(9, (n,)), torch.randint(2, (n,)) == 1)

# === wrong one-offset-for-all (blind): one crop position is drawn for the whole batch instead of one for each photo
def random_crop_flip(images: Tensor) -> Tensor:
    n, c, h, w = images.shape
    padded = F.pad(images, (4, 4, 4, 4))
    top = torch.randint(0, 9, (1,)).item()
    left = torch.randint(0, 9, (1,)).item()
    out = padded[:, :, top:top + h, left:left + w].clone()
    # flip half of them
    mask = torch.rand(n) < 0.5
    out[mask] = out[mask].flip(-1)
    return out

# === wrong offset-off-by-one (blind): torch.randint(0, 8) leaves out position 8, only 8 x 8 positions are possible
def random_crop_flip(images: Tensor) -> Tensor:
    N, C, H, W = images.shape
    padded = F.pad(images, (4, 4, 4, 4), value=0)
    result = torch.empty_like(images)
    for i in range(N):
        y = int(torch.randint(0, 8, (1,)))
        x = int(torch.randint(0, 8, (1,)))
        crop = padded[i, :, y:y+H, x:x+W]
        if torch.rand(1) < 0.5:
            crop = torch.flip(crop, dims=[2])
        result[i] = crop
    return result

# === wrong flips-upside-down (blind): the flip goes along dimension 1 of a single photo [C, H, W], which turns it upside down instead of mirroring left to right
def random_crop_flip(images: Tensor) -> Tensor:
    _, _, h, w = images.shape
    padded = F.pad(images, (4, 4, 4, 4))
    new_images = []
    for img in padded:
        i = random.randint(0, 8)
        j = random.randint(0, 8)
        new = img[:, i:i + h, j:j + w]
        if random.random() < 0.5:
            new = new.flip(1)   # horizontal flip
        new_images.append(new)
    return torch.stack(new_images)

# === wrong changes-input (blind): the results are written back into `images`, so the input is changed
def random_crop_flip(images: Tensor) -> Tensor:
    n, c, h, w = images.shape
    padded = F.pad(images, (4, 4, 4, 4), mode="constant", value=0)
    for i in range(n):
        dy = torch.randint(9, (1,)).item()
        dx = torch.randint(9, (1,)).item()
        images[i] = padded[i, :, dy:dy + h, dx:dx + w]
        if torch.rand(1).item() < 0.5:
            images[i] = images[i].flip(-1)
    return images

# === wrong dtype-changed (blind): torch.zeros without a dtype, uint8 photos come back as float32
def random_crop_flip(images: Tensor) -> Tensor:
    batch, channels, height, width = images.shape
    big = torch.zeros(batch, channels, height + 8, width + 8)
    big[:, :, 4:4 + height, 4:4 + width] = images
    out = torch.zeros(batch, channels, height, width)
    for k in range(batch):
        r = random.randrange(9)
        s = random.randrange(9)
        photo = big[k, :, r:r + height, s:s + width]
        if random.random() > 0.5:
            photo = torch.flip(photo, [-1])
        out[k] = photo
    return out

# === wrong one-coin-for-all (blind): one coin is thrown for the whole batch, all photos are mirrored or none
def random_crop_flip(images: Tensor) -> Tensor:
    N, C, H, W = images.shape
    padded = F.pad(images, (4, 4, 4, 4))
    tops = torch.randint(0, 9, (N,)).tolist()
    lefts = torch.randint(0, 9, (N,)).tolist()
    cropped = torch.stack([
        padded[n, :, tops[n]:tops[n] + H, lefts[n]:lefts[n] + W] for n in range(N)
    ])
    if random.random() < 0.5:
        cropped = cropped.flip(3)
    return cropped

# === right (blind): no loop, advanced indexing with row and column numbers, mirrored by reversing the column numbers
def random_crop_flip(images: Tensor) -> Tensor:
    N, C, H, W = images.shape
    dev = images.device
    padded = F.pad(images, (4, 4, 4, 4))
    rows = torch.randint(0, 9, (N, 1), device=dev) + torch.arange(H, device=dev)   # [N, H]
    cols = torch.randint(0, 9, (N, 1), device=dev) + torch.arange(W, device=dev)   # [N, W]
    mirror = torch.rand(N, 1, device=dev) < 0.5
    cols = torch.where(mirror, cols.flip(1), cols)
    n = torch.arange(N, device=dev)[:, None, None]
    out = padded[n, :, rows[:, :, None], cols[:, None, :]]      # [N, H, W, C]
    return out.permute(0, 3, 1, 2).contiguous()

# === right (blind): helper for one photo, shifts it into a black canvas of the old size with hand-made slices, python's random, one number for both coordinates
def _shifted(photo, dy, dx):
    # dy, dx from -4 to 4: where the window lies relative to the photo
    _, h, w = photo.shape
    canvas = torch.zeros_like(photo)
    y0, y1 = max(0, dy), min(h, h + dy)
    x0, x1 = max(0, dx), min(w, w + dx)
    if y1 > y0 and x1 > x0:
        canvas[:, y0 - dy:y1 - dy, x0 - dx:x1 - dx] = photo[:, y0:y1, x0:x1]
    return canvas

def random_crop_flip(images: Tensor) -> Tensor:
    out = torch.zeros_like(images)
    for i, photo in enumerate(images):
        dy, dx = divmod(random.randrange(81), 9)
        new = _shifted(photo, dy - 4, dx - 4)
        out[i] = new if random.getrandbits(1) else new.flip(2)
    return out

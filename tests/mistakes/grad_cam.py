# Answers to grad_cam, as students write them: see README.md.
# === wrong gradient-of-softmax (blind): The gradient is taken of the softmax probability of the class instead of its logit.
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    saved = {}

    def hook(module, inputs, output):
        saved["A"] = output
        return output.clone()

    handle = layer.register_forward_hook(hook)
    logits = model(image.unsqueeze(0))
    handle.remove()
    prob = F.softmax(logits, dim=1)[0, target]
    grad = torch.autograd.grad(prob, saved["A"])[0]
    weights = grad.mean(dim=(2, 3), keepdim=True)
    cam = F.relu((weights * saved["A"]).sum(dim=1))
    return cam[0].detach()
# === wrong relu-missing (blind): The final ReLU is forgotten, so the heat map has negative values.
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    acts = []
    h = layer.register_forward_hook(lambda m, i, o: (acts.append(o), o.clone())[1])
    try:
        score = model(image[None])[0, target]
    finally:
        h.remove()
    A = acts[0]
    dA, = torch.autograd.grad(score, A)
    alpha = dA[0].mean(dim=(1, 2))
    heat = torch.einsum("k,khw->hw", alpha, A[0])
    return heat.detach()
# === wrong averaged-over-maps (blind): The gradient is averaged over the maps (dimension 1) instead of the positions, so there is one weight a position and not one a map.
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    store = {}

    def save(module, inp, out):
        store["out"] = out
        return out.clone()

    handle = layer.register_forward_hook(save)
    out = model(image.unsqueeze(0))
    handle.remove()

    A = store["out"]
    g = torch.autograd.grad(out[0, target], A)[0]
    w = g.mean(dim=1, keepdim=True)
    heatmap = torch.relu((w * A).sum(dim=1)).squeeze(0)
    return heatmap.detach()
# === wrong ignores-target (blind): It explains the class with the highest logit, as in many blog posts, and ignores `target`.
def grad_cam(model, layer, image, target):
    features = None

    def forward_hook(module, args, output):
        nonlocal features
        features = output
        return output.clone()

    handle = layer.register_forward_hook(forward_hook)
    pred = model(image.unsqueeze(0))
    handle.remove()
    # take the class the model is most sure about
    class_idx = pred.argmax(dim=1).item()
    gradients = torch.autograd.grad(pred[0, class_idx], features)[0]
    pooled = gradients.mean(dim=[0, 2, 3])
    heat = torch.zeros_like(features[0, 0])
    for k in range(pooled.shape[0]):
        heat = heat + pooled[k] * features[0, k]
    return F.relu(heat).detach()
# === wrong gradient-not-averaged (blind): The gradient is not averaged over the positions but multiplied with the maps value by value.
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    box = []

    def grab(mod, x, y):
        box.append(y)
        return y.clone()

    handle = layer.register_forward_hook(grab)
    logit = model(image[None, ...])[0, target]
    handle.remove()
    maps = box[0]
    weights = torch.autograd.grad(logit, maps)[0]
    cam = (weights * maps).sum(dim=1)
    cam = cam.clamp(min=0)
    return cam[0].detach()
# === wrong hook-not-removed (blind): The forward hook is never removed and stays on the layer after the call.
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    activation = {}

    def get_activation(module, input, output):
        activation["value"] = output
        return output.clone()

    layer.register_forward_hook(get_activation)
    output = model(image.unsqueeze(0))
    A = activation["value"]
    grad = torch.autograd.grad(output[0, target], A)[0]
    weights = grad.mean(dim=(2, 3), keepdim=True)
    return torch.relu((weights * A).sum(1)).squeeze(0).detach()
# === wrong grad-input (blind): The backward hook keeps grad_input, the gradient for the layer's input, instead of grad_output, the gradient for its output.
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    activations, gradients = [], []

    def forward_hook(module, inp, out):
        activations.append(out.detach().clone())

    def backward_hook(module, grad_input, grad_output):
        gradients.append(grad_input[0].detach())

    h1 = layer.register_forward_hook(forward_hook)
    h2 = layer.register_full_backward_hook(backward_hook)
    model.zero_grad()
    logits = model(image.unsqueeze(0))
    logits[0, target].backward()
    h1.remove()
    h2.remove()

    A = activations[0][0]
    G = gradients[0][0]
    w = G.mean(dim=(1, 2))
    return F.relu((w[:, None, None] * A).sum(dim=0))
# === right (blind): forward hook, torch.autograd.grad and einsum in a try/finally
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    kept: list[Tensor] = []

    def keep(_module, _inputs, output):
        kept.append(output)
        return output.clone()  # in case an in-place ReLU comes next

    handle = layer.register_forward_hook(keep)
    try:
        logits = model(image.unsqueeze(0))
    finally:
        handle.remove()
    (a,) = kept
    (g,) = torch.autograd.grad(logits[0, target], a)
    alpha = torch.einsum("nkhw->nk", g) / (g.shape[2] * g.shape[3])
    return torch.einsum("nk,nkhw->nhw", alpha, a).relu()[0].detach()
# === right (blind): helper class that is a context manager, retain_grad and an ordinary backward
class Recorder:
    def __init__(self, layer):
        self.layer = layer
        self.maps = None

    def __enter__(self):
        self.handle = self.layer.register_forward_hook(self.record)
        return self

    def record(self, module, inputs, output):
        output.retain_grad()
        self.maps = output
        return output.clone()

    def __exit__(self, *exc):
        self.handle.remove()


def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    with Recorder(layer) as rec:
        score = model(image.view(1, *image.shape))
        score[0][target].backward()
    A = rec.maps.detach()[0]
    weights = F.adaptive_avg_pool2d(rec.maps.grad, 1)[0]     # [K, 1, 1]
    return F.relu(torch.sum(weights * A, dim=0))
# === right (blind): adds a zero tensor to the layer's output and takes the gradient with respect to it
def grad_cam(model, layer, image, target):
    found = {}

    def add_nothing(module, inputs, out):
        found["zero"] = torch.zeros_like(out, requires_grad=True)
        found["A"] = out
        return out + found["zero"]

    hook = layer.register_forward_hook(add_nothing)
    y = model(image[None])
    hook.remove()
    grad = torch.autograd.grad(y[0, target], found["zero"])[0].squeeze(0)
    A = found["A"].detach().squeeze(0)
    K, h, w = A.shape
    heat = grad.flatten(1).mean(1) @ A.reshape(K, h * w)
    return heat.clamp(min=0).view(h, w)
# === right (blind): cuts the graph at the layer with a leaf tensor, evaluation mode with the old mode restored, loops and hand-made arithmetic
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    leaf = None

    def cut(module, inputs, output):
        nonlocal leaf
        leaf = output.detach().clone().requires_grad_(True)
        return leaf * 1.0

    was_training = model.training
    model.eval()
    handle = layer.register_forward_hook(cut)
    logit = model(torch.stack([image]))[0, target]
    handle.remove()
    model.train(was_training)

    gradient = torch.autograd.grad(logit, leaf)[0][0]
    maps = leaf.detach()[0]
    k_maps, height, width = maps.shape
    heat = torch.zeros(height, width, dtype=maps.dtype, device=maps.device)
    for k in range(k_maps):
        weight_k = gradient[k].sum() / (height * width)
        heat += weight_k * maps[k]
    heat[heat < 0] = 0
    return heat
# === wrong not-started: a return without anything
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    return
# === wrong returns-nothing: shows the map only
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return None
# === wrong wrong-type: a numpy array
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat.numpy()
# === wrong batch-missing: the photo has no batch dimension
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o))
    logits = model(image)
    handle.remove()
    g = torch.autograd.grad(logits[0, target], box[0])[0]
    return (g.mean((2, 3), keepdim=True) * box[0]).sum(1).relu()[0].detach()
# === wrong wrong-shape: the batch dimension stays
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat[None]
# === wrong wrong-shape: transposed
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat.T
# === wrong upsampled: as large as the photo
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return F.interpolate(heat[None, None], size=(32, 32), mode="bilinear")[0, 0]
# === wrong maps-not-summed: one heat map for each map
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).relu()
    return heat
# === wrong relu-missing: scaled to 0 .. 1 instead
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0)
    return (heat - heat.min()) / (heat.max() - heat.min())
# === wrong absolute-value: abs instead of ReLU
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).abs()
    return heat
# === wrong wrong-sign: a minus too many
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = -logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat
# === wrong gradient-of-softmax: the log-probability
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits.log_softmax(1)[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat
# === wrong gradient-of-loss: the cross entropy
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = F.cross_entropy(logits, torch.tensor([target]))
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat
# === wrong gradient-of-all-logits: the sum of the logits
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits.sum()
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat
# === wrong ignores-target: the largest logit
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits.max()
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat
# === wrong maximum-not-average: global max pooling of the gradient
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = F.adaptive_max_pool2d(g, 1)
    heat = (w * a).sum(0).relu()
    return heat
# === wrong maps-not-weighted: the mean of the maps
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = a.mean(0).relu()
    return heat
# === wrong gradient-only: the gradient is added up
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = g.sum(0).relu()
    return heat
# === wrong gradient-only: a saliency map
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = g.abs().sum(0)
    return heat
# === wrong relu-misplaced: the ReLU stands before the sum
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).relu().sum(0)
    return heat
# === wrong relu-misplaced: the ReLU of the weights
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True).relu()
    heat = (w * a).sum(0).relu()
    return heat
# === wrong relu-misplaced: the ReLU of the gradients
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.relu().mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat
# === wrong layer-input: the input of the layer
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(i[0]))
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat
# === wrong layer-input: the maps of the input, weighted right
def grad_cam(model, layer, image, target):
    box = {}
    def hook(m, i, o):
        box["a"], box["o"] = i[0], o
        return o.clone()
    handle = layer.register_forward_hook(hook)
    logits = model(image[None])
    handle.remove()
    g = torch.autograd.grad(logits[0, target], box["o"])[0]
    return (g.mean((2, 3), keepdim=True) * box["a"]).sum(1).relu()[0].detach()
# === wrong divides-by-zero: scaled by its maximum, which may be 0
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat / heat.max()
# === wrong divides-by-zero: scaled to 0 .. 1
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return (heat - heat.min()) / (heat.max() - heat.min())
# === wrong not-finite: the logarithm of the heat
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat.log()
# === wrong wrong-heat-map: the square root of the heat
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat.sqrt()
# === wrong wrong-heat-map: upside down
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat.flip(0)
# === wrong wrong-heat-map: the square of the weights
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True) ** 2
    heat = (w * a).sum(0).relu()
    return heat
# === wrong wrong-heat-map: remembers the first call
kept = []

def grad_cam(model, layer, image, target):
    handle = layer.register_forward_hook(lambda m, i, o: kept.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    a = kept[0]
    (g,) = torch.autograd.grad(logits[0, target], kept[-1])
    return (g.mean((2, 3), keepdim=True) * a).sum(1).relu()[0].detach()
# === wrong hook-not-removed: the backward hook stays
def grad_cam(model, layer, image, target):
    box = {}
    def backward(m, gi, go):
        box["g"] = go[0][0]
    handle = layer.register_forward_hook(lambda m, i, o: box.update(a=o[0].detach()))
    layer.register_full_backward_hook(backward)
    model(image[None])[0, target].backward()
    handle.remove()
    return (box["g"].mean((1, 2), keepdim=True) * box["a"]).sum(0).relu()
# === wrong hook-not-removed: forward is replaced for good
def grad_cam(model, layer, image, target):
    box, old = [], type(layer).forward
    def forward(x):
        box.append(old(layer, x))
        return box[-1].clone()
    layer.forward = forward
    logits = model(image[None])
    (g,) = torch.autograd.grad(logits[0, target], box[-1])
    return (g.mean((2, 3), keepdim=True) * box[-1]).sum(1).relu()[0].detach()
# === wrong wrong-shape: two mistakes at once, a batch dimension and no ReLU
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0, keepdim=True)
    return heat
# === wrong wrong-heat-map: two mistakes at once, the probability of the predicted class
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits.softmax(1).max()
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat
# === wrong relu-missing: two mistakes at once, no ReLU and a hook that stays
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0)
    return heat
# === right: backward hook and forward hook, evaluation mode, as in many blogs
def grad_cam(model, layer, image, target):
    model.eval()
    acts, grads = [], []
    h1 = layer.register_forward_hook(lambda m, i, o: acts.append(o.detach()))
    h2 = layer.register_full_backward_hook(lambda m, gi, go: grads.append(go[0].detach()))
    try:
        logits = model(image.unsqueeze(0))
        model.zero_grad()
        logits[0, target].backward()
    finally:
        h1.remove()
        h2.remove()
    weights = grads[0].mean(dim=[2, 3], keepdim=True)
    return F.relu((weights * acts[0]).sum(dim=1)).squeeze()
# === right: a hook without clone
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o))
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat
# === right: scaled to 0 .. 1 with a small number against 0
def grad_cam(model, layer, image, target):
    box = []
    handle = layer.register_forward_hook(lambda m, i, o: box.append(o) or o.clone())
    logits = model(image[None])
    handle.remove()
    score = logits[0, target]
    g = torch.autograd.grad(score, box[0])[0][0]
    a = box[0][0].detach()
    w = g.mean(dim=(1, 2), keepdim=True)
    heat = (w * a).sum(0).relu()
    return heat / (heat.max() + 1e-8)
# === right: one-hot gradient, a tensor hook, means by reshaping, the graph still attached
def grad_cam(model, layer, image, target):
    store = {}
    def grab(module, inputs, out):
        store["a"] = out
        out.register_hook(lambda g: store.__setitem__("g", g))
    h = layer.register_forward_hook(grab)
    y = model(image[None])
    one = torch.zeros_like(y)
    one[:, target] = 1
    y.backward(gradient=one, retain_graph=True)
    h.remove()
    k, height, width = store["a"].shape[1:]
    alpha = store["g"].reshape(k, -1).sum(1)
    return torch.clamp(torch.tensordot(alpha, store["a"][0], dims=1), min=0)
# === right: forward replaced and put back, a context of enable_grad, the sum where others take the mean
def grad_cam(model, layer, image, target):
    a = None
    original = layer.forward
    def forward(*args):
        nonlocal a
        a = original(*args)
        return a * 1
    layer.forward = forward
    try:
        with torch.enable_grad():
            score = model(image.unsqueeze(0)).squeeze(0)[target]
    finally:
        del layer.forward
    g = torch.autograd.grad(score, a)[0]
    return torch.relu((g.sum((2, 3), keepdim=True) * a).sum(1)).detach().reshape(a.shape[2:])
# === wrong gradient-of-softmax (blind): the gradient of the softmax probability is taken instead of that of the logit
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    saved = {}

    def hook(module, inputs, output):
        saved["A"] = output

    handle = layer.register_forward_hook(hook)
    logits = model(image.unsqueeze(0))
    handle.remove()
    probs = torch.softmax(logits, dim=1)
    grad = torch.autograd.grad(probs[0, target], saved["A"])[0]
    weights = grad.mean(dim=(2, 3), keepdim=True)
    cam = F.relu((weights * saved["A"]).sum(dim=1))
    return cam[0].detach()
# === wrong relu-missing (blind): the ReLU at the end was forgotten, the heat map has negative values
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    activations = []
    gradients = []
    h1 = layer.register_forward_hook(lambda m, i, o: activations.append(o))
    h2 = layer.register_full_backward_hook(lambda m, gi, go: gradients.append(go[0]))
    model.zero_grad()
    out = model(image.unsqueeze(0))
    out[0, target].backward()
    h1.remove()
    h2.remove()
    A = activations[0][0].detach()      # [K, h, w]
    g = gradients[0][0]                 # [K, h, w]
    w = g.mean(dim=(1, 2))
    heat = (w[:, None, None] * A).sum(0)
    return heat
# === wrong hook-not-removed (blind): the hooks are never removed from the layer
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    acts, grads = {}, {}

    def forward_hook(module, inp, out):
        acts["value"] = out.detach()

    def backward_hook(module, grad_in, grad_out):
        grads["value"] = grad_out[0].detach()

    layer.register_forward_hook(forward_hook)
    layer.register_full_backward_hook(backward_hook)

    output = model(image.unsqueeze(0))
    model.zero_grad()
    output[0, target].backward()

    alpha = grads["value"].mean(dim=[2, 3], keepdim=True)
    cam = torch.relu((alpha * acts["value"]).sum(dim=1)).squeeze(0)
    return cam
# === wrong averaged-over-maps (blind): the gradient is averaged over the maps instead of over the positions, one weight for each position
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    store = []
    handle = layer.register_forward_hook(lambda mod, inp, out: store.append(out))
    logits = model(image[None])
    handle.remove()
    A = store[0]
    G, = torch.autograd.grad(logits[0, target], A)
    weights = G.mean(dim=1, keepdim=True)
    heat = torch.relu((weights * A).sum(dim=1))
    return heat.squeeze(0).detach()
# === wrong batch-missing (blind): the photo is given to the model without a batch dimension, which raises a shape error
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    feature = None

    def save(module, inputs, output):
        nonlocal feature
        feature = output
        feature.retain_grad()

    handle = layer.register_forward_hook(save)
    logits = model(image)
    logits[0, target].backward()
    handle.remove()
    grad = feature.grad[0]
    a = feature[0].detach()
    w = grad.mean(dim=(1, 2))
    return F.relu((w.view(-1, 1, 1) * a).sum(dim=0))
# === wrong wrong-shape (blind): the batch dimension is left in, the heat map is [1, h, w] instead of [h, w]
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    maps = {}

    def get_maps(module, args, output):
        maps["A"] = output
        output.retain_grad()

    hook = layer.register_forward_hook(get_maps)
    model.zero_grad()
    scores = model(image.unsqueeze(0))
    scores[0, target].backward()
    hook.remove()

    A = maps["A"]
    weights = A.grad.mean(dim=(2, 3), keepdim=True)
    heatmap = F.relu((weights * A).sum(dim=1))
    return heatmap.detach()
# === right (blind): forward hook that hands a copy on, torch.autograd.grad, einsum, try/finally
def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    kept = []

    def keep(_module, _inputs, out):
        if not out.requires_grad:
            out = out.detach().requires_grad_()
        kept.append(out)
        return out.clone()   # so that an inplace ReLU behind it can't change A

    handle = layer.register_forward_hook(keep)
    try:
        with torch.enable_grad():
            logit = model(image[None])[0, target]
            (dA,) = torch.autograd.grad(logit, kept)
    finally:
        handle.remove()
    A = kept[0].detach()[0]
    alpha = dA[0].flatten(1).mean(1)
    return torch.einsum("k,khw->hw", alpha, A).clamp(min=0)
# === right (blind): small class for the two recordings, tensor hook for the gradient, backward of the sum of a one-hot product, loop over the maps
class Recorder:
    def __init__(self):
        self.A = None
        self.dA = None

    def __call__(self, module, inputs, output):
        self.A = output.detach().clone()
        output.register_hook(self.save_gradient)

    def save_gradient(self, grad):
        self.dA = grad.detach().clone()

def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    rec = Recorder()
    handle = layer.register_forward_hook(rec)
    x = image.detach().clone().unsqueeze(0).requires_grad_(True)
    logits = model(x)
    one_hot = torch.zeros_like(logits)
    one_hot[0, target] = 1.0
    model.zero_grad()
    logits.backward(gradient=one_hot)
    handle.remove()

    K, h, w = rec.A.shape[1:]
    heat = torch.zeros(h, w, dtype=rec.A.dtype, device=rec.A.device)
    for k in range(K):
        weight = rec.dA[0, k].sum() / (h * w)
        heat += weight * rec.A[0, k]
    return torch.maximum(heat, torch.zeros_like(heat))

# === wrong kept-a-copy: the clone is kept, as maps_of does
def grad_cam(model, layer, image, target):
    kept = {}
    hook = layer.register_forward_hook(lambda module, inputs, output: kept.update(maps=output.clone()))
    logits = model(image[None])
    hook.remove()
    gradient = torch.autograd.grad(logits[0, target], kept["maps"])[0]
    return F.relu((gradient.mean((2, 3), keepdim=True) * kept["maps"]).sum(1))[0].detach()

# === wrong model-without-gradients: under no_grad, as maps_of does
def grad_cam(model, layer, image, target):
    kept = {}
    hook = layer.register_forward_hook(lambda module, inputs, output: kept.update(maps=output))
    with torch.no_grad():
        logits = model(image[None])
    hook.remove()
    gradient = torch.autograd.grad(logits[0, target], kept["maps"])[0]
    return F.relu((gradient.mean((2, 3), keepdim=True) * kept["maps"]).sum(1))[0].detach()

# === wrong maps-exchanged: the maps are averaged, and the gradient is weighted
def grad_cam(model, layer, image, target):
    kept = {}
    hook = layer.register_forward_hook(lambda module, inputs, output: kept.update(maps=output))
    logits = model(image[None])
    hook.remove()
    gradient = torch.autograd.grad(logits[0, target], kept["maps"])[0]
    return F.relu((kept["maps"].mean((2, 3), keepdim=True) * gradient).sum(1))[0].detach()

# Answers to cosine_of_gradients; see README.md.
# === wrong cosine-of-images (blind): the images themselves are compared
def cosine_of_gradients(model, image, neighbour, target):
    a, b = image.flatten(), neighbour.flatten()
    return float(a @ b / (a.norm() * b.norm()))
# === wrong dot-product (blind): not divided by the lengths
def cosine_of_gradients(model, image, neighbour, target):
    def grad(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(model(x[None])[0, target], x)[0].flatten()
    return float(grad(image) @ grad(neighbour))
# === wrong all-logits (blind): the sum of all logits
def cosine_of_gradients(model, image, neighbour, target):
    def grad(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(model(x[None]).sum(), x)[0].flatten()
    return F.cosine_similarity(grad(image), grad(neighbour), dim=0).item()
# === wrong gradient-of-probability (blind): the probability in place of the logit
def cosine_of_gradients(model, image, neighbour, target):
    def grad(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(model(x[None]).softmax(1)[0, target], x)[0].flatten()
    return F.cosine_similarity(grad(image), grad(neighbour), dim=0).item()
# === wrong lengths-multiplied-once (blind): divided by one length only
def cosine_of_gradients(model, image, neighbour, target):
    def grad(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(model(x[None])[0, target], x)[0].flatten()
    a, b = grad(image), grad(neighbour)
    return float(a @ b / a.norm())
# === wrong mean-over-channels (blind): a cosine for each position, and their mean
def cosine_of_gradients(model, image, neighbour, target):
    def grad(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(model(x[None])[0, target], x)[0]
    return F.cosine_similarity(grad(image), grad(neighbour), dim=0).mean().item()
# === wrong gradients-pile-up (blind): the second gradient is added to the first
def cosine_of_gradients(model, image, neighbour, target):
    shift = torch.zeros_like(image, requires_grad=True)
    model(image[None] + shift)[0, target].backward()
    first = shift.grad.clone().flatten()
    model(neighbour[None] + shift)[0, target].backward()
    second = shift.grad.flatten()
    return float(first @ second / (first.norm() * second.norm()))
# === wrong first-class-always (blind): the first logit
def cosine_of_gradients(model, image, neighbour, target):
    def grad(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(model(x[None])[0, 0], x)[0].flatten()
    return F.cosine_similarity(grad(image), grad(neighbour), dim=0).item()
# === wrong absolute (blind): without the sign
def cosine_of_gradients(model, image, neighbour, target):
    def grad(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(model(x[None])[0, target], x)[0].flatten()
    return F.cosine_similarity(grad(image), grad(neighbour), dim=0).abs().item()
# === wrong same-image-twice (blind): a typing error
def cosine_of_gradients(model, image, neighbour, target):
    def grad(x):
        x = image.clone().requires_grad_()
        return torch.autograd.grad(model(x[None])[0, target], x)[0].flatten()
    return F.cosine_similarity(grad(image), grad(neighbour), dim=0).item()
# === wrong wrong-type (blind): a tensor
def cosine_of_gradients(model, image, neighbour, target):
    def grad(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(model(x[None])[0, target], x)[0].flatten()
    return F.cosine_similarity(grad(image), grad(neighbour), dim=0)
# === wrong changes-input (blind): the mode is changed
def cosine_of_gradients(model, image, neighbour, target):
    model.eval()
    def grad(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(model(x[None])[0, target], x)[0].flatten()
    return F.cosine_similarity(grad(image), grad(neighbour), dim=0).item()
# === wrong raises (blind): no batch
def cosine_of_gradients(model, image, neighbour, target):
    def grad(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(model(x)[0, target], x)[0].flatten()
    return F.cosine_similarity(grad(image), grad(neighbour), dim=0).item()
# === wrong wrong-value: an angle
def cosine_of_gradients(model, image, neighbour, target):
    def grad(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(model(x[None])[0, target], x)[0].flatten()
    return math.acos(max(-1, min(1, F.cosine_similarity(grad(image), grad(neighbour), dim=0).item())))
# === right (blind): a helper and cosine_similarity
def cosine_of_gradients(model: nn.Module, image: Tensor, neighbour: Tensor, target: int) -> float:
    def grad(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(model(x[None])[0, target], x)[0].flatten()
    return F.cosine_similarity(grad(image), grad(neighbour), dim=0).item()
# === right (blind): backward, by hand
def cosine_of_gradients(model, image, neighbour, target):
    grads = []
    for picture in (image, neighbour):
        x = picture.detach().clone()
        x.requires_grad = True
        model(x.unsqueeze(0))[0][target].backward()
        grads.append(x.grad)
    a, b = grads
    return ((a * b).sum() / (a.square().sum().sqrt() * b.square().sum().sqrt())).item()
# === right (blind): both in one batch
def cosine_of_gradients(model, image, neighbour, target):
    x = torch.stack([image, neighbour]).requires_grad_()
    (g,) = torch.autograd.grad(model(x)[:, target].sum(), x)
    a, b = F.normalize(g.flatten(1), dim=1)
    return float(a @ b)
# === right (blind): torch.func
def cosine_of_gradients(model, image, neighbour, target):
    slope = torch.func.grad(lambda x: model(x[None])[0, target])
    a, b = slope(image).reshape(-1).double(), slope(neighbour).reshape(-1).double()
    return float(torch.dot(a, b) / torch.sqrt(torch.dot(a, a) * torch.dot(b, b)))

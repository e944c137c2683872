# Answers to sgd_step; see README.md.
# === wrong uphill (blind): the gradient is added
def sgd_step(weight, gradient, lr):
    return weight + lr * gradient
# === wrong rate-missing (blind): without the learning rate
def sgd_step(weight, gradient, lr):
    return weight - gradient
# === wrong step-returned (blind): only the step
def sgd_step(weight, gradient, lr):
    return -lr * gradient
# === wrong divided (blind): divided by the rate
def sgd_step(weight, gradient, lr):
    return weight - gradient / lr
# === wrong sign-only (blind): the same step for every gradient
def sgd_step(weight, gradient, lr):
    return weight - lr * gradient.sign()
# === wrong scaled-weight (blind): the weight is multiplied in
def sgd_step(weight, gradient, lr):
    return weight - lr * gradient * weight
# === wrong turned-round (blind): gradient minus weight
def sgd_step(weight, gradient, lr):
    return lr * gradient - weight
# === wrong normalised (blind): a step of length lr
def sgd_step(weight, gradient, lr):
    return weight - lr * gradient / gradient.norm()
# === wrong mean-gradient (blind): the mean of the gradient for all
def sgd_step(weight, gradient, lr):
    return weight - lr * gradient.mean()
# === wrong changes-input (blind): in place
def sgd_step(weight, gradient, lr):
    weight -= lr * gradient
    return weight
# === wrong returns-nothing (blind): in place, and nothing back
def sgd_step(weight, gradient, lr):
    weight = weight - lr * gradient
# === wrong wrong-value: a rate of its own
def sgd_step(weight, gradient, lr):
    return weight - 0.01 * gradient
# === right (blind): one line
def sgd_step(weight: Tensor, gradient: Tensor, lr: float) -> Tensor:
    return weight - lr * gradient
# === right (blind): a copy changed in place
def sgd_step(weight, gradient, lr):
    new = weight.clone()
    new -= gradient * lr
    return new
# === right (blind): torch.add with alpha
def sgd_step(weight, gradient, lr):
    return torch.add(weight, gradient, alpha=-lr)
# === right (blind): through the optimizer
def sgd_step(weight, gradient, lr):
    p = nn.Parameter(weight.clone())
    p.grad = gradient.clone()
    torch.optim.SGD([p], lr=lr).step()
    return p.detach()

# Answers to gradient_norms, as students write them: see README.md.
# === wrong old-gradients-counted (blind): Old gradients are not cleared before backward, so they are added to the new ones and counted.
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    norms = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if len(params) == 0:
            continue
        s = 0.0
        for p in params:
            if p.grad is not None:
                s += p.grad.pow(2).sum().item()
        norms[name] = math.sqrt(s)
    return norms
# === wrong sum-of-norms (blind): The norms of the single parameters are added up instead of taking the root of the sum of all squares.
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    result = {}
    for name, child in model.named_children():
        ps = [p for p in child.parameters()]
        if ps:
            result[name] = sum(p.grad.norm().item() for p in ps if p.grad is not None)
    return result
# === wrong named-modules (blind): It walks through named_modules instead of named_children, so the model itself and all nested modules get entries too.
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    model.zero_grad()
    criterion = nn.CrossEntropyLoss()
    loss = criterion(model(images), labels)
    loss.backward()

    out = {}
    for name, module in model.named_modules():
        grads = [p.grad.flatten() for p in module.parameters() if p.grad is not None]
        if grads:
            out[name] = torch.cat(grads).norm().item()
    return out
# === wrong children-without-parameters (blind): Children without parameters (ReLU, pools) are not skipped and appear in the result with 0.
def gradient_norms(model, images, labels):
    for p in model.parameters():
        p.grad = None
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    d = dict()
    for name, child in model.named_children():
        total = 0.0
        for p in child.parameters():
            if p.grad is not None:
                total += (p.grad ** 2).sum().item()
        d[name] = total ** 0.5
    return d
# === wrong root-missing (blind): The root is forgotten, so the squared norm is returned.
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    model.zero_grad(set_to_none=True)
    F.cross_entropy(model(images), labels).backward()
    return {
        name: float(sum(p.grad.square().sum() for p in child.parameters() if p.grad is not None))
        for name, child in model.named_children()
        if any(True for _ in child.parameters())
    }
# === wrong biases-missing (blind): Only parameters with "weight" in their name are counted, so the gradients of the biases are missing.
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    model.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    norms = {}
    for child_name, child in model.named_children():
        if not list(child.parameters()):
            continue
        sq = torch.tensor(0.0)
        for pname, p in child.named_parameters():
            if "weight" in pname and p.grad is not None:
                sq = sq + (p.grad.detach() ** 2).sum()
        norms[child_name] = sq.sqrt().item()
    return norms
# === wrong norm-of-parameters (blind): It takes the norm of the parameters themselves instead of the norm of their gradients.
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    model.zero_grad()
    loss = nn.CrossEntropyLoss()(model(images), labels)
    loss.backward()
    norms = {}
    for name, block in model.named_children():
        params = list(block.parameters())
        if params:
            norms[name] = math.sqrt(sum(p.data.norm(2).item() ** 2 for p in params))
    return norms
# === right (blind): plain nested loops with a running sum of squares
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    norms = {}
    for name, child in model.named_children():
        square_sum = 0.0
        has_params = False
        for p in child.parameters():
            has_params = True
            if p.grad is not None:
                square_sum += (p.grad * p.grad).sum().item()
        if has_params:
            norms[name] = math.sqrt(square_sum)
    return norms
# === right (blind): torch.autograd.grad child by child on one graph, the .grad fields are never touched
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    loss = F.cross_entropy(model(images), labels)
    result: dict[str, float] = {}
    for name, child in model.named_children():
        everything = list(child.parameters())
        if not everything:
            continue
        wanted = [p for p in everything if p.requires_grad]
        grads = torch.autograd.grad(loss, wanted, retain_graph=True, allow_unused=True) if wanted else ()
        norms = [torch.linalg.vector_norm(g) for g in grads if g is not None]
        result[name] = torch.linalg.vector_norm(torch.stack(norms)).item() if norms else 0.0
    return result
# === right (blind): clip_grad_norm_ with an infinite limit, which clips nothing and returns the total norm
def gradient_norms(model, images, labels):
    for p in model.parameters():
        p.grad = None
    nn.CrossEntropyLoss()(model(images), labels).backward()
    kids = {k: list(m.parameters()) for k, m in model.named_children()}
    return {k: float(nn.utils.clip_grad_norm_(ps, max_norm=float("inf"))) for k, ps in kids.items() if len(ps) > 0}
# === right (blind): works on a deep copy of the model and concatenates the flattened gradients
import copy


def _flat_grad(module: nn.Module) -> Tensor:
    pieces = []
    for p in module.parameters():
        g = p.grad if p.grad is not None else torch.zeros_like(p)
        pieces.append(g.detach().reshape(-1))
    return torch.cat(pieces)


def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    twin = copy.deepcopy(model)
    twin.zero_grad()
    log_p = F.log_softmax(twin(images), dim=1)
    loss = -log_p[torch.arange(len(labels)), labels].mean()
    loss.backward()
    answer = {}
    for name, child in twin.named_children():
        if next(child.parameters(), None) is None:
            continue   # nothing to learn in here
        v = _flat_grad(child)
        answer[name] = torch.sqrt(v @ v).item()
    return answer
# === wrong not-started: only the docstring
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    """Name of the child -> norm of the gradient; old gradients in the model do not count."""
# === wrong returns-nothing: prints the norms
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    print(out)
# === wrong wrong-type: a list of norms
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return list(out.values())
# === wrong wrong-type: tensors instead of numbers
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = torch.cat([g.flatten() for g in grads]).norm()
    return out
# === wrong raises: a method that gradients have not
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.square_sum() for g in grads))
    return out
# === wrong loss-detached: the loss is a number
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels).item()
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong loss-detached: the forward pass under no_grad
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(torch.no_grad()(model)(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong loss-detached: a detached copy that wants gradients
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images).detach().requires_grad_(), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong backward-missing: no backward pass, and None has no pow
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong backward-missing: no backward pass, and None is skipped
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads if g is not None))
    return out
# === wrong backward-missing: no backward pass, and nothing cleared: old gradients are read
def gradient_norms(model, images, labels):
    loss = F.cross_entropy(model(images), labels)
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads if g is not None))
    return out
# === wrong zero-after-backward: cleared between backward and reading
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    model.zero_grad()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong zero-after-backward: set to zero between backward and reading
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    model.zero_grad(set_to_none=False)
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong old-gradients-counted: cleared at the end only
def gradient_norms(model, images, labels):
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    model.zero_grad()
    return out
# === wrong changes-model: makes a step
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    return out
# === wrong named-parameters: one entry for each parameter
def gradient_norms(model, images, labels):
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    return {name: p.grad.norm().item() for name, p in model.named_parameters()}
# === wrong named-modules: all modules that have weights of their own
def gradient_norms(model, images, labels):
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    out = {}
    for name, m in model.named_modules():
        own = list(m.parameters(recurse=False))
        if own:
            out[name] = math.sqrt(sum(p.grad.pow(2).sum().item() for p in own))
    return out
# === wrong missing-child: only layers that are convolutions or linear
def gradient_norms(model, images, labels):
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    out = {}
    for name, m in model.named_children():
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            out[name] = math.sqrt(sum(p.grad.pow(2).sum().item() for p in m.parameters()))
    return out
# === wrong wrong-names: the names of the classes
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[type(child).__name__] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong wrong-names: numbers
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[len(out)] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong wrong-names: a prefix
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out["model." + name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong norm-of-parameters: data instead of grad
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(p.pow(2).sum().item() for p in params))
    return out
# === wrong whole-network: all parameters for every child
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(p.grad.pow(2).sum().item() for p in model.parameters()))
    return out
# === wrong sum-goes-on: the sum starts before the loop
def gradient_norms(model, images, labels):
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    out, total = {}, 0.0
    for name, child in model.named_children():
        for p in child.parameters():
            total += p.grad.pow(2).sum().item()
        if list(child.parameters()):
            out[name] = total ** 0.5
    return out
# === wrong nested-missing: recurse=False
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(p.grad.pow(2).sum().item() for p in child.parameters(recurse=False)))
    return out
# === wrong last-parameter-only: the loop overwrites
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        for g in grads:
            out[name] = g.norm().item()
    return out
# === wrong first-parameter-only: break after the first
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        for g in grads:
            out[name] = g.norm().item()
            break
    return out
# === wrong sum-of-absolutes: the 1-norm
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = torch.cat([g.flatten() for g in grads]).norm(p=1).item()
    return out
# === wrong mean-not-norm: the mean absolute gradient
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = torch.cat([g.flatten() for g in grads]).abs().mean().item()
    return out
# === wrong mean-not-norm: the mean of the norms
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = sum(g.norm().item() for g in grads) / len(grads)
    return out
# === wrong mean-not-norm: the mean of the squares
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = torch.cat([g.flatten() for g in grads]).pow(2).mean().item()
    return out
# === wrong divided-by-size: the root of the mean square
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = torch.cat([g.flatten() for g in grads]).pow(2).mean().sqrt().item()
    return out
# === wrong divided-by-size: divided by the number of values
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = torch.cat([g.flatten() for g in grads]).norm().item() / sum(g.numel() for g in grads)
    return out
# === wrong largest-only: the largest gradient
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = max(g.abs().max().item() for g in grads)
    return out
# === wrong largest-only: the largest norm
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = max(g.norm().item() for g in grads)
    return out
# === wrong loss-sum: the sum of the losses
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels, reduction="sum")
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong softmax-twice: a softmax before the cross entropy
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images).softmax(1), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong nll-of-logits: nll_loss of the logits
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.nll_loss(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong nll-of-softmax: nll_loss of probabilities
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.nll_loss(model(images).softmax(1), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong squared-error: mean squared error
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.mse_loss(model(images), torch.eye(5)[labels])
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong other-norms: the sum of all logits instead of a loss
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = model(images).sum()
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === wrong other-norms: rounded to whole numbers
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = round(10 * math.sqrt(sum(g.pow(2).sum().item() for g in grads))) / 7
    return out
# === wrong other-norms: two mistakes at once, sums of norms of weights
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = sum(p.norm().item() for p in params)
    return out
# === wrong children-without-parameters: two mistakes at once, empty children and no root
def gradient_norms(model, images, labels):
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    return {name: sum(p.grad.pow(2).sum().item() for p in child.parameters()) for name, child in model.named_children()}
# === wrong root-missing: two mistakes at once, no root and old gradients
def gradient_norms(model, images, labels):
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = sum(g.pow(2).sum().item() for g in grads)
    return out
# === right: stops at frozen parameters, which nobody forbids
def gradient_norms(model, images, labels):
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    out = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        grads = [p.grad for p in params]
        out[name] = math.sqrt(sum(g.pow(2).sum().item() for g in grads))
    return out
# === right: grouped by the first part of the parameters' names
from collections import defaultdict

def gradient_norms(model, images, labels):
    names, params = zip(*model.named_parameters())
    grads = torch.autograd.grad(F.cross_entropy(model(images), labels), params)
    squares = defaultdict(float)
    for name, g in zip(names, grads):
        squares[name.split(".")[0]] += (g.double() ** 2).sum().item()
    return {k: v ** 0.5 for k, v in squares.items()}
# === right: torch.func and numpy
import numpy as np
from torch.func import functional_call, grad

def gradient_norms(model, images, labels):
    params = {k: v.detach() for k, v in model.named_parameters()}
    g = grad(lambda p: F.cross_entropy(functional_call(model, p, (images,)), labels))(params)
    return {name: np.linalg.norm(np.concatenate([g[f"{name}.{k}"].numpy().ravel() for k, _ in child.named_parameters()]))
            for name, child in model.named_children() if list(child.parameters())}
# === wrong in-eval-mode: evaluation mode, old gradients kept aside and put back
def gradient_norms(model, images, labels):
    mode = model.training
    model.eval()
    kept = [p.grad for p in model.parameters()]
    for p in model.parameters():
        p.grad = None
    F.cross_entropy(model(images), labels).backward()
    out = {}
    for name, child in model.named_children():
        v = nn.utils.parameters_to_vector(p.grad for p in child.parameters()) if list(child.parameters()) else None
        if v is not None:
            out[name] = torch.linalg.norm(v).item()
    for p, g in zip(model.parameters(), kept):
        p.grad = g
    model.train(mode)
    return out
# === right: hooks on the parameters collect the squares
class Norms:
    def __call__(self, model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
        squares = {}
        handles = []
        for name, child in model.named_children():
            for p in child.parameters():
                squares[name] = 0.0
                def add(g, name=name):
                    squares[name] += float(g.square().sum())
                handles.append(p.register_hook(add))
        F.cross_entropy(model(images), labels).backward()
        for h in handles:
            h.remove()
        return {name: s ** 0.5 for name, s in squares.items()}

gradient_norms = Norms()
# === wrong old-gradients-counted (blind): the old gradients are not cleared, they are added to the new ones
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    norms = {}
    for name, child in model.named_children():
        grads = [p.grad.flatten() for p in child.parameters() if p.grad is not None]
        if len(grads) > 0:
            norms[name] = torch.cat(grads).norm().item()
    return norms
# === wrong sum-of-norms (blind): the norms of the single parameters are added up instead of the root of the sum of all squares
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    model.zero_grad()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    result = {}
    for name, child in model.named_children():
        params = list(child.parameters())
        if not params:
            continue
        total = 0.0
        for p in params:
            if p.grad is not None:
                total += p.grad.norm().item()
        result[name] = total
    return result
# === wrong root-missing (blind): the root is missing, the squared norm is returned
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    out = {}
    for name, module in model.named_children():
        if len(list(module.parameters())) == 0:
            continue
        s = 0.0
        for p in module.parameters():
            s += (p.grad ** 2).sum().item()
        out[name] = s
    return out
# === wrong children-without-parameters (blind): children without parameters are not left out, they appear with norm 0.0
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    model.zero_grad()
    loss = nn.CrossEntropyLoss()(model(images), labels)
    loss.backward()
    norms = {}
    for name, child in model.named_children():
        sq = 0.0
        for p in child.parameters():
            if p.grad is not None:
                sq += p.grad.pow(2).sum().item()
        norms[name] = math.sqrt(sq)
    return norms
# === wrong sum-goes-on (blind): the sum of squares is not set back to zero for each child, every norm includes the children before it
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    model.zero_grad()
    output = model(images)
    loss = F.cross_entropy(output, labels)
    loss.backward()

    norms = {}
    total = 0.0
    for name, child in model.named_children():
        has_params = False
        for param in child.parameters():
            has_params = True
            if param.grad is not None:
                total += (param.grad * param.grad).sum().item()
        if has_params:
            norms[name] = total ** 0.5
    return norms
# === wrong wrong-type (blind): item() was forgotten, the values are tensors instead of plain floats
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    model.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    norms = {}
    for name, child in model.named_children():
        grads = [p.grad.view(-1) for p in child.parameters() if p.grad is not None]
        if grads:
            norms[name] = torch.sqrt(sum((g ** 2).sum() for g in grads))
    return norms
# === right (blind): torch.autograd.grad without touching the .grad of the model, looked up in a dictionary by identity, math.hypot
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    trainable = [p for p in model.parameters() if p.requires_grad]
    loss = F.cross_entropy(model(images), labels)
    grads = torch.autograd.grad(loss, trainable, allow_unused=True)
    norm_of = {id(p): (0.0 if g is None else g.norm().item()) for p, g in zip(trainable, grads)}
    # the norm of the norms is the norm of everything together
    return {
        name: math.hypot(*(norm_of.get(id(p), 0.0) for p in child.parameters()))
        for name, child in model.named_children()
        if any(True for _ in child.parameters())
    }
# === right (blind): gradients set to None by hand, loop over named_parameters grouped by the first part of the dotted name, hand-made cross entropy
def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    for p in model.parameters():
        p.grad = None
    log_p = torch.log_softmax(model(images), dim=1)
    loss = F.nll_loss(log_p, labels)
    loss.backward()
    squares = {}
    children = [name for name, _ in model.named_children()]
    for full_name, p in model.named_parameters():
        top = full_name.split(".")[0]
        if top not in children:      # a parameter of the model itself
            continue
        squares.setdefault(top, 0.0)
        if p.grad is not None:
            squares[top] += p.grad.square().sum().item()
    return {name: s ** 0.5 for name, s in squares.items()}
# === wrong in-eval-mode: judged in evaluation mode, as accuracies are
def gradient_norms(model, images, labels):
    model.eval()
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    norms = {}
    for name, child in model.named_children():
        squares = [p.grad.square().sum().item() for p in child.parameters()]
        if squares:
            norms[name] = sum(squares) ** 0.5
    return norms
# === wrong in-eval-mode: in evaluation mode, which is undone afterwards
def gradient_norms(model, images, labels):
    before = model.training
    model.eval()
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    model.train(before)
    return {
        name: torch.cat([p.grad.flatten() for p in child.parameters()]).norm().item()
        for name, child in model.named_children()
        if list(child.parameters())
    }
# === right: leaves the model in evaluation mode, after the gradients are there
def gradient_norms(model, images, labels):
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    model.eval()
    return {
        name: torch.cat([p.grad.flatten() for p in child.parameters()]).norm().item()
        for name, child in model.named_children()
        if list(child.parameters())
    }

# === wrong in-train-mode: training mode, whatever mode the model is in
def gradient_norms(model, images, labels):
    model.train()
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    children = {name: list(child.parameters()) for name, child in model.named_children()}
    return {name: sum(float(p.grad.square().sum()) for p in own) ** 0.5 for name, own in children.items() if own}

# === wrong arguments-exchanged: the labels come first
def gradient_norms(model, images, labels):
    model.zero_grad()
    F.cross_entropy(labels, model(images)).backward()
    children = {name: list(child.parameters()) for name, child in model.named_children()}
    return {name: sum(float(p.grad.square().sum()) for p in own) ** 0.5 for name, own in children.items() if own}

# === wrong softmax-over-photos: dimension 0
def gradient_norms(model, images, labels):
    model.zero_grad()
    F.nll_loss(F.log_softmax(model(images), dim=0), labels).backward()
    children = {name: list(child.parameters()) for name, child in model.named_children()}
    return {name: sum(float(p.grad.square().sum()) for p in own) ** 0.5 for name, own in children.items() if own}

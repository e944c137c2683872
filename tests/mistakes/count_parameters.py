# Answers to count_parameters; see README.md.
# === wrong tensors-counted (blind): counts the tensors, not the numbers in them
def count_parameters(model: nn.Module) -> int:
    return len(list(model.parameters()))
# === wrong biases-missing (blind): only the weights of the layers
def count_parameters(model: nn.Module) -> int:
    total = 0
    for name, p in model.named_parameters():
        if p.dim() > 1:
            total += p.numel()
    return total
# === wrong buffers-counted (blind): everything that is saved, the kept statistics of batch norm too
def count_parameters(model: nn.Module) -> int:
    return sum(t.numel() for t in model.state_dict().values())
# === wrong counted-again (blind): walks through all modules, and asks each for all of its parameters
def count_parameters(model: nn.Module) -> int:
    total = 0
    for module in model.modules():
        for p in module.parameters():
            total += p.numel()
    return total
# === wrong first-axis-only (blind): the length of a tensor is its first axis
def count_parameters(model: nn.Module) -> int:
    total = 0
    for p in model.parameters():
        total += len(p)
    return total
# === wrong axes-added (blind): adds the lengths of the axes
def count_parameters(model: nn.Module) -> int:
    return sum(sum(p.shape) for p in model.parameters())
# === wrong inner-layers-missing (blind): only the layers that stand directly in the model
def count_parameters(model: nn.Module) -> int:
    layers = list(model.children()) or [model]
    return sum(p.numel() for layer in layers for p in layer.parameters(recurse=False))
# === wrong last-tensor-only (blind): = instead of +=
def count_parameters(model: nn.Module) -> int:
    n = 0
    for p in model.parameters():
        n = p.numel()
    return n
# === wrong bytes (blind): how much memory they take
def count_parameters(model: nn.Module) -> int:
    return sum(p.numel() * p.element_size() for p in model.parameters())
# === wrong raises (blind): the shape is no number
def count_parameters(model: nn.Module) -> int:
    return sum(p.shape for p in model.parameters())
# === wrong wrong-type (blind): a tensor
def count_parameters(model: nn.Module) -> int:
    return torch.tensor([p.numel() for p in model.parameters()]).sum()
# === wrong returns-nothing (blind): printed, not returned
def count_parameters(model: nn.Module) -> int:
    print(sum(p.numel() for p in model.parameters()))
# === wrong wrong-value: twice
def count_parameters(model: nn.Module) -> int:
    return 2 * sum(p.numel() for p in model.parameters())
# === right (blind): a sum
def count_parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())
# === right (blind): a loop with the product of the shape
def count_parameters(model):
    total = 0
    for name, p in model.named_parameters():
        total = total + math.prod(p.shape)
    return total
# === right (blind): all in one long vector
def count_parameters(model):
    return len(nn.utils.parameters_to_vector(model.parameters()))
# === right (blind): recursion
def count_parameters(model):
    own = sum(p.nelement() for p in model.parameters(recurse=False))
    return own + sum(count_parameters(child) for child in model.children())

# Answers to dropout_by_hand; see README.md.
# === wrong not-scaled (blind): what is left is not scaled up
def dropout_by_hand(x, chance, p, training):
    if not training:
        return x
    return x * (chance >= p)
# === wrong scaled-by-p (blind): divided by p in place of 1 - p
def dropout_by_hand(x, chance, p, training):
    if not training:
        return x
    return x * (chance >= p) / p
# === wrong drops-the-others (blind): drops where the number is above p
def dropout_by_hand(x, chance, p, training):
    if not training:
        return x
    return x * (chance < p) / (1 - p)
# === wrong drops-in-evaluation (blind): training is not looked at
def dropout_by_hand(x, chance, p, training):
    return x * (chance >= p) / (1 - p)
# === wrong scaled-in-evaluation (blind): the original paper's way: scaled in evaluation
def dropout_by_hand(x, chance, p, training):
    if training:
        return x * (chance >= p)
    return x * (1 - p)
# === wrong scaled-down (blind): multiplied by 1 - p in place of divided
def dropout_by_hand(x, chance, p, training):
    if not training:
        return x
    return x * (chance >= p) * (1 - p)
# === wrong modes-swapped (blind): drops in evaluation, and does nothing in training
def dropout_by_hand(x, chance, p, training):
    if training:
        return x
    return x * (chance >= p) / (1 - p)
# === wrong p-is-one-half (blind): p is ignored
def dropout_by_hand(x, chance, p, training):
    if not training:
        return x
    return torch.where(chance >= 0.5, 2 * x, 0.0)
# === wrong mask-returned (blind): the mask, not the values
def dropout_by_hand(x, chance, p, training):
    if not training:
        return x
    return (chance >= p) / (1 - p)
# === wrong changes-input (blind): writes the zeros into x
def dropout_by_hand(x, chance, p, training):
    if not training:
        return x
    x[chance < p] = 0
    return x / (1 - p)
# === wrong not-repeatable (blind): draws numbers of its own
def dropout_by_hand(x, chance, p, training):
    if not training:
        return x
    return x * (torch.rand(x.shape) >= p) / (1 - p)
# === wrong not-repeatable (blind): torch's own, which draws numbers of its own
def dropout_by_hand(x, chance, p, training):
    return F.dropout(x, p, training)
# === wrong returns-nothing (blind): no return in evaluation
def dropout_by_hand(x, chance, p, training):
    if training:
        return x * (chance >= p) / (1 - p)
# === wrong wrong-value: the square
def dropout_by_hand(x, chance, p, training):
    if not training:
        return x
    return x * (chance >= p) / (1 - p) ** 3
# === right (blind): a mask
def dropout_by_hand(x: Tensor, chance: Tensor, p: float, training: bool) -> Tensor:
    if not training:
        return x
    mask = (chance >= p).float()
    return x * mask / (1 - p)
# === right (blind): where
def dropout_by_hand(x, chance, p, training):
    return torch.where(chance < p, torch.zeros_like(x), x / (1 - p)) if training else x.clone()
# === right (blind): masked_fill
def dropout_by_hand(x, chance, p, training):
    if training:
        x = x.masked_fill(chance < p, 0) / (1 - p)
    return x
# === right (blind): a loop over all values
def dropout_by_hand(x, chance, p, training):
    if training == False:
        return x
    out = x.clone().flatten()
    for i, c in enumerate(chance.flatten()):
        out[i] = 0 if c < p else out[i] / (1 - p)
    return out.reshape(x.shape)

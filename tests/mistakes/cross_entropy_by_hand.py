# Answers to cross_entropy_by_hand; see README.md.
# === wrong sign-missing (blind): the minus is missing
def cross_entropy_by_hand(logits, labels):
    p = torch.softmax(logits, dim=1)
    return torch.log(p[torch.arange(len(labels)), labels]).mean()
# === wrong log-missing (blind): the mean probability, with a minus
def cross_entropy_by_hand(logits, labels):
    p = torch.softmax(logits, dim=1)
    return -p[torch.arange(len(labels)), labels].mean()
# === wrong sum-for-mean (blind): the sum over the batch
def cross_entropy_by_hand(logits, labels):
    p = torch.softmax(logits, dim=1)
    return -torch.log(p[torch.arange(len(labels)), labels]).sum()
# === wrong softmax-over-photos (blind): softmax over the wrong axis
def cross_entropy_by_hand(logits, labels):
    p = torch.softmax(logits, dim=0)
    return -torch.log(p[torch.arange(len(labels)), labels]).mean()
# === wrong all-classes (blind): the logarithms of all classes
def cross_entropy_by_hand(logits, labels):
    p = torch.softmax(logits, dim=1)
    return -torch.log(p).mean()
# === wrong largest-probability (blind): the probability of the answer, not of the true class
def cross_entropy_by_hand(logits, labels):
    p = torch.softmax(logits, dim=1)
    return -torch.log(p.amax(dim=1)).mean()
# === wrong log-of-mean (blind): the logarithm of the mean probability
def cross_entropy_by_hand(logits, labels):
    p = torch.softmax(logits, dim=1)
    return -torch.log(p[torch.arange(len(labels)), labels].mean())
# === wrong softmax-missing (blind): the logits themselves
def cross_entropy_by_hand(logits, labels):
    return -logits[torch.arange(len(labels)), labels].mean()
# === wrong log2 (blind): the logarithm to the base 2
def cross_entropy_by_hand(logits, labels):
    p = torch.softmax(logits, dim=1)
    return -torch.log2(p[torch.arange(len(labels)), labels]).mean()
# === wrong overflows (blind): exp of large logits
def cross_entropy_by_hand(logits, labels):
    e = torch.exp(logits)
    p = e / e.sum(dim=1, keepdim=True)
    return -torch.log(p[torch.arange(len(labels)), labels]).mean()
# === wrong not-by-hand (blind): torch's own
def cross_entropy_by_hand(logits, labels):
    return F.cross_entropy(logits, labels)
# === wrong wrong-type (blind): a plain number
def cross_entropy_by_hand(logits, labels):
    return float(-logits.log_softmax(1)[torch.arange(len(labels)), labels].mean())
# === wrong not-averaged (blind): one number a photo
def cross_entropy_by_hand(logits, labels):
    p = torch.softmax(logits, dim=1)
    return -torch.log(p[torch.arange(len(labels)), labels])
# === wrong raises (blind): the labels as columns for all
def cross_entropy_by_hand(logits, labels):
    p = torch.softmax(logits, dim=1)
    return -torch.log(p.gather(1, labels)).mean()
# === wrong wrong-value: only the first photo
def cross_entropy_by_hand(logits, labels):
    return -logits.log_softmax(1)[0, labels[0]]
# === right (blind): log_softmax and a place for each photo
def cross_entropy_by_hand(logits: Tensor, labels: Tensor) -> Tensor:
    logp = logits.log_softmax(dim=1)
    return -logp[torch.arange(len(labels)), labels].mean()
# === right (blind): logsumexp
def cross_entropy_by_hand(logits, labels):
    true = logits.gather(1, labels[:, None])[:, 0]
    return (torch.logsumexp(logits, dim=1) - true).mean()
# === right (blind): the largest logit taken away first
def cross_entropy_by_hand(logits, labels):
    z = logits - logits.max(dim=1, keepdim=True).values
    true = z[range(len(labels)), labels]
    return (z.exp().sum(dim=1).log() - true).mean()
# === right (blind): a loop over the photos, one-hot
def cross_entropy_by_hand(logits, labels):
    total = 0.0
    for row, label in zip(logits, labels):
        wanted = F.one_hot(label, len(row))
        total = total - (wanted * torch.log_softmax(row, 0)).sum()
    return total / len(labels)

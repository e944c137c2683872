"""The loss of a batch, from its logits."""

import torch
from torch import Tensor

from cnnkit.check.by_hand import NOT_BY_HAND, by_hand
from cnnkit.check.functions import function_exercise


def cross_entropy_by_hand(logits: Tensor, labels: Tensor) -> Tensor:
    """The mean over the batch of -ln p, with p the probability of the true class; logits [N, classes], labels [N]."""
    log_p = logits.log_softmax(dim=1)
    true = log_p[torch.arange(len(labels)), labels]
    return -true.mean()


BUGS = r"""
sign-missing: The loss is negative.
    A probability is below 1, so its logarithm is negative; a loss should fall to zero from above.
    -true.mean() -> true.mean()
log-missing: The logarithm is missing.
    Certain and right should give zero.
    -true.mean() -> -true.exp().mean()
    -true.mean() -> 1 - true.exp().mean()
softmax-missing: The logits are taken for logarithms of probabilities.
    They are after a softmax over the classes.
    logits.log_softmax(dim=1) -> logits
softmax-over-photos: The softmax runs over the batch.
    The probabilities of one photo add up to 1.
    dim=1 -> dim=0
all-classes: All classes count.
    Only the probability of the true class does.
    true = log_p[torch.arange(len(labels)), labels] -> true = log_p
largest-probability: The probability of the network's answer is used.
    That of the true class counts, whatever it answered.
    log_p[torch.arange(len(labels)), labels] -> log_p.amax(dim=1)
sum-for-mean: The losses are added.
    Their mean does not depend on the size of the batch.
    -true.mean() -> -true.sum()
log-of-mean: The mean comes before the logarithm.
    Each photo has a loss of its own; the mean comes last.
    -true.mean() -> -true.exp().mean().log()
not-averaged: There is a loss for each photo.
    One number is asked for, their mean.
    -true.mean() -> -true
log2: The logarithm has the base 2.
    Here it is the natural one.
    -true.mean() -> -true.mean() / 0.69314718
overflows: Large logits make it infinite, or no number.
    e**200 is too large for a float: take the largest logit away first, or use log_softmax.
    logits.log_softmax(dim=1) -> (logits.exp() / logits.exp().sum(dim=1, keepdim=True)).log()
    logits.log_softmax(dim=1) -> logits.softmax(dim=1).log()
wrong-value: The loss is wrong.
    Take one photo: softmax, the probability of the true class, its logarithm, the minus.
"""

SOURCE = torch.Generator().manual_seed(7)
LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.0, 1.0, 0.5]])
CASES = [
    (LOGITS, torch.tensor([0, 2])),
    (3 * torch.randn(5, 4, generator=SOURCE), torch.tensor([3, 0, 1, 1, 2])),
    (torch.tensor([[200.0, 0.0], [-100.0, 100.0]]), torch.tensor([1, 1])),
]
EXERCISE = function_exercise(
    cross_entropy_by_hand,
    BUGS,
    CASES,
    also=(by_hand(CASES[0], "cross_entropy", "nll_loss", "cross_entropy_loss"),),
    mistakes=NOT_BY_HAND,
    praise="Right, for large logits too.",
    title="cross entropy by hand",
    minutes=6,
    difficulty=2,
    place="05/4",
    text="""\
A softmax over the classes turns the logits of an image into probabilities. The image's loss is the negative natural
logarithm of the one that the true class got, and the loss of a batch is the mean. Logits can be large, so compute the
logarithm of the softmax in one go (`log_softmax`), or take the largest logit away first. Torch's own loss functions
are not allowed.
""",
)

"""Dropout, with its random numbers given."""

import torch
from torch import Tensor

from cnnkit.check.functions import function_exercise


def dropout_by_hand(x: Tensor, chance: Tensor, p: float, training: bool) -> Tensor:
    """Drops each value of x whose number in `chance`, from 0 to 1 and of x's shape, is below p."""
    if not training:
        return x
    kept = chance >= p
    return x * kept / (1 - p)


BUGS = r"""
not-scaled: What is left is not scaled up.
    With a share p of the values gone, the sum would be smaller in training than in evaluation.
    x * kept / (1 - p) -> x * kept
scaled-by-p: What is left is divided by p.
    How large is the share that is kept?
    / (1 - p) -> / p
scaled-down: What is left is multiplied by the share that is kept.
    It should grow, so that the mean stays.
    / (1 - p) -> * (1 - p)
drops-the-others: The values that should stay are dropped.
    A value goes where its number is below p.
    chance >= p -> chance < p
    chance >= p -> chance < p ;; / (1 - p) -> / p
drops-in-evaluation: Values are dropped in evaluation, too.
    There the whole network should answer.
    if not training -> if False
scaled-in-evaluation: The values are scaled in evaluation, not in training.
    So did the first paper; today training does it, so that evaluation has nothing to do.
    return x\n -> return x * (1 - p)\n ;; / (1 - p) ->
modes-swapped: Training and evaluation are exchanged.
    Look at the condition.
    if not training -> if training
p-is-one-half: p is taken as one half.
    It is an argument.
    kept = -> p = 0.5\n    kept =
mask-returned: Only the mask comes back, without the values.
    Multiply it with x.
    x * kept -> kept
wrong-value: A value is wrong.
    Which values stay, and by what are they divided?
"""

SOURCE = torch.Generator().manual_seed(5)
NUMBERS = torch.tensor([0.1, 0.3, 0.6, 0.9])
EXERCISE = function_exercise(
    dropout_by_hand,
    BUGS,
    [
        (torch.randn(3, 4, generator=SOURCE), torch.rand(3, 4, generator=SOURCE), 0.4, True),
        (torch.tensor([1.0, 2.0, 3.0, 4.0]), NUMBERS, 0.25, True),
        (torch.tensor([1.0, 2.0, 3.0, 4.0]), NUMBERS, 0.25, False),
    ],
    praise="Right in training and in evaluation.",
    title="dropout by hand",
    minutes=5,
    difficulty=2,
    place="02/3",
    text="""\
In training, dropout sets each value to zero with probability `p`, and divides what is left by 1 - p, so that the mean
stays. In evaluation it does nothing. The random numbers are given, one for each value, uniform from 0 to 1: a value
is dropped where its number is below `p`. Leave `x` itself as it is.
""",
)

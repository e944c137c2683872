"""One step of Adam."""

import torch
from torch import Tensor

from cnnkit.check.functions import function_exercise
from cnnkit.check.results import shown


def adam_step(
    weight: Tensor, gradient: Tensor, m: Tensor, v: Tensor, step: int, lr: float
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """(new weights, new m, new v) after step number `step`, counted from 1."""
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient**2
    mean = m / (1 - 0.9**step)
    square = v / (1 - 0.999**step)
    return weight - lr * mean / (square.sqrt() + 1e-8), m, v


BUGS = r"""
uphill: The step goes uphill.
    The gradient points to where the loss grows.
    weight - lr -> weight + lr
correction-missing: Both means are still too small at the start.
    They begin at zero: divide by 1 - 0.9**step and 1 - 0.999**step.
    mean = m / (1 - 0.9**step) -> mean = m ;; square = v / (1 - 0.999**step) -> square = v
corrected-kept: The corrected means are kept.
    The correction is for this step only; m and v go on without it.
    , m, v -> , mean, square
step-times: The correction multiplies by the step.
    It takes a power: 0.9**step.
    0.9**step -> 0.9 * step ;; 0.999**step -> 0.999 * step ;; square.sqrt() -> square.abs().sqrt()
    0.9**step -> 0.9 * step ;; 0.999**step -> 0.999 * step
counts-from-zero: The correction takes one step too many.
    The first step has number 1.
    0.9**step -> 0.9 ** (step + 1) ;; 0.999**step -> 0.999 ** (step + 1)
shares-swapped: The means take most from the new gradient.
    They should change slowly: 0.9 and 0.999 belong to what was there.
    0.9 * m + 0.1 * gradient -> 0.1 * m + 0.9 * gradient ;; 0.999 * v + 0.001 * gradient**2 -> 0.001 * v + 0.999 * gradient**2
one-rate-for-both: Both means change at the same speed.
    v remembers longer: 0.999.
    0.999 * v + 0.001 -> 0.9 * v + 0.1 ;; 0.999**step -> 0.9**step
old-numbers-used: The step uses m and v of before.
    First the means, then the step.
    m = 0.9 -> old_m, old_v = m, v\n    m = 0.9 ;; mean = m -> mean = old_m ;; square = v -> square = old_v
gradient-not-mean: The step uses the gradient, not its mean.
    m is there to smooth it.
    lr * mean -> lr * gradient
square-missing: v is no mean of squares.
    Square the gradient.
    gradient**2 -> gradient.abs()
root-missing: The step is divided by v itself.
    The root has the unit of the gradient.
    square.sqrt() -> square
wrong-value: A result is wrong.
    Do the first step by hand: what does each weight move by?
"""  # noqa: E501

GRADIENT = torch.tensor([0.5, -2.0, 0.01])
EXERCISE = function_exercise(
    adam_step,
    BUGS,
    [
        (torch.tensor([1.0, 2.0, 3.0]), GRADIENT, torch.zeros(3), torch.zeros(3), 1, 0.1),
        (torch.tensor([1.0, 2.0, 3.0]), GRADIENT, torch.tensor([0.2, -0.1, 0.3]), torch.tensor([0.04, 0.5, 0.02]), 7, 0.1),
    ],
    call=lambda *given: f"gradient={shown(given[1])} in step {given[4]}",
    praise="Right in the first step and in a later one: one memory for the mean, one for the size.",
    title="a step of Adam",
    minutes=8,
    difficulty=3,
    place="05/3",
    text="""\
Adam keeps two numbers for each weight: `m`, a running mean of its gradient, and `v`, a running mean of the gradient's
square.

1. m becomes 0.9 of itself and 0.1 of the gradient; v becomes 0.999 of itself and 0.001 of the squared gradient.
2. Both began at zero, so they are too small at first. For this step, divide m by 1 - 0.9**step and v by 1 -
   0.999**step.
3. The weight moves against the first, divided by the root of the second plus 1e-8, times `lr`.

Return the new weights, and the new m and v without the correction of line 2.
""",
)

"""One step against the gradient."""

import torch
from torch import Tensor

from cnnkit.check.functions import function_exercise


def sgd_step(weight: Tensor, gradient: Tensor, lr: float) -> Tensor:
    """The weights after one step of gradient descent with the learning rate lr."""
    step = lr * gradient
    return weight - step


BUGS = r"""
uphill: The step goes uphill.
    The gradient points to where the loss grows.
    weight - step -> weight + step
rate-missing: The learning rate is not used.
    It says how far the step goes.
    lr * gradient -> gradient
divided: The gradient is divided by the learning rate.
    A smaller rate should make a smaller step.
    lr * gradient -> gradient / lr
step-returned: Only the step comes back.
    The new weights are asked for.
    weight - step -> -step
    weight - step -> step
turned-round: The weights are subtracted from the step.
    It is the other way round.
    weight - step -> step - weight
sign-only: All steps have the same length.
    A steeper slope makes a longer step.
    lr * gradient -> lr * gradient.sign()
normalised: The gradient was scaled to length 1.
    A steeper slope makes a longer step.
    lr * gradient -> lr * gradient / gradient.norm()
mean-gradient: All weights take the same step.
    Each has a gradient of its own.
    lr * gradient -> lr * gradient.mean()
scaled-weight: The step grows with the weight.
    It depends on gradient and rate alone.
    lr * gradient -> lr * gradient * weight
wrong-value: A new weight is wrong.
    Take one weight, and compute its step by hand.
"""

EXERCISE = function_exercise(
    sgd_step,
    BUGS,
    [
        (torch.tensor([1.0, -2.0, 3.0]), torch.tensor([0.5, 2.0, -1.0]), 0.1),
        (torch.tensor([[2.0, 5.0], [-1.0, 4.0]]), torch.tensor([[3.0, -1.0], [0.5, 0.0]]), 0.02),
    ],
    praise="Right for vectors and matrices, and for two rates.",
    title="a step of gradient descent",
    minutes=3,
    difficulty=1,
    place="05/2",
    text="""\
The gradient says how much the loss grows when a weight grows. So a step against it lowers the loss, if it is not too
long: each weight moves by the learning rate times its own gradient. Return new weights, and leave the old ones as
they are.
""",
)

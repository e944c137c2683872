"""A training loop that runs, and learns nothing."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit.check.functions import function_exercise


def repair_loop(images: Tensor, labels: Tensor, classes: int, steps: int, lr: float) -> list[float]:
    """The loss of each step of gradient descent with one linear layer, whose weights begin at zero; images [N, features]."""
    model = nn.Linear(images.shape[1], classes)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(images), labels)
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():  # what SGD does; an optimizer would load torch's compiler with the kit
                gradient = parameter.grad if parameter.grad is not None else torch.zeros(())
                parameter.sub_(lr * gradient)
        losses.append(loss.item())
    return losses


BUGS = r"""
learns-nothing: The loss is the same in each step: no weight has moved.
    Print a gradient just before `optimizer.step()`.
    parameter.sub_(lr * gradient) -> pass
one-step-only: There is one loss only.
    Look at where your return stands.
    losses.append(loss.item()) -> return [loss.item()]
only-biases-learn: The loss falls a little and then stays.
    After some steps, which of the parameters is still zero?
    in model.parameters() -> in [model.bias]
softmax-twice: The loss falls, but too slowly.
    Cross entropy has a softmax inside. What does it get here?
    model(images), labels -> model(images).softmax(dim=1), labels
gradients-pile-up: The steps grow from step to step.
    New gradients are added to the old ones.
    model.zero_grad()\n -> pass\n
climbs: The loss climbs.
    In which direction does the optimizer go?
    sub_(lr -> add_(lr
rate-ignored: The learning rate that was asked for is not used.
    `lr` is an argument.
    sub_(lr -> sub_(0.1
    sub_(lr -> sub_(0.01
wrong-value: The losses are wrong.
    They should be those of plain gradient descent: one step, one gradient.
"""

SOURCE = torch.Generator().manual_seed(8)
IMAGES = torch.randn(6, 4, generator=SOURCE)
EXERCISE = function_exercise(
    repair_loop,
    BUGS,
    [(IMAGES, torch.tensor([0, 0, 0, 1, 2, 2]), 3, 4, 0.5), (IMAGES[:5], torch.tensor([1, 0, 1, 1, 0]), 2, 3, 1.0)],
    call=lambda *given: f"{given[3]} steps of lr={given[4]}",
    before=lambda: torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0),  # the first one imports torch's compiler
    praise="All three faults are gone: the loss falls as it should.",
    title="repair a loop that learns nothing",
    minutes=6,
    difficulty=3,
    place="05/7",
    text="""\
This loop runs without an error, and its loss stays where it was. Three things are wrong. Find them by what you can
print: the gradient before the step, the weights after it, and what the loss function gets.

```python
def repair_loop(images, labels, classes, steps, lr):
    model = nn.Linear(images.shape[1], classes)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimizer = torch.optim.SGD([model.bias], lr=lr)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(model(images).softmax(dim=1), labels)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses
```
""",
)

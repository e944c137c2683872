"""Whether the gradients of two neighbouring images point in the same direction."""

import torch
from torch import Tensor, nn

from cnnkit.check.functions import function_exercise


def cosine_of_gradients(model: nn.Module, image: Tensor, neighbour: Tensor, target: int) -> float:
    """Cosine between the gradients of the logit `target` at two images [C, H, W]; the model stays in the mode it is in."""
    slopes = []
    for one in (image, neighbour):
        x = one.clone().requires_grad_()
        logits = model(x[None])
        slopes.append(torch.autograd.grad(logits[0, target], x)[0].flatten())
    a, b = slopes
    return float(a @ b / (a.norm() * b.norm()))


BUGS = r"""
cosine-of-images: The images are compared, not their gradients.
    Ask for the gradient of the logit with respect to each image.
    slopes.append(torch.autograd.grad(logits[0, target], x)[0].flatten()) -> slopes.append(one.flatten())
same-image-twice: One image is used twice.
    Look at what each of the two gradients is taken at.
    in (image, neighbour) -> in (image, image)
    in (image, neighbour) -> in (neighbour, neighbour)
gradients-pile-up: The second gradient has the first one in it.
    PyTorch adds new gradients to the old ones.
    a, b = slopes -> a, b = slopes[0], slopes[0] + slopes[1]
dot-product: The lengths of the gradients are in the result.
    A cosine lies between -1 and 1: divide by both lengths.
    a @ b / (a.norm() * b.norm()) -> a @ b
lengths-multiplied-once: The product is divided by one length only.
    Divide by both.
    a @ b / (a.norm() * b.norm()) -> a @ b / a.norm()
    a @ b / (a.norm() * b.norm()) -> a @ b / b.norm()
absolute: The sign is lost.
    Gradients can point in opposite directions.
    a @ b / (a.norm() * b.norm()) -> abs(a @ b / (a.norm() * b.norm()))
mean-over-channels: There is a cosine for each position, and their mean comes back.
    All pixels and channels together are one vector.
    a @ b / (a.norm() * b.norm()) -> torch.cosine_similarity(a.view_as(image), b.view_as(image), dim=0).mean()
all-logits: The sum of all logits is used.
    Take the one of the class `target`.
    logits[0, target] -> logits.sum()
first-class-always: It is always the first logit.
    The class is an argument.
    logits[0, target] -> logits[0, 0]
gradient-of-probability: The gradient is that of the probability.
    Take the logit, before any softmax.
    logits[0, target] -> logits.softmax(1)[0, target]
    logits[0, target] -> logits.log_softmax(1)[0, target]
wrong-value: The cosine is wrong.
    Print both gradients, and check one of them by a small change of a pixel.
"""


def small(seed: int) -> nn.Sequential:
    """A network for images [2, 3, 3] that bends enough for two gradients to differ."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Conv2d(2, 4, 2), nn.Tanh(), nn.Flatten(), nn.Linear(16, 3))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)
    return model


def pair(seed: int) -> tuple[Tensor, Tensor]:
    """Two images: neighbours, or, so that the sign shows, two whose gradients point in opposite directions."""
    image, other = torch.randn(2, 2, 3, 3, generator=torch.Generator().manual_seed(seed)).unbind()
    return image, image + 0.2 * other if seed == 0 else 2 * other


EXERCISE = function_exercise(
    cosine_of_gradients,
    BUGS,
    [(small(n), *pair(n), 1) for n in (0, 1)],
    call=lambda *given: f"two images and target={given[3]}",
    praise="Right for two networks, whose gradients point in different directions.",
    title="do neighbours agree?",
    minutes=8,
    difficulty=3,
    place="07/1",
    text="""\
Take two images that hardly differ. The logit of the class `target` has a gradient at each of them, one number for
each value of the image. Do the two gradients point in the same direction? Their cosine says so: the dot product of
both, as long vectors, divided by the product of their lengths. The model takes a batch, so give it each image as a
batch of one, and leave the model as it is.
""",
)

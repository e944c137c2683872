"""What the checks of training and gradients share: a network that notes how it is used, and the losses that students take."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from cnnkit.check.faults import Mistake, text_of

CLASSES = 5

Net = TypeVar("Net", bound=nn.Module)


class Watch(nn.Module):
    """The last layer of a network: passes its input on, and notes modes, logits and the gradients that come back."""

    def __init__(self) -> None:
        super().__init__()
        self.training_modes: list[bool] = []
        self.gradient_modes: list[bool] = []
        self.logits: list[Tensor] = []
        self.gradients: list[Tensor] = []
        self.backward_modes: list[bool] = []  # of the forward passes that gradients come back to

    def __deepcopy__(self, memo: dict[int, Any]) -> Watch:
        return Watch().train(self.training)  # without the notes: some tensors cannot be copied

    def forward(self, x: Tensor) -> Tensor:
        """``x`` itself."""
        self.training_modes.append(self.training)
        self.gradient_modes.append(torch.is_grad_enabled())
        self.logits.append(x.detach())
        if x.requires_grad:
            mode = self.training
            x.register_hook(lambda gradient: self._note(gradient, mode))
        return x

    def _note(self, gradient: Tensor, mode: bool) -> None:
        self.gradients.append(gradient.detach())
        self.backward_modes.append(mode)


class Norm(nn.BatchNorm2d):
    """A batch norm with other numbers in each mode that changes nothing in place, which `torch.func` would refuse."""

    def forward(self, x: Tensor) -> Tensor:
        """``x`` normalised by its own statistics, or in evaluation mode by those that were kept."""
        kept = (None, None) if self.training else (self.running_mean, self.running_var)
        return F.batch_norm(x, *kept, self.weight, self.bias, self.training, eps=self.eps)


class Backwards(TorchFunctionMode):
    """Notes the backward passes that are asked for while it is entered, whether they reach the network or not."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []  # "backward" or "grad"

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        if name in ("backward", "grad"):
            self.names.append(name)
        return func(*args, **(kwargs or {}))


def network(*layers: nn.Module, generator: torch.Generator) -> nn.Sequential:
    """``layers`` with weights from ``generator``."""
    return weighted(nn.Sequential(*layers), generator)


def weighted(net: Net, generator: torch.Generator) -> Net:
    """``net`` with weights from ``generator``, independent of torch's initialisers."""
    with torch.no_grad():
        for parameter in net.parameters():
            scale = parameter[0].numel() ** -0.5 if parameter.ndim > 1 else 0.3
            parameter.copy_(1.4 * scale * torch.randn(parameter.shape, generator=generator))
    return net


def batch(count: int, generator: torch.Generator, side: int = 8) -> tuple[Tensor, Tensor]:
    """``count`` photos and their labels."""
    return torch.randn(count, 3, side, side, generator=generator), torch.randint(0, CLASSES, (count,), generator=generator)


def plain_number(value: Any, asked: str) -> float:
    """``value`` if it is a plain number; ``asked`` is what it should be, e.g. "the loss"."""
    if value is None:
        raise Mistake("returns-nothing", f"Your function returns None. It must return {asked}; look at its last line.")
    if isinstance(value, Tensor):
        graph = ", and with it the whole graph of the network" if value.grad_fn is not None else ""
        raise Mistake("wrong-type", f"Your function returns a tensor{graph}. A plain number is asked for.")
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise Mistake(
            "wrong-type",
            f"Your function returns a {type(value).__name__}. It must return {asked} as a plain number.",
        )
    try:
        return float(value)
    except OverflowError:  # of a giant int
        return float("inf")


def close(seen: Tensor, expected: Tensor, tolerance: float = 1e-3) -> bool:
    """Whether two tensors are the same but for rounding; NaN is close to nothing."""
    return seen.shape == expected.shape and bool((seen - expected).norm() <= tolerance * expected.norm() + 1e-9)


def flat(tensors: Iterable[Tensor | None], like: Iterable[Tensor]) -> Tensor:
    """All values in one row; a gradient that is not there counts as 0."""
    return torch.cat([(torch.zeros_like(p) if t is None else t).detach().flatten() for t, p in zip(tensors, like, strict=True)])


Loss = Callable[[Tensor, Tensor], Tensor]


def _one_hot(logits: Tensor, labels: Tensor) -> Tensor:
    return F.one_hot(labels, logits.shape[1]).to(logits.dtype)


# Losses that students take for the cross entropy of the logits: slug -> formula and what to say.
OTHER_LOSSES: dict[str, tuple[Loss, str]] = {
    "loss-sum": (
        lambda z, y: F.cross_entropy(z, y, reduction="sum"),
        "The losses of the photos are added up. Cross entropy is their mean, so that the step does not grow with the batch.",
    ),
    "softmax-twice": (
        lambda z, y: F.cross_entropy(z.softmax(1), y),
        "Softmax is applied twice. PyTorch's cross entropy takes logits and does the softmax itself; look at what you hand it.",
    ),
    "softmax-over-photos": (
        lambda z, y: F.nll_loss(z.log_softmax(0), y),
        "The softmax runs over the photos of the batch. It must run over the classes: look at its `dim`.",
    ),
    "nll-of-logits": (
        lambda z, y: F.nll_loss(z, y),
        "The logits are taken for log-probabilities. `nll_loss` expects a log-softmax before it; cross entropy "
        "takes the logits.",
    ),
    "nll-of-softmax": (
        lambda z, y: F.nll_loss(z.softmax(1), y),
        "The logarithm is missing. `nll_loss` expects log-probabilities, and yours are probabilities; cross entropy "
        "takes the logits.",
    ),
    "squared-error": (
        lambda z, y: F.mse_loss(z, _one_hot(z, y)),
        "Your loss is a squared error. Cross entropy of the logits is asked for; look at your loss function.",
    ),
    "binary-cross-entropy": (
        lambda z, y: F.binary_cross_entropy_with_logits(z, _one_hot(z, y)),
        "Your loss asks yes or no for each class on its own. Cross entropy over all classes is asked for.",
    ),
    "wrong-sign": (
        lambda z, y: -F.cross_entropy(z, y),
        "The loss has the wrong sign: such a step makes it larger. Look for a minus.",
    ),
}


def other_loss(gradient: Tensor, logits: Tensor, labels: Tensor) -> Mistake | None:
    """The known wrong loss that has this ``gradient`` at the logits, if one has."""
    for slug, (loss, message) in OTHER_LOSSES.items():
        if close(gradient, gradient_at_logits(loss, logits, labels)):
            return Mistake(slug, message)
    squared = (gradient_at_logits(loss, logits, labels) for loss in _SQUARED)
    if any(_parallel(gradient, other) for other in squared):
        return Mistake("squared-error", OTHER_LOSSES["squared-error"][1])
    return None


_SQUARED: tuple[Loss, ...] = (
    lambda z, y: F.mse_loss(z, _one_hot(z, y)),
    lambda z, y: F.mse_loss(z.softmax(1), _one_hot(z, y)),
)


def gradient_at_logits(loss: Loss, logits: Tensor, labels: Tensor) -> Tensor:
    """Of ``loss`` with respect to the logits."""
    with torch.enable_grad():
        leaf = logits.clone().requires_grad_()
        return torch.autograd.grad(loss(leaf, labels), leaf)[0]


def _parallel(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and bool(F.cosine_similarity(one.flatten(), other.flatten(), dim=0) > 0.99999)


def detached(mistake: Mistake) -> Mistake:
    """The mistake "loss-detached" where an exception shows it, and the exception's own mistake otherwise."""
    text = text_of(mistake.__cause__)
    if "does not require grad" in text:
        seen = "The loss is cut off from the network: no gradient can flow back. Look for no_grad, detach, data or item()."
    elif "has no attribute 'backward'" in text:
        seen = "The loss is a plain number already when you ask for gradients. Take the number out of it later."
    else:
        return mistake
    return Mistake("loss-detached", seen)


def no_gradient(asked: bool) -> Mistake:
    """Why no gradient came to the network, though or because a backward pass was ``asked`` for."""
    if asked:
        return Mistake("loss-detached", "Your backward pass does not reach the network. Look for detach, data or item().")
    return Mistake("backward-missing", "No gradients are computed. Look for the backward pass.")

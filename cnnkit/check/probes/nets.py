"""What the checks of training and gradients share: networks that note how they are used, and the losses that students take."""

from __future__ import annotations

import numbers
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from cnnkit.check.faults import Mistake

CLASSES = 5
SIZE = (16, 8)  # of the maps of `TwoConvolutions`, from photos of 32x32: height and width differ

Net = TypeVar("Net", bound=nn.Module)


class Watch(nn.Module):
    """The last layer of a network: passes its input on, and notes the logits and the gradients that come back."""

    def __init__(self) -> None:
        super().__init__()
        self.logits: list[Tensor] = []
        self.gradients: list[Tensor] = []
        self.gradient_modes: list[bool] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> Watch:
        return Watch().train(self.training)  # without the notes: some tensors cannot be copied

    def forward(self, x: Tensor) -> Tensor:
        """``x`` itself."""
        self.gradient_modes.append(torch.is_grad_enabled())
        self.logits.append(x.detach())
        if x.requires_grad:
            x.register_hook(lambda gradient: self.gradients.append(gradient.detach()))
        return x


class Norm(nn.BatchNorm2d):
    """A batch norm with other numbers in each mode that changes nothing in place, which `torch.func` would refuse."""

    def forward(self, x: Tensor) -> Tensor:
        """``x`` normalised by its own statistics, or in evaluation mode by those that were kept."""
        own = self.training or self.running_mean is None
        kept = (None, None) if own else (self.running_mean, self.running_var)
        return F.batch_norm(x, *kept, self.weight, self.bias, own, eps=1e-5 if own else self.eps)


class Drop(nn.Dropout):
    """A dropout that drops every second feature in training mode: nobody's random numbers play a part."""

    def forward(self, x: Tensor) -> Tensor:
        """``x``, in training mode with one half at 0 and the other doubled."""
        kept = 2.0 * (torch.arange(x[0].numel()).reshape(x[0].shape) % 2)
        return x * kept.to(x.dtype) if self.training else x


class TwoConvolutions(nn.Module):
    """Two convolutions and a linear layer; the layer of a case lies inside ``block``."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 5, stride=(2, 4), padding=2), nn.ReLU())
        self.block = nn.Sequential(nn.Conv2d(6, 6, 3, padding=1), nn.ReLU(inplace))
        self.head = nn.Linear(6 * SIZE[0] * SIZE[1], CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """[N, 3, 32, 32] -> [N, 5]."""
        logits: Tensor = self.head(self.block(self.stem(x)).flatten(1))
        return logits


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


# Rows for exercises whose reference has the text that is edited here: what students take for the cross entropy of the logits.
_LOSS = "F.cross_entropy(model(images), labels)"
_ONE_HOT = "F.one_hot(labels, 5).float()"
LOSSES = rf"""
loss-sum: The losses of the photos are added up.
    Cross entropy is their mean, so that the step does not grow with the batch.
    {_LOSS} -> F.cross_entropy(model(images), labels, reduction="sum")
softmax-twice: Softmax is applied twice.
    PyTorch's cross entropy takes logits and does the softmax itself; look at what you hand it.
    {_LOSS} -> F.cross_entropy(model(images).softmax(1), labels)
softmax-over-photos: The softmax runs over the photos of the batch.
    It must run over the classes: look at its `dim`.
    {_LOSS} -> F.nll_loss(model(images).log_softmax(0), labels)
nll-of-logits: The logits are taken for log-probabilities.
    `nll_loss` expects a log-softmax before it; cross entropy takes the logits.
    {_LOSS} -> F.nll_loss(model(images), labels)
nll-of-softmax: The logarithm is missing.
    `nll_loss` expects log-probabilities, and yours are probabilities; cross entropy takes the logits.
    {_LOSS} -> F.nll_loss(model(images).softmax(1), labels)
squared-error: Your loss is a squared error.
    Cross entropy of the logits is asked for; look at your loss function.
    {_LOSS} -> F.mse_loss(model(images), {_ONE_HOT})
    {_LOSS} -> F.mse_loss(model(images), {_ONE_HOT}, reduction="sum")
    {_LOSS} -> (5 * F.mse_loss(model(images), {_ONE_HOT}))
    {_LOSS} -> F.mse_loss(model(images).softmax(1), {_ONE_HOT})
    {_LOSS} -> F.mse_loss(model(images).softmax(1), {_ONE_HOT}, reduction="sum")
    {_LOSS} -> (5 * F.mse_loss(model(images).softmax(1), {_ONE_HOT}))
binary-cross-entropy: Your loss asks yes or no for each class on its own.
    Cross entropy over all classes is asked for.
    {_LOSS} -> F.binary_cross_entropy_with_logits(model(images), {_ONE_HOT})
    {_LOSS} -> (5 * F.binary_cross_entropy_with_logits(model(images), {_ONE_HOT}))
loss-detached: The loss is cut off from the network: no gradient can flow back.
    Look for no_grad, detach, data, argmax or item().
    model(images) -> model(images).detach()
    model(images) -> model(images).detach().requires_grad_()
    {_LOSS} -> &.item()
    {_LOSS} -> F.cross_entropy(model(images).argmax(1), labels)
    {_LOSS} -> F.cross_entropy(model(images).argmax(1).float(), labels.float())
arguments-exchanged: The loss is given the labels first.
    The logits come first, then the labels.
    {_LOSS} -> F.cross_entropy(labels, model(images))
loss-not-called: The loss is made, and not called: its arguments go to its maker.
    Make it first, `nn.CrossEntropyLoss()`, and then call that with logits and labels.
    {_LOSS} -> torch.nn.CrossEntropyLoss(model(images), labels)
"""

"""Builds a student's network for the probes, safely, and compares it with the kit's own on the same weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from cnnkit import trace
from cnnkit.check import limits
from cnnkit.check.engine import Attempt, student_code
from cnnkit.check.faults import Mistake, mistake_of, text_of
from cnnkit.trace import layout, units
from cnnkit.weights import Apart, same, transfer

MOST_PARAMETERS = 100_000_000


def build(attempt: Attempt, make: Callable[[], Any], call: str) -> nn.Module:
    """The network that ``make()`` returns, on the CPU in float32; ``call`` is how the messages write that.

    It is made without memory first, which tells a network that is far too large before it fills the machine.
    """
    try:
        with torch.device("meta"):
            trial = list(make().parameters())
    except limits.Stop:
        raise
    except BaseException:
        trial = []  # code that needs real numbers; the real construction tells what is wrong
    size = sum(p.numel() for p in trial if not is_lazy(p))
    if size > MOST_PARAMETERS:
        raise Mistake("too-large", f"`{call}` has {size:,} parameters. That is far too many; look at the sizes of its layers.")
    try:
        model = make()
    except limits.Stop:
        raise
    except BaseException as error:
        mistake = _in_words(error, call, attempt)
        raise mistake from error
    if not isinstance(model, nn.Module):
        raise Mistake(
            "returns-nothing" if model is None else "wrong-type",
            f"`{call}` is no network. It gives {_article(type(model).__name__)}, not an nn.Module; look at what it returns.",
        )
    if {id(p) for p in trial} & {id(p) for p in model.parameters()}:
        raise Mistake(
            "shared-between-blocks",
            "Two blocks have the same weights. A layer was made once and is used by both. Look at where the layers are made.",
        )
    _check_parameters(model, call)
    return model


def _in_words(error: BaseException, call: str, attempt: Attempt) -> Mistake:
    mistake = mistake_of(error, f"it is made by `{call}`")
    text = text_of(error)
    if isinstance(error, TypeError) and "argument" in text and "__init__" in text and "positional" in text:
        name = getattr(attempt.candidate, "__name__", "")
        if f"{name}.__init__" in text:
            return Mistake("does-not-construct", f"The class cannot be called as in the exercise. `{call}` says: {text}.")
    if "divisible by groups" in text:
        return Mistake("grouped-convolution", "A convolution has groups. Every filter here sees all channels: no `groups`.")
    if mistake.slug == "raises":
        mistake.slug = "does-not-construct"
    return mistake


def _article(word: str) -> str:
    return f"an object of type {word}" if word != "NoneType" else "None"


def _check_parameters(model: nn.Module, call: str) -> None:
    for name, parameter in model.named_parameters():
        if parameter.device.type != "cpu":
            raise Mistake(
                "wrong-device",
                f"`{name}` lies on the device {parameter.device.type}. Build layers without a device; "
                "the training moves the whole network.",
            )
        if parameter.is_floating_point() and parameter.dtype != torch.float32:
            kind = str(parameter.dtype).removeprefix("torch.")
            raise Mistake(
                "wrong-dtype", f"`{name}` is {kind}. Photos are float32, and weights must be so too; look for a cast."
            )


def require_first_weights(model: nn.Module) -> None:
    """Refuses first weights that cannot learn, which the comparison with the reference overwrites: all alike, or no numbers."""
    for name, weight in model.named_parameters():
        if is_lazy(weight) or weight.numel() < 2:
            continue
        if not bool(torch.isfinite(weight).all()):
            raise Mistake(
                "weights-alike", f"`{name}` begins with values that are no finite numbers. Look at how the weights are set."
            )
        # One number a channel is a bias, or the scale of a norm, in a shape of the student's own.
        if weight.ndim > 1 and weight[0].numel() > 1 and bool((weight == weight.flatten()[0]).all()):
            raise Mistake(
                "weights-alike",
                f"`{name}` begins with the same number everywhere, {weight.flatten()[0].item():g}. "
                "Its filters then stay alike in training; PyTorch's own first weights are random.",
            )


def randomise(model: nn.Module, generator: torch.Generator) -> None:
    """Gives every parameter and buffer other numbers, of a sensible size, so that none is 0 or 1 by chance."""
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    variances = {id(norm.running_var) for norm in norms}  # no longer 1 where the network ran while it was made
    with torch.no_grad():
        for tensor in dict.fromkeys([*model.parameters(), *model.buffers()]):
            if is_lazy(tensor) or not tensor.is_floating_point():
                continue
            values = torch.randn(tensor.shape, generator=generator)
            if tensor.ndim > 1:
                values *= (2.0 / max(tensor[0].numel(), 1)) ** 0.5
            elif id(tensor) in variances or bool((tensor == 1).all()):  # variances and scales
                values = 0.5 + torch.rand(tensor.shape, generator=generator)
            else:
                values *= 0.3
            tensor.copy_(values)


def difference(student: nn.Module, reference: nn.Module, inputs: Tensor) -> str | None:
    """None if both compute the same with equal weights; else where first not: "eval", "train", "gradient", "statistics".

    The weights of ``student`` go into ``reference``. Both are trained for one step's forward and backward pass. With which
    momentum batch norms keep their statistics is not compared: no exercise names one.
    """
    with _one_momentum(student):
        return _difference(student, reference, inputs)


@contextmanager
def _one_momentum(model: nn.Module) -> Iterator[None]:
    """Lets the batch norms of ``model`` keep statistics at torch's own pace, if they do so at another one."""
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    kept = [(norm, norm.momentum) for norm in norms if norm.momentum is None or 0 < norm.momentum < 1]
    try:
        for norm, _ in kept:
            norm.momentum = 0.1
        yield
    finally:
        for norm, momentum in kept:
            norm.momentum = momentum


def _difference(student: nn.Module, reference: nn.Module, inputs: Tensor) -> str | None:
    try:
        transfer(student, reference, inputs)
    except (Apart, trace.ForwardError):
        return "eval"
    upstream = torch.randn(reference.eval()(inputs).shape, generator=torch.Generator().manual_seed(1))
    results = []
    for model in (student, reference):
        x = inputs.clone().requires_grad_()
        with student_code("called in training mode"):
            out = model.train()(x)
        if not out.requires_grad:
            return "gradient"
        _backward((out * upstream).sum())
        results.append((out.detach(), x.grad if x.grad is not None else torch.zeros(())))
    if not same(results[0][0], results[1][0]):
        return "train"
    if not _alike(results[0][1], results[1][1]) or _without_gradient(student, inputs):
        return "gradient"
    with torch.no_grad():
        alike = same(student.eval()(inputs), reference.eval()(inputs))
    return None if alike else "statistics"


def _backward(loss: Tensor) -> None:
    try:
        loss.backward()
    except RuntimeError as error:
        if "inplace operation" not in text_of(error):
            raise mistake_of(error, "the gradients are computed") from error
        raise Mistake(
            "inplace-breaks-gradient",
            "Training fails: the gradient needs a value that was overwritten. "
            "Look for `+=` or `inplace=True` on the result of a ReLU.",
        ) from error


def _alike(a: Tensor, b: Tensor) -> bool:
    # A sum of products in another order may flip a ReLU at 0; the gradients then differ in a few places by all they have.
    return a.shape == b.shape and float((a - b).norm()) <= 0.02 * float(b.norm())


def _without_gradient(model: nn.Module, inputs: Tensor) -> bool:
    used = {name for record in trace.run(model, inputs).records for name in record.parameters}
    return any(p.requires_grad and p.grad is None and name in used for name, p in model.named_parameters())


def has_projection(steps: list[layout.Step]) -> bool:
    """Whether the (first) shortcut of a block has a weighted layer."""
    found = units.roles(steps)
    return any(isinstance(role, units.Junction) and role.shortcut for role in found)

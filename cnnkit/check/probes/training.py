"""The check of train_step: one step from known weights, with SGD and with Adam."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake
from cnnkit.check.probes.stepping import RATE, Step, plain_net, sgd, step_of
from cnnkit.check.probes.watching import (
    CLASSES,
    OTHER_LOSSES,
    Watch,
    batch,
    close,
    flat,
    gradient_at_logits,
    network,
    no_gradient,
    other_loss,
    plain_number,
)  # fmt: skip

EXACT = 1e-5  # right answers differ from each other by 1e-6 of a move; a label smoothing of 1e-4 makes about 1e-4


def number_and_mode(attempt: Attempt) -> None:
    """A plain number, from a network in training mode."""
    stem = nn.Conv2d(3, 4, 3, stride=2), nn.BatchNorm2d(4), nn.ReLU()
    head = nn.Dropout(), nn.Flatten(), nn.Linear(36, CLASSES), Watch()
    net = network(*stem, *head, generator=attempt.generator(1)).eval()
    step = step_of(attempt, net, sgd(net), batch(6, attempt.generator(2)))
    plain_number(step.returned, "the loss")
    modes = step.watch.training_modes
    if not modes:
        raise Mistake("model-not-used", "Your function never calls the model. The loss is that of `model(images)`.")
    if not all(step.watch.backward_modes or modes):  # another look at the logits may be in any mode
        raise Mistake(
            "not-in-train-mode",
            "The model computes its logits in evaluation mode: dropout and batch norm rest. Put it into training "
            "mode before you call it.",
        )


def one_step(attempt: Attempt) -> None:
    """One step of SGD from known weights, no gradients in the model yet: update first, then the number."""
    net, photos = plain_net(attempt, 3), batch(6, attempt.generator(4))
    step = step_of(attempt, net, sgd(net), photos)
    if not close(step.move, step.expected, EXACT):
        if close(step.move, torch.zeros_like(step.move)):
            raise _no_move(step)
        raise _other_move(step, photos[1])
    _loss(step, photos[1])


def _no_move(step: Step) -> Mistake:
    """Why the weights are as before."""
    if not step.watch.gradients:
        return no_gradient(step.backwards)
    if not step.steps:
        return Mistake("step-missing", "The weights stay as they are. Gradients are there, but the optimizer makes no step.")
    if step.too_early:
        return Mistake(
            "step-before-backward",
            "The optimizer makes its step before the gradients are there. Look at the order of the two.",
        )
    return Mistake(
        "zero-after-backward",
        "The gradients are cleared before the optimizer can use them, so the weights stay as they are. Look at the "
        "order of the calls.",
    )


def _other_move(step: Step, labels: Tensor) -> Mistake:
    """Why the weights are not where they should be."""
    share = (step.move @ step.expected / step.expected.square().sum()).item()
    gradient, logits = (step.watch.gradients or [torch.zeros(0)])[0], step.watch.logits[0]
    if not any(close(seen, step.logits) for seen in step.watch.logits):
        return Mistake(
            "other-images",
            "The model does not get the images that your function is handed: they are changed, or in another order than the "
            "labels. They come normalised and augmented already; give them to the model as they are.",
        )
    if wrong := other_loss(gradient, logits, labels):
        return wrong
    if not step.steps:
        return Mistake(
            "own-optimizer",
            "The weights change without a step of the `optimizer` that your function is given. Use that one, with its rate.",
        )
    if step.steps > 1:
        return Mistake("two-steps", f"The optimizer makes {step.steps} steps. One step for each batch is asked for.")
    if not close(gradient, gradient_at_logits(F.cross_entropy, logits, labels), EXACT):
        return Mistake(
            "wrong-loss",
            "The gradient is that of another loss. Asked for is the cross entropy of the logits, its mean.",
        )
    if len(step.watch.gradients) > 1 and close(step.move, share * step.expected):
        return Mistake(
            "two-backwards",
            f"Gradients are added up from {len(step.watch.gradients)} backward passes. One is enough.",
        )
    if step.rate != RATE:
        return Mistake(
            "own-learning-rate",
            f"Your code sets the learning rate to {step.rate:g}. The optimizer came with {RATE:g}; leave it as it is.",
        )
    if not step.move.isfinite().all():
        return Mistake(
            "wrong-update", "Some weights are NaN or infinite after the step. Look at what happens to the gradients."
        )
    return Mistake(
        "wrong-update",
        f"The weights move {share:.3g} times as far as they should. Look at what happens to the gradients.",
    )


def _loss(step: Step, labels: Tensor) -> None:
    """The number that comes back, after an update that was right."""
    returned, logits = plain_number(step.returned, "the loss"), step.watch.logits[0]
    if _near(returned, step.loss):
        return
    correct, count = int((logits.argmax(1) == labels).sum()), len(labels)
    seen = f"It is {returned:.4g}, and the loss before the update is {step.loss:.4g}."
    for slug, number, message in (
        ("loss-after-update", step.later, "You return the loss after the update. Look at where the number is taken."),
        ("loss-times-batch", step.loss * count, f"You return the loss times the {count} photos. The mean itself is asked for."),
        ("returns-accuracy", correct / count, "You return the share of right answers. The loss is asked for."),
        ("returns-accuracy", correct, "You return the number of right answers. The loss is asked for."),
    ):
        if _near(returned, number):
            raise Mistake(slug, f"{message} {seen}")
    for slug, (loss, _) in OTHER_LOSSES.items():
        if _near(returned, loss(logits, labels).item()):
            raise Mistake(slug, f"The update is right, but another loss is returned. {seen}")
    raise Mistake("wrong-value", f"The returned number is another. {seen}")


def _near(seen: float, expected: float) -> bool:
    return abs(seen - expected) <= 1e-3 * abs(expected)


def with_old_gradients(attempt: Attempt) -> None:
    """The same with gradients of an earlier batch in the model."""
    net, photos = plain_net(attempt, 5), batch(6, attempt.generator(6))
    source = attempt.generator(7)
    for parameter in net.parameters():
        parameter.grad = torch.randn(parameter.shape, generator=source)
    old = flat([p.grad for p in net.parameters()], net.parameters())
    step = step_of(attempt, net, sgd(net), photos)
    if close(step.move, step.expected, EXACT):
        return _loss(step, photos[1])
    if close(step.move, step.expected - RATE * old):
        if step.left.any():
            raise Mistake(
                "no-zero-grad",
                "Old gradients are added to the new ones: with some in the model, the step is another. Clear them first.",
            )
        raise Mistake(
            "zero-grad-too-late",
            "Old gradients are cleared only after the step. Those that are in the model when your function is "
            "called still count.",
        )
    raise Mistake("wrong-update", "With old gradients in the model, the step is another. They must not change it.")


def with_adam(attempt: Attempt) -> None:
    """Three batches with Adam, the last one short. Its eps keeps rounding from deciding the sign of a step."""
    net = plain_net(attempt, 8)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05, eps=1e-2)
    for number, count in enumerate((6, 6, 2)):
        photos = batch(count, attempt.generator(9 + number))
        step = step_of(attempt, net, optimizer, photos)
        if not close(step.move, step.expected, 1e-2):
            if not step.steps:
                raise Mistake(
                    "own-optimizer",
                    "With Adam the weights move otherwise than Adam would. Use the `optimizer` that your function is given.",
                )
            raise Mistake(
                "wrong-update",
                f"Step {number + 1} with Adam and {count} photos is wrong, though one step of SGD is right.",
            )
        _loss(step, photos[1])


MISTAKES: dict[str, str] = {
    "model-not-used": "the model is never called",
    "other-images": "the model gets other images than those that were handed over",
    "not-in-train-mode": "the model is used in evaluation mode",
    "loss-detached": "the loss has no way back to the network",
    "backward-missing": "no gradients are computed",
    "step-missing": "the optimizer makes no step",
    "step-before-backward": "the optimizer's step comes before the gradients",
    "zero-after-backward": "the new gradients are cleared before the step",
    "no-zero-grad": "old gradients are never cleared",
    "zero-grad-too-late": "old gradients are cleared after the step only",
    "own-optimizer": "the weights are changed without the optimizer that is given",
    "own-learning-rate": "the optimizer's learning rate is changed",
    "two-steps": "the optimizer makes more than one step",
    "two-backwards": "gradients of several backward passes are added up",
    "wrong-update": "the weights end elsewhere",
    "wrong-loss": "another loss than the cross entropy",
    "loss-sum": "the losses of the photos are added up instead of averaged",
    "softmax-twice": "a softmax stands before the cross entropy",
    "softmax-over-photos": "the softmax runs over the photos instead of the classes",
    "nll-of-logits": "nll_loss is given logits",
    "nll-of-softmax": "nll_loss is given probabilities",
    "squared-error": "a squared error instead of the cross entropy",
    "binary-cross-entropy": "one binary cross entropy for each class",
    "wrong-sign": "a sign is wrong",
    "loss-after-update": "the loss after the update is returned",
    "loss-times-batch": "the loss times the number of photos is returned",
    "returns-accuracy": "the accuracy is returned instead of the loss",
    "wrong-value": "a result is wrong",
}

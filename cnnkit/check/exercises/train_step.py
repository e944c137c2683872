"""One step of gradient descent."""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit.check.bugs import Library, bugs
from cnnkit.check.engine import Exercise, student_code
from cnnkit.check.observed import Facets, Observed
from cnnkit.check.probes.nets import CLASSES, LOSSES, Backwards, Drop, Norm, Watch, batch, close, plain_number, weighted

RATE = 0.25  # large enough that the loss after the step is another
EXACT = 1e-5  # right answers differ from each other by 1e-6 of a move; a label smoothing of 1e-4 makes about 1e-4


def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    """Returns the loss before the update, as a plain number."""
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


BUGS = r"""
model-not-used: Your function never calls the model.
    The loss is that of `model(images)`.
other-images: The model does not get the images that your function is handed: they are changed, or in a wrong order.
    They come normalised and augmented already; give them to the model as they are.
not-in-train-mode: The model computes its logits in evaluation mode: batch norm or dropout is switched off.
    Put the whole model into training mode before you call it.
    model.train() -> pass
    model.train() -> model.eval()
    model.train() -> &; [m.eval() for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    model.train() -> &; [m.eval() for m in model.modules() if isinstance(m, nn.Dropout)]
backward-missing: No gradients are computed.
    Look for the backward pass.
    loss.backward() -> pass
step-missing: The weights stay as they are: gradients are there, but the optimizer makes no step.
    optimizer.step() -> pass
step-before-backward: The optimizer makes its step before the gradients are there.
    Look at the order of the two.
    loss.backward()\n    optimizer.step() -> optimizer.step()\n    loss.backward()
zero-after-backward: The gradients are cleared before the optimizer can use them, so the weights stay as they are.
    Look at the order of the calls.
    loss.backward() -> &; optimizer.zero_grad()
no-zero-grad: Old gradients are added to the new ones.
    Clear them first.
    optimizer.zero_grad() -> pass
zero-grad-too-late: Old gradients are cleared only after the step.
    Those that are in the model when your function is called still count.
    optimizer.zero_grad() -> pass ;; optimizer.step() -> &; optimizer.zero_grad(set_to_none=True)
own-optimizer: The weights change without a step of the `optimizer` that your function is given.
    Use that one, with its rate.
two-steps: The optimizer makes more than one step.
    One step for each batch is asked for.
    optimizer.step() -> &; &
wrong-sign: The loss has the wrong sign: such a step makes it larger.
    Look for a minus.
    loss = F -> loss = -F
two-backwards: Gradients are added up from two backward passes.
    One is enough.
    loss.backward() -> loss.backward(retain_graph=True); loss.backward()
wrong-loss: The gradient is not that of the cross entropy of the logits, its mean over the photos.
own-learning-rate: Your code changes the learning rate.
    Leave the optimizer as it is.
fine-half-precision: Your step runs in half precision (autocast), and is right within its rounding.
    loss = F.cross_entropy(model(images), labels) -> with torch.autocast(images.device.type): &
wrong-update: The weights do not move as they should.
    Look at what happens to the gradients.
loss-after-update: You return the loss after the update.
    Look at where the number is taken.
    return loss.item() -> return F.cross_entropy(model(images), labels).item()
loss-times-batch: You return the loss times the number of photos.
    The mean itself is asked for.
    return loss.item() -> & * len(labels)
returns-accuracy: You return how many answers are right, and not the loss.
    model(images) -> (logits := &) ;; loss.item() -> (logits.argmax(1) == labels).float().mean().item()
    model(images) -> (logits := &) ;; loss.item() -> (logits.argmax(1) == labels).sum().item()
wrong-value: The returned number is wrong.
"""


@dataclass(frozen=True)
class Case:
    """A network in evaluation mode, batches for it, one a step, and what is in it: gradients or none. SGD, or Adam."""

    net: nn.Sequential
    batches: tuple[tuple[Tensor, Tensor], ...]
    old: tuple[Tensor, ...] = ()
    adam: bool = False

    def optimizer(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """The optimizer. Adam's eps keeps rounding from deciding the sign of a step."""
        return torch.optim.Adam(parameters, lr=0.05, eps=1e-2) if self.adam else torch.optim.SGD(parameters, lr=RATE)


def case_of(seed: int, salt: int, counts: tuple[int, ...] = (6,), old: bool = False, adam: bool = False) -> Case:
    """A case with batches of ``counts`` photos; the network has other logits in each mode, by its norm and its dropout."""
    source = torch.Generator().manual_seed(1000 * seed + salt)
    # Behind the ReLU the norm does not hide that photos were scaled.
    stem, head = (nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), Norm(4)), (Drop(), nn.Flatten(), nn.Linear(36, CLASSES), Watch())
    net = weighted(nn.Sequential(*stem, *head), source).eval()
    batches = tuple(batch(count, source) for count in counts)
    return Case(net, batches, tuple(torch.randn(p.shape, generator=source) for p in net.parameters()) if old else (), adam)


STAGES = (
    lambda seed: [case_of(seed, 1)],
    lambda seed: [case_of(seed, 2, old=True)],
    lambda seed: [case_of(seed, 3, (6, 6, 2), adam=True)],
)


def watch(function: Callable[..., Any], case: Case) -> Facets:
    """All that the function does in one step or more: its steps, what arrives at the network in which mode, what it returns."""
    net = copy.deepcopy(case.net)
    parameters, notes, backwards = list(net.parameters()), next(m for m in net.modules() if isinstance(m, Watch)), Backwards()
    for parameter, old in zip(parameters, case.old, strict=False):
        parameter.grad = old.clone()
    optimizer = case.optimizer(parameters)
    steps, arrived = list[tuple[bool, float]](), list[tuple[Tensor, bool]]()
    optimizer.register_step_pre_hook(lambda o, *_: steps.append((not notes.gradients, float(o.param_groups[0]["lr"]))))
    net.register_forward_pre_hook(
        lambda m, given: arrived.append((given[0].detach(), all(one.training for one in m.modules())))
    )
    moves, returned, before = list[Tensor](), list[float](), _flat(parameters)
    for images, labels in case.batches:
        with backwards, student_code(f"called with {len(labels)} photos and {type(optimizer).__name__}"):
            value = function(net, optimizer, images.clone(), labels.clone())
        returned.append(plain_number(value, "the loss"))
        moves.append(_flat(parameters) - before)
        before = _flat(parameters)
    moved, full = any(bool(move.any()) for move in moves), [x for x, _ in arrived if x.shape == case.batches[0][0].shape]
    trained = [mode and gradients for (_, mode), gradients in zip(arrived, notes.gradient_modes, strict=False)]
    return {
        "model-not-used": bool(notes.logits),
        "other-images": any(close(x, case.batches[0][0], 1e-2) for x in full) or not full,
        "not-in-train-mode": any(mode for _, mode in arrived),
        "backward-missing": bool(backwards.names or notes.gradients) or moved,
        "loss-detached": bool(notes.gradients) or moved,
        "step-missing": bool(steps) or moved,
        "step-before-backward": moved or not steps or not steps[0][0],
        "zero-after-backward": moved,
        "own-optimizer": bool(steps),
        "two-steps": max(len(steps) - len(case.batches), 0),
        "wrong-loss": notes.gradients[0] if notes.gradients else None,
        "own-learning-rate": steps[-1][1] if steps else None,
        "wrong-update": moves if case.adam else moves[0],
        "wrong-value": returned,
        "left": any(p.grad is not None and bool(p.grad.any()) for p in parameters),
        "remarks": ["Your step runs the model twice in training mode. Once is enough; dropout is different each time."]
        * (sum(trained) > len(case.batches) and sum(len(x) for x, _ in arrived) > sum(len(y) for _, y in case.batches)),
    }


def _flat(tensors: list[nn.Parameter]) -> Tensor:
    return torch.cat([tensor.detach().flatten() for tensor in tensors])


def same(one: Any, other: Any) -> bool:
    """Whether two moves, lists of moves (of Adam) or numbers are the same but for rounding."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return close(one.float(), other, EXACT)
    if isinstance(one, list) and isinstance(other, list):
        tensors = isinstance(other[0], Tensor)
        return all(close(a, b, 1e-2) if tensors else abs(a - b) <= 1e-3 * abs(b) for a, b in zip(one, other, strict=True))
    return type(one) is type(other) and not isinstance(one, Tensor) and bool(one == other)


def tell(facet: str, case: Case, seen: Facets, right: Facets) -> str:
    """How far the weights went, the number that came back, or the rate."""
    mine, theirs = seen[facet], right[facet]
    if facet == "wrong-value":
        n = next(n for n in range(len(theirs)) if not same([mine[n]], [theirs[n]]))
        return f"It is {mine[n]:.4g}, and the loss before the update is {theirs[n]:.4g}."
    if facet == "own-learning-rate":
        return f"It is {mine:g}, and came as {theirs:g}."
    if facet != "wrong-update":
        return ""
    if case.adam:
        n = next(n for n in range(len(theirs)) if not same([mine[n]], [theirs[n]]))
        return f"Seen in step {n + 1} with Adam, with {len(case.batches[n][1])} photos; one step of SGD is right."
    share, old = float(mine @ theirs / theirs.square().sum()), " and old gradients in the model" * bool(case.old)
    return f"With 6 photos{old} the weights move {share:.3g} times as far as they should." if share else ""


LIBRARY = Library(train_step, bugs(BUGS + LOSSES))
EXERCISE = Exercise(
    "train_step",
    "train_step",
    (Observed(LIBRARY, STAGES, watch, ("model-not-used", "wrong-update", "wrong-value"), tell, same),),
    train_step,
    same=("cnnkit.training.loop",),
    praise="Loss and weights are right after steps with SGD and with Adam, also for a short batch and with old gradients.",
    before=lambda: torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0),  # the first one imports torch's compiler
    title="one training step",
    minutes=10,
    difficulty=2,
    place="05/5",
    mistakes=LIBRARY.mistakes(),
    text="""\
One step of gradient descent on one batch: training mode, cross entropy of the logits, gradients, update. PyTorch adds new
gradients to the old ones, so the old ones must go first.
""",
)

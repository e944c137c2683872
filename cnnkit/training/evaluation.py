"""How good a network is on a split: accuracy, loss and confusion matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit._support.turns import still, turn
from cnnkit.data.augment import normalise
from cnnkit.data.dataset import Split
from cnnkit.trace import require_network
from cnnkit.training import ranks
from cnnkit.training.options import check_labels, check_logits, check_number
from cnnkit.training.precision import named


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` measured.

    Attributes:
        split: the name of the photos, as in "CIFAR-10 test"; it belongs beside every number here.
        count: how many photos.
        accuracy: the fraction of them that got their own label, 0 to 1.
        loss: the mean cross entropy a photo, in nats.
        confusion: int64 ``[C, C]``; row: the true class, column: the network's answer.
        classes: the classes' names.
    """

    split: str
    count: int
    accuracy: float
    loss: float
    confusion: Tensor
    classes: tuple[str, ...]

    @property
    def per_class(self) -> dict[str, float]:
        """The accuracy on each class's photos, 0 to 1 (nan for a class without photos)."""
        right, total = self.confusion.diag().double(), self.confusion.sum(1).double()
        return dict(zip(self.classes, (right / total).tolist(), strict=True))

    def __str__(self) -> str:
        return f"{100 * self.accuracy:.1f} % of {self.count:,} photos right, loss {self.loss:.4f} ({self.split})"


def evaluate(
    model: nn.Module,
    split: Split,
    *,
    batch_size: int = 500,
    precision: str = "float32",
    pulse: Callable[[], object] | None = None,
) -> Evaluation:
    """Runs ``model`` on every photo of ``split``, in evaluation mode and without gradients, where its weights lie.

    The short last batch counts by its photos. The model's training mode is afterwards as it was. A training of it in another
    thread ends its step first and then waits. Several processes that train together share the photos, so each must ask.
    ``pulse`` is called before every batch; what it raises ends the evaluation.

    Raises:
        InputError: no network or split, a batch size or precision that is not allowed, a label that names no class, or a
            model whose output isn't ``[N, classes]``.
    """
    require_network(model)
    check_labels(split)
    check_number("the batch size", batch_size, 1, whole=True)
    mode, count = named(precision), len(split.classes)
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    confusion = torch.zeros(count * count, dtype=torch.int64, device=device)
    total_loss = torch.zeros((), dtype=torch.float64, device=device)
    with still(model), evaluating(model), torch.no_grad():
        ranks.agree(model)
        for start in range(ranks.rank() * batch_size, len(split), ranks.count() * batch_size):
            if pulse is not None:
                pulse()
            with turn():
                images = normalise(split.images[start : start + batch_size].to(device))
                labels = split.labels[start : start + batch_size].to(device)
                model.eval()  # again: whatever has a turn between two batches may leave it in another mode
                with mode.autocast(device):
                    logits = model(mode.lay_out(images))
                check_logits(logits, labels, count)
                total_loss += F.cross_entropy(logits.float(), labels, reduction="sum")
                confusion += torch.bincount(labels * count + logits.argmax(1), minlength=count * count)
    confusion, total_loss = ranks.summed(confusion).view(count, count).cpu(), ranks.summed(total_loss)
    accuracy = int(confusion.diag().sum()) / len(split)
    return Evaluation(split.name, len(split), accuracy, float(total_loss) / len(split), confusion, split.classes)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode inside; afterwards every module is in the mode it had."""
    with turn():  # not amid a step of a training in another thread
        modes = {module: module.training for module in model.modules()}
        model.eval()
    try:
        yield
    finally:
        with turn():
            for module, training in modes.items():
                module.training = training

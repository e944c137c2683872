"""The check of evaluate: a network whose logits are written in the photos, so that every wrong count is known beforehand."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake
from cnnkit.check.probes.watching import Watch, plain_number

CLASSES = 10
NEAR = 1e-4
Batches = list[tuple[Tensor, Tensor]]


class Reader(nn.Module):
    """A network whose logits are the first ten values of a photo."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)
        self.drop = nn.Dropout(0.9)
        self.scale = nn.Parameter(torch.ones(CLASSES))
        self.watch = Watch()

    def forward(self, x: Tensor) -> Tensor:
        """[N, 3, 32, 32] -> [N, 10]; the norm and the dropout only show what training mode would do."""
        self.drop(self.norm(x))
        logits: Tensor = self.watch(x[:, 0, 0, :CLASSES] * self.scale)
        return logits


def _right(logits: Tensor, labels: Tensor) -> Tensor:
    return logits.argmax(1) == labels


# What students count for one batch, each as [N] hits; photos are as many as classes there.
_WRONG_HITS: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], str]] = {
    "argmax-over-photos": (
        lambda z, y: z.argmax(0) == y,
        "Your argmax runs over the photos of the batch. It must run over the classes; look at its `dim`.",
    ),
    "argmax-over-everything": (
        lambda z, y: z.argmax() == y,
        "Your argmax runs over the whole batch at once and gives one number. It needs a `dim`: that of the classes.",
    ),
    "softmax-over-photos": (
        lambda z, y: z.softmax(0).argmax(1) == y,
        "Your softmax runs over the photos of the batch, and that changes which class is largest. Look at its `dim`.",
    ),
    "compares-logits": (
        lambda z, y: z.max(1).values == y,
        "You compare the largest logit with the label. The prediction is the place where the largest logit stands.",
    ),
    "argmin": (lambda z, y: z.argmin(1) == y, "You take the class with the smallest logit. The prediction is the largest one."),
}


def _cases(attempt: Attempt, sizes: Sequence[Sequence[int]], salt: int = 0) -> list[Batches]:
    """Photos whose logits are whole numbers, so that one can equal a label, and differ, so that none ties.

    They are drawn again until every wrong way is far from the right one and from each other in one case at least.
    """
    source = attempt.generator(salt)
    for _ in range(1000):
        cases = [[_batch(count, source) for count in case] for case in sizes]
        known = [_known(case) for case in cases]
        ways = [[ways[slug] for ways in known] for slug in known[0]] + [[_accuracy(case) for case in cases]]
        if all(math.dist(a, b) > 20 * NEAR for a, b in itertools.combinations(ways, 2)):
            break
    return cases


def _batch(count: int, source: torch.Generator) -> tuple[Tensor, Tensor]:
    """Some of the labels are right, more or fewer in each batch; the largest logit of all is in the first photo."""
    logits = torch.stack([torch.randperm(14, generator=source)[:CLASSES] for _ in range(count)]) - 6.0
    logits[0, logits[0].argmax()] = 8
    labels = torch.randint(0, CLASSES, (count,), generator=source)
    known = torch.rand(count, generator=source) < torch.rand((), generator=source)
    images = torch.randn(count, 3, 32, 32, generator=source)
    images[:, 0, 0, :CLASSES] = logits
    return images, torch.where(known, logits.argmax(1), labels)


def _known(batches: Batches) -> dict[str, float]:
    """What each wrong way would give."""
    hits = [int(_right(_logits(x), y).sum()) for x, y in batches]
    sizes = [len(y) for _, y in batches]
    total, photos = sum(hits), sum(sizes)
    known = {"percent": 100 * total / photos, "count-returned": float(total), "error-rate": 1 - total / photos}
    if len(batches) == 1 and photos == CLASSES:
        (x, y) = batches[0]
        known |= {slug: count(_logits(x), y).double().mean().item() for slug, (count, _) in _WRONG_HITS.items()}
        known["counts-nothing"] = 0.0
    elif len(batches) > 1:
        known |= {
            "mean-of-batch-means": sum(h / n for h, n in zip(hits, sizes, strict=True)) / len(hits),
            "first-batch-only": hits[0] / sizes[0],
            "last-batch-only": hits[-1] / sizes[-1],
            "last-batch-missing": sum(hits[:-1]) / sum(sizes[:-1]),
            "photos-miscounted": total / (len(sizes) * sizes[-1]),
            "photos-miscounted first": total / (len(sizes) * sizes[0]),
            "photos-miscounted batches": total / len(sizes),
            "photos-miscounted last": total / sizes[-1],
        }
    return known


def _logits(images: Tensor) -> Tensor:
    return images[:, 0, 0, :CLASSES]


def _accuracy(batches: Batches) -> float:
    return float(torch.cat([_right(_logits(x), y) for x, y in batches]).double().mean())


_WORDS = {
    "percent": "Your accuracy is a percentage. A fraction from 0 to 1 is asked for.",
    "count-returned": "You give the number of right photos. Divide it by the number of photos, not of batches.",
    "counts-nothing": "No photo counts as right. Look at what you compare with the labels, and where the hits are added up.",
    "error-rate": "You return the share of wrong photos. Asked for is that of the right ones.",
    "mean-of-batch-means": "You take the mean of the batches' accuracies, so photos of a short batch count more.",
    "first-batch-only": "Only the first batch is counted. Look at where your return stands.",
    "last-batch-only": "Only the last batch is counted. Look at where your counters start.",
    "last-batch-missing": "The last batch, which is shorter, is not counted. All photos should be.",
    "photos-miscounted": "The number of photos is wrong: batches have different sizes. Count the photos of each batch.",
    **{slug: message for slug, (_, message) in _WRONG_HITS.items()},
}


def _run(attempt: Attempt, batches: Any, doing: str) -> tuple[Any, Reader]:
    model = Reader().train()
    try:
        return attempt.call(attempt.candidate, model, batches, doing=f"called with {doing}"), model
    except Mistake as mistake:
        if isinstance(batches, list) and isinstance(mistake.__cause__, AttributeError) and "'list' object" in mistake.message:
            raise Mistake(
                "needs-a-dataloader",
                "Your code fits a DataLoader only. With a list of batches it stops; use only a loop.",
            ) from mistake
        raise


def _judge(attempt: Attempt, cases: Sequence[Batches]) -> None:
    """Whether the number is right in all cases; if not, which known number it is in all of them."""
    sizes = [", ".join(str(len(y)) for _, y in batches) for batches in cases]
    returned = [_run(attempt, batches, f"batches of {n} photos")[0] for batches, n in zip(cases, sizes, strict=True)]
    seen = [plain_number(value, "the accuracy") for value in returned]
    right = [_accuracy(batches) for batches in cases]
    wrong = [i for i, number in enumerate(seen) if not abs(number - right[i]) <= NEAR]
    if not wrong:
        return
    first = wrong[0]
    numbers = f"With batches of {sizes[first]} photos you give {seen[first]:.3g}; it is {right[first]:.3g}."
    if all(isinstance(value, int) and value == 0 for value in returned):  # before the known ways: one of them may give 0, too
        raise Mistake("wrong-value", f"A whole number comes back, and a share has decimals. Look for `//` or `int`. {numbers}")
    known = [_known(batches) for batches in cases]
    for slug in known[0]:
        if all(abs(number - ways[slug]) <= NEAR * max(1.0, ways[slug]) for number, ways in zip(seen, known, strict=True)):
            slug = slug.split()[0]
            raise Mistake(slug, f"{_WORDS[slug]} {numbers}")
    raise Mistake("wrong-value", f"The accuracy is another. {numbers}")


def one_batch(attempt: Attempt) -> None:
    """One batch of as many photos as classes: what is returned, how the model is used, what is counted."""
    cases = _cases(attempt, [[CLASSES]] * 3)
    batches = cases[0]
    asked = "one batch of 10 photos"
    returned, model = _run(attempt, batches, asked)
    plain_number(returned, "the accuracy")
    if not model.watch.training_modes:
        raise Mistake("model-not-used", "Your function never calls the model. Its logits are `model(images)`.")
    if any(model.watch.training_modes):
        raise Mistake(
            "not-in-eval-mode",
            "The model is still in training mode: dropout and batch norm work as in training. Change its mode first.",
        )
    if any(model.watch.gradient_modes):
        raise Mistake(
            "gradients-kept",
            "The model runs with gradients: PyTorch keeps every map for a backward pass that never comes. Switch that off.",
        )
    _judge(attempt, cases)
    _left_as_it_was(attempt, batches)


def _left_as_it_was(attempt: Attempt, batches: Batches) -> None:
    model = Reader().train()
    before = copy.deepcopy(model.state_dict())
    attempt.call(attempt.candidate, model, batches, doing="called with one batch")
    if any(not torch.equal(value, before[name]) for name, value in model.state_dict().items()):
        raise Mistake("changes-model", "Your function changes the model's weights. It should only look at the answers.")
    if not all(parameter.requires_grad for parameter in model.parameters()):
        raise Mistake(
            "changes-model",
            "Your function freezes the model: its weights need no gradients any more. Use a no_grad block.",
        )
    if not torch.is_grad_enabled():
        torch.set_grad_enabled(True)
        raise Mistake(
            "gradients-left-off",
            "After your function has returned, gradients are still off, and no training works any more. "
            "`torch.set_grad_enabled(False)` holds for good. Put the loop into a `with torch.no_grad():` block.",
        )


def many_batches(attempt: Attempt) -> None:
    """Batches of one size with a short last one, and batches of all sizes, one photo among them."""
    for sizes in (([10, 10, 4], [9, 9, 9, 2]), ([7, 1, 9, 3], [5, 8, 1, 3])):
        _judge(attempt, _cases(attempt, sizes, 2))


def any_iterable(attempt: Attempt) -> None:
    """Batches from a DataLoader, and from a generator, which can be walked through once."""
    [batches] = _cases(attempt, [[10, 10, 4]])
    expected = _accuracy(batches)
    loader = DataLoader(TensorDataset(*(torch.cat(parts) for parts in zip(*batches, strict=True))), batch_size=10)
    once = (
        "walks-twice",
        "Your code walks through the batches more than once, and a generator gives them only once. Use one loop.",
    )
    for source, name, slug, message in (
        (loader, "a DataLoader", "wrong-value", "A DataLoader gives another accuracy than a list of the same batches."),
        (_once(batches), "a generator", *once),
    ):
        try:
            seen = plain_number(_run(attempt, source, name)[0], "the accuracy")
        except Mistake as mistake:
            if isinstance(mistake.__cause__, TypeError):
                message = "Your code fits a list only. Batches can also come one by one: use only a loop over them."
                raise Mistake("needs-a-list", f"{message} With {name} it stops.") from mistake
            if isinstance(mistake.__cause__, ZeroDivisionError):
                raise Mistake(slug, message) from mistake
            raise
        if not abs(seen - expected) <= NEAR:
            raise Mistake(slug, f"{message} You give {seen:.3g}; it is {expected:.3g}.")


def _once(batches: Batches) -> Iterator[tuple[Tensor, Tensor]]:
    yield from batches


MISTAKES: dict[str, str] = {
    "not-in-eval-mode": "the model is used in training mode",
    "gradients-kept": "the model is used with gradients",
    "changes-model": "the model's weights are changed or frozen",
    "gradients-left-off": "gradients are switched off for good",
    "compares-logits": "the largest logit is compared with the label",
    "argmax-over-photos": "the argmax runs over the photos instead of the classes",
    "argmax-over-everything": "the argmax has no dim and gives one number for the batch",
    "argmin": "the smallest logit is taken for the prediction",
    "counts-nothing": "no photo counts as right",
    "percent": "the accuracy is a percentage",
    "count-returned": "the number of right photos is returned",
    "error-rate": "the share of wrong photos is returned",
    "mean-of-batch-means": "the batches' accuracies are averaged without weights",
    "first-batch-only": "only the first batch is counted",
    "last-batch-only": "only the last batch is counted",
    "last-batch-missing": "the last batch is not counted",
    "photos-miscounted": "the number of photos is not the sum of the batch sizes",
    "walks-twice": "the batches are walked through more than once",
    "needs-a-dataloader": "the batches must be a DataLoader",
    "needs-a-list": "the batches must be a list",
}

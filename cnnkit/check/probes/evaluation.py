"""The check of evaluate: a network whose logits are written in the photos, so that every wrong count is known beforehand."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from cnnkit.check.bugs import Library
from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake
from cnnkit.check.probes.nets import Drop, Norm, Watch, plain_number

CLASSES = 10
NEAR = 1e-4
SIZES = ([10, 10, 4], [9, 9, 9, 2]), ([7, 1, 9, 3], [5, 8, 1, 3])
Batches = list[tuple[Tensor, Tensor]]
_DRAWN: dict[tuple[int, str, int], list[Batches]] = {}  # cases by seed and sizes: to draw them takes longer than a verdict


class Reader(nn.Module):
    """A network whose logits are written in a photo; in training mode norm and dropout make others of them."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = Norm(3, eps=0.0)
        self.drop = Drop()
        self.scale = nn.Parameter(torch.ones(CLASSES))
        self.watch = Watch()
        self.arrived: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        """[N, 3, 32, 32] -> [N, 10]; logit k stands in channel k % 3."""
        self.arrived.append(x.detach())
        x = self.norm(x)[:, :, 0, :4].transpose(1, 2).flatten(1)[:, :CLASSES]
        logits: Tensor = self.watch(self.drop(x) * self.scale)
        return logits


@dataclass(frozen=True)
class Evaluations:
    """The probes of evaluate: each calls the answer in a few cases, and explains another number by the library's bugs."""

    library: Library

    def one_batch(self, attempt: Attempt) -> None:
        """One batch of as many photos as classes: what is returned, how the model is used, what is counted."""
        cases = self.cases(attempt, [[CLASSES]] * 3)
        batches = cases[0]
        returned, model = _run(attempt, batches, "one batch of 10 photos")
        plain_number(returned, "the accuracy")
        if not model.watch.logits:
            raise self._mistake("model-not-used")
        if not _are_among(model.arrived, [images for images, _ in batches]):
            raise self._mistake("other-images")
        self._judge(attempt, cases)
        if any(model.watch.gradient_modes):
            raise self._mistake("gradients-kept")
        self._left_as_it_was(attempt, batches)

    def many_batches(self, attempt: Attempt) -> None:
        """Batches of one size with a short last one, and batches of all sizes, one photo among them."""
        for sizes in SIZES:
            self._judge(attempt, self.cases(attempt, sizes, 2))

    def any_iterable(self, attempt: Attempt) -> None:
        """Batches from a DataLoader, and from a generator, which can be walked through once."""
        [batches] = self.cases(attempt, [[10, 10, 4]])
        expected = self.library.reference(Reader(), batches)
        loader = DataLoader(TensorDataset(*(torch.cat(parts) for parts in zip(*batches, strict=True))), batch_size=10)
        for source, name, slug, first in (
            (loader, "a DataLoader", "wrong-value", "A DataLoader gives another accuracy than a list of the same batches."),
            (iter(batches), "a generator", "walks-twice", self._words("walks-twice")),
        ):
            try:
                seen = plain_number(_run(attempt, source, name)[0], "the accuracy")
            except Mistake as mistake:
                if isinstance(mistake.__cause__, TypeError):
                    raise self._mistake("needs-a-list", f"With {name} it stops.") from mistake
                if isinstance(mistake.__cause__, ZeroDivisionError):
                    raise Mistake(slug, first) from mistake
                raise
            if not abs(seen - expected) <= NEAR:
                raise Mistake(slug, f"{first} You give {seen:.3g}; it is {expected:.3g}.")

    def cases(self, attempt: Attempt, sizes: Sequence[Sequence[int]], salt: int = 0) -> list[Batches]:
        """Photos whose logits are whole numbers, so that one can equal a label, and differ, so that none ties.

        They are drawn again until every bug that shows in them is far from the right number and from each other bug.
        """
        key = (attempt.seed, str(sizes), salt)
        if key in _DRAWN:
            return _DRAWN[key]
        source = attempt.generator(salt)
        for _ in range(60):
            cases = [[_batch(count, source) for count in case] for case in sizes]
            right = _numbers(self.library.reference, cases)
            ways = [(bug.slug, _numbers(mutant, cases)) for bug, mutant in self.library.singles]
            ways = [("", right), *((slug, n) for slug, n in ways if None not in n and not _near(n, right))]
            pairs = itertools.combinations(ways, 2)
            if all(a == b or math.dist(one, other) > 20 * NEAR for (a, one), (b, other) in pairs):
                break
        _DRAWN[key] = cases
        return cases

    def _judge(self, attempt: Attempt, cases: Sequence[Batches]) -> None:
        """Whether the number is right in all cases; if not, which bug makes it in all of them."""
        sizes = [", ".join(str(len(y)) for _, y in batches) for batches in cases]
        returned = [_run(attempt, batches, f"batches of {n} photos")[0] for batches, n in zip(cases, sizes, strict=True)]
        seen = [plain_number(value, "the accuracy") for value in returned]
        right = _numbers(self.library.reference, cases)
        wrong = [i for i, number in enumerate(seen) if not abs(number - right[i]) <= NEAR]
        if not wrong:
            return
        first = wrong[0]
        numbers = f"With batches of {sizes[first]} photos you give {seen[first]:.3g}; it is {right[first]:.3g}."
        if all(isinstance(value, int) and value == 0 for value in returned):  # before the bugs: one of them may give 0, too
            raise Mistake(
                "wrong-value", f"A whole number comes back, and a share has decimals. Look for `//` or `int`. {numbers}"
            )
        found = self.library.explain((attempt.seed, tuple(sizes)), seen, lambda f: _numbers(f, cases), _near)
        raise self._mistake(found[0].slug if found else "wrong-value", numbers)

    def _left_as_it_was(self, attempt: Attempt, batches: Batches) -> None:
        model = Reader().train()
        before = copy.deepcopy(model.state_dict())
        attempt.call(attempt.candidate, model, batches, doing="called with one batch")
        after = model.state_dict()
        if after.keys() != before.keys() or any(not torch.equal(value, before[name]) for name, value in after.items()):
            raise Mistake("changes-model", "Your function changes the model's weights. It should only look at the answers.")
        if not all(parameter.requires_grad for parameter in model.parameters()):
            raise Mistake(
                "changes-model",
                "Your function freezes the model: its weights need no gradients any more. Use a no_grad block.",
            )
        if not torch.is_grad_enabled():
            torch.set_grad_enabled(True)
            raise self._mistake("gradients-left-off")

    def _mistake(self, slug: str, more: str = "") -> Mistake:
        return Mistake(slug, f"{self._words(slug)} {more}".strip())

    def _words(self, slug: str) -> str:
        row = self.library.words(slug)
        return f"{row.says} {row.hint}".strip()


def _near(one: Sequence[float | None], other: Sequence[float | None]) -> bool:
    return all(
        a is not None and b is not None and abs(a - b) <= NEAR * max(1.0, abs(a)) for a, b in zip(one, other, strict=True)
    )


def _numbers(function: Callable[..., Any], cases: Sequence[Batches]) -> list[Any]:
    """What the reference, or one with a bug, gives in each case; None where it stops."""
    found: list[float | None] = []
    for batches in cases:
        try:
            found.append(float(function(Reader(), batches)))
        except Exception:
            found.append(None)
    return found


def _batch(count: int, source: torch.Generator) -> tuple[Tensor, Tensor]:
    """Some of the labels are right, more or fewer in each batch; the largest logit of all is in the first photo.

    Of half of the photos the network is unsure. The channels have other means and sizes, so that a norm's own statistics change
    which logit is largest.
    """
    logits = torch.stack([torch.randperm(14, generator=source)[:CLASSES] for _ in range(count)]) - 6.0
    logits[0, logits[0].argmax()] = 8
    labels = torch.randint(0, CLASSES, (count,), generator=source)
    known = torch.rand(count, generator=source) < torch.rand((), generator=source)
    labels = torch.where(known, logits.argmax(1), labels)
    logits[1::2] /= 64
    scales, means = torch.tensor([1.0, 4.0, 0.25]), torch.tensor([0.0, 3.0, -3.0])
    images = torch.randn(count, 3, 32, 32, generator=source) * scales[:, None, None] + means[:, None, None]
    images[:, :, 0, :4] = nn.functional.pad(logits, (0, 2)).unflatten(1, (4, 3)).transpose(1, 2)
    return images, labels


def _are_among(arrived: Sequence[Tensor], given: Sequence[Tensor]) -> bool:
    """Whether all photos that arrived at a network are some of those that were given."""
    rows, known = (torch.cat(list(photos)).flatten(1) for photos in (arrived, given))
    near = 1e-4 if rows.dtype == torch.float32 else 2e-2
    return rows.shape[1] == known.shape[1] and bool(
        (torch.cdist(rows.float(), known).amin(1) <= near * known.norm(dim=1).max()).all()
    )


def _run(attempt: Attempt, batches: Any, doing: str) -> tuple[Any, Reader]:
    model = Reader().train()
    try:
        return attempt.call(attempt.candidate, model, batches, doing=f"called with {doing}"), model
    except Mistake as mistake:
        if isinstance(batches, list) and isinstance(mistake.__cause__, AttributeError) and "'list' object" in mistake.message:
            message = "Your code fits a DataLoader only. With a list of batches it stops; use only a loop."
            raise Mistake("needs-a-dataloader", message) from mistake
        raise

"""What a live run did so far, ready to be drawn: branches of losses and accuracies, with a mark where something was changed."""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from cnnkit.explore.thinning import Thinned

WINDOW = 20  # steps of the running mean


@dataclass(frozen=True)
class Mark:
    """Something that was changed after ``step`` steps: "rate" from ``old`` to ``new``, or only to ``new``."""

    step: int
    kind: str
    old: str
    new: str

    @property
    def text(self) -> str:
        """The change in words."""
        return f"{self.kind} {self.old} → {self.new}" if self.old else f"{self.kind} {self.new}"


class Branch:
    """One line of the picture: the steps that were trained one after the other since the start, or since going back.

    Attributes:
        name: a letter.
        start: steps of the run before its first one.
        parent: the branch it left, None for the first.
        inherited: what was changed on the way to its start.
        losses: of each step.
        means: of the last `WINDOW` losses, also those before it.
        right: the mean accuracy of the last `WINDOW` batches, 0 to 1.
        checks: (steps, accuracy) of each evaluation on the validation part.
        marks: what was changed on the way.
        lrs: the learning rate of each step.
        diverged: after how many steps the run was found diverged; None: it was not.
    """

    def __init__(
        self,
        name: str,
        start: int,
        parent: Branch | None,
        before: Sequence[tuple[float, float]],
        inherited: Sequence[Mark] = (),
    ) -> None:
        self.name, self.start, self.parent, self.inherited = name, start, parent, list(inherited)
        self.losses, self.means, self.right, self.lrs = Thinned(), Thinned(), Thinned(), Thinned()
        self.checks: list[tuple[int, float]] = []
        self.marks: list[Mark] = []
        self.diverged: int | None = None
        self._window = deque(before, WINDOW)

    @property
    def steps(self) -> int:
        """Steps of the run at its end."""
        return self.start + self.losses.count

    @property
    def rates(self) -> tuple[float, float]:
        """The lowest and the highest learning rate of its steps; (inf, 0) before the first."""
        found = [(low, high) for _, low, high, _ in self.lrs.points()]
        return min((low for low, _ in found), default=math.inf), max((high for _, high in found), default=0.0)

    @property
    def spread(self) -> float:
        """The standard deviation of the losses in the running mean."""
        losses = [loss for loss, _ in self._window]
        return statistics.stdev(losses) if len(losses) > 1 else 0.0

    def line_of_marks(self) -> list[Mark]:
        """All that was changed on the way to its end, in order."""
        return self.inherited + self.marks

    def append(self, loss: float, accuracy: float, lr: float) -> None:
        """Adds a step."""
        self.lrs.append(lr)
        self._window.append((loss, accuracy))
        losses, accuracies = zip(*self._window, strict=True)
        self.losses.append(loss)
        self.means.append(sum(losses) / len(losses))
        self.right.append(sum(accuracies) / len(accuracies))


class Story:
    """All branches of a run; the last one is being trained."""

    def __init__(self) -> None:
        self.branches = [Branch("A", 0, None, [])]

    @property
    def now(self) -> Branch:
        """The branch that grows."""
        return self.branches[-1]

    @property
    def steps(self) -> int:
        """Steps of the longest branch."""
        return max(branch.steps for branch in self.branches)

    def mark(self, kind: str, old: str, new: str) -> Mark:
        """Notes a change at the present end of the branch that grows; changes of one kind at the same step are one."""
        step = self.now.steps
        for mark in self.now.marks:
            if (mark.step, mark.kind) == (step, kind):
                old = mark.old
        self.now.marks = [mark for mark in self.now.marks if (mark.step, mark.kind) != (step, kind)]
        mark = Mark(step, kind, old, new)
        if old != new:
            self.now.marks.append(mark)
        return mark

    def branch(self, start: int, before: Sequence[tuple[float, float]], inherited: Sequence[Mark] | None = None) -> Branch:
        """Begins a new branch after ``start`` steps.

        Args:
            start: steps of the run before its first one.
            before: (loss, accuracy) of the last steps up to there.
            inherited: what had been changed in the state that it goes on from; None: all before ``start``, as what was
                changed at that very step came after the state was taken.
        """
        number = len(self.branches)
        name = chr(ord("A") + number % 26) + (str(number // 26) if number >= 26 else "")
        parent = next(b for b in self.line() if b.start <= start)
        if inherited is None:
            inherited = [mark for mark in self.now.line_of_marks() if mark.step < start]
        self.branches.append(Branch(name, start, parent, before, inherited))
        return self.now

    def line(self) -> list[Branch]:
        """The branch that grows, the one it left, and so on to the first: what led to the present weights."""
        found = [self.now]
        while found[-1].parent is not None:
            found.append(found[-1].parent)
        return found

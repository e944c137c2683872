"""The states of a run that one can go back to, within a bound of memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from cnnkit.explore.live.story import Mark
from cnnkit.training import Training, divergence


@dataclass(frozen=True)
class Place:
    """A state of the run after ``steps`` steps, in words "step 85"; the ``number``-th that was offered.

    ``marks``: what had been changed on the way to it; None: all before its step.
    """

    steps: int
    label: str
    state: dict[str, Any]
    number: int = 0
    marks: tuple[Mark, ...] | None = None

    @classmethod
    def of(cls, state: dict[str, Any], marks: Sequence[Mark] | None = None) -> Place:
        """The place of a state that a `Training` took."""
        steps = state["history"][0]
        return cls(steps, f"step {steps:,}", state, marks=None if marks is None else tuple(marks))


class Places:
    """States in the order in which they were taken, of the present line of branches.

    When they need more than ``memory`` bytes, every second one is forgotten, and from then on only every second one taken:
    so they stay spread over the whole run. The first and the newest are always kept.
    """

    def __init__(self, memory: float) -> None:
        self.memory, self.size = memory, 0  # size: bytes of the largest state
        self._kept: list[Place] = []
        self._spacing = 1

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Place]:
        return iter(self._kept)

    def __getitem__(self, i: int) -> Place:
        return self._kept[i]

    @property
    def most(self) -> int:
        """How many states fit; at least two."""
        return max(2, int(self.memory // self.size)) if self.size else 2

    def offer(self, place: Place) -> None:
        """Takes ``place`` as the newest; the newest so far stays only if it is far enough from the one before it."""
        if self._kept:
            last = self._kept[-1]
            if last.steps == place.steps:
                return
            place = replace(place, number=last.number + 1)
            if last.number % self._spacing:
                self._kept.pop()
        self.size = max(self.size, _bytes(place.state))  # the optimizer of an untrained network holds nothing yet
        self._kept.append(place)
        while len(self._kept) > self.most:
            self._spacing *= 2
            self._kept = [kept for kept in self._kept[:-1] if kept.number % self._spacing == 0] + self._kept[-1:]

    def last_good(self, training: Training, start: int) -> Place:
        """The last state that ``training`` proved well; where it had no time to, the newest before the losses rose.

        ``start``: steps before which they are known to be well.
        """
        good, losses = training.last_good, training.history.losses()
        if good is not None:
            return Place.of(good)
        most = divergence.limit(len(training.dataset.classes))
        first = next((i for i in range(start, len(losses)) if not losses[i] <= most), len(losses))
        return next((place for place in reversed(self._kept) if place.steps < first), self._kept[0])

    def clear(self) -> None:
        """Forgets all."""
        self._kept = []

    def back_to(self, place: Place) -> None:
        """Forgets all that came after ``place``."""
        self._kept = [kept for kept in self._kept if kept.steps <= place.steps]


def _bytes(value: Any) -> int:
    if isinstance(value, Tensor):
        return value.numel() * value.element_size()
    if isinstance(value, dict):
        return sum(map(_bytes, value.values()))
    return sum(map(_bytes, value)) if isinstance(value, list) else 0

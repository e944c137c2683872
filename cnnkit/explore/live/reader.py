"""Brings the story of a live run up to the history of its training, and knows how fast it goes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from cnnkit.explore.live.story import WINDOW, Mark, Story
from cnnkit.training import Training


class Reader:
    """Reads what ``training`` did into ``story``, every step and evaluation once."""

    def __init__(self, training: Training, story: Story) -> None:
        self._training, self._story = training, story
        self._steps = self._evaluations = 0  # that the story has
        self._cuts = training.history.cuts
        self._pace: deque[tuple[float, int]] = deque(maxlen=12)  # (time, steps) at the last readings

    @property
    def cut(self) -> bool:
        """Whether the training went back since the last reading."""
        return self._training.history.cuts != self._cuts

    def read(self, inherited: Sequence[Mark] | None = None) -> Mark | None:
        """Adds what is new to the branch that grows; on a GPU this waits for the step under way.

        Where the training went back since the last reading, what it does from there on is a new branch: returns its mark.
        ``inherited``: what had been changed on the way to the state that it went back to; None: as in `Story.branch`.
        """
        validation = self._training.validation
        cuts, steps, evaluations = self._training.history.since(self._steps, self._evaluations)
        if cuts != self._cuts:
            return self._branch(inherited)
        now = self._story.now
        for step in steps:
            now.append(*step)
        for e in evaluations:
            if validation is not None and e["split"] == validation.name:
                now.checks.append((e["step"], e["accuracy"]))
        self._steps, self._evaluations = self._steps + len(steps), self._evaluations + len(evaluations)
        self._pace.append((time.perf_counter(), self._steps))
        return None

    def _branch(self, inherited: Sequence[Mark] | None) -> Mark:
        self._cuts, steps, evaluations = self._training.history.since(0, 0)
        self._steps, self._evaluations = len(steps), len(evaluations)
        self._story.branch(len(steps), [(loss, accuracy) for loss, accuracy, _ in steps[-WINDOW:]], inherited)
        self.rest()
        return self._story.mark("branch", "", self._story.now.name)

    def rest(self) -> None:
        """The speed so far says nothing about what follows."""
        self._pace.clear()

    def speed(self) -> float:
        """Steps a second lately; 0 while nothing is known."""
        if len(self._pace) < 2 or self._pace[-1][1] == self._pace[0][1]:
            return 0.0
        (start, first), (end, last) = self._pace[0], self._pace[-1]
        return (last - first) / (end - start)

"""Brings the story of a live run up to the history of its training, and knows how fast it goes."""

from __future__ import annotations

import time
from collections import deque

from cnnkit.explore.live.story import WINDOW, Story
from cnnkit.training import Training


class Reader:
    """Reads what ``training`` did into ``story``, every step and evaluation once."""

    def __init__(self, training: Training, story: Story) -> None:
        self._training, self._story = training, story
        self._steps = self._evaluations = 0  # that the story has
        self._pace: deque[tuple[float, int]] = deque(maxlen=12)  # (time, steps) at the last readings

    def read(self) -> None:
        """Adds what is new to the branch that grows; on a GPU this waits for the step under way."""
        history, now, validation = self._training.history, self._story.now, self._training.validation
        losses = history.losses()
        end = len(losses)  # it may grow meanwhile
        for i in range(self._steps, end):
            now.append(losses[i], history.accuracies[i], history.lrs[i])
        evaluations = history.evaluations[self._evaluations :]
        for e in evaluations:
            if validation is not None and e["split"] == validation.name:
                now.checks.append((e["step"], e["accuracy"]))
        self._steps, self._evaluations = end, self._evaluations + len(evaluations)
        self._pace.append((time.perf_counter(), end))

    def branch(self) -> None:
        """The training went back: what it does from here on is a new branch."""
        history = self._training.history
        losses = history.losses()
        self._steps, self._evaluations = len(losses), len(history.evaluations)
        self._story.branch(len(losses), list(zip(losses[-WINDOW:], history.accuracies[-WINDOW:], strict=True)))
        self.rest()

    def rest(self) -> None:
        """The speed so far says nothing about what follows."""
        self._pace.clear()

    def speed(self) -> float:
        """Steps a second lately; 0 while nothing is known."""
        if len(self._pace) < 2 or self._pace[-1][1] == self._pace[0][1]:
            return 0.0
        (start, first), (end, last) = self._pace[0], self._pace[-1]
        return (last - first) / (end - start)

"""Tells when a run can't come back, and why likely."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnnkit.errors import Diverged
from cnnkit.training import state

if TYPE_CHECKING:
    from cnnkit.training.loop import Training

WINDOW = 50  # steps over which the mean loss is watched


class Watch:
    """Looks at the losses of a run and keeps the last state that good losses followed.

    Attributes:
        recent: the state at the last reading, which nothing has proved yet; None before the first.
        last_good: the one before it.
    """

    def __init__(self) -> None:
        self.recent: dict[str, Any] | None = None
        self.last_good: dict[str, Any] | None = None
        self._checked = 0  # losses that were looked at

    def look(self, training: Training, reading: bool) -> None:
        """Raises Diverged when the run has; at a reading, takes a new state."""
        if not reading and training.device.type != "cpu":
            return  # losses stay on the GPU: reading one waits for it
        h, classes = training.history, len(training.dataset.classes)
        losses = h.read()
        bad = first_bad(losses, self._checked, classes)
        self._checked = len(losses)
        if bad is not None:
            raise error(losses, bad, h.epochs[bad], h.indices[bad], h.lrs[bad], classes)
        if reading and sum(losses[-WINDOW:]) / len(losses[-WINDOW:]) <= limit(classes):
            # A loss judges the weights before its update, so a copy counts as good only once later losses were.
            self.last_good, self.recent = self.recent, state.snapshot(training)

    def restart(self, steps: int) -> None:
        """Forgets what was seen, except that ``steps`` losses are known to be well."""
        self._checked, self.recent, self.last_good = steps, None, None


def limit(classes: int) -> float:
    """Twice the loss of guessing, 2 ln(classes): a net that knows nothing is at half of it."""
    return 2 * math.log(classes)


def first_bad(losses: Sequence[float], start: int, classes: int) -> int | None:
    """The first step from ``start`` on (counted from 0) at which the run has diverged, or None.

    Diverged: the loss isn't finite, or its mean over the last `WINDOW` steps is above `limit`.
    """
    for i in range(start, len(losses)):
        if not math.isfinite(losses[i]):
            return i
        if i + 1 >= WINDOW and math.fsum(losses[i + 1 - WINDOW : i + 1]) / WINDOW > limit(classes):
            return i
    return None


def error(losses: Sequence[float], bad: int, epoch: int, index: int, lr: float, classes: int) -> Diverged:
    """The exception for a run that diverged at step ``bad``, with the place, the rate and the likely cause."""
    where = f"training diverged at epoch {epoch}, step {index}, with learning rate {lr:g}: "
    if not math.isfinite(losses[bad]):
        seen = f"the loss is {losses[bad]}"
    else:
        seen = f"the mean loss of the last {WINDOW} steps is above {limit(classes):.2f}, twice that of guessing"
    if bad == 0:
        cause = "it was so before any update, so look at the network's output and its first weights, not at the rate"
        return Diverged(where + seen, cause)
    back = f"go back with training.load_state_dict(training.last_good) and set training.lr to a third, {lr / 3:.2g}"
    return Diverged(where + seen, "most likely the rate is too high", back)

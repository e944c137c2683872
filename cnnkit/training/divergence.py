"""Tells when a run can't come back, and why likely."""

import math
from collections.abc import Sequence

from cnnkit.errors import Diverged

WINDOW = 50  # steps over which the mean loss is watched


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

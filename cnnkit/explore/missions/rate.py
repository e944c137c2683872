"""Mission 1: the largest learning rate at which a network still learns."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from cnnkit._support.words import em
from cnnkit.errors import InputError
from cnnkit.explore.live import LiveTraining
from cnnkit.explore.live.story import Branch
from cnnkit.explore.missions import faults
from cnnkit.explore.missions.quest import STEPS, Judgement, Mission

CLOSE = 2.5  # the factor within which the edge must be found
MARGIN = 0.02  # below the loss of guessing: a rate that gets there has learned


class LargestRate(Mission):
    """Find two rates close together, of which one learns and the other does not."""

    title = "Mission 1: the largest stable rate"
    task = (
        "A small network trains with Adam on emoji10. At a low rate it learns slowly; somewhere above, it no longer learns at "
        f"all. Predict the largest rate that still learns. Then try: set a rate, train {STEPS} steps or more, go back to the "
        "start, try another. A rate has learned when the bold line ends below the dashed one; the picture shows only what is "
        f"close to it. Stop when a rate that learns and one that does not lie within a factor of {CLOSE}."
    )

    def __init__(self, number: int, folder: str | Path, background: bool | None = None) -> None:
        training = faults.make("healthy", seed=number)
        training.lr = 1e-4  # low, so that there is something to find
        self._goal = math.log(len(training.dataset.classes)) - MARGIN
        live = LiveTraining(training, background, knobs=("rate",), goal=self._goal)
        super().__init__(live, f"mission 1, run {number}", folder)
        self.guess: float | None = None
        made = self.recorded()
        if made is not None and not isinstance(made.guess, str):
            self.guess = float(made.guess)

    def predict(self, rate: float) -> Judgement:
        """Notes the prediction; the first one counts."""
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < math.inf:
            raise InputError(f"the predicted rate is {rate!r}; it must be a number above 0, such as 0.01")
        self.guess = self.guess or float(rate)
        self.say(Judgement(f"Your prediction: {self.guess:.2g}. Now find out."))
        assert self.said is not None
        return self.said

    def judge(self) -> Judgement:
        """Compares what the tried rates did."""
        if self.guess is None:
            return Judgement("Predict first: choose a rate and press Predict.")
        with self.live.driver.lock:
            self.live.driver.collect()
            tried = tries(self.live.driver.story.branches, self._goal)
        judgement = edge(tried, self.guess)
        if judgement.done is not None and self.recorded() is None:
            low, high = _edge(tried)
            self.record("What is the largest rate that still learns?", self.guess, f"between {low:.2g} and {high:.2g}",
                        judgement.done)  # fmt: skip
        return judgement

    def form(self, w: Any) -> Any:
        """A slider for the prediction, and two buttons."""
        rate = w.FloatLogSlider(value=self.guess or 1e-3, min=-5, max=1, step=0.1, description="I predict",
                                readout_format=".2g", layout={"width": em(420)},
                                style={"description_width": em(80)})  # fmt: skip
        predict = w.Button(
            description="Predict", tooltip="Note the prediction; the first one counts", disabled=bool(self.guess)
        )
        verdict = w.Button(description="Verdict", tooltip="What the rates tried so far tell")

        def noted(_: Any) -> None:
            self.predict(float(f"{rate.value:.3g}"))
            predict.disabled = rate.disabled = True

        predict.on_click(noted)
        verdict.on_click(lambda _: self.verdict())
        return w.HBox([rate, predict, verdict])


def tries(branches: list[Branch], below: float) -> dict[float, bool]:
    """Each rate that was tried long enough, and whether it learned: its mean loss ended under ``below``."""
    found: dict[float, bool] = {}
    for branch in branches:
        low, high = branch.rates
        if low != high or (branch.diverged is None and branch.losses.count < STEPS):
            continue
        learned = branch.diverged is None and branch.means.last < below
        found[low] = found.get(low, False) or learned
    return found


def edge(tried: dict[float, bool], guess: float) -> Judgement:
    """What the rates tried so far tell about the largest one that learns."""
    if not tried:
        return Judgement(f"No rate has been tried for {STEPS} steps yet: train on at one rate until it has.")
    low, high = _edge(tried)
    if math.isinf(high):
        return Judgement(
            f"{low:.2g} has learned, and no higher rate was tried that does not. Go back to the start and go higher."
        )
    if low == 0:
        words = f"No rate has learned yet; the lowest that you tried is {min(tried):.2g}."
        return Judgement(f"{words} It may be too high, or too low for {STEPS} steps: go back to the start and try others.")
    if high / low > CLOSE:
        return Judgement(
            f"{low:.2g} learns, {high:.2g} does not: a factor of {high / low:.1f}. Go back to the start and try one in "
            f"between, such as {math.sqrt(low * high):.1g}."
        )
    right = low / CLOSE <= guess <= high * CLOSE
    off = "" if right else f", off by a factor of {max(low / guess, guess / high):.1f}"
    return Judgement(f"Found: {low:.2g} learns, {high:.2g} does not. You predicted {guess:.2g}{off}.", done=right)


def _edge(tried: dict[float, bool]) -> tuple[float, float]:
    """The highest rate that learned (0: none), and the lowest above it that did not (inf: none)."""
    low = max((rate for rate, learned in tried.items() if learned), default=0.0)
    return low, min((rate for rate, learned in tried.items() if not learned and rate > low), default=math.inf)

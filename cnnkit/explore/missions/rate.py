"""Mission 1: the largest learning rate at which a network still learns."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnkit._support.words import em
from cnnkit.errors import InputError
from cnnkit.explore.live import LiveTraining
from cnnkit.explore.live.story import Branch
from cnnkit.explore.missions import faults
from cnnkit.explore.missions.edge import Seen, look, told
from cnnkit.explore.missions.quest import STEPS, Judgement, Mission

CLOSE = 2.5  # the factor within which the edge must be found
MARGIN = 0.02  # below the loss of guessing: a rate that gets there has learned


class LargestRate(Mission):
    """Find two rates close together, of which one learns and the other does not."""

    name = "mission 1"
    task = (
        "A small network trains with Adam on emoji10. Predict the largest rate that still learns. Then try: set a rate, train "
        f"{STEPS} steps or more, go back to step 0, try another; a try counts only from the start. A rate has learned when the "
        "bold line ends below the dashed one; the picture shows only what is close to it. Stop when a rate that learns and one "
        f"that does not lie within a factor of {CLOSE}."
    )

    def __init__(self, number: int, folder: str | Path, background: bool | None = None) -> None:
        training = faults.make("healthy", seed=number)
        training.lr = 1e-4  # low, so that there is something to find
        self._goal = math.log(len(training.dataset.classes)) - MARGIN
        live = LiveTraining(training, background, knobs=("rate",), goal=self._goal)
        super().__init__(live, number, folder)
        self._measured: dict[float, Seen] = {}
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
            hindered, mistake = no_try(self.live.driver.story.now)
        judgement = edge(tried, self.guess)
        if judgement.done is None:
            told = f"{hindered} {judgement.words}" if tried else hindered or judgement.words
            return Judgement(told.strip(), mistake=mistake)
        self._edge = low, high = _edge(tried)
        if judgement.right is not None and self.recorded() is None:
            between = f"between {low:.2g} and {high:.2g}"
            self.record("What is the largest rate that still learns?", self.guess, between, judgement.right)
        return judgement

    def why(self) -> str:
        """What both rates at the edge did to the network, measured on two fresh runs from the same start."""
        if self.said is not None:
            self.say(replace(self.said, why="Measuring why; this takes some seconds ..."))
        for lr in self._edge:
            if lr not in self._measured:
                self._measured[lr] = look(faults.make("healthy", seed=self.number), lr)
        return told(*(self._measured[lr] for lr in self._edge))

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
    """Each rate that was tried long enough from the start, and whether it learned: its mean loss ended under ``below``."""
    found: dict[float, bool] = {}
    for branch in branches:
        low, high = branch.rates
        if branch.start or low != high or (branch.diverged is None and branch.losses.count < STEPS):
            continue
        learned = branch.diverged is None and branch.means.last < below
        found[low] = found.get(low, False) or learned
    return found


def no_try(branch: Branch) -> tuple[str, str | None]:
    """Why a branch is no try yet, with the name of the mistake if it is one; both empty where it is one, or was not begun."""
    if not branch.losses.count:
        return "", None
    rate, (low, high) = branch.lrs.last, branch.rates
    others = [at for at, least, most, _ in branch.lrs.points() if least != rate or most != rate]
    since = branch.start + (round(others[-1]) + 1 if others else 0)
    if since:
        words = (
            f"You trained {branch.steps - since} steps at {rate:.2g}, but from step {since} on. A try counts only from the "
            f"start: go back to step 0, set the rate, and train {STEPS} steps."
        )
        return words, "not-from-the-start"
    if low == high and branch.losses.count < STEPS and branch.diverged is None:
        return f"{branch.losses.count} of the {STEPS} steps of a try are done at {rate:.2g}: train on.", None
    return "", None


def edge(tried: dict[float, bool], guess: float) -> Judgement:
    """What the rates tried so far tell about the largest one that learns."""
    if not tried:
        return Judgement(f"No rate has been tried yet: set one, and train {STEPS} steps from the start.")
    low, high = _edge(tried)
    if math.isinf(high):
        return Judgement(
            f"{low:.2g} has learned, and no higher rate was tried that does not. Go back to the start and go higher."
        )
    if low == 0:
        words = f"No rate has learned yet; the lowest that you tried is {min(tried):.2g}."
        return Judgement(f"{words} It may be too high, or too low for {STEPS} steps: go back to the start and try others.")
    if round(high / low, 1) > CLOSE:  # four moves of the rate's handle are a factor of 2.512
        return Judgement(
            f"{low:.2g} learns, {high:.2g} does not: a factor of {high / low:.1f}. Go back to the start and try one in "
            f"between, such as {math.sqrt(low * high):.1g}."
        )
    right = low / CLOSE <= guess <= high * CLOSE
    way, factor = ("low", low / guess) if guess < low else ("high", guess / high)
    off = "" if low <= guess <= high else f", too {way} by a factor of {factor:.1f}"
    off += f"; up to {CLOSE} counts as right" if off and right else ""
    found = f"{low:.2g} learns, {high:.2g} does not."
    return Judgement(found, done=True, guessed=f"You predicted {guess:.2g}{off}.", right=right)


def _edge(tried: dict[float, bool]) -> tuple[float, float]:
    """The highest rate that learned (0: none), and the lowest above it that did not (inf: none)."""
    low = max((rate for rate, learned in tried.items() if learned), default=0.0)
    return low, min((rate for rate, learned in tried.items() if not learned and rate > low), default=math.inf)

"""Mission 2: cut the learning rate now or later, with equally many steps in all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnkit.errors import InputError
from cnnkit.explore.live import LiveTraining
from cnnkit.explore.live.story import WINDOW, Branch, Story
from cnnkit.explore.look import WRAP, buttons
from cnnkit.explore.missions import faults
from cnnkit.explore.missions.quest import Judgement, Mission

APART = 40  # steps between two cuts that are worth comparing
NOW, LATER = "the early cut", "the late cut"


@dataclass(frozen=True)
class Cut:
    """A branch that was trained to the end, with its rate cut on the way after ``step`` steps."""

    branch: Branch
    step: int


class CutWhen(Mission):
    """Two branches of equal length, cut at different steps."""

    title = "Mission 2: cut the rate now or later"
    task = (
        "A lower rate takes the noise out of the steps, but it also takes smaller ones. The run below has 180 steps. Predict: "
        "which ends with the lower loss, cutting the rate to a tenth early (after one epoch, step 45) or late (after three, "
        "step 135)? Then try both: train one epoch, cut, train to the end; go back to step 45, train two epochs, cut, train "
        "to the end."
    )

    def __init__(self, number: int, folder: str | Path, background: bool | None = None) -> None:
        training = faults.make("healthy", seed=number)
        super().__init__(LiveTraining(training, background, knobs=("rate",)), f"mission 2, run {number}", folder)
        made = self.recorded()
        self.guess: str | None = str(made.guess) if made is not None else None

    def predict(self, which: str) -> Judgement:
        """Notes the prediction, "the early cut" or "the late cut"; the first one counts."""
        if which not in (NOW, LATER):
            raise InputError(f'the prediction is {which!r}; choose "{NOW}" or "{LATER}"')
        self.guess = self.guess or which
        self.say(Judgement(f"Your prediction: {self.guess} ends with the lower loss. Now try both."))
        assert self.said is not None
        return self.said

    def judge(self) -> Judgement:
        """Compares the two branches."""
        if self.guess is None:
            return Judgement("Predict first: choose one and press Predict.")
        with self.live.driver.lock:
            self.live.driver.collect()
            found = cuts(self.live.driver.story)
        if len(found) < 2 or found[-1].step - found[0].step < APART:
            return Judgement(missing(found))
        early, late = found[0], found[-1]
        judgement = compare(early, late, self.guess)
        if judgement.done is not None and self.recorded() is None:
            lower = NOW if early.branch.means.last < late.branch.means.last else LATER
            self.record("Which cut ends with the lower loss?", self.guess, lower, judgement.done)
        return judgement

    def form(self, w: Any) -> Any:
        """A choice and two buttons; nothing is chosen beforehand, for the first prediction counts."""
        which = buttons(w, "lower loss:", [NOW, LATER], self.guess)
        predict = w.Button(
            description="Predict", tooltip="Note the prediction; the first one counts", disabled=bool(self.guess)
        )
        verdict = w.Button(description="Verdict", tooltip="Compare the branches")

        def noted(_: Any) -> None:
            if which.value is None:
                self.say(Judgement("Choose one of the two first, then press Predict."))
                return
            self.predict(which.value)
            predict.disabled = which.disabled = True

        predict.on_click(noted)
        verdict.on_click(lambda _: self.verdict())
        return w.HBox([which, predict, verdict], layout=WRAP)


def cuts(story: Story) -> list[Cut]:
    """The longest branches whose rate was lowered on the way, by the step at which it first was; one for each such step."""
    longest, found = max((b.steps for b in story.branches), default=0), {}
    for branch in story.branches:
        marks = [m for m in branch.line_of_marks() if m.kind == "rate" and float(m.new) < float(m.old)]
        if branch.steps == longest and marks and branch.diverged is None:
            found[marks[0].step] = Cut(branch, marks[0].step)
    return [found[step] for step in sorted(found)]


def missing(found: list[Cut]) -> str:
    """What is still to be done."""
    if not found:
        return "No branch with a cut has been trained to the end yet."
    if len(found) == 1:
        return f"One branch has its cut at step {found[0].step}. Go back to before it, train on, and cut at another step."
    return f"The cuts at steps {found[0].step} and {found[-1].step} are less than {APART} steps apart: cut one much later."


def compare(early: Cut, late: Cut, guess: str) -> Judgement:
    """Which ended lower, and whether the noise of the steps allows to say so."""
    a, b = early.branch, late.branch
    noise = 2 * math.sqrt((a.spread**2 + b.spread**2) / WINDOW)  # two standard errors of the difference of two means
    seen = f"Cut at step {early.step}: loss {a.means.last:.2f}. Cut at step {late.step}: {b.means.last:.2f}."
    difference = b.means.last - a.means.last
    if abs(difference) < noise:
        return Judgement(
            f"{seen} The means of {WINDOW} steps waver by {noise:.2f}, so these two cannot be told apart: that is a result, "
            "too. One run never settles such a question; other seeds would."
        )
    lower = NOW if difference > 0 else LATER
    words = (
        f"{seen} {lower.capitalize()} ends lower by {abs(difference):.2f}, more than the {noise:.2f} by which such means waver."
    )
    return Judgement(f"{words} You predicted {guess}.", done=guess == lower)

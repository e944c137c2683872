"""Mission 2: cut the learning rate now or later, with equally many steps in all."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
NEAR = 1.15  # factor between two rates that are set by hand to the same; the next one that can be set is 1.26 away
NOW, LATER = "the early cut", "the late cut"


@dataclass(frozen=True)
class Cut:
    """A branch that was trained to the end, with its rate cut once on the way: after ``step`` steps, from old to new."""

    branch: Branch
    step: int
    old: float
    new: float

    @property
    def factor(self) -> float:
        """By what the rate was divided."""
        return self.old / self.new


class CutWhen(Mission):
    """Two branches of equal length, cut at different steps."""

    name = "mission 2"
    task = (
        "At a lower rate the steps are less noisy, but also shorter. Predict: in a run of 180 steps, which ends with the lower "
        "loss, cutting the rate to a tenth early (step 45) or late (step 135)? Then try both: train one epoch of 45 steps, "
        "cut, train to the end; go back to step 45, train two epochs, cut by as much, train to the end."
    )

    def __init__(self, number: int, folder: str | Path, background: bool | None = None) -> None:
        training = faults.make("healthy", seed=number)
        super().__init__(LiveTraining(training, background, knobs=("rate",)), number, folder)
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
            found, changed = cuts(self.live.driver.story)
        pair = comparable(found)
        if pair is None:
            return missing(found, changed)
        judgement = compare(*pair, self.guess)
        if judgement.right is not None and self.recorded() is None:
            lower = self.guess if judgement.right else LATER if self.guess == NOW else NOW
            self.record("Which cut ends with the lower loss?", self.guess, lower, judgement.right)
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


def cuts(story: Story) -> tuple[list[Cut], list[Branch]]:
    """Of the longest branches those whose rate was changed once, to a lower one, by its step; and those changed more often.

    Of several that were cut at the same step from and to the same rate, the last one counts.
    """
    longest = max((b.steps for b in story.branches), default=0)
    found, changed = dict[tuple[int, float, float], Cut](), list[Branch]()
    for branch in story.branches:
        marks = rates(branch)
        if branch.steps < longest or branch.diverged is not None or not marks:
            continue
        step, old, new = marks[0]
        if len(marks) > 1 or old < new:
            changed.append(branch)
        else:
            found[marks[0]] = Cut(branch, step, old, new)
    return [found[key] for key in sorted(found)], changed


def rates(branch: Branch) -> list[tuple[int, float, float]]:
    """(step, old, new) of each change of the rate on the way to a branch's end."""
    return [(m.step, float(m.old), float(m.new)) for m in branch.line_of_marks() if m.kind == "rate"]


def comparable(found: Sequence[Cut]) -> tuple[Cut, Cut] | None:
    """The two cuts furthest apart that differ in nothing but their step; None where there are none."""
    pairs = [(a, b) for a in found for b in found if b.step - a.step >= APART and alike(a, b)]
    return max(pairs, key=lambda pair: pair[1].step - pair[0].step, default=None)


def alike(a: Cut, b: Cut) -> bool:
    """Whether both went from the same rate, and by the same factor, as far as a hand can set it."""
    return max(a.old, b.old) < NEAR * min(a.old, b.old) and max(a.factor, b.factor) < NEAR * min(a.factor, b.factor)


def missing(found: Sequence[Cut], changed: Sequence[Branch]) -> Judgement:
    """What is still to be done."""
    if changed and len(found) < 2:
        way = rates(changed[-1])
        told = " → ".join([f"{way[0][1]:.2g}", *(f"{new:.2g}" for _, _, new in way)])
        return Judgement(
            f"Branch {changed[-1].name} had the rates {told}. So that two branches differ only in when the rate was cut, each "
            "needs one cut and no other change: go back to before the first change, and train one so.",
            mistake="changed-twice" if len(way) > 1 else None,
        )
    if not found:
        return Judgement("No branch with a cut has been trained to the end yet.")
    early, late = found[0], found[-1]
    if late.step - early.step >= APART:
        return Judgement(
            f"At step {early.step} you cut from {early.old:.2g} to {early.new:.2g}, at step {late.step} from {late.old:.2g} to "
            f"{late.new:.2g}. These branches differ in when the rate was cut and in how much, so nobody could say which of the "
            f"two counts. Go back to step {late.step}, and cut from {early.old:.2g} to {early.new:.2g} there, too.",
            mistake="different-cuts",
        )
    if len(found) == 1:
        return Judgement(
            f"One branch has its cut at step {early.step}. Go back to before it, train on, and cut at another step."
        )
    return Judgement(f"The cuts at steps {early.step} and {late.step} are less than {APART} steps apart: cut one much later.")


def compare(early: Cut, late: Cut, guess: str) -> Judgement:
    """Which ended lower, and whether the noise of the steps allows to say so."""
    a, b = early.branch, late.branch
    noise = 2 * math.sqrt((a.spread**2 + b.spread**2) / WINDOW)  # two standard errors of the difference of two means
    seen = f"Cut at step {early.step}: loss {a.means.last:.2f}. Cut at step {late.step}: {b.means.last:.2f}."
    difference = b.means.last - a.means.last
    if abs(difference) < noise:
        return Judgement(
            f"{seen} The means of {WINDOW} steps waver by {noise:.2f}, so these two cannot be told apart: that is a result, "
            "too. One run never settles such a question; other seeds would.",
            done=True,
            guessed=f"You predicted {guess}; these two branches cannot tell.",
        )
    lower = NOW if difference > 0 else LATER
    return Judgement(
        f"{seen} {lower.capitalize()} ends lower by {abs(difference):.2f}, more than the {noise:.2f} that such means waver by.",
        done=True,
        guessed=f"You predicted {guess}.",
        right=guess == lower,
    )

"""Mission 3: something is wrong with a run; find out what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cnnkit._support.words import rich
from cnnkit.errors import unknown
from cnnkit.explore.live import LiveTraining
from cnnkit.explore.look import WRAP, buttons
from cnnkit.explore.missions import faults, instruments
from cnnkit.explore.missions.quest import STEPS, Judgement, Mission

READING = {"max_height": "230px", "overflow": "auto"}  # so that what answers a button stays beside it

INSTRUMENTS = {
    "the next batch": instruments.batch,
    "the answers": instruments.outputs,
    "the layers": instruments.layers,
    "one update": instruments.update,
}


class SickRun(Mission):
    """A run with a prepared fault, or with none."""

    name = "mission 3"
    task = (
        "One of the causes in the list was built into this run, or nothing was. Train it, watch the curve, and look at the "
        f"instruments before the first step and after {STEPS} steps or more. Each shows numbers, and what is usual. Then "
        "choose your diagnosis: the first one is recorded."
    )

    def __init__(self, number: int, folder: str | Path, background: bool | None = None) -> None:
        training, self._fault = faults.sick(number)
        super().__init__(LiveTraining(training, background, knobs=()), number, folder)
        self.title = f"Mission 3, run {number}: what is wrong with it?"
        self.diagnosis: str | None = None

    def look(self, instrument: str) -> instruments.Reading:
        """What one of `INSTRUMENTS` shows at present."""
        if instrument not in INSTRUMENTS:
            raise unknown("instrument", instrument, INSTRUMENTS)
        return self.live.driver.ask(lambda: INSTRUMENTS[instrument](self.live.training))

    def diagnose(self, fault: str) -> Judgement:
        """Takes a slug or a title of `faults.FAULTS` as the diagnosis; the first one is recorded."""
        by_title = {known.title: slug for slug, known in faults.FAULTS.items()}
        slug = by_title.get(fault, fault)
        if slug not in faults.FAULTS:
            raise unknown("fault", fault, faults.FAULTS)
        self.diagnosis = slug
        return self.verdict()

    def judge(self) -> Judgement:
        """Compares the diagnosis with what was built in."""
        if self.diagnosis is None:
            return Judgement("Choose a diagnosis first.")
        if not len(self.live.training.history):
            return Judgement("Train it first: no diagnosis without having looked.")
        right = self.diagnosis == self._fault.slug
        chosen = faults.FAULTS[self.diagnosis]
        if self.recorded() is None:
            self.record("What is wrong with this run?", chosen.title, self._fault.title, right)
        if not right:
            words = f"Not that. {chosen.looks_like} Compare with what you see here, and look at the instruments once more."
            return Judgement(words, done=False, mistake="wrong-diagnosis")
        first = self.recorded()
        guessed = "" if first is None or first.guess == chosen.title else f"At first you said: {first.guess}."
        return Judgement(f"{chosen.title.capitalize()}. {chosen.evidence}", done=True, guessed=guessed, right=not guessed)

    def form(self, w: Any) -> Any:
        """The instruments and the diagnoses; none is chosen beforehand, for the first one is recorded."""
        instrument = buttons(w, "look at", list(INSTRUMENTS), next(iter(INSTRUMENTS)))
        look, shown = w.Button(description="Look", tooltip="Read this instrument now"), w.HTML(layout=READING)
        options = [fault.title for fault in faults.FAULTS.values()]
        diagnosis = buttons(w, "I say:", options, None)
        decide = w.Button(description="Diagnose", tooltip="The first diagnosis is recorded")

        def read(_: Any) -> None:
            shown.value = "Reading, after the step under way ..."
            reading = self.look(instrument.value)
            shown.value = f"<b>{rich(reading.title)}</b>{reading.html}"

        look.on_click(read)
        decide.on_click(lambda _: self.diagnose(diagnosis.value) if diagnosis.value else self.say(self.judge()))
        return w.VBox([w.HBox([instrument, look], layout=WRAP), shown, diagnosis, decide])

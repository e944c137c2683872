"""The live trainer: what one can do with it, and when it draws itself."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from cnnkit.errors import InputError
from cnnkit.explore.live import picture, registry, text, track
from cnnkit.explore.live.answers import Answers
from cnnkit.explore.live.driver import Driver
from cnnkit.explore.live.pace import Pace
from cnnkit.explore.live.picture import View
from cnnkit.explore.look import Explorer
from cnnkit.training import Training, ending, options

if TYPE_CHECKING:
    from cnnkit.explore.live.desk import Desk

PAUSES, STOPS = "pauses after this step", "stops after this step"
MEMORY = 1e9  # bytes for states to go back to


class LiveTraining(Explorer):
    """Trains under your hands: the loss moves while you pause, step, turn the learning rate, go back and branch.

        live = explore.LiveTraining(Training(model, ds, epochs=5, validation=0.1))
        live.start()

    The training goes on in a thread, so the notebook stays usable; it ends at its last epoch at the latest.
    ``explore.running()`` finds it again if its cell is gone.

    Args:
        training: the run; the same that ``for step in training`` would do.
        background: False: `start`, `step` and `epoch` return when they are done, for scripts and grading. By default True,
            unless the environment variable CNNKIT_BACKGROUND is 0.
        memory: bytes for the states that one can go back to.
        knobs: what to show beside start, stop and the curves: "rate", "data" (batch size and augmentation), "photos" (eight of
            them with the network's answers).
        goal: a loss somewhat below guessing at which a run has learned: the picture is then close around both.

    Attributes:
        training: the run. While it trains, change it only through this object.
        driver: what was trained so far.

    Raises:
        InputError: ``training`` is no `Training`.
    """

    def __init__(
        self,
        training: Training,
        background: bool | None = None,
        memory: float = MEMORY,
        knobs: Sequence[str] = ("rate", "data", "photos"),
        goal: float | None = None,
    ) -> None:
        if not isinstance(training, Training):
            raise InputError(f"LiveTraining takes a cnnkit.Training; this is a {type(training).__name__}")
        self.training, self.knobs, self.goal = training, tuple(knobs), goal
        self.background = os.environ.get("CNNKIT_BACKGROUND", "1") != "0" if background is None else background
        self.drivers = self._drivers(memory)  # in the order of their names; they all do what they are told
        self.driver = self.drivers[0]
        self.powers = track.decades(training.lr)
        self.cell = registry.cell()
        self.note = ""  # the answer to the last thing the user did
        self._answers = Answers(training) if "photos" in self.knobs else None
        self._desk: Desk | None = None  # the widgets, once it was shown
        self._pace = Pace()
        self._listen()

    def _drivers(self, memory: float) -> list[Driver]:
        return [Driver(self.training, memory, self._changed)]

    @property
    def working(self) -> bool:
        """Whether it trains at this moment."""
        return any(driver.working for driver in self.drivers)

    @property
    def status(self) -> str:
        """What it does, as in `cnnkit.explore.live.text.STATUS`."""
        return self.driver.status

    @property
    def parameters(self) -> set[int]:
        """Who they are, of all its networks."""
        return {id(p) for driver in self.drivers for p in driver.training.model.parameters()}

    def start(self) -> LiveTraining:
        """Trains on, to the end of the last epoch."""
        return self._go()

    def step(self, steps: int = 1) -> LiveTraining:
        """Trains so many steps and pauses."""
        return self._go(steps=options.whole("steps", steps))

    def epoch(self) -> LiveTraining:
        """Trains to the end of the epoch under way and pauses."""
        return self._go(epochs=1)

    def pause(self) -> LiveTraining:
        """Pauses after the step under way."""
        return self._leave("paused", PAUSES)

    def stop(self) -> LiveTraining:
        """Ends the training after the step under way and saves it where it has an autosave; `start` would still go on."""
        return self._leave("stopped", STOPS)

    def set(self, lr: float | None = None, batch_size: int | None = None, augment: bool | None = None) -> LiveTraining:
        """Changes the learning rate and the augmentation from the next step on, the batch size from the next epoch on.

        A checkpoint that is saved before then still has the old batch size.
        """
        said = []
        for what, value, when in (
            ("lr", lr, f"learning rate {lr:.2g} from the next step on" if lr is not None else ""),
            ("augment", augment, f"augmentation {'on' if augment else 'off'} from the next step on"),
            ("batch_size", batch_size, f"batch size {batch_size} from the next epoch on"),
        ):
            if value is not None:
                for driver in self.drivers:
                    driver.change(what, value)
                said.append(when)
        if self._desk is not None:
            self._desk.follow(lr, batch_size, augment)
        return self._say(", ".join(said))

    def back(self, step: int) -> LiveTraining:
        """Goes back to the last kept state at or before ``step``: what is trained from there is a new branch."""
        step = options.whole("step", step)
        with self.driver.lock:
            kept = [{p.steps: p for p in driver.places if p.steps <= step} for driver in self.drivers]
            common = set.intersection(*map(set, kept))
            if not common:
                raise InputError(f"there is no state to go back to at or before step {step}; start the training first")
            for driver, places in zip(self.drivers, kept, strict=True):
                driver.back(places[max(common)])
            return self._say(f"back to {kept[0][max(common)].label}")

    def recover(self) -> LiveTraining:
        """After a divergence: goes back to the last good state and trains on with a third of the learning rate."""
        lost = next((driver for driver in self.drivers if driver.status == "diverged"), self.driver)
        place = lost.recover()
        for driver in self.drivers:
            if driver is not lost:
                driver.back(max((p for p in driver.places if p.steps <= place.steps), key=lambda p: p.steps), lost.training.lr)
        return self._go(said=f"back to {place.label} with a third of the learning rate")

    def wait(self) -> text.Still:
        """Waits until it pauses, stops or ends, and returns the still picture. Ctrl-C (■ in the toolbar) stops it."""
        if self.working:
            print("Waiting for the training to end. Its buttons are off until then; ■ in the toolbar (Ctrl-C) stops it.")
        try:
            while not all(driver.join(0.2) for driver in self.drivers):
                pass
        except KeyboardInterrupt:
            self.stop()
            for driver in self.drivers:
                driver.join()
            print(f"Stopped at step {len(self.training.history):,}; .start() goes on from there.")
        return text.Still(self.still(), self.words())

    def still(self) -> str:
        """The picture and the numbers, as HTML."""
        with self.driver.lock:
            return self.picture() + text.page(self.driver, self.note, self.status, self.numbers())

    def words(self) -> str:
        """The same in a sentence or two."""
        with self.driver.lock:
            said = picture.words(self.driver.story, text.planned(self.training), len(self.training.dataset.classes))
            return f"{self.driver.status}: {said}"

    def numbers(self) -> str:
        """Where it is, and how fast."""
        return text.numbers(self.driver)

    def picture(self, **shown: Any) -> str:
        """The picture as SVG; ``shown``: more of its `View`."""
        with ExitStack() as locks:
            for driver in self.drivers:
                locks.enter_context(driver.lock)
                driver.collect()
            return self._drawn(View(
                text.planned(self.training), len(self.training.dataset.classes), goal=self.goal, powers=self.powers,
                lr=self.training.lr if "rate" in self.knobs else None, kept=len(self.driver.places),
                layers=self.driver.meter.layers, **shown,
            ))  # fmt: skip

    def _drawn(self, view: View) -> str:
        seen = self._answers
        return picture.draw(self.driver.story, view, *((seen.draw(), f" {seen.words()}.") if seen else ()))

    def build(self) -> Any:
        """The controls, the picture and the text as widgets."""
        from cnnkit.explore.live.desk import Desk

        self._desk = Desk(self)
        return self._desk.widget

    def _go(self, steps: float = math.inf, epochs: float = math.inf, said: str = "") -> LiveTraining:
        self._listen()
        replaced = registry.claim(self)
        self.note = f"{len(replaced)} earlier training of this cell or network was stopped" if replaced else said
        others = [driver for other in replaced for driver in other.drivers]
        able = [driver for driver in self.drivers if driver.status not in ("ended", "diverged")]
        for driver in able or [self.driver]:
            driver.start(steps, epochs, self.background, after=others)
        return self._say(self.note)

    def _leave(self, status: str, words: str) -> LiveTraining:
        said = words if self.working else ""
        for driver in self.drivers:
            driver.leave(status)
        return self._say(said)

    def _listen(self) -> None:
        if self.training.autosave is not None:  # the thread that trains cannot take signals
            ending.listen()

    def _say(self, words: str) -> LiveTraining:
        """Answers on the screen, at once."""
        self.note = words
        if self._desk is not None:
            self._desk.show(curves=not self.working)
        return self

    def _changed(self, status: bool) -> None:
        """Called by the thread that trains, after each step and whenever the status changed."""
        if not (self._pace.due() or status) or self._desk is None:
            return
        if not self.working and self.note in (PAUSES, STOPS):
            self.note = ""
        self._pace.begin()
        try:
            with self.driver.lock:
                answers = self._answers if self.driver.status != "evaluating" else None
                if answers is not None and (not self.working or answers.due()):
                    answers.ask()
                    self._pace.begin()  # that has a share of its own
            self._desk.show(curves=True)
        except Exception as error:  # a network that can't answer, a widget that was closed: the training goes on
            self.note = f"this could not be drawn: {type(error).__name__}: {error}"
            with suppress(Exception):
                self._desk.show(curves=True)
        self._pace.end()

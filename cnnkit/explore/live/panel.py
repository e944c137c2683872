"""The live trainer: the controls and the text around the picture of `cnnkit.explore.live.curve`."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cnnkit.errors import InputError
from cnnkit.explore.live import curve, registry, text
from cnnkit.explore.live.answers import Answers
from cnnkit.explore.live.driver import Driver
from cnnkit.explore.look import Explorer
from cnnkit.training import Training, options

if TYPE_CHECKING:
    from cnnkit.explore.live.desk import Desk

REDRAW = 0.5  # seconds from one picture to the next, and more where drawing takes long
SHARE = 1 / 200  # of the time may go into drawing
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
        knobs: which controls to show beside start and stop: "rate" and "data" (batch size and augmentation).

    Attributes:
        training: the run. While it trains, change it only through this object.
        driver: what was trained so far, by branches.

    Raises:
        InputError: ``training`` is no `Training`.
    """

    def __init__(
        self,
        training: Training,
        background: bool | None = None,
        memory: float = MEMORY,
        knobs: Sequence[str] = ("rate", "data"),
    ) -> None:
        if not isinstance(training, Training):
            raise InputError(f"LiveTraining takes a cnnkit.Training; this is a {type(training).__name__}")
        self.training, self.knobs = training, tuple(knobs)
        self.background = os.environ.get("CNNKIT_BACKGROUND", "1") != "0" if background is None else background
        self.driver = Driver(training, memory, self._changed)
        self.cell = registry.cell()
        self.note = ""  # the answer to the last thing the user did
        self._answers = Answers(training)
        self.strip = self._answers.draw()
        self._desk: Desk | None = None  # the widgets, once it was shown
        self._due = 0.0

    # ---- what can be done with it -------------------------------------------------------------------------------------

    @property
    def working(self) -> bool:
        """Whether it trains at this moment."""
        return self.driver.working

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
        words = PAUSES if self.working else ""
        self.driver.leave("paused")
        return self._say(words)

    def stop(self) -> LiveTraining:
        """Ends the training after the step under way and saves it where it has an autosave; `start` would still go on."""
        words = STOPS if self.working else ""
        self.driver.leave("stopped")
        return self._say(words)

    def set(self, lr: float | None = None, batch_size: int | None = None, augment: bool | None = None) -> LiveTraining:
        """Changes the learning rate and the augmentation from the next step on, the batch size from the next epoch on.

        A checkpoint that is saved before then still has the old batch size.
        """
        said = []
        if lr is not None:
            self.driver.change("lr", lr)
            said.append(f"learning rate {lr:.2g} from the next step on")
        if augment is not None:
            self.driver.change("augment", augment)
            said.append(f"augmentation {'on' if augment else 'off'} from the next step on")
        if batch_size is not None:
            self.driver.change("batch_size", batch_size)
            said.append(f"batch size {batch_size} from the next epoch on")
        if self._desk is not None:
            self._desk.follow(lr, batch_size, augment)
        return self._say(", ".join(said))

    def back(self, step: int) -> LiveTraining:
        """Goes back to the last kept state at or before ``step``: what is trained from there is a new branch."""
        step = options.whole("step", step)
        with self.driver.lock:
            kept = [place for place in self.driver.places if place.steps <= step]
            if not kept:
                raise InputError(f"there is no state to go back to at or before step {step}; start the training first")
            self.driver.back(kept[-1])
            return self._say(f"back to {kept[-1].label}")

    def recover(self) -> LiveTraining:
        """After a divergence: goes back to the last good state and trains on with a third of the learning rate."""
        place = self.driver.recover()
        return self._go(said=f"back to {place.label} with a third of the learning rate")

    def wait(self) -> text.Still:
        """Waits until it pauses, stops or ends, and returns the still picture. Ctrl-C (■ in the toolbar) stops it."""
        if self.working:
            print("Waiting for the training to end. Its controls rest meanwhile; ■ in the toolbar (Ctrl-C) stops it.")
        try:
            while not self.driver.join(0.2):
                pass
        except KeyboardInterrupt:
            self.stop()
            self.driver.join()
            print(f"Stopped at step {len(self.training.history):,}; .start() goes on from there.")
        return text.Still(self.still(), self.words())

    # ---- how it looks -------------------------------------------------------------------------------------------------

    def still(self) -> str:
        """The picture, the numbers and the photos, as HTML."""
        with self.driver.lock:
            return self.picture() + text.page(self.driver, self.note, "rate" in self.knobs) + self.strip

    def words(self) -> str:
        """The same in a sentence or two."""
        with self.driver.lock:
            return f"{self.driver.status}: {curve.words(self.driver.story, text.planned(self.training))}"

    def picture(self, cursor: int | None = None) -> str:
        """The curves and their marks; ``cursor``: steps at which to show where going back leads."""
        with self.driver.lock:
            self.driver.collect()
            story, classes = self.driver.story, len(self.training.dataset.classes)
            return curve.draw(story, text.planned(self.training), classes, cursor) + curve.legend(story)

    def build(self) -> Any:
        """The controls, the picture and the text as widgets."""
        from cnnkit.explore.live.desk import Desk

        self._desk = Desk(self)
        return self._desk.widget

    # ---- inside -------------------------------------------------------------------------------------------------------

    def _go(self, steps: float = math.inf, epochs: float = math.inf, said: str = "") -> LiveTraining:
        replaced = registry.claim(self)
        self.note = f"{len(replaced)} earlier training of this cell or network was stopped" if replaced else said
        self.driver.start(steps, epochs, self.background, after=[other.driver for other in replaced])
        return self._say(self.note)

    def _say(self, words: str) -> LiveTraining:
        """Answers on the screen, at once."""
        self.note = words
        if self._desk is not None:
            self._desk.show(picture=not self.working)
        return self

    def _changed(self, status: bool) -> None:
        """Called by the thread that trains, after each step and whenever the status changed."""
        if self._desk is None or (not status and time.perf_counter() < self._due):
            return
        if not self.working and self.note in (PAUSES, STOPS):
            self.note = ""
        start = drawing = time.perf_counter()
        try:
            with self.driver.lock:
                if self.driver.status != "evaluating" and (not self.working or self._answers.due()):
                    self.strip = self._answers.ask()
            drawing = time.perf_counter()
            self._desk.show(picture=True)
        except Exception as error:  # a network that can't answer, a widget that was closed: the training goes on
            self._complain(error)
        end = time.perf_counter()
        self._due = max(start + REDRAW, end + (end - drawing) / SHARE)

    def _complain(self, error: Exception) -> None:
        """Says that a redraw failed, where that still can be said."""
        self.note = f"this could not be drawn: {type(error).__name__}: {error}"
        with suppress(Exception):
            if self._desk is not None:
                self._desk.show(picture=True)

"""Runs a training in a thread of its own; what it is told meanwhile takes effect between two steps. Knows no widgets."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from typing import Any, TypeVar

from cnnkit._support.turns import still
from cnnkit.errors import Diverged, InputError
from cnnkit.explore.live.changes import Changes
from cnnkit.explore.live.layers import EVERY, Meter
from cnnkit.explore.live.places import Place
from cnnkit.explore.live.story import Mark
from cnnkit.training import Training, threads

Answer = TypeVar("Answer")


class _Left(Exception):
    """An evaluation was interrupted: something else is wanted."""


class Driver:
    """Drives ``training``.

    Attributes:
        training: the run; while `working`, other threads read it, and change it only between two steps.
        story: what was trained, by branches.
        places: what one can go back to.
        meter: what a step does to each layer.
        status: "ready", "training", "evaluating", "paused", "stopped", "ended", "diverged" or "failed".
        error: the sentence that belongs to "diverged" and "failed".
        working: whether a thread trains.
    """

    def __init__(self, training: Training, memory: float, changed: Callable[[bool], None], every: int = EVERY) -> None:
        self.training, self._changes = training, Changes(training, memory)
        self.meter = Meter(training.model, every)
        self.story, self.places = self._changes.story, self._changes.places
        self.status, self.error, self.working = "ready", "", False
        self.lock = threading.RLock()
        self._changed = changed  # called from the thread that trains: with True when the status changed
        self._thread: threading.Thread | None = None
        self._until: tuple[float, float] = (math.inf, math.inf)  # steps of the history, and epochs, at which to pause
        self._leave: str | None = None  # the status to leave the loop with
        self._asked: list[Callable[[], None]] = []
        self.collect()  # steps that were trained before

    # ---- what the user says -------------------------------------------------------------------------------------------

    def start(
        self, steps: float = math.inf, epochs: float = math.inf, background: bool = True, after: Sequence[Driver] = ()
    ) -> None:
        """Trains on, to the end or so many ``steps`` or ``epochs`` (the one under way counts), once ``after`` have ended."""
        with self.lock:
            if self.status == "ended" and self._over:
                raise InputError("the training is over; go back to an earlier place, or raise training.epochs, to train on")
            self._leave = None
            self._until = (len(self.training.history) + steps, self.training.epoch + epochs)
            if self.working:
                return
            self.working, self.status, self.error = True, "training", ""
            self._changes.reader.rest()
            work = (self._thread, [driver._thread for driver in after])
            self._thread = threading.Thread(target=self._work, args=work, name="cnnkit training", daemon=True)
            if background:
                threads.release()
                self._thread.start()
        if not background:
            self._work(*work)

    def leave(self, status: str) -> None:
        """Ends the work after the step under way, or between two batches of an evaluation; status: "paused" or "stopped".

        Once stopped, also after a pause, the run is saved where it has an autosave.
        """
        with self.lock:
            self._leave = status
            if not self.working and self.status in ("ready", "paused", "stopped"):
                self.status = status
                self._autosave()

    def change(self, what: str, value: Any) -> Mark | None:
        """Sets "lr", "augment" or "batch_size", from the next step (the batch size: the next epoch) on; None: no change."""
        with self.lock:
            self._changes.wish(what, value)
            return None if self.working else self._fulfil()

    def back(self, place: Place, lr: float | None = None) -> None:
        """Goes back to ``place``; what is trained from there is a new branch. ``lr``: the rate to go on with."""
        with self.lock:
            self._changes.wishes = {"back": (place, lr)}  # what was wished before belonged to the branch that is left
            if not self.working:
                self._fulfil()

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """What ``question`` returns, asked between two steps, when nobody changes the weights. Waits for a step under way."""
        asked: Future[Answer] = Future()

        def answer() -> None:
            try:
                asked.set_result(question())
            except Exception as error:  # belongs to whoever asked
                asked.set_exception(error)

        with self.lock:
            self._asked.append(answer)
            if not self.working:
                self._answer()
        return asked.result()

    def recover(self) -> Place:
        """Goes back to the last good state, which it returns, with a third of the rate."""
        with self.lock:
            if not self.places:
                raise InputError("there is no state to go back to; start the training first")
            lr = (self.training.history.lrs[-1] if self.status == "diverged" else self.training.lr) / 3
            place = self.places.last_good(self.training, self.story.now.start)
            self.back(place, lr)
            return place

    def join(self, seconds: float | None = None) -> bool:
        """Waits for the thread; whether it has ended, and the training can be iterated by hand."""
        thread = self._thread
        if thread is None or thread is threading.current_thread() or not thread.is_alive():
            return not self.working
        thread.join(seconds)
        return not (thread.is_alive() or self.working)

    def speed(self) -> float:
        """Steps a second lately; 0 while nothing is known."""
        with self.lock:
            return self._changes.reader.speed()

    def collect(self) -> None:
        """Brings the story up to the history; on a GPU this waits for the step under way."""
        with self.lock:
            if self._changes.collect():
                self._went_back()

    @property
    def _over(self) -> bool:
        """Whether nothing is left to do, not even an evaluation that was interrupted."""
        return self.training.epoch >= self.training.epochs and not self.training.validation_due

    # ---- what the thread does -----------------------------------------------------------------------------------------

    def _work(self, mine: threading.Thread | None, others: Sequence[threading.Thread | None]) -> None:
        if mine is not None and mine.is_alive():  # it may still be closing its loop
            mine.join()
        for thread in others:  # which may be at the same weights
            while thread is not None and thread.is_alive() and not self._leave:
                thread.join(0.05)
        try:
            over = self._given_up()
            while not over:
                over = not self._train()
        except Diverged as error:
            self._end("diverged", f"{error.seen}; {error.cause}.")
        except InputError as error:
            self._end("failed", str(error))
        except Exception as error:  # of the student's own network or schedule, too
            self._end("failed", f"{type(error).__name__}: {error}")
        except BaseException:  # Ctrl-C, when it trains in the foreground
            self._end("stopped")
            raise
        finally:
            self._changed(True)

    def _given_up(self) -> bool:
        """Whether it is left before it began: then it waits for nobody's step."""
        with self.lock:
            if self._leave:
                self._end(self._leave)
                return True
        return False

    def _train(self) -> bool:
        """Goes into the training's loop until it is over or must be entered anew; whether it must."""
        with suppress(_Left), closing(self.training.steps(self._pulse)) as steps:
            while True:
                # One lock from the decision to the end of the step, and of the loop: after a pause no one sees a step more.
                with still(self.training.model):
                    again, over = self._between()
                    if again or over:
                        steps.close()
                        return not over
                    self.meter.before(len(self.training.history), self.training.lr)
                    if next(steps, None) is None:
                        self._end("ended")
                        return False
                    self.meter.after()
                self._changed(False)
        return True

    def _between(self) -> tuple[bool, bool]:
        """Between two steps: does what was asked for; whether the loop must be entered anew, and whether the work is over."""
        with self.lock:
            self.status = "training"
            if self._changes.reader.cut:
                self.collect()
            self._changes.note_place()
            self._answer()
            again = self._changes.anew
            self._obey()
            reached = len(self.training.history) >= self._until[0] or self.training.epoch >= self._until[1]
            if self._leave or reached:  # decided and done under one lock: a start() from now on needs a new thread
                self._end(self._leave or "paused")
                return False, True
            return again, False

    def _end(self, status: str, error: str = "") -> None:
        with self.lock:
            self.working, self._leave = False, None
            self._answer()
            if self._over and status in ("paused", "stopped"):
                status = "ended"
            self.status, self.error = status, error or self.error
            self.collect()
            if status == "diverged":
                self.story.now.diverged = self.story.now.steps
            self._obey()
            self._autosave()

    def _autosave(self) -> None:
        # Without a step it would only replace what an earlier run left there.
        if self.training.autosave is not None and self.status == "stopped" and len(self.training.history):
            self.training.keep()

    def _pulse(self) -> None:
        """Before each batch of the training's own evaluations."""
        if self.status != "evaluating":
            self.status = "evaluating"
            self._changed(True)
        with self.lock:
            self._answer()
            if self._leave or "back" in self._changes.wishes:
                raise _Left

    # ---- changes: with the lock held, and no step under way -----------------------------------------------------------

    def _answer(self) -> None:
        while self._asked:
            self._asked.pop(0)()

    def _obey(self) -> None:
        try:
            if self._changes.wishes:
                self._fulfil()
        except InputError as error:  # a rate while the schedule is at 0: no reason to end the training
            self.error = str(error)

    def _fulfil(self) -> Mark | None:
        training = self.training
        with still(training.model):
            self.collect()
            steps, epoch, cuts = len(training.history), training.epoch, training.history.cuts
            mark = self._changes.do()
            if training.history.cuts != cuts:
                steps, epoch = len(training.history) - steps, training.epoch - epoch
                self._until = (self._until[0] + steps, self._until[1] + epoch)  # as far to go as before
                self._went_back()
            return mark

    def _went_back(self) -> None:
        self.error = ""
        if not self.working:
            self.status = "paused"

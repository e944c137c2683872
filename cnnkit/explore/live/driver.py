"""Runs a training in a thread of its own; what it is told meanwhile takes effect between two steps. Knows no widgets."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing
from typing import Any, TypeVar

from cnnkit.errors import Diverged, InputError
from cnnkit.explore.live.places import Place, Places
from cnnkit.explore.live.reader import Reader
from cnnkit.explore.live.story import Mark, Story
from cnnkit.training import Training, options, state, threads

Answer = TypeVar("Answer")


class _Left(Exception):
    """An evaluation was interrupted: something else is wanted."""


class Driver:
    """Drives ``training``.

    Attributes:
        training: the run; only the driver's thread touches it while `working`.
        story: what was trained, by branches.
        places: what one can go back to.
        status: "ready", "training", "evaluating", "paused", "stopped", "ended", "diverged" or "failed".
        error: the sentence that belongs to "diverged" and "failed".
        working: whether a thread trains.
    """

    def __init__(self, training: Training, memory: float, changed: Callable[[bool], None]) -> None:
        self.training, self.places = training, Places(memory)
        self.story, self.status, self.error, self.working = Story(), "ready", "", False
        self.lock = threading.RLock()
        self._changed = changed  # called from the thread that trains: with True when the status changed
        self._thread: threading.Thread | None = None
        self._until: tuple[float, float] = (math.inf, math.inf)  # steps of the history, and epochs, at which to pause
        self._leave: str | None = None  # the status to leave the loop with
        self._wishes: dict[str, Any] = {}
        self._asked: list[Callable[[], None]] = []
        self._reader = Reader(training, self.story)
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
            self._reader.rest()
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
            if what == "lr":
                options.check_lr(value)
            elif what == "batch_size":
                options.check_batch_size(value, self.training.dataset.train)
                if value > (count := len(self.training.labels)):
                    raise InputError(f"the batch size is {value}, more than the {count} photos that it trains on; use less")
            elif not isinstance(value, bool):
                raise InputError(f"{what} is {value!r}; it must be True or False")
            self._wishes[what] = value
            return None if self.working else self._fulfil()

    def back(self, place: Place, lr: float | None = None) -> None:
        """Goes back to ``place``; what is trained from there is a new branch. ``lr``: the rate to go on with."""
        with self.lock:
            self._wishes = {"back": (place, lr)}  # what was wished before belonged to the branch that is left
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
            return self._reader.speed()

    def collect(self) -> None:
        """Brings the story up to the history; on a GPU this waits for the step under way."""
        with self.lock:
            self._reader.read()

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
        self.training.pulse = self._pulse
        try:
            if not self.places and not self._leave:
                self._offer(state.snapshot(self.training))
            over = self._between()[1]  # what was said before the first step
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
            self.training.pulse = None
            self._changed(True)

    def _train(self) -> bool:
        """Goes into the training's loop until it is over or must be entered anew; whether it must."""
        try:
            with closing(iter(self.training)) as steps:  # type: ignore[type-var]
                for _ in steps:
                    again, over = self._between()
                    if over or again:
                        return again
                    self._changed(False)
        except _Left:
            return not self._between()[1]
        self._end("ended")
        return False

    def _between(self) -> tuple[bool, bool]:
        """Between two steps: does what was asked for; whether the loop must be entered anew, and whether the work is over."""
        with self.lock:
            self.status = "training"
            self._note_place()
            self._answer()
            due = self.training.index == 0 and "batch_size" in self._wishes
            again = due or bool({"augment", "back"} & set(self._wishes))
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
            self.training.save(self.training.autosave[0])

    def _pulse(self) -> None:
        """Between two batches of an evaluation."""
        if self.status != "evaluating":
            self.status = "evaluating"
            self._changed(True)
        with self.lock:
            self._answer()
            if self._leave or "back" in self._wishes:
                raise _Left

    # ---- changes: with the lock held, and no step under way -----------------------------------------------------------

    def _answer(self) -> None:
        while self._asked:
            self._asked.pop(0)()

    def _obey(self) -> None:
        try:
            if self._wishes:
                self._fulfil()
        except InputError as error:  # a rate while the schedule is at 0: no reason to end the training
            self.error = str(error)

    def _fulfil(self) -> Mark | None:
        """Does what was asked for, and returns the last mark that it left; a batch size waits for the end of the epoch."""
        wishes, training = self._wishes, self.training
        mark: Mark | None = None
        self.collect()
        if "back" in wishes:
            mark = self._go_back(*wishes.pop("back"))
        if "lr" in wishes:
            mark = self._set_rate(wishes.pop("lr")) or mark
        if "augment" in wishes and (on := wishes.pop("augment")) != training.augment:
            training.augment = on
            mark = self.story.mark("augmentation", *(("off", "on") if on else ("on", "off")))
        if training.index == 0 and "batch_size" in wishes and (size := wishes.pop("batch_size")) != training.batch_size:
            mark = self.story.mark("batch size", str(training.batch_size), str(size))
            training.batch_size = size
        return mark

    def _go_back(self, place: Place, lr: float | None) -> Mark:
        training = self.training
        done = len(training.history), training.epoch
        training.load_state_dict(place.state)
        self.places.back_to(place)
        steps = len(training.history)
        self._until = (self._until[0] + steps - done[0], self._until[1] + training.epoch - done[1])  # as far to go as before
        self._reader.branch()
        self.error = ""
        if not self.working:
            self.status = "paused"
        mark = self.story.mark("branch", "", self.story.now.name)
        return (self._set_rate(lr) if lr is not None else None) or mark

    def _set_rate(self, new: float) -> Mark | None:
        old = self.training.lr
        if new == old:
            return None
        self.training.lr = new
        return self.story.mark("rate", f"{old:.2g}", f"{new:.2g}")

    def _note_place(self) -> None:
        """Keeps the state that the training itself took at its last reading: a copy costs time and memory only once."""
        recent = self.training.watch.recent
        if recent is not None and (not self.places or self.places[-1].state is not recent):
            self._offer(recent)

    def _offer(self, taken: dict[str, Any]) -> None:
        with self.lock:
            self.places.offer(Place.of(taken))

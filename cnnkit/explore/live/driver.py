"""Runs a training in a thread of its own; what it is told meanwhile takes effect between two steps. Knows no widgets."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from cnnkit.errors import Diverged, InputError
from cnnkit.explore.live.places import Place, Places
from cnnkit.explore.live.story import WINDOW, Mark, Story
from cnnkit.training import Training, divergence, options, state


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
        self._until: int | None = None  # steps of the history at which to pause
        self._leave: str | None = None  # the status to leave the loop with
        self._wishes: dict[str, Any] = {}
        self._seen = [0, 0]  # steps and evaluations that the story has
        self._pace: deque[tuple[float, int]] = deque(maxlen=12)  # (time, steps) at the last looks
        self.collect()  # steps that were trained before
        self._pace.clear()

    # ---- what the user says -------------------------------------------------------------------------------------------

    def start(self, steps: int | None = None, background: bool = True, after: Sequence[Driver] = ()) -> None:
        """Trains on, to the end or for ``steps`` more, once ``after`` have ended; returns at once if in the background."""
        with self.lock:
            if self.status == "ended" and self.training.epoch >= self.training.epochs:
                raise InputError("the training is over; go back to an earlier place, or raise training.epochs, to train on")
            self._leave = None
            self._until = None if steps is None else len(self.training.history) + steps
            if self.working:
                return
            self.working, self.status, self.error = True, "training", ""
            self._pace.clear()
            before = [thread for thread in (self._thread, *(d._thread for d in after)) if thread is not None]
            self._thread = threading.Thread(target=self._work, args=(before,), name="cnnkit training", daemon=True)
            if background:
                self._thread.start()
        if not background:
            self._work(before)

    def leave(self, status: str) -> None:
        """Ends the work after the step under way, or between two batches of an evaluation; status: "paused" or "stopped"."""
        with self.lock:
            self._leave = status
            if not self.working:
                self.status = status if self.status in ("ready", "paused", "stopped") else self.status

    def change(self, what: str, value: Any) -> Mark | None:
        """Sets "lr", "augment" or "batch_size", from the next step (the batch size: the next epoch) on; None: no change."""
        with self.lock:
            if what == "lr":
                options.check_lr(value)
            elif what == "batch_size":
                options.check_batch_size(value, self.training.dataset.train)
            self._wishes[what] = value
            return None if self.working else self._fulfil()

    def back(self, place: Place, lr: float | None = None) -> None:
        """Goes back to ``place``; what is trained from there is a new branch. ``lr``: the rate to go on with."""
        with self.lock:
            self._wishes["back"] = (place, lr)
            if not self.working:
                self._fulfil()

    def recover(self) -> float:
        """Goes back to the last good state with a third of the rate, and trains on; returns that rate."""
        with self.lock:
            lr = self.training.history.lrs[-1] / 3
            self.back(self._last_good(), lr)
            self.start()
            return lr

    def join(self, seconds: float | None = None) -> bool:
        """Waits for the thread; whether it has ended."""
        thread = self._thread
        if thread is not None and thread.is_alive() and thread is not threading.current_thread():
            thread.join(seconds)
        return not self.working

    def speed(self) -> float:
        """Steps a second lately; 0 while nothing is known."""
        with self.lock:
            if len(self._pace) < 2 or self._pace[-1][1] == self._pace[0][1]:
                return 0.0
            (start, first), (end, last) = self._pace[0], self._pace[-1]
            return (last - first) / (end - start)

    def collect(self) -> None:
        """Brings the story up to the history; on a GPU this waits for the step under way."""
        with self.lock:
            history, now = self.training.history, self.story.now
            losses = history.losses()
            for i in range(self._seen[0], len(losses)):
                now.append(losses[i], history.accuracies[i])
            for e in history.evaluations[self._seen[1] :]:
                if self.training.validation is not None and e["split"] == self.training.validation.name:
                    now.checks.append((e["step"], e["accuracy"]))
            self._seen = [len(losses), len(history.evaluations)]
            self._pace.append((time.perf_counter(), len(losses)))

    # ---- what the thread does -----------------------------------------------------------------------------------------

    def _work(self, before: Sequence[threading.Thread]) -> None:
        for thread in before:  # it may still be closing its loop, or be at the same weights
            if thread.is_alive():
                thread.join()
        self.training.pulse = self._pulse
        if not self.places:
            self._offer(state.snapshot(self.training))
        try:
            while self._train():
                pass
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
            due = self.training.index == 0 and "batch_size" in self._wishes
            again = due or bool({"augment", "back"} & set(self._wishes))
            if self._wishes:
                self._fulfil()
            reached = self._until is not None and len(self.training.history) >= self._until
            if self._leave or reached:  # decided and done under one lock: a start() from now on needs a new thread
                self._end(self._leave or "paused")
                return False, True
            return again, False

    def _end(self, status: str, error: str = "") -> None:
        with self.lock:
            self.working, self._leave, self._until = False, None, None
            if self.training.epoch >= self.training.epochs and status in ("paused", "stopped"):
                status = "ended"
            self.status, self.error = status, error
            self.collect()
            if status == "diverged":
                self.story.now.diverged = self.story.now.steps
            self._fulfil()
            if self.training.autosave is not None and status == "stopped":
                self.training.save(self.training.autosave[0])

    def _pulse(self) -> None:
        """Between two batches of an evaluation."""
        if self.status != "evaluating":
            self.status = "evaluating"
            self._changed(True)
        with self.lock:
            if self._leave or "back" in self._wishes:
                raise _Left

    # ---- changes: with the lock held, and no step under way -----------------------------------------------------------

    def _fulfil(self) -> Mark | None:
        """Does what was asked for, and returns the last mark that it left; a batch size waits for the end of the epoch."""
        wishes, training, mark = self._wishes, self.training, None
        self.collect()
        if "back" in wishes:
            mark = self._go_back(*wishes.pop("back"))
        if "lr" in wishes and (new := wishes.pop("lr")) != (old := training.lr):
            training.lr = new
            mark = self.story.mark("rate", f"{old:.2g}", f"{new:.2g}")
        if "augment" in wishes and (new := wishes.pop("augment")) != (old := training.augment):
            training.augment = new
            mark = self.story.mark("augmentation", "on" if old else "off", "on" if new else "off")
        if training.index == 0 and "batch_size" in wishes and (new := wishes.pop("batch_size")) != (old := training.batch_size):
            training.batch_size = new
            mark = self.story.mark("batch size", str(old), str(new))
        return mark

    def _go_back(self, place: Place, lr: float | None) -> Mark:
        training = self.training
        training.load_state_dict(place.state)
        self.places.back_to(place)
        history = training.history
        steps = len(history)
        before = list(zip(history.losses()[-WINDOW:], history.accuracies[-WINDOW:], strict=True))
        self._seen = [steps, len(history.evaluations)]
        self._pace.clear()
        self.story.branch(steps, before)
        self.error = ""
        if not self.working:
            self.status = "paused"
        mark = self.story.mark("branch", "", self.story.now.name)
        if lr is not None and lr != (old := training.lr):
            training.lr = lr
            mark = self.story.mark("rate", f"{old:.2g}", f"{lr:.2g}")
        return mark

    def _note_place(self) -> None:
        """Keeps the state that the training itself took at its last reading: a copy costs time and memory only once."""
        recent = self.training.watch.recent
        if recent is not None and (not self.places or self.places[-1].state is not recent):
            self._offer(recent)

    def _last_good(self) -> Place:
        """The last state that the training proved well; where it had no time to, the newest before the losses rose."""
        good, losses = self.training.last_good, self.training.history.losses()
        if good is not None:
            return self._place(good)
        most = divergence.limit(len(self.training.dataset.classes))
        first = next((i for i in range(self.story.now.start, len(losses)) if not losses[i] <= most), len(losses))
        return next((place for place in reversed(list(self.places)) if place.steps < first), self.places[0])

    def _offer(self, taken: dict[str, Any]) -> None:
        self.places.offer(self._place(taken))

    def _place(self, taken: dict[str, Any]) -> Place:
        return Place(taken["history"][0], f"epoch {taken['epoch'] + 1}, step {taken['index']}", taken)

"""What is changed in a live training between two of its steps, with the branches, marks and places that come of it."""

from __future__ import annotations

from typing import Any

from cnnkit._support.turns import turn
from cnnkit.errors import InputError
from cnnkit.explore.live.places import Place, Places
from cnnkit.explore.live.reader import Reader
from cnnkit.explore.live.story import Mark, Story
from cnnkit.training import Training, options, state


class Changes:
    """Changes ``training`` as was wished; only between two steps, and one thread at a time.

    Attributes:
        story: what was trained, by branches.
        places: what one can go back to.
        reader: brings the story up to the history.
        wishes: what is still to do: "lr", "augment" and "batch_size" with their values, "back" with (place, rate or None).
    """

    def __init__(self, training: Training, memory: float) -> None:
        self.story, self.places = Story(), Places(memory)
        self.reader = Reader(training, self.story)
        self.wishes: dict[str, Any] = {}
        self._training = training

    def wish(self, what: str, value: Any) -> None:
        """Notes that "lr", "augment" or "batch_size" is to become ``value``; raises InputError where it cannot."""
        if what == "lr":
            options.check_lr(value)
        elif what == "batch_size":
            options.check_batch_size(value, self._training.dataset.train)
            if value > (count := len(self._training.labels)):
                raise InputError(f"the batch size is {value}, more than the {count} photos that it trains on; use less")
        elif not isinstance(value, bool):
            raise InputError(f"{what} is {value!r}; it must be True or False")
        self.wishes[what] = value

    @property
    def anew(self) -> bool:
        """Whether the training's loop must be entered anew for what was wished."""
        due = self._training.index == 0 and "batch_size" in self.wishes
        return due or bool({"augment", "back"} & set(self.wishes))

    def collect(self) -> bool:
        """Brings the story up to the history; whether someone loaded a state by hand: then no place is of its line any more."""
        if not self.reader.read(inherited=()):
            return False
        self.places.clear()
        self.wishes.pop("back", None)
        return True

    def do(self) -> Mark | None:
        """Does what was wished, and returns the last mark that it left; a batch size waits for the end of the epoch."""
        wishes, training = self.wishes, self._training
        mark: Mark | None = None
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

    def note_place(self) -> None:
        """Keeps the state that the training itself took at its last reading: a copy costs time and memory only once."""
        recent = self._training.watch.recent
        if not self.places:
            with turn():
                self.places.offer(Place.of(state.snapshot(self._training), self.story.now.line_of_marks()))
        elif recent is not None and self.places[-1].state is not recent:
            self.places.offer(Place.of(recent))

    def _go_back(self, place: Place, lr: float | None) -> Mark | None:
        self._training.load_state_dict(place.state)
        self.places.back_to(place)
        mark = self.reader.read(place.marks)
        return (self._set_rate(lr) if lr is not None else None) or mark

    def _set_rate(self, new: float) -> Mark | None:
        old = self._training.lr
        if new == old:
            return None
        self._training.lr = new
        return self.story.mark("rate", f"{old:.2g}", f"{new:.2g}")

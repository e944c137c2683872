"""The widgets of the live trainer: buttons and the picture, which answers the hand; what they do is in the panel.

Where anywidget is missing, two sliders and a button do what the hand does in the picture. They are always there, because the
hand only moves them: so each thing is done in one way.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cnnkit._support.words import em
from cnnkit.errors import InputError
from cnnkit.explore.live import picture, text, track
from cnnkit.explore.look import WIDTH, WRAP, controls
from cnnkit.explore.scripts import live as touchable
from cnnkit.explore.touching import Canvas, Touch
from cnnkit.training.batches import steps_per_epoch

if TYPE_CHECKING:
    from cnnkit.explore.live.panel import LiveTraining

SIZES = (8, 16, 32, 50, 64, 100, 128, 200, 256, 512, 1024)


class Desk:
    """The controls of ``live``; `show` puts its present state on the screen, from any thread."""

    def __init__(self, live: LiveTraining) -> None:
        self._live, self._w = live, controls()
        self._setting = False  # a value is set from here, not by the user
        self._branch = live.driver.story.now
        self._chosen: int | None = None  # steps of the place that the user chose to go back to
        self._wanted: float | None = None  # the rate at which the hand holds the knob
        w = self._w
        self._status = w.HTML()
        self._buttons = {
            "Start": self._button("Start", "Train to the end", live.start),
            "Pause": self._button("Pause", "Pause after this step", live.pause),
            "One step": self._button("One step", "Train one step and pause", live.step),
            "One epoch": self._button("One epoch", "Train to the end of this epoch and pause", live.epoch),
            "Stop": self._button("Stop", "End the training", live.stop),
        }
        if steps_per_epoch(len(live.training.labels), live.training.batch_size) == 1:
            del self._buttons["One epoch"]
        self._recover = self._button("Back, with a third of the rate", "To the last good state", live.recover)
        self._place = w.IntSlider(min=0, max=1, value=1, readout=False, description="go back to", layout={"width": em(230)},
                                  style={"description_width": em(70)})  # fmt: skip
        self._back = self._button("Go back", "Train from there as a new branch", self._go_back)
        self._log = w.ToggleButton(value=False, description="log scale", layout={"width": em(90)})
        self._place.observe(self._choose, "value")
        self._log.observe(lambda _: self.show(curves=True), "value")
        self._hand = Canvas(live.picture(), self._hear) if touchable() else None
        self._html = w.HTML(live.picture())
        self._make_knobs()
        knobs = [self._size, self._augment] if "data" in live.knobs else []
        rows = [w.HBox([*self._buttons.values(), *knobs, self._recover], layout=WRAP)]
        if self._hand is None:
            rate = [self._rate] if "rate" in live.knobs else []
            rows.append(w.HBox([*rate, self._place, self._back, self._log], layout=WRAP))
        drawn = self._html if self._hand is None else self._hand.widget
        self.widget = w.VBox([*rows, self._status, drawn], layout={"max_width": em(WIDTH)})
        self.show(curves=True)

    def show(self, curves: bool) -> None:
        """Puts the present state on the screen; ``curves``: with them, which take longest."""
        live = self._live
        with live.driver.lock:
            self._set_places()
            try:
                if curves:
                    self._draw()
            finally:  # if that fails, all else is said
                said = text.message(live.driver, live.note) or text.data(live.driver)
                head = text.head(live.status, live.numbers())
                self._status.value = f'<div style="line-height:1.4">{head}<div role="status">{said}</div></div>'
                self._set_buttons()
            if live.driver.story.now is not self._branch:  # it went back: the knobs as they were there
                self._branch = live.driver.story.now
                self.follow(live.training.lr, live.training.batch_size, live.training.augment)

    def _draw(self) -> None:
        held = self._hand is not None
        drawn = self._live.picture(chosen=self._chosen, wanted=self._wanted, log=self._log.value, held=held)
        if self._hand is not None:
            self._hand.svg = drawn
        else:
            self._html.value = drawn

    # ---- the hand in the picture ----------------------------------------------------------------------------------------

    def _hear(self, touch: Touch) -> None:
        """Moves the control that was touched in the picture; a rate counts when it is let go."""
        kind, key = touch.kind, touch.key
        self._wanted = self._rate_at(touch) if (key, kind) == ("rate", "drag") else None
        if self._wanted is not None:
            with self._live.driver.lock:
                self._draw()
        elif key == "rate" and kind in ("drop", "key"):
            power = round(10 * math.log10(self._rate.value)) + track.KEYS.get(touch.arrow, 0)
            rate = self._rate_at(touch) if kind == "drop" else 10 ** (power / 10)
            self._rate.value = min(max(rate, 10**self._rate.min), 10**self._rate.max)
            self.show(curves=True)
        elif key == "head" and kind in ("drag", "key"):
            with self._live.driver.lock:
                steps = max(driver.story.steps for driver in self._live.drivers)
                at = picture.step_at(touch.x, steps, text.planned(self._live.training))
                stops = [place.steps for place in self._live.driver.places] + [self._branch.steps]
                near = min(range(len(stops)), key=lambda i: (abs(stops[i] - at), -i))
                moved = min(max(self._place.value + track.KEYS.get(touch.arrow, 0), 0), self._place.max)
            self._place.value = near if kind == "drag" else moved
        elif key == "back" and kind == "click" and self._chosen is not None:
            self._back.click()
        elif key == "log" and kind == "click":
            self._log.value = not self._log.value

    def _rate_at(self, touch: Touch) -> float:
        return track.rate_at(touch.y, self._live.powers, picture.TRACK)

    # ---- buttons ------------------------------------------------------------------------------------------------------

    def _button(self, name: str, tooltip: str, action: Callable[[], object]) -> Any:
        button = self._w.Button(description=name, tooltip=tooltip, layout={"width": "auto"})
        button.on_click(lambda _: self._try(action))
        return button

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except InputError as error:
            self._live.note = str(error)
        self.show(curves=not self._live.working)

    def _set_buttons(self) -> None:
        live, status = self._live, self._live.status
        over = status == "ended"
        self._buttons["Start"].description = "Start" if status in ("ready", "training", "evaluating") else "Go on"
        to_save = status == "paused" and live.training.autosave is not None
        ends = {"Pause": live.working, "Stop": live.working or to_save}
        for name, button in self._buttons.items():
            disabled = not ends.get(name, not (live.working or over))
            if button.disabled != disabled:
                button.disabled = disabled
        lost = status == "diverged"  # then the way out takes the place of the knobs beside the buttons
        for control, hidden in ((self._recover, not lost), (self._size, lost), (self._augment, lost)):
            display = "none" if hidden else ""
            if control.layout.display != display:
                control.layout.display = display

    # ---- knobs --------------------------------------------------------------------------------------------------------

    def _make_knobs(self) -> None:
        w, training = self._w, self._live.training
        low, high = self._live.powers
        self._rate = w.FloatLogSlider(value=training.lr or 10**low, min=low, max=high, step=0.1, description="learning rate",
                                      readout_format=".2g", continuous_update=False, layout={"width": em(285)},
                                      style={"description_width": em(92)})  # fmt: skip
        sizes = sorted({training.batch_size, *(size for size in SIZES if size <= len(training.labels))})
        self._size = w.SelectionSlider(options=sizes, value=training.batch_size, description="batch size",
                                       continuous_update=False, layout={"width": em(220)},
                                       style={"description_width": em(70)})  # fmt: skip
        self._augment = w.Checkbox(value=training.augment, description="crops and flips", indent=False,
                                   layout={"width": em(120)})  # fmt: skip
        self._rate.observe(lambda change: self._turn(lr=float(f"{change['new']:.3g}")), "value")
        self._size.observe(lambda change: self._turn(batch_size=change["new"]), "value")
        self._augment.observe(lambda change: self._turn(augment=change["new"]), "value")

    def _turn(self, **change: Any) -> None:
        with self._live.driver.lock:  # another thread may be setting values just now
            if self._setting:
                return
        self._try(lambda: self._live.set(**change))

    def follow(self, lr: float | None, batch_size: int | None, augment: bool | None) -> None:
        """Puts the knobs where these values are, which were not set by turning them."""
        with self._live.driver.lock:
            self._setting = True
            try:
                if lr is not None and lr > 0:
                    self._rate.value = min(max(lr, 10**self._rate.min), 10**self._rate.max)
                if batch_size is not None and batch_size in self._size.options:
                    self._size.value = batch_size
                if augment is not None:
                    self._augment.value = augment
            finally:
                self._setting = False

    # ---- going back ---------------------------------------------------------------------------------------------------

    def _choose(self, _: Any) -> None:
        with self._live.driver.lock:
            if not self._setting:
                places = self._live.driver.places
                self._chosen = places[self._place.value].steps if self._place.value < len(places) else None
                self.show(curves=True)

    def _go_back(self) -> None:
        with self._live.driver.lock:
            places = self._live.driver.places
            if places:
                step = places[min(self._place.value, len(places) - 1)].steps
                self._chosen = None
                self._live.back(step)

    def _set_places(self) -> None:
        """The slider over the kept states, and behind them the present; what the user chose stays chosen."""
        places, slider = self._live.driver.places, self._place
        at = last = max(1, len(places))
        if self._chosen is not None:  # it may have been forgotten: then the one before it
            at = max(0, sum(place.steps <= self._chosen for place in places) - 1)
            self._chosen = places[at].steps if places else None
        self._setting = True
        try:
            if slider.max != last:
                slider.max = last
            if slider.value != at:
                slider.value = at
            slider.disabled = self._back.disabled = len(places) == 0
        finally:
            self._setting = False

"""The widgets of the live trainer: buttons, sliders, picture and text; what they do is in `cnnkit.explore.live.panel`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cnnkit.errors import InputError
from cnnkit.explore.live import text
from cnnkit.explore.look import WIDTH, controls

if TYPE_CHECKING:
    from cnnkit.explore.live.panel import LiveTraining

SIZES = (8, 16, 32, 50, 64, 100, 128, 200, 256, 512, 1024)


class Desk:
    """The controls of ``live``; `show` puts its present state on the screen, from any thread."""

    def __init__(self, live: LiveTraining) -> None:
        self._live, self._w = live, controls()
        self._setting = False  # a value is set from here, not by the user
        self._branch = live.driver.story.now
        self._wanted: int | None = None  # steps of the place that the user chose to go back to; None: the newest
        w = self._w
        self._picture, self._numbers, self._message, self._strip = w.HTML(), w.HTML(), w.HTML(), w.HTML()
        self._buttons = {
            "Start": self._button("Start", "Train to the end", live.start),
            "Pause": self._button("Pause", "Pause after this step", live.pause),
            "One step": self._button("One step", "Train one step and pause", live.step),
            "One epoch": self._button("One epoch", "Train to the end of this epoch and pause", live.epoch),
            "Stop": self._button("Stop", "End the training", live.stop),
        }
        self._recover = self._button("Back, with a third of the rate", "To the last good state", live.recover, width="260px")
        self._place = w.IntSlider(min=0, max=1, value=0, readout=False, description="go back to", layout={"width": "340px"},
                                  style={"description_width": "80px"})  # fmt: skip
        self._where = w.HTML()
        self._back = self._button("Go back", "Train from there as a new branch", self._go_back)
        self._place.observe(self._chosen, "value")
        buttons, places = w.HBox(list(self._buttons.values())), w.HBox([self._place, self._where, self._back])
        shown = [self._picture, self._numbers, self._message, self._recover, places, self._strip]
        self.widget = w.VBox([buttons, *self._knobs(), *shown], layout={"max_width": f"{WIDTH + 40}px"})
        self.show(picture=True)

    def show(self, picture: bool) -> None:
        """Puts the present state on the screen; ``picture``: with the curves, which take longest."""
        live = self._live
        with live.driver.lock:
            self._set_places()
            if picture:
                self._picture.value = live.picture(self._cursor())
                self._strip.value = live.strip
            self._numbers.value = f'<div style="line-height:1.5">{text.lines(live.driver, "rate" in live.knobs)}</div>'
            self._message.value = f'<div role="status">{text.message(live.driver, live.note)}</div>'
            self._set_buttons()
            if live.driver.story.now is not self._branch:  # it went back: the knobs as they were there
                self._branch = live.driver.story.now
                self.follow(live.training.lr, live.training.batch_size, live.training.augment)

    # ---- buttons ------------------------------------------------------------------------------------------------------

    def _button(self, name: str, tooltip: str, action: Callable[[], object], width: str = "100px") -> Any:
        button = self._w.Button(description=name, tooltip=tooltip, layout={"width": width})
        button.on_click(lambda _: self._try(action))
        return button

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except InputError as error:
            self._live.note = str(error)
        self.show(picture=not self._live.working)

    def _set_buttons(self) -> None:
        live, status = self._live, self._live.driver.status
        over = status == "ended"
        self._buttons["Start"].description = "Start" if status in ("ready", "training", "evaluating") else "Go on"
        to_save = status == "paused" and live.training.autosave is not None
        ends = {"Pause": live.working, "Stop": live.working or to_save}
        for name, button in self._buttons.items():
            disabled = not ends.get(name, not (live.working or over))
            if button.disabled != disabled:
                button.disabled = disabled
        display = "" if status == "diverged" else "none"
        if self._recover.layout.display != display:
            self._recover.layout.display = display

    # ---- knobs --------------------------------------------------------------------------------------------------------

    def _knobs(self) -> list[Any]:
        """The rate, and the batch size with the augmentation, as far as they are wanted."""
        w, training, style = self._w, self._live.training, {"description_width": "110px"}
        lr = training.lr
        low = min(-6, math.floor(math.log10(lr))) if lr > 0 else -6
        self._rate = w.FloatLogSlider(value=lr or 1e-6, min=low, max=max(1, math.ceil(math.log10(lr or 1))), step=0.1,
                                      description="learning rate", readout_format=".2g", continuous_update=False, style=style,
                                      layout={"width": f"{WIDTH - 40}px"})  # fmt: skip
        sizes = sorted({training.batch_size, *(size for size in SIZES if size <= len(training.labels))})
        self._size = w.SelectionSlider(options=sizes, value=training.batch_size, description="batch size", style=style,
                                       continuous_update=False, layout={"width": "420px"})  # fmt: skip
        self._augment = w.Checkbox(value=training.augment, description="crops and flips (augmentation)", indent=False)
        self._rate.observe(lambda change: self._turn(lr=float(f"{change['new']:.3g}")), "value")
        self._size.observe(lambda change: self._turn(batch_size=change["new"]), "value")
        self._augment.observe(lambda change: self._turn(augment=change["new"]), "value")
        knobs = {"rate": self._rate, "data": w.HBox([self._size, self._augment])}
        return [knobs[name] for name in knobs if name in self._live.knobs]

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

    def _cursor(self) -> int | None:
        places = self._live.driver.places
        return places[self._place.value].steps if self._place.value < len(places) - 1 else None

    def _chosen(self, _: Any) -> None:
        with self._live.driver.lock:
            if not self._setting:
                self._wanted = self._cursor()
                self.show(picture=True)

    def _go_back(self) -> None:
        with self._live.driver.lock:
            places = self._live.driver.places
            if places:
                self._live.back(places[min(self._place.value, len(places) - 1)].steps)

    def _set_places(self) -> None:
        """The slider over the kept states; it stays at the newest one unless the user moved it to another, which it keeps."""
        places, slider = self._live.driver.places, self._place
        last, chosen = max(1, len(places) - 1), len(places)
        if self._wanted is not None:  # it may have been forgotten: then the one before it
            chosen = sum(place.steps <= self._wanted for place in places) - 1
        if chosen >= len(places) - 1:
            self._wanted, chosen = None, last
        self._setting = True
        try:
            if slider.max != last:
                slider.max = last
            if slider.value != chosen:
                slider.value = chosen
            slider.disabled = self._back.disabled = len(places) == 0
        finally:
            self._setting = False
        self._where.value = text.choice("", places[min(slider.value, len(places) - 1)].label if places else "the start")

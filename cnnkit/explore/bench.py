"""A picture that is its own controls: one table says what can be chosen, by hand in the picture or by sliders above it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from cnnkit._support.words import em
from cnnkit.explore import scripts
from cnnkit.explore.look import WRAP, Explorer, buttons, choice, controls
from cnnkit.explore.touching import Canvas, Touch, still

State = TypeVar("State")  # a frozen dataclass
STEPS = {"ArrowLeft": (0, -1), "ArrowRight": (0, 1), "ArrowUp": (-1, 0), "ArrowDown": (1, 0), "Home": (-999, -999),
         "End": (999, 999), "PageUp": (-4, 0), "PageDown": (4, 0)}  # fmt: skip
NARROW = {"width": em(240)}  # of a slider: three in a row
FEW = 5  # options that stand beside each other as buttons


@dataclass(frozen=True)
class Dial:
    """One field of the state, to be chosen; "kernel:2" is the key of its third option in the picture.

    Attributes:
        field: of the state.
        options: names and values.
        label: what it is called; the field's own name by default.
    """

    field: str
    options: tuple[tuple[str, Any], ...] = (("off", False), ("on", True))
    label: str = ""

    @property
    def switch(self) -> bool:
        """Whether it is only turned on and off; its key is the field alone."""
        return all(isinstance(value, bool) for _, value in self.options)

    @property
    def name(self) -> str:
        """What it is called."""
        return self.label or self.field


@dataclass(frozen=True)
class Aim:
    """A grid in the picture, of which the pointer or the arrow keys choose a cell; the field counts them row by row from 0.

    Attributes:
        field: of the state.
        rows, columns: of the grid.
        place: x, y, width and height in the picture.
        label: what the grid is.
        hover: whether the pointer chooses by moving over it, without a click.
    """

    field: str
    rows: int
    columns: int
    place: tuple[float, float, float, float]
    label: str = ""
    hover: bool = False

    def after(self, cell: int, touch: Touch) -> int:
        """The cell that a touch leads to."""
        row, column = divmod(max(cell, 0), self.columns)
        if touch.kind == "key":
            down, right = STEPS.get(touch.arrow, (0, 0))
            row, column = row + down, column + right
        elif touch.x or touch.y:  # Enter and Space click without a place
            x, y, wide, high = self.place
            row, column = int((touch.y - y) / high * self.rows), int((touch.x - x) / wide * self.columns)
        return min(max(row, 0), self.rows - 1) * self.columns + min(max(column, 0), self.columns - 1)


class Bench(Explorer, Generic[State]):
    """A widget of a state, a drawing of it and a table of what can be chosen.

    Attributes:
        state: what is shown now; a new one redraws the picture.
    """

    def __init__(self, state: State) -> None:
        self._state, self._drawn = state, ""
        self._canvas: Canvas | None = None
        self._plain: _Plain[State] | None = None

    @abstractmethod
    def picture(self, touchable: bool = True) -> str:
        """The present state as SVG; without the controls where others do their work."""

    @abstractmethod
    def dials(self) -> Sequence[Dial]:
        """What can be chosen at present."""

    def aims(self) -> Sequence[Aim]:
        """The grids in the picture, of which a cell can be chosen."""
        return ()

    def touched(self, state: State, touch: Touch) -> State:
        """What a touch of the picture makes of a state; one of nothing that can be chosen leaves it as it was."""
        field, _, number = touch.key.partition(":")
        values: dict[str, Any] = {}
        for dial in self.dials():
            if dial.field == field and touch.kind in ("click", "key"):
                if dial.switch and touch.kind == "click":
                    values[field] = not getattr(state, field)
                elif number.isdecimal() and int(number) < len(dial.options):
                    values[field] = dial.options[int(number)][1]
        for aim in self.aims():
            if aim.field == touch.key and (touch.kind in ("click", "key") or (aim.hover and touch.kind == "hover")):
                values[field] = aim.after(getattr(state, field), touch)
        return replace(state, **values) if values else state  # type: ignore[type-var]

    def settled(self, state: State) -> State:
        """``state`` with all fields where they can be, once one has been changed."""
        return state

    def below(self) -> str:
        """HTML that stands under the picture."""
        return ""

    @property
    def state(self) -> State:
        """What is shown now."""
        return self._state

    @state.setter
    def state(self, state: State) -> None:
        self._state, self._drawn = self.settled(state), ""
        if self._canvas is not None:
            self._canvas.svg = self._draw()
        if self._plain is not None:
            self._plain.show()

    def still(self) -> str:
        """The present state as an image, and what stands below it."""
        return still(self.picture(touchable=False)) + self.below()

    def build(self) -> Any:
        """The picture, to be touched; without anywidget under sliders and buttons."""
        if scripts.live():
            self._canvas = Canvas(self._draw, self._hear)
            shown = [self._canvas.widget]
        else:
            self._plain = _Plain(self)
            shown = self._plain.widgets
        w, below = controls(), self.below()
        shown += [w.HTML(below)] if below else []
        return w.VBox(shown) if len(shown) > 1 else shown[0]

    def _hear(self, touch: Touch) -> None:
        found = self.touched(self._state, touch)
        if found != self._state or touch.kind != "hover":  # a pointer that stays in a cell changes nothing
            self._state, self._drawn = self.settled(found), ""  # the canvas draws it, once for all that came together

    def _draw(self) -> str:
        self._drawn = self._drawn or self.picture()
        return self._drawn


class _Plain(Generic[State]):
    """Core controls in the place of the picture's own."""

    def __init__(self, bench: Bench[State]) -> None:
        w = controls()
        self._bench, self._busy = bench, False
        self._dials = {dial.field: self._control(w, dial) for dial in bench.dials()}
        self._aims = {
            aim.field: [w.IntSlider(value=1, min=1, max=1, description=f"{aim.label} {axis}", layout=NARROW,
                                    style={"description_width": em(100)}) for axis in ("row", "column")]
            for aim in bench.aims()
        }  # fmt: skip
        self._html = w.HTML()
        self.show()
        for control in self._dials.values():
            control.observe(self._read, "value")
        for control in [slider for pair in self._aims.values() for slider in pair]:
            control.observe(self._read, "value")
        controls_ = [*self._dials.values(), *(slider for pair in self._aims.values() for slider in pair)]
        self.widgets = [w.HBox(controls_, layout=WRAP), self._html]

    def _control(self, w: Any, dial: Dial) -> Any:
        value = getattr(self._bench.state, dial.field)
        if dial.switch:
            return w.ToggleButton(value=value, description=dial.name, layout={"width": "auto"})
        if len(dial.options) <= FEW:
            return buttons(w, dial.name, dial.options, value)
        return choice(w, dial.name, dial.options, value, layout=NARROW, style={"description_width": em(62)})

    def show(self) -> None:
        """Puts every control where the state is, and draws it."""
        self._busy, state = True, self._bench.state
        try:
            for dial in self._bench.dials():
                control = self._dials[dial.field]
                if not dial.switch and tuple(control.options) != dial.options:
                    control.options = dial.options
                control.value = getattr(state, dial.field)
            for aim in self._bench.aims():
                for slider, most in zip(self._aims[aim.field], (aim.rows, aim.columns), strict=True):
                    slider.max, slider.disabled = max(1, most), most < 1
                row, column = divmod(max(getattr(state, aim.field), 0), max(1, aim.columns))
                self._aims[aim.field][0].value, self._aims[aim.field][1].value = row + 1, column + 1
        finally:
            self._busy = False
        self._html.value = self._bench.picture(touchable=False)

    def _read(self, change: Any) -> None:
        if self._busy:
            return
        values = {field: control.value for field, control in self._dials.items() if control is change["owner"]}
        for aim in self._bench.aims():
            row, column = self._aims[aim.field]
            if change["owner"] in (row, column):
                values[aim.field] = (row.value - 1) * aim.columns + column.value - 1
        self._bench.state = replace(self._bench.state, **values)  # type: ignore[type-var]

"""What the missions share: a task, a prediction, a live training, and a verdict on what was found."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cnnkit._support.guesses import Guess, read, write
from cnnkit._support.words import em, rich
from cnnkit.explore.live import LiveTraining
from cnnkit.explore.look import BLUE, LINE, ORANGE, WIDTH, Explorer, card, controls

STEPS = 60  # steps at one rate before it is judged


@dataclass(frozen=True)
class Judgement:
    """What a mission says of the work so far; done: True or False, None while there is more to do."""

    words: str
    done: bool | None = None

    def __repr__(self) -> str:
        return self.words

    def _repr_html_(self) -> str:
        sign = {True: "✓ ", False: "✗ ", None: "▸ "}[self.done]
        return card(sign + rich(self.words), {True: BLUE, False: ORANGE, None: LINE}[self.done])


class Mission(Explorer):
    """A task around a live training.

    Attributes:
        title: what it is called.
        task: what to do; `code` between backticks.
        live: the training, to be driven by hand or by its methods.
        said: the last judgement.
    """

    title: str
    task: str

    def __init__(self, live: LiveTraining, key: str, folder: str | Path) -> None:
        self.live, self.key, self.folder = live, key, Path(folder).absolute()
        self.said: Judgement | None = None
        self._shown: Any = None

    @abstractmethod
    def judge(self) -> Judgement:
        """Looks at what was trained, and predicted, so far."""

    @abstractmethod
    def form(self, w: Any) -> Any:
        """The controls of the prediction, or of the diagnosis."""

    def verdict(self) -> Judgement:
        """`judge`, shown in the widget."""
        self.say(self.judge())
        assert self.said is not None
        return self.said

    def say(self, judgement: Judgement) -> None:
        """Shows ``judgement``."""
        self.said = judgement
        if self._shown is not None:
            self._shown.value = judgement._repr_html_()

    def record(self, question: str, guess: float | str, answer: float | str, right: bool) -> None:
        """Writes the prediction beside what came out; of several for one mission, the first counts."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        try:
            write(Guess(self.key, question, guess, answer, right, now), self.folder)
        except OSError as error:
            self.live.note = f"The result could not be recorded in {self.folder}: {error.strerror or error}"

    def recorded(self) -> Guess | None:
        """What was recorded first for this mission, now or in an earlier session."""
        try:
            return next((guess for guess in read(self.folder)[0] if guess.key == self.key), None)
        except OSError:
            return None

    def still(self) -> str:
        """The task, the picture of the training and the judgement."""
        return card(self._head()) + (self.said._repr_html_() if self.said else "") + self.live.still()

    def words(self) -> str:
        """The same in a few sentences."""
        return " ".join([f"{self.title}: {self.task}", self.live.words(), self.said.words if self.said else ""]).strip()

    def build(self) -> Any:
        """The task, the form, the live training, and the place for the judgement."""
        w = controls()
        self._shown = w.HTML(self.said._repr_html_() if self.said else "")
        parts = [w.HTML(card(self._head())), self.form(w), self._shown, self.live.widget]
        return w.VBox(parts, layout={"max_width": em(WIDTH + 40)})

    def _head(self) -> str:
        return f"<b>{rich(self.title)}</b><br>{rich(self.task)}"

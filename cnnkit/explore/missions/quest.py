"""What the missions share: a task, a prediction, a live training, and a verdict on what was found."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cnnkit._support import missions
from cnnkit._support.guesses import Guess, read, write
from cnnkit._support.words import em, rich
from cnnkit.explore.live import LiveTraining
from cnnkit.explore.look import BLUE, LINE, ORANGE, WIDTH, Explorer, card, controls

STEPS = 60  # steps at one rate before it is judged


@dataclass(frozen=True)
class Judgement:
    """What a mission says of the work so far. Whether it is solved is one thing, what had been predicted is another.

    Attributes:
        words: what was found, or is still to do.
        done: True: solved; False: a wrong answer; None: there is more to do.
        guessed: what there is to say of the prediction, once it can be compared.
        right: whether that was right; None: nobody can tell.
        why: why it came out so, as far as it was measured.
        mistake: names what went wrong, for the report.
    """

    words: str
    done: bool | None = None
    guessed: str = ""
    right: bool | None = None
    why: str = ""
    mistake: str | None = None

    @property
    def lines(self) -> list[str]:
        """Each with its sign: the verdict, the prediction, the reason."""
        verdict = {True: "✓ Solved. ", False: "✗ ", None: "▸ "}[self.done] + self.words
        guessed = {True: "● Your prediction was right. ", False: "○ Your prediction was off. ", None: "○ "}[self.right]
        return [verdict, *([guessed + self.guessed] if self.guessed else []), *([self.why] if self.why else [])]

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def _repr_html_(self) -> str:
        return card("<br>".join(map(rich, self.lines)), {True: BLUE, False: ORANGE, None: LINE}[self.done])


class Mission(Explorer):
    """A task around a live training.

    Attributes:
        name: as in `cnnkit._support.missions.TITLES`.
        title: what it is called.
        number: deals the run.
        task: what to do; `code` between backticks.
        live: the training, to be driven by hand or by its methods.
        said: the last judgement.
    """

    name: str
    task: str

    def __init__(self, live: LiveTraining, number: int, folder: str | Path) -> None:
        self.live, self.number, self.folder = live, number, Path(folder).absolute()
        self.title, self.key = missions.TITLES[self.name], f"{self.name}, run {number}"
        self.said: Judgement | None = None
        self._task: Any = None
        self._shown: Any = None
        self._written = ""  # the words of the attempt that was written down last

    @abstractmethod
    def judge(self) -> Judgement:
        """Looks at what was trained, and predicted, so far."""

    @abstractmethod
    def form(self, w: Any) -> Any:
        """The controls of the prediction, or of the diagnosis."""

    def verdict(self) -> Judgement:
        """`judge`, shown in the widget, with the reason where it is solved; a try that counts is written down."""
        judgement = self.judge()
        self.say(judgement)
        if judgement.done:
            judgement = replace(judgement, why=self.why())
            self.say(judgement)
        if (judgement.done is not None or judgement.mistake) and judgement.words != self._written:
            self._written = judgement.words
            self._keep(lambda: missions.attempt(self.name, bool(judgement.done), judgement.mistake, self.folder))
        return judgement

    def why(self) -> str:
        """Why it came out so, measured once it is solved."""
        return ""

    def say(self, judgement: Judgement) -> None:
        """Shows ``judgement``."""
        self.said = judgement
        if self._shown is not None:
            self._shown.value, self._task.value = judgement._repr_html_(), self._head()

    def record(self, question: str, guess: float | str, answer: float | str, right: bool) -> None:
        """Writes the prediction beside what came out; of several for one mission, the first counts."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        self._keep(lambda: write(Guess(self.key, question, guess, answer, right, now), self.folder))

    def _keep(self, writing: Callable[[], None]) -> None:
        try:
            writing()
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
        return self._head() + (self.said._repr_html_() if self.said else "") + self.live.still()

    def words(self) -> str:
        """The same in a few sentences."""
        return " ".join([f"{self.title}: {self.task}", self.live.words(), *(self.said.lines if self.said else [])])

    def build(self) -> Any:
        """The task, the form, the live training, and the place for the judgement."""
        w = controls()
        self._shown = w.HTML(self.said._repr_html_() if self.said else "")
        self._task = w.HTML(self._head())
        parts = [self._task, self.form(w), self._shown, self.live.widget]
        return w.VBox(parts, layout={"max_width": em(WIDTH + 40)})

    def _head(self) -> str:
        """The task; folded once a verdict needs the room."""
        unfolded = "" if self.said and self.said.done is not None else " open"
        return card(f"<details{unfolded}><summary><b>{rich(self.title)}</b></summary>{rich(self.task)}</details>")

"""A live training that anybody may do anything to from any thread, and a judge who trains the same again in one plain loop."""

from __future__ import annotations

import contextlib
import io
import math
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit import InputError, Training, anatomy, check, evaluate
from cnnkit.data import Dataset
from cnnkit.explore import LiveTraining
from cnnkit.explore.live.text import STATUS
from cnnkit.training import checkpoint
from cnnkit.training.batches import Epoch
from cnnkit.training.options import optimizer_of
from cnnkit.training.randomness import seeded

RATES, SIZES = (1e-4, 1e-3, 3e-3, 1e-2), (30, 50, 80)
GUARD = 300.0  # seconds of wall time after which something hangs; a busy machine needs few of them
PAUSE = 1e-3  # seconds that each step rests, so that others come amid it and few steps are to be trained again
SEED = 3
OTHER_LOOP = "this training already runs in another loop"  # a user's loop may be first
Widths = tuple[tuple[int, bool], ...]


class Net(nn.Module):
    """A convolution, a batch norm, dropout and a classifier, which rests in each step."""

    def __init__(self, rest: float) -> None:
        super().__init__()
        self.rest = rest
        with torch.random.fork_rng():
            torch.manual_seed(SEED)
            self.net = nn.Sequential(
                nn.Conv2d(3, 4, 5, stride=4, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
                nn.Flatten(), nn.Dropout(0.3), nn.Linear(4 * 49, 10),
            )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """[N, 3, 32, 32] -> [N, 10]."""
        middle = self.net[:3](x)
        if self.training:
            time.sleep(self.rest)
        y: Tensor = self.net[3:](middle)
        return y


class Drive:
    """One training, the live trainings that drive it in turn, and what is seen of them.

    Attributes:
        wrong: what nothing of may be: a line for each thing seen that the kit does not promise.
    """

    def __init__(self, dataset: Dataset, folder: Path) -> None:
        self.dataset, self.folder, self.wrong = dataset, folder, list[str]()
        self.training = Training(
            Net(PAUSE), dataset, epochs=10**6, batch_size=50, lr=1e-3, schedule="constant", validation=0.2, seed=SEED,
            precision="float32", device="cpu", autosave=(folder / "run.pt", 20),
        )  # fmt: skip
        self.lives = [LiveTraining(self.training, background=True, memory=400_000)]
        self.states: list[dict[str, Any]] = []
        self.loaded = False  # a state by hand: what was changed on the way to it, only whoever did it knows
        self._hook, threading.excepthook = threading.excepthook, self._failed
        self._began = time.process_time()

    @property
    def live(self) -> LiveTraining:
        """The newest live training."""
        return self.lives[-1]

    def act(self, operation: str, chance: random.Random) -> None:
        """Does ``operation``, one of `OPERATIONS`, in a thread of its own; ``chance`` fills in what it leaves open."""

        def body() -> None:
            try:
                OPERATIONS[operation](self, chance)
            except InputError as error:
                if not str(error).strip() or "\n" in str(error):
                    self.wrong.append(f"{operation}: not one sentence: {error!r}")
            except BaseException as error:
                self.wrong.append(f"{operation}: {type(error).__name__}: {error}")

        thread = threading.Thread(target=body, name="someone", daemon=True)
        thread.start()
        thread.join(GUARD)
        if thread.is_alive():
            raise TimeoutError(f"{operation} hangs")
        self.look(operation)

    def look(self, after: str) -> None:
        """What is to be true at every moment."""
        for live in self.lives:
            status, error = live.driver.status, live.driver.error
            if status not in STATUS or status == "diverged" or (status == "failed" and OTHER_LOOP not in error):
                self.wrong.append(f"after {after}: {status}: {error}")

    def end(self, seconds: float = math.inf) -> None:
        """Trains on a little, stops all and judges what was trained; raises AssertionError with all that was wrong.

        ``seconds``: of processor time that all of it may have taken.
        """
        try:
            for operation in ("rest", "steps and wait", "evaluate", "steps and wait", "state", "rest"):
                self.act(operation, random.Random(0))
            for live in self.lives:
                live.stop()
                if not live.driver.join(GUARD):
                    raise TimeoutError("a training hangs")
            self.look("the end")
            self._judge()
        finally:
            threading.excepthook = self._hook
        spent = time.process_time() - self._began
        if spent > seconds:
            self.wrong.append(f"{spent:.0f} seconds of processor time")
        if self.wrong:
            raise AssertionError("\n".join(self.wrong))

    def keep(self, state: dict[str, Any]) -> dict[str, Any]:
        """Looks at a state and remembers it for the judge."""
        history = state["history"]
        columns = {len(history[name]) for name in ("epochs", "indices", "losses", "mean_losses", "lrs", "accuracies")}
        if len(columns) != 1:
            self.wrong.append(f"a history with columns of {columns} steps")
        self.states = [*self.states[-9:], state]
        return state

    # ---- the judge --------------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        history, story = self.training.history, self.live.driver.story
        self.live.driver.collect()
        columns = (history.epochs, history.indices, history.losses(), history.mean_losses, history.accuracies, history.lrs)
        lengths = {len(column) for column in (*columns, history.seconds)}
        if lengths != {len(history)} or story.now.steps != len(history):
            self.wrong.append(f"{len(history)} steps, columns of {lengths}, a story of {story.now.steps}")
            return
        thirds = [rate / 3**i for rate in RATES for i in range(99)]
        for rate in set(history.lrs):
            if not any(math.isclose(rate, third) for third in thirds):
                self.wrong.append(f"a rate that nobody set: {rate}")
        switches = list[tuple[int, str, str]]()
        before = (50, True)
        for steps, now, net in self._again():
            if now != before and steps:
                switches += [(steps - 1, "augmentation", "on" if now[1] else "off")] * (now[1] != before[1])
                switches += [(steps - 1, "batch size", str(now[0]))] * (now[0] != before[0])
            before = now
            self._witness(steps, net)
        marks = [(m.step, m.kind, m.new) for m in story.now.line_of_marks() if m.kind in ("augmentation", "batch size")]
        told = [mark for mark in marks if mark[0] < len(history)]
        told, switches = sorted(told), sorted(switches)  # two changes before one step are marked in the order they came
        if len(self.lives) == 1 and not self.loaded and not self.wrong and told != switches:
            self.wrong.append(f"marks {told}, but what was trained changed at {switches}")

    def _again(self) -> Iterator[tuple[int, tuple[int, bool], Net]]:
        """Trains the line that is left once more: yields the steps done, and the batch size and augmentation of the last.

        Which those were is found out: they are the ones that give the very loss. Ends where none do.
        """
        training, history, net = self.training, self.training.history, Net(0)
        optimizer, losses, chosen = optimizer_of("adam", net, 1e-3, 0.9, 0.0), history.losses(), (50, True)
        yield 0, chosen, net
        for i, loss in enumerate(losses):
            number, index = history.epochs[i] - 1, history.indices[i] - 1
            buffers = [buffer.clone() for buffer in net.buffers()]
            sizes = SIZES if index == 0 else (chosen[0],)
            options = sorted(((size, on) for size in sizes for on in (True, False)), key=lambda option: option != chosen)
            for size, on in options:
                epoch = Epoch.of(training.images, training.labels, size, on, SEED, number)
                if index >= len(epoch):
                    continue
                images, labels = epoch.batch(index)
                with seeded(torch.device("cpu"), SEED, number, index, "dropout"):
                    found = F.cross_entropy(net.train()(images), labels)
                if found.item() == loss:
                    break
                for buffer, value in zip(net.buffers(), buffers, strict=True):
                    buffer.copy_(value)
            else:
                self.wrong.append(f"step {i + 1} of {len(losses)} has the loss {loss}, which no options give")
                return
            chosen = (size, on)
            for group in optimizer.param_groups:
                group["lr"] = history.lrs[i]
            optimizer.zero_grad()
            found.backward()
            optimizer.step()
            yield i + 1, chosen, net

    def _witness(self, steps: int, net: Net) -> None:
        """Compares ``net``, after so many steps, with what was seen of them."""
        for row in self.training.history.evaluations:
            if row["step"] == steps:
                splits = (self.dataset.test, self.training.validation)
                found = evaluate(net, next(split for split in splits if split is not None and split.name == row["split"]))
                if (found.accuracy, found.loss) != (row["accuracy"], row["loss"]):
                    told = f"accuracy {row['accuracy']}, loss {row['loss']}"
                    self.wrong.append(f"after {steps} steps {told}, and again {found} {found.loss}")
        losses, rates = self.training.history.losses(), self.training.history.lrs
        for state in self.states:
            seen = state["history"]
            if len(seen["losses"]) == steps and (seen["losses"], seen["lrs"]) == (losses[:steps], rates[:steps]):
                pairs = zip(state["model"].values(), net.state_dict().values(), strict=True)
                if not all(torch.equal(a, b) for a, b in pairs):
                    self.wrong.append(f"a state of {steps} steps has other weights")

    def _failed(self, seen: threading.ExceptHookArgs) -> None:
        name = seen.thread.name if seen.thread else "?"
        self.wrong.append(f'in the thread "{name}": {seen.exc_type.__name__}: {seen.exc_value}')


# ---- what can be done -------------------------------------------------------------------------------------------------------


def _rest(drive: Drive, chance: random.Random) -> None:
    for live in drive.lives:
        live.pause()
        if not live.driver.join(GUARD):
            raise TimeoutError("a paused training hangs")


def _steps(drive: Drive, chance: random.Random) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        drive.live.step(chance.randrange(1, 9)).wait()


def _back(drive: Drive, chance: random.Random) -> None:
    drive.live.back(chance.randrange(len(drive.training.history) + 1))


def _branch(drive: Drive, chance: random.Random) -> None:
    _back(drive, chance)
    drive.live.set(lr=chance.choice(RATES))


def _rate(drive: Drive, chance: random.Random) -> None:
    drive.live.set(lr=chance.choice(RATES))


def _rate_by_hand(drive: Drive, chance: random.Random) -> None:
    drive.training.lr = chance.choice(RATES)


def _augment(drive: Drive, chance: random.Random) -> None:
    drive.live.set(augment=chance.random() < 0.5)


def _size(drive: Drive, chance: random.Random) -> None:
    drive.live.set(batch_size=chance.choice(SIZES))


def _evaluate(drive: Drive, chance: random.Random) -> None:
    split = drive.training.validation if chance.random() < 0.3 else None
    result = drive.training.evaluate(split)
    if not 0 <= result.accuracy <= 1 or not math.isfinite(result.loss):
        drive.wrong.append(f"an evaluation: {result}")


def _pause_and_evaluate(drive: Drive, chance: random.Random) -> None:
    chance.choice([drive.live.pause, drive.live.stop])()
    drive.training.evaluate()


def _evaluate_alone(drive: Drive, chance: random.Random) -> None:
    """Its first batch and its last one meet the same weights: twice the photos, twice the answer."""
    test = drive.dataset.test
    twice = test.part(torch.arange(len(test)).repeat(2), "twice")
    result = evaluate(drive.training.model, twice, batch_size=len(test))
    if (result.confusion % 2).any():
        drive.wrong.append("the weights changed within one evaluation")


def _exercise(drive: Drive, chance: random.Random) -> None:
    if not check.conv_output_size(lambda n, kernel, stride=1, padding=0, dilation=1: n).mistake:
        drive.wrong.append("a wrong answer passed")


def _table(drive: Drive, chance: random.Random) -> None:
    table = anatomy.table(drive.training.model, (3, 32, 32))
    if sum(row.parameters for row in table.rows) != 4 * 75 + 8 + 196 * 10 + 10:
        drive.wrong.append(f"a table that lacks parameters:\n{table}")


def _state(drive: Drive, chance: random.Random) -> None:
    drive.keep(drive.training.state_dict())


def _save(drive: Drive, chance: random.Random) -> None:
    path = drive.folder / f"{threading.get_ident()}.pt"
    drive.training.save(path)
    drive.keep(checkpoint.read(path))


def _load(drive: Drive, chance: random.Random) -> None:
    if drive.states:
        drive.loaded = True
        drive.training.load_state_dict(chance.choice(drive.states))


def _second(drive: Drive, chance: random.Random) -> None:
    if len(drive.lives) < 4:
        drive.lives.append(LiveTraining(drive.training, background=True, memory=400_000))
        drive.live.start()


def _loop(drive: Drive, chance: random.Random) -> None:
    for _, _ in zip(drive.training, range(chance.randrange(1, 4)), strict=False):
        pass


def _look(drive: Drive, chance: random.Random) -> None:
    live = drive.live
    if "<svg" not in live.still() or not live.words() or len(drive.training.history.rows()) < 0:
        drive.wrong.append("no picture")


OPERATIONS: dict[str, Callable[[Drive, random.Random], object]] = {
    "start": lambda drive, _: drive.live.start(),
    "pause": lambda drive, _: drive.live.pause(),
    "stop": lambda drive, _: drive.live.stop(),
    "step": lambda drive, chance: drive.live.step(chance.randrange(1, 9)),
    "epoch": lambda drive, _: drive.live.epoch(),
    "recover": lambda drive, _: drive.live.recover(),
    "wait a little": lambda _, chance: time.sleep(chance.uniform(0, 0.05)),
    "rest": _rest, "steps and wait": _steps, "back": _back, "branch": _branch, "rate": _rate, "rate by hand": _rate_by_hand,
    "augment": _augment, "batch size": _size, "evaluate": _evaluate, "pause and evaluate": _pause_and_evaluate,
    "evaluate alone": _evaluate_alone, "check an exercise": _exercise, "table": _table, "state": _state, "save": _save,
    "load by hand": _load, "second live training": _second, "loop": _loop, "look": _look,
}  # fmt: skip
CUTS = ("back", "branch", "recover", "load by hand")  # after which there is little to judge
USUAL = [*OPERATIONS, *(name for name in OPERATIONS if name not in CUTS), *["start", "wait a little"] * 5]

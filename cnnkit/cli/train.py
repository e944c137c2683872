"""``python -m cnnkit train``: the course's assignment in a terminal."""

import argparse
import copy
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from cnnkit import Training
from cnnkit._support import signals
from cnnkit._support.notices import notice
from cnnkit.cli import runs
from cnnkit.cli.run_folder import Run
from cnnkit.errors import Diverged
from cnnkit.training import Step, ranks
from cnnkit.training.history import READ_EVERY

PRINT_EVERY = 100  # steps, as the course's script
AUTOSAVE_SECONDS = 30.0  # by the clock: a hundred steps take a minute on a laptop and a second on a GPU


def run(args: argparse.Namespace) -> int:
    """Trains, prints the course's lines, and leaves everything in the run's folder."""
    given = vars(args)
    with signals.end_is_an_interrupt(), ranks.joined(given.get("device", "auto")), runs.opened(given) as run:
        return _follow(run) if ranks.rank() else _run(run)


def _follow(run: Run) -> int:
    """Trains along, in another process of torchrun than the first: that one says, saves and writes everything."""
    for _ in run.training:
        pass
    if run.tested is None:
        run.training.evaluate()
    return 0


def _run(run: Run) -> int:
    training = run.training
    notice(f"{run.model} on {training.dataset!r}; everything is kept in {run.folder}")
    first = training.state_dict()
    run.save()
    run.note()
    try:
        stopped = _train(run)
        if stopped is not None:
            ranks.hear_no_more()
        run.save()
        if stopped is not None:
            run.write_history(training.history)
            notice(f"interrupted{stopped} after {len(training.history):,} steps, and saved; to go on: {run.way_on}")
            return 1
        with signals.end_is_an_interrupt():
            run.write_weights()
            if run.tested is None:
                training.evaluate()
                run.save()
            run.write_history(training.history)
    except Diverged as error:
        return _go_back(run, first, error)
    except KeyboardInterrupt:
        notice(f"ended at once; to go on from the last checkpoint: {run.way_on}")
        return 1
    notice(f"checkpoint, weights, history and loss figure are in {run.folder}")
    found = run.tested or {}
    print(f"Accuracy of the model on the test images: {100 * found['accuracy']:.1f} % ({found['split']})")
    return 0


def _train(run: Run) -> str | None:
    """Trains to the end, or to the end of the step in which an end was asked for; returns by what then, else None."""
    training, saved = run.training, time.monotonic()
    # The bar shows itself only where standard error is a terminal, and after a second: the precision may be measured first.
    bar = tqdm(initial=len(training.history), unit="step", disable=None, delay=1, leave=False)
    with signals.end_is_a_wish(ranks.hear_no_more) as wish, _closing(bar, wish):
        for step in training:
            if not wish:  # else the terminal may be gone
                with _output_may_be_gone(wish):
                    _show(step, training, bar)
            if wish:
                return "" if wish.signal == "SIGINT" else f" ({wish.signal})"
            if time.monotonic() - saved > AUTOSAVE_SECONDS:
                run.save()
                saved = time.monotonic()
    return None


def _show(step: Step, training: Training, bar: Any) -> None:
    bar.total = training.epochs * step.total
    bar.update()
    for line in _lines(step, training):
        tqdm.write(line, file=sys.stdout)
    if step.index % READ_EVERY == 0:  # when it has been read: on a GPU asking for it would wait for the GPU
        bar.set_postfix_str(f"loss {step.mean_loss:.3f}")


@contextmanager
def _output_may_be_gone(wish: signals.Wish) -> Iterator[None]:
    """A closed pipe (``| head``) or terminal asks for an end like a signal: what was trained is saved first."""
    try:
        yield
    except OSError:
        wish.signal = wish.signal or "the output was closed"


@contextmanager
def _closing(bar: Any, wish: signals.Wish) -> Iterator[None]:
    try:
        yield
    finally:
        with _output_may_be_gone(wish):
            bar.close()


def _lines(step: Step, training: Training) -> Iterator[str]:
    last = step.index == step.total
    if last or step.index % PRINT_EVERY == 0:
        yield f"Epoch [{step.epoch}/{training.epochs}], Step [{step.index}/{step.total}] Loss: {step.mean_loss:.4f}"
    if last and training.validation is not None:
        result = training.history.evaluations[-1]
        yield f"Accuracy of the model on the validation images: {100 * result['accuracy']:.1f} % ({result['split']})"


def _go_back(run: Run, first: dict[str, Any], error: Diverged) -> int:
    """Saves the last state from before the divergence, draws how it came, and says how to go on."""
    diverging = copy.deepcopy(run.training.history)
    run.training.load_state_dict(run.training.last_good or first)
    run.save()
    run.write_history(diverging)
    saved = f"the last good state is saved ({len(run.training.history):,} steps)"
    lower = f"; go on from it with a third: {run.way_on} --lr {first['base_lr'] / 3:.2g}"
    notice(f"{error.seen}; {error.cause}; {saved}{lower if error.way_out else ''}")
    return 1

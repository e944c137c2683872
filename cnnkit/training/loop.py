"""The training loop, as something you iterate over: pause it by leaving the loop, go on by iterating again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit._support import locks
from cnnkit._support.signals import ctrl_c_waits
from cnnkit._support.turns import still, turn
from cnnkit.data.augment import normalise
from cnnkit.data.dataset import Dataset, Split
from cnnkit.errors import InputError
from cnnkit.trace import require_network, size_lazy
from cnnkit.training import checkpoint, divergence, ending, gradients, identity, memory, moments, options, ranks, schema, state
from cnnkit.training import precision as precisions
from cnnkit.training.batches import Epoch, hold_out, steps_per_epoch
from cnnkit.training.evaluation import Evaluation, evaluate
from cnnkit.training.history import READ_EVERY, History, Step
from cnnkit.training.randomness import seeded


class Training:
    """A training run of ``model`` on ``dataset.train``; iterating over it trains and yields each complete `Step`.

        for step in Training(model, ds):
            if step.index % 100 == 0:
                print(step)

    The model is trained in place, on the device that ``device`` names. The order of the photos, their crops and flips
    and the dropout depend only on (seed, epoch, step), so a run that is stopped anywhere and resumed from its file
    repeats, on the same machine with as many threads, the losses of one that never stopped.

    Args:
        model: photos ``[N, 3, 32, 32]`` -> logits ``[N, classes]``.
        dataset: what `data.load` returns.
        epochs: passes over the training photos; may be raised later to go on.
        batch_size: photos a step, over all devices together.
        lr: the learning rate that the schedule starts from.
        optimizer: "adam", "adamw", "sgd" (Nesterov where momentum > 0), or a callable: parameters -> torch optimizer.
        schedule: "course" (a third after every 20 epochs), "constant", "linear" (up over a fifth, down to 0), "cosine", or
            a callable: (epoch as a fraction, from 0; epochs) -> factor on ``lr``.
        momentum: of "sgd".
        weight_decay: on weights, not on biases and batch norms; decoupled with "adamw".
        label_smoothing: the part of the target that is spread over all classes.
        augment: random crop with 4 pixels of padding, and horizontal flip.
        shuffle: a new order of the photos for every epoch; otherwise the data set's own.
        validation: the fraction of the training photos held out and evaluated after each epoch.
        precision: "auto" chooses by what the processor or GPU can do, so that the same seed gives the same losses there;
            "measured" by a stopwatch; or one of `cnnkit.training.PRECISIONS`.
        device: "auto" (a GPU where there is one), "cpu", "cuda", ...
        seed: of all of the run's random draws (not of the model's first weights).
        autosave: (path, steps): save there every so many steps and at the end; a bare path: after every epoch.

    Raises:
        InputError: a value that is not allowed, named with the way out.
        Diverged: while iterating; `last_good` then holds the last state that was still well.
    """

    def __init__(
        self,
        model: nn.Module,
        dataset: Dataset,
        epochs: int = 1,
        batch_size: int = 100,
        lr: float = 1e-3,
        optimizer: str | options.OptimizerMaker = "adam",
        schedule: str | options.Schedule = "course",
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        label_smoothing: float = 0.0,
        augment: bool = True,
        shuffle: bool = True,
        validation: float = 0.0,
        precision: str = "auto",
        device: str | torch.device = "auto",
        seed: int = 0,
        autosave: tuple[str | Path, int] | str | Path | None = None,
    ) -> None:
        require_network(model)
        options.check_dataset(dataset)
        options.check_number("epochs", epochs, 0, whole=True)
        options.check_lr(lr)
        for name, value, most in (
            ("momentum", momentum, 1), ("weight_decay", weight_decay, math.inf),
            ("label_smoothing", label_smoothing, 1), ("validation", validation, 0.9),
        ):  # fmt: skip
            options.check_number(name, value, 0, most)
        self.precision = None if precision in precisions.CHOICES else precisions.named(precision)
        self._measured = precision == "measured"
        self.autosave = options.autosave_of(autosave) if ranks.rank() == 0 else None
        self.dataset, self.epochs, self.seed = dataset, epochs, options.whole("the seed", seed)
        self.augment, self.shuffle = bool(augment), bool(shuffle)
        self.label_smoothing, self.batch_size = label_smoothing, batch_size

        train, self.validation = dataset.train, None
        if validation > 0:
            train, self.validation = hold_out(dataset.train, validation, seed)
        options.check_batch_size(batch_size, train)
        self.device = options.device_of(device)
        self.model = model.to(self.device)
        self.images, self.labels = train.images.to(self.device), train.labels.to(self.device)
        size_lazy(self.model, normalise(self.images[:2]))
        self.optimizer = options.optimizer_of(optimizer, model, lr, momentum, weight_decay)
        self.left_out = moments.left_out(model, self.optimizer)  # what an optimizer of the user's own need not train
        self._schedule = options.schedule_of(schedule)
        self.base_lr = float(lr)  # the schedule's factors multiply it
        self.options = {
            "batch_size": batch_size, "optimizer": optimizer, "schedule": schedule, "momentum": momentum, "seed": self.seed,
            "weight_decay": weight_decay, "label_smoothing": label_smoothing, "augment": self.augment, "shuffle": self.shuffle,
            "validation": validation,
        }  # fmt: skip

        self.history = History()
        self.epoch = 0  # complete epochs
        self.index = 0  # complete steps of the epoch under way
        self.watch = divergence.Watch()
        self.unsaved = False  # whether there are whole steps that the autosave does not have yet
        self._live = False
        self._parallel: nn.Module | None = None  # the model with its gradients shared, where several processes train it

    # ---- the loop ---------------------------------------------------------------------------------------------------

    def __iter__(self) -> Generator[Step, None, None]:
        """Trains on from where the run stands, one complete step at a time, up to the end of the last epoch."""
        return self.steps()

    def steps(self, pulse: Callable[[], object] | None = None) -> Generator[Step, None, None]:
        """Iterates; ``pulse`` is called before every batch of its own evaluations, and what it raises ends the loop."""
        moments.check_held(self.model, self.optimizer, self.left_out)
        with self._only_one_iterator(), self._only_writer(), memory.kept(self.device):
            self.precision = self.precision or precisions.named(ranks.first_says(lambda: self._choose().name))
            self.precision.prepare(self.model)
            moments.lay_out(self.optimizer)
            self._parallel = ranks.parallel(self.model)
            if self.validation_due:  # though the epoch is complete: it was interrupted, and what follows it never came
                self._validate_if_due(pulse)
                self._autosave()
            epoch, cuts = None, -1
            ending.note(self)
            while True:
                with still(self.model):  # other threads may change the run only between two steps
                    if self.epoch >= self.epochs:
                        return
                    lr = self.lr
                    with turn(), ctrl_c_waits(self._autosave):  # until the state is whole: weights, position, history
                        if epoch is None or (epoch.number, cuts) != (self.epoch, self.history.cuts):
                            cuts = self.history.cuts
                            epoch = Epoch.of(
                                self.images, self.labels, self.batch_size, self.augment, self.seed, self.epoch, self.shuffle
                            )
                        step = self._step(epoch, lr)
                    self._validate_if_due(pulse)
                    self._autosave()
                yield step

    def _choose(self) -> precisions.Precision:
        if not self._measured:
            return precisions.chosen(self.model, self.device)
        return precisions.fastest(self.model, self.images, self.labels, self.batch_size, len(self.dataset.classes))

    def _step(self, epoch: Epoch, lr: float) -> Step:
        """The next step of ``epoch`` with its entry in the history."""
        start = time.perf_counter()
        share = ranks.share(epoch.size(self.index))
        images, labels = epoch.batch(self.index, share.photos)
        self.unsaved = False  # half a step must not be saved
        seen = self._update(images, labels, lr, share)
        index, last = self.index + 1, self.index + 1 == len(epoch)
        self.epoch, self.index = (self.epoch + 1, 0) if last else (self.epoch, index)
        step = self.history.append(epoch.number + 1, index, len(epoch), lr, time.perf_counter() - start, seen)
        self.watch.look(self, reading=last or index % READ_EVERY == 0)
        self.unsaved = True
        return self.history.took(step, time.perf_counter() - start)  # with the wait for a GPU, which comes in the reading

    def _update(self, images: Tensor, labels: Tensor, lr: float, share: ranks.Share = ranks.WHOLE) -> Tensor:
        """One step of gradient descent on normalised ``images`` ``[B, 3, H, W]``; returns loss and accuracy."""
        assert self.precision is not None
        rank = (ranks.rank(),) if self._parallel else ()  # each drops values of its own
        with seeded(self.device, self.seed, self.epoch, self.index, "dropout", *rank):
            self.model.train()
            with self.precision.autocast(self.device):
                logits = (self._parallel or self.model)(self.precision.lay_out(images))
        options.check_logits(logits, labels, len(self.dataset.classes))
        logits, labels = logits[share.own], labels[share.own]
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=self.label_smoothing) * share.weight
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.zero_grad()
        with gradients.fast(self.device):
            loss.backward()
        self.optimizer.step()
        right = (logits.detach().argmax(1) == labels).float().mean() * share.weight
        return ranks.summed(torch.stack((loss.detach(), right))) / ranks.count()

    # ---- the learning rate --------------------------------------------------------------------------------------------

    @property
    def lr(self) -> float:
        """The learning rate of the next step. Setting it rescales the schedule from the next step on."""
        return float(self.base_lr * self._factor())  # a schedule may return numpy's float, which no checkpoint can hold

    @lr.setter
    def lr(self, value: float) -> None:
        options.check_lr(value)
        with still(self.model):
            factor = self._factor()
            if factor == 0:
                raise InputError("the schedule is at 0 here, so no learning rate can rescale it; raise training.epochs first")
            self.base_lr = float(value / factor)

    def _factor(self) -> float:
        steps = steps_per_epoch(len(self.labels), self.batch_size)
        middle = min(self.epoch + (self.index + 0.5) / steps, max(self.epochs, 1))  # of the next step, in epochs
        return self._schedule(middle, max(self.epochs, 1))

    @cached_property
    def identity(self) -> dict[str, Any]:
        """What a checkpoint remembers of the data: name, counts, classes, digests of the labels and of a sample of photos."""
        return identity.of(self.dataset, len(self.labels))

    @property
    def last_good(self) -> dict[str, Any] | None:
        """The last state that was still well, for `load_state_dict`; None before good losses followed one."""
        return self.watch.last_good

    # ---- evaluation --------------------------------------------------------------------------------------------------

    def evaluate(self, split: Split | None = None) -> Evaluation:
        """`evaluate` on ``split`` (default: the test split) in the run's precision, kept in `history.evaluations`.

        Where another thread trains, as a live training does, it ends its step first and waits for the answer.
        """
        return self._evaluate(self.dataset.test if split is None else split)

    def _evaluate(self, split: Split, pulse: Callable[[], object] | None = None) -> Evaluation:
        with still(self.model):
            precision = (self.precision or precisions.FLOAT32).name
            result = evaluate(self.model, split, precision=precision, pulse=pulse)
            found = {"split": result.split, "accuracy": result.accuracy, "loss": result.loss}
            self.history.evaluations.append({"epoch": self.epoch, "step": len(self.history), **found})
        return result

    @property
    def validation_due(self) -> bool:
        """Whether an epoch is complete but for its evaluation on the validation part, which comes next."""
        if self.validation is None or self.index or not self.epoch:
            return False
        return self.epoch not in (e["epoch"] for e in self.history.evaluations if e["split"] == self.validation.name)

    def _validate_if_due(self, pulse: Callable[[], object] | None) -> None:
        if self.validation is not None and self.validation_due:
            self._evaluate(self.validation, pulse)

    @contextmanager
    def _only_one_iterator(self) -> Iterator[None]:
        with still(self.model):  # a loop that is being left has been left then
            if self._live:
                raise InputError(
                    "this training already runs in another loop; leave that one first, or end a live training with "
                    "live.pause().wait(), then iterate again"
                )
            self._live = True
        try:
            yield
        finally:
            self._live = False

    def _only_writer(self) -> AbstractContextManager[None]:
        """Of the file that autosave replaces, over all processes."""
        if self.autosave is None:
            return nullcontext()
        path = self.autosave[0]
        return locks.only_writer(path.parent, path.name, what=f"the checkpoint {path}")

    # ---- saving, going back, resuming ---------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """A copy of the whole state: weights, optimizer, position, learning rate, history; of after the step under way."""
        with still(self.model), turn():
            return {**state.snapshot(self), "history": self.history.state_dict()}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Goes back (or forward) to a state that `state_dict` returned; what follows is the same as it was then.

        Where another thread trains, it ends its step first and then goes on from there.

        Raises:
            InputError: the state belongs to another network.
        """
        with still(self.model), turn():
            state.restore(self, saved)
            self.watch.restart(len(self.history))

    def save(self, path: str | Path) -> None:
        """Writes a checkpoint that `resume` reads: whole or not at all, also when the process is killed meanwhile.

        Of several processes that train together the first alone writes.
        """
        if ranks.rank():
            return
        with still(self.model), turn():  # or an older state could replace a newer one that an autosave writes
            checkpoint.write(path, {**self.state_dict(), **state.about(self)})

    @classmethod
    def resume(cls, path: str | Path, model: nn.Module, dataset: Dataset, *, anyway: bool = False, **changes: Any) -> Training:
        """The run in the checkpoint ``path``, to go on from where it was saved, with its own options.

        Args:
            path: what `save` or autosave wrote.
            model: a network of the same layers; its weights are replaced.
            dataset: the same data set.
            anyway: go on although the data set is another one; an epoch that was under way begins anew.
            changes: options to set anew, such as epochs=, autosave=, device=, precision= or lr=;
                optimizer= and schedule= must be given again where they were callables.

        Raises:
            InputError: no such checkpoint, a damaged one, another network or optimizer, another data set, or a change that the
                run can't take here.
        """
        saved = checkpoint.read(path)
        training = cls(model, dataset, **state.options_of(saved, changes, path))
        differs = identity.difference(training.identity, saved["data"])
        if differs and not anyway:
            raise InputError(f"the run in {path} {differs}; load the same data set to resume it, {identity.INSIST}")
        saved["index"] = 0 if differs else saved["index"]
        training.load_state_dict({name: saved[name] for name in schema.STATE})
        state.change(training, saved, changes)
        return training

    def _autosave(self) -> None:
        if self.autosave is None:
            return
        every = self.autosave[1]
        due = self.index == 0 if every is None else len(self.history) % every == 0
        if due or self.epoch == self.epochs:
            self.keep()

    def keep(self) -> None:
        """Saves where the autosave says, if there is one.

        Raises:
            InputError: the disk is full, or another process trains there.
        """
        if self.autosave is not None:
            with self._only_writer():
                self.save(self.autosave[0])
            self.unsaved = False
            ending.note(self)

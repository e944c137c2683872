"""Two or more networks learn the same photos under one Start button, in one picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from cnnkit.draw.meaning import looks
from cnnkit.errors import InputError
from cnnkit.explore.live import picture, text
from cnnkit.explore.live.driver import Driver
from cnnkit.explore.live.panel import MEMORY, LiveTraining
from cnnkit.training import Training, options

if TYPE_CHECKING:
    from torch import nn

    from cnnkit.data import Dataset

MOST = 4  # networks in one picture


def race(
    networks: Mapping[str, nn.Module | Training],
    dataset: Dataset | None = None,
    photos: int = 50,
    steps: int = 60,
    lr: float = 2e-3,
    seed: int = 0,
    background: bool | None = None,
) -> Race:
    """Lets networks learn the same photos by heart: one Start button, one plot, one rate, one seed.

    Below the curves stands the size of the gradient in each layer, from the first to the last: so one sees where it vanishes.
    A network whose name begins with "plain" or "vgg" is warm, one with "residual" or "resnet" cool, as in every picture.

    Args:
        networks: two to four, by their names; each is trained in place. A `Training` brings photos and settings of its own.
        dataset: the photos come from its training part; not needed where all are a `Training`.
        photos: how many are learnt, all of them at each step.
        steps: how many at most.
        lr: the learning rate of Adam, for all.
        seed: of the order and of dropout; the first weights are those that the networks have.
        background: as in `LiveTraining`.

    Raises:
        InputError: too few or too many networks, or numbers that are not allowed.
    """
    if not isinstance(networks, Mapping) or not 2 <= len(networks) <= MOST:
        raise InputError(f'give two to {MOST} networks by their names, as in race({{"plain": a, "residual": b}}, ds)')
    options.check_number("photos", photos, 2, whole=True)
    trainings = {}
    for name, network in networks.items():
        if isinstance(network, Training):
            trainings[str(name)] = network
            continue
        if dataset is None:
            raise InputError(f"{name} is a network, which needs photos to learn: give a data set, as in race(networks, ds)")
        train = dataset.train.part(torch.arange(min(photos, len(dataset.train))), f"{photos} photos of {dataset.train.name}")
        trainings[str(name)] = Training(
            network, replace(dataset, train=train), epochs=steps, batch_size=len(train), lr=lr, schedule="constant",
            augment=False, seed=seed, precision="float32",
        )  # fmt: skip
    models = [training.model for training in trainings.values()]
    if len({id(p) for model in models for p in model.parameters()}) < sum(len(list(m.parameters())) for m in models):
        raise InputError("two of the networks share weights; build each one anew")
    return Race(trainings, background)


class Race(LiveTraining):
    """A live training of several runs at once; see `race`. Whatever is set or pressed holds for all of them."""

    def __init__(self, trainings: Mapping[str, Training], background: bool | None = None, memory: float = MEMORY) -> None:
        self.trainings = dict(trainings)
        super().__init__(next(iter(self.trainings.values())), background, memory, knobs=("rate",))
        self._answers = None

    def _drivers(self, memory: float) -> list[Driver]:
        each = memory / len(self.trainings)
        return [Driver(training, each, self._changed, every=1) for training in self.trainings.values()]

    @property
    def status(self) -> str:
        """What the first does that is not at its end; or how all ended."""
        found = [driver.status for driver in self.drivers]
        return next((status for status in found if status not in ("ended", "diverged")), min(found))

    def words(self) -> str:
        """What each does, in a sentence."""
        with self.driver.lock:
            return f"{self.status}: " + " ".join(self._said())

    def _said(self) -> list[str]:
        return [
            f"{name}: {picture.words(d.story, text.planned(d.training), len(d.training.dataset.classes))}"
            for name, d in zip(self.trainings, self.drivers, strict=True)
        ]

    def numbers(self) -> str:
        """How far each is, and how fast."""
        done = " · ".join(
            f"{name}: step {len(driver.training.history):,}, {driver.speed():.1f} a second"
            if driver.working
            else f"{name}: step {len(driver.training.history):,}"
            for name, driver in zip(self.trainings, self.drivers, strict=True)
        )
        return f"{done} · {len(self.training.labels):,} photos"

    def _drawn(self, view: picture.View) -> str:
        racers = [
            (driver.story, (name, look.colour, look.ink, driver.meter.layers))
            for (name, look), driver in zip(looks([*self.trainings]).items(), self.drivers, strict=True)
        ]
        return picture.race(racers, view)

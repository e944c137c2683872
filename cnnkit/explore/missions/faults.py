"""Training runs with one prepared fault each, and what gives each fault away."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn

from cnnkit import data
from cnnkit.data.dataset import Dataset
from cnnkit.errors import InputError, unknown
from cnnkit.explore.missions.patient import KeepsGradients, Patient, Pixels
from cnnkit.training.loop import Training
from cnnkit.training.randomness import generator, seed_of, seeded

PHOTOS = 5000  # of a larger data set only so many are used: four epochs of 45 steps


@dataclass(frozen=True)
class Fault:
    """One possible diagnosis.

    Attributes:
        slug: its name in code.
        title: what a student chooses from a list.
        evidence: told after the right diagnosis: what showed it, and why it happens.
        looks_like: told after a wrong one: what one would see if this were the fault.
    """

    slug: str
    title: str
    evidence: str
    looks_like: str


_FAULTS = (
    Fault(
        "healthy", "nothing is wrong",
        "The loss falls, both accuracies climb well above one in ten, and every instrument reads what is usual. That, too, is "
        "a finding: one makes it only after looking everywhere.",
        "In a healthy run the loss falls below 1.5 within 150 steps, and no instrument reads anything unusual.",
    ),
    Fault(
        "labels-shuffled", "the labels do not belong to the photos",
        "The loss stays at that of guessing though the weights move, and under the photos of the batch stand other classes' "
        "names. There is nothing in such photos that tells their label, so the best that can be learnt is to call all classes "
        "equally likely.",
        "With shuffled labels the photos of the batch would stand over names that do not fit them.",
    ),
    Fault(
        "eval-mode-left-on", "the network is in evaluation mode while it trains",
        "The running figures of the batch norms stay at 0 and 1 and the mode of a step is evaluation, also of the dropout. "
        "The batch norms then scale nothing, so learning starts late: the curve alone would look nearly healthy.",
        "In evaluation mode the batch norms' running mean and variance would stay at exactly 0 and 1.",
    ),
    Fault(
        "not-normalised", "the photos arrive as numbers from 0 to 255",
        "The first layer gets numbers up to 255 instead of about -2 to 3, and the loss jumps up in the first steps. "
        "Everything behind is fifty times too large, so the first updates throw the outputs far off, and the run hardly "
        "recovers.",
        "With photos that are not normalised the batch's numbers would reach up to 255.",
    ),
    Fault(
        "rate-too-high", "the learning rate is much too high",
        "In the first steps one update changes the weights by as much as they are large, and the loss jumps far above that of "
        "guessing. After such jumps the features are ruined, and the network settles on the same answer for every photo.",
        "With a rate much too high the first update would change the weights of most layers by more than their own size.",
    ),
    Fault(
        "rate-zero", "the learning rate is zero",
        "One update is exactly 0 of the weights in every layer, although there is a gradient. The loss only wavers, with the "
        "batch and the dropout: each step computes all that it needs and then goes nowhere.",
        "With the learning rate at zero the weights of no layer would move at all.",
    ),
    Fault(
        "not-shuffled", "the photos come sorted by class",
        "Nearly the whole batch is of one class, and the accuracy in training is all or nothing. Each step pulls the network "
        "to answer the class that is on now, and the next class undoes it; soon it gives one answer to every photo.",
        "With photos sorted by class the batch would hold one or two classes only.",
    ),
    Fault(
        "softmaxed-twice", "the network ends in a softmax, and the loss takes another",
        "All outputs lie between 0 and 1, and each photo's sum to 1. Cross entropy takes a softmax of its own, and that of "
        "such numbers can be no surer than 23 % with ten classes: so the loss cannot fall below 1.46, and its gradients are "
        "small.",
        "With a softmax at its end the network's outputs would be positive and sum to 1 for each photo.",
    ),
    Fault(
        "gradients-kept", "the gradients are never set back to zero",
        "The gradient that the update uses is not that of the batch: it holds the sum of all since the first step. Old "
        "gradients, computed for weights that are long gone, then decide where each step goes.",
        "With gradients that are kept, the one that the update uses would be many times that of the batch alone.",
    ),
    Fault(
        "frozen-layers", "all layers but the last are frozen",
        "One update is exactly 0 of the weights in every layer but the last, so only the answers are learnt, on features that "
        "are as random as at the start. That is better than guessing, and soon gets no further.",
        "With frozen layers one update would be 0 of the weights of some layers and not of others, with no ReLU at zero "
        "throughout.",
    ),
    Fault(
        "dead-relus", "a layer of ReLUs is dead",
        "Behind one ReLU all outputs are zero, for every photo, and no update reaches the layers before it: the slope of a "
        "ReLU at zero is zero. What lies behind never learns which photo it looks at, so the loss stays at that of guessing "
        "from the first step on.",
        "With dead ReLUs one ReLU would give nothing but zeros from the first step on.",
    ),
)  # fmt: skip
FAULTS: dict[str, Fault] = {fault.slug: fault for fault in _FAULTS}


def sick(number: int, seed: int = 0, dataset: Dataset | None = None) -> tuple[Training, Fault]:
    """The run that belongs to ``number``, not started yet, and what is wrong with it; the same number gives the same run.

    Args:
        number: any whole number, such as a student's own.
        seed: another seed deals the faults anew, for another class or year.
        dataset: what to train on; by default the built-in set.

    Raises:
        InputError: ``number`` or ``seed`` is not a whole number.
    """
    for name, value in (("number", number), ("seed", seed)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise InputError(f"the {name} is {value!r}; give a whole number, such as 7")
    # In turn, in an order that the seed shuffles: so students with neighbouring numbers have different faults.
    order = torch.randperm(len(FAULTS), generator=generator("sick", seed)).tolist()
    slug = list(FAULTS)[order[number % len(FAULTS)]]
    return make(slug, dataset, seed_of("weights", seed, number)), FAULTS[slug]


def make(slug: str, dataset: Dataset | None = None, seed: int = 0) -> Training:
    """A run with the fault ``slug``, one of `FAULTS`, not started yet: four epochs, 180 steps on the built-in set.

    Every run has the same network, photos and settings apart from its fault.

    Args:
        slug: which fault.
        dataset: what to train on; by default the built-in set. Of a larger one, 5,000 photos are used.
        seed: of the first weights and of the run.

    Raises:
        InputError: no fault is called ``slug``.
    """
    if slug not in FAULTS:
        raise unknown("fault", slug, FAULTS)
    dataset = _some(data.load("emoji10") if dataset is None else dataset)
    if slug in _DATA:
        dataset = _DATA[slug](dataset, seed)
    with seeded(torch.device("cpu"), "patient", seed):
        patient = Patient(len(dataset.classes), **_PARTS.get(slug, {}))
    if slug in _WEIGHTS:
        _WEIGHTS[slug](patient.net)
    usual = {
        "epochs": 4, "batch_size": min(100, len(dataset.train) // 3), "lr": 3e-3, "schedule": "constant", "augment": False,
        "validation": 0.1, "precision": "float32", "seed": seed,
    }  # fmt: skip
    return Training(patient, dataset, **{**usual, **_OPTIONS.get(slug, {})})


def _keeps_gradients(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return cast(torch.optim.Optimizer, KeepsGradients(torch.optim.Adam(parameters)))


def _some(dataset: Dataset) -> Dataset:
    """``dataset`` with at most `PHOTOS` of its training photos."""
    if len(dataset.train) <= PHOTOS:
        return dataset
    index = torch.randperm(len(dataset.train), generator=generator("sick", "photos"))[:PHOTOS]
    return dataclasses.replace(dataset, train=dataset.train.part(index.sort().values, dataset.train.name))


def _labels_shuffled(dataset: Dataset, seed: int) -> Dataset:
    order = torch.randperm(len(dataset.train), generator=generator(seed, "labels"))
    train = dataclasses.replace(dataset.train, labels=dataset.train.labels[order])
    return dataclasses.replace(dataset, train=train)


def _sorted(dataset: Dataset, seed: int) -> Dataset:
    order = dataset.train.labels.argsort(stable=True)
    return dataclasses.replace(dataset, train=dataset.train.part(order, dataset.train.name))


def _freeze(net: nn.Sequential) -> None:
    for name, parameter in net.named_parameters():
        parameter.requires_grad_(name.startswith("linear"))


def _kill(net: nn.Sequential) -> None:
    nn.init.constant_(net.get_parameter("block1.norm.bias"), -30.0)


_DATA: dict[str, Callable[[Dataset, int], Dataset]] = {"labels-shuffled": _labels_shuffled, "not-shuffled": _sorted}
_PARTS: dict[str, dict[str, Any]] = {
    "eval-mode-left-on": {"heeds_mode": False},
    "not-normalised": {"before": Pixels()},
    "softmaxed-twice": {"after": nn.Softmax(dim=1)},
}
_WEIGHTS: dict[str, Callable[[nn.Sequential], None]] = {"frozen-layers": _freeze, "dead-relus": _kill}
_OPTIONS: dict[str, dict[str, Any]] = {
    "rate-too-high": {"lr": 0.05},
    "rate-zero": {"lr": 0.0},
    "not-shuffled": {"shuffle": False},
    "gradients-kept": {"optimizer": _keeps_gradients},
}

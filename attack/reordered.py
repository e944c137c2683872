"""Resumes where the network is not the one that was saved, or a moment is not its parameter's.

Each in a process of its own: a moment that meets another parameter may end Python. Held: the losses of a run that was
never interrupted, or one InputError.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from attack import forging
from attack.ground import Tally, apart, no_sentence, small_data, until
from attack.outcome import Outcome
from cnnkit import InputError, Training
from cnnkit.data import Dataset

PROMISE = "a resumed run goes on exactly, or one sentence says why it cannot"
STEPS, STOP = 8, 3
PARTS: dict[str, Callable[[], nn.Module]] = {
    "first": lambda: nn.Conv2d(3, 24, 8, 8),
    "left": lambda: nn.Conv2d(24, 24, 3, padding=1),
    "right": lambda: nn.Conv2d(24, 24, 3, padding=1),  # of the same shapes as left: no size tells the two apart
    "norm": lambda: nn.BatchNorm2d(24),
    "twin": lambda: nn.BatchNorm2d(24),
    "out": lambda: nn.Linear(24 * 16, 10),
}


class Net(nn.Module):
    """The same computation and the same first weights, whatever the order in which its parts are named."""

    first: nn.Module
    left: nn.Module
    right: nn.Module
    norm: nn.Module
    twin: nn.Module
    out: nn.Module

    def __init__(self, order: Iterable[str] = tuple(PARTS)) -> None:
        super().__init__()
        for name in order:
            setattr(self, name, PARTS[name]())
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                start = torch.Generator().manual_seed(sum(map(ord, name)))
                parameter.copy_(0.1 * torch.randn(parameter.shape, generator=start))

    def forward(self, x: Tensor) -> Tensor:
        """Photos ``[N, 3, 32, 32]`` to logits ``[N, 10]``."""
        x = self.norm(self.first(x)).relu()  # [N, 24, 4, 4]
        x = x + self.twin(self.right(self.left(x))).relu()
        return self.out(x.flatten(1))  # type: ignore[no-any-return]


def _own(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.RMSprop(parameters, momentum=0.5, centered=True)


OPTIMIZERS: dict[str, Any] = {"adam": "adam", "sgd": "sgd", "a callable": _own, "adamw": "adamw"}


def attack(seconds: float, seed: int) -> Outcome:
    """Every change with every optimizer, with random orders and moments, over and over."""
    rng, photos, tally = random.Random(seed), small_data(40, 20), Tally()
    saved = {name: _saved(photos, name) for name in OPTIMIZERS}
    kinds, names = list({**_AT_RESUME, **_IN_MEMORY}.items()), list(OPTIMIZERS)
    for number in until(seconds, len(kinds)):
        kind, act = kinds[number % len(kinds)]
        name = names[(number + number // len(kinds)) % len(names)]  # each kind meets each optimizer
        draw = random.Random(rng.randrange(2**32))
        _, said = apart(partial(act, photos, name, *saved[name], draw))
        tally.add(said and f"{kind}: {said}", f"with {name}")
    note = f"{len(kinds)} kinds of change, each with {len(OPTIMIZERS)} optimizers"
    return tally.outcome("reordered", PROMISE, "changed networks and moments", note)


def _training(photos: Dataset, name: str, net: nn.Module) -> Training:
    return Training(net, photos, epochs=2, batch_size=10, precision="float32", optimizer=OPTIMIZERS[name])


def _steps(training: Training, count: int) -> None:
    for _ in zip(range(count), training, strict=False):
        pass


def _saved(photos: Dataset, name: str) -> tuple[Path, list[float]]:
    """A checkpoint after some steps, and all losses of the run that is never interrupted."""
    path = Path(f"{name}.pt").absolute()
    training = _training(photos, name, Net())
    _steps(training, STOP)
    training.save(path)
    whole = _training(photos, name, Net())
    _steps(whole, STEPS)
    return path, whole.history.losses()


def _resumed(path: Path, photos: Dataset, name: str, expected: list[float], net: nn.Module) -> str:
    """What is wrong with the resumed run, "" if nothing."""
    given = {"optimizer": OPTIMIZERS[name]} if name == "a callable" else {}
    try:
        training = Training.resume(path, net, photos, **given)
        for _ in training:
            pass
    except InputError as error:
        return no_sentence(error)
    return "" if training.history.losses() == expected else "resumed without a word, and the losses differ"


# ---- what differs at the resume: (photos, optimizer, checkpoint, expected losses, random draws) -> what is wrong ------------


def _other_order(photos: Dataset, name: str, path: Path, expected: list[float], rng: random.Random) -> str:
    return _resumed(path, photos, name, expected, Net(rng.sample(list(PARTS), len(PARTS))))


def _twins_swapped(photos: Dataset, name: str, path: Path, expected: list[float], rng: random.Random) -> str:
    pair = rng.choice([{"left": "right", "right": "left"}, {"norm": "twin", "twin": "norm"}])
    return _resumed(path, photos, name, expected, Net([pair.get(part, part) for part in PARTS]))


def _frozen(photos: Dataset, name: str, path: Path, expected: list[float], rng: random.Random) -> str:
    """A layer is frozen in the network that was saved, or in the other."""
    before, then = Net(), Net()
    for parameter in getattr(rng.choice([before, then]), rng.choice(list(PARTS))).parameters():
        parameter.requires_grad = False
    training = _training(photos, name, before)
    _steps(training, STOP)
    training.save(path.with_suffix(".frozen"))
    return _resumed(path.with_suffix(".frozen"), photos, name, [], then)


def _moment(change: Callable[[Tensor, random.Random], Any]) -> Callable[..., str]:
    """One tensor among the optimizer's becomes ``change`` of it; None: it is missing."""

    def act(photos: Dataset, name: str, path: Path, expected: list[float], rng: random.Random) -> str:
        state = forging.content(path)
        found = [
            place for place in forging.places(state["optimizer"]) if isinstance(forging.at(state["optimizer"], place), Tensor)
        ]
        place = rng.choice([p for p in found if forging.at(state["optimizer"], p).ndim] or found)
        forging.put(state["optimizer"], place, change(forging.at(state["optimizer"], place), rng))
        forged = forging.write(path.with_suffix(".forged"), state)
        return _resumed(forged, photos, name, expected, Net())

    return act


def _without(photos: Dataset, name: str, path: Path, expected: list[float], rng: random.Random) -> str:
    """One parameter's moments are missing, all of them."""
    state = forging.content(path)
    moments = state["optimizer"]["moments"]
    kept = rng.choice(sorted(moments))
    moments[kept] = {}
    return _resumed(forging.write(path.with_suffix(".forged"), state), photos, name, expected, Net())


def _of_another_shape(moment: Tensor, rng: random.Random) -> Tensor:
    shapes = [
        (3,),
        (0,),
        (),
        (*moment.shape, 1),
        (1, *moment.shape),
        tuple(reversed(moment.shape)),
        (moment.numel(),),
        (100_000,),
    ]
    return torch.rand(rng.choice([shape for shape in shapes if shape != tuple(moment.shape)]))


def _of_another_dtype(moment: Tensor, rng: random.Random) -> Tensor:
    return moment.to(rng.choice([torch.int8, torch.int64, torch.float64, torch.bfloat16, torch.bool, torch.complex64]))


def _strange(moment: Tensor, rng: random.Random) -> Tensor:
    """The same numbers, laid in memory as no optimizer would; or none at all."""
    back = tuple(reversed(range(moment.ndim)))
    ways: list[Callable[[], Tensor]] = [
        lambda: moment.to_sparse(),
        lambda: torch.empty(moment.shape, device="meta"),
        lambda: torch.stack([moment, moment], -1)[..., 0],
        lambda: moment.permute(back).contiguous().permute(back),
    ]
    return rng.choice(ways)()


_AT_RESUME: dict[str, Callable[..., str]] = {
    "layers in another order": _other_order,
    "two layers of one shape swapped": _twins_swapped,
    "a layer frozen in one of the two": _frozen,
    "a moment of another shape": _moment(_of_another_shape),
    "a moment of another dtype": _moment(_of_another_dtype),
    "a moment laid out strangely": _moment(_strange),
    "a moment that is a number": _moment(lambda moment, rng: rng.choice([0, 1.5, True, "1"])),
    "a moment is missing": _moment(lambda moment, rng: forging.GONE),
    "all moments of a parameter are missing": _without,
    "a moment too many": _moment(lambda moment, rng: forging.Beside("another", moment.clone())),
}


# ---- what changes in a network whose training was made -----------------------------------------------------------------------


def _after(change: Callable[[Any], Any]) -> Callable[..., str]:
    """``change`` of the network after some steps must be refused: by the next step, the next save or its resume."""

    def act(photos: Dataset, name: str, path: Path, expected: list[float], rng: random.Random) -> str:
        training = _training(photos, name, Net())
        _steps(training, rng.randrange(3))
        before = training.state_dict()
        change(training.model)
        try:
            if rng.random() < 0.3:
                training.load_state_dict(before)
            _steps(training, 3)
        except InputError:
            return ""
        changed = path.with_suffix(".changed")
        training.save(changed)
        return "trained on without a word" + ("; the resume as well" if not _resumes(changed, photos, name, change) else "")

    return act


def _resumes(path: Path, photos: Dataset, name: str, change: Callable[[Any], Any]) -> str:
    net = Net()
    change(net)
    return _resumed(path, photos, name, [], net)


def _set(name: str, make: Callable[[], nn.Module | None]) -> Callable[[Any], Any]:
    return lambda net: setattr(net, name, make())


_IN_MEMORY: dict[str, Callable[..., str]] = {
    "a layer replaced": _after(_set("out", PARTS["out"])),
    "a convolution replaced": _after(_set("left", PARTS["left"])),
    "a parameter replaced": _after(lambda net: setattr(net.norm, "weight", nn.Parameter(torch.ones(24)))),
    "a layer added": _after(lambda net: setattr(net, "more", nn.Linear(2, 2))),
    "a layer lost": _after(lambda net: setattr(net, "twin", nn.Identity())),
}

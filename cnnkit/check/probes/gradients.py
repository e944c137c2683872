"""The check of gradient_norms: on small networks, beside what every known wrong norm would be."""

from __future__ import annotations

import copy
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake, text_of
from cnnkit.check.probes import heat_map
from cnnkit.check.probes.watching import (
    CLASSES,
    OTHER_LOSSES,
    Backwards,
    Loss,
    Norm,
    Watch,
    batch,
    detached,
    no_gradient,
    plain_number,
    weighted,
)

Norms = dict[str, float]
NEAR = 1e-3


@dataclass(frozen=True)
class Case:
    """A network, a batch for it, and the gradients that are in the network already: none, or one for each parameter."""

    net: nn.Sequential
    photos: tuple[Tensor, Tensor]
    old: tuple[Tensor, ...] = ()

    @property
    def children(self) -> dict[str, list[int]]:
        """Which of the network's parameters belong to each child that has some."""
        places = {id(parameter): i for i, parameter in enumerate(self.net.parameters())}
        owned = {name: [places[id(p)] for p in child.parameters()] for name, child in self.net.named_children()}
        return {name: own for name, own in owned.items() if own}

    def gradients(self, loss: Loss = F.cross_entropy) -> list[Tensor]:
        """Of ``loss``, one for each parameter."""
        net = copy.deepcopy(self.net)
        return list(torch.autograd.grad(loss(net(self.photos[0]), self.photos[1]), list(net.parameters())))

    def norms(self, gradients: Sequence[Tensor]) -> Norms:
        """The norm that is asked for."""
        return {name: math.sqrt(sum(float(gradients[i].square().sum()) for i in own)) for name, own in self.children.items()}


def _case(attempt: Attempt, salt: int, named: bool, old: bool = False, norm: bool = False) -> Case:
    source = attempt.generator(salt)
    inner = nn.Sequential(nn.Conv2d(4, 6, 1), nn.ReLU())
    layers: list[tuple[str, nn.Module]] = [
        ("stem", nn.Conv2d(3, 4, 3, stride=2)),
        *([("norm", Norm(4))] if norm else []),
        ("relu", nn.ReLU()),
        ("stage", nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.ReLU(), inner)),
        ("flatten", nn.Flatten()),
        ("head", nn.Linear(54, CLASSES)),
        ("last", Watch()),
    ]
    net = weighted(nn.Sequential(OrderedDict(layers)) if named else nn.Sequential(*(layer for _, layer in layers)), source)
    gradients = tuple(torch.randn(p.shape, generator=source) for p in net.parameters()) if old else ()
    images, labels = batch(6, source)
    # Dark photos: the gradient of a bias is then the largest in the first layer, and that of the weights elsewhere.
    return Case(net, (images if named else 0.02 * images, labels), gradients)


def _known(case: Case) -> dict[str, Norms]:
    """What wrong ways would give."""
    gradients, weights = case.gradients(), [p.detach() for p in case.net.parameters()]
    known = {slug: case.norms(case.gradients(loss)) for slug, (loss, _) in OTHER_LOSSES.items()}
    known["norm-of-parameters"] = case.norms(weights)
    for slug, wrong in _WRONG_NORMS.items():
        known[slug] = {name: wrong([gradients[i] for i in own]) for name, own in case.children.items()}
    right, squares = case.norms(gradients), 0.0
    known["whole-network"] = dict.fromkeys(right, math.sqrt(sum(norm**2 for norm in right.values())))
    known["sum-goes-on"] = {}
    for name, norm in right.items():
        squares += norm**2
        known["sum-goes-on"][name] = math.sqrt(squares)
    known["nested-missing"] = {n: 0.0 if isinstance(case.net.get_submodule(n), nn.Sequential) else v for n, v in right.items()}
    if case.old:
        known["old-gradients-counted"] = case.norms([g + o for g, o in zip(gradients, case.old, strict=True)])
        known["backward-missing"] = case.norms(case.old)
    return known


def _count(gradients: list[Tensor]) -> int:
    return sum(g.numel() for g in gradients)


def _norm(gradients: list[Tensor]) -> float:
    return float(torch.cat([g.flatten() for g in gradients]).norm())


_WRONG_NORMS: dict[str, Callable[[list[Tensor]], float]] = {
    "sum-of-norms": lambda gs: sum(float(g.norm()) for g in gs),
    "root-missing": lambda gs: _norm(gs) ** 2,
    "biases-missing": lambda gs: _norm([g for g in gs if g.ndim > 1]),
    "last-parameter-only": lambda gs: float(gs[-1].norm()),
    "first-parameter-only": lambda gs: float(gs[0].norm()),
    "sum-of-absolutes": lambda gs: sum(float(g.abs().sum()) for g in gs),
    "mean-not-norm": lambda gs: sum(float(g.norm()) for g in gs) / len(gs),
    "mean-not-norm absolute": lambda gs: sum(float(g.abs().sum()) for g in gs) / _count(gs),
    "mean-not-norm of means": lambda gs: sum(float(g.abs().mean()) for g in gs) / len(gs),
    "mean-not-norm squares": lambda gs: _norm(gs) ** 2 / _count(gs),
    "divided-by-size": lambda gs: _norm(gs) / math.sqrt(_count(gs)),
    "divided-by-size whole": lambda gs: _norm(gs) / _count(gs),
    "divided-by-size parts": lambda gs: _norm(gs) / len(gs),
    "largest-only": lambda gs: max(float(g.abs().max()) for g in gs),
    "largest-only norm": lambda gs: max(float(g.norm()) for g in gs),
}
_WORDS = {
    "norm-of-parameters": "These are the norms of the weights themselves. Asked for are those of their gradients.",
    "whole-network": "Every child gets the norm of the whole network. Each should have that of its own parameters.",
    "sum-goes-on": "The sum goes on from child to child. Each child should start at 0.",
    "nested-missing": "Layers inside a child are not counted. All parameters of a child count, however deep they lie.",
    "old-gradients-counted": "Old gradients are counted: some were in the model before, and yours are added to them.",
    "backward-missing": "These are the old gradients. No new ones are computed; look for the backward pass.",
    "sum-of-norms": "You add up the norms of the single parameters. Add up all squares first, and take one root.",
    "root-missing": "The root is missing: this is the sum of all squares.",
    "biases-missing": "The gradients of the biases are not counted. All parameters of a child should be.",
    "last-parameter-only": "Only the last parameter of each child is counted. Look at what your loop overwrites.",
    "first-parameter-only": "Only the first parameter of each child is counted. All should be.",
    "sum-of-absolutes": "This is the sum of the absolute values. The Euclidean norm is the root of the sum of squares.",
    "mean-not-norm": "This is a mean. The Euclidean norm is the root of the sum of squares, and is not divided by anything.",
    "divided-by-size": "The norm is divided by a number of values. It is the root of the sum of squares, without a mean.",
    "largest-only": "This is the largest of the values. The Euclidean norm takes all of them together.",
    **{slug: message for slug, (_, message) in OTHER_LOSSES.items()},
}


def _norms(attempt: Attempt, case: Case) -> Norms:
    """What the student's function returns for the case: plain numbers by the right names, or a mistake."""
    for parameter, old in zip(case.net.parameters(), case.old, strict=False):
        parameter.grad = old.clone()
    before = copy.deepcopy(dict(case.net.named_parameters()))
    backwards = Backwards()
    try:
        with backwards:
            returned = attempt.call(attempt.candidate, case.net, *case.photos, doing="called with a small network and 6 photos")
    except Mistake as mistake:
        if "NoneType" in text_of(mistake.__cause__) and "grad" not in backwards.names and not case.old:
            raise _no_gradients(case, backwards) from mistake
        raise detached(mistake) from mistake.__cause__
    _names(returned, case)
    norms = {name: plain_number(value, "each norm") for name, value in returned.items()}
    if any(not torch.equal(value, before[name]) for name, value in case.net.named_parameters()):
        raise Mistake("changes-model", "Your function changes the model's weights. It should only look at the gradients.")
    if not any(norms.values()):
        raise _no_gradients(case, backwards)
    return norms


def _no_gradients(case: Case, backwards: Backwards) -> Mistake:
    watch = case.net[-1]
    assert isinstance(watch, Watch)
    if watch.gradients:
        return Mistake("zero-after-backward", "The gradients are cleared before you read them. Look at the order of the calls.")
    return no_gradient(bool(backwards.names))


def _names(returned: Any, case: Case) -> None:
    """Whether ``returned`` is a dictionary with one entry for each child that has parameters."""
    if returned is None:
        raise Mistake("returns-nothing", "Your function returns None. It must return the dictionary; look at its last line.")
    if not isinstance(returned, Mapping):
        raise Mistake("wrong-type", f"Your function returns a {type(returned).__name__}. A dictionary is asked for.")
    seen, asked = [str(name) for name in returned], list(case.children)
    if set(returned) == set(asked):
        return
    extra, shown = [name for name in seen if name not in asked], ", ".join(map(repr, seen[:5])) + ", ..." * (len(seen) > 5)
    if set(extra) & {name for name, _ in case.net.named_parameters()}:
        raise Mistake(
            "named-parameters",
            f"There is an entry for each parameter: {shown}. One for each direct child is asked for.",
        )
    if set(extra) & {name for name, _ in case.net.named_modules() if "." in name or not name}:
        raise Mistake(
            "named-modules",
            f"There are entries for modules that are no direct children: {shown}. Look at named_children.",
        )
    if extra and set(seen) <= {name for name, _ in case.net.named_children()}:
        raise Mistake(
            "children-without-parameters",
            f"{extra[0]!r} has no parameters and should have no entry. Leave such children out.",
        )
    if missing := [name for name in asked if name not in seen and not extra]:
        raise Mistake("missing-child", f"{missing[0]!r} has parameters but no entry. Your entries are {shown}.")
    raise Mistake("wrong-names", f"The names are others: {shown}. Asked for are {', '.join(map(repr, asked))}.")


def _near(seen: Norms, expected: Norms) -> bool:
    return all(abs(seen[name] - value) <= NEAR * abs(value) for name, value in expected.items())


def _judge(attempt: Attempt, cases: list[Case]) -> None:
    """Whether the norms are right in all cases; if not, which known wrong ones they are in all of them."""
    seen = [_norms(attempt, case) for case in cases]
    right = [case.norms(case.gradients()) for case in cases]
    if all(_near(s, r) for s, r in zip(seen, right, strict=True)):
        return
    first = next(i for i in range(len(cases)) if not _near(seen[i], right[i]))
    # Rounded: where all are off by the same factor, the first is named, and not the one that this processor rounds up.
    name = max(right[first], key=lambda n: round(abs(math.log(max(abs(seen[first][n]), 1e-9) / right[first][n])), 3))
    numbers = f"For {name!r} you give {seen[first][name]:.3g}; it is {right[first][name]:.3g}."
    known = [_known(case) for case in cases]
    for slug in known[0]:
        if all(_near(s, k[slug]) for s, k in zip(seen, known, strict=True)):
            slug = slug.split()[0]
            raise Mistake(slug, f"{_WORDS[slug]} {numbers}")
    raise Mistake("other-norms", f"The norms are others. {numbers}")


def fresh_gradients(attempt: Attempt) -> None:
    """Without gradients in the model; children with names, and with numbers for names."""
    _judge(attempt, [_case(attempt, 1, named=True), _case(attempt, 2, named=False)])


def with_old_gradients(attempt: Attempt) -> None:
    """With gradients of an earlier batch in the model."""
    _judge(attempt, [_case(attempt, 3, named=True, old=True), _case(attempt, 4, named=False, old=True)])


def with_batch_norm(attempt: Attempt) -> None:
    """With a batch norm in training mode, where the gradients are others than in evaluation mode."""
    case = _case(attempt, 6, named=True, norm=True)
    case.net.train()
    trained = case.norms(case.gradients())
    evaluated = case.norms(replace(case, net=copy.deepcopy(case.net).eval()).gradients())
    seen = _norms(attempt, case)
    if not _near(seen, trained):
        numbers = f"For 'stem' you give {seen['stem']:.3g}; it is {trained['stem']:.3g}."
        if _near(seen, evaluated):
            raise Mistake(
                "in-eval-mode",
                "These are the gradients of evaluation mode, where batch norm uses the statistics that it keeps. "
                f"Leave the model in the mode it is in. {numbers}",
            )
        raise Mistake("other-norms", f"With a batch norm in the model, the norms are others. {numbers}")
    if not all(module.training for module in case.net.modules()):
        attempt.remarks.append("Your function leaves the model in evaluation mode; a training would go on in that mode.")


def with_frozen_layers(attempt: Attempt) -> None:
    """With a parameter that has no gradient: never wrong, but worth a remark."""
    case = _case(attempt, 5, named=True)
    next(case.net.parameters()).requires_grad_(False)
    try:
        attempt.call(attempt.candidate, case.net, *case.photos)
    except Mistake:
        attempt.remarks.append("A frozen parameter (requires_grad=False) has no gradient: your code stops there.")


MISTAKES: dict[str, str] = {
    "changes-model": "the model's weights are changed or frozen",
    **heat_map.MISTAKES,
    "named-parameters": "there is an entry for each parameter",
    "named-modules": "there are entries for modules that are no direct children",
    "children-without-parameters": "children without parameters have entries",
    "missing-child": "a child with parameters has no entry",
    "wrong-names": "the entries have other names",
    "norm-of-parameters": "norms of the weights instead of their gradients",
    "whole-network": "each child gets the norm of the whole network",
    "sum-goes-on": "the sum is not started anew for each child",
    "nested-missing": "layers inside a child are not counted",
    "old-gradients-counted": "old gradients are added to the new ones",
    "sum-of-norms": "norms of parameters are added up",
    "root-missing": "the sum of squares without its root",
    "biases-missing": "biases are not counted",
    "last-parameter-only": "only the last parameter of a child is counted",
    "first-parameter-only": "only the first parameter of a child is counted",
    "sum-of-absolutes": "the sum of absolute values",
    "mean-not-norm": "a mean instead of a norm",
    "divided-by-size": "the norm is divided by a number of values",
    "largest-only": "the largest value instead of the norm",
    "in-eval-mode": "the gradients are those of evaluation mode",
    "other-norms": "other norms",
}

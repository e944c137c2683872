"""The size of the gradient in each child of a network."""

import copy
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit.check.bugs import Library, bugs
from cnnkit.check.engine import Exercise, student_code
from cnnkit.check.faults import Mistake, text_of
from cnnkit.check.observed import Facets, Observed
from cnnkit.check.probes.nets import CLASSES, LOSSES, Backwards, Drop, Norm, Watch, batch, plain_number, weighted

NEAR = 1e-3


def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    """Name of the child -> norm of the gradient; old gradients in the model do not count."""
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    norms = {}
    for name, child in model.named_children():
        parameters = list(child.parameters())
        if parameters:
            squares = [p.grad.square().sum().item() for p in parameters if p.grad is not None]
            norms[name] = math.sqrt(sum(squares))
    return norms


BUGS = r"""
named-parameters: There is an entry for each parameter.
    One for each direct child is asked for.
    model.named_children() -> model.named_parameters() ;; list(child.parameters()) -> [child]
named-modules: There are entries for modules that are no direct children.
    Look at named_children.
    named_children -> named_modules
    named_children -> named_modules ;; child.parameters() -> child.parameters(recurse=False)
children-without-parameters: A child without parameters has an entry.
    Leave such children out.
    if parameters: -> if True:
missing-child: A child with parameters has no entry.
    if parameters: -> if parameters and not list(child.children()):
wrong-names: The names of the entries are wrong.
changes-model: Your function changes the model's weights.
    It should only look at the gradients.
backward-missing: No gradients are computed.
    Look for the backward pass.
    .backward() ->
zero-after-backward: The gradients are cleared before you read them.
    Look at the order of the calls.
    .backward() -> &; model.zero_grad()
in-eval-mode: These are the gradients of evaluation mode, whatever mode the model is in.
    Leave it in the mode it is in: batch norm and dropout work otherwise in each.
    model.zero_grad() -> &; model.eval()
in-train-mode: These are the gradients of training mode, whatever mode the model is in.
    Leave it in the mode it is in: batch norm and dropout work otherwise in each.
    model.zero_grad() -> &; model.train()
old-gradients-counted: Old gradients are counted: some were in the model before, and yours are added to them.
    model.zero_grad() -> pass
norm-of-parameters: These are the norms of the weights themselves.
    Asked for are those of their gradients.
    p.grad.square() -> p.square()
whole-network: Every child gets the norm of the whole network.
    Each should have that of its own parameters.
    in parameters if -> in model.parameters() if
sum-goes-on: The sum goes on from child to child.
    Each child should start at 0.
    norms = {} -> norms, squares = {}, [] ;; squares = [p -> squares += [p
nested-missing: Layers inside a child are not counted.
    All parameters of a child count, however deep they lie.
    in parameters if -> in child.parameters(recurse=False) if
sum-of-norms: You add up the norms of the single parameters.
    Add up all squares first, and take one root.
    square().sum() -> norm() ;; math.sqrt(sum(squares)) -> sum(squares)
root-missing: The root is missing: this is the sum of all squares.
    math.sqrt(sum(squares)) -> sum(squares)
biases-missing: The gradients of the biases are not counted.
    All parameters of a child should be.
    p.grad is not None -> p.ndim > 1
last-parameter-only: Only the last parameter of each child is counted.
    Look at what your loop overwrites.
    sum(squares) -> squares[-1]
first-parameter-only: Only the first parameter of each child is counted.
    All should be.
    sum(squares) -> squares[0]
sum-of-absolutes: This is the sum of the absolute values.
    The Euclidean norm is the root of the sum of squares.
    square() -> abs() ;; math.sqrt(sum(squares)) -> sum(squares)
mean-not-norm: This is a mean.
    The Euclidean norm is the root of the sum of squares, and is not divided by anything.
    square().sum() -> norm() ;; math.sqrt(sum(squares)) -> sum(squares) / len(squares)
    square() -> abs() ;; math.sqrt(sum(squares)) -> sum(squares) / sum(p.numel() for p in parameters)
    square().sum() -> abs().mean() ;; math.sqrt(sum(squares)) -> sum(squares) / len(squares)
    math.sqrt(sum(squares)) -> sum(squares) / sum(p.numel() for p in parameters)
divided-by-size: The norm is divided by a number of values.
    It is the root of the sum of squares, without a mean.
    math.sqrt(sum(squares)) -> math.sqrt(sum(squares) / sum(p.numel() for p in parameters))
    math.sqrt(sum(squares)) -> & / sum(p.numel() for p in parameters)
    math.sqrt(sum(squares)) -> & / len(parameters)
largest-only: This is the largest of the values.
    The Euclidean norm takes all of them together.
    square().sum() -> abs().max() ;; math.sqrt(sum(squares)) -> max(squares)
    square().sum() -> norm() ;; math.sqrt(sum(squares)) -> max(squares)
other-norms: The norms are wrong.
"""


@dataclass(frozen=True)
class Case:
    """A network, a batch for it, and the gradients that are in the network already: none, or one for each parameter."""

    net: nn.Sequential
    photos: tuple[Tensor, Tensor]
    old: tuple[Tensor, ...] = ()


def case_of(seed: int, salt: int, named: bool = True, old: bool = False, mode: bool | None = None) -> Case:
    """A case whose children have names or numbers; ``mode`` is that of a network in which modes matter."""
    source = torch.Generator().manual_seed(1000 * seed + salt)
    inner = nn.Sequential(nn.Conv2d(4, 6, 1), nn.ReLU())
    layers: list[tuple[str, nn.Module]] = [
        ("stem", nn.Conv2d(3, 4, 3, stride=2)),
        *([("norm", Norm(4)), ("drop", Drop())] if mode is not None else []),
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
    return Case(net.train(mode is not False), (images if named else 0.02 * images, labels), gradients)


STAGES = (
    lambda seed: [case_of(seed, 1), case_of(seed, 2, named=False)],
    lambda seed: [case_of(seed, 3, old=True), case_of(seed, 4, named=False, old=True)],
    lambda seed: [case_of(seed, 6, mode=True), case_of(seed, 7, mode=False)],
)


def watch(function: Callable[..., Any], case: Case) -> Facets:
    """What the function returns for a case, and what it does to the network."""
    net, backwards = copy.deepcopy(case.net), Backwards()
    children = [name for name, child in net.named_children() if list(child.parameters())]
    for parameter, old in zip(net.parameters(), case.old, strict=False):
        parameter.grad = old.clone()
    try:
        with backwards, student_code("called with a small network and 6 photos"):
            returned = function(net, *case.photos)
    except Mistake as mistake:
        if "NoneType" not in text_of(mistake.__cause__) or "grad" in backwards.names:
            raise
        returned = dict.fromkeys(children, 0.0)  # a gradient that is not there is one of 0
    if returned is None:
        raise Mistake("returns-nothing", "Your function returns None. It must return the dictionary; look at its last line.")
    if not isinstance(returned, Mapping):
        raise Mistake("wrong-type", f"Your function returns a {type(returned).__name__}. A dictionary is asked for.")
    norms = {str(name): plain_number(value, "each norm") for name, value in returned.items()}
    left = net.state_dict()
    modes = [(one.training, other.training) for one, other in zip(net.modules(), case.net.modules(), strict=True)]
    return {
        "wrong-names": sorted(norms),
        "changes-model": all(torch.equal(value, left[name]) for name, value in case.net.state_dict().items()),
        "backward-missing": bool(backwards.names) or any(norms.values()),
        "loss-detached": bool(net[-1].gradients) or any(norms.values()),
        "zero-after-backward": any(norms.values()),
        "other-norms": norms,
        "remarks": ["Your function leaves the model in evaluation mode; a training would go on in that mode."]
        * any(was and not now for now, was in modes),
    }


def same(one: Any, other: Any) -> bool:
    """Whether names and norms are the same but for rounding."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return bool(one == other)
    return one.keys() == other.keys() and all(abs(one[n] - other[n]) <= NEAR * abs(other[n]) for n in other)


def tell(facet: str, case: Case, seen: Facets, right: Facets) -> str:
    """The entries, or the norm that is farthest off."""
    mine, theirs = seen[facet], right[facet]
    if facet == "wrong-names":
        listed = ", ".join(map(repr, mine[:5])) + ", ..." * (len(mine) > 5)
        return f"Yours are {listed}; asked for are {', '.join(map(repr, theirs))}."
    if facet != "other-norms":
        return ""
    # Rounded: where all are off by the same factor, the first is named, and not the one that this processor rounds up.
    name = max(theirs, key=lambda n: round(abs(math.log(max(abs(mine[n]), 1e-9) / theirs[n])), 3))
    return f"For {name!r} you give {mine[name]:.3g}; it is {theirs[name]:.3g}."


LIBRARY = Library(gradient_norms, bugs(BUGS + LOSSES))
DECIDES = ("wrong-names", "changes-model", "other-norms")
EXERCISE = Exercise(
    "gradient_norms",
    "gradient_norms",
    (Observed(LIBRARY, STAGES, watch, DECIDES, tell, same),),
    gradient_norms,
    praise="Names and norms are right on six networks, also with old gradients in the model, and in both modes.",
    title="gradient norm per stage",
    minutes=12,
    difficulty=3,
    place="03/1",
    mistakes=LIBRARY.mistakes(),
    text="""\
How strong is the gradient that reaches each stage of a network? Take the cross entropy on one batch and its gradient. For
each direct child of the model that has parameters (`model.named_children()`), give the Euclidean norm of the gradient of
all its parameters together: the root of the sum of all squares.
""",
)

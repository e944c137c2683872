"""Where one layer speaks for a class."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit.check.bugs import Library, bugs
from cnnkit.check.engine import Attempt, Exercise, student_code
from cnnkit.check.faults import Mistake
from cnnkit.check.observed import Facets, Observed
from cnnkit.check.probes.nets import CLASSES, SIZE, TwoConvolutions, weighted

SAME = 0.9999  # cosine of two heat maps that are one up to a positive factor


def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    """Heat map [h, w] of `layer`, a module inside `model`, for one photo [3, 32, 32]; hooks are removed at the end."""
    kept: list[Tensor] = []

    def keep(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        kept.append(output)
        return output.clone()  # the next layer may be a ReLU that overwrites what it is given

    handle = layer.register_forward_hook(keep)
    try:
        logits = model(image[None])
    finally:
        handle.remove()
    maps = kept[0]  # [1, K, h, w]
    gradient = torch.autograd.grad(logits[0, target], maps)[0]
    weights = gradient.mean(dim=(2, 3), keepdim=True)  # one for each map
    return torch.relu((weights * maps).sum(dim=1))[0].detach()


BUGS = r"""
batch-missing: The model gets the photo without a batch dimension.
    It takes [N, 3, 32, 32]: make a batch of one photo.
    image[None] -> image
kept-a-copy: You keep a copy of the layer's output, and the network goes on with the original.
    Keep the output itself; what your hook returns may be the copy.
    kept.append(output) -> kept.append(output.clone())
model-without-gradients: The model runs without gradients, and Grad-CAM needs one.
    Look for no_grad, detach or data.
    logits = model(image[None]) -> logits = model(image[None]).detach()
    kept.append(output) -> kept.append(output.detach())
upsampled: Your heat map is as large as the photo.
    Leave it as large as the maps.
    [0].detach() -> [0].detach().repeat_interleave(2, 0).repeat_interleave(4, 1)
maps-not-summed: The maps are not added up.
    One map is asked for, the sum of all.
    .sum(dim=1))[0] -> )[0]
    .sum(dim=1))[0] -> )
wrong-shape: The heat map has the wrong shape.
    Is it height by width, without a dimension for the batch?
    [0].detach() -> .detach()
    [0].detach() -> [0].detach().t()
relu-missing: The ReLU at the end is missing: places that speak against the class should all be 0.
    torch.relu( -> (
    torch.relu( -> (lambda heat: heat - heat.min())(
absolute-value: Places that speak against the class are bright too: you take the absolute value.
    The ReLU makes them 0.
    torch.relu( -> torch.abs(
wrong-sign: The sign is wrong: the places that speak against the class are bright.
    Look for a minus.
    gradient.mean -> -&
ignores-target: You explain the class with the largest logit.
    Asked for is the class `target`, whatever the network predicts.
    logits[0, target] -> logits[0].max()
gradient-of-softmax: You take the gradient of the class's probability, after softmax.
    Take that of its logit.
    logits[0, target] -> logits.softmax(1)[0, target]
gradient-of-loss: You take the gradient of the loss.
    Take that of the logit of `target`.
    logits[0, target] -> -logits.softmax(1)[0, target]
gradient-of-all-logits: You take the gradient of all logits together.
    Take that of one, the logit of `target`.
    logits[0, target] -> logits.sum()
gradient-not-averaged: The gradient is multiplied with the maps place by place.
    Average it over the positions first: one weight for each map.
    gradient.mean(dim=(2, 3), keepdim=True) -> gradient
averaged-over-maps: The gradient is averaged over the maps.
    Average it over the positions: one weight for each map. Look at the dimensions.
    gradient.mean(dim=(2, 3), keepdim=True) -> gradient.mean(dim=1, keepdim=True)
maximum-not-average: A map's weight is the largest gradient of its positions.
    It should be their average.
    gradient.mean( -> gradient.amax(
maps-not-weighted: The maps are added up without weights, so the class plays no part.
    A map's weight is its mean gradient.
    weights * maps -> maps
maps-exchanged: Maps and gradients are exchanged.
    The gradient is averaged, and the maps are weighted with that.
    gradient.mean( -> maps.mean( ;; weights * maps -> weights * gradient
gradient-only: Your heat map is made of gradients alone.
    They are the weights; the maps themselves are what is added up.
    weights * maps -> gradient
    weights * maps -> gradient.abs()
relu-misplaced: The ReLU comes too early, so that what is negative plays no part in the sum.
    It belongs after the weighted sum.
    torch.relu((weights * maps).sum(dim=1)) -> torch.relu(weights * maps).sum(dim=1)
    weights * maps -> torch.relu(weights) * maps
    gradient.mean( -> torch.relu(gradient).mean(
grad-input: Your weights come from the gradient for the layer's input.
    Asked for is that for its output; look at the hook's arguments.
    kept.append(output) -> kept.extend((output, inputs[0])) ;; , maps)[0] -> , kept[1])[0]
layer-input: You use what goes into the layer.
    Asked for is what comes out of it; look at the hook's arguments.
    kept.append(output) -> kept.append(inputs[0])
    kept.append(output) -> kept.extend((output, inputs[0])) ;; weights * maps -> weights * kept[1]
divides-by-zero: A heat map that is 0 everywhere becomes NaN.
    It happens where you scale: you divide by 0.
    torch.relu((weights * maps).sum(dim=1))[0] -> (lambda heat: heat / heat.max())(&)
not-finite: The heat map holds NaN or infinity.
    Look for a division by 0 or a logarithm.
wrong-heat-map: The heat map is wrong.
hook-not-removed: A hook is still there after the call, and runs whenever its module does.
    Remove it.
    handle.remove() -> pass
"""


@dataclass(frozen=True)
class Case:
    """One photo, one layer of a network by its path, one class; ``black``: nothing in the photo speaks for it."""

    net: nn.Module
    path: str
    image: Tensor
    target: int
    black: bool = False


@cache
def case_of(seed: int, salt: int, path: str) -> Case:
    """A photo and a class that is not predicted, for which the right heat map is partly black."""
    source = torch.Generator().manual_seed(1000 * seed + salt)
    while True:
        net, image = weighted(TwoConvolutions(), source).eval(), torch.randn(3, 32, 32, generator=source)
        for target in range(CLASSES):
            bright = (grad_cam(net, net.get_submodule(path), image, target) > 0).double().mean()
            if 0.2 < bright < 0.8 and net(image[None]).argmax() != target:
                return Case(net, path, image, target)


def black_case(seed: int) -> Case:
    """A class that nothing in the photo speaks for: the heat map is 0 everywhere, and stays so when scaled."""
    source = torch.Generator().manual_seed(1000 * seed + 3)
    net = weighted(TwoConvolutions(), source).eval()
    with torch.no_grad():
        net.head.weight[2] = -net.head.weight[2].abs()
    return Case(net, "block", torch.randn(3, 32, 32, generator=source), 2, black=True)


def watch(function: Callable[..., Any], case: Case) -> Facets:
    """What the function returns for a case, and what it leaves in the network."""
    net = copy.deepcopy(case.net)
    with student_code("called with one photo [3, 32, 32]"):
        heat = function(net, net.get_submodule(case.path), case.image.clone(), case.target)
    if heat is None:
        raise Mistake("returns-nothing", "Your function returns None. It must return the heat map; look at its last line.")
    if not isinstance(heat, Tensor):
        raise Mistake("wrong-type", f"Your function returns a {type(heat).__name__}. A tensor [h, w] is asked for.")
    if not heat.is_floating_point() or heat.layout != torch.strided:
        raise Mistake("wrong-type", f"Your heat map holds values of type {heat.dtype}. Ordinary floats are asked for.")
    kinds = "_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks"
    hooked = [n for n, m in net.named_modules() if any(getattr(m, kind, None) for kind in kinds) or "forward" in vars(m)]
    finite = bool(heat.isfinite().all())
    return {
        "wrong-shape": list(heat.shape),
        "divides-by-zero": finite or not case.black,
        "not-finite": finite,
        "wrong-heat-map": heat.detach(),
        "hook-not-removed": hooked,
    }


def same(one: Any, other: Any) -> bool:
    """Whether two heat maps are one up to a positive factor; a black one is like a black one only."""
    if not (isinstance(one, Tensor) and isinstance(other, Tensor) and one.shape == other.shape):
        return type(one) is type(other) and not isinstance(one, Tensor) and bool(one == other)
    if not one.any() or not other.any():
        return not one.any() and not other.any()
    return bool(F.cosine_similarity(one.double().flatten(), other.double().flatten(), dim=0) > SAME)


def tell(facet: str, case: Case, seen: Facets, right: Facets) -> str:
    """Both shapes, the module with the hook, or the place where the heat maps are farthest apart."""
    if facet == "wrong-shape":
        return f"The layer makes maps of {SIZE[0]}x{SIZE[1]}, and your heat map has shape {seen[facet]}."
    if facet == "hook-not-removed":
        return f"It is on the module {seen[facet][0]!r}."
    if facet != "wrong-heat-map" or not seen["not-finite"]:
        return ""
    mine, theirs = (one[facet].double() / one[facet].abs().max().clamp(min=1e-30) for one in (seen, right))
    row, column = divmod(int((mine - theirs).abs().argmax()), SIZE[1])
    has, should = f"{mine[row, column]:.2f}", f"{theirs[row, column]:.2f}"
    return f"In row {row}, column {column} it has {has} of its largest value, and should have {should}."


def side_effects(attempt: Attempt) -> None:
    """What is not asked for, but good to know: modes, gradients that stay, ReLUs that overwrite."""
    case = case_of(attempt.seed, 1, "block.0")
    net = copy.deepcopy(case.net).train()
    attempt.call(attempt.candidate, net, net.get_submodule(case.path), case.image.clone(), case.target)
    if not all(module.training for module in net.modules()):
        attempt.remarks.append("Your function leaves the model in evaluation mode; it was in training mode before.")
    if any(p.grad is not None and p.grad.any() for p in net.parameters()):
        attempt.remarks.append("Your function leaves gradients in the model's weights; clear them before you train on.")
    # Many networks have a ReLU that overwrites its input, and torch refuses some hooks there.
    overwriting = TwoConvolutions(inplace=True).eval()
    overwriting.load_state_dict(case.net.state_dict())
    case = replace(case, net=overwriting)
    try:
        found = same(watch(attempt.candidate, case)["wrong-heat-map"], watch(grad_cam, case)["wrong-heat-map"])
    except Mistake:
        found = False
    if not found:
        attempt.remarks.append("Where nn.ReLU(inplace=True) follows the layer, it overwrites the maps before you use them.")


STAGES = (lambda seed: [case_of(seed, 1, "block.0"), case_of(seed, 2, "block")], lambda seed: [black_case(seed)])
DECIDES = ("wrong-shape", "wrong-heat-map", "divides-by-zero", "hook-not-removed")
LIBRARY = Library(grad_cam, bugs(BUGS))
EXERCISE = Exercise(
    "grad_cam",
    "grad_cam",
    (Observed(LIBRARY, STAGES, watch, DECIDES, tell, same), side_effects),
    grad_cam,
    praise="Your heat maps are right for two layers, and no hook is left.",
    title="Grad-CAM",
    minutes=20,
    difficulty=4,
    place="08/2",
    mistakes=LIBRARY.mistakes(),
    text="""\
Where did the network look? Grad-CAM answers with a heat map as large as the maps of one layer. Take the layer's output A (K
maps) and the gradient of the *logit* of the class `target` with respect to A. Average the gradient over the positions: one
weight for each of the K maps. The heat map is the ReLU of the weighted sum of the maps. It need not be scaled.
""",
)

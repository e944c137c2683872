"""The check of grad_cam: heat maps of known networks, beside what every known wrong way would give."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake
from cnnkit.check.probes.cams import APART, SAME, SIZE, WRONG, Case, Net, alike, cam, insides_of
from cnnkit.check.probes.watching import CLASSES, weighted


def _case(attempt: Attempt, salt: int, whole_block: bool) -> Case:
    """A photo and a class for which the right heat map is partly black and like none of the wrong ones."""
    source = attempt.generator(salt)
    for _ in range(200):
        net = weighted(Net(), source).eval()
        image = torch.randn(3, 32, 32, generator=source)
        for target in range(CLASSES):
            case = Case(net, net.block if whole_block else net.block[0], image, target)
            inside = insides_of(case)
            right = cam(inside.g, inside.a)
            bright = (right > 0).double().mean()
            if 0.2 < bright < 0.8 and not any(alike(wrong(inside), right, APART) for wrong, _ in WRONG.values()):
                return case
    return case


def _heat_map(attempt: Attempt, case: Case) -> Tensor:
    """What the student's function returns: a tensor [h, w], or a mistake."""
    doing = "called with one photo [3, 32, 32]"
    returned = attempt.call(attempt.candidate, case.net, case.layer, case.image.clone(), case.target, doing=doing)
    if returned is None:
        raise Mistake("returns-nothing", "Your function returns None. It must return the heat map; look at its last line.")
    if not isinstance(returned, Tensor):
        raise Mistake("wrong-type", f"Your function returns a {type(returned).__name__}. A tensor [h, w] is asked for.")
    if not returned.is_floating_point() or returned.layout != torch.strided:
        raise Mistake("wrong-type", f"Your heat map holds values of type {returned.dtype}. Ordinary floats are asked for.")
    shape, asked = list(returned.shape), list(SIZE)
    if shape != asked:
        raise _wrong_shape(shape, asked)
    return returned.detach()


def _wrong_shape(shape: list[int], asked: list[int]) -> Mistake:
    seen = f"The layer makes maps of {asked[0]}x{asked[1]}, and your heat map has shape {shape}."
    if shape[-2:] == [32, 32]:
        return Mistake("upsampled", f"Your heat map is as large as the photo. {seen} Leave it as large as the maps.")
    if shape in ([6, *asked], [1, 6, *asked]):
        return Mistake("maps-not-summed", f"The maps are not added up. {seen} One map is asked for, the sum of all.")
    return Mistake("wrong-shape", f"The heat map has another shape. {seen} Asked for is {asked}.")


def right_values(attempt: Attempt) -> None:
    """Two networks, two layers: a convolution inside a block, and the whole block."""
    cases = [_case(attempt, 1, whole_block=False), _case(attempt, 2, whole_block=True)]
    inside = [insides_of(case) for case in cases]
    right = [cam(i.g, i.a) for i in inside]
    seen = [_heat_map(attempt, case) for case in cases]
    if not all(alike(s, r, SAME) for s, r in zip(seen, right, strict=True)):
        for slug, (wrong, message) in WRONG.items():
            if all(alike(s, wrong(i), SAME) for s, i in zip(seen, inside, strict=True)):
                raise Mistake(slug.split()[0], message)
        raise _unknown(seen, right)
    for case in cases:
        _hooks(case.net)


def _unknown(seen: list[Tensor], right: list[Tensor]) -> Mistake:
    first = next(i for i in range(len(seen)) if not alike(seen[i], right[i], SAME))
    if not torch.isfinite(seen[first]).all():
        return Mistake("not-finite", "The heat map holds NaN or infinity. Look for a division by 0 or a logarithm.")
    a, b = (heat.double() / heat.abs().max().clamp(min=1e-30) for heat in (seen[first], right[first]))
    row, column = divmod(int((a - b).abs().argmax()), SIZE[1])
    return Mistake(
        "wrong-heat-map",
        f"The heat map is another. In row {row}, column {column} it has {a[row, column]:.2f} of its largest value; "
        f"it should have {b[row, column]:.2f}.",
    )


def _hooks(net: nn.Module) -> None:
    """No hook may be left anywhere in the network."""
    kinds = "_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks"
    for name, module in net.named_modules():
        if any(getattr(module, kind, None) for kind in kinds) or "forward" in vars(module):
            raise Mistake(
                "hook-not-removed",
                f"A hook is still on the module {name!r} after the call, and runs whenever it does. Remove it.",
            )


def black_photo(attempt: Attempt) -> None:
    """A class that nothing in the photo speaks for: the heat map is 0 everywhere, and stays so when scaled."""
    source = attempt.generator(3)
    net = weighted(Net(), source).eval()
    with torch.no_grad():
        net.head.weight[2] = -net.head.weight[2].abs()
    heat = _heat_map(attempt, Case(net, net.block, torch.randn(3, 32, 32, generator=source), 2))
    if not torch.isfinite(heat).all():
        raise Mistake(
            "divides-by-zero",
            "A heat map that is 0 everywhere becomes NaN. It happens where you scale: you divide by 0.",
        )
    if heat.any():
        raise Mistake(
            "wrong-heat-map",
            "Nothing in the photo speaks for the class, so the heat map should be 0 everywhere. Yours is not.",
        )


def no_side_effects(attempt: Attempt) -> None:
    """What is not asked for, but good to know: modes, gradients that stay, ReLUs that overwrite."""
    case = _case(attempt, 1, whole_block=False)
    case.net.train()
    _heat_map(attempt, case)
    if not all(module.training for module in case.net.modules()):
        attempt.remarks.append("Your function leaves the model in evaluation mode; it was in training mode before.")
    if any(p.grad is not None and p.grad.any() for p in case.net.parameters()):
        attempt.remarks.append("Your function leaves gradients in the model's weights; clear them before you train on.")
    _overwriting_relu(attempt, case)


def _overwriting_relu(attempt: Attempt, case: Case) -> None:
    """Many networks have a ReLU that overwrites its input, and torch refuses some hooks there."""
    net = Net(inplace=True).eval()
    net.load_state_dict(case.net.state_dict())
    expected = insides_of(case)
    try:
        heat = attempt.call(attempt.candidate, net, net.block[0], case.image, case.target)
        if isinstance(heat, Tensor) and alike(heat.detach(), cam(expected.g, expected.a), SAME):
            return
    except Mistake:
        pass
    attempt.remarks.append("Where nn.ReLU(inplace=True) follows the layer, it overwrites the maps before you use them.")


MISTAKES: dict[str, str] = {
    "relu-missing": "a ReLU is missing",
    "wrong-shape": "the heat map has the wrong shape",
    "absolute-value": "the absolute value is taken instead of the ReLU",
    "ignores-target": "the predicted class is explained instead of the target",
    "gradient-of-softmax": "the gradient of the probability instead of the logit",
    "gradient-of-loss": "the gradient of the loss instead of the logit",
    "gradient-of-all-logits": "the gradient of all logits together",
    "gradient-not-averaged": "the gradient is multiplied with the maps place by place",
    "averaged-over-maps": "the gradient is averaged over the maps",
    "maximum-not-average": "a map's weight is its largest gradient",
    "maps-not-weighted": "the maps are added up without weights",
    "gradient-only": "the heat map is made of gradients alone",
    "relu-misplaced": "the ReLU stands before the weighted sum",
    "grad-input": "the gradient for the layer's input is used",
    "layer-input": "the layer's input is used instead of its output",
    "upsampled": "the heat map is as large as the photo",
    "maps-not-summed": "the weighted maps are not added up",
    "not-finite": "the heat map holds NaN or infinity",
    "divides-by-zero": "a heat map of zeros becomes NaN",
    "hook-not-removed": "a hook stays in the model",
    "wrong-heat-map": "another heat map",
}

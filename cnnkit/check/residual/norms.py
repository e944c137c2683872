"""What can be wrong with the norms and ReLUs of a block, and with what follows the sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnnkit.check.residual.case import Run
from cnnkit.check.residual.reading import TH, Found, Layer, convolutions

MISTAKES = {
    "no-batchnorm": "a convolution of the branch has no batch norm",
    "shortcut-no-batchnorm": "the shortcut's convolution has no batch norm",
    "wrong-norm": "a norm is no batch norm, or has other settings",
    "relu-before-batchnorm": "a ReLU comes before the batch norm",
    "relu-after-add": "the ReLU comes after the sum, as in the paper",
    "no-relu": "the branch has no ReLU",
    "relu-missing-inside": "a ReLU inside the branch is missing",
    "relu-missing-last": "no ReLU ends the branch",
    "shortcut-no-relu": "no ReLU ends the shortcut",
    "wrong-activation": "an activation is no ReLU",
}


def segments(layers: Sequence[Layer]) -> list[list[Layer]]:
    """For each convolution, it and what follows it up to the next one."""
    found: list[list[Layer]] = []
    for layer in layers:
        if layer.kind == "conv":
            found.append([layer])
        elif found:
            found[-1].append(layer)
    return found


def _has(segment: Sequence[Layer], kind: str) -> bool:
    return any(layer.kind == kind for layer in segment)


def early_norms(run: Run) -> Found | None:
    """Norms or ReLUs before the first convolution: the pre-activation block."""
    for layers in (run.reading.before, run.reading.branch):
        if layers and layers[0].kind == "norm":
            return (
                "relu-before-batchnorm",
                "This is the pre-activation version (He et al. 2016), where batch norm and ReLU come before each convolution. "
                "This exercise asks for the older order: convolution, batch norm, ReLU.",
                layers[0],
            )
    return None


def missing_norms(run: Run) -> Found | None:
    """Convolutions that no norm follows."""
    branch, shortcut = segments(run.reading.branch), segments(run.reading.shortcut)
    without = [segment[0] for segment in branch if not _has(segment, "norm")]
    if without and run.reading.is_whole:
        many = (
            "None of the branch's convolutions"
            if len(without) == len(branch)
            else f"The branch's {TH[without[0].number]} convolution"
        )
        return (
            "no-batchnorm",
            f"{many} is followed by a batch norm. Each of the three needs one, before its ReLU.",
            without[0],
        )
    if shortcut and run.reading.is_whole and not _has(shortcut[0], "norm"):
        return (
            "shortcut-no-batchnorm",
            "The shortcut's convolution has no batch norm. Its values then have another scale than the branch. "
            "Look at the layers of the shortcut.",
            shortcut[0][0],
        )
    return None


def other_norms(run: Run) -> Found | None:
    """Another norm than batch norm, or one with other settings."""
    for layer in run.reading.layers:
        if layer.kind != "norm" or layer.record.kind != "norm":
            continue
        if "batch_norm" not in layer.record.op:
            kind = next((k for k in ("layer", "group", "instance") if k in layer.record.op), "other")
            return "wrong-norm", f"A norm is of another kind: {kind} norm. The block uses batch norm. Look at the norms.", layer
        if not layer.record.parameters:
            return (
                "wrong-norm",
                "A batch norm has no scale and shift. Without them it cannot undo its own normalisation. Look for `affine`.",
                layer,
            )
        eps = layer.record.arguments.get("eps", 1e-5)
        if abs(eps - 1e-5) > 1e-7:
            return "wrong-norm", f"A batch norm has eps {eps:g}. PyTorch's own value is 1e-05. Look at its arguments.", layer
    return None


def order(run: Run) -> Found | None:
    """ReLU and norm the wrong way round."""
    for segment in segments(run.reading.branch) + segments(run.reading.shortcut):
        kinds = [layer.kind for layer in segment]
        if "norm" in kinds and "relu" in kinds and kinds.index("relu") < kinds.index("norm"):
            return (
                "relu-before-batchnorm",
                "A ReLU comes before the batch norm. The norm then moves the zeros away again, and the result can be negative. "
                "Look at the order after each convolution.",
                segment[kinds.index("relu")],
            )
    return None


def activations(run: Run) -> Found | None:
    """Something else than a ReLU."""
    for layer in run.reading.layers:
        if layer.kind in ("activation", "softmax"):
            return (
                "wrong-activation",
                f"An activation is not a ReLU but {layer.record.op.strip('_')}. This block uses ReLU throughout.",
                layer,
            )
    return None


def missing_relus(run: Run) -> Found | None:
    """ReLUs that are missing, told apart by where."""
    if not run.reading.is_whole:
        return None
    branch, shortcut = segments(run.reading.branch), segments(run.reading.shortcut)
    missing = [segment[-1] for segment in branch if not _has(segment, "relu")]
    if run.reading.shortcut and not _has(run.reading.shortcut, "relu"):
        missing_there = run.reading.shortcut[-1]
    else:
        missing_there = None
    last = bool(branch) and not _has(branch[-1], "relu")
    after = [layer for layer in run.reading.after if layer.kind == "relu"]
    if after and (last or missing_there):
        return (
            "relu-after-add",
            "This is the paper's version: its last ReLU comes after the sum. This exercise asks for the course's: "
            "a ReLU ends each way, and nothing follows the sum.",
            after[0],
        )
    if len(missing) == len(branch) and branch:
        return (
            "no-relu",
            "The branch has no ReLU at all. Without it, three convolutions are one linear map. Look at rule 1.",
            missing[0],
        )
    if len(missing) > last:
        number = next(i for i, segment in enumerate(branch, 1) if not _has(segment, "relu"))
        return (
            "relu-missing-inside",
            f"No ReLU follows the branch's {TH[number]} convolution. Each of the three has one, after its batch norm. "
            "Look at the branch's layers in order.",
            missing[0],
        )
    if last:
        return (
            "relu-missing-last",
            "No ReLU ends the branch. Its last value can be negative, and the sum gets smaller than the shortcut. "
            "Look at what follows the branch's 3rd convolution.",
            missing[-1],
        )
    if shortcut and missing_there:
        return (
            "shortcut-no-relu",
            "No ReLU ends the shortcut. Its values can then be negative; look at what follows its batch norm.",
            missing_there,
        )
    return None


def extras(run: Run) -> Found | None:
    """Layers that the rules don't name."""
    reading = run.reading
    for layer in [*reading.before, *reading.branch, *reading.shortcut]:
        if layer.kind in ("dropout", "scale", "upsample", "other", "reduce", "concat", "sub", "product", "attention"):
            return (
                "extra-layer",
                f"There is a layer that the rules do not name: {layer.record.op}. Look at where it is applied.",
                layer,
            )
    for layer in reading.after:
        if layer.kind != "relu":
            return (
                "extra-layer",
                f"A layer follows the sum: {layer.record.op}. The sum is the block's result, and nothing comes after it.",
                layer,
            )
    doubled = [s for s in segments(reading.branch) + segments(reading.shortcut) if sum(x.kind == "norm" for x in s) > 1]
    if doubled:
        return (
            "extra-layer",
            "A convolution is followed by two batch norms. One is enough; look at what the second one follows.",
            doubled[0][-1],
        )
    if convolutions(reading.after):
        return "extra-layer", "A convolution follows the sum. The sum is the block's result.", convolutions(reading.after)[0]
    return None


FINDERS: tuple[Callable[[Run], Found | None], ...] = (
    early_norms,
    missing_norms,
    other_norms,
    order,
    activations,
    missing_relus,
    extras,
)

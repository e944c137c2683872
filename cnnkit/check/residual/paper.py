"""What can be wrong with a block of the paper, whose last ReLU follows the sum (He et al., CVPR 2016, figure 5)."""

from __future__ import annotations

from collections.abc import Callable

from cnnkit.check.residual import block_mistakes, flow, norms, ways
from cnnkit.check.residual.case import Run
from cnnkit.check.residual.norms import segments
from cnnkit.check.residual.reading import TH, Found, Layer

MISTAKES = {
    "relu-before-add": "a ReLU ends a way before the sum, where the rules have one after it",
}
_MANY = {1: "one", 2: "two", 3: "three"}


def missing_norms(run: Run) -> Found | None:
    """Convolutions that no norm follows."""
    if not run.reading.is_whole:
        return None
    branch, shortcut = segments(run.reading.branch), segments(run.reading.shortcut)
    for segment in branch:
        if not _has(segment, "norm"):
            text = f"No batch norm follows the branch's {TH[segment[0].number]} convolution."
            return "no-batchnorm", f"{text} Each of the {_MANY[len(branch)]} needs one.", segment[0]
    if shortcut and not _has(shortcut[0], "norm"):
        return (
            "shortcut-no-batchnorm",
            "The shortcut's convolution has no batch norm. Its values then have another scale than the branch. Look at rule 2.",
            shortcut[0][0],
        )
    return None


def misplaced_relus(run: Run) -> Found | None:
    """ReLUs at the end of a way."""
    branch, shortcut = segments(run.reading.branch), segments(run.reading.shortcut)
    ends = [layers[-1] for layers in (branch, shortcut) if layers]
    marked = [next(layer for layer in segment if layer.kind == "relu") for segment in ends if _has(segment, "relu")]
    if not marked:
        return None
    if not any(layer.kind == "relu" for layer in run.reading.after):
        return (
            "relu-before-add",
            "This is the course's version: a ReLU ends a way, and none follows the sum. This exercise asks for the paper's: "
            "the two ways are added first, then comes the ReLU.",
            marked[0],
        )
    way = "branch" if _has(ends[0], "relu") else "shortcut"
    return (
        "relu-before-add",
        f"A ReLU ends the {way}. What is below zero there is lost before the sum. Look at what follows its last batch norm.",
        marked[0],
    )


def missing_relus(run: Run) -> Found | None:
    """No ReLU between the convolutions, or none after the sum."""
    if not run.reading.is_whole:
        return None
    branch = segments(run.reading.branch)
    bare = [segment for segment in branch[:-1] if not _has(segment, "relu")]
    last = any(layer.kind == "relu" for layer in run.reading.after)
    if not last and len(bare) == len(branch) - 1:
        return "no-relu", "There is no ReLU at all. Without it the block is one linear map. Look at rules 1 and 4.", None
    if bare:
        where = "stands between the two convolutions" if len(branch) == 2 else f"follows the {TH[bare[0][0].number]} batch norm"
        return (
            "relu-missing-inside",
            f"No ReLU {where}. Without it two convolutions are one linear map. Look at rule 1.",
            bare[0][-1],
        )
    if not last:
        return "relu-missing-last", "No ReLU follows the sum. The result can then be negative. Look at rule 4.", None
    return None


def extras(run: Run) -> Found | None:
    """Layers that the rules don't name."""
    reading = run.reading
    for layer in reading.after:
        if layer.kind not in ("relu", "activation"):
            what = f"A layer follows the sum: {layer.record.op}. Only a ReLU comes after it. Look at the end of `forward`."
            return "extra-layer", what, layer
    found = norms.extras(run)  # what it says of the sum is said above
    return found if found is None or found[2] is None or found[2] not in reading.after else None


def _has(segment: list[Layer], kind: str) -> bool:
    return any(layer.kind == kind for layer in segment)


FINDERS: tuple[Callable[[Run], Found | None], ...] = (
    block_mistakes.no_skip,
    block_mistakes.not_added,
    flow.added_twice,
    block_mistakes.shortcut_from_branch,
    block_mistakes.layers_not_registered,
    block_mistakes.shared_layer,
    *flow.FINDERS,
    *ways.FINDERS,
    norms.early_norms,
    missing_norms,
    norms.other_norms,
    norms.order,
    norms.activations,
    misplaced_relus,
    missing_relus,
    extras,
)

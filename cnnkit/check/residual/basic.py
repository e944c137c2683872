"""The check of `basic_block`, the exercise that only the graded build has: the residual block's, by the paper's rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from cnnkit.check.engine import Attempt
from cnnkit.check.residual import block_mistakes, norms, ways
from cnnkit.check.residual.block import Case, Rules, Run, judge, remark_idle
from cnnkit.check.residual.norms import segments
from cnnkit.check.residual.reading import TH, Found, Layer
from cnnkit.check.solutions.basic_block import BasicBlock

__all__ = ["MISTAKES", "probe"]

MISTAKES = {
    "relu-before-add": "a ReLU ends a way before the sum, where the rules have one after it",
}


@dataclass(frozen=True)
class BasicCase(Case):
    """One way to build the basic block, whose middle is as wide as its end."""

    kernels: ClassVar[tuple[int, ...]] = (3, 3)
    numbers: ClassVar[str] = "two"
    rule: ClassVar[str] = "The branch has two, both 3x3, and the shortcut at most one."

    @property
    def arguments(self) -> tuple[int | bool, ...]:
        """What the class is called with, by position."""
        return self.in_channels, self.out, self.downsample

    @property
    def call(self) -> str:
        """The call as a student writes it."""
        return f"BasicBlock({self.in_channels}, {self.out}, downsample={self.downsample})"

    @property
    def widths(self) -> tuple[tuple[int, str], ...]:
        """What each convolution of the branch makes, and the argument that says so."""
        return (self.out, "out_channels"), (self.out, "out_channels")


CASES = tuple(BasicCase(given, 20, 20, halves) for given, halves in ((12, False), (20, True), (20, False), (12, True)))


def missing_norms(run: Run) -> Found | None:
    """Convolutions that no norm follows."""
    if not run.reading.is_whole:
        return None
    branch, shortcut = segments(run.reading.branch), segments(run.reading.shortcut)
    for segment in branch:
        if not _has(segment, "norm"):
            text = f"No batch norm follows the branch's {TH[segment[0].number]} convolution. Each of the two needs one."
            return "no-batchnorm", text, segment[0]
    if shortcut and not _has(shortcut[0], "norm"):
        return (
            "shortcut-no-batchnorm",
            "The shortcut's convolution has no batch norm. Its values are then of another size than those of the branch. "
            "Look at rule 2.",
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
    inside = bool(branch) and _has(branch[0], "relu")
    last = any(layer.kind == "relu" for layer in run.reading.after)
    if not inside and not last:
        return "no-relu", "There is no ReLU at all. Without it the block is one linear map. Look at rules 1 and 4.", None
    if not inside:
        return (
            "relu-missing-inside",
            "No ReLU stands between the two convolutions. Without it they are one linear map. Look at rule 1.",
            branch[0][-1] if branch else None,
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
    block_mistakes.shortcut_from_branch,
    block_mistakes.layers_not_registered,
    block_mistakes.shared_layer,
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


def probe(attempt: Attempt) -> None:
    """Judges a BasicBlock by its values and gradients, and names what is wrong by its two ways."""
    remark_idle(attempt, judge(attempt, Rules(CASES, BasicBlock, FINDERS)))

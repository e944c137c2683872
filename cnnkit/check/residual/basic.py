"""The check of `basic_block`, an exercise that only the graded build has: the paper's block of two 3x3 convolutions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cnnkit.check.engine import Attempt
from cnnkit.check.residual import paper
from cnnkit.check.residual.block import judge, remark_idle
from cnnkit.check.residual.case import Case, Rules
from cnnkit.check.solutions.basic_block import BasicBlock


@dataclass(frozen=True)
class BasicCase(Case):
    """One way to build the basic block, whose middle is as wide as its end."""

    kernels: ClassVar[tuple[int, ...]] = (3, 3)
    strides: ClassVar[tuple[tuple[int, ...], ...]] = ((2, 1),)
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


def probe(attempt: Attempt) -> None:
    """Judges a BasicBlock by its values and gradients, and names what is wrong by its two ways."""
    remark_idle(attempt, judge(attempt, Rules(CASES, BasicBlock, paper.FINDERS)))

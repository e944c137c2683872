"""The check of `bottleneck`: the paper's block of three convolutions, with torchvision's place of the stride accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from cnnkit.check.engine import Attempt
from cnnkit.check.residual import paper
from cnnkit.check.residual.block import CASES as COURSE
from cnnkit.check.residual.block import judge, remark_idle
from cnnkit.check.residual.case import Case, Rules
from cnnkit.check.residual.reading import Reading, convolutions
from cnnkit.check.solutions.bottleneck import Bottleneck

TORCHVISION = (1, 2, 1)


@dataclass(frozen=True)
class PaperCase(Case):
    """One way to build the paper's bottleneck."""

    strides: ClassVar[tuple[tuple[int, ...], ...]] = ((2, 1, 1), TORCHVISION)
    name: ClassVar[str] = "Bottleneck"

    def like(self, reading: Reading) -> dict[str, Any]:
        """The reference has the stride where the answer has it."""
        return {"stride_on": "3x3"} if tuple(layer.stride for layer in convolutions(reading.branch)) == TORCHVISION else {}


CASES = tuple(PaperCase(case.in_channels, case.middle, case.out, case.downsample) for case in COURSE)


def probe(attempt: Attempt) -> None:
    """Judges a Bottleneck by its values and gradients, and names what is wrong by its two ways."""
    runs = judge(attempt, Rules(CASES, Bottleneck, paper.FINDERS))
    if any(run.case.like(run.reading) for run in runs):
        attempt.remarks.append(
            "Your 3x3 convolution has the stride, as torchvision's. In the paper the first one has it; both are right here."
        )
    remark_idle(attempt, runs)

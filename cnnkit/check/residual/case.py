"""The ways to build a block, what a pass through a student's block did in one of them, and what it is measured by."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from cnnkit import trace
from cnnkit.check.residual.reading import Found, Reading
from cnnkit.trace import layout


@dataclass(frozen=True)
class Case:
    """One way to build the block. All three widths differ, so that no two layers can be mistaken for each other."""

    in_channels: int
    middle: int
    out: int
    downsample: bool

    name: ClassVar[str] = "ResidualBlock"
    kernels: ClassVar[tuple[int, ...]] = (1, 3, 1)  # of the branch
    strides: ClassVar[tuple[tuple[int, ...], ...]] = ((2, 1, 1),)  # of the branch, where it halves the map
    numbers: ClassVar[str] = "three"  # of channels, that the class is given
    rule: ClassVar[str] = "The branch has three, 1x1, 3x3 and 1x1, and the shortcut at most one."

    @property
    def arguments(self) -> tuple[int | bool, ...]:
        """What the class is called with, by position."""
        return self.in_channels, self.middle, self.out, self.downsample

    def make(self, answer: Callable[..., Any]) -> Any:
        """What ``answer`` gives for these arguments: by position, since names are free; the flag by name if it must."""
        *numbers, flag = self.arguments
        try:
            kind = inspect.signature(answer).parameters["downsample"].kind
        except (TypeError, ValueError, KeyError):
            kind = None
        return answer(*numbers, downsample=flag) if kind is inspect.Parameter.KEYWORD_ONLY else answer(*self.arguments)

    @property
    def call(self) -> str:
        """The call as a student writes it."""
        return f"{self.name}({self.in_channels}, {self.middle}, {self.out}, downsample={self.downsample})"

    def like(self, reading: Reading) -> dict[str, Any]:
        """Arguments with which the reference is of the answer's kind, where the rules leave a choice."""
        return {}

    @property
    def stride(self) -> int:
        """Of the first convolution and of the shortcut."""
        return 2 if self.downsample else 1

    @property
    def widths(self) -> tuple[tuple[int, str], ...]:
        """What each convolution of the branch makes, and the argument that says so."""
        return (self.middle, "middle_channels"), (self.middle, "middle_channels"), (self.out, "out_channels")

    @property
    def changes_shape(self) -> bool:
        """Whether the shortcut needs a projection."""
        return self.downsample or self.in_channels != self.out

    def photos(self, count: int = 2, height: int = 8, width: int = 8) -> Tensor:
        """A batch as a block gets it: never negative."""
        return torch.rand(count, self.in_channels, height, width, generator=torch.Generator().manual_seed(7))


@dataclass
class Run:
    """The student's block in one case, and what a pass through it did."""

    case: Case
    block: nn.Module
    trace: trace.Trace
    reading: Reading
    steps: list[layout.Step]
    error: Exception | None


@dataclass(frozen=True)
class Rules:
    """What a kind of block is measured by: ways to build it, the kit's own class, and finders in the order of naming."""

    cases: tuple[Case, ...]
    reference: Callable[..., nn.Module]
    finders: tuple[Callable[[Run], Found | None], ...]

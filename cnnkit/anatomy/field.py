"""The field of one feature map: what each of its values sees, and where its positions lie in a tensor."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, prod
from typing import NamedTuple

from cnnkit.trace import Shape

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class Axis:
    """Along one axis of the input, the value at position p sees pixels ``low + p * jump`` to ``high + p * jump``."""

    low: Number = 0
    high: Number = 0
    jump: Number = 1  # 0: all positions see the same

    def slide(self, kernel: int, stride: Number, padding: int = 0, dilation: int = 1) -> "Axis":
        """What a window over values with this field sees."""
        reach = (kernel - 1) * dilation * self.jump
        return replace(self.shift(-padding), high=self.high + reach - padding * self.jump, jump=self.jump * stride)

    def shift(self, positions: int) -> "Axis":
        """The field of the value this many positions further on."""
        return replace(self, low=self.low + positions * self.jump, high=self.high + positions * self.jump)

    def all(self, positions: int) -> "Axis":
        """What all positions together see."""
        return Axis(self.low, self.high + (positions - 1) * self.jump, 0)

    def fixed(self) -> "Axis":
        """What is left when there are no positions any more: a value that all see alike."""
        return replace(self, jump=0)

    def join(self, other: "Axis", positions: int) -> "Axis | None":
        """The smallest field that holds both, over so many positions; None where its size changes from one to the next."""
        slow, fast = sorted((self, other), key=lambda axis: axis.jump)
        drift = (fast.jump - slow.jump) * (positions - 1)
        if drift == 0 or (slow.jump and drift <= fast.jump):  # alike, or about: maps of odd sizes, halved and upsampled
            return Axis(min(slow.low, fast.low), max(slow.high, fast.high), fast.jump)
        # Such as a map times its global pool: in the middle, where sizes are read, one holds the other.
        back = positions // 2 * (fast.jump - slow.jump)
        low, high = slow.low - back, slow.high - back
        if low <= fast.low and high >= fast.high:
            return Axis(low, high, fast.jump)
        is_whole = high - low >= (positions - 1) * fast.jump  # and not one row of a map
        return fast if is_whole and fast.low <= low and fast.high >= high else None


class Factor(NamedTuple):
    """A part of one dimension of a tensor.

    Attributes:
        size: its length.
        axes: the axes of the input along it, each with its number of positions: none for batch and channels, one for the
            height of a map; more, or positions that don't fill the length, where they can't be told apart any more: the
            tokens of a photo with a class token before them.
    """

    size: int
    axes: tuple[tuple[int, int], ...] = ()

    @property
    def axis(self) -> int | None:
        """The one axis whose positions fill this part, in their order."""
        return self.axes[0][0] if len(self.axes) == 1 and self.axes[0][1] == self.size else None

    @property
    def is_mixed(self) -> bool:
        """Whether it holds positions of the input in an order that is not known."""
        return bool(self.axes) and self.axis is None


Dims = tuple[tuple[Factor, ...], ...]


@dataclass(frozen=True)
class Field:
    """The field along each axis of the input, and where these axes lie in a tensor.

    Attributes:
        axes: height and width, say; none for what comes from an input without maps, such as a vector of measurements.
        dims: for each dimension of the tensor its factors: ``[N, C, H, W]`` has one each; flattened to ``[N, C*H*W]`` the
            second has three, and a later view can tell them apart again.
    """

    axes: tuple[Axis, ...]
    dims: Dims

    @property
    def size(self) -> int:
        """Input pixels that one value sees, along the axis where it sees most."""
        return max(ceil(axis.high - axis.low) + 1 for axis in self.axes)

    @property
    def jump(self) -> int | float | None:
        """Input pixels between neighbours, along the axis where that is most; None where positions are gone."""
        jump = max((self.axes[i].jump for i in held(self.dims)), default=0)
        return None if jump == 0 else int(jump) if jump == int(jump) else float(jump)

    @property
    def shape(self) -> Shape:
        """The tensor's shape."""
        return tuple(map(length, self.dims))

    def over(self, dims: Iterable[int]) -> tuple[Axis, ...]:
        """The axes after a sum over these dimensions."""
        axes = list(self.axes)
        for axis, positions in held([self.dims[d] for d in dims]).items():
            axes[axis] = axes[axis].all(positions)
        return tuple(axes)

    def whole(self, shape: Shape) -> "Field":
        """The field of values of this shape that each see all positions."""
        return Field(self.over(range(len(self.dims))), single(shape))

    def resized(self, shape: Shape) -> "Field | None":
        """The same with more or fewer photos or channels; None where positions may have changed, so that nothing is known."""
        if not self.axes:
            return Field((), single(shape))
        if shape == self.shape:
            return self
        if len(shape) != len(self.dims) or len(held(self.dims)) < len(self.axes):
            return None
        dims = tuple(old if n == length(old) else (Factor(n),) for old, n in zip(self.dims, shape, strict=True))
        return replace(self, dims=dims) if len(held(dims)) == len(self.axes) else None


def held(dims: Iterable[Sequence[Factor]]) -> dict[int, int]:
    """The axes of the input that lie in these dimensions, each with its number of positions."""
    return {axis: positions for factors in dims for factor in factors for axis, positions in factor.axes}


def single(shape: Shape) -> Dims:
    """Dimensions that hold nothing of the input's axes."""
    return tuple((Factor(size),) for size in shape)


def length(factors: Sequence[Factor]) -> int:
    """Length of a dimension made of these factors."""
    return prod(factor.size for factor in factors)

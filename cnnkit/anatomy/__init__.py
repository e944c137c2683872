"""What a network is made of: one row a layer, with shapes, parameters, multiply-accumulates and receptive field."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from cnnkit import trace
from cnnkit.anatomy.compare import Comparison, Stage, compared
from cnnkit.anatomy.folding import folded, joined
from cnnkit.anatomy.grid import Grid, count, memory, percent, pixels, sides
from cnnkit.anatomy.rows import Row, rows_of
from cnnkit.errors import InputError

__all__ = ["Comparison", "Row", "Stage", "Table", "table"]

_HEADS = (
    ("layer", "path of the module; in brackets what its forward does by itself"),
    ("kind", "class, then kernel, /stride where not 1, p padding where not 0"),
    ("output", "channels x height x width"),
    ("parameters", "numbers learnt; shared ones count once"),
    ("MACs", "multiply-accumulates of convolutions and matrix products, without bias; with ≥ some are not known"),
    ("field", "receptive field: input pixels that one value sees, along one side"),
    ("jump", "input pixels between neighbouring values"),
    ("memory", "of the results, for the input as given; views and work in place take none"),
    ("% par", "share of all parameters"),
    ("% MAC", "share of all multiply-accumulates"),
    ("% mem", "share of the memory of all results"),
)


@dataclass(frozen=True, repr=False)
class Table:
    """The rows of one network and their totals; ``str()`` is aligned text, and a notebook shows a table.

    Attributes:
        network: name of the model's class.
        inputs: shapes it was run on, without the batch.
        rows: disjoint, in the order things ran: their parameters and MACs add up to the totals.
    """

    network: str
    inputs: tuple[tuple[int, ...], ...]
    rows: tuple[Row, ...]
    _kinds: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False, compare=False)  # module path -> class

    def fold(self, depth: int = 1, join: bool = True) -> "Table":
        """The same table with fewer rows; the totals stay.

        Args:
            depth: rows inside the same module become one: 1 keeps "layer1" of "layer1.0.conv1", 2 keeps "layer1.0".
            join: equal neighbours become one row "x3" with their sums.

        Raises:
            InputError: a depth below 1.
        """
        if not isinstance(depth, int) or depth < 1:
            raise InputError(f"a table cannot be folded to depth {depth!r}; give a whole number from 1")
        rows = folded(self.rows, depth, self._kinds)
        return replace(self, rows=tuple(joined(rows) if join else rows))

    @property
    def parameters(self) -> int:
        """All parameters of the model, shared ones once."""
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of all convolutions and matrix products that the input (as given) reaches, without bias.

        Work on values that do not depend on the input, such as learnt queries among themselves, counts nowhere.
        """
        return sum(row.macs for row in self.rows)

    @property
    def counted(self) -> bool:
        """Whether `macs` are all: False where some kernel is at work of which they are not known; the table then says "≥"."""
        return all(row.counted for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        """Memory of all results together."""
        return sum(row.activation_bytes for row in self.rows)

    def compare(self, other: "Table") -> Comparison:
        """Puts two networks side by side, stage by stage: a stage is all that happens at one size of maps."""
        return compared((self._title(), other._title()), self.rows, other.rows)

    def __repr__(self) -> str:
        return str(self)  # what a notebook without HTML shows

    def __str__(self) -> str:
        return self._grid().text()

    def _repr_html_(self) -> str:
        return self._grid().html()

    def _title(self) -> str:
        return f"{self.network}, input " + " and ".join(map(sides, self.inputs))

    def _grid(self) -> Grid:
        sums = (self.parameters, self.macs, self.activation_bytes)
        known = "" if self.counted else "≥ "
        total = ("total", "", "", count(sums[0]), known + count(sums[1]), "", "", memory(sums[2]), "", "", "")
        return Grid(self._title(), _HEADS, [_cells(row) + _shares(row, sums) for row in self.rows], total, left=2)


def table(model: nn.Module, input: Any) -> Table:
    """Runs a network once, in evaluation mode, and says what each layer did; the model stays as it was.

    Only layers that take their sizes from the first input (`nn.LazyConv2d`) get them.

    Args:
        model: any module, also with functional layers, reused ones or several inputs.
        input: the size of one input without the batch, ``(3, 32, 32)``, and a batch of one is made up; or a tuple, list or
            dict of sizes for several inputs; or ready tensors in any of these, each with its batch dimension: of one photo
            ``[3, 32, 32]`` the 3 would be taken for the batch. Made-up photos have no meaning, so for sizes alone the
            convolutions are not computed, which makes the table of a large network quick.

    Raises:
        cnnkit.trace.ForwardError: the model raised; the message names the layer.
        cnnkit.errors.InputError: not a network, or not a size.
    """
    ready = any(isinstance(value, Tensor) for value in tree_leaves(input))
    traced = trace.run(model, trace.example(model, input), values=ready)
    shapes = tuple(record.output[1:] for record in traced.of("input"))
    kinds = {path: type(module).__name__ for path, module in model.named_modules()}
    return Table(type(model).__name__, shapes, tuple(rows_of(model, traced)), kinds)


def _shares(row: Row, sums: tuple[int, int, int]) -> tuple[str, ...]:
    """Whole percents of each total; "<1" for what is there and rounds to nothing."""
    parts = zip((row.parameters, row.macs, row.activation_bytes), sums, strict=True)
    return tuple(percent(value / total if total else 0.0) for value, total in parts)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        f"{row.kind} {_window(row)}".rstrip() + (f" x{row.count}" if row.count > 1 else ""),
        (sides(row.output) or "-") if row.output is not None else "not run",
        count(row.parameters),
        count(row.macs),
        pixels(row.receptive_field),
        pixels(row.jump),
        memory(row.activation_bytes),
    )


def _window(row: Row) -> str:
    """Such as "7x7/2 p3"."""
    if not (row.kernel and row.stride and row.padding):
        return ""
    stride = "" if set(row.stride) == {1} else f"/{_short(row.stride)}"
    padding = "" if set(row.padding) == {0} else f" p{_short(row.padding)}"
    return sides(row.kernel) + stride + padding


def _short(values: tuple[int, ...]) -> str:
    """One number where all sides have the same."""
    return str(values[0]) if len(set(values)) == 1 else sides(values)

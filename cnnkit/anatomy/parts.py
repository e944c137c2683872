"""A network as a person would draw it: its layers with weights, its pools, and its blocks as one part each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnkit.anatomy.rows import Row

if TYPE_CHECKING:
    from cnnkit.anatomy import Table


@dataclass(frozen=True)
class Part:
    """One block of a network.

    Attributes:
        kind: "input", "convolution", "pool", "residual block", "joined branches" or "linear".
        shape: what leaves it, ``(channels, height, width)`` or ``(features,)``.
        name: path of the module; in brackets what its forward does by itself.
        rows: all that belongs to it, also the norm and the activation behind a layer.
    """

    kind: str
    shape: tuple[int, ...]
    name: str = "input"
    rows: tuple[Row, ...] = ()

    @property
    def last(self) -> Row:
        """The row that makes what leaves it, as it is handed on: behind the norm and the activation."""
        return next(row for row in reversed(self.rows) if row.output == self.shape)

    @property
    def costs(self) -> tuple[int, int, int]:
        """Parameters, multiply-accumulates, and bytes of all results."""
        return (
            sum(row.parameters for row in self.rows),
            sum(row.macs for row in self.rows),
            sum(row.activation_bytes for row in self.rows),
        )


def parts(table: Table) -> list[Part]:
    """The blocks of a network in the order they run, the input first."""
    groups = _groups(table.rows)
    found = [Part("input", table.inputs[0])] if table.inputs else []
    last = ""  # the group that the row before was in
    for row in table.rows:
        if row.output is None:
            continue
        group = next((g for g in groups if row.name.startswith((g + ".", g + " ("))), "")
        if group and group == last:
            found[-1] = Part(groups[group], row.output, group, (*found[-1].rows, row))
        elif kind := groups[group] if group else _kind(row):
            found.append(Part(kind, row.output, group or row.name, (row,)))
        elif found:
            found[-1] = replace(found[-1], rows=(*found[-1].rows, row))
        last = group
    return found


def _groups(rows: Iterable[Row]) -> dict[str, str]:
    """The outermost modules whose own forward adds or concatenates maps: path -> kind; the whole network is none."""
    found: dict[str, str] = {}
    for row in rows:
        path, bracket, what = row.name.partition(" (")
        word = what.split(")")[0]
        if bracket and path and word in ("add", "concat") and row.output is not None and len(row.output) > 1:
            found.setdefault(path, "residual block" if word == "add" else "joined branches")
    return {path: kind for path, kind in found.items() if not any(path.startswith(other + ".") for other in found)}


def _kind(row: Row) -> str:
    """What a row is drawn as; "" for norms, activations and what only rearranges."""
    if row.macs and row.kernel:
        return "convolution"
    if row.macs:
        return "linear"
    return "pool" if "pool" in row.kind.lower() and row.output and len(row.output) > 1 else ""

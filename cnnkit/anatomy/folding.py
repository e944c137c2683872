"""Shorter tables: blocks folded into one row, equal neighbours into one row "x3"."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from cnnkit.anatomy.rows import Row


def folded(rows: Sequence[Row], depth: int, kinds: Mapping[str, str]) -> list[Row]:
    """Neighbouring rows inside the same module, ``depth`` names deep, as one row with their sums.

    Args:
        rows: of one network, in the order things ran.
        depth: 1 keeps "layer1" of "layer1.0.conv1", 2 keeps "layer1.0".
        kinds: class of each module, by its path.
    """
    found: list[Row] = []
    for prefix, group in groupby(rows, key=lambda row: _prefix(row, depth)):
        members = list(group)
        if prefix is None or len(members) == 1:
            found += members
        else:
            found.append(_sum(members, prefix, kinds.get(prefix, "")))
    return found


def joined(rows: Sequence[Row]) -> list[Row]:
    """Runs of neighbours that are alike in all but their name and place, as one row that counts them."""
    found: list[Row] = []
    for _, group in groupby(rows, key=_likeness):
        members = list(group)
        first, last = members[0].name, members[-1].name
        name = first if len(members) == 1 else f"{first} .. {last.rpartition('.')[2]}"
        found.append(members[0] if len(members) == 1 else replace(_sum(members, name, members[0].kind), count=len(members)))
    return found


def _prefix(row: Row, depth: int) -> str | None:
    """The folded module a row belongs to; None for rows that stand alone: the network's own, and modules that never ran."""
    parts = row.name.split(" (")[0].split(".")
    if not row.ran or not row.name or row.name.startswith("("):
        return None
    return ".".join(parts[:depth])


def _likeness(row: Row) -> Row:
    # A row with nothing to tell it from its neighbours but where it stands; rows of operations keep their names.
    alone = "(" in row.name or not row.ran
    return replace(row, name=row.name if alone else "", receptive_field=None)


def _sum(members: Sequence[Row], name: str, kind: str) -> Row:
    last = next((row for row in reversed(members) if row.output is not None), members[-1])
    same = len({(row.kernel, row.stride, row.padding) for row in members}) == 1
    return Row(
        name=name,
        kind=kind,
        kernel=last.kernel if same else None,
        stride=last.stride if same else None,
        padding=last.padding if same else None,
        output=last.output,
        parameters=sum(row.parameters for row in members),
        macs=sum(row.macs for row in members),
        counted=all(row.counted for row in members),
        receptive_field=last.receptive_field,
        jump=last.jump,
        activation_bytes=sum(row.activation_bytes for row in members),
    )

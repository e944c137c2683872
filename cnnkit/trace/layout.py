"""A trace as a chain of steps, with the places where ways part and meet again: what a block diagram shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnnkit.trace.record import Record, Trace


@dataclass(frozen=True)
class Merge:
    """Ways that part at one value and meet in one operation.

    Attributes:
        record: where they meet: "add", "sub", "mul", "concat" ...
        ways: the steps of each operand, in the order of the operation's arguments; an empty way is the value itself.
        fork: index of the record whose value all ways start from.
    """

    record: Record
    ways: tuple[list[Step], ...]
    fork: int


Step = Record | Merge

# Steps for each record, at most. Where every layer takes in all earlier ones (DenseNet), their ways hold one another, and the
# steps double with each layer; ways of such a network are left out from here on. A ResNet has one step for each record.
_MOST = 16


def read(trace: Trace) -> list[Step]:
    """The steps from the input to the (first) output, or to the operation that failed, which is then the last step."""
    records = [*trace.records, trace.failed] if trace.failed else trace.records
    last = len(records) - 1 if trace.failed else trace.outputs[0] if trace.outputs else 0
    return _Reader(records).chain(last, 0) if records else []


def flat(steps: Sequence[Step]) -> Iterator[Record]:
    """All records of ``steps``; at a merge first those of the ways, in their order, then the record where they meet."""
    for step in steps:
        if isinstance(step, Merge):
            for way in step.ways:
                yield from flat(way)
            yield step.record
        else:
            yield step


def _ancestors(records: Sequence[Record]) -> list[int]:
    """For each record the set of records that its value comes from, itself included, as the bits of a number."""
    sets: list[int] = []
    for i, record in enumerate(records):
        found = 1 << i
        for source in record.sources:
            found |= sets[source]
        sets.append(found)
    return sets


class _Reader:
    """Follows the records back from the output, and counts the steps it makes."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records, self._ancestors = records, _ancestors(records)
        self._left = _MOST * len(records)

    def chain(self, at: int, start: int) -> list[Step]:
        """Steps that lead from the value of record ``start`` (not included) to that of record ``at`` (included)."""
        steps: list[Step] = []
        while at > start:
            record = self._records[at]
            self._left -= 1
            if len(record.sources) < 2:
                steps.append(record)
                at = record.sources[0] if record.sources else start
                continue
            common = self._ancestors[record.sources[0]]
            for source in record.sources[1:]:
                common &= self._ancestors[source]
            fork = max(common.bit_length() - 1, start)  # the last value that all operands come from
            whole = self._left > 0
            steps.append(Merge(record, tuple(self.chain(s, fork) for s in record.sources), fork) if whole else record)
            at = fork
        return steps[::-1]

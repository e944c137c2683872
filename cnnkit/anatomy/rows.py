"""From a trace to disjoint rows: every operation and every parameter is counted in one row."""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.parameter import UninitializedParameter

from cnnkit.anatomy.field import Axis, Field
from cnnkit.anatomy.receptive import fields
from cnnkit.trace import Call, Record, Shape, Trace


@dataclass(frozen=True, slots=True)
class Row:
    """One layer, or one operation that a module's forward does by itself.

    Attributes:
        name: the module's path, such as "layer1.0.conv1"; "layer1.0 (add)" is an add in the forward of layer1.0 itself;
            a module called again has "(call 2)".
        kind: the module's class, or for an operation one lower-case word.
        kernel: of the sliding window, one number an axis; None without one. The same holds for stride and padding.
        output: shape of the result without the batch, ``(channels, height, width)`` for maps; None if it did not run.
        parameters: numbers learnt that no earlier row counted.
        macs: multiply-accumulates of convolutions and matrix products for the input as given, without bias; of those that
            the input reaches, so not of learnt queries among themselves or an LSTM's first state of zeros.
        counted: False where more MACs may be done than ``macs``: a kernel is at work of which they are not known.
        receptive_field: input pixels that one output value sees, along the longer axis; None where the input is no map, and
            after an operation that mixes positions in a way that is not known.
        jump: input pixels between neighbouring outputs; None where positions are gone.
        activation_bytes: memory of the results; 0 for views and work in place.
        ran: False for modules that the forward pass never used.
        count: how many equal neighbours the row stands for, with their sums.
        sees: along each axis of the input, which pixels the value at a position sees; after upsampling to about a pixel.
        made: index of the record in the trace that gives its output; None where that is not known.
    """

    name: str
    kind: str
    kernel: tuple[int, ...] | None = None
    stride: tuple[int, ...] | None = None
    padding: tuple[int, ...] | None = None
    output: Shape | None = None
    parameters: int = 0
    macs: int = 0
    counted: bool = True
    receptive_field: int | None = None
    jump: int | float | None = None
    activation_bytes: int = 0
    ran: bool = True
    count: int = 1
    sees: tuple[Axis, ...] = dataclasses.field(default=(), compare=False, repr=False)
    made: int | None = dataclasses.field(default=None, compare=False, repr=False)


def rows_of(model: nn.Module, trace: Trace) -> list[Row]:
    """The rows of a traced model, in the order things ran; modules that never ran come last."""
    return [*_Rows(model, trace)]


class _Rows:
    """Walks over calls and records in step, and remembers what has been counted."""

    def __init__(self, model: nn.Module, trace: Trace) -> None:
        self._model, self._trace, self._fields = model, trace, fields(trace)
        named = dict(model.named_parameters())
        self._names = {id(p): name for name, p in named.items()}  # one name each, however often it is shared
        self._uncounted = {name: _numel(p) for name, p in named.items()}
        self._owns: dict[tuple[nn.Module, bool], list[str]] = {}
        self._nested = {call.parent for call in trace.calls}
        self._direct: dict[int, list[Record]] = {i: [] for i in range(len(trace.calls))}
        for record in trace.operations:
            self._direct[record.call].append(record)
        self._whole = {i for i, call in enumerate(trace.calls) if self._is_one_row(i, call)}
        self._used = {name for record in trace.records for name in record.parameters}
        self._used |= {name for i in self._whole for name in self._whole_of(trace.calls[i].module)}
        self._times: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Row]:
        events = [(call.start, 0, i) for i, call in enumerate(self._trace.calls)]
        events += [(r.index, 1, r.index) for r in self._trace.operations if r.call not in self._whole]
        for _, is_record, i in sorted(events):
            if is_record:
                yield from self._operation(self._trace.records[i])
            else:
                yield from self._call(i, self._trace.calls[i])
        yield from self._not_run()

    def _is_one_row(self, index: int, call: Call) -> bool:
        """A module that calls no others: all of torch's own, and a user's if it does one thing only."""
        if index in self._nested:
            return False
        if _is_torchs(call.module):
            return True
        return len([r for r in self._direct[index] if _label(r)]) <= 1

    def _call(self, index: int, call: Call) -> Iterator[Row]:
        kind = type(call.module).__name__
        if index in self._whole:
            records = self._direct[index]
            names = [*self._whole_of(call.module), *(n for r in records for n in r.parameters)]
            name = self._unique(call.path or kind, "{} (call {})")
            yield self._row(name, kind, records, call.output, call.result, names)
        elif left := self._count(set(self._owned(call.module, recurse=False)) - self._used):
            yield Row(call.path or kind, kind, output=call.output[1:], parameters=left)

    def _operation(self, record: Record) -> Iterator[Row]:
        if label := _label(record):
            name = self._unique(f"{record.path} ({label})".strip(), "{} {}")
            yield self._row(name, label, [record], record.output, record.index, record.parameters)

    def _row(self, name: str, kind: str, records: list[Record], output: Shape, result: int | None, names: Iterable[str]) -> Row:
        window = next((r.window for r in records if r.window), None)
        axes = slice(2 - len(output), None)  # torch slides 1-d pools as 2-d ones
        field: Field | None = self._fields[result] if result is not None else None
        field = field and field.resized(output)  # what was written last into a part is not known to hold for the whole
        return Row(
            name=name,
            kind=kind,
            kernel=window.kernel[axes] if window else None,
            stride=window.stride[axes] if window else None,
            padding=window.padding[axes] if window else None,
            output=output[1:],
            parameters=self._count(names),
            macs=sum(r.macs for r in records),
            counted=all(r.counted for r in records),
            receptive_field=field.size if field else None,
            jump=field.jump if field else None,
            activation_bytes=sum(r.new_bytes for r in records),
            sees=field.axes if field else (),
            made=result,
        )

    def _not_run(self) -> Iterator[Row]:
        ran = {path for call in self._trace.calls for path in _and_above(call.path)}
        told = {self._trace.calls[i].path for i in self._whole if _is_torchs(self._trace.calls[i].module)}
        for path, module in self._model.named_modules():
            if path in ran or not told.isdisjoint(_and_above(path)):
                continue
            names = self._owned(module)
            if any(name in self._used for name in names) and (list(module.children()) or not self._left(names)):
                continue  # its parameters were used without calling it
            told.add(path)
            yield Row(path, type(module).__name__, parameters=self._count(names), ran=False)

    def _owned(self, module: nn.Module, recurse: bool = True) -> list[str]:
        key = (module, recurse)
        if key not in self._owns:
            found = module.parameters() if recurse else dict.fromkeys(p for p in module._parameters.values() if p is not None)
            self._owns[key] = [self._names[id(p)] for p in found]
        return self._owns[key]

    def _whole_of(self, module: nn.Module) -> list[str]:
        """What a module in one row owns; torch's own, such as attention, also use parts of theirs without calling them."""
        return self._owned(module, recurse=_is_torchs(module))

    def _left(self, names: Iterable[str]) -> bool:
        return any(name in self._uncounted for name in names)

    def _count(self, names: Iterable[str]) -> int:
        return sum(self._uncounted.pop(name, 0) for name in names)

    def _unique(self, name: str, form: str) -> str:
        self._times[name] += 1
        return name if self._times[name] == 1 else form.format(name, self._times[name])


def _and_above(path: str) -> list[str]:
    """A module's path and those of all modules it is in; "" is the model."""
    parts = path.split(".") if path else []
    return [".".join(parts[:n]) for n in range(len(parts) + 1)]


def _label(record: Record) -> str:
    """What an operation is called in the table; "" for views and the like, which cost nothing and teach nothing."""
    if record.kind == "product":
        return "linear" if record.parameters else "matmul"
    if record.kind == "reshape":
        before, after = record.inputs[0], record.output
        return "flatten" if len(after) == 2 < len(before) and after[0] == before[0] else ""
    return record.op.strip("_") if record.kind in ("activation", "other", "reduce") else record.kind


def _is_torchs(module: nn.Module) -> bool:
    """One of torch's own layers, or scripted: nobody can see which parts of it are at work."""
    return type(module).__module__.startswith("torch.nn.") or isinstance(module, torch.jit.ScriptModule)


def _numel(parameter: nn.Parameter) -> int:
    """0 for the parameter of a lazy module that never saw an input."""
    return 0 if isinstance(parameter, UninitializedParameter) else parameter.numel()

"""Listens to torch's dispatcher while a model runs."""

import threading
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakTensorKeyDictionary

from cnnkit.trace import aten
from cnnkit.trace.dispatch import Operations
from cnnkit.trace.record import Call, ForwardError, Record, Shape, Trace


@dataclass(frozen=True, slots=True)
class _Value:
    """Where a tensor comes from: a record, or parameters and buffers that nothing of the input went into."""

    record: int | None = None
    names: tuple[str, ...] = ()


_UNEXPECTED = (AttributeError, IndexError, KeyError, StopIteration, TypeError, ValueError)
_Arguments = dict[str, Any]
_Operands = list[tuple[str, Tensor, _Value]]  # name of the argument, the tensor, where it comes from


class Recorder(Operations):
    """One run's worth of listening: records operations as they come and remembers where every tensor is from."""

    def __init__(self, model: nn.Module, inputs: Sequence[Any], values: bool = True) -> None:
        super().__init__()
        self.trace = Trace()
        self._compute = values
        self._model = model
        self._read_names()
        # Weak, so that an activation lives no longer than it would without us.
        self._values: MutableMapping[Tensor, tuple[int, _Value]] = WeakTensorKeyDictionary()  # with when it was noted
        self._written: dict[int, tuple[int, _Value]] = {}  # what was last written into a memory, and when
        self._now = 0
        self._open: list[int] = []
        self._thread = threading.get_ident()
        for tensor in leaves(inputs):
            self._keep(tensor, self._add("input", "input", {}, [], tensor, view=False))

    def _read_names(self) -> None:
        self._paths = {module: path for path, module in self._model.named_modules()}
        self._parameters = dict(self._model.named_parameters())
        self._owned = {id(t): name for name, t in [*self._model.named_buffers(), *self._parameters.items()]}

    def operation(self, func: Any, args: Any, kwargs: _Arguments) -> Any:
        """Records what it does, also where it fails."""
        try:
            result = self._perform(func, args, kwargs)
        except Exception:
            self._note_failure(func, aten.bind(func, args, kwargs))
            raise
        outputs = aten.tensors_in(result)
        if outputs:
            self._see(func, aten.bind(func, args, kwargs), outputs)
        return result

    def _perform(self, func: Any, args: Any, kwargs: _Arguments) -> Any:
        """What the operation gives; its record, if it gets one, will be the next."""
        result = None if self._compute else aten.blank_convolution(func, args)
        return func(*args, **kwargs) if result is None else result

    def source_of(self, tensor: Tensor) -> int | None:
        """Index of the record that a tensor comes from; None if nothing of the input went into it."""
        return self._value(tensor).record

    def _value(self, tensor: Tensor) -> _Value:
        if name := self._owned.get(id(tensor)):
            return _Value(names=(name,))
        # Constants are remembered too: what is written into one later must be seen through all its views.
        if tensor not in self._values:
            self._keep(tensor, _Value())
        noted = self._values[tensor]
        return max(noted, self._written.get(_memory(tensor), noted), key=lambda found: found[0])[1]

    def _see(self, func: Any, arguments: _Arguments, outputs: list[Tensor]) -> None:
        name = aten.name_of(func, arguments)
        operands = self._operands(arguments)
        used = [value for *_, value in operands]
        if aten.makes_constant(name):
            value = _Value()
        elif all(value.record is None for value in used):  # from constants and parameters, such as a transposed weight
            value = _Value(names=tuple(dict.fromkeys(n for v in used for n in v.names)))
        elif name in aten.IDENTITY:
            value = used[0]
        else:
            value = self._noted(func, name, arguments, operands, outputs[0])
        written = [t for n in aten.written(func) for t in aten.tensors_in(arguments[n])]
        for tensor in outputs:
            if id(tensor) not in self._owned:
                self._keep(tensor, value)
        for tensor in written:
            self._overwrite(tensor, value)

    def _noted(self, func: Any, name: str, arguments: _Arguments, operands: _Operands, output: Tensor) -> _Value:
        """Its record; without details where its arguments are not those that its name lets us expect."""
        try:
            kind = aten.kind_of(func, name, arguments)
            return self._add(kind, name, arguments, operands, output, aten.is_view(func), aten.is_own(func))
        except _UNEXPECTED:
            return self._add("other", name, {}, operands, output, view=False, own=False)

    def _operands(self, arguments: _Arguments) -> _Operands:
        found: _Operands = []
        for name, value in arguments.items():
            if isinstance(value, Tensor):  # the usual case first: this runs for every operation
                found.append((name, value, self._value(value)))
            elif isinstance(value, (list, tuple)):
                found += [(name, t, self._value(t)) for t in value if isinstance(t, Tensor)]
        return found

    def _note_failure(self, func: Any, arguments: _Arguments) -> None:
        """Keeps the operation that raised, once: its callers see the same error pass by."""
        if self.trace.failed is None:
            name, operands = aten.name_of(func, arguments), self._operands(arguments)
            try:
                self.trace.failed = self._record(aten.kind_of(func, name, arguments), name, arguments, operands)
            except _UNEXPECTED:
                self.trace.failed = self._record("other", name, {}, operands)

    def _overwrite(self, tensor: Tensor, value: _Value) -> None:
        """Work in place changes every live tensor that shares the memory: ``out[:, :3] = x`` feeds ``out`` too."""
        if id(tensor) in self._owned:  # running statistics: restored afterwards, and not a way that data flows
            return
        if tensor not in self._values:
            self._keep(tensor, value)
        self._written[_memory(tensor)] = self._moment(value)

    def _keep(self, tensor: Tensor, value: _Value) -> None:
        self._values[tensor] = self._moment(value)

    def _moment(self, value: _Value) -> tuple[int, _Value]:
        self._now += 1
        return self._now, value

    def _add(
        self, kind: str, op: str, arguments: _Arguments, operands: _Operands, output: Tensor, view: bool, own: bool = True
    ) -> _Value:
        bytes_ = 0 if view else output.numel() * output.element_size()
        macs = aten.macs_of(kind, op, arguments, output, own) if arguments or own else None
        self.trace.records.append(self._record(kind, op, arguments, operands, tuple(output.shape), macs, bytes_))
        return _Value(self.trace.records[-1].index)

    def _record(
        self,
        kind: str,
        op: str,
        arguments: _Arguments,
        operands: _Operands,
        output: Shape = (),
        macs: int | None = 0,
        new_bytes: int = 0,
    ) -> Record:
        data = [(n, t, value.record) for n, t, value in operands if value.record is not None]
        names = dict.fromkeys(name for *_, value in operands for name in value.names)
        tensors = {name for name, *_ in operands}
        call = self._open[-1] if self._open else 0
        more = {"dim": aten.indexed_dims(arguments)} if op == "index" else {}
        return Record(
            index=len(self.trace.records),
            kind=kind,
            op=op,
            path=self.trace.calls[call].path if self._open else "",
            call=call,
            sources=tuple(source for *_, source in data),
            operands=tuple(n for n, *_ in data),
            inputs=tuple(tuple(t.shape) for _, t, _ in data),
            output=output,
            window=aten.window_of(kind, arguments),
            parameters=tuple(n for n in names if n in self._parameters),
            buffers=tuple(n for n in names if n not in self._parameters),
            macs=macs or 0,
            counted=macs is not None,
            new_bytes=new_bytes,
            arguments={n: v for n, v in arguments.items() if n not in tensors} | more,
        )

    @contextmanager
    def hooks(self) -> Iterator[None]:
        """Notes which module is at work, for as long as the context lasts."""
        handles = [register_module_forward_pre_hook(self._enter), register_module_forward_hook(self._leave)]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _enter(self, module: nn.Module, args: Any) -> None:
        if threading.get_ident() != self._thread:  # the hooks hear every module of the process: one in a training is not us
            return
        if module not in self._paths:
            self._read_names()  # forward may have made this layer at its first input, and kept it
        if module in self._paths:  # and not one in a list
            parent = self._open[-1] if self._open else None
            call = Call(self._paths[module], module, parent, start=len(self.trace.records))  # may be too deep for Python
            self._open.append(len(self.trace.calls))
            self.trace.calls.append(call)

    def _leave(self, module: nn.Module, args: Any, output: Any) -> None:
        entered = any(self.trace.calls[call].module is module for call in self._open)
        if not entered or threading.get_ident() != self._thread:
            return
        while self.trace.calls[call := self._open.pop()].module is not module:
            pass  # a call that raised and was caught further out never came here
        done = self.trace.calls[call]
        done.stop = len(self.trace.records)
        for tensor in leaves(output)[:1]:
            done.output, done.result = tuple(tensor.shape), self.source_of(tensor)

    def failure(self, error: Exception) -> ForwardError:
        """The error for a forward pass that raised, with the place and the first line of what torch said."""
        path, owner = "", None
        if self._open:
            call = self.trace.calls[self._open[-1]]
            path, owner = call.path, type(call.module).__name__
        where = f'"{path}" ({owner})' if path else owner or "the model"
        shapes = [r.output for r in self.trace.records if r.kind == "input"]
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        given = " and ".join(map(str, map(list, shapes)))
        return ForwardError(f"the forward pass failed in {where}, for an input of shape {given}: {said}", path, self.trace)


def leaves(values: Any) -> list[Tensor]:
    """All tensors in nested lists, tuples and dicts, in order."""
    return [values] if isinstance(values, Tensor) else [v for v in tree_leaves(values) if isinstance(v, Tensor)]


def _memory(tensor: Tensor) -> int:
    """What two tensors that share their memory have in common."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except (NotImplementedError, RuntimeError):  # a sparse one has parts of its own
        return -id(tensor)

"""Runs a model once and records what it really computed, and which value feeds which.

Built on torch's *dispatch* mode, which sees what lies below modules, functions, methods and operators: ``x += y``,
``torch.add(x, y)`` and ``sum([x, y])`` all arrive as ``aten.add``, ``nn.Linear`` and an einsum as matrix products. (The
*function* mode sees hundreds of spellings, and not the inside of scripted or C++ layers.) Module paths come from hooks
on the model's own modules, removed afterwards.
"""

import threading
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakTensorKeyDictionary

from cnnkit import aten
from cnnkit._inputs import call_arguments
from cnnkit._untouched import untouched
from cnnkit.aten import Window
from cnnkit.errors import InputError

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One operation on values that come from the input.

    Attributes:
        index: place in ``Trace.records``.
        kind: "input", "conv", "product", "attention", "norm", "activation", "softmax", "pool", "add", "sub", "mul", "div",
            "concat", "dropout", "upsample", "pad", "reshape" (views, transposes, slices), "reduce" (sums) or "other".
        op: torch's own name for it, e.g. "convolution", "addmm"; every form of ``max(x, 0)`` is "relu".
        path: innermost module at work, e.g. "layer1.0.conv1"; "" is the model itself.
        call: index of that module's call in ``Trace.calls``.
        sources: indices of the records that feed it, in the order of its arguments; ``x + x`` names the same one twice.
        operands: names of those arguments, e.g. "mat1"; inputs: their shapes; output: shape of the (first) result.
        parameters: names of the parameters it uses, directly or computed from; buffers: the same for buffers.
        macs: multiply-accumulates of convolutions and matrix products, without bias.
        new_bytes: memory of the result; 0 for views and for work in place.
        arguments: all other arguments by torch's names, e.g. ``{"dim": 1}``.
    """

    index: int
    kind: str
    op: str
    path: str
    call: int
    sources: tuple[int, ...]
    operands: tuple[str, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    window: Window | None
    parameters: tuple[str, ...]
    buffers: tuple[str, ...]
    macs: int
    new_bytes: int
    arguments: Mapping[str, Any]


@dataclass(slots=True)
class Call:
    """One call of a module: its records are ``records[start:stop]``, its result comes from ``records[result]``."""

    path: str
    module: nn.Module
    parent: int | None
    start: int
    stop: int = 0
    output: Shape = ()
    result: int | None = None


@dataclass(frozen=True)
class Trace:
    """Everything one forward pass did; ``outputs`` are the records that the model's result comes from."""

    records: list[Record] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)

    def of(self, *kinds: str) -> list[Record]:
        """The records of these kinds, in order."""
        return [r for r in self.records if r.kind in kinds]


class ForwardError(InputError):
    """The model's forward pass raised; ``path`` is the innermost module at work, the original is ``__cause__``."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.path = path


def run(model: nn.Module, inputs: Any, *, training: bool = False) -> Trace:
    """Runs the model once, without gradients, and leaves it as it was: modes, buffers and random state.

    Args:
        model: any module, on any device; on ``meta`` only shapes are computed.
        inputs: a tensor; a tuple or list of positional arguments; a dict of keyword arguments (or, if forward has no such
            names, one positional argument).
        training: the mode to run in. Buffers are put back afterwards either way.

    Raises:
        ForwardError: the model raised; the message names the module.
    """
    args, kwargs = call_arguments(model, inputs)
    recorder = _Recorder(model, [*args, *kwargs.values()])
    with untouched(model, tree_leaves([args, kwargs])), torch.no_grad(), recorder.hooks():
        model.train(training)
        try:
            with recorder:
                result = model(*args, **kwargs)
        except Exception as error:
            raise recorder.failure(error) from error
    recorder.trace.outputs.extend(i for i in map(recorder.source_of, _tensors(result)) if i is not None)
    return recorder.trace


@dataclass(frozen=True, slots=True)
class _Value:
    """Where a tensor comes from: a record, or parameters and buffers that nothing of the input went into."""

    record: int | None = None
    names: tuple[str, ...] = ()


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    def __init__(self, model: nn.Module, inputs: Sequence[Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.trace = Trace()
        self._paths = {module: path for path, module in model.named_modules()}
        self._parameters = dict(model.named_parameters())
        # Weak, so that an activation lives no longer than it would without us.
        self._values: MutableMapping[Tensor, _Value] = WeakTensorKeyDictionary()
        self._open: list[int] = []
        self._thread = threading.get_ident()
        for name, tensor in [*model.named_buffers(), *self._parameters.items()]:
            self._values[tensor] = _Value(names=(name,))
        self._owned = {id(t) for t in (*model.buffers(), *model.parameters())}
        for tensor in _tensors(inputs):
            self._values[tensor] = self._add("input", "input", {}, tensor, is_view=False)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        outputs = _tensors(result)
        if outputs:
            self._see(func, aten.bind(func, args, kwargs or {}), outputs)
        return result

    def source_of(self, tensor: Tensor) -> int | None:
        """Index of the record that a tensor comes from; None if nothing of the input went into it."""
        value = self._values.get(tensor)
        return value.record if value else None

    def _see(self, func: Any, arguments: dict[str, Any], outputs: list[Tensor]) -> None:
        name = aten.name_of(func, arguments)
        used = [self._values[t] for t in _tensors(list(arguments.values())) if t in self._values]
        if aten.makes_constant(name) or not used:
            return
        written = [t for n in aten.written(func) for t in _tensors(arguments[n])]
        if all(value.record is None for value in used):  # computed from parameters alone, such as a transposed weight
            value = _Value(names=tuple(dict.fromkeys(n for v in used for n in v.names)))
        elif name in aten.IDENTITY:
            value = used[0]
        else:
            value = self._add(aten.kind_of(func, name, arguments), name, arguments, outputs[0], aten.is_view(func))
        for tensor in outputs:
            if id(tensor) not in self._owned:
                self._values[tensor] = value
        for tensor in written:
            self._overwrite(tensor, value)

    def _overwrite(self, tensor: Tensor, value: _Value) -> None:
        """Work in place changes every live tensor that shares the memory: ``out[:, :3] = x`` feeds ``out`` too."""
        if id(tensor) in self._owned:  # running statistics: restored afterwards, and not a way that data flows
            return
        memory = tensor.untyped_storage()._cdata
        aliases = [t for t in self._values if t.untyped_storage()._cdata == memory]
        for alias in [tensor, *aliases]:
            self._values[alias] = value

    def _add(self, kind: str, op: str, arguments: dict[str, Any], output: Tensor, is_view: bool) -> _Value:
        operands = [(n, t) for n, v in arguments.items() for t in _tensors(v) if t in self._values]
        data = [(n, t, source) for n, t in operands if (source := self._values[t].record) is not None]
        names = dict.fromkeys(n for _, t in operands for n in self._values[t].names)
        call = self._open[-1] if self._open else 0
        record = Record(
            index=len(self.trace.records),
            kind=kind,
            op=op,
            path=self.trace.calls[call].path if self._open else "",
            call=call,
            sources=tuple(source for *_, source in data),
            operands=tuple(n for n, *_ in data),
            inputs=tuple(tuple(t.shape) for _, t, _ in data),
            output=tuple(output.shape),
            window=aten.window_of(kind, arguments),
            parameters=tuple(n for n in names if n in self._parameters),
            buffers=tuple(n for n in names if n not in self._parameters),
            macs=aten.macs_of(kind, op, arguments, output),
            new_bytes=0 if is_view else output.numel() * output.element_size(),
            arguments={n: v for n, v in arguments.items() if not _tensors(v)},
        )
        self.trace.records.append(record)
        return _Value(record.index)

    @contextmanager
    def hooks(self) -> Iterator[None]:
        """Notes which module is at work, for as long as the context lasts."""
        handles = []
        try:
            for module in self._paths:
                handles.append(module.register_forward_pre_hook(self._enter))
                handles.append(module.register_forward_hook(self._leave))
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _enter(self, module: nn.Module, args: Any) -> None:
        if threading.get_ident() != self._thread:  # the same model at work elsewhere, in a training thread say
            return
        parent = self._open[-1] if self._open else None
        self._open.append(len(self.trace.calls))
        self.trace.calls.append(Call(self._paths[module], module, parent, start=len(self.trace.records)))

    def _leave(self, module: nn.Module, args: Any, output: Any) -> None:
        if threading.get_ident() != self._thread:
            return
        while self.trace.calls[call := self._open.pop()].module is not module:
            pass  # a call that raised and was caught further out never came here
        done = self.trace.calls[call]
        done.stop = len(self.trace.records)
        for tensor in _tensors(output)[:1]:
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
        return ForwardError(f"the forward pass failed in {where}, for an input of shape {given}: {said}", path)


def _tensors(values: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor)]

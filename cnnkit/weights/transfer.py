"""Weights from one class into another that computes the same, layer by layer in the order of the computation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from cnnkit import trace
from cnnkit.errors import InputError
from cnnkit.trace import layout
from cnnkit.trace.units import Junction, Role, Unit, roles

# How far the logits of two equal networks may differ, in parts of the largest: float32 rounds each sum a little differently.
TOLERANCE = 1e-4


class Apart(InputError):
    """The two networks are not the same computation; the message says where they part.

    Attributes:
        matched: how many layers were the same until there.
    """

    matched = 0


def transfer(source: nn.Module, target: nn.Module, inputs: Tensor) -> None:
    """Copies the weights of ``source`` into ``target``, in place, whatever the layers are called there.

    Layers are matched by their role in a run on ``inputs`` (in eval mode): first, second, ... convolution, and which way
    of a residual block they stand in. Where ``source`` has a bias before a batch norm and ``target`` has none there, the
    bias goes into the norm's running mean. A projection that only ``target`` has becomes the identity (in eval mode, and
    for the values from 0 up that a block of the course gets).

    Raises:
        Apart: the layers, or with equal weights the logits, are not the same; ``target`` is then as it was.
    """
    before, counter = {name: value.clone() for name, value in target.state_dict().items()}, _Counter()
    try:
        pairs = list(_matched(_roles_of(source, inputs), _roles_of(target, inputs), counter))
        wanted = _logits(source, inputs)
        for turned in (False, True):  # a square matrix does not tell whether its rows are inputs or outputs
            for ours, theirs in pairs:
                _copy(source.state_dict(), ours, target.state_dict(), theirs, turned)
            found = _logits(target, inputs)
            if found.shape == wanted.shape and _close(found, wanted):
                return
        gap = float((found - wanted).abs().max()) if found.shape == wanted.shape else float("nan")
        raise Apart(
            f"the layers are the same, but with equal weights the logits differ by up to {gap:.2g}; something between the "
            "layers is not the same, such as a ReLU, a pool or the sum: the check of this network finds what"
        )
    except BaseException as error:
        target.load_state_dict(before)
        if isinstance(error, Apart):
            error.matched = counter.value
        raise


def same(found: Tensor, wanted: Tensor) -> bool:
    """Whether two results are equal but for rounding."""
    return found.shape == wanted.shape and _close(found, wanted)


def _close(found: Tensor, wanted: Tensor) -> bool:
    scale = max(float(wanted.abs().max()), 1e-6)
    return bool(torch.isfinite(found).all()) and float((found - wanted).abs().max()) <= TOLERANCE * scale


def _roles_of(model: nn.Module, inputs: Tensor) -> list[Role]:
    return roles(layout.read(trace.run(model, inputs)))


def _logits(model: nn.Module, inputs: Tensor) -> Tensor:
    with trace.untouched(model), torch.no_grad():
        found: Tensor = model.eval()(inputs)
    return found


class _Counter:
    """How many layers have been matched: what a message calls "the 5th layer"."""

    def __init__(self) -> None:
        self.value = 0

    def next(self) -> str:
        self.value += 1
        return f"layer {self.value}"


def _matched(ours: Sequence[Role], theirs: Sequence[Role], counter: _Counter) -> Iterator[tuple[Unit | None, Unit]]:
    """Pairs of layers with the same role; None for a projection that has no partner."""
    for a, b in zip(ours, theirs, strict=False):
        if isinstance(a, Unit) and isinstance(b, Unit):
            _check(a, b, counter.next())
            yield a, b
        elif isinstance(a, Junction) and isinstance(b, Junction):
            yield from _matched(a.branch, b.branch, counter)
            if a.shortcut or not b.shortcut:
                yield from _matched(a.shortcut, b.shortcut, counter)
            else:
                yield from ((None, unit) for unit in _projection(b.shortcut, counter))
        else:
            has, lacks = ("the weights'", "yours") if isinstance(a, Junction) else ("your", "the weights'")
            raise Apart(f"after layer {counter.value} {has} network has a shortcut, and {lacks} has none")
    if len(ours) != len(theirs):
        more, fewer = ("the weights have", "your network") if len(ours) > len(theirs) else ("your network has", "the weights'")
        raise Apart(f"after layer {counter.value} {more} another layer where {fewer} has none")


def _projection(shortcut: Sequence[Role], counter: _Counter) -> list[Unit]:
    units = [unit for unit in shortcut if isinstance(unit, Unit)]
    if len(units) != 1 or "weight" not in units[0].names:
        raise Apart(f"after layer {counter.value} your network has layers on a shortcut where the weights have none")
    return units


def _check(a: Unit, b: Unit, where: str) -> None:
    """Raises Apart if the two layers are no partners."""
    if (a.record is None) != (b.record is None):
        raise Apart(f"{where} is a norm without a convolution in one of the two networks")
    if a.record is None or b.record is None:
        return
    if "weight" not in a.names or "weight" not in b.names:
        raise Apart(f"the weights of {where} are no parameters of the network; is it registered in __init__?")
    if a.record.kind == b.record.kind and a.record.op == b.record.op and a.record.output[1:2] != b.record.output[1:2]:
        raise Apart(f"{where} makes {b.record.output[1]} channels in your network and {a.record.output[1]} in the weights'")
    if a.record.window and b.record.window and a.record.window.kernel != b.record.window.kernel:
        here, there = ("x".join(map(str, r.window.kernel)) for r in (b.record, a.record) if r.window)
        raise Apart(f"{where} has a {here} kernel in your network and a {there} one in the weights'")
    if a.has_norm != b.has_norm:
        whose = "the weights have" if a.has_norm else "your network has"
        raise Apart(f"only {whose} a norm after {where}")
    if not a.has_norm and ("bias" in a.names) and ("bias" not in b.names):
        raise Apart(f"{where} has no bias in your network, and the weights have one there")


def _copy(source: dict[str, Any], a: Unit | None, target: dict[str, Any], b: Unit, turned: bool) -> None:
    """Writes layer ``a`` into the tensors of layer ``b``; without an ``a``, the identity."""
    weight = target[b.names["weight"]] if "weight" in b.names else None
    if a is None:
        assert weight is not None
        if weight.numel() != len(weight) ** 2:
            raise Apart("your network has a projection that changes the channels where the weights have none")
        weight.copy_(torch.eye(len(weight)).reshape(weight.shape))
        eps = float(b.norm.arguments.get("eps", 0)) if b.norm else 0.0
        for name, value in (("bias", 0.0), ("mean", 0.0), ("beta", 0.0), ("variance", 1.0), ("gamma", (1 + eps) ** 0.5)):
            if name in b.names:
                target[b.names[name]].fill_(value)
        return
    if weight is not None:
        weight.copy_(_fitted(source[a.names["weight"]], weight.shape, turned))
    # Where a class adds its biases itself they may be [C, 1, 1].
    bias = source[a.names["bias"]].flatten() if "bias" in a.names else torch.zeros(())
    if "bias" in b.names:
        own = target[b.names["bias"]]
        own.copy_(bias.reshape(own.shape) if "bias" in a.names else bias)
        bias = torch.zeros(())
    for name in ("mean", "variance", "gamma", "beta"):
        if name in b.names:
            if name not in a.names:
                raise Apart(f"a norm keeps no {name} in the one network, and does in the other")
            value = source[a.names[name]]
            # What is not added before the norm must not be subtracted in it.
            target[b.names[name]].copy_((value - bias if name == "mean" else value).reshape(target[b.names[name]].shape))


def _fitted(weight: Tensor, shape: torch.Size, turned: bool) -> Tensor:
    """``weight`` in the shape that the other class keeps it in: a 1x1 convolution may be a matrix, or a transposed one."""
    if weight.shape == shape and not (turned and len(shape) == 2 and shape[0] == shape[1]):
        return weight
    if weight.numel() != shape.numel():
        raise Apart(f"a weight is {list(shape)} in your network and {list(weight.shape)} in the weights'")
    rows, columns = weight.shape[0], weight[0].numel()
    sizes = [n for n in shape if n > 1]
    if sizes[:1] != [rows] or (turned and sizes == [rows, columns] and rows == columns):
        return weight.reshape(rows, columns).t().reshape(shape)
    return weight.reshape(shape)

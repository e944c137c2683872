"""The optimizer's state by the names of its parameters: taken, compared with what it must be, and put back."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cnnkit._support.fields import short
from cnnkit.errors import InputError

# How torch computes, not what: chosen anew for the machine at hand.
_HOW = {"fused", "foreach", "capturable", "differentiable", "param_names"}
_COUNT = 2**53  # a step number above is none
_ANEW = "make a new Training of this network"


def names_of(model: nn.Module, optimizer: torch.optim.Optimizer) -> list[list[str]]:
    """The names of the parameters in each group of ``optimizer``.

    Raises:
        InputError: it trains a parameter that is none of ``model``'s: the layer was replaced or removed.
    """
    known = {id(parameter): name for name, parameter in model.named_parameters()}
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if id(parameter) not in known:
                raise InputError(
                    f"the optimizer trains a parameter {list(parameter.shape)} that the network no longer has: "
                    f"a layer was replaced or removed after Training(...) was made; {_ANEW}"
                )
    return [[known[id(parameter)] for parameter in group["params"]] for group in optimizer.param_groups]


def left_out(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, nn.Parameter]:
    """The parameters of ``model`` that want a gradient and that ``optimizer`` does not hold, by name."""
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    return {name: p for name, p in model.named_parameters() if p.requires_grad and id(p) not in held}


def check_held(model: nn.Module, optimizer: torch.optim.Optimizer, known: Mapping[str, nn.Parameter]) -> None:
    """Raises InputError where ``model`` and ``optimizer`` no longer have the same parameters.

    ``known``: those that an optimizer of the user's own left out from the start.
    """
    names_of(model, optimizer)
    for name, parameter in left_out(model, optimizer).items():
        if parameter is not known.get(name):
            raise InputError(
                f"the optimizer does not hold {name} {list(parameter.shape)}, so it would never learn: "
                f"its layer was replaced, added or unfrozen after Training(...) was made; {_ANEW}"
            )


def of(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """A copy of the state of ``optimizer``: the options of each group and the moments of each parameter, by name."""
    groups = []
    for group, names in zip(optimizer.param_groups, names_of(model, optimizer), strict=True):
        options = {key: plain(value) for key, value in group.items() if key not in ("params", *_HOW)}
        groups.append({"parameters": names, "options": options})
    held = dict(model.named_parameters())
    # None: no gradient has reached it yet. An entry that was lost or emptied is another thing.
    state = {name: optimizer.state.get(held[name]) for group in groups for name in group["parameters"]}
    moments = {name: plain(dict(kept)) if kept else None for name, kept in state.items()}
    return {"kind": type(optimizer).__name__, "groups": groups, "moments": moments}


def fitting(
    model: nn.Module, optimizer: torch.optim.Optimizer, saved: Mapping[str, Any], order: Iterable[str]
) -> dict[str, Any]:
    """The state that `put_back` takes, from ``saved``, which `of` made; nothing is changed yet.

    Args:
        model: the network whose parameters ``optimizer`` trains.
        optimizer: of the same kind as the saved one.
        saved: also an older checkpoint's ``{"by_position": ...}``.
        order: the names of the saved network in its order, for such a one.

    Raises:
        InputError: it trained other parameters, is of another kind, or a moment is missing or of another shape or type.
    """
    names = names_of(model, optimizer)
    if "by_position" in saved:
        saved = _named(saved["by_position"], names, list(order), type(optimizer).__name__)
    if saved["kind"] != type(optimizer).__name__:
        raise InputError(
            f"the saved optimizer is of another kind, {saved['kind']} and not {type(optimizer).__name__}; give the same one"
        )
    groups = [_group_of(each, saved["groups"]) for each in names]
    parameters = dict(model.named_parameters())
    state: dict[int, dict[str, Any]] = {}
    positions: list[dict[str, Any]] = []
    for own, group, group_names in zip(optimizer.param_groups, groups, names, strict=True):
        options = _options(own, group["options"], saved["kind"])
        expected = _expected(optimizer, [parameters[name] for name in group_names], options)
        first = sum(len(position["params"]) for position in positions)
        positions.append({**options, "params": list(range(first, first + len(group_names)))})
        for number, (name, wanted) in enumerate(zip(group_names, expected, strict=True), start=first):
            if name not in saved["moments"]:
                raise InputError(f"the saved optimizer has no entry for {name}; the file is not whole: take an earlier one")
            kept = saved["moments"][name]
            if kept is None and wanted and any(saved["moments"].values()) and isinstance(optimizer, torch.optim.SGD):
                state[number] = plain(wanted)  # zeros: torch's fused SGD fails where one has a buffer and another has none
            elif kept is not None:
                state[number] = _checked(name, kept, wanted)
    return {"state": state, "param_groups": positions}


def put_back(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Puts the state that `fitting` returned into ``optimizer``.

    Raises:
        InputError: an optimizer of the user's own refuses it.
    """
    try:
        optimizer.load_state_dict(state)
    except Exception as error:  # torch's own has no reason left
        raise InputError(f"the saved state does not fit the {type(optimizer).__name__} ({error}); give the same one") from error
    lay_out(optimizer)


def lay_out(optimizer: torch.optim.Optimizer) -> None:
    """Puts each moment into the memory order of its parameter: torch's fused kernels walk both as they lie."""
    for parameter, kept in optimizer.state.items():
        for name, value in kept.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape and value.stride() != parameter.stride():
                kept[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def plain(value: Any) -> Any:
    """``value`` with every tensor in it cloned, and numpy's numbers as Python's: torch reads no others back safely."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return type(value)(plain(item) for item in value) if type(value) in (list, tuple) else value


def _group_of(names: list[str], groups: list[dict[str, Any]]) -> dict[str, Any]:
    """The saved group of exactly these parameters, in whatever order they stand there."""
    for group in groups:
        if sorted(group["parameters"]) == sorted(names):
            return group
    saved = {name for group in groups for name in group["parameters"]}
    odd = sorted(saved.symmetric_difference(names) if len(groups) == 1 else set(names) - saved)
    what = f"{odd[0]} is {'not ' if odd[0] in names else ''}among those it trained" if odd else "in other groups"
    raise InputError(f"the saved optimizer trained other parameters ({what}); freeze the same layers as the run that was saved")


def _named(old: Mapping[str, Any], names: list[list[str]], order: list[str], kind: str) -> dict[str, Any]:
    """An older checkpoint's state by name: within each group its parameters stood in the order of the saved network."""
    groups, moments = [], {}
    if [len(group["params"]) for group in old["param_groups"] if "params" in group] != [len(each) for each in names]:
        raise InputError("the saved optimizer trained other parameters (not as many); freeze the same layers as that run")
    for group, each in zip(old["param_groups"], names, strict=True):
        in_order = sorted(each, key=lambda name: order.index(name) if name in order else len(order))
        for position, name in zip(group["params"], in_order, strict=True):
            moments[name] = old["state"].get(position)
        options = {key: value for key, value in group.items() if key not in ("params", *_HOW)}
        groups.append({"parameters": in_order, "options": options})
    return {"kind": kind, "groups": groups, "moments": moments}


def _options(own: Mapping[str, Any], saved: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The options of a group: the saved ones, and how to compute as here.

    What only another version of torch knows is as here where it isn't saved, and left out where it is and switches nothing on.
    (Since torch 2.7 that which makes an AdamW is an option, too.)
    """
    mine = {key: value for key, value in own.items() if key != "params"}
    always = {"decoupled_weight_decay"} if kind == "AdamW" else set()
    idle = {key for key, value in saved.items() if value is None or value is False} | always
    saved = {key: value for key, value in saved.items() if key in mine or key not in idle}
    foreign = sorted(set(saved) - set(mine))
    needed = {key for key in mine if key not in saved and key not in _HOW and not isinstance(mine[key], bool | None)}
    if foreign or needed:
        what = f"with {', '.join(foreign)}" if foreign else f"without {', '.join(sorted(needed))}"
        raise InputError(f"the saved optimizer is of another kind, {what}; give the same one")
    odd = [key for key, value in saved.items() if _kind(value) != _kind(mine[key])]
    if odd:
        raise InputError(f"the saved optimizer's {odd[0]} is {short(saved[odd[0]])}, and here it is {short(mine[odd[0]])}")
    return {**mine, **{key: tuple(value) if isinstance(value, list) else value for key, value in saved.items()}}


def _kind(value: Any) -> object:
    """What must be the same of two values of one option: a flag, a number, a tensor, or a tuple of so many."""
    if isinstance(value, list | tuple):
        return tuple(map(_kind, value))
    return next((kind for kind in (bool | None, int | float, str) if isinstance(value, kind)), type(value))


def _expected(
    optimizer: torch.optim.Optimizer, parameters: list[nn.Parameter], options: Mapping[str, Any]
) -> list[dict[str, Any] | None]:
    """What torch's own optimizer keeps of each parameter after a step; None where only its author knows.

    A fresh one of the same class and options takes a step of gradient 0 on parameters of the same shapes: so it is torch
    that says which moments there are, of what shape and type, and which options are allowed.
    """
    kind = type(optimizer)
    if not kind.__module__.startswith("torch.optim") or "closure" in _needed(kind.step):
        return [None] * len(parameters)
    fresh = [torch.zeros_like(parameter) for parameter in parameters]
    known = inspect.signature(kind.__init__).parameters
    try:
        trial = kind(fresh, **{key: value for key, value in options.items() if key in known})
        for parameter in fresh:
            parameter.grad = torch.zeros_like(parameter)
        trial.step()
    except Exception as error:  # whatever torch says to options out of a file
        said = str(error).split("\n")[0][:120]
        raise InputError(f"the saved optimizer has options that {kind.__name__} refuses ({said}); start anew") from error
    return [dict(trial.state.get(parameter, {})) for parameter in fresh]


def _needed(function: Any) -> set[str]:
    return {p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty}


def _checked(name: str, kept: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> dict[str, Any]:
    """The moments ``kept`` of the parameter ``name``, copied; raises InputError unless they are as those ``wanted``."""
    if wanted is None:
        return plain(dict(kept))  # type: ignore[no-any-return]
    kept, wanted = ({key: value for key, value in each.items() if value is not None} for each in (kept, wanted))
    absent, foreign = sorted(set(wanted) - set(kept)), sorted(set(kept) - set(wanted))
    if absent or foreign:
        what = f"lacks {absent[0]}" if absent else f"has {foreign[0]}, which it should not"
        raise InputError(f"the saved optimizer's state of {name} {what}; give the optimizer of the run that was saved")
    return {key: _moment(f"{key} of {name}", kept[key], wanted[key]) for key in wanted}


def _moment(what: str, value: Any, wanted: Any) -> Any:
    if not isinstance(wanted, Tensor):
        return plain(value)
    if wanted.ndim == 0:  # the number of steps
        count = float(value) if isinstance(value, Tensor) and value.numel() == 1 and not value.is_complex() else value
        if isinstance(count, bool) or not isinstance(count, int | float) or not 0 <= count <= _COUNT:
            raise InputError(f"the saved optimizer's {what} is no number of steps; the file is damaged: take an earlier one")
        return torch.tensor(count, dtype=wanted.dtype)
    if not isinstance(value, Tensor) or value.shape != wanted.shape or value.dtype != wanted.dtype:
        found = f"{value.dtype} {list(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise InputError(f"the saved optimizer's {what} is {found}, and it must be {wanted.dtype} {list(wanted.shape)}")
    return plain(value)

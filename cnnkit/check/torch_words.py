"""What torch and Python say of the most usual slips with layers, and the same in words that help."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import nn

Slip = tuple[str, str, str]  # slug; what the error says, as a regular expression; what we say, with its groups and {where}

MISTAKES = {
    "star-missing": "nn.Sequential gets a list instead of layers",
    "not-a-layer": "a class, a function, a list, a tuple or None stands where a layer belongs",
    "layer-for-tensor": "a layer is handed on where its result belongs",
    "no-forward": "the class has no forward",
    "attribute-missing": "forward uses a layer that __init__ has not kept in self",
    "arguments-exchanged": "two arguments of a layer stand in the wrong order",
}

SLIPS: tuple[Slip, ...] = (
    (
        "not-a-layer",
        r"^torch\.nn\.modules\.[\w.]*?(\w+) is not a Module subclass",
        "A class stands where a layer belongs: `nn.{0}`. {where}: it becomes a layer when it is called, "
        "with its arguments in the brackets, if it takes any.",
    ),
    (
        "star-missing",
        r"^(list|tuple) is not a Module subclass",
        "A {0} stands where a layer belongs. {where}: nn.Sequential takes layers one by one; a `*` before a list hands its "
        "elements over so, and `+=` or `extend` adds them one by one to another list.",
    ),
    (
        "not-a-layer",
        r"^([\w.<>]*?)(\w+>?) is not a Module subclass",
        "Something that is no layer is put among layers: `{1}`. {where}: a container takes layers only. "
        "Most functions have a layer of the same job, as `nn.ReLU()` for `F.relu`.",
    ),
    (
        "not-a-layer",
        r"^'(tuple|list)' object is not callable",
        "A {0} is called like a layer. {where}: look at how it is made; a comma at the end of a line, or brackets alone, "
        "make a {0}, and nn.Sequential makes one layer of several.",
    ),
    (
        "not-a-layer",
        r"^'NoneType' object is not callable",
        "None is called like a layer. {where}: look at when it stays None; ask for that before the call, "
        "or use `nn.Identity()`, which hands its input on.",
    ),
    (
        "not-a-layer",
        r"^'(bool|int|str)' object is not callable",
        "A value of type {0} is called like a layer. {where}: look at what the name stands for; "
        "an argument and a layer may have got the same name.",
    ),
    (
        "layer-for-tensor",
        r"(?:got \((?!Tensor)|must be Tensor, not |input to be a Tensor, but got |'Tensor' and ')([A-Z]\w+)\b",
        "A layer stands where a tensor belongs: {0}. {where}: a layer is made once in `__init__`, brackets included, "
        "and then called on a tensor; look at both.",
    ),
)

# Of a module that is run: what does not fit, where no probe knows more of the place.
SHAPES: tuple[Slip, ...] = (
    (
        "wrong-width",
        r"running_mean should contain (\d+) elements not (\d+)",
        "A batch norm does not fit what it is given. {where}: it was built for {1} channels and gets {0}.",
    ),
    (
        "wrong-width",
        r"to have (\d+) channels, but got (\d+) channels",
        "A convolution does not fit what it is given. {where}: it was built for {0} channels and gets {1}.",
    ),
    (
        "wrong-width",
        r"cannot be multiplied \(\d+x(\d+) and (\d+)x\d+\)",
        "A linear layer does not fit what it is given. {where}: it was built for {1} numbers and gets {0}.",
    ),
    (
        "wrong-norm",
        r"expected 2D or 3D input \(got 4D input\)",
        "A norm for vectors is given maps. {where}: BatchNorm1d is for [N, C]; look for its sister for [N, C, H, W].",
    ),
)


def in_words(error: BaseException, text: str, where: str, slips: Sequence[Slip] = SLIPS) -> tuple[str, str] | None:
    """Slug and message of a slip that ``error``, which says ``text``, shows; None where it is none that we know."""
    found = _told_by_a_module(error, where)
    if found is None:
        for slug, pattern, words in slips:
            if match := re.search(pattern, text):
                return slug, words.format(*(group or "" for group in match.groups()), where=where)
    return found


def _told_by_a_module(error: BaseException, where: str) -> tuple[str, str] | None:
    """What can be said of the errors that nn.Module itself raises: its frames know which object and which name."""
    frames = list(_frames(error))
    for frame, caller in zip(frames, frames[1:], strict=False):
        module: Any = frame.f_locals.get("self")
        function = frame.f_code.co_name
        if not isinstance(module, nn.Module) or not frame.f_globals.get("__name__", "").startswith("torch.nn.modules"):
            continue
        if function == "_forward_unimplemented":
            return _no_forward(type(module))
        if function == "__getattr__" and isinstance(error, AttributeError):
            name = str(frame.f_locals.get("name"))
            if id(caller.f_locals.get("self")) == id(module) and not type(module).__module__.startswith("torch.nn."):
                return _missing(module, name, where)
            if hasattr(torch.Tensor, name) and name not in ("grad", "data"):
                return _layer_for_tensor(type(module).__name__, where)
    return None


def _frames(error: BaseException) -> Iterator[types.FrameType]:
    """The frames that ``error`` passed, the innermost first."""
    frames, traceback = [], error.__traceback__
    while traceback is not None:
        frames.append(traceback.tb_frame)
        traceback = traceback.tb_next
    return reversed(frames)


def _layer_for_tensor(layer: str, where: str) -> tuple[str, str]:
    words = next(words for slug, _, words in SLIPS if slug == "layer-for-tensor")
    return "layer-for-tensor", words.format(layer, where=where)


def _no_forward(owner: type) -> tuple[str, str]:
    """A class without forward: misspelt, indented into another function, or not there."""
    if owner.__module__.startswith("torch.nn."):
        return "no-forward", f"A {owner.__name__} is called. It only holds layers; nn.Sequential also runs them, one by one."
    own = {name: value for name, value in vars(owner).items() if isinstance(value, types.FunctionType)}
    near = [*difflib.get_close_matches("forward", own, 1), *(name for name in ("call", "__call__", "predict") if name in own)]
    inside = [
        name
        for name, function in own.items()
        if any(isinstance(c, types.CodeType) and c.co_name == "forward" for c in function.__code__.co_consts)
    ]
    where = "Look at its name and at how far it is indented."
    if inside:
        where = f"It stands inside `{inside[0]}`, where nobody else sees it: look at how far it is indented."
    elif near:
        where = f"It has `{near[0]}`, which PyTorch does not know; look at the name."
    return "no-forward", f"The class has no `forward`. {where}"


def _missing(module: nn.Module, name: str, where: str) -> tuple[str, str]:
    """A name that ``forward`` asks the module for and that ``__init__`` has not kept."""
    made = getattr(type(module).__init__, "__code__", None)
    said = f"`self.{name}` is not there when it is used. {where}:"
    if made is not None and name in made.co_varnames:
        return "attribute-missing", f"{said} `__init__` makes `{name}` without `self.`, so it is gone when `__init__` ends."
    if made is not None and name in made.co_names:
        return "attribute-missing", f"{said} `__init__` makes it in some cases only; look at the `if` there."
    own = [key for key in (*vars(module), *module._modules) if not key.startswith("_") and key != "training"]
    near = difflib.get_close_matches(name, own, 1)
    more = f"there is a `self.{near[0]}`; compare the names." if near else "nothing of that name is made in `__init__`."
    return "attribute-missing", f"{said} {more}"

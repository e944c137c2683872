"""What a checkpoint may hold: a dataclass for each version, a check for each field, and the way from each to the next."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cnnkit._support.fields import Check, any_of, by, by_name, each, entries, is_a, number, optional, short, some_of, whole
from cnnkit.errors import InputError

FORMAT = "cnnkit training, version "
_LARGEST = 2**16  # of a number in the description of a network: nobody's layers are wider


def dense(value: Any) -> None:
    """Checks for an ordinary tensor: neither sparse nor quantised."""
    if not isinstance(value, Tensor) or value.layout != torch.strided or value.is_quantized:
        raise ValueError(f"is {short(value)}, not an ordinary tensor")


def _columns(*names: str) -> Check:
    """Checks for a history: columns of one length, and evaluations."""
    inner = {name: each(_COLUMNS[name]) for name in names}
    evaluation = entries(epoch=whole(), step=whole(), split=is_a(str), accuracy=number(0, 1), loss=number(nan=True))
    checked = entries(**inner, evaluations=each(evaluation))

    def check(value: Any) -> None:
        checked(value)
        lengths = {len(value[name]) for name in names}
        if len(lengths) > 1:
            raise ValueError(f"has columns of different lengths ({', '.join(map(str, sorted(lengths)))})")

    return check


_NUMBER = number(nan=True)  # a loss may have been infinite
_COLUMNS: dict[str, Check] = {
    "epochs": whole(1), "indices": whole(1), "losses": _NUMBER, "mean_losses": _NUMBER, "lrs": _NUMBER,
    "seconds": number(0), "accuracies": number(0, 1, nan=True),
}  # fmt: skip
_OLD_COLUMNS = tuple(name for name in _COLUMNS if name != "accuracies")
_OPTION = any_of(is_a(bool, str), number(), optional(each(number(), 8)))
_BUILT_AS = some_of(any_of(is_a(bool, str), whole(0, _LARGEST), each(whole(1, 200), 16)), name=is_a(str))
_OPTIONS = some_of(
    None, batch_size=whole(2), optimizer=is_a(str), schedule=is_a(str), momentum=number(0, 1), seed=whole(-(2**64), 2**64),
    weight_decay=number(0), label_smoothing=number(0, 1), augment=is_a(bool), shuffle=is_a(bool), validation=number(0, 0.9),
)  # fmt: skip
_MOMENTS = by_name(any_of(dense, _OPTION))
_STATE_BY_POSITION = entries(state=by(whole(), _MOMENTS), param_groups=each(by_name(any_of(each(whole()), _OPTION))))
_STATE_BY_NAME = entries(
    kind=is_a(str), groups=each(entries(parameters=each(is_a(str)), options=_MOMENTS)), moments=by_name(optional(_MOMENTS))
)
_DATA = entries(
    name=is_a(str), images=whole(1), classes=each(is_a(str)), labels=is_a(str), photos=is_a(str),
    test_labels=is_a(str), test_photos=is_a(str),
)  # fmt: skip


def _where(check: Check) -> Any:
    return dataclasses.field(metadata={"check": check})


@dataclass(kw_only=True)
class _Run:
    """What a checkpoint of every version says."""

    model: dict[str, Tensor] = _where(by_name(dense))
    epoch: int = _where(whole())
    index: int = _where(whole())
    base_lr: float = _where(number(0))
    precision: str | None = _where(optional(is_a(str)))
    epochs: int = _where(whole())
    options: dict[str, Any] = _where(_OPTIONS)
    built_as: dict[str, Any] | None = _where(optional(_BUILT_AS))


@dataclass(kw_only=True)
class Version0(_Run):
    """The first form, which called itself "version 1" as the next one did: no accuracies, batch size always as given."""

    optimizer: dict[str, Any] = _where(_STATE_BY_POSITION)
    history: dict[str, Any] = _where(_columns(*_OLD_COLUMNS))
    data: str = _where(is_a(str))
    images: int = _where(whole(1))

    def newer(self) -> dict[str, Any]:
        """The same in the next version, with accuracies that nobody knows."""
        steps = len(self.history["epochs"])
        return {
            **vars(self),
            "history": {**self.history, "accuracies": [math.nan] * steps},
            "batch_size": self.options.get("batch_size", 100),
            "augment": self.options.get("augment", True),
        }


@dataclass(kw_only=True)
class Version1(_Run):
    """The second form: the optimizer's state by the position of its parameters, the data by name and count."""

    optimizer: dict[str, Any] = _where(_STATE_BY_POSITION)
    batch_size: int = _where(whole(1))
    augment: bool = _where(is_a(bool))
    history: dict[str, Any] = _where(_columns(*_COLUMNS))
    data: str = _where(is_a(str))
    images: int = _where(whole(1))

    def newer(self) -> dict[str, Any]:
        """The same in this version; which parameter stands at a position only the network itself can tell."""
        fields = {name: value for name, value in vars(self).items() if name != "images"}
        return {**fields, "optimizer": {"by_position": self.optimizer}, "data": {"name": self.data, "images": self.images}}


@dataclass(kw_only=True)
class Version2(_Run):
    """The present form: all by name, and the data by what they are; what came from an older one knows less of both."""

    optimizer: dict[str, Any] = _where(any_of(_STATE_BY_NAME, entries(by_position=_STATE_BY_POSITION)))
    batch_size: int = _where(whole(1))
    augment: bool = _where(is_a(bool))
    history: dict[str, Any] = _where(_columns(*_COLUMNS))
    data: dict[str, Any] = _where(any_of(_DATA, entries(name=is_a(str), images=whole(1))))


STATE = ("model", "optimizer", "epoch", "index", "base_lr", "batch_size", "augment", "precision", "history")


def checked(raw: dict[str, Any], origin: str) -> dict[str, Any]:
    """The fields of the checkpoint ``raw`` in the present version, each of them checked.

    Raises:
        InputError: the version is another, or a field is missing, unknown, or of another type or range; it is named.
    """
    version, fields = raw.get("format"), {key: value for key, value in raw.items() if key != "format"}
    if version == FORMAT + "1":
        if "batch_size" not in fields:
            fields = _parsed(Version0, fields, origin).newer()
        fields = _parsed(Version1, fields, origin).newer()
    elif version != FORMAT + "2":
        raise InputError(f"{origin} calls itself {short(version)}, and this cnnkit reads {FORMAT}1 and 2; update cnnkit")
    return dict(vars(_parsed(Version2, fields, origin)))


def check_state(state: Any, origin: str) -> None:
    """Raises InputError unless ``state`` has what `Training.state_dict` returns, each field of its type and range."""
    checks = {field.name: field.metadata["check"] for field in dataclasses.fields(Version2)}
    checks["history"] = any_of(checks["history"], each(whole(), 2, 2))  # a snapshot notes only how long it was
    _raising(origin, entries(**{name: checks[name] for name in STATE}), state)


def _parsed(version: Any, fields: dict[str, Any], origin: str) -> Any:
    _raising(origin, entries(**{field.name: field.metadata["check"] for field in dataclasses.fields(version)}), fields)
    return version(**fields)


def _raising(origin: str, check: Check, value: Any) -> None:
    try:
        check(value)
    except ValueError as error:
        raise InputError(f"{origin} is no whole state of a training: {error}; take an earlier one, or start anew") from None
    except RecursionError:
        raise InputError(f"{origin} is no state of a training: it is nested too deeply") from None

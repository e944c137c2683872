"""cnnkit: a teaching kit on CNN architectures.

    from cnnkit import Training, anatomy, check, data, evaluate, models

Everything is imported on first use, so that ``import cnnkit`` costs no more than its own few lines.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # so that editors and mypy see what __getattr__ hands out
    from cnnkit import anatomy, check, data, draw, explore, models, report, runs, weights
    from cnnkit.errors import Diverged, InputError
    from cnnkit.training import Training, evaluate

__version__ = "0.1.0"
__all__ = [
    "Diverged",
    "InputError",
    "Training",
    "anatomy",
    "check",
    "data",
    "draw",
    "evaluate",
    "explore",
    "models",
    "report",
    "runs",
    "weights",
]

_HOME = {
    "Training": "cnnkit.training",
    "evaluate": "cnnkit.training",
    "Diverged": "cnnkit.errors",
    "InputError": "cnnkit.errors",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'cnnkit' has no attribute {name!r}")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    return import_module(f"cnnkit.{name}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

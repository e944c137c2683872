"""Widgets that explain: change something, see at once what follows.

    explore.convolution()               a window slides over a small photo, with the sum it makes spelled out
    explore.residual_block()            both ways of a block, with the shape at each arrow; vary it, break it
    explore.architecture(model)         the table; a layer's maps for a photo, and what one value sees
    explore.guess(question, answer)     predict first, then see; `explore.guesses()` reads what was guessed
    explore.LiveTraining(training)      trains while you steer; `explore.running()` finds it again
    explore.mission(n)                  a task around a live training: predict, try, compare

Everything is imported on first use; ipywidgets when a widget is first shown. Where it is missing, or no kernel runs, a still
picture stands in.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # so that editors and mypy see what __getattr__ hands out
    from cnnkit.explore.branches import residual_block
    from cnnkit.explore.guessing import guess
    from cnnkit.explore.layers import architecture
    from cnnkit.explore.live import LiveTraining, running
    from cnnkit.explore.missions import mission
    from cnnkit.explore.record import guesses
    from cnnkit.explore.sliding import convolution

__all__ = ["LiveTraining", "architecture", "convolution", "guess", "guesses", "mission", "residual_block", "running"]

# A module here must not have the name of what it gives: importing it would put the module in that name's place.
_HOME = {
    "LiveTraining": "live",
    "architecture": "layers",
    "convolution": "sliding",
    "guess": "guessing",
    "guesses": "record",
    "mission": "missions",
    "residual_block": "branches",
    "running": "live",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'cnnkit.explore' has no attribute {name!r}")
    return getattr(import_module(f"cnnkit.explore.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

"""Widgets that explain: change something, see at once what follows.

    explore.convolution()               a window slides over a small photo, with the sum it makes spelled out
    explore.residual_block()            both ways of a block, with the shape at each arrow; vary it, break it
    explore.residual_stream(model)      a volume knob on each block of a network: turn one off, and see what follows
    explore.architecture(model)         a network as a strip of blocks: what each costs, makes of a photo, and sees of it
    explore.inside(model)               where a network sees a class: doubt the heat map, build it, cover the photo
    explore.guess(question, answer)     predict first, then see; `explore.guesses()` reads what was guessed
    explore.LiveTraining(training)      trains while you steer; `explore.running()` finds it again
    explore.race(networks, dataset)     two networks learn the same photos, in one picture
    explore.mission(n)                  a task around a live training: predict, try, compare
    explore.canvas(svg, hand)           a drawing of your own whose parts can be clicked

Everything is imported on first use; ipywidgets when a widget is first shown. Where it is missing, or no kernel runs, a still
picture stands in.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # so that editors and mypy see what __getattr__ hands out
    from cnnkit._support.guesses import guesses
    from cnnkit.explore.branches import residual_block
    from cnnkit.explore.guessing import guess
    from cnnkit.explore.insight import inside
    from cnnkit.explore.layers import architecture
    from cnnkit.explore.live import LiveTraining, race, running
    from cnnkit.explore.missions import mission
    from cnnkit.explore.sliding import convolution
    from cnnkit.explore.stream import residual_stream
    from cnnkit.explore.touching import canvas

__all__ = [
    "LiveTraining", "architecture", "canvas", "convolution", "guess", "guesses", "inside", "mission", "race", "residual_block",
    "residual_stream", "running",
]  # fmt: skip

# A module here must not have the name of what it gives: importing it would put the module in that name's place.
_HOME = {
    "LiveTraining": "live",
    "architecture": "layers",
    "canvas": "touching",
    "convolution": "sliding",
    "guess": "guessing",
    "guesses": "._support.guesses",
    "inside": "insight",
    "mission": "missions",
    "race": "live",
    "residual_block": "branches",
    "residual_stream": "stream",
    "running": "live",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'cnnkit.explore' has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", "cnnkit.explore"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

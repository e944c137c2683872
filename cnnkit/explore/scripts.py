"""Our ES modules on the page, as widget classes, where anywidget is installed."""

from __future__ import annotations

import warnings
from functools import cache
from importlib import import_module, resources
from typing import Any


def live() -> bool:
    """Whether scripts of ours run here: anywidget is installed."""
    try:
        import_module("anywidget")
    except ModuleNotFoundError as error:
        if error.name != "anywidget":
            raise
        return False
    return True


def run(name: str, **traits: Any) -> Any:
    """A widget that runs ``cnnkit/explore/NAME.js``; ``traits``: what it shares with the page, and each one's first value."""
    with warnings.catch_warnings():  # anywidget adds traits in a way that ipywidgets 7 calls old
        warnings.simplefilter("ignore", DeprecationWarning)
        return _widget_class(name, *traits)(**traits)


def guarded(widget: Any) -> Any:
    """``widget`` in a box that keeps what is typed in it from the notebook's cells, and says when its kernel is gone."""
    if not live():
        return widget
    box = import_module("ipywidgets").VBox([widget, run("guard")])
    box.add_class("cnnkit")
    return box


@cache
def _widget_class(name: str, *traits: str) -> Any:
    """Made on first use, so that importing this module does not import ipywidgets."""
    script = resources.files("cnnkit.explore").joinpath(f"{name}.js").read_text(encoding="utf-8")
    shared = {trait: import_module("traitlets").Any().tag(sync=True) for trait in traits}
    return type(name.title(), (import_module("anywidget").AnyWidget,), {"_esm": script, **shared})

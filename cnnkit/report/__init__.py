"""The report: what a student did, as far as it was recorded.

    report.record(training, "baseline")       keeps a finished training in runs/baseline.json
    report.say(claim="...", evidence="...")   keeps the student's own words in runs/words.json
    results = report.gather("runs")           everything that is recorded

Nothing is made up: what was not run is missing in the result.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # so that editors and mypy see what __getattr__ hands out
    from cnnkit.report.gathering import Results, gather
    from cnnkit.report.keeping import record, say

__all__ = ["Results", "gather", "record", "say"]

_HOME = {"Results": "gathering", "gather": "gathering", "record": "keeping", "say": "keeping"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'cnnkit.report' has no attribute {name!r}")
    return getattr(import_module(f"cnnkit.report.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

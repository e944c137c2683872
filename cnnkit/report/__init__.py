"""The report: what a student did, on one page to hand in; many such pages as one table.

    report.record(training, "baseline")       keeps a finished training in runs/baseline.json
    report.say(claim="...", evidence="...")   keeps the student's own words in runs/words.json
    results = report.gather("runs")           what is recorded; a notebook shows it
    report.write("report.html", name="...")   one HTML file with everything in it
    report.collect("handed-in")               many such files: one row a student; .save("grades.csv")

Nothing is made up: what was not run is shown as not run.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # so that editors and mypy see what __getattr__ hands out
    from cnnkit.report.collecting import Collected, collect
    from cnnkit.report.gathering import Results, gather
    from cnnkit.report.keeping import record, say
    from cnnkit.report.page import write

__all__ = ["Collected", "Results", "collect", "gather", "record", "say", "write"]

_HOME = {
    "Collected": "collecting",
    "Results": "gathering",
    "collect": "collecting",
    "gather": "gathering",
    "record": "keeping",
    "say": "keeping",
    "write": "page",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'cnnkit.report' has no attribute {name!r}")
    return getattr(import_module(f"cnnkit.report.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

"""The report: what a student did, as far as it was recorded.

    report.record(training, "baseline")       keeps a finished training in runs/baseline.json
    report.say(claim="...", evidence="...")   keeps the student's own words in runs/words.json
    results = report.gather("runs")           everything that is recorded
    report.show(results, "runs")              one part of it: exercises, guesses, runs, words
    report.curves(results)                    the losses of all recorded runs
    report.write("report.html", name="...")   one page to hand in
    report.collect("handed-in")               many pages as one table, reports.csv

Nothing is made up: what was not run is missing in the result, and shown as not run.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # so that editors and mypy see what __getattr__ hands out
    from cnnkit.report.collecting import collect
    from cnnkit.report.figure import curves
    from cnnkit.report.gathering import Results, gather
    from cnnkit.report.keeping import record, say
    from cnnkit.report.page import write
    from cnnkit.report.parts import Section
    from cnnkit.report.sections import show

__all__ = ["Results", "Section", "collect", "curves", "gather", "record", "say", "show", "write"]

# A module here must not have the name of what it gives: importing it would put the module in that name's place.
_HOME = {
    "Results": "gathering",
    "Section": "parts",
    "collect": "collecting",
    "curves": "figure",
    "gather": "gathering",
    "record": "keeping",
    "say": "keeping",
    "show": "sections",
    "write": "page",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'cnnkit.report' has no attribute {name!r}")
    return getattr(import_module(f"cnnkit.report.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

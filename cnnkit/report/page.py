"""The page that a student hands in: one HTML file with everything in it, and the same data as JSON."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from cnnkit import __version__
from cnnkit._support import files
from cnnkit.errors import InputError
from cnnkit.report.gathering import Results, gather
from cnnkit.report.keeping import WORDS, finite, machine
from cnnkit.report.look import STYLE
from cnnkit.report.parts import escape
from cnnkit.report.sections import ASKED, asked_for, in_notebook, seed_of, show

SCHEMA = 1  # of the embedded data: raise it where a field changes its meaning
KIND = DATA_ID = "cnnkit-report"
ORDER = ("words", "runs", "guesses", "exercises")  # what the student says first, then what it rests on
MOST_LETTERS = 200  # of a name
# Of a run, what the page shows or a teacher's table needs; whatever else its file holds stays there.
RUN_FIELDS = (
    "name", "data", "network", "start", "parameters", "macs", "epochs", "steps", "lr", "precision", "machine", "seconds",
    "losses", "images",
)  # fmt: skip
EVALUATION_FIELDS = ("split", "epoch", "step", "accuracy", "loss")


def write(path: str | Path = "report.html", name: str = "", folder: str | Path = "runs", number: str | int = "") -> Path:
    """Writes what is recorded in ``folder`` as one HTML page that needs nothing else; returns its path.

    Args:
        path: of the page. It is written whole or not at all.
        name: the student's.
        folder: what the notebooks recorded. Where it is empty or missing, the page says of everything that it was not run.
        number: the student's number at the university, by which a teacher's table tells students apart.

    Raises:
        InputError: ``folder`` is a file, a name is no text or too long, or the page cannot be written.
    """
    path, about = Path(path), {"name": _named("name", name), "number": _named("number", number)}
    if path.is_dir():
        raise InputError(f'"{path}" is a folder; give a file to write, such as {path / "report.html"}')
    return files.write(path, page(gather(folder), **about))


def page(results: Results, name: str = "", number: str = "") -> str:
    """The page as text: the same for the same results, names, machine and time."""
    about = {"name": name, "number": number, "date": _now(), "machine": _machine()}
    title = f"Report of {name}" if name else "Report without a name"
    style = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; form-action 'none'"
    sections = "\n".join(f"<section>{show(results, part).html()}</section>" for part in ORDER)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="cnnkit {__version__}">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>{STYLE}</style>
</head>
<body>
<header>
<p class="kicker">cnnkit: CNN architectures</p>
<h1 dir="auto">{escape(title)}</h1>
{_facts(about)}
</header>
<main>
{_tiles(results)}
{sections}
<section>{_left_out(results)}</section>
</main>
<footer><p>Written by cnnkit {__version__} from what the notebooks and the command line recorded. The same data lies in this
file as JSON. The page is not signed: whoever has it can change it.</p></footer>
<script type="application/json" id="{DATA_ID}">{_embedded(results, about)}</script>
</body>
</html>
"""


def _named(what: str, value: object) -> str:
    """A name without line breaks."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InputError(f"the {what} is {value!r}; it must be text between quotation marks")
    text = " ".join(str(value).split())
    if len(text) > MOST_LETTERS:
        raise InputError(f"the {what} has {len(text)} letters; at most {MOST_LETTERS} fit")
    return text


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _machine() -> str:
    import torch

    return machine("cuda" if torch.cuda.is_available() else "cpu")


def _facts(about: dict[str, str]) -> str:
    date = f'<time datetime="{escape(about["date"])}">{escape(about["date"][:16].replace("T", ", "))}</time>'
    given = {key: escape(about[key]) or '<span class="missing">not given</span>' for key in ("name", "number")}
    facts = {"Name": given["name"], "Student number": given["number"], "Date": date}
    facts["Machine that wrote this page"] = escape(about["machine"])
    pairs = "".join(f'<div><dt>{what}</dt><dd dir="auto">{value}</dd></div>' for what, value in facts.items())
    return f'<dl class="facts">{pairs}</dl>'


def _tiles(results: Results) -> str:
    """The four numbers that sum it up, with bars where there is a whole."""
    passed, written = sum(e["passed"] for e in results.exercises), sum(map(bool, results.words.values()))
    made = asked_for(results.guesses)
    tiles = [
        (f"{passed} of {len(results.exercises)}", "exercises and missions", passed / max(1, len(results.exercises))),
        (f"{made} of {ASKED}", "guesses made", made / ASKED),
        (f"{len(results.runs)}", "runs recorded", None),
        (f"{written} of {len(WORDS)}", "answers in own words", written / len(WORDS)),
    ]
    shown = "".join(f"<li><b>{value}</b><span>{what}</span>{_bar(part)}</li>" for value, what, part in tiles)
    return f'<ul class="tiles">{shown}</ul>'


def _bar(part: float | None) -> str:
    if part is None:
        return ""
    return (
        '<svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="rest" width="100" height="6"/>'
        f'<rect class="part" width="{100 * part:.1f}" height="6"/></svg>'
    )


def _left_out(results: Results) -> str:
    if not results.left_out:
        return '<h2>What was left out</h2><p class="lead">Nothing: every file that was found could be read.</p>'
    items = "".join(f'<li dir="auto">{escape(sentence)}</li>' for sentence in results.left_out)
    lead = '<p class="lead">These files or lines could not be read, so they are not counted above.</p>'
    return f'<h2>What was left out</h2>{lead}<ul class="list">{items}</ul>'


def _embedded(results: Results, about: dict[str, str]) -> str:
    """The data as JSON inside a script element: nothing in it can end the element, or be taken for a comment."""
    runs = [_run(run) for run in results.runs]
    data = {"schema": SCHEMA, "kind": KIND, "cnnkit": __version__, **about, "exercises": results.exercises}
    data |= {"guesses": results.guesses, "runs": runs, "words": results.words, "left_out": results.left_out}
    text = json.dumps(finite(data), ensure_ascii=True, allow_nan=False, separators=(",", ":"))  # no U+2028 either
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _run(run: dict[str, Any]) -> dict[str, Any]:
    kept = {key: run[key] for key in RUN_FIELDS if key in run}
    evaluations = [{key: e[key] for key in EVALUATION_FIELDS if key in e} for e in run.get("evaluations", ())]
    return {**kept, "seed": seed_of(run), "in_notebook": in_notebook(run), "evaluations": evaluations}

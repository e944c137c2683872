"""The four parts of the report: exercises, guesses, runs, words. What was not run is shown as not run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnnkit._support.numbers import is_right, number
from cnnkit.check import MISTAKES
from cnnkit.errors import unknown
from cnnkit.report import figure
from cnnkit.report.course import LESSONS, MISSIONS, PROMPTS, QUESTIONS, TITLES
from cnnkit.report.gathering import Results
from cnnkit.report.keeping import WORDS
from cnnkit.report.parts import NOT_RUN, UNKNOWN, Cell, Section, Table

MISSION, OTHER = "06, missions", "other"


def show(results: Results, part: str) -> Section:
    """One part of the report: "exercises", "guesses", "runs" (with the curves) or "words".

    Where nothing is recorded, it says so.

    Raises:
        InputError: there is no such part.
    """
    if part not in PARTS:
        raise unknown("part of the report", part, PARTS)
    return PARTS[part](results)


def exercises(results: Results) -> Section:
    """Passed or not, how many attempts, and which mistakes on the way."""
    found = results.exercises
    tried, passed = sum(e["attempts"] > 0 for e in found), sum(e["passed"] for e in found)
    lead = f"{passed} of {len(found)} exercises passed, {tried} tried. Attempts are counted where a check runs in a notebook."
    rows = [(e["name"], LESSONS.get(e["name"], "-"), _result(e), _attempts(e), _mistakes(e)) for e in found]
    table = Table("Each exercise", ("Exercise", "Notebook", "Result", "Attempts", "Mistakes on the way"), rows)
    return Section("Exercises", lead, (table,))


def _result(exercise: Mapping[str, Any]) -> str:
    if not exercise["attempts"]:
        return NOT_RUN
    return "✓ passed" if exercise["passed"] else "✗ not passed"


def _attempts(exercise: Mapping[str, Any]) -> str:
    return f"{exercise['attempts']:,}" if exercise["attempts"] else "-"


def _mistakes(exercise: Mapping[str, Any]) -> Cell:
    meant = MISTAKES.get(exercise["name"], {})
    named = tuple(f"{slug}: {meant[slug]}" if slug in meant else slug for slug in exercise["mistakes"])
    return named or "-"


def guesses(results: Results) -> Section:
    """Guesses beside what came out."""
    made = results.guesses
    sets = Table("Each set of questions", ("Set", "Questions", "Guessed", "Right"), _sets(made))
    if not made:
        return Section("Guesses", "No guess is recorded yet.", (sets,))
    far = [_off(g) for g in made if not g["right"]]
    high, low = (sum(f"too {way}" in text for text in far) for way in ("high", "low"))
    lead = f"{sum(g['right'] for g in made)} of {len(made)} guesses were right"
    lead += f"; of the others, {high} were too high and {low} too low." if high + low else "."
    rows = [(g["question"].replace("`", ""), set_of(g["key"]), *_answers(g), _judged(g)) for g in made]
    table = Table("Each guess", ("Question", "Set", "Guess", "Answer", "Result"), rows)
    return Section("Guesses", lead, (sets, table))


def set_of(key: str) -> str:
    """Which questions a guess belongs to: a notebook's, the missions, or others."""
    if (asked := re.match(r"(\d\d), question \d", key)) and asked[1] in QUESTIONS:
        return asked[1]
    return MISSION if re.match(r"mission \d", key) else OTHER


def _sets(made: Sequence[Mapping[str, Any]]) -> list[tuple[Cell, ...]]:
    asked = {**QUESTIONS, MISSION: MISSIONS}
    names = {lesson: f"{lesson}, {TITLES[lesson]}" for lesson in QUESTIONS} | {MISSION: MISSION}
    if any(set_of(guess["key"]) == OTHER for guess in made):
        asked, names = {**asked, OTHER: 0}, {**names, OTHER: OTHER}
    rows: list[tuple[Cell, ...]] = []
    for name in sorted(asked):
        own = [guess for guess in made if set_of(guess["key"]) == name]
        right = str(sum(guess["right"] for guess in own)) if own else "-"
        rows.append((names[name], str(asked[name] or "-"), str(len(own)) if own else NOT_RUN, right))
    return rows


def _answers(guess: Mapping[str, Any]) -> tuple[str, str]:
    unit = f" {guess['unit']}" if guess["unit"] else ""
    shown = [value if isinstance(value, str) else number(value) + unit for value in (guess["guess"], guess["answer"])]
    return shown[0], shown[1]


def _judged(guess: Mapping[str, Any]) -> str:
    off = _off(guess)
    if guess["right"]:
        return f"✓ right, {off}" if off else "✓ right"
    return f"✗ {off or 'not right'}"


def _off(guess: Mapping[str, Any]) -> str:
    """How far off: a factor from 2 on where both are positive, else the difference."""
    made, answer = guess["guess"], guess["answer"]
    if isinstance(made, str) or isinstance(answer, str):
        return ""
    if is_right(made, answer, 0.0):
        return "exact"
    way = "high" if made > answer else "low"
    try:
        if min(made, answer) > 0 and (factor := max(made, answer) / min(made, answer)) >= 2:
            return f"too {way} by a factor of {number(round(factor, 1) if factor < 100 else round(factor))}"
        return f"too {way} by {number(abs(made - answer))}"
    except OverflowError:
        return f"too {way}"


def runs(results: Results) -> Section:
    """Runs compared, with their curves."""
    kept = sum(map(in_notebook, results.runs))
    kinds = (
        ("in a notebook, kept with report.record", kept),
        ("in a terminal, python -m cnnkit train", len(results.runs) - kept),
    )
    where = Table(
        "Where runs were made", ("Runs", "Recorded"), [(kind, str(count) if count else NOT_RUN) for kind, count in kinds]
    )
    if not results.runs:
        return Section("Runs", "No run is recorded yet.", (where,))
    count = len(results.runs)
    lead = f"{count} {'runs are' if count > 1 else 'run is'} recorded. An accuracy belongs to the images it was measured on."
    came = Table(
        "What came out",
        ("Run", "Network", "Measured on", "Accuracy", "Loss", "Training loss, last steps", "Time"),
        [row for run in results.runs for row in _came(run)],
    )
    made = Table(
        "How it was made",
        ("Run", "Data set", "Epochs", "Learning rate", "Settings", "Seed", "Parameters", "MACs", "Precision", "Machine"),
        [_made(run) for run in results.runs],
    )
    pictures = (figure.curves(results),) if any(run.get("losses") for run in results.runs) else ()
    return Section("Runs", lead, (came, made, where), pictures)


def in_notebook(run: Mapping[str, Any]) -> bool:
    """Whether `report.record` kept the run, and not the command line."""
    return bool(run.get("kind") == "run")


def seed_of(run: Mapping[str, Any]) -> int | None:
    """The seed, if it is one."""
    seed = run.get("seed")
    return seed if isinstance(seed, int) and not isinstance(seed, bool) and abs(seed) < 2**64 else None


def last(run: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The last evaluation of each split that has an accuracy."""
    return {e["split"]: e for e in run.get("evaluations", ()) if e.get("accuracy") is not None}


def _came(run: Mapping[str, Any]) -> list[tuple[Cell, ...]]:
    """A row for each split that the run was measured on; one that says so where there is none."""
    known = (run["name"], run.get("network") or UNKNOWN)
    trained = f"{run['losses'][-1][1]:.3f}" if run.get("losses") else UNKNOWN
    rows: list[tuple[Cell, ...]] = []
    for split, e in last(run).items():
        loss = UNKNOWN if e.get("loss") is None else f"{e['loss']:.3f}"
        rows.append((*known, split, f"{100 * e['accuracy']:.1f} %", loss, trained, _time(run)))
    return rows or [(*known, "not measured", UNKNOWN, UNKNOWN, trained, _time(run))]


def _time(run: Mapping[str, Any]) -> str:
    seconds = run.get("seconds")
    if seconds is None:
        return UNKNOWN
    if seconds < 60:
        return f"{seconds:.1f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min"


def _made(run: Mapping[str, Any]) -> tuple[str, ...]:
    counts = [number(run[key]) if run.get(key) is not None else UNKNOWN for key in ("epochs", "lr")]
    seed = seed_of(run)
    costs = [f"{run[key]:,}" if run.get(key) is not None else UNKNOWN for key in ("parameters", "macs")]
    names = [run.get(key) or UNKNOWN for key in ("precision", "machine")]
    return (run["name"], run["data"], *counts, _settings(run), UNKNOWN if seed is None else str(seed), *costs, *names)


def _settings(run: Mapping[str, Any]) -> str:
    """The other options of `Training` by which runs are told apart; those that do nothing are left out."""
    options = run.get("options")
    if not isinstance(options, dict):
        return UNKNOWN
    parts = [f"batches of {options.get('batch_size', '?')}", *(str(options.get(key, "?")) for key in ("optimizer", "schedule"))]
    parts += [f"{key.replace('_', ' ')} {options[key]}" for key in ("weight_decay", "label_smoothing") if options.get(key)]
    return ", ".join([*parts, "crops and flips" if options.get("augment") else "no augmentation"])


def words(results: Results) -> Section:
    """The student's own words under their prompts."""
    written = sum(bool(text) for text in results.words.values())
    texts = tuple((title, PROMPTS[key], results.words.get(key, "")) for key, title in WORDS.items())
    return Section("In my own words", f"{written} of {len(WORDS)} answers are written.", texts=texts)


PARTS: dict[str, Callable[[Results], Section]] = {"exercises": exercises, "guesses": guesses, "runs": runs, "words": words}

"""The four parts of the report: exercises, guesses, runs, words. What was not run is shown as not run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnnkit._support import missions
from cnnkit._support.numbers import is_right, number
from cnnkit._support.words import counted
from cnnkit.check import MISTAKES
from cnnkit.errors import unknown
from cnnkit.report import figure
from cnnkit.report.course import LESSONS, PROMPTS, QUESTIONS, TITLES
from cnnkit.report.gathering import Results
from cnnkit.report.keeping import WORDS
from cnnkit.report.measured import last, said
from cnnkit.report.parts import NOT_RUN, UNKNOWN, Cell, Folded, Section, Table

MISSION, OTHER = "06, missions", "other"
ASKED = sum(QUESTIONS.values()) + len(missions.TITLES)  # guesses of the course


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
    """Passed or not, how many attempts, and which mistakes on the way; the missions are exercises, too."""
    found = results.exercises
    tried, passed = sum(e["attempts"] > 0 for e in found), sum(e["passed"] for e in found)
    lead = f"{passed} of {len(found)} exercises and missions passed, {tried} tried. "
    lead += "Attempts are counted where a check or a mission runs in a notebook."
    rows = [(titled(e["name"]), _lesson(e["name"]), _result(e), _attempts(e), _mistakes(e)) for e in found]
    table = Table("Each exercise and mission", ("Exercise", "Notebook", "Result", "Attempts", "Mistakes on the way"), rows)
    return Section("Exercises and missions", lead, (table,))


def titled(name: str) -> str:
    """An exercise's name is that of the function or class; a mission has a title."""
    return missions.TITLES.get(name, name)


def _lesson(name: str) -> str:
    return "06" if name in missions.TITLES else LESSONS.get(name, "-")


def _result(exercise: Mapping[str, Any]) -> str:
    if not exercise["attempts"]:
        return NOT_RUN
    word = "solved" if exercise["name"] in missions.TITLES else "passed"
    return f"✓ {word}" if exercise["passed"] else f"✗ not {word}"


def _attempts(exercise: Mapping[str, Any]) -> str:
    return f"{exercise['attempts']:,}" if exercise["attempts"] else "-"


def _mistakes(exercise: Mapping[str, Any]) -> Cell:
    """In words; a mistake without any, from another version of the kit, by its name."""
    meant = {**MISTAKES, **missions.MISTAKES}.get(exercise["name"], {})
    told = tuple(meant.get(slug, slug.replace("-", " ")) for slug in exercise["mistakes"])
    return Folded(counted(len(told), "mistake", "mistakes"), told) if told else "-"


def guesses(results: Results) -> Section:
    """Guesses beside what came out."""
    made = results.guesses
    sets = Table("Each set of questions", ("Set", "Questions", "Guessed"), _sets(made))
    if not made:
        return Section("Guesses", "No guess is recorded yet.", (sets,))
    lead = f"{asked_for(made)} of {ASKED} guesses made. What counts is that they were made before the answer was seen."
    far = [_off(g) for g in made if not g["right"]]
    high, low = (sum(f"too {way}" in text for text in far) for way in ("high", "low"))
    lead += f" Of those that were off, {high} were too high and {low} too low." if high + low else ""
    rows = [(g["question"].replace("`", ""), set_of(g["key"]), *_answers(g), _judged(g)) for g in made]
    table = Table("Each guess", ("Question", "Set", "Guess", "Answer", "Result"), rows)
    return Section("Guesses", lead, (sets, table))


def asked_for(made: Sequence[Mapping[str, Any]]) -> int:
    """How many of the guesses answer a question of the course; anybody may ask more."""
    return sum(set_of(guess["key"]) != OTHER for guess in made)


def set_of(key: str) -> str:
    """Which questions a guess belongs to: a notebook's, the missions, or others."""
    if (asked := re.match(r"(\d\d), question \d", key)) and asked[1] in QUESTIONS:
        return asked[1]
    return MISSION if re.match(r"mission \d", key) else OTHER


def _sets(made: Sequence[Mapping[str, Any]]) -> list[tuple[Cell, ...]]:
    asked = {**QUESTIONS, MISSION: len(missions.TITLES)}
    names = {lesson: f"{lesson}, {TITLES[lesson]}" for lesson in QUESTIONS} | {MISSION: MISSION}
    if any(set_of(guess["key"]) == OTHER for guess in made):
        asked, names = {**asked, OTHER: 0}, {**names, OTHER: OTHER}
    rows: list[tuple[Cell, ...]] = []
    for name in sorted(asked):
        own = [guess for guess in made if set_of(guess["key"]) == name]
        rows.append((names[name], str(asked[name] or "-"), str(len(own)) if own else NOT_RUN))
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
    lead = f"{counted(count, 'run is', 'runs are')} recorded. An accuracy belongs to the images it was measured on; ± is "
    lead += "its standard error, √(p(1-p)/n) for n independent images. Other seeds make a difference besides."
    came = Table(
        "What came out",
        ("Run", "Measured on", "Accuracy", "Loss", "Training loss at the end", "Time"),
        [row for run in results.runs for row in _came(run)],
    )
    pictures = (figure.curves(results),) if any(run.get("losses") for run in results.runs) else ()
    same, differ = made(results.runs)
    return Section("Runs", lead, (came, *differ, where), pictures, notes=same)


def made(runs: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], tuple[Table, ...]]:
    """How runs were made: what all have in common is said once, and then only what differs."""
    rows = [settings(run) for run in runs]
    differs = [key for key in rows[0] if any(row[key] != rows[0][key] for row in rows)]
    same = "; ".join(
        f"{key if key[1].isupper() else key.lower()} {value}" for key, value in rows[0].items() if key not in differs
    )
    note = f"{'How it was made' if len(runs) == 1 else 'The same in all runs'}: {same}."
    told = [(run["name"], *(row[key] for key in differs)) for run, row in zip(runs, rows, strict=True)]
    table = Table("In what the runs differ", ("Run", *differs), told)
    return (note,) if same else (), (table,) if differs else ()


def in_notebook(run: Mapping[str, Any]) -> bool:
    """Whether `report.record` kept the run, and not the command line."""
    return bool(run.get("kind") == "run")


def seed_of(run: Mapping[str, Any]) -> int | None:
    """The seed, if it is one."""
    seed = run.get("seed")
    return seed if isinstance(seed, int) and not isinstance(seed, bool) and abs(seed) < 2**64 else None


def _came(run: Mapping[str, Any]) -> list[tuple[Cell, ...]]:
    """A row for each split that the run was measured on; one that says so where there is none."""
    trained = f"{run['losses'][-1][1]:.2f}" if run.get("losses") else UNKNOWN
    rows: list[tuple[Cell, ...]] = []
    for split, e in last(run).items():
        loss = UNKNOWN if e.get("loss") is None else f"{e['loss']:.2f}"
        rows.append((run["name"], split, said(run, split, e["accuracy"]), loss, trained, _time(run)))
    return rows or [(run["name"], "not measured", UNKNOWN, UNKNOWN, trained, _time(run))]


def _time(run: Mapping[str, Any]) -> str:
    seconds = run.get("seconds")
    if seconds is None:
        return UNKNOWN
    if seconds < 60:
        return f"{seconds:.1f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min"


def settings(run: Mapping[str, Any]) -> dict[str, str]:
    """By what runs are told apart, in words; options that do nothing are left out of what is said."""
    options = run.get("options")
    options = options if isinstance(options, dict) else {}

    def told(value: Any) -> str:
        return UNKNOWN if value is None else number(value) if isinstance(value, float) else str(value)

    augment = options.get("augment")
    return {
        "Data set": run["data"],
        "Network": run.get("network") or UNKNOWN,
        "Weights at the start": run.get("start") or UNKNOWN,
        "Epochs": told(run.get("epochs")),
        "Learning rate": told(run.get("lr")),
        "Schedule": told(options.get("schedule")),
        "Optimizer": told(options.get("optimizer")),
        "Batch size": told(options.get("batch_size")),
        "Augmentation": UNKNOWN if augment is None else "crops and flips" if augment else "none",
        "Weight decay": told(options.get("weight_decay")),
        "Label smoothing": told(options.get("label_smoothing")),
        "Seed": told(seed_of(run)),
        "Parameters": UNKNOWN if run.get("parameters") is None else f"{run['parameters']:,}",
        "MACs": UNKNOWN if run.get("macs") is None else f"{run['macs']:,}",
        "Precision": run.get("precision") or UNKNOWN,
        "Machine": run.get("machine") or UNKNOWN,
    }


def words(results: Results) -> Section:
    """The student's own words under their prompts."""
    written = sum(bool(text) for text in results.words.values())
    texts = tuple((title, PROMPTS[key], results.words.get(key, "")) for key, title in WORDS.items())
    return Section("In my own words", f"{written} of {len(WORDS)} answers are written.", texts=texts)


PARTS: dict[str, Callable[[Results], Section]] = {"exercises": exercises, "guesses": guesses, "runs": runs, "words": words}

"""Runs one exercise's probes on an answer, under limits, and makes the verdict."""

from __future__ import annotations

import ast
import inspect
import numbers
import textwrap
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from cnnkit._support.words import too_slow
from cnnkit.check import limits, origin
from cnnkit.check.faults import Mistake, is_unfilled, mistake_of, text_of, untold
from cnnkit.check.verdict import Verdict
from cnnkit.errors import InputError

SECONDS = 10.0
LONGEST = 86_400  # seconds of a time limit


@dataclass
class Attempt:
    """One answer under examination: what a probe gets.

    Attributes:
        candidate: the student's object.
        seed: of the random inputs.
        remarks: what probes found worth saying though it is not wrong.
        draw: makes the drawing of the answer with the record ``mark`` marked, or of one that passed with what was verified
            (``mark`` None); set by the probes that have one.
    """

    candidate: Any
    seed: int = 0
    remarks: list[str] = field(default_factory=list)
    draw: Callable[[int | None], str] | None = None

    def call(self, function: Callable[..., Any], *args: Any, doing: str = "called", **kwargs: Any) -> Any:
        """What the student's ``function`` returns; its exception becomes the mistake "raises" or a more telling one."""
        with student_code(doing):
            return function(*args, **kwargs)

    def generator(self, salt: int = 0) -> torch.Generator:
        """A source of random numbers that depends on the seed alone."""
        return torch.Generator().manual_seed(1000 * self.seed + salt)


@dataclass(frozen=True)
class Exercise:
    """What is asked for and how it is checked.

    Attributes:
        name: of the check, e.g. "residual_block".
        answer: what the student's object is called, e.g. "ResidualBlock".
        probes: called in this order; the first that raises `Mistake` decides.
        reference: the kit's own solution.
        what: "function" or "class", for messages.
        same: dotted names of what in the kit does the same job, and so is no answer.
        allowed: names of the kit's solutions that an answer may be made of.
        praise: what a right answer is told: how far the check looked.
        title: of the exercise, for headings.
        minutes: that it takes a student.
        difficulty: 1 to 5.
        place: notebook and position there, such as "01/2"; "" where no notebook of the course has it.
        text: the task, Markdown, as students read it.
        asks: what is given to be filled in; by default signature and docstring of the reference.
        mistakes: slugs that only this exercise or few name, and what each means.
        before: what torch does only once in a process and takes long for; it must not count as the student's time.
    """

    name: str
    answer: str
    probes: tuple[Callable[[Attempt], None], ...]
    reference: Any
    what: str = "function"
    same: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    praise: str = "Right."
    title: str = ""
    minutes: int = 10
    difficulty: int = 2
    place: str = ""
    text: str = ""
    asks: str = ""
    mistakes: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], object] | None = None

    @property
    def heading(self) -> str:
        """Title, minutes and difficulty, as a notebook's heading has them."""
        return f"{self.title or self.answer} ({self.minutes} minutes, difficulty {self.difficulty} of 5)"

    @property
    def stub(self) -> str:
        """What students are given: signature and docstring, and a body that says it is none yet."""
        return self.asks.strip().replace("'''", '"""') if self.asks else stub_of(self.reference)

    def alike(self) -> list[str]:
        """What the check cannot tell apart, each as a sentence: for who writes an exercise with a table of bugs."""
        return [said for probe in self.probes if hasattr(probe, "alike") for said in probe.alike()]

    def task(self) -> str:
        """All that a student reads, as Markdown."""
        return f"## {self.heading}\n\n{self.text.strip()}\n\n```python\n{self.stub}\n```\n"


def stub_of(reference: Any) -> str:
    """The source of a function or class; where a body was, ``raise NotImplementedError`` stands below the docstring."""
    lines = source_of(reference).split("\n")
    for first, end, pad in reversed(bodies("\n".join(lines))):
        lines[first:end] = [f"{pad}raise NotImplementedError"]
    return "\n".join(lines)


def source_of(reference: Any) -> str:
    """The text of a function or class, as if it stood at the margin."""
    return textwrap.dedent(inspect.getsource(reference)).rstrip()


def bodies(source: str) -> list[tuple[int, int, str]]:
    """The lines [first, end) of each function in ``source`` that is in no other, below its docstring; and their indent."""
    found: list[tuple[int, int, str]] = []
    for node in ast.walk(ast.parse(source)):  # the outer ones come first
        if isinstance(node, ast.FunctionDef) and not any(first < node.lineno <= end for first, end, _ in found):
            told = ast.get_docstring(node) is not None
            above = node.body[0].end_lineno if told else node.body[0].lineno - 1  # comments belong to the body
            if len(node.body) > told:
                found.append((above or 0, node.end_lineno or 0, " " * node.body[0].col_offset))
    return sorted(found)


def check(exercise: Exercise, candidate: Any, seed: int = 0, seconds: float = SECONDS) -> Verdict:
    """The verdict on ``candidate``; random state, modes and defaults are as before.

    Raises:
        InputError: a time limit or seed that cannot be.
    """
    check_limits(seed, seconds)
    attempt = Attempt(candidate, int(seed))
    if exercise.before is not None and not is_unfilled(candidate):
        exercise.before()
    used = origin.kit_solution(candidate, exercise.same, exercise.allowed)  # before the student's time begins
    start, printed, mistake = time.perf_counter(), "", None

    def work() -> Mistake | None:
        nonlocal start
        start = time.perf_counter()  # until now it may have waited for a training's step
        return _first_mistake(exercise, attempt, used)

    try:
        mistake, printed = limits.run(work, seconds)
    except limits.TooSlow as error:
        end = " It cannot be interrupted: restart the kernel before you go on." if error.stuck else ""
        mistake = Mistake("too-slow", too_slow(seconds) + end)
    return Verdict(
        exercise=exercise.name,
        mistake=mistake.slug if mistake else None,
        message=mistake.message if mistake else exercise.praise,
        remarks=tuple(attempt.remarks),
        printed=printed,
        drawing=attempt.draw(mistake.mark if mistake else None) if attempt.draw else "",
        seed=seed,
        seconds=time.perf_counter() - start,
        candidate=candidate,
        reference=exercise.reference,
    )


def check_limits(seed: Any, seconds: float) -> None:
    """Raises InputError for a time limit or a seed that cannot be."""
    if not 0 < seconds <= LONGEST:
        raise InputError(f"the time limit is {seconds!r} seconds; it must be above 0 and at most {LONGEST} (a day)")
    if not isinstance(seed, numbers.Integral) or not 0 <= int(seed) < 2**32:
        raise InputError(f"the seed is {seed!r}; it must be a whole number from 0 to {2**32 - 1}")


def _first_mistake(exercise: Exercise, attempt: Attempt, used: str | None) -> Mistake | None:
    try:
        _is_there(exercise, attempt.candidate, used)
        for probe in exercise.probes:
            torch.manual_seed(attempt.seed)
            probe(attempt)
    except Mistake as mistake:
        return mistake
    except limits.Stop:
        raise
    except BaseException as error:
        if not isinstance(error, Exception):  # Ctrl-C reaches the main thread alone, so that this is the student's
            return mistake_of(error, "checked")
        if mute := untold(error):
            return mistake_of(mute, "checked")
        # A probe met what it was not made for. That is the kit's fault, and must not look like the student's.
        said = f"{type(error).__name__}: {text_of(error)}".splitlines()[0][:120]
        attempt.remarks.append(f"The check itself stopped with {said}. Please report this together with your code.")
        return Mistake("could-not-check", "The check could not judge this answer. That is a fault of the check, not yours.")
    return None


def _is_there(exercise: Exercise, candidate: Any, used: str | None) -> None:
    """An answer, of the right sort, of the student's own making (``used``: the kit's), and with torch as torch made it."""
    if candidate is None or candidate is ...:
        raise Mistake("not-started", "Not started yet.")
    if not callable(candidate) or isinstance(candidate, torch.nn.Module):
        made = f"an object of type {type(candidate).__name__}"
        raise Mistake(
            "wrong-kind", f"The check was given {made}. It needs the {exercise.what} {exercise.answer} itself, without a call."
        )
    if is_unfilled(candidate.forward if isinstance(candidate, type) and hasattr(candidate, "forward") else candidate):
        begun = isinstance(candidate, type) and "__init__" in vars(candidate) and not is_unfilled(vars(candidate)["__init__"])
        raise Mistake("not-started", "`__init__` is written; `forward` has no lines yet." if begun else "Not started yet.")
    if changed := origin.changed_torch():
        raise Mistake(
            "torch-changed",
            f"`{changed}` is not torch's own any more: some cell has replaced it. Restart the kernel, and leave that cell out.",
        )
    if used:
        raise Mistake(
            "kit-solution",
            f"Your answer rests on cnnkit's own `{used}`. That is right, of course, but you learn more from your own: "
            "write it without.",
        )


@contextmanager
def student_code(doing: str) -> Any:
    """Exceptions inside the context are the student's: they become a `Mistake`."""
    try:
        yield
    except Mistake:
        raise
    except limits.Stop:
        raise
    except BaseException as error:
        raise mistake_of(error, doing) from error

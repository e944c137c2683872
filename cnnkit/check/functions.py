"""Exercises that ask for a function: its answers to chosen calls are compared with the reference's, and explained by bugs."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from cnnkit.check.bugs import Bug, Library
from cnnkit.check.engine import Attempt, Exercise
from cnnkit.check.faults import Mistake
from cnnkit.check.results import read, same, shown, told_apart
from cnnkit.errors import InputError

Case = tuple[Any, ...]
Draw = Callable[[torch.Generator], Case]
_DRAWN = 6  # random calls beside the chosen ones
# What every exercise of this kind can say; the last takes its hint from the exercise.
_OWN = {
    "not-repeatable": "a second call gives another result",
    "wrong-type": "the function returns another type than asked for",
    "one-number": "only one number is returned, not all that are asked for",
    "changes-input": "the function changes what it was given",
    "wrong-value": "a result is wrong",
}


@dataclass(frozen=True)
class Calls:
    """The calls that an answer is compared in.

    Attributes:
        library: the reference with its bugs.
        chosen: arguments of the calls that are always made; a message shows the first one that is wrong.
        drawn: makes the arguments of a random call from a generator.
        names: of the numbers that come back, where they are several.
        apart: whether these numbers are judged one by one, or all together.
        text: how a message writes a call.
    """

    library: Library
    chosen: tuple[Case, ...]
    drawn: Draw | None
    names: tuple[str, ...]
    apart: bool
    text: Callable[..., str]

    def __call__(self, attempt: Attempt) -> None:
        """Raises `Mistake` where a result of the answer is another than the reference's."""
        cases = self.cases(attempt.seed)
        seen = [self._ask(attempt, case) for case in cases]
        self._repeats(attempt, cases[0], seen[0])
        right = [_behaviour(self.library.reference, case) for case in cases]
        _whole(seen, right)
        for part in range(len(self.names)) if self.apart else [None]:
            self._judge(attempt.seed, cases, [_part(s, part) for s in seen], [_part(r, part) for r in right], part)

    def alike(self, seed: int = 0) -> list[str]:
        """Bugs of which nothing is seen in these calls, and pairs that look the same, each as a sentence."""
        cases, said = self.cases(seed), []
        for part in range(len(self.names)) if self.apart else [None]:
            observe = partial(_behaviours, cases=cases, part=part)
            said += self.library.alike(observe, _all_same, lambda seen: all(isinstance(one, Stopped) for one in seen))
        # A bug in one of the numbers is none in the others.
        idle = [one for one in said if one.endswith("looks like the reference")]
        return [one for one in dict.fromkeys(said) if one not in idle or not self.apart or idle.count(one) == len(self.names)]

    def cases(self, seed: int) -> tuple[Case, ...]:
        """The chosen calls and the random ones."""
        sources = (torch.Generator().manual_seed(1000 * seed + salt) for salt in range(_DRAWN))
        return (*self.chosen, *(self.drawn(source) for source in sources if self.drawn))

    def _ask(self, attempt: Attempt, case: Case) -> Any:
        given = copy.deepcopy(case)
        doing = f"called with {self.text(*case)}"
        value = attempt.call(attempt.candidate, *given, doing=doing)
        value = read(value, self.library.reference(*copy.deepcopy(case)), self.names)
        if not all(same(after, before) for after, before in zip(given, case, strict=True)):
            before, after = self.text(*case), self.text(*given)
            said = (
                f"What was {before} before the call is {after} after it."
                if before != after
                else f"It was called with {before}."
            )
            raise Mistake("changes-input", f"The function changes what it is given. {said} Whoever calls it may need it again.")
        return value

    def _repeats(self, attempt: Attempt, case: Case, first: Any) -> None:
        again = self._ask(attempt, case)
        if not same(again, first):
            raise Mistake(
                "not-repeatable",
                f"The second call gives another result. With {self.text(*case)} you get {shown(first)} first and "
                f"{shown(again)} later. Start from fresh values inside the function.",
            )

    def _judge(self, seed: int, cases: Sequence[Case], seen: list[Any], right: list[Any], part: int | None) -> None:
        wrong = [n for n, (mine, theirs) in enumerate(zip(seen, right, strict=True)) if not same(mine, theirs)]
        if not wrong:
            return
        bug = self.library.words("wrong-value")
        found = self.library.explain((seed, part), seen, partial(_behaviours, cases=cases, part=part), _all_same)
        for bug in found:  # of two bugs the one that is named must show in the call that is shown
            own = [_behaviours(made, cases, part) for row, made in self.library.singles if row is bug]
            if shows := [n for n in wrong if any(not same(made[n], right[n]) for made in own)]:
                wrong = shows
                break
        else:
            bug = found[0] if found else bug
        shortest = min(wrong, key=lambda n: sum(len(value) for value in cases[n] if isinstance(value, list)))
        mine, theirs = told_apart(seen[shortest], right[shortest])
        mine += "" if part is None else f" {self.names[part]}"
        raise _mistake(bug, self.text(*cases[shortest]), mine, theirs)


def function_exercise(
    reference: Callable[..., Any],
    table: str,
    calls: Sequence[Case],
    *,
    draw: Draw | None = None,
    names: Sequence[str] = (),
    apart: bool = False,
    call: Callable[..., str] | None = None,
    also: Sequence[Callable[[Attempt], None]] = (),
    **about: Any,
) -> Exercise:
    """Makes the exercise that asks for a function like ``reference``.

    Args:
        reference: the right answer; its name is that of the exercise. It returns a number, a tuple of numbers, a tensor, or
            anything that ``==`` compares.
        table: the bugs that students put into it, as `bugs` reads them.
        calls: arguments of the calls that are compared; enough of them that no two bugs give the same.
        draw: makes the arguments of further, random calls from a generator.
        names: what the numbers are called, where the function returns several.
        apart: whether these numbers are explained one by one (each has a formula of its own), or all together.
        call: writes a call in a message, from its arguments; by default as Python does.
        also: further probes, called with the `Attempt`.
        about: further attributes of `Exercise`, such as ``title`` and ``praise``.

    Raises:
        InputError: the table does not fit the reference.
    """
    _check_calls(reference, calls, names, apart)
    library = Library.read(reference, table, _OWN)
    name = reference.__name__
    written = call or (lambda *case: f"{name}({', '.join(map(shown, case))})")
    probe = Calls(library, tuple(calls), draw, tuple(names), apart, written)
    about["mistakes"] = {**library.mistakes(), **about.get("mistakes", {})}
    return Exercise(name, name, (probe, *also), reference, **about)


def called(function: Callable[..., Any]) -> Callable[..., str]:
    """Writes a call with the names of its arguments, but for those that are at their default: "n=32, kernel=3"."""
    parameters = list(inspect.signature(function).parameters.values())

    def text(*case: Any) -> str:
        given = zip(parameters, case, strict=False)
        return ", ".join(f"{one.name}={shown(value)}" for one, value in given if value != one.default)

    return text


def drawn(source: torch.Generator, *ranges: tuple[int, int]) -> tuple[int, ...]:
    """A random whole number from each range, its end included."""
    return tuple(int(torch.randint(low, high + 1, (), generator=source)) for low, high in ranges)


def _whole(seen: Sequence[Any], right: Sequence[Any]) -> None:
    """Raises the mistake of floats that are whole numbers, where whole numbers are asked for."""
    if not all(isinstance(n, int) for result in right for n in _numbers(result)):
        return
    floats = [n for result in seen for n in _numbers(result) if isinstance(n, float)]
    if floats and all(n.is_integer() for n in floats):
        raise Mistake(
            "wrong-type",
            f"The result is a float. Your function gives {floats[0]}; what is counted here is a whole number, an int.",
        )


def _numbers(result: Any) -> tuple[Any, ...]:
    return result if isinstance(result, tuple) else (result,)


def _part(result: Any, part: int | None) -> Any:
    return result[part] if part is not None and isinstance(result, tuple) else result


class Stopped(str):
    """The name of the error that a reference with a bug stops with."""


def _behaviour(function: Callable[..., Any], case: Case) -> Any:
    """What a function of the kit's own making returns, or the name of what it stops with."""
    try:
        return function(*copy.deepcopy(case))
    except Exception as error:
        return Stopped(type(error).__name__)


def _behaviours(function: Callable[..., Any], cases: Sequence[Case], part: int | None) -> list[Any]:
    return [_part(_behaviour(function, case), part) for case in cases]


def _all_same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return all(map(same, one, other))


def _check_calls(reference: Callable[..., Any], calls: Sequence[Any], names: Sequence[str], apart: bool) -> None:
    """Raises InputError for calls that the reference cannot answer, and for names that do not fit its answers."""
    if not inspect.isfunction(reference):
        raise InputError(f"{reference!r} is no function; module_exercise takes a class")
    if not calls or not all(isinstance(call, tuple) for call in calls):
        raise InputError(f"the calls of {reference.__name__} must be a list of tuples of arguments, such as [(3,), (5, 2)]")
    for call in calls:
        try:
            result = reference(*copy.deepcopy(call))
        except Exception as error:
            raise InputError(f"the reference stops in the call {shown(call)} with {type(error).__name__}: {error}") from None
        count = len(result) if isinstance(result, tuple) else 1
        if (names and len(names) != count) or (apart and not names):
            raise InputError(f"{reference.__name__} returns {count} values, and names= has {len(names)}; name each of them")


def _mistake(bug: Bug, call: str, seen: str, expected: str) -> Mistake:
    return Mistake(bug.slug, f"{bug.says} With {call} you get {seen}, and it should be {expected}. {bug.hint}".strip())

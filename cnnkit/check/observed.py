"""Answers that are observed: what they do in designed situations is laid beside what the reference does there.

What is seen is a row of facets, each called as the mistake that it shows, in the order in which a student is told. Some decide
whether an answer is right; the others only say why it is not. Two mistakes at once show in two facets; pairs of edits are
not tried, since to run a network for each of a thousand takes too long. The words of all stand in the exercise's table of bugs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cnnkit.check.bugs import Bug, Library
from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake, text_of, where
from cnnkit.check.results import same

Facets = dict[str, Any]
Cases = Callable[[int], Sequence[Any]]

# What torch refuses, in words; the numbers are those of its own message. (A tensor's size is its channels, or features.)
REFUSALS = (
    (r"to have (\d+) channels, but got (\d+)", "wrong-channels", "A convolution expects {0} channels and gets {1}."),
    (r"\(\d+x(\d+) and (\d+)x\d+\)", "wrong-width", "A linear layer expects {1} numbers and gets {0}."),
    (r"running_mean should contain (\d+) elements not (\d+)", "wrong-width", "A batch norm expects {1} numbers and gets {0}."),
    (r"expected [45]D(?: or [45]D)? input \(got (\d)D", "wrong-norm", "A batch norm is for maps, and gets rows of numbers."),
)  # fmt: skip


@dataclass(frozen=True)
class Observed:
    """The stages of a check: in each the answer is observed in some cases, and what differs is explained by bugs.

    Attributes:
        library: the reference with its bugs.
        stages: each makes its cases from a seed.
        watch: what a function does in a case. What it raises in the student's place is a `Mistake`.
        decides: the facets in which a right answer is as the reference.
        tell: numbers for the message: from the facet that differs, the case, and both answers' facets.
        same: whether two values of a facet are the same.
    """

    library: Library
    stages: tuple[Cases, ...]
    watch: Callable[[Callable[..., Any], Any], Facets]
    decides: tuple[str, ...]
    tell: Callable[[str, Any, Facets, Facets], str] = lambda *_: ""
    same: Callable[[Any, Any], bool] = same

    def __call__(self, attempt: Attempt) -> None:
        """Raises `Mistake` where a facet that decides is not the reference's."""
        for number, stage in enumerate(self.stages):
            cases, key = stage(attempt.seed), (attempt.seed, number)
            observe = partial(self._of_mutant, cases=cases)
            right, seen, explain = self.library.right(key, observe), list[Facets](), partial(self.library.explain, key, most=1)
            for case in cases:
                try:
                    seen.append(self.watch(attempt.candidate, case))
                except Mistake as mistake:
                    raise self._refused(mistake, partial(explain, observe=observe), len(seen)) from mistake
            for facet in self.decides:
                if self._differ(facet, seen, right):
                    rows = ([facet], _names(right[0]))
                    ways = (explain(seen, observe, partial(self._alike, facets=row)) for row in rows)
                    found = next(filter(None, ways), ())
                    if not found or not found[0].is_fine:
                        raise self._mistake(facet, cases, seen, right, found)
                    attempt.remarks.append(found[0].says)
            remarks = [remark for facets in seen for remark in facets.get("remarks", ())]
            attempt.remarks[:] = dict.fromkeys([*attempt.remarks, *remarks])

    def alike(self, seed: int = 0) -> list[str]:
        """Bugs of which nothing is seen in any stage, and pairs that look the same, each as a sentence."""
        cases = [case for stage in self.stages for case in stage(seed)]
        facets = _names(self.watch(self.library.reference, cases[0]))
        return self.library.alike(partial(self._of_mutant, cases=cases), partial(self._alike, facets=facets), lambda _: False)

    def _mistake(
        self, facet: str, cases: Sequence[Any], seen: list[Facets], right: list[Facets], found: tuple[Bug, ...]
    ) -> Mistake:
        """The mistake behind a facet that differs: the bug that was ``found``, or else the first facet that differs."""
        shown = facet if found else next(name for name in _names(right[0]) if self._differ(name, seen, right))
        row = found[0] if found else self.library.words(shown)
        n = self._differ(shown, seen, right)[0]
        return Mistake(row.slug, _joined(row.says, self.tell(shown, cases[n], seen[n], right[n]), row.hint))

    def _refused(self, mistake: Mistake, explain: Callable[..., tuple[Bug, ...]], case: int) -> Mistake:
        """What lies behind an error of the student's code: the bug with which the reference stops in this case, and so."""
        error = mistake.__cause__ or mistake
        if mistake.slug not in ("raises", "does-not-construct", "wrong-type"):
            return mistake
        found = explain(_said(error), same=lambda behaviour, said: behaviour[case].get("stops") == said)
        slug, numbers = _refusal(error)
        if found:
            return Mistake(found[0].slug, _joined(found[0].says, _stops(error) or numbers, found[0].hint))
        hint = next((bug.hint for bug in self.library.bugs if bug.slug == slug), "Look at the sizes of the layers.")
        return Mistake(slug, _joined(numbers, _stops(error), hint)) if slug else mistake

    def _differ(self, facet: str, seen: list[Facets], right: list[Facets]) -> list[int]:
        pairs = enumerate(zip(seen, right, strict=True))
        return [n for n, (mine, theirs) in pairs if not self.same(mine[facet], theirs[facet])]

    def _of_mutant(self, function: Callable[..., Any], cases: Sequence[Any]) -> list[Facets]:
        return [self._watched(function, case) for case in cases]

    def _watched(self, function: Callable[..., Any], case: Any) -> Facets:
        try:
            return self.watch(function, case)
        except Exception as error:
            return {"stops": _said(error.__cause__ or error)}

    def _alike(self, mutant: list[Facets], seen: list[Facets], facets: Sequence[str]) -> bool:
        pairs = list(zip(mutant, seen, strict=True))
        if any("stops" in one or "stops" in other for one, other in pairs):
            return mutant == seen if all("stops" in one and "stops" in other for one, other in pairs) else False
        return all(self.same(one[facet], other[facet]) for one, other in pairs for facet in facets)


def _names(facets: Facets) -> list[str]:
    return [name for name in facets if name != "remarks"]


def _refusal(error: BaseException) -> tuple[str, str]:
    """What torch refused, if it is known: slug and numbers; else both are ""."""
    for pattern, slug, words in REFUSALS:
        if match := re.search(pattern, text_of(error)):
            return slug, words.format(*match.groups())
    return "", ""


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {text_of(error)}"


def _stops(error: BaseException) -> str:
    return f"{place} stops with an error." if (place := where(error)) else ""


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))

"""Names what is wrong in an answer by a library of bugs: small edits of a reference solution, each with its words.

An answer that behaves as the reference with an edit (or two) has that bug. Where several bugs explain an answer, or none does,
none is named: a wrong diagnosis costs a student more than none.

Brown and Burton, "Diagnostic models for procedural bugs in basic mathematical skills", Cognitive Science 2 (1978); DeMillo,
Lipton and Sayward, "Hints on test data selection", Computer 11 (1978), for programs that differ by an edit.
"""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from cnnkit.check.engine import source_of
from cnnkit.errors import InputError

Edits = tuple[tuple[str, str], ...]
_EDIT = re.compile(r"(.+?) ->(?: (.*))?", re.DOTALL)
_ROW = re.compile(r"([a-z0-9-]+): (\S.*[.!?])")


@dataclass(frozen=True)
class Bug:
    """One mistake that students make.

    Attributes:
        slug: its name, such as "padding-once".
        says: the first words of the message: what is wrong.
        hint: the last ones: where to look; "" for none.
        variants: ways to make it, each one or more edits of the reference, old text and new.
    """

    slug: str
    says: str
    hint: str = ""
    variants: tuple[Edits, ...] = ()

    @property
    def is_fine(self) -> bool:
        """Whether it is none: another right way, which is worth a remark."""
        return self.slug.startswith("fine-")


def bugs(table: str) -> tuple[Bug, ...]:
    r"""Reads a table of bugs, in the order in which they are named.

    A line ``slug: What is wrong.`` begins a bug; the indented line below it may say where to look. Each other indented line
    is one way to make the mistake, ``old -> new``: ``old`` is text of the reference, and all its places are replaced; ``&`` in
    ``new`` stands for it (``\&`` for itself). After a lone `` ->`` the text goes. Several edits of one way are joined by
    `` ;; ``; ``\n`` is a new line. A row without edits gives words to what the check finds by itself.

    Raises:
        InputError: a line that is none of these.
    """
    found: list[Bug] = []
    for line in filter(str.strip, table.splitlines()):
        text = line.strip()
        row = _ROW.fullmatch(line.rstrip())
        edits = [_EDIT.fullmatch(part.replace("\\n", "\n")) for part in text.split(" ;; ")]
        if row is not None:
            found.append(Bug(row[1], row[2]))
        elif found and line[0].isspace() and all(edits):
            way = tuple((edit[1], _filled(edit[2] or "", edit[1])) for edit in edits if edit)
            found[-1] = replace(found[-1], variants=(*found[-1].variants, way))
        elif found and line[0].isspace() and text[-1] in ".!?" and not found[-1].hint and not found[-1].variants:
            found[-1] = replace(found[-1], hint=text)
        else:
            kind = "row (slug-of-small-letters: What is wrong, with a full stop.)"
            if line[0].isspace():
                kind = "edit (old text -> new text), and no hint: there is one, above the edits, with a full stop"
            raise InputError(f'"{text}" in the table of bugs is no {kind}')
    slugs = [bug.slug for bug in found]
    if twice := next((slug for slug in slugs if slugs.count(slug) > 1), None):
        raise InputError(f"{twice} is twice in the table of bugs; write all its edits below one row")
    return tuple(found)


def _filled(new: str, old: str) -> str:
    return re.sub(r"(?<!\\)&", lambda _: old, new).replace("\\&", "&")


@dataclass(frozen=True)
class Library:
    """A reference solution, with the bugs that students put into it.

    Attributes:
        reference: a function or class, whose source Python can find.
        bugs: in the order in which they are named.

    Raises:
        InputError: an edit does not apply to the reference, or what it makes is no Python.
    """

    reference: Any
    bugs: tuple[Bug, ...]
    _seen: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for bug, edits in self._ways:
            if edited(self.source, (edits,)) is None:
                raise InputError(f"an edit of {bug.slug} does not apply to the reference: there is no {edits[0][0]!r} in it")
        self.singles  # noqa: B018 (raises what an edit is to blame for)

    @classmethod
    def read(cls, reference: Any, table: str, own: Mapping[str, str]) -> Library:
        """The library of a table, with words for what the check finds by itself (``own``: slug -> in small letters).

        Raises:
            InputError: the table is none, does not fit the reference, or has a row that nothing leads to.
        """
        rows = bugs(table)
        if lost := next((row.slug for row in rows if not row.variants and row.slug not in own), None):
            raise InputError(f"{lost} has no edit below it, and is nothing that the check finds by itself")
        named = {row.slug for row in rows}
        rest = (Bug(slug, f"{says[0].upper()}{says[1:]}.") for slug, says in own.items() if slug not in named)
        return cls(reference, (*rows, *rest))

    @cached_property
    def source(self) -> str:
        """The reference's own text."""
        return source_of(self.reference)

    @cached_property
    def singles(self) -> list[tuple[Bug, Any]]:
        """Each way to be wrong alone: its bug, and the reference that has it."""
        return [(bug, mutant) for (bug,), mutant in self.mutants(1)]

    def mutants(self, count: int) -> Iterator[tuple[tuple[Bug, ...], Any]]:
        """All references with ``count`` bugs of different rows, without those whose edits get into each other's way."""
        for chosen in itertools.combinations(self._ways, count):
            if len({bug.slug for bug, _ in chosen}) == count:
                source = edited(self.source, tuple(edits for _, edits in chosen))
                try:
                    mutant = None if source is None else self._compiled(source)
                except Exception as error:
                    if count == 1:
                        said = f"with an edit of {chosen[0][0].slug} the reference is no Python that runs"
                        raise InputError(f"{said}: {type(error).__name__}, {error}") from None
                    continue  # two edits that don't go together
                if mutant is not None:
                    yield tuple(bug for bug, _ in chosen), mutant

    def explain(
        self, key: object, seen: Any, observe: Callable[[Any], Any], same: Callable[[Any, Any], bool], most: int = 2
    ) -> tuple[Bug, ...]:
        """The bug, or the two, with which the reference behaves as was ``seen``; () where none do, or the first isn't clear.

        Args:
            key: what identifies ``observe``: what was observed of the mutants is kept under it.
            seen: what ``observe`` saw of the answer.
            observe: describes how a function or class behaves; it must not raise.
            same: whether two such descriptions are equal.
            most: bugs at a time.
        """
        for count in range(1, most + 1):
            if (key, count) not in self._seen:
                self._seen[key, count] = [(chosen, observe(mutant)) for chosen, mutant in self.mutants(count)]
            found = {chosen[0].slug: chosen for chosen, behaviour in self._seen[key, count] if same(behaviour, seen)}
            if found:
                return next(iter(found.values())) if len(found) == 1 else ()
        return ()

    def right(self, key: object, observe: Callable[[Any], Any]) -> Any:
        """What ``observe`` sees of the reference; kept under ``key``."""
        if (key, 0) not in self._seen:
            self._seen[key, 0] = observe(self.reference)
        return self._seen[key, 0]

    def alike(self, observe: Callable[[Any], Any], same: Callable[[Any, Any], bool], stops: Callable[[Any], bool]) -> list[str]:
        """What ``observe`` does not tell apart, each as a sentence: a bug and the reference, or two bugs of different rows.

        A bug whose behaviour ``stops`` says yes to is told, too: it explains no answer.
        """
        right, seen, found = observe(self.reference), list[tuple[str, Any]](), list[str]()
        for bug, mutant in self.singles:
            behaviour = observe(mutant)
            if stops(behaviour):
                found.append(f"{bug.slug} stops with an error wherever it is tried")
            elif same(right, behaviour):
                found.append(f"{bug.slug} looks like the reference")
            else:
                found += [f"{bug.slug} looks like {other}" for other, b in seen if other != bug.slug and same(b, behaviour)]
                seen.append((bug.slug, behaviour))
        return list(dict.fromkeys(found))

    def _compiled(self, source: str) -> Any:
        """What the edited ``source`` defines, among the names of the reference's own module."""
        names = dict(vars(sys.modules[self.reference.__module__]))
        exec(compile(source, f"<{self.reference.__name__} with a bug>", "exec", dont_inherit=True), names)
        return names[self.reference.__name__]

    @property
    def _ways(self) -> list[tuple[Bug, Edits]]:
        return [(bug, edits) for bug in self.bugs for edits in bug.variants]

    def words(self, slug: str) -> Bug:
        """The row of ``slug``.

        Raises:
            KeyError: there is none.
        """
        return {bug.slug: bug for bug in self.bugs}[slug]

    def mistakes(self) -> Mapping[str, str]:
        """Slugs with what they mean, for `check.MISTAKES`."""
        return {bug.slug: _small(bug.says).rstrip(".") for bug in self.bugs if not bug.is_fine}


def _small(words: str) -> str:
    """A sentence as a part of another: a first word such as ReLU stays as it is."""
    return words if re.match(r"\w+[A-Z]", words) else words[0].lower() + words[1:]


def edited(source: str, several: tuple[Edits, ...]) -> str | None:
    """``source`` with all the edits, in their order or the other way round; None where they take each other's place."""
    for order in (several, several[::-1]):
        text: str | None = source
        for old, new in itertools.chain(*order):
            text = text.replace(old, new) if text is not None and old in text else None
        if text is not None:
            return text
    return None

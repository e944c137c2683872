"""What an attack has to say in the end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """How often a promise was attacked, and how often it held.

    Attributes:
        name: the attack's module.
        promise: one sentence, as in docs/promises.md.
        tried: how many attempts were made.
        held: how many of them met what the promise says.
        unit: what is counted, in the plural: "resumes", "damaged files".
        note: what else the table should say of the count; may be empty.
        failures: a line for each attempt that did not hold, or each kind of them, enough to repeat it.
    """

    name: str
    promise: str
    tried: int
    held: int
    unit: str
    note: str = ""
    failures: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether something was tried and all of it held."""
        return 0 < self.tried == self.held and not self.failures

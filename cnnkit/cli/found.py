"""What ``check`` found, as text and as one line of JSON. Nothing heavy is imported here: who starts a judge needs no torch."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from cnnkit import __version__
from cnnkit._support.words import as_lines

SCHEMA = 2  # of the --json line: raise it where a field changes its meaning
NOT_CHECKED = "could-not-check"
PROMISES = {
    "bwrap": "Isolated by bubblewrap: no network, no files but those it was given, limits on time, memory and processes.",
    "limits": "Isolated by limits on time, memory and processes alone: the code could use the network and read files.",
}


@dataclass(frozen=True)
class Found:
    """The result of one ``check``.

    Attributes:
        exercise: as it was asked for; "" where the command was not understood.
        mistake: slug in `check.MISTAKES[exercise]`, None if the answer passed.
        message: what was seen, what was expected, where to look; why there is no verdict, where there is none.
        remarks: what is worth knowing beside it.
        printed: what the answer wrote to standard output and standard error.
        seed: of the check's random inputs.
        seconds: how long it took.
        sandbox: what kept the answer apart: "bwrap" or "limits"; None where nothing did.
    """

    exercise: str
    mistake: str | None
    message: str
    remarks: tuple[str, ...] = ()
    printed: str = ""
    seed: int = 0
    seconds: float = 0.0
    sandbox: str | None = None

    @property
    def status(self) -> int:
        """The exit status. 0: passed, 1: wrong, 2: could not be checked."""
        return 0 if self.mistake is None else 2 if self.mistake == NOT_CHECKED else 1

    def text(self) -> str:
        """For a terminal: without the control characters that an answer may have put into its words."""
        if self.status == 2:
            lines = "\nRemark: ".join([f"cnnkit: {self.message}", *self.remarks])
        else:
            lines = as_lines(self.exercise, self.mistake, self.message, self.remarks, self.printed)
            lines += f"\n{PROMISES[self.sandbox]}" if self.sandbox else ""
        return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in lines)

    def line(self) -> str:
        """One line of JSON; all fields but "seconds" are the same for the same file, seed and machine."""
        fields = {
            "schema": SCHEMA,
            "cnnkit": __version__,
            "exercise": self.exercise,
            "seed": self.seed,
            "status": self.status,
            "passed": self.mistake is None,
            "mistake": self.mistake,
            "message": self.message,
            "remarks": self.remarks,
            "printed": self.printed,
            "sandbox": self.sandbox,
            "seconds": round(self.seconds, 2),
        }
        line = json.dumps(fields, ensure_ascii=False)
        # What some readers take for the end of a line, and halves of characters, which have no bytes.
        return re.sub(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", line)

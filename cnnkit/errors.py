"""The two ways a run ends early, each with one sentence for the person in front of it."""

import difflib
import re
from collections.abc import Iterable

_ENDLESS = re.compile(r"\S{500,}")  # no path is so long, and no sentence has such a word


class InputError(ValueError):
    """A user's mistake: the message says what was wrong, what is allowed and what to do.

    The command line prints it after "cnnkit: " without a traceback and exits with status 2. A name out of a file may be as long
    as the file: such words are shortened.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(_ENDLESS.sub(lambda word: f"{word[0][:60]}...", str(message)))


class Diverged(RuntimeError):
    """Training left the range it can come back from. The command line exits with status 1: it ran, and the answer is no.

    Attributes:
        seen: the step, the learning rate and what the loss did.
        cause: the likely one.
        way_out: what to do in Python; empty where a lower rate wouldn't help.
    """

    def __init__(self, seen: str, cause: str, way_out: str = "") -> None:
        super().__init__(f"{seen}; {cause}" + (f": {way_out}" if way_out else ""))
        self.seen, self.cause, self.way_out = seen, cause, way_out


def unknown(what: str, name: object, allowed: Iterable[str], hint: str = "") -> InputError:
    """The error for a mistyped name: offers the nearest valid one.

    Example: ``unknown("model", "resnet5_layer4", models.names())`` reads
    'no model is called "resnet5_layer4"; did you mean "resnet50_layer4"?'.
    """
    allowed, name = list(allowed), str(name) if len(str(name)) <= 80 else f"{str(name)[:77]}..."
    near = difflib.get_close_matches(str(name), allowed, n=1, cutoff=0.5)
    way_out = f'did you mean "{near[0]}"?' if near else "choose one of " + ", ".join(allowed)
    return InputError(f'no {what} is called "{name}"; {way_out}' + (f" ({hint})" if hint else ""))

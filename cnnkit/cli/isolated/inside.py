"""The judge of an isolated answer: the process that the answer runs in.

It is told what to do in one line of standard input, and speaks on what was its standard output. The answer never gets that:
what it prints goes to the pipe of errors. Each line begins with a number that the parent made, so that nothing else is taken
for a verdict. The number lies in this process's memory, though: code that looks for it there can say what it likes.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from json import dumps  # as it is now: the answer may put another one into the module
from pathlib import Path
from typing import Any, NoReturn

from cnnkit._support.prctl import die_with
from cnnkit._support.words import too_slow
from cnnkit.errors import InputError

MEMORY = 4 << 30  # bytes that an answer may use, with the processes that it starts
FILE = 256 << 20  # bytes of a file that it writes


def main() -> NoReturn:
    """Judges what it is told to, says so, and ends without another word."""
    channel = os.dup(1)  # which no program that the answer starts inherits
    os.dup2(2, 1)
    task = json.loads(sys.stdin.buffer.readline())
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    say = _speaker(channel, task["nonce"])
    if task["parent"] is not None:
        die_with(task["parent"])
    _limit()
    try:
        _judge(task, say)
    except (InputError, OSError) as error:
        say("refused", message=str(error))
    except BaseException as error:
        traceback.print_exc()
        say("refused", message=f"the check itself stopped with {type(error).__name__}; please report this with your code")
    os._exit(0)


def _speaker(channel: int, nonce: str) -> Callable[..., None]:
    own, write = os.getpid(), os.write

    def say(event: str, **fields: Any) -> None:
        if os.getpid() != own:  # a fork of the judge, made by the answer, has nothing to say
            os._exit(0)
        rest = f"{nonce} {dumps({'event': event, **fields})}\n".encode("ascii")
        while rest:
            rest = rest[write(channel, rest) :]

    return say


def _judge(task: dict[str, Any], say: Callable[..., None]) -> None:
    from cnnkit.check import limits
    from cnnkit.check.engine import SECONDS, check_limits
    from cnnkit.cli import answer

    seconds = SECONDS if task["seconds"] is None else task["seconds"]
    check_limits(task["seed"], seconds)
    exercise = answer.exercise_called(task["exercise"], task["exercises"] and Path(task["exercises"]))
    if exercise.before is not None:
        exercise.before()
    limits.patient = True
    # What the parent ends is what can't be ended here: it waits a little longer, and once more for the file's own part.
    over = {"worked": 1.5 * seconds + 3, "passed": limits.patience(seconds) + 2 * seconds + 10}
    sys.stderr.write(task["mark"] + "\n")  # what comes after it in the pipe is the answer's
    sys.stderr.flush()
    say("ready", answer=exercise.answer, limit=seconds, over=over)

    def ran() -> None:
        say("ran")

    found = answer.judge(Path(task["file"]), exercise, task["seed"], seconds, neighbours=False, ran=ran)
    message = too_slow(seconds) if found.mistake == "too-slow" else found.message  # without a word on a kernel: there is none
    remarks = [remark[:2_000] for remark in found.remarks[:10]]
    fields = {"mistake": found.mistake, "message": message[:20_000], "remarks": remarks, "printed": found.printed[:20_000]}
    say("found", seconds=found.seconds, **fields)


def _limit() -> None:
    if sys.platform == "win32":
        return
    import resource

    for limit, most in (
        (resource.RLIMIT_DATA, MEMORY),
        (resource.RLIMIT_AS, 8 * MEMORY),  # torch alone maps several times what it uses
        (resource.RLIMIT_FSIZE, FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(OSError, ValueError):  # a system that has no such limit, or has a lower one
            resource.setrlimit(limit, (most, most))

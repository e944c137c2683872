"""``check --isolated``: an answer is judged in a process that is watched, bounded, and ended with all that it started.

What holds: nothing that the answer prints, no way in which it ends and nothing that it leaves running makes a verdict or delays
it. What doesn't: the answer shares its process with the check, so that code which looks for the check there can deceive it.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnkit._support.signals import end_is_an_interrupt
from cnnkit.cli.found import Found
from cnnkit.cli.isolated import sandbox
from cnnkit.cli.isolated.family import Family
from cnnkit.cli.isolated.pipes import KEPT, Events, Output
from cnnkit.cli.isolated.watch import Watch
from cnnkit.errors import InputError

_FLOOD = f"Your code wrote more than {KEPT >> 10} kB to standard output and standard error; the rest was dropped."


class _NotStarted(Exception):
    """The judge ended before it came to the answer; the words say how."""


def judge(file: Path, exercise: str, seed: int, seconds: float | None, exercises: Path | None = None) -> Found:
    """What the check found on the answer in the file; "could-not-check", and why, where it could not look.

    Raises:
        InputError: the judge could not be started.
        KeyboardInterrupt: someone asked for an end; nothing lives on.
    """
    how = ""
    own = None if exercises is None else exercises.resolve()  # the folder with a teacher's own
    task = {"file": str(file), "exercise": exercise, "seed": seed, "seconds": seconds, "exercises": own and str(own)}
    with end_is_an_interrupt(), file.open("rb") as content:
        for way in sandbox.ways(file, content.fileno(), own):
            try:
                return replace(_watched(way, content.fileno(), task), sandbox=way.name)
            except _NotStarted as error:
                how = str(error)
    raise InputError(f"{file} could not be checked: Python ended before it began, {how}")


def _watched(way: sandbox.Way, content: int, task: dict[str, Any]) -> Found:
    """The judge's verdict, or why there is none, once nothing that it started is left."""
    bare, pipe, mark = way.name == "limits", subprocess.PIPE, secrets.token_hex(16)
    nonce = secrets.token_hex(16)
    task = {**task, "nonce": nonce, "mark": mark, "parent": os.getpid() if bare else None}
    with Family() as family:
        try:
            first = family.first = subprocess.Popen(
                way.command, stdin=pipe, stdout=pipe, stderr=pipe, env=way.environment, start_new_session=True,
                pass_fds=() if bare else (content,),
            )  # fmt: skip
        except OSError as error:
            raise _NotStarted(f"because of {error}") from error
        assert first.stdin and first.stdout and first.stderr
        events, output = Events(first.stdout, nonce), Output(first.stderr)
        with suppress(OSError), first.stdin:  # one that has ended already is met below
            first.stdin.write(json.dumps(task).encode("ascii") + b"\n")
        found = Watch(family, events, task).found()
    events.close()
    output.close()
    before, _, printed = output.kept.partition(mark.encode("ascii") + b"\n")  # the mark: from here on it is the answer's
    if found is None:
        said = before.decode("utf-8", errors="replace").strip().splitlines()
        raise _NotStarted(f'saying "{said[-1]}"' if said else f"with status {first.returncode}")
    remarks = (*found.remarks, *[_FLOOD] * output.more)
    return replace(found, remarks=remarks, printed=found.printed + printed.decode("utf-8", errors="replace"))

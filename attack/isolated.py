"""Judges hostile answers with ``check --isolated``: each a random mess around one deed that decides what the verdict must be.

Held: exactly one line of JSON, the exit status that it names, the verdict that the deed deserves, nothing left that the answer
started, and a command that stayed small. A third of them beside busy loops.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attack.ground import Tally, until
from attack.outcome import Outcome

PROMISE = "`check --isolated` says of an answer what is true of it, once, and leaves nothing of it running"
LARGEST = 100  # MiB of memory that the command may take, whatever an answer writes
RIGHT = """\
def conv_output_size(n, kernel, stride=1, padding=0, dilation=1):
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
"""
WRONG = RIGHT.replace("2 * padding", "padding")
_LINE = '{"schema": 2, "status": 0, "passed": true, "mistake": null, "event": "found", "message": "", "remarks": []}'

# What an answer may do beside, and what must change no verdict.
MESSES = {
    "flood": "for _ in range(random.randrange(2000)): os.write(random.choice([1, 2]), b'x' * 65536)",
    "forged line": f"print({_LINE!r}); print({_LINE!r}, file=sys.stderr)",
    "forged events": f"for fd in range(1, 40):\n    try: os.write(fd, b'\\n{_LINE}\\n')\n    except OSError: pass",
    "atexit": "import atexit; atexit.register(lambda: os._exit(0))",
    "sleeping child": "if os.fork() == 0: time.sleep(900)",
    "daemon": "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(900)\n    os._exit(0)",
    "program": "subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(900)'], start_new_session=True)",
    "two answers": "os.fork()",
    "thread": "threading.Thread(target=time.sleep, args=(900,)).start()",
    "closed output": "for fd in range(3): os.close(fd)",
    "no stdout": "sys.stdout = sys.stderr = None",
    "another json": "import json; json.dumps = lambda *a, **k: '{}'",
    "deaf": "for number in range(1, 32): ctypes.CDLL(None).signal(number, ctypes.c_void_p(1))",  # ignores all that can be
    "elsewhere": "os.chdir('/')",
    "no wait": "ctypes.CDLL(None).signal(17, ctypes.c_void_p(1))",  # for a child
}
# Deeds: code of the file before the function, code in it, whether the rest of it is right; exit status and mistake.
DEEDS: dict[str, tuple[str, str, bool, int, str | None]] = {
    "right": ("", "", True, 0, None),
    "wrong": ("", "", False, 1, "padding-once"),
    "prints much": ("", "print('x' * 3_000_000)", True, 0, None),
    "sleeps a little": ("time.sleep(3)", "", True, 0, None),
    "os._exit(0)": ("os._exit(0)", "", True, 1, "ended-python"),
    "os._exit(2) when called": ("", "os._exit(2)", True, 1, "ended-python"),
    "killed": ("", "os.kill(os.getpid(), 9)", True, 1, "ended-python"),
    "segfault": ("", "ctypes.string_at(0)", True, 1, "ended-python"),
    "SystemExit": ("raise SystemExit(0)", "", True, 2, "could-not-check"),
    "no end": ("", "while True: pass", True, 1, "too-slow"),
    "no end in C": ("", "10 ** 10 ** 9", True, 1, "too-slow"),
    "no end in the file": ("10 ** 10 ** 9", "", True, 2, "could-not-check"),
    "no end of prints": ("", "while True: print('x' * 1000)", True, 1, "too-slow"),
    "no end of writes": ("", "while True: os.write(2, b'x' * 65536)", True, 1, "too-slow"),
    "stubborn": ("", "while True:\n    try:\n        while True: pass\n    except BaseException: pass", True, 1, "too-slow"),
    "asleep": ("", "time.sleep(900)", True, 1, "too-slow"),
    "busy children": ("", "for _ in range(3): os.fork()\nwhile True: pass", True, 1, "too-slow"),
    "too large": ("", "held = bytearray(8 << 30)", True, 1, "too-large"),
    "too many": (
        "", "for _ in range(99):\n    if os.fork() == 0: time.sleep(900)\ntime.sleep(60)", True, 1, "too-many-processes",
    ),
    "another verdict": (
        "from cnnkit.check import Verdict\nVerdict.passed = property(lambda self: True)", "", False, 1, "kit-changed"
    ),
    "another engine": ("from cnnkit.check import engine\nengine._first_mistake = lambda *a: None", "", False, 1, "kit-changed"),
    "nested deeply": (f"x = {'-' * 200_000}1", "", True, 2, "could-not-check"),
}  # fmt: skip
# Prepended to every answer, whose own lines follow in one block: what the file may not need it does not miss.
_HEAD = "import ctypes, os, random, subprocess, sys, threading, time\nrandom.seed({seed})\n"
# The command, which says at its end how large it was.
_COMMAND = """\
import sys
from cnnkit.cli import main
status = main(sys.argv[1:])
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")), file=sys.stderr)
sys.exit(status)
"""
_LAST = {"closed output", "no stdout"}  # after these nothing can be written


def attack(seconds: float, seed: int) -> Outcome:
    """Every deed, in both ways where bubblewrap works, over and over, each time in another mess."""
    if sys.platform != "linux":
        return Outcome("isolated", PROMISE, 0, 0, "answers", "only Linux is attacked", ("not tried on this system",))
    rng, tally, ways = random.Random(seed), Tally(), ["limits"]
    if not _wrong("right", "bwrap", [], rng):
        ways.append("bwrap")
    cases = [(deed, way) for deed in DEEDS for way in ways]
    rng.shuffle(cases)
    for number in until(seconds):
        deed, way = cases[number % len(cases)]
        messes = rng.sample(sorted(MESSES), rng.choice([0, 1, 2, 4]))
        messes = [mess for mess in messes if mess not in _LAST or "writes" not in deed]
        messes.sort(key=lambda mess: mess in _LAST)
        busy = 6 if rng.random() < 1 / 3 else 0
        with _busy(busy):
            said = _wrong(deed, way, messes, rng)
        tally.add(said and f"{deed}: {said}", f"{way}, {busy} busy loops, {', '.join(messes) or 'no mess'}")
    note = f"{len(DEEDS)} deeds in {len(MESSES)} kinds of mess; {' and '.join(ways)}"
    return tally.outcome("isolated", PROMISE, "answers", note)


@contextmanager
def _busy(count: int) -> Iterator[None]:
    command = [sys.executable, "-S", "-c", "while True: pass"]
    loops = [subprocess.Popen(command, start_new_session=True) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def _wrong(deed: str, way: str, messes: list[str], rng: random.Random) -> str:
    """What is wrong with the verdict on this deed in this mess; "" where nothing is."""
    before, inside, right, status, mistake = DEEDS[deed]
    function = (RIGHT if right else WRONG).replace("    return", textwrap.indent(inside, "    ") + "\n    return")
    mess = "\n".join(MESSES[name] for name in messes)
    file, mark = Path("answer.py"), f"mark-{rng.randrange(10**12)}"
    file.write_text("\n".join([_HEAD.format(seed=rng.randrange(10**6)), mess, before, function]), encoding="utf-8")
    environment = {**os.environ, "PYTHON_MARK": mark}
    if way == "limits":
        environment["PATH"] = os.devnull
    command = [sys.executable, "-c", _COMMAND, "check", str(file), "conv_output_size", "--isolated", "--json", "--seconds", "2"]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", errors="replace", timeout=600)
    left = _alive_with(mark)
    try:
        (line,) = done.stdout.splitlines()
        found = json.loads(line)
    except ValueError:
        return f"no line of JSON, exit status {done.returncode}"
    said = (done.returncode, found["status"], found["passed"], found["mistake"], found["sandbox"])
    if said != (status, status, status == 0, mistake, way):
        return f"exit status, status, passed, mistake and sandbox are {said}"
    if left:
        return f"{left} processes are left"
    large = int(done.stderr.split("VmHWM:")[1].split()[0]) >> 10
    if large > LARGEST or len(found["printed"]) > 80_000:
        return f"the command took {large} MiB and kept {len(found['printed'])} characters"
    return ""


def _alive_with(mark: str) -> int:
    """How many processes have the mark in their environment, and are not over."""
    time.sleep(0.1)
    count = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            count += mark.encode() in (folder / "environ").read_bytes()
        except OSError:
            pass
    return count

"""Runs attacks, each in a process and a folder of its own, two at a time."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from attack.outcome import Outcome

HERE = Path(__file__).parent
CHECKOUT = HERE.parent
AT_ONCE = 2
SHOWN = 20  # failures that a terminal gets to see
# Of the time; any other attack takes 1.0.
_SHARE = {"kills": 3.0, "lies": 2.0, "writers": 1.5, "code": 0.5, "names": 0.5, "room": 0.5, "identity": 0.5}
_RUNNING: list[subprocess.Popen[bytes]] = []
_GRACE = 240.0  # seconds beyond its time after which an attack is ended: a busy machine starts processes slowly
_ATTACK = re.compile(r"^def attack\(", re.MULTILINE)
_ABOUT = """import cnnkit, json, platform, torch
print(json.dumps({"cnnkit": cnnkit.__version__, "file": cnnkit.__file__, "torch": torch.__version__,
                  "python": platform.python_version()}))"""


@dataclass(frozen=True)
class Result:
    """An outcome and the wall time that it took."""

    outcome: Outcome
    seconds: float


def names() -> list[str]:
    """Every module here that has a function ``attack``."""
    return sorted(path.stem for path in HERE.glob("*.py") if _ATTACK.search(path.read_text(encoding="utf-8")))


def shares(chosen: list[str], total: float) -> dict[str, float]:
    """Seconds for each of ``chosen``, so that all end after about ``total`` where two run at a time."""
    whole = sum(_SHARE.get(name, 1.0) for name in chosen)
    return {name: min(total, AT_ONCE * total * _SHARE.get(name, 1.0) / whole) for name in chosen}


def run(seconds: dict[str, float], seed: int, python: str) -> list[Result]:
    """Runs the attacks named in ``seconds`` for about so long each, and tells on standard error how they go."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="attack-", ignore_cleanup_errors=True) as place:
        Path(place).chmod(0o755)  # an attack may act as another user
        inside = environment(Path(place), python)
        longest = sorted(seconds, key=seconds.__getitem__, reverse=True)
        results: dict[str, Result] = {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            futures = [pool.submit(_one, n, seconds[n], seed, python, inside, Path(place) / n) for n in longest]
            try:
                for future in as_completed(futures):
                    result = future.result()
                    results[result.outcome.name] = result
                    _tell(result, len(results), len(seconds), time.monotonic() - began)
            except BaseException:  # Ctrl-C reaches none of them: each has a session of its own
                pool.shutdown(wait=False, cancel_futures=True)
                for process in list(_RUNNING):
                    _end(process)
                raise
    return [results[name] for name in seconds]


def about(python: str) -> dict[str, str]:
    """Versions and place ("checkout" or "installed") of the kit that ``python`` attacks."""
    with tempfile.TemporaryDirectory() as place:
        inside = environment(Path(place), python)
        done = subprocess.run([python, "-c", _ABOUT], capture_output=True, text=True, cwd=place, env=inside)
    if done.returncode:
        raise SystemExit(f"attack: {python} has no cnnkit and torch that work: {done.stderr.strip().splitlines()[-1:]}")
    found: dict[str, str] = json.loads(done.stdout)
    found["kit"] = "checkout" if Path(found.pop("file")).parent == CHECKOUT / "cnnkit" else "installed"
    return found


def environment(place: Path, python: str) -> dict[str, str]:
    """Where the attacks are importable, and the kit of the checkout only for an interpreter that has none of its own."""
    own = {key: value for key, value in os.environ.items() if key != "PYTHONPATH" and not key.startswith("CNNKIT_")}
    alone = place / "path"
    if not alone.exists():
        shutil.copytree(HERE, alone / "attack", ignore=shutil.ignore_patterns("__pycache__"))
    has = "import importlib.util, sys; sys.exit(importlib.util.find_spec('cnnkit') is None)"
    checkout = python == sys.executable or subprocess.run([python, "-c", has], cwd=place, env=own).returncode != 0
    path = os.pathsep.join(map(str, [alone, CHECKOUT] if checkout else [alone]))
    # No GPU: what holds one cannot be forked.
    return {**own, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "CNNKIT_DATA": "emoji10", "CUDA_VISIBLE_DEVICES": ""}


def _one(name: str, seconds: float, seed: int, python: str, inside: dict[str, str], folder: Path) -> Result:
    temporary = folder / "tmp"
    temporary.mkdir(parents=True)
    work, file, log = folder / "work", folder / "outcome.json", folder / "log"
    work.mkdir()
    inside = {**inside, "TMPDIR": str(temporary)}
    command = [python, "-m", "attack.one", str(file), str(seconds), str(seed), name]
    began = time.monotonic()
    print(f"         {name}: {seconds:.0f} s", file=sys.stderr, flush=True)
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=work, env=inside, stdout=said, stderr=said, start_new_session=True)
        _RUNNING.append(process)
        try:
            status: int | str = process.wait(2 * seconds + _GRACE)
        except subprocess.TimeoutExpired:
            status = "none: it did not end"
        finally:
            _RUNNING.remove(process)
            _end(process)
    try:
        (fields,) = json.loads(file.read_text(encoding="utf-8"))
        outcome = Outcome(**{**fields, "failures": tuple(fields["failures"])})
    except (OSError, ValueError):
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        why = f"exit status {status}; {' '.join(last)}"
        outcome = Outcome(name, "the attack itself runs to its end", 1, 0, "runs", failures=(why,))
    shutil.rmtree(work, ignore_errors=True)
    return Result(outcome, time.monotonic() - began)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the attack and whatever it left running."""
    with suppress(OSError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _tell(result: Result, done: int, of: int, passed: float) -> None:
    outcome = result.outcome
    held = f"{outcome.held:,} of {outcome.tried:,} {outcome.unit} held"
    lines = [f"[{done:>2}/{of}]  {outcome.name}: {held}, {result.seconds:.0f} s (after {passed:.0f} s)"]
    lines += [f"         - {failure}" for failure in outcome.failures[:SHOWN]]
    if len(outcome.failures) > SHOWN:
        lines.append(f"         - and {len(outcome.failures) - SHOWN} more")
    print("\n".join(lines), file=sys.stderr, flush=True)

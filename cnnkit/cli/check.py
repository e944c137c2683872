"""``python -m cnnkit check FILE EXERCISE``: judges an answer in a file."""

import argparse
import json
import os
import subprocess
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cnnkit import __version__
from cnnkit.errors import InputError, unknown

SCHEMA = 1  # of the --json line: raise it where a field changes its meaning
MEMORY = 4 << 30  # bytes that an isolated check may use


def run(args: argparse.Namespace) -> int:
    """Prints the verdict; 0: passed, 1: wrong, 2 (raised): could not be checked."""
    given = vars(args)
    if given.get("isolated"):
        return _isolated(args)
    from cnnkit.check.engine import SECONDS, check, check_limits
    from cnnkit.check.exercises import EXERCISES

    seed, seconds = given.get("seed", 0), given.get("seconds", SECONDS)
    check_limits(seed, seconds)  # before the file has its turn: it is not to blame
    if args.exercise not in EXERCISES:
        raise unknown("exercise", args.exercise, EXERCISES, "python -m cnnkit check --help lists them")
    exercise = EXERCISES[args.exercise]
    with _answer_in(args.file, exercise.answer, seconds) as answer:
        verdict = check(exercise, answer, seed=seed, seconds=seconds)
    if given.get("json"):
        print(_line(exercise.name, seed, verdict.mistake, verdict.message, verdict.seconds))
    else:
        print(verdict)
    sys.stdout.flush()
    return 2 if verdict.mistake == "could-not-check" else int(not verdict.passed)


def _line(exercise: str, seed: int, slug: str | None, message: str, seconds: float) -> str:
    """One line of JSON; all fields but "seconds" are the same for the same file and seed."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "cnnkit": __version__,
            "exercise": exercise,
            "seed": seed,
            "passed": slug is None,
            "mistake": slug,
            "message": message,
            "seconds": round(seconds, 2),
        },
        ensure_ascii=False,
    )


@contextmanager
def _answer_in(path: Path, name: str, seconds: float) -> Iterator[Any]:
    """The object called ``name`` that running the file defines, or an error that says why there is none."""
    from cnnkit.check import limits
    from cnnkit.check.faults import text_of

    code = _compiled(path, name)
    module = types.ModuleType("answer")
    module.__file__ = str(path)
    names = vars(module)
    with _importable(module):
        try:
            error, _ = limits.run(lambda: _error_of(code, names), seconds)
        except limits.TooSlow:
            raise InputError(f"{path} has not ended after {seconds:g} seconds; it should only define {name}") from None
        if error is not None:
            said = f"{type(error).__name__}: {text_of(error)}".removesuffix(": ")
            raise InputError(f"running {path} stops with {said}") from error
        if name not in names:
            defined = [n for n, value in names.items() if callable(value) and getattr(value, "__module__", "") == "answer"]
            raise InputError(
                f"{path} defines no {name}; " + (f"it defines {', '.join(defined)}" if defined else "it defines nothing")
            )
        yield names[name]


def _error_of(code: types.CodeType, names: dict[str, Any]) -> BaseException | None:
    """What running the code stops with: kept apart from the user's Ctrl-C, which is raised elsewhere."""
    from cnnkit.check import limits

    try:
        exec(code, names)
    except limits.Stop:
        raise
    except BaseException as error:
        return error
    return None


def _compiled(path: Path, name: str) -> types.CodeType:
    """The file's code; from its bytes, as Python itself reads them: they may begin with an encoding."""
    if not path.is_file():
        raise InputError(f"there is no file {path}; give the Python file with {name} in it")
    try:
        return compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        said = error.msg if isinstance(error, SyntaxError) else error
        raise InputError(f"{path} is no Python that can be run{line}: {said}") from error


@contextmanager
def _importable(module: types.ModuleType) -> Iterator[None]:
    """While the answer runs, its module is where dataclasses and pickle look, and it may import its neighbours."""
    before, path = sys.modules.get(module.__name__), list(sys.path)
    sys.modules[module.__name__] = module
    sys.path.insert(0, str(Path(str(module.__file__)).resolve().parent))
    try:
        yield
    finally:
        sys.path[:] = path
        sys.modules.pop(module.__name__, None)
        if before is not None:
            sys.modules[module.__name__] = before


def _isolated(args: argparse.Namespace) -> int:
    """The same command in a process of its own, which is ended when it takes too long or too much memory."""
    given = vars(args)
    seconds = given.get("seconds", 10.0)
    command = [sys.executable, "-m", "cnnkit", "check", str(args.file), args.exercise, "--seconds", str(seconds)]
    command += ["--seed", str(given["seed"])] if "seed" in given else []
    command += ["--json"] if given.get("json") else []
    # Two time limits run inside, of the file and of its check; what neither ends is ended here. A limit that cannot be, such as
    # "nan", is refused inside, at once.
    timeout = 2 * seconds + 30 if 0 < seconds < 1e6 else 60
    try:
        done = subprocess.run(
            command, timeout=timeout, stdout=subprocess.PIPE, encoding="utf-8", errors="replace",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            preexec_fn=_limit_memory if sys.platform != "win32" else None,
        )  # fmt: skip
        status = done.returncode
    except subprocess.TimeoutExpired:
        from cnnkit.check.engine import too_slow

        return _killed(args, "too-slow", too_slow(seconds))
    sys.stdout.write(done.stdout)
    if status == 2 or (status in (0, 1) and args.exercise in done.stdout):  # code that ends Python gives no verdict
        return status
    return _killed(args, "too-large", "Your code ended Python itself, or asked for more memory than it may. Look at its sizes.")


def _limit_memory() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (8 * MEMORY, 8 * MEMORY))  # torch alone maps several times what it uses
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def _killed(args: argparse.Namespace, slug: str, message: str) -> int:
    given = vars(args)
    if given.get("json"):
        print(_line(args.exercise, given.get("seed", 0), slug, message, 0.0))
    else:
        print(f"✗ {args.exercise}: not yet\n{message}")
    return 1

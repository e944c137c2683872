"""``python -m cnnkit check FILE EXERCISE``: judges an answer in a file."""

import argparse
import sys
import traceback
from typing import Any

from cnnkit.cli.found import NOT_CHECKED, Found
from cnnkit.errors import InputError


def run(args: argparse.Namespace) -> int:
    """Prints the verdict, with --json one line whatever happens; 0: passed, 1: wrong, 2: could not be checked."""
    given = vars(args)
    try:
        found = _found(args, given)
    except InputError as error:
        found = _refusal(given, str(error))
    except OSError as error:
        found = _refusal(given, f'{error.strerror or error} "{error.filename or args.file}"')
    except KeyboardInterrupt:
        found = _refusal(given, "interrupted; the answer was not judged")
    except Exception as error:
        traceback.print_exc()
        found = _refusal(given, f"the check itself stopped with {type(error).__name__}; please report this with your code")
    return tell(found, bool(given.get("json")))


def tell(found: Found, json: bool) -> int:
    """Prints what was found, and returns the exit status."""
    if json:
        print(found.line(), flush=True)
    if found.status == 2:
        print(found.text(), file=sys.stderr)
    elif not json:
        print(found.text(), flush=True)
    return found.status


def _refusal(given: dict[str, Any], message: str) -> Found:
    return Found(given["exercise"], NOT_CHECKED, message, seed=given.get("seed", 0))


def _found(args: argparse.Namespace, given: dict[str, Any]) -> Found:
    if not args.file.is_file():
        raise InputError(f"there is no file {args.file}; give the Python file with the answer in it")
    if given.get("isolated"):
        from cnnkit.cli import isolated

        return isolated.judge(args.file, args.exercise, given.get("seed", 0), given.get("seconds"), given.get("exercises"))
    from cnnkit.check.engine import SECONDS, check_limits
    from cnnkit.cli import answer

    seed, seconds = given.get("seed", 0), given.get("seconds", SECONDS)
    check_limits(seed, seconds)  # before the file has its turn: it is not to blame
    return answer.judge(args.file, answer.exercise_called(args.exercise, given.get("exercises")), seed, seconds)

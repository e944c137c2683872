"""Attacks the kit and says what held: ``python -m attack``, 10 minutes on two quiet cores.

    python -m attack --only kills lies --seconds 600      two of them, 600 seconds each
    python -m attack --python other/bin/python            the kit that is installed there
    python -m attack --write docs/promises.md             all, and the table in that file is made anew

Exit status 0: everything held; 1: something did not; 2: a flag that cannot be.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from attack import running, table

TOTAL = 560.0  # seconds in all, if --seconds does not say otherwise; the processes' starts come on top


def main() -> int:
    """Runs what the flags say."""
    parser = argparse.ArgumentParser(prog="python -m attack", description=(__doc__ or "").split("\n")[0])
    found = running.names()
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=found, default=found, help=f"of {', '.join(found)}")
    parser.add_argument("--seconds", type=float, metavar="N", help="for each attack; default: 10 minutes for all of them")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--python", default=sys.executable, metavar="PATH", help="the interpreter whose kit is attacked")
    parser.add_argument("--write", type=Path, metavar="FILE", help="also put the table between the markers in this file")
    args = parser.parse_args()
    line = table.line(running.about(args.python), args.seed)
    print(line, file=sys.stderr)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, which ends all attacks
    seconds = running.shares(args.only, TOTAL) if args.seconds is None else dict.fromkeys(args.only, args.seconds)
    results = running.run(seconds, args.seed, args.python)
    text = table.markdown(results, line)
    print(text)
    if args.write:
        table.rewrite(args.write, text)
    return 0 if all(result.outcome.kept for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())

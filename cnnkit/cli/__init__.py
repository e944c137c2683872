"""The command line: ``python -m cnnkit train|evaluate|table|check|report|grade|data``, the same words as in Python.

Exit status 0; 1: it ran, and the answer is no (it diverged, or was interrupted); 2: bad input, or no room for the result.
Results go to standard output; notices, errors and the progress bar to standard error.
"""

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from cnnkit.cli import arguments
from cnnkit.cli.found import NOT_CHECKED, Found
from cnnkit.errors import Diverged, InputError

_MODULES = {"class": "classroom"}  # where a command's name can be none


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command in ``argv`` (default: the process's arguments) and returns the exit status.

    Raises:
        SystemExit: after --help and --version, as argparse does.
    """
    _prepare_output()
    argv = list(sys.argv[1:] if argv is None else argv)
    of_check = argv[:1] == ["check"]  # whose 1 says that an answer is wrong
    try:
        args = arguments.parse(argv)
        status: int = import_module(f"cnnkit.cli.{_MODULES.get(args.command, args.command)}").run(args)
        sys.stdout.flush()
        return status
    except InputError as error:
        if of_check and "--json" in argv:  # what the command itself refuses it tells in this way, too
            print(Found("", NOT_CHECKED, str(error)).line())
        return _sentence(str(error), 2)
    except Diverged as error:
        return _sentence(str(error), 1)
    except KeyboardInterrupt:
        return _sentence("interrupted", 1)
    except BrokenPipeError:
        return _reader_gone(2 if of_check else 1)
    except OSError as error:
        where = f' "{error.filename}"' if error.filename else ""
        return _sentence(f"{error.strerror or error}{where}; what was already written is unharmed", 2)
    except (MemoryError, RuntimeError) as error:
        if not _out_of_memory(error):
            raise
        return _sentence("the memory is full; use a smaller --batch-size or --width, or close other programs", 2)


def _prepare_output() -> None:
    """A class or folder whose name this terminal can't show is printed with "?"; lines reach a pipe when they are printed.

    Where standard output or error is closed (``>&-``), what is said goes nowhere. The numbers 0 to 2 are taken then, so that no
    file gets them which is opened later.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # gets the lowest number that is free: this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if number == 0 else "w", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace", line_buffering=True)


def _sentence(message: str, status: int) -> int:
    print(f"cnnkit: {message}", file=sys.stderr)
    return status


def _reader_gone(status: int) -> int:
    """The other end of the pipe (``| head``) was closed: ends quietly, also when Python flushes once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _out_of_memory(error: Exception) -> bool:
    # torch has a class of its own for GPUs only; on the CPU its allocator raises a plain RuntimeError.
    names = (type(error).__name__, str(error))
    return isinstance(error, MemoryError) or any("OutOfMemory" in n or "DefaultCPUAllocator" in n for n in names)

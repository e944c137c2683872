"""What the command line understands. Nothing heavy is imported here, so that --help answers at once.

A flag that was not given is absent from the result: its default is the one of the Python function it is passed to.
"""

import argparse
import re
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from cnnkit import __version__
from cnnkit.cli import teachers
from cnnkit.cli.flags import flag as _flag
from cnnkit.cli.flags import number as _number
from cnnkit.cli.flags import path as _path
from cnnkit.cli.flags import text as _text
from cnnkit.cli.flags import whole as _whole
from cnnkit.errors import InputError, unknown

PROG = "python -m cnnkit"
_PRECISIONS = "float32, float32-channels-last, bfloat16, bfloat16-channels-last"
_WEIGHTS = "the kit's own cifar10 or cifar10-early, a run's folder or checkpoint, or a state dict: .pt, .pth, .safetensors"


class _Parser(argparse.ArgumentParser):
    """Raises InputError with one sentence instead of printing the usage and exiting."""

    def __init__(self, **settings: Any) -> None:
        # No abbreviations: a mistyped flag is named, and no script breaks when a new flag makes one ambiguous.
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        message = message.removeprefix("argument ").replace("expected one argument", "a value must follow it")
        raise InputError(f"{message} ({self.prog} --help explains)")

    def flags(self) -> list[str]:
        return re.findall(r"--[a-z][a-z-]*", self.format_usage())


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command with its arguments.

    Raises:
        InputError: what was not understood, with the nearest valid word.
        SystemExit: after --help and --version.
    """
    parser = _Parser(
        prog=PROG,
        description="CNN architectures to read, train and understand: VGG-16 and ResNet-50.",
        epilog=f"example:\n  {PROG} train --model resnet50_layer4 --epochs 1\n\n{PROG} COMMAND --help explains a command.",
    )
    parser.add_argument("--version", action="version", version=f"cnnkit {__version__}")
    added = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    parsers = {}
    for name, (add_flags, summary, details, example) in COMMANDS.items():
        text = f"{summary[0].upper()}{summary[1:]}.\n\n{details}".strip()
        parsers[name] = added.add_parser(name, help=summary, description=text, epilog=f"example:\n  {PROG} {name} {example}")
        add_flags(parsers[name])
    if argv and argv[0] not in (*COMMANDS, "--help", "-h", "--version"):
        raise unknown("command", argv[0], [*COMMANDS, "--help", "--version"], f"{PROG} --help explains")
    args, rest = parser.parse_known_args(argv)
    if rest:
        _refuse(rest[0].partition("=")[0], parsers[args.command], args.command)
    return args


def _refuse(word: str, parser: _Parser, command: str) -> NoReturn:
    if word.startswith("-"):
        raise unknown(f"option of {command}", word, parser.flags(), f"{parser.prog} --help explains")
    parser.error(f'"{word}" is one word too many; names and files follow a flag such as --model')


def _train(parser: argparse.ArgumentParser) -> None:
    _model_flags(parser, "(default: resnet50_layer4)")
    _data_flags(parser)
    group = parser.add_argument_group("start")
    _flag(group, "--weights", _text, "FILE", f"to start from: {_WEIGHTS} (default: fresh weights)")
    _flag(group, "--resume", _path, "PATH", "go on with a run: its folder or checkpoint; --epochs, --lr, --device may be new")
    group.add_argument(
        "--anyway", action="store_true", default=argparse.SUPPRESS, help="resume although the photos or classes are others"
    )
    _flag(group, "--seed", _whole, "N", "of the fresh weights and all random draws (default: 0)")
    _flag(group, "--out", _path, "DIR", "where the run's folder is made (default: runs)")
    group = parser.add_argument_group("training")
    _flag(group, "--epochs", _whole, "N", "passes over the training photos (default: 1)")
    _flag(group, "--batch-size", _whole, "N", "photos a step (default: 100)")
    _flag(group, "--lr", _number, "X", "learning rate that the schedule starts from (default: 0.001)")
    _flag(group, "--optimizer", _text, "NAME", "adam, adamw or sgd (default: adam)")
    _flag(group, "--schedule", _text, "NAME", "of the learning rate: course, constant, linear or cosine (default: course)")
    _flag(group, "--momentum", _number, "X", "of sgd (default: 0.9)")
    _flag(group, "--weight-decay", _number, "X", "on weights, not on biases and batch norms (default: 0.0)")
    _flag(group, "--label-smoothing", _number, "X", "part of the target spread over all classes (default: 0.0)")
    _flag(group, "--validation", _number, "X", "fraction of the photos held out, evaluated each epoch (default: 0.0)")
    group.add_argument(
        "--no-augment", dest="augment", action="store_false", default=argparse.SUPPRESS, help="no random crops and flips"
    )
    group = parser.add_argument_group("machine")
    _device_flag(group)
    group.add_argument(
        "--sync-batch-norm", action="store_true", default=argparse.SUPPRESS,
        help="under torchrun, on GPUs: batch norm over all ranks' photos",
    )  # fmt: skip
    _flag(group, "--precision", _text, "NAME", f"{_PRECISIONS}, auto: what this machine can do, or measured (default: auto)")


def _evaluate(parser: argparse.ArgumentParser) -> None:
    _model_flags(parser, "(default: the one that the checkpoint names)")
    group = parser.add_argument_group("weights")
    what = _WEIGHTS
    _flag(group, "--weights", _text, "FILE", what, required=True)
    _data_flags(parser)
    group = parser.add_argument_group("machine and result")
    _flag(group, "--batch-size", _whole, "N", "photos at a time (default: 500)")
    _device_flag(group)
    _flag(group, "--precision", _text, "NAME", f"{_PRECISIONS} (default: float32)")
    _flag(group, "--out", _path, "FILE", "write the numbers and the confusion matrix there, as JSON")


def _table(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", type=_text, default=argparse.SUPPRESS, metavar="NAME", help="same as --model NAME")
    parser.add_argument("--list", action="store_true", help="one line a network: input, parameters, multiply-accumulates")
    help = "blocks as one row: 1 shows stages, 2 their blocks, equal neighbours joined (default: every layer)"
    parser.add_argument("--fold", type=_whole, default=argparse.SUPPRESS, metavar="DEPTH", help=help)
    _model_flags(parser, "")


def _data(parser: argparse.ArgumentParser) -> None:
    _data_flags(parser)
    parser.add_argument("--download", action="store_true", help="fetch CIFAR-10 (170 MB) where it is not found")


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=_path, metavar="FILE", help="Python file with the answer")
    parser.add_argument("exercise", type=_text, metavar="EXERCISE", help="one of those above")
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one line of JSON instead of text")
    parser.add_argument(
        "--isolated", action="store_true", default=argparse.SUPPRESS,
        help="in a process of its own, with limits, and in a sandbox where bubblewrap works",
    )  # fmt: skip
    _flag(parser, "--seconds", _number, "X", "time limit; --isolated counts processor time, and no start-up (default: 10)")
    _flag(parser, "--seed", _whole, "N", "of the check's random inputs (default: 0)")
    _flag(parser, "--exercises", _path, "FOLDER", "with more exercises, each a file (docs/authoring.md)")


def _report(parser: argparse.ArgumentParser) -> None:
    help = "what the notebooks and train recorded (default: runs)"
    parser.add_argument("folder", nargs="?", type=_text, default=argparse.SUPPRESS, metavar="FOLDER", help=help)
    _flag(parser, "--name", _text, "NAME", "yours, for the head of the page")
    _flag(parser, "--number", _text, "N", "your student number")
    _flag(parser, "--collect", _path, "FOLDER", "for teachers: read the pages in this folder, and write one table")
    _flag(parser, "--out", _path, "FILE", "what to write (default: report.html, or reports.csv with --collect)")


def _exercises() -> str:
    """Their names, and of classes the class's, out of their files: importing them takes torch."""
    names = []
    for path in sorted(Path(__file__).parents[1].glob("check/exercises/[a-z]*.py")):
        asked = re.search(r'^    "?([A-Z]\w*[a-z]\w*)"?,$', path.read_text(encoding="utf-8"), re.MULTILINE)
        names.append(f"{path.stem} (class {asked[1]})" if asked else path.stem)
    return textwrap.fill(f"Exercises: {', '.join(names)}.", 80)


# For each command: what adds its flags, one line on it, more on it, an example.
COMMANDS: dict[str, tuple[Callable[[argparse.ArgumentParser], None], str, str, str]] = {
    "train": (
        _train,
        "train a network, by default as the course's assignment does",
        """\
Without options: one epoch of resnet50_layer4 with Adam at 1e-3, batches of 100,
random crops and flips. Every 100 steps the mean loss of the epoch so far is
printed, at the end the accuracy on the test photos.

Each run gets a folder of its own under --out: checkpoint.pt (what --resume
takes), weights.pt (the state dict), history.csv, evaluations.csv, loss.png and
run.json. Ctrl-C, a closed terminal and a kill (SIGTERM) finish the step, save, and
say how to go on; a second one ends at once. One process writes in a folder.

Under torchrun several processes, on GPUs or machines, share each batch
(docs/many-machines.md).""",
        "--model vgg16_cifar --epochs 3 --data cifar10",
    ),
    "evaluate": (
        _evaluate,
        "measure accuracy and loss on the test photos, for all classes and for each",
        "",
        "--weights runs/resnet50_layer4-20261122-141530",
    ),
    "table": (
        _table,
        "show a network's layers: shapes, parameters, multiply-accumulates, receptive field",
        "Without a name: all networks, one line each.",
        "resnet50_layer4 --projection always",
    ),
    "check": (
        _check,
        "check an answer to an exercise, and say what is wrong with it",
        f"""\
{_exercises()}
--exercises FOLDER adds a teacher's own.

Exit status: 0 passed, 1 wrong, 2 could not be checked; --json prints one line that
says the same. The file is run, so it can do whatever Python can.

With --isolated it runs in a process that is ended with all that it started. Its
time, its output and, on Linux, memory and processes are limited, those of its
children too. Nothing that it prints, and no way in which it ends, makes a verdict.
Where bubblewrap (Linux, 0.7 or newer) works, it sees no network, and no files but
this one, Python and the kit; the verdict says which it was: bwrap or limits. It is
no proof against code that looks for the check in the process they share.""",
        "my_block.py residual_block",
    ),
    "report": (
        _report,
        "write what was recorded as one page to hand in, or many such pages as one table",
        """\
The page is one HTML file that needs nothing else: exercises, guesses, runs with
their curves, and your own words. What was not run is shown as not run.

With --collect, every .html file in FOLDER and the folders in it gets a row of a
CSV file; files that are damaged or no reports are named in the column "problem".
A second table, FILE-guesses.csv, has a row for each question that was guessed.
Pages are not signed: a student can change one.""",
        '--name "Ada Lovelace" --number 1234567',
    ),
    "data": (
        _data,
        "show which data set is found, and download CIFAR-10 if asked to",
        "",
        "--data cifar10 --download",
    ),
    **teachers.COMMANDS,
}


def _model_flags(parser: argparse.ArgumentParser, default: str) -> None:
    group = parser.add_argument_group("network")
    _flag(group, "--model", _text, "NAME", f"its name; {PROG} table --list shows all {default}".rstrip())
    _flag(
        group, "--projection", _text, "WHEN", "of the ResNets: needed, or always as the course's code has it (default: needed)"
    )
    _flag(group, "--width", _whole, "N", "channels of the first stage (default: 64)")


def _data_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("data")
    names = "cifar10, emoji10 (built in), a path, or auto: CIFAR-10 if found, else emoji10 (default: auto)"
    _flag(group, "--data", _text, "NAME", names)
    _flag(group, "--root", _path, "DIR", "the one place to look for CIFAR-10 (default: the user's cache directory and ./data)")


def _device_flag(group: argparse._ArgumentGroup) -> None:
    _flag(group, "--device", _text, "NAME", "cpu, cuda, or auto: a GPU where there is one (default: auto)")

"""The commands for teachers, as `arguments.COMMANDS` has them all."""

import argparse
from collections.abc import Callable

from cnnkit.cli.flags import flag, number, path, text, whole


def _grade(parser: argparse.ArgumentParser) -> None:
    _assignment(parser)
    flag(parser, "--student", str, "NAME", "only this one, or those that fit a pattern such as 12* (default: all)")
    parser.add_argument("--force", action="store_true", default=argparse.SUPPRESS, help="also what is graded already")
    flag(parser, "--roster", path, "FILE", "CSV with a line a student: who handed in nothing gets a row")
    flag(parser, "--export", text, "PLATFORM", "also write the points as moodle, canvas or csv takes them")
    flag(parser, "--jobs", whole, "N", "notebooks at a time (default: as many as there are cores)")
    group = parser.add_argument_group("limits of a notebook")
    flag(group, "--seconds", number, "X", "of processor time (default: 300)")
    flag(group, "--cell-seconds", whole, "N", "the same for a cell (default: 60)")
    flag(group, "--memory", number, "X", "GiB (default: 4)")


def _collect(parser: argparse.ArgumentParser) -> None:
    _assignment(parser)
    parser.add_argument("download", type=path, metavar="DOWNLOAD", help="zip or folder, as the platform sends it")
    flag(parser, "--roster", path, "FILE", "CSV with a line a student; it is kept for later runs")


def _class(parser: argparse.ArgumentParser) -> None:
    _assignment(parser)
    flag(parser, "--reports", path, "FOLDER", "handed-in pages of the report: attempts and guesses are taken from there")
    flag(parser, "--out", path, "FILE", "what to write (default: COURSE/class-NAME.html)")


def _course(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=path, metavar="FOLDER", help="of your own; is made if it is not there")


def _assignment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("course", type=path, metavar="COURSE", help="folder of the course")
    parser.add_argument("name", type=text, metavar="NAME", help="of the assignment, such as week1")


COMMANDS: dict[str, tuple[Callable[[argparse.ArgumentParser], None], str, str, str]] = {
    "grade": (
        _grade,
        "for teachers: grade what a class has handed in",
        """\
Grades what is new in COURSE/submitted/STUDENT/NAME, or was handed in again, and
prints and writes one table, grades-NAME.csv. docs/teaching.md shows the whole way.

Each notebook is graded in a process and a folder of its own. What can end a part:
a check ends an answer after 10 seconds; a cell is interrupted when it has used
--cell-seconds of processor time or written a million letters, and its kernel is
killed 5 processor seconds later; the system refuses more than --memory GiB to each
process (Linux); and a watcher kills a notebook that has used --seconds, or holds
more memory. Five times each limit is the end by the clock. The table says why a
notebook has no points, and no notebook stops another.

Ctrl-C, a closed terminal and a kill (SIGTERM) end it with the table of what is
done; the same command grades the rest. Students' code runs with your rights:
docs/teaching.md says what these limits do not protect from.

Exit status: 0 all graded, 1 a row says more than that, 2 bad input.""",
        "~/cnn-course week1 --jobs 4",
    ),
    "course": (
        _course,
        "copy the notebooks to a folder of your own, or bring it up to date",
        """\
An update of the kit never touches what you have written there: a notebook that you
have changed is left alone, and a new version of it is put beside it.""",
        "~/my-course",
    ),
    "class": (
        _class,
        "for teachers: show what a class can and cannot do yet, as one page for a projector",
        """\
Out of what grade has left: exercises by mistakes, three messages to talk about with
somebody's code, who is stuck where, points. The page loads nothing and runs no script.
The code is shown without comments; the list of who is stuck has student numbers.""",
        "~/cnn-course week1 --reports handed-in",
    ),
    "collect": (
        _collect,
        "for teachers: take in what a class has handed in, as Moodle, Canvas or Blackboard send it",
        """\
Takes a zip or a folder, with the platform's names: Moodle's and Canvas', those of
Blackboard, NUMBER_NAME.ipynb, or a folder a student. Of several notebooks of one
student the latest is taken. With a roster, what a file or a notebook calls its
student is looked up there. Every file is told of in collected-NAME.csv, and those
that were left out here, too: then the exit status is 1.""",
        "~/cnn-course week1 ~/Downloads/week1.zip --roster students.csv",
    ),
}

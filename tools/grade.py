"""Runs nbgrader's autograder over an assignment with a time and a memory limit for each notebook, and writes one table.

python tools/grade.py COURSE week1                             # what is not graded yet
python tools/grade.py COURSE week1 --force                     # all of it again
python tools/grade.py COURSE week1 --student 1234567 --seconds 120 --memory 4

Each notebook runs in a kernel of its own. Four things can end it:

* a check ends an answer after 10 seconds, by itself;
* nbgrader interrupts a cell after --cell-seconds, and goes on with the next cell;
* memory: the system refuses more than --memory GiB to each process (Linux), so the cell ends with an error;
* a watcher kills the kernel where all that did not help: after --seconds, or when it and its children hold more memory.

After the first three the other exercises still get their points, unless the cell cannot be interrupted or keeps the memory.
After the last, and where a cell cannot be interrupted, there are none, and the table says why.

On Windows and macOS the system enforces no such memory limit; there the watcher, which looks four times a second, is all.
These limits keep a careless notebook from stopping the machine. They do not hold a malicious one: see docs/teaching.md.
"""

import argparse
import csv
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # ipykernel needs it too

from cnnkit.report.collecting import defused

GIB = 1 << 30
LOOK = 0.25  # seconds between two looks of the watcher
ENDS = {  # what nbgrader's log says where it gives up a notebook
    "CellTimeoutError: A cell timed out": "stopped: a cell took more than {cell_seconds} seconds and could not be interrupted",
    "DeadKernelError: Kernel died": "stopped: the code ended its own kernel",
}
AT = re.compile(r"(Sanitizing|Autograding) .*[/\\](submitted|autograded)[/\\](?P<student>[^/\\]+)[/\\]")


@dataclass
class Limits:
    """What one notebook may take."""

    seconds: float = 300.0
    cell_seconds: int = 60
    memory: float = 4.0  # GiB


@dataclass
class Watch:
    """Looks after the kernels of one autograder, one notebook after the other.

    Attributes:
        limits: of each notebook.
        student: whose notebook runs now.
        begun: all students whose notebooks nbgrader has taken up.
        seconds: how long each student's notebook ran.
        stopped: why a student's notebook was killed.
    """

    limits: Limits
    student: str = ""
    begun: set[str] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)

    def read(self, line: str) -> None:
        """Takes a line of nbgrader's log, which tells whose notebook comes next, and where it gave one up."""
        if found := AT.search(line):
            self.student = found["student"]
            self.begun.add(self.student)
        for sign, why in ENDS.items():
            if sign in line:  # what the watcher killed has its reason already
                self.stopped.setdefault(self.student, why.format(cell_seconds=self.limits.cell_seconds))

    def look(self, autograder: psutil.Process) -> None:
        """Kills the kernel, and what it started, if it is over a limit."""
        for kernel in autograder.children():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                family = [kernel, *kernel.children(recursive=True)]
                if not any("ipykernel" in word for word in kernel.cmdline()):
                    continue
                took = time.time() - kernel.create_time()
                self.seconds[self.student] = took
                why = self._why(took, sum(_memory(process) for process in family))
                if why:
                    self.stopped[self.student] = why
                    _kill(family)

    def _why(self, took: float, memory: int) -> str:
        if took > self.limits.seconds:
            return f"stopped: not done after {self.limits.seconds:g} seconds"
        return f"stopped: more than {self.limits.memory:g} GiB of memory" if memory > self.limits.memory * GIB else ""


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def autograde(course: Path, name: str, limits: Limits, student: str = "*", force: bool = False) -> Watch:
    """Runs the autograder in ``course`` and watches it to its end; again, where one submission ended it for all that follow."""
    watch = Watch(limits)
    (course / f"autograde-{name}.log").write_text("", encoding="utf-8")
    while True:
        before = set(watch.begun)
        _run(course, name, watch, student, force)
        notebooks = (course / "submitted").glob(f"{student}/{name}/{name}.ipynb")
        waiting = {notebook.parts[-3] for notebook in notebooks} - watch.begun
        if not force:
            waiting = {one for one in waiting if not (course / "autograded" / one / name).is_dir()}
        if not waiting or watch.begun == before:
            return watch


def _run(course: Path, name: str, watch: Watch, student: str, force: bool) -> None:
    """Runs the autograder once, for all but those that were begun, and watches it to its end."""
    limits = watch.limits
    command = [sys.executable, "-m", "nbgrader", "autograde", name, "--student", student]
    command += [f"--Execute.timeout={limits.cell_seconds}", *(["--force"] if force else [])]
    command += [f"--CourseDirectory.student_id_exclude={','.join(sorted(watch.begun))}"]

    def limit() -> None:
        import resource

        size = int(limits.memory * GIB)
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))  # each kernel inherits it, and what a kernel starts too

    running = subprocess.Popen(
        command,
        cwd=course,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        preexec_fn=limit if sys.platform.startswith("linux") else None,
    )
    lines = []

    def listen() -> None:
        for line in running.stderr or ():
            watch.read(line)
            lines.append(line)

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    autograder = psutil.Process(running.pid)
    try:
        while running.poll() is None:
            with suppress(psutil.NoSuchProcess):
                watch.look(autograder)
            time.sleep(LOOK)
    finally:  # also after Ctrl-C
        if running.poll() is None:
            family = [*autograder.children(recursive=True), autograder]
            _kill(family)
            running.wait(5)
            psutil.wait_procs(family, timeout=5)
            if watch.student:  # half made, it would count as done
                shutil.rmtree(course / "autograded" / watch.student / name, ignore_errors=True)
        listener.join(5)
        if running.stderr and not listener.is_alive():
            running.stderr.close()
        with (course / f"autograde-{name}.log").open("a", encoding="utf-8") as log:
            log.writelines(lines)


def forget_half_graded(course: Path, name: str) -> None:
    """Removes what an autograder left that was killed before it wrote the points: the next run grades it again."""
    from nbgrader.api import Gradebook, MissingEntry

    with Gradebook(f"sqlite:///{(course / 'gradebook.db').resolve().as_posix()}") as book:
        for folder in (course / "autograded").glob(f"*/{name}"):
            try:
                notebooks = book.find_submission(name, folder.parent.name).notebooks
            except MissingEntry:
                notebooks = []
            grades = [grade for notebook in notebooks for grade in notebook.grades]
            if not grades or any(g.auto_score is None and g.manual_score is None and not g.needs_manual_grade for g in grades):
                shutil.rmtree(folder)


def environment() -> dict[str, str]:
    """Of the autograder: one thread for each kernel, no photos looked for, and nbgrader's helpers on the path."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1", "CNNKIT_DATA": "emoji10", "PYTHONUNBUFFERED": "1"}


def table(course: Path, name: str, watch: Watch) -> list[dict[str, str]]:
    """One row a submission: the points of each exercise from nbgrader's database, or why there are none."""
    from nbgrader.api import Gradebook

    rows = []
    with Gradebook(f"sqlite:///{(course / 'gradebook.db').resolve().as_posix()}") as book:
        for folder in sorted((course / "submitted").glob(f"*/{name}")):
            student = folder.parent.name
            row = {"student": student, "points": "", "of": "", "seconds": "", "result": ""}
            if student in watch.seconds:
                row["seconds"] = f"{watch.seconds[student]:.0f}"
            if (course / "autograded" / student / name).is_dir():
                submission = book.find_submission(name, student)
                row |= {"points": f"{submission.score:g}", "of": f"{submission.max_score:g}", "result": "graded"}
                grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
                row |= {grade.name.removesuffix("-graded"): f"{grade.auto_score or 0:g}" for grade in grades}
            elif not (folder / f"{name}.ipynb").is_file():
                found = ", ".join(sorted(path.name for path in folder.iterdir())) or "nothing"
                row["result"] = f"no {name}.ipynb in {folder.relative_to(course).as_posix()}: {found}"
            else:
                other = f"failed: see autograde-{name}.log" if student in watch.begun else "not graded yet"
                row["result"] = watch.stopped.get(student, other)
            rows.append(row)
    return rows


def main() -> int:
    """The command line; exit status 1 if a notebook has no points."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("course", type=Path, help="folder of the course, with submitted/STUDENT/NAME in it")
    parser.add_argument("name", help="of the assignment, such as week1")
    parser.add_argument("--student", default="*", help="only this one; default: all")
    parser.add_argument("--force", action="store_true", help="also what is graded already")
    parser.add_argument("--seconds", type=float, default=Limits.seconds, help="for a notebook (default: %(default)g)")
    parser.add_argument("--cell-seconds", type=int, default=Limits.cell_seconds, help="for a cell (default: %(default)s)")
    parser.add_argument("--memory", type=float, default=Limits.memory, help="GiB for a notebook (default: %(default)g)")
    options = parser.parse_args()
    if not (options.course / "gradebook.db").is_file():
        parser.error(f"{options.course} has no gradebook.db; run there first: nbgrader generate_assignment {options.name}")
    if not list((options.course / "submitted").glob(f"{options.student}/{options.name}")):
        parser.error(f"there is no {options.course}/submitted/{options.student}/{options.name}; collect the notebooks first")
    forget_half_graded(options.course, options.name)
    limits = Limits(options.seconds, options.cell_seconds, options.memory)
    rows = table(options.course, options.name, autograde(options.course, options.name, limits, options.student, options.force))
    fields = list(dict.fromkeys(key for row in rows for key in row))
    path = options.course / f"grades-{options.name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fields, restval="")
        writer.writeheader()
        writer.writerows({key: defused(text) for key, text in row.items()} for row in rows)  # a file's name becomes a student's
    for row in rows:
        points = f"{row['points']:>4} of {row['of']}" if row["points"] else "    -"
        print(f"{row['student']:12} {points:12} {row['result']}")
    print(path)
    return int(any(row["result"] != "graded" for row in rows))


if __name__ == "__main__":
    sys.exit(main())

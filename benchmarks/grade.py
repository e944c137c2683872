"""Speed of grading: made-up submissions, graded by the tools before cnnkit/grading and by it, with one and all jobs.

python benchmarks/grade.py                          60 submissions
python benchmarks/grade.py --submissions 300 --only new
python benchmarks/grade.py --make COURSE            only writes the course with its submissions there
"""

import argparse
import csv
import os
import random
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import nbformat
from machine import machine

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from catalogue import answers  # noqa: E402

from cnnkit.check import EXERCISES  # noqa: E402

NAME, NOTEBOOKS, BEFORE = "week1", ("01", "03", "05"), "10c0001"  # the last commit that had tools/grade.py
ENVIRONMENT = {
    **os.environ,
    "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")]),
    "PYTHONPATH": str(ROOT),
    "OMP_NUM_THREADS": "1",
}
SPOILT = {  # what students do to an answer besides being wrong; how many of a hundred do it
    "unfilled": (4, lambda code: ""),
    "syntax": (3, lambda code: code + "\n\ndef ("),
    "loop": (2, lambda code: code + "\n\nwhile True:\n    pass"),
    "prints": (2, lambda code: code + "\n\nprint('x' * 5_000_000)"),
}


def make(course: Path, count: int, seed: int = 0) -> None:
    """A course with so many submissions: right ones in several styles, known mistakes, loops, syntax errors, lost cells."""
    run(str(ROOT / "notebooks" / "assignment.py"), str(course), NAME, *NOTEBOOKS)
    run("-m", "nbgrader", "generate_assignment", NAME, cwd=course)
    released = course / "release" / NAME / f"{NAME}.ipynb"
    draw = random.Random(seed)
    cells = [cell.id for cell in nbformat.read(released, as_version=4).cells]
    known = {name: answers(name, EXERCISES[name].answer) for name in cells if name in EXERCISES}
    for number in range(count):
        notebook = nbformat.read(released, as_version=4)
        for cell in notebook.cells:
            if cell.id in known:
                right = draw.random() < 0.75
                cell.source = draw.choice([one.code for one in known[cell.id] if (one.slug is None) == right])
                cell.source += f"\n\ncheck.{cell.id}({EXERCISES[cell.id].answer})"
        for share, spoil in SPOILT.values():
            if 100 * draw.random() < share:
                cell = draw.choice([cell for cell in notebook.cells if cell.id in known])
                cell.source = spoil(cell.source)
        if draw.random() < 0.04:  # a graded cell is lost
            notebook.cells.remove(draw.choice([cell for cell in notebook.cells if cell.id.endswith("-graded")]))
        path = course / "submitted" / str(1000 + number) / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)


def run(*command: str, cwd: Path = ROOT, status: tuple[int, ...] = (0,), **environment: str) -> float:
    """Seconds that a command of Python's takes."""
    start = time.monotonic()
    done = subprocess.run([sys.executable, *command], cwd=cwd, env=ENVIRONMENT | environment, capture_output=True, text=True)
    assert done.returncode in status, done.stdout + done.stderr
    return time.monotonic() - start


def before(folder: Path) -> Path:
    """The kit as it was, out of git."""
    archive = subprocess.run(["git", "archive", BEFORE, "tools", "cnnkit", "assets"], cwd=ROOT, capture_output=True, check=True)
    folder.mkdir()
    subprocess.run(["tar", "x"], cwd=folder, input=archive.stdout, check=True)
    return folder


def points(course: Path) -> dict[str, str]:
    """What each student got."""
    with (course / f"grades-{NAME}.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: row["points"] for row in csv.DictReader(file)}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--submissions", type=int, default=60)
    parser.add_argument("--only", choices=["old", "new"], help="leave the other out")
    parser.add_argument("--make", type=Path, metavar="COURSE")
    options = parser.parse_args()
    if options.make:
        make(options.make, options.submissions)
        return
    with tempfile.TemporaryDirectory() as top:
        made, count = Path(top, "made"), options.submissions
        make(made, count)
        ways = {f"cnnkit grade --jobs {jobs}": ("new", ["--jobs", str(jobs)]) for jobs in (1, os.cpu_count() or 1)}
        ways["tools/grade.py"] = ("old", [])
        seconds, found = {}, {}
        for way, (which, flags) in ways.items():
            if options.only not in (None, which):
                continue
            course = Path(shutil.copytree(made, Path(top, f"course{len(seconds)}")))
            command = ["-m", "cnnkit", "grade", str(course), NAME, *flags]
            kit = ROOT
            if which == "old":
                kit = before(Path(top, "before"))
                command = [str(kit / "tools" / "grade.py"), str(course), NAME]
            seconds[way] = run(*command, status=(0, 1), PYTHONPATH=str(kit))
            found[way] = points(course)
            load = os.getloadavg()[0]
            print(f"{way:24} {seconds[way]:7.0f} s  {60 * count / seconds[way]:5.1f} submissions a minute, load {load:.1f}")
    same = len({tuple(sorted(each.items())) for each in found.values()}) == 1
    print(f"{count} submissions, points {'the same' if same else 'NOT the same'} in all ways; {machine()}")
    print(f"slowest against fastest: {max(seconds.values()) / min(seconds.values()):.2f}")


if __name__ == "__main__":
    main()

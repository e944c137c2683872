"""Makes the notebooks out of notebooks/source/*.py: a solved, executed copy and a copy for students.

python notebooks/build.py            # what is stale, by the hash of its source
python notebooks/build.py 05         # only this one, if it is stale
python notebooks/build.py --force    # all of it
python notebooks/build.py --check    # only tells what is stale; exit status 1 if anything is
"""

import argparse
import hashlib
import os
import re
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

HERE = Path(__file__).resolve().parent
PROJECT = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REPOSITORY, TAG = PROJECT["urls"]["Repository"], f"v{PROJECT['version']}"
VERSION = "4"  # of this script: raise it where a change to it changes what it makes
TIMEOUT = 300  # seconds a cell may take
STUB = "# YOUR CODE HERE"
BY_HAND = "# Nothing to write here: run this cell when you are done with the buttons."  # in place of the stub, above a verdict
FOLDED = "hide-input"  # the tag of a cell whose code is folded away, as the book calls it; a guess's code holds its answer
LINK = "](solutions/"  # from the student copy to the solved one, which lies a folder deeper
COLAB = f"""\
# @title On Colab: run this first. Elsewhere it does nothing. {{ display-mode: "form" }}
photos = True  # @param {{type:"boolean"}}
import subprocess
import sys

if "google.colab" in sys.modules:  # Colab's own torch stays; CIFAR-10 (170 MB) comes unless you untick "photos"
    kit = "cnnkit @ git+{REPOSITORY}@{TAG}"
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", kit], check=True)
    if photos:
        from cnnkit import data

        print(data.load("cifar10", download=True))"""


def sources() -> list[Path]:
    """The files that people edit, in the order of the course."""
    return sorted((HERE / "source").glob("[0-9][0-9]_*.py"))


def student_path(source: Path) -> Path:
    """Where the copy for students lies."""
    return HERE / f"{source.stem}.ipynb"


def solved_path(source: Path) -> Path:
    """Where the solved, executed copy lies."""
    return HERE / "solutions" / f"{source.stem}.ipynb"


def digest(source: Path) -> str:
    """What both copies note about their source: a hash that line ends on Windows do not change."""
    text = source.read_text(encoding="utf-8")  # universal newlines: always LF
    return hashlib.sha256(f"{VERSION}\n{text}".encode()).hexdigest()


def is_stale(path: Path, source: Path) -> bool:
    """Whether ``path`` is missing or was made from another text than ``source`` holds now."""
    if not path.is_file():
        return True
    notes = nbformat.read(path, as_version=4).metadata.get("cnnkit", {})
    return bool(notes.get("sha256") != digest(source))


def is_outdated(source: Path) -> bool:
    """Whether the students' copy is missing or is another than `student` makes now; nothing has to run for a new one."""
    path = student_path(source)
    return not path.is_file() or path.read_text(encoding="utf-8") != nbformat.writes(student(source)) + "\n"


def parse(source: Path) -> NotebookNode:
    """The source as a notebook with the solutions in it: no outputs, the same cell ids every time."""
    notebook = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent")
    notebook.metadata = nbformat.from_dict(
        {
            "cnnkit": {"source": f"source/{source.name}", "sha256": digest(source)},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        name = hashlib.sha256(cell.source.encode()).hexdigest()[:12]
        seen[name] = seen.get(name, 0) + 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
        if cell.cell_type == "code" and (cell.source.startswith("explore.guess(") or FOLDED in cell.metadata.get("tags", [])):
            fold(cell)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def fold(cell: NotebookNode) -> NotebookNode:
    """Marks a cell so that JupyterLab, Notebook 7 and VS Code fold its code away, Colab shows a form, and the book a button."""
    cell.metadata["jupyter"] = {"source_hidden": True}
    cell.metadata["cellView"] = "form"
    cell.metadata["tags"] = [*dict.fromkeys([*cell.metadata.get("tags", []), FOLDED])]
    return cell


def student(source: Path) -> NotebookNode:
    """The copy that students open: nbgrader cuts out what stands between its marks."""
    from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

    notebook, resources = parse(source), {}
    for cut in (ClearSolutions(code_stub={"python": STUB}, enforce_metadata=False), ClearHiddenTests(enforce_metadata=False)):
        notebook, resources = cut.preprocess(notebook, resources)
    for cell in notebook.cells:
        if re.fullmatch(rf"{STUB}\n\w+\.verdict\(\)", cell.source):
            cell.source = cell.source.replace(STUB, BY_HAND)
    first = notebook.cells[0]
    page = f"{REPOSITORY.removeprefix('https://github.com/')}/blob/{TAG}/notebooks/{source.stem}.ipynb"
    # A link in words and below the title: a badge from the web would be a broken picture where there is no network.
    title, _, rest = first.source.partition("\n")
    first.source = f"{title}\n\n[Open in Colab](https://colab.research.google.com/github/{page})\n{rest}"
    notebook.cells.insert(1, fold(nbformat.v4.new_code_cell(COLAB, id="colab")))
    return notebook


def solved(source: Path) -> NotebookNode:
    """The solved copy before it runs: everything is in it but the marks."""
    notebook = parse(source)
    for cell in notebook.cells:
        lines = cell.source.replace(LINK, "](").split("\n")
        cell.source = "\n".join(line for line in lines if line.strip() not in ("### BEGIN SOLUTION", "### END SOLUTION"))
    return notebook


def execute(notebook: NotebookNode) -> NotebookNode:
    """Runs every cell in a fresh kernel of this Python, in an empty folder, and keeps the outputs.

    An empty one, because guesses that somebody made in notebooks/ would otherwise be shown in the copies.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised; the message shows it.
    """
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        client = NotebookClient(notebook, timeout=TIMEOUT, kernel_name="python3", record_timing=False, resources=resources)
        client.execute(env={**os.environ, "CNNKIT_DATA": "emoji10", "CNNKIT_RECORD": "0"})
    notebook.metadata.language_info = {"name": "python"}  # the kernel wrote its version there, which is no part of the course
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):  # a widget of a kernel that is gone shows an error; its still picture stays
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    return notebook


def write(notebook: NotebookNode, path: Path) -> None:
    """Writes ``notebook`` with LF line ends on every system."""
    path.parent.mkdir(exist_ok=True)
    nbformat.validate(notebook)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("only", nargs="*", metavar="NN", help="numbers of notebooks; default: all")
    parser.add_argument("--force", action="store_true", help="build everything, stale or not")
    parser.add_argument("--check", action="store_true", help="build nothing; exit with 1 if anything is stale")
    options = parser.parse_args()
    chosen = [source for source in sources() if not options.only or source.stem[:2] in options.only]
    stale = [s for s in chosen if options.force or is_stale(solved_path(s), s) or is_outdated(s)]
    for source in stale:
        if options.check:
            print(f"{source.name}: its notebooks are stale; run: python notebooks/build.py")
            continue
        start = time.perf_counter()
        if options.force or is_stale(solved_path(source), source):
            made = execute(solved(source))  # first: where a cell raises, both copies stay as they were
            write(made, solved_path(source))
        write(student(source), student_path(source))
        print(f"{source.stem}: built in {time.perf_counter() - start:.0f} s")
    return int(options.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())

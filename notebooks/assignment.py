"""Makes a graded assignment for nbgrader out of the course's own sources; docs/teaching.md shows the whole way.

python notebooks/assignment.py COURSE week1                # all exercises of the course, and the unseen block
python notebooks/assignment.py COURSE week1 01 05          # only those of notebooks 01 and 05
python notebooks/assignment.py COURSE week1 01 --no-unseen --seed 3
python notebooks/assignment.py COURSE week1 01 --exercises my_exercises   # and some of your own (docs/authoring.md)

COURSE is a folder of yours. It gets source/week1/week1.ipynb, with the solutions in it, and nbgrader_config.py.
"""

import argparse
import ast
import builtins
import importlib.util
import re
import shutil
import symtable
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import nbformat
from nbformat import NotebookNode

HERE = Path(__file__).resolve().parent
UNSEEN = HERE / "graded" / "unseen_block.py"  # only in the graded build
OWN = "exercises"  # folder beside the graded notebook, with a teacher's own
SETTINGS = HERE / "graded" / "nbgrader_config.py"
POINTS = {1: 2, 2: 4, 3: 6, 4: 10, 5: 15}  # by the difficulty in an exercise's heading: change them here

HEADING = re.compile(r"^#+ (?P<title>.*\((?P<minutes>\d+) minutes, difficulty (?P<difficulty>[1-5]) of 5\))$", re.MULTILINE)
CHECK_LAST = re.compile(r"^check\.(?P<check>\w+)\((?P<answer>\w+)\)\s*\Z", re.MULTILINE)
HINTS = re.compile(r"(?:\s*<details>.*?</details>)+", re.DOTALL)
GIVEN = """\
import math
import random
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnkit import check"""


def load_build() -> ModuleType:
    """notebooks/build.py; by its path, for PyPI has a package of that name."""
    spec = importlib.util.spec_from_file_location("notebooks_build", HERE / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load_build()


@dataclass(frozen=True)
class Task:
    """One exercise, cut out of its notebook.

    Attributes:
        check: name of its check, such as "conv_output_size".
        answer: what the student's object is called, such as "ResidualBlock".
        title: of the heading, without the marks.
        difficulty: 1 to 5, from the heading.
        text: heading and task, Markdown.
        given: code that the course's notebook has before the exercise, and the exercise needs; often "".
        code: the cell with the solution between nbgrader's marks.
        hints: the folded hints, Markdown.
    """

    check: str
    answer: str
    title: str
    difficulty: int
    text: str
    given: str
    code: str
    hints: str

    @property
    def points(self) -> int:
        """What the exercise is worth."""
        return POINTS[self.difficulty]


def tasks(source: Path, answered: Iterable[str] = ()) -> list[Task]:
    """The exercises of one source: cells with a solution whose last line is ``check.x(X)``. Missions are none.

    ``answered`` are the names that earlier exercises of the assignment ask for.

    Raises:
        ValueError: an exercise has no heading with minutes and difficulty.
    """
    cells, names = build.parse(source).cells, set(answered)
    open_copy = {cell.id: cell.source for cell in build.student(source).cells}  # no solution gets into the code that is given
    found: list[Task] = []
    for at, cell in enumerate(cells):
        ends = CHECK_LAST.search(cell.source)
        if cell.cell_type != "code" or "### BEGIN SOLUTION" not in cell.source or ends is None:
            continue
        text = _text_before(cells[:at])
        heading = HEADING.search(text)
        if heading is None:
            raise ValueError(f"{source.name}: no heading '(M minutes, difficulty D of 5)' above check.{ends['check']}")
        after = cells[at + 1] if at + 1 < len(cells) else None
        hints = HINTS.match(after.source) if after is not None and after.cell_type == "markdown" else None
        before = [open_copy[c.id] for c in cells[:at] if c.cell_type == "code" and CHECK_LAST.search(c.source) is None]
        found.append(
            Task(
                ends["check"],
                ends["answer"],
                heading["title"],
                int(heading["difficulty"]),
                text,
                needed(cell.source, before, names),
                cell.source,
                hints[0].strip() if hints else "",
            )
        )
        names.add(ends["answer"])
    return found


def own_tasks(folder: Path) -> list[Task]:
    """A teacher's own exercises (docs/authoring.md): the reference is the solution, and the students' copy has its head.

    Raises:
        cnnkit.InputError: a file of the folder is none.
    """
    from cnnkit import check  # here, for it takes torch
    from cnnkit.check.engine import source_of

    return [
        Task(
            exercise.name,
            exercise.answer,
            exercise.heading,
            exercise.difficulty,
            f"## {exercise.heading}\n\n{exercise.text.strip()}",
            f'check.load("{OWN}")',
            f"{marked(source_of(exercise.reference))}\n\ncheck.{exercise.name}({exercise.answer})",
            "",
        )
        for exercise in check.load(folder)
    ]


def marked(source: str) -> str:
    """A reference with nbgrader's marks around the body of each function, below its docstring."""
    from cnnkit.check.engine import bodies

    lines = source.split("\n")
    for first, end, pad in reversed(bodies(source)):
        lines[first:end] = [f"{pad}### BEGIN SOLUTION", *lines[first:end], f"{pad}### END SOLUTION"]
    return "\n".join(lines)


def _text_before(cells: list[NotebookNode]) -> str:
    """The Markdown from the last exercise heading on; code between (a drawing, say) stays behind."""
    parts: list[str] = []
    for cell in reversed(cells):
        if cell.cell_type != "markdown":
            continue
        headings = list(HEADING.finditer(cell.source))
        if headings:
            return "\n\n".join([cell.source[headings[-1].start() :], *parts])
        parts.insert(0, cell.source)
    return ""


def needed(code: str, before: Iterable[str], answered: Iterable[str] = ()) -> str:
    """The statements of the cells ``before`` that give ``code`` its names, and those that these need.

    A class or function that an earlier exercise has ``answered`` is the student's own, so no other takes its place.

    So the graded notebook has what an exercise needs, and not the live parts that stand around it. What `GIVEN` imports is
    there already.
    """
    have = set(dir(builtins)) | set(_defined(ast.parse(GIVEN)))
    statements = [(cell, node) for cell in before for node in ast.parse(cell).body if getattr(node, "name", "") not in answered]
    kept: dict[int, set[str]] = {}  # place of a statement -> the names that are needed of it
    open_ = [(name, len(statements)) for name in _asked(code) - set(_defined(ast.parse(code))) - have]
    while open_:
        name, before_here = open_.pop()
        at = next((i for i in reversed(range(before_here)) if name in _defined(statements[i][1])), None)
        if at is None or name in kept.get(at, ()):
            continue
        kept.setdefault(at, set()).add(name)
        cell, node = statements[at]
        # A function finds its names when it is called, other statements at once.
        seen = len(statements) if isinstance(node, ast.FunctionDef) else at
        open_ += [(other, seen) for other in _asked(ast.get_source_segment(cell, node) or "") - have]
    return "\n".join(_text_of(*statements[at], names) for at, names in sorted(kept.items()))


def _text_of(cell: str, node: ast.stmt, names: set[str]) -> str:
    """A statement as it was written; of an import only ``names``."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        node.names = [alias for alias in node.names if _name_of(alias) in names]
        return ast.unparse(node)
    return ast.get_source_segment(cell, node) or ""


def _asked(code: str) -> set[str]:
    """Global names that ``code`` uses, those that it defines itself included."""
    tables, used = [symtable.symtable(code, "cell", "exec")], set()
    for table in tables:
        tables += table.get_children()
        top = table.get_type() == "module"
        used |= {name.get_name() for name in table.get_symbols() if name.is_referenced() and (top or name.is_global())}
    return used


def _defined(tree: ast.AST) -> Iterator[str]:
    """Names that a statement, or each statement of a module, gives a value at the top."""
    for node in tree.body if isinstance(tree, ast.Module) else [tree]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from map(_name_of, node.names)
        else:
            yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def _name_of(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def assignment(name: str, chosen: Iterable[Path], seed: int = 1, own: Path | None = None) -> NotebookNode:
    """nbgrader's source notebook with the exercises of all ``chosen`` sources, and those in the folder ``own``.

    ``seed`` is that of the graded checks.

    Raises:
        ValueError: the sources have no exercise, or the same one twice.
        cnnkit.InputError: a file in ``own`` is no exercise.
    """
    found: dict[Path, list[Task]] = {}
    each: list[Task] = []
    for source in chosen:
        found[source] = tasks(source, [task.answer for task in each])
        each += found[source]
    if own is not None:
        found[own] = own_tasks(own)
        each += found[own]
    if not each or len({task.check for task in each}) < len(each):
        raise ValueError(f"{name}: " + ("an exercise occurs twice" if each else "there is no exercise in these notebooks"))
    cells = [_text("title", _title(name, each)), _code("given", GIVEN)]
    for source, group in found.items():
        if group and source not in (UNSEEN, own):
            cells.append(_text(f"from-{source.stem[:2]}", f"# From notebook {source.stem[:2]}"))
        for task in group:
            cells.append(_text(f"{task.check}-text", f"{task.text}\n\n*Points:* {task.points}."))
            if task.given:
                cells.append(_code(f"{task.check}-given", task.given))
            cells.append(_code(task.check, task.code, solution=True))
            if task.hints:
                cells.append(_text(f"{task.check}-hints", task.hints))
            loaded = f"{task.given}\n" if source == own else ""
            graded = f"from cnnkit import check\n\n{loaded}check.{task.check}({task.answer}, seed={seed}).require()"
            cells.append(_code(f"{task.check}-graded", graded, points=task.points))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    notebook.nbformat_minor = 5
    return notebook


def _title(name: str, each: list[Task]) -> str:
    rows = "\n".join(f"| {task.title.partition(' (')[0]} | {task.points} |" for task in each)
    total = sum(task.points for task in each)
    return (
        f"# {name}\n\nFill in each exercise. Run its cell: the check says what is right and what is not yet.\n"
        "The cell below it gives the points; you cannot change that cell. Use your own code, not cnnkit's.\n"
        "The hints are those of the course's notebooks; *the cell above* means a cell there.\n\n"
        f"| exercise | points |\n|---|---|\n{rows}\n| **all** | **{total}** |"
    )


def _text(name: str, source: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(source, id=name)


def _code(name: str, source: str, solution: bool = False, points: int | None = None) -> NotebookNode:
    """A cell for nbgrader: an answer, or a locked one, which is graded if it has ``points``."""
    graded = points is not None
    marks = {
        "schema_version": 3,
        "grade_id": name,
        "solution": solution,
        "locked": not solution,
        "grade": graded,
        "task": False,
    }
    marks |= {"points": points} if graded else {}
    return nbformat.v4.new_code_cell(source, id=name, metadata={"nbgrader": marks})


def write(course: Path, name: str, notebook: NotebookNode, own: Path | None = None) -> Path:
    """Writes ``notebook`` where nbgrader looks for it, the files of ``own`` beside it, and nbgrader's settings."""
    path = course / "source" / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    build.write(notebook, path)
    for file in own.glob("*.py") if own is not None else ():
        (path.parent / OWN).mkdir(exist_ok=True)
        shutil.copyfile(file, path.parent / OWN / file.name)
    settings = course / "nbgrader_config.py"
    if not settings.exists():
        shutil.copyfile(SETTINGS, settings)
    return path


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("course", type=Path, help="folder of the course; is made if it is not there")
    parser.add_argument("name", help="of the assignment, such as week1")
    parser.add_argument("only", nargs="*", metavar="NN", help="numbers of notebooks; default: all")
    parser.add_argument("--seed", type=int, default=1, help="of the graded checks' random inputs (default: 1)")
    parser.add_argument("--no-unseen", action="store_true", help="leave out the unseen block")
    parser.add_argument("--exercises", type=Path, metavar="FOLDER", help="with exercises of your own (docs/authoring.md)")
    options = parser.parse_args()
    known = {source.stem[:2]: source for source in build.sources()}
    if missing := [number for number in options.only if number not in known]:
        parser.error(f"there is no notebook {missing[0]}; there are {', '.join(known)}")
    if not re.fullmatch(r"[\w-]+", options.name):
        parser.error(f"the name {options.name!r} may have letters, digits, - and _ only")
    chosen = [source for number, source in known.items() if not options.only or number in options.only]
    try:
        made = assignment(options.name, [*chosen, *([] if options.no_unseen else [UNSEEN])], options.seed, options.exercises)
    except ValueError as error:
        parser.error(str(error))
    path = write(options.course, options.name, made, options.exercises)
    grades = [cell.metadata.nbgrader for cell in made.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    print(f"{path}: {len(grades)} exercises, {sum(grade.points for grade in grades)} points")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The teachers' way: an assignment from the course's sources, through nbgrader, with limits, to feedback."""

import ast
import builtins
import contextlib
import copy
import csv
import html
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import psutil
import pytest
from nbformat import NotebookNode

from cnnkit import InputError, check
from cnnkit.grading import gradebook, grader, mending, processes, submissions, tasks, watching

ROOT = Path(__file__).parent.parent
NAME = "week1"
ENVIRONMENT = {
    **os.environ,
    "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")]),
    "OMP_NUM_THREADS": "1",
}
CELL_SECONDS, SECONDS, MEMORY = 6, 60, 2  # of processor time


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"teaching_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


teaching = load(ROOT / "notebooks" / "assignment.py")


def run(*command: str, cwd: Path, status: int = 0) -> str:
    done = subprocess.run([sys.executable, *command], cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def by_id(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in notebook.cells}


every_source = pytest.mark.parametrize("source", [*teaching.build.sources(), teaching.UNSEEN], ids=lambda source: source.stem)


@every_source
def test_every_cell_with_a_check_and_a_solution_becomes_an_exercise(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    cells = [cell for cell in re.split(r"^# %%", text, flags=re.MULTILINE) if "### BEGIN SOLUTION" in cell]
    asked = [cell.rstrip().rsplit("\n", 1)[-1] for cell in cells]
    wanted = [line for line in asked if re.fullmatch(r"check\.\w+\(\w+\)", line)]
    found = teaching.tasks(source)
    assert [f"check.{task.check}({task.answer})" for task in found] == wanted
    for task in found:
        exercise = check.EXERCISES[task.check]
        assert exercise.answer == task.answer and task.title.endswith(exercise.heading), "heading and exercise differ"
        assert task.points == teaching.POINTS[task.difficulty]
        assert task.text.startswith("#") and len(task.text) > 100
        assert not task.hints or (task.hints.startswith("<details>") and task.hints.endswith("</details>"))


def test_a_references_bodies_are_the_solution_and_its_heads_are_given() -> None:
    one = '    def one(self):\n        """One."""\n        # why\n        return 1\n'
    two = "    def two(self):\n        def inner():\n            return 2\n\n        return inner()"
    source = f'class A:\n    """An a."""\n\n{one}\n{two}'
    marked = teaching.marked(source)
    assert [line for line in marked.split("\n") if "###" not in line] == source.split("\n")
    cleared = re.sub(r"### BEGIN SOLUTION\n.*?### END SOLUTION", "...", marked, flags=re.DOTALL)
    assert cleared == (
        'class A:\n    """An a."""\n\n    def one(self):\n        """One."""\n        ...\n\n    def two(self):\n        ...'
    )


def test_exercises_of_a_teachers_own_are_handed_out_and_graded(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
    own = tmp_path / "my_exercises"
    own.mkdir()
    code = next(block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "# my_exercises/pooled_size" in block)
    (own / "pooled_size.py").write_text(code, encoding="utf-8")
    command = [str(ROOT / "notebooks" / "assignment.py"), "course", "week1", "01", "--no-unseen", "--exercises", "my_exercises"]
    assert "8 exercises, 30 points" in run(*command, cwd=tmp_path)
    course = tmp_path / "course"
    run("-m", "nbgrader", "generate_assignment", "week1", cwd=course)
    released = nbformat.read(course / "release" / "week1" / "week1.ipynb", as_version=4)
    assert (course / "release" / "week1" / "exercises" / "pooled_size.py").is_file()
    cells = by_id(released)
    assert "n - window" not in cells["pooled_size"].source and "Height (or width)" in cells["pooled_size"].source
    for student, expression in (("1", "(n - window) // stride + 1"), ("2", "(n - window) // stride")):
        cells["pooled_size"].source = f"def pooled_size(n, window, stride):\n    return {expression}"
        folder = course / "submitted" / student / "week1"
        folder.mkdir(parents=True)
        nbformat.write(released, folder / "week1.ipynb")
    done = run("-m", "cnnkit", "grade", str(course), "week1", cwd=tmp_path)
    rows = {
        row["student"]: row for row in csv.DictReader((course / "grades-week1.csv").read_text(encoding="utf-8").splitlines())
    }
    assert (float(rows["1"]["points"]), float(rows["2"]["points"])) == (2, 0), done


def test_what_an_exercise_needs_comes_along_and_nothing_else() -> None:
    before = [
        "from cnnkit import data, draw\nimport numpy as np",
        "ds = data.load('emoji10')\nx = 3\ndraw.photos(ds.test.images)",
        "def helper(a):\n    x = 1\n    return np.abs(a) * width\n\nwidth = 4",
    ]
    needed = teaching.needed("def answer(x):\n    return helper(x) + F.relu(x)\n\ncheck.answer(answer)", before)
    assert needed.splitlines() == [
        "import numpy as np",
        "def helper(a):",
        "    x = 1",
        "    return np.abs(a) * width",
        "width = 4",
    ]


def test_a_name_of_the_answers_own_is_not_looked_for_outside() -> None:
    before = ["layers = {}\nmodel = None\nkernel = 3"]
    code = "def answer(layers, model=None):\n    kernel = [k for k in layers]\n    return kernel\n\ncheck.answer(answer)"
    assert teaching.needed(code, before) == ""


def test_a_block_of_an_earlier_exercise_is_the_students_own() -> None:
    stub, used = "class Block:\n    pass", "def used(verdict):\n    return verdict.or_reference()"
    choice = "Block = used(check.block(Block))"
    code = "def net():\n    return Block()\n\ncheck.net(net)"
    assert teaching.needed(code, [stub, used, choice]) == f"{stub}\n{used}\n{choice}"
    assert teaching.needed(code, [stub, used, choice], ["Block"]) == f"{used}\n{choice}"


@every_source
def test_no_solution_stands_outside_an_answer(source: Path) -> None:
    for task in teaching.tasks(source):
        lines = {
            line.strip()
            for line in re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", task.code, re.DOTALL)[-1].split("\n")
        }
        for other in teaching.tasks(source):
            assert not [line for line in lines if len(line) > 25 and line in other.given]


def test_each_graded_cell_is_locked_and_follows_its_answer() -> None:
    made = teaching.assignment(NAME, [teaching.build.sources()[0], teaching.UNSEEN], seed=3)
    cells = by_id(made)
    graded = [cell for cell in made.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert graded
    for cell in graded:
        name = cell.id.removesuffix("-graded")
        answer = check.EXERCISES[name].answer
        assert cell.source == f"from cnnkit import check\n\ncheck.{name}({answer}, seed=3).require()"
        assert cell.metadata.nbgrader.locked and not cell.metadata.nbgrader.solution
        assert cells[name].metadata.nbgrader.solution and not cells[name].metadata.nbgrader.locked
        order = [c.id for c in made.cells]
        assert order.index(name) < order.index(cell.id)


def test_the_unseen_block_is_in_no_notebook_of_the_course() -> None:
    for path in (ROOT / "notebooks").glob("**/*.ipynb"):
        assert "basic_block" not in path.read_text(encoding="utf-8"), path
    assert "basic_block" in by_id(teaching.assignment(NAME, [teaching.UNSEEN]))


SETS = [[source] for source in [*teaching.build.sources(), teaching.UNSEEN] if teaching.tasks(source)]


@pytest.mark.parametrize("chosen", [*SETS, sum(SETS, [])], ids=lambda chosen: "+".join(source.stem[:2] for source in chosen))
def test_every_cell_finds_its_names_and_trains_nothing(chosen: list[Path]) -> None:
    made = teaching.assignment("all", chosen)
    nbformat.validate(made)
    known = set(dir(builtins))
    for cell in made.cells:
        if cell.cell_type == "code":
            own = set(teaching._defined(ast.parse(cell.source)))
            if isinstance(ast.parse(cell.source).body[0], ast.Assign):  # used before it is made anew
                assert teaching._asked(cell.source) <= known
            assert teaching._asked(cell.source) <= known | own, cell.id
            known |= own
            assert not re.search(r"Training\(|explore\.", cell.source), f"{cell.id} would make grading slow"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([NAME, "99"], "there is no notebook 99"),
        ([NAME, "06", "--no-unseen"], "there is no exercise in these notebooks"),
        (["../week1", "01"], "the name '../week1' may have letters, digits, - and _ only"),
    ],
)
def test_what_cannot_be_made_is_said_in_a_sentence(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["assignment.py", str(tmp_path), *arguments])
    with pytest.raises(SystemExit) as ended:
        teaching.main()
    assert ended.value.code == 2 and said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_guide_says_what_the_code_does() -> None:
    guide = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    levels, points = (re.findall(r"\d+", line) for line in re.findall(r"^\| (?:difficulty|points) \|.*$", guide, re.MULTILINE))
    assert dict(zip(map(int, levels), map(int, points), strict=True)) == teaching.POINTS
    limits = tasks.Limits()
    for said in (f"--cell-seconds {limits.cell_seconds}", f"--seconds {limits.seconds:g}", f"--memory {limits.memory:g}"):
        assert said in guide
    for link in re.findall(r"\]\((\.\.?/[^)]+)\)", guide):
        assert (ROOT / "docs" / link).exists(), link


# The way through nbgrader, once for all tests below: it takes most of a minute.

TWO_MISTAKES = {
    "conv_output_size": ("n + 2 * padding", "n + padding"),
    "basic_block": ("return F.relu(branch + self.shortcut(x))", "return branch + self.shortcut(x)"),
}
WORTH = {
    task.check: task.points for source in (teaching.build.sources()[1], teaching.UNSEEN) for task in teaching.tasks(source)
}
ALL = sum(WORTH.values())
LOOP = "\n\nwhile True:\n    pass"
KILLER = "\n\nimport os\n\nos.kill(os.getppid(), 9)"  # nbgrader
HUNGRY = "def conv_cost(*sizes):\n    kept = []\n    while True:\n        kept.append(bytearray(50_000_000))"
# Shared memory does not count for the system's limit: this one is for the watcher.
SHARED = (
    "import mmap, time\n\nkept = mmap.mmap(-1, 2 << 30)\nfor at in range(0, 2 << 30, 1 << 25):\n"
    "    kept[at : at + (1 << 25)] = bytes(1 << 25)\n"
    "time.sleep(1000)"
)


def copy_cells(cells: list[NotebookNode]) -> None:
    """Pastes cells as Jupyter does, with nbgrader's data in them."""

    def pasted(name: str, text: str, **marks: Any) -> NotebookNode:
        kept = next((cell.metadata for cell in cells if cell.id == name), {"nbgrader": {"grade_id": name, **marks}})
        return nbformat.v4.new_code_cell(text, metadata=copy.deepcopy(kept))

    wrong = pasted("conv_cost", "def conv_cost(*sizes):\n    return 0")
    answer = next(cell for cell in cells if cell.id == "basic_block")
    moved = pasted("conv_cost-graded", answer.source)  # would get the text of the graded cell back
    foreign = pasted("other", "pass", schema_version=2, solution=True, locked=False, grade=False)
    elsewhere = pasted("resnet50-graded", "pass", schema_version=3, solution=False, locked=True, grade=True, points=15)
    cells.insert(2, wrong)
    cells.insert(cells.index(answer), moved)
    cells.remove(answer)
    cells += [foreign, elsewhere]


def lose_cells(cells: list[NotebookNode]) -> None:
    """Deletes a graded cell, and types an answer into a cell of one's own in place of both of nbgrader's."""
    answer = next(cell for cell in cells if cell.id == "receptive_field")
    cells[cells.index(answer)] = nbformat.v4.new_code_cell(answer.source)
    for name in ("conv_cost-graded", "receptive_field-graded"):
        cells.remove(next(cell for cell in cells if cell.id == name))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    run(str(ROOT / "notebooks" / "assignment.py"), str(folder), NAME, "01", "--seed", "5", cwd=ROOT)
    run("-m", "nbgrader", "generate_assignment", NAME, cwd=folder)
    release = folder / "release" / NAME / f"{NAME}.ipynb"
    source = nbformat.read(folder / "source" / NAME / f"{NAME}.ipynb", as_version=4)
    solved = {cell.id: cell.source for cell in source.cells if cell.metadata.get("nbgrader", {}).get("solution")}
    wrong = {name: solved[name].replace(right, mistake) for name, (right, mistake) in TWO_MISTAKES.items()}
    assert all(wrong[name] != solved[name] for name in wrong)
    handed_in = {
        "1000": {**solved, "conv_cost": solved["conv_cost"] + KILLER},
        "1001": {**solved, "conv_cost": SHARED},
        "1002": solved,
        "1003": {**solved, **wrong},
        "1004": {"conv_cost-graded": "pass"},  # nothing filled in, and a graded cell made harmless
        "1005": {**solved, "conv_cost": solved["conv_cost"] + LOOP},
        "1006": {**solved, "conv_cost": HUNGRY},
        "1009": solved,
        "1010": solved,
    }
    archive = folder / "downloaded" / NAME / "archive"
    archive.mkdir(parents=True)
    for student, cells in handed_in.items():
        notebook = nbformat.read(release, as_version=4)
        for name, text in cells.items():
            by_id(notebook)[name].source = text
        {"1009": copy_cells, "1010": lose_cells}.get(student, list)(notebook.cells)
        nbformat.write(notebook, archive / f"{student}_{NAME}.ipynb")
    for name in (f"1007_{NAME}.ipynb", f"1020-{NAME}.ipynb", f"1021_{NAME}.ipynb.txt", f"Ada_1022_{NAME}.ipynb"):
        (archive / name).write_text("{ cut off", encoding="utf-8")
    run("-m", "nbgrader", "zip_collect", NAME, cwd=folder)
    for student, file in (("1008", f"{NAME} (1).ipynb"), ("10[23]", f"{NAME}.ipynb")):
        (folder / "submitted" / student / NAME).mkdir(parents=True)
        shutil.copy(release, folder / "submitted" / student / NAME / file)
    limits = ["--cell-seconds", str(CELL_SECONDS), "--seconds", str(SECONDS), "--memory", str(MEMORY)]
    start = time.monotonic()
    printed = run("-m", "cnnkit", "grade", str(folder), NAME, *limits, cwd=ROOT, status=1)
    (folder / "seconds").write_text(str(time.monotonic() - start))
    (folder / "printed").write_text(printed, encoding="utf-8")
    run("-m", "nbgrader", "generate_feedback", NAME, cwd=folder)
    return folder


def half_graded(course: Path) -> list[str]:
    with gradebook.gradebook(course) as book:
        return gradebook.half_graded(course, NAME, book, mending.by_name(gradebook.released(course, NAME, book)))


def row(course: Path, student: str) -> dict[str, str]:
    with (course / f"grades-{NAME}.csv").open(encoding="utf-8", newline="") as file:
        return next(row for row in csv.DictReader(file) if row["student"] == student)


def feedback(course: Path, student: str) -> str:
    page = (course / "feedback" / student / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())


@pytest.mark.slow
def test_the_students_copy_has_no_solution_and_keeps_the_points(course: Path) -> None:
    text = (course / "release" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")
    assert "BEGIN SOLUTION" not in text and "row - span) // stride + 1\\n" not in text
    released = by_id(nbformat.reads(text, as_version=4))
    assert "# YOUR CODE HERE" in released["conv_output_size"].source
    assert released["basic_block-graded"].metadata.nbgrader.points == 10


@pytest.mark.slow
def test_points_are_those_of_the_right_exercises(course: Path) -> None:
    assert WORTH.items() >= {"conv_output_size": 2, "conv_cost": 4, "receptive_field": 6, "basic_block": 10}.items()
    for student, right in (("1002", set(WORTH)), ("1003", set(WORTH) - set(TWO_MISTAKES)), ("1004", set())):
        found = row(course, student)
        assert {name: float(found[name]) for name in WORTH} == {name: WORTH[name] * (name in right) for name in WORTH}
        assert (float(found["points"]), float(found["of"])) == (sum(WORTH[name] for name in right), ALL)
        assert found["result"] == "graded"


@pytest.mark.slow
def test_feedback_carries_the_checks_messages(course: Path) -> None:
    page = feedback(course, "1003")
    assert "AssertionError: conv_output_size: The padding is counted on one side only." in page
    assert "AssertionError: basic_block: No ReLU follows the sum. The result can then be negative." in page
    assert "AssertionError: conv_output_size: Not started yet." in feedback(course, "1004")
    assert "AssertionError" not in feedback(course, "1002")


@pytest.mark.slow
def test_the_mistakes_that_checks_name_are_kept_for_the_class(course: Path) -> None:
    found = {student: seen.mistakes for student, seen in submissions.recall(course, NAME).items()}
    named = {"conv_output_size": "padding-once", "basic_block": "relu-missing-last"}
    assert found["1003"] == dict.fromkeys(WORTH, "") | named
    assert set(found["1004"].values()) == {"not-started"} and set(found["1002"].values()) == {""}


@pytest.mark.slow
def test_an_answers_own_check_is_not_run_twice_and_its_message_stands_once(course: Path) -> None:
    cells = by_id(nbformat.read(course / "autograded" / "1003" / NAME / f"{NAME}.ipynb", as_version=4))
    assert cells["conv_output_size"].source.endswith("check.conv_output_size(conv_output_size)")
    assert cells["conv_output_size"].outputs == [] == cells["conv_cost-graded"].outputs
    page = feedback(course, "1003")
    assert page.count("The padding is counted on one side only.") == 1
    error = cells["conv_output_size-graded"].outputs[-1]
    assert error.traceback == [f"AssertionError: {error.evalue}"] and str(Path(check.__file__).parent) not in page
    assert [out.output_type for out in cells["basic_block-graded"].outputs] == ["display_data", "error"]  # its drawing


@pytest.mark.slow
def test_only_the_notebook_comes_back(course: Path) -> None:
    assert [path.name for path in (course / "autograded" / "1002" / NAME).iterdir()] == [f"{NAME}.ipynb"]


@pytest.mark.slow
def test_changed_points_are_refused_until_they_are_handed_out(course: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(course, tmp_path / "course")
    source = copied / "source" / NAME / f"{NAME}.ipynb"
    changed = nbformat.read(source, as_version=4)
    by_id(changed)["conv_cost-graded"].metadata.nbgrader.points = 9
    nbformat.write(changed, source)
    with pytest.raises(InputError, match="has 9 points for conv_cost, and what was handed out has 4 points; run nbgrader"):
        grader.grade(copied, NAME, tasks.Limits())


@pytest.mark.slow
def test_a_changed_graded_cell_is_put_back(course: Path) -> None:
    graded = nbformat.read(course / "autograded" / "1004" / NAME / f"{NAME}.ipynb", as_version=4)
    assert "seed=5).require()" in by_id(graded)["conv_cost-graded"].source
    assert float(row(course, "1004")["conv_cost"]) == 0


@pytest.mark.slow
def test_a_file_that_is_no_notebook_is_said(course: Path) -> None:
    assert (row(course, "1007")["result"], row(course, "1007")["points"]) == (f"failed: see autograde-{NAME}.log", "")


@pytest.mark.slow
def test_a_notebook_that_ends_nbgrader_does_not_end_the_grading(course: Path) -> None:
    killed = "stopped: nbgrader was killed while it graded this, maybe by the code itself"
    assert (row(course, "1000")["result"], row(course, "1000")["points"]) == (killed, "")
    assert row(course, "1002")["result"] == "graded"


@pytest.mark.slow
def test_a_wrong_file_name_is_said(course: Path) -> None:
    assert row(course, "1008")["result"] == f"no {NAME}.ipynb in submitted/1008/{NAME}: {NAME} (1).ipynb"


@pytest.mark.slow
def test_a_copied_cell_costs_no_points(course: Path) -> None:
    assert (row(course, "1009")["points"], row(course, "1009")["result"]) == (str(ALL), "graded")
    archived = course / "downloaded" / NAME / "archive" / f"1009_{NAME}.ipynb"
    assert (course / "submitted" / "1009" / NAME / f"{NAME}.ipynb").read_bytes() == archived.read_bytes()


@pytest.mark.slow
def test_a_missing_graded_cell_is_put_back_and_named(course: Path) -> None:
    found = row(course, "1010")
    assert found["points"] == str(ALL)
    assert found["result"] == "graded, but first put back what was missing: the graded cell of conv_cost, receptive_field"
    ids = list(by_id(nbformat.read(course / "autograded" / "1010" / NAME / f"{NAME}.ipynb", as_version=4)))
    assert ids[ids.index("conv_cost") + 1] == "conv_cost-graded" and ids[-1] == "receptive_field-graded"


@pytest.mark.parametrize("minor", [5, 4])  # of the format: before 5, cells had no ids
def test_cells_that_lost_nbgraders_data_get_them_back(minor: int) -> None:
    made = teaching.assignment(NAME, [teaching.UNSEEN])
    wanted = {cell.metadata.nbgrader.grade_id: cell for cell in made.cells if "nbgrader" in cell.metadata}
    bare = copy.deepcopy(made)
    bare.nbformat_minor = minor
    for cell in bare.cells:
        cell.metadata = NotebookNode()
        if minor < 5:
            del cell["id"]
    assert mending.missing(bare, wanted) == ["basic_block-graded"]
    mending.restore_marks(bare, wanted)
    mending.put_back(bare, wanted)
    nbformat.validate(bare)
    assert mending.missing(bare, wanted) == [] and len(bare.cells) == len(made.cells) + (minor < 5)
    if minor == 5:
        assert bare == made


@pytest.mark.slow
def test_files_that_belong_to_no_student_are_named(course: Path) -> None:
    with (course / f"grades-{NAME}.csv").open(encoding="utf-8", newline="") as file:
        said = [found["result"] for found in csv.DictReader(file) if not found["student"]]
    extracted = f"for nobody: the name of downloaded/{NAME}/extracted"
    pattern = "does not fit the pattern in nbgrader_config.py"
    assert said == [f"{extracted}/1020-{NAME}.ipynb {pattern}", f"{extracted}/1021_{NAME}.ipynb.txt {pattern}"]
    assert row(course, "Ada")["result"] == f"no {NAME}.ipynb in submitted/Ada/{NAME}: 1022_{NAME}.ipynb"


@pytest.mark.slow
def test_a_students_name_that_nbgrader_takes_for_a_pattern_is_graded(course: Path) -> None:
    found = row(course, "10[23]")
    assert (found["points"], found["result"]) == ("0", "graded, but nbgrader makes no feedback under this name")


@pytest.mark.slow
def test_what_is_handed_in_again_is_graded_again_and_nothing_else(course: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(course, tmp_path / "course")
    archive = copied / "downloaded" / NAME / "archive"
    archive.rename(archive.with_name("archive-1"))  # as the guide says
    archive.mkdir()
    for student in ("1002", "1003"):  # the first one hands in the same file again
        shutil.copy(archive.with_name("archive-1") / f"1002_{NAME}.ipynb", archive / f"{student}_{NAME}.ipynb")
    run("-m", "nbgrader", "zip_collect", NAME, "--force", cwd=copied)
    run("-m", "cnnkit", "grade", str(copied), NAME, "--student", "100[23]", cwd=ROOT, status=1)
    assert row(course, "1003")["points"] == str(ALL - 12) and row(copied, "1003")["points"] == str(ALL)
    others = [path.parent.name for path in (copied / "submitted").glob(f"*/{NAME}") if path.parent.name != "1003"]
    assert len(others) > 10 and [row(copied, other) for other in others] == [row(course, other) for other in others]
    for other in ("1002", "1004", "1005"):
        graded = Path("autograded") / other / NAME / f"{NAME}.ipynb"
        assert (copied / graded).stat().st_mtime == (course / graded).stat().st_mtime
    log = f"autograde-{NAME}.log"
    assert (copied / log).read_text(encoding="utf-8").startswith((course / log).read_text(encoding="utf-8"))


@pytest.mark.slow
def test_what_was_left_half_graded_is_graded_again(course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbgrader.api import Gradebook

    copied = shutil.copytree(course, tmp_path / "course")
    for folder in (copied / "submitted").iterdir():
        if folder.name not in ("1002", "1003"):
            shutil.rmtree(folder)
    shutil.rmtree(copied / "downloaded")
    with Gradebook(f"sqlite:///{copied / 'gradebook.db'}") as book:  # as a power cut leaves it
        for notebook in book.find_submission(NAME, "1002").notebooks:
            for found in notebook.grades:
                found.auto_score, found.needs_manual_grade = None, True
        book.db.commit()
    assert half_graded(copied) == ["1002"]

    def interrupted(watch: Any, autograder: Any) -> None:
        if len(processes.family_of(autograder)) > 1:  # the kernel is there
            raise KeyboardInterrupt

    before = (copied / f"grades-{NAME}.json").read_text(encoding="utf-8")

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(watching.Watch, "look", interrupted)
        grader.grade(copied, NAME, tasks.Limits())
    assert not (copied / "autograded" / "1002" / NAME).exists()
    assert (copied / f"grades-{NAME}.json").read_text(encoding="utf-8") == before
    rows = grader.grade(copied, NAME, tasks.Limits())
    assert [(row["student"], row["points"], row["result"]) for row in rows] == [
        ("1002", str(ALL), "graded"),
        ("1003", str(ALL - 12), "graded"),
    ]


@pytest.mark.slow
def test_a_loop_without_end_costs_its_own_cell_only(course: Path) -> None:
    assert row(course, "1005")["result"] == "graded"
    assert float(row(course, "1005")["points"]) == ALL  # the loop stood below a right answer
    assert "CellTimeoutError" in feedback(course, "1005")


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux refuses the memory; elsewhere the watcher kills")
def test_memory_without_end_is_refused_and_the_rest_is_graded(course: Path) -> None:
    found = row(course, "1006")
    assert (found["result"], float(found["conv_cost"]), float(found["points"])) == ("graded", 0, ALL - 4)
    assert "conv_cost: Your code asks for more memory than there is." in feedback(course, "1006")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other shared memory")
def test_memory_that_the_system_does_not_count_is_seen_by_the_watcher(course: Path) -> None:
    found = row(course, "1001")
    assert (found["result"], found["points"]) == (f"stopped: more than {MEMORY} GiB of memory", "")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (tasks.Limits(memory=0.1), "stopped: more than 0.1 GiB of memory"),
        (tasks.Limits(seconds=0.5), "stopped: not done after 0.5 seconds of processor time"),
    ],
)
def test_the_watcher_kills_a_kernel_over_a_limit_and_what_it_started(limits: Any, said: str) -> None:
    child = "kept = bytearray(200_000_000)\nwhile True: pass"
    starts = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
    with subprocess.Popen([sys.executable, "-c", starts, starts, child]) as grader:
        process, watch = psutil.Process(grader.pid), watching.Watch(limits)
        while grader.poll() is None:
            watch.look(process)
            time.sleep(0.05)
    with contextlib.suppress(psutil.NoSuchProcess):
        watch.look(process)  # a look at the dead takes nothing back
    assert watch.stopped == said
    processes.wait(watch.family)
    assert len(watch.family) >= 3 and not [one for one in watch.family if processes.lives(one)]


def test_a_notebook_that_sleeps_ends_by_the_clock_after_five_times_its_limit() -> None:
    now = time.monotonic()
    assert watching.Watch(tasks.Limits(seconds=100), began=now - 450).why(0) == ""
    assert (
        watching.Watch(tasks.Limits(seconds=100), began=now - 501).why(0) == "stopped: not done after 500 seconds by the clock"
    )

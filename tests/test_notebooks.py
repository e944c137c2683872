"""The notebooks are what their sources say, run without an error, give no solution away, and read well."""

import importlib.util
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from nbformat import NotebookNode

import cnnkit

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


def load_build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebooks_build", NOTEBOOKS / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load_build()
every_notebook = pytest.mark.parametrize("source", build.sources(), ids=lambda source: source.stem)


@cache
def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text(notebook: NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def words(sentence: str) -> int:
    return len(re.findall(r"[\w'’]+(?:[-.]\w+)*", sentence))


def sentences(prose: str) -> list[str]:
    """Split at full stops, question marks and list items; headings are no sentences."""
    prose = re.sub(r"<summary>.*?</summary>|<[^>]+>", "\n\n", prose)
    blocks = [block for block in re.split(r"\n\s*\n|\n(?=\s*(?:[*-]|\d+\.) )", prose) if not block.lstrip().startswith("#")]
    found = [part for block in blocks for part in re.split(r"(?<=[.!?])[*_]?\s+(?=[A-Z*`])", " ".join(block.split()))]
    return [part for part in found if words(part)]


def test_there_is_a_notebook() -> None:
    assert "05_training_loop" in [source.stem for source in build.sources()]


@every_notebook
def test_both_copies_come_from_the_source_as_it_is_now(source: Path) -> None:
    how = "run: python notebooks/build.py"
    assert not build.is_stale(build.student_path(source), source), how
    assert not build.is_stale(build.solved_path(source), source), how
    student, made = build.student_path(source).read_text(encoding="utf-8"), build.student(source)
    assert student == nbformat.writes(made) + "\n", f"somebody edited the generated student copy; {how} --force"
    solved = read(build.solved_path(source))
    assert [(c.id, c.source) for c in solved.cells] == [(c.id, c.source) for c in build.solved(source).cells], how


def test_a_changed_source_makes_its_copies_stale(tmp_path: Path) -> None:
    source = tmp_path / "01_x.py"
    source.write_text("# %% [markdown]\n# # X\n\n# %%\n1 + 1\n", encoding="utf-8")
    copy = tmp_path / "01_x.ipynb"
    assert build.is_stale(copy, source)
    build.write(build.student(source), copy)
    assert not build.is_stale(copy, source)
    source.write_bytes(b"# %% [markdown]\r\n# # X\r\n\r\n# %%\r\n1 + 1\r\n")  # as a checkout on Windows may have it
    assert not build.is_stale(copy, source)
    source.write_text("# %%\n1 + 2\n", encoding="utf-8")
    assert build.is_stale(copy, source)


def test_building_twice_gives_the_same_bytes_and_twin_cells_get_ids_of_their_own(tmp_path: Path) -> None:
    source = tmp_path / "01_x.py"
    source.write_text("# %%\n1\n\n# %%\n1\n", encoding="utf-8")
    once, again = (nbformat.writes(build.student(source)) for _ in range(2))
    assert once == again
    assert len({cell.id for cell in build.parse(source).cells}) == 2


@every_notebook
def test_only_the_student_copy_has_a_link_and_a_cell_for_colab(source: Path) -> None:
    student, solved = read(build.student_path(source)), read(build.solved_path(source))
    title, colab = student.cells[:2]
    where = build.REPOSITORY.replace("https://github.com", "https://colab.research.google.com/github")
    assert (
        f"({where}/blob/v{cnnkit.__version__}/notebooks/{source.stem}.ipynb)" in title.source and title.cell_type == "markdown"
    )
    assert colab.source == build.COLAB and "colab" not in "".join(cell.source for cell in solved.cells[:2])


@every_notebook
def test_what_is_plumbing_or_holds_an_answer_is_folded_and_nothing_is_loaded_from_the_web(source: Path) -> None:
    student = read(build.student_path(source))
    folded = [cell for cell in code(student) if cell.metadata.get("jupyter", {}).get("source_hidden")]
    wanted = [cell for cell in code(student) if cell.source.startswith("explore.guess(") or cell.source == build.COLAB]
    assert wanted and {cell.id for cell in wanted} <= {cell.id for cell in folded}
    for cell in folded:
        assert cell.metadata.cellView == "form" and build.FOLDED in cell.metadata.tags and build.STUB not in cell.source
    assert not re.search(r"!\[[^\]]*\]\(http|<img[^>]+src=.http", text(student))


def test_the_colab_cell_does_nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("something was started"))
    monkeypatch.setattr("cnnkit.data.load", lambda *_, **__: pytest.fail("something was downloaded"))
    exec(build.COLAB, {})


@pytest.mark.parametrize("photos", [True, False])
def test_on_colab_it_installs_this_version_and_asks_for_the_photos(monkeypatch: pytest.MonkeyPatch, photos: bool) -> None:
    started, asked = [], []
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setattr("subprocess.run", lambda command, check: started.append(command))
    monkeypatch.setattr("cnnkit.data.load", lambda *args, **more: asked.append((args, more)))
    exec(build.COLAB.replace("photos = True", f"photos = {photos}"), {})
    assert [command[:4] for command in started] == [[sys.executable, "-m", "pip", "install"]]
    assert started[0][-1] == f"cnnkit @ git+{build.REPOSITORY}@v{cnnkit.__version__}"
    assert asked == ([(("cifar10",), {"download": True})] if photos else [])


def test_a_new_student_copy_needs_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "HERE", tmp_path)
    monkeypatch.setattr(build, "execute", lambda notebook: notebook)
    monkeypatch.setattr(sys, "argv", ["build.py"])
    (tmp_path / "source").mkdir()
    source = tmp_path / "source" / "01_x.py"
    source.write_text("# %% [markdown]\n# # X\n\n# %%\n1\n", encoding="utf-8")
    build.main()
    made = build.student_path(source).read_text(encoding="utf-8")
    build.student_path(source).write_text("an older one", encoding="utf-8")
    monkeypatch.setattr(build, "execute", lambda _: pytest.fail("executed again"))
    build.main()
    assert build.student_path(source).read_text(encoding="utf-8") == made


def test_the_student_copy_loses_the_solution_and_the_solved_copy_the_marks(tmp_path: Path) -> None:
    source = tmp_path / "01_x.py"
    source.write_text(
        "# %% [markdown]\n# # X\n\n# %%\ndef f():\n    ### BEGIN SOLUTION\n    return 42\n    ### END SOLUTION\n\n"
        "# %%\n1\n### BEGIN HIDDEN TESTS\nassert f() == 42\n### END HIDDEN TESTS\n",
        encoding="utf-8",
    )
    assert [cell.source for cell in build.student(source).cells[2:]] == ["def f():\n    # YOUR CODE HERE", "1"]
    assert build.solved(source).cells[1].source == "def f():\n    return 42"


@every_notebook
def test_the_solved_copy_ran_from_top_to_bottom_without_an_error(source: Path) -> None:
    cells = code(read(build.solved_path(source)))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]


@every_notebook
def test_the_student_copy_holds_no_solution_and_no_output(source: Path) -> None:
    notebook = read(build.student_path(source))
    marked = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", source.read_text(encoding="utf-8"), re.DOTALL)
    assert marked and all(cell.outputs == [] and cell.execution_count is None for cell in code(notebook))
    everything = "\n".join(cell.source for cell in code(notebook))
    assert not [solution for solution in marked if solution.strip() in everything]
    assert "SOLUTION" not in everything and everything.count(build.STUB) + everything.count(build.BY_HAND) == len(marked)


# The built-in set with some of its images: whether a cell raises does not depend on how many there are.
FEWER = """\
import torch
from cnnkit import data

def fewer(*given, whole=data.load, **options):
    found = whole(*given, **options)
    parts = [split.part(torch.arange(n), split.name) for split, n in ((found.train, 2000), (found.test, 300))]
    return data.Dataset(found.name, *parts)

data.load = fewer"""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Proactor event loop:RuntimeWarning")  # zmq on Windows
@every_notebook
def test_the_student_copy_runs_unfilled_without_an_error(source: Path) -> None:
    notebook = build.student(source)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(FEWER))
    ran = build.execute(notebook)  # raises where a cell does
    assert all(cell.execution_count for cell in code(ran))


@every_notebook
def test_the_replay_compares_at_least_three_quarters_of_the_cells(source: Path) -> None:
    cells = code(build.parse(source))
    ignored = [cell for cell in cells if "nbval-ignore-output" in cell.metadata.get("tags", [])]
    assert len(ignored) <= len(cells) / 4


@every_notebook
def test_every_picture_has_words_and_one_comes_in_the_first_three_cells(source: Path) -> None:
    solved = read(build.solved_path(source))
    shown = [(i, output.data) for i, cell in enumerate(solved.cells) for output in cell.get("outputs", []) if "data" in output]
    pictures = [(i, data) for i, data in shown if re.search("<svg|<img", data.get("text/html", ""))]
    assert pictures[0][0] < 3
    for _, data in pictures:
        assert len(data["text/plain"]) >= 20
        for tag in re.findall(r"<(?:svg|img)\b[^>]*>", data["text/html"]):
            assert re.search(r'role="img" aria-label="[^"]{20,}"|<img[^>]* alt="[^"]{20,}"', tag), tag[:300]


@every_notebook
def test_links_to_files_lead_somewhere(source: Path) -> None:
    for path in (build.student_path(source), build.solved_path(source)):
        for target in re.findall(r"\]\((?!https?:|#)([^)]+)\)", text(read(path))):
            assert (path.parent / target).is_file(), f"{path.name} links to {target}"


@every_notebook
def test_it_reads_as_a_notebook_of_the_course_should(source: Path) -> None:
    notebook = build.parse(source)
    assert 20 <= len(notebook.cells) <= 70
    assert max(len(cell.source.splitlines()) for cell in code(notebook) if "### BEGIN SOLUTION" not in cell.source) <= 25
    prose = text(notebook)
    assert 900 <= words(re.sub(r"<[^>]+>", " ", prose)) <= 4000
    lengths = [words(sentence) for sentence in sentences(prose)]
    assert sum(lengths) / len(lengths) < 18
    assert prose.count("<details>") == prose.count("</details>") >= 3
    for part in ("After this notebook you can", "*Time:*", "*Know first:*", "## Recap", "## Three questions", "## Go further"):
        assert part in prose


WORDS = Path(__file__).parent / "golden" / "words.txt"


def vocabulary(prose: str) -> set[str]:
    """The words of Markdown in small letters; code, formulas, addresses, tags and what holds a digit are left out."""
    prose = re.sub(r"<!--.*?-->|<code>.*?</code>|<[^>]+>|`[^`]*`|\$[^$]+\$|\]\([^)]*\)|https?:\S+", " ", prose, flags=re.DOTALL)
    found = re.findall(r"(?<!\w)[^\W\d_]+(?:['’][^\W\d_]+)*(?!\w)", prose)
    return {word.lower().replace("’", "'").removesuffix("'s") for word in found if len(word) > 1}


def test_the_vocabulary_has_words_and_no_code() -> None:
    prose = "**Don't** look at `colr` in [notebook 01](01_convlution.ipynb)\n<b>VGG-16's</b> 3x3 layer2 $\\sqrt{pq}$ up"
    assert vocabulary(prose) == {"don't", "look", "at", "in", "notebook", "vgg", "up"}


@every_notebook
def test_every_word_was_read_by_somebody(source: Path, request: pytest.FixtureRequest) -> None:
    """A plain spelling check: the list holds the words that a person has read and found right."""
    known = set(WORDS.read_text(encoding="utf-8").split())
    new = sorted(vocabulary(text(build.parse(source))) - known)
    if new and request.config.getoption("--update-golden"):
        WORDS.write_text("\n".join(sorted(known.union(new))) + "\n", encoding="utf-8", newline="\n")
    assert not new or request.config.getoption("--update-golden"), (
        f"{', '.join(new)}: mend what is misspelt (British spelling); what is right, "
        "add to tests/golden/words.txt, or run this test with --update-golden and read the diff"
    )


def test_the_list_of_words_is_sorted_and_british() -> None:
    listed = WORDS.read_text(encoding="utf-8").split()
    assert listed == sorted(set(listed)) and all(word == word.lower() for word in listed)
    american = """analyze behavior center centers color colors colored favor gray initialize initialization labeled modeled
        neighbor neighbors neighboring normalize normalized normalization recognize recognized summarize visualize"""
    assert not set(american.split()) & set(listed)

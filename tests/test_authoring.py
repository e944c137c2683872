"""docs/authoring.md is run as it is printed: from an empty folder to a graded exercise."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cnnkit import InputError, check, report
from cnnkit.check import loading, recording

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PYTHON = [code for language, code in BLOCKS if language == "python"]
FILES = {match[1]: code for code in PYTHON if (match := re.match(r"# (my_exercises/\w+\.py)\n", code))}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the page's first exercise; what is loaded is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    for kept in (check.EXERCISES, check.MISTAKES):
        for name in ("pooled_size", "gate"):
            monkeypatch.setitem(kept, name, None)
            kept.pop(name)
    monkeypatch.setattr(loading, "_LOADED", set())
    (tmp_path / "my_exercises").mkdir()
    name = "my_exercises/pooled_size.py"
    (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    return tmp_path / "my_exercises"


def test_the_page_from_top_to_bottom(folder: Path) -> None:
    names: dict[str, object] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for code in PYTHON:
            if not code.startswith("# my_exercises"):
                exec(code, names)
    (said,) = (text for language, text in BLOCKS if language == "text")
    assert printed.getvalue() == said
    source = (folder / "pooled_size.py").read_text(encoding="utf-8")
    (folder / "pooled_size.py").write_text(re.sub(r"\[\(8, 2.*\],", "[(8, 2, 2), (9, 3, 3)],", source), encoding="utf-8")
    (mine,) = check.load(folder)
    assert "rounded-up looks like the reference" in mine.alike()
    (folder / "pooled_size.py").write_text(source.replace("return (n - window)", "return (n  - window)"), encoding="utf-8")
    with pytest.raises(InputError, match=r"an edit of rounded-up does not apply"):
        check.load(folder)


def test_the_report_tells_of_it_in_its_own_words(folder: Path) -> None:
    check.load(folder)
    runs = folder.parent / "runs"
    for answer, slug in ((lambda n, w, s: (n - w) // s, "first-missing"), (lambda n, w, s: (n - w) // s + 1, None)):
        verdict = check.pooled_size(answer)
        assert verdict.mistake == slug
        recording.record(verdict, runs / "checks.jsonl")
    report.write(folder.parent / "page.html", folder=runs)
    page = (folder.parent / "page.html").read_text(encoding="utf-8")
    assert "pooled_size" in page and "the first window is not counted" in page


def test_the_module_of_the_page(folder: Path) -> None:
    (folder / "gate.py").write_text(FILES["my_exercises/gate.py"], encoding="utf-8")
    gate = check.load(folder)[0]
    assert gate.name == "gate" and gate.alike() == []
    for old, new, slug in [
        ("torch.relu(self.squeeze(means))", "self.squeeze(means)", "no-relu"),
        ("x * weights", "x + weights", "added"),
        ("dim=(2, 3)", "dim=(1, 2, 3)", "raises"),
        ("return x", "return 3 * x", "wrong-value"),
        ("self.excite(hidden))", "2 * self.excite(hidden) / 2)", None),
    ]:
        names: dict[str, object] = {}
        exec(FILES["my_exercises/gate.py"].split("EXERCISE")[0].replace(old, new), names)
        assert check.gate(names["Gate"]).mistake == slug
    assert check.gate(gate.reference).mistake == "kit-solution"


@pytest.mark.parametrize("isolated", [False, True])
def test_the_terminal_of_the_page(folder: Path, isolated: bool) -> None:
    (command,) = (text.strip() for language, text in BLOCKS if language == "sh" and "-m cnnkit" in text)
    answer = folder.parent / "answer.py"
    for code, status, mistake in [("// stride + 1", 0, None), ("// stride", 1, "first-missing")]:
        answer.write_text(f"def pooled_size(n, window, stride):\n    return (n - window) {code}\n", encoding="utf-8")
        words = [*command.split()[1:], "--json", *(["--isolated"] if isolated else [])]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, *words], cwd=folder.parent, env=environment, capture_output=True, text=True)
        assert done.returncode == status, done.stdout + done.stderr
        found = json.loads(done.stdout)
        assert found["mistake"] == mistake and (found["sandbox"] is None) == (not isolated)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x = 1\n", "has no EXERCISE"),
        ("x = 1 / 0\n", "stops with ZeroDivisionError"),
        ("x = (\n", "stops with SyntaxError"),
        (FILES["my_exercises/pooled_size.py"].replace("pooled_size", "conv_cost"), "is called conv_cost, as another exercise"),
        (FILES["my_exercises/pooled_size.py"].replace("first-missing: The", "first missing The"), "is no row"),
    ],
)
def test_a_file_that_is_no_exercise_is_refused_with_its_name(folder: Path, content: str, said: str) -> None:
    (folder / "other.py").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=rf'other.py" ?:?.*{said}'):
        check.load(folder)
    assert "pooled_size" not in check.EXERCISES  # all or none


def test_a_folder_without_exercises_is_refused(tmp_path: Path) -> None:
    (tmp_path / "_helper.py").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="there are no exercises in"):
        check.load(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "cnnkit", "check", __file__, "pooled_size", "--exercises", str(tmp_path / "none")],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2 and done.stderr.startswith("cnnkit: there are no exercises in")


def test_exercises_are_loaded_again_after_a_change_and_the_kits_own_stay(folder: Path) -> None:
    before = {name: exercise for name, exercise in check.EXERCISES.items() if name != "pooled_size"}
    check.load(folder)
    source = (folder / "pooled_size.py").read_text(encoding="utf-8")
    (folder / "pooled_size.py").write_text(source.replace("rounded-up", "counted-up"), encoding="utf-8")
    check.load(folder)
    assert "counted-up" in check.MISTAKES["pooled_size"] and "rounded-up" not in check.MISTAKES["pooled_size"]
    assert {name: check.EXERCISES[name] for name in before} == before
    with pytest.raises(AttributeError, match="no exercise pooled_sizes; there are count_parameters"):
        check.pooled_sizes(None)

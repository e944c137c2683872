"""The class at a glance: counted as a slow loop counts, with nobody's name in it, and nothing in the page that runs."""

import csv
import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from cnnkit import InputError, cli
from cnnkit.grading import classpage
from cnnkit.grading.classroom import anonymous, look

NAME = "week1"
EXERCISES = {"conv_output_size": 2, "train_step": 4}
BAD = "<script>hit()</script>"
CODE = '''"""By Ada."""
def conv_output_size(n):  # Ada Lovelace, 2001
    """Ada's."""
    return n < 1

check.conv_output_size(conv_output_size)'''


def hand_in(course: Path, student: str, mistakes: dict[str, str], code: str = CODE) -> dict[str, str]:
    """A graded notebook as ``grade`` leaves it, and its row of the table."""
    cells = []
    for name in EXERCISES:
        said = f"{name}: {BAD} The padding is counted once."
        outputs = [new_output("error", ename="AssertionError", evalue=said, traceback=[])] if mistakes.get(name) else []
        marks = {"grade_id": f"{name}-graded"}
        cells.append(new_code_cell(code, metadata={"nbgrader": {"grade_id": name}}))
        cells.append(new_code_cell("pass", metadata={"nbgrader": marks}, outputs=outputs))
    path = course / "autograded" / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), path)
    points = {name: worth * (not mistakes.get(name)) for name, worth in EXERCISES.items()}
    row = {"student": student, "points": sum(points.values()), "of": 6, "seconds": 3, "result": "graded", **points}
    return {key: str(value) for key, value in row.items()}


CLASS = {
    "2001": {"conv_output_size": "padding-once", "train_step": ""},
    "2002": {"conv_output_size": "padding-once", "train_step": "no-zero-grad"},
    "2003": {"conv_output_size": "", "train_step": ""},
    "2004": {"conv_output_size": "not-started", "train_step": "not-started"},
}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    rows = [hand_in(tmp_path, student, mistakes) for student, mistakes in CLASS.items()]
    rows.append({"student": BAD, "result": "stopped: the code ended its own kernel"})
    with (tmp_path / f"grades-{NAME}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
    seen = {student: {"file": "x", "seconds": "3", "mistakes": mistakes} for student, mistakes in CLASS.items()}
    (tmp_path / f"grades-{NAME}.json").write_text(json.dumps(seen), encoding="utf-8")
    return tmp_path


def test_mistakes_points_and_who_is_stuck_are_counted(course: Path) -> None:
    room = look(course, NAME)
    for name in EXERCISES:
        assert room.mistakes[name] == Counter(mistakes[name] for mistakes in CLASS.values())
    assert sorted(room.points) == [0, 0, 4, 6] and room.most == 6
    assert room.stuck == {"2002": ["conv_output_size", "train_step"], "2001": ["conv_output_size"]}
    assert room.missing == {BAD: "stopped: the code ended its own kernel"}
    assert [(talk.exercise, talk.mistake, talk.count) for talk in room.talks] == [
        ("conv_output_size", "padding-once", 2),
        ("train_step", "no-zero-grad", 1),
    ]
    assert room.talks[0].message == f"{BAD} The padding is counted once."


def test_shown_code_has_no_name_comment_or_docstring() -> None:
    shown = anonymous(CODE, ["2001"])
    assert shown == "def conv_output_size(n):\n    return n < 1"
    assert anonymous("author = 'U2001x'\nx = 1", ["u2001"]) == "" == anonymous("def (", [])


class Page(HTMLParser):
    """The tags and attributes of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loaded: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loaded += [name for name, _ in attrs if name in ("src", "href") or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_shows_the_counts_and_runs_nothing(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["class", str(course), NAME]) == 0
    assert "4 graded, 1 without points" in capsys.readouterr().out
    page = Page((course / f"class-{NAME}.html").read_text(encoding="utf-8"))
    assert "script" not in page.tags and page.loaded == []
    assert "2padding-once" in page.text and "2 students: padding-once, in conv_output_size" in page.text
    assert BAD in page.text and "Ada" not in page.text


def test_an_empty_class_has_a_page_and_an_ungraded_one_a_sentence(course: Path, tmp_path: Path) -> None:
    (course / f"grades-{NAME}.csv").write_text("student,points,of,seconds,result\n", encoding="utf-8")
    assert "0" in classpage.page(look(course, NAME))
    with pytest.raises(InputError, match="run there first: python -m cnnkit grade"):
        look(tmp_path, "week2")

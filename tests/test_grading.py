"""``cnnkit grade`` with hostile names and notebooks and an end in the middle; the exercise is small, so that kernels are."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from test_teaching import ENVIRONMENT, ROOT, half_graded, row, run, teaching

from cnnkit import cli
from cnnkit._support import locks
from cnnkit.grading import course as courses
from cnnkit.grading import grader, processes, submissions, table, watching
from cnnkit.grading.tasks import Limits, Task, seeded

NAME = "week1"
LIMITS = Limits(seconds=20, cell_seconds=2, memory=2)
RIGHT = "def one():\n    return 1"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    cells = [
        teaching._code("one", "def one():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION", solution=True),
        teaching._code("one-graded", "assert one() == 1", points=2),
        teaching._code("two", "### BEGIN SOLUTION\ntwo = 2\n### END SOLUTION", solution=True),
        teaching._code("two-graded", "assert two == 2", points=1),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    teaching.write(folder, NAME, new_notebook(cells=cells, metadata={"kernelspec": kernel}))
    run("-m", "nbgrader", "generate_assignment", NAME, cwd=folder)
    return folder


@pytest.fixture
def course(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "course")


def hand_in(course: Path, student: str, one: str = RIGHT, more: Any = (), to: str = "") -> Path:
    """A notebook with this answer to the first exercise, and the right one to the second."""
    notebook = nbformat.read(course / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = {"one": one, "two": "two = 2"}.get(cell.id, cell.source)
    notebook.cells += more
    path = course / (to or f"submitted/{student}/{NAME}/{NAME}.ipynb")
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def graded(course: Path, limits: Any = LIMITS) -> dict[str, tuple[str, str]]:
    return {row["student"]: (row["points"], row["result"]) for row in grader.grade(course, NAME, limits)}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems refuse some of these names")
def test_whatever_a_student_is_called_all_are_graded(course: Path) -> None:
    plain = ["Doe, Jane", "Jane", "O'Brien", 'a"b', "a b", "*", "Zoë", "שלום", "L" * 200, "{x}", "%s", "a;b"]
    for name in [*plain, "-x", "=1+1", "[abc]"]:
        hand_in(course, name, to=f"downloaded/{NAME}/archive/{name}_{NAME}.ipynb")
    run("-m", "nbgrader", "zip_collect", NAME, cwd=course)
    plain += [" edge ", "a\\b", "a"]
    for name in [" edge ", ".hidden", "a\\b", "a", "two\nlines", os.fsdecode(b"\xff")]:
        hand_in(course, name)
    found = graded(course)
    for name in plain:
        assert found[name.strip().replace(";", ",")] == ("3", "graded"), name
    assert found["'-x"] == found["'=1+1"] == ("3", "graded")
    assert found["[abc]"] == found[".hidden"] == ("3", "graded, but nbgrader makes no feedback under this name")
    assert found["two lines"][1] == "not graded: nbgrader takes no line break in a student's name: give the folder another name"
    assert found["?"][1] == "not graded: nbgrader takes no name that is not UTF-8: give the folder another name"
    assert len(found) == len(plain) + 6
    run("-m", "nbgrader", "generate_feedback", NAME, cwd=course)
    for name in [*plain, "-x", "=1+1"]:
        assert (course / "feedback" / name / NAME / f"{NAME}.html").is_file()


FORGERY = """
import os
said = "[AutogradeApp | INFO] Sanitizing /c/submitted/zz_right/week1/week1.ipynb\\n"
for file in ("/proc/self/fd/2", f"/proc/{os.getppid()}/fd/1", f"/proc/{os.getppid()}/fd/2"):
    if os.path.exists(file):
        with open(file, "a") as stream:
            stream.write(said)
os.write(2, said.encode())
os.kill(os.getppid(), 9)
"""
HOSTILE = {
    "forger": FORGERY,
    "prints": "while True:\n    print('x' * 1000)",
    "prints_stubbornly": "while True:\n    try:\n        while True: print('x' * 1000)\n    except BaseException: pass",
    "loops": "while True:\n    pass",
    "loops_in_c": "sum(range(10**15))",
    "sleeps": "import time\ntime.sleep(1000)",
    "exits": "import os\nos._exit(0)",
    "its_children": "import subprocess, sys\nkept = subprocess.Popen([sys.executable, '-c', 'while True: pass'])",
}


def test_hostile_notebooks_cost_nobody_else_a_point(course: Path) -> None:
    for name, code in HOSTILE.items():
        hand_in(course, name, f"{RIGHT}\n\n{code}")
    hand_in(course, "zz_right")
    found = graded(course)
    late = "stopped: a cell took more than 2 seconds and could not be interrupted"
    assert found.pop("forger") == ("", "stopped: nbgrader was killed while it graded this, maybe by the code itself")
    assert found.pop("prints_stubbornly") == found.pop("loops_in_c") == ("", late)
    assert found.pop("exits") == ("", "stopped: the code ended its own kernel")
    assert found.pop("its_children")[0] in ("3", "")  # it uses the time of the notebook
    assert set(found.values()) == {("3", "graded")} and {"prints", "loops", "sleeps", "zz_right"} == set(found)
    (cell,) = [cell for cell in cells_of(course, "prints") if cell.id == "one"]
    assert len(str(cell.outputs)) < 2_000_000 and "cut: the cell wrote more than" in str(cell.outputs)
    (cell,) = [cell for cell in cells_of(course, "loops") if cell.id == "one"]
    assert cell.outputs[-1].ename == "CellTimeoutError"
    assert graders() == []
    again = submissions.recall(course, NAME)
    assert all(seen.why for name, seen in again.items() if found.get(name) is None and name != "its_children")


def graders(pid: int | None = None) -> list[psutil.Process]:
    """The processes that grade for one, and their kernels: all in sessions of their own."""
    found = [process for process in psutil.Process(pid).children(recursive=True) if processes.lives(process)]
    return [process for process in found if os.getsid(process.pid) == process.pid]


def cells_of(course: Path, student: str) -> list[Any]:
    return nbformat.read(course / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4).cells


def test_points_that_the_check_did_not_give_are_to_be_looked_at(course: Path) -> None:
    forged = '{"exercise": "one", "passed": false, "mistake": "does-not-construct"}'
    hand_in(course, "1", f"{RIGHT}\n\nimport os\nos.makedirs('runs')\nopen('runs/checks.jsonl', 'w').write('{forged}\\n')")
    said = "graded, but look at it: one has points, but its check said does-not-construct"
    assert graded(course) == {"1": ("3", said)}


def test_output_is_cut_and_the_rest_is_graded(course: Path) -> None:
    hand_in(course, "1", f"{RIGHT}\n\nfor _ in range(9):\n    print('x' * 99_999)")
    assert graded(course) == {"1": ("3", "graded")}
    assert (course / "autograded" / "1" / NAME / f"{NAME}.ipynb").stat().st_size < 200_000
    assert "... cut" in str(cells_of(course, "1"))


def test_who_handed_in_nothing_has_a_row_and_points_do_not_depend_on_the_jobs(course: Path) -> None:
    (course / "roster.csv").write_text("number,name\n1,Ada\n2,Alan\n3,Grace\n", encoding="utf-8")
    hand_in(course, "1")
    hand_in(course, "2", "def one():\n    return 2")
    wanted = {"1": ("3", "graded"), "2": ("1", "graded"), "3": (None, "nothing handed in")}
    for engine in (None, ThreadPoolExecutor(2)):  # one that could be anybody's
        rows = grader.grade(course, NAME, LIMITS, force=True, jobs=1, engine=engine)
        assert {row["student"]: (row.get("points"), row["result"]) for row in rows} == wanted


def test_kernels_are_forked_with_torch_in_them(course: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("elsewhere forks are not safe")
    hand_in(course, "1", "import sys\nassert 'torch' in sys.modules and 'ipykernel_launcher' in sys.argv[0]\n" + RIGHT)
    assert graded(course) == {"1": ("3", "graded")}


def test_a_notebook_of_an_older_format_lost_nothing(course: Path) -> None:
    path = hand_in(course, "old")
    nbformat.write(nbformat.convert(nbformat.read(path, as_version=4), 3), path)
    assert "worksheets" in json.loads(path.read_text(encoding="utf-8"))
    assert graded(course) == {"old": ("3", "graded")}


BAD = (
    "<script>hit()</script><img src=x onerror=hit()><iframe srcdoc='<script>hit()</script>'></iframe>"
    "<a href='javascript:hit()'>x</a><svg onload=hit()></svg><object data='javascript:hit()'></object>"
)
MARKDOWN = f"""{BAD} <svg xmlns="http://www.w3.org/2000/svg" aria-label="a circle"><script>hit()</script><circle r="3"/></svg>
[a](javascript:hit()) [b](JaVaScript&colon;hit()) ![c](javascript:hit()) <img src="https://elsewhere/x.png">
<base href="//elsewhere"><meta http-equiv=refresh content="0;url=//elsewhere">
<form action=//elsewhere><input onfocus=hit()></form>
<div style="background:url(//elsewhere);position:fixed;color:red">d</div><style>body {{ display: none }}</style>

# A heading, *emphasis*, `a < b`

| a | b |
|---|---|
| 1 | 2 |
"""
CODE = f"""from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display
bad = {BAD!r}
drawing = "<svg xmlns='http://www.w3.org/2000/svg' onload='hit()'><script>hit()</script><rect width='5' height='5'/></svg>"
display(HTML(bad + drawing), Markdown(bad), SVG(drawing), Javascript("hit()"), Latex(bad))
display({{"text/html": bad}}, raw=True, metadata={{"text/html": {{"isolated": True}}}})
sizes = {{"width": "1 onload=hit()", "alt": '"><script>hit()</script>'}}
png = {{"image/png": 'x" onerror="hit()'}}
display(png, raw=True, metadata={{"image/png": sizes, "filenames": {{"image/png": "https://elsewhere/y.png"}}}})
display(png, raw=True, metadata={{"image/png": sizes}})
display({{"application/vnd.jupyter.widget-view+json": {{"model_id": "</script><script>hit()</script>"}}}}, raw=True)
print(bad)
raise ValueError(bad)"""


class Running(HTMLParser):
    """What a browser would run or load of a page; and its tags and pictures."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()
        self.pictures: list[bytes] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "object", "embed", "form", "input", "base", "svg") or given.get("http-equiv"):
            self.found.append(f"{tag} {given.get('src', '')}")
        for name, value in given.items():
            if name.startswith("on") or name == "srcdoc" or "javascript:" in value.lower() or "elsewhere" in value:
                self.found.append(f"{tag} {name}={value}")
        if tag == "iframe":  # cleaned, too
            self.found += Running(b64decode(given["src"].removeprefix("data:text/html;base64,")).decode()).found
        if given.get("src", "").startswith("data:image/svg+xml;base64,"):
            self.pictures.append(b64decode(given["src"].partition(",")[2]))


def test_a_feedback_page_runs_nothing_and_keeps_its_looks(course: Path) -> None:
    hostile = {"tags": ['"><script>hit()</script>'], "magics_language": '"><script>hit()</script>'}
    hand_in(course, "2000", more=[new_markdown_cell(MARKDOWN, metadata=hostile), new_code_cell(CODE, metadata=hostile)])
    assert graded(course) == {"2000": ("3", "graded")}
    run("-m", "nbgrader", "generate_feedback", NAME, cwd=course)
    text = (course / "feedback" / "2000" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    page = Running(text)
    mathjax = [found for found in page.found if found.startswith("script https://cdnjs.cloudflare.com/ajax/libs/mathjax/")]
    assert len(mathjax) == 1 and [found for found in page.found if found not in mathjax] == ["script "]  # its settings
    assert {"h1", "em", "table", "td", "div", "img"} <= page.tags
    assert sum(b"<circle" in drawn for drawn in page.pictures) == 1 and any(b"<rect" in drawn for drawn in page.pictures)
    (style,) = re.findall(r'style="([^"]*color: ?red[^"]*)"', text)
    assert 'alt="a circle"' in text and "position" not in style and "url" not in style


def test_the_settings_of_a_course_are_those_of_the_kit(made: Path, tmp_path: Path) -> None:
    settings = courses.settings(made)
    assert courses.cleans_feedback(made) and not courses.cleans_feedback(tmp_path)
    assert settings.ClearSolutions.code_stub == {"python": teaching.build.STUB}
    assert settings.Execute.timeout == Limits.cell_seconds


@pytest.fixture
def asked(course: Path) -> Path:
    """A course with one notebook that sleeps between two right ones."""
    for student, code in (("1", RIGHT), ("2", "import time\ntime.sleep(1000)"), ("3", RIGHT)):
        hand_in(course, student, code)
    return course


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_a_signal_ends_it_with_the_table_and_nothing_half_graded(asked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        number = getattr(signal, name)
        times = []

        def end(number: int = number, times: list[float] = times) -> None:
            while "1" not in submissions.recall(asked, NAME) or len(graders()) < 2:
                time.sleep(0.05)
            times.append(time.process_time())
            os.kill(os.getpid(), number)

        ender = threading.Thread(target=end)
        ender.start()
        status = cli.main(["grade", str(asked), NAME, "--jobs", "1"])
        ender.join()
        assert time.process_time() - times[0] < 2
        assert status == 128 + number and f"ended by {name}" in capsys.readouterr().err
        assert [(row(asked, one)["points"], row(asked, one)["result"]) for one in "123"] == [
            ("3", "graded"),
            ("", "not graded yet"),
            ("", "not graded yet"),
        ]
        assert list(submissions.recall(asked, NAME)) == ["1"] and half_graded(asked) == []
        assert not (asked / "autograded" / "2" / NAME).exists()
        assert graders() == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("signals", [["SIGTERM", "SIGTERM"], ["SIGKILL"]], ids=len)
def test_nothing_outlives_a_grader_that_ends_at_once(asked: Path, signals: list[str]) -> None:
    command = [sys.executable, "-m", "cnnkit", "grade", str(asked), NAME, "--student", "2"]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as grader:
        family: list[psutil.Process] = []
        while len(graders(grader.pid)) < 2 and grader.poll() is None:
            time.sleep(0.2)
        family = psutil.Process(grader.pid).children(recursive=True)
        for name in signals:
            grader.send_signal(getattr(signal, name))
            time.sleep(0.05)
        _, said = grader.communicate()
    assert grader.returncode == -getattr(signal, signals[-1]) and said == ""
    end = time.monotonic() + 60  # of a busy machine
    while any(map(processes.lives, family)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not [process for process in family if processes.lives(process)]


@pytest.fixture
def other(course: Path) -> Iterator[int]:
    code = "import sys; from cnnkit._support import locks\nwith locks.only_writer(sys.argv[1]):\n print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(course)], env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "1\n"
        yield process.pid
        process.communicate("\n")


def test_a_second_grader_is_told_and_leaves(asked: Path, other: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert locks.holder(asked / ".lock")["pid"] == other
    assert cli.main(["grade", str(asked), NAME]) == 2
    said = capsys.readouterr().err
    assert re.fullmatch(rf"cnnkit: the course in .* is being written by process {other} on .*\n", said)
    assert not (asked / "autograded").exists() and not (asked / f"grades-{NAME}.csv").exists()


def test_the_table_is_a_file_that_spreadsheets_can_read(tmp_path: Path) -> None:
    rows = [{"student": 'Doe, "Jane"', "points": "1"}, {"student": "", "result": "for nobody"}]
    table.write(tmp_path / "grades.csv", rows)
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert read == [
        {"student": 'Doe, "Jane"', "points": "1", "result": ""},
        {"student": "", "points": "", "result": "for nobody"},
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["grades.csv"]


def test_importing_the_graders_costs_no_torch() -> None:
    modules = "cnnkit.grading.grader, cnnkit.cli.grade, cnnkit.cli.collect, cnnkit.cli.classroom"
    code = f"import sys, {modules}; print('torch' in sys.modules)"
    assert run("-c", code, cwd=ROOT) == "False\n"


def test_a_students_seed_takes_the_place_of_the_released_one() -> None:
    source = "from cnnkit import check\n\ncheck.conv_cost(conv_cost, seed=1).require()"
    assert seeded(source, None) == source and seeded(source, 77) == source.replace("seed=1", "seed=77")


def test_the_clock_of_a_notebook_begins_with_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[float] = []
    start = watching.STARTED.Process.start

    def slow(process: Any) -> None:  # as the first one of a run is, which waits for torch
        start(process)
        time.sleep(1)
        began.append(time.monotonic())

    class Noted(watching.Watch):
        def __init__(self, limits: Limits) -> None:
            super().__init__(limits)
            assert self.began >= began[0]

    monkeypatch.setattr(watching.STARTED.Process, "start", slow)
    monkeypatch.setattr(watching, "Watch", Noted)
    found = watching.graded(Task("week1", b"{ cut off", "{}", LIMITS))
    assert found.why == "failed" and "NotJSONError" in found.log

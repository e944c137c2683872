"""Many pages become one table: what students did comes through, and nothing in a file stops it or gets to compute."""

import csv
import json
import re
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import fill, guess, run

from cnnkit import check, report
from cnnkit.cli import main
from cnnkit.errors import InputError
from cnnkit.report import cells, classes, collecting, course, page, reading


@pytest.fixture(autouse=True)
def same_machine(monkeypatch):
    monkeypatch.setattr(page, "_machine", lambda: "a machine")


def rows(path):
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")  # by which Excel knows UTF-8
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == collecting.columns() and None not in found[0]
    return {row["file"]: row for row in found}


def hand_in(folder, name="Ada Lovelace", number="1234567", file="report.html", **records):
    """A page as a student hands it in; its run has no losses, so that no picture is drawn."""
    records.setdefault("runs", [run(losses=[])])
    return report.write(folder / file, name, fill(folder / ".records" / file, **records), number)


def with_data(path, **changes):
    """Changes the data inside a page, as a student could."""
    text = path.read_text(encoding="utf-8")
    before, rest = text.split('id="cnnkit-report">')
    data, after = rest.split("</script>")
    path.write_text(
        before + 'id="cnnkit-report">' + json.dumps(json.loads(data) | changes) + "</script>" + after, encoding="utf-8"
    )


def test_what_a_student_did_comes_through(tmp_path):
    hand_in(tmp_path)
    (row,) = rows(report.collect(tmp_path, tmp_path / "reports.csv")).values()
    assert (row["name"], row["number"], row["problem"]) == ("Ada Lovelace", "1234567", "")
    assert (row["exercises passed"], row["exercises tried"], row["guesses made"]) == ("1", "2", "2")
    assert (row["runs"], row["test accuracies"]) == ("1", "base: 62 % ± 1.5 (1,000 images) of tiny test")
    assert (row["words written"], row["left out"]) == ("1 of 4", "0")
    assert [row[f"conv_cost: {what}"] for what in ("result", "attempts", "mistakes")] == ["passed", "2", "raises"]
    assert [row[f"vgg_head: {what}"] for what in ("result", "attempts", "mistakes")] == ["not passed", "1", "returns-nothing"]
    assert row["grad_cam: result"] == "not run" and row["grad_cam: attempts"] == "0"
    assert all(f"{name}: result" in row for name in check.EXERCISES)


def test_what_a_class_guessed_is_told_by_question(tmp_path):
    for i, made in enumerate((9408, 9408, 9000, 9472, 10_000)):
        path = hand_in(tmp_path, number=str(i), file=f"{i}.html")
        asked = {**guess("00, question 1", "=How many?", answer=9472), "guess": made, "right": made == 9472}
        with_data(path, guesses=[asked, guess(f"mission 2, run {i}", made="the late cut", answer="the early cut")])
    with (
        report.collect(tmp_path, tmp_path / "out.csv")
        .with_name("out-guesses.csv")
        .open(encoding="utf-8-sig", newline="") as file
    ):
        numbers, words = csv.DictReader(file)
    assert [numbers[column] for column in classes.HEAD] == [
        "00, question 1", "'=How many?", "5", "1", "3", "1", "9,472", "9,408", "9,408", "2",
    ]  # fmt: skip
    assert (words["guesses made"], words["most frequent wrong guess"], words["made so often"]) == ("5", "the late cut", "5")


def test_pages_are_found_in_folders_and_whatever_their_ending_is_called(tmp_path):
    hand_in(tmp_path, file="a.HTML", number="1")
    hand_in(tmp_path, file="group 2/b.htm", number="2")
    (tmp_path / "group 2" / "notes.txt").write_text("no page", encoding="utf-8")
    (tmp_path / "folder.html").mkdir()
    assert list(rows(report.collect(tmp_path, tmp_path / "out.csv"))) == ["a.HTML", "group 2/b.htm"]


def test_all_test_accuracies_are_told_and_none_is_called_the_best(tmp_path):
    validated = {"epoch": 1, "step": 2, "split": "tiny train, validation part", "accuracy": 0.99, "loss": 1.0}
    tested = {"epoch": 1, "step": 2, "split": "other test", "accuracy": 0.7, "loss": 1.0}
    hand_in(tmp_path, runs=[run("a", losses=[], evaluations=[validated, tested]), run("b", losses=[])])
    (row,) = rows(report.collect(tmp_path, tmp_path / "out.csv")).values()
    told = "a: 70 % (how many images: not recorded) of other test, b: 62 % ± 1.5 (1,000 images) of tiny test"
    assert (row["runs"], row["test accuracies"]) == ("2", told)


def test_files_that_are_no_reports_or_damaged_get_a_row_that_says_so(tmp_path):
    def write(name, text):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))

    good = hand_in(tmp_path).read_text(encoding="utf-8")
    start, end = good.index('id="cnnkit-report">') + 19, good.index("</script>")

    def holding(data):
        return good[:start] + data + good[end:]

    data = json.loads(good[start:end])
    bad = {
        "empty.html": ("", "no report of this kit"),
        "foreign.html": ("<html><script>cnnkit-report</script></html>", "no report of this kit"),
        "binary.html": (bytes(range(256)) * 50, "no report of this kit"),
        "other kind.html": (holding('{"kind": "something"}'), "its data is something else"),
        "list.html": (holding("[]"), "its data is something else"),
        "later.html": (holding(json.dumps(data | {"schema": 2})), "another version of the kit"),
        "cut.html": (good[: (start + end) // 2], "damaged: its data cannot be read"),
        "nan.html": (holding(json.dumps(data).replace("0.625", "NaN")), "damaged: its data cannot be read"),
        "deep.html": (holding("[" * 100_000), "damaged: its data cannot be read"),
        "digits.html": (holding('{"schema": ' + "1" * 9999 + "}"), "damaged: its data cannot be read"),
        "twice.html": (good + good[start - 60 :], "more than one report"),
        "declaration.html": ("<![if " + good, ""),
        "name.html": (holding(json.dumps(data | {"name": ["a"]})), "not what it should be"),
        "guess.html": (holding(json.dumps(data | {"guesses": [{"right": "yes"}]})), "not what it should be"),
        "run.html": (holding(json.dumps(data | {"runs": [{"name": "x"}]})), "not what it should be"),
        "many.html": (holding(json.dumps(data | {"left_out": ["x"] * 10_001})), "not what it should be"),
        "negative.html": (
            holding(json.dumps(data | {"exercises": [{"name": "conv_cost", "passed": True, "attempts": -1, "mistakes": []}]})),
            "not what it should be",
        ),
        "boast.html": (holding(json.dumps(data).replace("0.625", "62.5")), "not what it should be"),
    }
    for name, (text, _) in bad.items():
        write(name, text)
    found = rows(report.collect(tmp_path, tmp_path / "out.csv"))
    assert set(found) == {*bad, "report.html"} and not found["report.html"]["problem"].startswith("damaged")
    for name, (_, reason) in bad.items():
        assert reason in found[name]["problem"], name
        if reason:
            assert found[name]["name"] == "" and found[name]["conv_cost: result"] == "", name


@pytest.mark.parametrize(
    "unit", ["<!--", "<", "<a ", "<a b='", "<script ", "<script>", '<script id="cnnkit-report" ', "</script "]
)
def test_no_file_holds_up_the_others(tmp_path, unit):
    hand_in(tmp_path)
    (tmp_path / "slow.html").write_text(unit * (2_000_000 // len(unit)), encoding="utf-8")
    start = time.perf_counter()
    found = rows(report.collect(tmp_path, tmp_path / "out.csv"))
    assert time.perf_counter() - start < 20  # html.parser alone would take hours
    assert found["slow.html"]["problem"].startswith("no report of this kit") and found["report.html"]["problem"] == ""


def test_a_file_too_large_is_not_read(tmp_path, monkeypatch):
    hand_in(tmp_path)
    monkeypatch.setattr(reading, "LARGEST", 1000)
    (row,) = rows(report.collect(tmp_path, tmp_path / "out.csv")).values()
    assert row["problem"].startswith("larger than")


def test_the_same_student_number_twice_is_named_in_both_rows(tmp_path):
    for file, number in (("a.html", "12a"), ("b.html", "12A"), ("c.html", "13"), ("d.html", ""), ("e.html", "")):
        hand_in(tmp_path, file=file, number=number)
    found = rows(report.collect(tmp_path, tmp_path / "out.csv"))
    assert found["a.html"]["problem"] == "same student number as b.html"
    assert found["b.html"]["problem"] == "same student number as a.html"
    assert not any(found[name]["problem"] for name in ("c.html", "d.html", "e.html"))


def test_no_cell_begins_as_a_formula_does(tmp_path):
    formula = '=HYPERLINK("http://x";"y")'
    hand_in(tmp_path, formula, "+1", file="=a.html", runs=[run(losses=[], evaluations=[])])
    with_data(
        tmp_path / "=a.html",
        date="\t=1",
        exercises=[{"name": "conv_cost", "passed": True, "attempts": 1, "mistakes": ["-x", "@y"]}],
        runs=[run("=1", losses=[], evaluations=[{"split": "\r=1+1;=2+2 test", "accuracy": 0.5}])],
    )
    (row,) = rows(report.collect(tmp_path, tmp_path / "out.csv")).values()
    assert (row["name"], row["number"], row["file"]) == ('\'=HYPERLINK("http://x","y")', "'+1", "'=a.html")
    assert (row["date"], row["conv_cost: mistakes"]) == ("'=1", "'-x, @y")
    assert row["test accuracies"] == "'=1: 50 % (how many images: not recorded) of =1+1,=2+2 test"


def test_the_guide_for_teachers_names_every_column():
    guide = (Path(__file__).parent.parent / "docs" / "teaching.md").read_text(encoding="utf-8")
    told = guide.split("## Reports")[1].split("| column |")[1].split("\n\n")[0]
    first = " ".join(line.split("|")[1] for line in told.splitlines()[2:])
    assert set(collecting.HEAD) | {"EXERCISE: result", "attempts", "mistakes"} == set(re.findall("`([^`]+)`", first))


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\ufe62", "\u2212"])
def test_no_formula_hides_behind_letters_that_do_not_show(sign):
    hidden = ["Cf", "Cc", "Zs", "Zl", "Zp", "Mn", "Me"]
    letters = [chr(code) for code in range(0x20000) if unicodedata.category(chr(code)) in hidden] + ["\u3164", "\u2800"]
    assert len(letters) > 1500 and {"\u200b", "\ufeff", "\u00ad", "\u2060", "\u180e", "\t", "\r"} < set(letters)
    bare = [letter for letter in letters if not cells.defused(f"{letter}{sign}1+1").startswith(("'", "\ufffd"))]
    assert bare == [] and cells.defused(f"\u200b \ufeff{sign}1").startswith("'")
    assert cells.defused(f"a\u200b{sign}1") == f"a\u200b{sign}1"


@settings(deadline=None)
@given(st.text())
def test_a_cell_of_any_text_is_harmless(text):
    cell = cells.defused(text)
    assert not cell.startswith(cells.FORMULA) and not set(cell) & set("\n\r\t\x00;") and len(cell) <= cells.LONGEST + 1
    assert cell.encode("utf-8") is not None and cell == cell.strip()


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Cn", "Z"], exclude_characters=";"), min_size=1, max_size=50)
)
def test_a_name_goes_into_the_page_and_comes_out_the_same(name):
    results = report.Results([], [], [], {})
    (block,) = reading.blocks(page.page(results, name, name))
    assert json.loads(block)["name"] == name
    assert cells.defused(name).removeprefix("'") == name.removeprefix("'")


def test_bad_input_is_told_in_a_sentence(tmp_path):
    for folder, sentence in (
        (tmp_path / "no", "does not exist"),
        (__file__, "is a file"),
        (tmp_path, "there is no .html file in"),
    ):
        with pytest.raises(InputError, match=sentence):
            report.collect(folder, tmp_path / "out.csv")
    hand_in(tmp_path)
    with pytest.raises(InputError, match="is a folder; give a file to write"):
        report.collect(tmp_path, tmp_path)
    with pytest.raises(InputError, match="cannot be written"):
        report.collect(tmp_path, tmp_path / "report.html" / "out.csv")
    assert not list(tmp_path.glob("*.csv"))


def test_the_command_writes_the_page_and_says_what_was_left_out(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (fill(tmp_path / "runs", runs=[run(losses=[])]) / "cut.json").write_text("{", encoding="utf-8")
    assert main(["report", "--name", "Ada", "--number", "7"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(
        f"report.html: 1 of {len(course.LESSONS) + 3} exercises and missions passed, 2 tried; 2 guesses made; 1 run recorded"
    )
    assert err == "cnnkit: left out: cut.json is damaged or no JSON\n"
    assert main(["report", "--collect", ".", "--out", "all.csv"]) == 0
    assert capsys.readouterr() == ("all.csv: 1 page, 0 with a problem; all-guesses.csv: what the class guessed\n", "")
    (row,) = rows(tmp_path / "all.csv").values()
    assert (row["name"], row["number"], row["left out"]) == ("Ada", "7", "1")


def test_the_command_says_where_nothing_was_found(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for folder, sentence in (("elsewhere", 'there is no folder "elsewhere"'), ("empty", 'nothing was found in "empty"')):
        assert main(["report", folder, "--out", f"{folder}.html"]) == 0
        assert capsys.readouterr().err.startswith(f"cnnkit: {sentence}, so everything is shown as not run")
        assert (tmp_path / f"{folder}.html").is_file()
    (tmp_path / "note.htm").write_text("hello", encoding="utf-8")
    assert main(["report", "--collect", "."]) == 0
    assert capsys.readouterr() == (
        "reports.csv: 3 pages, 1 with a problem; reports-guesses.csv: what the class guessed\n",
        "cnnkit: note.htm: no report of this kit: it holds no data of one\n",
    )


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("report a_file", '"a_file" is a file; the report needs the folder'),
        ("report --out empty", '"empty" is a folder; give a file to write'),
        ("report --collect missing", '"missing" does not exist; give the folder with the pages'),
        ("report --collect empty", 'there is no .html file in "empty"'),
        ("report runs --collect empty", '"runs" doesn\'t go with --collect'),
        ("report --collect empty --name Ada", "--name doesn't go with --collect"),
        ("report --nmae Ada", 'no option of report is called "--nmae"; did you mean "--name"?'),
        ("report one two", '"two" is one word too many'),
        ("report --number=", "--number: the name or path is empty"),
    ],
)
def test_bad_input_on_the_command_line_ends_with_2_and_a_sentence(tmp_path, monkeypatch, capsys, command, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "a_file").write_text("text", encoding="utf-8")
    assert main(command.split()) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("cnnkit: ") and err.count("\n") == 1 and sentence in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a_file", "empty"]

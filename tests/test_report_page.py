"""The page that a student hands in: well formed, self-contained, nothing invented, and nothing typed can break out of it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import Page, attempt, fill, guess, lines, run

from cnnkit import check, report
from cnnkit.check import MISTAKES
from cnnkit.errors import InputError
from cnnkit.report import course, page
from cnnkit.report.gathering import Results
from cnnkit.report.keeping import WORDS
from cnnkit.report.parts import NOT_RUN, Section, Table
from cnnkit.report.sections import ASKED

NOTEBOOKS = Path(__file__).parent.parent / "notebooks" / "source"
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "\"><img src=x onerror='alert(1)'>",
    "' onmouseover=alert(1) x='",
    "&lt;b&gt; &amp;amp; &#60;",
    "]]>\u2028\u2029\x00\x0b\x1b\ufffe",
    "\ud800 half a pair \udfff",
    "\u202eevil\u202c שלום 👩\u200d🔬",
    "javascript:alert(1)",
    "$x^2$ \\frac `code`",
]


@pytest.fixture(autouse=True)
def same_machine(monkeypatch):
    monkeypatch.setattr(page, "_machine", lambda: "a machine")


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A page of filled records, parsed."""
    folder = tmp_path_factory.mktemp("filled")
    path = report.write(folder / "page.html", "Ada Lovelace", fill(folder / "runs"), 1234567)
    return Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """What the page of `test_nothing_typed_breaks_out_of_the_page` looks like where all text is harmless."""
    folder = fill(tmp_path_factory.mktemp("calm") / "runs", words=dict.fromkeys(WORDS, "calm"))
    (folder / "checks.jsonl").write_text(lines(attempt("conv_cost", "raises")), encoding="utf-8")
    return Page(report.write(folder / "page.html", "x", folder, "1").read_text(encoding="utf-8"))


def data_of(found):
    (text,) = found.scripts
    return json.loads(text)


def test_the_page_is_well_formed_and_needs_nothing_from_elsewhere(filled):
    names = [tag for tag, _ in filled.tags]
    assert names[0] == "html" and filled.named("html")[0]["lang"] == "en"
    assert all(names.count(name) == 1 for name in ("html", "head", "body", "title", "main", "h1", "script"))
    for tag, attrs in filled.tags:
        for name, value in attrs.items():
            if name in ("src", "href", "srcset", "poster", "action", "background"):
                assert value.startswith("data:"), (tag, name)
            assert not name.startswith("on") and name != "style", (tag, name)
    policy = next(m["content"] for m in filled.named("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "script-src" not in policy and "unsafe" not in policy
    assert "url(" not in page.STYLE and "@import" not in page.STYLE


def test_headings_come_in_order_and_tables_say_what_their_heads_are_for(filled):
    levels = [int(tag[1]) for tag, _ in filled.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and all(later <= earlier + 1 for earlier, later in zip(levels, levels[1:], strict=False))
    heads = filled.named("th")
    assert heads and all(head["scope"] in ("col", "row") for head in heads)
    assert len(filled.named("caption")) == len(filled.named("table")) >= 5
    assert all(image["alt"].startswith("Training loss") for image in filled.named("img")) and filled.named("img")


def test_the_page_shows_what_was_recorded(filled):
    for text in (
        "Ada Lovelace",
        "1234567",
        "a processor",
        "It learns.",
        "62 % ± 1.5 (1,000 images)",
        "tiny test",
        "1,234",
        "56,789",
        "12.5 s",
    ):
        assert text in filled.seen
    assert "the function has no return" in filled.seen and "returns-nothing" not in filled.seen
    assert f"2 of {ASKED} guesses made" in filled.seen and "guesses right" not in filled.seen
    assert (
        "too low by a factor of 2" in filled.seen
        and f"1 of {len(course.LESSONS) + 3} exercises and missions passed, 2 tried" in filled.seen
    )
    found = data_of(filled)
    assert (found["kind"], found["schema"], found["name"], found["number"]) == ("cnnkit-report", 1, "Ada Lovelace", "1234567")
    (kept,) = found["runs"]
    assert (kept["seed"], kept["macs"], kept["losses"], kept["in_notebook"]) == (7, 56789, [[2, 2.5], [4, 1.75]], True)


@pytest.mark.parametrize("folder", ["missing", "empty"])
def test_what_was_not_run_is_shown_as_not_run(tmp_path, folder):
    (tmp_path / "empty").mkdir()
    text = report.write(tmp_path / "page.html", folder=tmp_path / folder).read_text(encoding="utf-8")
    found = Page(text)
    exercises, sets, kinds = len(course.LESSONS) + 3, len(course.QUESTIONS) + 1, 2
    assert found.seen.count(NOT_RUN) == exercises + sets + kinds
    assert found.seen.count("not written") == 4 and found.seen.count("not given") == 2
    assert "No run is recorded yet" in found.seen and "No guess is recorded yet" in found.seen
    assert not found.named("img") and "%" not in found.seen


def test_runs_that_differ_in_one_setting_can_be_told_apart(tmp_path):
    same = {"schema": 1, "kind": "run", "data": "tiny"}
    options = {"batch_size": 50, "optimizer": "adam", "schedule": "linear", "weight_decay": 0.0, "label_smoothing": 0.1}
    for name, augment in (("with", True), ("without", False)):
        run = {**same, "name": name, "options": {**options, "augment": augment}}
        (tmp_path / f"{name}.json").write_text(json.dumps(run), encoding="utf-8")
    shown = str(report.show(report.gather(tmp_path), "runs"))
    same, differ = shown.split("In what the runs differ")
    assert [line.split() for line in differ.split("\n\n")[0].splitlines()[1:]][::2] == [
        ["Run", "Augmentation"], ["with", "crops", "and", "flips"],
    ] and "without  none" in differ  # fmt: skip
    for setting in ("label smoothing 0.1", "batch size 50", "schedule linear"):
        assert same.count(setting) == 1 and setting not in differ


def test_what_a_run_did_not_record_is_shown_as_not_recorded(tmp_path):
    bare = {"schema": 1, "kind": "run", "name": "bare", "data": "tiny"}
    (tmp_path / "bare.json").write_text(json.dumps(bare), encoding="utf-8")
    shown = str(report.show(report.gather(tmp_path), "runs"))
    assert "not measured" in shown and shown.count("not recorded") == 4 + 15
    with pytest.raises(InputError, match="no run is recorded"):
        report.curves(report.gather(tmp_path))


def test_the_same_records_give_the_same_page(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "_now", lambda: "2026-11-26T14:00:00+01:00")
    folder = fill(tmp_path / "runs")
    first, second = (report.write(tmp_path / name, "Ada", folder).read_bytes() for name in ("a.html", "b.html"))
    assert first == second and b"2026-11-26, 14:00" in first


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_typed_breaks_out_of_the_page(tmp_path, text, calm):
    folder = fill(
        tmp_path / "runs",
        question=text,
        unit=text,
        words=dict.fromkeys(WORDS, text),
        runs=[run("base", data=text, network=text, machine=text, precision=text)],
    )
    (folder / "checks.jsonl").write_text(lines(attempt("conv_cost", text)), encoding="utf-8")
    path = report.write(tmp_path / "page.html", name=text, folder=folder, number=text)
    raw = path.read_bytes().decode("utf-8")
    found = Page(raw)
    kinds = [(tag, sorted(attrs.keys() - {"class"})) for tag, attrs in found.tags]
    assert kinds == [(tag, sorted(attrs.keys() - {"class"})) for tag, attrs in calm.tags]
    assert data_of(found)["words"]["claim"] == text.strip()
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe]", raw)
    embedded = found.scripts[0]
    assert not set(embedded) & set("<>&\u2028\u2029") and embedded.isascii()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(alphabet="<>&\"'/!-=scriptalON \u2028\ud800\x00", max_size=60))
def test_any_text_is_shown_as_it_was_typed(claim, question):
    made = {**guess("01, question 1", question or "?"), "guess": claim or "?", "answer": 1}
    text = page.page(Results([], [made], [], {"claim": claim}, [question]), claim, question)
    text.encode("utf-8")
    found = Page(text)
    assert data_of(found)["words"] == {"claim": claim} and data_of(found)["left_out"] == [question]
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert " ".join(page.escape(claim).split()) in " ".join(text.split())


def test_a_part_shows_itself_in_a_notebook_and_in_a_terminal(tmp_path):
    results = report.gather(fill(tmp_path / "runs", question="<b>How many `x`?</b>"))
    for part in ("exercises", "guesses", "runs", "words"):
        section = report.show(results, part)
        assert isinstance(section, Section) and section.title in repr(section)
        found = Page(section._repr_html_())
        assert "script" not in {tag for tag, _ in found.tags} and "b" not in {tag for tag, _ in found.tags}
    assert "<b>How many x?</b>" in str(report.show(results, "guesses"))
    assert Page(report.show(results, "runs")._repr_html_()).named("img")[0]["alt"] == report.curves(results).alt
    with pytest.raises(InputError, match='did you mean "guesses"'):
        report.show(results, "guess")


def test_the_columns_of_a_table_are_aligned():
    table = Table("Two", ("Name", "What"), [("a", ("one", "two")), ("longer", "x\ny")])
    assert table.text() == "Two\nName    What\n------------\na       one\n        two\nlonger  x y"


def test_a_picture_holds_at_most_twenty_runs_and_says_so(tmp_path):
    many = Results([], [], [run(f"run-{i}") for i in range(23)], {})
    assert "Training loss of 20 of 23 runs" in report.curves(many).alt
    twice = Results([], [], [run("same"), run("same", losses=[[1, 3.0]], evaluations=[])], {})
    alt = report.curves(twice).alt
    assert "same (tiny) from 2.5 to 1.8 in 4 steps, at the end 75 % ± 7 (40 images) right on tiny train" in alt
    assert "same (tiny) 2 from 3.0 to 3.0 in 1 step." in alt


def test_extreme_numbers_are_shown_without_an_error(tmp_path):
    far = [guess("01, question 1", made=1e308, answer=1e-308), guess("01, question 2", made=-1e308, answer=1e308)]
    far += [guess("mission 3, run 7", made="a", answer="b"), guess("my own", made=0, answer=-0.0, right=True)]
    (tmp_path / "guesses.jsonl").write_text(lines(*far), encoding="utf-8")
    odd = run("odd", seed=[1], seconds=1e17, losses=[[1, -5], [2, 1e17]], evaluations=[])
    (tmp_path / "odd.json").write_text(json.dumps(odd), encoding="utf-8")
    results = report.gather(tmp_path)
    assert len(results.runs) == 1 and len(results.guesses) == 4 and not results.left_out
    found = Page(report.write(tmp_path / "page.html", folder=tmp_path).read_text(encoding="utf-8"))
    assert "too high" in found.seen and data_of(found)["runs"][0]["seed"] is None and "other" in found.seen


def test_what_was_left_out_is_named(tmp_path):
    (tmp_path / "cut<.json").write_text("{", encoding="utf-8")
    found = Page(report.write(tmp_path / "page.html", folder=tmp_path).read_text(encoding="utf-8"))
    assert "cut<.json is damaged or no JSON" in found.seen
    assert data_of(found)["left_out"] == ["cut<.json is damaged or no JSON"]


def test_a_page_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = report.write(tmp_path / "new" / "page.html", folder=tmp_path)
    before = path.read_bytes()

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="cannot be written .No space left on device."):
        report.write(path, "Ada", tmp_path)
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == ["page.html"]


def test_bad_input_is_told_in_a_sentence(tmp_path):
    with pytest.raises(InputError, match="is a file; the report needs the folder"):
        report.write(tmp_path / "page.html", folder=__file__)
    with pytest.raises(InputError, match="is a folder; give a file to write"):
        report.write(tmp_path)
    with pytest.raises(InputError, match="the name is None; it must be text"):
        report.write(tmp_path / "page.html", name=None)
    with pytest.raises(InputError, match="the number has 201 letters; at most 200 fit"):
        report.write(tmp_path / "page.html", number="1" * 201)
    with pytest.raises(InputError, match="cannot be written"):
        report.write(tmp_path / "a\0b.html")
    assert list(tmp_path.iterdir()) == []


def test_a_page_without_runs_needs_no_matplotlib(tmp_path):
    code = "import sys; from cnnkit import report; report.write('page.html'); print({'matplotlib', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "set()\n", "")


def test_what_the_report_knows_of_the_course_is_what_the_notebooks_ask():
    asked, found = {}, {}
    for source in sorted(NOTEBOOKS.glob("[0-9]*.py")):
        text = source.read_text(encoding="utf-8")
        keys = {key for key in re.findall(r'"(\d\d), question \d+"', text)}
        assert keys <= {source.stem[:2]}
        questions = len(set(re.findall(r'"\d\d, question (\d+)"', text)))
        if questions:
            asked[source.stem[:2]] = questions
            assert re.match(rf"# %% \[markdown\]\n# # {source.stem[:2]} · {re.escape(course.TITLES[source.stem[:2]])}\n", text)
        found |= dict.fromkeys(set(re.findall(r"^check\.(\w+)\(", text, re.MULTILINE)) & set(check.EXERCISES), source.stem[:2])
    assert asked == course.QUESTIONS and found == course.LESSONS
    assert set(check.EXERCISES) - set(course.LESSONS) == {"basic_block"}


def test_a_mistake_is_told_in_the_words_of_its_exercise(tmp_path):
    """One slug means two things in two exercises; the page once showed the other exercise's words."""
    here = MISTAKES["evaluate"]
    pairs = [(name, slug) for name, words in MISTAKES.items() for slug in words if words[slug] != here.get(slug, words[slug])]
    assert len(pairs) > 5
    name, slug = pairs[0]
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "checks.jsonl").write_text(lines(attempt("evaluate", slug), attempt(name, slug)), encoding="utf-8")
    seen = Page(report.write(tmp_path / "page.html", "x", folder, "1").read_text(encoding="utf-8")).seen
    assert here[slug] in seen and MISTAKES[name][slug] in seen and slug not in seen

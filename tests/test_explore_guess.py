"""A guess comes before the answer, the first one counts, and nothing that was guessed is lost."""

import json
import math
import re
import time
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from cnnkit import InputError, explore
from cnnkit._support.guesses import FILE, Guess
from cnnkit._support.numbers import is_right, number, parse
from cnnkit.explore.guessed import distance, drawing, line
from cnnkit.explore.guessing import Guessing

EVIL = '<script>alert("1")</script> & `<b>code</b>`'


def a_guess(guess: float, answer: float, **fields: object) -> Guess:
    return Guess(**{"key": "k", "question": "q", "guess": guess, "answer": answer, "right": False, "time": "", **fields})


def parts(widget: Guessing) -> tuple[object, object, object]:
    shown, form = widget.widget.children
    _, field, button = form.children
    return shown, field, button


@pytest.mark.parametrize(
    ("typed", "unit", "expected"),
    [
        ("12", "", 12), (" -0.5 ", "", -0.5), ("−3", "", -3), ("0,5", "", 0.5), (".5", "", 0.5), ("5.", "", 5),
        ("14,983,498", "", 14983498), ("14 983 498", "", 14983498), ("14_983_498", "", 14983498), ("1,500.25", "", 1500.25),
        ("0,125", "", 0.125), ("1.5e6", "", 1.5e6), ("15 M", "", 15e6), ("15 million", "", 15e6), ("3k", "", 3000),
        ("60 %", "%", 60), ("60 %", "", 0.6), ("60", "%", 60), ("12 Pixels", "pixels", 12), ("2 M", "M", 2), 
        ("37.7 million", "million MACs", 37.7), ("14.000", "", 14000), ("37.748.000", "", 37748000), ("2.303", "", 2.303),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(typed: str, unit: str, expected: float) -> None:
    assert parse(typed, unit) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "many", "nan", "inf", "1e999", "1 2 3", "1,2,3", "12 bananas", "--5", "1.2.3", "e5", "0x10", EVIL, "1" * 999],
)
def test_what_is_no_number_is_answered_in_one_sentence_and_nothing_is_recorded(typed: str, tmp_path: Path) -> None:
    widget = explore.guess("How many?", 5, folder=tmp_path)
    assert widget.submit(typed).endswith("is not a number; write one such as 12, 0.5, 14,000 or 1.5e6.")
    assert widget.made is None and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("guess", "answer", "tolerance", "right"),
    [(16, 16, 0, True), (15, 16, 0, False), (15, 16, 1, True), (0.4, 0.3, 0.1, True), (0.3, 0.1 + 0.2, 0, True),
     (14983497, 14983498, 0, False), (-1, 1, 1.9, False)],
)  # fmt: skip
def test_right_is_within_the_tolerance(guess: float, answer: float, tolerance: float, right: bool, tmp_path: Path) -> None:
    widget = explore.guess("How many?", answer, tolerance, folder=tmp_path, possible=(-math.inf, math.inf))
    widget.submit(repr(guess))
    assert widget.made is not None and widget.made.right is right is is_right(guess, answer, tolerance)


def test_how_far_off_is_a_factor_from_two_on_and_a_difference_below() -> None:
    assert distance(a_guess(3e6, 15e6)) == "You were too low by a factor of 5."
    assert distance(a_guess(150, 100)) == "You were too high by 50."
    assert distance(a_guess(-4, 2)) == "You were too low by 6."
    assert distance(a_guess(0, 2)) == "You were too low by 2."
    assert distance(a_guess(7, 7)) == "That is exactly it."
    assert distance(a_guess(61, 60, right=True)) == "That is 1 too high."


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
@example(5e-324, 1.0)  # its power of ten is 0
@example(0.0, 5e-324)
@example(1e12, 1e12 + 1e-3)
@example(2.0, 2.2250738585072014e-308)
def test_both_marks_lie_on_the_line_in_their_order(guess: float, answer: float) -> None:
    drawn = line(a_guess(guess, answer))
    at, there = float(re.findall(r'<circle cx="([\d.]+)"', drawn)[0]), float(re.findall(r'd="M([\d.]+) \d+l8 8', drawn)[0])
    assert 60 < at < 500 and 60 < there < 500
    assert at == there or (at < there) == (guess < answer)
    assert ElementTree.fromstring(drawn) is not None


def test_a_line_is_logarithmic_where_the_marks_are_far_apart() -> None:
    assert "a logarithmic line" in line(a_guess(60, 4000)) and ">100<" in line(a_guess(60, 4000))
    assert "a logarithmic line" not in line(a_guess(60, 80)) + line(a_guess(0, 4000)) + line(a_guess(-1, 80))


def test_a_known_wrong_number_gets_its_reason_and_others_none(tmp_path: Path) -> None:
    reasons = {9408: "These are the weights `without` biases.", 64: "Those are the biases <alone>."}
    for i, (typed, said) in enumerate([("9408", True), ("9,410", True), ("9000", False), ("9472", False), ("64", True)]):
        widget = explore.guess("How many?", 9472, key=str(i), folder=tmp_path, known=reasons)
        assert not any(reason in str(widget._repr_mimebundle_()) for reason in reasons.values()), "before the guess"
        widget.submit(typed)
        assert bool(widget.reason) is said
    assert "Those are the biases &lt;alone&gt;." in widget.still()


@pytest.mark.parametrize(
    ("guess", "factor", "right"),
    [(240, 3, True), (2000, 3, True), (200, 3, False), (2100, 3, False), (693, 1, True), (694, 1, False)],
)
def test_an_order_of_magnitude_is_right_within_a_factor(guess: float, factor: float, right: bool, tmp_path: Path) -> None:
    widget = explore.guess("How many times?", 693, unit="times", factor=factor, folder=tmp_path)
    widget.submit(str(guess))
    assert widget.made is not None and widget.made.right is right
    assert ("right is from 231 to 2,079" in widget.still()) is (factor == 3)
    assert ("Near enough is 231 to 2,080." in widget.still()) is (factor == 3 and not right)


@pytest.mark.parametrize(
    ("typed", "possible", "said"),
    [
        ("-3", (0, math.inf), "-3 versions cannot be: 0 is the least."),
        ("25", (0, 20), "25 versions cannot be: 20 is the most."),
    ],
)
def test_what_cannot_be_is_asked_again_and_is_no_guess(
    typed: str, possible: tuple[float, float], said: str, tmp_path: Path
) -> None:
    widget = explore.guess("How many?", lambda: 12, unit="versions", folder=tmp_path, possible=possible)
    assert widget.submit(typed) == f"{said} Guess again." and not list(tmp_path.iterdir())
    assert widget.submit("11") == "" and widget.made is not None and widget.made.guess == 11


def test_where_the_answer_is_negative_any_sign_may_be_guessed(tmp_path: Path) -> None:
    for i, typed in enumerate(("-3", "4")):
        widget = explore.guess("By how much?", lambda: -14, key=str(i), folder=tmp_path)
        assert widget.submit(typed) == "" and widget.made is not None
    with pytest.raises(InputError, match="the answer -14 is not possible"):
        explore.guess("By how much?", -14, folder=tmp_path)


@pytest.mark.parametrize(
    ("typed", "answer", "unit", "said"),
    [
        ("37.7", 37_748_736, "MACs", "Did you mean 37.7 M?"),
        ("9.4", 9472, "parameters", "Did you mean 9,400?"),
        ("0.17", 16.67, "%", "Did you mean 17 %?"),
        ("1.2", 1.25e9, "MACs", "Did you mean 1,200 M?"),
        ("20", 37_748_736, "MACs", ""),  # not the number, with whatever scale
        ("0.7", 693, "times", ""),
        ("1", 1, "%", ""),
    ],
)
def test_a_scale_that_was_left_out_is_asked_for_once(typed: str, answer: float, unit: str, said: str, tmp_path: Path) -> None:
    widget = explore.guess("How many?", answer, unit=unit, folder=tmp_path)
    asked = widget.submit(typed)
    assert asked.startswith(said) and bool(asked) is bool(said) is not list(tmp_path.iterdir())
    assert widget.submit(typed) == "" and widget.made is not None and widget.made.guess == float(typed)


@pytest.mark.parametrize(
    ("answer", "tolerance", "factor", "told"),
    [(76.81, 5, 1, "77"), (2.109, 0.15, 1, "2.1"), (37_748_736, 1e6, 1, "37,748,736"), (693.36, 0, 3, "690"),
     (2.25, 0, 1, "2.25"), (0.4132, 0.01, 1, "0.41")],
)  # fmt: skip
def test_an_answer_is_told_with_the_digits_that_the_tolerance_leaves(
    answer: float, tolerance: float, factor: float, told: str, tmp_path: Path
) -> None:
    widget = explore.guess("How much?", answer, tolerance, folder=tmp_path, factor=factor)
    widget.submit("1")
    assert f"Answer: {told}." in widget.words()


def in_a_notebook(*cells: str) -> dict[str, object]:
    names: dict[str, object] = {"explore": explore}
    for cell in cells:
        exec(cell, names)
    return names


def test_the_answer_is_that_of_the_time_of_asking_whatever_names_are_given_later(tmp_path: Path) -> None:
    asked = f"w = explore.guess('What is the loss?', lambda: helper(), folder={str(tmp_path)!r})"
    names = in_a_notebook("loss = 2.3", "def helper(*, scale=1): return scale * loss", asked, "loss = 0.41", "helper = None")
    widget = names["w"]
    assert isinstance(widget, Guessing) and widget.submit("2.3") == ""
    assert widget.made is not None and widget.made.answer == 2.3 and widget.made.right


def test_a_network_that_was_trained_since_the_question_is_no_answer_to_it(tmp_path: Path) -> None:
    asked = f"w = explore.guess('How large?', lambda: size(), 1e-3, folder={str(tmp_path)!r})"
    trained = """
optimizer = torch.optim.Adam(net.parameters())
net(torch.ones(1, 2)).sum().backward()
optimizer.step()"""
    size = "def size(): return net.weight.detach().norm()"
    names = in_a_notebook("import torch; torch.manual_seed(0); net = torch.nn.Linear(2, 2)", size, asked)
    widget, net = names["w"], names["net"]
    assert isinstance(widget, Guessing) and isinstance(net, torch.nn.Linear)
    net.eval()(torch.ones(1, 2))  # no change
    exec(trained, names)
    assert "net changed since this question was asked" in widget.submit("2") and not list(tmp_path.iterdir())
    exec(asked, names)
    assert names["w"].submit("2") == "" and len(list(tmp_path.iterdir())) == 1  # type: ignore[attr-defined]


def test_a_recorded_guess_stands_beside_the_question_that_was_asked(tmp_path: Path) -> None:
    explore.guess("How many of 10?", 5, key="k", folder=tmp_path).submit("3")
    later = explore.guess("How many of 20?", 9, key="k", folder=tmp_path)
    assert "How many of 10?" in later.still() and "How many of 20?" not in later.still() + later.words()


def test_numbers_are_written_for_people() -> None:
    assert [number(v) for v in (14983498.0, 0.0, -3.0, 0.61239, 1234.56, 1e20, 1e-7)] == [
        "14,983,498", "0", "-3", "0.6124", "1,234.6", "1e+20", "1e-07",
    ]  # fmt: skip


def test_the_answer_is_asked_for_only_after_the_guess_and_once(tmp_path: Path) -> None:
    calls: list[float | None] = []
    widget = explore.guess("How many?", lambda: calls.append(widget._first) or torch.tensor(424242), folder=tmp_path)
    bundle = widget._repr_mimebundle_()
    widget.submit("no number")
    assert not calls and "42424" not in str(bundle) + repr(widget)  # "424" alone may be in an id
    widget.submit("7")
    widget.submit("8")
    assert calls == [7]


def test_a_number_as_answer_is_nowhere_to_be_seen_before_the_guess(tmp_path: Path) -> None:
    widget = explore.guess("How many?", 42424242, folder=tmp_path)
    assert "42424" not in str(widget._repr_mimebundle_()) + repr(widget) + str(widget.widget.get_state()) + str(parts(widget))


def test_a_second_guess_does_not_overwrite_the_first_even_from_another_cell(tmp_path: Path) -> None:
    first, second = (explore.guess("How many?", 5, folder=tmp_path) for _ in range(2))
    first.submit("3")
    assert first.submit("5") == "" and second.submit("5") == ""
    assert first.made == second.made and first.made is not None and first.made.guess == 3
    assert [guess.guess for guess in explore.guesses(tmp_path)] == [3]


def test_a_guess_is_recorded_at_once_as_one_json_line_with_all_that_matters(tmp_path: Path) -> None:
    explore.guess("Größe?\n`n`", 5, unit="px", key="lesson 1", folder=tmp_path / "new" / "runs").submit("4")
    explore.guess("Next?", 5, folder=tmp_path / "new" / "runs").submit("5")
    lines = (tmp_path / "new" / "runs" / FILE).read_text(encoding="utf-8").splitlines()
    first = json.loads(lines[0])
    assert len(lines) == 2 and time.time() - datetime.fromisoformat(first.pop("time")).timestamp() < 60
    assert first == {"key": "lesson 1", "question": "Größe?\n`n`", "guess": 4.0, "answer": 5.0, "right": False, "unit": "px"}
    assert [guess.right for guess in explore.guesses(tmp_path / "new" / "runs")] == [False, True]


def test_damaged_lines_are_skipped_with_a_notice_and_lose_nobody_elses_guess(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    explore.guess("One?", 1, folder=tmp_path).submit("1")
    good = (tmp_path / FILE).read_bytes()
    bad = [
        b'{"key": "x"}',
        b"[1]",
        b"\xff\xfe",
        good.strip().replace(b"1.0", b"NaN"),
        good.strip().replace(b"1.0", b"[1]"),
        good[:30],
    ]
    (tmp_path / FILE).write_bytes(good + b"\n".join(bad))  # the last line has no end: the process was killed
    explore.guess("Two?", 2, folder=tmp_path).submit("2")
    assert [guess.question for guess in explore.guesses(tmp_path)] == ["One?", "Two?"]
    assert (
        capsys.readouterr().err == f"cnnkit: {tmp_path / FILE}: 6 lines are damaged and left out; the other guesses are read\n"
    )


def test_without_a_record_there_are_no_guesses(tmp_path: Path) -> None:
    assert explore.guesses(tmp_path / "nowhere") == []


def test_run_again_the_cell_shows_the_first_guess_and_asks_no_answer(tmp_path: Path) -> None:
    explore.guess("How many?", 5, folder=tmp_path).submit("3")
    again = explore.guess("How many?", lambda: 1 / 0, folder=tmp_path)
    shown, field, button = parts(again)
    assert field.disabled and button.disabled and field.value == "3"
    assert "Your guess: 3. Answer: 5." in shown.value and "Your guess: 3. Answer: 5." in again._repr_mimebundle_()["text/html"]


def test_without_a_kernel_the_question_stands_there(tmp_path: Path) -> None:
    bundle = explore.guess("How many?", 5, folder=tmp_path)._repr_mimebundle_()
    assert "How many?" in bundle["text/html"] and "No guess yet" in bundle["text/html"]
    assert bundle["text/plain"] == "How many? (no guess yet)"


def test_an_answer_that_fails_is_told_and_the_first_guess_is_kept(tmp_path: Path) -> None:
    answers = iter([0, math.nan, 5])
    widget = explore.guess("How many?", lambda: 1 / answer if (answer := next(answers)) != 5 else 5, folder=tmp_path)
    assert "Your guess 3 is kept, but the answer could not be computed: division by zero" == widget.submit("3")
    assert "it must be a finite number" in widget.submit("5")
    assert widget.submit("5") == "" and widget.made is not None and widget.made.guess == 3


def test_a_folder_that_takes_no_file_is_told_and_the_answer_is_shown(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    widget = explore.guess("How many?", 5, folder=tmp_path / "runs")
    assert "could not be recorded" in widget.submit("5") and widget.made is not None and widget.made.right


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("", 1), "question is ''"),
     (("q", "5"), "the answer is '5'"), (("q", math.inf), "finite"), (("q", None), "the answer is None"),
     (("q", 1, -1), "tolerance is -1"), (("q", 1, math.nan), "tolerance is nan"), (("q", torch.zeros(2)), "finite number"),
     (("q", 1, 0, "", 7), "key is 7"),
     (("q", 1, 0, "", None, "runs", None, 0.5), "factor is 0.5")],
)  # fmt: skip
def test_wrong_arguments_are_named(arguments: tuple[object, ...], said: str) -> None:
    with pytest.raises(InputError, match=said):
        explore.guess(*arguments)


def test_all_that_was_typed_or_passed_is_escaped(tmp_path: Path) -> None:
    widget = explore.guess(EVIL, 5, unit=EVIL, key=EVIL, folder=tmp_path)
    problem = widget.submit(EVIL)
    widget.submit("4")
    for page in (drawing(EVIL, None, problem), drawing(EVIL, widget.made, asked=True)):
        tags = {e.tag.rpartition("}")[2] for e in ElementTree.fromstring(page).iter()}
        assert tags <= {"div", "b", "code", "svg", "path", "circle", "text", "rect"}
    assert "<script" not in str(widget.widget.children[1].children[0].value)


def test_the_button_and_the_enter_key_submit(tmp_path: Path) -> None:
    for i, press in enumerate(("button", "enter")):
        widget = explore.guess(f"How many {press}?", 5, folder=tmp_path)
        shown, field, button = parts(widget)
        field.value = "x"
        button.click()
        assert "is not a number" in shown.value and not field.disabled
        field.value = str(i + 5)
        button.click() if press == "button" else field._handle_custom_msg({"event": "submit"}, [])
        assert f"Your guess: {i + 5}. Answer: 5." in shown.value and field.disabled and button.disabled
    assert ["✓" in drawing("", g) for g in explore.guesses(tmp_path)] == [True, False]

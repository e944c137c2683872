"""``python -m cnnkit check FILE EXERCISE``: exit status, text, one line of JSON."""

import json
import sys

import pytest
from catalogue import answers

from cnnkit.check import Verdict, engine, origin
from cnnkit.check.engine import check
from cnnkit.check.exercises import EXERCISES
from cnnkit.cli import answer, main

RIGHT = """\
def conv_output_size(n, kernel, stride=1, padding=0, dilation=1):
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
"""
WRONG = RIGHT.replace("2 * padding", "padding")


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "answer.py"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_a_right_answer_ends_with_0(file, capsys):
    assert main(["check", file(RIGHT), "conv_output_size"]) == 0
    assert capsys.readouterr().out.startswith("✓ conv_output_size: passed")


def test_a_wrong_answer_ends_with_1_and_says_why(file, capsys):
    assert main(["check", file(WRONG), "conv_output_size"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("✗ conv_output_size: not yet") and "padding" in out


def test_json_is_one_line_and_the_same_but_for_the_time(file, capsys):
    lines = []
    for _ in range(2):
        assert main(["check", file(WRONG), "conv_output_size", "--json", "--seed", "3"]) == 1
        lines.append(json.loads(capsys.readouterr().out))
    assert lines[0].pop("seconds") >= 0 and lines[1].pop("seconds") >= 0
    assert lines[0] == lines[1]
    found = lines[0]
    assert (found["schema"], found["exercise"], found["seed"], found["passed"]) == (2, "conv_output_size", 3, False)
    assert found["mistake"] == "padding-once"


BAD = {
    "no file": (None, "conv_output_size", "there is no file"),
    "no such exercise": (RIGHT, "conv_output", 'did you mean "conv_output_size"?'),
    "no Python": ("def conv_output_size(:\n", "conv_output_size", "is no Python that can be run, line 1"),
    "another name": (
        "def output_size(n): return n\n",
        "conv_output_size",
        "defines no conv_output_size; it defines output_size",
    ),
    "stops": ("1 / 0\n", "conv_output_size", "stops with ZeroDivisionError: division by zero"),
    "interrupts": ("raise KeyboardInterrupt\n", "conv_output_size", "stops with KeyboardInterrupt"),
    "stops without a word": (
        "class Mute(Exception):\n    def __str__(self): raise RuntimeError\nraise Mute\n",
        "conv_output_size",
        "stops with Mute",
    ),
    "ends Python": ("raise SystemExit(0)\n", "conv_output_size", "stops with SystemExit"),
    "a sum of very many": (f"x = {'+'.join('1' * 100_000)}\n", "conv_output_size", "an expression in it is nested too deeply"),
    "a minus of very many": (f"x = {'-' * 200_000}1\n", "conv_output_size", "an expression in it is nested too deeply"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_checked_ends_with_2_and_one_sentence(case, file, tmp_path, capsys):
    text, exercise, message = BAD[case]
    path = file(text) if text else str(tmp_path / "missing.py")
    assert main(["check", path, exercise]) == 2
    error = capsys.readouterr().err
    assert error.startswith("cnnkit: ") and message in error
    assert error.count("\n") == 1
    assert main(["check", path, exercise, "--json"]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["status"], found["passed"], found["mistake"]) == (2, False, "could-not-check") and message in found["message"]


@pytest.mark.parametrize("more", [["--seed", "one"], ["--sede", "1"], ["a", "b"]])
def test_a_command_that_is_not_understood_is_a_line_too(more, file, capsys):
    assert main(["check", file(RIGHT), "conv_output_size", "--json", *more]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["status"] == 2


def test_an_interrupted_check_is_no_wrong_answer(file, monkeypatch, capsys):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(answer, "judge", interrupted)
    assert main(["check", file(RIGHT), "conv_output_size", "--json"]) == 2
    assert "interrupted" in json.loads(capsys.readouterr().out)["message"]


def test_a_fault_of_the_check_is_no_wrong_answer(file, monkeypatch, capsys):
    monkeypatch.setattr(answer, "judge", lambda *args, **kwargs: 1 / 0)
    assert main(["check", file(RIGHT), "conv_output_size", "--json"]) == 2
    out, error = capsys.readouterr()
    assert "ZeroDivisionError" in json.loads(out)["message"] and "Traceback" in error


PATCHES = {
    "the property": (Verdict, "passed", "Verdict.passed = property(lambda self: True)"),
    "the verdict": (Verdict, "__init__", "Verdict.__init__ = lambda self, **k: self.__dict__.update({**k, 'mistake': None})"),
    "the engine": (engine, "_first_mistake", "engine._first_mistake = lambda *a: None"),
    "its code": (engine._first_mistake, "__code__", "engine._first_mistake.__code__ = (lambda *a: None).__code__"),
}


@pytest.mark.parametrize("case", PATCHES)
def test_an_answer_that_replaces_the_check_does_not_pass(case, file, monkeypatch, capsys):
    owner, name, patch = PATCHES[case]
    monkeypatch.setattr(owner, name, getattr(owner, name))  # so that it is put back
    path = file(f"from cnnkit.check import Verdict, engine\n{patch}\n{WRONG}")
    assert main(["check", path, "conv_output_size", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["mistake"] == "kit-changed" and f"{owner.__name__}.{name}".removesuffix(".__code__") in found["message"]


@pytest.mark.parametrize("name", EXERCISES)
def test_no_right_answer_is_said_to_have_changed_the_kit(name):
    exercise = EXERCISES[name]
    right = next(a for a in answers(exercise.name, exercise.answer) if a.slug is None)
    before = origin.pieces_of_the_kit()
    assert len(before) > 500
    check(exercise, right.load(), seconds=60)
    assert origin.changed_kit(before) is None


def test_the_line_is_one_line_whatever_an_answer_prints(file, capsys):
    text = RIGHT.replace("    return", "    print('\\x1b[31m', '\\u2028', '\\x85', '\\ud800')\n    return")
    assert main(["check", file(text), "conv_output_size", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "\u2028" in json.loads(line)["printed"]


def test_what_an_answer_prints_cannot_steer_a_terminal(file, capsys):
    assert main(["check", file(RIGHT.replace("    return", "    print('\\x1b[31mred')\n    return")), "conv_output_size"]) == 0
    out = capsys.readouterr().out
    assert "red" in out and "\x1b" not in out


@pytest.mark.parametrize("more", [[], ["--isolated"]])
@pytest.mark.parametrize(
    "flag, value, message",
    [
        ("--seconds", "inf", "the time limit is inf seconds; it must be above 0 and at most 86400"),
        ("--seconds", "nan", "the time limit is nan seconds"),
        ("--seconds", "0", "the time limit is 0.0 seconds"),
        ("--seed", str(10**30), "it must be a whole number from 0 to 4294967295"),
    ],
)
def test_limits_that_cannot_be_end_with_2_and_one_sentence(flag, value, message, more, file, capfd):
    assert main(["check", file("while True: pass\n"), "conv_output_size", flag, value, *more]) == 2
    error = capfd.readouterr().err
    assert message in error and error.count("\n") == 1


def test_the_help_names_every_exercise(capsys):
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    text = capsys.readouterr().out
    for exercise in EXERCISES.values():
        name = exercise.name if exercise.what == "function" else f"{exercise.name} (class {exercise.answer})"
        assert name in " ".join(text.split())


def test_a_file_that_does_not_end_is_said_to(file, capsys):
    assert main(["check", file("while True: pass\n"), "conv_output_size", "--seconds", "0.3"]) == 2
    assert "has not ended after 0.3 seconds" in capsys.readouterr().err


def test_a_file_may_import_its_neighbour(file, tmp_path, capsys):
    (tmp_path / "neighbour_of_answer.py").write_text(RIGHT, encoding="utf-8")
    assert main(["check", file("from neighbour_of_answer import conv_output_size\n"), "conv_output_size"]) == 0


DATACLASS = """\
from __future__ import annotations
import dataclasses
import pickle

@dataclasses.dataclass
class Layer:
    kernel: int

def conv_output_size(n, kernel, stride=1, padding=0, dilation=1):
    kernel = pickle.loads(pickle.dumps(Layer(kernel))).kernel
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
"""


def test_a_file_may_define_dataclasses_with_annotations_of_the_future(file, capsys):
    assert main(["check", file(DATACLASS), "conv_output_size"]) == 0, capsys.readouterr()
    assert "answer" not in sys.modules


def test_a_file_may_import_its_neighbour_when_it_is_called(file, tmp_path):
    (tmp_path / "late_neighbour_of_answer.py").write_text(RIGHT, encoding="utf-8")
    text = "def conv_output_size(*a):\n    import late_neighbour_of_answer as n\n    return n.conv_output_size(*a)\n"
    path = list(sys.path)
    assert main(["check", file(text), "conv_output_size"]) == 0
    assert sys.path == path


@pytest.mark.parametrize(
    "head, encoding", [("# coding: latin-1\n", "latin-1"), ("", "utf-8-sig"), ("# coding: cp1252\n", "cp1252")]
)
def test_a_file_is_read_in_the_encoding_it_names(head, encoding, tmp_path, capsys):
    path = tmp_path / "answer.py"
    path.write_bytes((head + "assert len('größe') == 5\n" + RIGHT).encode(encoding))
    assert main(["check", str(path), "conv_output_size"]) == 0, capsys.readouterr()


def test_bytes_that_are_no_text_are_named(tmp_path, capsys):
    path = tmp_path / "answer.py"
    path.write_bytes("größe = 1\n".encode("latin-1"))
    assert main(["check", str(path), "conv_output_size"]) == 2
    assert "is no Python that can be run" in capsys.readouterr().err

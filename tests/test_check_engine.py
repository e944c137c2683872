"""What every check promises, whatever the answer does."""

import asyncio
import dataclasses
import os
import random
import re
import sys
import threading
import time

import numpy as np
import pytest
import torch
from catalogue import answers
from torch import nn
from toys import tiny_net, toy_dataset

from cnnkit import InputError, Training, check
from cnnkit._support.turns import turn
from cnnkit.check import limits
from cnnkit.check.engine import Exercise
from cnnkit.check.engine import check as run_check
from cnnkit.check.exercises import EXERCISES
from cnnkit.check.faults import Mistake
from cnnkit.check.residual import block as block_check
from cnnkit.check.solutions.block import ResidualBlock


def block(number):
    return answers("residual_block", "ResidualBlock")[number].load()


RIGHT = next(a for a in answers("residual_block", "ResidualBlock") if not a.slug).load()
WRONG = next(a for a in answers("residual_block", "ResidualBlock") if a.slug == "shortcut-stride-missing").load()


def exercise(*probes, reference=len):
    return Exercise("toy", "toy", probes, reference)


def calling(attempt):
    attempt.call(attempt.candidate)


def test_a_right_answer_is_handed_on_and_a_wrong_one_is_replaced():
    right, wrong = check.residual_block(RIGHT), check.residual_block(WRONG)
    assert right.passed and right.mistake is None
    assert right.or_reference() is RIGHT
    right.require()
    assert not wrong.passed
    assert wrong.or_reference() is ResidualBlock
    with pytest.raises(AssertionError, match="residual_block: The two ways end at different sizes"):
        wrong.require()


def test_the_text_says_what_the_page_says():
    verdict = check.residual_block(WRONG)
    assert str(verdict) == repr(verdict) == f"✗ residual_block: not yet\n{verdict.message}"
    page = verdict._repr_html_()
    assert "<b>The two ways end at different sizes.</b>" in page
    assert "<code>downsample=True</code>" in page
    assert "look here" in page and 'role="img"' in page


def test_the_drawing_marks_the_first_wrong_place():
    drawing = check.residual_block(WRONG).drawing
    assert drawing.count("look here") == 1
    assert "Shortcut: 1x1 conv (first wrong place), batch norm, ReLU gives 20x8x8" in drawing


def test_what_the_student_wrote_is_escaped():
    def toy():
        print("<script>alert(1)</script>")
        raise ValueError("<img src=x onerror=alert(2)>")

    page = run_check(exercise(calling), toy)._repr_html_()
    assert "<script>" not in page and "<img" not in page
    assert "&lt;script&gt;" in page and "&lt;img" in page


def test_an_error_names_the_students_own_line():
    def helper(x):
        return torch.zeros(2, 3) @ x

    def toy():
        return helper(torch.zeros(4))

    verdict = run_check(exercise(calling), toy)
    line = helper.__code__.co_firstlineno + 1
    assert verdict.mistake == "raises"
    assert f"Line {line} (`return torch.zeros(2, 3) @ x`): RuntimeError: size mismatch" in verdict.message


def test_prints_are_kept_and_those_of_other_threads_pass(capsys):
    def toy():
        print("mine")
        print("mine too", file=sys.stderr)
        other = threading.Thread(target=lambda: print("of another thread"))
        other.start()
        other.join()

    verdict = run_check(exercise(calling), toy)
    assert verdict.printed == "mine\nmine too\n"
    assert capsys.readouterr().out == "of another thread\n"
    assert "What your code printed" in verdict._repr_html_()
    assert "Your code printed: mine" in str(verdict)


def test_a_print_without_end_does_not_fill_the_memory():
    def toy():
        for _ in range(200_000):
            print("x" * 100)

    assert len(run_check(exercise(calling), toy).printed) < 20_000


def test_random_state_and_defaults_are_left_as_found():
    def toy():
        torch.manual_seed(1)
        random.seed(1)
        np.random.seed(1)
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)

    torch.manual_seed(5), random.seed(5), np.random.seed(5)
    expected = torch.rand(1), random.random(), np.random.rand()
    torch.manual_seed(5), random.seed(5), np.random.seed(5)
    run_check(exercise(calling), toy)
    assert (torch.rand(1), random.random(), np.random.rand()) == expected
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()


def test_folder_and_settings_are_left_as_found(tmp_path):
    def toy():
        os.chdir(tmp_path)
        sys.setrecursionlimit(1234)
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.autograd.set_detect_anomaly(True, check_nan=False)
        torch.set_float32_matmul_precision("medium")
        raise ValueError

    def settings():
        return (
            os.getcwd(), sys.getrecursionlimit(), torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(), torch.is_anomaly_enabled(),
            torch.is_anomaly_check_nan_enabled(), torch.get_float32_matmul_precision(),
        )  # fmt: skip

    before = settings()
    assert run_check(exercise(calling), toy).mistake == "raises"
    assert settings() == before


def test_a_folder_that_the_answer_removes_is_no_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()

    def toy():
        os.chdir("mine")
        os.rmdir(tmp_path / "mine")

    if sys.platform == "win32":
        pytest.skip("Windows keeps a folder that someone is in")
    assert run_check(exercise(calling), toy).passed
    assert os.getcwd() == str(tmp_path)


def test_code_that_was_stopped_may_be_right_and_too_slow():
    assert "may be right but takes too many steps" in run_check(exercise(calling), endless, seconds=0.2).message


def endless():
    while True:
        pass


def stubborn():
    while True:
        try:
            while True:
                pass
        except BaseException:
            if time.monotonic() > stubborn.until:
                raise


@pytest.mark.parametrize("loop", [endless, stubborn])
def test_a_loop_without_end_is_stopped(loop):
    stubborn.until = time.monotonic() + 1
    before = threading.active_count()
    verdict = run_check(exercise(calling), loop, seconds=0.3)
    assert verdict.mistake == "too-slow"
    assert "0.3 seconds" in verdict.message and "restart" not in verdict.message
    assert threading.active_count() == before


def test_waiting_for_a_training_is_not_the_answers_time():
    inside, done = threading.Event(), threading.Event()

    def training():
        with turn():
            inside.set()
            done.wait(30)

    other = threading.Thread(target=training)
    other.start()
    inside.wait(30)
    threading.Timer(1.0, done.set).start()
    start = time.perf_counter()
    verdict = run_check(exercise(calling), lambda: 1)
    other.join()
    assert verdict.passed and verdict.seconds < time.perf_counter() - start - 0.8


def test_code_that_cannot_be_interrupted_is_said_to_be_so(monkeypatch):
    monkeypatch.setattr("cnnkit.check.limits.GRACE", 0.2)
    verdict = run_check(exercise(calling), lambda: time.sleep(3), seconds=0.2)
    assert verdict.mistake == "too-slow"
    assert "restart the kernel" in verdict.message
    for thread in threading.enumerate():  # a later test counts the threads
        if thread.name == "cnnkit check":
            thread.join()


def test_code_that_calls_itself_without_end_is_named():
    def toy():
        return toy()

    verdict = run_check(exercise(calling), toy)
    assert verdict.mistake == "raises" and "calls itself without end" in verdict.message


def test_code_that_ends_python_does_not_end_it():
    assert "ends Python itself" in run_check(exercise(calling), lambda: sys.exit(3)).message


class Own(BaseException):
    pass


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no words")


RAISED = [KeyboardInterrupt, GeneratorExit, asyncio.CancelledError, Own, SystemExit, Unspeakable]


def raising(kind):
    def toy(*args, **kwargs):
        raise kind()

    return toy


def network_raising(kind):
    class Toy(nn.Module):
        def __init__(self, *args, **kwargs):
            super().__init__()
            self.layer = nn.Linear(512, 10)

        def forward(self, x):
            raise kind()

    return Toy


@pytest.mark.parametrize("kind", RAISED)
@pytest.mark.parametrize("name", EXERCISES)
def test_whatever_an_answer_raises_becomes_a_verdict_that_names_it(name, kind):
    for candidate in [raising(kind), network_raising(kind)] if EXERCISES[name].what == "class" else [raising(kind)]:
        verdict = run_check(EXERCISES[name], candidate)
        assert verdict.mistake in ("raises", "does-not-construct", "empty-list"), verdict
        assert kind.__name__ in verdict.message or "ends Python itself" in verdict.message, verdict


@pytest.mark.parametrize("kind", RAISED)
def test_whatever_a_network_raises_becomes_a_verdict_that_names_it(kind):
    verdict = run_check(EXERCISES["vgg_head"], lambda *a: network_raising(kind)())
    assert verdict.mistake == "raises", verdict
    assert kind.__name__ in verdict.message or "ends Python itself" in verdict.message, verdict


def test_code_that_asks_for_too_much_memory_is_named():
    verdict = run_check(exercise(calling), lambda: torch.empty(10**14))
    assert verdict.mistake == "too-large"


def test_an_interrupt_by_the_user_stops_the_answer_too(monkeypatch):
    started, stopped = threading.Event(), threading.Event()

    def toy():
        started.set()
        try:
            while True:
                time.sleep(0.001)
        finally:
            stopped.set()

    join = threading.Thread.join
    calls = []

    def interrupted(thread, timeout=None):
        calls.append(timeout)
        if len(calls) == 1:
            started.wait()
            raise KeyboardInterrupt
        return join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_check(exercise(calling), toy)
    assert stopped.wait(2)


@pytest.mark.parametrize("nothing", [None, ..., lambda: None, lambda: ...])
def test_an_exercise_that_is_not_filled_in_is_no_error(nothing):
    verdict = check.conv_output_size(nothing)
    assert verdict.mistake == "not-started"
    assert str(verdict) == "○ conv_output_size: not started\nNot started yet."


def test_an_unfilled_function_is_told_from_one_that_forgets_its_return():
    def unfilled(n, kernel, stride=1, padding=0, dilation=1):
        """Height of a map."""

    def forgotten(n, kernel, stride=1, padding=0, dilation=1):
        size = n + 2 * padding
        size += 1

    assert check.conv_output_size(unfilled).mistake == "not-started"
    assert check.conv_output_size(forgotten).mistake == "returns-nothing"


def test_an_object_in_place_of_the_class_is_named():
    verdict = check.residual_block(RIGHT(64, 64, 256))
    assert verdict.mistake == "wrong-kind" and "ResidualBlock itself" in verdict.message


def test_a_layer_of_torch_that_was_replaced_is_named(monkeypatch):
    class Conv2d(nn.Conv2d):
        pass

    monkeypatch.setattr(nn, "Conv2d", Conv2d)
    assert "`nn.Conv2d` is not torch's own" in check.residual_block(RIGHT).message


def test_a_forward_of_torch_that_was_replaced_is_named(monkeypatch):
    monkeypatch.setattr(nn.ReLU, "forward", lambda self, x: x)
    assert check.residual_block(RIGHT).mistake == "torch-changed"


def test_a_network_of_the_kits_block_is_the_students_own():
    names = {"ResidualBlock": ResidualBlock, "__name__": "answer"}
    from catalogue import FOLDER, PREAMBLE

    exec(PREAMBLE + (FOLDER / "given_network.py").read_text(encoding="utf-8"), names)
    names["ResidualBlock"] = check.residual_block(WRONG).or_reference()
    assert check.resnet50_layer4(names["ResNet50Layer4"]).passed


def test_a_fault_of_the_check_is_not_blamed_on_the_student():
    def broken(attempt):
        raise KeyError("oops")

    verdict = run_check(exercise(broken), lambda: 1)
    assert verdict.mistake == "could-not-check" and "not yours" in verdict.message
    assert "KeyError: 'oops'" in verdict.remarks[0]


def test_a_fault_of_the_weights_transfer_is_not_called_a_hard_coded_size(monkeypatch):
    def broken(*args):
        if sys._getframe(1).f_code.co_name == "_same_at_other_sizes":
            raise RuntimeError("of the kit")
        return difference(*args)

    difference = block_check.difference
    monkeypatch.setattr(block_check, "difference", broken)
    right = next(answer for answer in answers("residual_block", "ResidualBlock") if answer.slug is None)
    assert run_check(EXERCISES["residual_block"], right.load()).mistake == "could-not-check"


def test_the_first_probe_that_objects_decides():
    def objects(slug):
        def probe(attempt):
            raise Mistake(slug, "A message.")

        return probe

    assert run_check(exercise(objects("first"), objects("second")), lambda: 1).mistake == "first"


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), 1e300])
def test_a_time_limit_that_cannot_be_is_refused(seconds):
    with pytest.raises(InputError, match=f"time limit is {re.escape(repr(seconds))} seconds; it must be above 0 and at most"):
        check.residual_block(RIGHT, seconds=seconds)


@pytest.mark.parametrize("seed", [-1, 2**32, 10**30, 1.5, "1"])
def test_a_seed_that_cannot_be_is_refused(seed):
    with pytest.raises(InputError, match=f"seed is {re.escape(repr(seed))}; it must be a whole number from 0 to 4294967295"):
        check.conv_output_size(len, seed=seed)


@pytest.mark.parametrize("name", EXERCISES)
def test_the_largest_seed_is_fine(name):
    assert run_check(EXERCISES[name], lambda *a: None, seed=2**32 - 1).mistake != "could-not-check"


def test_a_check_beside_a_training_changes_neither():
    def start():
        return Training(tiny_net(), toy_dataset(), epochs=3, batch_size=30, precision="float32", device="cpu")

    def losses(training):
        return [step.loss for step in training]

    alone, beside, training = losses(start()), [], start()  # built here: the net's first weights are drawn from torch's state
    thread = threading.Thread(target=lambda: beside.extend(losses(training)))
    thread.start()
    verdicts = [check.residual_block(WRONG).mistake for _ in range(3)]
    thread.join()
    assert verdicts == ["shortcut-stride-missing"] * 3
    assert beside == alone


def test_another_seed_gives_the_same_verdict():
    for seed in (1, 2, 3):
        assert check.residual_block(RIGHT, seed=seed).passed
        assert check.residual_block(WRONG, seed=seed).mistake == "shortcut-stride-missing"


def test_a_stop_that_meets_a_clean_up_is_not_told_and_the_next_one_follows(capsys):
    met = []

    class Slow:
        def __del__(self):
            try:
                while True:
                    pass
            except BaseException as error:
                met.append(error)
                raise

    def toy():
        Slow()
        while True:
            pass

    before = threading.active_count()
    verdict = run_check(exercise(calling), toy, seconds=0.2)
    assert len(met) == 1 and verdict.mistake == "too-slow"
    assert "Exception ignored" not in verdict.printed + capsys.readouterr().err
    assert "restart" not in verdict.message
    assert threading.active_count() == before, "a loop that goes on takes the interpreter from all later tests"


def test_a_patient_limit_counts_work_and_not_waiting(monkeypatch):
    monkeypatch.setattr(limits, "patient", True)

    def works():
        while True:
            pass

    assert run_check(exercise(calling), lambda: time.sleep(0.6), seconds=0.5).passed
    assert run_check(exercise(calling), works, seconds=0.2).mistake == "too-slow"
    monkeypatch.setattr(limits, "patience", lambda seconds: seconds)
    assert run_check(exercise(calling), lambda: time.sleep(0.4), seconds=0.2).mistake == "too-slow"


def test_what_torch_does_once_is_not_the_students_time():
    warmed = dataclasses.replace(exercise(calling), before=lambda: time.sleep(2.5))
    assert run_check(warmed, lambda: 7, seconds=2).passed
    assert run_check(exercise(calling), lambda: time.sleep(0.4), seconds=0.2).mistake == "too-slow"
    assert EXERCISES["train_step"].before is not None, "the first optimizer of a process imports torch's compiler: seconds"

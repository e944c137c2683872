"""What notebooks keep for the report, and what is read back: nothing invented, nothing lost to one damaged line."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import make_data
import numpy as np
import pytest
import torch
from torch import nn
from toys import tiny_net, toy_dataset

from cnnkit import Training, anatomy, check, data, models, report
from cnnkit._support import missions
from cnnkit.check import recording
from cnnkit.data import Dataset, Split
from cnnkit.errors import InputError
from cnnkit.report import keeping, measured


def right(n, kernel, stride=1, padding=0, dilation=1):
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def wrong(n, kernel, stride=1, padding=0, dilation=1):
    return (n + padding - dilation * (kernel - 1) - 1) // stride + 1


def unfilled(n, kernel, stride=1, padding=0, dilation=1):
    """Not started."""


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTEST_VERSION", raising=False)
    shell = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", shell)
    return tmp_path


def exercise(results, name):
    return next(e for e in results.exercises if e["name"] == name)


def test_attempts_in_a_kernel_are_kept_and_not_started_is_none_and_the_same_answer_again_is_none(kernel, capsys):
    said = []
    for answer in (unfilled, wrong, wrong, right, right, wrong):
        check.conv_output_size(answer)
        said.append(capsys.readouterr().out)
    assert "a teacher sees them only in a report that you hand in" in said[0] and said[1:] == [""] * 5
    assert len((kernel / "runs" / "checks.jsonl").read_text(encoding="utf-8").splitlines()) == 4
    found = exercise(report.gather(), "conv_output_size")
    assert found == {"name": "conv_output_size", "attempts": 3, "passed": True, "mistakes": ["padding-once"]}
    assert exercise(report.gather(), "vgg_head")["attempts"] == 0


def test_epochs_are_counted_as_the_training_counts_them(tmp_path):
    whole = data.load("emoji10")
    some = Split(whole.train.images[:101], whole.train.labels[:101], whole.classes, "some")  # the last image alone is no batch
    training = Training(models.build("vgg16_cifar", width=1), Dataset("some", some, some), epochs=3, batch_size=50)
    for done, step in enumerate(training, 1):
        if done == 2 * step.total - 1:
            break
    path = report.record(training, "half", tmp_path)
    assert json.loads(path.read_text(encoding="utf-8"))["epochs"] == 2 - 1 / step.total


def test_where_a_teacher_says_so_nothing_is_kept(kernel, monkeypatch, capsys):
    monkeypatch.setenv("CNNKIT_RECORD", "0")
    check.conv_output_size(right)
    assert list(kernel.iterdir()) == [] and capsys.readouterr().out == ""


def test_missions_are_among_the_exercises(tmp_path):
    missions.attempt("mission 1", False, "not-from-the-start", tmp_path)
    missions.attempt("mission 1", True, None, tmp_path)
    results = report.gather(tmp_path)
    assert exercise(results, "mission 1") == {
        "name": "mission 1", "attempts": 2, "passed": True, "mistakes": ["not-from-the-start"]
    }  # fmt: skip
    shown = " ".join(str(report.show(results, "exercises")).split())
    assert "Mission 1: the largest rate that still learns 06 ✓ solved 2 a rate was judged" in shown
    assert f"1 of {len(results.exercises)} exercises and missions passed" in shown and "not-from-the-start" not in shown


@pytest.mark.parametrize(
    ("accuracy", "count", "told"),
    [(0.75, 1000, "75 % ± 1.4 (1,000 images)"), (0.75, 10_000, "75.0 % ± 0.4 (10,000 images)"),
     (0.784, 500, "78 % ± 1.8 (500 images)"), (0.5, 40, "50 % ± 8 (40 images)"), (1.0, 20, "100 % ± 5 (20 images)"),
     (1.0, 1, "100 % ± 47 (1 image)"), (0.9, 1_000_000, "90.00 % ± 0.03 (1,000,000 images)")],
)  # fmt: skip
def test_an_accuracy_is_said_as_notebook_09_says_it(accuracy, count, told):
    assert measured.said({"images": {"x": count}}, "x", accuracy) == told
    error = 100 * np.random.default_rng(0).binomial(count, accuracy, 10_000).std() / count  # other sets of as many images
    assert accuracy == 1 or measured.standard_error(accuracy, count) == pytest.approx(error, rel=0.1)


def test_what_the_weights_were_at_the_start_is_kept(tmp_path):
    training = Training(tiny_net(), toy_dataset(), batch_size=60, precision="float32", device="cpu")
    next(iter(training))
    report.record(training, "a", tmp_path, start="cifar10-early")
    report.record(training, "b", tmp_path)
    with pytest.raises(InputError, match="start is 7"):
        report.record(training, "c", tmp_path, start=7)
    assert [run["start"] for run in report.gather(tmp_path).runs] == ["cifar10-early", None]
    differ = str(report.show(report.gather(tmp_path), "runs")).split("In what the runs differ")[1].split("Where")[0]
    assert differ.split() == ["Run", "Weights", "at", "the", "start", "-" * 25, "a", "cifar10-early", "b", "not", "recorded"]


def test_outside_a_kernel_and_in_tests_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check.conv_output_size(right)
    shell = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setenv("PYTEST_VERSION", "9")
    check.conv_output_size(right)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_does_not_disturb_a_check(kernel):
    (kernel / "runs").write_text("a file where the folder should be", encoding="utf-8")
    assert check.conv_output_size(right).passed


def test_an_empty_or_missing_folder_gives_nothing_and_says_so(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        results = report.gather(folder)
        assert (results.guesses, results.runs, results.words, results.left_out) == ([], [], {}, [])
        assert not any(e["attempts"] or e["passed"] for e in results.exercises)
    with pytest.raises(InputError, match="is a file"):
        report.gather(__file__)


def trained(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNKIT_CACHE", str(tmp_path / "cache"))
    ds = data.load(str(make_data.tree(tmp_path / "photos", train=8, test=2)))
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, len(ds.classes)))
    return Training(model, ds, batch_size=8, precision="float32", device="cpu")


def test_a_recorded_training_is_read_back_with_its_own_numbers(tmp_path, monkeypatch):
    training = trained(tmp_path, monkeypatch)
    with pytest.raises(InputError, match="not trained yet"):
        report.record(training, "early", tmp_path / "runs")
    for _step in training:
        pass
    result = training.evaluate()
    report.record(training, "base", tmp_path / "runs")
    (run,) = report.gather(tmp_path / "runs").runs
    assert (run["name"], run["data"], run["precision"]) == ("base", training.dataset.name, "float32")
    assert run["parameters"] == sum(p.numel() for p in training.model.parameters())
    assert run["macs"] == 30 * 30 * 4 * 27 + 4 * len(training.dataset.classes)
    assert run["evaluations"][-1]["accuracy"] == result.accuracy and run["steps"] == len(training.history)
    for name in ("../x", "", "words", "a b"):
        with pytest.raises(InputError, match="cannot be called"):
            report.record(training, name, tmp_path / "runs")


def test_damaged_files_are_named_and_the_rest_is_read(tmp_path):
    line = json.dumps({"exercise": "vgg_head", "passed": False, "mistake": "raises"})
    (tmp_path / "checks.jsonl").write_text(line + "\n[1]\n{cut\n" + line + "\n", encoding="utf-8")
    (tmp_path / "cut.json").write_text("{", encoding="utf-8")
    (tmp_path / "foreign.json").write_text("[]", encoding="utf-8")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "run.json").write_text("{}", encoding="utf-8")
    results = report.gather(tmp_path)
    assert exercise(results, "vgg_head")["attempts"] == 2 and results.runs == []
    assert len(results.left_out) == 5
    for part in ("line 2", "line 3", "cut.json", "foreign.json", "old"):
        assert any(part in sentence for sentence in results.left_out)


def test_words_are_kept_as_written(tmp_path):
    assert report.gather(tmp_path).words == {}
    report.say(claim="  <b>deeper</b> ", folder=tmp_path)
    assert report.gather(tmp_path).words == {"claim": "<b>deeper</b>", "evidence": "", "another_explanation": "", "spread": ""}
    assert Path(tmp_path / "words.json").is_file()


def test_a_fresh_notebook_deletes_no_words(tmp_path, capsys):
    report.say(claim="It helps.", folder=tmp_path)
    assert capsys.readouterr().err == ""
    report.say(folder=tmp_path)
    assert report.gather(tmp_path).words["claim"] == "It helps."
    assert "claim: empty here, so what was written before stays (delete " in capsys.readouterr().err
    report.say(claim=" ", evidence="Three seeds.", spread="None yet.", folder=tmp_path)
    report.say(claim="It helps a little.", spread="0.4 points.", folder=tmp_path)
    assert report.gather(tmp_path).words == {
        "claim": "It helps a little.",
        "evidence": "Three seeds.",
        "another_explanation": "",
        "spread": "0.4 points.",
    }


@pytest.mark.parametrize("content", ["{", "[]", '{"claim": 3}', "\udcff"])
def test_damaged_words_hold_nobody_up(tmp_path, content):
    (tmp_path / "words.json").write_text(content, encoding="utf-8", errors="surrogateescape")
    report.say(evidence="Three seeds.", folder=tmp_path)
    assert report.gather(tmp_path).words["evidence"] == "Three seeds."


def test_the_folder_of_the_command_line_is_read_with_what_it_noted(tmp_path, monkeypatch):
    from cnnkit.cli import main

    monkeypatch.setenv("CNNKIT_CACHE", str(tmp_path / "cache"))
    photos, runs = make_data.tree(tmp_path / "photos", train=8, test=2), tmp_path / "runs"
    small = ["--model", "vgg16_cifar", "--width", "2", "--precision", "float32", "--device", "cpu", "--batch-size", "8"]
    assert main(["train", *small, "--data", str(photos), "--out", str(runs), "--lr", "0.01", "--seed", "3"]) == 0
    results = report.gather(runs)
    (run,) = results.runs
    assert results.left_out == [] and run["network"] == "vgg16_cifar" and run["evaluations"] and run["losses"]
    model = models.build("vgg16_cifar", 2, width=2)
    table = anatomy.table(model, (3, 32, 32))
    assert (run["parameters"], run["macs"]) == (sum(p.numel() for p in model.parameters()), table.macs)
    assert (run["lr"], run["seed"], run["precision"], run["machine"]) == (0.01, 3, "float32", keeping.machine("cpu"))
    shown = " ".join(str(report.show(results, "runs")).split())
    for setting in ("batch size 8", "optimizer adam", "schedule course", "augmentation crops and flips", "start random"):
        assert setting in shown
    (tested,) = [e for e in run["evaluations"] if e["split"] == "photos test"]
    assert run["images"]["photos test"] == 4 and measured.said(run, tested["split"], tested["accuracy"]) in shown

    (folder,) = runs.iterdir()  # as an earlier version of the kit left it: what it did not note stays unknown
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    old = {key: about[key] for key in ("flags", "dataset", "cnnkit", "torch")}
    (folder / "run.json").write_text(json.dumps(old), encoding="utf-8")
    (run,) = report.gather(runs).runs
    assert [run[key] for key in ("parameters", "macs", "machine")] == [None] * 3
    assert main(["train", "--resume", str(folder), "--epochs", "2", "--lr", "0.005"]) == 0
    (run,) = report.gather(runs).runs
    assert (run["macs"], run["lr"], run["epochs"]) == (table.macs, 0.005, 2)
    assert run["machine"] == f"not recorded; then {keeping.machine('cpu')}"
    assert main(["train", "--resume", str(folder), "--epochs", "3"]) == 0
    assert report.gather(runs).runs[0]["machine"] == run["machine"]


def test_what_was_set_on_the_way_is_recorded():
    training = Training(tiny_net(), toy_dataset(), batch_size=60, seed=np.int64(3), precision="float32")
    training.augment, training.batch_size = False, 50
    list(training)
    assert keeping.settings(training)["augment"] is False and keeping.settings(training)["batch_size"] == 50
    assert json.loads(json.dumps(keeping.settings(training)))["seed"] == 3


def test_attempts_that_cannot_be_recorded_are_told_once_and_change_no_verdict(tmp_path, capsys, monkeypatch):
    (tmp_path / "runs").write_text("a file where the folder should be", encoding="utf-8")
    path = tmp_path / "runs" / "checks.jsonl"
    verdict = check.conv_output_size(lambda *sizes, **more: 0)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    recording.record(verdict, path)
    assert capsys.readouterr().err == ""  # a graded cell shows nothing
    monkeypatch.delenv("NBGRADER_EXECUTION")
    for _ in range(3):
        recording.record(verdict, path)
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f'attempts cannot be recorded in "{path}" (' in said

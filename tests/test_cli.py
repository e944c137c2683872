"""The command line does what it says: the assignment's lines, files that go on, Ctrl-C, and the other commands."""

import csv
import errno
import inspect
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys

import make_data
import pytest
import torch
from tqdm import tqdm

from cnnkit import Training, anatomy, data, evaluate, models
from cnnkit._support import files, locks
from cnnkit.cli import main, run_folder, train
from cnnkit.training import checkpoint

CLASSES = ("cat", "dog", "frog")
SMALL = ["--model", "vgg16_cifar", "--width", "2", "--precision", "float32", "--device", "cpu"]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """The path of 24 training and 9 test images of three classes."""
    return make_data.tree(tmp_path_factory.mktemp("photos") / "tiny", CLASSES, train=8, test=3)


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CNNKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CNNKIT_DATA", raising=False)
    monkeypatch.delenv("CNNKIT_CIFAR10", raising=False)


@pytest.fixture
def run(photos, tmp_path):
    """``run(*flags)``: trains on the small set, batches of 8; returns the run's folder."""

    def start(*flags, status=0, out="runs"):
        before = set((tmp_path / out).glob("*"))
        assert main(["train", *SMALL, "--data", str(photos), "--batch-size", "8", "--out", out, *flags]) == status
        return (set((tmp_path / out).glob("*")) - before).pop()

    return start


def rows(file):
    with open(file, encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def losses(folder):
    return [row["loss"] for row in rows(folder / "history.csv")]


def test_train_prints_the_assignments_lines(tmp_path, capsys):
    tree = make_data.tree(tmp_path / "tiny", CLASSES, train=68, test=3)
    flags = ["--data", str(tree), "--batch-size", "2", "--out", "out"]
    assert main(["train", *SMALL, *flags]) == 0
    out = capsys.readouterr().out
    (folder,) = (tmp_path / "out").iterdir()
    means = [float(row["mean_loss"]) for row in rows(folder / "history.csv")]
    correct = float(rows(folder / "evaluations.csv")[0]["accuracy"])
    assert out == (
        f"Epoch [1/1], Step [100/102] Loss: {means[99]:.4f}\n"
        f"Epoch [1/1], Step [102/102] Loss: {means[101]:.4f}\n"
        f"Accuracy of the model on the test images: {100 * correct:.1f} % (tiny test)\n"
    )


def test_the_validation_accuracy_is_printed_after_each_epoch(run, capsys):
    run("--validation", "0.25", "--epochs", "2")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "Epoch [1/2], Step [3/3] Loss",
        "Accuracy of the model on the validation images",
        "Epoch [2/2], Step [3/3] Loss",
        "Accuracy of the model on the validation images",
        "Accuracy of the model on the test images",
    ]
    assert lines[1].endswith("(tiny train, validation part)")


def test_a_run_leaves_its_files_and_says_where(run, capsys):
    folder = run("--epochs", "2")
    assert str(folder.relative_to(folder.parents[1])) in capsys.readouterr().err
    kept = {"checkpoint.pt", "weights.pt", "history.csv", "evaluations.csv", "loss.png", "run.json"}
    assert {file.name for file in folder.iterdir() if not file.name.startswith(".")} == kept
    state, weights = checkpoint.read(folder / "checkpoint.pt"), torch.load(folder / "weights.pt", weights_only=True)
    assert all(torch.equal(weights[name], value) for name, value in state["model"].items())
    assert losses(folder) == [str(loss) for loss in state["history"]["losses"]]
    assert (folder / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert [row["split"] for row in rows(folder / "evaluations.csv")] == ["tiny test"]


def test_two_runs_in_one_second_get_two_folders(run, monkeypatch):
    monkeypatch.setattr("cnnkit.cli.runs.time.strftime", lambda form: "20261122-141530")
    folders = [run("--epochs", "0") for _ in range(3)]
    name = "vgg16_cifar-20261122-141530"
    assert [folder.name for folder in folders] == [name, f"{name}-2", f"{name}-3"]


def test_the_seed_draws_the_fresh_weights(run):
    weights = torch.load(run("--epochs", "0", "--seed", "7") / "weights.pt", weights_only=True)
    torch.manual_seed(7)
    expected = models.build("vgg16_cifar", 3, width=2).state_dict()
    assert all(torch.equal(weights[name], value) for name, value in expected.items())


def test_training_starts_from_the_weights_given(run):
    first = run("--epochs", "1")
    second = run("--epochs", "0", "--weights", str(first / "weights.pt"))
    assert (first / "weights.pt").read_bytes() == (second / "weights.pt").read_bytes()


def test_a_resumed_run_is_the_run_that_never_stopped(run, monkeypatch, tmp_path):
    whole, half = run("--epochs", "3"), run("--epochs", "1")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")  # the run knows where its data set is
    assert main(["train", "--resume", str(half), "--epochs", "3"]) == 0
    assert losses(half) == losses(whole)
    assert [row["epoch"] for row in rows(half / "evaluations.csv")] == ["1", "3"]


def test_a_folder_called_like_the_kits_data_and_weights_is_not_taken_for_them(tmp_path, monkeypatch, capsys):
    (tmp_path / "cifar10").mkdir()
    photos = make_data.tree(tmp_path / "copy", make_data.CIFAR10, train=1, test=1)
    source = ["--data", "cifar10", "--root", "copy"]
    assert main(["evaluate", *source, "--model", "resnet50_layer4", "--weights", "cifar10"]) == 0
    assert main(["train", *SMALL, *source, "--batch-size", "5", "--out", "runs"]) == 0
    (folder,) = (tmp_path / "runs").iterdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert main(["train", "--resume", str(folder), "--epochs", "2"]) == 0
    assert str(photos) in json.loads((folder / "run.json").read_text(encoding="utf-8"))["flags"]["root"]


def test_a_checkpoint_alone_resumes_where_the_data_set_is_given(run, photos, tmp_path):
    alone = tmp_path / "mail" / "from_a_friend.pt"
    alone.parent.mkdir()
    alone.write_bytes((run("--epochs", "1") / "checkpoint.pt").read_bytes())
    assert main(["train", "--resume", str(alone), "--data", str(photos), "--epochs", "2"]) == 0
    assert checkpoint.read(alone)["epoch"] == 2


def test_resume_with_another_rate_moves_the_whole_schedule(run):
    folder = run("--epochs", "1", "--schedule", "linear", "--lr", "0.01")
    faster = run("--epochs", "2", "--schedule", "linear", "--lr", "0.02")
    assert main(["train", "--resume", str(folder), "--epochs", "2", "--lr", "0.02"]) == 0
    lrs = [[float(row["lr"]) for row in rows(path / "history.csv")][3:] for path in (folder, faster)]
    assert lrs[0] == pytest.approx(lrs[1])


def test_ctrl_c_while_the_command_is_still_being_imported_is_one_sentence():
    interrupted = """import builtins, runpy
real = builtins.__import__
def importing(name, *rest, **more):
    if name == "cnnkit.cli":
        raise KeyboardInterrupt
    return real(name, *rest, **more)
builtins.__import__ = importing
runpy.run_module("cnnkit", run_name="__main__")"""
    done = subprocess.run([sys.executable, "-c", interrupted], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (1, "cnnkit: interrupted\n")


def test_ctrl_c_completes_the_step_saves_and_says_how_to_go_on(run, capsys, monkeypatch):
    whole = run("--epochs", "2")
    with monkeypatch.context() as patch:
        interrupt_at(patch, step=2)
        folder = run("--epochs", "2", status=1)
    assert len(losses(folder)) == 2
    sentence = capsys.readouterr().err.splitlines()[-1]
    again = sentence.partition("python -m cnnkit ")[2]
    assert main(shlex.split(again)) == 0
    assert losses(folder) == losses(whole)


def test_a_second_ctrl_c_ends_at_once(run, capsys, monkeypatch):
    interrupt_at(monkeypatch, step=2, times=2)
    before = signal.getsignal(signal.SIGINT)
    folder = run(status=1)
    assert f"ended at once; to go on from the last checkpoint: python -m cnnkit train --resume {folder.parent.name}" in (
        capsys.readouterr().err
    )
    assert checkpoint.read(folder / "checkpoint.pt")["built_as"]["name"] == "vgg16_cifar"
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("lost", run_folder.RESULTS)
def test_a_run_that_was_ended_before_its_last_file_is_completed(lost, run, capsys):
    folder = run("--epochs", "1")
    said, whole = capsys.readouterr().out.splitlines()[-1], rows(folder / "evaluations.csv")
    (folder / lost).unlink()
    assert main(["train", "--resume", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == said
    assert (folder / lost).exists() and rows(folder / "evaluations.csv") == whole
    assert main(["train", "--resume", str(folder)]) == 2
    assert "has done its 1 epochs; to go on, give more with --epochs" in capsys.readouterr().err


def test_a_run_that_was_ended_before_its_last_history_is_completed_though_an_older_one_is_there(run, capsys, monkeypatch):
    whole = run("--epochs", "2")
    with monkeypatch.context() as patch:
        interrupt_at(patch, step=2)
        folder = run("--epochs", "2", status=1)  # leaves history.csv and loss.png of two steps
    with monkeypatch.context() as patch:
        patch.setattr(run_folder.Run, "write_history", lambda *given: signal.raise_signal(signal.SIGTERM))
        assert main(["train", "--resume", str(folder)]) == 1
    assert len(losses(folder)) == 2 and checkpoint.read(folder / "checkpoint.pt")["epoch"] == 2
    assert main(["train", "--resume", str(folder)]) == 0
    assert losses(folder) == losses(whole) and rows(folder / "evaluations.csv") == rows(whole / "evaluations.csv")
    assert main(["train", "--resume", str(folder)]) == 2
    assert "has done its 2 epochs" in capsys.readouterr().err


def test_an_end_that_c_code_turns_into_its_own_error_is_an_end(run, capsys, monkeypatch):
    """matplotlib once answered a SIGTERM amid a drawing with "Invalid affine transformation matrix", and a traceback."""

    def drawing(*given, **more):
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt:
            raise ValueError("Invalid affine transformation matrix") from None

    monkeypatch.setattr("cnnkit.draw.losses", drawing)
    folder = run("--epochs", "1", status=1)
    sentence = capsys.readouterr().err.splitlines()[-1]
    assert sentence.startswith(
        f"cnnkit: ended at once; to go on from the last checkpoint: python -m cnnkit train --resume {folder}"[:60]
    )
    monkeypatch.undo()


def interrupt_at(monkeypatch, step, times=1):
    """Sends Ctrl-C while the given step is under way."""
    complete, steps = Training._step, []

    def interrupted(self, *given):
        steps.append(given)
        for _ in range(times if len(steps) == step else 0):
            signal.raise_signal(signal.SIGINT)
        return complete(self, *given)

    monkeypatch.setattr(Training, "_step", interrupted)


LONG = [sys.executable, "-m", "cnnkit", "train", *SMALL, "--batch-size", "8", "--epochs", "100000"]
PIPES = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


@pytest.mark.skipif(os.name == "nt", reason="Windows can't send signals to one process alone")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_that_ask_for_an_end_save_first(name, photos, tmp_path):
    with subprocess.Popen([*LONG, "--data", str(photos)], **PIPES, text=True, encoding="utf-8") as process:
        assert process.stdout.readline().startswith("Epoch [1/100000], Step [3/3] Loss: ")
        process.send_signal(getattr(signal, name))
        _, err = process.communicate(timeout=600)
    assert process.returncode == 1
    by = "" if name == "SIGINT" else rf" \({name}\)"
    said = re.search(
        rf"cnnkit: interrupted{by} after (\d+) steps, and saved; to go on: python -m cnnkit train --resume (runs\S+)", err
    )
    assert said and checkpoint.read(tmp_path / said[2] / "checkpoint.pt")["index"] == int(said[1]) % 3
    assert len(rows(tmp_path / said[2] / "history.csv")) == int(said[1])
    assert "Traceback" not in err


@pytest.mark.skipif(os.name == "nt", reason="pipes are other things there")
def test_a_reader_that_goes_away_ends_the_run_saved(photos, tmp_path):
    with subprocess.Popen([*LONG, "--data", str(photos)], **PIPES, text=True, encoding="utf-8") as process:
        process.stdout.readline()
        process.stdout.close()  # as "| head -1" does
        err = process.stderr.read()
    assert process.returncode == 1
    steps = re.search(r"interrupted \(the output was closed\) after (\d+) steps, and saved", err)
    (folder,) = (tmp_path / "runs").iterdir()
    assert steps and len(checkpoint.read(folder / "checkpoint.pt")["history"]["losses"]) == int(steps[1])


def test_a_second_process_is_told_who_writes_and_leaves(run, photos, tmp_path):
    folder = run("--epochs", "1")
    before = (folder / "checkpoint.pt").read_bytes()
    command = [sys.executable, "-m", "cnnkit", "train", "--resume", str(folder), "--epochs", "2"]
    with locks.only_writer(folder):
        second = subprocess.run(command, **{**PIPES, "stdout": subprocess.DEVNULL}, text=True, encoding="utf-8", cwd=tmp_path)
    assert second.returncode == 2
    assert re.fullmatch(
        rf'cnnkit: the run in "{re.escape(str(folder))}" is being written by process {os.getpid()} on \S+, since \S+; '
        "wait until that has ended, or end it, then try again\n",
        second.stderr,
    )
    assert (folder / "checkpoint.pt").read_bytes() == before
    assert main(["train", "--resume", str(folder), "--epochs", "2"]) == 0


def test_other_photos_are_refused_unless_insisted_on(run, tmp_path, capsys):
    folder = run("--epochs", "1")
    other = make_data.tree(tmp_path / "tiny", ("apple", "pear", "zebra"), train=8, test=3)  # of one name and size
    again = ["train", "--resume", str(folder), "--data", str(other), "--epochs", "2"]
    assert main(again) == 2
    assert "told cat, dog, frog apart, and this data set holds apple, pear, zebra" in capsys.readouterr().err
    assert main([*again, "--anyway"]) == 0
    assert main(["train", *SMALL, "--anyway"]) == 2
    assert "--anyway goes on with a run on other photos; it belongs to --resume" in capsys.readouterr().err


def test_a_full_memory_loses_no_step(run, capsys, monkeypatch):
    whole = run("--epochs", "2")
    monkeypatch.setattr(train, "AUTOSAVE_SECONDS", 0.0)
    update, steps = Training._update, []

    def full(self, *batch):
        steps.append(batch)
        if len(steps) == 5:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        return update(self, *batch)

    with monkeypatch.context() as patch:
        patch.setattr(Training, "_update", full)
        folder = run("--epochs", "2", status=2)
    assert "the memory is full; use a smaller --batch-size" in capsys.readouterr().err
    assert main(["train", "--resume", str(folder)]) == 0
    assert losses(folder) == losses(whole)


def test_a_full_disk_leaves_the_checkpoint(run, capsys, monkeypatch):
    def full(path):
        if path.name == "history.csv":
            raise OSError(errno.ENOSPC, "No space left on device")
        return replacing(path)

    replacing = files.replacing
    monkeypatch.setattr(files, "replacing", full)
    folder = run(status=2)
    assert 'history.csv" cannot be written (No space left on device); what was there before' in capsys.readouterr().err
    assert checkpoint.read(folder / "checkpoint.pt")["epoch"] == 1


def test_a_run_that_diverged_goes_on_from_its_last_good_state(run, capsys):
    folder = run("--lr", "1e30", "--optimizer", "sgd", "--epochs", "2", status=1)
    sentence = capsys.readouterr().err.splitlines()[-1]
    assert "with learning rate 1e+30: the loss is nan" in sentence and "training." not in sentence
    assert sentence.endswith(f"--resume {folder.relative_to(folder.parents[1])} --lr 3.3e+29")
    assert (folder / "loss.png").exists() and losses(folder)[-1] == "nan"
    assert main(["train", "--resume", str(folder), "--lr", "0.001"]) == 0
    assert [float(row["lr"]) for row in rows(folder / "history.csv")] == [0.001] * 6


def test_weights_that_are_not_finite_are_not_blamed_on_the_rate(run, capsys):
    state = models.build("vgg16_cifar", 3, width=2).state_dict()
    state["classifier.5.bias"][0] = torch.nan
    torch.save(state, "nan.pt")
    run("--weights", "nan.pt", status=1)
    sentence = capsys.readouterr().err.splitlines()[-1]
    assert "it was so before any update" in sentence and "--lr" not in sentence


@pytest.mark.parametrize("terminal", [True, False])
def test_the_progress_bar_shows_on_a_terminal_only(run, capsys, monkeypatch, terminal):
    class Eager(tqdm):
        def __init__(self, **settings):
            super().__init__(**{**settings, "delay": 0, "mininterval": 0})

    monkeypatch.setattr(train, "tqdm", Eager)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    run()
    out, err = capsys.readouterr()
    assert ("3/3" in err, "\r" in err) == (terminal, terminal)
    assert re.fullmatch(r"Epoch \[1/1\], Step \[3/3\] Loss: .*\nAccuracy of the model .*\n", out)


def test_evaluate_prints_and_writes_what_python_measures(run, photos, tmp_path, capsys):
    folder = run("--epochs", "1")
    ds = data.load(photos)
    model = models.build("vgg16_cifar", 3, width=2)
    model.load_state_dict(torch.load(folder / "weights.pt", weights_only=True))
    expected = evaluate(model, ds.test)
    state_dict = ["--model", "vgg16_cifar", "--width", "2", "--weights", str(folder / "weights.pt")]
    outputs = []
    for flags in (["--weights", str(folder)], ["--weights", str(folder / "checkpoint.pt")], state_dict):
        capsys.readouterr()
        assert main(["evaluate", *flags, "--data", str(photos), "--device", "cpu", "--out", "numbers.json"]) == 0
        outputs.append(capsys.readouterr().out)
        numbers = json.loads((tmp_path / "numbers.json").read_text(encoding="utf-8"))
        assert numbers["accuracy"] == expected.accuracy and numbers["loss"] == pytest.approx(expected.loss)
        assert numbers["confusion"] == expected.confusion.tolist()
    assert outputs[0] == outputs[1] == outputs[2]
    lines = outputs[0].splitlines()
    assert lines[0] == f"Accuracy of the model on the test images: {100 * expected.accuracy:.1f} % (tiny test)"
    assert lines[1] == f"Loss: {expected.loss:.4f}, the mean of 9 images"
    assert [line.split() for line in lines[4:]] == [
        [name, "3", f"{100 * accuracy:.1f}", "%"] for name, accuracy in expected.per_class.items()
    ]


def test_table_is_the_one_of_python(capsys):
    assert main(["table", "resnet50_layer4", "--projection", "always"]) == 0
    positional = capsys.readouterr().out
    assert main(["table", "--model", "resnet50_layer4", "--projection", "always"]) == 0
    expected = str(anatomy.table(models.build("resnet50_layer4", projection="always"), (3, 32, 32)))
    assert positional == capsys.readouterr().out == expected + "\n"


def test_table_lists_every_network(capsys):
    assert main(["table", "--list"]) == 0
    out = capsys.readouterr().out
    listed = {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:8]}
    assert list(listed) == models.names()
    # facts.md and design.md: counted by hand and by the original's authors, not by us.
    assert listed["vgg16_cifar"] == ["3x32x32", "14,983,498", "313,463,808"]
    assert listed["resnet50_layer4"] == ["3x32x32", "8,898,826", "59,172,864"]
    assert main(["table"]) == 0
    assert capsys.readouterr().out == out


def test_data_says_what_was_found(photos, tmp_path, capsys):
    assert main(["data", "--data", str(photos)]) == 0
    out = capsys.readouterr().out
    assert "tiny: 24 train and 9 test images of 3 classes" in out
    assert "24 images, 8 of each class" in out and "cat, dog, frog" in out and str(tmp_path / "cache") in out


def test_data_downloads_only_when_asked(monkeypatch, capsys):
    asked = []

    def load(name, root=None, download=False):
        asked.append((name, download))
        return data.Dataset("x", *[data.Split(torch.zeros(2, 3, 32, 32).byte(), torch.arange(2), ("a", "b"), "x")] * 2)

    monkeypatch.setattr(data, "load", load)
    assert main(["data"]) == main(["data", "--data", "cifar10", "--download"]) == 0
    assert asked == [("auto", False), ("cifar10", True)]


def test_a_console_that_lacks_a_letter_shows_a_question_mark(tmp_path, monkeypatch):
    tree = make_data.tree(tmp_path / "tiny", ("hund", "猫"), train=2, test=1)
    console = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", console)
    assert main(["data", "--data", str(tree)]) == 0
    assert "hund, ?" in console.buffer.getvalue().decode("cp1252")


def test_help_names_the_defaults_of_python(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["train", "--help"])
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for name, parameter in inspect.signature(Training).parameters.items():
        if name not in ("model", "dataset", "augment", "shuffle", "autosave"):
            flag = "--" + name.replace("_", "-")
            (default,) = re.findall(rf"{flag} [A-Z]+ [^()]*\(default: ([^)]*)\)", text)
            assert default == str(parameter.default)


def test_help_is_quick_because_torch_stays_unloaded():
    code = "import sys; from cnnkit.cli import main\ntry: main(['train', '--help'])\nfinally: assert 'torch' not in sys.modules"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8")
    assert result.returncode == 0 and result.stdout.startswith("usage: python -m cnnkit train")


def test_a_closed_pipe_ends_it_quietly():
    command = [sys.executable, "-m", "cnnkit", "table", "vgg16_cifar"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()  # before anything is printed, as "| head" does a little later
        assert process.stderr.read() == b""
    assert process.returncode == 1

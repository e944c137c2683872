"""Several processes that train one network, as torchrun starts them, train what one process trains."""

import copy
import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import make_data
import pytest
import ranks_worker
import torch
import torch.nn.functional as F
from ranks_worker import DATASET, OPTIONS, network

from cnnkit import Training, data, evaluate, models
from cnnkit.cli import main
from cnnkit.training import checkpoint, ranks
from cnnkit.training.batches import Epoch

TESTS = Path(__file__).parent
WORKER = str(TESTS / "ranks_worker.py")
COUNTS = (2, 3)
# What each rank runs of a batch of 8 and of 2, and which of these photos count, by the number of ranks: written by hand.
PARTS = {
    (2, 8): [((0, 4), (0, 4)), ((4, 8), (4, 8))],
    (3, 8): [((0, 2), (0, 2)), ((2, 5), (2, 5)), ((5, 8), (5, 8))],
    (2, 2): [((0, 2), (0, 1)), ((0, 2), (1, 2))],
    (3, 2): [((0, 2), ()), ((0, 2), (0, 1)), ((0, 2), (1, 2))],
}


def begun(count, *argv, restarts=0, cwd=None):
    """torchrun with so many processes, which find this kit and not an installed one."""
    path = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "CNNKIT_CACHE": str(cwd)}
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={count}"]
    command += [f"--max-restarts={restarts}", *argv]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    return subprocess.Popen(command, env=environment, cwd=cwd, **pipes)


def ended(process):
    """Its outputs at its end; where it hangs, nothing of it is left running."""
    try:
        return process.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def torchrun(count, *argv, **how):
    """What it prints on standard output and error; it must end well."""
    process = begun(count, *argv, **how)
    out, err = ended(process)
    assert process.returncode == 0, err
    return out, err


@pytest.fixture(scope="module", params=[COUNTS[0], *(pytest.param(n, marks=pytest.mark.slow) for n in COUNTS[1:])])
def trained(request, tmp_path_factory):
    """How many ranks trained, what each of them saw, and the folder where they save."""
    folder = tmp_path_factory.mktemp(f"ranks{request.param}")
    torchrun(request.param, WORKER, str(folder), cwd=folder)
    return request.param, [torch.load(folder / f"rank{r}.pt", weights_only=True) for r in range(request.param)], folder


def test_without_batch_norm_the_losses_are_those_of_one_process(trained):
    _, seen, _ = trained
    training = Training(network(False), DATASET, **OPTIONS)
    steps = list(training)
    assert len(steps) == 8
    for each in seen:
        torch.testing.assert_close(each["plain"]["losses"], training.history.losses(), rtol=1e-5, atol=0)
        torch.testing.assert_close(each["plain"]["accuracies"], training.history.accuracies, rtol=1e-6, atol=1e-7)
    torch.testing.assert_close(seen[0]["plain"]["weights"], dict(training.model.state_dict()), rtol=1e-4, atol=1e-5)


def with_own_statistics(count):
    """Losses, as DDP's documentation says: each rank normalises its own photos, and the first rank's averages are kept."""
    model, losses = network(True), []
    optimizer = torch.optim.Adam(model.parameters(), lr=OPTIONS["lr"])
    for number in range(OPTIONS["epochs"]):
        epoch = Epoch.of(DATASET.train.images, DATASET.train.labels, 8, True, 0, number)
        for i in range(len(epoch)):
            images, labels = epoch.batch(i)
            before, after = copy.deepcopy(model.state_dict()), None
            total = 0.0
            optimizer.zero_grad()
            for (first, end), own in PARTS[count, len(labels)]:
                model.load_state_dict({name: value for name, value in before.items() if "running" in name}, strict=False)
                logits = model.train()(images[first:end])
                if own:
                    logits = logits[own[0] - first : own[1] - first]
                    loss = F.cross_entropy(logits, labels[slice(*own)], reduction="sum", label_smoothing=0.1) / len(labels)
                    loss.backward()
                    total += float(loss.detach())
                after = after or copy.deepcopy({n: v for n, v in model.state_dict().items() if "running" in n})
            model.load_state_dict(after, strict=False)
            optimizer.step()
            losses.append(total)
    return losses, model


def test_with_batch_norm_each_rank_normalises_its_own_photos(trained):
    count, seen, _ = trained
    losses, model = with_own_statistics(count)
    for each in seen:
        torch.testing.assert_close(each["normed"]["losses"], losses, rtol=1e-4, atol=0)
        running = each["normed"]["weights"]["1.running_var"]  # after evaluating, which gives all the first rank's
        torch.testing.assert_close(running, model.state_dict()["1.running_var"], rtol=1e-4, atol=0)
    alone = Training(network(True), DATASET, **OPTIONS)
    list(alone)
    assert max(abs(a - b) for a, b in zip(alone.history.losses(), losses, strict=True)) > 1e-3  # it is another thing


@pytest.mark.parametrize("name", ["plain", "normed"])
def test_an_evaluation_shares_the_photos(trained, name):
    _, seen, _ = trained
    model = network(name == "normed")
    model.load_state_dict(seen[0][name]["weights"])
    alone = evaluate(model, DATASET.test, batch_size=3)
    for each in seen:
        assert torch.equal(each[name]["confusion"], alone.confusion)
        assert each[name]["loss"] == pytest.approx(alone.loss, rel=1e-6)


def test_all_ranks_see_the_same_and_the_first_alone_saves(trained):
    _, seen, folder = trained
    for name in ("plain", "normed"):
        assert all(each[name]["losses"] == seen[0][name]["losses"] for each in seen)
        saved = checkpoint.read(folder / f"{name}.pt")
        assert saved["history"]["losses"] == seen[0][name]["losses"]
        for key, value in saved["model"].items():
            assert all(torch.equal(each[name]["weights"][key], value) for each in seen), key


@pytest.mark.parametrize(("count", "size"), PARTS)
def test_shares_are_those_written_by_hand(count, size, monkeypatch):
    monkeypatch.setattr(ranks, "count", lambda: count)
    weights = []
    for number, (run, own) in enumerate(PARTS[count, size]):
        monkeypatch.setattr(ranks, "rank", lambda number=number: number)
        share = ranks.share(size)
        assert range(size)[share.photos] == range(*run)
        if own:
            assert range(*run)[share.own] == range(*own)
        assert share.weight == pytest.approx((own[1] - own[0] if own else 0) * count / size)
        weights.append(share.weight)
    assert sum(weights) == pytest.approx(count)


def test_alone_a_rank_runs_all_and_joins_nothing(monkeypatch):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    with ranks.joined():
        assert (ranks.rank(), ranks.count(), ranks.launch(), ranks.restarted()) == (0, 1, None, False)
        share = ranks.share(7)
        assert (range(7)[share.photos], range(7)[share.own], share.weight) == (range(7), range(7), 1.0)


# ---- the command line -----------------------------------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path):
    """The arguments of a training of 24 photos in batches of 7: 7, 7, 7 and 3."""
    photos = make_data.tree(tmp_path / "tiny", ("cat", "dog", "frog"), train=8, test=3)
    flags = ["--model", "vgg16_cifar", "--width", "2", "--precision", "float32", "--device", "cpu"]
    return ["train", *flags, "--data", str(photos), "--batch-size", "7", "--epochs", "3"]


def losses(out):
    (folder,) = out.iterdir()
    with open(folder / "history.csv", encoding="utf-8", newline="") as lines:
        return [row["loss"] for row in csv.DictReader(lines)]


@pytest.mark.slow
def test_a_killed_rank_is_started_again_and_the_losses_are_the_same(command, tmp_path):
    out, _ = torchrun(3, "-m", "cnnkit", *command, "--out", "whole", cwd=tmp_path)
    assert [line.partition(":")[0] for line in out.splitlines()] == [  # once, and not from each rank
        *(f"Epoch [{n}/3], Step [4/4] Loss" for n in (1, 2, 3)), "Accuracy of the model on the test images"
    ]  # fmt: skip
    _, err = torchrun(3, WORKER, "killed", *command, "--out", "killed", restarts=1, cwd=tmp_path)
    assert err.count("everything is kept in") == 2  # by each attempt, and there is one folder
    whole, killed = losses(tmp_path / "whole"), losses(tmp_path / "killed")
    assert len(whole) == 12
    assert killed == whole


@pytest.mark.slow
def test_ctrl_c_in_a_terminal_saves_the_step_and_goes_on_later(command, tmp_path):
    process = begun(2, "-m", "cnnkit", *command[:-1], "100000", "--out", "runs", cwd=tmp_path)
    for line in process.stdout:
        if line.startswith("Epoch [2/"):
            break
    os.killpg(process.pid, signal.SIGINT)  # to torchrun and both ranks, as a terminal sends it; torchrun passes it on
    _, err = ended(process)
    assert "and saved; to go on: python -m cnnkit train --resume" in err
    assert "Traceback" not in err.split("torch/distributed")[0]
    (folder,) = (tmp_path / "runs").iterdir()
    saved = checkpoint.read(folder / "checkpoint.pt")
    assert len(saved["history"]["losses"]) == len(losses(tmp_path / "runs")) >= 8
    assert main(["train", "--resume", str(folder), "--epochs", str(saved["epoch"] + 1)]) == 0  # by one process
    assert losses(tmp_path / "runs")[: len(saved["history"]["losses"])] == [repr(x) for x in saved["history"]["losses"]]


def test_a_wrong_name_is_told_once(command, tmp_path):
    process = begun(2, "-m", "cnnkit", *command, "--optimizer", "adamm", cwd=tmp_path)
    _, err = ended(process)
    assert process.returncode != 0
    assert err.count('no optimizer is called "adamm"') == 1, err


def test_evaluate_shares_the_photos_and_prints_once(command, tmp_path):
    model = models.build("vgg16_cifar", width=2, num_classes=3)
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    flags = [*command[1:5], "--weights", "weights.pt", "--data", str(tmp_path / "tiny"), "--device", "cpu", "--batch-size", "2"]
    out, _ = torchrun(2, "-m", "cnnkit", "evaluate", *flags, "--out", "numbers.json", cwd=tmp_path)
    assert out.count("Accuracy of the model") == 1
    numbers = json.loads((tmp_path / "numbers.json").read_text())
    alone = evaluate(model, data.load(tmp_path / "tiny").test)
    assert (numbers["images"], numbers["confusion"]) == (9, alone.confusion.tolist())


def test_synchronised_batch_norm_is_for_gpus():
    with pytest.raises(ranks.InputError, match="several GPUs"):
        ranks.synchronised(ranks_worker.network(True))


def test_the_pages_arithmetic_is_right():
    page = (TESTS.parent / "docs" / "many-machines.md").read_text(encoding="utf-8")
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")]
    for place, name in ((2, "resnet50_layer4"), (3, "vgg16_cifar")):
        size = 4 * sum(p.numel() for p in models.build(name).parameters())
        (own,) = [row for row in cells if row[0] == name]
        assert own[1:3] == [f"{size // 4:,}", f"{size / 1e6:.1f} MB"]
        sums = [row for row in cells if row[1].endswith("GB/s")]
        assert len(sums) == 5
        for row in sums:
            seconds = 2 * 7 / 8 * size / (float(row[1].split()[0]) * 1e9)
            assert float(row[place].split()[0]) == pytest.approx(1000 * seconds, rel=0.02, abs=0.5 if seconds > 0.01 else 0.05)

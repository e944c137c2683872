"""Bad input on the command line: one sentence with the bad value, exit status 2, no traceback, nothing left behind."""

import subprocess
import sys

import make_data
import pytest
import torch

from cnnkit import models
from cnnkit.cli import main
from cnnkit.training import checkpoint

SMALL = ["--model", "vgg16_cifar", "--width", "2", "--precision", "float32", "--device", "cpu"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a data set, a finished run and files that are wrong in one way each."""
    root = tmp_path_factory.mktemp("place")
    photos = make_data.tree(root / "photos", train=8, test=2)
    make_data.tree(root / "one_class", ["cat"])
    make_data.tree(root / "three_classes", ["cat", "dog", "frog"])
    shard = make_data.shard(root / "cut.tar.gz", photos)
    shard.write_bytes(shard.read_bytes()[:2000])
    (root / "empty").mkdir()
    (root / "a_file").write_text("text", encoding="utf-8")
    torch.save(models.build("resnet50_layer4", 2, width=2).state_dict(), root / "resnet.pt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNKIT_CACHE", str(root / "cache"))
        assert main(["train", *SMALL, "--data", str(photos), "--batch-size", "8", "--out", str(root / "runs")]) == 0
    (run,) = (root / "runs").iterdir()
    run.rename(root / "run")
    (root / "damaged.pt").write_bytes((root / "run" / "checkpoint.pt").read_bytes()[:5000])
    state = checkpoint.read(root / "run" / "checkpoint.pt")
    checkpoint.write(root / "own.pt", {**state, "built_as": None})
    return root


TRAIN = f"train {' '.join(SMALL)} --data photos --batch-size 8 --out new"
BAD = {
    # what was not understood
    "trian": ['no command is called "trian"', 'did you mean "train"?'],
    "--versoin": ['"--versoin"', 'did you mean "--version"?'],
    "": ["COMMAND"],
    "train --epoch 3": ['no option of train is called "--epoch"', 'did you mean "--epochs"?'],
    "train resnet50_layer4": ['"resnet50_layer4" is one word too many'],
    "train --epochs three": ['--epochs: "three" is not a whole number'],
    "train --epochs 1.5": ['--epochs: "1.5" is not a whole number'],
    "train --lr fast": ['--lr: "fast" is not a number'],
    "train --lr": ["--lr: a value must follow it"],
    "train --out=": ["--out: the name or path is empty"],
    # names
    f"{TRAIN} --model vgg16_cifra": ['"vgg16_cifra"', 'did you mean "vgg16_cifar"?'],
    f"{TRAIN} --data emoji": ['"emoji"', 'did you mean "emoji10"?'],
    f"{TRAIN} --data photo/": ['"photo/"', "photos"],
    f"{TRAIN} --optimizer adamm": ['"adamm"', 'did you mean "adam"?'],
    f"{TRAIN} --schedule cosin": ['"cosin"', 'did you mean "cosine"?'],
    f"{TRAIN} --precision float23": ['"float23"', 'did you mean "float32"?'],
    f"{TRAIN} --device cuda:99": ['"cuda:99"', '"cpu"'],
    f"{TRAIN} --device tpu": ['"tpu"', '"cpu"'],
    f"{TRAIN} --projection always": ['"projection"', "width"],
    # numbers
    f"{TRAIN} --epochs -1": ["epochs is -1"],
    f"{TRAIN} --lr nan": ["learning rate is nan"],
    f"{TRAIN} --lr inf": ["learning rate is inf"],
    f"{TRAIN} --lr -0.1": ["learning rate is -0.1"],
    f"{TRAIN} --batch-size 0": ["batch size is 0"],
    f"{TRAIN} --batch-size 1": ["batch size is 1", "BatchNorm1d"],
    f"{TRAIN} --batch-size 17": ["batch size is 17", "16 images"],
    f"{TRAIN} --momentum 2": ["momentum is 2"],
    f"{TRAIN} --weight-decay -1": ["weight_decay is -1"],
    f"{TRAIN} --label-smoothing 1.5": ["label_smoothing is 1.5"],
    f"{TRAIN} --validation 1": ["validation is 1"],
    f"{TRAIN} --seed -1": ["seed is -1"],
    f"{TRAIN} --width 0": ["width is 0"],
    # files and folders
    f"{TRAIN} --data one_class": ["one_class", "one class only"],
    f"{TRAIN} --data empty": ['"empty"', "train/<class>/"],
    f"{TRAIN} --data cut.tar.gz": ["cut.tar.gz", "damaged or cut short"],
    f"{TRAIN} --weights nowhere.pt": ["nowhere.pt"],
    f"{TRAIN} --weights a_file": ["a_file cannot be read as weights"],
    f"{TRAIN} --weights resnet.pt": [
        "resnet.pt belong to another network",
        "features.0.weight 2x3x3x3 is only here; features.0.bias 2 is only here; features.2.weight 2x2x3x3 is only here",
    ],
    f"{TRAIN} --out a_file": ['"a_file"', "--out"],
    f"{TRAIN} --out a_file/runs": ['"a_file', "--out"],
    # going on
    "train --resume nowhere": ["nowhere"],
    "train --resume empty": ["empty", "checkpoint.pt"],
    "train --resume damaged.pt --data photos": ["damaged.pt", "damaged"],
    "train --resume resnet.pt --data photos": ["resnet.pt is not a checkpoint"],
    "train --resume run": ["has done its 1 epochs", "--epochs"],
    "train --resume run --epochs 2 --model resnet50": ["--model is resnet50", "vgg16_cifar"],
    "train --resume run --epochs 2 --width 3": ["--width is 3", "2"],
    "train --resume run --epochs 2 --batch-size 4": ["--batch-size is 4", "8"],
    "train --resume run --epochs 2 --no-augment": ["--no-augment is given", "started without it"],
    "train --resume run --epochs 2 --precision bfloat16": ["--precision is bfloat16", "float32"],
    "train --resume run --epochs 2 --weights resnet.pt": ["--weights", "--resume"],
    "train --resume run --epochs 2 --out new": ["--out", "--resume"],
    "train --resume run --epochs 2 --lr nan": ["learning rate is nan"],
    "train --resume run --epochs 2 --data three_classes": ["2 classes", "has 3"],
    "train --resume own.pt --data photos": ["own.pt", "--model"],
    # the other commands
    "evaluate --data photos": ["--weights"],
    "evaluate --data photos --weights resnet.pt": ['"resnet.pt"', "--model"],
    "evaluate --data photos --weights nowhere.pt": ["there is no weights file nowhere.pt"],
    "evaluate --data photos --weights nowhere.pt --model vgg16_cifar": ["nowhere.pt"],
    "evaluate --data photos --weights run --model resnet50_layer4": ["another network", "conv1.weight 64x3x7x7 is only here"],
    "evaluate --data three_classes --weights run": ["tells 2 classes apart", "has 3"],
    "evaluate --data photos --weights run --batch-size 0": ["batch size is 0"],
    "evaluate --data photos --weights run --precision half": ['"half"'],
    "evaluate --data photos --weights run --device tpu": ['"tpu"'],
    "evaluate --data photos --weights run --out a_file/x.json": ["a_file", "--out"],
    "table resnet5": ['"resnet5"', 'did you mean "resnet50"?'],
    "table --list --width 32 --projection always": ["without --projection and --width", "the name of one network"],
    "table --fold 1": ["without --fold"],
    "table vgg16 --model resnet50": ["resnet50 and vgg16"],
    "table vgg16_cifar --projection always": ['"projection"'],
    "table resnet50 --projection allways": ["'allways'", "'needed' or 'always'"],
    "data --data ~nobody_here": ['no data set is called "~nobody_here"'],
    "data --data cifar10 --root ~nobody_here": ["~nobody_here"],
    "data --data cifar100": ['"cifar100"', 'did you mean "cifar10"?'],
    "data --data cifar10": ["CIFAR-10 is not on this machine", "--download"],
    "data --data cifar10 --root empty": ['"empty"'],
}


@pytest.mark.parametrize("line", BAD)
def test_one_sentence_with_the_bad_value(line, place, monkeypatch, capsys):
    monkeypatch.chdir(place)
    monkeypatch.setenv("CNNKIT_CACHE", str(place / "cache"))
    monkeypatch.delenv("CNNKIT_DATA", raising=False)
    monkeypatch.delenv("CNNKIT_CIFAR10", raising=False)
    before = sorted(place.glob("run*/*")), (place / "run" / "checkpoint.pt").read_bytes()
    capsys.readouterr()
    assert main(line.split()) == 2
    out, err = capsys.readouterr()
    assert err.startswith("cnnkit: ") and err.count("\n") == 1
    for part in BAD[line]:
        assert part in err
    assert "accuracy" not in out.lower() or "--out" in line
    assert not (place / "new").exists(), "a run's folder was made although there is no run"
    assert before == (sorted(place.glob("run*/*")), (place / "run" / "checkpoint.pt").read_bytes())


def test_a_mistake_shows_no_traceback_and_status_2_to_the_shell():
    command = [sys.executable, "-m", "cnnkit", "table", "resnet5"]
    result = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith('cnnkit: no model is called "resnet5"; did you mean "resnet50"?')


def test_a_mistake_of_ours_is_not_passed_off_as_the_users(monkeypatch):
    monkeypatch.setattr(models, "names", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["table", "--list"])

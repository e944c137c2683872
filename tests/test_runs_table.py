"""The table of recorded runs says what the files say, and is the one that lies beside them."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest

from cnnkit import InputError


@pytest.fixture
def runs_table(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    return importlib.import_module("runs_table")


def test_the_table_is_up_to_date(runs_table: ModuleType) -> None:
    path = runs_table.RUNS / "README.md"
    assert path.read_text(encoding="utf-8") == runs_table.page(runs_table.RUNS), "run python benchmarks/runs_table.py"


def fake(folder: Path, seed: int, accuracy: float, **more: object) -> None:
    recipe = {"width": 8, "epochs": 2, "lr": 0.5}
    about = {"name": "net", "group": "g", "seed": seed, "data": "toys", "diverged": None, "recipe": recipe, "parameters": 1234,
             "weighted_layers": 20, "photos": 70, "machine": "an abacus, 1 threads, torch 9, 2026-01-02, commit abc1234",
             "date": "2026-01-02", **more}  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    text = f"# {json.dumps(about)}\nepoch,step,train_loss,still_loss,test_loss,test_accuracy\n"
    rows = f"0,0,2.3,2.3,2.3,0.1\n2,11,{seed}.25,1.5,1.75,{accuracy}\n"
    (folder / f"net-{seed}.csv").write_text(text + rows, encoding="utf-8")


def test_each_net_has_a_line_with_seeds_mean_and_both_ends(runs_table: ModuleType, tmp_path: Path) -> None:
    for seed, accuracy in ((0, 0.5), (1, 0.6), (4, 0.55)):
        fake(tmp_path, seed, accuracy)
    page = runs_table.page(tmp_path)
    assert (
        "| net | g | 20 | 1,234 | 0, 1, 4 | 2 | 1.917 [0.250 .. 4.250] | 1.750 [1.750 .. 1.750] | 55.0 [50.0 .. 60.0] % |"
        in page
    )
    assert "`python benchmarks/record.py --out FOLDER`; 70 photos of toys" in page and '"lr": 0.5' in page
    assert "* on an abacus, 1 threads, torch 9\n* 2026-01-02\n" in page


def test_a_run_of_one_seed_has_no_spread_and_shows_its_last_figure_on_all_photos(
    runs_table: ModuleType, tmp_path: Path
) -> None:
    final = {"accuracy": 0.875, "loss": 0.25, "photos": 9000}
    fake(tmp_path / "depth", 2, 0.1, final=final)
    fake(tmp_path / "depth" / "sweep" / "rate-0.5", 100, 0.1, final=final)
    page = runs_table.page(tmp_path)
    assert "| net | 20 | 1,234 | 0.5 | 2 | 2 | 2.250 | 1.500 | 0.250 | 87.5 % |" in page
    assert "| net | 0.5 | 2 | 100.250 | 0.250 | 87.5 % | 9,000 |" in page
    assert "`python benchmarks/depth.py --out FOLDER --width 8 --epochs 2`" in page


def test_a_diverged_run_says_so(runs_table: ModuleType, tmp_path: Path) -> None:
    fake(tmp_path, 0, 0.1, diverged="the loss is nan")
    assert "| 2 (diverged) |" in runs_table.page(tmp_path)


def test_logs_of_the_assignment_are_joined_by_seed(runs_table: ModuleType, tmp_path: Path) -> None:
    for name, right in (("early-0.001", "80.0"), ("early-0.001-seed1", "82.0")):
        text = f"Epoch 1, Step [100/100] Loss: 0.5000\nAccuracy of the model on the test images: {right} % (CIFAR-10 test)\n"
        (tmp_path / f"assignment-{name}.txt").write_text(text, encoding="utf-8")
    page = runs_table.page(tmp_path)
    assert "| early | 0.001 | 0, 1 | 0.500 [0.500 .. 0.500] | 81.0 [80.0 .. 82.0] % |" in page
    (tmp_path / "assignment-odd.txt").write_text("?", encoding="utf-8")
    with pytest.raises(InputError, match="assignment-odd.txt is no log"):
        runs_table.page(tmp_path)

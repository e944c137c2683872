"""The quarter of an hour on a lent GPU, rehearsed: every part runs, stops in time, and goes on on another machine."""

import importlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import make_data
import pytest

from cnnkit import runs

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def hour(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("gpu_hour")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_data.tree(tmp_path_factory.mktemp("photos") / "cifar10", make_data.CIFAR10, train=10, test=4)


def rehearsed(photos: Path, here: Path, *more: str) -> str:
    command = [
        sys.executable,
        FOLDER / "gpu_hour.py",
        "--data",
        photos,
        "--work",
        here / "work",
        "--out",
        here / "out",
        "--toy",
    ]
    env = {**os.environ, "PYTHONPATH": str(FOLDER.parent), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*command, "--device=cpu", *more], env=env, capture_output=True, text=True, cwd=here, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.skipif("CNNKIT_REHEARSE" not in os.environ, reason="takes minutes: make rehearse, before a GPU is lent")
def test_every_part_runs_and_another_machine_repeats_none(photos: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    said = rehearsed(photos, first, "--seconds=600")
    lines = {line.split(":")[0]: line for line in said.splitlines() if " commands finished." in line}
    assert list(lines) == ["photos", "check", "assignment", "vgg", "sweep", "depth", "breaks"]
    assert all(line.split()[1] == line.split()[3] for line in lines.values()), said
    assert "toy sizes: no number here means anything" in said and "passed" in said and "ratio" in said
    assert runs.recorded(first / "work" / "depth") == ["no-skip", "residual-20"]

    files = sorted(path.name for path in (first / "out").iterdir())
    assert files == ["gpu_hour-1.tar", "left-behind.txt"]
    again = rehearsed(photos, second, "--again", str(first / "out"))
    assert not [line for line in again.splitlines() if line.endswith(": finished")]  # nothing was run anew
    assert runs.load("residual-20", folder=second / "work" / "depth")["epoch"] == [0, 1]


def test_a_part_ends_when_its_time_is_over_and_a_failure_is_named(hour: ModuleType, tmp_path: Path) -> None:
    long = ["-c", "print('at work', flush=True); import time; time.sleep(600)"]
    part = hour.Part("toy", 0, 2, {"bad": ["-c", "raise SystemExit(3)"], "long": long, "waits": ["-c", "print(1)"]})
    rounds = hour.Rounds(tmp_path, "cpu", [part], toy=True)
    rounds.go(part, hour.time.monotonic() + 5)
    assert "toy: 1 of 3 commands finished. bad failed with 3: see its log." in rounds.summary()
    assert (tmp_path / "logs" / "toy-long.txt").read_text().strip() == "at work"
    assert rounds.mark(part, "waits").exists() and not rounds.mark(part, "long").exists()


def test_what_comes_back_stays_under_its_limits_and_names_the_rest(hour: ModuleType, tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    for name, size in {"a": 10, "b": 400_000, "c": 500_000, "d": 600_000, "e": 700_000, "f": 3_000_000}.items():
        (work / "depth").mkdir(parents=True, exist_ok=True)
        (work / "depth" / name).write_bytes(bytes(size))
    (work / "depth" / "checkpoints").mkdir()
    (work / "depth" / "checkpoints" / "small.pt").write_bytes(bytes(600_000))  # small, and yet the last to find room
    for name in ("cache/photos", "pretrain/x/epoch001.pt", "pretrain/x/result.json"):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_bytes(b"x")
    hour.pack(work, out, volume=1, volumes=2)
    archives = sorted(out.glob("*.tar"))
    assert len(archives) == 2 and all(archive.stat().st_size <= 2**20 for archive in archives)
    kept = []
    for archive in archives:
        with tarfile.open(archive) as tar:
            kept += tar.getnames()
    assert sorted(kept) == ["depth/a", "depth/b", "depth/c", "depth/d", "pretrain/x/result.json"]
    assert (out / "left-behind.txt").read_text().split() == ["depth/e", "depth/f", "depth/checkpoints/small.pt"]


def test_without_a_gpu_or_photos_it_says_so_in_a_sentence(hour: ModuleType, tmp_path: Path) -> None:
    assert hour.cannot("cpu", str(tmp_path / "none")) == f'there are no photos "{tmp_path / "none"}"'
    assert hour.cannot("cpu", str(tmp_path)) == ""
    if not hour.importlib.import_module("torch").cuda.is_available():
        assert "torch sees no GPU here" in hour.cannot("cuda", str(tmp_path))


class Understood(Exception):
    """The arguments were read; now the photos would be loaded."""


def test_every_command_of_the_real_plan_is_understood_by_its_script(
    hour: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str) -> None:
        raise Understood(name)

    parts = {part.name: part for part in hour.plan("cuda", tmp_path, "cifar10", 8, toy=False)}
    assert list(parts) == ["photos", "check", "assignment", "vgg", "sweep", "depth", "breaks"]
    assert [part.jobs for part in parts.values()] == [1, 1, 1, 1, 8, 8, 8]  # times are measured by one command alone
    commands = [command for part in parts.values() for command in part.commands.values() if command[0].endswith(".py")]
    monkeypatch.setattr("cnnkit.data.load", load)
    for command in commands:
        script = importlib.import_module(Path(command[0]).stem)
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(Understood, match="cifar10"):
            script.main()
    assert len(commands) == 1 + 3 + 2 * 3 + 3 * 6 + 4 + 3 * 9

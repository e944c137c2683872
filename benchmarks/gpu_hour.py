"""What a quarter of an hour on a lent GPU is used for: one command, no network, the most valuable things first.

    python benchmarks/gpu_hour.py --data .cache/cifar10-jpeg --out results --seconds 540
    python benchmarks/gpu_hour.py --data .cache/cifar10-jpeg --out results --again results-of-before

Every part is a list of commands with a time limit of their own; what one of them printed stands in logs/ of the work folder.
The same command, given once more, goes on where the last one ended: finished commands are skipped, and the recorders resume
from their checkpoints. What is worth keeping is packed into --out after every part, in volumes that stay under --volume MiB:
on a new machine give the folder with them as --again. Large weights under training stay behind and begin anew there.

    photos      decodes the photos once
    check       the tests that need the GPU (tests/test_cuda.py), with that machine's torch
    assignment  the assignment's step against the textbook script's, and the part of a step outside the network
    vgg         seconds until vgg16_bn_cifar has 93 % of the validation photos, the first step apart, three seeds
    sweep       the learning rate of each kind of net of benchmarks/depth.py
    depth       its record of depth, and beside it the nets whose weights the kit may ship
    breaks      its breaks, variants and stems

It needs Python 3.11, torch, numpy, pillow, safetensors, filelock and tqdm; the textbook script needs torchvision, the tests
pytest. A part whose package is missing is left out, and the summary says so. The photos are what `data.load` takes.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from machine import machine

HERE = Path(__file__).resolve().parent
NEEDED = ("torch", "numpy", "PIL", "safetensors", "filelock", "tqdm")
MIB = 2**20

DEPTHS = ("residual-20", "plain-20", "residual-32", "plain-32", "residual-56", "plain-56")
BREAKS = (
    "no-skip", "residual-29", "no-batchnorm", "no-relu", "stem-7x7", "course-block", "relu-in-branches", "stride-on-3x3",
    "projection-always",
)  # fmt: skip
SHIPPED = ("vgg16_bn_cifar", "resnet50_cifar", "vgg16_cifar", "resnet50_layer4")
# Wider and longer than on a CPU, and in larger batches, since small nets leave a GPU waiting for the next kernel.
LARGE = ["--width=16", "--batch-size=256", "--epochs=60", "--sweep-epochs=5", "--precision=bfloat16-channels-last"]
TOY = ["--width=1", "--batch-size=20", "--epochs=1", "--photos=40", "--look=20", "--precision=float32"]


@dataclass(frozen=True)
class Part:
    """Commands that belong together.

    Attributes:
        name: of the part.
        seconds: after which those that still run are stopped.
        jobs: how many run side by side; 1 where a time is measured.
        commands: arguments for Python, each with the name of its log.
        needs: packages without which the part is left out.
    """

    name: str
    seconds: float
    jobs: int
    commands: dict[str, list[str]]
    needs: tuple[str, ...] = ()


def plan(device: str, work: Path, data: str, jobs: int, toy: bool) -> list[Part]:
    """The parts in their order of value; with ``toy`` as small as they can be, for a rehearsal without a GPU."""
    common = ["--device", device, "--data", data]
    seeds, rates = ((0,), ("4e-3",)) if toy else ((0, 1, 2), ("2e-3", "4e-3", "1e-2"))
    speed = ["--steps=1", "--pairs=1", "--model=resnet50_layer4"] if toy else ["--steps=150", "--pairs=5", "--outside"]
    tiny = ["--epochs=1", "--recipe", '{"batch_size": 20, "width": 2, "validation": 0.2, "precision": "float32"}']
    pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_cuda.py"]
    record = [*script("depth"), "--out", str(work / "depth"), *common, *(TOY if toy else LARGE)]

    def nets(names: Sequence[str]) -> dict[str, list[str]]:
        runs = {f"{name}-{seed}": ["--nets", name, "--seeds", str(seed)] for seed in seeds for name in names}
        return {name: [*record, "--rates", *rates, *run] for name, run in runs.items()}

    def weights(name: str, seed: int, more: Sequence[str]) -> list[str]:
        return [*script("pretrain"), name, "--out", str(work / "pretrain"), "--seed", str(seed), *common, *more]

    ship = {} if toy else {name: weights(name, 0, ["--assets", str(work / "assets")]) for name in SHIPPED}
    sweep = {f"{net}-{rate}": ["--nets", net, "--rates", rate, "--only-sweep"] for rate in rates for net in DEPTHS[-2:]}
    return [
        Part("photos", 90, 1, {"decoded": ["-c", f"from cnnkit import data; print(data.load({data!r}))"]}),
        Part("check", 90, 1, {"tests": [*pytest, *(["-k", "evaluation"] if toy else [])]}, ("pytest",)),
        Part("assignment", 120, 1, {"speed": [*script("train"), *common, *speed]}, ("torchvision",)),
        Part("vgg", 210, 1, {f"seed-{s}": weights("vgg16_bn_cifar", s, tiny if toy else ["--target=93"]) for s in seeds}),
        Part("sweep", 120, jobs, {} if toy else {name: [*record, *run] for name, run in sweep.items()}),
        Part("depth", 900, jobs, {**nets(DEPTHS[:1] if toy else DEPTHS), **ship}),
        Part("breaks", 900, jobs, nets(BREAKS[:1] if toy else BREAKS)),
    ]


def script(name: str) -> list[str]:
    """The start of a command that runs a script beside this one."""
    return [str(HERE / f"{name}.py")]


def main() -> int:
    """Reads the command line and goes through the parts until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="CIFAR-10 in any form that data.load knows: a path")
    parser.add_argument("--out", type=Path, required=True, help="folder for what is kept")
    parser.add_argument("--work", type=Path, default=Path(".cache/gpu_hour"), help="folder that stays on the machine")
    parser.add_argument("--again", type=Path, help="the folder that --out was on an earlier machine")
    parser.add_argument("--seconds", type=float, default=540, help="for all parts; the packing after each comes on top")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="small nets side by side")
    parser.add_argument("--only", nargs="+", metavar="PART")
    parser.add_argument("--toy", action="store_true", help="everything as small as it can be: a rehearsal, not a measurement")
    parser.add_argument("--volume", type=float, default=15, metavar="MIB", help="the largest file in --out")
    parser.add_argument("--volumes", type=int, default=4, help="how many of them at most")
    options = parser.parse_args()
    end, work = time.monotonic() + options.seconds, options.work.resolve()
    if reason := cannot(options.device, options.data):
        print(f"gpu_hour.py: {reason}", file=sys.stderr)
        return 2
    os.environ["CNNKIT_CIFAR10"] = os.path.abspath(options.data)
    if options.again:
        unpack(options.again, work)
    parts = plan(options.device, work, "cifar10", options.jobs, options.toy)
    rounds = Rounds(work, options.device, [part for part in parts if part.name in (options.only or [part.name])], options.toy)
    for part in rounds.parts:
        rounds.go(part, min(end, time.monotonic() + part.seconds * (10 if options.toy else 1)))
        pack(work, options.out, options.volume, options.volumes)
    print(rounds.summary(), flush=True)
    return 0


def cannot(device: str, photos: str) -> str:
    """Why nothing can be run here; empty where it can."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        return f"Python's packages {', '.join(missing)} are missing; carry wheels of them to this machine"
    import torch

    if device.startswith("cuda") and not torch.cuda.is_available():
        return "torch sees no GPU here; --device cpu --toy is a rehearsal"
    return "" if os.path.exists(photos) else f'there are no photos "{photos}"'


class Rounds:
    """Runs parts and keeps a summary of them in the work folder."""

    def __init__(self, work: Path, device: str, parts: Sequence[Part], toy: bool) -> None:
        self.work, self.device, self.parts, self.toy = work, device, parts, toy
        self.said: dict[str, str] = {}  # what is to be said of a part
        for folder in ("logs", "done"):
            (work / folder).mkdir(parents=True, exist_ok=True)
        self.env = {
            **os.environ, "PYTHONPATH": str(HERE.parent), "PYTHONUNBUFFERED": "1", "CNNKIT_CACHE": str(work / "cache"),
            "CNNKIT_TEST_DEVICE": device,
        }  # fmt: skip

    def go(self, part: Part, end: float) -> None:
        """Runs the commands of ``part`` that are not finished yet, side by side, until they or the time are over."""
        absent = [name for name in part.needs if importlib.util.find_spec(name) is None]
        if absent:
            self.said[part.name] = f"Left out: {', '.join(absent)} is not installed here."
        waiting = [] if absent else [name for name in part.commands if not self.mark(part, name).exists()]
        running: dict[str, subprocess.Popen[bytes]] = {}
        while (waiting or running) and time.monotonic() < end:
            while waiting and len(running) < part.jobs:
                name = waiting.pop(0)
                running[name] = self.start(part, name)
            for name in [name for name, process in running.items() if process.poll() is not None]:
                self.ended(part, name, running.pop(name).returncode)
            time.sleep(0.1)
        for name, process in running.items():
            process.kill()  # the recorders' files are whole at every moment
            process.wait()
            print(f"{part.name}/{name}: stopped, its time was over", flush=True)
        (self.work / "summary.md").write_text(self.summary() + "\n", encoding="utf-8")

    def mark(self, part: Part, name: str) -> Path:
        """The file that says that a command has ended well."""
        return self.work / "done" / f"{part.name}-{name}"

    def start(self, part: Part, name: str) -> "subprocess.Popen[bytes]":
        """Starts a command; what it prints goes to the end of its log."""
        command = [sys.executable, *part.commands[name]]
        env = {**self.env, "OMP_NUM_THREADS": "1"} if part.jobs > 1 else self.env
        with self.log(part, name).open("ab") as log:
            return subprocess.Popen(command, cwd=HERE.parent, env=env, stdout=log, stderr=subprocess.STDOUT)

    def log(self, part: Part, name: str) -> Path:
        """Where the output of a command stands."""
        return self.work / "logs" / f"{part.name}-{name}.txt"

    def ended(self, part: Part, name: str, code: int) -> None:
        """Notes how a command ended."""
        print(f"{part.name}/{name}: {'finished' if code == 0 else f'failed with {code}'}", flush=True)
        if code == 0:
            self.mark(part, name).touch()
        else:
            self.said[part.name] = f"{name} failed with {code}: see its log."

    def summary(self) -> str:
        """What was done, with the last lines of every log."""
        lines = [f"{machine(self.device)}{'; toy sizes: no number here means anything' if self.toy else ''}"]
        for part in self.parts:
            done = sum(self.mark(part, name).exists() for name in part.commands)
            head = f"{part.name}: {done} of {len(part.commands)} commands finished. {self.said.get(part.name, '')}"
            lines += ["", head.rstrip()]
            for log in (self.log(part, name) for name in part.commands):
                text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
                lines += [f"    {log.stem}: {line}" for line in text.split("\n") if line.strip()][-4:]
        return "\n".join(lines)


# ---- what comes back --------------------------------------------------------------------------------------------------------


def pack(work: Path, out: Path, volume: float, volumes: int) -> None:
    """Writes what is worth keeping into ``out/gpu_hour-N.tar``, each under ``volume`` MiB, and names what had no room."""
    out.mkdir(parents=True, exist_ok=True)
    room = volume * MIB - 20_480  # less a tar's own end
    bins: list[list[Path]] = [[]]
    used, left = 0, []
    for path in kept(work):
        size = path.stat().st_size + 2_048  # with its header
        if size <= room < used + size and len(bins) < volumes:
            bins.append([])
            used = 0
        if used + size > room:
            left.append(str(path.relative_to(work)))
            continue
        bins[-1].append(path)
        used += size
    for number, paths in enumerate(bins, 1):
        part = out / f"gpu_hour-{number}.part"
        with tarfile.open(part, "w") as tar:
            for path in paths:
                tar.add(path, str(path.relative_to(work)))
        os.replace(part, out / f"gpu_hour-{number}.tar")
    (out / "left-behind.txt").write_text("\n".join(left), encoding="utf-8")


def kept(work: Path) -> list[Path]:
    """Files that a later machine or a reader needs, checkpoints last; no photos and no weights of single epochs."""
    found = [p for p in work.rglob("*") if p.is_file() and not p.name.endswith((".part", ".tmp", ".lock"))]
    found = [p for p in found if p.relative_to(work).parts[0] not in ("cache", "pretrain") or p.name == "result.json"]
    return sorted(found, key=lambda p: ("checkpoints" in p.parts, p.stat().st_size))


def unpack(folder: Path, work: Path) -> None:
    """Puts back what `pack` kept, but for files that are there already."""
    for archive in sorted(folder.glob("gpu_hour-*.tar")):
        with tarfile.open(archive) as tar:
            there = [member for member in tar.getmembers() if not (work / member.name).exists()]
            tar.extractall(work, there, filter="data")


if __name__ == "__main__":
    sys.exit(main())

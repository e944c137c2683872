"""Training speed: the kit against the textbook script, on the assignment's epoch (batch 100, Adam 1e-3, augmentation on).

    python benchmarks/train.py                       both networks, 5 pairs of 15 steps, A and B in turn
    python benchmarks/train.py --losses 100          the losses after 100 steps of both, 3 seeds each
    python benchmarks/train.py --device cuda --steps 200

The textbook script is what most courses hand out: a DataLoader whose dataset transforms one PIL image at a time in one
process, float32 in the default memory layout, and `.item()` on every loss.
"""

import argparse
import multiprocessing
import statistics
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

import torch
import torch.nn.functional as F
from machine import machine
from PIL import Image
from torch import nn
from torchvision import transforms

from cnnkit import Training, data, models
from cnnkit.data import Split
from cnnkit.data.augment import MEAN, STD

NETWORKS = {"vgg16_cifar": {}, "resnet50_layer4": {"projection": "always"}}


class Photos(torch.utils.data.Dataset):
    """Photos as torchvision's CIFAR10 hands them out: one PIL image at a time, transformed."""

    def __init__(self, split: Split) -> None:
        self.images, self.labels = split.images.permute(0, 2, 3, 1).contiguous().numpy(), split.labels.tolist()
        self.transform = transforms.Compose(
            [
                transforms.RandomCrop(32, padding=4),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize(MEAN, STD),
            ]
        )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.fromarray(self.images[i])), self.labels[i]


def textbook(model: nn.Module, ds: data.Dataset, device: str) -> Iterator[float]:
    """The textbook script, yielding each step's loss; one epoch after another."""
    loader = torch.utils.data.DataLoader(Photos(ds.train), batch_size=100, shuffle=True)
    model = model.to(device).train()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    while True:
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            loss = criterion(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield loss.item()


def kit(model: nn.Module, ds: data.Dataset, device: str, precision: str) -> Iterator[float]:
    """The kit's loop; losses are read as its own log reads them, every 100 steps."""
    for step in Training(model, ds, epochs=1000, device=device, precision=precision):
        yield step.loss if step.index % 100 == 0 else float("nan")


def fresh(name: str, seed: int = 0) -> nn.Module:
    """The network with the same first weights for both sides."""
    torch.manual_seed(seed)
    return models.build(name, **NETWORKS[name])


def seconds(run: Iterator[float], steps: int, device: str) -> float:
    """Wall time of the next ``steps`` steps."""
    _wait(device)
    start = time.perf_counter()
    for _ in range(steps):
        next(run)
    _wait(device)
    return time.perf_counter() - start


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def compare(name: str, data_name: str, device: str, precision: str, pairs: int, steps: int) -> None:
    """Prints images a second of both and the ratio, pair by pair.

    Each side has a process of its own, which rests while the other one works: what the kit asks of the memory allocator
    must not help the textbook script.
    """
    with _Side("kit", name, data_name, device, precision) as a, _Side("textbook", name, data_name, device, precision) as b:
        for side in (a, b):
            side.seconds(max(3, steps // 10))  # warm-up, the kit's measurement of precisions included
        times = [(a.seconds(steps), b.seconds(steps)) for _ in range(pairs)]
    ratios = [tb / ta for ta, tb in times]
    speed_a, speed_b = (100 * steps / statistics.median(column) for column in zip(*times, strict=True))
    print(
        f"{name:16} kit {speed_a:7.0f} img/s   textbook {speed_b:7.0f} img/s   "
        f"ratio {statistics.median(ratios):.2f} [{min(ratios):.2f} .. {max(ratios):.2f}]   {pairs} pairs of {steps} steps",
        flush=True,
    )


class _Side:
    """A process that trains a number of steps when asked to, and says how long they took."""

    def __init__(self, side: str, *settings: str) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(theirs, side, *settings), daemon=True)

    def __enter__(self) -> "_Side":
        self.process.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.process.terminate()

    def seconds(self, steps: int) -> float:
        """Wall time of the next ``steps`` steps."""
        self.pipe.send(steps)
        took: float = self.pipe.recv()
        return took


def _serve(pipe: Connection, side: str, name: str, data_name: str, device: str, precision: str) -> None:
    ds = data.load(data_name)
    model = fresh(name)
    run = kit(model, ds, device, precision) if side == "kit" else textbook(model, ds, device)
    while True:
        pipe.send(seconds(run, pipe.recv(), device))


def outside(name: str, ds: data.Dataset, device: str, precision: str, pairs: int, steps: int) -> None:
    """Prints the part of the kit's step that isn't the network's: against forward, backward and Adam on one fixed batch."""
    training = Training(fresh(name), ds, epochs=1000, device=device, precision=precision)
    run = iter(training)
    next(run)
    images, labels = training.images[:100].float().to(training.device), training.labels[:100]
    chosen = training.precision
    assert chosen is not None

    def network() -> Iterator[float]:
        while True:
            with chosen.autocast(training.device):
                logits = training.model(chosen.lay_out(images))
            loss = F.cross_entropy(logits.float(), labels)
            training.optimizer.zero_grad()
            loss.backward()
            training.optimizer.step()
            yield 0.0

    alone = network()
    seconds(alone, 3, device)
    shares = [1 - seconds(alone, steps, device) / seconds(run, steps, device) for _ in range(pairs)]
    print(
        f"{name:16} {100 * statistics.median(shares):.1f} % of a step is outside the network "
        f"[{100 * min(shares):.1f} .. {100 * max(shares):.1f}]   {pairs} pairs of {steps} steps   {chosen.name}",
        flush=True,
    )


def losses(name: str, ds: data.Dataset, device: str, steps: int) -> None:
    """Prints the mean loss of the last fifth of ``steps`` steps, three seeds each."""
    last = steps // 5
    ours, theirs = [], []
    for seed in range(3):
        training = Training(fresh(name, seed), ds, epochs=1000, device=device, seed=seed)
        found = [step.loss for step, _ in zip(training, range(steps), strict=False)]
        ours.append(statistics.fmean(found[-last:]))
        run = textbook(fresh(name, seed), ds, device)
        theirs.append(statistics.fmean([next(run) for _ in range(steps)][-last:]))
    for who, values in (("kit", ours), ("textbook", theirs)):
        each = ", ".join(f"{value:.3f}" for value in values)
        print(
            f"{name:16} {who:9} mean loss of steps {steps - last + 1}-{steps}: {statistics.fmean(values):.3f} "
            f"(seeds {each}; standard deviation {statistics.stdev(values):.3f})",
            flush=True,
        )


def main() -> None:
    """Reads the command line and runs what it asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=NETWORKS, action="append", help="default: both")
    parser.add_argument("--data", default="auto")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="auto", help="of the kit's side")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--outside", action="store_true", help="also the part of a step outside the network")
    parser.add_argument("--losses", type=int, metavar="STEPS", help="compare losses instead of speed")
    options = parser.parse_args()
    ds = data.load(options.data)
    for name in options.model or NETWORKS:
        if options.losses:
            losses(name, ds, options.device, options.losses)
        else:
            settings = (options.device, options.precision, options.pairs, options.steps)
            compare(name, options.data, *settings)
            if options.outside:
                outside(name, ds, *settings)
    print(f"{machine(options.device)}; {ds.name}, batch 100, Adam 1e-3, precision {options.precision}")


if __name__ == "__main__":
    main()

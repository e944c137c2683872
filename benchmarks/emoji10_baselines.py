"""Prints the three baselines that emoji10's card quotes: linear on pixels, colour histogram, small CNN.

    python benchmarks/emoji10_baselines.py [--seeds 3] [--epochs 11]

All are fitted on the 5,000 training images and scored on the 1,000 test images. The linear ones get their best of four
ridge strengths on the test images, so that their figures are upper bounds. The CNN's recipe is fixed, but how strongly
the images are varied was tuned on its test accuracy: the card says how.
"""

import argparse
import datetime
import platform
import statistics
import time

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnkit.data import emoji10
from cnnkit.data.dataset import Dataset, Split


def linear_accuracy(train: Tensor, test: Tensor, data: Dataset) -> float:
    """Best test accuracy over four strengths of ridge regression from features ``[N, D]`` to one-hot labels."""
    mean, std = train.mean(0), train.std(0) + 1e-6
    train, test = (train - mean) / std, (test - mean) / std
    targets, gram = F.one_hot(data.train.labels).float() - 0.1, train.T @ train
    accuracies = []
    for strength in (0.01, 0.1, 1.0, 10.0):
        weights = torch.linalg.solve(gram + strength * len(train) * torch.eye(len(gram)), train.T @ targets)
        accuracies.append(((test @ weights).argmax(1) == data.test.labels).float().mean().item())
    return max(accuracies)


def histogram(split: Split, bins: int = 6) -> Tensor:
    """How often each of ``bins ** 3`` colours occurs in an image, square-rooted: ``[N, bins ** 3]``."""
    level = split.images.long() * bins // 256
    colour = ((level[:, 0] * bins + level[:, 1]) * bins + level[:, 2]).flatten(1)
    counts = torch.zeros(len(split), bins**3).scatter_add_(1, colour, torch.ones(colour.shape))
    return (counts / colour.shape[1]).sqrt()


def neighbour_accuracy(train: Tensor, test: Tensor, data: Dataset, k: int = 10) -> float:
    """Test accuracy of a vote of the ``k`` nearest training images by features ``[N, D]``."""
    votes = data.train.labels[torch.cdist(test, train).topk(k, largest=False).indices]
    return (votes.mode(1).values == data.test.labels).float().mean().item()


def small_cnn() -> nn.Sequential:
    """Six 3x3 convolutions (32 32 64 64 128 128), each with batch norm and ReLU, and three max pools."""
    layers: list[nn.Module] = []
    for before, after, pool in ((3, 32, 1), (32, 32, 0), (32, 64, 1), (64, 64, 0), (64, 128, 1), (128, 128, 0)):
        layers += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] * pool
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10))


def floats(split: Split) -> Tensor:
    """The images, -1 to 1: ``[N, 3, 32, 32]``."""
    return split.images.float() / 127.5 - 1


def augment(x: Tensor) -> Tensor:
    """The course's augmentation: crop with 4 pixels of padding, and horizontal flip, drawn per image."""
    count = len(x)
    padded = F.pad(x, (4, 4, 4, 4))
    rows, columns = (torch.randint(9, (count, 1)) + torch.arange(32) for _ in range(2))
    flip = torch.rand(count, 1) < 0.5
    columns = torch.where(flip, columns.flip(1), columns)
    image = torch.arange(count)[:, None, None, None]
    return padded[image, torch.arange(3)[:, None, None], rows[:, None, :, None], columns[:, None, None, :]]


def train_cnn(data: Dataset, epochs: int, seed: int) -> tuple[float, float]:
    """Adam, one cycle up to 4e-3, batch 100; returns the training and the test accuracy."""
    torch.manual_seed(seed)
    model = small_cnn().to(memory_format=torch.channels_last)
    images, labels = floats(data.train), data.train.labels
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=epochs * len(labels) // 100)
    for _ in range(epochs):
        for batch in torch.randperm(len(labels)).split(100):
            loss = F.cross_entropy(model(augment(images[batch]).to(memory_format=torch.channels_last)), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()
    return accuracy(model, data.train), accuracy(model, data.test)


@torch.no_grad()
def accuracy(model: nn.Module, split: Split) -> float:
    """The fraction of the split's images that the model names right."""
    named = torch.cat([model(part).argmax(1) for part in floats(split).split(500)])
    return (named == split.labels).float().mean().item()


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="how many trainings of the CNN, from seed 0")
    parser.add_argument("--epochs", type=int, default=11)
    options = parser.parse_args()
    start = time.perf_counter()
    data = emoji10.load()
    print(f"load            {time.perf_counter() - start:.2f} s")
    pixels = floats(data.train).flatten(1), floats(data.test).flatten(1)
    colours = histogram(data.train), histogram(data.test)
    print("test accuracy in %:")
    print(f"pixels, linear  {100 * linear_accuracy(*pixels, data):.1f}")
    print(f"colours, linear {100 * linear_accuracy(*colours, data):.1f}")
    print(f"colours, kNN    {100 * neighbour_accuracy(*colours, data):.1f}", flush=True)
    tests = []
    for seed in range(options.seeds):
        wall, cpu = time.perf_counter(), time.process_time()
        train, test = train_cnn(data, options.epochs, seed)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        tests.append(100 * test)
        times = f"{wall:.0f} s wall, {cpu:.0f} s CPU"
        print(f"small CNN       {100 * test:.1f}   train {100 * train:.1f}   {times}   seed {seed}", flush=True)
    if tests:
        print(f"small CNN       {statistics.mean(tests):.1f} mean of {len(tests)}")
    machine = f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads"
    print(f"{machine}, torch {torch.__version__}, {datetime.date.today()}")


if __name__ == "__main__":
    main()

"""The kit's own solutions of the exercises on training."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    """Returns the loss before the update, as a plain number."""
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def evaluate(model: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    """Accuracy, a fraction from 0 to 1, over all photos of the batches (images [N, 3, 32, 32], labels [N])."""
    model.eval()
    correct, photos = 0, 0
    with torch.no_grad():
        for images, labels in batches:
            predicted = model(images).argmax(dim=1)
            correct += int((predicted == labels).sum())
            photos += len(labels)
    return correct / photos

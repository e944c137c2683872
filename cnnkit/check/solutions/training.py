"""The kit's own solution of the exercise on training."""

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

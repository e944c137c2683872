"""The kit's own solutions of the exercises on gradients."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    """Name of the child -> norm of the gradient; old gradients in the model do not count."""
    model.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    norms = {}
    for name, child in model.named_children():
        parameters = list(child.parameters())
        if parameters:
            squares = [p.grad.square().sum().item() for p in parameters if p.grad is not None]
            norms[name] = math.sqrt(sum(squares))
    return norms


def grad_cam(model: nn.Module, layer: nn.Module, image: Tensor, target: int) -> Tensor:
    """Heat map [h, w] of `layer`, a module inside `model`, for one photo [3, 32, 32]; hooks are removed at the end."""
    kept: list[Tensor] = []

    def keep(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        kept.append(output)
        return output.clone()  # the next layer may be a ReLU that overwrites what it is given

    handle = layer.register_forward_hook(keep)
    try:
        logits = model(image[None])
    finally:
        handle.remove()
    maps = kept[0]  # [1, K, h, w]
    gradient = torch.autograd.grad(logits[0, target], maps)[0]
    weights = gradient.mean(dim=(2, 3), keepdim=True)  # one for each map
    return torch.relu((weights * maps).sum(dim=1))[0].detach()

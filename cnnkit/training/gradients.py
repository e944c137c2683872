"""The weight gradients of convolutions over small maps as one matrix product: on a CPU several times faster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

SMALL = 16  # positions of an output map, 4x4: above, copying out the windows costs more than the product saves

_BACKWARD = torch.ops.aten.convolution_backward.default


@contextmanager
def fast(device: torch.device) -> Iterator[None]:
    """Inside, a backward pass on a CPU takes the matrix product where that is the faster way to the same gradient.

    oneDNN, which computes torch's convolutions on CPUs, sums the weight gradient in a copy of all weights for each thread
    and block of photos. With 512 channels on 2x2 maps these are 2.4 million weights for four positions a photo, and the
    product of the two matrices is eight times as fast (benchmarks/RESULTS.md). Does nothing on a GPU.
    """
    if device.type != "cpu":
        yield
        return
    with _Products():  # type: ignore[no-untyped-call]
        yield


class _Products(TorchDispatchMode):
    """Sees the operations of a backward pass; answers the convolutions that `is_small` picks, and lets the others be."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is not _BACKWARD or not is_small(*args):
            return func(*args, **(kwargs or {}))
        grad, x, weight, _, stride, padding, *_, (for_input, for_weight, for_bias) = args
        return (
            func(*args[:-1], [True, False, False])[0] if for_input else None,
            weight_gradient(grad, x, weight.shape[-2:], stride, padding) if for_weight else None,
            grad.sum((0, 2, 3)) if for_bias else None,
        )


def is_small(
    grad: Tensor, x: Tensor, weight: Tensor, _bias: Any, stride: Any, padding: Any, dilation: Sequence[int],
    transposed: bool, _padding: Any, groups: int, wanted: Sequence[bool],
) -> bool:  # fmt: skip
    """Whether `weight_gradient` serves this call of torch's convolution_backward, and is the faster way."""
    if transposed or groups > 1 or grad.ndim != 4 or set(dilation) != {1} or not wanted[1]:
        return False
    return weight.shape[-2:] == (1, 1) or grad.shape[-2] * grad.shape[-1] <= SMALL


def weight_gradient(grad: Tensor, x: Tensor, kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int]) -> Tensor:
    """What the loss's gradient ``grad`` ``[N, O, H', W']`` for a convolution's output says about its weights.

    Each row of one matrix is the window of ``x`` ``[N, C, H, W]`` under one output position, each row of the other the
    gradient there; their product sums over photos and positions. Returns ``[O, C, kernel height, kernel width]``.
    """
    (height, width), (down, across), (top, left) = kernel, stride, padding
    pixels = F.pad(x.permute(0, 2, 3, 1), (0, 0, left, left, top, top))  # [N, H + 2p, W + 2p, C]
    windows = pixels.unfold(1, height, down).unfold(2, width, across).permute(0, 1, 2, 4, 5, 3)  # [N, H', W', kh, kw, C]
    rows = windows.reshape(-1, height * width * x.shape[1])  # [N H' W', kh kw C]
    grads = grad.permute(0, 2, 3, 1).reshape(-1, grad.shape[1])  # [N H' W', O]
    return (grads.T @ rows).view(grad.shape[1], height, width, x.shape[1]).permute(0, 3, 1, 2)

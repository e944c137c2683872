"""The gradients of convolutions over small maps as matrix products: on a CPU several times faster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

SMALL = 16  # positions of an output map, 4x4: above, copying out the windows costs more than the products save
MANY = 2**20  # weights of a kernel larger than 1x1: below, oneDNN's own input gradient is as fast

_BACKWARD = torch.ops.aten.convolution_backward.default


@contextmanager
def fast(device: torch.device) -> Iterator[None]:
    """Inside, a backward pass on a CPU takes matrix products where they are the faster way to the same gradients.

    oneDNN, which computes torch's convolutions on CPUs, sums the weight gradient in a copy of all weights for each thread
    and block of photos. With 512 channels on 2x2 maps these are 2.4 million weights for four positions a photo, and the
    product of two matrices is several times as fast (benchmarks/RESULTS.md). Does nothing on a GPU.
    """
    if device.type != "cpu":
        yield
        return
    with _Products():  # type: ignore[no-untyped-call]
        yield


class _Products(TorchDispatchMode):
    """Sees the operations of a backward pass; answers the convolutions over small maps, and lets the others be."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is not _BACKWARD or not is_small(*args):
            return func(*args, **(kwargs or {}))
        grad, x, weight, _, stride, padding, *_, (for_input, for_weight, for_bias) = args
        from_grad = None
        if for_input and (weight.shape[-2:] == (1, 1) or weight.numel() >= MANY) and _channels_last(grad):
            from_grad = input_gradient(grad, x.shape, weight, stride, padding)
        elif for_input:
            from_grad = func(*args[:-1], [True, False, False])[0]
        return (
            from_grad,
            weight_gradient(grad, x, weight.shape[-2:], stride, padding) if for_weight else None,
            grad.sum((0, 2, 3)) if for_bias else None,
        )


def is_small(
    grad: Tensor, x: Tensor, weight: Tensor, _bias: Any, stride: Any, padding: Any, dilation: Sequence[int],
    transposed: bool, _padding: Any, groups: int, wanted: Any,
) -> bool:  # fmt: skip
    """Whether this call of torch's convolution_backward is of a plain convolution with a small output map."""
    plain = grad.ndim == 4 and groups == 1 and not transposed and set(dilation) == {1}
    return plain and grad.shape[-2] * grad.shape[-1] <= SMALL


def _channels_last(grad: Tensor) -> bool:  # in torch's other layout oneDNN has a faster way of its own (Winograd's)
    return grad.is_contiguous(memory_format=torch.channels_last)


def weight_gradient(grad: Tensor, x: Tensor, kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int]) -> Tensor:
    """The gradient ``[O, C, kh, kw]`` for the weights, from ``grad`` ``[N, O, H', W']`` for the output and the input ``x``.

    Each row of one matrix is the window of ``x`` ``[N, C, H, W]`` under one output position, each row of the other the
    gradient there; their product sums over photos and positions.
    """
    (height, width), (down, across), (top, left) = kernel, stride, padding
    pixels = F.pad(x.permute(0, 2, 3, 1), (0, 0, left, left, top, top))  # [N, H + 2p, W + 2p, C]
    windows = pixels.unfold(1, height, down).unfold(2, width, across).permute(0, 1, 2, 4, 5, 3)  # [N, H', W', kh, kw, C]
    rows = windows.reshape(-1, height * width * x.shape[1])  # [N H' W', kh kw C]
    return (_rows(grad).T @ rows).view(grad.shape[1], height, width, x.shape[1]).permute(0, 3, 1, 2)


def input_gradient(grad: Tensor, shape: Sequence[int], weight: Tensor, stride: Sequence[int], padding: Sequence[int]) -> Tensor:
    """The gradient for an input of this ``shape`` ``[N, C, H, W]``: each output position gives its window a share."""
    (photos, channels, rows, columns), (_, _, height, width) = shape, weight.shape
    (down, across), (top, left), (_, _, tall, wide) = stride, padding, grad.shape
    shares = _rows(grad) @ weight.permute(0, 2, 3, 1).reshape(len(weight), -1)  # [N H' W', kh kw C]
    shares = shares.view(photos, tall, wide, height, width, channels)
    pixels = grad.new_zeros(photos, rows + 2 * top, columns + 2 * left, channels)
    for i in range(height):
        for j in range(width):
            pixels[:, i : i + down * (tall - 1) + 1 : down, j : j + across * (wide - 1) + 1 : across] += shares[:, :, :, i, j]
    return pixels[:, top : top + rows, left : left + columns].permute(0, 3, 1, 2)


def _rows(grad: Tensor) -> Tensor:
    return grad.permute(0, 2, 3, 1).reshape(-1, grad.shape[1])  # [N H' W', O]

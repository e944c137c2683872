"""Time of a convolution's backward pass: torch's own against the matrix products of `cnnkit.training.gradients`.

python benchmarks/gradients.py            layers of vgg16_cifar and resnet50_layer4 with maps of 4x4 and 2x2, batch 100
"""

import argparse
import statistics
import timeit

import torch
from machine import machine
from torch import nn

from cnnkit.training import gradients

# in, out, height and width of the output, kernel, stride
LAYERS = [(512, 512, 2, 3, 1), (512, 512, 4, 3, 1), (256, 512, 4, 3, 1), (256, 256, 2, 3, 1), (1024, 256, 2, 1, 1),
          (256, 1024, 2, 1, 1), (512, 128, 4, 1, 1), (256, 64, 4, 1, 2)]  # fmt: skip


def main() -> None:
    """Prints one line a layer, products and torch in turn."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=15)
    options = parser.parse_args()
    for dtype, layout in ((torch.bfloat16, torch.channels_last), (torch.float32, torch.channels_last), (torch.float32, None)):
        name = f"{str(dtype)[6:]}{', channels last' if layout else ''}"
        for layer in LAYERS:
            times = compare(layer, dtype, layout, options.pairs)
            ratios = [ours / theirs for ours, theirs in times]
            ours, theirs = (1000 * statistics.median(column) for column in zip(*times, strict=True))
            channels, out, side, kernel, stride = layer
            print(
                f"{name:24} {channels:4} -> {out:4}, {kernel}x{kernel}/{stride}, {side}x{side}: products {ours:6.2f} ms   "
                f"torch {theirs:6.2f} ms   ratio {statistics.median(ratios):.2f} [{min(ratios):.2f} .. {max(ratios):.2f}]"
            )
    print(f"{machine()}; batch 100, {options.pairs} pairs")


def compare(layer: tuple[int, ...], dtype: torch.dtype, layout: torch.memory_format | None, pairs: int) -> list[list[float]]:
    """Seconds of the products and of torch, in turn; a first pair warms up and is left out."""
    channels, out, side, kernel, stride = layer
    conv = nn.Conv2d(channels, out, kernel, stride, kernel // 2).to(dtype=dtype)
    x = torch.randn(100, channels, side * stride, side * stride, dtype=dtype)
    if layout:
        conv, x = conv.to(memory_format=layout), x.contiguous(memory_format=layout)
    x.requires_grad_()

    def backward(device: str) -> float:
        result = conv(x)
        grad = torch.randn_like(result)
        with gradients.fast(torch.device(device)):
            return timeit.timeit(lambda: result.backward(grad), number=1)

    # On another device than the CPU, fast() stands aside.
    return [[backward("cpu"), backward("meta")] for _ in range(pairs + 1)][1:]


if __name__ == "__main__":
    main()

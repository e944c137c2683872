"""Time of a convolution's backward pass: torch's own against the matrix products of `cnnkit.training.gradients`.

python benchmarks/gradients.py            layers of vgg16_cifar and resnet50_layer4 with maps of 4x4 and 2x2, batch 100
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from machine import machine
from torch import nn

from cnnkit.training import gradients

# in, out, height and width of the output, kernel, stride
LAYERS = [(512, 512, 2, 3, 1), (512, 512, 4, 3, 1), (256, 512, 4, 3, 1), (256, 256, 2, 3, 1), (1024, 256, 2, 1, 1),
          (256, 1024, 2, 1, 1), (512, 128, 4, 1, 1), (256, 64, 4, 1, 2)]  # fmt: skip


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Prints one line a layer, products and torch in turn."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=15)
    options = parser.parse_args()
    cpu, nowhere = torch.device("cpu"), torch.device("meta")
    for dtype, layout in ((torch.bfloat16, torch.channels_last), (torch.float32, torch.channels_last), (torch.float32, None)):
        name = f"{str(dtype)[6:]}{', channels last' if layout else ''}"
        for channels, out, side, kernel, stride in LAYERS:
            conv = nn.Conv2d(channels, out, kernel, stride, kernel // 2).to(dtype=dtype)
            x = torch.randn(100, channels, side * stride, side * stride, dtype=dtype)
            if layout:
                conv, x = conv.to(memory_format=layout), x.contiguous(memory_format=layout)
            times = []
            for _ in range(options.pairs + 1):
                pair = []
                for device in (cpu, nowhere):  # on another device than the CPU, fast() stands aside
                    result = conv(x.requires_grad_())
                    grad = torch.randn_like(result)
                    with gradients.fast(device):
                        pair.append(seconds(lambda result=result, grad=grad: result.backward(grad)))
                times.append(pair)
            ratios = [a / b for a, b in times[1:]]
            ours, theirs = (1000 * statistics.median(column) for column in zip(*times[1:], strict=True))
            print(
                f"{name:24} {channels:4} -> {out:4}, {kernel}x{kernel}/{stride}, {side}x{side}: products {ours:6.2f} ms   "
                f"torch {theirs:6.2f} ms   ratio {statistics.median(ratios):.2f} [{min(ratios):.2f} .. {max(ratios):.2f}]"
            )
    print(f"{machine()}; batch 100, {options.pairs} pairs")


if __name__ == "__main__":
    main()

"""Time of the table of a network: `anatomy.table` against torchinfo, in turn, and against the bare forward pass.

python benchmarks/table.py                  resnet50 at 224x224
python benchmarks/table.py --pairs 21
"""

import argparse
import statistics
import timeit

import torch
import torchinfo
from machine import machine

from cnnkit import anatomy, models

SIZE = (3, 224, 224)
COLUMNS = ("output_size", "num_params", "params_percent", "kernel_size", "mult_adds")  # what both print


def main() -> None:
    """Prints the median times and the ratio, pair by pair."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=15)
    options = parser.parse_args()
    model = models.build("resnet50").eval()
    photo = torch.randn(1, *SIZE)

    def forward() -> None:
        with torch.no_grad():
            model(photo)

    def ours() -> None:
        str(anatomy.table(model, SIZE))

    def theirs() -> None:
        str(torchinfo.summary(model, (1, *SIZE), verbose=0, mode="eval", col_names=COLUMNS, depth=4))

    for work in (ours, theirs, forward):
        work()
    times = [[timeit.timeit(work, number=1) for work in (ours, theirs, forward)] for _ in range(options.pairs)]
    ratios = [a / b for a, b, _ in times]
    a, b, c = (1000 * statistics.median(column) for column in zip(*times, strict=True))
    print(
        f"resnet50      table {a:.0f} ms   torchinfo {b:.0f} ms   forward pass alone {c:.0f} ms   "
        f"table/torchinfo {statistics.median(ratios):.2f} [{min(ratios):.2f} .. {max(ratios):.2f}]   {options.pairs} pairs"
    )
    print(machine())


if __name__ == "__main__":
    main()

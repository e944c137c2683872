"""``python -m cnnkit table``: a network's layers, or all networks."""

import argparse
from typing import Any

import torch

from cnnkit import anatomy, models
from cnnkit.cli.common import MODEL_OPTIONS, build_network
from cnnkit.errors import InputError

CLASSES = 10  # CIFAR-10's; the papers' networks are listed with as many, so that the numbers compare


def run(args: argparse.Namespace) -> int:
    """Prints the table of one network, or one line for each."""
    given = vars(args)
    named = {given[flag] for flag in ("name", "model") if flag in given}
    if len(named) > 1 or (named and args.list):
        raise InputError(f"table shows one network, and got {' and '.join(sorted(named))}{' and --list' * args.list}")
    unused = [f"--{flag}" for flag in ("fold", *MODEL_OPTIONS) if flag in given]
    if unused and not named:
        raise InputError(f"the list has all networks as they are, without {' and '.join(unused)}; give the name of one network")
    if named:
        table = _table({**given, "model": named.pop()})
        print(table.fold(given["fold"]) if "fold" in given else table)
    else:
        print(_list(given))
    return 0


def _table(given: dict[str, Any]) -> anatomy.Table:
    with torch.device("meta"):  # shapes and counts need no numbers
        model = build_network(given, CLASSES)
    return anatomy.table(model, models.input_size(given["model"]))


def _list(given: dict[str, Any]) -> str:
    lines = [f"{'name':<16} {'input':>9} {'parameters':>12} {'multiply-accumulates':>21}"]
    for name in models.names():
        table = _table({"model": name})
        size = "x".join(map(str, models.input_size(name)))
        lines.append(f"{name:<16} {size:>9} {table.parameters:>12,} {table.macs:>21,}")
    lines.append(f"\nwith {CLASSES} classes; python -m cnnkit table NAME shows a network's layers")
    return "\n".join(lines)

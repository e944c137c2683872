"""``python -m cnnkit course``: the notebooks into a folder of one's own."""

import argparse

from cnnkit.grading.notebooks import copy


def run(args: argparse.Namespace) -> int:
    """Copies, and says what became of each notebook."""
    for name, said in copy(args.folder).items():
        print(f"{args.folder / name}: {said}")
    return 0

"""Flags of the command line, and what may follow them."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path


def flag(
    group: argparse._ArgumentGroup | argparse.ArgumentParser,
    name: str,
    kind: Callable[[str], object],
    metavar: str,
    help: str,
    required: bool = False,
) -> None:
    """Adds a flag that is absent from the result where it was not given."""
    group.add_argument(name, type=kind, metavar=metavar, help=help, default=argparse.SUPPRESS, required=required)


def whole(given: str) -> int:
    """A whole number."""
    try:
        return int(given)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{given}" is not a whole number') from None


def number(given: str) -> float:
    """A number."""
    try:
        return float(given)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{given}" is not a number') from None


def text(given: str) -> str:
    """A name or path that is not empty."""
    if not given.strip():
        raise argparse.ArgumentTypeError("the name or path is empty")
    return given


def path(given: str) -> Path:
    """A path, in which ~ is the user's folder."""
    return Path(os.path.expanduser(text(given)))  # pathlib's own raises where "~name" is no user

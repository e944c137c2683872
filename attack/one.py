"""Attacks in this process, one after another: ``python -m attack.one FILE SECONDS SEED NAME ...`` leaves a list in FILE."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path


def main(file: str, seconds: str, seed: str, *names: str) -> None:
    """Runs each ``attack.NAME``, in a folder of its own below the present one, and writes their outcomes as JSON."""
    import_module("attack.ground").plain_signals()
    outcomes, here = [], Path.cwd()
    for name in names:
        place = here / name
        place.mkdir()
        os.chdir(place)
        os.environ["CNNKIT_CACHE"] = str(place / "cache")
        outcomes.append(asdict(import_module(f"attack.{name}").attack(float(seconds), int(seed))))
        os.chdir(here)
        Path(file).write_text(json.dumps(outcomes), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""docs/architecture.md shows the house as it stands."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FLOORS = re.findall(r"^\| \d \| (.+?) \|", PAGE, re.MULTILINE)


def test_every_file_it_names_exists() -> None:
    named = re.findall(r"`((?:[\w-]+/)+[\w-]*(?:\.\w+)?)`", PAGE)
    assert len(named) > 40
    kept = {"runs/", "tests/mistakes/NAME.py", "notebooks/source/NN_name.py"}  # a student's folder, and names to fill in
    missing = [name for name in named if not any((ROOT / top / name).exists() for top in ("", "cnnkit")) and name not in kept]
    assert missing == []


def test_its_floors_are_those_that_the_linter_holds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = next(c["layers"] for c in project["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    told = [set(re.findall(r"`(\w+)(?:\.py)?`", floor)) for floor in FLOORS]
    assert told == [set(layer.split(" | ")) for layer in layers]


def test_the_top_level_holds_packages_and_the_errors() -> None:
    top = {path.name for path in (ROOT / "cnnkit").iterdir() if path.suffix == ".py"}
    assert top == {"__init__.py", "__main__.py", "errors.py"}

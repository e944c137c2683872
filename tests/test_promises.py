"""docs/promises.md promises nothing that no test holds up."""

import re
from pathlib import Path

import pytest

from attack import running, table

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
ROWS = [line for line in PAGE.split("## Measures")[0].splitlines() if line.startswith("| ")]


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED)))
def test_every_named_test_exists(file: str, test: str) -> None:
    assert re.search(rf"^def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_promise_names_a_test() -> None:
    assert len(NAMED) > 40
    held = [row for row in ROWS if "held up by" not in row and not row.startswith("| file")]
    promises = [row for row in held if "`runs" not in row and not re.match(r"\| `[\w.]+(, `|`)", row)]
    assert len(promises) > 20
    for row in promises:
        assert re.search(r"\| `tests/\S+::\w+`[^|]*\|$", row), row


def test_the_measures_have_a_place_and_name_only_attacks_that_exist() -> None:
    assert PAGE.count(table.BEGIN) == PAGE.count(table.END) == 1
    measured = re.findall(r"^\| `(\w+)` \|", PAGE.split(table.BEGIN)[1], re.MULTILINE)
    assert set(measured) <= set(running.names())

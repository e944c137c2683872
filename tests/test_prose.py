"""The notebooks' text reads as joined prose: sentences of a middle length, and few that stand alone and short."""

import re
from pathlib import Path

import jupytext
import pytest

SOURCES = sorted((Path(__file__).parent.parent / "notebooks" / "source").glob("[0-9]*.py"))
# Not rewritten yet: whoever does takes the number out, and the test says so when it is left in.
STACCATO = {"00", "07", "08", "09"}
LEAST, MOST, SHORT = 12, 17, 8  # words a sentence: the mean from and to, and what counts as short


def sentence_lengths(source: str) -> list[int]:
    """Words of each sentence that a student reads in passing: no headings, tables, code, lists of goals, or folded hints."""
    cells = [cell.source for cell in jupytext.reads(source, fmt="py:percent").cells if cell.cell_type == "markdown"]
    text = re.sub(r"<details>.*?</details>|```.*?```|\$\$.*?\$\$", "\n\n", "\n\n".join(cells), flags=re.DOTALL)
    text = re.sub(r"^[|#>].*$", "", text, flags=re.MULTILINE)
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[*-]|\d+\.) )", text)
    plain = [re.sub(r"^([*-]|\d+\.) ", "", " ".join(block.split())).replace("et al. ", "et al ") for block in blocks]
    parts = [part for block in plain for part in re.split(r"(?<=[.!?:])[*_)]*\s+(?=[A-Z*`(\"])", block)]
    counted = [len(re.findall(r"[\w'’]+(?:[-.,]\w+)*", re.sub(r"\]\([^)]*\)", "]", part))) for part in parts]
    return [number for number in counted if number]


def staccato(lengths: list[int]) -> bool:
    """Whether the mean is no joined sentence's, or more than a quarter of the sentences is short."""
    mean, short = sum(lengths) / len(lengths), sum(length < SHORT for length in lengths) / len(lengths)
    return not LEAST <= mean <= MOST or short > 0.25


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_sentences_are_joined(source: Path) -> None:
    lengths = sentence_lengths(source.read_text(encoding="utf-8"))
    mean, short = sum(lengths) / len(lengths), sum(length < SHORT for length in lengths) / len(lengths)
    said = f"mean {mean:.1f} words, {short:.0%} below {SHORT}, in {len(lengths)} sentences"
    if source.stem[:2] in STACCATO:
        assert staccato(lengths), f"{said}: it reads well now; take it out of STACCATO"
    else:
        assert not staccato(lengths), said


def test_what_is_counted() -> None:
    text = "# %% [markdown]\n# ## A heading\n# One two three. Four [five](six.ipynb)!\n#\n# | a |\n#\n# * seven, 8.5 % nine\n"
    folded = "#\n# <details><summary>Hint</summary>\n#\n# Not counted.\n# </details>\n"
    folded += "#\n# ```python\n# not = counted\n# ```\n"
    assert sentence_lengths(text + folded) == [3, 2, 3]


@pytest.mark.parametrize(("lengths", "found"), [([12, 17], False), ([4, 26], True), ([9, 9], True), ([30, 30], True)])
def test_what_is_staccato(lengths: list[int], found: bool) -> None:
    assert staccato(lengths) is found

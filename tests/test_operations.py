"""Whatever is done to a live training, in whatever order: it ends, nothing breaks, and it has trained what it says it has.

The same from four threads at once, and for longer: attack/operations.py.
"""

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from attack.driving import USUAL, Drive
from cnnkit import data
from cnnkit.data import Dataset, Split

PROCESSOR = 120.0  # seconds of processor time that no sequence of twenty operations needs, whatever else the machine does


def photos() -> Dataset:
    """A few hundred of emoji10."""
    whole = data.load("emoji10")
    parts = (
        Split(split.images[:n].clone(), split.labels[:n].clone(), split.classes, split.name)
        for split, n in ((whole.train, 300), (whole.test, 100))
    )
    return Dataset(whole.name, *parts)


class Operations(RuleBasedStateMachine):
    """Operations one after the other, each from a thread of its own, on a training that meanwhile goes on in its thread."""

    photos: Dataset | None = None

    @initialize()
    def begin(self) -> None:
        Operations.photos = Operations.photos or photos()
        self.folder = tempfile.TemporaryDirectory()
        self.drive = Drive(Operations.photos, Path(self.folder.name))

    @rule(operation=st.sampled_from(USUAL), chance=st.integers(0, 2**32))
    def act(self, operation: str, chance: int) -> None:
        self.drive.act(operation, random.Random(chance))

    @invariant()
    def nothing_is_wrong(self) -> None:
        assert self.drive.wrong == []

    def teardown(self) -> None:
        if hasattr(self, "drive"):
            self.drive.end(PROCESSOR)
            self.folder.cleanup()


Operations.TestCase.settings = settings(
    max_examples=14,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # threads never do the same twice, so there is nothing to shrink
)
TestOperations = pytest.mark.slow(Operations.TestCase)

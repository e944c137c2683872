"""The live picture is well-formed and bounded for any story, and says in words what it shows."""

import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import tiny_net, toy_dataset, toy_split

from cnnkit import Training
from cnnkit.data import Dataset
from cnnkit.explore import LiveTraining
from cnnkit.explore.live import curve, text
from cnnkit.explore.live.answers import Answers
from cnnkit.explore.live.story import Story

SVG = "{http://www.w3.org/2000/svg}"
EVIL = '<script>alert("1")</script>'
LOSSES = st.one_of(st.floats(0, 10), st.sampled_from([math.nan, math.inf, 1e30, 0.0]))
EVENTS = st.one_of(
    st.tuples(st.just("train"), st.lists(LOSSES, min_size=1, max_size=30)),
    st.tuples(st.just("mark"), st.sampled_from(["rate", "batch size", EVIL])),
    st.tuples(st.just("check"), st.floats(0, 1)),
    st.tuples(st.just("back"), st.floats(0, 1)),
    st.tuples(st.just("diverged"), st.none()),
)


def grow(story: Story, losses: list[float], accuracy: float = 0.5) -> None:
    for loss in losses:
        story.now.append(loss, accuracy, 1e-3)


def texts(drawing: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(drawing).iter(f"{SVG}text")]


@settings(deadline=None, max_examples=60)
@given(st.lists(EVENTS, max_size=25), st.integers(0, 300), st.integers(2, 10), st.one_of(st.none(), st.just(0)))
def test_any_story_can_be_drawn(events: list[tuple[str, Any]], planned: int, classes: int, cursor: int | None) -> None:
    story = Story()
    for number, (what, value) in enumerate(events):
        if what == "train":
            grow(story, value)
        elif what == "mark":
            story.mark(value, "", f"{EVIL}{number}")
        elif what == "check":
            story.now.checks.append((story.now.steps, value))
        elif what == "back":
            story.branch(int(value * story.now.steps), [(1.0, 0.5)])
        else:
            story.now.diverged = story.now.steps
    root = ET.fromstring(curve.draw(story, planned, classes, cursor))
    assert root.get("aria-label") == curve.words(story, planned)
    assert root.find(f".//{SVG}script") is None and "<script" not in curve.legend(story)
    for line in root.iter(f"{SVG}polyline"):  # nothing is drawn outside of its panel
        for point in (line.get("points") or "").split():
            x, y = map(float, point.split(","))
            assert curve.LOSS[0] - 1 <= x <= curve.RIGHT[1] + 1 and curve.TOP <= y <= curve.BOTTOM


def test_a_long_run_is_drawn_in_as_few_characters_as_a_short_one() -> None:
    def length(steps: int) -> int:
        story = Story()
        for i in range(steps):
            story.now.append(2.3 * math.exp(-i / steps) + 0.1 * math.sin(i), 0.5, 1e-3)
            if i % 10 == 9:
                story.now.checks.append((i + 1, 0.5))
        return len(curve.draw(story, steps, 10))

    assert length(100_000) < 1.3 * length(1_000)


def test_the_mean_is_that_of_the_last_20_losses_and_the_line_shows_it() -> None:
    story = Story()
    losses = [2.0 - 0.03 * i for i in range(40)]
    grow(story, losses)
    assert story.now.means.last == pytest.approx(sum(losses[-20:]) / 20)
    points = [mean for _, _, _, mean in story.now.means.points()]
    assert points == pytest.approx([sum(losses[max(0, i - 19) : i + 1]) / min(i + 1, 20) for i in range(40)])
    bold = next(
        line for line in ET.fromstring(curve.draw(story, 40, 10)).iter(f"{SVG}polyline") if line.get("stroke-width") == "2.6"
    )
    assert len((bold.get("points") or "").split()) == 40


def test_marks_are_numbered_on_the_way_and_those_of_one_step_share_a_line() -> None:
    story = Story()
    grow(story, [2.0] * 10)
    story.mark("rate", "0.1", "0.2")
    story.mark("augmentation", "on", "off")
    grow(story, [2.0] * 10)
    story.mark("rate", "0.2", "0.4")
    assert {"①②", "③"} <= set(texts(curve.draw(story, 100, 10)))
    legend = curve.legend(story)
    assert "step 10: rate 0.1 → 0.2" in legend and "step 10: augmentation on → off" in legend and "step 20: rate" in legend


def test_changes_that_going_back_undid_are_not_on_the_way() -> None:
    story = Story()
    grow(story, [2.0] * 20)
    story.mark("rate", "0.1", "0.2")  # changed at step 20, after the state was taken
    grow(story, [2.0] * 5)
    for _ in range(2):
        story.branch(20, [])
        story.mark("branch", "", story.now.name)
        story.mark("rate", "0.1", f"{len(story.branches)}")
        grow(story, [2.0] * 5)
    assert [(m.step, m.kind, m.new) for m in curve.marks(story)] == [(20, "branch", "C"), (20, "rate", "3")]
    story.branch(10, [])
    assert curve.marks(story) == [] and story.now.parent is story.branches[0]


def test_branches_and_divergence_are_named() -> None:
    story = Story()
    grow(story, [2.0] * 30)
    story.branch(10, [])
    grow(story, [1.0] * 10)
    story.now.diverged = 20
    drawing = curve.draw(story, 100, 10)
    assert {"A", "B", "✗ diverged"} <= set(texts(drawing))
    label = ET.fromstring(drawing).get("aria-label") or ""
    assert "Branch B at step 20 of 100" in label and "diverged at step 20" in label
    assert "branch A ended at step 30 with loss 2.00" in label
    assert curve.words(Story(), 70) == "Nothing is trained yet; 70 steps are planned."


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_axis_reaches_beyond_the_last_step_and_seldom_moves(steps: int, planned: int) -> None:
    end = curve.reach(steps, planned)
    assert max(steps, 1) <= end <= max(planned, steps, 1)
    assert end == curve.reach(end, planned) or steps < end


def evil_training() -> Training:
    names = tuple(f"{EVIL}{i}" for i in range(10))
    train, test = (toy_split(count, 0, EVIL, names) for count in (100, 20))
    return Training(tiny_net(), Dataset(EVIL, train, test), batch_size=50, validation=0.2, precision="float32", device="cpu")


def test_names_and_notes_are_escaped_everywhere() -> None:
    live = LiveTraining(evil_training(), background=False).start()
    live.note = EVIL
    live.driver.places.offer(replace(live.driver.places[0], steps=99, label=EVIL))
    answers = Answers(live.training)
    for shown in (live.still(), text.page(live.driver, EVIL), answers.draw(), answers.ask(), text.choice(EVIL, EVIL)):
        assert "<script" not in shown
    live.driver.error = EVIL
    assert "<script" not in live.still() and "&lt;script&gt;" in text.message(live.driver, "")
    for strip in (answers.draw(), answers.ask()):
        ET.fromstring(strip)


def test_the_answers_are_those_of_the_network_in_evaluation_mode() -> None:
    from cnnkit.data.augment import normalise

    training = Training(tiny_net(), toy_dataset(), validation=0.2, precision="float32", device="cpu")
    modes = [module.training for module in training.model.modules()]
    answers = Answers(training)
    label = ET.fromstring(answers.ask()).get("aria-label") or ""
    assert [module.training for module in training.model.modules()] == modes
    assert training.validation is not None and training.validation.name in label
    training.model.eval()
    with torch.no_grad():
        given = training.model(normalise(answers.images)).argmax(1).tolist()
    classes = training.dataset.classes
    expected = ", ".join(f"{classes[truth]}: {classes[answer]}" for truth, answer in zip(answers.labels, given, strict=True))
    assert label.endswith(f"; {expected}") and len(given) == 8
    assert not answers.due()


def test_the_numbers_beside_the_picture() -> None:
    live = LiveTraining(
        Training(tiny_net(), toy_dataset(), epochs=2, batch_size=50, lr=0.03, precision="float32", device="cpu")
    )
    assert text.planned(live.training) == 14
    lines = text.lines(live.driver)
    for part in (
        "ready",
        "step 0 of 7 in epoch 1 of 2",
        "learning rate 0.03",
        "cpu, float32",
        "toy: 330 photos, batches of 50",
    ):
        assert part in lines
    live.background = False
    live.step(9)
    assert "step 2 of 7 in epoch 2 of 2" in text.lines(live.driver) and text.planned(live.training) == 14
    live.start()
    assert "2 epochs, 14 steps" in text.lines(live.driver) and text.planned(live.training) == 14

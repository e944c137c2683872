"""The live picture is well-formed and bounded for any story, shows what is decisive, and says in words what it shows."""

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest
import torch
from drawings import contrast
from hypothesis import example, given, settings
from hypothesis import strategies as st
from toys import tiny_net, toy_dataset, toy_split

from cnnkit import Training
from cnnkit.data import Dataset
from cnnkit.draw.meaning import looks
from cnnkit.explore import LiveTraining
from cnnkit.explore.axis import Axis, fitted, round_ticks
from cnnkit.explore.live import curve, picture, strip, text, track, ways
from cnnkit.explore.live.answers import Answers
from cnnkit.explore.live.layers import Layer
from cnnkit.explore.live.picture import View
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
VIEW = View(planned=100, classes=10, lr=1e-3)


def grow(story: Story, losses: list[float], accuracy: float = 0.5, lr: float = 1e-3) -> None:
    for loss in losses:
        story.now.append(loss, accuracy, lr)


def draw(story: Story, **shown: Any) -> str:
    return picture.draw(story, replace(VIEW, **shown))


def texts(drawing: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(drawing).iter(f"{SVG}text")]


def lines(drawing: str) -> list[list[tuple[float, float]]]:
    """The points of the curves, in pixels."""
    found = [(line.get("points") or "").split() for line in ET.fromstring(drawing).iter(f"{SVG}polyline")]
    return [[(float(x), float(y)) for x, _, y in (point.partition(",") for point in points)] for points in found]


# ---- any story ------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(
    st.lists(EVENTS, max_size=25),
    st.integers(0, 300),
    st.integers(2, 10),
    st.sampled_from([None, 0, 7]),
    st.booleans(),
    st.sampled_from([None, 0.5]),
    st.lists(st.builds(Layer, st.just(EVIL), st.floats(), st.floats()), max_size=70),
)
def test_any_story_can_be_drawn(
    events: list[tuple[str, Any]],
    planned: int,
    classes: int,
    chosen: int | None,
    log: bool,
    goal: float | None,
    layers: list[Layer],
) -> None:
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
    view = View(planned, classes, 0.0, log=log, goal=goal, chosen=chosen, kept=2, held=True, layers=tuple(layers))
    drawing = picture.draw(story, view)
    root = ET.fromstring(drawing)
    assert root.find(f".//{SVG}script") is None and "<script" not in drawing
    assert (root.get("aria-label") or "").startswith(picture.words(story, planned, classes))
    for points in lines(drawing):  # nothing is drawn outside of its panel
        for x, y in points:
            assert curve.LEFT - 1 <= x <= curve.RIGHT[1] + 1 and curve.TOP - 0.1 <= y <= curve.BOTTOM + 0.1
    ET.fromstring(picture.race([(story, (EVIL, "#000", "#000", layers)), (Story(), ("b", "#000", "#000", []))], view))


def test_a_long_run_is_drawn_in_as_few_characters_as_a_short_one() -> None:
    def length(steps: int) -> int:
        story = Story()
        for i in range(steps):
            story.now.append(2.3 * math.exp(-i / steps) + 0.1 * math.sin(i), 0.5, 1e-3)
            if i % 10 == 9:
                story.now.checks.append((i + 1, 0.5))
        return len(draw(story, planned=steps))

    assert length(100_000) < 1.5 * length(1_000)


def test_the_mean_is_that_of_the_last_20_losses_and_the_line_shows_it() -> None:
    story = Story()
    losses = [2.0 - 0.03 * i for i in range(40)]
    grow(story, losses)
    assert story.now.means.last == pytest.approx(sum(losses[-20:]) / 20)
    points = [mean for _, _, _, mean in story.now.means.points()]
    assert points == pytest.approx([sum(losses[max(0, i - 19) : i + 1]) / min(i + 1, 20) for i in range(40)])
    bold = next(line for line in ET.fromstring(draw(story)).iter(f"{SVG}polyline") if line.get("stroke-width") == "2.6")
    assert len((bold.get("points") or "").split()) == 40


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_axis_reaches_beyond_the_last_step_and_seldom_moves(steps: int, planned: int) -> None:
    end = picture.reach(steps, planned)
    assert max(steps, 1) <= end <= max(planned, steps, 1)
    assert end == picture.reach(end, planned) or steps < end


# ---- the loss axis --------------------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(st.floats(-5, 5), st.floats(1e-3, 50), st.integers(3, 8))
@example(1.0, 41.0, 3)
@example(0.0, 1.4, 7)
def test_ticks_are_round_and_neither_few_nor_many(low: float, span: float, most: int) -> None:
    ticks = round_ticks(low, low + span, most)
    assert 1 <= len(ticks) <= most and all(low - 1e-6 * span <= tick <= low + span * 1.000001 for tick in ticks)
    steps = {f"{b - a:.3g}" for a, b in zip(ticks, ticks[1:], strict=False)}
    assert len(steps) <= 1 and all(float(f"{float(s):e}".split("e")[0]) in (1, 2, 5) for s in steps)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.3, 2.4, [0.5, 1, 2]),
        (0.09, 2.4, [0.1, 0.2, 0.5, 1, 2]),
        (1e-4, 3, [1e-4, 1e-3, 1e-2, 0.1, 1]),
        (1.9, 2.4, [1.9, 2, 2.1, 2.2, 2.3, 2.4]),
    ],
)
def test_a_logarithmic_axis_has_1_2_5_a_decade_where_that_gives_enough(low: float, high: float, expected: list[float]) -> None:
    assert Axis(low, high, 100, 0, log=True).ticks() == pytest.approx(expected)


@settings(max_examples=100)
@given(st.lists(st.floats(1e-3, 100), min_size=1, max_size=9), st.booleans())
def test_an_axis_holds_what_it_is_fitted_to_and_gives_it_back(values: list[float], log: bool) -> None:
    axis = fitted(values, 200, 50, log)
    for value in values:
        assert axis.holds(value) and 50 <= axis.at(value) <= 200
        assert axis.value(axis.at(value)) == pytest.approx(value, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("log", [False, True])
def test_the_curve_uses_most_of_the_height(log: bool) -> None:
    story = Story()
    grow(story, [2.3] * 20 + [2.3 - 0.004 * i for i in range(60)])
    bold = lines(draw(story, log=log))[1]
    heights = [y for _, y in bold]
    assert max(heights) - min(heights) > 0.6 * (curve.BOTTOM - curve.TOP)


def test_guessing_is_shown_where_the_loss_is_near_it_and_never_crossed() -> None:
    story = Story()
    grow(story, [2.31, 2.29, 2.32, 2.28] * 20)
    drawing = draw(story)
    label = next(t for t in ET.fromstring(drawing).iter(f"{SVG}text") if (t.text or "").startswith("guessing: 2.30"))
    assert (
        float(label.get("x") or 0)
        > curve.END
        >= max(x for points in lines(drawing) for x, _ in points if x < curve.RIGHT[0] - 9)
    )
    low = Story()
    grow(low, [0.4, 0.3, 0.2] * 20)
    assert not [words for words in texts(draw(low)) if words.startswith("guessing")]


def test_what_a_mission_compares_is_far_enough_apart_to_be_seen() -> None:
    guess, goal = math.log(10), math.log(10) - 0.02
    story = Story()
    grow(story, [guess - 0.03] * 60)
    story.branch(0, [])
    grow(story, [8.0] * 60)
    story.branch(0, [])
    grow(story, [0.5] * 60)
    axis = curve.loss_axis(ways.lines(story), 10, goal=goal)
    assert axis.at(goal) - axis.at(guess) >= 15
    said = texts(draw(story, goal=goal))
    assert "learned: below 2.28" in said and "B: 8.00, off the scale ▲" in said and "C 0.500, off the scale ▼" in said


# ---- labels and marks -----------------------------------------------------------------------------------------------------


def test_the_tip_says_the_value_and_how_far_it_went_since_the_last_mark() -> None:
    story = Story()
    grow(story, [2.05] * 30)
    assert "2.05" in texts(draw(story))
    story.mark("rate", "0.1", "0.2")
    story.mark("augmentation", "on", "off")
    grow(story, [1.93] * 30)
    assert "1.93, −0.12 since mark 2" in texts(draw(story))
    grow(story, [2.55] * 30)
    assert "2.55, +0.50 since mark 2" in texts(draw(story))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.floats(0.1, 5)), min_size=1, max_size=8))
def test_no_label_lies_on_another(branches: list[tuple[int, float]]) -> None:
    story = Story()
    grow(story, [2.3] * 5)
    for steps, loss in branches:
        story.branch(5, [(2.3, 0.1)])
        story.mark("rate", "0.1", f"{loss:.2g}")
        grow(story, [loss] * steps)
    shown = ways.lines(story)
    shown[-1] = ways.tip(shown[-1])
    y = curve.loss_axis(shown, 10)
    panel = curve.loss_panel(shown, Axis(0, 100, curve.LEFT, curve.END), y, [(math.log(10), "guessing: 2.30", "2 3")])
    root = ET.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{panel}</svg>')
    heights: dict[float, list[tuple[float, float]]] = {}
    labels = [t for t in root.iter(f"{SVG}text") if t.get("paint-order")]
    assert len(labels) >= min(len(branches), ways.SHOWN)
    for label in labels:
        x, words = float(label.get("x") or 0), "".join(label.itertext())
        place = (x, x + 0.5 * 12 * len(words))
        near = [span for height, spans in heights.items() if abs(height - float(label.get("y") or 0)) < 12 for span in spans]
        assert all(place[1] <= a or b <= place[0] for a, b in near), words
        heights.setdefault(float(label.get("y") or 0), []).append(place)


def test_marks_are_numbered_on_the_way_and_stand_side_by_side_where_steps_are_close() -> None:
    story = Story()
    grow(story, [2.0] * 10)
    story.mark("rate", "0.1", "0.2")
    story.mark("augmentation", "on", "off")
    grow(story, [2.0] * 2)
    story.mark("rate", "0.2", "0.4")
    drawing = draw(story)
    numbers = {t.text: float(t.get("x") or 0) for t in ET.fromstring(drawing).iter(f"{SVG}text") if t.text in ("①", "②", "③")}
    assert numbers["①"] + 14 <= numbers["②"] and numbers["②"] + 14 <= numbers["③"]
    said = texts(drawing)
    assert {"① 10: rate 0.1 → 0.2", "② 10: augmentation on → off", "③ 12: rate 0.2 → 0.4"} <= set(said)
    assert "mark 3, step 12: rate 0.2 → 0.4" in (ET.fromstring(drawing).get("aria-label") or "")
    many = Story()
    for i in range(30):
        grow(many, [2.0])
        many.mark("rate", f"{i}", f"{i + 1}")
    assert {"⑳", "(30)"} & set(texts(draw(many))) == {"(30)"}


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
    assert [(m.step, m.kind, m.new) for m in story.now.line_of_marks()] == [(20, "branch", "C"), (20, "rate", "3")]
    story.branch(10, [])
    assert story.now.line_of_marks() == [] and story.now.parent is story.branches[0]


def test_ghosts_are_pale_and_named_by_what_was_changed_in_them() -> None:
    story = Story()
    grow(story, [2.0] * 30)
    story.branch(10, [])
    story.mark("branch", "", "B")
    story.mark("rate", "0.001", "0.003")
    grow(story, [1.5] * 10, lr=3e-3)
    story.branch(10, [])
    grow(story, [1.0] * 10)
    story.now.diverged = 20
    drawing = draw(story)
    assert {"A · 0.001: 2.00", "B · 0.003: 1.50", "C 1.00 ✗ diverged, off the scale ▲"} <= set(texts(drawing))
    found = ways.lines(story)
    assert [line.colour for line in found] == [ways.GHOST, ways.GHOST, ways.BLUE]
    assert [step for step, _ in found[-1].points] == [*range(1, 21)], "the way to the present weights is one curve"
    label = ET.fromstring(drawing).get("aria-label") or ""
    assert "Branch C at step 20 of 100" in label and "diverged at step 20" in label
    assert "branch A · 0.001 ended at step 30 with loss 2.00" in label and "branch B · 0.003 ended" in label
    assert picture.words(Story(), 70, 10) == "Nothing is trained yet; 70 steps are planned."


# ---- rate and playhead ----------------------------------------------------------------------------------------------------


def test_the_track_is_a_step_line_of_the_rates_on_the_way() -> None:
    story = Story()
    grow(story, [2.0] * 10, lr=1e-3)
    grow(story, [2.0] * 10, lr=1e-1)
    story.branch(10, [])
    grow(story, [2.0] * 10, lr=1e-2)
    assert track.steps_of(story) == [(step, 1e-3 if step <= 10 else 1e-2) for step in range(1, 21)]
    y = track.rate_axis((-5, 1), 200)
    drawn = track.track(track.steps_of(story), 1e-2, None, Axis(0, 20, 0, 200), y, held=True)
    assert f"H0.0 V{y.at(1e-3):.1f} H100.0 V{y.at(1e-2):.1f} H200.0" in drawn, "the rate of step 11 holds from step 10 on"
    assert 'aria-valuetext="0.01"' in drawn and "let go" not in drawn
    assert "0.01 → 0.3: let go" in track.track([], 1e-2, 0.3, Axis(0, 20, 0, 200), y, held=True)


@pytest.mark.parametrize(("lr", "powers"), [(1e-3, (-5, 1)), (0.0, (-5, 1)), (1e-9, (-9, 1)), (1e4, (-5, 4))])
def test_any_rate_has_its_place_on_the_track(lr: float, powers: tuple[int, int]) -> None:
    assert track.decades(lr) == pytest.approx(powers)
    y = track.rate_axis(track.decades(lr), 200)
    if lr:
        assert track.rate_at(y.at(lr), track.decades(lr), 200) == pytest.approx(lr, rel=0.01)
    assert (track.rate_at(0, powers, 200), track.rate_at(999, powers, 200)) == (10.0 ** powers[1], 10.0 ** powers[0])


def test_the_playhead_offers_to_go_back_only_where_that_leads_somewhere() -> None:
    story = Story()
    grow(story, [2.0] * 30)
    nowhere, rests, chosen = (draw(story, held=True, **more) for more in ({}, {"kept": 2}, {"kept": 2, "chosen": 20}))
    assert 'data-key="head"' not in nowhere and 'data-key="head"' in rests
    assert 'data-key="back"' not in rests and 'data-key="back"' in chosen and "go back to step 20" in texts(chosen)
    assert "data-key" not in draw(story, kept=2, chosen=20) and "back to step 20" in texts(draw(story, kept=2, chosen=20))
    assert picture.step_at(curve.LEFT, 30, 100) == 0 and picture.step_at(curve.END, 30, 100) == 50


# ---- layers ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("update", "words"),
    [
        (0.0, "does not move"),
        (1e-5, "hardly moves"),
        (1e-3, "usual"),
        (0.05, "usual"),
        (0.5, "moves far"),
        (9.0, "explodes"),
        (math.nan, "explodes"),
    ],
)
def test_a_tile_tells_health_by_a_sign_and_a_word_beside_the_colour(update: float, words: str) -> None:
    assert strip.health(Layer("a", update, 1.0))[0] == words
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg">{strip.tiles((Layer("a", update, 1.0),), 0, 0, 700)}</svg>'
    assert words in drawn and (words == "usual" or strip.health(Layer("a", update, 1.0))[1] in "".join(texts(drawn)))


def test_signs_and_grounds_differ_from_each_other() -> None:
    assert (
        len({sign for _, _, sign, _, _ in strip.HEALTH}) == len({ground for *_, ground, _ in strip.HEALTH}) == len(strip.HEALTH)
    )


def test_the_strip_names_a_sick_layer() -> None:
    well, dead = Layer("conv1", 0.01, 1.0), Layer("conv2", 0.0, 0.0)
    assert strip.diagnosis((well, dead)).endswith("by 0 to 0.01 of their size: ✕ does not move: conv2")
    assert strip.diagnosis((well, well)).endswith("usual; whether it learns, the loss says")
    assert "✕ does not move: 2 of 3 layers" in strip.diagnosis((well, dead, dead))


# ---- letters --------------------------------------------------------------------------------------------------------------


def test_all_letters_can_be_read() -> None:
    story = Story()
    grow(story, [2.0] * 30)
    story.branch(10, [])
    story.mark("rate", "0.001", "0.003")
    grow(story, [1.0] * 30)
    live = LiveTraining(Training(tiny_net(), toy_dataset(), precision="float32", device="cpu"))
    assert live._answers is not None
    live._answers.ask()
    layers = tuple(Layer(f"layer{i}", 10.0**-i, 1.0) for i in range(9))
    view = replace(VIEW, held=True, kept=3, chosen=10, layers=layers)
    racers = [(n, look.colour, look.ink, layers) for n, look in looks(["plain", "resnet", "c", "d"]).items()]
    for drawing in (picture.draw(story, view, live._answers.draw()), picture.race([(story, racer) for racer in racers], view)):
        root = ET.fromstring(drawing)
        narrow = float(re.findall(r"min-width:(\d+)px", root.get("style") or "")[0])
        _, _, width, height = map(float, (root.get("viewBox") or "").split())
        assert height <= 420
        for found in root.iter(f"{SVG}text"):
            assert float(found.get("font-size") or 0) * narrow / width >= 11
            assert found.get("fill") == "white" or contrast(found.get("fill") or "", "#ffffff") >= 4.5
    for *_, ground, ink in strip.HEALTH:
        assert contrast(ground, {"white": "#ffffff"}.get(ink, ink)) >= 4.5


def evil_training() -> Training:
    names = tuple(f"{EVIL}{i}" for i in range(10))
    train, test = (toy_split(count, 0, EVIL, names) for count in (100, 20))
    return Training(tiny_net(), Dataset(EVIL, train, test), batch_size=50, validation=0.2, precision="float32", device="cpu")


def test_names_and_notes_are_escaped_everywhere() -> None:
    live = LiveTraining(evil_training(), background=False).start()
    live.note = EVIL
    live.driver.places.offer(replace(live.driver.places[0], steps=99, label=EVIL))
    answers = Answers(live.training)
    before = answers.draw()
    answers.ask()
    for shown in (live.still(), text.page(live.driver, EVIL, "ready", EVIL), before, answers.draw()):
        assert "<script" not in shown
    live.driver.error = EVIL
    assert "<script" not in live.still() and "&lt;script&gt;" in text.message(live.driver, "")
    for drawn in (before, answers.draw()):
        ET.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{drawn}</svg>')


# ---- photos ---------------------------------------------------------------------------------------------------------------


def test_the_answers_are_those_of_the_network_in_evaluation_mode() -> None:
    from cnnkit.data.augment import normalise

    training = Training(tiny_net(), toy_dataset(), validation=0.2, precision="float32", device="cpu")
    modes = [module.training for module in training.model.modules()]
    answers = Answers(training)
    answers.ask()
    assert [module.training for module in training.model.modules()] == modes
    assert training.validation is not None and training.validation.name in answers.words()
    training.model.eval()
    with torch.no_grad():
        expected = training.model(normalise(answers.images)).softmax(1)
    torch.testing.assert_close(torch.tensor(answers.shares), expected)
    classes = training.dataset.classes
    pairs = zip(answers.labels, expected.argmax(1).tolist(), strict=True)
    assert answers.words().endswith("; " + ", ".join(f"{classes[a]}: {classes[b]}" for a, b in pairs))
    assert not answers.due()


def test_each_photo_has_a_bar_a_class_as_high_as_its_probability() -> None:
    answers = Answers(Training(tiny_net(), toy_dataset(), precision="float32", device="cpu"))
    answers.shares = [[0.5, 0.2, 0.1, *[0.2 / 7] * 7] for _ in answers.labels]
    root = ET.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{answers.draw()}</svg>')
    bars = [float(bar.get("height") or 0) for bar in root.iter(f"{SVG}rect")]
    assert len(bars) == 80 and bars[:3] == pytest.approx([19.0, 7.6, 3.8])
    titles = [title.text or "" for title in root.iter(f"{SVG}title")]
    assert titles[0] == f"{answers.classes[answers.labels[0]]}: a 50 %, b 20 %, c 10 %"
    right = [label == 0 for label in answers.labels]
    assert [words.startswith("✓") for words in texts(ET.tostring(root, "unicode")) if words[0] in "✓✗"] == right
    answers.shares = [[1 / 30] * 30 for _ in answers.labels]
    answers.classes = tuple(f"class {i}" for i in range(30))
    root = ET.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{answers.draw()}</svg>')
    assert len(list(root.iter(f"{SVG}rect"))) <= 80, "ten bars, also of many classes"


def test_the_numbers_beside_the_picture() -> None:
    live = LiveTraining(
        Training(tiny_net(), toy_dataset(), epochs=2, batch_size=50, lr=0.03, precision="float32", device="cpu")
    )
    assert text.planned(live.training) == 14
    page = live.still()
    for part in (
        "ready",
        "step 0 of 14 · epoch 1 of 2",
        "cpu, float32",
        "toy: 330 photos, batches of 50",
        "learning rate 0.03",
    ):
        assert part in page
    live.background = False
    live.step(9)
    assert "step 9 of 14 · epoch 2 of 2" in live.numbers() and text.planned(live.training) == 14
    live.start()
    assert "step 14 of 14 · epoch 2 of 2" in live.numbers() and text.planned(live.training) == 14

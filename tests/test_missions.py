"""The missions as a student goes through them, with the live training driven by its methods."""

import json
import math
from dataclasses import replace

import pytest

from cnnkit import explore
from cnnkit.errors import InputError
from cnnkit.explore.live.story import Story
from cnnkit.explore.missions import cut, faults, rate
from cnnkit.explore.missions.quest import STEPS
from tests.toys import tiny_net, toy_dataset


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """The missions' own network and photos take a minute; these take a second, and learn as surely."""
    from cnnkit import Training

    def make(slug, dataset=None, seed=0):
        model = tiny_net(seed % 1000, dropout=0.0)
        lr = 0.0 if slug == "rate-zero" else 3e-3
        return Training(
            model, toy_dataset(), epochs=60, batch_size=110, lr=lr, schedule="constant", precision="float32", seed=seed
        )

    monkeypatch.setattr(faults, "make", make)


def mission(n, tmp_path, number=0):
    return explore.mission(n, number, folder=tmp_path, background=False)


def recorded(tmp_path):
    path = tmp_path / "guesses.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def attempts(tmp_path):
    path = tmp_path / "checks.jsonl"
    written = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    return [(line["exercise"], line["passed"], line["mistake"]) for line in written]


def try_rate(m, lr, steps=STEPS):
    if m.live.driver.places:
        m.live.back(0)
    m.live.set(lr=lr).step(steps)


def test_the_largest_rate_is_found_between_two_that_were_tried(tmp_path):
    m = mission(1, tmp_path)
    assert "Predict first" in m.verdict().words
    m.predict(0.05)
    assert "No rate has been tried yet" in m.verdict().words
    try_rate(m, 3e-3)
    assert m.verdict().done is None and "Go back to the start and go higher" in m.said.words
    try_rate(m, 1e4)
    assert m.live.driver.story.now.diverged, "10,000 must diverge"
    words = m.verdict().words
    assert "0.003 learns, 1e+04 does not" in words and m.said.done is None
    low, high = 3e-3, 1e4
    for _ in range(20):
        if high / low <= rate.CLOSE:
            break
        middle = math.sqrt(low * high)
        try_rate(m, middle)
        learned = rate.tries(m.live.driver.story.branches, math.log(10) - rate.MARGIN)[middle]
        low, high = (middle, high) if learned else (low, middle)
    judged = m.verdict()
    assert judged.done is True and f"{low:.2g} learns, {high:.2g} does not." in judged.words
    assert judged.why.startswith("Why there? The first step moves the weights of a layer by") and judged.why in m.still()
    assert [entry["guess"] for entry in recorded(tmp_path)] == [0.05]
    assert attempts(tmp_path)[-1] == ("mission 1", True, None)
    m.verdict()
    assert len(recorded(tmp_path)) == 1, "the first result counts"


def test_a_prediction_counts_once_and_is_found_again(tmp_path):
    m = mission(1, tmp_path)
    m.predict(0.05)
    m.predict(0.5)
    assert m.guess == 0.05
    m.record("?", 0.05, "between 1 and 2", False)
    assert mission(1, tmp_path).guess == 0.05
    assert mission(1, tmp_path, number=1).guess is None


def branch_with(rates, losses, diverged=None, start=0):
    story = Story()
    if start:
        for _ in range(start):
            story.now.append(2.0, 0.5, rates[0])
        story.branch(start, [])
    for lr, loss in zip(rates, losses, strict=True):
        story.now.append(loss, 0.5, lr)
    story.now.diverged = diverged
    return story.now


@pytest.mark.parametrize(
    ("branch", "found"),
    [
        (branch_with([0.1] * STEPS, [1.0] * STEPS), {0.1: True}),
        (branch_with([0.1] * STEPS, [2.5] * STEPS), {0.1: False}),
        (branch_with([0.1] * (STEPS - 1), [1.0] * (STEPS - 1)), {}),  # not long enough
        (branch_with([0.1] * STEPS + [0.2], [1.0] * (STEPS + 1)), {}),  # not one rate
        (branch_with([0.1] * STEPS, [1.0] * STEPS, start=45), {}),  # not from the start
        (branch_with([9.0] * 5, [1.0] * 5, diverged=5), {9.0: False}),  # diverging needs no 60 steps
    ],
)
def test_a_rate_counts_when_a_whole_branch_had_it(branch, found):
    assert rate.tries([branch], math.log(10)) == found


@pytest.mark.parametrize(
    ("tried", "words", "done"),
    [
        ({0.1: True}, "go higher", None),
        ({0.1: False}, "No rate has learned", None),
        ({0.1: True, 10.0: False}, "such as 1.", None),
        ({10**-2.3: True, 10**-1.9: False}, "0.005 learns, 0.013 does not.", True),  # four moves of the handle apart
        ({10**-2.3: True, 10**-1.8: False}, "a factor of 3.2", None),
        ({0.1: True, 0.2: False, 0.01: False}, "0.1 learns, 0.2 does not.", True),  # 0.01 was too slow, not too high
    ],
)
def test_what_the_tried_rates_tell(tried, words, done):
    judgement = rate.edge(tried, guess=0.12)
    assert words in judgement.words and judgement.done is done


@pytest.mark.parametrize(
    ("guess", "signs"),
    [(1.2, ("✓ Solved. ", "● Your prediction was right. You predicted 1.2.")),
     (4.0, ("✓ Solved. ", "● Your prediction was right. You predicted 4, too high by a factor of 2.0; up to 2.5 counts")),
     (0.1, ("✓ Solved. ", "○ Your prediction was off. You predicted 0.1, too low by a factor of 10.0.")),
     (50, ("✓ Solved. ", "○ Your prediction was off. You predicted 50, too high by a factor of 25.0."))],
)  # fmt: skip
def test_solved_is_one_thing_and_the_prediction_another(guess, signs):
    judgement = rate.edge({1.0: True, 2.0: False}, guess)
    assert [line.startswith(sign) for line, sign in zip(judgement.lines, signs, strict=True)] == [True, True]
    assert judgement.done is True and "✗" not in judgement._repr_html_()


@pytest.mark.parametrize(
    ("rates", "start", "words", "mistake"),
    [
        ([0.1] * 45 + [0.03] * 90, 0, "You trained 90 steps at 0.03, but from step 45 on. A try counts only from the start",
         "not-from-the-start"),
        ([0.03] * 90, 45, "You trained 90 steps at 0.03, but from step 45 on.", "not-from-the-start"),
        ([0.03] * 20, 0, "20 of the 60 steps of a try are done at 0.03: train on.", None),
        ([0.03] * STEPS, 0, "", None),
    ],
)  # fmt: skip
def test_what_is_no_try_is_told_with_what_was_done(rates, start, words, mistake):
    told, slug = rate.no_try(branch_with(rates, [2.0] * len(rates), start=start))
    assert told.startswith(words) and bool(told) is bool(words) and slug == mistake


def test_a_rate_that_was_turned_on_the_way_is_no_try_and_says_so(tmp_path):
    m = mission(1, tmp_path)
    m.predict(0.05)
    m.live.step(45).set(lr=0.03).step(90)
    assert "You trained 90 steps at 0.03, but from step 45 on" in m.verdict().words and m.said.done is None
    m.verdict()
    assert attempts(tmp_path) == [("mission 1", False, "not-from-the-start")], "once, though Verdict was pressed twice"
    m.live.back(45)
    m.live.set(lr=0.03).step(90)
    assert "from step 45 on" in m.verdict().words
    m.live.back(0)
    m.live.set(lr=3e-3).step(STEPS)
    assert "0.003 has learned" in m.verdict().words and "counts only" not in m.said.words


def test_a_cause_is_told_only_where_the_numbers_show_it():
    from cnnkit.explore.missions import edge

    low, high = (edge.look(faults.make("healthy", seed=1), lr) for lr in (1e-3, 3.0))
    assert low.update < high.update and low.guess == pytest.approx(math.log(10))
    said = edge.told(low, replace(low, lr=0.03, dead=0.94, spread=low.spread / 50))
    assert "94 % of the channels" in said and "so the loss stays at 2.30" in said
    assert "do not show why" in edge.told(low, replace(low, lr=0.03)), "no cause where none was seen"
    assert "until the run diverges" in edge.told(low, replace(high, diverged=True))
    assert edge.look(faults.make("healthy", seed=1), 1e30).diverged


def test_an_early_and_a_late_cut_are_compared_at_equal_length(tmp_path):
    m = mission(2, tmp_path)
    m.predict(cut.NOW)
    assert "No branch with a cut" in m.verdict().words
    m.live.step(60)
    m.live.set(lr=3e-4).step(60)
    assert "cut at another step" in m.verdict().words
    m.live.back(60)
    m.live.set(lr=3e-3).step(40)
    m.live.set(lr=3e-4).step(20)
    words = m.verdict().words
    assert "Cut at step 60" in words and "Cut at step 100" in words and m.said.done is True
    assert m.said.right is None or [entry["guess"] for entry in recorded(tmp_path)] == [cut.NOW]
    assert attempts(tmp_path) == [("mission 2", True, None)]


def test_two_cuts_of_different_size_are_not_compared(tmp_path):
    m = mission(2, tmp_path)
    m.predict(cut.NOW)
    m.live.step(45).set(lr=1e-3).step(75)  # to a third
    m.live.back(45)
    m.live.step(50).set(lr=3e-4).step(25)  # to a tenth
    words = m.verdict().words
    assert m.said.done is None and m.said.mistake == "different-cuts" and recorded(tmp_path) == []
    assert "At step 45 you cut from 0.003 to 0.001, at step 95 from 0.003 to 0.0003." in words
    m.live.back(45)
    m.live.step(50).set(lr=1.05e-3).step(25)  # to a third, as well as a hand can
    assert m.verdict().done is True


def test_a_branch_whose_rate_was_changed_twice_is_not_compared(tmp_path):
    m = mission(2, tmp_path)
    m.predict(cut.NOW)
    m.live.step(45).set(lr=1e-3).step(45).set(lr=3e-4).step(30)
    assert "Branch A had the rates 0.003 → 0.001 → 0.0003." in m.verdict().words and m.said.mistake == "changed-twice"


def two_branches(first, second):
    story = Story()
    for loss in [2.0] * 60:
        story.now.append(loss, 0.5, 0.1)
    story.mark("rate", "0.1", "0.01")
    for loss in first:
        story.now.append(loss, 0.5, 0.01)
    story.branch(60, [(2.0, 0.5)] * 20)
    for loss in [2.0] * 60:
        story.now.append(loss, 0.5, 0.1)
    story.mark("rate", "0.1", "0.01")
    for loss in second:
        story.now.append(loss, 0.5, 0.01)
    return story


def test_a_difference_within_the_noise_is_not_called_one():
    noisy = [1.0 + 0.3 * (-1) ** i for i in range(120)]
    early, late = cut.cuts(two_branches(noisy, [loss + 0.02 for loss in noisy[60:]]))[0]
    told = cut.compare(early, late, cut.NOW)
    assert told.done is True and told.right is None and "cannot be told apart" in told.words
    early, late = cut.cuts(two_branches(noisy, [loss + 0.5 for loss in noisy[60:]]))[0]
    assert cut.compare(early, late, cut.NOW).right is True and cut.compare(early, late, cut.LATER).right is False


def test_a_diagnosis_is_told_from_the_fault(tmp_path):
    m = mission(3, tmp_path, next(n for n in range(11) if faults.sick(n)[1].slug == "rate-zero"))
    assert "Train it first" in m.diagnose("rate-zero").words
    m.live.step(20)
    wrong = m.diagnose("labels-shuffled")
    assert wrong.done is False and faults.FAULTS["labels-shuffled"].looks_like in wrong.words
    assert "zero" not in wrong.words, "the fault is not given away"
    right = m.diagnose(faults.FAULTS["rate-zero"].title)
    assert right.guessed == "At first you said: the labels do not belong to the photos." and right.right is False
    assert attempts(tmp_path) == [("mission 3", False, "wrong-diagnosis"), ("mission 3", True, None)]
    assert right.done is True and faults.FAULTS["rate-zero"].evidence in right.words
    (first,) = recorded(tmp_path)
    assert first["guess"] == faults.FAULTS["labels-shuffled"].title and first["right"] is False


def test_the_page_of_a_sick_run_does_not_show_its_rate(tmp_path):
    m = mission(3, tmp_path)
    m.live.step(1)
    pytest.importorskip("ipywidgets")
    page = m.still() + m.live.widget.children[1].value + m.live.widget.children[2].svg + m.words()
    assert "learning rate" not in page.replace("the learning rate is", "")


def test_the_widget_says_what_the_methods_say(tmp_path):
    pytest.importorskip("ipywidgets")
    m = mission(1, tmp_path)
    head, form, shown, _ = m.widget.children
    predicted, predict, verdict = form.children
    predicted.value = 0.1
    predict.click()
    assert m.guess == pytest.approx(0.1) and predict.disabled
    verdict.click()
    assert "No rate has been tried yet" in shown.value and "Mission 1" in head.value


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: explore.mission(4), "there is no mission 4"),
        (lambda: explore.mission(True), "there is no mission True"),
        (lambda: explore.mission(3, "x"), "the number of the run is 'x'"),
        (lambda: explore.mission(1).predict(-1), "predicted rate is -1"),
        (lambda: explore.mission(2).predict("soon"), "the prediction is 'soon'"),
        (lambda: explore.mission(3).diagnose("rate-zro"), 'did you mean "rate-zero"'),
        (lambda: explore.mission(3).look("the sky"), 'no instrument is called "the sky"'),
    ],
)
def test_bad_input(call, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=words):
        call()


def test_an_instrument_is_read_between_two_steps(tmp_path):
    """The worker holds still: what one reads agrees with one state of the weights, never with two."""
    m = explore.mission(1, 0, folder=tmp_path, background=True)
    m.live.start()
    weights = list(m.live.training.model.parameters())

    def twice():
        first = [p.detach().clone() for p in weights]
        for _ in range(50):
            assert all(map(lambda a, b: (a == b).all(), first, weights))
        return len(m.live.training.history)

    steps = [m.live.driver.ask(twice) for _ in range(3)]
    assert steps == sorted(steps)
    with pytest.raises(ZeroDivisionError):
        m.live.driver.ask(lambda: 1 / 0)
    assert m.live.working, "a question that fails is no reason to stop"
    m.live.stop()
    m.live.driver.join()
    assert m.live.driver.ask(lambda: 7) == 7

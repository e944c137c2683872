import re
from functools import cache

import pytest
import torch
from catalogue import FOLDER, answers

from cnnkit.check.engine import check
from cnnkit.check.exercises import EXERCISES
from cnnkit.check.mistakes import MISTAKES

ANSWERS = [answer for e in EXERCISES.values() for answer in answers(e.name, e.answer)]
WRONG = [a for a in ANSWERS if a.slug]
RIGHT = [a for a in ANSWERS if not a.slug]

UNSTEADY = {"raises", "does-not-construct", "too-slow"}  # they quote torch, Python or the time limit


@cache  # several tests look at the same verdict
def verdict_on(answer, seed=0):
    seconds = 3 if answer.slug == "too-slow" else 20  # a busy machine must not make a quick answer slow
    return check(EXERCISES[answer.exercise], answer.load(), seed=seed, seconds=seconds)


def each(answers):
    """The answers as parameters; whole networks take a second each. The oldest torch sees every third one of the rest."""
    slow = pytest.mark.slow
    answers = answers[:: 3 if torch.__version__.startswith("2.4.") else 1]
    return [pytest.param(a, id=f"{a.exercise}-{a}", marks=slow if a.exercise == "resnet50_layer4" else ()) for a in answers]


@pytest.mark.parametrize("answer", each(WRONG))
def test_every_wrong_answer_is_rejected_with_its_own_mistake(answer):
    verdict = verdict_on(answer)
    assert (verdict.mistake, verdict.passed) == (answer.slug, False), verdict
    assert verdict.mistake in MISTAKES[answer.exercise]
    words = verdict.message.split()
    assert 2 <= len(words) <= 40, f"{len(words)} words: {verdict.message}"


@pytest.mark.parametrize("answer", each(RIGHT))
def test_every_right_answer_passes_in_any_style(answer):
    verdict = verdict_on(answer)
    assert verdict.passed, f"{answer.text}: {verdict}"


@pytest.mark.slow
def test_the_messages_are_those_that_were_read(golden):
    said = dict.fromkeys((a.exercise, a.slug, without_paths(verdict_on(a).message)) for a in WRONG if a.slug not in UNSTEADY)
    golden("messages.txt", "\n".join(f"{exercise} / {slug}\n    {message}" for exercise, slug, message in said))


def without_paths(message):
    return re.sub(r"0x[0-9a-f]+", "0x...", message)


def test_the_tasks_are_those_that_were_read(golden):
    head = "# The exercises, as students read them\n\nTensors are `[N, C, H, W]`: photos, channels, height, width.\n"
    given = "Every answer finds `math`, `random`, `torch`, `nn`, `Tensor` and `F` (torch.nn.functional) imported.\n"
    golden("../../docs/exercises.md", "\n".join([head + given, *(exercise.task() for exercise in EXERCISES.values())]).rstrip())


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_catalogue_of_an_exercise_is_large_enough(exercise):
    wrong, right = ([a for a in part if a.exercise == exercise] for part in (WRONG, RIGHT))
    assert len({a.slug for a in wrong}) >= (16 if exercise in ("residual_block", "resnet50_layer4") else 6)
    assert len(right) >= 4


def test_every_mistake_that_can_be_named_is_in_the_catalogue():
    elsewhere = {"could-not-check", "torch-changed"}  # tests/test_check_engine.py
    elsewhere |= {"kit-changed", "ended-python", "too-many-processes"}  # tests/test_cli_check.py, test_cli_isolated.py
    named = {slug for words in MISTAKES.values() for slug in words}
    assert set(MISTAKES) == set(EXERCISES) and named - elsewhere == {a.slug for a in WRONG}


def test_the_readme_counts_them_right():
    said = re.search(r"over (\d+) mistakes in (\d+) exercises", (FOLDER.parents[1] / "README.md").read_text(encoding="utf-8"))
    assert 0 < len({(a.exercise, a.slug) for a in WRONG}) - int(said[1]) <= 20 and len(EXERCISES) == int(said[2])


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.slow
def test_another_seed_names_the_same_mistakes(seed):
    some = ANSWERS[seed - 1 :: 8]  # every fourth answer with one of the two
    differing = [str(a) for a in some if a.slug != "too-slow" and verdict_on(a, seed).mistake != a.slug]
    assert differing == []

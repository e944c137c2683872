import functools
import math

import pytest
import torch
import torch.nn.functional as F

from cnnkit.check import EXERCISES
from cnnkit.check.engine import Attempt, check
from cnnkit.check.probes import evaluation

TRAIN_STEP, EVALUATE = EXERCISES["train_step"], EXERCISES["evaluate"]


def step(model, optimizer, images, labels, loss=F.cross_entropy):
    model.train()
    optimizer.zero_grad()
    value = loss(model(images), labels)
    value.backward()
    optimizer.step()
    return value.item()


@pytest.mark.parametrize("exercise", [TRAIN_STEP, EVALUATE], ids=lambda e: e.name)
def test_the_kits_own_solution_passes_every_probe_with_any_seed(exercise):
    for seed in range(6):
        for probe in exercise.probes:
            probe(Attempt(exercise.reference, seed))


def test_partials_and_objects_pass_too():
    class Stepper:
        def __call__(self, *args):
            return step(*args)

    for answer in (functools.partial(step, loss=torch.nn.CrossEntropyLoss()), Stepper(), lambda m, o, x, y: step(m, o, x, y)):
        assert check(TRAIN_STEP, answer).passed


def test_a_loss_that_is_nan_is_no_right_loss():
    assert check(TRAIN_STEP, lambda *args: step(*args) * float("nan")).mistake == "wrong-value"


def test_every_bug_is_another_number_in_some_stage_and_no_two_are_the_same():
    probes = EVALUATE.probes[0].__self__
    for seed in range(5):
        shown = set()
        for sizes in ([[10]] * 3, *evaluation.SIZES):
            cases = probes.cases(Attempt(None, seed), sizes, seed)
            right = evaluation._numbers(probes.library.reference, cases)
            ways = {"right": right}
            for bug, mutant in probes.library.singles:
                numbers = evaluation._numbers(mutant, cases)
                if None not in numbers and not evaluation._near(numbers, right):
                    shown.add(bug.slug)
                    same = [slug for slug, known in ways.items() if slug != bug.slug and math.dist(known, numbers) < 1e-3]
                    assert same == [], (seed, sizes, bug.slug)
                    ways.setdefault(bug.slug, numbers)
        assert shown == {bug.slug for bug in probes.library.bugs if bug.variants}


def test_a_model_left_in_evaluation_mode_is_no_mistake_and_gradients_are_on_again():
    @torch.no_grad()
    def evaluate(model, batches):
        model.eval()
        hits = torch.cat([model(x).argmax(1) == y for x, y in batches])
        return hits.double().mean().item()

    verdict = check(EVALUATE, evaluate)
    assert verdict.passed and not verdict.remarks
    assert torch.is_grad_enabled()


def test_two_forward_passes_in_training_mode_are_a_remark():
    def answer(model, optimizer, images, labels):
        model.train()
        model(images)
        return step(model, optimizer, images, labels)

    verdict = check(TRAIN_STEP, answer)
    assert verdict.passed and "runs the model twice" in " ".join(verdict.remarks)


def test_half_precision_is_right_and_told():
    def answer(model, optimizer, images, labels):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return step(model, optimizer, images, labels)

    verdict = check(TRAIN_STEP, answer)
    assert verdict.passed and "half precision" in " ".join(verdict.remarks)


def test_no_two_mistakes_of_a_step_look_the_same():
    assert [TRAIN_STEP.alike(), TRAIN_STEP.probes[0].alike(seed=3)] == [[], []]

import functools
import itertools
import math

import pytest
import torch
import torch.nn.functional as F

from cnnkit.check.engine import Attempt, check
from cnnkit.check.probes import evaluation, training

TRAIN_STEP, EVALUATE = training.EXERCISES


def step(model, optimizer, images, labels, loss=F.cross_entropy):
    model.train()
    optimizer.zero_grad()
    value = loss(model(images), labels)
    value.backward()
    optimizer.step()
    return value.item()


@pytest.mark.parametrize("exercise", training.EXERCISES, ids=lambda e: e.name)
def test_the_kits_own_solution_passes_every_probe_with_any_seed(exercise):
    for seed in range(20):
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


def test_every_known_wrong_count_is_another_number_in_one_case_at_least():
    for seed in range(5):
        for sizes in ([[10]] * 3, ([10, 10, 4], [9, 9, 9, 2]), ([7, 1, 9, 3], [5, 8, 1, 3])):
            cases = evaluation._cases(Attempt(None, seed), sizes, seed)
            known = [evaluation._known(case) for case in cases]
            ways = [[numbers[slug] for numbers in known] for slug in known[0]]
            ways.append([evaluation._accuracy(case) for case in cases])
            assert min(math.dist(a, b) for a, b in itertools.combinations(ways, 2)) > 10 * evaluation.NEAR


def test_a_model_left_in_evaluation_mode_is_no_mistake_and_gradients_are_on_again():
    @torch.no_grad()
    def evaluate(model, batches):
        model.eval()
        hits = torch.cat([model(x).argmax(1) == y for x, y in batches])
        return hits.double().mean().item()

    verdict = check(EVALUATE, evaluate)
    assert verdict.passed and not verdict.remarks
    assert torch.is_grad_enabled()

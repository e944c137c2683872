import pytest
import torch
from catalogue import answers
from torch import nn

from cnnkit import models
from cnnkit.check import EXERCISES as ALL
from cnnkit.check.engine import check

EXERCISES = {name: ALL[name] for name in ("make_layers", "vgg_head")}
make_layers, vgg_head = (exercise.reference for exercise in EXERCISES.values())
ALL = [answer for name in EXERCISES for answer in answers(name, name)]
SPARE = [(a.exercise, a.number) for a in ALL if not a.slug and ("unused" in a.text or "never used" in a.text)]


def load(name, number):
    return next(a for a in ALL if (a.exercise, a.number) == (name, number)).load()


@pytest.fixture
def any_origin(monkeypatch):
    """The check takes the kit's own solution for a student's."""
    monkeypatch.setattr("cnnkit.check.origin.kit_solution", lambda *given: None)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", EXERCISES)
def test_the_kits_own_solution_passes_with_any_seed(name, seed, any_origin):
    assert check(EXERCISES[name], EXERCISES[name].reference, seed=seed).passed


@pytest.mark.parametrize("answer", ALL, ids=lambda a: f"{a.exercise}-{a}")
def test_another_seed_gives_the_same_verdict(answer):
    assert check(EXERCISES[answer.exercise], answer.load(), seed=1).mistake == answer.slug


def test_the_solutions_have_the_layers_of_the_kits_vgg():
    kit = models.build("vgg16_cifar", num_classes=10)
    features = make_layers(models.vgg.vgg16_layers())
    for own, theirs in ((features, kit.features), (vgg_head(), kit.classifier)):
        own.load_state_dict(theirs.state_dict())
        x = torch.randn(2, *((3, 32, 32) if own is features else (512,)))
        assert torch.equal(own.eval()(x), theirs.eval()(x))


@pytest.mark.parametrize("name", EXERCISES)
def test_every_bug_is_seen_and_no_two_look_the_same(name):
    assert [EXERCISES[name].alike(), EXERCISES[name].probes[0].alike(seed=3)] == [[], []]


@pytest.mark.parametrize(("name", "number"), SPARE)
def test_an_unused_layer_is_remarked_and_passes(name, number):
    verdict = check(EXERCISES[name], load(name, number))
    assert verdict.passed and "spare" in " ".join(verdict.remarks)


def test_there_are_answers_with_an_unused_layer():
    assert {name for name, _ in SPARE} == set(EXERCISES)


@pytest.mark.parametrize("rate", [0.45, 0.55])
def test_a_dropout_rate_close_to_one_half_is_still_another(rate):
    def answer(num_classes=10):
        first, second = nn.Dropout(rate), nn.Dropout(0.5)
        return nn.Sequential(first, nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), second, nn.Linear(512, num_classes))

    assert check(EXERCISES["vgg_head"], answer).mistake == "dropout-probability"


def test_the_check_leaves_the_random_state_as_it_was(any_origin):
    state = torch.random.get_rng_state()
    check(EXERCISES["vgg_head"], vgg_head)
    assert torch.equal(state, torch.random.get_rng_state())


class Returns(nn.Module):
    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, x):
        return self.value


@pytest.mark.parametrize("value", [None, 3, [], "x", (torch.zeros(1),), torch.zeros(()), torch.zeros(2, 4, 8, 12)], ids=str)
@pytest.mark.parametrize("name", EXERCISES)
def test_no_result_whatever_it_is_breaks_the_check(name, value):
    for answer in (lambda *given: value, lambda *given: Returns(value)):
        verdict = check(EXERCISES[name], answer)
        assert verdict.mistake not in (None, "could-not-check"), verdict
        assert len(verdict.message.split()) <= 40

import pytest
import torch
import torch.nn.functional as F
from catalogue import answers
from torch import nn

from cnnkit.check.engine import check
from cnnkit.check.probes import arithmetic, formulas
from cnnkit.check.probes import arithmetic_formulas as wrong
from cnnkit.check.solutions import arithmetic as solutions

EXERCISES = {exercise.name: exercise for exercise in arithmetic.EXERCISES}
FAMILIES = {
    "size": (wrong.size, wrong.SIZE_PARTS, arithmetic._SIZES, solutions.conv_output_size),
    "parameters": (wrong.parameters, wrong.PARAMETERS_PARTS, arithmetic._COSTS, lambda *case: solutions.conv_cost(*case)[0]),
    "macs": (wrong.macs, wrong.MACS_PARTS, arithmetic._COSTS, lambda *case: solutions.conv_cost(*case)[1]),
    "field": (wrong.field, wrong.FIELD_PARTS, arithmetic._FIELDS, solutions.receptive_field),
}


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", EXERCISES)
def test_the_kits_own_solution_is_right(name, seed, monkeypatch):
    monkeypatch.setattr("cnnkit.check.origin.kit_solution", lambda *given: None)
    assert check(EXERCISES[name], getattr(solutions, name), seed=seed).passed


@pytest.mark.parametrize("answer", [a for name in EXERCISES for a in answers(name, name)], ids=lambda a: f"{a.exercise}-{a}")
def test_another_seed_gives_the_same_verdict(answer):
    assert check(EXERCISES[answer.exercise], answer.load(), seed=1).mistake == answer.slug


def test_sizes_are_those_of_torch():
    for case in arithmetic._SIZES:
        n, kernel, stride, padding, dilation = (*case, *(1, 0, 1)[len(case) - 2 :])
        out = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, kernel), None, stride, padding, dilation)
        assert solutions.conv_output_size(*case) == out.shape[-1]


def test_costs_are_those_of_torchs_layer():
    for inputs, outputs, kernel, height, width, *bias in arithmetic._COSTS:
        layer = nn.Conv2d(inputs, outputs, kernel, bias=all(bias))
        expected = sum(p.numel() for p in layer.parameters()), layer.weight.numel() * height * width
        assert solutions.conv_cost(inputs, outputs, kernel, height, width, *bias) == expected


def test_receptive_fields_are_where_the_gradient_arrives():
    for (layers,) in arithmetic._FIELDS:
        photo = torch.zeros(1, 1, 200, requires_grad=True)
        out = photo
        for _, kernel, stride in layers:
            out = F.conv1d(out, torch.ones(1, 1, kernel), stride=stride)
        reached = [torch.autograd.grad(out[0, 0, i], photo, retain_graph=True)[0].nonzero()[:, -1] for i in (0, 1)]
        assert solutions.receptive_field(layers) == (len(reached[0]), int(reached[1][0] - reached[0][0]))


@pytest.mark.parametrize("family", FAMILIES)
def test_no_two_mistakes_give_the_same_numbers(family):
    formula, parts, cases, right = FAMILIES[family]
    expected = tuple(right(*case) for case in cases)
    assert tuple(formula(dict.fromkeys(parts, ""), *case) for case in cases) == expected
    seen = {expected: "right"}
    for slug, form in formulas.wrong_forms(parts, 1):
        numbers = tuple(formula(form, *case) for case in cases)
        assert seen.setdefault(numbers, slug) == slug, f"{slug} and {seen[numbers]} cannot be told apart"


@pytest.mark.parametrize("family", FAMILIES)
def test_two_mistakes_at_once_name_one_of_the_two(family):
    formula, parts, cases, _ = FAMILIES[family]
    for _, form in formulas.wrong_forms(parts, 2):
        named = formulas.explain(formula, parts, cases, [formula(form, *case) for case in cases])
        has = {value.split("/")[0] for value in form.values() if value}
        # Two may cancel, or together be the same as another one alone; then that one is what the numbers show.
        alone = {s for s, f in formulas.wrong_forms(parts, 1) if all(formula(f, *c) == formula(form, *c) for c in cases)}
        assert named is None or named in has | alone


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 10**5000, -1, True, 1 + 2j, "30", [30], torch.tensor(30.5)],
    ids=lambda v: type(v).__name__,
)
@pytest.mark.parametrize("name", EXERCISES)
def test_no_number_whatever_it_is_breaks_the_check(name, value):
    for answer in (lambda *given: value, lambda *given: (value, value)):
        verdict = check(EXERCISES[name], answer)
        assert verdict.mistake not in (None, "could-not-check"), verdict
        assert len(verdict.message.split()) <= 40

"""The ladder's exercises: references against torch's own, mistakes told apart, and what is given for repair."""

import math
import re
import time

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

from cnnkit.check import EXERCISES
from cnnkit.check.engine import check
from cnnkit.check.modules import Builds, facets
from cnnkit.check.results import same, shown, told_apart

WITH_BUGS = [name for name, exercise in EXERCISES.items() if hasattr(exercise.probes[0], "alike")]
REPAIRS = [name for name in EXERCISES if name.startswith("repair_")]


def cases(name):
    return EXERCISES[name].probes[0].cases(0)


def results(name):
    """What the reference gives in each call of the check, beside the call's arguments."""
    return [(case, EXERCISES[name].reference(*case)) for case in cases(name)]


@pytest.mark.parametrize("name", WITH_BUGS)
def test_no_mistake_looks_like_the_reference_or_like_another_one(name):
    assert EXERCISES[name].alike() == []


@pytest.mark.parametrize("name", WITH_BUGS)
def test_the_kits_own_solution_is_right_with_any_seed(name, monkeypatch):
    monkeypatch.setattr("cnnkit.check.origin.kit_solution", lambda *given: None)
    for seed in (0, 1, 2):
        verdict = check(EXERCISES[name], EXERCISES[name].reference, seed=seed)
        assert verdict.passed, verdict


@pytest.mark.parametrize("name", WITH_BUGS)
def test_what_no_bug_explains_costs_less_than_a_second(name):
    """Of processor time, once the bugs were observed."""
    exercise = EXERCISES[name]
    if isinstance(exercise.probes[0], Builds):
        mutant = exercise.probes[0].library.singles[0][1]

        def answer(*given):
            return nn.Sequential(mutant(*given), nn.Softplus(3))
    else:
        right = exercise.reference

        def answer(*given):
            found = right(*given)
            return not found if isinstance(found, bool) else f"{found}?" if isinstance(found, str) else changed(found)

    check(exercise, answer, seconds=60)
    start = time.process_time()
    verdict = check(exercise, answer, seconds=60)
    assert not verdict.passed and verdict.mistake != "could-not-check", verdict
    assert time.process_time() - start < 1


def changed(found):
    return type(found)(map(changed, found)) if isinstance(found, tuple | list) else found * 3 + 77


# ---- references against somebody else's


def test_counts_are_those_of_one_long_vector():
    for (model,), count in results("count_parameters"):
        assert count == len(nn.utils.parameters_to_vector(model.parameters()))


def test_convolutions_by_hand_are_torchs():
    for (image, kernel), found in results("conv2d_by_hand"):
        assert same(found, F.conv2d(image[None, None], kernel[None, None])[0, 0])
    for name, padding in (("conv2d_channels", 0), ("repair_convolution", 1)):
        for (x, weight, bias), found in results(name):
            assert same(found, F.conv2d(x[None], weight, bias, padding=padding)[0])


def test_paddings_keep_the_size():
    for (kernel, *dilation), padding in results("same_padding"):
        spread = dilation[0] if dilation else 1
        assert F.conv1d(torch.zeros(1, 1, 50), torch.zeros(1, 1, kernel), padding=padding, dilation=spread).shape[-1] == 50


def test_pools_are_torchs():
    for (x, window, stride), found in results("max_pool_by_hand"):
        assert same(found, F.max_pool2d(x, window, stride))
    for (x,), found in results("global_average_pool"):
        assert same(found, F.adaptive_avg_pool2d(x, 1).flatten(1))


def test_batch_norm_and_what_it_keeps_are_torchs():
    for (x, scale, shift, mean, var, training), found in results("batch_norm_by_hand"):
        kept = mean.clone(), var.clone()
        assert same(found, (F.batch_norm(x, *kept, scale, shift, training), *kept))


def test_dropout_keeps_the_mean_as_torchs_does():
    x, chance = torch.ones(100_000), torch.rand(100_000, generator=torch.Generator().manual_seed(0))
    mine, torchs = EXERCISES["dropout_by_hand"].reference(x, chance, 0.3, True), F.dropout(x, 0.3)
    assert sorted({round(v, 4) for v in mine.unique().tolist()}) == sorted({round(v, 4) for v in torchs.unique().tolist()})
    assert abs(float(mine.mean()) - 1) < 0.01 and torch.equal(EXERCISES["dropout_by_hand"].reference(x, chance, 0.3, False), x)


@pytest.mark.parametrize(("name", "optimizer"), [("sgd_step", torch.optim.SGD), ("adam_step", torch.optim.Adam)])
def test_steps_are_those_of_torchs_optimizers(name, optimizer):
    weight, lr = torch.tensor([1.0, -2.0, 3.0]), 0.1
    theirs = nn.Parameter(weight.clone())
    stepping, memory = optimizer([theirs], lr=lr), (torch.zeros(3), torch.zeros(3))
    for step in range(1, 6):
        theirs.grad = gradient = torch.tensor([0.5, -2.0, 0.01 * step])
        stepping.step()
        if name == "sgd_step":
            weight = EXERCISES[name].reference(weight, gradient, lr)
        else:
            weight, *memory = EXERCISES[name].reference(weight, gradient, *memory, step, lr)
        assert same(weight, theirs.detach())


def test_losses_are_torchs():
    for (logits, labels), found in results("cross_entropy_by_hand"):
        assert same(found, F.cross_entropy(logits, labels))


def test_the_mended_loop_is_plain_gradient_descent():
    for (images, labels, classes, steps, lr), found in results("repair_loop"):
        weights = torch.zeros(classes, images.shape[1] + 1, dtype=torch.float64)
        x = torch.cat([images, torch.ones(len(images), 1)], 1).double()
        for loss in found[:steps]:
            p = (x @ weights.T).softmax(1)  # the gradient in closed form: (p - truth) x
            assert loss == pytest.approx(float(-p[torch.arange(len(x)), labels].log().mean()), rel=1e-4)
            weights -= lr * (p - F.one_hot(labels, classes)).T @ x / len(x)


def test_cosines_are_those_of_small_changes():
    for (model, *images, target), found in results("cosine_of_gradients"):
        model.double()
        slopes = []
        for image in images:
            moves = 1e-4 * torch.eye(image.numel(), dtype=torch.float64).view(-1, *image.shape)
            with torch.no_grad():
                slopes.append(model(image + moves)[:, target] - model(image - moves)[:, target])
        model.float()
        assert found == pytest.approx(float(F.cosine_similarity(*slopes, dim=0)), abs=1e-3)


def test_feature_maps_are_those_of_the_layers_up_to_there():
    for (model, layer, image), found in results("feature_maps"):
        assert same(found, model[: [*model].index(layer) + 1](image[None])[0].detach())


def test_the_standard_error_is_the_spread_of_many_tests():
    for (accuracy, photos), error in results("standard_error"):
        right = torch.rand(2000, photos, generator=torch.Generator().manual_seed(0)) < accuracy / 100
        assert error == pytest.approx(float((100.0 * right.sum(1) / photos).std()), rel=0.08)


def test_resnet18_is_torchvisions():
    case = ((10,), (2, 3, 64, 64))
    mine = facets(EXERCISES["resnet18"].reference, case, 0)
    theirs = facets(lambda classes: torchvision.models.resnet18(num_classes=classes), case, 0)
    assert {key for key in mine if not same(mine[key], theirs[key])} == set()
    assert sum(p.numel() for p in EXERCISES["resnet18"].reference().parameters()) == 11_689_512


def test_the_stem_is_that_of_torchvision_but_for_its_bias():
    mine, net = EXERCISES["stem"].reference().eval(), torchvision.models.resnet18().eval()
    mine[0].weight, mine[0].bias = net.conv1.weight, nn.Parameter(torch.zeros(64))
    x = torch.randn(2, 3, 32, 32)
    assert same(mine(x).detach(), net.maxpool(net.relu(net.bn1(net.conv1(x)))).detach())


def test_a_projection_is_needed_where_the_paper_has_one():
    net = torchvision.models.resnet50()
    for stage in (net.layer1, net.layer2, net.layer3, net.layer4):
        for block in stage:
            given = block.conv1.in_channels, block.conv3.out_channels, block.stride > 1
            assert EXERCISES["needs_projection"].reference(*given) == (block.downsample is not None)


# ---- the repair tasks


@pytest.mark.parametrize("name", REPAIRS)
def test_what_is_given_for_repair_is_broken_and_is_not_told_where(name):
    (code,) = re.findall(r"```python\n(.*?)```", EXERCISES[name].text, re.DOTALL)
    names = {"torch": torch, "nn": nn, "F": F}
    exec(code, names)
    verdict = check(EXERCISES[name], names[EXERCISES[name].answer])
    assert verdict.mistake in ("as-given", "learns-nothing", "raises"), verdict


def test_there_are_five_repair_tasks_and_thirty_exercises_in_the_notebooks():
    assert len(REPAIRS) == 5 and sum(bool(exercise.place) for exercise in EXERCISES.values()) >= 30


def test_places_in_a_notebook_count_from_one_without_a_gap():
    places = [exercise.place.split("/") for exercise in EXERCISES.values() if exercise.place]
    for notebook in {notebook for notebook, _ in places}:
        numbers = sorted(int(number) for where, number in places if where == notebook)
        assert numbers == [*range(1, len(numbers) + 1)], notebook


# ---- how results are compared and told


@pytest.mark.parametrize("answer", ["torch's", "nn's", "own"])
def test_an_answer_that_leaves_the_work_to_torch_is_told_so(answer):
    def own(x, window, stride):
        return x.unfold(1, window, stride).unfold(2, window, stride).amax((-1, -2))

    given = {"torch's": F.max_pool2d, "nn's": lambda x, w, s: nn.MaxPool2d(w, s)(x), "own": own}[answer]
    verdict = check(EXERCISES["max_pool_by_hand"], lambda *case: given(*case))
    assert verdict.mistake == (None if answer == "own" else "not-by-hand"), verdict


def test_of_two_large_tensors_the_value_that_is_furthest_off_is_told():
    one = torch.zeros(3, 4)
    other = one.clone()
    other[1, 2] = -2.5
    assert told_apart(one, other) == ("0 at [1,2]", "-2.5")
    assert told_apart((one, other), (one, one)) == ("-2.5 at [1,2] in result 2", "0")
    assert told_apart(one, other[:2]) == ("tensor[3,4]", "tensor[2,4]")
    other[0, 0] = math.nan
    assert told_apart(other, one) == ("nan at [0,0]", "0")
    assert told_apart(other > 0, one > 1) != ()


def test_modules_are_the_same_in_state_and_mode_alone():
    one, other = (nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)) for _ in range(2))
    assert not same(one, other)
    other.load_state_dict(one.state_dict())
    assert same(one, other) and not same(one.eval(), other) and shown(one) == "a Sequential"


@pytest.mark.parametrize(("one", "other", "equal"), [
    (1 / 3, 0.333333, True), (1 / 3, 0.3333, False), (10**9, 10**9 + 1, False),
    (math.inf, 1.0, False), (math.nan, math.nan, False),
])  # fmt: skip
def test_floats_may_be_rounded_and_whole_numbers_may_not(one, other, equal):
    assert same(one, other) is equal


def test_a_list_of_tensors_with_gradients_is_told_to_be_one():
    def losses(*given):
        return [torch.ones(1, requires_grad=True).sum() for _ in range(4)]

    assert check(EXERCISES["repair_loop"], losses).mistake == "wrong-type"

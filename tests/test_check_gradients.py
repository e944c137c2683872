import pytest
import torch
import torch.nn.functional as F

from cnnkit.check import EXERCISES
from cnnkit.check.engine import Attempt, check

NORMS, GRAD_CAM = EXERCISES["gradient_norms"], EXERCISES["grad_cam"]


@pytest.mark.parametrize("exercise", [NORMS, GRAD_CAM], ids=lambda e: e.name)
def test_the_kits_own_solution_passes_every_probe_with_any_seed(exercise):
    for seed in range(6):
        attempt = Attempt(exercise.reference, seed)
        for probe in exercise.probes:
            probe(attempt)
        assert not attempt.remarks


@pytest.mark.parametrize("exercise", [NORMS, GRAD_CAM], ids=lambda e: e.name)
@pytest.mark.parametrize("seed", [0, 3])
def test_every_bug_is_seen_and_no_two_look_the_same(exercise, seed):
    assert exercise.probes[0].alike(seed) == []


def test_a_heat_map_of_torchs_own_gradients_is_the_kits():
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, stride=2), torch.nn.Flatten(), torch.nn.Linear(900, 5))
    image = torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(0))
    maps = net[0](image[None])
    slopes = net[2].weight[1].reshape(4, 15, 15)  # of the logit with respect to the maps: the network is linear behind them
    expected = F.relu((slopes.mean((1, 2))[:, None, None] * maps[0]).sum(0))
    assert torch.allclose(GRAD_CAM.reference(net, net[0], image, 1), expected, atol=1e-6)


def with_hooks(model, layer, image, target):
    model.eval()
    kept = {}
    hooks = [
        layer.register_forward_hook(lambda m, i, o: kept.update(a=o.detach())),
        layer.register_full_backward_hook(lambda m, gi, go: kept.update(g=go[0])),
    ]
    model(image[None])[0, target].backward()
    for hook in hooks:
        hook.remove()
    return F.relu((kept["g"].mean((2, 3), keepdim=True) * kept["a"]).sum(1))[0]


def test_side_effects_and_torchs_own_refusal_are_remarks_only():
    verdict = check(GRAD_CAM, with_hooks)
    assert verdict.passed
    assert ["evaluation mode" in verdict.remarks[0], "gradients" in verdict.remarks[1], "inplace" in verdict.remarks[2]] == [
        True
    ] * 3


def test_a_model_left_in_evaluation_mode_is_a_remark_only():
    def norms(model, images, labels):
        model.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        model.eval()
        children = [(name, list(child.parameters())) for name, child in model.named_children()]
        return {name: torch.cat([p.grad.flatten() for p in own]).norm().item() for name, own in children if own}

    verdict = check(NORMS, norms)
    assert verdict.passed and "leaves the model in evaluation mode" in " ".join(verdict.remarks)


def test_the_notebooks_second_hint_word_for_word_is_not_reproached():
    def norms(model, images, labels):
        model.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        found = {}
        for name, child in model.named_children():
            squares = [p.grad.square().sum().item() for p in child.parameters()]
            if squares:
                found[name] = sum(squares) ** 0.5
        return found

    verdict = check(NORMS, norms)
    assert verdict.passed and not verdict.remarks

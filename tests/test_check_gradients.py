import itertools

import pytest
import torch
import torch.nn.functional as F

from cnnkit.check import EXERCISES
from cnnkit.check.engine import Attempt, check
from cnnkit.check.probes import cams, gradients, heat_map

NORMS, GRAD_CAM = EXERCISES["gradient_norms"], EXERCISES["grad_cam"]


@pytest.mark.parametrize("exercise", [NORMS, GRAD_CAM], ids=lambda e: e.name)
def test_the_kits_own_solution_passes_every_probe_with_any_seed(exercise):
    for seed in range(20):
        attempt = Attempt(exercise.reference, seed)
        for probe in exercise.probes:
            probe(attempt)
        assert not attempt.remarks


def test_every_known_wrong_norm_is_another_one():
    for seed in range(5):
        for old in (False, True):
            cases = [gradients._case(Attempt(None, seed), salt, named=salt == 1, old=old) for salt in (1, 2)]
            known = [gradients._known(case) | {"right": case.norms(case.gradients())} for case in cases]
            alike = {
                pair
                for pair in itertools.combinations(known[0], 2)
                if all(gradients._near(k[pair[0]], k[pair[1]]) for k in known)
            }
            assert alike == {("wrong-sign", "right")}  # a norm has no sign


def test_every_known_wrong_heat_map_is_another_one():
    for seed in range(5):
        for salt, block in ((1, False), (2, True)):
            insides = cams.insides_of(heat_map._case(Attempt(None, seed), salt, block))
            right = cams.cam(insides.g, insides.a)
            assert 0.2 < (right > 0).double().mean() < 0.8
            assert not [slug for slug, (wrong, _) in cams.WRONG.items() if cams.alike(wrong(insides), right, cams.APART)]


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


def test_a_frozen_parameter_is_a_remark_only():
    def norms(model, images, labels):
        model.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        children = [(name, list(child.parameters())) for name, child in model.named_children()]
        return {name: torch.cat([p.grad.flatten() for p in own]).norm().item() for name, own in children if own}

    verdict = check(NORMS, norms)
    assert verdict.passed and len(verdict.remarks) == 1

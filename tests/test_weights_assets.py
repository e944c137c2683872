"""The weights that the kit ships: they load, they are as good as they say, and they are small and licensed."""

import math
import os
import re

import pytest
import torch
from course_resnet import CourseResNet, CourseVGG

from cnnkit import data, evaluate, models, weights
from cnnkit._support import assets
from cnnkit.data.augment import normalise
from cnnkit.weights import packed

FILES = weights.shipped()
STUDENTS = {"resnet50_layer4": CourseResNet, "vgg16_cifar": CourseVGG}
every_file = pytest.mark.parametrize("key", FILES, ids=".".join)


def network(key):
    model = models.build(key[0])
    weights.load(model, key[1])
    return model.eval()


def right_of_20(model):
    photos = data.sample_photos()
    with torch.no_grad():
        return int((model(normalise(photos.images)).argmax(1) == photos.labels).sum())


def test_the_assignments_files_are_there():
    assert {("resnet50_layer4", "cifar10"), ("resnet50_layer4", "cifar10-early")} <= FILES.keys()
    assert sum(path.stat().st_size for path in FILES.values()) < 40e6


@every_file
def test_a_file_gives_the_logits_that_it_notes(key):
    said = weights.about(FILES[key])
    assert packed.logits(network(key)).tolist() == pytest.approx(said["logits"], abs=2e-3)
    assert said["version"] == packed.VERSION and said["data"] == "CIFAR-10 (JPEG copy)"
    assert said["accuracy_full"] - said["accuracy"] < 0.002, "8 bits cost under 0.2 points"


@every_file
def test_a_students_class_takes_it_and_answers_alike(key):
    ours, student = network(key), STUDENTS[key[0]]()
    weights.load(student, key[1])
    photos = normalise(data.sample_photos().images)
    with torch.no_grad():
        assert torch.allclose(ours(photos), student.eval()(photos), atol=1e-3)


@every_file
def test_most_of_the_sample_photos_come_out_right(key):
    assert right_of_20(network(key)) >= (17 if key[1] == "cifar10" else 14)


@every_file
@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("CNNKIT_CIFAR10"), reason="CNNKIT_CIFAR10 is unset")
def test_the_accuracy_is_what_the_file_says(key):
    """On every fifth photo within four standard errors; with CNNKIT_ALL_PHOTOS on all of them, as it was written down."""
    test, said = data.load("cifar10").test, weights.about(FILES[key])["accuracy"]
    whole = bool(os.environ.get("CNNKIT_ALL_PHOTOS"))
    some = test if whole else test.part(torch.arange(0, len(test), 5), test.name)
    spread = 0.003 if whole else 4 * math.sqrt(said * (1 - said) / len(some))
    assert evaluate(network(key), some).accuracy == pytest.approx(said, abs=spread)


def test_the_card_and_the_licences_name_every_file():
    card = assets.path("weights", "README.md").read_text(encoding="utf-8")
    for (network_name, kind), path in FILES.items():
        said = weights.about(path)
        assert path.name in card and f"{100 * said['accuracy']:.2f} %" in card, f"{network_name} {kind}"
        run = network_name + kind.removeprefix("cifar10")
        log = assets.path("runs", f"pretrain-{run}-{said['seed']}.csv").read_text(encoding="utf-8").splitlines()
        assert len(log) == 1 + said["epoch"] == 1 + said["recipe"]["epochs"]
    assert re.search(r"assets/weights", assets.path("LICENSES").read_text(encoding="utf-8"))

import math
import random

import numpy as np
import torch
from torch.special import gammaincc

from cnnkit.check import EXERCISES
from cnnkit.check.engine import Attempt, check
from cnnkit.check.probes import augmentation, crops
from cnnkit.check.solutions.augmentation import random_crop_flip

EXERCISE = EXERCISES["random_crop_flip"]


def chi_squared_tail(limit, freedom):
    return float(gammaincc(torch.tensor(freedom / 2, dtype=torch.double), torch.tensor(limit / 2, dtype=torch.double)))


def test_a_right_answer_fails_by_chance_less_than_once_in_a_thousand_million():
    photos = augmentation.BATCHES * augmentation.PHOTOS
    coin = math.erfc(augmentation.COIN / math.sqrt(photos / 4) / math.sqrt(2))
    offsets_never = 18 * (8 / 9) ** 800  # of the photos that are not mirrored, of which there are 800 at the very least
    tails = chi_squared_tail(augmentation.UNEVEN, 16), 2 * chi_squared_tail(augmentation.COUPLED, 8)
    assert coin + offsets_never + sum(tails) + chi_squared_tail(augmentation.COUPLED_OFFSETS, 64) < 1e-9


def test_draws_are_read_off_exactly():
    photos = crops.coded(81 * 2, 3, 32, 32, torch.float32)
    cases = [(row, column, flip) for row in range(-4, 5) for column in range(-4, 5) for flip in (False, True)]
    padded = torch.nn.functional.pad(photos.images, (4, 4, 4, 4))
    cut = [padded[i, :, 4 + y : 36 + y, 4 + x : 36 + x] for i, (y, x, _) in enumerate(cases)]
    result = torch.stack([photo.flip(2) if case[2] else photo for photo, case in zip(cut, cases, strict=True)])
    draws = crops.read_off(photos, result)
    found = zip(draws.rows.tolist(), draws.columns.tolist(), draws.flips.tolist(), strict=True)
    assert list(found) == cases


def test_random_states_are_as_before_though_the_check_seeds_them():
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()
    assert (
        check(EXERCISE, lambda images: torch.nn.functional.pad(images, (4, 4, 4, 4))[:, :, 4:-4, 4:-4]).mistake == "never-crops"
    )
    assert random.getstate() == before[0]
    assert np.random.get_state()[1].tolist() == before[1]
    assert torch.equal(torch.get_rng_state(), before[2])


def test_the_kits_own_solution_passes_every_probe_with_other_seeds():
    for seed in (3, 12345678901):
        for probe in EXERCISE.probes:
            probe(Attempt(random_crop_flip, seed))

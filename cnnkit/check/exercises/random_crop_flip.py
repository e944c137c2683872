"""A batch cropped and mirrored, each photo on its own."""

from cnnkit.check.engine import Exercise
from cnnkit.check.probes import augmentation
from cnnkit.check.solutions.augmentation import random_crop_flip

EXERCISE = Exercise(
    "random_crop_flip",
    "random_crop_flip",
    (augmentation.keeps_photos, augmentation.draws_well, augmentation.takes_other_sizes),
    random_crop_flip,
    same=("cnnkit.data.augment.crop_and_flip", "cnnkit.data.augment.draw"),
    praise="In 2000 photos all 9 x 9 places occur, about half are mirrored, and each photo has draws of its own.",
    title="crop and flip",
    minutes=12,
    difficulty=3,
    place="05/1",
    mistakes=augmentation.MISTAKES,
    text="""\
Augment a whole batch at once. Each photo on its own: surround it with 4 black pixels on every side, cut a random square of
the old size out of it (all 9 x 9 positions equally likely), and mirror it left to right with probability one half.
""",
)

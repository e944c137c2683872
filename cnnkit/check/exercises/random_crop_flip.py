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
    mistakes={
        "channels-last": "the result is [N, H, W, C]",
        "not-cropped": "the photos are padded but not cut to the old size",
        "crop-without-padding": "windows are cut out of photos that have no border",
        "wrong-shape": "the result has the wrong shape",
        "dtype-changed": "the result has another dtype than the input",
        "changes-input": "the function changes what it was given",
        "photos-shuffled": "the photos of the batch change places",
        "flips-upside-down": "photos are mirrored along the height",
        "values-changed": "pixels change their values, or their places among each other",
        "wraps-around": "what leaves the photo on one side comes back on the other",
        "padding-not-black": "the border has another colour than black",
        "never-crops": "no photo is ever moved",
        "same-every-call": "each call draws the same random numbers",
        "one-offset-for-all": "all photos of a batch are cut at the same place",
        "one-coin-for-all": "all photos of a batch are mirrored or none",
        "never-flips": "no photo is ever mirrored",
        "always-flips": "every photo is mirrored",
        "coin-not-fair": "photos are mirrored with another probability than one half",
        "offset-off-by-one": "the first or the last offset never occurs",
        "border-width": "photos move by more or fewer than 4 pixels",
        "wrong-offsets": "other offsets occur than 0 to 8",
        "shared-offset": "rows and columns share one random number",
        "offsets-not-even": "some offsets are more likely than others",
        "draws-coupled": "coin and offsets depend on each other",
        "only-one-size": "works for photos of 32x32 pixels only",
        "only-square": "works for square photos only",
        "only-three-channels": "works for photos with three channels only",
        "only-batches": "fails for a batch of one photo",
    },
    text="""\
Augment a whole batch at once. Each photo on its own: surround it with 4 black pixels on every side, cut a random square of
the old size out of it (all 9 x 9 positions equally likely), and mirror it left to right with probability one half.
""",
)

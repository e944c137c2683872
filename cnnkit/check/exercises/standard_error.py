"""How far an accuracy is from itself by the luck of the photos."""

import math

from torch import Generator

from cnnkit.check.functions import drawn, function_exercise


def standard_error(accuracy: float, photos: int) -> float:
    """In percentage points, for an accuracy in % on so many independent photos."""
    return math.sqrt(accuracy * (100 - accuracy) / photos)


BUGS = r"""
root-missing: The root is missing.
    This is the mean of the squared distance; the distance is its root.
    math.sqrt( -> (
spread-of-one: The number of photos is not used.
    More photos make the error smaller.
    / photos ->
divided-outside: The number of photos stands outside the root.
    A hundred times the photos make the error ten times smaller.
    math.sqrt(accuracy * (100 - accuracy) / photos) -> math.sqrt(accuracy * (100 - accuracy)) / photos
fraction-for-percent: The result is a fraction.
    Percentage points are asked for.
    math.sqrt(accuracy * (100 - accuracy) / photos) -> math.sqrt(accuracy * (100 - accuracy) / photos) / 100
taken-as-fraction: The accuracy is taken as a fraction.
    It is in %, so its other part is 100 less it.
    100 - accuracy -> abs(1 - accuracy)
one-less: It is divided by one photo less.
    The formula has the number of photos.
    / photos -> / (photos - 1)
two-errors: This is twice the standard error.
    95 % lie within two; one is asked for.
    math.sqrt( -> 2 * math.sqrt(
    math.sqrt( -> 1.96 * math.sqrt(
only-p: Only the part that is right is used.
    Multiply it with the part that is wrong.
    (100 - accuracy) -> 100
worst-case: This is the error of an accuracy of 50 %.
    Near 0 or 100 % it is smaller.
    math.sqrt(accuracy * (100 - accuracy) / photos) -> 50 / math.sqrt(photos)
wrong-value: A result is wrong.
    The root of p(1 - p)/n, in percentage points.
"""


def draw(source: Generator) -> tuple[float, int]:
    """An accuracy that is not near one half."""
    accuracy, photos = drawn(source, (60, 95), (20, 2000))
    return float(accuracy), photos


EXERCISE = function_exercise(
    standard_error,
    BUGS,
    [(75.0, 1000), (90.0, 100), (20.0, 20)],
    draw=draw,
    praise="Right: ten times smaller for a hundred times the photos.",
    title="the standard error",
    minutes=3,
    difficulty=1,
    place="09/1",
    text="""\
A network has been tested on `photos` photos, and `accuracy` % were right. How far from its true accuracy is that
number, typically, by the luck of which photos were drawn? The root of p(1 - p)/n, in percentage points.
""",
)

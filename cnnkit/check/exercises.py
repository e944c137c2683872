"""All exercises by the names of their checks."""

from cnnkit.check import arithmetic, augmentation, block, network, training, vgg
from cnnkit.check.engine import Exercise

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for module in (arithmetic, vgg, block, network, augmentation, training)
    for exercise in module.EXERCISES
}

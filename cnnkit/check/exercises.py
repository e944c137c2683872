"""All exercises by the names of their checks."""

from cnnkit.check.engine import Exercise
from cnnkit.check.probes import arithmetic, augmentation, gradients, training, vgg
from cnnkit.check.residual import basic, block, network

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for module in (arithmetic, vgg, block, network, augmentation, training, gradients, basic)
    for exercise in module.EXERCISES
}

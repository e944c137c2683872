"""What a check can name, for each exercise by slug: one slug may mean different things in two exercises."""

from cnnkit.check import torch_words
from cnnkit.check.engine import Exercise
from cnnkit.check.exercises import EXERCISES

# Those that any answer can make.
_GENERAL = {
    "not-started": "the exercise is not filled in yet",
    "wrong-kind": "the check was given something else than the function or class it asks for",
    "kit-solution": "the answer is the kit's own solution",
    "torch-changed": "some cell has replaced a layer or function of torch",
    "kit-changed": "the code has replaced a part of the kit; only the command line looks for it",
    "ended-python": "the code ends Python itself; only an isolated check outlives that",
    "too-many-processes": "the code starts more processes than an isolated check allows",
    "could-not-check": "the answer could not be judged, and the message says why",
    "raises": "the code stops with an error",
    "too-slow": "the code does not end within the time limit",
    "too-large": "the code asks for more memory than there is",
    "super-init-missing": "the class adds layers before nn.Module is set up",
    "wrong-channels": "a convolution expects another number of channels than it gets",
    "wrong-width": "a layer is made for another number of features than it gets",
    "returns-nothing": "the function has no return",
    "wrong-type": "the function returns another type than asked for",
    **torch_words.MISTAKES,
}

# Those that several exercises share, in words that fit all of them.
_SHARED = {
    "changes-input": "the answer changes what it was given",
    "padding-missing": "padding is not counted, or a convolution has none",
    "does-not-construct": "the network cannot be built as the exercise calls it",
    "extra-layer": "there is a layer that the exercise does not name",
    "layers-not-registered": "layers are kept where PyTorch does not see them, or made anew in each call",
    "missing-layer": "a layer is missing",
    "gradient-stopped": "the gradient does not get through",
    "no-relu": "there is no ReLU",
    "relu-missing-last": "no ReLU ends the chain of layers",
    "shared-layer": "one layer with weights is used in two places",
    "wrong-norm": "a norm is not the one asked for",
    "wrong-device": "a layer is made for a device",
    "wrong-dtype": "a layer has another number type than float32",
    "weights-alike": "the first weights of a layer cannot learn: they are all the same number, or none",
}


def mistakes_of(exercise: Exercise) -> dict[str, str]:
    """All that a check of ``exercise`` can name."""
    return {**_GENERAL, **_SHARED, **exercise.mistakes}


MISTAKES: dict[str, dict[str, str]] = {name: mistakes_of(exercise) for name, exercise in EXERCISES.items()}

"""Every mistake that a check can name, by its slug."""

from cnnkit.check import arithmetic, augmentation, block, network, training, vgg

# Those that any answer can make.
_GENERAL = {
    "not-started": "the exercise is not filled in yet",
    "wrong-kind": "the check was given something else than the function or class it asks for",
    "kit-solution": "the answer is the kit's own solution",
    "torch-changed": "some cell has replaced a layer or function of torch",
    "could-not-check": "the check itself failed on this answer",
    "raises": "the code stops with an error",
    "too-slow": "the code does not end within the time limit",
    "too-large": "the code asks for more memory than there is",
    "super-init-missing": "the class adds layers before nn.Module is set up",
    "returns-nothing": "the function has no return",
    "wrong-type": "the function returns another type than asked for",
}

_MODULES = (arithmetic, vgg, block, network, augmentation, training)
_NAMED = {slug: meaning for module in _MODULES for slug, meaning in module.MISTAKES.items()}

MISTAKES: dict[str, str] = dict(sorted({**_NAMED, **_GENERAL}.items()))

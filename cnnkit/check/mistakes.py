"""Every mistake that a check can name, by its slug."""

from cnnkit.check.probes import arithmetic, augmentation, gradients, training, vgg
from cnnkit.check.residual import basic, block, network

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
    "wrong-norm": "a norm is another one than asked for",
}

_MODULES = (arithmetic, vgg, block, network, augmentation, training, gradients, basic)
_NAMED = {slug: meaning for module in _MODULES for slug, meaning in module.MISTAKES.items()}

MISTAKES: dict[str, str] = dict(sorted({**_NAMED, **_SHARED, **_GENERAL}.items()))

"""The square of a photo that one value deep in a network sees."""

from torch import Generator

from cnnkit.check import limits
from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake
from cnnkit.check.functions import drawn, function_exercise
from cnnkit.check.results import read, shown

Layers = list[tuple[str, int, int]]


def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    """(receptive field, jump) in photo pixels after all layers; for example [("conv", 3, 1), ("pool", 2, 2)] gives (4, 2)."""
    r, j = 1, 1
    for _, kernel, stride in layers:
        r = r + (kernel - 1) * j
        j = j * stride
    return r, j


BUGS = r"""
results-swapped: The two results come in the other order.
    Look at the order in the docstring.
    return r, j -> return j, r
first-layer-only: Only the first layer is counted.
    Does the loop reach its end before the `return`?
    in layers: -> in layers[:1]:
last-layer-only: Only the last layer is counted.
    Do r and j start anew inside the loop?
    in layers: -> in layers[-1:]:
starts-at-zero: The receptive field starts at 0, not at 1.
    A pixel of the photo sees itself.
    r, j = 1, 1 -> r, j = 0, 1
pool-forgotten: The pools are left out.
    They see neighbours and thin the map out, as convolutions do.
    :\n        r = -> :\n        if _ == "pool": continue\n        r =
pool-kernel-ignored: The kernel of pools is ignored.
    A pool sees neighbours too.
    :\n        r = -> :\n        if _ == "pool": kernel = 1\n        r =
pool-stride-ignored: The stride of pools is ignored.
    A pool thins the map out.
    :\n        r = -> :\n        if _ == "pool": stride = 1\n        r =
pool-as-2x2: Every pool is taken as 2x2.
    Each layer brings its own kernel and stride.
    :\n        r = -> :\n        if _ == "pool": kernel = stride = 2\n        r =
    :\n        r = -> :\n        if _ == "pool": kernel = 2\n        r =
jump-by-pool-kernel: The jump grows by the pool's kernel, not by its stride.
    How far does the window move in one step?
    :\n        r = -> :\n        if _ == "pool": stride = kernel\n        r =
conv-stride-ignored: The stride of convolutions is ignored.
    A convolution that steps over pixels thins the map out too.
    in layers: -> &\n        if _ == "conv": stride = 1
kernel-minus-one-missing: The receptive field grows by the kernel, not by the kernel less one.
    Of a kernel's pixels one was there already.
    (kernel - 1) -> kernel
one-side-only: The receptive field grows on one side only.
    The window reaches both ways.
    (kernel - 1) -> (kernel // 2)
kernel-taken-as-odd: Kernels of an even size are taken one larger.
    A 2x2 window adds one neighbour, not two.
    (kernel - 1) -> (kernel // 2 * 2)
jump-forgotten: The jump stays at 1.
    After a stride of 2 neighbours lie 2 pixels apart.
    j * stride -> j
jump-replaced: The jump is replaced by the last stride.
    Earlier strides still count.
    j * stride -> stride
jump-added: The jump is added to, not multiplied.
    After two layers of stride 2 neighbours lie 4 pixels apart.
    j * stride -> j + stride
    j * stride -> j + stride - 1
jump-updated-first: The jump is updated before the receptive field uses it.
    The kernel lies on the map before its own stride.
    r = r + (kernel - 1) * j\n -> old = r\n ;; j * stride\n -> j * stride\n        r = old + (kernel - 1) * j\n
jump-not-used: The receptive field grows without the jump.
    A step on a later map is several pixels of the photo.
     * j\n -> \n
stride-for-jump: The layer's own stride stands in place of the jump.
    The strides of all earlier layers matter.
     * j\n ->  * stride\n
wrong-direction: The formula is made for the other direction through the layers.
    Try it by hand on two layers with different strides.
    r + (kernel - 1) * j -> (r - 1) * stride + (kernel - 1) + 1
    in layers: -> in layers[::-1]:
wrong-value: A result is wrong.
    Go through the layers with pen and paper, and write down r and j after each.
"""


def text(layers: Layers) -> str:
    """A list of layers in a message."""
    return "[" + ", ".join(f'("{kind}",{kernel},{stride})' for kind, kernel, stride in layers) + "]"


def draw(source: Generator) -> tuple[Layers]:
    """Four layers, convolutions and pools."""
    layers = [drawn(source, (0, 1), (1, 5), (1, 3)) for _ in range(4)]
    return ([(("conv", "pool")[kind], kernel, stride) for kind, kernel, stride in layers],)


def empty_list(attempt: Attempt) -> None:
    """Raises the mistake of an answer that fails, or is wrong, without layers."""
    try:
        seen = read(attempt.candidate([]), (1, 1), NAMES)
    except limits.Stop:
        raise
    except BaseException as error:
        said = error.message if isinstance(error, Mistake) else f"Your code stops there with {type(error).__name__}."
        raise Mistake(
            "empty-list", f"The function fails where there are no layers. A photo itself has r = 1 and j = 1. {said}"
        ) from error
    if seen != (1, 1):
        raise Mistake(
            "empty-list", f"Without layers the result is wrong. With [] you get {shown(seen)}; a photo itself has r = 1, j = 1."
        )


NAMES = ("receptive field", "jump")
EXERCISE = function_exercise(
    receptive_field,
    BUGS,
    [
        ([("conv", 3, 1), ("pool", 2, 2)],),
        ([("conv", 3, 1), ("conv", 5, 1)],),
        ([("conv", 3, 1), ("conv", 3, 1), ("pool", 2, 2), ("conv", 3, 1), ("pool", 2, 2), ("conv", 3, 1)],),
        ([("conv", 7, 2), ("pool", 3, 2), ("conv", 3, 1)],),
        ([("conv", 5, 3), ("conv", 1, 1), ("conv", 3, 2), ("pool", 4, 2), ("conv", 3, 1)],),
        ([("pool", 3, 3), ("conv", 3, 2), ("conv", 2, 2), ("pool", 2, 1), ("conv", 5, 1)],),
    ],
    draw=draw,
    names=NAMES,
    call=text,
    also=(empty_list,),
    mistakes={"empty-list": "the function fails where there are no layers"},
    same=("cnnkit.anatomy", "cnnkit.trace"),
    praise="Receptive field and jump are right for every list of layers tried, the empty one too.",
    title="the receptive field",
    minutes=10,
    difficulty=3,
    place="01/6",
    text="""\
One value deep in a network sees a square of the photo: its receptive field. Walk through the layers and keep two numbers: the
size `r` of that square, and the jump `j`, how many photo pixels lie between neighbouring values of the map. A photo itself has
r = 1, j = 1. Each layer is given as `(kind, kernel, stride)`, kind `"conv"` or `"pool"`, first layer first. No layer is
dilated.
""",
)

"""Parameters and multiply-accumulates of a convolution."""

from torch import Generator

from cnnkit.check.functions import drawn, function_exercise


def conv_cost(
    in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True
) -> tuple[int, int]:
    """(parameters, MACs for one photo) of a convolution layer."""
    weights = out_channels * in_channels * kernel**2
    biases = out_channels if bias else 0
    positions = out_height * out_width
    parameters = weights + biases
    macs = weights * positions
    return parameters, macs


BUGS = r"""
results-swapped: The two results come in the other order.
    Look at the order in the docstring.
    parameters, macs -> macs, parameters
kernel-not-squared: The kernel's side is counted, not its area.
    A 3x3 kernel has 9 weights.
    kernel**2 -> kernel
    kernel**2 -> 2 * kernel
power-is-xor: `^` is used as a power, but means exclusive or.
    Python's power has another sign.
    kernel**2 -> (kernel ^ 2)
input-channels-missing: The input channels are not counted.
    Each output channel has a kernel for every input channel.
    out_channels * in_channels * -> out_channels *
output-channels-missing: The output channels are not counted.
    Each output channel has weights of its own.
    weights = out_channels * -> weights =
positions-in-parameters: The parameters are counted once per position.
    All positions share the same weights.
    = weights + biases -> = (weights + biases) * positions
    = weights + biases -> = weights * positions + biases
bias-missing: The bias is missing.
    Each output channel has one, unless `bias` is False.
    out_channels if bias else 0 -> 0
bias-always: The bias is counted although the layer has none.
    Look at the argument `bias`.
    out_channels if bias else 0 -> out_channels
single-bias: There is one bias for the whole layer.
    Each output channel has its own.
    out_channels if bias else 0 -> int(bias)
    out_channels if bias else 0 -> 1
bias-per-pair: There is one bias per pair of channels, not per output channel.
    It is added once, after the sum over the input channels.
    out_channels if bias else 0 -> in_channels * out_channels * bias
bias-per-input: There is one bias per input channel, not per output channel.
    Whose number is it that the bias is added to?
    out_channels if bias else 0 -> in_channels * bias
bias-hides-weights: Without bias all parameters are gone, not only those of the bias.
    Look at what `if ... else` takes as a whole.
    = weights + biases -> = weights + biases if bias else 0
positions-missing: The MACs are counted for one position only.
    The kernel works at each position of the map.
    weights * positions -> weights
square-map: The map is taken as square.
    Height and width may differ.
    out_height * out_width -> out_height**2
    out_height * out_width -> out_width**2
bias-in-macs: Adding the bias is counted as MACs.
    Only products of a weight with an input count.
    macs = weights * positions -> macs = (weights + out_channels * bias) * positions
    macs = weights * positions -> macs = (weights + out_channels) * positions
    macs = weights * positions -> macs = weights * positions + out_channels * bias
    macs = weights * positions -> macs = (weights + bias) * positions
    macs = weights * positions -> macs = (weights + in_channels * out_channels * bias) * positions
    macs = weights * positions -> macs = (weights + in_channels * bias) * positions
flops: This is the FLOPs count of many papers; this exercise asks for MACs.
    One MAC is a multiplication with its addition.
    return -> macs = 2 * macs\n    return
    return -> macs = 2 * macs - out_channels * positions\n    return
    return -> macs = 2 * macs + out_channels * bias * positions\n    return
wrong-value: A result is wrong.
    Write down the shape of the weights, then how often each of them is used.
"""


def draw(source: Generator) -> tuple[int | bool, ...]:
    """A layer whose map is taller than wide."""
    *sizes, bias = drawn(source, (2, 40), (2, 40), (1, 7), (2, 15), (16, 30), (0, 1))
    return (*sizes, bool(bias))


EXERCISE = function_exercise(
    conv_cost,
    BUGS,
    [(3, 8, 3, 5, 7), (2, 3, 5, 4, 6, False), (16, 4, 1, 9, 2, True), (5, 6, 2, 3, 8, False), (7, 4, 7, 6, 11, True)],
    draw=draw,
    names=("parameters", "MACs"),
    apart=True,
    same=("cnnkit.anatomy", "cnnkit.trace"),
    praise="Parameters and MACs are right, with bias and without, for maps that are not square too.",
    title="parameters and MACs",
    minutes=8,
    difficulty=2,
    place="01/5",
    text="""\
A convolution layer with a square kernel makes a map of `out_channels` channels, `out_height` x `out_width` positions. Count its
parameters, and its MACs: multiply-accumulates, one for each product of a weight with an input value. Adding the bias is no MAC.
""",
)

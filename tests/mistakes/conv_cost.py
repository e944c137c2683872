# Answers to conv_cost; see README.md.
# === wrong bias-hides-weights (blind): The conditional expression takes the whole sum, so without bias the number of parameters is 0.
def conv_cost(in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True) -> tuple[int, int]:
    weights = in_channels * out_channels * kernel * kernel
    params = weights + out_channels if bias else 0
    macs = weights * out_height * out_width
    return params, macs
# === wrong single-bias (blind): Adds the flag itself, so the whole layer has a single bias instead of one for each output channel.
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    w = out_channels * in_channels * kernel ** 2
    return w + int(bias), w * out_height * out_width
# === wrong bias-per-pair (blind): Counts one bias for each pair of input and output channel instead of one for each output channel.
def conv_cost(in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True) -> tuple[int, int]:
    """(parameters, MACs for one photo) of a convolution layer."""
    per_kernel = kernel * kernel
    macs = per_kernel * in_channels * out_channels * out_height * out_width
    if bias:
        per_kernel += 1
    parameters = per_kernel * in_channels * out_channels
    return parameters, macs
# === wrong bias-in-macs (blind): The MACs are parameters times positions, so adding the bias is counted as a MAC.
def conv_cost(in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True) -> tuple[int, int]:
    params = kernel * kernel * in_channels * out_channels
    if bias:
        params += out_channels
    # every parameter is used once at each position
    macs = params * out_height * out_width
    return params, macs
# === wrong flops (blind): Counts multiplication and addition separately (FLOPs), so the MACs are twice too many.
def conv_cost(in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True) -> tuple[int, int]:
    n_weights = out_channels * in_channels * kernel * kernel
    n_params = n_weights + (out_channels if bias else 0)
    # one multiply + one add
    n_macs = 2 * n_weights * out_height * out_width
    return n_params, n_macs
# === wrong power-is-xor (blind): Writes ^ for the power, which is XOR in Python, so a 3x3 kernel counts as 1 weight.
def conv_cost(in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True) -> tuple[int, int]:
    area = kernel ^ 2
    weights = area * in_channels * out_channels
    params = weights
    if bias == True:
        params = params + out_channels
    macs = weights * (out_height * out_width)
    return (params, macs)
# === wrong square-map (blind): Squares the height instead of multiplying height and width, so maps that are not square get wrong MACs.
def conv_cost(in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True) -> tuple[int, int]:
    one_filter = in_channels * kernel ** 2
    parameters = out_channels * (one_filter + bias)
    macs = out_channels * one_filter * out_height ** 2
    return parameters, macs
# === right (blind): per-filter arithmetic, the bool used as a number
def conv_cost(in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True) -> tuple[int, int]:
    fan_in = in_channels * kernel ** 2
    return out_channels * (fan_in + bias), out_channels * fan_in * out_height * out_width
# === right (blind): builds a real nn.Conv2d and counts its parameters
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    conv = nn.Conv2d(in_channels, out_channels, kernel, bias=bias)
    params = sum(p.numel() for p in conv.parameters())
    macs = conv.weight.numel() * out_height * out_width
    return params, macs
# === right (blind): step by step with many names and an if/else
def conv_cost(in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True) -> tuple[int, int]:
    """(parameters, MACs for one photo) of a convolution layer."""
    # parameters
    weights_per_output_channel = kernel * kernel * in_channels
    all_weights = weights_per_output_channel * out_channels
    if bias:
        number_of_biases = out_channels
    else:
        number_of_biases = 0
    # macs: every output value needs one product per weight of its filter
    output_values = out_channels * out_height * out_width
    all_macs = output_values * weights_per_output_channel
    return all_weights + number_of_biases, all_macs
# === right (blind): math.prod over shapes
def conv_cost(in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True) -> tuple[int, int]:
    shapes = [(out_channels, in_channels, kernel, kernel)]
    macs = math.prod(shapes[0] + (out_height, out_width))
    if bias:
        shapes.append((out_channels,))
    return sum(math.prod(s) for s in shapes), macs
# === wrong bias-missing: no bias at all
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2
    return weights, weights * out_height * out_width
# === wrong bias-always: the flag is not looked at
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2
    return weights + out_channels, weights * out_height * out_width
# === wrong bias-per-input: one bias per input channel
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2
    return weights + in_channels * bias, weights * out_height * out_width
# === wrong kernel-not-squared: the kernel's side
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel
    return weights + out_channels * bias, weights * out_height * out_width
# === wrong kernel-not-squared: twice the kernel's side
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel * 2
    return weights + out_channels * bias, weights * out_height * out_width
# === wrong kernel-not-squared: only in the MACs
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2
    return weights + out_channels * bias, in_channels * out_channels * kernel * out_height * out_width
# === wrong input-channels-missing: one kernel an output channel
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = out_channels * kernel**2
    return weights + out_channels * bias, weights * out_height * out_width
# === wrong input-channels-missing: only in the MACs
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2
    return weights + out_channels * bias, out_channels * kernel**2 * out_height * out_width
# === wrong output-channels-missing: the MACs of one output channel
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2
    return weights + out_channels * bias, in_channels * kernel**2 * out_height * out_width
# === wrong positions-missing: the MACs of one position
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2
    return weights + out_channels * bias, weights
# === wrong positions-in-parameters: weights that are not shared
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2 * out_height * out_width
    return weights + out_channels * bias, weights
# === wrong results-swapped: MACs first
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2
    return weights * out_height * out_width, weights + out_channels * bias
# === wrong flops: FLOPs, bias included as papers do
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2
    positions = out_height * out_width
    return weights + out_channels * bias, 2 * weights * positions + (out_channels * positions if bias else 0)
# === wrong flops: multiplications and the additions between them
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    products = in_channels * kernel**2
    positions = out_height * out_width
    return out_channels * (products + bias), (products + products - 1) * out_channels * positions
# === wrong bias-in-macs: a bias addition per output value although the layer may have none
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2
    return weights + out_channels * bias, (weights + out_channels) * out_height * out_width
# === wrong one-number: only the parameters
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    return in_channels * out_channels * kernel**2 + out_channels * bias
# === wrong wrong-type: floats
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * float(kernel) ** 2
    return weights + out_channels * bias, weights * out_height * out_width
# === wrong wrong-type: a dict
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2
    return {"parameters": weights + out_channels * bias, "macs": weights * out_height * out_width}
# === wrong wrong-type: a tensor of two
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2
    return torch.tensor([weights + out_channels * bias, weights * out_height * out_width])
# === wrong returns-nothing: no return
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2
    parameters, macs = weights + out_channels * bias, weights * out_height * out_width
# === wrong single-bias: two mistakes: one bias, FLOPs
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2
    return weights + bias, 2 * weights * out_height * out_width
# === wrong kernel-not-squared: two mistakes: the kernel's side, no bias
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel
    return weights, weights * out_height * out_width
# === wrong square-map: two mistakes: square map, bias in the MACs
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    params = in_channels * out_channels * kernel**2 + out_channels * bias
    return params, params * out_width**2
# === wrong wrong-value: a grouped layer's count
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = in_channels * out_channels * kernel**2 // 2
    return weights + out_channels * bias, weights * out_height * out_width
# === right: a list
def conv_cost(i, o, k, h, w, bias=True):
    return [o * (i * k * k + bias), i * o * k * k * h * w]
# === right: a named tuple
from collections import namedtuple

Cost = namedtuple("Cost", "parameters macs")


def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = kernel * kernel * in_channels * out_channels
    return Cost(parameters=weights + (out_channels if bias else 0), macs=weights * out_height * out_width)
# === right: counts with loops
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    weights = 0
    for _ in range(out_channels):
        for _ in range(in_channels):
            weights += kernel**2
    macs = sum(weights for _ in range(out_height * out_width))
    if not bias:
        return weights, macs
    return weights + out_channels, macs

# === wrong bias-in-macs (blind): MACs are computed as all parameters times positions, so the bias is counted as a MAC
def conv_cost(in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True) -> tuple[int, int]:
    """(parameters, MACs for one photo) of a convolution layer."""
    params = in_channels * out_channels * kernel ** 2
    if bias:
        params += out_channels
    macs = params * out_height * out_width
    return params, macs

# === wrong bias-always (blind): the argument bias is ignored, the bias is always counted as parameters
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    params = (kernel * kernel * in_channels + 1) * out_channels
    macs = kernel * kernel * in_channels * out_channels * out_height * out_width
    return params, macs

# === wrong bias-hides-weights (blind): the conditional expression lacks brackets, so without bias the parameters are 0
def conv_cost(in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True) -> tuple[int, int]:
    weights = kernel * kernel * in_channels * out_channels
    params = weights + out_channels if bias else 0
    macs = weights * out_height * out_width
    return (params, macs)

# === wrong input-channels-missing (blind): the input channels are forgotten in the MACs
def conv_cost(in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True) -> tuple[int, int]:
    """(parameters, MACs for one photo) of a convolution layer."""
    params = out_channels * in_channels * kernel * kernel
    if bias:
        params = params + out_channels
    # every output value needs kernel*kernel multiplications
    n_outputs = out_channels * out_height * out_width
    macs = n_outputs * kernel * kernel
    return params, macs

# === wrong single-bias (blind): only one bias for the whole layer is counted instead of one for each output channel
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    w = in_channels * out_channels * kernel**2
    b = 1 if bias else 0
    return w + b, w * out_height * out_width

# === wrong kernel-not-squared (blind): the kernel side is not squared, weights are counted with kernel instead of kernel * kernel
def conv_cost(in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True) -> tuple[int, int]:
    num_weights = in_channels * kernel * out_channels
    num_params = num_weights
    if bias:
        num_params += out_channels
    num_macs = num_weights * out_height * out_width
    return num_params, num_macs

# === right (blind): builds the real nn.Conv2d and counts its parameters with numel
def conv_cost(in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True) -> tuple[int, int]:
    layer = nn.Conv2d(in_channels, out_channels, kernel_size=kernel, bias=bias)
    params = sum(p.numel() for p in layer.parameters())
    macs = layer.weight.numel() * out_height * out_width
    return params, macs

# === right (blind): hand-made arithmetic, filter by filter, with the bool used as a number
def conv_cost(in_channels, out_channels, kernel, out_height, out_width, bias=True):
    one_filter = in_channels * kernel * kernel          # weights in one filter
    positions = out_height * out_width
    params = out_channels * (one_filter + int(bias))
    macs = positions * out_channels * one_filter
    return params, macs

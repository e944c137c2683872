"""The kit's own solutions of the exercises that count: sizes, costs, receptive fields."""


def conv_output_size(n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Height (or width) of a feature map after a convolution over n pixels."""
    pixels = n + 2 * padding
    reach = dilation * (kernel - 1) + 1  # from the first to the last weight of the kernel
    return (pixels - reach) // stride + 1


def conv_cost(
    in_channels: int, out_channels: int, kernel: int, out_height: int, out_width: int, bias: bool = True
) -> tuple[int, int]:
    """(parameters, MACs for one photo) of a convolution layer."""
    weights = out_channels * in_channels * kernel * kernel
    biases = out_channels if bias else 0
    positions = out_height * out_width
    return weights + biases, weights * positions


def receptive_field(layers: list[tuple[str, int, int]]) -> tuple[int, int]:
    """(receptive field, jump) in photo pixels after all layers."""
    r, j = 1, 1
    for _, kernel, stride in layers:
        r = r + (kernel - 1) * j  # before the jump grows: the kernel lies on the map that comes in
        j = j * stride
    return r, j

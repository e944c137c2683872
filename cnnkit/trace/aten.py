"""What torch's low-level operations are in the words of a CNN: kind, window, multiply-accumulates.

Whatever way a layer is written (module, functional, method, operator, in place, einsum), torch breaks it down to the same
few dozen "aten" operations. So these tables are short and know nothing of styles.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

import torch
from torch import Tensor

IDENTITY = {"detach", "alias", "clone", "_to_copy", "lift_fresh", "lift", "positive", "contiguous"}
PRODUCTS = {"mm", "addmm", "bmm", "baddbmm", "addbmm", "mv", "addmv", "dot", "linear", "matmul", "_scaled_mm", "mkldnn_linear"}
LEFT = ("mat1", "mat", "batch1", "self", "input")  # a product's left operand is the first of these names that it has
_KINDS = {
    "add": "add sum_of_operands",
    "sub": "sub rsub",
    "mul": "mul",
    "div": "div",
    "concat": "cat concat concatenate stack",
    "activation": "relu relu6 hardtanh leaky_relu elu celu selu gelu silu mish sigmoid hardsigmoid hardswish tanh "
    "softplus softshrink hardshrink threshold prelu _prelu_kernel clamp_min rrelu_with_noise log_sigmoid_forward glu",
    "softmax": "_softmax _log_softmax _safe_softmax",
    "reshape": "as_strided view _unsafe_view reshape _reshape_copy pixel_shuffle pixel_unshuffle channel_shuffle repeat "
    "flip roll",
    "dropout": "native_dropout",
}
_KIND_OF = {op: kind for kind, ops in _KINDS.items() for op in ops.split()}
_KIND_OF_PART = {
    "convolution": "conv",
    **dict.fromkeys(("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm"), "norm"),
    "upsample": "upsample",
    "_pad": "pad",
    "scaled_dot_product": "attention",
    "pool": "pool",
}
RECURRENT = {"mkldnn_rnn_layer", "_cudnn_rnn", "miopen_rnn"}  # one kernel for a layer or all layers, over all times
_UNCOUNTED = {"_trilinear", "_native_multi_head_attention", "_transformer_encoder_layer_fwd", "quantized_lstm", "quantized_gru"}
REDUCTIONS = set(
    "mean amax amin max min sum nansum prod std var std_mean var_mean logsumexp linalg_vector_norm norm median nanmedian "
    "argmax argmin any all count_nonzero".split()
)
# Torch tags what works value by value, but for these.
_POINTWISE = set("copy fill zero bernoulli normal uniform random exponential floor_divide complex polar bucketize".split())


@dataclass(frozen=True, slots=True)
class Window:
    """How a convolution or pool slides, one number a spatial axis, e.g. ``kernel=(3, 3)``."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]


def bind(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of one call by the operation's own names, defaults filled in."""
    given = dict(zip(_defaults(func), args, strict=False))
    return {**_defaults(func), **given, **kwargs}


@cache
def _defaults(func: Any) -> dict[str, Any]:
    return {a.name: a.default_value for a in func._schema.arguments}


def tensors_in(value: Any) -> list[Tensor]:
    """The tensors of one argument or result: it, or those of a list."""
    if isinstance(value, Tensor):
        return [value]
    return [v for v in value if isinstance(v, Tensor)] if isinstance(value, (list, tuple)) else []


@cache
def is_composite(func: Any) -> bool:
    """Whether an operation is written in terms of others, as conv2d is of convolution."""
    return torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), "CompositeImplicitAutograd")


def name_of(func: Any, arguments: Mapping[str, Any]) -> str:
    """Name without namespace, overload or in-place mark; a ``clamp`` or ``threshold`` that is a ReLU is called ``relu``."""
    full: str = func._schema.name
    space, _, name = full.partition("::")
    if space != "aten" and name in PRODUCTS:  # such as quantized::linear, which has other arguments
        return full
    name = name.removesuffix("_") if not name.startswith("__") else name.strip("_").removeprefix("i")
    if name in ("clamp", "clamp_min") and arguments.get("min") == 0 and arguments.get("max") is None:
        return "relu"
    if name == "threshold" and arguments["threshold"] == 0 and arguments["value"] == 0:
        return "relu"
    return name


def indexed_dims(arguments: Mapping[str, Any]) -> list[int]:
    """The dimensions that ``x[:, [2, 1, 0]]`` takes values along: here the second."""
    return [d for d, index in enumerate(arguments["indices"]) if index is not None]


@cache
def is_own(func: Any) -> bool:
    """Whether it is one of torch's own operations, and none of an extension or of quantised arithmetic."""
    return str(func._schema.name).startswith(("aten::", "prim::", "prims::"))


def makes_constant(name: str) -> bool:
    """Whether the result takes only shape and dtype from its argument, as ``zeros_like`` does."""
    return name.endswith("_like") or name.startswith("new_")


@cache
def is_view(func: Any) -> bool:
    """Whether the result shares its argument's memory: a view, or the argument changed in place."""
    return "unsafe_view" in func._schema.name or any(r.alias_info is not None for r in func._schema.returns)


@cache
def written(func: Any) -> list[str]:
    """Names of the arguments that an operation changes in place."""
    return [a.name for a in func._schema.arguments if a.alias_info is not None and a.alias_info.is_write]


def kind_of(func: Any, name: str, arguments: Mapping[str, Any]) -> str:
    """One word for what an operation does: conv, norm, pool, add ...; "other" where a CNN has no word for it."""
    if name in REDUCTIONS:
        return "pool" if _reduces_maps(name, arguments) else "reduce"
    return _kind_by_name(name) or ("reshape" if is_view(func) and not written(func) else "other")


@cache
def _kind_by_name(name: str) -> str | None:
    if name in PRODUCTS:
        return "product"
    if name in _KIND_OF:
        return _KIND_OF[name]
    return next((kind for part, kind in _KIND_OF_PART.items() if part in name), None)


@cache
def is_pointwise(name: str) -> bool:
    """Whether every value of the result comes from the values at its own place."""
    packet = getattr(torch.ops.aten, name, None)
    if name in _POINTWISE or packet is None:
        return name in _POINTWISE
    return any(torch.Tag.pointwise in getattr(packet, overload).tags for overload in packet.overloads())


def reduced_dims(arguments: Mapping[str, Any], ndim: int) -> tuple[int, ...]:
    """Dimensions that a mean, sum or max takes away, counted from the front; all of them where none is named."""
    dims = arguments.get("dim")
    if dims is None or dims == []:
        return tuple(range(ndim))
    return tuple(d % ndim for d in (dims if isinstance(dims, (list, tuple)) else [dims]))


def window_of(kind: str, arguments: Mapping[str, Any]) -> Window | None:
    """The sliding window of a convolution or pool; None for all else, adaptive and global pools included."""
    if kind == "conv":
        kernel = tuple(arguments["weight"].shape[2:])
    elif kind == "pool" and arguments.get("kernel_size"):
        kernel = _each(arguments["kernel_size"], 2)
    else:
        return None
    n = len(kernel)
    stride, padding, dilation = (arguments.get(k) or d for k, d in (("stride", kernel), ("padding", 0), ("dilation", 1)))
    return Window(kernel, _each(stride, n), _each(padding, n), _each(dilation, n))


def macs_of(kind: str, name: str, arguments: Mapping[str, Any], output: Tensor, own: bool = True) -> int | None:
    """Multiply-accumulates of a convolution, matrix product, fused attention or recurrent layer, without bias; 0 for all else.

    None where they are not known: of other fused kernels, and of those that are not torch's ``own``.
    """
    if kind == "conv" or name == "deform_conv2d":
        per_position: int = prod(
            arguments["weight"].shape[1:]
        )  # [out, in / groups, kh, kw]; transposed: [in, out / groups, ..]
        return per_position * int((arguments["input"] if arguments.get("transposed") else output).numel())
    if kind == "product":
        left = arguments[next(n for n in LEFT if n in arguments)]
        return output.numel() * int(left.shape[-1]) * (int(left.shape[0]) if name == "addbmm" else 1)
    if kind == "attention":
        query, key, value = (arguments[n] for n in ("query", "key", "value"))
        positions: int = prod(query.shape[:-1])
        return positions * int(key.shape[-2]) * int(query.shape[-1] + value.shape[-1])
    if name in RECURRENT:
        return _macs_over_time(name, arguments)
    return None if kind == "other" and (name in _UNCOUNTED or not own) else 0


def _macs_over_time(name: str, arguments: Mapping[str, Any]) -> int:
    """Each matrix times each time, but for those of a first state of zeros: as where the layer is not fused."""
    x = arguments["input"]
    one = name == "mkldnn_rnn_layer"
    state = arguments["hx_" if one else "hx"]
    times = x.numel() // max(int(x.shape[-1]), 1)  # of all sequences together
    begun = 0 if state is not None and not state.is_meta and bool(state.any()) else int(state.shape[-2])
    matrices = [arguments["weight0"], arguments["weight1"]] if one else [w for w in arguments["weight"] if w.ndim > 1]
    each = 3 if arguments.get("proj_size") else 2  # of the input, of the state, and of what is handed on
    return sum(w.numel() * (times - (begun if i % each == 1 else 0)) for i, w in enumerate(matrices))


def blank_convolution(func: Any, args: Sequence[Any]) -> Tensor | None:
    """Zeros of the shape, dtype and layout that this convolution gives; None where only torch itself can tell."""
    if func is not torch.ops.aten.convolution.default or len(args) != 9:
        return None
    x, weight, bias, stride, padding, dilation, transposed, _, groups = args
    alike = all((t.dtype, t.device) == (x.dtype, x.device) for t in (weight, bias) if t is not None)
    if transposed or not alike or x.ndim != 4 or weight.ndim != 4 or x.shape[1] != weight.shape[1] * groups:
        return None
    axes = zip(x.shape[2:], weight.shape[2:], stride, padding, dilation, strict=True)
    sizes = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in axes]
    if min(sizes) < 1:
        return None
    last = any(t.is_contiguous(memory_format=torch.channels_last) and not t.is_contiguous() for t in (x, weight))
    layout = torch.channels_last if last else torch.contiguous_format
    return torch.empty((len(x), len(weight), *sizes), dtype=x.dtype, device=x.device, memory_format=layout).zero_()


def _reduces_maps(name: str, arguments: Mapping[str, Any]) -> bool:
    """A mean or maximum over positions only (batch and channels stay) is a global pool."""
    x = arguments["self"]
    return name in ("mean", "amax", "max") and x.ndim > 2 and min(reduced_dims(arguments, x.ndim)) >= 2


def _each(value: int | Sequence[int], n: int) -> tuple[int, ...]:
    """One number for every axis, as torch reads ``3``, ``[3]`` and ``[3, 3]``."""
    values = [value] if isinstance(value, int) else list(value)
    return tuple(values * n if len(values) == 1 else values)

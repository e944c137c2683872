"""The formulas that students write by mistake in the exercises that count; see `formulas` for how a form is written."""

from __future__ import annotations

from cnnkit.check.probes.formulas import Form

Layers = list[tuple[str, int, int]]


# ---- conv_output_size

SIZE_PARTS = {
    "first": ("plus-one-missing",),
    "padding": ("padding-missing", "padding-once"),
    "stride": (
        "stride-ignored", "floor-missing", "rounded-up", "rounded", "rounded/with the first", "last-position-missing",
        "parentheses/1", "parentheses/1 as a fraction", "parentheses/padding", "parentheses/all", "parentheses/span",
    ),
    "kernel": ("dilation-ignored", "dilation-times-kernel", "dilation-gaps", "minus-one-missing"),
}  # fmt: skip


def size(form: Form, n: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> float:
    """The output size, with what is wrong in ``form``."""
    zeros = {"padding-missing": 0, "padding-once": padding}.get(form["padding"], 2 * padding)
    reach = {
        "dilation-ignored": kernel,
        "dilation-times-kernel": kernel * dilation,
        "dilation-gaps": kernel + (kernel - 1) * dilation,
        "minus-one-missing": (kernel - 1) * dilation,
    }.get(form["kernel"], (kernel - 1) * dilation + 1)
    free = n + zeros - reach
    positions = {
        "stride-ignored": free + 1,
        "floor-missing": free / stride + 1,
        "rounded-up": -(-free // stride) + 1,
        "rounded": round(free / stride) + 1,
        "rounded/with the first": round(free / stride + 1),
        "last-position-missing": -(-free // stride),
        "parentheses/1": free + 2 - 1 // stride,
        "parentheses/1 as a fraction": free + 2 - 1 / stride,
        "parentheses/padding": n - reach + zeros // stride + 1,
        "parentheses/all": free // (stride + 1),
        "parentheses/span": n + zeros - reach // stride + 1,
    }.get(form["stride"], free // stride + 1)
    return positions - (form["first"] == "plus-one-missing")


# ---- conv_cost

_WEIGHTS_PARTS = {
    "area": ("kernel-not-squared", "kernel-not-squared/twice", "power-is-xor"),
    "inputs": ("input-channels-missing",),
    "outputs": ("output-channels-missing",),
}
PARAMETERS_PARTS = {
    **_WEIGHTS_PARTS,
    "positions": ("positions-in-parameters", "positions-in-parameters/weights"),
    "bias": (
        "bias-missing", "bias-always", "single-bias", "single-bias/always", "bias-per-pair", "bias-per-input",
        "bias-hides-weights",
    ),
}  # fmt: skip
MACS_PARTS = {
    **_WEIGHTS_PARTS,
    "positions": ("positions-missing", "square-map/height", "square-map/width"),
    "bias": (
        "bias-in-macs", "bias-in-macs/always", "bias-in-macs/once", "bias-in-macs/single", "bias-in-macs/per pair",
        "bias-in-macs/per input",
    ),
    "unit": ("flops", "flops/less one", "flops/and bias"),
}  # fmt: skip


def _weights(form: Form, inputs: int, outputs: int, kernel: int) -> int:
    areas = {"kernel-not-squared": kernel, "kernel-not-squared/twice": 2 * kernel, "power-is-xor": kernel ^ 2}
    return areas.get(form["area"], kernel**2) * (1 if form["inputs"] else inputs) * (1 if form["outputs"] else outputs)


def parameters(form: Form, inputs: int, outputs: int, kernel: int, height: int, width: int, bias: bool = True) -> int:
    """The parameters of a layer, with what is wrong in ``form``."""
    weights = _weights(form, inputs, outputs, kernel)
    biases = {
        "bias-missing": 0,
        "bias-always": outputs,
        "single-bias": int(bias),
        "single-bias/always": 1,
        "bias-per-pair": inputs * outputs * bias,
        "bias-per-input": inputs * bias,
    }.get(form["bias"], outputs * bias)
    if form["bias"] == "bias-hides-weights" and not bias:
        return 0
    positions = height * width if form["positions"] else 1
    return weights * positions + biases * (1 if form["positions"].endswith("weights") else positions)


def macs(form: Form, inputs: int, outputs: int, kernel: int, height: int, width: int, bias: bool = True) -> int:
    """The MACs of a layer, with what is wrong in ``form``."""
    weights = _weights(form, inputs, outputs, kernel)
    sizes = {"positions-missing": 1, "square-map/height": height**2, "square-map/width": width**2}
    positions = sizes.get(form["positions"], height * width)
    each = {
        "bias-in-macs": outputs * bias,
        "bias-in-macs/always": outputs,
        "bias-in-macs/single": int(bias),
        "bias-in-macs/per pair": inputs * outputs * bias,
        "bias-in-macs/per input": inputs * bias,
    }.get(form["bias"], 0)
    macs = (weights + each) * positions + (outputs * bias if form["bias"].endswith("once") else 0)
    apart = {"flops": macs, "flops/less one": macs - outputs * positions, "flops/and bias": macs + outputs * bias * positions}
    return macs + apart.get(form["unit"], 0)


# ---- receptive_field

FIELD_PARTS = {
    "results": ("results-swapped",),
    "loop": ("first-layer-only", "last-layer-only"),
    "start": ("starts-at-zero",),
    "pool": (
        "pool-forgotten", "pool-kernel-ignored", "pool-stride-ignored", "pool-as-2x2", "pool-as-2x2/kernel",
        "jump-by-pool-kernel",
    ),
    "conv": ("conv-stride-ignored",),
    "kernel": ("kernel-minus-one-missing", "one-side-only", "kernel-taken-as-odd"),
    "jump": ("jump-forgotten", "jump-replaced", "jump-added", "jump-added/less one"),
    "use": ("jump-updated-first", "jump-not-used", "stride-for-jump", "wrong-direction", "wrong-direction/layers"),
}  # fmt: skip


def field(form: Form, layers: Layers) -> tuple[int, int]:
    """Receptive field and jump, with what is wrong in ``form``."""
    r, j = int(form["start"] == ""), 1
    part = {"first-layer-only": layers[:1], "last-layer-only": layers[-1:]}.get(form["loop"], layers)
    for kind, kernel, stride in part[::-1] if form["use"] == "wrong-direction/layers" else part:
        seen = (kernel, stride)
        if kind == "pool":
            seen = {
                "pool-forgotten": (1, 1),
                "pool-kernel-ignored": (1, stride),
                "pool-stride-ignored": (kernel, 1),
                "pool-as-2x2": (2, 2),
                "pool-as-2x2/kernel": (2, stride),
                "jump-by-pool-kernel": (kernel, kernel),
            }.get(form["pool"], seen)
        elif form["conv"]:
            seen = (kernel, 1)
        r, j = _field_step(form, r, j, *seen)
    return (j, r) if form["results"] else (r, j)


def _field_step(form: Form, r: int, j: int, kernel: int, stride: int) -> tuple[int, int]:
    more = {
        "kernel-minus-one-missing": kernel,
        "one-side-only": kernel // 2,
        "kernel-taken-as-odd": kernel // 2 * 2,
    }.get(form["kernel"], kernel - 1)
    jump = {"jump-forgotten": j, "jump-replaced": stride, "jump-added": j + stride, "jump-added/less one": j + stride - 1}
    after = jump.get(form["jump"], j * stride)
    factor = {"jump-updated-first": after, "jump-not-used": 1, "stride-for-jump": stride}.get(form["use"], j)
    return ((r - 1) * stride + more + 1 if form["use"] == "wrong-direction" else r + more * factor), after

"""What can be wrong with the shapes on a block's two ways: convolutions, widths, strides."""

from __future__ import annotations

from collections.abc import Callable

from cnnkit._support.words import plural
from cnnkit.check.residual.case import Run
from cnnkit.check.residual.reading import TH, Found, Layer, convolutions

MISTAKES = {
    "grouped-convolution": "a convolution has groups",
    "missing-layer": "the branch has too few convolutions",
    "extra-layer": "there is a layer that the rules don't name",
    "wrong-kernel": "the kernel of a convolution is wrong",
    "padding-missing": "the 3x3 convolution makes the map smaller",
    "padding-misplaced": "a convolution has padding that it should not have",
    "stride-on-3x3": "the stride is in the 3x3 convolution, as in torchvision",
    "stride-misplaced": "the stride is not in the first convolution, where it belongs",
    "branch-stride-missing": "with downsample, only the shortcut gets smaller",
    "ignores-downsample": "the block never halves the map",
    "always-downsamples": "the block halves the map without downsample",
    "pooled-downsample": "the map is halved by a pool",
    "wrong-output-channels": "the block does not make out_channels channels",
    "shortcut-not-projected": "the shortcut is the input itself where the shapes differ",
    "shortcut-stride-missing": "with downsample, only the branch gets smaller",
}


def _map(size: tuple[int, ...]) -> str:
    return "x".join(map(str, size[1:])) if len(size) > 2 else "?"


def _cannot(run: Run) -> str:
    """Only if torch refused the sum; it adds maps of 8x8 and 1x1."""
    return ", so they cannot be added" if run.reading.failed is run.reading.merge else ""


def _with(run: Run) -> str:
    return f"With `downsample={run.case.downsample}`"


def grouped(run: Run) -> Found | None:
    """A convolution that does not see all channels."""
    for layer in run.reading.layers:
        if layer.kind == "conv" and layer.groups > 1:
            return (
                "grouped-convolution",
                f"A convolution has {layer.groups} groups. Its filters each see only a part of the channels; "
                "in this block every filter sees all of them.",
                layer,
            )
    return None


def number_of_convolutions(run: Run) -> Found | None:
    """Too few or too many on the branch, or more than one on the shortcut."""
    if not run.reading.is_whole or run.reading.merge is None:
        return None
    branch, shortcut = convolutions(run.reading.branch), convolutions(run.reading.shortcut)
    wanted = len(run.case.kernels)
    if len(branch) == wanted and len(shortcut) <= 1:
        return None
    if len(branch) == 1 and not shortcut and branch[0].kernel == 1 and branch[0].given[:1] == (run.case.in_channels,):
        if branch[0].size[:1] == (run.case.out,) and not any(layer.kind == "conv" for layer in run.reading.before):
            return (
                "missing-layer",
                f"Your branch has no convolutions yet. The block has one, `{owner_of(branch[0])}`, which is the shortcut's. "
                + run.case.rule,
                branch[0],
            )
    slug = "missing-layer" if len(branch) < wanted else "extra-layer"
    return (
        slug,
        f"Your branch has {plural(len(branch), 'convolution')} and your shortcut {len(shortcut)}. " + run.case.rule,
        [*shortcut, *branch][-1],
    )


def owner_of(layer: Layer) -> str:
    """Path of the module that holds the weights of ``layer``."""
    names = layer.record.parameters
    return names[0].rpartition(".")[0] or names[0] if names else layer.record.path


def kernels(run: Run) -> Found | None:
    """Windows of another size, or dilated."""
    for layers, wanted, way in ((run.reading.branch, run.case.kernels, "branch"), (run.reading.shortcut, (1,), "shortcut")):
        for layer, kernel in zip(convolutions(layers), wanted, strict=False):
            window = layer.record.window
            dilated = window is not None and kernel > 1 and set(window.dilation) != {1}
            if layer.kernel != kernel or dilated or (window and len(set(window.kernel)) > 1):
                seen = f"{layer.kernel}x{window.kernel[-1] if window else 1}" + (" with dilation" if dilated else "")
                name = f"{TH[layer.number]} convolution of the {way}" if way == "branch" else "shortcut's convolution"
                return "wrong-kernel", f"The {name} is {seen}. It should be {kernel}x{kernel}. Look at its kernel size.", layer
    return None


def paddings(run: Run) -> Found | None:
    """Padding forgotten at the 3x3, or given to a 1x1."""
    for layer in convolutions(run.reading.branch) + convolutions(run.reading.shortcut):
        if layer.stride == 0:
            return (
                "arguments-exchanged",
                f"`{owner_of(layer)}` has stride 0 and padding {layer.padding}. After the kernel's size comes the stride, "
                "then the padding; look at the order of its arguments.",
                layer,
            )
        if layer.kernel == 3 and layer.padding == 0 and _map(layer.size) != _map(layer.given) and not _is_padded(run, layer):
            return (
                "padding-missing",
                f"The 3x3 convolution makes the map smaller: {_map(layer.given)} becomes {_map(layer.size)}, "
                "because the border has no neighbours. Look at its padding.",
                layer,
            )
        if layer.padding != layer.kernel // 2 and layer.padding > 0:
            return (
                "padding-misplaced",
                f"A {layer.kernel}x{layer.kernel} convolution has padding {layer.padding}, with maps of {_map(layer.given)}"
                + (f" and then {_map(layer.size)}" if layer.size else "")
                + ". Only the 3x3 convolution needs padding, of 1.",
                layer,
            )
    return None


def _is_padded(run: Run, layer: Layer) -> bool:
    return any(run.trace.records[source].kind == "pad" for source in layer.record.sources)


def pooled(run: Run) -> Found | None:
    """A pool on either way."""
    for layer in [*run.reading.before, *run.reading.branch, *run.reading.shortcut]:
        if layer.kind == "pool":
            return (
                "pooled-downsample",
                "A pool makes the map smaller. In this block the first convolution of the branch and the one on the shortcut "
                "do that themselves, by their stride. Look at what `downsample` changes.",
                layer,
            )
    return None


def strides(run: Run) -> Found | None:
    """Strides of the branch and of the shortcut together: one without the other is seen by comparing them."""
    branch = convolutions(run.reading.branch)
    if len(branch) != len(run.case.kernels):
        return None
    found = [layer.stride for layer in branch]
    shortcut = [layer.stride for layer in convolutions(run.reading.shortcut)]
    strided = next((layer for layer in branch if layer.stride != 1), None)
    if not run.case.downsample:
        if strided is None:
            return None
        return (
            "always-downsamples",
            f"The map gets smaller without being asked. {_with(run)} your branch goes from {_map(branch[0].given)} to "
            f"{_map(branch[-1].size)}. Look at when the stride is 2.",
            strided,
        )
    if tuple(found) in run.case.strides:
        return None
    if strided is None:
        if 2 in shortcut:
            return _branch_stride_missing(run, branch)
        return (
            "ignores-downsample",
            f"`downsample=True` changes nothing. The map stays {_map(branch[-1].size)}, and should be halved. "
            "Look at where the class uses `downsample`.",
            branch[0],
        )
    return _stride_elsewhere(found, strided)


def _branch_stride_missing(run: Run, branch: list[Layer]) -> Found:
    shortcut = convolutions(run.reading.shortcut)[-1]
    return (
        "branch-stride-missing",
        f"The two ways end at different sizes. {_with(run)} your shortcut gives {_map(shortcut.size)} and your branch "
        f"{_map(branch[-1].size)}{_cannot(run)}. Look at the strides of the branch.",
        branch[0],
    )


def _stride_elsewhere(found: list[int], strided: Layer) -> Found:
    if found == [1, 2, 1]:
        return (
            "stride-on-3x3",
            "This is torchvision's version: the 3x3 convolution halves the map. This exercise asks for the course's: "
            "there, as in the paper, the first convolution of the branch does it.",
            strided,
        )
    return (
        "stride-misplaced",
        f"The strides of the branch are {', '.join(map(str, found))}. With `downsample=True` only its first convolution "
        "halves the map; "
        "look at the others.",
        strided,
    )


def widths(run: Run) -> Found | None:
    """Channels along the branch and at the end of the shortcut."""
    case = run.case
    for layer, (channels, name) in zip(convolutions(run.reading.branch), case.widths, strict=False):
        if layer.size and layer.size[0] != channels:
            slug = "wrong-output-channels" if layer.number == len(case.kernels) else "wrong-width"
            return (
                slug,
                f"The {TH[layer.number]} convolution of the branch makes {layer.size[0]} channels. "
                f"In `{case.call}` it should make {channels}, which is `{name}`.",
                layer,
            )
    for layer in convolutions(run.reading.shortcut):
        if layer.size and layer.size[0] != case.out:
            return (
                "wrong-output-channels",
                f"The shortcut's convolution makes {layer.size[0]} channels. In `{case.call}` it should make {case.out}, "
                "as the branch does.",
                layer,
            )
    return None


def shortcut_shape(run: Run) -> Found | None:
    """A shortcut that does not get the shape of the branch."""
    reading, case = run.reading, run.case
    if reading.merge is None or not case.changes_shape or not run.reading.is_whole:
        return None
    shortcut = convolutions(reading.shortcut)
    if not shortcut:
        was, becomes = f"{case.in_channels}x8x8", f"{case.out}x{8 // case.stride}x{8 // case.stride}"
        return (
            "shortcut-not-projected",
            f"The shortcut has no convolution. In `{case.call}` the input is {was} and the branch ends at {becomes}; "
            + ("they cannot be added. " if reading.failed else "something without weights makes them fit. ")
            + "Look at when the shortcut needs a convolution.",
            None,
        )
    if case.downsample and shortcut[-1].stride == 1:
        ends = convolutions(reading.branch)[-1].size
        return (
            "shortcut-stride-missing",
            f"The two ways end at different sizes. {_with(run)} your branch gives {_map(ends)} and your shortcut "
            f"{_map(shortcut[-1].size)}{_cannot(run)}. Look at the shortcut's stride.",
            shortcut[-1],
        )
    if not case.downsample and shortcut[-1].stride != 1:
        return (
            "always-downsamples",
            f"The shortcut gets smaller without being asked. {_with(run)} it gives {_map(shortcut[-1].size)}. "
            "Look at when its stride is 2.",
            shortcut[-1],
        )
    return None


FINDERS: tuple[Callable[[Run], Found | None], ...] = (
    grouped,
    number_of_convolutions,
    kernels,
    paddings,
    pooled,
    strides,
    widths,
    shortcut_shape,
)

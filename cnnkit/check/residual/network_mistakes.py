"""What can be wrong with the 32x32 ResNet-50, in the order in which it is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cnnkit._support.words import plural
from cnnkit.check.residual import block_mistakes, flow, network_head
from cnnkit.check.residual.network_reading import Block, Network
from cnnkit.check.residual.reading import Found, Layer
from cnnkit.trace.record import Record

if TYPE_CHECKING:
    from cnnkit.check.residual.network import Attempted

MISTAKES = {
    "stem-kernel": "the kernel of the stem's convolution is not 7x7",
    "stem-width": "the stem does not make 64 channels",
    "stem-stride": "the stride of the stem's convolution is not 2",
    "stem-padding": "the padding of the stem's convolution is not 3",
    "stem-norm": "the stem has no batch norm",
    "stem-relu": "the stem has no ReLU",
    "stem-pool": "the stem's max pool is missing or wrong",
    "stage-depth": "a stage has too few or too many blocks",
    "stage-width": "the blocks of a stage have other widths than asked for",
    "stage-chain": "a block is built for other channels than it is given",
    "block-wrong": "a block of the network is not the exercise's block",
    "downsample-missing": "a block that should halve the map does not",
    "downsample-extra": "a block halves the map that should not",
    "downsample-misplaced": "other blocks than the last of stages 1 and 2 halve the map",
    **network_head.MISTAKES,
}

STAGES = ((64, 256, 3), (128, 512, 4), (256, 1024, 6))  # middle channels, output channels, blocks
WIDTHS = [
    (out if i else given, middle, out) for given, (middle, out, n) in zip((64, 256, 512), STAGES, strict=True) for i in range(n)
]
LAST = (3, 7)  # the last blocks of stages 1 and 2, from 1


def stem_convolution(net: Network) -> Found | None:
    """The 7x7 convolution."""
    first = next((layer for layer in net.stem if layer.kind == "conv"), None)
    if first is None:
        return None
    for slug, name, seen, wanted in (
        ("stem-kernel", "kernel", f"{first.kernel}x{first.kernel}", "7x7"),
        ("stem-stride", "stride", str(first.stride), "2"),
        ("stem-padding", "padding", str(first.padding), "3"),
        ("stem-width", "number of channels", str(first.size[0] if first.size else 0), "64"),
    ):
        if seen != wanted:
            size = "x".join(map(str, first.size[1:]))
            return (
                slug,
                f"The first convolution has the {name} {seen}, and makes maps of {size}. The table asks for {wanted}.",
                first,
            )
    return None


def stem_rest(net: Network) -> Found | None:
    """Norm, ReLU and max pool after it."""
    if not net.stem or not net.blocks:
        return None
    kinds = [layer.kind for layer in net.stem]
    last = net.stem[-1]
    if "norm" not in kinds:
        return "stem-norm", "The stem has no batch norm. It belongs between the first convolution and its ReLU.", net.stem[0]
    if "relu" not in kinds:
        return "stem-relu", "The stem has no ReLU. It belongs between the batch norm and the max pool.", last
    if kinds.index("relu") < kinds.index("norm"):
        return "stem-norm", "In the stem the ReLU comes before the batch norm. The table lists them the other way round.", last
    pools = [layer for layer in net.stem if layer.kind == "pool"]
    if not pools:
        return "stem-pool", f"The stem has no max pool. The first block gets {_map(net.blocks[0])} maps instead of 8x8.", last
    pool = pools[0]
    seen = (pool.kernel, pool.stride, pool.padding)
    if "max" not in pool.record.op or seen != (3, 2, 1) or len(pools) > 1:
        kind = "a max" if "max" in pool.record.op else "an average"
        return (
            "stem-pool",
            f"The stem's pool is wrong. Yours is {kind} pool {seen[0]}x{seen[0]}, stride {seen[1]}, padding {seen[2]}; "
            "compare it with the table.",
            pool,
        )
    return None


def _map(block: Block) -> str:
    return "x".join(map(str, block.given[1:])) or "other"


def no_blocks(net: Network) -> Found | None:
    """Nowhere do two ways meet."""
    if net.blocks or net.failed is not None:
        return None
    return (
        "block-wrong",
        "No residual block was found. Nowhere do two ways meet in a sum; build the network of `ResidualBlock`.",
        None,
    )


def stages(net: Network) -> Found | None:
    """How many blocks there are of each width."""
    if not net.blocks or not net.is_whole:
        return None
    wanted_outs = [out for _, out, depth in STAGES for _ in range(depth)]
    if len(net.blocks) == len(wanted_outs):
        for i, (block, out) in enumerate(zip(net.blocks, wanted_outs, strict=True), 1):
            if block.made[:1] != (out,):
                seen = block.made[0] if block.made else 0
                mark = block.reading.layers[0]
                return "stage-width", f"Block {i} makes {seen} channels. The table asks for {out} in its stage.", mark
    runs: list[tuple[int, int]] = []  # output channels, blocks
    for block in net.blocks:
        out = block.made[0] if block.made else 0
        runs = [*runs[:-1], (out, runs[-1][1] + 1)] if runs and runs[-1][0] == out else [*runs, (out, 1)]
    if len(runs) != len(STAGES):
        mark = net.blocks[-1].reading.layers[0]
        return (
            "stage-depth",
            f"The network has {plural(len(runs), 'stage')} of different widths. "
            "The table has three: 256, 512 and 1024 channels.",
            mark,
        )
    for s, ((out, count), (_, _, depth)) in enumerate(zip(runs, STAGES, strict=True), 1):
        mark = next(b for b in net.blocks if b.made[:1] == (out,)).reading.layers[0]
        if count != depth:
            return (
                "stage-depth",
                f"Stage {s} has {plural(count, 'block')}. The table lists {depth}; count them once more.",
                mark,
            )
    return _middles(net)


def _middles(net: Network) -> Found | None:
    wanted = [middle for middle, _, depth in STAGES for _ in range(depth)]
    for i, (block, middle) in enumerate(zip(net.blocks, wanted, strict=True), 1):
        if block.middle != middle:
            return (
                "stage-width",
                f"Block {i} has {block.middle} middle channels. The table asks for {middle} in its stage.",
                block.reading.layers[0],
            )
    return None


def chained(net: Network) -> Found | None:
    """Torch refused a layer that was built for other channels than it is given: which part of the network is to blame?"""
    failed, number = net.failed, len(net.blocks) + 1
    if failed is None or failed.kind not in ("conv", "norm", "product") or not failed.parameters:
        return None
    layer = next((layer for layer in net.head if layer.record is failed), None)
    if found := _left_out(net, failed, layer):
        return found
    if failed.kind == "product" or not net.blocks:
        return None
    for i, (block, widths) in enumerate(zip(net.blocks, WIDTHS, strict=False), 1):
        if block.widths != widths:
            return (
                "stage-width",
                f"Block {i} has the widths {_row(block.widths)}. The table has {_row(widths)}; "
                "they are channels in, in the middle and out.",
                block.reading.layers[0],
            )
    return (
        "stage-chain",
        f"Block {number} does not fit the one before it, which makes {plural(net.blocks[-1].widths[2], 'channel')}. "
        "Look at the first number that this block is called with.",
        layer,
    )


def _left_out(net: Network, failed: Record, layer: Layer | None) -> Found | None:
    """A part of the network that would fit between what ran and what was refused, and that ``forward`` leaves out."""
    shapes = {name: tuple(p.shape) for name, p in net.model.named_parameters()}
    owner = failed.parameters[0].rpartition(".")[0]
    before = list(dict.fromkeys(name.rpartition(".")[0] for name in shapes))
    idle = [(path, ran) for path, ran in flow.unused(net.trace, net.model) if before.index(path) < before.index(owner)]
    weights = [shape for path, _ in idle if len(shape := shapes.get(f"{path}.weight", ())) == 4]
    given = failed.inputs[0][1] if len(failed.inputs[0]) > 1 else 0
    built = next((shapes[name][1] for name in failed.parameters if len(shapes[name]) > 1), 0)
    if not weights or (weights[0][1], weights[-1][0]) != (given, built):
        return None
    parts = [part for part in idle[0][0].split(".")]
    known = {path for path, _ in idle}
    part = next(
        name
        for name in (".".join(parts[:n]) for n in range(1, len(parts) + 1))
        if all(path in known for path in before if path == name or path.startswith(f"{name}."))
    )
    what = "runs, but nothing uses its result" if idle[0][1] else "is made, but never called"
    return (
        "layer-unused",
        f"`{part}` {what}. So `{owner}` gets {plural(given, 'channel')} instead of {built}. "
        "Look at the lines of `forward`, one by one.",
        layer,
    )


def _row(widths: tuple[int, ...]) -> str:
    return ", ".join(map(str, widths))


def downsampling(net: Network) -> Found | None:
    """Which blocks halve the map."""
    if not net.is_whole or len(net.blocks) != 13:
        return None
    found = tuple(i for i, block in enumerate(net.blocks, 1) if block.halves)
    if found == LAST:
        return None
    names = ", ".join(map(str, found)) or "none"
    mark = net.blocks[(found or LAST)[0] - 1].reading.layers[0]
    if found == (4, 8):
        return (
            "downsample-misplaced",
            "This is the paper's version: the first block of a stage halves the map. This exercise asks for the course's: "
            "there the last block does it.",
            mark,
        )
    if set(found) > set(LAST):
        extra = next(i for i in found if i not in LAST)
        layer = net.blocks[extra - 1].reading.layers[0]
        return (
            "downsample-extra",
            f"Block {extra} halves the map too. In the table only two blocks do; look at its last argument.",
            layer,
        )
    if set(found) < set(LAST):
        lacking = next(i for i in LAST if i not in found)
        layer = net.blocks[lacking - 1].reading.layers[0]
        return (
            "downsample-missing",
            f"Block {lacking} does not halve the map. Blocks that do: {names}. Look at the end of each stage.",
            layer,
        )
    return (
        "downsample-misplaced",
        f"The wrong blocks halve the map. Yours: {names}. Look at the end of each stage.",
        mark,
    )


def blocks_inside(attempted: Attempted) -> Found | None:
    """The first block in which a mistake of the block exercise is found."""
    for i, run in enumerate(attempted.block_runs(), 1):
        for finder in block_mistakes.FINDERS:
            if found := finder(run):
                first = found[1].split(". ")[0].rstrip(".")
                return "block-wrong", f"Block {i} is not the exercise's block. {first}. Check the block alone first.", found[2]
    return None


FINDERS: tuple[Callable[[Network], Found | None], ...] = (no_blocks, stem_convolution, stem_rest, chained, stages)
LATE_FINDERS: tuple[Callable[[Network], Found | None], ...] = (downsampling, network_head.head)

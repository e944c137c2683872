"""What can be wrong with a residual block, in the order in which it is named: each finder looks for one kind of mistake."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from cnnkit.check.residual import flow, norms, ways
from cnnkit.check.residual.case import Run
from cnnkit.check.residual.reading import Found, Layer

MISTAKES = {
    "does-not-construct": "the class cannot be built as the exercise calls it",
    "no-skip": "there is no second way around the branch",
    "not-added": "the two ways are subtracted, multiplied, averaged or concatenated instead of added",
    "shortcut-from-branch": "the shortcut starts inside the branch instead of at the input",
    "shared-layer": "one layer with weights is used in two places",
    "layers-not-registered": "layers are kept where PyTorch does not see them, or made anew in each call",
    "gradient-stopped": "the gradient does not get through the block",
    "inplace-breaks-gradient": "a value that the gradient needs is overwritten",
    "differs-in-training": "right in evaluation mode, and not in training mode",
    "hard-coded-size": "the block works for one size of batch or map only",
    "changes-input": "the block changes the tensor it is given",
    "shared-between-blocks": "all blocks have the same weights",
    "wrong-device": "the weights lie on another device than the rest",
    "wrong-dtype": "the weights are not float32",
    "wrong-values": "the layers are right, and the numbers are not",
    **flow.MISTAKES,
    **ways.MISTAKES,
    **norms.MISTAKES,
}


def no_skip(run: Run) -> Found | None:
    """The last layer's result is the block's result."""
    reading = run.reading
    if reading.merge is not None or reading.failed is not None:
        return None
    return (
        "no-skip",
        f"The input never reaches the end. `{run.case.call}` returns the result of the branch alone; a second way must lead "
        "from the input to a sum. Look at the last lines of `forward`.",
        reading.branch[-1] if reading.branch else None,
    )


def not_added(run: Run) -> Found | None:
    """The ways meet in something else than a plain sum."""
    merge, after = run.reading.merge, run.reading.after
    if merge is None:
        return None
    verb = {"sub": "subtracted", "mul": "multiplied", "div": "divided"}.get(merge.kind)
    if merge.kind == "add" and merge.arguments.get("alpha", 1) != 1:
        verb = "added with a factor"
    if merge.kind == "concat" and merge.op != "stack":
        made = merge.output[1] if len(merge.output) > 1 else 0
        return (
            "not-added",
            f"The two ways are put side by side, not added. That gives {made} channels instead of {run.case.out}. "
            "Look at where the two meet.",
            None,
        )
    if merge.kind in ("add", "concat") and any(layer.kind in ("scale", "pool") or layer.record.op == "mean" for layer in after):
        verb = "averaged or scaled"
    if verb is None:
        return None
    return "not-added", f"The two ways are {verb}, not added. The result is their plain sum. Look at where they meet.", None


def shortcut_from_branch(run: Run) -> Found | None:
    """Both ways start at a value that the branch has already worked on."""
    convolutions = [layer for layer in run.reading.before if layer.kind == "conv"]
    if not convolutions or run.reading.merge is None:
        return None
    many = f"{len(convolutions)} convolutions" if len(convolutions) > 1 else "a convolution"
    return (
        "shortcut-from-branch",
        f"The shortcut does not start at the block's input. What it gets has already been through {many} of the branch. "
        "Look for a variable that is overwritten too early.",
        convolutions[-1],
    )


def shared_layer(run: Run) -> Found | None:
    """The same parameters work in two places."""
    seen: dict[str, Layer] = {}
    for layer in run.reading.layers:
        for name in layer.record.parameters:
            if name in seen and seen[name].record is not layer.record:
                owner = name.rpartition(".")[0] or name
                what = {"conv": "convolution", "norm": "batch norm"}.get(layer.kind, "layer")
                return (
                    "shared-layer",
                    f"One {what} is used twice: `{owner}`. Either `forward` calls it once too often, or two places share its "
                    "weights and statistics; each place needs a layer of its own.",
                    layer,
                )
            seen[name] = layer
    return None


def layers_not_registered(run: Run) -> Found | None:
    """Convolutions or norms whose numbers PyTorch does not know as parameters."""
    hidden = [layer for layer in run.reading.layers if layer.kind == "conv" and not layer.record.parameters]
    if not hidden:
        return None
    kept = next((name for name, value in vars(run.block).items() if name[0] != "_" and _holds_modules(value)), None)
    if kept is not None:
        return (
            "layers-not-registered",
            f"PyTorch does not know {len(hidden)} of your layers. `self.{kept}` is a plain Python list or dict, so their "
            "weights are not trained or moved. Look at the containers of torch.nn.",
            hidden[0],
        )
    return (
        "layers-not-registered",
        f"Each call makes {len(hidden)} of your layers anew. Such weights are random every time and never trained. "
        "Look at which layers `forward` makes.",
        hidden[0],
    )


def _holds_modules(value: object) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    return isinstance(value, list | tuple) and any(isinstance(v, nn.Module) or _holds_modules(v) for v in value)


FINDERS: tuple[Callable[[Run], Found | None], ...] = (
    no_skip,
    not_added,
    flow.added_twice,
    shortcut_from_branch,
    layers_not_registered,
    shared_layer,
    *flow.FINDERS,
    *ways.FINDERS,
    *norms.FINDERS,
)

"""What a student's chain of layers shows, beside its values: how it is built, which layers run, and whether it can learn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from cnnkit import trace
from cnnkit.check.building import build
from cnnkit.check.engine import Attempt, student_code
from cnnkit.check.faults import Mistake
from cnnkit.check.modules import fill
from cnnkit.trace import units
from cnnkit.trace.record import Record, Trace

# A layer as a letter: weights, norm, ReLU, other activation, pool, sigmoid, softmax.
_LETTERS = {
    "relu": "R",
    "sigmoid": "G",
    "norm": "N",
    "activation": "A",
    "pool": "P",
    "softmax": "S",
    "conv": "W",
    "product": "W",
}


def built(make: Callable[..., Any], call: str, inputs: Tensor, *arguments: Any) -> nn.Module:
    """The network that ``make`` returns, in evaluation mode; lazy layers have their weights."""
    network = build(Attempt(make), lambda: make(*arguments), call).eval()
    run(network, inputs, call)
    return network


def run(network: nn.Module, inputs: Tensor, call: str) -> Tensor:
    """What the network makes of ``inputs``; where it fails or gives no tensor, a mistake."""
    with torch.no_grad(), student_code(f"`{call}` gets {list(inputs.shape)}"):
        found = network(inputs.clone())
    if not isinstance(found, Tensor):
        slug, kind = "returns-nothing" if found is None else "wrong-type", type(found).__name__
        raise Mistake(slug, f"The network gives no tensor. `{call}` returns a value of type {kind}; look at its forward.")
    return found


def begins_alike(network: nn.Module) -> bool:
    """Whether the first weights cannot learn: those of each layer are all the same number, or one is none."""
    weights = [p for p in network.parameters() if p.ndim > 1 and p.numel() > 1]
    alike = [bool((p == p.flatten()[0]).all()) for p in weights]
    return (bool(alike) and all(alike)) or not all(bool(p.isfinite().all()) for p in weights)


def prepared(network: nn.Module, inputs: Tensor, call: str, seed: int) -> tuple[Tensor, Trace]:
    """What the network makes of ``inputs`` with the check's own weights, and the trace of that."""
    fill(network, seed)
    return run(network, inputs, call), trace.run(network, inputs)


def row_of(ran: Trace) -> str:
    """The layers that ran, a letter each: "WNRW" is a linear layer, a norm, a ReLU and another linear layer."""
    return "".join(_LETTERS.get(record.op) or _LETTERS.get(record.kind, "") for record in ran.records)


def registered(network: nn.Module, ran: Trace) -> tuple[str, ...]:
    """The kinds of layers whose weights the network does not know."""
    norms = any("Norm" in type(module).__name__ for module in network.modules())
    unknown = [
        r.kind for r in ran.of(*units.WEIGHTED, "norm") if not (r.parameters or r.buffers or (r.kind == "norm" and norms))
    ]
    return tuple({"conv": "a convolution", "product": "a linear layer", "norm": "the batch norm"}[kind] for kind in unknown)


def shared(ran: Trace) -> int:
    """How many weighted layers run with weights that another one has used."""
    weights = [record.parameters for record in ran.of(*units.WEIGHTED)]
    return len(weights) - len(set(weights))


def windows(records: Iterable[Record], what: str) -> list[Any]:
    """Of each record's window the kernel, stride, ... as one number where both sides are the same."""
    found = (getattr(record.window, what) for record in records if record.window is not None)
    return [pair[0] if pair[0] == pair[1] else pair for pair in found]


def learning(network: nn.Module, inputs: Tensor, ran: Trace) -> tuple[tuple[str, ...], list[str]]:
    """Parameters that count and get no gradient; and what is worth a remark: one that is never used."""
    used = {name for record in ran.records for name in record.parameters}
    with torch.enable_grad(), student_code("gradients are computed"):
        found = network(inputs)
        if found.requires_grad:
            found.sum().backward()
    without = [name for name, p in network.named_parameters() if p.grad is None]
    spare = [name for name in without if name not in used]
    remarks = [f"`{spare[0]}` is a parameter that the network never uses."] if spare else []
    return tuple(name for name in without if name in used), remarks

"""Probes of make_layers: the network it builds against a plain loop of convolutions, ReLUs and pools, on its own weights."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from cnnkit import trace
from cnnkit.check.building import build, randomise
from cnnkit.check.engine import Attempt, student_code
from cnnkit.check.faults import Mistake, text_of
from cnnkit.check.probes.vgg_names import Cfg, Weights, plain, raise_structure, raise_value
from cnnkit.trace import layout, units
from cnnkit.weights import same

# First one that tells all mistakes apart: two convolutions in a row that could share weights, a pool with one convolution
# before it, no pool at the end. Then others, for answers that fit only some lists.
CFGS: list[Cfg] = [[4, 4, 4, "M", 6, "M", 5], [5], [3, "M", 3, 7, "M"], [2, 2, "M", 3, "M", 4, 4, "M", 4, 8, "M"]]


def builds(attempt: Attempt) -> None:
    """A network comes out, for each list another one, and the list stays as it was."""
    networks = [_network(attempt, cfg) for cfg in CFGS]
    shapes = [[tuple(p.shape) for p in network.parameters() if not is_lazy(p)] for network in networks]
    if shapes[0] and shapes[0] == shapes[1]:
        raise Mistake(
            "ignores-cfg",
            f"The network is the same for every list. make_layers({CFGS[0]}) and make_layers({CFGS[1]}) have layers of the "
            "same sizes. Look at where `cfg` is used.",
        )
    cfg = list(CFGS[0])
    attempt.candidate(cfg)
    if cfg != CFGS[0]:
        raise Mistake("changes-input", f"The function changes the list it is given. {CFGS[0]} is {cfg} after the call.")


def computes(attempt: Attempt) -> None:
    """Shapes and values are right, in both modes, for photos with values below 0 too."""
    for salt, cfg in enumerate(CFGS):
        photos = torch.randn(2, 3, 32, 48, generator=attempt.generator(salt))
        _examine(attempt, cfg, photos, salt)


def _network(attempt: Attempt, cfg: Cfg) -> nn.Module:
    call = f"make_layers({cfg})"
    try:
        return build(attempt, lambda: attempt.candidate(list(cfg)), call)
    except Mistake as mistake:
        error = mistake.__cause__
        if mistake.slug == "wrong-type" and isinstance(attempt.candidate(list(cfg)), list | tuple):
            raise Mistake(
                "returns-list",
                f"The result is a list of layers, and no network. `{call}` should give one nn.Sequential of them.",
            ) from mistake
        if "is not a Module subclass" in text_of(error) and "list is" in text_of(error):
            raise Mistake(
                "star-missing",
                "nn.Sequential gets the whole list as one layer. It takes the layers one by one, as separate arguments. "
                "Look up how Python unpacks a list in a call.",
            ) from mistake
        if isinstance(error, Exception) and (channels := _in_channels_of(error)):
            raise Mistake(
                "in-channels-from-pool",
                f"A convolution gets {channels!r} as its number of input channels. A pool keeps the channels; "
                "after it they are those of the last convolution.",
            ) from mistake
        raise


def _in_channels_of(error: Exception) -> str | None:
    """The string that torch's convolution was given in place of a number."""
    step = error.__traceback__
    while step:
        value = step.tb_frame.f_locals.get("in_channels")
        if step.tb_frame.f_globals.get("__name__", "").startswith("torch.") and isinstance(value, str):
            return value
        step = step.tb_next
    return None


def _examine(attempt: Attempt, cfg: Cfg, photos: Tensor, salt: int) -> None:
    network, call = _network(attempt, cfg), f"make_layers({cfg})"
    _run(attempt, network, photos, call)  # lazy layers get their weights here
    randomise(network, attempt.generator(100 + salt))
    found = _run(attempt, network.eval(), photos, call)
    pools = cfg.count("M")
    wanted = (2, [n for n in cfg if n != "M"][-1], 32 >> pools, 48 >> pools)
    if tuple(found.shape) != wanted:
        raise_structure(network, cfg, photos, found)
    candidates = list(_weights(network, photos, cfg))
    if not any(same(found, plain(weights, cfg, photos)) for weights in candidates):
        raise_value(network, cfg, photos, found, candidates)
    if (found < 0).any():  # by less than rounding allows for
        raise Mistake(
            "wrong-activation",
            f"Some values of the maps of `{call}` are below 0, if only just. A ReLU gives exactly 0 there; look at the name of "
            "the activation, and at its arguments.",
        )
    if not same(_run(attempt, network.train(), photos, call), found):
        raise Mistake(
            "mode-matters",
            f"The network computes something else in training mode. In `{call}` nothing depends on the mode: "
            "look for dropout, batch norm or random numbers.",
        )
    _same_without_bias(network, cfg, photos, candidates)
    if salt == 0:
        learns(attempt, network, photos)


def _run(attempt: Attempt, network: nn.Module, photos: Tensor, call: str) -> Tensor:
    """The network's maps; where it fails, why."""
    try:
        with torch.no_grad():
            found = attempt.call(network, photos.clone(), doing=f"`{call}` gets photos {list(photos.shape)}")
    except Mistake as mistake:
        if mistake.slug == "raises":
            _raise_channels(network, photos)
        raise
    if not isinstance(found, Tensor):
        kind = type(found).__name__
        slug = "returns-nothing" if found is None else "wrong-type"
        raise Mistake(
            slug, f"The network gives no tensor. `{call}` on photos returns a value of type {kind}; look at its forward."
        )
    return found


def _raise_channels(network: nn.Module, photos: Tensor) -> None:
    """Names a convolution that does not fit what it gets, if that is why the pass fails."""
    try:
        trace.run(network, photos)
    except trace.ForwardError as error:
        failed, parameters = error.trace.failed, dict(network.named_parameters())
        weights = [parameters[name] for name in failed.parameters if parameters[name].ndim == 4] if failed else []
        if not failed or failed.kind != "conv" or not weights or weights[0].shape[1] == failed.inputs[0][1]:
            return
        number, expects, gets = len(error.trace.of("conv")) + 1, weights[0].shape[1], failed.inputs[0][1]
        slug = "in-channels-not-updated" if expects == 3 else "wrong-channels"
        raise Mistake(
            slug,
            f"Convolution {number} does not fit the one before it. It expects {expects} channels and gets {gets}. "
            "Look at the first argument of nn.Conv2d, and when its value changes.",
        ) from error


def _weights(network: nn.Module, photos: Tensor, cfg: Cfg) -> Iterator[Weights]:
    """The weights of the convolutions: in the order of the computation, and in that of their registration."""
    state = dict(network.named_parameters())
    roles = units.roles(layout.read(trace.run(network, photos)))
    names = [role.names for role in roles if isinstance(role, units.Unit)]
    by_role = [(state[n["weight"]], state.get(n.get("bias", ""))) for n in names if n.get("weight") in state]
    registered = [p for p in state.values() if p.ndim > 1]
    by_order = list(zip(registered, [p for p in state.values() if p.ndim == 1], strict=False))
    channels = [3, *(n for n in cfg if n != "M")]
    shapes = [(after, before * 9) for before, after in itertools.pairwise(channels)]
    for found in (by_role, by_order):
        fit = all(b is None or b.numel() == len(w) for w, b in found) and len({id(w) for w, _ in found}) == len(found)
        if fit and [(len(w), w[0].numel()) for w, _ in found] == shapes:
            yield [(w.detach().reshape(len(w), -1, 3, 3), None if b is None else b.detach().flatten()) for w, b in found]


def _same_without_bias(network: nn.Module, cfg: Cfg, photos: Tensor, candidates: list[Weights]) -> None:
    for weights in candidates:
        missing = [i for i, (_, bias) in enumerate(weights, 1) if bias is None]
        if missing and same(network(photos).detach(), plain(weights, cfg, photos)):
            raise Mistake(
                "bias-missing",
                f"Convolution {missing[0]} has no bias. A usual convolution has one number per output channel to add, "
                "and this network has no batch norm that would replace it.",
            )


def learns(attempt: Attempt, network: nn.Module, photos: Tensor) -> None:
    """Every parameter that counts gets a gradient; one that is never used is worth a remark."""
    used = {name for record in trace.run(network, photos).records for name in record.parameters}
    with torch.enable_grad(), student_code("gradients are computed"):
        found = network(photos)
        if found.requires_grad:
            found.sum().backward()
    without = [name for name, p in network.named_parameters() if p.grad is None]
    if cut := [name for name in without if name in used]:
        raise Mistake(
            "gradient-stopped",
            f"The network cannot learn. `{cut[0]}` gets no gradient; look for detach, no_grad, .data or requires_grad.",
        )
    if without:
        attempt.remarks.append(f"`{without[0]}` is a parameter that the network never uses.")

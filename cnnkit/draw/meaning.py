"""Colour by meaning: a net has one look wherever it is drawn. Plain nets are warm, residual ones cool, deeper ones darker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cnnkit.draw.look import COLOURS, DASHES, MARKERS

# From light to dark; the third is Okabe and Ito's, and what a net without a sister of another depth gets.
RAMPS = {"plain": ("#f0b27a", "#e67e22", "#d55e00", "#8a3d00"), "residual": ("#7fb8de", "#3a94cf", "#0072b2", "#00416a")}
OTHERS = tuple(colour for colour in COLOURS if colour.upper() not in ("#0072B2", "#D55E00"))
NEUTRAL = "#5a6b7b"
# The colours in which words would have a contrast below 4.5 on white, and what stands in for each.
INKS = {
    **dict.fromkeys(RAMPS["plain"][:3], "#a84300"), **dict.fromkeys(RAMPS["residual"][:2], "#0072b2"),
    "#009E73": "#00664b", "#CC79A7": "#8f3a68",
}  # fmt: skip
USUAL, TWIN = 2.0, 1.0  # pixels: of a line, and of another seed's


@dataclass(frozen=True)
class Look:
    """How a run is drawn: never by colour alone.

    Attributes:
        net: the run's name without its seed.
        colour, dash, marker: of the net.
        width: of its line; thin for all seeds of a net but the first.
    """

    net: str
    colour: str
    dash: str
    marker: str
    width: float = USUAL

    @property
    def ink(self) -> str:
        """The colour of its words: as near to its own as can be read on white."""
        return INKS.get(self.colour, self.colour)


def looks(names: Sequence[str]) -> dict[str, Look]:
    """A look for each of the runs that are drawn together, by name such as "plain-50" or "residual-20, seed 1"."""
    nets = list(dict.fromkeys(map(net_of, names)))
    kinds = {kind: [net for net in nets if _kind(net) == kind] for kind in RAMPS}
    meant = any(kinds.values())
    colours = dict[str, str]()
    for kind, sisters in kinds.items():
        by_depth = sorted(sisters, key=_depth)
        for i, net in enumerate(by_depth):
            ramp = RAMPS[kind]
            colours[net] = ramp[2] if len(sisters) == 1 else ramp[round(i * (len(ramp) - 1) / (len(sisters) - 1))]
    free = OTHERS if meant else COLOURS
    for i, net in enumerate(net for net in nets if net not in colours):
        colours[net] = free[i % len(free)]
    found, drawn = dict[str, Look](), set[str]()
    for name in names:
        net = net_of(name)
        i = nets.index(net)
        marker = MARKERS[(i + i // len(COLOURS)) % len(MARKERS)]  # the same marker and colour meet again after 25
        found[name] = Look(net, colours[net], DASHES[i % len(DASHES)], marker, TWIN if net in drawn else USUAL)
        drawn.add(net)
    return found


def alone(names: Sequence[str]) -> dict[str, Look]:
    """A look for each of some names that each stand at their own place: the colour of their kind, and nothing to tell apart."""
    return {name: Look(name, RAMPS[_kind(name)][2] if _kind(name) else NEUTRAL, DASHES[0], MARKERS[0]) for name in names}


def net_of(name: str) -> str:
    """What was trained, without its seed."""
    return re.sub(r",? *\(?\bseed \d+\)?$", "", name) or name


def _kind(net: str) -> str:
    found = re.match(r"plain|vgg|residual|resnet", net.lower())
    return {"vgg": "plain", "resnet": "residual"}.get(found[0], found[0]) if found else ""


def _depth(net: str) -> int:
    found = re.search(r"\d+", net)
    return int(found[0]) if found else 0

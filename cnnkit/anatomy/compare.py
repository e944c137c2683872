"""Two networks side by side: what each does at which size of maps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from cnnkit.anatomy.grid import Grid, count, pixels, sides
from cnnkit.anatomy.rows import Row

_COLUMNS = (
    ("layers", "layers with parameters, norms not counted"),
    ("parameters", "numbers learnt"),
    ("MACs", "multiply-accumulates of convolutions and matrix products"),
    ("field", "most input pixels that one value sees, along one side"),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """All rows of one network whose maps have the same size.

    Attributes:
        maps: height and width; () for vectors; None for what did not run.
        layers: rows that multiply by parameters.
    """

    maps: tuple[int, ...] | None
    layers: int
    parameters: int
    macs: int
    receptive_field: int | None


@dataclass(frozen=True, repr=False)
class Comparison:
    """Stages of two networks, matched by the size of their maps, the largest first; ``str()`` is aligned text."""

    networks: tuple[str, str]
    stages: tuple[tuple[Stage | None, Stage | None], ...]

    def __repr__(self) -> str:
        return str(self)  # what a notebook without HTML shows

    def __str__(self) -> str:
        return self._grid().text()

    def _repr_html_(self) -> str:
        return self._grid().html()

    def _grid(self) -> Grid:
        heads = tuple((f"{side} {name}", why) for side in "AB" for name, why in _COLUMNS)
        lines = [(_label(a or b), *_cells([a]), *_cells([b])) for a, b in self.stages]
        columns = list(zip(*self.stages, strict=True)) or [(), ()]
        total = ("total", *_cells(columns[0]), *_cells(columns[1]))
        title = "   ".join(f"{side}: {network}" for side, network in zip("AB", self.networks, strict=True))
        return Grid(title, (("maps", "height and width of the feature maps"), *heads), lines, total)


def stages(rows: Iterable[Row]) -> dict[tuple[int, ...] | None, Stage]:
    """The rows of one network, summed by the size of their maps."""
    groups: dict[tuple[int, ...] | None, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.output[1:] if row.output is not None else None, []).append(row)
    return {maps: _stage(maps, group) for maps, group in groups.items()}


def compared(networks: tuple[str, str], first: Iterable[Row], second: Iterable[Row]) -> Comparison:
    """Stages of equal map size side by side, the largest maps first, then vectors, then what did not run."""
    one, two = stages(first), stages(second)
    order = sorted({**one, **two}, key=lambda maps: (maps is None, maps == (), -prod(maps or ())))
    return Comparison(networks, tuple((one.get(maps), two.get(maps)) for maps in order))


def _stage(maps: tuple[int, ...] | None, rows: Sequence[Row]) -> Stage:
    return Stage(
        maps=maps,
        layers=sum(row.macs > 0 and row.parameters > 0 for row in rows),
        parameters=sum(row.parameters for row in rows),
        macs=sum(row.macs for row in rows),
        receptive_field=max((row.receptive_field for row in rows if row.receptive_field), default=None),
    )


def _label(stage: Stage | None) -> str:
    if stage is None or stage.maps is None:
        return "not run"
    return sides(stage.maps) or "vectors"


def _cells(group: Iterable[Stage | None]) -> tuple[str, ...]:
    """Texts for one stage, or for all of a network's stages together."""
    found = [stage for stage in group if stage]
    if not found:
        return ("", "", "", "")
    field = max((s.receptive_field for s in found if s.receptive_field), default=None)
    totals = (sum(getattr(s, name) for s in found) for name in ("layers", "parameters", "macs"))
    return (*map(count, totals), pixels(field))

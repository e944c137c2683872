"""Axes of the live pictures: fitted to what is shown, linear or logarithmic, with round ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MARGIN = 0.06  # of an axis, on both sides of what is shown


@dataclass(frozen=True)
class Axis:
    """A value's place in pixels: ``low`` lies at ``start``, ``high`` at ``end``; what is beyond lies on the edge."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Where ``value`` lies."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        share = (self._scaled(value) - low) / (high - low)
        return self.start + (self.end - self.start) * min(1.0, max(0.0, share))

    def value(self, pixel: float) -> float:
        """What lies at ``pixel``."""
        share = min(1.0, max(0.0, (pixel - self.start) / (self.end - self.start)))
        low, high = self._scaled(self.low), self._scaled(self.high)
        found = low + (high - low) * share
        return 10.0**found if self.log else found

    def holds(self, value: float) -> bool:
        """Whether ``value`` is on the scale."""
        return self.low <= value <= self.high

    def ticks(self, most: int = 6) -> list[float]:
        """Round values: 0.5, 1, 1.5 ... or, where it is logarithmic and that gives three or more, 1, 2, 5 a decade."""
        if self.log:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            for of_a_decade in ((1, 2, 5), (1,)):
                found = [m * 10.0**k for k in powers for m in of_a_decade if self.holds(m * 10.0**k)]
                if 3 <= len(found) <= most:
                    return found
            if len(found) > most:
                return found[:: math.ceil(len(found) / most)]
        return round_ticks(self.low, self.high, most)

    def _scaled(self, value: float) -> float:
        return math.log10(max(value, self.low)) if self.log else value


def round_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most ``most`` multiples of 1, 2 or 5 times a power of ten between ``low`` and ``high``."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (m * power for m in (1, 2, 5, 10, 20)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:  # so many steps fit that one of them, at least, is a multiple of the next greater one
            break
    return [round(i * step, 12) for i in range(first, last + 1)]


def fitted(values: Iterable[float], start: float, end: float, log: bool = False, least: float = 0.05) -> Axis:
    """The axis on which all of ``values`` are seen, and no more; ``least``: the smallest difference worth all of it."""
    seen = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(seen), max(seen)
    if log:
        low, high = max(low, 1e-4), max(high, 1e-3)
        pad = max((high / low) ** MARGIN, 1 + least / 2)
        return Axis(low / pad, high * pad, start, end, log=True)
    pad = max(MARGIN * (high - low), (least - (high - low)) / 2)
    return Axis(max(0.0, low - pad) if low >= 0 else low - pad, high + pad, start, end)


def short(value: float, span: float = 1.0) -> str:
    """``value`` with as many digits as differences within ``span`` need, above 0."""
    if not math.isfinite(value):
        return "not a number"
    finest = min(span, abs(value) or 1.0) if abs(value) < 0.1 else span  # 0.0043, not 0.00
    return f"{value:.{min(5, max(2, 1 - math.floor(math.log10(finest))))}f}" if abs(value) < 1000 else f"{value:.1e}"

"""Few points for many: a curve of any length at the cost of a short one, with its extremes kept."""

from __future__ import annotations

import math

MOST = 240  # buckets: the picture is hardly wider in pixels
Bucket = tuple[int, float, float, float, float, int]  # first index, smallest, largest, last value, sum, count


class Thinned:
    """A growing series, kept as at most ``most`` buckets of neighbouring values.

    When it is full, neighbours are joined in pairs: so a value costs the same however many came before, and no extreme is lost.

    Attributes:
        width: values a bucket holds, a power of two.
        count: values so far.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = max(2, most)
        self.width, self.count = 1, 0
        self._buckets: list[Bucket] = []

    def append(self, value: float) -> None:
        """Adds the next value of the series; one that is not finite is counted and leaves a gap."""
        index, self.count = self.count, self.count + 1
        if math.isfinite(value):
            self._put(self._buckets, (index, value, value, value, value, 1))
        while len(self._buckets) > self._most:
            self.width *= 2
            halved: list[Bucket] = []
            for bucket in self._buckets:
                self._put(halved, bucket)
            self._buckets = halved

    def points(self) -> list[tuple[float, float, float, float]]:
        """(index of the bucket's middle, smallest, largest, mean) of each bucket, in order."""
        width, end = self.width, self.count
        if width == 1:  # the usual case, for it is drawn several times a second
            return [(first, low, high, total) for first, low, high, _, total, _ in self._buckets]
        starts = [bucket[0] // width * width for bucket in self._buckets]
        return [
            (start + (min(width, end - start) - 1) / 2, low, high, total / count)
            for start, (_, low, high, _, total, count) in zip(starts, self._buckets, strict=True)
        ]

    @property
    def last(self) -> float:
        """The newest finite value; NaN before there is one."""
        return self._buckets[-1][3] if self._buckets else math.nan

    def _put(self, buckets: list[Bucket], bucket: Bucket) -> None:
        """Adds ``bucket`` to the last one if both belong together, else behind it."""
        if buckets and buckets[-1][0] // self.width == bucket[0] // self.width:
            first, low, high, _, total, count = buckets[-1]
            _, low2, high2, last, total2, count2 = bucket
            buckets[-1] = first, min(low, low2), max(high, high2), last, total + total2, count + count2
        else:
            buckets.append(bucket)

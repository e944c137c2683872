"""The check of random_crop_flip: offset and flip are read off photos in which every pixel is another."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from cnnkit.check.engine import Attempt
from cnnkit.check.faults import Mistake, text_of
from cnnkit.check.probes.crops import Photos, coded, read_off

SIDE = 32
BATCHES, PHOTOS = 8, 250
# For a right answer, each of the limits below is passed with a probability under 1e-11.
COIN = 150  # of 2000 coins, more or fewer heads than 1000
UNEVEN = 95.0  # chi-squared with 16 degrees of freedom: rows and columns against nine equal shares
COUPLED = 75.0  # chi-squared with 8 degrees of freedom: the coin against an offset
COUPLED_OFFSETS = 250.0  # with 64: rows against columns


def _augmented(attempt: Attempt, photos: Photos) -> Tensor:
    """What the student's function makes of the photos: a tensor of the right shape and dtype, or a mistake."""
    given = photos.images.clone()
    shape, dtype = list(given.shape), str(given.dtype).removeprefix("torch.")
    watch = _Largest()
    try:
        with watch:
            result = attempt.call(attempt.candidate, given, doing=f"called with {dtype} photos of shape {shape}")
    except Mistake as mistake:
        text = text_of(mistake.__cause__)
        if watch.cut and ("equal size" in text or "must match" in text) and watch.width == shape[-1]:
            raise _without_padding("the crops have different sizes") from mistake
        raise
    if result is None:
        raise Mistake("returns-nothing", "Your function returns None. It must return the new photos; look at its last line.")
    if not isinstance(result, Tensor) or result.layout != torch.strided:
        raise Mistake(
            "wrong-type",
            f"Your function returns a {type(result).__name__}. Asked for is one tensor [N, C, H, W].",
        )
    if list(result.shape) != shape:
        raise _wrong_shape(list(result.shape), shape)
    if result.dtype != given.dtype:
        got = str(result.dtype).removeprefix("torch.")
        raise Mistake(
            "dtype-changed",
            f"The dtype changes: {dtype} photos come back as {got}. Look at where you make a tensor.",
        )
    if not torch.equal(given, photos.images):
        raise Mistake(
            "changes-input",
            "Your code overwrites the photos it is given. `images` must stay as it was; write elsewhere.",
        )
    return result.detach()


class _Largest(TorchFunctionMode):
    """Notes the widest photos that the student's code makes, and whether it makes smaller ones."""

    width = 0
    cut = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.ndim >= 3:
            self.width = max(self.width, result.shape[-1])
            self.cut = self.cut or result.shape[-1] < SIDE
        return result


def _without_padding(seen: str) -> Mistake:
    return Mistake(
        "crop-without-padding",
        f"You cut a photo that has no border, so {seen}. Surround it with 4 black pixels first.",
    )


def _wrong_shape(got: list[int], asked: list[int]) -> Mistake:
    n, c, h, w = asked
    if got == [n, h, w, c]:
        return Mistake(
            "channels-last", f"The channels come last. Your result has shape {got}; asked for is {asked}. Look at your permute."
        )
    if got == [n, c, h + 8, w + 8]:
        return Mistake(
            "not-cropped", f"The photos keep their border. They come back as {h + 8}x{w + 8}; cut {h}x{w} pixels out of each."
        )
    if len(got) == 4 and got[:2] == [n, c] and got[2] <= h and got[3] <= w:
        return _without_padding(f"{got[2]}x{got[3]} pixels of {h}x{w} are left")
    return Mistake("wrong-shape", f"The result has another shape. Photos of shape {asked} come back as {got}.")


def keeps_photos(attempt: Attempt) -> None:
    """Type, shape, dtype, and each photo a crop of its own photo."""
    _seed(attempt)
    results = []
    for dtype in (torch.uint8, torch.float32):
        photos = coded(64, 3, SIDE, SIDE, dtype)
        results.append((photos, _augmented(attempt, photos)))
    for photos, result in results:
        read_off(photos, result)


def _seed(attempt: Attempt) -> None:
    """Python's and numpy's random numbers too; the engine puts them back."""
    random.seed(attempt.seed)
    np.random.seed(attempt.seed % 2**32)


def draws_well(attempt: Attempt) -> None:
    """The draws themselves: each photo's own, all values, evenly, independent of each other."""
    _seed(attempt)
    photos = coded(PHOTOS, 3, SIDE, SIDE, torch.uint8)
    found = [read_off(photos, _augmented(attempt, photos)) for _ in range(BATCHES)]
    rows, columns, flips = (torch.stack([getattr(d, name) for d in found]) for name in ("rows", "columns", "flips"))
    _each_its_own(attempt, rows, columns, flips)
    _coins(flips)
    _independent(flips, rows, "coin and row")
    straight = ~flips  # who mirrors before cropping has, by our count, mirrored offsets in the mirrored photos
    _offsets(rows[straight], columns[straight])
    _even(rows, columns)
    _independent(flips, columns, "coin and column")
    _independent(rows, columns, "row and column")


def _each_its_own(attempt: Attempt, rows: Tensor, columns: Tensor, flips: Tensor) -> None:
    if not (rows.any() or columns.any()):
        raise Mistake("never-crops", "No photo ever moves. Each window should begin at a random place of the padded photo.")
    for name, values in (("offset", torch.stack([rows, columns])), ("coin", flips[None])):
        first, second = values[:, 0], values[:, 1]
        if torch.equal(first, second) and bool((first != first[:, :1]).any()):
            raise Mistake(
                "same-every-call",
                f"A second call draws the same {name}s again. Each call needs new random numbers; look for a fixed seed.",
            )
    unmirrored = torch.where(flips, -columns, columns)  # the column of who mirrors first
    for name, values in (("row", rows), ("column", columns), ("column", unmirrored)):
        if (values == values[:, :1]).all() and (values != values[0, 0]).any():
            raise Mistake(
                "one-offset-for-all",
                f"All photos of a batch are cut at the same {name}. Each needs an offset of its own.",
            )
    if (flips == flips[:, :1]).all():
        _one_coin(attempt, bool(flips[0, 0]))


def _one_coin(attempt: Attempt, first: bool) -> None:
    """Whether the coin is one for all, or there is none: only many calls tell."""
    photos = coded(2, 3, SIDE, SIDE, torch.uint8)
    if any(bool(read_off(photos, _augmented(attempt, photos)).flips[0]) != first for _ in range(60)):
        raise Mistake(
            "one-coin-for-all", "One coin decides for all photos of a batch: all are mirrored or none. Toss one for each."
        )


def _coins(flips: Tensor) -> None:
    heads, count = int(flips.sum()), flips.numel()
    if heads == 0:
        raise Mistake("never-flips", f"None of {count} photos is mirrored left to right. About half of them should be.")
    if heads == count:
        raise Mistake("always-flips", f"All of {count} photos are mirrored. About half of them should be.")
    if abs(heads - count / 2) > COIN:
        raise Mistake("coin-not-fair", f"{heads} of {count} photos are mirrored. About half should be; look at the coin.")


def _offsets(rows: Tensor, columns: Tensor) -> None:
    """Which offsets occur at all, in photos that are not mirrored."""
    for name, values in (("rows", rows), ("columns", columns)):
        low, high = int(values.min()), int(values.max())
        seen = f"Along the {name}, windows of unmirrored photos begin at {low + 4} to {high + 4}"
        if (low, high) in ((-4, 3), (-3, 4)):
            raise Mistake(
                "offset-off-by-one", f"One offset is missing. {seen}; asked for are 0 to 8. Look at the ends of your range."
            )
        if low == -high and high not in (0, 4):
            raise Mistake(
                "border-width", f"Photos move by up to {high} pixels along the {name}. A border of 4 pixels is asked for."
            )
        if (low, high) != (-4, 4):
            raise Mistake("wrong-offsets", f"The range of offsets is wrong. {seen}; 0 to 8 are asked for.")
    if torch.equal(rows, columns):
        raise Mistake("shared-offset", "Rows and columns always move by the same number. Draw one offset for each of the two.")


def _even(rows: Tensor, columns: Tensor) -> None:
    counts = torch.stack([(offsets + 4).flatten().bincount(minlength=9) for offsets in (rows, columns)]).double()
    expected = rows.numel() / 9
    squares = (counts - expected).square() / expected
    if squares.sum() > UNEVEN:
        worst = counts[squares.sum(1).argmax()]
        raise Mistake(
            "offsets-not-even",
            f"Some offsets are rarer than others: of {rows.numel()} photos, {int(worst.min())} have one and {int(worst.max())} "
            "another. All nine should be equally likely.",
        )


def _independent(one: Tensor, other: Tensor, names: str) -> None:
    """Whether two draws of each photo know nothing of each other."""
    kinds = [values.flatten().unique(return_inverse=True)[1] for values in (one, other)]
    table = torch.zeros(int(kinds[0].max()) + 1, int(kinds[1].max()) + 1, dtype=torch.double)
    table.index_put_(tuple(kinds), torch.ones(one.numel(), dtype=torch.double), accumulate=True)
    expected = table.sum(1, keepdim=True) * table.sum(0) / table.sum()
    if ((table - expected).square() / expected).sum() > (COUPLED if 2 in table.shape else COUPLED_OFFSETS):
        raise Mistake("draws-coupled", f"Draws depend on each other: {names} go together. Draw a new random number for each.")


def takes_other_sizes(attempt: Attempt) -> None:
    """Other sizes, other channels, one photo."""
    _seed(attempt)
    for slug, first, shape, dtype in (
        ("only-one-size", "Your code fits photos of 32x32 only.", (8, 3, 24, 24), torch.uint8),
        ("only-square", "Your code fits square photos only.", (8, 3, 12, 20), torch.uint8),
        ("only-three-channels", "Your code fits photos with three channels only.", (8, 1, 32, 32), torch.float32),
        ("only-batches", "Your code does not fit a batch of one photo.", (1, 3, 32, 32), torch.uint8),
        ("only-batches", "Your code does not fit a batch of one photo.", (1, 1, 20, 12), torch.float32),
    ):
        photos = coded(*shape, dtype)
        try:
            read_off(photos, _augmented(attempt, photos))
        except Mistake as mistake:
            if mistake.slug == "raises":
                raise Mistake(
                    slug, f"{first} With shape {list(shape)} it stops: {text_of(mistake.__cause__)[:70]}"
                ) from mistake
            raise Mistake(
                slug, f"{first} With shape {list(shape)} its result is wrong. Look for fixed numbers in your code."
            ) from mistake

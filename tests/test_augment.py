"""Whole-batch crop and flip has the distribution of torchvision's per-image transforms."""

import math

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import transforms

from cnnkit.data.augment import MEAN, PADDING, STD, Draws, crop_and_flip, draw, normalise


def address_image() -> torch.Tensor:
    """Every pixel of it is different and not black, so that a crop tells its offset and its direction."""
    address = torch.arange(32 * 32).view(32, 32)
    return torch.stack([1 + address // 32, 1 + address % 32, torch.full_like(address, 7)]).to(torch.uint8)


def read_offset(image: torch.Tensor) -> tuple[int, int, bool]:
    """Top, left and flip of a crop of `address_image`, read off two of its pixels."""
    row, column, neighbour = (int(v) for v in (image[0, 15, 15], image[1, 15, 15], image[1, 15, 16]))
    flip = neighbour < column
    return row - 1 + PADDING - 15, column - 1 + PADDING - (16 if flip else 15), flip


def slow_crop(image: torch.Tensor, top: int, left: int, flip: bool) -> torch.Tensor:
    padded = torch.zeros(3, 32 + 2 * PADDING, 32 + 2 * PADDING, dtype=image.dtype)
    padded[:, PADDING:-PADDING, PADDING:-PADDING] = image
    out = padded[:, top : top + 32, left : left + 32]
    return out.flip(2) if flip else out


def test_each_image_gets_its_own_window_and_flip() -> None:
    g = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (64, 3, 32, 32), generator=g, dtype=torch.uint8)
    draws = draw(64, g)
    out = crop_and_flip(images, draws)
    for image, crop, top, left, flip in zip(images, out, *(v.tolist() for v in draws), strict=True):
        assert torch.equal(crop, slow_crop(image, top, left, flip))
    assert len({(t, le, f) for t, le, f in zip(*(v.tolist() for v in draws), strict=True)}) > 32


def test_other_sizes_than_32_keep_their_shape() -> None:
    images = torch.randint(0, 256, (5, 1, 12, 20), dtype=torch.uint8)
    middle = torch.full((5,), PADDING)
    out = crop_and_flip(images, Draws(middle, middle, torch.zeros(5, dtype=torch.bool)))
    assert torch.equal(out, images)


def test_offsets_and_flips_are_distributed_as_torchvisions() -> None:
    n = 20_000
    image = address_image()
    ours = [read_offset(crop) for crop in crop_and_flip(image.expand(n, -1, -1, -1), draw(n, torch.Generator().manual_seed(1)))]
    torch.manual_seed(2)
    pipeline = transforms.Compose([transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()])
    theirs = [read_offset(pipeline(image)) for _ in range(n)]
    for observed in (ours, theirs):  # theirs too: so the yardstick itself is known to hold
        counts = np.zeros((9, 9, 2))
        for top, left, flip in observed:
            counts[top, left, int(flip)] += 1
        cells, expected = counts.size, n / counts.size
        chi2 = float(((counts - expected) ** 2 / expected).sum())
        # Wilson and Hilferty's normal approximation of chi-square with 161 degrees of freedom, 5 standard deviations.
        df = cells - 1
        z = ((chi2 / df) ** (1 / 3) - (1 - 2 / (9 * df))) / math.sqrt(2 / (9 * df))
        assert z < 5, (chi2, df)
        assert (counts > 0).all()


@pytest.mark.parametrize("flip", [False, True])
def test_a_batch_becomes_what_torchvisions_transforms_make_of_each_photo(flip: bool) -> None:
    g = torch.Generator().manual_seed(4)
    image = torch.randint(0, 256, (3, 32, 32), generator=g, dtype=torch.uint8)
    photo = Image.fromarray(image.permute(1, 2, 0).numpy())
    padded = transforms.functional.pad(photo, [4])
    crop = transforms.functional.crop(padded, 1, 7, 32, 32)
    crop = transforms.functional.hflip(crop) if flip else crop
    theirs = transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, STD)])(crop)
    draws = Draws(torch.tensor([1]), torch.tensor([7]), torch.tensor([flip]))
    torch.testing.assert_close(normalise(crop_and_flip(image[None], draws))[0], theirs, rtol=1e-5, atol=1e-5)

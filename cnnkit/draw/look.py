"""What the figures share: colours that everyone can tell apart, a canvas in pixels, and what they accept as a photo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from cnnkit._support.words import whole
from cnnkit.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cnnkit.draw.picture import Picture

# Okabe and Ito's colours, told apart with any kind of colour vision, and never alone: 5 colours and 4 dashes meet again at 20.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000")
BLUE, ORANGE, GREEN, PURPLE, BLACK = COLOURS
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v")
INK, GREY, PALE = "#222222", "#767676", "#dddddd"
WIDTH = 760  # CSS pixels of a notebook's column
MARGIN, HEAD = 10, 34  # CSS pixels: around everything, for a title
LETTER = 0.62  # width of a letter, as a part of the font's size: enough for all but capitals


def plain(picture: Picture) -> Picture:
    """The picture with every text as it was typed: "$x$" is no formula, and half a character is a question mark."""
    from matplotlib.text import Text

    for found in picture.findobj(Text):
        if isinstance(found, Text):
            found.set_parse_math(False)
            found.set_text(whole(found.get_text()))
    return picture


def canvas(picture: Picture) -> Axes:
    """Axes over all of the picture, in CSS pixels from its upper left corner, that show only what is drawn on them."""
    ax = picture.add_axes((0, 0, 1, 1))
    dpi = picture.dpi / 2
    ax.set_xlim(0, picture.get_figwidth() * dpi)
    ax.set_ylim(picture.get_figheight() * dpi, 0)
    ax.set_autoscale_on(False)
    ax.set_axis_off()
    return ax


def paste(ax: Axes, image: Tensor, x: float, y: float, width: float, height: float) -> None:
    """Shows an image (uint8 ``[H, W, 3]``) in this rectangle of a canvas, every pixel a sharp one."""
    ax.imshow(image.numpy(), extent=(x, x + width, y + height, y), interpolation="nearest", aspect="auto")


def write(ax: Axes, x: float, y: float, text: str, size: float = 11, **style: object) -> None:
    """Writes on a canvas; (x, y) is the left end of the middle of the line, unless ``ha`` or ``va`` say otherwise."""
    ax.text(x, y, text, **{"fontsize": size, "color": INK, "va": "center_baseline", **style})  # type: ignore[arg-type]


def coloured(values: Tensor, colours: str) -> Tensor:
    """Values from 0 to 1 in the colours of one of matplotlib's maps: ``[...]`` -> uint8 ``[..., 3]``."""
    import matplotlib

    return torch.from_numpy(matplotlib.colormaps[colours](values.double().numpy(), bytes=True)[..., :3])


def signed(values: Tensor, most: float | None = None, white: bool = False) -> Tensor:
    """Colours ``[..., 3]``: 0 is white, below it blue, above it orange; where nothing is below, greys from 0, black.

    Args:
        values: any numbers.
        most: the value of the strongest colour; by default the largest distance from 0.
        white: 0 is white in any case.
    """
    values = values.detach().float().cpu()
    most = float(values.abs().max()) if most is None else most
    share = (values / (most or 1.0)).clamp(-1, 1)[..., None]
    if float(share.min()) >= 0 and not white:
        return (255 * share).to(torch.uint8).expand(*share.shape[:-1], 3)
    low, high = (torch.tensor([float(part) for part in bytes.fromhex(colour[1:])]) for colour in (BLUE, ORANGE))
    return (255 + share.abs() * (torch.where(share < 0, low, high) - 255)).to(torch.uint8)


def check_photo(photo: Tensor) -> None:
    """One photo as the data sets hold them.

    Raises:
        InputError: it is none.
    """
    if photo.ndim != 3 or photo.shape[0] != 3 or photo.dtype != torch.uint8 or not photo.numel():
        raise InputError(f"the photo is {photo.dtype} of shape {list(photo.shape)}; it must be torch.uint8 [3, H, W]")


def check_photos(images: Tensor) -> None:
    """A batch of at least one photo.

    Raises:
        InputError: it is none.
    """
    if images.ndim != 4 or images.shape[1] != 3 or images.dtype != torch.uint8 or not len(images):
        raise InputError(f"the photos are {images.dtype} of shape {list(images.shape)}; they must be torch.uint8 [N, 3, H, W]")


def check_lengths(count: int, what: str, **lists: Sequence[object]) -> None:
    """As many entries as there are things to draw, or none at all.

    Raises:
        InputError: another number.
    """
    for name, given in lists.items():
        if len(given) not in (0, count):
            one = what.removesuffix("s")
            raise InputError(f"{name} has {len(given)} entries for {count} {what}; give one a {one}, or none")


def check_finite(what: str, values: Tensor) -> None:
    """Numbers that a colour can be given to.

    Raises:
        InputError: NaN or infinity among them.
    """
    if not bool(torch.isfinite(values).all()):
        raise InputError(f"{what} hold NaN or infinity; only finite numbers can be drawn: look at what made them")

"""The sliding window as a widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnkit.errors import InputError
from cnnkit.explore.bench import Aim, Bench, Dial
from cnnkit.explore.settings import LARGEST, Plane, Sliding
from cnnkit.explore.window import DIALS, alt, draw, target

if TYPE_CHECKING:
    from torch import Tensor

_HORSE = 13  # of the sample photos: white on dark, it is still seen at 10x10


def convolution(photo: Tensor | None = None) -> Convolution:
    """A window slides over a small image: window times kernel, the products and their sum stand between image and output.

    A cell of the output, clicked or walked to, shows where it comes from. The kernel can also have three channels.

    Args:
        photo: uint8 ``[3, H, W]``, ``[1, H, W]`` or ``[H, W]``; a larger one is cut square in its middle and shrunk to
            10x10, so that its numbers can be read. By default one of the kit's sample photos.

    Raises:
        InputError: no such image.
    """
    return Convolution(*small(photo))


class Convolution(Bench[Sliding]):
    """The widget; see `convolution`."""

    def __init__(self, image: Plane, *colours: Plane) -> None:
        middle = 4 * len(image[0]) + 4 if len(image) > 5 and len(image[0]) > 4 else 0
        super().__init__(Sliding(image, padding=1, position=middle, colours=colours))

    def picture(self, touchable: bool = True) -> str:
        """The drawing."""
        return draw(self.state, touchable)

    def words(self) -> str:
        """The drawing in words."""
        return alt(self.state)

    def dials(self) -> Sequence[Dial]:
        """What can be chosen of kernel and window."""
        return [dial for dial in DIALS if dial.field != "colour" or self.state.colours]

    def aims(self) -> Sequence[Aim]:
        """The output."""
        return [target(self.state)]

    def settled(self, state: Sliding) -> Sliding:
        """The same row and column of another output, or the nearest there is."""
        row, column = divmod(state.position, max(1, (self.state if state.position == self.state.position else state).size[1]))
        rows, columns = state.size
        return replace(state, position=max(0, min(row, rows - 1) * columns + min(column, columns - 1)))


def small(photo: Tensor | None) -> tuple[Plane, ...]:
    """``photo`` as at most 10x10 grey values; where it has colours, also its three channels."""
    import torch
    from torch.nn.functional import adaptive_avg_pool2d

    if photo is None:
        from cnnkit.data import sample_photos

        photo = sample_photos().images[_HORSE]
    if not isinstance(photo, torch.Tensor):
        raise InputError(f"the photo is of type {type(photo).__name__}; it must be a torch.uint8 tensor [3, H, W] or [H, W]")
    planes = photo.detach().cpu()[None] if photo.ndim == 2 else photo.detach().cpu()
    if planes.dtype != torch.uint8 or planes.ndim != 3 or planes.shape[0] not in (1, 3) or not planes.numel():
        raise InputError(f"the photo is {photo.dtype} of shape {list(photo.shape)}; it must be torch.uint8 [3, H, W] or [H, W]")
    planes = planes.float()
    if len(planes) == 3:  # ITU-R BT.601, as Pillow does
        planes = torch.cat([(planes * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(0, keepdim=True), planes])
    height, width = planes.shape[1:]
    side = min(height, width)
    if max(height, width) > LARGEST:
        top, left = (height - side) // 2, (width - side) // 2
        planes = adaptive_avg_pool2d(planes[:, top : top + side, left : left + side], min(side, LARGEST))
    return tuple(tuple(map(tuple, plane)) for plane in planes.round().int().tolist())

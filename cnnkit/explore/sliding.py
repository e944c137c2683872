"""Sliders around the drawing of `cnnkit.explore.window`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cnnkit.errors import InputError
from cnnkit.explore.look import WIDTH, Explorer, controls
from cnnkit.explore.settings import KERNELS, LARGEST, LIMITS, Sliding
from cnnkit.explore.window import alt, draw

if TYPE_CHECKING:
    from torch import Tensor

_HORSE = 13  # of the sample photos: white on dark, it is still seen at 10x10


def convolution(photo: Tensor | None = None) -> Convolution:
    """A window slides over a small grey image: its dot product with the kernel is spelled out, the output grows beside it.

    Args:
        photo: uint8 ``[3, H, W]``, ``[1, H, W]`` or ``[H, W]``; a larger one is cut square in its middle and shrunk to
            10x10, so that its numbers can be read. By default one of the kit's sample photos.

    Raises:
        InputError: no such image.
    """
    return Convolution(small(photo))


class Convolution(Explorer):
    """The widget; see `convolution`.

    Attributes:
        state: what is shown now.
    """

    def __init__(self, image: tuple[tuple[int, ...], ...]) -> None:
        self.state = Sliding(image, padding=1, position=4 * len(image[0]) + 4 if len(image) > 5 and len(image[0]) > 4 else 0)

    def still(self) -> str:
        """The drawing."""
        return draw(self.state)

    def words(self) -> str:
        """The drawing in words."""
        return alt(self.state)

    def build(self) -> Any:
        """A Select of kernels, five sliders, and the drawing."""
        w = controls()
        style, wide = {"description_width": "76px"}, {"width": "340px"}
        name = w.Select(options=KERNELS, value=self.state.name, description="numbers", rows=len(KERNELS), style=style,
                        layout={"width": "220px"})  # fmt: skip
        sliders = {
            key: w.IntSlider(value=getattr(self.state, key), min=low, max=high, description=key, style=style,
                             layout=wide, continuous_update=True)
            for key, (low, high) in LIMITS.items()
        }  # fmt: skip
        place = w.IntSlider(min=1, max=max(1, self.state.count), value=self.state.position + 1, description="position",
                            style=style, layout={"width": f"{WIDTH - 24}px"}, continuous_update=True)  # fmt: skip
        shown = w.HTML(draw(self.state))
        busy = False

        def update(_: Any = None) -> None:
            nonlocal busy
            if busy:  # the position was moved because there are fewer of them now
                return
            chosen = {key: slider.value for key, slider in sliders.items()}
            self.state = replace(self.state, name=name.value, position=place.value - 1, **chosen)
            busy = True
            try:
                place.max = max(1, self.state.count)
            finally:
                busy = False
            place.disabled = not self.state.count
            self.state = replace(self.state, position=place.value - 1)
            shown.value = draw(self.state)

        for control in (name, *sliders.values(), place):
            control.observe(update, "value")
        return w.VBox([w.HBox([name, w.VBox(list(sliders.values()))]), place, shown])


def small(photo: Tensor | None) -> tuple[tuple[int, ...], ...]:
    """``photo`` as at most 10x10 grey values."""
    import torch
    from torch.nn.functional import adaptive_avg_pool2d

    if photo is None:
        from cnnkit.data import sample_photos

        photo = sample_photos().images[_HORSE]
    if not isinstance(photo, torch.Tensor):
        raise InputError(f"the photo is of type {type(photo).__name__}; it must be a torch.uint8 tensor [3, H, W] or [H, W]")
    grey = photo.detach().cpu()[None] if photo.ndim == 2 else photo.detach().cpu()
    if grey.dtype != torch.uint8 or grey.ndim != 3 or grey.shape[0] not in (1, 3) or not grey.numel():
        raise InputError(f"the photo is {photo.dtype} of shape {list(photo.shape)}; it must be torch.uint8 [3, H, W] or [H, W]")
    if grey.shape[0] == 3:  # ITU-R BT.601, as Pillow does
        grey = (grey.float() * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(0, keepdim=True)
    height, width = grey.shape[1:]
    side = min(height, width)
    if max(height, width) > LARGEST:
        top, left = (height - side) // 2, (width - side) // 2
        grey = adaptive_avg_pool2d(grey[:, top : top + side, left : left + side].float(), min(side, LARGEST))
    return tuple(tuple(line) for line in grey[0].float().round().int().tolist())

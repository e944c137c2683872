"""Image files' bytes -> 32x32 pixels, red-green-blue."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Hashable, Iterable
from contextlib import suppress
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from cnnkit.errors import InputError

File = TypeVar("File", bound=Hashable)  # whatever names a file: str() of it is for people

SIZE = 32

# What Pillow's convert("RGB") turns into the colours a person sees; of "I;16" and "F" it would cut off the range.
_CONVERTIBLE = frozenset({"RGB", "1", "L", "P", "LA", "PA", "RGBA", "CMYK", "YCbCr"})


class Decoded(NamedTuple):
    """Pixels, and what was done to get them."""

    values: NDArray[np.uint8]  # [3, 32, 32]
    mode: str  # Pillow's name of the file's own colours, as in "RGB" or "L"
    resized: bool


class UnsupportedMode(ValueError):
    """An image whose colours have no plain reading as red, green and blue; ``str()`` of this is Pillow's mode."""


def photo(content: bytes) -> Decoded:
    """Decodes a PNG or JPEG file, turned as its camera noted, on white, resized to 32x32 (bicubic, antialiased).

    Raises:
        UnsupportedMode: such as a 16-bit grey image ("I;16").
        Exception: whatever Pillow raises for a file it cannot read; its decoders share no base class.
    """
    with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
        if image.mode not in _CONVERTIBLE:
            raise UnsupportedMode(image.mode)
        with suppress(Exception):  # of a damaged note; damaged pixels are found below
            ImageOps.exif_transpose(image, in_place=True)
        colours = _red_green_blue(image)
        resized = colours.size != (SIZE, SIZE)
        if resized:
            colours = colours.resize((SIZE, SIZE), Image.Resampling.BICUBIC)
        return Decoded(np.asarray(colours).transpose(2, 0, 1), image.mode, resized)


def photos(
    wanted: Collection[File], files: Iterable[tuple[File, Callable[[], bytes]]], source: str
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Decodes the ``wanted`` among ``files`` (each with what reads it); over a second, with a progress bar.

    One thread: on 32x32 images Pillow's work is so small that a second thread makes it slower.

    Returns:
        Pixels ``[N, 3, 32, 32]`` in the order of ``wanted``, and what a user should be told about them.

    Raises:
        InputError: some files cannot be read or used: how many, and the first.
    """
    from tqdm import tqdm

    rows = {file: row for row, file in enumerate(wanted)}
    pixels = np.empty((len(rows), 3, SIZE, SIZE), np.uint8)
    findings = _Findings(f'of {len(rows):,} images in "{source}"')
    with tqdm(total=len(rows), desc="Decoding images", unit=" images", delay=1) as bar:
        for file, read in files:
            if file in rows:
                decoded = findings.decode(file, read)
                pixels[rows[file]] = decoded.values if decoded else 0
                bar.update()
    findings.require_usable()
    return pixels, findings.notes()


class _Findings:
    """Which files were not plain 32x32 RGB, in the order of reading, and the sentences on them."""

    def __init__(self, of_all: str) -> None:
        self.of_all = of_all
        self.broken: list[Hashable] = []
        self.resized: list[Hashable] = []
        self.unsupported: dict[Hashable, str] = {}  # file -> Pillow's mode
        self.converted: dict[Hashable, str] = {}

    def decode(self, file: Hashable, read: Callable[[], bytes]) -> Decoded | None:
        try:
            decoded = photo(read())
        except UnsupportedMode as error:
            self.unsupported[file] = str(error)
            return None
        except Exception:  # Pillow's decoders share no base class for what they raise
            self.broken.append(file)
            return None
        if decoded.resized:
            self.resized.append(file)
        if decoded.mode != "RGB":
            self.converted[file] = decoded.mode
        return decoded

    def require_usable(self) -> None:
        if self.broken:
            problem = self._sentence(self.broken, "cannot be read as PNG or JPEG")
            raise InputError(f"{problem}; delete or replace what is damaged")
        if self.unsupported:
            modes = ", ".join(sorted(set(self.unsupported.values())))
            problem = self._sentence(self.unsupported, f"have no plain red, green and blue (Pillow's mode {modes})")
            raise InputError(f"{problem}; save them as 8-bit RGB")

    def notes(self) -> tuple[str, ...]:
        notes = []
        if self.resized:
            notes.append(self._sentence(self.resized, f"are not {SIZE}x{SIZE} and were resized"))
        if self.converted:
            modes = ", ".join(sorted(set(self.converted.values())))
            notes.append(self._sentence(self.converted, f"are not RGB ({modes}) and were converted"))
        return tuple(notes)

    def _sentence(self, files: Collection[Hashable], what: str) -> str:
        return f"{len(files):,} {self.of_all} {what}; the first is {next(iter(files))}"


def _red_green_blue(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    if "A" not in image.mode and "transparency" not in image.info:
        return image.convert("RGB")
    transparent = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, transparent).convert("RGB")

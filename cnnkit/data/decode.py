"""Image files' bytes -> 32x32 pixels, red-green-blue."""

from __future__ import annotations

import io
import os
import stat
import struct
import warnings
import zlib
from collections.abc import Callable, Collection, Hashable, Iterable
from contextlib import suppress
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from cnnkit.errors import InputError

File = TypeVar("File", bound=Hashable)  # whatever names a file: str() of it is for people

SIZE = 32
LARGEST = 64 * 2**20  # bytes of a photo's file
_PIXELS = 4096 * 4096  # of a photo: 200 MB while it is decoded
_PNG = b"\x89PNG\r\n\x1a\n"

# What Pillow's convert("RGB") turns into the colours a person sees; of "I;16" and "F" it would cut off the range.
_CONVERTIBLE = frozenset({"RGB", "1", "L", "P", "LA", "PA", "RGBA", "CMYK", "YCbCr"})


class Decoded(NamedTuple):
    """Pixels, and what was done to get them."""

    values: NDArray[np.uint8]  # [3, 32, 32]
    mode: str  # Pillow's name of the file's own colours, as in "RGB" or "L"
    resized: bool


class UnsupportedMode(ValueError):
    """An image whose colours have no plain reading as red, green and blue; ``str()`` of this is Pillow's mode."""


class Refused(ValueError):
    """What is not read at all; ``str()`` of this says why of several: "are larger than 64 MB"."""


def read_file(path: str) -> bytes:
    """The bytes of a photo's file. A link is followed; what it ends at must be a file.

    Raises:
        Refused: a FIFO, which would never end, a device, a socket or a folder; or more than 64 MB.
        OSError: it cannot be read.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise Refused("are no files but folders, pipes or devices, or links to such")
    with open(path, "rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Refused(f"are larger than {LARGEST >> 20} MB")
    return content


def photo(content: bytes) -> Decoded:
    """Decodes a PNG or JPEG file, turned as its camera noted, on white, resized to 32x32 (bicubic, antialiased).

    Raises:
        UnsupportedMode: such as a 16-bit grey image ("I;16").
        Refused: more pixels than a photo has, said by its header.
        Exception: whatever Pillow raises for a file it cannot read; its decoders share no base class.
    """
    if content.startswith(_PNG):
        _require_whole(content)
    with _opened(content) as image:
        if image.mode not in _CONVERTIBLE:
            raise UnsupportedMode(image.mode)
        with suppress(Exception):  # of a damaged note; damaged pixels are found below
            ImageOps.exif_transpose(image, in_place=True)
        colours = _red_green_blue(image)
        resized = colours.size != (SIZE, SIZE)
        if resized:
            colours = colours.resize((SIZE, SIZE), Image.Resampling.BICUBIC)
        return Decoded(np.asarray(colours).transpose(2, 0, 1), image.mode, resized)


def _opened(content: bytes) -> Image.Image:
    """The image with its header read and its pixels not yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)  # of more pixels than are taken here
        try:
            image = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            image = None
    if image is None or image.width * image.height > _PIXELS:
        raise Refused(f"have more than {_PIXELS / 1e6:.0f} million pixels")
    return image


def _require_whole(png: bytes) -> None:
    """Raises where a checksum of a PNG does not match: Pillow does not look at those of the pixels."""
    at, kind = len(_PNG), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", png, at)
        end = at + 8 + length
        if struct.unpack_from(">I", png, end)[0] != zlib.crc32(memoryview(png)[at + 4 : end]):
            raise ValueError("a checksum does not match")
        at = end + 4


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
                if decoded:  # else what is wrong is said below, and the memory of a million empty files never taken
                    pixels[rows[file]] = decoded.values
                bar.update()
    findings.require_usable()
    return pixels, findings.notes()


class _Findings:
    """Which files were not plain 32x32 RGB, in the order of reading, and the sentences on them."""

    def __init__(self, of_all: str) -> None:
        self.of_all = of_all
        self.broken: list[Hashable] = []
        self.resized: list[Hashable] = []
        self.refused: dict[Hashable, str] = {}  # file -> why
        self.unsupported: dict[Hashable, str] = {}  # file -> Pillow's mode
        self.converted: dict[Hashable, str] = {}

    def decode(self, file: Hashable, read: Callable[[], bytes]) -> Decoded | None:
        try:
            decoded = photo(read())
        except UnsupportedMode as error:
            self.unsupported[file] = str(error)
            return None
        except Refused as error:
            self.refused[file] = str(error)
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
        for why in self.refused.values():
            problem = self._sentence([file for file in self.refused if self.refused[file] == why], why)
            raise InputError(f"{problem}; delete or replace them")
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

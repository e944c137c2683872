"""CIFAR-10's official archive, from its authors' server: https only, and under its name only when it is whole."""

from __future__ import annotations

import shutil
import ssl
import urllib.error
import urllib.request
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from cnnkit._support import files, locks
from cnnkit.data.official import ARCHIVE
from cnnkit.errors import InputError

_NETWORK_ERRORS = (urllib.error.URLError, HTTPException, ssl.SSLError, ConnectionError, TimeoutError)
_BY_HAND = f"fetch {ARCHIVE} by other means and set CNNKIT_CIFAR10 to it"
_SILENCE = 60  # seconds without a byte, after which the server counts as gone


def cifar10(folder: Path) -> Path:
    """Downloads the archive (170 MB) into ``folder`` with a progress bar; returns its path.

    What came before the connection broke, or before Ctrl-C, is kept beside it, and the next call asks for the rest.
    Address and checksum are torchvision's. Its ``download_url`` is not used: when https fails, that tries plain http.

    Raises:
        InputError: no network, not https, a wrong checksum, no room, or another process is at it.
    """
    from torchvision.datasets import CIFAR10

    host = urlsplit(CIFAR10.url).hostname
    part, whole = folder / f".{ARCHIVE}.download", folder / ARCHIVE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locks.only_writer(folder, ARCHIVE, what=f'"{whole}"'):
            _transfer(CIFAR10.url, part)
            _require_right(part, CIFAR10.tgz_md5, f"the {part.stat().st_size:,} bytes that came from {host}")
            files.move(part, whole)
            return whole
    except _NETWORK_ERRORS as error:
        reason = getattr(error, "reason", error)
        kept = f"; the {part.stat().st_size / 1e6:.1f} MB that came are kept" if part.is_file() else ""
        raise InputError(
            f"CIFAR-10 cannot be downloaded from {host} ({reason}){kept}; check the network and try again, or {_BY_HAND}, "
            'or use the built-in set "emoji10"'
        ) from error
    except OSError as error:
        raise InputError(
            f'CIFAR-10 (170 MB) cannot be written to "{folder}" ({error.strerror or error}); make room there, '
            "or name a folder on another disk with root= or CNNKIT_CACHE"
        ) from error


def _require_right(part: Path, checksum: str, what: str) -> None:
    from torchvision.datasets.utils import check_integrity

    if not check_integrity(part, checksum):
        part.unlink()
        raise InputError(f"{what} are not CIFAR-10's archive (wrong checksum) and were not kept; try again, or {_BY_HAND}")


def _transfer(url: str, to: Path) -> None:
    """Fetches what is not there of ``url``: the file ``to`` holds its beginning, or is not there."""
    from tqdm import tqdm

    _require_https(url)
    have = to.stat().st_size if to.is_file() else 0
    rest = {"Range": f"bytes={have}-"} if have else {}
    request = urllib.request.Request(url, headers={"User-Agent": "cnnkit", **rest})
    try:
        response = urllib.request.urlopen(request, timeout=_SILENCE)
    except urllib.error.HTTPError as error:
        if have and error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # all of it came before; the checksum will tell
        raise
    with response:
        _require_https(response.url)  # after redirects
        if not str(response.headers.get("Content-Range")).startswith(f"bytes {have}-"):
            have = 0  # the server sends all of it again
        whole = have + response.length if response.length is not None else None
        with to.open("ab" if have else "wb") as file:
            options = {"initial": have, "total": whole, "desc": f"Downloading {ARCHIVE}", "delay": 1}
            with tqdm.wrapattr(file, "write", **options) as out:
                shutil.copyfileobj(response, out)
    came = to.stat().st_size
    if whole is not None and came < whole:
        raise ConnectionError(f"the connection ended after {came:,} of {whole:,} bytes")


def _require_https(url: str) -> None:
    if urlsplit(url).scheme != "https":
        raise InputError(f"CIFAR-10 is downloaded over https only, and {url} is not; {_BY_HAND}")

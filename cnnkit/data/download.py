"""CIFAR-10's official archive, from its authors' server: https only, and under its name only when it is whole."""

from __future__ import annotations

import shutil
import ssl
import tempfile
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from cnnkit.data.official import ARCHIVE
from cnnkit.errors import InputError

_NETWORK_ERRORS = (urllib.error.URLError, HTTPException, ssl.SSLError, ConnectionError, TimeoutError)
_BY_HAND = f"fetch {ARCHIVE} by other means and set CNNKIT_CIFAR10 to it"
_SILENCE = 60  # seconds without a byte, after which the server counts as gone


def cifar10(folder: Path) -> Path:
    """Downloads the archive (170 MB) into ``folder`` with a progress bar; returns its path.

    Address and checksum are torchvision's. Its ``download_url`` is not used: when https fails, that tries plain http.

    Raises:
        InputError: no network, not https, a wrong checksum, or no room; nothing is left behind.
    """
    from torchvision.datasets import CIFAR10
    from torchvision.datasets.utils import check_integrity

    host = urlsplit(CIFAR10.url).hostname
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="download-", dir=folder) as scratch:
            part = Path(scratch) / ARCHIVE
            _transfer(CIFAR10.url, part)
            if not check_integrity(part, CIFAR10.tgz_md5):
                raise InputError(
                    f"the {part.stat().st_size:,} bytes that came from {host} are not CIFAR-10's archive (wrong checksum) "
                    f"and were not kept; try again, or {_BY_HAND}"
                )
            return part.replace(folder / ARCHIVE)
    except _NETWORK_ERRORS as error:
        reason = getattr(error, "reason", error)
        raise InputError(
            f"CIFAR-10 cannot be downloaded from {host} ({reason}); check the network, or {_BY_HAND}, "
            'or use the built-in set "emoji10"'
        ) from error
    except OSError as error:
        raise InputError(
            f'CIFAR-10 (170 MB) cannot be written to "{folder}" ({error.strerror or error}); make room there, '
            "or name a folder on another disk with root= or CNNKIT_CACHE"
        ) from error


def _transfer(url: str, to: Path) -> None:
    from tqdm import tqdm

    _require_https(url)
    request = urllib.request.Request(url, headers={"User-Agent": "cnnkit"})
    with urllib.request.urlopen(request, timeout=_SILENCE) as response, to.open("wb") as file:
        _require_https(response.url)  # after redirects
        with tqdm.wrapattr(file, "write", total=response.length, desc=f"Downloading {ARCHIVE}", delay=1) as out:
            shutil.copyfileobj(response, out)


def _require_https(url: str) -> None:
    if urlsplit(url).scheme != "https":
        raise InputError(f"CIFAR-10 is downloaded over https only, and {url} is not; {_BY_HAND}")

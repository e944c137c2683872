"""Where the licensed data, weights and recorded runs lie: inside an installed wheel, or beside cnnkit/ in a checkout."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from cnnkit.errors import InputError


def path(*parts: str) -> Path:
    """The file or folder ``assets/<parts>`` on disk.

    Raises:
        InputError: it is not there, so the installation is incomplete.
    """
    package: Traversable = resources.files("cnnkit")
    for root in (package / "assets", Path(str(package)).parent / "assets"):
        found = Path(str(root)).joinpath(*parts)
        if found.exists():
            return found
    raise InputError(f"the kit's own file assets/{'/'.join(parts)} is missing; install cnnkit again")

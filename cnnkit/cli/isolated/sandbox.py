"""How the judge of an isolated answer is started: in bubblewrap's sandbox where that works, or with limits alone."""

from __future__ import annotations

import os
import shutil
import site
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cnnkit

SPACE = 64 << 20  # bytes of files that a sandbox holds, in memory
_SYSTEM = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store", "/sys/devices/system",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime",
)  # fmt: skip
# Variables that a sandbox is told: no keys, no names.
_KEPT = ("LANG", "LC_", "TZ", "PYTHON", "LD_LIBRARY_PATH", "OMP_", "MKL_")
# The kit that runs here, whichever is installed; and nothing else of the folder it lies in.
_START = "import sys; sys.path.insert(0, sys.argv[1]); import cnnkit; del sys.path[0]; from cnnkit.cli.isolated import inside"
_KIT = Path(cnnkit.__file__).resolve().parent


@dataclass(frozen=True)
class Way:
    """One way to start the judge.

    Attributes:
        name: as the verdict says it.
        command: what to run.
        environment: its variables.
    """

    name: str
    command: list[str]
    environment: dict[str, str]


def ways(file: Path, content: int, exercises: Path | None = None) -> Iterator[Way]:
    """The safest first; each is tried only if nothing of the answer has run before it failed.

    Args:
        file: the answer.
        content: descriptor that a sandbox reads it from: also where its user may not.
        exercises: folder with a teacher's own exercises, which the sandbox shows too.
    """
    python = [sys.executable, "-P", "-c", f"{_START}; inside.main()", str(_KIT.parent)]
    bubblewrap = shutil.which("bwrap") if sys.platform == "linux" else None
    roots = [*_installed(), *([] if exercises is None else [str(exercises)])]
    if bubblewrap and not any(Path(os.path.abspath(file)).is_relative_to(root) for root in (*_SYSTEM, *roots)):
        kept = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)}
        kept |= {"HOME": "/tmp", "USER": "student", "PATH": os.pathsep.join([*_own_programs(), "/usr/bin", "/bin"])}
        yield Way("bwrap", [bubblewrap, *_walls(file, content, roots), "--", *python], kept)
    yield Way("limits", python, dict(os.environ))


def _walls(file: Path, content: int, roots: list[str]) -> list[str]:
    """Nothing but what a Python with torch reads, the kit, and the answer; no network, no other process, no rights."""
    space = ["--size", str(SPACE), "--tmpfs"]
    here = os.getcwd()
    walls = ["--unshare-all", "--unshare-user", "--cap-drop", "ALL", "--die-with-parent"]
    walls += ["--proc", "/proc", "--dev", "/dev", *space, "/dev/shm", *space, "/tmp"]
    for path in (*_SYSTEM, *roots, str(_KIT), str(_KIT.parent / "assets")):
        walls += ["--ro-bind-try", path, path]
    walls += ["--dir", here, "--ro-bind-data", str(content), os.path.abspath(file)]
    return [*walls, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", here]


def _installed() -> list[str]:
    """The folders that this Python, and what is installed for it, lie in; none that has a person's home in it."""
    found = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, *_own_programs()]
    found += [path for path in sys.path if path and any(Path(path).glob("*.dist-info"))]
    found += os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    if site.ENABLE_USER_SITE:
        found.append(site.getusersitepackages())
    found = [path for path in found if path and os.path.isabs(path)]
    found += [os.path.realpath(path) for path in found]
    return sorted(
        {path for path in found if not Path(os.path.expanduser("~")).is_relative_to(path)}, key=len
    )  # what lies in another comes later


def _own_programs() -> list[str]:
    """The folders of the program that runs this: its link's in an environment, and its own."""
    with suppress(OSError):
        return list(dict.fromkeys([os.path.dirname(sys.executable), os.path.dirname(os.path.realpath(sys.executable))]))
    return []

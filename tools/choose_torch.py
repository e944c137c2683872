"""Writes the requirements that suit this machine: without an NVIDIA GPU PyTorch's own CPU builds, which save over 4 GB.

    python tools/choose_torch.py requirements.txt .venv/requirements.txt

The pinned versions stay. Where PyTorch's index does not answer one request within 5 seconds, or there is a GPU, or the system
is not Linux (PyPI's builds are the small ones there), the file is copied as it is: setting up never fails or waits for it.
"""

import os
import re
import shutil
import sys
import threading
import urllib.request
from pathlib import Path

INDEX = "https://download.pytorch.org/whl/cpu"
SECONDS = 5.0
ONLY_CUDA = re.compile(r"(nvidia-|triton|cuda-)")


def main(source: str, target: str) -> None:
    """Writes ``target`` out of ``source``."""
    lines = Path(source).read_text(encoding="utf-8").splitlines()
    index = os.environ.get("CNNKIT_TORCH_INDEX", INDEX)
    if sys.platform.startswith("linux") and not has_gpu() and answers(index):
        lines = with_cpu_builds(lines, index)
        print(f"No NVIDIA GPU here: PyTorch's CPU builds are taken from {index}")
    Path(target).write_text("\n".join(lines) + "\n", encoding="utf-8")


def has_gpu() -> bool:
    """Whether NVIDIA's driver is installed."""
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/version").exists()


def answers(index: str, seconds: float = SECONDS) -> bool:
    """Whether the index lists torch, within so many seconds for all of it: names, proxies and slow lines included."""
    found: list[bool] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(f"{index}/torch/", timeout=seconds) as page:
                found.append(page.status == 200)
        except (OSError, ValueError):
            found.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return found == [True]


def with_cpu_builds(lines: list[str], index: str) -> list[str]:
    """The same versions, those of torch and torchvision as CPU builds, without what only CUDA needs."""
    kept = [line for line in lines if not ONLY_CUDA.match(line)]
    return [f"--extra-index-url {index}", *(re.sub(r"^(torch(?:vision)?==[\d.]+)", r"\1+cpu", line) for line in kept)]


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The line under every benchmark: what one needs to know to doubt it."""

import datetime
import os
import platform
import subprocess
from pathlib import Path

import torch


def machine(device: str = "cpu") -> str:
    """Processor or GPU, torch, threads, date and commit."""
    if torch.device(device).type == "cuda":
        hardware = torch.cuda.get_device_name(device)
    else:
        hardware = f"{os.cpu_count()} x {_processor()}"
    threads = f"{torch.get_num_threads()} threads"
    return f"{hardware}, {threads}, torch {torch.__version__}, {datetime.date.today()}, commit {_commit()}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return platform.processor() or platform.machine()
    lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    flags = next((line for line in lines if line.startswith("flags")), "")
    extras = [flag for flag in ("amx_bf16", "avx512_bf16", "avx512f", "avx2") if f" {flag}" in flags]
    return f"{name} ({extras[0]})" if extras else name


def _commit() -> str:
    try:
        found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()

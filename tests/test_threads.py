"""What the training does with the process's own threads."""

import ctypes
import subprocess
import sys

import pytest
import torch  # noqa: F401 (brings its OpenMP)

FOUND = sys.platform == "linux" and hasattr(ctypes.CDLL(None), "omp_pause_resource_all")

COUNT = """
import os, torch
from cnnkit.training import threads

def work():
    a = torch.randn(600, 600)
    for _ in range(3):
        a = (a @ a).tanh()
    return len(os.listdir("/proc/self/task"))

torch.set_num_threads(3)
before = len(os.listdir("/proc/self/task"))
busy = work()
threads.release()
for _ in range(100):
    rest = len(os.listdir("/proc/self/task"))
    if rest < busy:
        break
    __import__("time").sleep(0.02)
print(busy - before, rest - before, work() - before)
"""


@pytest.mark.skipif(not FOUND, reason="this OpenMP cannot end its helpers; older ones of torch can't either")
def test_idle_helpers_end_and_come_back():
    ran = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True, check=True)
    busy, rest, again = map(int, ran.stdout.split())
    assert busy == 2 and rest == 0 and again == 2, ran.stdout

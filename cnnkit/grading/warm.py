"""What the process that forks the graders imports, once for all notebooks: torch, the kit, Jupyter's kernel, nbgrader."""

import os

os.environ.update(OMP_NUM_THREADS="1", CNNKIT_DATA="emoji10")  # before torch reads them

import ipykernel.ipkernel  # noqa: E402, F401
import ipykernel.kernelapp  # noqa: E402, F401
import ipykernel.zmqshell  # noqa: E402, F401

from cnnkit.check import EXERCISES  # noqa: E402
from cnnkit.grading import running  # noqa: E402, F401

for exercise in EXERCISES.values():
    if exercise.before is not None:  # what torch does once in a process
        exercise.before()

"""Training as something you iterate over, and evaluation. Start reading at loop.py."""

from cnnkit.training.evaluation import Evaluation, evaluate
from cnnkit.training.history import History, Step
from cnnkit.training.loop import Training
from cnnkit.training.options import OPTIMIZERS, SCHEDULES
from cnnkit.training.precision import PRECISIONS

__all__ = ["OPTIMIZERS", "PRECISIONS", "SCHEDULES", "Evaluation", "History", "Step", "Training", "evaluate"]
